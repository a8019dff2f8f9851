"""Reads one session as comparisons need it: some rare events and the packed readings, no waves."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Table, union_all

from app.reviewing.traces import STREAMED, TRACE_KINDS, SessionTrace, Streams, make_trace
from protocols.events import EVENT_KINDS, AlarmChanged, DoseGiven, Event, Phase, PhaseChanged
from protocols.vitals import Vital
from storage.clock import parse_utc
from storage.database import Database
from storage.journal import Run, find_session, no_session, select_runs
from storage.packing import read_columns
from storage.schema import BATCH, PACK, JournalRow, LiveRow
from storage.sessions import SessionSummary

_JOURNAL: Table = JournalRow.__table__  # type: ignore[assignment]
_LIVE: Table = LiveRow.__table__  # type: ignore[assignment]
_NAMES = {kind: name for name, kind in EVENT_KINDS.items()}
_PACKED = (PACK, BATCH)
_STREAM_NAMES = tuple(vital.value for vital in STREAMED)


def read_trace(database: Database, summary: SessionSummary, *, whole: bool = True) -> SessionTrace:
    """The trace of a session. What cannot be read is left out and counted.

    Args:
        database: the record.
        summary: the session's line of the list.
        whole: with the alarms and with the streams from before the drug; a cohort needs neither.

    Raises:
        StorageError: there is no such session, or the record cannot be read.
    """
    kinds = [kind for kind in TRACE_KINDS if whole or kind is not AlarmChanged]
    with database.reading() as connection:
        number = find_session(connection, summary.session)
        if number is None:
            raise no_session(summary.session)
        runs = _fetch(connection, number, [_NAMES[kind] for kind in kinds])
    events, unread = _decoded(run for run in runs if run.kind not in _PACKED)
    from_ns = None if whole else _began_ns(events)
    packed = (run for run in runs if run.kind in _PACKED)
    streams, lost = _streams(
        run for run in packed if whole or (from_ns is not None and run.last_t_ns >= from_ns)
    )
    started = parse_utc(summary.started_at)
    about = SessionTrace(
        session=summary.session,
        started=None if started is None else started.astimezone(),
        room=summary.room,
        protocol=summary.protocol,
        patient=summary.mrn,
        patient_name=summary.patient,
        simulated=summary.simulated,
        alarms_read=whole,
    )
    return make_trace(about, events, streams, unread + lost)


def _fetch(connection: Connection, number: int, names: list[str]) -> list[Run]:
    parts = [
        select_runs(table, number).where(table.c.kind.in_([*names, *_PACKED]))
        for table in (_JOURNAL, _LIVE)
    ]
    rows = connection.execute(union_all(*parts).order_by("first_seq")).mappings()
    return [Run(**row) for row in rows]


def _decoded(runs: Iterable[Run]) -> tuple[list[tuple[int, Event]], int]:
    """Events with their numbers, and how many rows could not be read."""
    found: list[tuple[int, Event]] = []
    unread = 0
    for run in runs:
        try:
            found += enumerate(run.events(), run.first_seq)
        except ValueError:
            unread += 1
    return found, unread


def _began_ns(events: Iterable[tuple[int, Event]]) -> int | None:
    for _, event in events:
        if isinstance(event, DoseGiven) or (
            isinstance(event, PhaseChanged) and event.after is Phase.INFUSING
        ):
            return event.t_ns
    return None


def _streams(runs: Iterable[Run]) -> tuple[Streams, int]:
    """The streamed readings of packed rows, and how many rows could not be read."""
    times: dict[Vital, list[npt.NDArray[np.int64]]] = {}
    values: dict[Vital, list[npt.NDArray[np.float64]]] = {}
    unread = 0
    for run in runs:
        try:
            if not run.is_sound:
                raise ValueError("a column is not of its type")
            columns = read_columns(run.body, _STREAM_NAMES)
        except ValueError:
            unread += 1
            continue
        for column in columns:
            if not column.like.spot:
                times.setdefault(column.like.vital, []).append(column.measured_ns)
                values.setdefault(column.like.vital, []).append(column.values)
    streams = {
        vital: (np.concatenate(times[vital]), np.concatenate(values[vital])) for vital in times
    }
    return streams, unread
