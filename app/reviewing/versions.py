"""Two versions of the program over the same sessions: alike, or where first they part. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.differences import Difference, difference_words
from app.digests import BLOCK, Made, Raised, SessionDigest, differ_forms

SIDES = ("here", "there")
"""What the two versions are called in words."""

ReadOutputs = Callable[[str, int, int], Sequence[Made] | None]
"""Outputs number first to last of a session in one version; None where they are not to be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCompared:
    """One session under both versions.

    Attributes:
        session: its name.
        problem: why it cannot be compared, in a sentence; empty where it was.
        outputs_here, outputs_there: how many.
        difference: the first output that differs; None where none does.
        gained, lost: alarms that only the other version raises, and only this one.
        note: what is not known of the difference, in a sentence.
    """

    session: str
    problem: str = ""
    outputs_here: int = 0
    outputs_there: int = 0
    difference: Difference | None = None
    gained: tuple[Raised, ...] = ()
    lost: tuple[Raised, ...] = ()
    note: str = ""

    @property
    def identical(self) -> bool:
        """Whether both versions made the same of it."""
        return not self.problem and self.difference is None

    @property
    def words(self) -> tuple[str, ...]:
        """What came of it, in sentences."""
        if self.problem:
            return (f"not compared: {self.problem}",)
        if self.difference is None:
            return (f"identical: the same {self.outputs_here} outputs",)
        told = difference_words(self.difference, SIDES)
        return (*told, self.note) if self.note else told


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionsCompared:
    """An archive under two versions.

    Attributes:
        here, there: the versions, in words.
        places: the records.
        wanted: how many sessions there were to compare.
        sessions: those that were, in order.
        unmatched: sessions that only the other side knows, by name.
    """

    here: str
    there: str
    places: tuple[str, ...]
    wanted: int
    sessions: tuple[SessionCompared, ...]
    unmatched: tuple[str, ...] = ()

    @property
    def stopped(self) -> bool:
        """Whether it was stopped before every session was compared."""
        return len(self.sessions) < self.wanted

    @property
    def identical(self) -> int:
        """How many sessions are the same under both."""
        return sum(one.identical for one in self.sessions)

    @property
    def alike(self) -> bool:
        """Whether every session was compared, and all are the same."""
        return not self.stopped and self.identical == self.wanted

    @property
    def words(self) -> str:
        """The outcome in a sentence."""
        differ = [one for one in self.sessions if one.difference is not None]
        not_compared = sum(bool(one.problem) for one in self.sessions)
        parts = [f"{self.identical} of {self.wanted} sessions identical"]
        if differ:
            gained = sum(len(one.gained) for one in differ)
            lost = sum(len(one.lost) for one in differ)
            parts.append(f"{len(differ)} differ ({gained} alarms gained there, {lost} lost)")
        if not_compared:
            parts.append(f"{not_compared} not compared")
        if self.stopped:
            parts.append(f"stopped after {len(self.sessions)}")
        return f"{', '.join(parts)}."


def compare_digests(
    here: SessionDigest,
    there: SessionDigest | None,
    read_here: ReadOutputs,
    read_there: ReadOutputs,
) -> SessionCompared:
    """Compare one session by its digests; outputs are read only where they differ."""
    session = here.session
    if there is None:
        return SessionCompared(session=session, problem="the other side does not know it.")
    for name, side in ((SIDES[0], here), (SIDES[1], there)):
        if side.problem:
            return SessionCompared(session=session, problem=f"{name}, {side.problem}")
    if here.digest == there.digest and here.outputs == there.outputs:
        return SessionCompared(
            session=session, outputs_here=here.outputs, outputs_there=there.outputs
        )
    gained, lost = _alarms(here, there)
    difference, note = _first(here, there, read_here, read_there)
    return SessionCompared(
        session=session,
        outputs_here=here.outputs,
        outputs_there=there.outputs,
        difference=difference,
        gained=gained,
        lost=lost,
        note=note,
    )


def _alarms(
    here: SessionDigest, there: SessionDigest
) -> tuple[tuple[Raised, ...], tuple[Raised, ...]]:
    """Alarms raised at a time at which only one version raises them: gained there, lost there."""
    known = {(one.alarm, one.t_ns) for one in here.alarms}
    made = {(one.alarm, one.t_ns) for one in there.alarms}
    gained = tuple(one for one in there.alarms if (one.alarm, one.t_ns) not in known)
    lost = tuple(one for one in here.alarms if (one.alarm, one.t_ns) not in made)
    return gained, lost


def _first(
    here: SessionDigest, there: SessionDigest, read_here: ReadOutputs, read_there: ReadOutputs
) -> tuple[Difference, str]:
    """The first output that differs, and what is not known of it."""
    place = next(
        (n for n, (a, b) in enumerate(zip(here.blocks, there.blocks, strict=False)) if a != b),
        min(len(here.blocks), len(there.blocks)),
    )
    first, last = place * BLOCK, (place + 1) * BLOCK
    mine = read_here(here.session, first, last) or ()
    theirs = read_there(here.session, first, last)
    if theirs is not None:
        return _of_outputs(mine, theirs), ""
    return _of_telling(here, there, mine)


def _of_outputs(mine: Sequence[Made], theirs: Sequence[Made]) -> Difference:
    for one, other in zip(mine, theirs, strict=False):
        if one.form != other.form:
            return differ_forms(one, other)
    shorter = min(len(mine), len(theirs))
    return differ_forms(_at(mine, shorter), _at(theirs, shorter))


def _at(made: Sequence[Made], place: int) -> Made | None:
    return made[place] if place < len(made) else None


def _of_telling(
    here: SessionDigest, there: SessionDigest, block: Sequence[Made]
) -> tuple[Difference, str]:
    """The first difference among outputs that are kept in full; of streams only the stretch."""
    first, last = (block[0], block[-1]) if block else (None, None)
    low, high = (first.number if first else 0), (last.number if last else 0)
    mine = [one for one in here.telling if low <= one.number <= high]
    theirs = [one for one in there.telling if low <= one.number <= high]
    between = f"The first difference lies between event {low} and {high}"
    for one, other in zip(mine, theirs, strict=False):
        if one.form != other.form:
            return differ_forms(one, other), f"{between}; streams there are kept as digests only."
    shorter = min(len(mine), len(theirs))
    if len(mine) != len(theirs):
        told = differ_forms(_at(mine, shorter), _at(theirs, shorter))
        return told, f"{between}; streams there are kept as digests only."
    begun_ns = first.t_ns if first else 0
    return (
        Difference(position=low, t_ns=begun_ns, recorded="a stream", replayed="another stream"),
        f"{between}, in a stream, which the saved file keeps as digests only.",
    )
