"""Follows the rows of courses and logbooks: entries numbered, chained and labelled."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Table

from storage.canonical import chain_next
from storage.courses import COURSE_FORM
from storage.database import Database
from storage.entry_chain import EntryForm
from storage.faults import Fault, StorageError
from storage.heads import Head, NotedEnd, course_subject, logbook_subject
from storage.logbook import LOG_FORM
from storage.schema import CourseRow, LogRow
from storage.sealing import KnownKeys
from storage.verification.ends import Ends, EndVerdict, judge_ends, read_ends
from storage.verification.logged import judge_logged
from storage.verification.reading import raw_rows, reading_as_written, shown

_COURSE: Table = CourseRow.__table__  # type: ignore[assignment]
_LOG: Table = LogRow.__table__  # type: ignore[assignment]


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalChain:
    """The verdict on one course or logbook.

    Attributes:
        name: of the course or logbook.
        entries: how many entries are as they were recorded, counted from the first.
        head: the chain value of the last of them.
        chain_problem: the first wrong entry, in a sentence; empty when every row is whole.
        ends: what was noted and sealed of its end.
        logged_problem: what the logbook notes of its end and is not so; the record's report says
            it.
    """

    name: str
    entries: int
    head: bytes
    chain_problem: str = ""
    ends: EndVerdict = field(default_factory=EndVerdict)
    logged_problem: str = ""

    @property
    def problem(self) -> str:
        """The first thing wrong, in a sentence; empty when nothing is."""
        return self.chain_problem or self.ends.problem

    @property
    def ok(self) -> bool:
        """Whether every row is as it was recorded and nothing is missing at the end."""
        return not self.problem

    @property
    def seal(self) -> NotedEnd | None:
        """Its newest seal, of all that fit."""
        return self.ends.seal


def follow_courses(connection: Connection, ends: Ends) -> list[JournalChain]:
    """Every course, in order of their names."""
    groups = _grouped(raw_rows(connection, _COURSE, "course", "seq"), "course")
    return [
        _verdict(COURSE_FORM, name, rows, f"Course {shown(name)}", course_subject(name), ends)
        for name, rows in groups
    ]


def follow_logbooks(connection: Connection, ends: Ends) -> list[JournalChain]:
    """Every logbook, in order of their names."""
    groups = _grouped(raw_rows(connection, _LOG, "logbook", "seq"), "logbook")
    return [
        _verdict(LOG_FORM, name, rows, f"Logbook {shown(name)}", logbook_subject(name), ends)
        for name, rows in groups
    ]


def _grouped(rows: Sequence[Any], column: str) -> list[tuple[str, list[Any]]]:
    groups: dict[str, list[Any]] = {}
    for row in rows:
        name = getattr(row, column)
        groups.setdefault(name if isinstance(name, str) else shown(name), []).append(row)
    return sorted(groups.items())


def _verdict(
    form: EntryForm[Any], name: str, rows: list[Any], title: str, subject: str, ends: Ends
) -> JournalChain:
    values, problem = _follow(form, name, rows, title)
    head = Head(seq=len(values) - 1, chain=values[-1])
    verdict, logged = EndVerdict(), ""
    if not problem:
        known = dict(enumerate(values)).get
        verdict = judge_ends(ends, subject, head, known, grows=form is LOG_FORM)
        logged = judge_logged(ends.logged, subject, head, known)
    return JournalChain(
        name=name,
        entries=head.seq,
        head=head.chain,
        chain_problem=problem,
        ends=verdict,
        logged_problem=logged,
    )


def _follow(
    form: EntryForm[Any], name: str, rows: list[Any], title: str
) -> tuple[list[bytes], str]:
    """The chain values up to the first row that is not as it was written, and what is wrong."""
    values = [form.start(name)]
    mrn: str | None = None
    for number, row in enumerate(rows, start=1):
        kind = f" ({row.kind})" if type(row.kind) is str else ""
        where = f"{title}, entry {number}{shown(kind)}"
        if type(row.seq) is not int or type(row.body) is not bytes or type(row.chain) is not bytes:
            return values, f"{where} has a column that is not of its type."
        if row.seq != number:
            there = f"entry {row.seq}{shown(kind)} stands in its place"
            return values, f"{title}, entry {number} is missing: {there}."
        chain = chain_next(values[-1], row.body)
        if row.chain != chain:
            return values, f"{where} is not what was recorded."
        try:
            said, fields = json.loads(row.body)
            mrn = fields.get("mrn", "") if mrn is None else mrn
        except (ValueError, AttributeError, TypeError):
            return values, f"{where} cannot be read."
        if row.kind != said or getattr(row, "mrn", mrn) != mrn:
            return values, f"{where} does not agree with the columns beside it."
        values.append(chain)
    return values, ""


def verify_courses(
    database: Database,
    course: str | None = None,
    *,
    whole_file: bool = True,
    known: KnownKeys | None = None,
) -> list[JournalChain]:
    """The verdict on every course, or on one, in order of their names; of none there is none.

    With `whole_file` the file that holds them is checked too: an index that does not agree with
    its rows shows in no chain.

    Raises:
        StorageError: the world's faults, or the file is damaged and shows no course.
    """
    damage = database.find_damage(thorough=True) if whole_file else None
    with reading_as_written(database) as connection:
        ends = read_ends(database, connection, known or KnownKeys())
        found = follow_courses(connection, ends)
    found = [item for item in found if course in (None, item.name)]
    if damage is None:
        return found
    told = f"The file is damaged: {damage}"
    if not found:
        raise StorageError(Fault.CORRUPT, told)
    return [replace(item, chain_problem=item.problem or told) for item in found]
