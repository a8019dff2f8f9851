"""What a table of the review shows: rows of words, each at a moment of the session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.amended import Struck, corrected_words
from app.bedside.times import minutes_text
from app.records.catalogue import OpenedSession
from app.reviewing.spans import span_text as span_text
from protocols.events import EntryCorrected


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The words of one row, the session time that it speaks of and its event in the record.

    `number` is None where the row speaks of no single event.
    """

    t_ns: int
    cells: tuple[str, ...]
    number: int | None = None


def clock_text(opened: OpenedSession, t_ns: int) -> str:
    """Local time of day ``14:23:41``; session time ``m:ss`` where the record has no clock.

    Where summer time began or ended within the session, the offset from UTC follows, since an hour
    then comes twice or not at all: ``02:23:41 +02:00``.
    """
    local = opened.clock.local(t_ns)
    return minutes_text(t_ns) if local is None else f"{local:%H:%M:%S}{_offset(opened, local)}"


def short_clock_text(opened: OpenedSession, t_ns: int) -> str:
    """Local time of day ``14:23``; session time ``m:ss`` where the record has no clock."""
    local = opened.clock.local(t_ns)
    return minutes_text(t_ns) if local is None else f"{local:%H:%M}{_offset(opened, local)}"


def _offset(opened: OpenedSession, local: datetime) -> str:
    return f" {local.isoformat()[-6:]}" if opened.clock.changes_offset else ""


def beside_rows(row: Row, what: int, correction: EntryCorrected | None) -> list[Row]:
    """`row`, with its cell `what` struck out and its correction in a row below, if there is one."""
    if correction is None:
        return [row]
    cells = [Struck(cell) if at == what else cell for at, cell in enumerate(row.cells)]
    below = ["" for _ in cells]
    below[what] = f"→ {corrected_words(correction)}"
    return [
        Row(t_ns=row.t_ns, cells=tuple(cells), number=row.number),
        Row(t_ns=row.t_ns, cells=tuple(below), number=row.number),
    ]
