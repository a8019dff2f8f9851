"""Lists, resumption and trends say what the journal holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from protocols.events import Event, Reading, SessionResumed, WaveReceived
from protocols.vitals import Quality, Vital
from storage.clock import RecordedClock, parse_utc, write_utc
from storage.faults import Fault, StorageError
from storage.journal import Journal
from storage.sessions import (
    SessionStatus,
    find_summary,
    list_sessions,
    read_trends,
    unfinished,
)
from storage.summary import protocol_name
from tests.unit.storage.event_strategies import S, opened, small_session, stream
from tests.unit.storage.stores import both_stores

LATER = datetime.now(UTC) + timedelta(hours=1)


@both_stores
def test_a_summary_says_what_the_session_was(journal: Journal) -> None:
    journal.append("s1", small_session())
    summary = find_summary(journal.database, "s1", now=LATER)
    assert summary.started_at == "2026-03-02T09:00:00.000Z"
    assert (summary.room, summary.protocol, summary.program) == ("Room 2", "iv-0.5-40", "0.1.0")
    assert (summary.patient, summary.mrn) == ("Müller, Ana", "MRN-7")
    assert (summary.status, summary.phase) == (SessionStatus.CLOSED, "infusing")
    assert summary.simulated is True
    assert summary.delivered_mg == "12.50"
    assert (summary.alarms, summary.technical_alarms) == (1, 1)
    assert summary.duration_s == 32.0
    with pytest.raises(StorageError) as caught:
        find_summary(journal.database, "nobody")
    assert caught.value.fault is Fault.MISSING


@both_stores
def test_a_session_that_went_quiet_is_interrupted(journal: Journal) -> None:
    journal.append("s1", small_session(closed=False))
    now = datetime.now(UTC)
    for later_s, status in ((5, SessionStatus.OPEN), (300, SessionStatus.INTERRUPTED)):
        summary = find_summary(journal.database, "s1", now=now + timedelta(seconds=later_s))
        assert summary.status is status


@both_stores
def test_the_list_can_be_searched(journal: Journal) -> None:
    journal.append("day 2", small_session("day 2"))
    journal.append("day 1", [opened("day 1", utc="2026-03-01T23:30:00+00:00", simulated=False)])
    journal.append("day 3", [opened("day 3", utc="2026-03-03T00:30:00+02:00")])
    day_two = datetime(2026, 3, 2, tzinfo=UTC)

    def names(**search: object) -> list[str]:
        found = list_sessions(journal.database, now=LATER, **search)  # type: ignore[arg-type]
        return [summary.session for summary in found]

    assert names() == ["day 3", "day 2", "day 1"]
    assert names(since=day_two) == ["day 3", "day 2"]
    assert names(until=day_two) == ["day 1"]
    assert names(since=day_two, until=datetime(2026, 3, 2, 12, tzinfo=UTC)) == ["day 2"]
    assert names(patient="ana") == names(patient="mrn-7") == ["day 2"]
    assert names(patient="100%") == names(patient="_") == []
    assert names(protocol="iv-0.5-40") == ["day 3", "day 2", "day 1"]
    assert names(protocol="other") == []
    assert names(with_alarms=True) == ["day 2"]
    assert names(with_alarms=False) == ["day 3", "day 1"]


@both_stores
def test_what_was_cut_short_is_offered_with_its_last_moment(journal: Journal) -> None:
    journal.append("done", small_session("done"))
    journal.append("cut", [*small_session("cut", closed=False), *stream(1, start_s=40)])
    (cut,) = unfinished(journal.database)
    last = list(journal.read("cut"))[-1]
    assert (cut.session, cut.last_t_ns, cut.phase) == ("cut", last.t_ns, "infusing")
    # the last anchor: 21 s of session time are 09:30:00
    expected = datetime(2026, 3, 2, 9, 30, tzinfo=UTC) + timedelta(seconds=last.t_ns / S - 21)
    assert cut.last_utc == expected
    reopened = Journal(journal.database)
    reopened.append("cut", small_session("cut")[-1:])
    assert unfinished(journal.database) == []


def test_a_protocol_names_itself_or_nothing() -> None:
    assert protocol_name('id = "a"\nname = "b"') == "a"
    assert protocol_name('[protocol]\nname = "b"') == "b"
    assert protocol_name("x = 1") == protocol_name("= nonsense") == ""


@both_stores
@pytest.mark.parametrize("pack", [False, True])
def test_trends_are_the_readings_and_the_rare_events(journal: Journal, pack: bool) -> None:
    lost = Reading(
        t_ns=50 * S,
        vital=Vital.SPO2,
        value=None,
        quality=Quality.SENSOR_OFF,
        source="oximeter",
        measured_ns=50 * S,
    )
    cuff = Reading(
        t_ns=51 * S,
        vital=Vital.SBP,
        value=121.0,
        quality=Quality.GOOD,
        source="bp",
        measured_ns=51 * S,
    )
    events = [*small_session(closed=False), lost, cuff]
    journal.append("s1", events)
    if pack:
        journal.pack("s1", everything=True)
    trends = read_trends(journal.database, "s1")
    spo2 = trends.vitals[Vital.SPO2]
    wanted = [e for e in events if isinstance(e, Reading) and e.vital is Vital.SPO2]
    assert spo2.t_s.tolist() == [e.t_ns / S for e in wanted]
    assert spo2.value[:-1].tolist() == [e.value for e in wanted[:-1]]
    assert np.isnan(spo2.value[-1])
    assert trends.vitals[Vital.SBP].value.tolist() == [121.0]
    assert [alarm.state.value for alarm in trends.alarms][:2] == ["pending", "sounding"]
    assert [phase.after.value for phase in trends.phases] == ["infusing"]
    assert not any(isinstance(event, WaveReceived) for event in trends.events)
    assert trends.events[0] == events[0]
    assert trends.clock.utc(0) == datetime(2026, 3, 2, 9, tzinfo=UTC)
    with pytest.raises(StorageError, match="no session"):
        read_trends(journal.database, "nobody")


def test_the_clock_counts_from_the_anchor_before() -> None:
    clock = RecordedClock()
    assert clock.utc(5) is None
    assert clock.local(5) is None
    for event in small_session():
        clock.add(event)
    resumed: Event = SessionResumed(
        t_ns=100 * S, gap_start_ns=32 * S, utc="2026-03-02T10:00:00Z", by="Nurse A", reason="power"
    )
    clock.add(resumed)
    nine = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert clock.utc(-S) == nine - timedelta(seconds=1)
    assert clock.utc(20 * S) == nine + timedelta(seconds=20)
    assert clock.utc(22 * S) == nine + timedelta(minutes=30, seconds=1)
    assert clock.utc(101 * S) == nine + timedelta(hours=1, seconds=1)
    assert str(clock.local(20 * S)) == "2026-03-02 10:00:20+01:00"
    assert str(clock.local(101 * S)) == "2026-03-02 12:00:01+02:00"


def test_times_are_written_in_one_way() -> None:
    moment = parse_utc("2026-03-02T11:00:00.5+02:00")
    assert moment is not None
    assert write_utc(moment) == "2026-03-02T09:00:00.500Z"
    assert parse_utc("2026-03-02T09:00:00") == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert parse_utc("yesterday") is None
