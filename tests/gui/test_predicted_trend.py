"""The predicted level on the trends: what was really given, labelled, and never as a number."""

from __future__ import annotations

import sys
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication, QLabel

sys.path.insert(0, str(Path(__file__).parent))

import session_stories as stories

from app import theme
from app.plots import session_trends
from app.plots.predicted_course import Course, model_for, predicted_course
from app.plots.session_trends import SessionTrends
from app.plots.timeline import timeline, whole_session
from app.state import ViewState
from protocols.dosing.pharmacokinetics import constant_infusion
from protocols.dosing.predicted import predict
from protocols.events import (
    DoseGiven,
    Event,
    LineMark,
    LineMarked,
    PatientRecorded,
    Phase,
    PhaseChanged,
    SessionClosed,
    SessionOpened,
    WeightRecorded,
)
from protocols.vitals import NS_PER_S

# the offscreen platform says so of every window with a least size
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

START_NS = stories.START_S * NS_PER_S


def story(*more: Event, minutes: float, without: type[Event] | None = None) -> stories.StoryFeed:
    """A session `minutes` into the drug, with `more` events, and with no line to fill."""
    events = [event for event in stories.preparation() if type(event) is not without]
    return behind_a_line(stories.StoryFeed([*events, *more], stories.START_S + 60 * minutes), "0")


def behind_a_line(feed: stories.StoryFeed, dead_space_ml: str) -> stories.StoryFeed:
    definition = feed.state.definition
    if definition is None:
        return feed
    rule = replace(definition.dose, dead_space_ml=Decimal(dead_space_ml))
    feed.state = replace(feed.state, definition=replace(definition, dose=rule))
    return feed


def course_of(feed: stories.StoryFeed, points: int = 300) -> Course:
    line = timeline(feed.state, feed.now_ns())
    course = predicted_course(feed.state, feed.history, line, feed.now_ns(), points)
    assert course is not None
    return course


def level_at(course: Course, minute: float) -> float:
    """The level at a minute that is a point of the curve."""
    index = int(np.argmin(abs(course.minutes - minute)))
    assert course.minutes[index] == pytest.approx(minute, abs=0.01)
    return float(course.level[index])


def of_model(state: ViewState, minute: float, minutes_given: float = 40) -> float:
    """The level that the model gives for an even infusion of 0.875 mg/min."""
    model = model_for(state)
    assert model is not None
    segments = constant_infusion(0.875 * minutes_given, minutes_given)
    return predict(model, 70, segments, (), [round(minute * 60 * NS_PER_S)])[0]


@pytest.fixture
def trends(qtbot) -> SessionTrends:
    widget = SessionTrends()
    qtbot.addWidget(widget)
    theme.apply(widget, theme.DARK, theme.REFERENCE)
    widget.resize(1000, 700)
    widget.show()
    return widget


def test_the_curve_is_the_models_answer_to_what_was_delivered() -> None:
    feed = story(minutes=20)
    course = course_of(feed)
    assert course.minutes[0] == 0.0
    assert course.level[0] == 0.0
    assert level_at(course, 20) == pytest.approx(of_model(feed.state, 20))
    assert course.minutes[course.known - 1] == pytest.approx(20)


def test_the_band_lies_a_quarter_around_the_level() -> None:
    course = course_of(story(minutes=20))
    assert course.low == pytest.approx(0.75 * course.level)
    assert course.high == pytest.approx(1.25 * course.level)


def test_what_is_to_come_ends_with_the_dose() -> None:
    feed = story(minutes=5)
    course = course_of(feed)
    ahead = course.minutes[course.known :]
    assert ahead[-1] == timeline(feed.state, feed.now_ns()).end_min == 50.0
    highest = int(course.level.argmax())
    assert course.minutes[highest] == pytest.approx(40)
    assert course.level[highest] == pytest.approx(of_model(feed.state, 40))


def test_a_pause_lets_the_curve_fall_and_slowing_flattens_it() -> None:
    feed = story(
        stories.delivery(stories.START_S + 600, "0", "8.75", 0, "pause"),
        stories.delivery(stories.START_S + 1200, "0.4375", "8.75", 50, "rate 50 %"),
        minutes=40,
    )
    course = course_of(feed)
    assert level_at(course, 20) < 0.8 * level_at(course, 10)
    steep = level_at(course, 10) - level_at(course, 0)
    assert 0 < level_at(course, 30) - level_at(course, 20) < 0.6 * steep
    # 26.25 mg are left at half the rate: an hour, and so the curve rises to the end of the axis
    assert course.minutes[int(course.level.argmax())] == course.minutes[-1]


def test_a_stop_is_the_end_of_the_drug() -> None:
    feed = story(stories.delivery(stories.START_S + 1200, "0", "17.5", 0, "stop"), minutes=30)
    course = course_of(feed)
    assert course.minutes[int(course.level.argmax())] == pytest.approx(20)
    assert level_at(course, 30) == pytest.approx(of_model(feed.state, 30, 20))


def test_a_closed_session_predicts_nothing_further() -> None:
    closed = SessionClosed(
        t_ns=START_NS + 3600 * NS_PER_S, by="", reason="", delivered_mg=Decimal("35")
    )
    feed = story(closed, minutes=60)
    line = whole_session(feed.state, feed.now_ns())
    course = predicted_course(feed.state, feed.history, line, feed.now_ns(), 300)
    assert course is not None
    assert course.known == len(course.minutes)


def test_bedside_review_and_a_replay_of_the_past_draw_the_same_levels() -> None:
    feed = story(minutes=39)
    whole = whole_session(feed.state, feed.now_ns())
    live, review = (
        course_of(feed),
        predicted_course(feed.state, feed.history, whole, feed.now_ns(), 300),
    )
    assert review is not None
    past = course_of(story(minutes=12))
    for course in (review, past):
        together = np.interp(course.minutes[: past.known], live.minutes, live.level)
        assert course.level[: past.known] == pytest.approx(together, abs=0.5)


def test_doses_given_at_once_raise_the_curve_when_they_were_given() -> None:
    given = [
        DoseGiven(
            t_ns=START_NS + minute * 60 * NS_PER_S,
            number=number,
            of=2,
            amount_mg=Decimal("10"),
            total_mg=10 * Decimal(number),
            by=stories.NURSE,
        )
        for number, minute in ((1, 50), (2, 55))
    ]
    stopped = stories.delivery(stories.START_S + 60, "0", "0.875", 0, "stop")
    course = course_of(story(stopped, *given, minutes=60))
    assert level_at(course, 50) - course.level[course.minutes < 49.99][-1] == pytest.approx(
        1_000 * 10 / (70 * 1.7522), rel=0.01
    )
    assert level_at(course, 55) > level_at(course, 50)


def test_drug_that_is_still_in_the_line_is_not_in_the_patient() -> None:
    feed = behind_a_line(story(minutes=20), "1.75")  # two minutes at 52.5 mL/h
    course = course_of(feed)
    assert course.minutes[0] == pytest.approx(2)
    assert level_at(course, 20) == pytest.approx(of_model(feed.state, 18))


def seen(minute: float, mark: LineMark, left_pump_mg: str, flush_ml: str = "0") -> LineMarked:
    return LineMarked(
        t_ns=START_NS + round(minute * 60) * NS_PER_S,
        mark=mark,
        by=stories.NURSE,
        left_pump_mg=Decimal(left_pump_mg),
        in_line_mg=Decimal(0),
        flush_ml=Decimal(flush_ml),
    )


def test_the_drug_seen_at_the_patient_counts_more_than_the_lines_volume() -> None:
    feed = behind_a_line(story(seen(1, LineMark.DRUG_AT_PATIENT, "0.875"), minutes=20), "10")
    course = course_of(feed)
    assert course.minutes[0] == pytest.approx(1)
    assert level_at(course, 20) == pytest.approx(of_model(feed.state, 19))


@pytest.mark.parametrize(("flush_ml", "arrived_mg"), [("20", 1.75), ("1", 1.0)])
def test_a_flush_brings_what_it_can_push_out_of_the_line(flush_ml: str, arrived_mg: float) -> None:
    stopped = stories.delivery(stories.START_S + 1200, "0", "17.5", 0, "stop")
    marks = (
        seen(25, LineMark.FLUSH_STARTED, "17.5"),
        seen(26, LineMark.FLUSH_ENDED, "17.5", flush_ml),
    )
    dry = course_of(behind_a_line(story(stopped, minutes=30), "1.75"))
    flushed = course_of(behind_a_line(story(stopped, *marks, minutes=30), "1.75"))
    more = level_at(flushed, 30) - level_at(dry, 30)
    model = model_for(story(minutes=30).state)
    assert model is not None
    minute_ns = 60 * NS_PER_S
    push = constant_infusion(arrived_mg, 1)
    assert more == pytest.approx(predict(model, 70, push, (), [5 * minute_ns])[0], rel=1e-3)


# ---- when there is no curve


@pytest.mark.parametrize("missing", [WeightRecorded, PatientRecorded, SessionOpened])
def test_without_weight_patient_or_protocol_there_is_no_curve(missing: type[Event]) -> None:
    feed = story(minutes=20, without=missing)
    assert model_for(feed.state) is None
    line = timeline(feed.state, feed.now_ns())
    assert predicted_course(feed.state, feed.history, line, feed.now_ns(), 300) is None


@pytest.mark.parametrize(("birth_date", "shown"), [("2008-11-21", True), ("2008-11-22", False)])
def test_a_patient_younger_than_the_model_has_no_curve(birth_date: str, shown: bool) -> None:
    feed = story(minutes=20)
    patient = feed.state.patient
    assert patient is not None
    state = replace(feed.state, patient=replace(patient, birth_date=birth_date))
    assert (model_for(state) is not None) is shown


def test_a_protocol_without_a_model_has_no_lane(trends: SessionTrends) -> None:
    feed = story(minutes=20)
    definition = feed.state.definition
    assert definition is not None
    trends.render(feed.state, feed.history, feed.now_ns())
    assert trends.predicted.isVisible()
    bare = replace(feed.state, definition=replace(definition, concentration=None))
    trends.render(bare, feed.history, feed.now_ns() + 60 * NS_PER_S)
    assert not trends.predicted.isVisible()


def test_before_the_drug_the_lane_is_empty(trends: SessionTrends) -> None:
    before = [event for event in stories.preparation() if event.t_ns < START_NS]
    feed = stories.StoryFeed(before, stories.START_S - 30)
    trends.render(feed.state, feed.history, feed.now_ns())
    assert trends.predicted.isVisible()
    assert trends.predicted.course is None


# ---- how it is drawn


def test_the_lane_says_what_it_is_and_shows_no_level_as_a_number(trends: SessionTrends) -> None:
    feed = stories.calm()
    trends.render(feed.state, feed.history, feed.now_ns())
    labels = [label.text() for label in trends.predicted.findChildren(QLabel) if label.text()]
    assert labels == ["predicted, illustrative, ng/mL · Clements 250"]
    assert trends.predicted.accessibleName() == f"trend of {labels[0]}"


@pytest.mark.parametrize("look", [theme.DARK, theme.LIGHT], ids=lambda look: look.name)
def test_the_middle_of_the_band_is_dashed_and_what_is_to_come_is_fainter(
    trends: SessionTrends, look: theme.Theme
) -> None:
    theme.apply(trends, look, theme.REFERENCE)
    feed = story(minutes=20)
    trends.render(feed.state, feed.history, feed.now_ns())
    QApplication.processEvents()
    course, plot = trends.predicted.course, trends.predicted
    assert course is not None
    picture = plot.grab().toImage()
    drug, ground = look.colour("drug"), look.colour("panel")
    box = plot.getPlotItem().getViewBox()

    def strongest(minute: float, level: float) -> float:
        """How much of the drug's colour stands in the column, near the line; 0 to 1."""
        spot = plot.mapFromScene(box.mapViewToScene(QPointF(minute, level)))
        reds = [picture.pixelColor(spot.x(), spot.y() + off).redF() for off in (-2, -1, 0, 1, 2)]
        shares = [(red - ground.redF()) / (drug.redF() - ground.redF()) for red in reds]
        return max(shares)

    def along(start: float, end: float) -> list[float]:
        minutes = np.linspace(start, end, 160)
        levels = np.interp(minutes, course.minutes, course.level)
        return [strongest(m, v) for m, v in zip(minutes.tolist(), levels.tolist(), strict=True)]

    known, ahead = along(8, 19), along(22, 35)
    drawn = [share > 0.8 for share in known]
    assert 0.3 < sum(drawn) / len(drawn) < 0.8
    assert sum(a != b for a, b in pairwise(drawn)) > 10
    assert 0.3 < max(ahead) < 0.8


def test_the_range_holds_the_band_of_every_dose(trends: SessionTrends) -> None:
    feed = stories.calm()
    weight = feed.state.weight
    assert weight is not None
    for kg in ("250", "70", "30", "3"):
        state = replace(feed.state, weight=replace(weight, weight_kg=Decimal(kg)))
        trends.render(state, feed.history, feed.now_ns())
        trends.predicted.show_course(*_shown(state, feed), trends.predicted.backdrop._scene)
        low, high = trends.predicted.getPlotItem().getViewBox().viewRange()[1]
        course = trends.predicted.course
        assert course is not None
        assert low == 0
        assert course.high.max() < high < 4 * course.high.max()


def _shown(state: ViewState, feed: stories.StoryFeed) -> tuple[object, Course | None, object]:
    line = timeline(state, feed.now_ns())
    course = predicted_course(state, feed.history, line, feed.now_ns(), 300)
    return model_for(state), course, line


def test_the_curve_is_computed_once_a_second_at_most(
    trends: SessionTrends, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = stories.calm()
    trends.render(feed.state, feed.history, feed.now_ns())
    computed = []

    def counted(*parts: object) -> Course | None:
        computed.append(parts)
        return predicted_course(*parts)  # type: ignore[arg-type]

    monkeypatch.setattr(session_trends, "predicted_course", counted)
    for frame in range(60):
        trends.render(feed.state, feed.history, feed.now_ns() + NS_PER_S + frame * NS_PER_S // 30)
    assert len(computed) == 2


def test_items_of_the_lane_are_built_once(trends: SessionTrends) -> None:
    feed = stories.calm()
    trends.render(feed.state, feed.history, feed.now_ns())
    before = len(trends.predicted.getPlotItem().items)
    for step in range(1, 50):
        trends.render(feed.state, feed.history, feed.now_ns() + step * NS_PER_S)
    assert len(trends.predicted.getPlotItem().items) == before


def test_the_run_page_shows_the_lane_and_keeps_room_on_a_small_screen(open_window) -> None:
    window = open_window(stories.calm(), 1366, 768)
    trends = window.run.trends
    assert trends.predicted.isVisible()
    plots = (trends.bp, trends.heart, trends.spo2, trends.predicted)
    assert [plot.height() >= 56 for plot in plots] == [True] * 4
    assert trends.lane.geometry().bottom() <= trends.height()


def test_in_recovery_the_curve_goes_on_falling() -> None:
    ended = stories.START_S + 2400
    feed = story(
        stories.delivery(ended, "0", "35.0", 0, "whole dose given", finished=True),
        PhaseChanged(
            t_ns=ended * NS_PER_S, before=Phase.INFUSING, after=Phase.RECOVERY, by="", reason=""
        ),
        minutes=100,
    )
    course = course_of(feed)
    assert level_at(course, 100) == pytest.approx(68.4, rel=0.005)
