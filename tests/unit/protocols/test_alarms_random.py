"""Properties of the alarm board under random use: nothing loses an alarm."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from protocols.alarm_table import TRANSITIONS, Stimulus
from protocols.alarms import AlarmBoard
from protocols.conditions import Verdict
from protocols.events import (
    AlarmChanged,
    AlarmState,
    Output,
)
from tests.unit.protocols.board_rules import (
    ACKED,
    BY_NAME,
    LATCHED,
    LATCHED_PAUSED,
    OFF,
    PAUSED,
    PENDING,
    POLICY,
    RULES,
    SOUNDING,
    S,
    said,
)

DELAYS = {alarm_rule.id: alarm_rule.delay_s * S for alarm_rule in RULES}
NAMES = st.sampled_from([*sorted(set(BY_NAME) - {"lost"}), "lost/bp", "lost/oximeter"])
WAITS = st.sampled_from([0, 1, 4, 5, 9, 10, 60, 119, 120, 121, 300]) | st.integers(0, 400)
VERDICTS = st.sampled_from(Verdict)
VALUES = st.integers(90, 230)
MOVES = set(Stimulus) - {Stimulus.SWITCH_OFF}


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
            reach |= {TRANSITIONS.get((state, s), state) for state in reach for s in MOVES}
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
        """Between off and pending nothing is told, for nobody sees either."""
        for name, told in self.states.items():
            state = self.plain.state_of(name)
            assert state is told or not (state.is_seen or told.is_seen)
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
