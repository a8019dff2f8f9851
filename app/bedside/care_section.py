"""Care before the dose: the checklists, and drugs given before it."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from app.amended import with_correction
from app.bedside.checklist_box import ChecklistStack, open_required
from app.bedside.drug_form import DrugForm
from app.bedside.fields import show_text, wrapped_label
from app.bedside.section import Section, Standing
from app.bedside.times import time_of_day
from app.care_words import drug_words
from app.history import History
from app.state import ViewState
from app.theme import style
from protocols.events import (
    AnswerChecklist,
    Command,
    EntryCorrected,
    ObservationRecorded,
    RecordDrug,
)


class CareSection(Section):
    """Checklists of the protocol; only required ones hold the start."""

    title = "Checklists"
    refusable = (AnswerChecklist, RecordDrug)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.empty_label = wrapped_label("This protocol has no checklist before the dose.")
        self.checklists = ChecklistStack("before")
        self.checklists.answered.connect(self._pass_on)
        heading = wrapped_label("Drugs given before the dose")
        style(heading, strong=True)
        self.given_label = wrapped_label(name="drugs given before the dose")
        self.form = DrugForm("pre-medication", "Record pre-medication")
        self.form.setMaximumWidth(480)
        self.form.given.connect(self._pass_on)
        for widget in (self.empty_label, self.checklists, heading, self.given_label, self.form):
            self.body.addWidget(widget)
        self.body.addWidget(self.refusals)

    @Slot(object)
    def _pass_on(self, command: Command) -> None:
        self.send(command)

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show the lists as they stand and what was given."""
        self.checklists.show_state(state)
        self.empty_label.setVisible(not self.checklists.boxes)
        drugs = drugs_given(history, "pre-medication")
        self.form.show_recorded(len(drugs))
        lines = [drug_line(state, drug, correction) for drug, correction in drugs]
        show_text(self.given_label, "\n".join(lines) or "None recorded.")

    def judge(self, state: ViewState, now_ns: int) -> tuple[Standing, str]:
        """Open while a required list has open items; optional lists hold nothing."""
        left = open_required(state, "before")
        return (Standing.OPEN, "; ".join(left) + ".") if left else (Standing.DONE, "")


def drugs_given(
    history: History, purpose: str | None = None
) -> list[tuple[ObservationRecorded, EntryCorrected | None]]:
    """Drugs that staff gave, each with its correction, oldest first; of `purpose` where named."""
    return [
        (event, history.amended.of(number))
        for number, event in zip(history.numbers, history.listed, strict=True)
        if isinstance(event, ObservationRecorded)
        and event.kind == "drug"
        and (purpose is None or event.purpose == purpose)
    ]


def drug_line(
    state: ViewState, drug: ObservationRecorded, correction: EntryCorrected | None
) -> str:
    """A drug with its time and who gave it; what was corrected stays, with what is right."""
    words = with_correction(drug_words(drug), correction)
    return f"{time_of_day(state, given_ns(drug))}  {words} ({drug.by})"


def given_ns(drug: ObservationRecorded) -> int:
    """When `drug` was given, session time."""
    return drug.t_ns if drug.happened_ns is None else drug.happened_ns
