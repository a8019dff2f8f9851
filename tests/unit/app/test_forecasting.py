"""The forecast of a session from what screens have: its facts, its cache, the same in a replay."""

from __future__ import annotations

import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "gui"))

import session_stories as stories

from app import forecasting
from app.forecasting import EVERY_NS, HEART_SETTLES_NS, Forecaster, facts_at, known_models
from app.history import History
from app.plots.predicted_course import rates_at_patient
from app.replay.track import Track
from app.state import ViewState, fold
from protocols.events import Event, LineMark, LineMarked, Phase, PhaseChanged, Priority
from protocols.forecast.forecast import NoForecast, VitalForecast, forecast
from protocols.forecast.model import FORECAST_VITALS
from protocols.vitals import NS_PER_S, Vital

START = stories.START_S


def told(events: list[Event], now_s: float) -> tuple[ViewState, History, int]:
    """State and history after those of `events` that had come by `now_s`, and that time."""
    state, history = ViewState(), History()
    for event in sorted(events, key=lambda one: one.t_ns):
        if event.t_ns <= stories.ns(now_s):
            state = fold(state, event)
            history.add(event)
    return state, history, stories.ns(now_s)


def visit(*more: Event, minutes: float = 24.0) -> list[Event]:
    """A session with pressures that rise, streams, and the next pressure due."""
    now_s = START + 60 * minutes
    events: list[Event] = [*stories.preparation(), *stories.streams(250, now_s)]
    for t_min, sbp, dbp in (
        (-9, 138, 85),
        (-3, 136, 83),
        (10, 142, 86),
        (15, 150, 91),
        (23, 155, 94),
    ):
        events += stories.cuff(START + 60 * t_min, sbp, dbp)
    return [*events, due(25), *more]


def due(minute: float, at_minute: float = 0.0) -> Event:
    """The pressure asked for at `minute` of the drug, announced at `at_minute`."""
    task = stories.task("bp", "Blood pressure", START + 60 * minute)
    return replace(task, t_ns=stories.ns(START + 60 * at_minute))


def found(events: list[Event], now_s: float) -> dict[Vital, VitalForecast]:
    return dict(Forecaster().at(*told(events, now_s)))


# ---- facts


def test_the_facts_are_what_the_screens_have() -> None:
    state, history, now_ns = told(visit(), START + 1440)
    facts = facts_at(state, history, now_ns)
    assert facts.protocol == "iv-0.5-40"
    assert facts.age_years == 41
    assert facts.weight_kg == 70.0
    assert [(one.sbp_mmhg, one.dbp_mmhg) for one in facts.pressures] == [
        (138, 85), (136, 83), (142, 86), (150, 91), (155, 94),
    ]  # fmt: skip
    assert facts.segments == tuple(rates_at_patient(state, history))
    assert facts.limits[Vital.SBP].high is not None
    assert facts.planned_ns[0] == stories.ns(START + 60 * 25)
    assert facts.planned_ns[1] == stories.ns(START + 60 * 35)


def test_a_determination_that_failed_is_no_pressure() -> None:
    failed = stories.reading(Vital.SBP, None, START + 1430)
    state, history, now_ns = told(visit(failed), START + 1440)
    assert len(facts_at(state, history, now_ns).pressures) == 5


def test_a_minute_counts_when_half_of_it_was_measured() -> None:
    end = (START // 60 + 12) * 60
    for measured, counts in ((29, False), (31, True)):
        stream = [stories.reading(Vital.PR, 80, end - 60 + s) for s in range(measured)]
        state, history, now_ns = told([*stories.preparation(), *stream], end + 30)
        minutes = facts_at(state, history, now_ns).heart
        assert [one.end_ns for one in minutes] == ([stories.ns(end)] if counts else [])


def test_the_heart_rate_is_that_of_some_seconds_ago_and_missing_once_it_is_old() -> None:
    now_s = START + 60 * 24
    state, history, now_ns = told(visit(), now_s)
    settled = (now_ns - HEART_SETTLES_NS) // NS_PER_S
    series = history.heart_rate()
    assert series is not None
    expected = float(series.values[series.t_s.searchsorted(settled)])
    assert facts_at(state, history, now_ns).heart_bpm == expected
    late = told(visit(), now_s + 20)
    assert facts_at(late[0], late[1], late[2]).heart_bpm is None


def test_a_flush_in_a_pause_adds_to_what_the_pump_gives_afterwards() -> None:
    marks = [
        LineMarked(
            t_ns=stories.ns(START + second),
            mark=mark,
            by=stories.NURSE,
            left_pump_mg=Decimal("17.5"),
            in_line_mg=Decimal(10),
            flush_ml=Decimal(flush),
        )
        for second, mark, flush in (
            (1230, LineMark.FLUSH_STARTED, "0"),
            (1260, LineMark.FLUSH_ENDED, "4"),
        )
    ]
    pump = [
        stories.delivery(START + 1200, "0", "17.5", 0, "pause"),
        stories.delivery(START + 1250, "0.875", "17.5", 100, "resume"),
    ]
    state, history, _ = told(visit(*pump, *marks), START + 1440)
    segments = rates_at_patient(state, history)
    assert [one.start_ns for one in segments] == sorted(one.start_ns for one in segments)
    rates = {one.start_ns // NS_PER_S - START: one.rate_mg_per_min for one in segments}
    assert rates[1200] == 0
    assert rates[1230] == pytest.approx(4 / 0.5)
    assert rates[1250] == pytest.approx(4 / 0.5 + 0.875)
    assert rates[1260] == pytest.approx(0.875)
    assert found(visit(*pump, *marks), START + 1440)[Vital.SBP].chances


# ---- when it changes


def test_within_ten_seconds_nothing_is_worked_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def counted(*parts: object) -> object:
        asked.append(parts)
        return forecast(*parts)  # type: ignore[arg-type]

    monkeypatch.setattr(forecasting, "forecast", counted)
    forecaster = Forecaster()
    state, history, now_ns = told(visit(), START + 1440)
    start_ns = now_ns // EVERY_NS * EVERY_NS
    for frame in range(300):
        forecaster.at(state, history, start_ns + frame * NS_PER_S // 30)
    assert len(asked) == 1
    forecaster.at(state, history, start_ns + EVERY_NS)
    assert len(asked) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda t: stories.delivery(t, "0", "21", 0, "pause"),
        lambda t: stories.delivery(t, "0.4375", "21", 50, "rate 50 %"),
        lambda t: stories.delivery(t, "0", "21", 0, "stop"),
    ],
    ids=["pause", "slow", "stop"],
)
def test_what_the_pump_does_changes_it_at_once(change) -> None:
    now_s = START + 1441.0
    forecaster = Forecaster()
    state, history, now_ns = told(visit(), now_s)
    before = forecaster.at(state, history, now_ns)
    event = change(now_s)
    history.add(event)
    after = forecaster.at(fold(state, event), history, now_ns)
    for vital in FORECAST_VITALS:
        first, second = before[vital].chance(upward=True), after[vital].chance(upward=True)
        assert first is not None
        assert second is not None
        assert second < first


def test_a_new_pressure_changes_it_at_once() -> None:
    now_s = START + 1441.0
    forecaster = Forecaster()
    state, history, now_ns = told(visit(), now_s)
    before = forecaster.at(state, history, now_ns)[Vital.SBP].chance(upward=True)
    for event in stories.cuff(now_s, 161, 97):
        history.add(event)
        state = fold(state, event)
    after = forecaster.at(state, history, now_ns)[Vital.SBP].chance(upward=True)
    assert before is not None
    assert after is not None
    assert after > before


def test_a_pump_that_runs_against_the_timer_ends_it() -> None:
    alarm = stories.alarm(
        "pump-not-running", Priority.MEDIUM, START + 1430, "Pump not running", technical=True
    )
    reasons = {one.reason for one in found(visit(alarm), START + 1440).values()}
    assert reasons == {NoForecast.DOUBT}


def test_before_the_drug_there_is_none() -> None:
    reasons = {one.reason for one in found(visit(), START - 5).values()}
    assert reasons == {NoForecast.PHASE}


def test_a_protocol_without_a_model_has_none() -> None:
    state, history, now_ns = told(visit(), START + 1440)
    assert state.definition is not None
    other = replace(state, definition=replace(state.definition, id="another"))
    reasons = {one.reason for one in Forecaster().at(other, history, now_ns).values()}
    assert reasons == {NoForecast.MODEL}
    assert {one.reason for one in Forecaster(()).at(state, history, now_ns).values()} == reasons


def test_after_the_drug_the_recoverys_readings_are_expected() -> None:
    end = START + 2400.0
    over = [
        stories.delivery(end, "0", "35.0", 0, "whole dose given", finished=True),
        PhaseChanged(
            t_ns=stories.ns(end), before=Phase.INFUSING, after=Phase.RECOVERY, by="", reason=""
        ),
        *stories.cuff(end + 40, 150, 92),
        due(55, 40),
    ]
    state, history, now_ns = told(visit(*over, minutes=52), end + 600)
    assert facts_at(state, history, now_ns).planned_ns[0] == stories.ns(end + 900)
    assert found(visit(*over, minutes=52), end + 600)[Vital.SBP].chances


@pytest.mark.expects_log_warnings
def test_a_file_with_mistakes_is_left_out_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    known_models.cache_clear()
    try:
        with monkeypatch.context() as patch:
            patch.setattr(forecasting, "read_forecast", lambda name: ("id = 1\n", f"{name}.toml"))
            with caplog.at_level("ERROR", logger="app.forecasting"):
                assert known_models() == ()
    finally:
        known_models.cache_clear()
    assert known_models()


# ---- the same in a replay


def test_a_replay_shows_the_same_at_the_same_time() -> None:
    now_s = START + 60 * 40
    events = visit(
        stories.delivery(START + 1500.4, "0", "21.88", 0, "pause"),
        stories.delivery(START + 1620.7, "0.875", "21.88", 100, "resume"),
        *stories.cuff(START + 1532.3, 158, 95),
        due(35, 26),
        minutes=40,
    )
    events.sort(key=lambda one: one.t_ns)
    track = Track(events)
    live, state, history, taken = Forecaster(), ViewState(), History(), 0
    compared = 0
    for tenth in range(round(10 * (START + 600)), round(10 * now_s), 73):
        now_ns = tenth * NS_PER_S // 10
        while taken < len(events) and events[taken].t_ns <= now_ns:
            state = fold(state, events[taken])
            history.add(events[taken])
            taken += 1
        shown = live.at(state, history, now_ns)
        if compared % 10 == 0 or abs(tenth / 10 - START - 1510) < 40:
            moment = track.at(now_ns)
            assert Forecaster().at(moment.state, moment.history, now_ns) == shown
        compared += 1
    assert compared > 200
