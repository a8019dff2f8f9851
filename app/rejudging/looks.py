"""The moments that a person should look at before other limits are approved. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.rejudging.occurrence import Occurrence
from app.rejudging.results import Result
from protocols.vitals import NS_PER_S


class Kind(StrEnum):
    """What became of an alarm; in the order in which a person looks."""

    LOST = "lost"
    LATER = "later"
    GAINED = "gained"
    EARLIER = "earlier"


_ORDER = {kind: number for number, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One alarm that differs.

    Attributes:
        recording: name of the recording.
        kind: what became of it.
        alarm: as it is under the limits asked about; as it was where it is lost.
        by_ns: how much later it is raised, negative for earlier; 0 where it did not move.
    """

    recording: str
    kind: Kind
    alarm: Occurrence
    by_ns: int = 0

    @property
    def t_ns(self) -> int:
        """The moment to look at: when it is, or was first, raised on either side."""
        return self.alarm.raised_ns - max(0, self.by_ns)

    @property
    def words(self) -> str:
        """What became of the alarm, in a few words."""
        if not self.by_ns:
            return self.kind.value
        return f"{abs(self.by_ns) / NS_PER_S:.0f} s {self.kind.value}"


def looks_at(results: Iterable[Result]) -> tuple[Look, ...]:
    """Every alarm that differs: what is lost or comes later first, the gravest of each first."""
    found = [look for result in results if result.before is not None for look in _of(result)]
    return tuple(sorted(found, key=_order))


def _order(look: Look) -> tuple[bool, int, int, str, int]:
    safer = look.kind in (Kind.GAINED, Kind.EARLIER)
    return (
        safer,
        -look.alarm.priority.rank,
        _ORDER[look.kind],
        look.recording,
        look.alarm.raised_ns,
    )


def _of(result: Result) -> Iterator[Look]:
    changes = result.changes
    for one in changes.lost:
        yield Look(recording=result.name, kind=Kind.LOST, alarm=one)
    for one in changes.gained:
        yield Look(recording=result.name, kind=Kind.GAINED, alarm=one)
    for move in changes.moved:
        kind = Kind.LATER if move.by_ns > 0 else Kind.EARLIER
        yield Look(recording=result.name, kind=kind, alarm=move.after, by_ns=move.by_ns)
