"""Whether what was forecast came as often, on simulated sessions that nothing was fitted on.

The default run looks at 60 sessions, with limits so wide that chance stays within them and a wrong
forecast does not; the campaign looks at many, beside the rivals.
"""

from __future__ import annotations

from math import floor

import numpy as np
import pytest

from app.forecasting import known_models
from bench._cohort import HEART_FROM_MIN, Session, make_session, make_sessions
from bench.forecast import (
    METHODS,
    Floats,
    brier,
    calibration_error,
    columns,
    link_of,
    recalibrate,
    score,
)
from devices.simulation.patient import SimulatedPatient
from protocols.forecast.model import FORECAST_VITALS
from protocols.vitals import NS_PER_S, Vital

(MODEL,) = known_models()
FIRST = 300_001
SHORT, LONG = 60, 600
SHARE = (0.4, 2.5)
"""What came over what was forecast in 60 sessions, of which about ten have any crossing."""


@pytest.fixture(scope="module")
def sessions() -> list[Session]:
    return make_sessions(range(FIRST, FIRST + SHORT))


@pytest.fixture(scope="module")
def scored(sessions: list[Session]) -> dict[Vital, tuple[Floats, Floats]]:
    """Our probabilities of the upper limits and what came, by vital."""
    table = score(MODEL, sessions, rivals=False, every=2)
    return {
        vital: (chances[:, 0], came)
        for vital in FORECAST_VITALS
        for chances, came in [columns(table[True, vital])]
    }


def is_calibrated(chance: Floats, came: Floats) -> bool:
    """Whether as much came as was forecast, within what 60 sessions can tell."""
    low, high = SHARE
    return bool(low < came.sum() / chance.sum() < high)


def moved(chance: Floats, by: float) -> Floats:
    """The same with log odds moved: what an over- or underconfident model would say."""
    kept = np.clip(chance, 1e-6, 1 - 1e-6)
    found: Floats = 1 / (1 + np.exp(-(np.log(kept / (1 - kept)) + by)))
    return found


@pytest.mark.parametrize("vital", FORECAST_VITALS)
def test_what_is_forecast_comes_as_often(
    vital: Vital, scored: dict[Vital, tuple[Floats, Floats]]
) -> None:
    chance, came = scored[vital]
    assert len(came) > 500
    assert came.sum() >= 10
    assert is_calibrated(chance, came)


@pytest.mark.parametrize("vital", FORECAST_VITALS)
def test_a_forecast_beats_saying_the_same_of_everybody_and_that_nothing_comes(
    vital: Vital, scored: dict[Vital, tuple[Floats, Floats]]
) -> None:
    chance, came = scored[vital]
    ours = brier(chance, came)
    assert ours < 0.95 * brier(np.full_like(came, came.mean()), came)
    assert ours < brier(np.zeros_like(came), came)


@pytest.mark.parametrize("by", [2.0, -3.0])
def test_a_forecast_that_is_wrong_does_not_pass(
    by: float, scored: dict[Vital, tuple[Floats, Floats]]
) -> None:
    for vital in (Vital.SBP, Vital.DBP):
        chance, came = scored[vital]
        assert not is_calibrated(moved(chance, by), came)


def test_the_pulse_of_a_simulated_session_is_that_of_its_patient() -> None:
    session = make_session(FIRST)
    body = SimulatedPatient(session.patient, seed=session.seed, weight_kg=session.weight_kg)
    for one in session.segments:
        body.set_rate(one.start_ns, one.rate_mg_per_min)
    seconds = range(HEART_FROM_MIN * 60, session.ends_ns // NS_PER_S, 37)
    shown = [session.heart_at(s * NS_PER_S) for s in seconds]
    asked = [floor(body.pulse_rate_bpm(s * NS_PER_S) + 0.5) for s in seconds]
    assert max(abs(a - b) for a, b in zip(shown, asked, strict=True)) <= 1
    assert sum(a != b for a, b in zip(shown, asked, strict=True)) < 0.02 * len(shown)


def test_a_session_is_a_function_of_its_seed() -> None:
    first, second, other = make_session(FIRST), make_session(FIRST), make_session(FIRST + 1)
    assert first.pressures == second.pressures
    assert (first.heart == second.heart).all()
    assert other.pressures != first.pressures


@pytest.mark.campaign
@pytest.mark.timeout(1800)
def test_many_sessions_are_calibrated_and_beat_the_rivals() -> None:
    fitted = score(MODEL, make_sessions(range(1, 301)))
    late = score(MODEL, make_sessions(range(FIRST, FIRST + LONG)))
    for vital in FORECAST_VITALS:
        chances, came = columns(recalibrate(late[True, vital], link_of(fitted[True, vital])))
        scores = [brier(chances[:, place], came) for place in range(len(METHODS))]
        assert scores[0] < min(scores[1:]), vital
        assert calibration_error(chances[:, 0], came) < 0.03, vital
