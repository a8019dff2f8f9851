"""The burden of alarms: what is counted, what is in no share, and that nobody is named."""

from __future__ import annotations

import csv
import dataclasses
import io
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

import recorded_sessions as recorded
from alarm_changes import alarm as change

from app.printing.burden_result import burden_document
from app.printing.making import Making
from app.records.burden_reading import AT_ONCE, BurdenArchive
from app.records.catalogue import CatalogueError
from app.rejudging.occurrence import occurrences_of
from app.reviewing.alarm_burden import (
    NO_DATE,
    NO_ROOM,
    CountedAlarm,
    CountedSession,
    Fate,
    Narrowing,
    Share,
    Span,
    by_room,
    by_rule,
    by_span,
    fate_of,
    listed,
    narrowed,
    only,
    room_by_rule,
    span_by_rule,
    span_of,
    total_of,
)
from app.reviewing.burden_report import as_objects, cells_of, csv_text, headline, narrowing_words
from protocols.events import AlarmChanged, AlarmState, Priority
from protocols.vitals import NS_PER_S
from storage.database import open_database

HOUR = 3600 * NS_PER_S


def alarm(
    rule: str = "sbp-high",
    lasted_s: float = 30,
    fate: Fate = Fate.IN_TIME,
    *,
    priority: Priority = Priority.MEDIUM,
    technical: bool = False,
) -> CountedAlarm:
    return CountedAlarm(
        rule=rule,
        priority=priority,
        technical=technical,
        raised_ns=60 * NS_PER_S,
        lasted_ns=round(lasted_s * NS_PER_S),
        fate=fate,
    )


def session(
    name: str,
    *alarms: CountedAlarm,
    room: str = "Room 1",
    day: date | None = date(2026, 11, 26),
    hours: float = 2,
    simulated: bool = False,
) -> CountedSession:
    return CountedSession(
        session=name,
        room=room,
        protocol="iv-0.5-40",
        simulated=simulated,
        day=day,
        watched_ns=round(hours * HOUR),
        alarms=alarms,
    )


# -- fates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gone_s", "acknowledged_s", "answered_s", "fate"),
    [
        (200, 160, 160, Fate.IN_TIME),  # exactly a minute counts
        (200, 161, 161, Fate.LATER),
        (None, 3_000, 3_000, Fate.LATER),
        (160, None, None, Fate.NOBODY),  # stood for just a minute
        (159, None, None, Fate.BY_ITSELF),
        (None, None, None, Fate.NOBODY),  # stood to the end, long enough
        (400, 100, None, Fate.COVERED),
        (130, None, 130, Fate.IN_TIME),  # latched, and reset before a minute had passed
    ],
)
def test_each_alarm_has_one_fate(
    gone_s: int | None, acknowledged_s: int | None, answered_s: int | None, fate: Fate
) -> None:
    found = fate_of(
        raised_ns=100 * NS_PER_S,
        gone_ns=None if gone_s is None else gone_s * NS_PER_S,
        acknowledged_ns=None if acknowledged_s is None else acknowledged_s * NS_PER_S,
        answered_ns=None if answered_s is None else answered_s * NS_PER_S,
        end_ns=4_000 * NS_PER_S,
    )
    assert found is fate


def test_an_alarm_that_the_end_of_the_record_cut_off_is_in_no_share() -> None:
    found = fate_of(
        raised_ns=100 * NS_PER_S,
        gone_ns=None,
        acknowledged_ns=None,
        answered_ns=None,
        end_ns=159 * NS_PER_S,
    )
    assert found is Fate.CUT


def test_a_latched_alarm_that_is_reset_was_answered_and_one_that_ended_was_not() -> None:
    seconds = [(0, AlarmState.SOUNDING, ""), (5, AlarmState.LATCHED, "")]

    def told(*states: tuple[int, AlarmState, str]) -> list[AlarmChanged]:
        return [
            dataclasses.replace(
                change("x", Priority.HIGH, state, at_s * NS_PER_S), by=by, since_ns=at_s * NS_PER_S
            )
            for at_s, state, by in states
        ]

    (reset,) = occurrences_of(told(*seconds, (30, AlarmState.OFF, "anna")), 100 * NS_PER_S)
    assert (reset.answered_ns, reset.lasted_s) == (30 * NS_PER_S, 5)
    ended = told((0, AlarmState.SOUNDING, ""), (5, AlarmState.OFF, ""))
    (one,) = occurrences_of(ended, 100 * NS_PER_S)
    assert one.answered_ns is None
    covered = told((0, AlarmState.ACKED, "anna"), (9, AlarmState.OFF, ""))
    (one,) = occurrences_of(covered, 100 * NS_PER_S)
    assert (one.acknowledged_ns, one.answered_ns) == (0, None)


# -- figures, worked by hand ----------------------------------------------------------------------


def test_figures_of_two_sessions_worked_by_hand() -> None:
    sessions = [
        session(
            "a",
            alarm(lasted_s=5, fate=Fate.BY_ITSELF),
            alarm(lasted_s=30, fate=Fate.IN_TIME),
            alarm(lasted_s=40, fate=Fate.IN_TIME),
            alarm(lasted_s=90, fate=Fate.LATER),
            alarm("probe", lasted_s=100, fate=Fate.NOBODY, technical=True),
            hours=1.5,
        ),
        session("b", alarm(lasted_s=20, fate=Fate.IN_TIME), alarm(fate=Fate.COVERED), hours=0.5),
    ]
    total = total_of(sessions)
    assert (total.count, total.sessions, total.hours) == (7, 2, 2.0)
    assert (total.per_hour, total.per_session) == (3.5, 3.5)
    assert total.median_s == 30
    assert total.short == Share(1, 7)
    assert total.technical == Share(1, 7)
    assert total.in_time == Share(3, 5)  # three of five that waited: the other two are apart
    assert total.nobody == Share(1, 5)
    assert (total.by_itself, total.covered, total.cut) == (1, 1, 0)
    assert cells_of(total)[:5] == ("7", "3.50", "60 % of 5", "20 % of 5", "1")


def test_fewer_than_five_are_numbers_and_no_share() -> None:
    assert Share(4, 4).value is None
    assert Share(4, 4).text == "4 of 4"
    assert Share(4, 5).text == "80 % of 5"
    assert Share(0, 0).text == "-"


def test_a_session_without_an_alarm_counts_as_time() -> None:
    sessions = [session("a", alarm()), session("b")]
    assert total_of(sessions).per_hour == 0.25
    assert total_of(sessions).per_session == 0.5
    assert [group.figures.sessions for group in by_rule(sessions)] == [2]


def test_without_monitored_time_there_is_no_rate() -> None:
    assert total_of([session("a", alarm(), hours=0)]).per_hour is None
    assert total_of([]).per_session is None


@pytest.mark.parametrize(
    ("day", "week", "month"),
    [
        (date(2026, 11, 26), "2026-W48", "2026-11"),
        (date(2027, 1, 3), "2026-W53", "2027-01"),  # the Sunday of the old year's last week
        (date(2024, 12, 30), "2025-W01", "2024-12"),
    ],
)
def test_a_week_is_that_of_iso_8601(day: date, week: str, month: str) -> None:
    assert (span_of(day, Span.WEEK), span_of(day, Span.MONTH)) == (week, month)


def test_a_week_without_a_session_is_there_and_says_so() -> None:
    sessions = [
        session("a", alarm(), day=date(2026, 11, 2)),
        session("b", alarm(), day=date(2026, 11, 16)),
        session("c", day=None),
    ]
    groups = by_span(sessions, Span.WEEK)
    assert [(g.name, g.figures.sessions) for g in groups] == [
        ("2026-W45", 1),
        ("2026-W46", 0),
        ("2026-W47", 1),
        (NO_DATE, 1),
    ]
    assert groups[1].figures.per_hour is None


def test_rooms_and_weeks_by_rule_with_the_hours_of_each() -> None:
    sessions = [
        session("a", alarm("x"), alarm("x"), alarm("y"), room="Room 1", hours=2),
        session("b", alarm("y"), room="", hours=1),
    ]
    cross = room_by_rule(sessions)
    assert (cross.rows, cross.rules) == (("Room 1", NO_ROOM), ("x", "y"))
    assert cross.count("Room 1", "x") == 2
    assert cross.per_hour("Room 1", "x") == 1.0
    assert cross.count(NO_ROOM, "x") == 0
    assert [one.session.session for one in listed(sessions, rule="y", room=NO_ROOM)] == ["b"]
    found = listed(sessions, rule="x", span=Span.WEEK, span_name="2026-W48")
    assert [one.alarm.rule for one in found] == ["x", "x"]
    assert total_of(only(sessions, rule="y")).hours == 3.0


def test_filters_keep_days_rooms_kinds_and_priorities() -> None:
    sessions = [
        session("a", alarm(priority=Priority.HIGH), alarm(), day=date(2026, 11, 1)),
        session("b", alarm(), room="Room 2", simulated=True),
        session("c", alarm(), day=None),
    ]

    def kept(**asked: object) -> list[str]:
        found = narrowed(sessions, Narrowing(**asked))  # type: ignore[arg-type]
        return [one.session for one in found]

    assert kept() == ["a", "b", "c"]
    assert kept(since=date(2026, 11, 2)) == ["b"]
    assert kept(until=date(2026, 11, 1)) == ["a"]
    assert kept(room="Room 2") == ["b"]
    assert kept(simulated=False) == ["a", "c"]
    assert kept(protocol="other") == []
    high = narrowed(sessions, Narrowing(priority=Priority.HIGH))
    assert [len(one.alarms) for one in high] == [1, 0, 0]
    asked = Narrowing(since=date(2026, 11, 2), simulated=False, priority=Priority.HIGH)
    assert narrowing_words(asked) == "real sessions, from 2026-11-02, alarms of high priority"


# -- whatever is counted --------------------------------------------------------------------------

ALARMS = st.builds(
    alarm,
    st.sampled_from("xyz"),
    st.floats(0, 500),
    st.sampled_from(list(Fate)),
    priority=st.sampled_from(list(Priority)),
    technical=st.booleans(),
)
SESSIONS = st.lists(
    st.builds(
        lambda alarms, room, days, hours: session(
            "s",
            *alarms,
            room=room,
            day=None if days is None else date(2026, 1, 1) + timedelta(days=days),
            hours=hours,
        ),
        st.lists(ALARMS, max_size=5),
        st.sampled_from(["Room 1", "Room 2", ""]),
        st.none() | st.integers(0, 400),
        st.floats(0, 4),
    ),
    max_size=8,
)


@given(SESSIONS, st.sampled_from(list(Span)))
def test_rooms_rules_and_weeks_each_add_up_to_all(
    sessions: list[CountedSession], span: Span
) -> None:
    total = total_of(sessions)
    for groups in (by_room(sessions), by_span(sessions, span)):
        figures = [group.figures for group in groups]
        assert sum(one.count for one in figures) == total.count
        assert sum(one.sessions for one in figures) == total.sessions
        assert sum(one.hours for one in figures) == pytest.approx(total.hours)
    rules = [group.figures for group in by_rule(sessions)]
    assert sum(one.count for one in rules) == total.count
    for cross in (room_by_rule(sessions), span_by_rule(sessions, span)):
        assert sum(cross.cells.values()) == total.count
        assert sum(cross.hours.values()) == pytest.approx(total.hours)


@given(SESSIONS)
def test_every_alarm_waited_or_is_counted_apart(sessions: list[CountedSession]) -> None:
    total = total_of(sessions)
    apart = total.by_itself + total.covered + total.cut
    assert total.in_time.whole + apart == total.count
    assert total.in_time.part + total.nobody.part <= total.in_time.whole == total.nobody.whole
    assert len(listed(sessions)) == total.count


@given(SESSIONS)
def test_the_csv_says_the_same_again(sessions: list[CountedSession]) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_text(sessions, Span.WEEK))))
    of_rooms = [int(row["occurrences"]) for row in rows if row["by"] == "room"]
    of_cells = [int(row["occurrences"]) for row in rows if row["by"] == "week x rule"]
    assert sum(of_rooms) == sum(of_cells) == int(rows[0]["occurrences"])


# -- from the record ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("burden") / "sessions.db"
    recorded.make_record(path)
    return path


@pytest.fixture
def archive(record: Path) -> Iterator[BurdenArchive]:
    with open_database(record, read_only=True) as database:
        yield BurdenArchive(database, str(record))


def read_all(archive: BurdenArchive) -> list[CountedSession]:
    found = archive.read(None, None, lambda _share: True)
    assert found is not None
    return found


def test_the_alarms_of_a_recorded_visit_are_those_of_its_events(archive: BurdenArchive) -> None:
    found = {one.session: one for one in read_all(archive)}
    visit = found[recorded.CLOSED]
    raised = {
        (event.alarm.partition("/")[0], event.t_ns)
        for event in recorded.visit()
        if isinstance(event, AlarmChanged) and event.state is AlarmState.SOUNDING
    }
    assert {(one.rule, one.raised_ns) for one in visit.alarms} <= raised
    assert visit.alarms
    acknowledged = [one for one in visit.alarms if one.fate is Fate.IN_TIME]
    assert acknowledged  # the nurse of the scene acknowledged one after 20 s
    assert (visit.room, visit.protocol, visit.simulated) == ("Room 2", "iv-0.5-40", True)
    assert visit.watched_ns > 0
    assert visit.day == date(2026, 3, 2)


def test_days_narrow_what_is_read(archive: BurdenArchive) -> None:
    assert archive.read(date(2026, 3, 3), None, lambda _share: True) == []
    found = archive.read(date(2026, 3, 2), date(2026, 3, 2), lambda _share: True)
    assert found is not None
    assert len(found) == 2


def test_reading_tells_its_progress_and_can_be_stopped(archive: BurdenArchive) -> None:
    told: list[float] = []

    def stop(share: float) -> bool:
        told.append(share)
        return False

    assert archive.read(None, None, stop) is None
    assert told == [0.0]
    assert AT_ONCE > 1


def _strings(value: object) -> Iterator[str]:
    """Every text within a value, field names and all."""
    if isinstance(value, str):
        yield value
    elif dataclasses.is_dataclass(value):
        for one in dataclasses.fields(value):
            yield one.name
            yield from _strings(getattr(value, one.name))
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _strings(key)
            yield from _strings(one)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _strings(one)


def test_nobody_is_named_in_anything_that_the_desk_is_given(archive: BurdenArchive) -> None:
    names = {
        name
        for event in (*recorded.visit(), *recorded.cut_visit())
        for name in (str(getattr(event, "by", "")), str(getattr(event, "witness", "")))
        if name
    }
    assert names  # the record does name people
    found = read_all(archive)
    making = Making(by="", at="", program="")
    given_to_desk = (
        found,
        as_objects(found, Span.WEEK),
        csv_text(found, Span.WEEK),
        headline(found),
        burden_document(found, Narrowing(), Span.WEEK, making),
    )
    texts = list(_strings(given_to_desk))
    assert len(texts) > 50
    assert [text for text in texts if any(name in text for name in names)] == []
    fields = {one.name for one in dataclasses.fields(CountedAlarm)}
    assert fields == {"rule", "priority", "technical", "raised_ns", "lasted_ns", "fate"}


def test_a_row_that_cannot_be_read_is_said(record: Path, tmp_path: Path) -> None:
    copy = tmp_path / "sessions.db"
    recorded.write(copy, recorded.CLOSED, recorded.visit())
    recorded.damage(
        copy,
        "UPDATE journal SET body = x'00' WHERE rowid IN (SELECT rowid FROM journal "
        "WHERE kind = 'alarm_changed' LIMIT 1)",
    )
    with open_database(copy, read_only=True) as database:
        (found,) = read_all(BurdenArchive(database, str(copy)))
    assert found.unread == 1


def test_a_document_is_marked_simulated_only_where_all_of_it_is() -> None:
    making = Making(by="", at="", program="")
    for kinds, marked in (((True, True), True), ((True, False), False), ((), False)):
        sessions = [session(str(number), simulated=one) for number, one in enumerate(kinds)]
        document = burden_document(sessions, Narrowing(), Span.WEEK, making)
        assert document.simulated is marked
    assert "2 sessions (1 simulated)" in headline([session("a", simulated=True), session("b")])


def test_figures_are_written_by_the_ending_of_the_name(
    archive: BurdenArchive, tmp_path: Path
) -> None:
    sessions = read_all(archive)
    for name, begins in (("b.csv", b"by,name"), ("b.pdf", b"%PDF"), ("b.html", b"<!DOCTYPE")):
        words = archive.write(sessions, Narrowing(), Span.WEEK, tmp_path / name)
        assert name in words
        assert (tmp_path / name).read_bytes().startswith(begins)
    with pytest.raises(CatalogueError, match="cannot be written"):
        archive.write(sessions, Narrowing(), Span.WEEK, tmp_path / "no" / "b.csv")
