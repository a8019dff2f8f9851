"""Commands over a server that rooms share: what is recorded goes to the room's own file first."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from app.commands.registration import run
from app.live import LiveSession
from app.own_record import own_path, own_paths, own_record
from app.reception.courses import Courses
from app.reception.room_server import RoomServer
from app.reception.shared_record import DirectServer
from app.records.course_book import CourseError, NewCourse
from app.rules_files import load_rules
from protocols.courses.entries import VisitBooked
from protocols.events import AlarmChanged, Event, Service, ServiceReported, SessionOpened
from storage.database import open_database
from storage.journal import Journal
from tests.forwarded_rooms import assert_server_has_all, wait_until
from tests.postgres_server import PostgresServer, database_of
from tests.unit.storage.event_strategies import small_session

ROOT = Path(__file__).resolve().parents[2]


def record(address: str, session: str, room: str = "Room 1") -> Path:
    path = own_path(address, room)
    with open_database(path) as own:
        journal = Journal(own)
        journal.append(session, small_session(session))
        journal.seal(session)
    return path


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = run(arguments)
    out = capsys.readouterr()
    return code, out.out + out.err


def test_a_room_s_record_is_sent_compared_and_read_at_the_server(
    postgres: PostgresServer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    address = postgres.new_database()
    paths = [record(address, "s1"), record(address, "s2", "Room 9")]
    place = ("--database", address)
    assert said(capsys, "server", "status", *place)[0] == 1
    code, text = said(capsys, "server", "forward", *place)
    assert (code, f"{paths[0]}: {len(small_session())} events" in text) == (0, True)
    code, text = said(capsys, "server", "check", *place)
    assert (code, "1 of 2 are the same" in text) == (1, True)
    assert said(capsys, "server", "forward", "--all", *place)[0] == 0
    assert said(capsys, "server", "check", *place)[0] == 0
    assert_server_has_all(address, *paths)
    code, text = said(capsys, "sessions", "list", "--json", "--patient", "müller", *place)
    assert [one["session"] for one in json.loads(text)] == ["s2", "s1"]
    copy = tmp_path / "s1.json"
    code, _ = said(capsys, "export", "s1", "--format", "json", "--output", str(copy), *place)
    assert code == 0
    assert len(json.loads(copy.read_text())["events"]) == len(small_session("s1"))
    assert said(capsys, "courses", "verify", *place)[0] == 0


def test_an_emptied_server_is_prepared_and_rebuilt(
    postgres: PostgresServer, capsys: pytest.CaptureFixture[str]
) -> None:
    address = postgres.new_database(with_tables=False)
    paths = [record(address, "s1"), record(address, "s2", "Room 9")]
    postgres.sql("postgres", "DROP ROLE IF EXISTS room_e", "CREATE ROLE room_e LOGIN")
    name = database_of(address)
    room = ("--database", postgres.url(name, user="room_e"))
    code, text = said(capsys, "server", "rebuild", *room)
    assert (code, "main.py server prepare" in text) == (2, True)
    code, _ = said(capsys, "server", "prepare", "--database", address, "--room-role", "room_e")
    assert code == 0
    assert said(capsys, "server", "rebuild", *room)[0] == 0
    assert_server_has_all(address, *paths)


def test_a_password_is_in_no_answer_no_file_and_no_log(
    postgres: PostgresServer, capsys: pytest.CaptureFixture[str], user_folder: Path
) -> None:
    address = postgres.url("made", user="asked_for_password:never-shown-4711")
    record(address, "s1")
    for command in (
        ("server", "forward"),
        ("server", "status"),
        ("sessions", "list"),
        ("verify", "s1"),
        ("courses", "list"),
    ):
        code, text = said(capsys, *command, "--database", address)
        assert code in (0, 2)
        assert "never-shown" not in text
    files = [path for path in user_folder.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"never-shown" in path.read_bytes()]


def test_the_bedside_records_here_and_the_opening_arrives(
    postgres: PostgresServer, user_folder: Path
) -> None:
    address = postgres.new_database()
    done = subprocess.run(
        [sys.executable, "main.py", "bedside", "--demo", "--startup-only", "--silent"],
        cwd=ROOT,
        env=os.environ | {"INFUSION_ROOM_DATABASE": address, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    [path] = own_paths(address)
    assert_server_has_all(address, path)
    with open_database(address, read_only=True) as server, server.reading() as connection:
        [name] = connection.exec_driver_sql("SELECT name FROM session").scalars()
        opened = next(Journal(server).read(name))
    assert isinstance(opened, SessionOpened)


def events_of(place: str, session: str) -> list[Event]:
    with open_database(place, read_only=True) as room:
        return list(Journal(room).read(session))


def told_of_the_server(place: str, session: str) -> list[ServiceReported]:
    """What the session was told of its server."""
    told = (e for e in events_of(place, session) if isinstance(e, ServiceReported))
    return [e for e in told if e.service is Service.SERVER]


@pytest.mark.expects_log_warnings
def test_a_conflict_is_told_to_the_running_session(postgres: PostgresServer) -> None:
    address = postgres.new_database()
    own = own_record(address, "Room 1")
    record(address, "old")
    with open_database(address) as server:
        Journal(server).append("old", small_session("old")[1:9])
    live = LiveSession.begin(
        database=own.place, room="Room 1", rules=load_rules("iv-0.5-40"), slots=[], with_sound=False
    )
    link = RoomServer(own)
    live.start(reading=False)
    link.tell(live.runtime)
    link.start()
    wait_until(lambda: bool(link.standing.conflicts))
    assert link.line() == "Server: one record differs there, all is kept here"
    wait_until(lambda: bool(told_of_the_server(own.place, live.session)))
    link.tell(None)
    live.stop()
    assert link.close() is False
    [told] = told_of_the_server(own.place, live.session)
    assert not told.working
    assert "other events than this room" in told.detail
    alarms = {
        e.alarm: e.sentence
        for e in events_of(own.place, live.session)
        if isinstance(e, AlarmChanged)
    }
    assert told.detail in alarms["server-behind"]


def test_entries_to_courses_wait_for_the_server_and_an_opening_does_not(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    address = postgres.new_database()
    now = datetime.fromisoformat("2026-11-26T09:00:00+01:00")
    wanted = NewCourse(
        mrn="4711",
        patient="Doe, Jane",
        template="twice-weekly-3wk",
        variant="monday-thursday",
        first_date="2026-12-01",
        prescriber="Dr P",
        scale="phq-9",
        indication="",
        bipolar=None,
        simulated=True,
    )
    visit = VisitBooked(
        by="a", at_utc="", position=1, planned_utc="2026-12-01T09:00:00.000Z", reason=""
    )
    book = Courses(str(tmp_path / "own.db"), now=lambda: now)
    book.share(DirectServer("postgresql+psycopg://owner@127.0.0.1:1/nowhere"))
    course = book.open_course(wanted, "a")
    with pytest.raises(CourseError, match="Entries of courses wait for it"):
        book.add(course, visit)
    assert [one.course for one in book.courses()] == [course]
    assert "only what this room recorded" in book.note
    book.share(DirectServer(address))
    book.add(course, visit)
    other = Courses(str(tmp_path / "other.db"), now=lambda: now)
    other.share(DirectServer(address))
    [seen] = other.courses()
    assert (seen.course, len(seen.entries), other.note) == (course, 2, "")
