"""Courses that several rooms add to: the server says what the newest entry is.

An entry's place in the chain can be known only where all entries are. So an entry to a course is
made on the server first, by one room at a time, and then kept in the room's own record too, with
whatever other rooms entered before it.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from protocols.courses.entries import Entry
from storage.canonical import chain_next
from storage.courses import Check, CourseRefusedError, append_within
from storage.database import Database
from storage.forwarding import EntryRow
from storage.heads import Head, course_subject
from storage.journal_ends import record_end
from storage.own_rows import COURSES
from storage.seals import note_end
from storage.server import lock_subject
from storage.server_rows import add_entries

_TABLE = COURSES.table


def add_shared(server: Database, own: Database, course: str, entry: Entry, check: Check) -> None:
    """Add `entry` to a course on the server, then bring the room's own record up to it.

    Entries that only the room has, because it opened the course while the server was away, go
    there first.

    Raises:
        CourseRefusedError: `check` gave a reason, or room and server have different entries.
        StorageError: the server or the file is out of reach. Where the server's answer alone was
            lost, the entry may be there: it shows when the course is looked at again.
    """
    with own.reading() as connection:
        mine = _rows(connection, course)
    with server.writing() as connection:
        lock_subject(connection, f"course {course}")
        theirs = _rows(connection, course)
        _compare(course, mine, theirs)
        if len(mine) > len(theirs):
            add_entries(connection, COURSES, course, mine[len(theirs) :])
        append_within(connection, course, entry, check)
        newest = _rows(connection, course)
    adopt_entries(own, course, newest)


def adopt_entries(own: Database, course: str, rows: Iterable[EntryRow]) -> None:
    """Keep the entries of a course, from its first, that the room's own record does not have yet.

    Raises:
        CourseRefusedError: they do not continue what the room has.
        StorageError: the world's faults; nothing is kept then.
    """
    with own.writing() as connection:
        mine = _rows(connection, course)
        theirs = list(rows)
        _compare(course, mine, theirs)
        new = theirs[len(mine) :]
        if not new:
            return
        add_entries(connection, COURSES, course, new)
        head = Head(seq=new[-1].seq, chain=new[-1].chain)
        seal = record_end(connection, own, course_subject(course), head)
    note_end(own, course_subject(course), head, seal)


def _rows(connection: Connection, course: str) -> list[EntryRow]:
    query = select(_TABLE).where(COURSES.key == course).order_by(_TABLE.c.seq)
    return [
        EntryRow(seq=row.seq, kind=row.kind, body=row.body, chain=row.chain, mrn=row.mrn)
        for row in connection.execute(query)
    ]


def _compare(course: str, mine: list[EntryRow], theirs: list[EntryRow]) -> None:
    """Refuse when the two differ in an entry that both have, or the longer one is not whole."""
    both = min(len(mine), len(theirs))
    if mine[:both] != theirs[:both]:
        raise CourseRefusedError(
            f"Course {course}: the server has other entries than this room. Nothing was entered."
        )
    chain = COURSES.start(course)
    for number, row in enumerate(mine if len(mine) > len(theirs) else theirs, start=1):
        chain = chain_next(chain, row.body)
        if row.seq != number or row.chain != chain:
            raise CourseRefusedError(f"Nothing can be added: course {course} is damaged.")
