"""The journals of courses: append-only, chained, and absent from files of older versions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.courses.entries import (
    ENTRY_KINDS,
    Choice,
    CourseOpened,
    DecisionTaken,
    DosePlanned,
    Entry,
    MaintenanceSet,
    ScoreTaken,
    TrialRecorded,
    VisitBooked,
    VisitMissed,
)
from storage import sqlite
from storage.courses import (
    COURSE_FORM,
    CourseRefusedError,
    append_entry,
    find_course,
    read_courses,
)
from storage.database import Database, open_database
from storage.faults import StorageError
from storage.verification import verify_courses
from tests.unit.storage.stores import both_stores

OPENED = CourseOpened(
    by="N. Okafor RN",
    at_utc="2026-11-01T10:00:00Z",
    course="c1",
    mrn="004711",
    patient="Doe, Jane",
    template_text="a template",
    rules_text="rules",
    variant="twice",
    first_date="2026-11-02",
    prescriber="P. Example MD",
    scale="phq-9",
)
BOOKED = VisitBooked(by="N", at_utc="2026-11-01T10:01:00Z", position=1, planned_utc="2026-11-02")


def anything(_before: tuple[Entry, ...], _new: Entry) -> str:
    return ""


def add(database: Database, *entries: Entry, course: str = "c1") -> None:
    for entry in entries:
        append_entry(database, course, entry, anything)


@both_stores
def test_entries_come_back_in_their_order(database: Database) -> None:
    entries = (OPENED, BOOKED, VisitMissed(by="N", at_utc="x", position=1, reason="ill"))
    add(database, *entries)
    [found] = read_courses(database)
    assert (found.entries, found.problem) == (entries, "")
    assert find_course(database, "c1") == found
    [verdict] = verify_courses(database)
    assert (verdict.name, verdict.entries, verdict.ok) == ("c1", 3, True)
    assert len(verdict.head) == 32


@both_stores
def test_courses_of_one_patient_are_found_by_number(database: Database) -> None:
    add(database, OPENED)
    add(database, replace(OPENED, course="c2", mrn="004712"), course="c2")
    assert [c.course for c in read_courses(database, mrn="004711")] == ["c1"]
    assert read_courses(database, mrn="00471") == []


@both_stores
def test_what_the_rules_refuse_leaves_no_row(database: Database) -> None:
    add(database, OPENED)
    with pytest.raises(CourseRefusedError, match="not like this"):
        append_entry(database, "c1", BOOKED, lambda before, new: "not like this")
    assert find_course(database, "c1").entries == (OPENED,)


@both_stores
def test_a_course_begins_with_its_opening_only(database: Database) -> None:
    with pytest.raises(CourseRefusedError, match="no such course"):
        append_entry(database, "c1", BOOKED, anything)
    with pytest.raises(CourseRefusedError, match="no such course"):
        append_entry(database, "c2", OPENED, anything)
    with pytest.raises(StorageError, match="no course c1"):
        find_course(database, "c1")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE course_entry SET mrn = 'other'",
        "DELETE FROM course_entry",
        "INSERT INTO course_entry SELECT course, 9, mrn, kind, body, chain FROM course_entry",
    ],
)
def test_the_database_itself_refuses_to_change_a_course(
    database_path: Path, statement: str
) -> None:
    with open_database(database_path) as database:
        add(database, OPENED)
    with sqlite.connect(database_path) as raw, pytest.raises(sqlite.IntegrityError):
        raw.execute(statement)
    raw.close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE course_entry SET body = CAST(replace(body, 'Jane', 'Anne') AS BLOB)", "not what"),
        ("UPDATE course_entry SET mrn = '1' WHERE seq = 2", "does not agree"),
        ("UPDATE course_entry SET body = 'text' WHERE seq = 2", "not of its type"),
        ("DELETE FROM course_entry WHERE seq = 2", "entry 2 is missing"),
    ],
)
def test_a_change_past_the_safeguards_is_seen(database_path: Path, change: str, words: str) -> None:
    with open_database(database_path) as database:
        add(database, OPENED, BOOKED, BOOKED)
    with sqlite.connect(database_path) as raw:
        for name in ("no_update", "no_delete"):
            raw.execute(f"DROP TRIGGER course_entry_{name}")
        raw.execute(change)
    raw.close()
    with open_database(database_path) as database:
        [verdict] = verify_courses(database, "c1")
        assert words in verdict.problem
        assert verdict.entries == (0 if words == "not what" else 1)
        with pytest.raises(CourseRefusedError, match="Nothing can be added"):
            append_entry(database, "c1", BOOKED, anything)
        for found in read_courses(database):
            assert words in found.problem


def test_an_index_that_disagrees_with_its_rows_is_damage(database_path: Path) -> None:
    with open_database(database_path) as database:
        add(database, replace(OPENED, course="a-long-name"), course="a-long-name")
    data = database_path.read_bytes()
    row = data.index(b"a-long-name004711course_opened")
    database_path.write_bytes(data[:row] + b"A" + data[row + 1 :])
    with open_database(database_path, read_only=True) as database:
        problems = [verdict.problem for verdict in verify_courses(database)]
        assert all(problems)
        assert len(problems) == 1


def test_a_file_without_courses_is_read_as_having_none(database_path: Path) -> None:
    with sqlite.connect(database_path) as raw:
        raw.execute("DROP TABLE course_entry")
        raw.execute("PRAGMA user_version=2")
    raw.close()
    with open_database(database_path, read_only=True) as database:
        assert read_courses(database) == []
        assert verify_courses(database) == []
        with pytest.raises(StorageError):
            find_course(database, "c1")


TEXT = st.text(max_size=20)
WHO = {"by": TEXT, "at_utc": TEXT}
ENTRY: st.SearchStrategy[Entry] = st.one_of(
    st.builds(CourseOpened),
    st.builds(VisitBooked),
    st.builds(DecisionTaken, choice=st.sampled_from(Choice)),
    st.builds(ScoreTaken),
    st.builds(MaintenanceSet),
    st.builds(TrialRecorded),
    st.builds(DosePlanned, dose_mg=st.none() | st.decimals(allow_nan=False, places=2)),
)


@given(ENTRY)
def test_every_entry_comes_back_as_it_was(entry: Entry) -> None:
    assert COURSE_FORM.parse(COURSE_FORM.canonical(entry)) == entry


@pytest.mark.parametrize("body", [b"[]", b'["nothing",{}]', b"text", b'["visit_booked",{}]', b"1"])
def test_what_is_no_entry_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"not an entry|Expecting|not enough|cannot unpack"):
        COURSE_FORM.parse(body)


def test_every_kind_has_a_name_of_its_own() -> None:
    assert len(set(ENTRY_KINDS.values())) == len(ENTRY_KINDS)
