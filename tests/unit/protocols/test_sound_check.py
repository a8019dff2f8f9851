"""The check of sound: no dose before somebody heard the alarms, or said what is done instead."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

import pytest

from app.pipeline import Pipeline
from protocols.events import (
    AlarmChanged,
    AlarmState,
    AnswerSoundCheck,
    CheckSound,
    CommandRefused,
    Event,
    Output,
    Phase,
    ReminderGiven,
    Service,
    ServiceReported,
    SessionResumed,
    SoundChecked,
    SoundCheckStarted,
    StartInfusion,
)
from protocols.phases import PhaseFacts, obstacles
from protocols.readiness import gather_facts
from protocols.sound_check import CHANGED, UNHEARD
from protocols.visit import Visit
from tests.unit.protocols.signal_rooms import NURSE, SIGNALS_TEXTS, S, happen, opened

E = TypeVar("E", bound=Event)
NO_SPEAKER = "a second nurse watches the screen"


class Room:
    """A room in which the sounds are checked; every word takes the second at which it is said."""

    def __init__(self, policy: str = "quiet-room") -> None:
        self.pipeline = Pipeline()
        self.said: list[Output] = []
        self.say(opened(SIGNALS_TEXTS.get(policy, "")))

    def say(self, event: Event) -> list[Output]:
        outputs = happen(self.pipeline, event)
        self.said += outputs
        return outputs

    def play(self, at_s: float) -> list[Output]:
        return self.say(CheckSound(t_ns=round(at_s * S), by=NURSE))

    def answer(
        self, at_s: float, *, heard: bool, reason: str = "", by: str = NURSE
    ) -> list[Output]:
        t_ns = round(at_s * S)
        return self.say(AnswerSoundCheck(t_ns=t_ns, by=by, heard=heard, reason=reason))

    def output(self, at_s: float, *, working: bool, detail: str = "") -> list[Output]:
        t_ns = round(at_s * S)
        return self.say(
            ServiceReported(t_ns=t_ns, service=Service.SOUND, working=working, detail=detail)
        )

    @property
    def visit(self) -> Visit:
        return self.pipeline.session.visit

    @property
    def problem(self) -> str:
        return gather_facts(self.visit, self.pipeline.t_ns).sound_problem

    def alarm(self) -> AlarmState:
        return self.visit.board.state_of("sound-unproven")


def only(outputs: list[Output], kind: type[E]) -> E:
    [found] = [one for one in outputs if isinstance(one, kind)]
    return found


def heard_room() -> Room:
    room = Room()
    room.output(1, working=True)
    room.play(2)
    room.answer(9, heard=True)
    return room


def test_the_sounds_are_played_and_heard() -> None:
    room = Room()
    assert room.problem == UNHEARD
    assert only(room.play(2), SoundCheckStarted).by == NURSE
    assert room.problem == UNHEARD
    checked = only(room.answer(9, heard=True), SoundChecked)
    assert (checked.heard, checked.by, checked.reason) == (True, NURSE, "")
    assert room.problem == ""
    assert room.alarm() is AlarmState.OFF


def test_a_dose_is_held_until_the_sounds_are_heard() -> None:
    facts = PhaseFacts(sound_problem=UNHEARD)
    assert UNHEARD in obstacles(Phase.BASELINE, Phase.INFUSING, facts)
    room = Room()
    start = StartInfusion(t_ns=S, by=NURSE, pump_rate_ml_per_h=Decimal("52.5"))
    room.visit.phase = Phase.BASELINE
    assert UNHEARD in only(room.say(start), CommandRefused).reason


def test_where_no_check_is_required_nothing_is_held() -> None:
    room = Room("none")
    assert room.problem == ""


def test_a_policy_may_leave_the_check_out() -> None:
    room = Room()
    assert room.visit.signals is not None
    room.visit.signals = replace(room.visit.signals, sound_check_required=False)
    assert room.problem == ""


def test_sounds_that_were_not_played_were_not_heard() -> None:
    room = Room()
    assert "Play the alarm sounds first" in only(room.answer(1, heard=True), CommandRefused).reason
    assert room.problem == UNHEARD


def test_a_play_is_answered_once() -> None:
    room = Room()
    room.play(1)
    room.answer(2, heard=False, reason=NO_SPEAKER)
    assert "first" in only(room.answer(3, heard=True), CommandRefused).reason


def test_who_hears_nothing_says_what_is_done_instead() -> None:
    room = Room()
    room.play(1)
    refused = only(room.answer(2, heard=False, reason="  "), CommandRefused)
    assert "what is done instead" in refused.reason
    assert room.problem == UNHEARD
    checked = only(room.answer(3, heard=False, reason=NO_SPEAKER), SoundChecked)
    assert (checked.heard, checked.reason) == (False, NO_SPEAKER)
    assert room.problem == ""


def test_unheard_sounds_are_a_technical_alarm_until_they_are_heard() -> None:
    room = Room()
    raised = only(room.answer(3, heard=False, reason=NO_SPEAKER), AlarmChanged)
    assert raised.technical
    assert NO_SPEAKER in raised.sentence
    assert room.alarm() is AlarmState.SOUNDING
    room.play(10)
    room.answer(15, heard=True)
    assert room.alarm() is AlarmState.OFF


@pytest.mark.parametrize("by", ["", "  "])
def test_nobody_without_a_name_hears(by: str) -> None:
    room = Room()
    room.play(1)
    assert "name" in only(room.answer(2, heard=True, by=by), CommandRefused).reason


def test_an_output_known_not_to_work_is_heard_by_nobody() -> None:
    room = Room()
    room.output(1, working=False, detail="No loudspeaker.")
    room.play(2)
    assert "No loudspeaker." in only(room.answer(3, heard=True), CommandRefused).reason
    assert only(room.answer(4, heard=False, reason=NO_SPEAKER), SoundChecked).heard is False


def test_a_changed_output_must_be_heard_again() -> None:
    room = heard_room()
    checked = only(room.output(20, working=False, detail="The output changed."), SoundChecked)
    assert (checked.heard, checked.by, checked.reason) == (None, "", "The output changed.")
    assert room.problem == CHANGED
    assert room.alarm() is AlarmState.SOUNDING
    assert not any(isinstance(one, SoundChecked) for one in room.output(21, working=False))
    room.output(22, working=True)
    assert room.problem == CHANGED
    room.play(23)
    room.answer(24, heard=True)
    assert room.problem == ""


def test_a_play_into_an_output_that_is_lost_proves_nothing() -> None:
    room = Room()
    room.play(1)
    room.output(2, working=False)
    room.output(3, working=True)
    assert "first" in only(room.answer(4, heard=True), CommandRefused).reason


def test_a_program_started_again_must_be_heard_again() -> None:
    room = heard_room()
    resumed = SessionResumed(t_ns=20 * S, gap_start_ns=12 * S, utc="", by=NURSE, reason="cut")
    assert only(room.say(resumed), SoundChecked).heard is None
    assert room.problem == CHANGED


def test_a_second_press_at_once_plays_once() -> None:
    room = Room()
    room.play(1)
    assert room.play(1) == []
    assert room.play(2) == []
    assert only(room.play(4), SoundCheckStarted)


def test_the_same_answer_again_is_said_once() -> None:
    room = heard_room()
    assert room.answer(9, heard=True) == []
    room.answer(10, heard=False, reason=NO_SPEAKER)
    assert room.answer(10, heard=False, reason=NO_SPEAKER) == []


def test_while_nobody_hears_the_sounds_a_reminder_comes() -> None:
    room = Room()
    room.answer(10, heard=False, reason=NO_SPEAKER)
    room.said += room.pipeline.advance(400 * S)
    reminders = [one for one in room.said if isinstance(one, ReminderGiven)]
    assert [one.t_ns // S for one in reminders] == [190, 370]
    assert NO_SPEAKER in reminders[0].text
    room.play(401)
    room.answer(402, heard=True)
    assert not any(isinstance(one, ReminderGiven) for one in room.pipeline.advance(4000 * S))
