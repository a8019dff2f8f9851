"""Facts for forms: each from the right event, missing where the record says nothing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.events import (
    AddVial,
    ClockAnchored,
    DeliveryChanged,
    Event,
    LedgerEntered,
    LedgerStep,
    Phase,
    Severity,
)
from protocols.forms import Facts, SessionRecord, gather_facts
from protocols.forms.names import FIXED
from protocols.forms.said import Fact, Lack
from protocols.vitals import Vital
from tests.unit.protocols import spray_visit as visit

WHOLE = gather_facts(visit.whole_visit(), {"name": "Example Clinic"})


def value(facts: Facts, name: str, window_min: int = 5) -> str | None:
    answer = facts.find(name, window_min)
    return answer.value if isinstance(answer, Fact) else None


def why(facts: Facts, name: str, window_min: int = 5) -> str:
    answer = facts.find(name, window_min)
    assert isinstance(answer, Lack), answer
    return answer.why


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("patient.name", "DOE, Jane"),
        ("patient.birth_date", "1985-03-02"),
        ("patient.first_treatment", "no"),
        ("session.date", "2026-11-21"),
        ("dose.total_mg", "84"),
        ("dose.each", "28 mg at 09:20, 28 mg at 09:25, 28 mg at 09:30"),
        ("dose.lot", "A1B"),
        ("dose.ordered_by", "Dr. Sato"),
        ("times.first_dose", "09:20"),
        ("times.last_dose", "09:30"),
        ("times.end", "11:25"),
        ("times.first_dose_to_end_min", "125"),
        ("times.first_dose_to_criteria_min", "100"),
        ("vital.bp.before", "126/80"),
        ("vital.sbp.before", "126"),
        ("vital.bp.at_40_min", "148/92"),
        ("vital.sbp.at_40_min", "148"),
        ("vital.bp.before_end", "128/82"),
        ("vital.spo2.before", "98"),
        ("vital.spo2.at_40_min", "96"),
        ("vitals.acceptable_before", "yes"),
        ("vitals.acceptable_before_end", "yes"),
        ("effects.dissociation", "yes"),
        ("effects.dissociation.onset", "09:35"),
        ("effects.dissociation.resolution", "10:30"),
        ("effects.dissociation.severity", "moderate"),
        ("score.moaas.below_5", "no"),
        ("gate.depressants", "no"),
        ("gate.escort.text", "M. Doe, 555 0100"),
        ("site.name", "Example Clinic"),
    ],
)
def test_the_record_of_a_whole_visit_gives(name: str, expected: str) -> None:
    assert value(WHOLE, name) == expected


def test_a_fact_says_what_proves_it() -> None:
    pressure = WHOLE.find("vital.bp.at_40_min")
    assert isinstance(pressure, Fact)
    assert pressure.evidence == "10:01, 41 min after the dose, monitor bp"
    assert pressure.t_ns == visit.after_dose(41)
    entered = WHOLE.find("patient.birth_date")
    assert isinstance(entered, Fact)
    assert entered.evidence == "entered by N. Okafor RN 09:01"


def test_the_nearest_pressure_counts_and_the_earlier_of_two_as_near() -> None:
    events = [*visit.devices(), *visit.cuff(visit.after_dose(38), 140.0, 90.0)]
    events += visit.cuff(visit.after_dose(42), 160.0, 95.0)
    assert value(gather_facts(events), "vital.bp.at_40_min") == "140/90"


def test_the_window_ends_exactly_at_its_minutes() -> None:
    for minute, expected in ((45.0, "150/90"), (45.02, None), (35.0, "150/90"), (34.98, None)):
        events = [*visit.devices(), *visit.cuff(visit.after_dose(minute), 150.0, 90.0)]
        assert value(gather_facts(events), "vital.bp.at_40_min") == expected, minute
    assert value(gather_facts(events), "vital.bp.at_40_min", 10) == "150/90"


def test_half_a_determination_is_no_pressure() -> None:
    events: list[Event] = [*visit.devices()]
    events.append(visit.reading(Vital.SBP, 150.0, visit.after_dose(40)))
    events.append(visit.reading(Vital.DBP, None, visit.after_dose(40)))
    events.append(visit.reading(Vital.DBP, 90.0, visit.after_dose(40), "N. Okafor RN"))
    facts = gather_facts(events)
    assert "no blood pressure from 35 to 45 min" in why(facts, "vital.bp.at_40_min")
    assert value(facts, "vital.sbp.at_40_min") is None


def test_a_pressure_after_the_first_dose_is_not_one_before_it() -> None:
    events = [*visit.devices(), *visit.cuff(visit.after_dose(0.1), 150.0, 90.0)]
    assert value(gather_facts(events), "vital.bp.before") is None


def test_an_old_pressure_is_not_the_one_before_the_dose() -> None:
    late = [replace(one, t_ns=one.t_ns + visit.at(60)) for one in visit.devices()]
    events = [*visit.cuff(visit.at(1), 120.0, 80.0), *late]
    assert "60 min before" in why(gather_facts(events), "vital.bp.before")


def test_before_the_discharge_nothing_is_an_end() -> None:
    events = [e for e in visit.whole_visit() if e.t_ns < visit.at(visit.END_MIN)]
    facts = gather_facts(events)
    for name in ("times.end", "times.first_dose_to_end_min", "vital.bp.before_end"):
        assert why(facts, name) == "not discharged yet"
    assert why(facts, "score.moaas.below_5") == "not discharged yet"


def test_minutes_are_whole_ones_that_passed() -> None:
    events = visit.whole_visit()
    end = events.pop()
    facts = gather_facts([*events, replace(end, t_ns=visit.after_dose(119.99))])
    assert value(facts, "times.first_dose_to_end_min") == "119"


def test_an_effect_that_nobody_recorded_is_unknown_and_not_absent() -> None:
    assert "is recorded" in why(WHOLE, "effects.vomiting")
    assert "a person must say" in why(WHOLE, "effects.serious")


def test_an_effect_without_end_has_no_resolution() -> None:
    events = [*visit.devices(), *visit.effect("nausea", "Nausea", 5, None, Severity.SEVERE)]
    facts = gather_facts(events)
    assert value(facts, "effects.nausea.severity") == "severe"
    assert "no end" in why(facts, "effects.nausea.resolution")


def test_a_serious_effect_says_so_with_its_details() -> None:
    told = visit.effect("chest-pain", "Chest pain", 5, 9, Severity.SEVERE)
    events = [*told[:-1], replace(told[-1], serious=True, treatment="sent to hospital")]
    facts = gather_facts([*visit.devices(), *events])
    assert value(facts, "effects.serious") == "yes"
    assert "sent to hospital" in str(value(facts, "effects.serious_details"))


def test_few_scores_do_not_say_no() -> None:
    events = visit.whole_visit()
    scores = [e for e in events if getattr(e, "vital", None) is Vital.MOAAS]
    facts = gather_facts([e for e in events if e is not scores[0]])
    assert "3 are needed" in why(facts, "score.moaas.below_5")


def test_one_score_says_yes() -> None:
    sleepy = visit.reading(Vital.MOAAS, 4.0, visit.after_dose(35), "N. Okafor RN")
    facts = gather_facts([*visit.whole_visit(), sleepy])
    assert value(facts, "score.moaas.below_5") == "yes"


def test_a_baseline_beyond_the_start_limits_is_for_a_person_to_judge() -> None:
    facts = gather_facts([visit.opened(), visit.baseline(sbp=150.0), *visit.devices()])
    assert "SBP 150 was outside 90 to 139: a person must say" in why(
        facts, "vitals.acceptable_before"
    )


def test_a_criterion_that_is_open_at_discharge_leaves_the_end_open() -> None:
    events = [e for e in visit.whole_visit() if type(e).__name__ != "DischargeItemChanged"]
    facts = gather_facts(events)
    assert why(facts, "vitals.acceptable_before_end").startswith("open at discharge: Blood")
    unmet = [*events[:-1], *visit.criteria(visit.after_dose(120), met=False), events[-1]]
    assert value(gather_facts(unmet), "vitals.acceptable_before_end") == "no"


def test_a_criterion_that_is_lost_again_takes_the_time_back() -> None:
    lost = visit.criteria(visit.after_dose(105), met=None)[:1]
    facts = gather_facts([*visit.whole_visit(), *lost])
    assert "not all met" in why(facts, "times.first_dose_to_criteria_min")


def test_the_first_visit_here_may_not_be_the_first_anywhere() -> None:
    facts = gather_facts([visit.opened(), visit.patient(visit=1)])
    assert "elsewhere is not known" in why(facts, "patient.first_treatment")


def test_a_lot_that_is_missing_for_one_device_is_missing() -> None:
    facts = gather_facts(visit.devices(["A1B", "", "A1B"]))
    assert why(facts, "dose.lot") == "no lot recorded for dose 2"


def test_lots_of_the_account_stand_where_doses_have_none() -> None:
    add = AddVial(
        t_ns=1, by=visit.NURSE, vial="V1", lot="L77", expiry="2027-08", content_mg=Decimal(84)
    )
    refused = replace(add, t_ns=2, vial="V2", lot="L99")
    sums = {"drawn_mg": Decimal(0), "wasted_mg": Decimal(0), "residual_mg": Decimal(0)}
    entered = LedgerEntered(
        t_ns=1,
        step=LedgerStep.VIAL,
        vial="V1",
        amount_mg=Decimal(84),
        by=visit.NURSE,
        witness="",
        detail="",
        **sums,
    )
    facts = gather_facts([add, entered, refused, *visit.devices(["", "", ""])])
    assert value(facts, "dose.lot") == "L77"


def test_an_infusion_gives_its_total_once_it_has_ended() -> None:
    start = visit.phase(visit.at(5), Phase.BASELINE, Phase.INFUSING)
    running = DeliveryChanged(
        t_ns=visit.at(5),
        rate_mg_per_min=Decimal("0.875"),
        delivered_mg=Decimal(0),
        percent=100,
        finished=False,
        cause="start",
    )
    assert "still being given" in why(gather_facts([start, running]), "dose.total_mg")
    ended = replace(
        running,
        t_ns=visit.at(45),
        rate_mg_per_min=Decimal(0),
        delivered_mg=Decimal("34.996"),
        finished=True,
        cause="whole dose given",
    )
    facts = gather_facts([visit.opened(), start, running, ended])
    assert value(facts, "dose.total_mg") == "35"
    assert value(facts, "dose.given") == "ketamine (racemic), 35 mg, intravenous infusion"


def test_the_clock_in_force_at_a_time_says_its_time_of_day() -> None:
    jump = ClockAnchored(
        t_ns=visit.at(60), utc="2026-11-21T09:30:00.000Z", utc_offset_min=60, jump_ms=1_800_000
    )
    facts = gather_facts([visit.whole_visit()[0], jump, *visit.devices(), *visit.whole_visit()[1:]])
    assert value(facts, "times.first_dose") == "09:20"
    assert value(facts, "times.end") == "11:55"


def test_an_empty_record_lacks_every_fact_and_fails_on_none() -> None:
    facts = gather_facts([])
    answers = {name: facts.find(name) for name in FIXED}
    assert [name for name, answer in answers.items() if isinstance(answer, Fact)] == []
    assert all(isinstance(answer, Lack) and answer.why for answer in answers.values())


def test_a_name_of_no_fact_is_an_error() -> None:
    with pytest.raises(KeyError):
        WHOLE.find("patient.shoe_size")


@given(st.lists(st.tuples(st.integers(0, 7200), st.floats(60, 100)), max_size=200))
def test_streams_are_thinned_and_never_changed(points: list[tuple[int, float]]) -> None:
    ordered = sorted(points)
    record = SessionRecord()
    for second, spo2 in ordered:
        record.note(visit.reading(Vital.SPO2, spo2, visit.at(second / 60), "oximeter"))
    kept = record.points[Vital.SPO2].between(0, 2**62) if ordered else []
    told = {(visit.at(second / 60), spo2) for second, spo2 in ordered}
    assert {(point.measured_ns, point.value) for point in kept} <= told
    times = [point.measured_ns for point in kept]
    assert all(later - earlier >= 5e9 for earlier, later in pairwise(times))
    if ordered:
        assert times[0] == visit.at(ordered[0][0] / 60)
