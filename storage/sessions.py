"""Read models: the list of sessions, the unfinished ones, and the trends of one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Table, func, or_, select

from protocols.events import AlarmChanged, Event, PhaseChanged, Reading
from protocols.vitals import NS_PER_S, Vital
from storage.clock import RecordedClock, parse_utc, write_utc
from storage.database import Database
from storage.faults import Fault, StorageError
from storage.journal import find_session, no_session, read_runs
from storage.packing import Series, add_reading, collect_readings
from storage.schema import SessionRow

_SESSION: Table = SessionRow.__table__  # type: ignore[assignment]

QUIET_AFTER_S = 90.0
"""An open session without a commit for so long is no longer run by anybody: a minute brings at
least one clock anchor."""


class SessionStatus(StrEnum):
    """Where a session stands: being run, ended, or cut short and waiting for a decision."""

    OPEN = "open"
    CLOSED = "closed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSummary:
    """One line of the list of sessions.

    Attributes:
        session: its unique name.
        started_at: UTC, ISO 8601.
        patient: family name, given name.
        delivered_mg: as the journal has it, a decimal text.
        alarms: occurrences of patient alarms; `technical_alarms` those of equipment and program.
        duration_s: session time from the first event to the last.
        program: version of the program that opened it.
    """

    session: str
    started_at: str
    room: str
    protocol: str
    patient: str
    mrn: str
    status: SessionStatus
    phase: str
    simulated: bool
    delivered_mg: str
    alarms: int
    technical_alarms: int
    duration_s: float
    program: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedSession:
    """A session that was never closed: what is needed to resume it or to close it.

    `last_utc` is the wall clock at `last_t_ns`, the last event that was committed; None when the
    session never told the time.
    """

    session: str
    started_at: str
    room: str
    patient: str
    phase: str
    simulated: bool
    last_t_ns: int
    last_utc: datetime | None


def list_sessions(
    database: Database,
    *,
    patient: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    protocol: str | None = None,
    with_alarms: bool | None = None,
    closed: bool | None = None,
    now: datetime | None = None,
    first: int = 0,
    most: int | None = None,
) -> list[SessionSummary]:
    """The sessions of the record, newest first.

    Args:
        database: the record.
        patient: part of the patient's name or number, in any case of letters.
        since: only sessions that started then or later.
        until: only sessions that started before then.
        protocol: only sessions of this protocol.
        with_alarms: True for sessions with a patient alarm, False for those without.
        closed: True for sessions that were closed, False for those that were not.
        now: the present, to tell open from interrupted sessions; the clock's by default.
        first: how many of the newest to leave out.
        most: how many to give at most; all by default.

    Raises:
        StorageError: the world's faults.
    """
    query = select(_SESSION).order_by(_SESSION.c.started_utc.desc(), _SESSION.c.id.desc())
    query = query.where(*_conditions(patient, since, until, protocol, with_alarms))
    if closed is not None:
        query = query.where(_SESSION.c.closed.is_(closed))
    if most is not None:
        query = query.limit(most).offset(first)
    present = now or datetime.now(UTC)
    with database.reading() as connection:
        rows = connection.execute(query).all()
    return [_summary(row, present) for row in rows]


def count_sessions(
    database: Database,
    *,
    patient: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    protocol: str | None = None,
    with_alarms: bool | None = None,
) -> int:
    """How many sessions `list_sessions` finds.

    Raises:
        StorageError: the world's faults.
    """
    query = select(func.count()).select_from(_SESSION)
    query = query.where(*_conditions(patient, since, until, protocol, with_alarms))
    with database.reading() as connection:
        return connection.execute(query).scalar_one()


def list_protocols(database: Database) -> list[str]:
    """The protocols of the recorded sessions, in order of their names.

    Raises:
        StorageError: the world's faults.
    """
    query = select(_SESSION.c.protocol).where(_SESSION.c.protocol != "").distinct()
    with database.reading() as connection:
        return sorted(connection.execute(query).scalars())


def list_rooms(database: Database) -> list[str]:
    """The rooms of the recorded sessions, in order of their names.

    Raises:
        StorageError: the world's faults.
    """
    query = select(_SESSION.c.room).where(_SESSION.c.room != "").distinct()
    with database.reading() as connection:
        return sorted(connection.execute(query).scalars())


def last_seen(database: Database, *, simulated: bool, most: int) -> list[list[SessionSummary]]:
    """The sessions of the patients last seen, newest first, for each of at most `most` patients.

    A patient is known by the record number; `simulated` says which kind of session counts.

    Raises:
        StorageError: the world's faults.
    """
    newest = func.max(_SESSION.c.started_utc)
    wanted = (_SESSION.c.simulated.is_(simulated), _SESSION.c.mrn != "")
    numbers = select(_SESSION.c.mrn).where(*wanted).group_by(_SESSION.c.mrn)
    numbers = numbers.order_by(newest.desc(), func.max(_SESSION.c.id).desc()).limit(most)
    order = (_SESSION.c.started_utc.desc(), _SESSION.c.id.desc())
    present = datetime.now(UTC)
    found: dict[str, list[SessionSummary]] = {}
    with database.reading() as connection:
        for mrn in connection.execute(numbers).scalars():
            found[mrn] = []
        query = select(_SESSION).where(*wanted, _SESSION.c.mrn.in_(found)).order_by(*order)
        for row in connection.execute(query):
            found[row.mrn].append(_summary(row, present))
    return list(found.values())


def _conditions(
    patient: str | None,
    since: datetime | None,
    until: datetime | None,
    protocol: str | None,
    with_alarms: bool | None,
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if patient:
        part = patient.lower()
        conditions.append(
            or_(
                func.lower(_SESSION.c.patient).contains(part, autoescape=True),
                func.lower(_SESSION.c.mrn).contains(part, autoescape=True),
            )
        )
    if since is not None:
        conditions.append(_SESSION.c.started_utc >= write_utc(since))
    if until is not None:
        conditions.append(_SESSION.c.started_utc < write_utc(until))
    if protocol:
        conditions.append(_SESSION.c.protocol == protocol)
    if with_alarms is not None:
        conditions.append(_SESSION.c.alarms > 0 if with_alarms else _SESSION.c.alarms == 0)
    return conditions


def _summary(row: Any, now: datetime) -> SessionSummary:
    status = SessionStatus.CLOSED
    if not row.closed:
        committed = parse_utc(row.committed_utc)
        quiet = committed is None or now - committed > timedelta(seconds=QUIET_AFTER_S)
        status = SessionStatus.INTERRUPTED if quiet else SessionStatus.OPEN
    return SessionSummary(
        session=row.name,
        started_at=row.started_utc,
        room=row.room,
        protocol=row.protocol,
        patient=row.patient,
        mrn=row.mrn,
        status=status,
        phase=row.phase,
        simulated=bool(row.simulated),
        delivered_mg=row.delivered_mg,
        alarms=row.alarms,
        technical_alarms=row.technical_alarms,
        duration_s=row.last_t_ns / NS_PER_S,
        program=row.program,
    )


def find_summary(
    database: Database, session: str, *, now: datetime | None = None
) -> SessionSummary:
    """The summary of one session.

    Raises:
        StorageError: there is no such session.
    """
    with database.reading() as connection:
        row = connection.execute(select(_SESSION).where(_SESSION.c.name == session)).one_or_none()
    if row is None:
        raise no_session(session)
    return _summary(row, now or datetime.now(UTC))


def unfinished(database: Database) -> list[UnfinishedSession]:
    """Sessions that were never closed, newest first: to be offered at the next start.

    Raises:
        StorageError: the world's faults.
    """
    query = select(_SESSION).where(_SESSION.c.closed.is_(False)).order_by(_SESSION.c.id.desc())
    with database.reading() as connection:
        rows = connection.execute(query).all()
    result = []
    for row in rows:
        anchor = parse_utc(row.anchor_utc)
        since_s = (row.last_t_ns - row.anchor_t_ns) / NS_PER_S
        result.append(
            UnfinishedSession(
                session=row.name,
                started_at=row.started_utc,
                room=row.room,
                patient=row.patient,
                phase=row.phase,
                simulated=bool(row.simulated),
                last_t_ns=row.last_t_ns,
                last_utc=None if anchor is None else anchor + timedelta(seconds=since_s),
            )
        )
    return result


@dataclass(frozen=True, slots=True)
class Trend:
    """Values of one vital: session time in seconds, and values with NaN where there was none."""

    t_s: npt.NDArray[np.float64]
    value: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trends:
    """A session without its bytes and waveforms: what a reviewer sees first.

    Attributes:
        vitals: per vital its trend.
        events: every event that has a row of its own, in order.
        clock: the wall clock of the session.
    """

    session: str
    vitals: dict[Vital, Trend]
    events: list[Event] = field(repr=False)
    clock: RecordedClock = field(repr=False)

    @property
    def alarms(self) -> list[AlarmChanged]:
        """Changes of alarms, in order."""
        return [event for event in self.events if isinstance(event, AlarmChanged)]

    @property
    def phases(self) -> list[PhaseChanged]:
        """Changes of phase, in order."""
        return [event for event in self.events if isinstance(event, PhaseChanged)]


def read_trends(database: Database, session: str) -> Trends:
    """The trends of a session, without decoding bytes and waveforms.

    Raises:
        StorageError: there is no such session, or a row cannot be read.
    """
    with database.reading() as connection:
        session_id = find_session(connection, session)
        if session_id is None:
            raise no_session(session)
        runs = read_runs(connection, session_id)
    series: Series = {}
    events: list[Event] = []
    clock = RecordedClock()
    for run in runs:
        try:
            if run.is_packed and run.is_sound:
                collect_readings(run.body, series)
                continue
            (event,) = run.events()
        except ValueError as error:
            raise StorageError(
                Fault.CORRUPT,
                f"Session {session}: the row of events {run.first_seq} to {run.last_seq}"
                f" cannot be read: {error}.",
            ) from error
        if isinstance(event, Reading):
            add_reading(event, series)
        clock.add(event)
        events.append(event)
    vitals = {Vital(name): _trend(*pieces) for name, pieces in series.items()}
    return Trends(session=session, vitals=vitals, events=events, clock=clock)


def _trend(times: list[npt.NDArray[np.int64]], values: list[npt.NDArray[np.float64]]) -> Trend:
    t_ns, value = np.concatenate(times), np.concatenate(values)
    order = np.argsort(t_ns, kind="stable")
    return Trend(t_ns[order] / NS_PER_S, value[order])
