"""The sums of an infusion order, exact; and what has been delivered after any sequence."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dosing import dose
from protocols.dosing.delivery import Delivery, DeliveryPlan
from protocols.dosing.dose import DoseInputError, doses_agree, rate_matches
from protocols.dosing.dose_rule import Body, DoseRule
from protocols.dosing.order import DoseCalculation, calculate_dose
from protocols.events import Giving, OrderDose
from protocols.guardrails import Guardrail

NS_PER_S = 1_000_000_000
NS_PER_MIN = 60 * NS_PER_S

D = Decimal


def _guardrail(field: str, *limits: str | None) -> Guardrail:
    hard_low, soft_low, soft_high, hard_high = (None if x is None else D(x) for x in limits)
    assert soft_low is not None
    assert soft_high is not None
    label, unit = dose.GUARDED_FIELDS[field]
    return Guardrail(
        field=field,
        unit=unit,
        label=label,
        hard_low=hard_low,
        soft_low=soft_low,
        soft_high=soft_high,
        hard_high=hard_high,
    )


GUARDRAILS = (
    _guardrail("weight_kg", "30", "40", "160", "250"),
    _guardrail("dose_mg_per_kg", "0.05", "0.2", "0.6", "1.0"),
    _guardrail("dose_mg", "3", "10", "60", "100"),
    _guardrail("duration_min", "30", "40", "100", "120"),
    _guardrail("concentration_mg_per_ml", "0.2", "0.3", "2", "10"),
    _guardrail("rate_mg_per_kg_per_h", None, "0.15", "0.9", "1.5"),
    _guardrail("rate_ml_per_h", "5", "15", "200", "400"),
)


RULE = DoseRule(
    giving=Giving.INFUSION,
    dose_mg_per_kg=D("0.5"),
    dose_mg=None,
    duration_min=D(40),
    concentration_mg_per_ml=D(1),
)


def _calculate(
    weight: str, per_kg: str = "0.5", minutes: str = "40", concentration: str = "1"
) -> DoseCalculation:
    order = OrderDose(
        t_ns=0,
        by="P. Example MD",
        dose_mg_per_kg=D(per_kg),
        duration_min=D(minutes),
        concentration_mg_per_ml=D(concentration),
    )
    return calculate_dose(order, RULE, Body(weight_kg=D(weight)), GUARDRAILS)


@pytest.mark.parametrize(
    ("weight", "dose_mg", "rate_ml_per_h", "rate_mg_per_min", "words"),
    [
        ("70", "35", "52.5", "0.875", "70.0 kg = 35.0 mg in 35.0 mL at 52.5 mL/h"),
        ("50", "25", "37.5", "0.625", "50.0 kg = 25.0 mg in 25.0 mL at 37.5 mL/h"),
        ("82.5", "41.25", "61.875", "1.03125", "82.5 kg = 41.25 mg in 41.25 mL at 61.88 mL/h"),
        ("110", "55", "82.5", "1.375", "110.0 kg = 55.0 mg in 55.0 mL at 82.5 mL/h"),
        ("150", "75", "112.5", "1.875", "150.0 kg = 75.0 mg in 75.0 mL at 112.5 mL/h"),
    ],
)
def test_the_worked_values_of_half_a_milligram_per_kilogram_over_40_min(
    weight: str, dose_mg: str, rate_ml_per_h: str, rate_mg_per_min: str, words: str
) -> None:
    result = _calculate(weight)
    assert result.dose_mg == D(dose_mg)
    assert result.volume_ml == D(dose_mg)
    assert result.rate_ml_per_h == D(rate_ml_per_h)
    assert result.rate_mg_per_min == D(rate_mg_per_min)
    assert result.rate_mg_per_kg_per_h == D("0.75")
    assert result.rate_mcg_per_kg_per_min == D("12.5")
    assert result.in_words == f"0.5 mg/kg x {words} over 40 min"
    assert not result.refused


@pytest.mark.parametrize(("minutes", "rate"), [("40", "0.75"), ("60", "0.5"), ("100", "0.3")])
def test_rate_per_kilogram_and_hour_follows_the_duration(minutes: str, rate: str) -> None:
    assert dose.rate_mg_per_kg_per_h(D("0.5"), D(minutes)) == Fraction(D(rate))


def test_a_bag_runs_with_the_drug_volume_added_unless_diluent_was_withdrawn() -> None:
    added_ml = dose.volume_ml(D(35), D(50))
    assert added_ml == Fraction(7, 10)
    assert dose.bag_rate_ml_per_h(D(100), added_ml, D(40)) == Fraction(D("151.05"))
    assert dose.bag_rate_ml_per_h(D(100), added_ml, D(40), diluent_withdrawn=True) == 150


def test_remaining_time_and_waste() -> None:
    assert dose.remaining_min(D(35), D("17.5"), D("0.875")) == 20
    assert dose.remaining_min(D(35), D(36), D("0.875")) == 0
    assert dose.waste_mg(D(50), D(35), D("1.5")) == Fraction(D("13.5"))


def test_a_rate_without_an_end_is_rounded_only_in_what_is_shown() -> None:
    result = _calculate("70", minutes="60")
    assert result.rate_mg_per_min == D("0.583333333")
    assert result.plan.rate_mg_per_min == Fraction(35, 60)
    assert result.plan.duration_ns == 60 * NS_PER_MIN


@pytest.mark.parametrize(
    ("order", "found"),
    [
        (("150",), {"dose_mg": "soft"}),
        (("30", "0.2"), {"weight_kg": "soft", "dose_mg": "soft", "rate_ml_per_h": "soft"}),
        (
            ("110", "1.0"),
            {"dose_mg_per_kg": "soft", "dose_mg": "hard", "rate_mg_per_kg_per_h": "soft"},
        ),
        (
            ("70", "5"),
            {
                "dose_mg_per_kg": "hard",
                "dose_mg": "hard",
                "rate_mg_per_kg_per_h": "hard",
                "rate_ml_per_h": "hard",
            },
        ),
        (("70", "0.5", "20"), {"duration_min": "hard", "rate_mg_per_kg_per_h": "soft"}),
        (("70", "0.5", "40", "50"), {"concentration_mg_per_ml": "hard", "rate_ml_per_h": "hard"}),
    ],
)
def test_every_guardrail_that_an_order_meets_is_reported(
    order: tuple[str, ...], found: dict[str, str]
) -> None:
    result = _calculate(*order)
    assert {f.field: f.kind for f in result.findings} == found
    assert result.refused == ("hard" in found.values())


def test_a_reason_answers_a_soft_finding_and_never_a_hard_one() -> None:
    result = _calculate("110", "1.0")
    reasons = {f.field: "step-up plan" for f in result.findings}
    assert {f.field for f in result.unanswered({})} == set(reasons)
    assert [f.field for f in result.unanswered(reasons)] == ["dose_mg"]
    assert "dose_mg_per_kg" in {f.field for f in result.unanswered({"dose_mg_per_kg": "  "})}


@pytest.mark.parametrize(
    "order",
    [
        ("0",),
        ("-70",),
        ("NaN",),
        ("Infinity",),
        ("1E+9",),
        ("70.1234567",),
        ("70", "0"),
        ("70", "0.5", "0"),
        ("70", "0.5", "40", "0"),
    ],
)
def test_numbers_no_dose_can_come_from_are_named(order: tuple[str, ...]) -> None:
    with pytest.raises(DoseInputError, match=r"^(Weight|Dose|Duration|Concentration) .*\.$"):
        _calculate(*order)


@pytest.mark.parametrize(
    ("displayed", "matches"),
    [
        ("52.5", True),
        ("53.025", True),
        ("53.03", False),
        ("51.975", True),
        ("51.97", False),
        ("5.25", False),
        ("35", False),
        ("0", False),
        ("NaN", False),
        ("Infinity", False),
        ("1E+999999", False),
    ],
)
def test_the_pump_reads_back_the_derived_rate_within_one_percent(
    displayed: str, matches: bool
) -> None:
    assert rate_matches(D("52.5"), D(displayed)) is matches


def test_a_second_person_agrees_to_the_decimals_shown() -> None:
    assert doses_agree(D("41.25"), D("41.25"))
    assert doses_agree(D("33.333333333"), D("33.33"))
    assert not doses_agree(D("41.25"), D("41.2"))
    assert not doses_agree(D("41.25"), D("NaN"))


PLAN = DeliveryPlan.of(D(35), D(40))


def _min(minutes: float) -> int:
    return round(minutes * NS_PER_MIN)


def test_an_undisturbed_infusion_gives_the_dose_in_its_time() -> None:
    running = Delivery.start(_min(5), PLAN)
    assert running.rate_mg_per_min == Fraction(7, 8)
    assert running.delivered_mg(_min(4)) == 0
    assert running.delivered_mg(_min(25)) == Fraction(35, 2)
    assert running.remaining_ns(_min(25)) == _min(20)
    assert running.finishes_at_ns() == _min(45)
    assert running.delivered_mg(_min(45) - 1) < 35
    assert running.delivered_mg(_min(45)) == 35
    assert running.delivered_mg(_min(500)) == 35
    assert running.elapsed_running_ns(_min(500)) == _min(40)


def test_pause_and_resume_move_the_end_by_the_pause() -> None:
    paused = Delivery.start(0, PLAN).pause(_min(10))
    assert paused.is_paused
    assert paused.rate_mg_per_min == 0
    assert paused.finishes_at_ns() is None
    assert paused.remaining_ns(_min(14)) == _min(30)
    resumed = paused.resume(_min(16))
    assert resumed.delivered_mg(_min(16)) == paused.delivered_mg(_min(10)) == Fraction(35, 4)
    assert resumed.finishes_at_ns() == _min(46)
    assert resumed.elapsed_running_ns(_min(20)) == _min(14)


def test_slow_halves_the_rate_and_doubles_the_time_left() -> None:
    slowed = Delivery.start(0, PLAN).slow(_min(20), 50)
    assert slowed.percent == 50
    assert slowed.rate_mg_per_min == Fraction(7, 16)
    assert slowed.finishes_at_ns() == _min(60)
    assert slowed.slow(_min(30), 100).finishes_at_ns() == _min(45)


def test_a_rate_set_while_paused_holds_from_resume() -> None:
    paused = Delivery.start(0, PLAN).pause(_min(20)).slow(_min(21), 50)
    assert paused.percent == 0
    assert paused.remaining_ns(_min(21)) == _min(40)
    assert paused.resume(_min(25)).percent == 50
    assert paused.resume(_min(25)).pause(_min(26)).resume(_min(27)).percent == 50


def test_stop_is_for_good() -> None:
    stopped = Delivery.start(0, PLAN).stop(_min(20))
    assert stopped.stopped
    assert not stopped.is_paused
    assert stopped.resume(_min(21)) is stopped
    assert stopped.slow(_min(21), 50) is stopped
    assert stopped.delivered_mg(_min(90)) == Fraction(35, 2)
    assert stopped.finishes_at_ns() is None
    assert stopped.remaining_ns(_min(90)) is None


def test_nothing_changes_once_the_whole_dose_is_in() -> None:
    running = Delivery.start(0, PLAN)
    assert running.pause(_min(40)) is running
    assert running.stop(_min(41)) is running
    assert running.remaining_ns(_min(41)) == 0


def test_times_that_go_back_and_impossible_rates_are_refused() -> None:
    running = Delivery.start(_min(5), PLAN)
    with pytest.raises(ValueError, match="backwards"):
        running.pause(_min(4))
    with pytest.raises(ValueError, match="1 to 100"):
        running.slow(_min(6), 0)
    with pytest.raises(ValueError, match="above 0"):
        DeliveryPlan.of(D(0), D(40))


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["pause", "resume", "slow", "stop"]),
        st.integers(0, 15 * NS_PER_MIN),
        st.integers(1, 100),
    ),
    max_size=12,
)
PLANS = st.builds(
    DeliveryPlan,
    dose_mg=st.fractions(min_value=1, max_value=100, max_denominator=10_000),
    duration_ns=st.integers(1, 120 * NS_PER_MIN),
)


def _play(
    plan: DeliveryPlan, start_ns: int, actions: list[tuple[str, int, int]]
) -> tuple[list[Delivery], list[tuple[int, int]]]:
    """The records after each action, and the rates in percent an independent pump ran at."""
    records = [Delivery.start(start_ns, plan)]
    t_ns, rate, restored, stopped = start_ns, 100, 100, False
    rates = [(t_ns, 100)]
    for name, wait_ns, percent in actions:
        t_ns += wait_ns
        last = records[-1]
        records.append(last.slow(t_ns, percent) if name == "slow" else getattr(last, name)(t_ns))
        if not stopped:
            if name == "slow":
                restored = percent
                rate = percent if rate else 0
            elif name == "resume":
                rate = restored
            else:
                rate, stopped = 0, name == "stop"
        rates.append((t_ns, rate))
    return records, rates


def _expected_mg(plan: DeliveryPlan, rates: list[tuple[int, int]], t_ns: int) -> Fraction:
    total = Fraction(0)
    ends = [*(start for start, _ in rates[1:]), t_ns]
    for (start_ns, percent), end_ns in zip(rates, ends, strict=True):
        minutes = Fraction(max(0, min(end_ns, t_ns) - start_ns), NS_PER_MIN)
        total += plan.rate_mg_per_min * Fraction(percent, 100) * minutes
    return min(total, plan.dose_mg)


@given(plan=PLANS, start_ns=st.integers(0, 10**12), actions=ACTIONS, data=st.data())
def test_the_delivered_amount_is_the_sum_over_the_segments(
    plan: DeliveryPlan, start_ns: int, actions: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    records, rates = _play(plan, start_ns, actions)
    last = records[-1]
    probes = data.draw(st.lists(st.integers(0, 4 * 3600 * NS_PER_S), min_size=1, max_size=6))
    times = sorted([start_ns, *(t for t, _ in rates), *(start_ns + p for p in probes)])
    amounts = [last.delivered_mg(t) for t in times]
    assert amounts == [_expected_mg(plan, rates, t) for t in times]
    assert amounts == sorted(amounts)
    assert amounts[-1] <= plan.dose_mg
    elapsed = [last.elapsed_running_ns(t) for t in times]
    assert elapsed == sorted(elapsed)
    assert all(e <= t - start_ns for e, t in zip(elapsed, times, strict=True))


@given(plan=PLANS, start_ns=st.integers(0, 10**12), actions=ACTIONS)
def test_the_finish_is_the_first_moment_with_the_whole_dose(
    plan: DeliveryPlan, start_ns: int, actions: list[tuple[str, int, int]]
) -> None:
    records, rates = _play(plan, start_ns, actions)
    last = records[-1]
    now_ns = rates[-1][0]
    finish_ns = last.finishes_at_ns()
    if finish_ns is None:
        assert last.percent == 0
        assert last.delivered_mg(now_ns + 10**15) < plan.dose_mg
    else:
        assert last.delivered_mg(finish_ns) == plan.dose_mg
        assert last.delivered_mg(finish_ns - 1) < plan.dose_mg
        assert last.remaining_ns(now_ns) == max(0, finish_ns - now_ns)


@given(plan=PLANS, actions=ACTIONS)
def test_what_was_delivered_is_not_changed_by_what_is_done_later(
    plan: DeliveryPlan, actions: list[tuple[str, int, int]]
) -> None:
    records, rates = _play(plan, 0, actions)
    for record, (t_ns, _) in zip(records, rates, strict=True):
        assert record.delivered_mg(t_ns) == records[-1].delivered_mg(t_ns)
