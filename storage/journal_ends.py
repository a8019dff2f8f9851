"""Ends of journals as they are recorded: sealed, and noted in the record's own logbook.

A seal and a line of the heads file can be taken away by who can write both. The note in the logbook
is covered by the chain and the later seals of the logbook: whoever takes a session out whole would
have to cut the logbook too. Neither seal nor note ever hinders recording.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from protocols.logbook.entries import JournalEnded
from storage.clock import write_utc
from storage.heads import Head, NotedEnd
from storage.logbook import append_within
from storage.seals import seal_end

if TYPE_CHECKING:
    from storage.database import Database

_logger = logging.getLogger(__name__)


def record_end(
    connection: Connection, database: Database, subject: str, head: Head
) -> NotedEnd | None:
    """Seal the end of a journal and note it in the logbook, in the transaction that made it.

    A record without a logbook of its own notes nothing.

    Returns:
        The seal, as `seal_end` gives it.
    """
    seal = seal_end(connection, database.sealer, subject, head)
    if database.path is not None:
        at_utc = write_utc(datetime.now(UTC)) if seal is None else seal.at_utc
        _note(connection, subject, head, at_utc)
    return seal


def _note(connection: Connection, subject: str, head: Head, at_utc: str) -> None:
    entry = JournalEnded(
        by="program", at_utc=at_utc, subject=subject, seq=head.seq, chain=head.chain.hex()
    )
    try:
        with connection.begin_nested():
            append_within(connection, entry)
    except SQLAlchemyError:
        raw: Any = connection.connection.dbapi_connection
        if not raw.in_transaction:  # SQLite undid everything: nothing is recorded, which is told
            raise
        _logger.exception("the end of %s is recorded but not noted in the logbook", subject)
