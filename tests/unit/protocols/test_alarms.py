"""The alarm table row by row, and stories of a room."""

from __future__ import annotations

from dataclasses import replace

import pytest

from protocols.alarm_table import TRANSITIONS, Stimulus, transition
from protocols.alarms import AlarmBoard
from protocols.conditions import Verdict
from protocols.events import (
    AlarmChanged,
    AlarmState,
    AudioPauseChanged,
    Output,
    Priority,
)
from protocols.vitals import Vital
from tests.unit.protocols.board_rules import (
    ACKED,
    ADVISORY,
    BY_NAME,
    HELD,
    LATCHED,
    LATCHED_PAUSED,
    LATCHING_HR,
    OFF,
    PAUSED,
    PENDING,
    POLICY,
    RULES,
    SOUNDING,
    WARNING,
    S,
    said,
)


class Room:
    """A board with short words for what happens, and everything it said."""

    def __init__(self) -> None:
        self.board = AlarmBoard(RULES, POLICY)
        self.said: list[Output] = []

    def violate(self, at_s: float, name: str, value: float = 200, device: str = "") -> AlarmState:
        return self._judge(at_s, name, Verdict.VIOLATED, value, device)

    def clear(self, at_s: float, name: str, value: float = 100, device: str = "") -> AlarmState:
        return self._judge(at_s, name, Verdict.CLEARED, value, device)

    def lose(self, at_s: float, name: str) -> AlarmState:
        return self._judge(at_s, name, Verdict.UNKNOWN, 0, "")

    def _judge(
        self, at_s: float, name: str, verdict: Verdict, value: float, device: str
    ) -> AlarmState:
        t_ns = round(at_s * S)
        alarm = BY_NAME[name].alarm_id(device)
        self.said += self.board.judge(t_ns, alarm, said(name, verdict, t_ns, value, device))
        return self.board.state_of(alarm)

    def ack(self, at_s: float, name: str, action: str = "seen") -> AlarmState:
        self.said += self.board.acknowledge(round(at_s * S), name, "nurse", action)
        return self.board.state_of(name)

    def pause(self, at_s: float) -> None:
        self.said += self.board.pause_audio(round(at_s * S), "nurse")

    def at(self, at_s: float, name: str) -> AlarmState:
        self.said += self.board.advance(round(at_s * S))
        return self.board.state_of(name)

    def changes(self, name: str) -> list[tuple[float, AlarmState]]:
        return [
            (change.t_ns / S, change.state)
            for change in self.said
            if isinstance(change, AlarmChanged) and change.alarm == name
        ]

    def pauses(self) -> list[tuple[float, float | None]]:
        return [
            (change.t_ns / S, None if change.ends_ns is None else change.ends_ns / S)
            for change in self.said
            if isinstance(change, AudioPauseChanged)
        ]


@pytest.fixture
def room() -> Room:
    return Room()


# -- the table

V, C, DUE, ACK, PAUSE, HOLD, SWITCH_OFF = Stimulus
ROWS: list[tuple[AlarmState, tuple[AlarmState, ...]]] = [
    # state    VIOLATED  CLEARED  DUE  ACK  PAUSE  HOLD  SWITCH_OFF
    (OFF, (PENDING, OFF, OFF, OFF, OFF, HELD, OFF)),
    (PENDING, (PENDING, OFF, SOUNDING, PENDING, PENDING, HELD, OFF)),
    (HELD, (HELD, OFF, SOUNDING, HELD, HELD, HELD, OFF)),
    (SOUNDING, (SOUNDING, LATCHED, SOUNDING, ACKED, PAUSED, SOUNDING, OFF)),
    (PAUSED, (PAUSED, LATCHED_PAUSED, SOUNDING, ACKED, PAUSED, PAUSED, OFF)),
    (ACKED, (ACKED, OFF, SOUNDING, ACKED, ACKED, ACKED, OFF)),
    (LATCHED, (SOUNDING, LATCHED, LATCHED, OFF, LATCHED_PAUSED, LATCHED, OFF)),
    (LATCHED_PAUSED, (PAUSED, LATCHED_PAUSED, LATCHED, OFF, LATCHED_PAUSED, LATCHED_PAUSED, OFF)),
]


@pytest.mark.parametrize(("state", "after"), ROWS, ids=lambda cell: str(cell)[:14])
def test_rows_of_the_table(state: AlarmState, after: tuple[AlarmState, ...]) -> None:
    full = replace(LATCHING_HR, realarm_s=120)
    assert tuple(transition(state, stimulus, full) for stimulus in Stimulus) == after


def test_without_delay_pending_is_skipped() -> None:
    assert transition(OFF, V, WARNING) is SOUNDING


@pytest.mark.parametrize("state", [SOUNDING, PAUSED])
def test_a_rule_that_does_not_latch_ends_with_its_condition(state: AlarmState) -> None:
    assert transition(state, C, WARNING) is OFF


def test_a_low_priority_alarm_does_not_sound_again_after_acknowledgement() -> None:
    assert transition(ACKED, DUE, ADVISORY) is ACKED


def test_the_table_reaches_and_leaves_every_state() -> None:
    assert {before for before, _ in TRANSITIONS} == set(AlarmState)
    assert set(TRANSITIONS.values()) == set(AlarmState)


# -- stories


def test_a_delay_must_be_filled_by_the_condition(room: Room) -> None:
    assert room.violate(0, "delayed") is PENDING
    assert room.clear(9, "delayed") is OFF
    assert room.violate(20, "delayed") is PENDING
    assert room.at(29.999, "delayed") is PENDING
    assert room.at(30, "delayed") is SOUNDING
    assert room.changes("delayed") == [(30, SOUNDING)]


def test_a_delay_ends_at_its_own_time_however_late_it_is_noticed(room: Room) -> None:
    room.violate(0, "delayed")
    assert room.clear(60, "delayed") is OFF
    assert room.changes("delayed") == [(10, SOUNDING), (60, OFF)]


def test_missing_data_neither_clears_nor_stops_a_delay(room: Room) -> None:
    room.violate(0, "delayed")
    assert room.lose(3, "delayed") is PENDING
    assert room.lose(12, "delayed") is SOUNDING
    assert room.lose(600, "delayed") is SOUNDING
    assert room.changes("delayed") == [(10, SOUNDING)]


def test_an_alarm_that_sounds_again_without_data_says_that_its_value_is_old(room: Room) -> None:
    room.violate(0, "warning", 170)
    room.ack(1, "warning")
    room.lose(200, "warning")
    assert room.at(301, "warning") is SOUNDING
    assert room.board.active[0].sentence.endswith("last known: no valid reading since")
    room.violate(310, "warning", 172)
    assert "last known" not in room.board.active[0].sentence


def test_a_critical_alarm_stays_until_acknowledged(room: Room) -> None:
    room.violate(0, "critical", 185)
    room.violate(60, "critical", 195)
    assert room.clear(120, "critical", 150) is LATCHED
    latched = room.board.active[0]
    assert (latched.value, latched.since_ns, latched.state) == (195, 0, LATCHED)
    assert room.board.heard is Priority.HIGH
    assert room.ack(130, "critical", "drug given") is OFF
    assert room.board.active == ()


def test_a_latched_alarm_whose_condition_returns_is_a_new_occurrence(room: Room) -> None:
    room.violate(0, "critical")
    room.clear(60, "critical")
    assert room.violate(90, "critical") is SOUNDING
    assert room.board.active[0].since_ns == 90 * S


def test_an_acknowledged_alarm_sounds_again_after_two_minutes(room: Room) -> None:
    room.violate(0, "critical")
    assert room.ack(10, "critical", "slowed") is ACKED
    told = room.board.active[0]
    assert (told.by, told.action, told.ends_ns) == ("nurse", "slowed", 130 * S)
    assert room.at(129.9, "critical") is ACKED
    assert room.at(500, "critical") is SOUNDING
    assert room.changes("critical")[-1] == (130, SOUNDING)


def test_an_acknowledged_alarm_that_ends_and_comes_back_sounds(room: Room) -> None:
    room.violate(0, "warning")
    room.ack(5, "warning")
    assert room.clear(60, "warning") is OFF
    assert room.violate(70, "warning") is SOUNDING


def test_a_blip_while_silenced_stays_silent_until_the_pause_ends(room: Room) -> None:
    room.violate(0, "warning")
    room.pause(10)
    assert room.board.state_of("warning") is PAUSED
    assert room.clear(20, "warning") is OFF
    assert room.violate(30, "warning") is PAUSED
    assert room.board.active[0].ends_ns == 130 * S
    assert room.at(130, "warning") is SOUNDING
    assert room.pauses() == [(10, 130), (130, None)]


def test_a_pause_keeps_its_end_when_a_latched_condition_comes_and_goes(room: Room) -> None:
    room.violate(0, "critical")
    room.pause(10)
    assert room.clear(20, "critical") is LATCHED_PAUSED
    assert room.violate(40, "critical") is PAUSED
    assert room.clear(50, "critical") is LATCHED_PAUSED
    assert room.at(130, "critical") is LATCHED


def test_a_higher_priority_sounds_during_a_pause_an_equal_or_lower_does_not(room: Room) -> None:
    room.violate(0, "warning")
    room.pause(10)
    room.violate(20, "advisory")
    assert room.violate(20, "delayed") is PENDING
    assert room.at(30, "delayed") is PAUSED
    assert room.board.state_of("advisory") is PAUSED
    assert room.board.heard is None
    assert room.violate(40, "critical") is SOUNDING
    assert room.board.heard is Priority.HIGH
    assert room.board.state_of("warning") is PAUSED


def test_pausing_again_silences_the_newcomer_and_starts_the_time_anew(room: Room) -> None:
    room.violate(0, "warning")
    room.pause(10)
    room.violate(40, "critical")
    room.pause(50)
    assert {change.ends_ns for change in room.board.active} == {170 * S}
    assert room.at(130, "warning") is PAUSED
    assert room.at(170, "warning") is SOUNDING
    assert room.board.state_of("critical") is SOUNDING


def test_a_lost_monitor_ends_the_pause(room: Room) -> None:
    room.violate(0, "critical")
    room.pause(10)
    assert room.violate(30, "lost", device="oximeter") is SOUNDING
    assert room.board.state_of("critical") is SOUNDING
    assert room.pauses() == [(10, 130), (30, None)]


def test_two_lost_monitors_are_two_alarms(room: Room) -> None:
    room.violate(0, "lost", device="oximeter")
    assert room.ack(5, "lost/oximeter") is ACKED
    assert room.violate(9, "lost", device="bp") is SOUNDING
    assert room.board.state_of("lost/oximeter") is ACKED


def test_there_is_nothing_to_pause_where_nothing_sounds(room: Room) -> None:
    room.pause(5)
    room.violate(6, "delayed")
    room.pause(7)
    assert room.pauses() == []
    assert room.at(16, "delayed") is SOUNDING


def test_a_person_can_end_the_pause(room: Room) -> None:
    room.violate(0, "warning")
    room.pause(10)
    room.said += room.board.end_audio_pause(20 * S, "nurse")
    assert room.board.state_of("warning") is SOUNDING
    assert room.board.end_audio_pause(21 * S, "nurse") == []


def test_acknowledging_the_last_paused_alarm_ends_the_pause(room: Room) -> None:
    room.violate(0, "warning")
    room.pause(10)
    room.ack(20, "warning")
    assert room.board.pause_ends_ns is None
    assert room.violate(30, "delayed") is PENDING
    assert room.at(40, "delayed") is SOUNDING


def test_acknowledging_a_severity_acknowledges_the_milder_of_its_group(room: Room) -> None:
    for name in ("advisory", "warning", "critical"):
        room.violate(0, name)
    room.violate(0, "lost", device="bp")
    room.ack(5, "critical", "paused the pump")
    assert room.board.state_of("warning") is ACKED
    assert room.board.state_of("advisory") is ACKED
    assert room.board.state_of("lost/bp") is SOUNDING


def test_acknowledging_a_milder_severity_leaves_the_higher_one_sounding(room: Room) -> None:
    room.violate(0, "warning")
    room.violate(0, "critical")
    room.ack(5, "warning")
    assert room.board.state_of("critical") is SOUNDING


def test_a_milder_severity_raised_after_acknowledgement_starts_acknowledged(room: Room) -> None:
    room.violate(0, "critical")
    room.ack(5, "critical", "oxygen")
    assert room.violate(20, "warning") is ACKED
    told = room.board.active[1]
    assert (told.alarm, told.by, told.action) == ("warning", "nurse", "oxygen")


def test_a_higher_severity_sounds_after_the_milder_was_acknowledged(room: Room) -> None:
    room.violate(0, "warning")
    room.ack(5, "warning")
    assert room.violate(20, "critical") is SOUNDING


def test_another_rule_of_equal_severity_sounds_after_acknowledgement(room: Room) -> None:
    room.violate(0, "critical")
    room.ack(5, "critical")
    assert room.violate(20, "once") is SOUNDING


def test_acknowledging_what_is_not_seen_changes_nothing(room: Room) -> None:
    assert room.ack(0, "warning") is OFF
    room.violate(1, "delayed")
    assert room.ack(2, "delayed") is PENDING
    room.violate(3, "warning")
    room.ack(4, "warning")
    before = list(room.said)
    assert room.ack(5, "warning") is ACKED
    assert room.said == before


def test_active_is_ordered_by_priority_then_age(room: Room) -> None:
    room.violate(0, "advisory")
    room.violate(1, "lost", device="bp")
    room.violate(2, "warning")
    room.violate(3, "critical")
    assert [c.alarm for c in room.board.active] == ["critical", "lost/bp", "warning", "advisory"]


def test_each_new_pressure_is_told_once(room: Room) -> None:
    room.violate(0, "warning", 170)
    room.violate(60, "warning", 170)
    room.violate(120, "warning", 168)
    room.violate(120, "warning", 168)
    values = [c.value for c in room.said if isinstance(c, AlarmChanged)]
    assert values == [170, 168]
    assert room.board.active[0].since_ns == 0


def test_a_stream_is_told_again_only_when_worse_by_the_hysteresis(room: Room) -> None:
    room.violate(0, "latching", 145)
    room.at(5, "latching")
    for second, value in enumerate((146, 149, 150, 148, 154, 155), start=6):
        room.violate(second, "latching", value)
    values = [c.value for c in room.said if isinstance(c, AlarmChanged)]
    assert values == [145, 150, 155]


def test_a_change_carries_everything_its_sentence_needs(room: Room) -> None:
    room.violate(3, "warning", 168)
    (change,) = room.said
    assert change == AlarmChanged(
        t_ns=3 * S,
        alarm="warning",
        state=SOUNDING,
        priority=Priority.MEDIUM,
        technical=False,
        vital=Vital.SBP,
        value=168,
        limit=165,
        baseline=None,
        since_ns=3 * S,
        sentence="SBP 168 mmHg, limit 165",
        next_step="Do something.",
    )


def test_an_unknown_rule_is_an_error(room: Room) -> None:
    with pytest.raises(KeyError):
        room.board.judge(0, "no-such-rule", said("warning", Verdict.VIOLATED, 0))
