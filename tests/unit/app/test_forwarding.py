"""Whatever is cut, killed or lost, the server ends with each event of the room once, in order."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import tests.unit.app.forwarding_child as child
from app.forwarding import Forwarder
from app.sent_note import level_ago_s, write_note
from app.server_words import QUIET_S, ServerStanding, server_line, service_detail
from protocols.events import Event, WriteNote
from protocols.logbook.entries import LogbookOpened
from storage.database import open_database
from storage.journal import Journal
from storage.logbook import append_log, open_logbook
from tests.cut_network import CutNetwork
from tests.forwarded_rooms import (
    FAST,
    PATIENCE_S,
    all_sent,
    assert_server_has_all,
    forwarding,
    record_in_pieces,
    wait_until,
)
from tests.postgres_server import PostgresServer, database_of
from tests.unit.storage.event_strategies import small_session, stream

MINUTE = small_session("room 1", seconds=40)


def long_session(name: str = "room 1", seconds: int = 40) -> list[Event]:
    opened, *rest = small_session(name, seconds=30, closed=False)
    return [opened, *rest, *stream(seconds, start_s=40), *small_session(name)[-1:]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The room's own record, with its tables."""
    place = tmp_path / "room.db"
    open_database(place).close()
    return place


def test_events_arrive_while_the_session_runs_and_all_is_there_at_its_end(
    postgres: PostgresServer, path: Path
) -> None:
    address = postgres.new_database()
    with forwarding(address, path) as forwarder:
        for number in record_in_pieces(path, "room 1", MINUTE):
            if number == 20:
                wait_until(lambda: all_sent(forwarder))
                with open_database(address, read_only=True) as server:
                    running = Journal(server).head("room 1")
        wait_until(lambda: all_sent(forwarder))
    assert running is not None
    assert 0 < running.seq < len(MINUTE)
    assert_server_has_all(address, path)


def test_a_network_that_is_cut_again_and_again_loses_and_repeats_nothing(
    postgres: PostgresServer, path: Path
) -> None:
    chance = random.Random(7)
    name = database_of(postgres.new_database())
    with (
        CutNetwork(postgres.port) as network,
        forwarding(postgres.url(name, port=network.port), path) as forwarder,
    ):
        for number in record_in_pieces(path, "room 1", long_session()):
            if number % 10 == 9:
                cuts = network.cuts
                network.cut_in(chance.randrange(1, 8_000))
                wait_until(lambda cuts=cuts: network.cuts > cuts)
        network.mend()
        wait_until(lambda: all_sent(forwarder))
    assert network.cuts > 3
    assert_server_has_all(postgres.url(name), path)


def test_a_network_that_swallows_everything_is_given_up_and_tried_again(
    postgres: PostgresServer, path: Path
) -> None:
    name = database_of(postgres.new_database())
    with (
        CutNetwork(postgres.port) as network,
        forwarding(postgres.url(name, port=network.port), path) as forwarder,
    ):
        for number in record_in_pieces(path, "room 1", MINUTE):
            if number == 5:
                wait_until(lambda: forwarder.standing.reached)
                network.swallow()
                wait_until(lambda: not forwarder.standing.reached)
        wait_until(lambda: forwarder.standing.waiting > 0)
        network.mend()
        wait_until(lambda: all_sent(forwarder))
    assert_server_has_all(postgres.url(name), path)


def test_a_server_that_falls_and_comes_back_gets_the_rest(
    postgres: PostgresServer, path: Path
) -> None:
    address = postgres.new_database()
    try:
        with forwarding(address, path) as forwarder:
            for number in record_in_pieces(path, "room 1", long_session(), size=100):
                if number in (8, 24):
                    wait_until(lambda: forwarder.standing.reached)
                    postgres.stop(at_once=True)
                if number in (16, 32):
                    wait_until(lambda: not forwarder.standing.reached)
                    postgres.start()
            wait_until(lambda: all_sent(forwarder))
    finally:
        if not postgres.is_running:
            postgres.start()
    assert_server_has_all(address, path)


@pytest.mark.parametrize("kills", [2, pytest.param(40, marks=pytest.mark.campaign)])
def test_a_forwarder_that_is_killed_goes_on_where_it_was(
    postgres: PostgresServer, path: Path, kills: int
) -> None:
    chance = random.Random(3)
    address = postgres.new_database()
    pieces = record_in_pieces(path, "room 1", long_session(seconds=40 * kills), size=100)
    for _ in range(kills):
        process = subprocess.Popen([sys.executable, child.__file__, address, str(path)])
        give_up = time.monotonic() + 0.9 + chance.random()
        while time.monotonic() < give_up:
            next(pieces, None)
        process.kill()
        process.wait()
    list(pieces)
    with forwarding(address, path) as forwarder:
        wait_until(lambda: all_sent(forwarder))
    assert_server_has_all(address, path)


def test_two_rooms_and_their_logbooks_do_not_mix(postgres: PostgresServer, tmp_path: Path) -> None:
    address = postgres.new_database()
    rooms = [tmp_path / "one.db", tmp_path / "two.db"]
    now = datetime(2026, 3, 2, tzinfo=UTC)
    for path in rooms:
        with open_database(path) as database:
            name = open_logbook(database, now, "0.1")
            opened = LogbookOpened(by="x", at_utc="", logbook=name, program="0.1")
            append_log(database, name, opened)
    with forwarding(address, rooms[0]) as one, forwarding(address, rooms[1]) as two:
        first = record_in_pieces(rooms[0], "room 1", MINUTE)
        second = record_in_pieces(rooms[1], "room 2", small_session("room 2", seconds=40))
        for _ in zip(first, second, strict=True):
            pass
        list(first), list(second)
        wait_until(lambda: all_sent(one) and all_sent(two))
    assert_server_has_all(address, *rooms)


def test_two_forwarders_of_one_room_send_each_event_once(
    postgres: PostgresServer, path: Path
) -> None:
    address = postgres.new_database()
    with forwarding(address, path) as one, forwarding(address, path) as two:
        list(record_in_pieces(path, "room 1", MINUTE, size=10))
        wait_until(lambda: all_sent(one) and all_sent(two))
        assert one.standing.conflicts == two.standing.conflicts == ()
    assert_server_has_all(address, path)


def test_a_server_that_was_lost_is_rebuilt_from_the_room(
    postgres: PostgresServer, path: Path
) -> None:
    address = postgres.new_database()
    with forwarding(address, path) as forwarder:
        list(record_in_pieces(path, "room 1", MINUTE))
        wait_until(lambda: all_sent(forwarder))
    name = database_of(address)
    postgres.sql("postgres", f"DROP DATABASE {name}", f"CREATE DATABASE {name} TEMPLATE made")
    with forwarding(address, path) as forwarder:
        wait_until(lambda: all_sent(forwarder))
    assert_server_has_all(address, path)


def test_what_other_records_of_the_machine_left_is_sent_too(
    postgres: PostgresServer, path: Path, tmp_path: Path
) -> None:
    address = postgres.new_database()
    other = tmp_path / "old-name.db"
    open_database(other).close()
    list(record_in_pieces(other, "old", small_session("old")))
    with forwarding(address, path, others=[other]) as forwarder:
        list(record_in_pieces(path, "room 1", MINUTE))
        wait_until(lambda: all_sent(forwarder) and not forwarder.has_others)
    assert_server_has_all(address, path, other)


@pytest.mark.expects_log_warnings
def test_a_session_that_the_server_has_otherwise_is_left_alone_and_told(
    postgres: PostgresServer, path: Path
) -> None:
    address = postgres.new_database()
    foreign = [*MINUTE[:50], WriteNote(t_ns=MINUTE[50].t_ns, by="x", text="not from this room")]
    with open_database(address) as server:
        Journal(server).append("room 1", foreign)
    told: list[tuple[bool, str]] = []
    with forwarding(address, path) as forwarder:
        forwarder.listen(lambda working, detail: told.append((working, detail)))
        list(record_in_pieces(path, "room 1", MINUTE))
        list(record_in_pieces(path, "room 1 later", small_session("room 1 later")))
        wait_until(lambda: all_sent(forwarder) and bool(told))
        [sentence] = forwarder.standing.conflicts
    assert "other events than this room" in sentence
    assert told[0][0] is False
    with open_database(address, read_only=True) as server:
        assert list(Journal(server).read("room 1")) == foreign
        later = Journal(server).head("room 1 later")
    assert later is not None
    assert later.seq == len(small_session("room 1 later"))


def test_a_new_file_in_the_place_of_a_damaged_one_is_forwarded(
    postgres: PostgresServer, path: Path
) -> None:
    address = postgres.new_database()
    with forwarding(address, path) as forwarder:
        list(record_in_pieces(path, "room 1", MINUTE))
        wait_until(lambda: _same_heads(path, address, "room 1"))
        wait_until(lambda: all_sent(forwarder))
        old = path.rename(path.with_name("damaged.db"))
        for ending in ("-wal", "-shm"):
            beside = path.with_name(path.name + ending)
            if beside.exists():
                beside.rename(old.with_name(old.name + ending))
        list(record_in_pieces(path, "room 2", small_session("room 2")))
        wait_until(lambda: _same_heads(path, address, "room 2"))
        wait_until(lambda: all_sent(forwarder))
    assert_server_has_all(address, old, path)


def _same_heads(room: Path, address: str, session: str) -> bool:
    with (
        open_database(room, read_only=True) as own,
        open_database(address, read_only=True) as server,
    ):
        return Journal(own).head(session) == Journal(server).head(session)


def test_salvaged_rows_with_other_bounds_continue_where_the_server_is(
    postgres: PostgresServer, path: Path, tmp_path: Path
) -> None:
    address = postgres.new_database()
    events = long_session()
    with open_database(path) as own:
        Journal(own).append("room 1", events[:900])
    with forwarding(address, path) as forwarder:
        wait_until(lambda: all_sent(forwarder))
    salvaged = tmp_path / "salvaged.db"
    with open_database(salvaged) as own:
        journal = Journal(own)
        journal.append("room 1", events[:1500])
        journal.pack("room 1", everything=True)
        journal.append("room 1", events[1500:])
        journal.seal("room 1")
    with forwarding(address, salvaged) as forwarder:
        wait_until(lambda: all_sent(forwarder))
    assert_server_has_all(address, salvaged)


def test_the_session_is_told_only_after_a_while_and_when_it_is_over() -> None:
    away = ServerStanding(problem="The server is not reached.", waiting=5, behind_s=QUIET_S - 1)
    assert service_detail(away) == ""
    late = ServerStanding(problem="The server is not reached.", waiting=5, behind_s=720)
    assert service_detail(late) == "The server is not reached. All is kept here and sent later."
    assert server_line(late) == "Server: 12 min behind, all is kept here"
    assert server_line(ServerStanding(reached=True)) == "Server: all sent"


def test_how_long_the_server_is_behind_is_known_after_a_start(
    postgres: PostgresServer, path: Path
) -> None:
    address = postgres.new_database()
    with forwarding(address, path) as forwarder:
        list(record_in_pieces(path, "room 1", MINUTE))
        wait_until(lambda: all_sent(forwarder))
    assert 0 <= level_ago_s(path) < PATIENCE_S
    write_note(path, datetime.now(UTC) - timedelta(hours=3))
    nowhere = "postgresql+psycopg://owner@127.0.0.1:1/nowhere"
    with forwarding(nowhere, path) as forwarder:
        list(record_in_pieces(path, "room 2", small_session("room 2")))
        wait_until(lambda: forwarder.standing.waiting > 0 and bool(forwarder.told))
        assert server_line(forwarder.standing) == "Server: 3 h behind, all is kept here"
        assert forwarder.told.startswith("The server's machine answers")


def test_the_end_of_the_program_does_not_wait_for_a_network_that_swallows(
    postgres: PostgresServer, path: Path
) -> None:
    name = database_of(postgres.new_database())
    patient = replace(FAST, patience_s=60)
    with CutNetwork(postgres.port) as network:
        forwarder = Forwarder(postgres.url(name, port=network.port), path, pace=patient)
        forwarder.start()
        wait_until(lambda: forwarder.standing.reached)
        network.swallow()
        list(record_in_pieces(path, "room 1", small_session("room 1")))
        begun = time.monotonic()
        assert forwarder.stop(0.0) is False
        assert time.monotonic() - begun < patient.patience_s / 2
