"""Local time is recorded so that no hour is in doubt: summer time begins, ends, a zone is set.

The zone of these tests is Berlin's, where 2026 has summer time from 29 March to 25 October.
"""

from __future__ import annotations

import csv
import json
import locale
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from app.anchors import AnchorKeeper
from app.clock import iso_utc, utc_offset_min
from app.records.archive import Archive
from app.review.rows import clock_text
from app.time_zone import LocalTime, LocalZone, zone_name, zone_of_variable
from protocols.events import ClockAnchored, Event, SessionClosed, SessionOpened, WriteNote
from protocols.forms import SessionRecord
from protocols.forms.said import minute_of
from protocols.vitals import NS_PER_S
from storage.clock import RecordedClock
from storage.database import open_database
from storage.export import export_csv, export_json
from storage.journal import Journal
from tests.unit.app.session_scenes import opening

pytestmark = pytest.mark.skipif(
    not hasattr(time, "tzset"), reason="this system sets the zone otherwise"
)

SPRING = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)


@pytest.fixture
def set_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def choose(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield choose
    monkeypatch.undo()
    time.tzset()


def _opened(start: datetime, local: LocalTime) -> SessionOpened:
    return replace(opening(), utc=iso_utc(start), utc_offset_min=local.offset_min, zone=local.zone)


def run_across(change: datetime, jump: timedelta = timedelta(0)) -> list[Event]:
    """Two hours around `change` as the core would record them, looked at once a second."""
    start = change - timedelta(hours=1)
    zone = LocalZone()
    first = zone.look(start)
    keeper = AnchorKeeper(0, start, first.offset_min, first.zone)
    events: list[Event] = [_opened(start, first)]
    for second in range(1, 7_201):
        utc = start + timedelta(seconds=second)
        if utc >= change:
            utc += jump
        local = zone.look(utc)
        t_ns = second * NS_PER_S
        if second % 600 == 0:
            events.append(WriteNote(t_ns=t_ns, by="N. Nurse", text="note"))
        anchor = keeper.check(t_ns, utc, local.offset_min, iso_utc(utc), local.zone)
        if anchor is not None:
            events.append(anchor)
    events.append(
        SessionClosed(t_ns=7_200 * NS_PER_S, by="N. Nurse", reason="", delivered_mg=Decimal(0))
    )
    return events


def anchors(events: list[Event]) -> list[ClockAnchored]:
    return [event for event in events if isinstance(event, ClockAnchored)]


@pytest.mark.parametrize(
    ("variable", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (":America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("/usr/share/zoneinfo/Asia/Tokyo", "Asia/Tokyo"),
        ("Etc/GMT+3", "Etc/GMT+3"),
        ("UTC", "UTC"),
        ("CET-1CEST,M3.5.0,M10.5.0/3", ""),
        ("", ""),
        ("/etc/localtime", ""),
    ],
)
def test_a_zone_has_a_name_only_where_the_variable_names_one(variable: str, name: str) -> None:
    assert zone_of_variable(variable) == name


def test_the_zone_of_the_system_is_the_one_its_link_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("TZ", raising=False)
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/Europe/Berlin")
    monkeypatch.setattr("app.time_zone.LINK", link)
    assert zone_name() == "Europe/Berlin"
    monkeypatch.setattr("app.time_zone.LINK", tmp_path / "nothing")
    monkeypatch.setattr("app.time_zone.NAMED", tmp_path / "nothing")
    assert zone_name() == ""
    named = tmp_path / "timezone"
    named.write_text("Asia/Tokyo\n")
    monkeypatch.setattr("app.time_zone.NAMED", named)
    assert zone_name() == "Asia/Tokyo"


@pytest.mark.parametrize(("change", "after_min"), [(SPRING, 120), (AUTUMN, 60)])
def test_summer_time_is_anchored_when_it_begins_and_ends(
    set_zone: Callable[[str], None], change: datetime, after_min: int
) -> None:
    set_zone("Europe/Berlin")
    found = anchors(run_across(change))
    moved = [
        anchor
        for before, anchor in pairwise(found)
        if anchor.utc_offset_min != before.utc_offset_min
    ]
    assert [(one.t_ns, one.utc_offset_min, one.zone, one.jump_ms) for one in moved] == [
        (3_600 * NS_PER_S, after_min, "Europe/Berlin", 0)
    ]


def test_a_zone_set_while_the_program_runs_is_anchored_at_once(
    set_zone: Callable[[str], None],
) -> None:
    set_zone("Europe/Berlin")
    start = datetime(2026, 6, 1, 9, tzinfo=UTC)
    zone = LocalZone()
    local = zone.look(start)
    keeper = AnchorKeeper(0, start, local.offset_min, local.zone)
    set_zone("Asia/Tokyo")
    now = start + timedelta(seconds=1)
    local = zone.look(now)
    anchor = keeper.check(NS_PER_S, now, local.offset_min, iso_utc(now), local.zone)
    assert anchor is not None
    assert (anchor.utc_offset_min, anchor.zone, anchor.jump_ms) == (540, "Asia/Tokyo", 0)
    assert keeper.check(2 * NS_PER_S, now + timedelta(seconds=1), 540, "", "Asia/Tokyo") is None


def test_a_zone_of_another_name_with_the_same_offset_is_anchored(
    set_zone: Callable[[str], None],
) -> None:
    start = datetime(2026, 6, 1, 9, tzinfo=UTC)
    keeper = AnchorKeeper(0, start, 120, "Europe/Berlin")
    anchor = keeper.check(NS_PER_S, start + timedelta(seconds=1), 120, "iso", "Europe/Paris")
    assert anchor is not None
    assert anchor.zone == "Europe/Paris"


def test_a_resumed_session_anchors_at_once_where_local_time_is_another_than_recorded() -> None:
    start = datetime(2026, 6, 1, 9, tzinfo=UTC)
    unknown = AnchorKeeper(0, start)
    assert unknown.check(NS_PER_S, start + timedelta(seconds=1), 120, "iso", "X") is None
    resumed = AnchorKeeper(0, start, 60, "")
    assert resumed.check(NS_PER_S, start + timedelta(seconds=1), 120, "iso", "") is not None


@pytest.mark.parametrize("change", [SPRING, AUTUMN])
def test_exports_tell_every_time_with_its_offset_across_the_change(
    set_zone: Callable[[str], None], change: datetime, tmp_path: Path, comma_locale: str
) -> None:
    assert locale.localeconv()["decimal_point"] == ","
    set_zone("Europe/Berlin")
    database = open_database(tmp_path / "r.db")
    Journal(database).append("s", run_across(change))
    export_csv(database, "s", tmp_path / "s.csv")
    with (tmp_path / "s.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["t_s"]]
    moments = [datetime.fromisoformat(row["time_local"]) for row in rows]
    assert all(one.tzinfo is not None for one in moments)
    assert moments == sorted(moments)
    for row, moment in zip(rows, moments, strict=True):
        assert moment == datetime.fromisoformat(row["time_utc"])
        passed_s = (moment - (change - timedelta(hours=1))).total_seconds()
        assert float(row["t_s"]) == pytest.approx(passed_s, abs=0.001)
    changes = [row for row in rows if row["kind"] == "clock" and row["name"] == "offset"]
    assert [row["t_s"] for row in changes] == ["3600.000"]
    assert changes[0]["unit"] == "min"
    assert "Europe/Berlin" in changes[0]["text"]

    export_json(database, "s", tmp_path / "s.json")
    told = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))["clock"]
    assert {row["zone"] for row in told} == {"Europe/Berlin"}
    assert len({row["local"][-6:] for row in told}) == 2
    assert all(
        datetime.fromisoformat(row["local"]) == datetime.fromisoformat(row["utc"]) for row in told
    )
    database.close()


def test_a_clock_set_back_is_a_step_in_the_copy_and_session_time_goes_on(
    set_zone: Callable[[str], None], tmp_path: Path
) -> None:
    set_zone("Europe/Berlin")
    database = open_database(tmp_path / "r.db")
    change = datetime(2026, 6, 1, 9, tzinfo=UTC)
    Journal(database).append("s", run_across(change, jump=timedelta(hours=-3)))
    export_csv(database, "s", tmp_path / "s.csv")
    with (tmp_path / "s.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["t_s"]]
    steps = [row for row in rows if row["kind"] == "clock" and row["name"] == "step"]
    assert [(row["t_s"], row["value"], row["unit"]) for row in steps] == [
        ("3600.000", "-10800.000", "s")
    ]
    times = [float(row["t_s"]) for row in rows]
    assert times == sorted(times)
    database.close()


def test_the_review_says_the_offset_only_where_an_hour_could_be_meant_twice(
    set_zone: Callable[[str], None], tmp_path: Path
) -> None:
    set_zone("Europe/Berlin")
    with open_database(tmp_path / "r.db") as database:
        Journal(database).append("autumn", run_across(AUTUMN))
        Journal(database).append("june", run_across(datetime(2026, 6, 1, 9, tzinfo=UTC)))
        autumn = Archive(database).open_session("autumn")
        june = Archive(database).open_session("june")
    half_hours = [clock_text(autumn, minutes * 60 * NS_PER_S) for minutes in (30, 90)]
    assert half_hours == ["02:30:00 +02:00", "02:30:00 +01:00"]
    assert clock_text(june, 0) == "10:00:00"


def test_the_recorded_clock_knows_whether_its_offset_changed() -> None:
    clock = RecordedClock()
    clock.add(ClockAnchored(t_ns=0, utc="2026-06-01T09:00:00Z", utc_offset_min=60))
    assert not clock.changes_offset
    clock.add(ClockAnchored(t_ns=5, utc="2026-06-01T09:00:00Z", utc_offset_min=120))
    assert clock.changes_offset
    assert utc_offset_min(datetime(2026, 6, 1, tzinfo=UTC)) in range(-720, 841)


def test_forms_say_the_offset_where_an_hour_comes_twice(set_zone: Callable[[str], None]) -> None:
    set_zone("Europe/Berlin")
    autumn = SessionRecord.of(run_across(AUTUMN))
    june = SessionRecord.of(run_across(datetime(2026, 6, 1, 9, tzinfo=UTC)))
    half_hours = [minute_of(autumn, minutes * 60 * NS_PER_S) for minutes in (30, 90)]
    assert half_hours == ["02:30 (UTC+02:00)", "02:30 (UTC+01:00)"]
    assert minute_of(june, 0) == "10:00"
