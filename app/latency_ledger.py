"""How long each alarm took from the bytes to the people, from a session's events. Pure.

One row an occurrence of an alarm. What was not measured stays missing: it is never a zero and takes
no part in a percentile.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.occurrences import Occurrences
from protocols.events import (
    AlarmChanged,
    AlarmPresented,
    AlarmSignalled,
    AlarmState,
    AlarmTimed,
    Event,
    Presentation,
    Priority,
)

KINDS = (AlarmChanged, AlarmSignalled, AlarmTimed, AlarmPresented)
"""Kinds of event that the ledger is made of; each has rows of its own in the journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmTimes:
    """When one occurrence of an alarm came to each step; session time in ns, None where missing.

    Attributes:
        alarm, raised_ns, priority: which, as the rules raised it.
        since_ns: when its condition became true.
        timed: its times were measured at all; else the record is of a program that did not.
        received_ns, decoded_ns: when what made it true had arrived and was understood; None where
            it was raised by a time that ran out.
        decided_ns: when the rules had raised it.
        painted_ns, sounded_ns, staff_ns: when it first stood on the screen, was first heard, and
            was first shown to staff elsewhere.
        sound_wanted: it was to sound at the bedside from the first: no pause and no policy kept it
            silent. What sounds only later says nothing of the program's speed.
        acknowledged_ns: when somebody first acknowledged it.
    """

    alarm: str
    raised_ns: int
    priority: Priority
    since_ns: int
    timed: bool = False
    received_ns: int | None = None
    decoded_ns: int | None = None
    decided_ns: int | None = None
    painted_ns: int | None = None
    sounded_ns: int | None = None
    staff_ns: int | None = None
    sound_wanted: bool = False
    acknowledged_ns: int | None = None


class Span(StrEnum):
    """A stretch of the way, from one step to another."""

    DECIDED = "received to decided"
    PAINTED = "received to painted"
    SOUNDED = "received to first sound"
    DECIDED_TO_PAINTED = "decided to painted"
    DECIDED_TO_SOUNDED = "decided to first sound"
    ACKNOWLEDGED = "raised to acknowledged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Percentiles of one span over the alarms in which both its ends were measured, in ns.

    Attributes:
        span: which.
        measured: how many alarms the figures rest on; with 0 there are none.
        expected: how many alarms there should be: those with a beginning of this span, and for
            sound those that were to sound at the bedside.
    """

    span: Span
    measured: int
    expected: int
    p50_ns: int | None = None
    p95_ns: int | None = None
    p99_ns: int | None = None
    max_ns: int | None = None

    @property
    def missing(self) -> int:
        """How many alarms have no end of this span in the record."""
        return self.expected - self.measured


class LatencyLedger:
    """Grows a row for each occurrence of an alarm, event by event."""

    def __init__(self) -> None:
        """Begin empty."""
        self._rows: dict[tuple[str, int], AlarmTimes] = {}
        self._occurrences = Occurrences()

    @property
    def rows(self) -> tuple[AlarmTimes, ...]:
        """One row an occurrence, in the order in which they were raised."""
        return tuple(self._rows.values())

    def add(self, event: Event) -> None:
        """Take one event; kinds that say nothing of alarms are passed over."""
        if isinstance(event, AlarmChanged):
            self._follow(event)
        elif isinstance(event, AlarmSignalled):
            row = self._rows.get((event.alarm, event.raised_ns))
            if row is not None and event.t_ns == row.raised_ns and not event.room_sound:
                self._put(replace(row, sound_wanted=False))
        elif isinstance(event, AlarmTimed):
            row = self._rows.get((event.alarm, event.raised_ns))
            if row is not None:
                self._put(
                    replace(
                        row,
                        timed=True,
                        received_ns=event.received_ns,
                        decoded_ns=event.decoded_ns,
                        decided_ns=event.decided_ns,
                    )
                )
        elif isinstance(event, AlarmPresented):
            self._present(event)

    def _put(self, row: AlarmTimes) -> None:
        self._rows[row.alarm, row.raised_ns] = row

    def _follow(self, event: AlarmChanged) -> None:
        if self._occurrences.take(event):
            self._put(
                AlarmTimes(
                    alarm=event.alarm,
                    raised_ns=event.t_ns,
                    priority=event.priority,
                    since_ns=event.since_ns,
                    sound_wanted=event.state.is_heard,
                )
            )
        raised_ns = self._occurrences.raised_ns(event.alarm)
        answered = event.state is AlarmState.ACKED and event.by
        if raised_ns is None or raised_ns == event.t_ns or not answered:
            return  # what is raised under the acknowledgement of another was not answered itself
        row = self._rows[event.alarm, raised_ns]
        if row.acknowledged_ns is None:
            self._put(replace(row, acknowledged_ns=event.t_ns))

    def _present(self, event: AlarmPresented) -> None:
        row = self._rows.get((event.alarm, event.raised_ns))
        if row is None:
            return
        at_ns = event.at_ns
        if event.where is Presentation.SCREEN and row.painted_ns is None:
            self._put(replace(row, painted_ns=at_ns))
        elif event.where is Presentation.SOUND and row.sounded_ns is None:
            self._put(replace(row, sounded_ns=at_ns))
        elif event.where is Presentation.STAFF and row.staff_ns is None:
            self._put(replace(row, staff_ns=at_ns))


def ledger_of(events: Iterable[Event]) -> tuple[AlarmTimes, ...]:
    """The rows of a whole session."""
    ledger = LatencyLedger()
    for event in events:
        ledger.add(event)
    return ledger.rows


def figures_of(rows: Sequence[AlarmTimes]) -> tuple[Figures, ...]:
    """Percentiles of every span over `rows`."""
    return tuple(_figures(span, rows) for span in Span)


def _figures(span: Span, rows: Sequence[AlarmTimes]) -> Figures:
    expected = 0
    measured: list[int] = []
    for row in rows:
        begun_ns, ended_ns = _ends(span, row)
        by_sound = span in (Span.SOUNDED, Span.DECIDED_TO_SOUNDED)
        if begun_ns is None or (by_sound and not row.sound_wanted):
            continue
        expected += 1
        if ended_ns is not None:
            measured.append(ended_ns - begun_ns)
    measured.sort()
    if not measured:
        return Figures(span=span, measured=0, expected=expected)
    return Figures(
        span=span,
        measured=len(measured),
        expected=expected,
        p50_ns=_percentile(measured, 50),
        p95_ns=_percentile(measured, 95),
        p99_ns=_percentile(measured, 99),
        max_ns=measured[-1],
    )


def _ends(span: Span, row: AlarmTimes) -> tuple[int | None, int | None]:
    return {
        Span.DECIDED: (row.received_ns, row.decided_ns),
        Span.PAINTED: (row.received_ns, row.painted_ns),
        Span.SOUNDED: (row.received_ns, row.sounded_ns),
        Span.DECIDED_TO_PAINTED: (row.decided_ns, row.painted_ns),
        Span.DECIDED_TO_SOUNDED: (row.decided_ns, row.sounded_ns),
        Span.ACKNOWLEDGED: (row.raised_ns, row.acknowledged_ns),
    }[span]


def _percentile(ordered: Sequence[int], percent: int) -> int:
    """The nearest rank: the smallest value with at least `percent` % of them at or below it."""
    return ordered[max(1, math.ceil(percent * len(ordered) / 100)) - 1]


def untimed(rows: Sequence[AlarmTimes]) -> int:
    """How many alarms have no measured times at all."""
    return sum(not row.timed for row in rows)


def ms_text(span_ns: int | None) -> str:
    """A span in milliseconds, or in seconds from ten on; ``--`` where it is missing."""
    if span_ns is None:
        return "--"
    if span_ns >= 10 * 10**9:
        return f"{span_ns / 1e9:.0f} s"
    return f"{span_ns / 1e6:.1f} ms"


def summary_text(rows: Sequence[AlarmTimes]) -> str:
    """The figures in one line: 99th percentiles with the number of alarms they rest on."""
    if not rows:
        return "no alarms"
    if untimed(rows) == len(rows):
        return f"not measured ({len(rows)} alarms)"
    by_span = {figures.span: figures for figures in figures_of(rows)}
    wanted = (
        ("decided", Span.DECIDED),
        ("on the screen", Span.PAINTED),
        ("heard", Span.SOUNDED),
    )
    parts = [_share_text(name, by_span[span]) for name, span in wanted]
    return "99 % within: " + ", ".join(parts)


def _share_text(name: str, figures: Figures) -> str:
    if not figures.measured:
        return f"{name} -- (0 of {figures.expected})"
    return f"{name} {ms_text(figures.p99_ns)} ({figures.measured} of {figures.expected})"
