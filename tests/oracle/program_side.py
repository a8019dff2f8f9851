"""The program's own judgement of a list of facts, by the path that a session and rejudging use."""

from __future__ import annotations

from collections.abc import Mapping

from oracle_past import IntervalSet
from oracle_table import Change

from protocols.alarm_facts import AlarmFacts
from protocols.alarm_rules import LimitsProfile
from protocols.alarms import AlarmBoard
from protocols.events import (
    Acknowledge,
    AlarmChanged,
    AudioPauseChanged,
    EndAudioPause,
    Event,
    LimitChanged,
    Output,
    PauseAudio,
    TaskChanged,
    TaskState,
)
from protocols.limit_changes import with_changes
from protocols.missing import without_false_numbers
from protocols.situation import Situation

_NEXT_PRESSURE = TaskChanged(
    t_ns=0, task="bp", item="bp", label="", state=TaskState.UPCOMING, due_ns=0, closes_ns=0
)
"""The word of the schedule with which an interval between pressures changes."""


class Program:
    """Feeds facts to `Situation`, `AlarmBoard` and `AlarmFacts` as a session does."""

    def __init__(self, profile: LimitsProfile, intervals: Mapping[str, float]) -> None:
        """Begin with nothing known."""
        self._profile = self._limits = profile
        self._facts = AlarmFacts(profile)
        self._situation = Situation(profile)
        for source, interval_s in intervals.items():
            self._situation.expect(source, interval_s)
        self._board = AlarmBoard(profile.rules, profile.policy)
        self._limit_changes: list[LimitChanged] = []
        self._now_ns = 0
        self._told: dict[str, str] = {}
        self.changes: list[Change] = []

    def run(self, facts: list[Event], end_ns: int) -> list[Change]:
        """Every change of state, net of each moment."""
        for known, fact in enumerate(facts):
            self._pass_time(fact.t_ns, known)
            self._tell(fact.t_ns, known + 1, self._take(without_false_numbers(fact)))
            self._now_ns = fact.t_ns
        self._pass_time(end_ns, len(facts))
        return self.changes

    def _pass_time(self, until_ns: int, known: int) -> None:
        while True:
            stale_ns = self._situation.next_staleness_ns(self._now_ns)
            times = [at for at in (self._board.next_deadline_ns, stale_ns) if at is not None]
            at_ns = min(times, default=None)
            if at_ns is None or at_ns > until_ns:
                return
            outputs = self._board.advance(at_ns)
            if stale_ns == at_ns:
                outputs += self._board.assess(at_ns, self._situation, self._limits.rules)
            self._now_ns = at_ns
            self._tell(at_ns, known, outputs)

    def _take(self, fact: Event) -> list[Output]:
        board, t_ns = self._board, fact.t_ns
        outputs: list[Output] = []
        if isinstance(fact, Acknowledge):
            return board.acknowledge(t_ns, fact.alarm, fact.by, fact.action)
        if isinstance(fact, PauseAudio):
            return board.pause_audio(t_ns, fact.by)
        if isinstance(fact, EndAudioPause):
            return board.end_audio_pause(t_ns, fact.by)
        if isinstance(fact, LimitChanged):
            self._limit_changes.append(fact)
            self._limits = with_changes(self._profile, self._limit_changes)
            self._facts = AlarmFacts(self._limits)
            rules = tuple(rule for rule in self._limits.rules if rule.id == fact.rule)
            outputs += board.replace_rule(t_ns, rules[0], fact.by)
        elif isinstance(fact, IntervalSet):
            rules = self._facts.note(self._situation, _NEXT_PRESSURE)
            self._situation.set_bp_interval(fact.interval_s)
        else:
            rules = self._facts.note(self._situation, fact)
        return outputs + (board.assess(t_ns, self._situation, rules) if rules else [])

    def _tell(self, t_ns: int, known: int, outputs: list[Output]) -> None:
        states: dict[str, str] = {}
        for one in outputs:
            assert one.t_ns == t_ns, f"{one} came at {t_ns}"
            if isinstance(one, AlarmChanged):
                states[one.alarm] = str(one.state)
            elif isinstance(one, AudioPauseChanged):
                states["pause"] = str(one.ends_ns or "off")
        for name in sorted(states):
            if self._told.get(name, "off") != states[name]:
                self._told[name] = states[name]
                self.changes.append((t_ns, known, name, states[name]))
