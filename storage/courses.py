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
from storage.schema import CourseRow

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


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseChain:
    """The verdict on the rows of one course.

    Attributes:
        entries: how many entries are as they were recorded, counted from the opening.
        head: chain value of the last of them; a chain does not show that its end was cut off, a
            head noted elsewhere does.
        problem: the first wrong entry, in a sentence; empty when every row is whole.
    """

    course: str
    entries: int
    head: bytes
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether every row is as it was recorded."""
        return not self.problem


class CourseRefusedError(Exception):
    """An entry that may not be added; the text is the sentence for the person."""


Check = Callable[[tuple[Entry, ...], Entry], str]
"""Given the entries so far and the new one: why it may not be added, or an empty text."""


def append_entry(database: Database, course: str, entry: Entry, check: Check) -> None:
    """Add `entry` at the end of a course; an opening makes the course.

    `check` is asked within the transaction, so that nothing comes between it and the row.

    Raises:
        CourseRefusedError: `check` gave a reason, or the course is damaged.
        StorageError: the world's faults; nothing is added then.
    """
    with database.writing() as connection:
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
        connection.execute(
            insert(_ENTRY).values(
                course=course,
                seq=len(rows) + 1,
                mrn=opened.mrn,
                kind=COURSE_FORM.kind_of(entry),
                body=body,
                chain=chain_next(chain, body),
            )
        )


def read_courses(database: Database, *, mrn: str | None = None) -> list[RecordedCourse]:
    """Every course, or those of one record number, in order of their names.

    A file of an older version has none. A course whose opening cannot be read is left out;
    `verify_courses` names it.

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


def verify_courses(
    database: Database, course: str | None = None, *, whole_file: bool = True
) -> list[CourseChain]:
    """The chain of every course, or of one, in order of their names; of none there is no verdict.

    With `whole_file` the file that holds them is checked too: an index that does not agree with
    its rows shows in no chain.

    Raises:
        StorageError: the world's faults, or the file is damaged and shows no course.
    """
    damage = database.find_damage(thorough=True) if whole_file else None
    query = _as_written().order_by(_ENTRY.c.course, _ENTRY.c.seq)
    if course is not None:
        query = query.where(_ENTRY.c.course == course)
    grouped: dict[str, list[Any]] = {}
    with database.reading() as connection:
        if _has_courses(connection):
            for row in connection.execute(query):
                grouped.setdefault(str(row.course), []).append(row)
    told = "" if damage is None else f"The file is damaged: {damage}"
    if told and not grouped:
        raise StorageError(Fault.CORRUPT, told)
    return [_verdict(name, rows, told) for name, rows in grouped.items()]


def _verdict(course: str, rows: list[Any], damage: str) -> CourseChain:
    entries, problem = _entries(course, rows)
    head = rows[len(entries) - 1].chain if entries else COURSE_FORM.start(course)
    return CourseChain(course=course, entries=len(entries), head=head, problem=problem or damage)


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
