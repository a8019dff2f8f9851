"""What two judgements of one recording share, and what only one of them has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.rejudging.occurrence import Occurrence


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One occurrence in both, raised at another time.

    `by_ns` is how much later it is raised, negative for earlier.
    """

    before: Occurrence
    after: Occurrence

    @property
    def by_ns(self) -> int:
        """How much later the alarm is raised; negative: earlier."""
        return self.after.raised_ns - self.before.raised_ns


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """How the alarms of one recording differ between two judgements of it.

    Attributes:
        gained: occurrences that only the later has.
        lost: occurrences that only the earlier has.
        moved: in both, raised at another time.
        unchanged: in both, raised at the same time.
    """

    gained: tuple[Occurrence, ...]
    lost: tuple[Occurrence, ...]
    moved: tuple[Moved, ...]
    unchanged: tuple[Occurrence, ...]


def compare(before: Iterable[Occurrence], after: Iterable[Occurrence]) -> Changes:
    """Pair the occurrences of the same alarm that overlap, each with at most one.

    Two overlap where their conditions were true at one time: from when the condition began, before
    any delay, to when it ended.
    """
    gained: list[Occurrence] = []
    lost: list[Occurrence] = []
    moved: list[Moved] = []
    unchanged: list[Occurrence] = []
    earlier, later = _by_alarm(before), _by_alarm(after)
    for alarm in sorted(earlier.keys() | later.keys()):
        ones, others = earlier.get(alarm, []), later.get(alarm, [])
        pairs = _pairs(ones, others)
        for one, other in pairs:
            if one.raised_ns == other.raised_ns:
                unchanged.append(other)
            else:
                moved.append(Moved(before=one, after=other))
        paired = {id(one) for pair in pairs for one in pair}
        lost += [one for one in ones if id(one) not in paired]
        gained += [other for other in others if id(other) not in paired]
    return Changes(
        gained=tuple(sorted(gained, key=_order)),
        lost=tuple(sorted(lost, key=_order)),
        moved=tuple(sorted(moved, key=lambda one: _order(one.after))),
        unchanged=tuple(sorted(unchanged, key=_order)),
    )


def _order(one: Occurrence) -> tuple[int, str]:
    return one.raised_ns, one.alarm


def _by_alarm(occurrences: Iterable[Occurrence]) -> dict[str, list[Occurrence]]:
    found: dict[str, list[Occurrence]] = {}
    for one in occurrences:
        found.setdefault(one.alarm, []).append(one)
    return found


def _pairs(
    ones: Sequence[Occurrence], others: Sequence[Occurrence]
) -> list[tuple[Occurrence, Occurrence]]:
    """Overlapping occurrences of one alarm, in order of time, each in at most one pair.

    Those raised at the same time belong together first.
    """
    at = {other.raised_ns: other for other in others}
    pairs = [(one, at[one.raised_ns]) for one in ones if one.raised_ns in at]
    taken = {id(one) for pair in pairs for one in pair}
    left = [other for other in others if id(other) not in taken]
    for one in ones:
        if id(one) in taken:
            continue
        match = next((other for other in left if _overlap(one, other)), None)
        if match is not None:
            left.remove(match)
            pairs.append((one, match))
    return pairs


def _overlap(one: Occurrence, other: Occurrence) -> bool:
    return one.since_ns <= other.ended_ns and other.since_ns <= one.ended_ns
