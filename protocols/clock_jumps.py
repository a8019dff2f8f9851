"""Jumps of the wall clock against the clock of the session."""

from __future__ import annotations

from collections.abc import Iterable

from protocols.alarm_rules import AlarmRule, RuleKind
from protocols.events.inputs import ClockAnchored
from protocols.vitals import NS_PER_S

_KEPT = 16


class ClockWatch:
    """The last jumps of the wall clock that a rule asks about."""

    def __init__(self, rules: Iterable[AlarmRule]) -> None:
        """Begin before the clock was read; `rules` say which jumps matter, and for how long."""
        asked = [rule for rule in rules if rule.kind is RuleKind.CLOCK_JUMPED and rule.limit]
        self._holds_ns = sorted({round(rule.holds_s * NS_PER_S) for rule in asked})
        self._least_s = min((rule.limit.value for rule in asked if rule.limit), default=None)
        self._jumps: list[tuple[int, float]] = []
        self.was_read = False

    def note(self, anchor: ClockAnchored) -> None:
        """Take in a reading of the wall clock."""
        self.was_read = True
        jump_s = anchor.jump_ms / 1000
        if self._least_s is not None and abs(jump_s) >= self._least_s:
            self._jumps.append((anchor.t_ns, jump_s))
            del self._jumps[:-_KEPT]

    def jump_s(self, t_ns: int, least_s: float, holds_s: float) -> float | None:
        """The last jump of at least `least_s` that is younger than `holds_s` at `t_ns`, or None."""
        since_ns = t_ns - round(holds_s * NS_PER_S)
        for at_ns, jump_s in reversed(self._jumps):
            if at_ns > since_ns and abs(jump_s) >= least_s:
                return jump_s
        return None

    def boundaries(self) -> list[int]:
        """The times at which a jump is old enough to be told of no longer."""
        return [at_ns + held_ns for at_ns, _ in self._jumps for held_ns in self._holds_ns]
