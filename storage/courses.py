"""The journals of courses: entries are appended, numbered and chained, and never changed.

The form of an entry is ``["<kind>",{<fields>}]`` as that of an event; the chain of a course begins
with a value of its own name, so that no entry can be moved to another course.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, Table, insert, inspect, select, type_coerce
from sqlalchemy.types import NullType

from protocols.courses.entries import ENTRY_KINDS, CourseOpened, Entry
from storage.canonical import chain_next
from storage.database import Database
from storage.entry_chain import EntryForm
from storage.faults import Fault, StorageError
from storage.heads import Head, course_subject
from storage.journal_ends import record_end
from storage.schema import CourseRow
from storage.seals import note_end

_ENTRY: Table = CourseRow.__table__  # type: ignore[assignment]

COURSE_FORM: EntryForm[Entry] = EntryForm(label=b"infusion-room course 1", kinds=ENTRY_KINDS)
"""How the entries of a course are written and chained."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCourse:
    """One course as the file has it.

    Attributes:
        entries: every entry that can be read, in order; the first is the opening.
        problem: what is wrong with the rows, in a sentence; empty when they are whole.
    """

    course: str
    opened: CourseOpened
    entries: tuple[Entry, ...]
    problem: str = ""


class CourseRefusedError(Exception):
    """An entry that may not be added; the text is the sentence for the person."""


Check = Callable[[tuple[Entry, ...], Entry], str]
"""Given the entries so far and the new one: why it may not be added, or an empty text."""


def append_entry(database: Database, course: str, entry: Entry, check: Check) -> None:
    """Add `entry` at the end of a course; an opening makes the course.

    `check` is asked within the transaction, so that nothing comes between it and the row. The new
    end is sealed, and noted in the logbook and beside the database.

    Raises:
        CourseRefusedError: `check` gave a reason, or the course is damaged.
        StorageError: the world's faults; nothing is added then.
    """
    with database.writing() as connection:
        head = append_within(connection, course, entry, check)
        seal = record_end(connection, database, course_subject(course), head)
    note_end(database, course_subject(course), head, seal)


def append_within(connection: Connection, course: str, entry: Entry, check: Check) -> Head:
    """Add `entry` at the end of a course within the caller's transaction; gives the new end.

    Raises:
        CourseRefusedError: `check` gave a reason, or the course is damaged.
    """
    rows = _rows(connection, course)
    entries, problem = _entries(course, rows)
    if problem:
        raise CourseRefusedError(f"Nothing can be added: {problem}")
    reason = check(entries, entry)
    if reason:
        raise CourseRefusedError(reason)
    opened = entries[0] if entries else entry
    if not isinstance(opened, CourseOpened) or opened.course != course:
        raise CourseRefusedError("There is no such course.")
    body = COURSE_FORM.canonical(entry)
    chain = rows[-1].chain if rows else COURSE_FORM.start(course)
    head = Head(seq=len(rows) + 1, chain=chain_next(chain, body))
    connection.execute(
        insert(_ENTRY).values(
            course=course,
            seq=head.seq,
            mrn=opened.mrn,
            kind=COURSE_FORM.kind_of(entry),
            body=body,
            chain=head.chain,
        )
    )
    return head


def read_courses(database: Database, *, mrn: str | None = None) -> list[RecordedCourse]:
    """Every course, or those of one record number, in order of their names.

    A file of an older version has none. A course whose opening cannot be read is left out;
    `storage.verification` names it.

    Raises:
        StorageError: the world's faults.
    """
    query = _as_written().order_by(_ENTRY.c.course, _ENTRY.c.seq)
    if mrn is not None:
        query = query.where(_ENTRY.c.mrn == mrn)
    grouped: dict[str, list[Any]] = {}
    with database.reading() as connection:
        if not _has_courses(connection):
            return []
        for row in connection.execute(query):
            grouped.setdefault(str(row.course), []).append(row)
    found = []
    for course, rows in grouped.items():
        entries, problem = _entries(course, rows)
        if entries and isinstance(entries[0], CourseOpened):
            found.append(
                RecordedCourse(course=course, opened=entries[0], entries=entries, problem=problem)
            )
    return found


def find_course(database: Database, course: str) -> RecordedCourse:
    """One course.

    Raises:
        StorageError: there is no such course, or it cannot be read.
    """
    with database.reading() as connection:
        rows = _rows(connection, course) if _has_courses(connection) else []
    entries, problem = _entries(course, rows)
    if not entries or not isinstance(entries[0], CourseOpened):
        raise StorageError(Fault.MISSING, problem or f"There is no course {course}.")
    return RecordedCourse(course=course, opened=entries[0], entries=entries, problem=problem)


def _has_courses(connection: Connection) -> bool:
    return inspect(connection).has_table(_ENTRY.name)


def _as_written() -> Select[*tuple[Any, ...]]:
    """Every column as the file has it, whatever its type: a flipped bit changes types."""
    return select(*(type_coerce(column, NullType()).label(column.name) for column in _ENTRY.c))


def _rows(connection: Connection, course: str) -> list[Any]:
    query = _as_written().where(_ENTRY.c.course == course).order_by(_ENTRY.c.seq)
    return list(connection.execute(query).all())


def _entries(course: str, rows: list[Any]) -> tuple[tuple[Entry, ...], str]:
    """The entries up to the first row that is not as it was written, and what is wrong with it."""
    entries, problem = COURSE_FORM.follow(course, f"Course {course}", rows)
    opened = entries[0] if entries else None
    for number, row in enumerate(rows[: len(entries)], start=1):
        if not isinstance(opened, CourseOpened) or row.mrn != opened.mrn:
            where = f"Course {course}, entry {number}"
            return entries[: number - 1], f"{where} does not agree with the columns beside it."
    return entries, problem
