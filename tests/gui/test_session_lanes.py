"""The lanes of a session's plots: what each draws of sessions of other kinds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from app.plots.time_window import window_of
from app.records.archive import Archive
from app.records.catalogue import OpenedSession
from app.review.lanes.alarm_lane import AlarmLane
from app.review.lanes.all_lanes import make_lanes
from app.review.lanes.dose_lane import DoseLane
from app.review.lanes.lane import Stage
from app.review.lanes.pressure_lane import PressureLane
from app.review.session_canvas import SessionCanvas
from protocols.events import BaselineFrozen, DoseGiven, Event, SessionOpened
from protocols.vitals import NS_PER_S
from storage.database import open_database
from storage.journal import Journal
from tests.unit.app import recorded_sessions, reported_sessions


def opened_of(folder: Path, events: tuple[Event, ...]) -> OpenedSession:
    first = events[0]
    assert isinstance(first, SessionOpened)
    path = folder / "sessions.db"
    with open_database(path) as database:
        Journal(database).append(first.session, events)
    with open_database(path, read_only=True) as database:
        return Archive(database).open_session(first.session)


@pytest.fixture(scope="module")
def sprays(tmp_path_factory: pytest.TempPathFactory) -> OpenedSession:
    return opened_of(tmp_path_factory.mktemp("sprays"), reported_sessions.spray_visit())


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> OpenedSession:
    return opened_of(tmp_path_factory.mktemp("right"), reported_sessions.corrected_visit())


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> OpenedSession:
    return opened_of(tmp_path_factory.mktemp("visit"), recorded_sessions.visit())


def stage_of(opened: OpenedSession) -> Stage:
    return Stage(window=window_of(opened.end_ns), width=900)


def test_doses_at_once_are_steps_up_to_all_that_was_given(sprays: OpenedSession) -> None:
    t_ns, given = DoseLane(sprays).course
    doses = [one for one in sprays.events if isinstance(one, DoseGiven)]
    assert (np.diff(t_ns) >= 0).all()
    assert (np.diff(given) >= 0).all()
    for dose in doses:
        at = given[t_ns == dose.t_ns]
        assert at.max() - at.min() == float(dose.amount_mg)
    assert given[-1] == sum(float(dose.amount_mg) for dose in doses)


def test_an_infusion_rises_while_it_runs_and_stands_while_it_is_paused(
    visit: OpenedSession,
) -> None:
    t_ns, given = DoseLane(visit).course
    started = visit.state.infusion_started_ns or 0
    at = np.interp([started + 60 * NS_PER_S, visit.end_ns], t_ns, given)
    assert at[0] == pytest.approx(35 / 40, abs=0.01)  # 35 mg in 40 min
    assert at[1] == pytest.approx(visit.state.delivered_mg(visit.end_ns), abs=0.01)


def test_each_alarm_is_a_bar_of_its_own_from_condition_to_end(visit: OpenedSession) -> None:
    lane = AlarmLane(visit)
    assert lane.bars
    for bar in lane.bars:
        assert bar.number
        ended = bar.episode.ended_ns
        assert bar.end_ns == (visit.end_ns if ended is None else ended)
    for one in lane.bars:
        for other in lane.bars:
            if one is not other and one.row == other.row and one.row < 5:
                apart = one.end_ns <= other.episode.since_ns or other.end_ns <= one.episode.since_ns
                assert apart


def test_limits_of_a_pressure_step_where_the_baseline_was_frozen(visit: OpenedSession) -> None:
    steps = [one for one in PressureLane(visit).limits if one.name == "SBP" and one.upper]
    assert len({one.value for one in steps}) > 1
    assert all(one.start_ns < one.end_ns for one in steps)
    assert PressureLane(visit).bands[0].end_ns == visit.end_ns


def test_only_what_lies_above_systolic_and_below_diastolic_limits_is_tinted(
    visit: OpenedSession,
) -> None:
    tinted = {(one.name, one.upper) for one in PressureLane(visit).limits if one.tinted}
    assert tinted <= {("SBP", True), ("DBP", False)}
    assert ("SBP", True) in tinted
    assert all(one.words.partition(".")[2] in "0123456789" for one in PressureLane(visit).limits)


def test_a_session_that_never_had_a_baseline_has_lanes_without_a_band(
    visit: OpenedSession,
) -> None:
    events = tuple(one for one in visit.events if not isinstance(one, BaselineFrozen))
    assert len(events) < len(visit.events)
    lane = PressureLane(replace(visit, events=events, numbers=visit.numbers[: len(events)]))
    assert lane.bands == ()


def test_no_pressure_lies_on_the_edge_of_its_lane(visit: OpenedSession) -> None:
    lane = PressureLane(visit)
    low, high = lane.span
    lane.widen(np.array([high, low]))
    assert lane.span[0] < low
    assert lane.span[1] > high


@pytest.mark.parametrize("name", ["sprays", "corrected", "visit"])
def test_every_lane_paints_and_answers_everywhere(
    name: str, request: pytest.FixtureRequest, qtbot: QtBot
) -> None:
    opened = request.getfixturevalue(name)
    canvas = SessionCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(900, 700)
    canvas.show_session(opened)
    blank = QImage(canvas.size(), QImage.Format.Format_RGB32)
    blank.fill(0)
    painted = blank.copy()
    painter = QPainter(painted)
    stage = stage_of(opened)
    for lane in canvas.lanes:
        lane.paint(painter, stage, canvas.areas[lane.key])
    painter.end()
    assert painted != blank
    numbers = {*opened.numbers, *(n for s in opened.streams.values() for n in s.numbers.tolist())}
    for lane in canvas.lanes:
        area = canvas.areas[lane.key]
        for x in range(56, 900, 7):
            picked = lane.pick(stage, area, x, area.center().y())
            assert picked is None or picked.number is None or picked.number in numbers


def test_a_session_has_no_lane_of_what_it_has_nothing_of(
    sprays: OpenedSession, visit: OpenedSession
) -> None:
    assert "level" not in [lane.key for lane in make_lanes(sprays)]
    keys = [lane.key for lane in make_lanes(visit)]
    assert keys[:5] == ["bp", "pr", "spo2", "alarms", "events"]
    assert "temp" not in keys
