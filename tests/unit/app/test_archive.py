"""The archive: sessions listed, opened to the same trends as they had live, and never changed."""

from __future__ import annotations

import dataclasses
import shutil
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

import recorded_sessions as recorded

from app.history import History, TrendSeries
from app.records.archive import Archive
from app.records.catalogue import CatalogueError, Search, Standing
from app.state import ViewState, fold
from protocols.events import (
    BytesSent,
    ChunkReceived,
    Event,
    FrameRejected,
    Reading,
    SessionOpened,
    WaveReceived,
)
from protocols.vitals import Vital
from storage.database import open_database


@pytest.fixture(scope="module")
def _record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("record") / "sessions.db"
    recorded.make_record(path)
    return path


@pytest.fixture
def path(_record: Path, tmp_path: Path) -> Path:
    target = tmp_path / "sessions.db"
    for suffix in ("", ".heads"):
        shutil.copy(str(_record) + suffix, str(target) + suffix)
    return target


@pytest.fixture
def archive(path: Path) -> Iterator[Archive]:
    with open_database(path, read_only=True) as database:
        yield Archive(database)


def live(events: tuple[Event, ...]) -> tuple[ViewState, History]:
    state, history = ViewState(), History()
    for event in events:
        state = fold(state, event)
        history.add(event)
    return state, history


def test_the_list_is_newest_first_and_says_how_each_session_stands(archive: Archive) -> None:
    lines = archive.list_sessions(Search())
    starts = [line.started_at for line in lines]
    assert starts == sorted(starts, reverse=True)
    standing = {line.session: line.standing for line in lines}
    assert standing == {recorded.CLOSED: Standing.CLOSED, recorded.CUT: Standing.INTERRUPTED}
    assert {line.patient for line in lines} == {"Example, Ana"}
    assert all(line.simulated for line in lines)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        (Search(patient="exam"), 2),
        (Search(patient="MRN-7"), 2),
        (Search(patient="nobody"), 0),
        (Search(since=date(2026, 3, 2), until=date(2026, 3, 2)), 2),
        (Search(since=date(2026, 3, 4)), 0),
        (Search(until=date(2026, 3, 1)), 0),
        (Search(protocol="iv-0.5-40"), 2),
        (Search(protocol="another"), 0),
        (Search(with_alarms=True), 1),
        (Search(with_alarms=False), 1),
    ],
)
def test_a_search_narrows_the_list(archive: Archive, search: Search, found: int) -> None:
    assert len(archive.list_sessions(search)) == found


@pytest.mark.parametrize("session", [recorded.CLOSED, recorded.CUT])
def test_an_opened_session_has_the_trends_it_had_live(archive: Archive, session: str) -> None:
    events = recorded.visit() if session == recorded.CLOSED else recorded.cut_visit()
    state, history = live(events)
    opened = archive.open_session(session)
    assert opened.missing == ()
    assert opened.end_ns == events[-1].t_ns
    assert opened.history.trends.keys() == history.trends.keys()
    for vital, series in history.trends.items():
        assert np.array_equal(opened.history.trends[vital].t_s, series.t_s), vital
        found = opened.history.trends[vital].values
        assert np.array_equal(found, series.values, equal_nan=True), vital
    assert opened.history.blood_pressures == history.blood_pressures or all(
        dataclasses.astuple(a)[:3] == dataclasses.astuple(b)[:3]
        for a, b in zip(opened.history.blood_pressures, history.blood_pressures, strict=True)
    )
    assert opened.history.listed == history.listed
    assert opened.history.phases == history.phases
    streamless = ("t_ns", "readings", "last_values")
    for entry in dataclasses.fields(ViewState):
        if entry.name not in streamless:
            assert getattr(opened.state, entry.name) == getattr(state, entry.name), entry.name


def test_the_clock_of_an_opened_session_is_the_rooms(archive: Archive) -> None:
    opened = archive.open_session(recorded.CLOSED)
    local = opened.clock.local(90 * 10**9)
    assert local is not None
    assert (local.hour, local.minute, local.second) == (9, 1, 30)


def test_a_session_for_replay_has_every_event_that_a_screen_shows(archive: Archive) -> None:
    shown = tuple(
        e for e in recorded.visit() if not isinstance(e, ChunkReceived | BytesSent | FrameRejected)
    )
    assert any(isinstance(event, WaveReceived) for event in shown)
    assert archive.read_session(recorded.CLOSED).events == shown


def test_looking_changes_nothing_in_the_file(path: Path) -> None:
    before = path.read_bytes()
    with open_database(path, read_only=True) as database:
        archive = Archive(database)
        archive.list_sessions(Search())
        archive.open_session(recorded.CLOSED)
        archive.read_session(recorded.CUT)
        archive.verify(recorded.CLOSED, lambda _share: True)
    assert path.read_bytes() == before


def test_a_session_that_is_not_there_is_said_to_be_missing(archive: Archive) -> None:
    with pytest.raises(CatalogueError, match="no session nowhere"):
        archive.open_session("nowhere")


def test_a_damaged_row_is_left_out_and_named_and_the_rest_opens(path: Path) -> None:
    recorded.damage(
        path,
        "UPDATE journal SET body = substr(body, 1, length(body) / 2)"
        " WHERE kind = 'observation_recorded'",
    )
    with open_database(path, read_only=True) as database:
        opened = Archive(database).open_session(recorded.CLOSED)
    assert len(opened.missing) >= 1
    assert all("cannot be read" in sentence for sentence in opened.missing)
    assert opened.state.closed is not None
    assert len(opened.history.trends[Vital.SPO2]) > 100


def test_missing_rows_are_named(path: Path) -> None:
    recorded.damage(path, "DELETE FROM journal WHERE kind = 'pack'")
    with open_database(path, read_only=True) as database:
        archive = Archive(database)
        opened = archive.open_session(recorded.CLOSED)
        loaded = archive.read_session(recorded.CLOSED)
    assert any("are missing" in sentence for sentence in opened.missing)
    assert loaded.missing == opened.missing
    assert opened.state.dose is not None
    assert Vital.SPO2 not in opened.history.trends


def test_an_opening_with_unreadable_rules_still_opens(path: Path) -> None:
    first, *rest = recorded.visit()
    assert isinstance(first, SessionOpened)
    strange = "20260304-090000-room2-0003"
    recorded.write(path, strange, [dataclasses.replace(first, protocol_text="id = ["), *rest])
    with open_database(path, read_only=True) as database:
        archive = Archive(database)
        opened = archive.open_session(strange)
        loaded = archive.read_session(strange)
    assert any("protocol or the limits" in sentence for sentence in opened.missing)
    assert opened.state.definition is None
    assert opened.state.patient is not None
    live(loaded.events)  # nothing in it can stop a replay


def test_verify_finds_a_whole_session_identical(archive: Archive) -> None:
    shares: list[float] = []

    def progress(share: float) -> bool:
        shares.append(share)
        return True

    verdict = archive.verify(recorded.CLOSED, progress)
    assert verdict is not None
    assert verdict.good
    assert "one unbroken chain" in verdict.sentences[0]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_verify_stops_when_asked(archive: Archive) -> None:
    assert archive.verify(recorded.CLOSED, lambda share: share < 0.1) is None


def test_verify_says_what_was_changed(path: Path) -> None:
    recorded.damage(
        path,
        "UPDATE journal SET body = CAST(replace(CAST(body AS TEXT), 'Ana', 'Eva') AS BLOB)"
        " WHERE kind = 'patient_recorded'",
    )
    with open_database(path, read_only=True) as database:
        verdict = Archive(database).verify(recorded.CLOSED, lambda _share: True)
    assert verdict is not None
    assert not verdict.good
    assert "not what was recorded" in verdict.sentences[0]
    assert any("differs first" in sentence for sentence in verdict.sentences)


READINGS = st.lists(
    st.tuples(st.integers(1, 9_000), st.one_of(st.none(), st.integers(30, 200).map(float))),
    max_size=60,
)


@given(READINGS, st.integers(0, 60))
def test_readings_offered_at_once_make_the_series_they_make_one_by_one(
    steps: list[tuple[int, float | None]], cut: int
) -> None:
    times = np.cumsum([step for step, _ in steps]) / 1000
    values = [np.nan if value is None else value for _, value in steps]
    one_by_one, at_once = TrendSeries(5.0), TrendSeries(5.0)
    for t_s, (_, value) in zip(times, steps, strict=True):
        one_by_one.add(float(t_s), value)
    at_once.add_many(times[:cut], values[:cut])
    at_once.add_many(times[cut:], values[cut:])
    assert np.array_equal(at_once.t_s, one_by_one.t_s)
    assert np.array_equal(at_once.values, one_by_one.values, equal_nan=True)


def test_a_copy_of_the_first_points_grows_on_its_own() -> None:
    whole = TrendSeries(5.0)
    whole.add_many(np.arange(3000.0), np.full(3000, 70.0))
    copy = whole.first(10)
    copy.add(10.0, 99.0)
    assert len(copy) == 11
    assert whole.values[10] == 70.0
    assert len(whole) == 3000


def test_readings_typed_late_stay_where_they_were_measured(archive: Archive) -> None:
    typed = [
        e
        for e in archive.open_session(recorded.CLOSED).events
        if isinstance(e, Reading) and e.manual
    ]
    assert {e.vital for e in typed} >= {Vital.SBP, Vital.RR, Vital.MOAAS}
