"""Sessions laid over each other on one event: the start of drug, an alarm, or another.

A session that lacks the event, or the baseline that changes are counted from, is left out, and why
is said. Nothing is guessed: where nothing was measured near a minute there is no value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from app.reviewing.traces import Curve, MarkKind, SessionTrace, value_near
from protocols.vitals import NS_PER_S, VITALS, Vital

LEAST_SESSIONS = 2
MOST_SESSIONS = 8
"""More curves than these in one plot cannot be told apart by shape."""

TABLE_MINUTES = (10, 20, 30, 40, 55, 70, 100)
"""Minutes of the table: those at which cuffs are read in the protocols of 40 min."""

WITHIN_MIN = {Vital.SBP: 5.0, Vital.DBP: 5.0, Vital.HR: 0.5, Vital.SPO2: 0.5}
"""How far from the minute a value of the table may be measured, minutes [design]."""

COMPARED = (Vital.SBP, Vital.DBP, Vital.HR, Vital.SPO2)
STREAMED = (Vital.HR, Vital.SPO2)


class AnchorKind(StrEnum):
    """What sessions are laid over each other on."""

    START = "start"
    END = "end"
    BASELINE = "baseline"
    ALARM = "alarm"
    OBSERVATION = "observation"


class AnchorError(ValueError):
    """A text that names no anchor; says what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """One event of a session: the `nth` alarm or observation of that `name`, counted from 1.

    Alarms and observations are counted over the whole session, in order of time.
    """

    kind: AnchorKind = AnchorKind.START
    name: str = ""
    nth: int = 1

    @property
    def words(self) -> str:
        """For people, for example ``alarm sbp-warning, number 2``."""
        plain = {
            AnchorKind.START: "start of drug",
            AnchorKind.END: "end of drug",
            AnchorKind.BASELINE: "baseline frozen",
        }
        if self.kind in plain:
            return plain[self.kind]
        number = "" if self.nth == 1 else f", number {self.nth}"
        return f"{'first ' if self.nth == 1 else ''}{self.kind} {self.name}{number}"


def read_anchor(text: str) -> Anchor:
    """An anchor as a command takes it: ``start``, ``alarm:RULE`` or ``observation:Nausea:2``.

    Raises:
        AnchorError: the text names none.
    """
    kind, _, rest = text.partition(":")
    named = kind in (AnchorKind.ALARM, AnchorKind.OBSERVATION)
    name, _, nth = rest.rpartition(":")
    if not nth.isascii() or not nth.isdigit() or not name:
        name, nth = rest, "1"
    try:
        found = Anchor(kind=AnchorKind(kind), name=name, nth=int(nth))
    except ValueError:
        found = None
    if found is None or named is not bool(found.name) or found.nth < 1:
        raise AnchorError(
            f"{text}: allowed are start, end, baseline, alarm:RULE, alarm:RULE:N, "
            "observation:LABEL and observation:LABEL:N, with N from 1."
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignedSession:
    """A session with its time counted from the anchor.

    Attributes:
        letter: A, B, C ... in the order in which they were chosen, whatever is left out.
        zero_ns: session time of the anchor.
        curves: by vital, time in minutes from the anchor; the change from the baseline where
            changes are wanted, and then only vitals with a baseline.
        without: what it lacks beside, in sentences.
    """

    letter: str
    trace: SessionTrace
    zero_ns: int
    curves: dict[Vital, Curve]
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A session that cannot be laid over the others, and why."""

    letter: str
    trace: SessionTrace
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One session at the minutes of a table; None where nothing was measured near one."""

    letter: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeTable:
    """Values of one vital at minutes from the anchor.

    Attributes:
        means: over the sessions that have a value; None where none has.
        counts: how many those are.
    """

    vital: Vital
    minutes: tuple[int, ...]
    rows: tuple[TableRow, ...]
    means: tuple[float | None, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Sessions laid over each other.

    Attributes:
        changes: whether the curves are changes from the baseline.
        left_out: those that lack the anchor or what changes are counted from.
    """

    anchor: Anchor
    changes: bool
    sessions: tuple[AlignedSession, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def mixed(self) -> bool:
        """Whether simulated and real sessions are shown together."""
        return len({one.trace.simulated for one in self.sessions}) > 1


def letter_of(place: int) -> str:
    """A for the first session chosen, B for the second."""
    return chr(ord("A") + place)


def find_anchor(trace: SessionTrace, anchor: Anchor) -> int | str:
    """Session time of `anchor` in ns, or a sentence that says why the session has none."""
    plain = {
        AnchorKind.START: (trace.began_ns, "No drug was given."),
        AnchorKind.END: (trace.ended_ns, "The end of the drug is not recorded."),
        AnchorKind.BASELINE: (trace.frozen_ns, "No baseline was frozen."),
    }
    if anchor.kind in plain:
        t_ns, why = plain[anchor.kind]
        return why if t_ns is None else t_ns
    kind = MarkKind.ALARM if anchor.kind is AnchorKind.ALARM else MarkKind.OBSERVATION
    found = [mark for mark in trace.marks if mark.kind is kind and mark.name == anchor.name]
    if len(found) >= anchor.nth:
        return found[anchor.nth - 1].t_ns
    what = f"{anchor.kind} {anchor.name}"
    if not found:
        return f"It has no {what}."
    return f"It has {what} only {len(found)} time{'' if len(found) == 1 else 's'}."


def align(traces: Sequence[SessionTrace], anchor: Anchor, *, changes: bool) -> Comparison:
    """Lay `traces` over each other on `anchor`, absolute or as `changes` from the baseline."""
    shown: list[AlignedSession] = []
    left_out: list[LeftOut] = []
    for place, trace in enumerate(traces):
        letter = letter_of(place)
        zero = find_anchor(trace, anchor)
        if isinstance(zero, str):
            left_out.append(LeftOut(letter=letter, trace=trace, why=zero))
        elif changes and not trace.baseline:
            why = "No baseline was frozen: changes from it cannot be told."
            left_out.append(LeftOut(letter=letter, trace=trace, why=why))
        else:
            shown.append(_aligned(letter, trace, zero, changes=changes))
    return Comparison(
        anchor=anchor, changes=changes, sessions=tuple(shown), left_out=tuple(left_out)
    )


def _aligned(letter: str, trace: SessionTrace, zero_ns: int, *, changes: bool) -> AlignedSession:
    curves: dict[Vital, Curve] = {}
    without = []
    for vital in COMPARED:
        curve = trace.curve(vital)
        label = VITALS[vital].label
        base = trace.baseline.get(vital)
        if not len(curve):
            without.append(f"No {label} was measured.")
        elif changes and base is None:
            without.append(f"{label} has no baseline.")
        else:
            minutes = (curve.t_s - zero_ns / NS_PER_S) / 60
            values = curve.values - base if changes and base is not None else curve.values
            curves[vital] = Curve(t_s=minutes, values=values)
    if trace.heart_is_pulse and Vital.HR in curves:
        without.append("HR is the pulse rate: there was no ECG.")
    if trace.unread:
        without.append(f"{trace.unread} rows of its record cannot be read: values may be missing.")
    return AlignedSession(
        letter=letter, trace=trace, zero_ns=zero_ns, curves=curves, without=tuple(without)
    )


MIXED = (
    "Simulated and real sessions are shown together. Their difference says nothing of a patient."
)
WITHIN_WORDS = (
    "Minutes from the event. A pressure is the reading nearest to the minute, at most "
    "5 min away; heart rate and SpO2 are the median within half a minute. -- nothing measured."
)


def tabulate(
    comparison: Comparison, vital: Vital, minutes: Sequence[int] = TABLE_MINUTES
) -> TimeTable:
    """Values of `vital` at `minutes` from the anchor, as the curves have them."""
    within = WITHIN_MIN[vital]
    rows = []
    for one in comparison.sessions:
        curve = one.curves.get(vital)
        values = tuple(
            None
            if curve is None
            else value_near(curve, float(minute), within, streamed=vital in STREAMED)
            for minute in minutes
        )
        rows.append(TableRow(letter=one.letter, values=values))
    columns = [
        [value for row in rows if (value := row.values[place]) is not None]
        for place in range(len(minutes))
    ]
    return TimeTable(
        vital=vital,
        minutes=tuple(minutes),
        rows=tuple(rows),
        means=tuple(float(np.mean(column)) if column else None for column in columns),
        counts=tuple(len(column) for column in columns),
    )


def table_rows(table: TimeTable, *, changes: bool) -> list[tuple[str, ...]]:
    """A row for each session, then the mean, and how many sessions it rests on."""
    spec = VITALS[table.vital]

    def words(value: float | None, decimals: int) -> str:
        if value is None:
            return "--"
        text = f"{value:+.{decimals}f}" if changes else f"{value:.{decimals}f}"
        return text.replace("-", "−")

    rows = [
        (row.letter, *(words(value, spec.decimals) for value in row.values)) for row in table.rows
    ]
    rows.append(("Mean", *(words(value, 1) for value in table.means)))
    rows.append(("n", *(str(count) for count in table.counts)))
    return rows


def lacking(comparison: Comparison) -> list[str]:
    """What is left out and why, and what each session that is shown lacks."""
    told = [f"{one.letter} is left out. {one.why}" for one in comparison.left_out]
    whose: dict[str, list[str]] = {}
    for one in comparison.sessions:
        for sentence in one.without:
            whose.setdefault(sentence, []).append(one.letter)
    told += [f"{', '.join(letters)}: {sentence}" for sentence, letters in whose.items()]
    return told
