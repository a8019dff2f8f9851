"""What is counted over many sessions: hand-worked figures, unknowns, intervals, published rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.places import read_cohort_file
from app.reviewing.cohort import Cohort, CohortSession, Figure, measure, summarise, wilson
from app.reviewing.cohort_rules import CohortFileError, CohortRules, parse_cohort_rules
from app.reviewing.cohort_table import ALONE, OWN, PUBLISHED, cohort_rows, cohort_sentences
from app.reviewing.published import Certainty, PublishedFileError, parse_published
from app.reviewing.traces import Curve, EffectSeen, SessionTrace
from protocols.courses.outcome import Outcome, OutcomeKind
from protocols.events import Severity
from protocols.vitals import NS_PER_S, Vital

RULES: CohortRules = parse_cohort_rules(*read_cohort_file("cohort"))
PUBLISHED_FIGURES = parse_published(*read_cohort_file("published"))
START_S = 600.0
BASE = {Vital.SBP: 120.0, Vital.DBP: 80.0, Vital.HR: 70.0}


def cuff(points: Mapping[float, float]) -> Curve:
    """Values by minute from the start of drug."""
    return Curve(
        t_s=np.array([START_S + minute * 60 for minute in points]),
        values=np.array(list(points.values()), dtype=np.float64),
    )


def seconds(value: float, minute: float, count: int = 30) -> Curve:
    """A value a second, around a minute from the start of drug."""
    t_s = START_S + minute * 60 + np.arange(count) - count // 2
    return Curve(t_s=t_s, values=np.full(count, value))


def joined(*curves: Curve) -> Curve:
    return Curve(
        t_s=np.concatenate([one.t_s for one in curves]),
        values=np.concatenate([one.values for one in curves]),
    )


def session(
    sbp: Mapping[float, float] | None = None,
    dbp: Mapping[float, float] | None = None,
    heart: Curve | None = None,
    *,
    patient: str = "M1",
    baseline: Mapping[Vital, float] = BASE,
    **more: object,
) -> SessionTrace:
    curves = {
        Vital.SBP: cuff(sbp or {40: 120}),
        Vital.DBP: cuff(dbp or {40: 80}),
        Vital.HR: seconds(70, 40) if heart is None else heart,
        Vital.SPO2: seconds(98, 40),
    }
    values = {
        "session": "s",
        "started": None,
        "room": "Room 1",
        "protocol": "p",
        "patient": patient,
        "patient_name": "Example, Ana",
        "simulated": False,
        "began_ns": round(START_S * NS_PER_S),
        "curves": curves,
        "baseline": dict(baseline),
    }
    return SessionTrace(**(values | more))  # type: ignore[arg-type]


def counted(*traces: SessionTrace, outcomes: tuple[Outcome, ...] = ()) -> Cohort:
    return summarise([measure(one, RULES) for one in traces], outcomes, RULES)


def figure(found: Cohort, name: str) -> Figure:
    return next(one for one in found.figures if one.id == name)


def test_the_mean_change_at_40_min_is_the_mean_of_the_readings_nearest_to_it() -> None:
    found = counted(
        session({-5: 118, 36: 128, 43: 140, 60: 180}),  # 43 is nearer: +20
        session({41: 125}),  # +5
        session({40: 117}),  # -3
        session({30: 150}),  # nothing within 5 min
    )
    change = figure(found, "change-sbp")
    assert (change.n, change.unknown) == (3, 1)
    assert change.mean == pytest.approx(22 / 3)
    assert change.sd == pytest.approx(np.std([20, 5, -3], ddof=1))
    assert change.value == "+7.3 mmHg (SD 11.7), n 3"
    assert change.measured.startswith("mean at a time")


def test_the_mean_of_peaks_is_of_each_sessions_own_peak() -> None:
    found = counted(session({20: 140, 40: 130}), session({40: 150, 70: 160}))
    assert figure(found, "change-sbp").mean == 20
    peak = figure(found, "peak-sbp")
    assert (peak.mean, peak.n) == (30.0, 2)
    assert peak.measured.startswith("mean of each session's own highest change")
    assert figure(found, "peak-minute").mean == 45.0


def test_one_second_of_artefact_is_no_peak_of_a_stream() -> None:
    heart = joined(seconds(80, 10), seconds(190, 12, 1), seconds(82, 14))
    found = counted(session(heart=heart))
    assert figure(found, "peak-hr").mean == 120.0  # a lone second is all that its stretch has
    heart = seconds(80, 10)
    heart.values[7] = 190
    assert figure(counted(session(heart=heart)), "peak-hr").mean == 10.0


@pytest.mark.parametrize(
    ("sbp", "dbp", "name", "met"),
    [
        (165, 80, "from-165-100", 1),
        (164, 100, "from-165-100", 1),
        (164, 99, "from-165-100", 0),
        (180, 110, "above-180-110", 0),
        (181, 80, "above-180-110", 1),
        (120, 111, "above-180-110", 1),
        (144, 80, "rise-20-percent", 1),
        (143, 80, "rise-20-percent", 0),
        (156, 80, "rise-30-percent", 1),
        (155, 80, "rise-30-percent", 0),
        (160, 80, "rise-40-25", 1),
        (159, 105, "rise-40-25", 1),
        (159, 104, "rise-40-25", 0),
    ],
)
def test_a_bound_is_met_at_its_number_or_beyond_as_its_words_say(
    sbp: float, dbp: float, name: str, met: int
) -> None:
    found = counted(session({40: sbp}, {40: dbp}))
    assert figure(found, f"sessions-{name}").hits == met


def test_a_rise_after_90_min_does_not_count_where_the_first_90_count() -> None:
    late = counted(session({40: 120, 91: 170}))
    assert figure(late, "sessions-rise-40-25").hits == 0
    assert figure(late, "sessions-from-165-100").hits == 1


def test_what_was_not_measured_is_unknown_and_never_a_no() -> None:
    blind = session(baseline={})
    found = counted(blind, session({40: 170}))
    assert figure(found, "sessions-from-165-100").unknown == 0
    rise = figure(found, "sessions-rise-30-percent")
    assert (rise.hits, rise.n, rise.unknown) == (1, 1, 1)
    deaf = session(curves={Vital.SBP: cuff({40: 120}), Vital.DBP: cuff({40: 80})})
    low = figure(counted(deaf), "sessions-spo2-90")
    assert (low.hits, low.n, low.unknown) == (0, 0, 1)
    both = figure(counted(deaf), "sessions-from-180-100-or-hr-110")
    assert (both.n, both.unknown) == (0, 1)  # HR was not measured: it may have been met


def test_a_patient_counts_once_and_by_any_session() -> None:
    found = counted(
        session({40: 170}),
        session({40: 120}),
        session({40: 120}, patient="M2"),
        session({40: 170}, patient=""),
    )
    assert (found.sessions, found.patients, found.nameless) == (4, 2, 1)
    assert figure(found, "sessions-from-165-100").hits == 2
    mine = figure(found, "patients-from-165-100")
    assert (mine.hits, mine.n) == (1, 2)


def test_the_same_number_simulated_and_real_is_two_patients() -> None:
    found = counted(session(), session(simulated=True))
    assert (found.patients, found.mixed) == (2, True)
    assert any("counted together" in words for words in cohort_sentences(found, 0.95))


def test_a_session_without_drug_is_not_counted() -> None:
    found = counted(session(began_ns=None), session())
    assert (found.sessions, found.without_drug) == (1, 1)


def test_fewer_than_the_least_give_counts_and_no_rate() -> None:
    few = figure(counted(*[session({40: 170})] * 4), "sessions-from-165-100")
    assert (few.hits, few.n, few.rate, few.low) == (4, 4, None, None)
    assert few.value == "4 of 4 (too few for a rate)"
    five = figure(counted(session({40: 170}), *[session()] * 4), "sessions-from-165-100")
    assert five.value == "1 of 5 · 20.0 % (3.6 to 62.4)"


def test_doses_touched_and_side_effects_are_counted_by_session() -> None:
    nausea = EffectSeen(label="Nausea", t_ns=0, severity=Severity.MILD)
    worse = EffectSeen(label="Nausea", t_ns=5, severity=Severity.SEVERE)
    found = counted(
        session(paused=True, effects=(nausea, worse)), session(slowed=True), session(stopped=True)
    )
    assert [figure(found, name).hits for name in ("slowed", "paused", "stopped")] == [1, 1, 1]
    assert figure(found, "effects").hits == 1
    mine = figure(found, "effect-Nausea")
    assert (mine.hits, mine.n, mine.more) == (1, 3, "severe in 1")


def outcome(*, responded: bool | None, remission: bool | None) -> Outcome:
    return Outcome(
        kind=OutcomeKind.UNKNOWN,
        sentence="",
        scale="phq-9",
        baseline=None,
        latest=None,
        change_percent=Decimal(0),
        responded=responded,
        in_remission=remission,
        relapsed=None,
        positive=(),
        definition="as the clinic says (version 1)",
        bounds=(),
    )


def test_courses_are_judged_by_their_own_definitions_and_unknown_ones_are_not_counted() -> None:
    outcomes = (
        outcome(responded=True, remission=False),
        outcome(responded=False, remission=False),
        outcome(responded=None, remission=None),
    )
    found = counted(session(), outcomes=outcomes)
    response = figure(found, "response")
    assert (response.hits, response.n, response.unknown) == (1, 2, 1)
    assert "as the clinic says (version 1)" in response.measured
    assert figure(found, "remission").hits == 0


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (1, 10, 0.0179, 0.4042), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1)],
)
def test_the_interval_is_the_score_interval_of_wilson(
    hits: int, n: int, low: float, high: float
) -> None:
    assert wilson(hits, n, 0.95) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share_and_solves_the_equation_it_comes_from(
    pair: tuple[int, int],
) -> None:
    hits, n = pair
    low, high = wilson(hits, n, 0.95)
    assert 0 <= low <= hits / n <= high <= 1
    mirrored = wilson(n - hits, n, 0.95)
    assert (1 - mirrored[1], 1 - mirrored[0]) == pytest.approx((low, high))
    for edge in (low, high):
        if 0 < edge < 1:  # (p - edge)² = z² edge (1 - edge) / n
            z = abs(hits / n - edge) / math.sqrt(edge * (1 - edge) / n)
            assert z == pytest.approx(1.959964, abs=1e-5)


@pytest.mark.parametrize(("hits", "n"), [(1, 0), (-1, 5), (6, 5)])
def test_what_is_no_proportion_has_no_interval(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="is no proportion"):
        wilson(hits, n, 0.95)


def test_every_published_figure_stands_beside_one_that_is_counted_or_alone() -> None:
    found = counted(session())
    ids = {one.id for one in found.figures}
    named = {own for one in PUBLISHED_FIGURES.figures for own in one.beside}
    assert named <= ids
    rows = cohort_rows(found, PUBLISHED_FIGURES)
    groups = [row.group for row in rows if row.is_heading]
    assert groups[0] == "Change from baseline at 40 min"
    assert groups[-1] == ALONE
    shown = [row for row in rows if not row.is_heading and not row.is_own]
    assert len(shown) == sum(max(1, len(one.beside)) for one in PUBLISHED_FIGURES.figures)
    assert next(iter(cohort_rows(None, PUBLISHED_FIGURES))).group == PUBLISHED


def test_mean_at_a_time_and_mean_of_peaks_are_told_apart_beside_what_was_published() -> None:
    rows = cohort_rows(counted(session()), PUBLISHED_FIGURES)
    at = next(place for place, row in enumerate(rows) if row.what == "SBP at 40 min")
    assert rows[at].whose == OWN
    yale = next(row for row in rows[at:] if row.whose == "Yale 2024")
    assert yale.value == "+16.0 mmHg (SD 11.2)"
    assert yale.measured == "mean at a time: mean change at 40 min"
    wan = next(row for row in rows if row.what == "peak change in SBP")
    assert wan.certainty == "?? unsure"
    assert "is not said in what was read" in wan.measured
    assert "pooled change; mean at a time or mean of peaks is not said" in rows[at + 1].measured


def test_what_was_not_read_again_is_marked_in_text() -> None:
    murrough = [one for one in PUBLISHED_FIGURES.figures if one.study == "Murrough"]
    assert [one.certainty for one in murrough] == [Certainty.MEMORY]
    assert murrough[0].certainty.words.startswith("?")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('version = "1"', "Field required"),
        ("=", "syntax"),
    ],
)
def test_a_file_with_mistakes_is_refused_with_all_of_them(text: str, message: str) -> None:
    with pytest.raises(PublishedFileError, match=message):
        parse_published(text, "published.toml")
    with pytest.raises(CohortFileError, match=message):
        parse_cohort_rules(text, "cohort.toml")


def test_a_bound_without_a_number_or_a_second_time_is_refused() -> None:
    text, _ = read_cohort_file("cohort")
    with pytest.raises(CohortFileError, match=r"cohort.toml:\d+: bound.* at least one number"):
        parse_cohort_rules(text + '\n[[bound]]\nid = "x"\nwords = "nothing"\n', "cohort.toml")
    with pytest.raises(CohortFileError, match="spo2-90 is there twice"):
        parse_cohort_rules(
            text + '\n[[bound]]\nid = "spo2-90"\nwords = "again"\nhr_above = 90\n', "cohort.toml"
        )


def test_a_session_measured_says_who_only_by_number() -> None:
    mine = measure(session(started=datetime(2026, 3, 2, tzinfo=UTC)), RULES)
    assert isinstance(mine, CohortSession)
    assert "Example" not in repr(mine)
