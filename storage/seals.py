"""The table of seals: ends of chains are signed as they are made, and what was missed is made up.

Sealing never hinders recording: without a key an end is only noted in the heads file, and a line
that cannot be written is logged and made up at the next start.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Table, func, insert, inspect, literal, select

from protocols.logbook.entries import Entry, KeyMade
from storage.clock import write_utc
from storage.faults import StorageError
from storage.heads import (
    Head,
    NotedEnd,
    append_ends,
    count_sealed_lines,
    course_subject,
    heads_path,
    logbook_subject,
    newest,
    read_heads,
    session_subject,
)
from storage.logbook import LOG_FORM
from storage.schema import CourseRow, JournalRow, LogRow, SealRow, SessionRow
from storage.sealing import Sealer, key_name

if TYPE_CHECKING:
    from storage.database import Database

_logger = logging.getLogger(__name__)

_SEAL: Table = SealRow.__table__  # type: ignore[assignment]
_SESSION: Table = SessionRow.__table__  # type: ignore[assignment]
_JOURNAL: Table = JournalRow.__table__  # type: ignore[assignment]
_COURSE: Table = CourseRow.__table__  # type: ignore[assignment]
_LOG: Table = LogRow.__table__  # type: ignore[assignment]


def seal_end(
    connection: Connection, sealer: Sealer | None, subject: str, head: Head
) -> NotedEnd | None:
    """Sign the end of a chain within the transaction that made it.

    Returns:
        The seal, to be noted beside the database after the commit (`note_end`); None without a key,
        or where that end has a seal already.
    """
    if sealer is None:
        return None
    known = select(_SEAL.c.seq).where(_SEAL.c.subject == subject, _SEAL.c.seq == head.seq)
    if connection.execute(known).first() is not None:
        return None
    try:
        seal = sealer.seal(subject, head)
    except Exception:  # whatever it is, the record comes first
        _logger.exception("%s is recorded but not sealed", subject)
        return None
    connection.execute(insert(_SEAL).values(**_columns(seal)))
    return seal


def _columns(seal: NotedEnd) -> dict[str, Any]:
    return {
        "subject": seal.subject,
        "seq": seal.head.seq,
        "chain": seal.head.chain,
        "at_utc": seal.at_utc,
        "key": seal.key,
        "signature": seal.signature,
    }


def note_end(database: Database, subject: str, head: Head, seal: NotedEnd | None) -> None:
    """Write an end, sealed or not, into the heads file; what the disk refuses is logged."""
    end = seal or NotedEnd(subject=subject, head=head, at_utc=write_utc(datetime.now(UTC)))
    if database.path is None:
        return
    try:
        append_ends(heads_path(database.path), [end])
    except OSError as error:
        _logger.warning("the end of %s is not noted beside the record: %s", subject, error)


def note_end_once(database: Database, subject: str, head: Head) -> None:
    """Write an end into the heads file where it does not stand there yet.

    Raises:
        StorageError: the world's faults.
        OSError: the heads file cannot be read.
    """
    if database.path is None:
        return
    if any(end.head == head for end in read_heads(heads_path(database.path)).of(subject)):
        return
    with database.reading() as connection:
        seals = read_seals(connection, subject)
    note_end(database, subject, head, next((s for s in seals if s.head == head), None))


def has_seals(connection: Connection) -> bool:
    """Whether the file is of a version that has seals."""
    return inspect(connection).has_table(_SEAL.name)


def read_seals(connection: Connection, subject: str | None = None) -> list[NotedEnd]:
    """Every seal, or those of one subject, in order; the caller trusts the types of the columns."""
    query = select(_SEAL).order_by(_SEAL.c.subject, _SEAL.c.seq)
    if subject is not None:
        query = query.where(_SEAL.c.subject == subject)
    return [
        NotedEnd(
            subject=row.subject,
            head=Head(seq=row.seq, chain=bytes(row.chain)),
            at_utc=row.at_utc,
            key=row.key,
            signature=bytes(row.signature),
        )
        for row in connection.execute(query)
    ]


def names_key(database: Database, key: str) -> bool:
    """Whether a logbook of the record names the key of that short name.

    Raises:
        StorageError: the world's faults.
    """
    return any(key_name(bytes.fromhex(public)) == key for public in read_public_keys(database))


def read_public_keys(database: Database) -> list[str]:
    """The public keys, hexadecimal, that logbooks of the record name.

    Raises:
        StorageError: the world's faults.
    """
    with database.reading() as connection:
        query = select(_LOG.c.body).where(_LOG.c.kind == "key_made")
        bodies = [bytes(body) for body in connection.execute(query).scalars()]
    made = [entry for entry in map(_entry, bodies) if isinstance(entry, KeyMade)]
    return sorted({entry.public_key for entry in made})


def _entry(body: bytes) -> Entry | None:
    try:
        return LOG_FORM.parse(body)
    except ValueError:
        return None


def seal_due(database: Database) -> None:
    """Seal what has no seal and should: logbooks, courses and closed sessions that were missed.

    To be called when the program begins and ends to write. A session is made up for only while
    none after it is sealed, and nothing whose end the heads file tells otherwise: there somebody
    took a seal away, which must stay visible. Raises nothing of the world.
    """
    try:
        if database.sealer is not None and database.path is not None:
            _seal_due(database, database.sealer, heads_path(database.path))
    except (StorageError, OSError) as error:
        _logger.warning("not everything is sealed: %s", error)


def seal_logbooks(database: Database) -> None:
    """Seal the end of every logbook of the record. Raises nothing of the world."""
    if database.sealer is None or database.path is None:
        return
    try:
        with database.reading() as connection:
            due = list(_unsealed_logbooks(connection))
        if due:
            _seal_all(database, database.sealer, due)
    except (StorageError, OSError) as error:
        _logger.warning("the logbook is not sealed: %s", error)


def _seal_due(database: Database, sealer: Sealer, heads: Path) -> None:
    with database.reading() as connection:
        missed = list(_never_sealed(connection))
        due = list(_unsealed_logbooks(connection))
        seals = connection.execute(select(func.count()).select_from(_SEAL)).scalar_one()
    if missed or seals != count_sealed_lines(heads):
        noted = read_heads(heads)
        due = [*(m for m in missed if not _contradicts(newest(noted.of(m[0])), m[1])), *due]
        with database.reading() as connection:
            own = [seal for seal in read_seals(connection) if seal.key == sealer.key.name]
        known = set(noted.ends)
        append_ends(heads, [seal for seal in own if seal not in known])
    if due:
        _seal_all(database, sealer, due)


def _seal_all(database: Database, sealer: Sealer, due: Iterable[tuple[str, Head]]) -> None:
    with database.writing() as connection:
        seals = [seal_end(connection, sealer, subject, head) for subject, head in due]
    if database.path is not None:
        append_ends(heads_path(database.path), [seal for seal in seals if seal is not None])


def _contradicts(noted: NotedEnd | None, head: Head) -> bool:
    return noted is not None and (noted.is_sealed or noted.head != head)


def _never_sealed(connection: Connection) -> Iterator[tuple[str, Head]]:
    subject = literal(session_subject("")).concat(_SESSION.c.name)
    has_seal = select(_SEAL.c.seq).where(_SEAL.c.subject == subject).exists()
    last = select(func.coalesce(func.max(_SESSION.c.id), 0)).where(has_seal).scalar_subquery()
    query = select(_SESSION.c.id, _SESSION.c.name).where(_SESSION.c.closed, _SESSION.c.id > last)
    for session_id, name in connection.execute(query.order_by(_SESSION.c.id)).all():
        row = connection.execute(
            select(_JOURNAL.c.last_seq, _JOURNAL.c.chain)
            .where(_JOURNAL.c.session_id == session_id)
            .order_by(_JOURNAL.c.first_seq.desc())
            .limit(1)
        ).first()
        if row is not None:
            yield session_subject(name), Head(seq=row.last_seq, chain=bytes(row.chain))
    course = literal(course_subject("")).concat(_COURSE.c.course)
    sealed = select(_SEAL.c.seq).where(_SEAL.c.subject == course).exists()
    for found in _ends(connection, _COURSE, _COURSE.c.course, ~sealed):
        yield course_subject(found.name), Head(seq=found.seq, chain=bytes(found.chain))


def _unsealed_logbooks(connection: Connection) -> Iterator[tuple[str, Head]]:
    subject = literal(logbook_subject("")).concat(_LOG.c.logbook)
    sealed = select(_SEAL.c.seq).where(_SEAL.c.subject == subject, _SEAL.c.seq == _LOG.c.seq)
    for found in _ends(connection, _LOG, _LOG.c.logbook, ~sealed.exists()):
        yield logbook_subject(found.name), Head(seq=found.seq, chain=bytes(found.chain))


def _ends(connection: Connection, table: Table, name: Any, condition: Any) -> list[Any]:
    """The last row of each journal in `table`, where `condition` holds for it."""
    inner = table.alias()
    last = select(func.max(inner.c.seq)).where(inner.c[name.name] == name).scalar_subquery()
    query = select(name.label("name"), table.c.seq, table.c.chain)
    return list(connection.execute(query.where(table.c.seq == last, condition)).all())
