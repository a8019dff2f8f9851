"""The journal: the one way into the record of a session and the one way out.

Events are numbered from 1 within their session, in one total order, and a hash chain runs over
all of them. A rare event has a row of its own; frequent ones share rows, which a rare event always
ends, so that the order of rows is the order of events.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import (
    Connection,
    Select,
    Table,
    delete,
    func,
    insert,
    select,
    type_coerce,
    union_all,
    update,
)
from sqlalchemy.types import NullType

from protocols.events import Event, kind_of
from storage.canonical import canonical, chain_next, chain_start, is_routine, parse
from storage.database import Database
from storage.faults import Fault, StorageError, moved_on
from storage.heads import Head, session_subject
from storage.journal_ends import record_end
from storage.packing import canonical_run, decode_body, encode_columns, encode_lines
from storage.schema import BATCH, PACK, JournalRow, LiveRow, SessionRow
from storage.seals import note_end, note_end_once, seal_logbooks
from storage.summary import SummaryFold

LONG_BODY = 1_000
"""A single event with a longer canonical form (the opening, with its files) is kept compressed."""

MOST_IN_ROW = 4_096
"""Events that one packed row holds at most: about a minute of a streaming oximeter."""

_SESSION: Table = SessionRow.__table__  # type: ignore[assignment]
_JOURNAL: Table = JournalRow.__table__  # type: ignore[assignment]
_LIVE: Table = LiveRow.__table__  # type: ignore[assignment]
_INSERT_JOURNAL = insert(_JOURNAL)
_INSERT_LIVE = insert(_LIVE)


@dataclass(slots=True)
class _State:
    """What the writer knows of one session, true after its last commit."""

    session_id: int
    seq: int
    chain: bytes
    waiting: int
    fold: SummaryFold

    @property
    def head(self) -> Head:
        return Head(seq=self.seq, chain=self.chain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One row: the events `first_seq` to `last_seq`; `chain` is the value after the last."""

    first_seq: int
    last_seq: int
    first_t_ns: int
    last_t_ns: int
    kind: str
    body: bytes = field(repr=False)
    chain: bytes

    @property
    def is_sound(self) -> bool:
        """Whether every column has the type it was written with; a flipped bit changes types."""
        return all(type(getattr(self, name)) is kind for name, kind in _TYPES.items())

    @property
    def is_packed(self) -> bool:
        """Whether the row holds a run of frequent events."""
        return self.kind in (PACK, BATCH)

    def events(self) -> list[Event]:
        """The events of the row.

        Raises:
            ValueError: the body is damaged.
        """
        if not self.is_sound:
            raise ValueError("a column is not of its type")
        return decode_body(self.body)

    def canonical(self) -> list[bytes]:
        """The canonical forms of the row's events.

        Raises:
            ValueError: the body is damaged.
        """
        if not self.is_sound:
            raise ValueError("a column is not of its type")
        return [self.body] if self.body[:1] == b"[" else canonical_run(self.body)


def find_session(connection: Connection, session: str) -> int | None:
    """The number of the session named `session`, or None."""
    return connection.execute(
        select(_SESSION.c.id).where(_SESSION.c.name == session)
    ).scalar_one_or_none()


def read_runs(connection: Connection, session_id: int, *, rare_only: bool = False) -> list[Run]:
    """The rows of a session in order; with `rare_only`, without the packed ones."""
    parts = []
    for table in (_JOURNAL,) if rare_only else (_JOURNAL, _LIVE):
        part = select_runs(table, session_id)
        parts.append(part.where(table.c.kind != PACK) if rare_only else part)
    rows = connection.execute(union_all(*parts).order_by("first_seq")).mappings()
    return [Run(**row) for row in rows]


_TYPES: dict[str, type] = {
    "first_seq": int,
    "last_seq": int,
    "first_t_ns": int,
    "last_t_ns": int,
    "kind": str,
    "body": bytes,
    "chain": bytes,
}


def select_runs(table: Table, session_id: int) -> Select[*tuple[Any, ...]]:
    """Rows of one session with every column as the file has it, whatever its type."""
    raw = [type_coerce(table.c[name], NullType()).label(name) for name in _TYPES]
    return select(*raw).where(table.c.session_id == session_id)


def no_session(session: str) -> StorageError:
    """The fault that says that there is no such session."""
    return StorageError(Fault.MISSING, f"There is no session {session} in this record.")


class RowKeeper(Protocol):
    """Somebody who keeps the rows of sessions as they are committed (see `storage.kept_rows`)."""

    def recall(self, session: str, runs: Sequence[Run]) -> None:
        """Keep what the file has of a session."""

    def add(self, session: str, runs: Sequence[Run]) -> None:
        """Keep rows that were committed after all before."""

    def merge(self, session: str, packed: Run) -> None:
        """Keep `packed` in place of the rows whose events it holds."""


class Journal:
    """The journal of a database. Appending is for one thread only: the recorder's.

    A `keeper` is given every row that was committed.
    """

    def __init__(self, database: Database, keeper: RowKeeper | None = None) -> None:
        self.database = database
        self._keeper = keeper
        self._states: dict[str, _State] = {}

    def append(self, session: str, events: Sequence[Event], *, after: int | None = None) -> Head:
        """Add `events` at the end of the session, in one transaction, durable on return.

        A session that is not there yet begins; the end of a closed one is sealed, and noted in the
        logbook and beside the database. Nothing is kept on an error. With `after` the events follow
        that very one.

        Returns:
            The new end of the session's chain.

        Raises:
            StorageError: the world's faults; the record has moved on from `after`.
        """
        state = self._states.pop(session, None)
        past: list[Run] | None = None
        with self.database.writing() as connection:
            if state is None:
                state = _load(connection, session)
                past = self._past(connection, state)
            if after is not None and state.seq != after:
                raise moved_on(session, after, state.seq)
            rows = list(_rows(state, events))
            for table, row in rows:
                connection.execute(table, row)
            for event in events:
                state.fold.add(event)
            connection.execute(
                update(_SESSION)
                .where(_SESSION.c.id == state.session_id)
                .values(**state.fold.columns(), committed_utc=_committed_utc(state))
            )
            subject, seal = session_subject(session), None
            if state.fold.closed and rows:
                seal = record_end(connection, self.database, subject, state.head)
        self._states[session] = state
        if state.fold.closed:
            note_end(self.database, subject, state.head, seal)
        if self._keeper is not None:
            if past is not None:
                self._keeper.recall(session, past)
            self._keeper.add(session, [_run(row) for _, row in rows])
        return state.head

    def _past(self, connection: Connection, state: _State) -> list[Run] | None:
        return None if self._keeper is None else read_runs(connection, state.session_id)

    def read(self, session: str) -> Iterator[Event]:
        """The events of a session in order, live rows included.

        Raises:
            StorageError: there is no such session, or a row cannot be read.
        """
        with self.database.reading() as connection:
            session_id = find_session(connection, session)
            if session_id is None:
                raise no_session(session)
            runs = read_runs(connection, session_id)
        return _events(session, runs)

    def head(self, session: str) -> Head | None:
        """The end of a session's chain as the file has it, or None where there is no session."""
        with self.database.reading() as connection:
            if (session_id := find_session(connection, session)) is None:
                return None
            seq, chain = _end(connection, session_id, session)
            return Head(seq=seq, chain=chain)

    def knows(self, session: str) -> bool:
        """Whether this journal has written to the session, and knows where it ends."""
        return session in self._states

    def waiting(self, session: str) -> int:
        """How many events of the session wait in live rows, as far as this journal has written."""
        return self._states[session].waiting if session in self._states else 0

    def pack(self, session: str, *, everything: bool = False) -> int:
        """Merge live rows into packed ones, without a change to events, order or chain.

        Without `everything` the newest events stay live until they fill a row.

        Returns:
            How many live rows were packed.

        Raises:
            StorageError: the world's faults; the live rows stay then.
        """
        state = self._states.pop(session, None)
        with self.database.writing() as connection:
            if state is None:
                state = _load(connection, session)
            groups = _group(_live_runs(connection, state.session_id), state.seq, everything)
            merged = [_merge(group, state.session_id) for group in groups]
            for group, row in zip(groups, merged, strict=True):
                connection.execute(_INSERT_JOURNAL, row)
                connection.execute(
                    delete(_LIVE).where(
                        _LIVE.c.session_id == state.session_id,
                        _LIVE.c.first_seq >= group[0].first_seq,
                        _LIVE.c.last_seq <= group[-1].last_seq,
                    )
                )
                state.waiting -= group[-1].last_seq - group[0].first_seq + 1
        self._states[session] = state
        if self._keeper is not None:
            for row in merged:
                self._keeper.merge(session, _run(row))
        return sum(len(group) for group in groups)

    def seal(self, session: str) -> Head:
        """Finish a closed session: pack all, give space back, seal the logbook of its time.

        Where its end could not be noted beside the database before, it is now.

        Raises:
            StorageError: the world's faults. Calling it again is harmless.
            OSError: the heads file cannot be read.
        """
        self.pack(session, everything=True)
        self.database.compact()
        head = self._states.pop(session).head
        note_end_once(self.database, session_subject(session), head)
        seal_logbooks(self.database)
        return head

    def unsealed(self) -> list[str]:
        """Closed sessions that still have live rows: their close was cut short."""
        query = (
            select(_SESSION.c.name)
            .where(_SESSION.c.closed, _SESSION.c.id.in_(select(_LIVE.c.session_id)))
            .order_by(_SESSION.c.id)
        )
        with self.database.reading() as connection:
            return [str(name) for name in connection.execute(query).scalars()]


def rebuild_summaries(database: Database) -> int:
    """Work out the table of sessions anew from the journal.

    Returns:
        How many sessions there are.

    Raises:
        StorageError: the world's faults.
    """
    with database.writing() as connection:
        found = connection.execute(select(_SESSION.c.id, _SESSION.c.name)).all()
        for session_id, name in found:
            fold = _fold(connection, session_id, name)
            connection.execute(
                update(_SESSION).where(_SESSION.c.id == session_id).values(**fold.columns())
            )
    return len(found)


def begin_session(connection: Connection, session: str) -> tuple[int, Head]:
    """The number of a session and the end of its chain; it is begun where it is not there."""
    state = _load(connection, session)
    return state.session_id, state.head


def summarise_session(connection: Connection, session_id: int, session: str) -> None:
    """Work out what lists show of one session anew from its journal."""
    columns = _fold(connection, session_id, session).columns()
    connection.execute(update(_SESSION).where(_SESSION.c.id == session_id).values(**columns))


def _events(session: str, runs: Iterable[Run]) -> Iterator[Event]:
    seq = 0
    for run in runs:
        try:
            events = run.events()
        except ValueError as error:
            raise _damaged(session, run, str(error)) from error
        if run.first_seq != seq + 1 or len(events) != run.last_seq - seq:
            raise _damaged(session, run, "events are missing before or in it")
        seq = run.last_seq
        yield from events


def _damaged(session: str, run: Run, why: str) -> StorageError:
    return StorageError(
        Fault.CORRUPT,
        f"Session {session}: the row of events {run.first_seq} to {run.last_seq}"
        f" cannot be used: {why}.",
    )


def _load(connection: Connection, session: str) -> _State:
    """The state of a session as the file has it; begins the session where it is not there."""
    session_id = find_session(connection, session)
    if session_id is None:
        fold = SummaryFold()
        row = {"name": session, "committed_utc": "", **fold.columns()}
        result = connection.execute(insert(_SESSION).values(**row))
        key = result.inserted_primary_key
        session_id = int(key[0]) if key is not None else 0
        return _State(session_id, 0, chain_start(session), 0, fold)
    seq, chain = _end(connection, session_id, session)
    live = connection.execute(
        select(func.coalesce(func.sum(_LIVE.c.last_seq - _LIVE.c.first_seq + 1), 0)).where(
            _LIVE.c.session_id == session_id
        )
    ).scalar_one()
    return _State(session_id, seq, chain, int(live), _fold(connection, session_id, session))


def _end(connection: Connection, session_id: int, session: str) -> tuple[int, bytes]:
    ends = [(0, chain_start(session))]
    for table in (_JOURNAL, _LIVE):
        row = connection.execute(
            select(table.c.last_seq, table.c.chain)
            .where(table.c.session_id == session_id)
            .order_by(table.c.first_seq.desc())
            .limit(1)
        ).one_or_none()
        if row is not None:
            ends.append((row.last_seq, row.chain))
    return max(ends, key=lambda end: end[0])


def _fold(connection: Connection, session_id: int, session: str) -> SummaryFold:
    fold = SummaryFold()
    for run in read_runs(connection, session_id, rare_only=True):
        try:
            fold.add(run.events()[0])
        except ValueError as error:
            raise _damaged(session, run, str(error)) from error
    for table in (_JOURNAL, _LIVE):
        last = connection.execute(
            select(func.max(table.c.last_t_ns)).where(table.c.session_id == session_id)
        ).scalar_one_or_none()
        fold.last_t_ns = max(fold.last_t_ns, last or 0)
    return fold


def _rows(state: _State, events: Sequence[Event]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The rows of `events` and their tables, in order; moves `state` along."""
    run: list[Event] = []
    bodies: list[bytes] = []
    for event in events:
        body = canonical(event)
        routine = is_routine(event)
        if run and (not routine or len(run) >= MOST_IN_ROW):
            yield _INSERT_LIVE, _row(state, BATCH, run, encode_lines(bodies))
            state.waiting += len(run)
            run, bodies = [], []
        state.chain = chain_next(state.chain, body)
        state.seq += 1
        if routine:
            run.append(event)
            bodies.append(body)
        else:
            kept = body if len(body) < LONG_BODY else encode_lines([body], final=True)
            yield _INSERT_JOURNAL, _row(state, kind_of(event), [event], kept)
    if run:
        yield _INSERT_LIVE, _row(state, BATCH, run, encode_lines(bodies))
        state.waiting += len(run)


def _run(row: dict[str, Any]) -> Run:
    return Run(**{name: row[name] for name in _TYPES})


def _committed_utc(state: _State) -> str:
    """When an open session was last written to; a closed one is no longer waited for."""
    return "" if state.fold.closed else datetime.now(UTC).isoformat(timespec="milliseconds")


def _row(state: _State, kind: str, run: list[Event], body: bytes) -> dict[str, Any]:
    return {
        "session_id": state.session_id,
        "first_seq": state.seq - len(run) + 1,
        "last_seq": state.seq,
        "first_t_ns": run[0].t_ns,
        "last_t_ns": run[-1].t_ns,
        "kind": kind,
        "body": body,
        "chain": state.chain,
    }


def _live_runs(connection: Connection, session_id: int) -> list[Run]:
    query = select_runs(_LIVE, session_id).order_by(_LIVE.c.first_seq)
    return [Run(**row) for row in connection.execute(query).mappings()]


def _group(runs: list[Run], last_seq: int, everything: bool) -> list[list[Run]]:
    """Live rows that become one packed row each: consecutive, and not too many events."""
    groups: list[list[Run]] = []
    for run in runs:
        group = groups[-1] if groups else None
        if (
            group is not None
            and group[-1].last_seq + 1 == run.first_seq
            and run.last_seq - group[0].first_seq < MOST_IN_ROW
        ):
            group.append(run)
        else:
            groups.append([run])
    if groups and not everything:
        newest = groups[-1]
        full = newest[-1].last_seq - newest[0].first_seq + 1 >= MOST_IN_ROW
        if newest[-1].last_seq == last_seq and not full:
            groups.pop()
    return groups


def _merge(group: list[Run], session_id: int) -> dict[str, Any]:
    """The packed row of consecutive live rows: whichever form is smaller and comes back exactly."""
    bodies = [body for run in group for body in run.canonical()]
    packed = encode_lines(bodies, final=True)
    columns = encode_columns([parse(body) for body in bodies])
    if columns is not None and len(columns) < len(packed) and canonical_run(columns) == bodies:
        packed = columns
    return {
        "session_id": session_id,
        "first_seq": group[0].first_seq,
        "last_seq": group[-1].last_seq,
        "first_t_ns": group[0].first_t_ns,
        "last_t_ns": group[-1].last_t_ns,
        "kind": PACK,
        "body": packed,
        "chain": group[-1].chain,
    }
