"""Stretches of session time, and values that stand until the next one: exact, in nanoseconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from protocols.vitals import NS_PER_S

Span = tuple[int, int]
"""From when to when, session time in ns; the end is not part of it."""

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def joined(spans: Iterable[Span], within_ns: int = 0) -> list[Span]:
    """`spans` in order, those made one that touch or lie at most `within_ns` apart."""
    found: list[Span] = []
    for start, end in sorted(span for span in spans if span[1] > span[0]):
        if found and start <= found[-1][1] + within_ns:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def overlap(some: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """The time that lies in both; each must be in order and without overlap, as `joined` gives."""
    found: list[Span] = []
    at = 0
    for start, end in some:
        while at < len(others) and others[at][1] <= start:
            at += 1
        place = at
        while place < len(others) and others[place][0] < end:
            found.append((max(start, others[place][0]), min(end, others[place][1])))
            place += 1
    return found


def without(some: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """The time of `some` that lies in none of `others`; each as `joined` gives."""
    found: list[Span] = []
    at = 0
    for start, end in some:
        while at < len(others) and others[at][1] <= start:
            at += 1
        place = at
        while place < len(others) and others[place][0] < end:
            if others[place][0] > start:
                found.append((start, others[place][0]))
            start = max(start, others[place][1])
            place += 1
        if start < end:
            found.append((start, end))
    return found


def total_ns(spans: Iterable[Span]) -> int:
    """How long `spans` are together, ns."""
    return sum(end - start for start, end in spans)


def span_text(span_ns: int) -> str:
    """A span in words: ``40 s``, ``3 min 05 s``, ``40 min``, ``1 h 12 min``."""
    seconds = max(0, round(span_ns / NS_PER_S))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        rest = f" {seconds % 60:02d} s" if seconds % 60 else ""
        return f"{seconds // 60} min{rest}"
    return f"{seconds // 3600} h {seconds % 3600 // 60:02d} min"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Values of a vital, each standing from its time to its end.

    Attributes:
        start_ns, end_ns: from when to when each stands, in order, without overlap.
        values: in the vital's unit; none is missing.
    """

    start_ns: Ints
    end_ns: Ints
    values: Floats

    def spans(self, where: Mask | None = None) -> list[Span]:
        """The time in which a value stands, or one of those that `where` marks."""
        starts, ends = self.start_ns, self.end_ns
        if where is not None:
            starts, ends = starts[where], ends[where]
        long = ends > starts
        starts, ends = starts[long], ends[long]
        if not len(starts):
            return []
        breaks = np.flatnonzero(starts[1:] > ends[:-1])
        first = np.concatenate(([0], breaks + 1))
        last = np.concatenate((breaks, [len(ends) - 1]))
        return list(zip(starts[first].tolist(), ends[last].tolist(), strict=True))


def held(
    t_s: npt.ArrayLike, values: npt.ArrayLike, stands_ns: int, *, blanks_end: bool = True
) -> Held:
    """Readings (times in s; NaN: no value) as values that stand until the next, or `stands_ns`.

    With `blanks_end` a reading without a value ends the one before it; without, it is passed over:
    a determination that failed says nothing of the pressure.
    """
    t_ns = np.rint(np.asarray(t_s, dtype=np.float64) * NS_PER_S).astype(np.int64)
    found = np.asarray(values, dtype=np.float64)
    order = np.argsort(t_ns, kind="stable")
    t_ns, found = t_ns[order], found[order]
    measured = ~np.isnan(found)
    if not blanks_end:
        t_ns, found, measured = t_ns[measured], found[measured], measured[measured]
    ends = t_ns + stands_ns
    if len(t_ns) > 1:
        ends[:-1] = np.minimum(ends[:-1], t_ns[1:])
    return Held(start_ns=t_ns[measured], end_ns=ends[measured], values=found[measured])
