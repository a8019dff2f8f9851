"""Words of a report with the numbers of the events in the record that say them.

A printed number is either said by the events that stand beside it, or worked out from them; both
are told apart in print. Whoever doubts a number shows its event and reads it there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from app.records.catalogue import OpenedSession
from protocols.events import Event, Phase, PhaseChanged
from protocols.vitals import NS_PER_S

WORKED_OUT = "∑"
"""Stands before the events of a number that was worked out from them."""

LEGEND = (
    f"#412 beside a number: event 412 of the record says it. {WORKED_OUT}#3 #9: worked out from "
    "these events; with … from more of the same kind after them. To see an event: main.py sessions "
    "show-event SESSION NUMBER."
)
"""What the marks mean; stands in every report."""

OneKind = TypeVar("OneKind", bound=Event)
"""The kind of event asked for."""

_MOST = 2
"""So many events stand beside a number that is worked out; more are told by an ellipsis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """A piece of text and what proves it.

    Attributes:
        text: what is printed.
        events: numbers of the events that say it, or that it was worked out from.
        worked_out: whether it was; each number in `text` stands in an event otherwise.
        struck: it was corrected or withdrawn since and is printed struck out.
        strong: it must not be overlooked.
        quiet: what proves it is said once for all that are like it, and not beside each.
    """

    text: str
    events: tuple[int, ...] = ()
    worked_out: bool = False
    struck: bool = False
    strong: bool = False
    quiet: bool = False

    @property
    def marks(self) -> str:
        """The numbers of the events as they are printed; empty where there are none."""
        if self.quiet or not self.events:
            return ""
        shown = self.events[:_MOST] if self.worked_out else self.events
        more = " …" if len(shown) < len(self.events) else ""
        sign = WORKED_OUT if self.worked_out else ""
        return sign + " ".join(f"#{number}" for number in shown) + more

    def shortened(self, letters: int) -> Cited:
        """With at most so many letters of its text, said where that cuts it."""
        text = short_text(self.text, letters)
        return self if text is self.text else replace(self, text=text)


def short_text(text: str, letters: int) -> str:
    """`text`, or its first `letters` and how many there are in the record."""
    if len(text) <= letters:
        return text
    return f"{text[:letters].rstrip()}… ({len(text)} letters, whole in the record)"


NOTHING = Cited(text="")
"""An empty cell."""


def said(text: str, *events: int, strong: bool = False) -> Cited:
    """`text` as the events of these numbers say it."""
    return Cited(text=text, events=events, strong=strong)


def worked_out(text: str, events: Iterable[int]) -> Cited:
    """`text` worked out from the events of these numbers."""
    return Cited(text=text, events=tuple(dict.fromkeys(events)), worked_out=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedFact:
    """One line of what is known: a name and its values, each with its proof."""

    name: str
    values: tuple[Cited, ...]

    def shortened(self, letters: int) -> CitedFact:
        """With at most so many letters in each value."""
        return CitedFact(name=self.name, values=_shortened(self.values, letters))


def _shortened(cells: Iterable[Cited], letters: int) -> tuple[Cited, ...]:
    return tuple(one.shortened(letters) for one in cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedTable:
    """A table whose cells say what proves them.

    Attributes:
        heading: above it.
        headings: of its columns.
        rows: each as long as `headings`.
        shares: relative widths of the columns.
        empty: what is said where there is no row.
        left_out: rows that are not shown, said below the table.
        keeps: how many of the first rows stay when a report must become shorter.
    """

    heading: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cited, ...], ...]
    shares: tuple[float, ...]
    empty: str = "None."
    left_out: int = 0
    keeps: int = 5

    def cut(self, most: int) -> CitedTable:
        """With its first `most` rows (never fewer than it keeps); what is left out is counted."""
        most = max(most, self.keeps)
        if len(self.rows) <= most:
            return self
        return CitedTable(
            heading=self.heading,
            headings=self.headings,
            rows=self.rows[:most],
            shares=self.shares,
            empty=self.empty,
            left_out=self.left_out + len(self.rows) - most,
            keeps=self.keeps,
        )

    def shortened(self, letters: int) -> CitedTable:
        """With at most so many letters in each cell."""
        return replace(self, rows=tuple(_shortened(row, letters) for row in self.rows))

    @property
    def left_out_words(self) -> str:
        """Says plainly what is not shown; empty where all is."""
        return f"{self.left_out} more, see the export." if self.left_out else ""


class CitedSession:
    """A session opened, asked for events by number and for times of day."""

    def __init__(self, opened: OpenedSession) -> None:
        """Look at `opened`, of which nothing is changed."""
        self.opened = opened

    @cached_property
    def events(self) -> Mapping[int, Event]:
        """The events that are no stream, by number."""
        return dict(zip(self.opened.numbers, self.opened.events, strict=True))

    @cached_property
    def _numbers(self) -> Mapping[int, int]:
        return {id(event): number for number, event in self.events.items()}

    def numbers_of(self, *events: Event | None) -> tuple[int, ...]:
        """The numbers of these very events, in order; unknown ones are left out."""
        known = (self._numbers.get(id(event)) for event in events if event is not None)
        return tuple(number for number in known if number is not None)

    def all_of(self, *kinds: type[OneKind]) -> Iterator[tuple[int, OneKind]]:
        """The events of `kinds` with their numbers, in order."""
        for number, event in self.events.items():
            if isinstance(event, kinds):
                yield number, event

    def said_by(self, text: str, *events: Event | None, strong: bool = False) -> Cited:
        """`text` as these events say it."""
        return said(text, *self.numbers_of(*events), strong=strong)

    def time(self, t_ns: int) -> str:
        """Local time of day with its seconds; minutes and seconds where there is no clock."""
        local = self.opened.clock.local(t_ns)
        if local is None:
            return minutes_text(t_ns)
        offset = f" {local.isoformat()[-6:]}" if self.opened.clock.changes_offset else ""
        return f"{local:%H:%M:%S}{offset}"

    def moment(self, t_ns: int) -> str:
        """Local date and time with its offset from UTC."""
        local = self.opened.clock.local(t_ns)
        if local is None:
            return f"session time {minutes_text(t_ns)}"
        return f"{local:%Y-%m-%d %H:%M:%S} {local.isoformat()[-6:]}"

    def added_at(self, event: Event) -> str:
        """When something was added: date and time after the close, time of day before it."""
        utc = str(getattr(event, "at_utc", ""))
        if not utc:
            return self.time(event.t_ns)
        try:
            moment = datetime.fromisoformat(utc)
        except ValueError:
            return utc
        end = self.opened.clock.local(self.opened.end_ns)
        local = moment if end is None or end.tzinfo is None else moment.astimezone(end.tzinfo)
        return f"{local:%Y-%m-%d %H:%M}"

    def drug_minute(self, t_ns: int) -> Cited:
        """Minutes since the drug began, as ``12`` or ``-4``; empty where it never began.

        From which event they count is said once for all of them.
        """
        started_ns = self.opened.state.infusion_started_ns
        if started_ns is None:
            return NOTHING
        text = f"{(t_ns - started_ns) / NS_PER_S / 60:.0f}"
        return Cited(text=text, events=self.drug_start, worked_out=True, quiet=True)

    @cached_property
    def drug_start(self) -> tuple[int, ...]:
        """The number of the change of phase with which the drug began; empty where it never did."""
        started_ns = self.opened.state.infusion_started_ns
        return tuple(
            number
            for number, event in self.all_of(PhaseChanged)
            if (event.t_ns, event.after) == (started_ns, Phase.INFUSING)
        )


def minutes_text(span_ns: int) -> str:
    """A span as ``m:ss``, whole seconds."""
    sign = "-" if span_ns < 0 else ""
    seconds = abs(span_ns) // NS_PER_S
    return f"{sign}{seconds // 60}:{seconds % 60:02d}"


def span_text(span_ns: int) -> str:
    """A span in words: ``40 s``, ``3 min 05 s``, ``40 min``, ``1 h 12 min``."""
    seconds = max(0, round(span_ns / NS_PER_S))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        rest = f" {seconds % 60:02d} s" if seconds % 60 else ""
        return f"{seconds // 60} min{rest}"
    return f"{seconds // 3600} h {seconds % 3600 // 60:02d} min"


def number_text(value: float) -> str:
    """A number as the record has it: no more decimals than it needs, without an exponent."""
    text = f"{value:.6f}"
    return text.rstrip("0").rstrip(".")
