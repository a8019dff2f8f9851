"""The alarm table row by row, stories of a room, and properties of the board under random use."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from protocols.alarm_rules import AlarmPolicy, AlarmRule, Comparison, Limit, RuleKind, Tier
from protocols.alarms import TRANSITIONS, AlarmBoard, Stimulus, transition
from protocols.conditions import Judgement, Verdict
from protocols.events import (
    AlarmChanged,
    AlarmState,
    AudioPauseChanged,
    Output,
    Phase,
    Priority,
    Reading,
)
from protocols.limits import parse_limits
from protocols.situation import Situation
from protocols.vitals import NS_PER_S, Quality, Vital

S = NS_PER_S
OFF, PENDING, SOUNDING, PAUSED, ACKED, LATCHED, LATCHED_PAUSED = AlarmState
POLICY = AlarmPolicy(
    audio_pause_max_s=120,
    realarm_high_s=120,
    realarm_medium_s=300,
    reminder_s=300,
    bp_interval_factor=1.5,
    bp_validity_s=900,
    score_validity_s=1800,
)


def a_rule(
    name: str,
    tier: Tier,
    *,
    vital: Vital | None = Vital.SBP,
    group: str = "",
    limit: float = 165,
    delay_s: float = 0,
    latch: bool = False,
    ends_pause: bool = False,
    hysteresis: float = 5,
) -> AlarmRule:
    return AlarmRule(
        id=name,
        kind=RuleKind.LIMIT if vital is not None else RuleKind.DEVICE_LOST,
        tier=tier,
        title=name,
        next_step="Do something.",
        icon="cardiac",
        group=group or name,
        vital=vital,
        comparison=Comparison.AT_LEAST,
        limit=Limit(value=limit, absolute=(0, 300), recommended=(0, 300)),
        delay_s=delay_s,
        hysteresis=hysteresis,
        latch=latch,
        realarm_s=POLICY.realarm_s(tier.priority),
        ends_pause=ends_pause,
    )


CRITICAL = a_rule("critical", Tier.CRITICAL, group="sbp-high", limit=180, latch=True)
ONCE = a_rule("once", Tier.CRITICAL, group="sbp-high", limit=200, latch=True)
WARNING = a_rule("warning", Tier.WARNING, group="sbp-high")
ADVISORY = a_rule("advisory", Tier.ADVISORY, group="sbp-high", limit=150)
DELAYED = a_rule("delayed", Tier.WARNING, vital=Vital.HR, limit=110, delay_s=10)
LATCHING_HR = a_rule("latching", Tier.CRITICAL, vital=Vital.HR, limit=140, delay_s=5, latch=True)
LOST = a_rule("lost", Tier.WARNING, vital=None, ends_pause=True)
RULES = (CRITICAL, ONCE, WARNING, ADVISORY, DELAYED, LATCHING_HR, LOST)
BY_NAME = {rule.id: rule for rule in RULES}


def said(name: str, verdict: Verdict, t_ns: int, value: float = 200, device: str = "") -> Judgement:
    alarm_rule = BY_NAME[name]
    reading = None
    if alarm_rule.vital is not None:
        reading = Reading(
            t_ns=t_ns,
            vital=alarm_rule.vital,
            value=value,
            quality=Quality.GOOD,
            source="m",
            measured_ns=t_ns,
        )
    limit = alarm_rule.limit.value if alarm_rule.limit else None
    return Judgement(rule=alarm_rule, verdict=verdict, reading=reading, limit=limit, device=device)


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

V, C, DUE, ACK, PAUSE = Stimulus
ROWS: list[tuple[AlarmState, tuple[AlarmState, ...]]] = [
    # state            VIOLATED  CLEARED         DUE       ACK    PAUSE
    (OFF, (PENDING, OFF, OFF, OFF, OFF)),
    (PENDING, (PENDING, OFF, SOUNDING, PENDING, PENDING)),
    (SOUNDING, (SOUNDING, LATCHED, SOUNDING, ACKED, PAUSED)),
    (PAUSED, (PAUSED, LATCHED_PAUSED, SOUNDING, ACKED, PAUSED)),
    (ACKED, (ACKED, OFF, SOUNDING, ACKED, ACKED)),
    (LATCHED, (SOUNDING, LATCHED, LATCHED, OFF, LATCHED_PAUSED)),
    (LATCHED_PAUSED, (PAUSED, LATCHED_PAUSED, LATCHED, OFF, LATCHED_PAUSED)),
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
    assert room.changes("delayed") == [(0, PENDING), (9, OFF), (20, PENDING), (30, SOUNDING)]


def test_a_delay_ends_at_its_own_time_however_late_it_is_noticed(room: Room) -> None:
    room.violate(0, "delayed")
    assert room.clear(60, "delayed") is OFF
    assert room.changes("delayed") == [(0, PENDING), (10, SOUNDING), (60, OFF)]


def test_missing_data_neither_clears_nor_stops_a_delay(room: Room) -> None:
    room.violate(0, "delayed")
    assert room.lose(3, "delayed") is PENDING
    assert room.lose(12, "delayed") is SOUNDING
    assert room.lose(600, "delayed") is SOUNDING
    assert room.changes("delayed") == [(0, PENDING), (10, SOUNDING)]


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
    assert values == [145, 145, 150, 155]


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


# -- properties

DELAYS = {alarm_rule.id: alarm_rule.delay_s * S for alarm_rule in RULES}
NAMES = st.sampled_from([*sorted(set(BY_NAME) - {"lost"}), "lost/bp", "lost/oximeter"])
WAITS = st.sampled_from([0, 1, 4, 5, 9, 10, 60, 119, 120, 121, 300]) | st.integers(0, 400)
VERDICTS = st.sampled_from(Verdict)
VALUES = st.integers(90, 230)


class RandomRoom(RuleBasedStateMachine):
    """The same random events on two boards; one is also woken at random moments in between."""

    def __init__(self) -> None:
        super().__init__()
        self.plain = AlarmBoard(RULES, POLICY)
        self.woken = AlarmBoard(RULES, POLICY)
        self.now_ns = 0
        self.told: list[Output] = []
        self.told_woken: list[Output] = []
        self.states: dict[str, AlarmState] = {}
        self.last: dict[str, Verdict] = {}
        self.since: dict[str, int] = {}
        self.silenced: dict[str, int] = {}

    @initialize()
    def begin(self) -> None:
        assert self.plain.next_deadline_ns is None

    def _wait(self, wait_s: int, wakes: list[float]) -> None:
        start_ns, self.now_ns = self.now_ns, self.now_ns + wait_s * S
        for part in sorted(wakes):
            self.told_woken += self.woken.advance(start_ns + round(part * wait_s * S))

    def _hear(self, outputs: list[Output], outputs_woken: list[Output]) -> None:
        self.told += outputs
        self.told_woken += outputs_woken
        for change in outputs:
            if isinstance(change, AlarmChanged):
                self._check_change(change)

    def _check_change(self, change: AlarmChanged) -> None:
        before = self.states.get(change.alarm, OFF)
        self.states[change.alarm] = change.state
        if change.state is before:
            return
        reach = {before}
        for _ in range(2):  # a raised alarm may be paused or acknowledged in the same moment
            reach |= {TRANSITIONS.get((state, s), state) for state in reach for s in Stimulus}
        if before is OFF:
            reach |= {SOUNDING, PAUSED, ACKED}
        assert change.state in reach, (before, change)
        if change.state is ACKED:
            self.silenced[change.alarm] = change.t_ns
            assert change.by

    @rule(
        name=NAMES,
        verdict=VERDICTS,
        value=VALUES,
        wait_s=WAITS,
        wakes=st.lists(st.floats(0, 1), max_size=3),
    )
    def judge(
        self, name: str, verdict: Verdict, value: int, wait_s: int, wakes: list[float]
    ) -> None:
        self._wait(wait_s, wakes)
        rule_name, _, device = name.partition("/")
        judgement = said(rule_name, verdict, self.now_ns, value, device)
        self._hear(self.plain.advance(self.now_ns), self.woken.advance(self.now_ns))
        before = self.plain.state_of(name)
        outputs = self.plain.judge(self.now_ns, name, judgement)
        if verdict is Verdict.UNKNOWN:
            assert outputs == []
            assert self.plain.state_of(name) is before
        else:
            if verdict is not self.last.get(name):
                self.since[name] = self.now_ns
            self.last[name] = verdict
        self._hear(outputs, self.woken.judge(self.now_ns, name, judgement))

    @rule(name=NAMES, wait_s=WAITS, wakes=st.lists(st.floats(0, 1), max_size=3))
    def acknowledge(self, name: str, wait_s: int, wakes: list[float]) -> None:
        self._wait(wait_s, wakes)
        self._hear(
            self.plain.acknowledge(self.now_ns, name, "nurse", "seen"),
            self.woken.acknowledge(self.now_ns, name, "nurse", "seen"),
        )

    @rule(wait_s=WAITS, wakes=st.lists(st.floats(0, 1), max_size=3))
    def pause(self, wait_s: int, wakes: list[float]) -> None:
        self._wait(wait_s, wakes)
        self._hear(
            self.plain.pause_audio(self.now_ns, "nurse"),
            self.woken.pause_audio(self.now_ns, "nurse"),
        )

    @rule(wait_s=WAITS, wakes=st.lists(st.floats(0, 1), max_size=3))
    def end_pause(self, wait_s: int, wakes: list[float]) -> None:
        self._wait(wait_s, wakes)
        self._hear(
            self.plain.end_audio_pause(self.now_ns, "nurse"),
            self.woken.end_audio_pause(self.now_ns, "nurse"),
        )

    @rule(wait_s=WAITS, wakes=st.lists(st.floats(0, 1), max_size=3))
    def wait(self, wait_s: int, wakes: list[float]) -> None:
        self._wait(wait_s, wakes)
        self._hear(self.plain.advance(self.now_ns), self.woken.advance(self.now_ns))

    @invariant()
    def waking_changes_nothing(self) -> None:
        assert self.told == self.told_woken

    @invariant()
    def time_runs_forward(self) -> None:
        times = [output.t_ns for output in self.told]
        assert times == sorted(times)

    @invariant()
    def no_deadline_is_left_behind(self) -> None:
        ahead = self.plain.next_deadline_ns
        assert ahead is None or ahead > self.now_ns

    @invariant()
    def what_was_told_is_what_is_so(self) -> None:
        for name, state in self.states.items():
            assert self.plain.state_of(name) is state
        seen = {name for name, state in self.states.items() if state.is_seen}
        assert {change.alarm for change in self.plain.active} == seen

    @invariant()
    def a_pause_is_short_and_nothing_is_paused_without_one(self) -> None:
        ends_ns = self.plain.pause_ends_ns
        assert ends_ns is None or self.now_ns < ends_ns <= self.now_ns + 120 * S
        if ends_ns is None:
            assert not {PAUSED, LATCHED_PAUSED} & set(self.states.values())

    @invariant()
    def a_violated_rule_is_silent_only_for_a_reason(self) -> None:
        for name, verdict in self.last.items():
            if verdict is not Verdict.VIOLATED:
                continue
            state = self.plain.state_of(name)
            alarm_rule = BY_NAME[name.partition("/")[0]]
            if state is PENDING:
                assert self.now_ns < self.since[name] + DELAYS[alarm_rule.id]
            elif state is PAUSED:
                assert self.plain.pause_ends_ns is not None
            elif state is ACKED:
                silent_ns = self.now_ns - self.silenced[name]
                assert alarm_rule.realarm_s is None or silent_ns < alarm_rule.realarm_s * S
            else:
                assert state is SOUNDING

    @invariant()
    def a_cleared_latching_alarm_is_not_lost(self) -> None:
        for name, verdict in self.last.items():
            if verdict is Verdict.CLEARED:
                assert self.plain.state_of(name) in (OFF, LATCHED, LATCHED_PAUSED)

    def teardown(self) -> None:
        self.plain.advance(self.now_ns + 3600 * S)
        assert self.plain.pause_ends_ns is None
        assert not any(
            self.plain.state_of(name) in (PENDING, PAUSED, LATCHED_PAUSED) for name in self.states
        )


TestRandomRoom = RandomRoom.TestCase


# -- the board on the standard limits

STANDARD = Path(__file__).resolve().parents[3] / "resources" / "limits" / "standard.toml"
PROFILE = parse_limits(STANDARD.read_text(encoding="utf-8"), "standard.toml")


def pressure(at_s: int, value: float | None) -> Reading:
    return Reading(
        t_ns=at_s * S,
        vital=Vital.SBP,
        value=value,
        quality=Quality.FAILED if value is None else Quality.GOOD,
        source="bp",
        measured_ns=at_s * S,
    )


def states_after(readings: list[Reading]) -> dict[str, AlarmState]:
    """Every alarm not off after the readings of an infusion, judged reading by reading."""
    board, situation = AlarmBoard(PROFILE.rules, PROFILE.policy), Situation(PROFILE)
    situation.set_phase(Phase.INFUSING, 0)
    for reading in readings:
        situation.note_reading(reading)
        board.assess(reading.t_ns, situation, PROFILE.rules_reading(reading.vital))
    return {change.alarm: change.state for change in board.active}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([140], {}),
        ([168], {"sbp-high-advisory": SOUNDING, "sbp-high-warning": SOUNDING}),
        ([182], {"sbp-high-advisory": SOUNDING, "sbp-high-warning": SOUNDING}),
        ([182, 150], {"sbp-high-advisory": SOUNDING}),
        ([182, 140], {}),
        (
            [182, 184],
            dict.fromkeys(("sbp-high-advisory", "sbp-high-warning", "sbp-high-critical"), SOUNDING),
        ),
        ([182, 184, 140], {"sbp-high-critical": LATCHED}),
        ([205, 140], {"sbp-high-once": LATCHED}),
        ([168, None], {"sbp-high-advisory": SOUNDING, "sbp-high-warning": SOUNDING}),
        ([168, 161], {"sbp-high-advisory": SOUNDING, "sbp-high-warning": SOUNDING}),
        ([168, 159], {"sbp-high-advisory": SOUNDING}),
    ],
)
def test_pressures_two_minutes_apart_on_the_standard_limits(
    values: list[float | None], expected: dict[str, AlarmState]
) -> None:
    readings = [pressure(120 * n, value) for n, value in enumerate(values, start=1)]
    assert states_after(readings) == expected


def test_a_cuff_artefact_raises_no_critical_alarm() -> None:
    readings = [pressure(120, 130), pressure(240, 195), pressure(360, 128)]
    assert states_after(readings) == {}


def test_an_expired_pressure_leaves_its_alarm_and_the_overdue_alarm_speaks_up() -> None:
    board, situation = AlarmBoard(PROFILE.rules, PROFILE.policy), Situation(PROFILE)
    situation.set_phase(Phase.INFUSING, 0)
    situation.set_bp_interval(300)
    situation.note_reading(pressure(60, 168))
    board.assess(60 * S, situation)
    stale_ns = 60 * S
    while stale_ns < 510 * S:
        stale_ns = situation.next_staleness_ns(stale_ns) or 0
        board.assess(stale_ns, situation)
    assert stale_ns == 510 * S
    assert board.state_of("bp-overdue") is SOUNDING
    assert board.state_of("sbp-high-warning") is SOUNDING
