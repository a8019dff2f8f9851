"""The simulated population against the figures of the papers it stands for."""

from __future__ import annotations

import pytest

from devices.simulation.calibration import Figure, acceptance_of_strong, run_session, run_sessions

SHORT_RUN = 300
LONG_RUN = 2_000
ERRORS = 3.0


def failures(figures: list[Figure], errors: float) -> list[str]:
    return [
        f"{f.name}: {f.value:.2f}, wanted {f.low} to {f.high}"
        for f in figures
        if not f.holds(errors)
    ]


def test_a_short_run_is_within_three_standard_errors_of_the_acceptance_ranges() -> None:
    figures = acceptance_of_strong(run_sessions("strong", range(SHORT_RUN)))
    assert failures(figures, ERRORS) == []


def test_the_acceptance_figures_tell_a_weaker_population_apart() -> None:
    figures = acceptance_of_strong(run_sessions("mild", range(SHORT_RUN)))
    assert any("SBP change" in line for line in failures(figures, ERRORS))
    assert any("highest reading" in line for line in failures(figures, ERRORS))


@pytest.mark.campaign
@pytest.mark.parametrize("first_seed", [0, 10_000, 20_000])
def test_the_strong_population_meets_every_acceptance_figure(first_seed: int) -> None:
    sessions = run_sessions("strong", range(first_seed, first_seed + LONG_RUN))
    assert failures(acceptance_of_strong(sessions, first_seed), errors=0) == []


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("name", "sbp_mmhg", "dbp_mmhg"), [("mild", 3.3, 3.2), ("typical", 12.6, 8.5)]
)
def test_the_other_populations_have_their_published_means(
    name: str, sbp_mmhg: float, dbp_mmhg: float
) -> None:
    sessions = run_sessions(name, range(LONG_RUN))
    changes = [session.change_at_40_mmhg for session in sessions]
    assert sum(c[0] for c in changes) / LONG_RUN == pytest.approx(sbp_mmhg, abs=0.9)
    assert sum(c[1] for c in changes) / LONG_RUN == pytest.approx(dbp_mmhg, abs=0.7)


@pytest.mark.campaign
def test_severe_hypertension_gathers_in_few_patients_as_published() -> None:
    """Yale 2024: 12.5 % of patients in a mean of 17 visits, 0.98 % of sessions."""
    patients = 300
    severe = [
        sum(run_session("strong", seed, visit).exceeds(180, 110) for visit in range(1, 18))
        for seed in range(patients)
    ]
    assert 6 <= 100 * sum(count > 0 for count in severe) / patients <= 20
