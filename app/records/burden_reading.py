"""Reads every alarm of many sessions, without what else is in them and without anybody's name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select

from app.people.actor import actor
from app.places import seal_key_path
from app.printing.burden_result import burden_document
from app.printing.documents import DocumentError
from app.printing.office import Office, ready_key
from app.printing.result_document import DocumentOffice
from app.records.catalogue import CatalogueError
from app.records.making_now import making_now
from app.rejudging.occurrence import Occurrence, occurrences_of
from app.reviewing.alarm_burden import (
    CountedAlarm,
    CountedSession,
    Narrowing,
    Span,
    fate_of,
)
from app.reviewing.burden_report import csv_text
from app.trail.noting import SESSIONS, Trail
from protocols.events import EVENT_KINDS, AlarmChanged, Event, Phase, PhaseChanged
from protocols.rule_sentences import WATCHED
from protocols.vitals import NS_PER_S
from storage.clock import parse_utc
from storage.database import Database
from storage.export import leaves_protection
from storage.faults import StorageError
from storage.packing import decode_body
from storage.schema import JournalRow, SessionRow
from storage.server import shown_place
from storage.sessions import SessionSummary, list_sessions

_JOURNAL: Table = JournalRow.__table__  # type: ignore[assignment]
_SESSION: Table = SessionRow.__table__  # type: ignore[assignment]
_KINDS = tuple(name for name, kind in EVENT_KINDS.items() if kind in (AlarmChanged, PhaseChanged))

AT_ONCE = 50
"""Sessions read in one question; progress is told after each."""


class BurdenArchive:
    """The alarms of the sessions of one database."""

    def __init__(
        self,
        database: Database,
        place: str,
        trail: Trail | None = None,
        *,
        office: DocumentOffice | None = None,
        named: str = "",
        who: Callable[[], str] = actor,
    ) -> None:
        """Read `database`, which is at `place`; looks and copies are noted on `trail`.

        Documents are written by `office`, as made by `who`, of the record as it was `named`.
        """
        self._database = database
        self._named = named or place
        self._trail = trail
        self._office = office or Office(
            trail, ready_key(seal_key_path()), unprotected=leaves_protection(database)
        )
        self._who = who

    def read(
        self, since: date | None, until: date | None, go_on: Callable[[float], bool]
    ) -> list[CountedSession] | None:
        """The sessions that began from `since` to `until`, both included, newest first.

        Returns:
            None when `go_on`, which is told the share done, stopped it.

        Raises:
            CatalogueError: the record cannot be read.
        """
        found: list[CountedSession] = []
        with _told():
            chosen = list_sessions(self._database, since=_begin(since), until=_end(until))
            for first in range(0, len(chosen), AT_ONCE):
                if not go_on(first / len(chosen)):
                    return None
                found += self._read(chosen[first : first + AT_ONCE])
        if self._trail is not None:
            self._trail.looked(SESSIONS, f"burden of alarms of {len(found)}")
        return found

    def _read(self, chosen: Sequence[SessionSummary]) -> Iterator[CountedSession]:
        names = [one.session for one in chosen]
        columns = (_SESSION.c.name, _JOURNAL.c.body)
        query = (
            select(*columns)
            .join(_SESSION, _SESSION.c.id == _JOURNAL.c.session_id)
            .where(_SESSION.c.name.in_(names), _JOURNAL.c.kind.in_(_KINDS))
            .order_by(_JOURNAL.c.session_id, _JOURNAL.c.first_seq)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        by_name = {name: list(group) for name, group in groupby(rows, key=lambda row: row.name)}
        for one in chosen:
            yield _counted(one, by_name.get(one.session, ()))

    def write(
        self, sessions: Sequence[CountedSession], narrowing: Narrowing, span: Span, path: Path
    ) -> str:
        """Write the figures of `sessions`, which `narrowing` kept, as the ending of `path` says.

        Returns:
            What was written, in a sentence.

        Raises:
            CatalogueError: it cannot be written.
        """
        if path.suffix.lower() == ".csv":
            return self._write_csv(csv_text(sessions, span), path)
        making = making_now(self._who(), shown_place(self._named))
        document = burden_document(sessions, narrowing, span, making)
        try:
            return self._office.write_result(document, path, subject=SESSIONS).words
        except DocumentError as error:
            raise CatalogueError(str(error)) from error

    def _write_csv(self, text: str, path: Path) -> str:
        try:
            path.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise CatalogueError(f"{path} cannot be written: {error.strerror}.") from error
        if self._trail is not None:
            self._trail.exported(SESSIONS, "csv, alarm burden", path)
        return f"{path}: written."


def _counted(summary: SessionSummary, rows: Iterable[Any]) -> CountedSession:
    events, unread = _decoded(rows)
    end_ns = round(summary.duration_s * NS_PER_S)
    changes = [event for event in events if isinstance(event, AlarmChanged)]
    started = parse_utc(summary.started_at)
    return CountedSession(
        session=summary.session,
        room=summary.room,
        protocol=summary.protocol,
        simulated=summary.simulated,
        day=None if started is None else started.astimezone().date(),
        watched_ns=watched_ns(events, end_ns),
        alarms=tuple(_alarm(one, end_ns) for one in occurrences_of(changes, end_ns)),
        unread=unread,
    )


def _alarm(one: Occurrence, end_ns: int) -> CountedAlarm:
    return CountedAlarm(
        rule=one.rule,
        priority=one.priority,
        technical=one.technical,
        raised_ns=one.raised_ns,
        lasted_ns=one.lasted_ns,
        fate=fate_of(
            raised_ns=one.raised_ns,
            gone_ns=one.gone_ns,
            acknowledged_ns=one.acknowledged_ns,
            answered_ns=one.answered_ns,
            end_ns=end_ns,
        ),
    )


def _decoded(rows: Iterable[Any]) -> tuple[list[Event], int]:
    events: list[Event] = []
    unread = 0
    for row in rows:
        try:
            events += decode_body(row.body)
        except ValueError:
            unread += 1
    return events, unread


def watched_ns(events: Iterable[Event], end_ns: int) -> int:
    """Monitored time, ns: that in the phases in which rules about the patient are judged."""
    total, phase, since_ns = 0, Phase.SETUP, 0
    for event in events:
        if isinstance(event, PhaseChanged):
            total += event.t_ns - since_ns if phase in WATCHED else 0
            phase, since_ns = event.after, event.t_ns
    return total + (max(0, end_ns - since_ns) if phase in WATCHED else 0)


def _begin(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time.min).astimezone()


def _end(day: date | None) -> datetime | None:
    return None if day is None else _begin(day + timedelta(days=1))


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except StorageError as error:
        raise CatalogueError(error.user_text) from error
