"""The table of what was added: corrections, addenda, the review, signatures."""

from __future__ import annotations

from datetime import datetime

from app.episode_words import about_words, finding_words, remark_words
from app.records.catalogue import OpenedSession
from app.review.rows import Row, clock_text
from app.signing import signature_words, uncovered_words
from protocols.events import (
    AddendumAdded,
    EntryCorrected,
    EpisodesAssessed,
    EpisodesFound,
    Event,
    RecordSigned,
)
from protocols.record_entries import correction_words, event_words

HEADINGS = ("Added", "Event", "What", "By", "Why", "About")


def amendment_rows(opened: OpenedSession) -> list[Row]:
    """A row for each correction, addendum, finding, remark and signature, in order."""
    amended = opened.history.amended
    found: list[tuple[int, Event]] = [
        *amended.corrections,
        *amended.addenda,
        *amended.signatures,
        *amended.findings,
        *amended.remarks,
    ]
    return [_row(opened, seq, event) for seq, event in sorted(found, key=lambda one: one[0])]


def _row(opened: OpenedSession, seq: int, event: Event) -> Row:
    at = amended_time(opened, event)
    cells = ("", "", "", "")
    if isinstance(event, EntryCorrected):
        cells = (correction_row_words(event), event.by, event.reason, _target(opened, seq, event))
    elif isinstance(event, AddendumAdded):
        happened = _local_text(opened, event.happened_utc)
        about = f"happened {happened}" if happened else "the whole"
        cells = (event_words(event), event.by, event.reason, about)
    elif isinstance(event, RecordSigned):
        covered = uncovered_words(opened.history.amended, event)
        about = covered or f"events 1 to {event.signed_seq}"
        cells = (signature_words(event), event.by, "", about)
    elif isinstance(event, EpisodesFound):
        cells = (finding_words(event), event.by, "", f"events 1 to {event.counted_seq}")
    elif isinstance(event, EpisodesAssessed):
        found = [one for number, one in opened.history.amended.findings if number < seq]
        about = about_words(event, found[-1] if found else None)
        cells = (remark_words(event), event.by, "", about)
    return Row(t_ns=event.t_ns, cells=(at, str(seq), *cells), number=seq)


def _target(opened: OpenedSession, seq: int, event: EntryCorrected) -> str:
    numbers = ", ".join(str(one) for one in (event.target_seq, *event.also))
    at = clock_text(opened, event.target_t_ns)
    standing = opened.history.amended.number_of(event.target_seq)
    later = "" if standing == seq else f"; superseded by event {standing}"
    return f"event {numbers} of {at}{later}"


def correction_row_words(event: EntryCorrected) -> str:
    """A correction with the original before it and what was done with it after."""
    more = f" {event.consequence}" if event.consequence else ""
    right = "withdrawn" if event.withdrawn else f"right is {correction_words(event)}"
    return f"“{event.original}”: {right}.{more}"


def amended_time(opened: OpenedSession, event: Event) -> str:
    """When something was added: local date and time after the close, time of day before it."""
    at_utc = str(getattr(event, "at_utc", ""))
    return _local_text(opened, at_utc) or clock_text(opened, event.t_ns)


def _local_text(opened: OpenedSession, utc: str) -> str:
    """A moment by the wall clock, in the offset of the session's end."""
    if not utc:
        return ""
    try:
        moment = datetime.fromisoformat(utc)
    except ValueError:
        return utc
    end = opened.clock.local(opened.end_ns)
    local = moment if end is None or end.tzinfo is None else moment.astimezone(end.tzinfo)
    return f"{local:%Y-%m-%d %H:%M}"
