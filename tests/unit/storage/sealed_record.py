"""A small sealed record with a row of every kind, for tests that do something to it."""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from protocols.courses.entries import CourseOpened, VisitBooked, VisitMissed
from protocols.events import (
    EVENT_KINDS,
    AddendumAdded,
    Event,
    Reading,
    SessionClosed,
    SessionOpened,
)
from protocols.logbook.entries import (
    ENTRY_KINDS,
    Entry,
    JournalEnded,
    KeyMade,
    LogbookOpened,
)
from protocols.vitals import Quality, Vital
from storage.canonical import ROUTINE
from storage.courses import append_entry
from storage.database import Database, open_database
from storage.journal import Journal
from storage.logbook import append_log, open_logbook
from storage.sealing import Sealer, make_or_load_key, public_path
from storage.seals import seal_due
from tests.unit.storage.event_strategies import MS, opened, small_session, stream

EVERY_KIND, AMENDED, OPEN = "every-kind", "amended", "still-open"
"""The three sessions: closed; closed and amended afterwards; with rows that are not packed yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRecord:
    """Where it is, and the public key of its seals."""

    path: Path
    public_key: Path


def make_sealed_record(folder: Path) -> SealedRecord:
    """Make it in `folder`."""
    path, key_path = folder / "record.db", folder / "key" / "seal-key.pem"
    key = make_or_load_key(key_path)
    moments = (datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(seconds=n) for n in range(10_000))
    with open_database(path) as database:
        database.sealer = Sealer(key, now=lambda: next(moments))
        logbook = open_logbook(database, next(moments), "test")
        made = KeyMade(by="program", at_utc="", key=key.name, public_key=key.public.hex())
        append_log(database, logbook, made)
        journal = Journal(database)
        _record(journal, EVERY_KIND, every_kind_of_event(EVERY_KIND))
        _record(journal, AMENDED, small_session(AMENDED, seconds=9))
        addendum = AddendumAdded(t_ns=11_000 * MS, text="late", by="N", reason="forgotten")
        journal.append(AMENDED, [addendum])
        journal.seal(AMENDED)
        _record(journal, OPEN, small_session(OPEN, seconds=9, closed=False))
        journal.append(OPEN, list(stream(2, start_s=12)))
        journal.append(OPEN, list(stream(2, start_s=14)))
        for course in ("course-a", "course-b"):
            _enter_course(database, course)
        for entry in every_kind_of_entry():
            append_log(database, logbook, entry)
        seal_due(database)
    return SealedRecord(path=path, public_key=public_path(key_path, key.name))


def _record(journal: Journal, session: str, events: list[Event]) -> None:
    for at in range(0, len(events), 40):
        journal.append(session, events[at : at + 40])
    if any(isinstance(event, SessionClosed) for event in events):
        journal.seal(session)
    else:
        journal.pack(session, everything=True)


def _enter_course(database: Database, course: str) -> None:
    entries = (
        _example(CourseOpened, course=course, mrn=f"MRN-{course}"),
        _example(VisitBooked),
        _example(VisitMissed),
    )
    for entry in entries:
        append_entry(database, course, entry, lambda _before, _new: "")


def every_kind_of_event(session: str) -> list[Event]:
    """A session with an event of each kind, single frequent ones, and two minutes of a stream."""
    events: list[Event] = [opened(session)]
    t_ns = 0
    for kind in EVENT_KINDS.values():
        if kind in (SessionOpened, SessionClosed, *ROUTINE):
            continue
        t_ns += 10 * MS
        events.append(_example(kind, t_ns=t_ns))
        if len(events) % 20 == 0:
            events.append(_reading(t_ns, Vital.SPO2, manual=False))
    events.append(_reading(t_ns, Vital.SBP, manual=True))
    events += stream(20, start_s=3)
    events.append(_example(SessionClosed, t_ns=60_000 * MS, delivered_mg=Decimal("12.5")))
    return events


def every_kind_of_entry() -> list[Entry]:
    """An entry of each kind that nothing in the record has made yet."""
    recorded = (LogbookOpened, KeyMade, JournalEnded)
    return [_example(kind) for kind in ENTRY_KINDS.values() if kind not in recorded]


def _reading(t_ns: int, vital: Vital, *, manual: bool) -> Reading:
    return Reading(
        t_ns=t_ns,
        vital=vital,
        value=97.0,
        quality=Quality.GOOD,
        source="N" if manual else "oximeter",
        measured_ns=t_ns,
        manual=manual,
    )


def _example(kind: Any, **known: Any) -> Any:
    """An instance of `kind` with a plain value in each field that is not `known`."""
    hints = typing.get_type_hints(kind)
    return kind(**{n: known[n] if n in known else _value(h) for n, h in hints.items()})


def _value(hint: Any) -> Any:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return _value(next(p for p in typing.get_args(hint) if p is not type(None)))
    if origin is tuple:
        return (_value(typing.get_args(hint)[0]),)
    if dataclasses.is_dataclass(hint):
        return _example(hint)
    if issubclass(hint, enum.Enum):
        return next(iter(hint))
    plain: dict[type, Any] = {
        bool: True,
        int: 7,
        float: 98.5,
        str: "Überwachung",
        bytes: b"\x01\x80",
        Decimal: Decimal("12.50"),
    }
    return plain[hint]
