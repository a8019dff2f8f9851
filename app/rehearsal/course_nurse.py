"""The scripted nurse of a visit that belongs to a course: the course's offer, and a PHQ-9 total."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from app.records.course_book import CourseOffer
from app.rehearsal.scripted_nurse import ScriptedNurse
from app.state import ViewState
from devices.simulation.patient import SimulatedPatient
from protocols.events import Command, EnterPatient, ItemAnswer, RecordScale


class CourseNurse(ScriptedNurse):
    """Brings the offer of the course into the session; the patient scores `phq9` in all."""

    def __init__(
        self, patient: SimulatedPatient, weight_kg: Decimal, offer: CourseOffer, phq9: int
    ) -> None:
        """Care for `patient` of that weight in kg; `phq9` is at most 24."""
        super().__init__(patient, weight_kg)
        self.offer, self.phq9 = offer, phq9

    def act(self, state: ViewState, now_ns: int) -> list[Command]:
        """What the nurse does now."""
        return [self._told(command) for command in super().act(state, now_ns)]

    def _told(self, command: Command) -> Command:
        if isinstance(command, EnterPatient):
            return replace(
                command,
                visit=self.offer.visit,
                visits_planned=self.offer.visits_planned,
                standing=self.offer.standing,
                last_dose=self.offer.last_dose,
            )
        if isinstance(command, RecordScale) and command.scale == "phq-9":
            return replace(command, answers=phq9_answers(self.phq9))
        return command


def phq9_answers(total: int) -> tuple[ItemAnswer, ...]:
    """Answers that add up to `total`, 1 to 24, without a thought of death."""
    full, rest = divmod(total, 3)
    scores = [3] * full + [rest] + [0] * 8
    items = [ItemAnswer(item=str(n), score=score) for n, score in enumerate(scores[:8], start=1)]
    return (*items, ItemAnswer(item="9", score=0), ItemAnswer(item="difficulty", score=1))
