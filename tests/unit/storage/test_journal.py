"""The journal takes events at its end, gives them back in order, and lets nothing change."""

from __future__ import annotations

from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from protocols.events import Event, SessionClosed, WriteNote
from storage.canonical import canonical, chain_next, chain_start, is_routine
from storage.database import Database, open_database
from storage.faults import Fault, StorageError
from storage.heads import heads_path, read_heads
from storage.journal import MOST_IN_ROW, Journal, rebuild_summaries
from tests.unit.storage.event_strategies import (
    ANY_EVENT,
    ROUTINE_EVENT,
    opened,
    small_session,
    stream,
)
from tests.unit.storage.stores import both_stores

NUMBERS = count()


def chain_of(session: str, events: list[Event]) -> bytes:
    chain = chain_start(session)
    for event in events:
        chain = chain_next(chain, canonical(event))
    return chain


def rows(database: Database, table: str) -> list[tuple[int, int, str]]:
    query = f"SELECT first_seq, last_seq, kind FROM {table} ORDER BY first_seq"  # noqa: S608
    with database.reading() as connection:
        return [(r[0], r[1], r[2]) for r in connection.execute(text(query))]


@both_stores
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batches=st.lists(st.lists(ROUTINE_EVENT | ANY_EVENT, max_size=8), max_size=6),
    pack_after=st.integers(0, 6),
    everything=st.booleans(),
)
def test_any_events_come_back_in_order_packed_or_not(
    journal: Journal,
    batches: list[list[Event]],
    pack_after: int,
    everything: bool,
) -> None:
    name = f"session {next(NUMBERS)}"
    events = [event for batch in batches for event in batch]
    for number, batch in enumerate(batches):
        head = journal.append(name, batch)
        if number == pack_after:
            journal.pack(name, everything=everything)
    if batches:
        assert (head.seq, head.chain) == (len(events), chain_of(name, events))
        assert journal.head(name) == head
        assert list(journal.read(name)) == events
        journal.pack(name, everything=True)
        assert list(journal.read(name)) == events
        assert Journal(journal.database).head(name) == head


@both_stores
def test_rare_events_have_rows_of_their_own_and_part_the_frequent(journal: Journal) -> None:
    streamed = list(stream(1))
    note = WriteNote(t_ns=1, by="x", text="y")
    journal.append("s", [opened("s"), *streamed[:5], note, note, *streamed[5:9]])
    assert rows(journal.database, "journal") == [
        (1, 1, "session_opened"),
        (7, 7, "write_note"),
        (8, 8, "write_note"),
    ]
    assert rows(journal.database, "live") == [(2, 6, "batch"), (9, 12, "batch")]


@both_stores
def test_packing_leaves_the_newest_events_live_until_they_fill_a_row(journal: Journal) -> None:
    streamed = list(stream(200))
    note = WriteNote(t_ns=1, by="x", text="y")
    journal.append("s", streamed[:100])
    journal.append("s", [*streamed[100:150], note, *streamed[150:200]])
    assert journal.pack("s") == 2
    assert rows(journal.database, "journal") == [(1, 150, "pack"), (151, 151, "write_note")]
    assert rows(journal.database, "live") == [(152, 201, "batch")]
    for at in range(200, len(streamed), 500):
        journal.append("s", streamed[at : at + 500])
    assert journal.waiting("s") > MOST_IN_ROW
    journal.pack("s")
    assert journal.waiting("s") < MOST_IN_ROW
    assert list(journal.read("s")) == [*streamed[:150], note, *streamed[150:]]
    assert all(last - first < MOST_IN_ROW for first, last, _ in rows(journal.database, "journal"))


@both_stores
def test_one_huge_hand_over_is_cut_into_rows(journal: Journal) -> None:
    streamed = list(stream(200))
    assert len(streamed) > 2 * MOST_IN_ROW
    journal.append("s", streamed)
    assert len(rows(journal.database, "live")) == 3
    journal.pack("s", everything=True)
    assert list(journal.read("s")) == streamed


def test_a_journal_goes_on_after_reopening(database_path: Path) -> None:
    events = small_session(closed=False)
    half = len(events) // 2
    with open_database(database_path) as database:
        Journal(database).append("s1", events[:half])
    with open_database(database_path) as database:
        head = Journal(database).append("s1", events[half:])
        assert head.chain == chain_of("s1", events)
        assert list(Journal(database).read("s1")) == events


@both_stores
def test_sessions_do_not_mix(journal: Journal) -> None:
    for event in stream(1):
        journal.append("a", [event])
        journal.append("b", [event, event])
    assert list(journal.read("a")) == list(stream(1))
    assert len(list(journal.read("b"))) == 2 * len(list(stream(1)))


@both_stores
def test_an_event_that_cannot_be_written_keeps_all_of_its_hand_over_out(journal: Journal) -> None:
    good = list(stream(1))
    journal.append("s", good)
    with pytest.raises(TypeError):
        journal.append("s", [good[0], WriteNote(t_ns=1, by="x", text={1, 2})])  # type: ignore[arg-type]
    assert journal.append("s", good).seq == 2 * len(good)
    assert list(journal.read("s")) == good + good


@both_stores
def test_a_session_that_is_not_there_is_named(journal: Journal) -> None:
    assert journal.head("nobody") is None
    with pytest.raises(StorageError, match="no session nobody") as caught:
        journal.read("nobody")
    assert caught.value.fault is Fault.MISSING


def test_sealing_packs_all_and_notes_the_end_beside_the_database(
    journal: Journal, database_path: Path
) -> None:
    events = small_session()
    journal.append("s1", events)
    assert journal.unsealed() == ["s1"]
    head = journal.seal("s1")
    assert journal.unsealed() == []
    assert rows(journal.database, "live") == []
    assert list(journal.read("s1")) == events
    assert [end.head for end in read_heads(heads_path(database_path)).of("session s1")] == [head]
    with journal.database.reading() as connection:
        assert connection.execute(text("PRAGMA freelist_count")).scalar() == 0
    assert database_path.with_name(database_path.name + "-wal").stat().st_size == 0


FORBIDDEN = [
    "UPDATE journal SET body = X'00'",
    "UPDATE journal SET first_t_ns = 0",
    "DELETE FROM journal",
    "DELETE FROM journal WHERE first_seq = 1",
    "REPLACE INTO journal SELECT session_id, first_seq, last_seq, first_t_ns, last_t_ns, kind,"
    " X'00', chain FROM journal WHERE first_seq = 1",
    "INSERT OR REPLACE INTO journal SELECT session_id, first_seq, last_seq, first_t_ns,"
    " last_t_ns, 'pack', X'00', chain FROM journal WHERE kind = 'pack'",
    "INSERT INTO journal SELECT session_id, 99999, 99999, 0, 0, kind, body, chain FROM journal"
    " LIMIT 1",
    "INSERT INTO journal SELECT session_id, first_seq, last_seq, 0, 0, 'pack', body, X'"
    + "00" * 32
    + "' FROM live LIMIT 1",
    "UPDATE live SET body = X'00'",
    "DELETE FROM live",
    "REPLACE INTO live SELECT session_id, first_seq, last_seq, 0, 0, kind, X'00', chain FROM live",
    "INSERT INTO live SELECT session_id, 99999, 99999, 0, 0, kind, body, chain FROM live",
    "DELETE FROM session",
    "UPDATE session SET name = 'other'",
    "UPDATE session SET id = 77",
    "REPLACE INTO session SELECT * FROM session",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_what_is_recorded_cannot_be_changed(journal: Journal, statement: str) -> None:
    events = [*small_session(closed=False), *stream(2, start_s=32)]
    journal.append("s1", events)
    journal.pack("s1")
    assert rows(journal.database, "live")
    with pytest.raises(IntegrityError), journal.database.writing() as connection:
        connection.execute(text(statement))
    assert list(journal.read("s1")) == events


@both_stores
def test_a_close_is_the_last_event_and_its_decimals_are_exact(journal: Journal) -> None:
    journal.append("s1", small_session())
    *_, last = journal.read("s1")
    assert isinstance(last, SessionClosed)
    assert last.delivered_mg == Decimal("12.50")
    assert str(last.delivered_mg) == "12.50"


@both_stores
def test_the_list_of_sessions_can_be_worked_out_anew(journal: Journal) -> None:
    journal.append("s1", small_session())
    journal.append("s2", small_session("s2", closed=False)[:40])
    query = text("SELECT * FROM session ORDER BY id")

    def table() -> list[tuple[object, ...]]:
        with journal.database.reading() as connection:
            return [tuple(row) for row in connection.execute(query)]

    before = table()
    with journal.database.writing() as connection:
        change = "UPDATE session SET patient='', alarms=9, closed=false, last_t_ns=1"
        connection.execute(text(change))
    assert table() != before
    assert rebuild_summaries(journal.database) == 2
    assert table() == before


@both_stores
def test_routine_events_are_never_rows_of_the_journal(journal: Journal) -> None:
    events = small_session()
    journal.append("s1", events)
    rare = [event for event in events if not is_routine(event)]
    assert len(rows(journal.database, "journal")) == len(rare)
