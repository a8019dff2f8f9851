"""A first look at a record: damage that matters at once, without reading a large file whole."""

from __future__ import annotations

from sqlalchemy import select

from storage.canonical import chain_next, chain_start
from storage.database import Database
from storage.faults import Fault, StorageError
from storage.journal import find_session, read_runs
from storage.logbook import LOG_FORM, has_logbooks
from storage.schema import CourseRow, JournalRow, LiveRow, LogRow, SealRow, SessionRow
from storage.sessions import unfinished

_TABLES = (SessionRow, JournalRow, LiveRow, CourseRow, LogRow, SealRow)


def probe(database: Database) -> None:
    """Look at every table's two ends, the logbooks, and the newest session that was never closed.

    Raises:
        StorageError: CORRUPT where something of it is damaged; else the world's faults.
    """
    if database.path is None:
        return
    with database.reading() as connection:
        for table in _TABLES:
            key = list(table.__table__.primary_key)
            for end in (key, [column.desc() for column in key]):
                connection.execute(select(*key).order_by(*end).limit(1)).first()
    _follow_logbooks(database)
    for session in unfinished(database)[:1]:
        _follow(database, session.session)


def _follow_logbooks(database: Database) -> None:
    """Follow the chain of every logbook; its entries are not read."""
    with database.reading() as connection:
        if not has_logbooks(connection):
            return
        query = "SELECT logbook, seq, body, chain FROM log_entry ORDER BY logbook, seq"
        rows = connection.exec_driver_sql(query).all()
    before, seq, chain = "", 0, b""
    for logbook, number, body, value in rows:
        if logbook != before:
            before, seq, chain = logbook, 0, LOG_FORM.start(str(logbook))
        seq += 1
        chain = chain_next(chain, body) if isinstance(body, bytes) else b""
        if number != seq or value != chain:
            raise StorageError(Fault.CORRUPT, f"Logbook {logbook} is damaged at entry {seq}.")


def _follow(database: Database, session: str) -> None:
    """Follow the chain of one session from its first event to its last."""
    with database.reading() as connection:
        number = find_session(connection, session)
        runs = [] if number is None else read_runs(connection, number)
    seq, chain = 0, chain_start(session)
    for run in runs:
        try:
            bodies = run.canonical()
        except ValueError as error:
            raise _damaged(session, seq) from error
        for body in bodies:
            chain = chain_next(chain, body)
        if run.first_seq != seq + 1 or run.last_seq - seq != len(bodies) or run.chain != chain:
            raise _damaged(session, seq)
        seq = run.last_seq


def _damaged(session: str, seq: int) -> StorageError:
    return StorageError(
        Fault.CORRUPT, f"The record of session {session} is damaged after event {seq}."
    )
