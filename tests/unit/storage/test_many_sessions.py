"""A record of hundreds of sessions is listed in pages, searched in any alphabet, read once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from app.reception.cut_sessions import find_cut_session
from storage.database import Database, open_database
from storage.schema import SessionRow
from storage.sessions import (
    count_sessions,
    last_seen,
    list_protocols,
    list_sessions,
    unfinished,
)

COUNT = 450
START = datetime(2026, 1, 1, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with open_database(tmp_path_factory.mktemp("many") / "r.db") as database:
        with database.writing() as connection:
            connection.execute(insert(SessionRow), [_row(number) for number in range(COUNT)])
        yield database


def _row(number: int) -> dict[str, object]:
    started = START + timedelta(hours=number)
    return {
        "name": f"s{number:03d}",
        "started_utc": started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "protocol": ("iv-0.5-40", "im-0.5")[number % 2],
        "patient": ("ÖZTÜRK, İpek", "MEYER, Anna", "ŻAK, Zoë")[number % 3],
        "mrn": f"MRN-{number % 90:03d}",
        "simulated": number % 90 == 7,
        "closed": number not in (3, 440),
        "last_t_ns": 5,
    }


def test_pages_follow_each_other_without_gap_or_repetition(database: Database) -> None:
    pages = [
        [one.session for one in list_sessions(database, first=first, most=200)]
        for first in range(0, COUNT, 200)
    ]
    assert [len(page) for page in pages] == [200, 200, 50]
    names = [name for page in pages for name in page]
    assert names == [one.session for one in list_sessions(database)]
    assert list_sessions(database, first=COUNT, most=200) == []


@pytest.mark.parametrize("words", ["öztürk", "ÖZTÜRK", "Öztürk", "türk"])
def test_a_name_is_found_in_any_case_of_any_letter(database: Database, words: str) -> None:
    assert count_sessions(database, patient=words) == COUNT // 3
    assert len(list_sessions(database, patient=words)) == COUNT // 3


def test_the_count_is_that_of_the_list(database: Database) -> None:
    assert count_sessions(database) == COUNT
    assert count_sessions(database, protocol="im-0.5") == COUNT // 2
    assert count_sessions(database, patient="%") == 0
    since = START + timedelta(hours=400)
    assert count_sessions(database, since=since) == len(list_sessions(database, since=since)) == 50


def test_the_protocols_are_those_of_the_record(database: Database) -> None:
    assert list_protocols(database) == ["im-0.5", "iv-0.5-40"]


def test_only_sessions_that_were_not_closed_are_looked_through_for_a_cut_one(
    database: Database,
) -> None:
    assert [one.session for one in list_sessions(database, closed=False)] == ["s440", "s003"]
    assert [one.session for one in unfinished(database)] == ["s440", "s003"]
    found = find_cut_session(database)
    assert found is not None
    assert found.session == "s440"


def test_patients_last_seen_come_first_each_with_every_session(database: Database) -> None:
    found = last_seen(database, simulated=False, most=60)
    assert len(found) == 60
    assert [one.session for one in found[0]] == ["s449", "s359", "s269", "s179", "s089"]
    newest = [sessions[0].session for sessions in found]
    assert newest == sorted(newest, reverse=True)
    (simulated,) = last_seen(database, simulated=True, most=60)
    assert {one.mrn for one in simulated} == {"MRN-007"}


def test_an_index_serves_the_newest_page(tmp_path: Path) -> None:
    with open_database(tmp_path / "r.db") as database, database.reading() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT * FROM session"
            " ORDER BY started_utc DESC, id DESC LIMIT 200 OFFSET 0"
        ).all()
    assert "ix_session_started_utc" in str(plan)
