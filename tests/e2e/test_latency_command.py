"""`verify --latency`: a row an alarm, and the figures; what was never measured is said as such."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.commands.verify import verify
from protocols.events import (
    AlarmChanged,
    AlarmPresented,
    AlarmTimed,
    Event,
    Presentation,
    SessionOpened,
)
from storage.database import open_database
from storage.journal import Journal
from tests.unit.app.recorded_sessions import visit

MS = 1_000_000


def record(path: Path, events: list[Event]) -> str:
    opened = next(event for event in events if isinstance(event, SessionOpened))
    with open_database(path) as database:
        Journal(database).append(opened.session, events)
    return opened.session


def measured() -> list[Event]:
    """The visit, with its first alarm measured in full: 2 ms, 40 ms and 130 ms."""
    events: list[Event] = list(visit())
    place, raised = next(
        (n, e) for n, e in enumerate(events) if isinstance(e, AlarmChanged) and e.state.is_seen
    )
    at_ns = raised.t_ns
    named = {"t_ns": at_ns, "alarm": raised.alarm, "raised_ns": at_ns}
    events[place + 1 : place + 1] = [
        AlarmTimed(received_ns=at_ns, decoded_ns=at_ns, decided_ns=at_ns + 2 * MS, **named),
        AlarmPresented(where=Presentation.SCREEN, at_ns=at_ns + 40 * MS, **named),
        AlarmPresented(where=Presentation.SOUND, at_ns=at_ns + 130 * MS, **named),
    ]
    return events


def test_people_get_a_row_an_alarm_and_the_percentiles(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "measured.db"
    record(place, measured())
    assert verify([str(place)], json=False, latency=True) == 0
    out = capsys.readouterr().out
    assert "1 raised by what arrived, 0 by a time that ran out" in out
    line = next(one for one in out.splitlines() if "2.0 ms" in one)
    assert "40.0 ms" in line
    assert "130.0 ms" in line
    figures = next(one for one in out.splitlines() if one.startswith("received to first sound"))
    assert figures.split()[4:6] == ["1", "0"]


def test_programs_get_nulls_for_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "measured.db"
    session = record(place, measured())
    assert verify([session], database=str(place), json=True, latency=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["alarms"][0]["sounded_ns"] - found["alarms"][0]["received_ns"] == 130 * MS
    assert found["alarms"][0]["staff_ns"] is None
    by_span = {one["span"]: one for one in found["figures"]}
    assert by_span["received to painted"]["p99_ns"] == 40 * MS
    assert by_span["received to painted"]["measured"] == 1


def test_a_record_without_measurements_says_that_it_has_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "plain.db"
    record(place, list(visit()))
    assert verify([str(place)], json=False, latency=True) == 0
    out = capsys.readouterr().out
    assert "0 raised by what arrived, 0 by a time that ran out" in out
    assert "0.0 ms*" not in out
