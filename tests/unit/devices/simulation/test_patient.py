"""What a simulated body does: it follows the dose, tells its story on time, and repeats itself."""

from __future__ import annotations

import tomllib
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.places import read_protocol
from devices.driver import PatientBody
from devices.simulation.drug_levels import INJECTED
from devices.simulation.patient import SimulatedPatient
from devices.simulation.pulse import BEAT
from devices.simulation.scripts import NOTE, PATIENTS
from protocols.dosing.pharmacokinetics import NS_PER_MIN
from protocols.vitals import NS_PER_S, VITALS, Vital

START_NS = 20 * NS_PER_MIN
NAMES = (
    "normotensive", "mild", "typical", "strong", "hypertensive", "panic", "vasovagal", "sedated",
    "desaturation", "cuff-artefact", "probe-off", "slow-pump", "distress", "vomiting", "emergency",
)  # fmt: skip


def at(minute: float) -> int:
    """Minute of the infusion as time of the session."""
    return START_NS + round(minute * NS_PER_MIN)


def infused(name: str, seed: int = 1, *, weight_kg: float | None = None) -> SimulatedPatient:
    patient = SimulatedPatient(name, seed=seed, weight_kg=weight_kg)
    patient.set_rate(START_NS, 0.5 * patient.weight_kg / 40)
    patient.set_rate(at(40), 0.0)
    return patient


def test_the_patients_that_scripts_rely_on_are_there() -> None:
    assert tuple(PATIENTS) == NAMES


def test_an_unknown_patient_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ValueError, match=r"'nobody'.*cuff-artefact"):
        SimulatedPatient("nobody", seed=1)


@pytest.mark.parametrize("name", NAMES)
def test_every_patient_has_a_line_and_an_invented_card(name: str) -> None:
    script = PATIENTS[name]
    assert script.summary.endswith(".")
    assert len(script.summary) <= 100
    assert script.card.full_name.startswith("DEMO, ")
    assert script.card.mrn.startswith("DEMO-")
    assert 18 <= script.card.age_years(date(2025, 1, 1)) <= 75
    assert script.card.sex in {"female", "male", "other"}
    assert script.card.weight_kg == 70
    assert [s.at_min for s in script.symptoms] == sorted(s.at_min for s in script.symptoms)


def test_no_two_cards_are_the_same_person() -> None:
    cards = [script.card for script in PATIENTS.values()]
    assert (
        len({card.mrn for card in cards}) == len({card.given_name for card in cards}) == len(NAMES)
    )


def test_age_counts_completed_years() -> None:
    card = PATIENTS["normotensive"].card
    assert card.birth_date == "1984-03-02"
    assert [card.age_years(date(2024, 3, day)) for day in (1, 2)] == [39, 40]


@pytest.mark.parametrize("name", NAMES)
def test_a_body_stays_within_what_a_monitor_can_measure(name: str) -> None:
    patient: PatientBody = infused(name, seed=3)
    for minute in range(-20, 100):
        t_ns = at(minute)
        assert VITALS[Vital.PR].is_plausible(patient.pulse_rate_bpm(t_ns))
        assert VITALS[Vital.SPO2].is_plausible(patient.spo2_percent(t_ns))
        assert VITALS[Vital.PI].is_plausible(patient.perfusion_percent(t_ns))
        sbp, dbp, mean = patient.blood_pressure_mmhg(t_ns)
        assert VITALS[Vital.SBP].is_plausible(sbp)
        assert VITALS[Vital.DBP].is_plausible(dbp)
        assert dbp < mean < sbp


def test_a_fixed_body_rises_by_its_change_at_the_end_of_the_reference_infusion() -> None:
    patient = infused("hypertensive")
    before, end, later = (patient.circulation(at(m)) for m in (-1, 40, 100))
    assert (before.sbp_mmhg, before.dbp_mmhg) == (136, 86)
    assert end.sbp_mmhg - before.sbp_mmhg == pytest.approx(28)
    assert end.dbp_mmhg - before.dbp_mmhg == pytest.approx(15)
    assert later.sbp_mmhg - before.sbp_mmhg < 0.25 * 28


@pytest.mark.parametrize("weight_kg", [45.0, 70.0, 120.0])
def test_the_response_follows_the_dose_per_kilogram(weight_kg: float) -> None:
    patient = infused("hypertensive", weight_kg=weight_kg)
    assert patient.illustrative_effect(at(40)) == pytest.approx(1.0)


def test_a_pause_and_a_slower_rate_lower_the_pressure() -> None:
    whole, paused, slowed = (SimulatedPatient("hypertensive", seed=1) for _ in range(3))
    for patient in (whole, paused, slowed):
        patient.set_rate(START_NS, 0.875)
    paused.set_rate(at(20), 0.0)
    slowed.set_rate(at(20), 0.4375)
    pressures = [p.circulation(at(30)).sbp_mmhg for p in (paused, slowed, whole)]
    assert pressures[0] + 5 < pressures[1] < pressures[2] - 3
    assert paused.delivered_mg(at(30)) == pytest.approx(17.5)
    assert slowed.delivered_mg(at(30)) == pytest.approx(17.5 + 4.375)


def test_nothing_of_the_drug_before_the_infusion() -> None:
    patient = infused("emergency")
    assert patient.infusion_start_ns == START_NS
    assert patient.illustrative_effect(at(-1)) == 0
    assert patient.delivered_mg(at(-1)) == 0
    assert patient.circulation(at(-1)) == patient.circulation(0)


def test_two_drawn_patients_differ_and_two_visits_of_one_share_the_person() -> None:
    first, again, other = (SimulatedPatient("strong", seed=seed) for seed in (5, 5, 6))
    second_visit = SimulatedPatient("strong", seed=5, visit=2)
    for patient in (first, again, other, second_visit):
        patient.set_rate(START_NS, 0.875)
    assert first.circulation(at(30)) == again.circulation(at(30))
    assert first.circulation(0) != other.circulation(0)
    assert first.circulation(0) == second_visit.circulation(0)
    assert first.circulation(at(30)) != second_visit.circulation(at(30))


@given(
    asked=st.lists(st.integers(0, at(60)), max_size=30),
    name=st.sampled_from([n for n in NAMES if n != "cuff-artefact"]),
    seed=st.integers(0, 1_000),
)
@settings(max_examples=25)
def test_asking_has_no_effect_on_any_answer(asked: list[int], name: str, seed: int) -> None:
    quiet, nosy = infused(name, seed), infused(name, seed)
    for t_ns in asked:
        nosy.blood_pressure_mmhg(t_ns)
        nosy.pulse_rate_bpm(t_ns)
        nosy.spo2_percent(t_ns)
        nosy.pleth([t_ns])
        nosy.observe(Vital.RR, t_ns)
    for minute in (1, 24, 40, 46):
        t_ns = at(minute)
        assert nosy.blood_pressure_mmhg(t_ns) == quiet.blood_pressure_mmhg(t_ns)
        assert nosy.pulse_rate_bpm(t_ns) == quiet.pulse_rate_bpm(t_ns)
        assert nosy.pleth([t_ns]) == quiet.pleth([t_ns])
        assert nosy.observe(Vital.DISTRESS, t_ns) == quiet.observe(Vital.DISTRESS, t_ns)


def test_cuff_noise_agrees_within_one_determination_and_not_between_two() -> None:
    patient = SimulatedPatient("normotensive", seed=2)
    seconds = range(0, 3_600)
    sbp = [patient.blood_pressure_mmhg(s * NS_PER_S)[0] - 118 for s in seconds]
    spread = (sum(x * x for x in sbp) / len(sbp)) ** 0.5
    assert spread == pytest.approx(5, abs=1)
    assert max(abs(a - b) for a, b in pairwise(sbp)) < 1.5
    apart = [a - b for a, b in zip(sbp, sbp[300:], strict=False)]
    assert (sum(x * x for x in apart) / len(apart)) ** 0.5 > 5


class TestPulse:
    def test_beats_keep_step_with_the_pulse_rate(self) -> None:
        patient = SimulatedPatient("normotensive", seed=4)
        step_ns = NS_PER_S // 75
        times = [k * step_ns for k in range(75 * 60)]
        wave = patient.pleth(times)
        middle = 0.5
        upstrokes = sum(a < middle <= b for a, b in pairwise(wave))
        rate = sum(patient.pulse_rate_bpm(t) for t in times[::75]) / 60
        assert upstrokes == pytest.approx(rate, abs=2)

    def test_one_beat_has_upstroke_notch_and_dicrotic_wave(self) -> None:
        peaks = [i for i in range(1, len(BEAT) - 1) if BEAT[i - 1] < BEAT[i] >= BEAT[i + 1]]
        systole, dicrotic = peaks
        notch = min(BEAT[systole:dicrotic])
        assert BEAT[systole] == 1
        assert notch < BEAT[dicrotic] < 0.6
        assert systole < 0.25 * len(BEAT)
        assert abs(BEAT[0]) < 0.01
        assert abs(BEAT[-1]) < 0.01

    def test_the_wave_is_cut_anywhere_without_a_change(self) -> None:
        times = [k * NS_PER_S // 75 for k in range(2_000)]
        whole = infused("distress", 9).pleth(times)
        cut = infused("distress", 9)
        pieces = [value for i in range(0, 2_000, 37) for value in cut.pleth(times[i : i + 37])]
        assert pieces == whole
        assert all(0 <= value <= 1 for value in whole)

    def test_it_is_smaller_when_perfusion_is_low(self) -> None:
        patient = SimulatedPatient("vasovagal", seed=1)
        patient.cannulate(2 * NS_PER_MIN)

        def height(minute: float) -> float:
            start = round(minute * NS_PER_MIN)
            wave = patient.pleth([start + k * NS_PER_S // 75 for k in range(375)])
            return max(wave) - min(wave)

        assert height(4) < 0.5 * height(1)

    def test_no_times_give_no_samples_and_backward_times_are_refused(self) -> None:
        patient = SimulatedPatient("mild", seed=1)
        assert patient.pleth([]) == []
        with pytest.raises(ValueError, match="backwards"):
            patient.pleth([2, 1])


def test_a_dose_given_at_once_moves_the_body_like_the_drug_of_a_pump() -> None:
    patient = SimulatedPatient("hypertensive", seed=1)
    patient.give(START_NS, 0.5 * patient.weight_kg, INJECTED)
    before, early, high, late = (patient.circulation(at(m)).sbp_mmhg for m in (-1, 3, 15, 120))
    assert before < early < high
    assert late - before < 0.5 * (high - before)
    assert patient.infusion_start_ns == START_NS


class TestStories:
    def test_normotensive_stays_flat(self) -> None:
        patient = infused("normotensive")
        assert {patient.circulation(at(m)) for m in range(-10, 90)} == {patient.circulation(0)}

    def test_panic_raises_the_pulse_by_40_with_a_flat_pressure(self) -> None:
        patient = infused("panic")
        before, during, after = (patient.circulation(at(m)) for m in (14, 18, 30))
        assert during.hr_bpm - before.hr_bpm == pytest.approx(40, abs=1)
        assert during.sbp_mmhg - before.sbp_mmhg < 2
        assert after.hr_bpm < before.hr_bpm + 3
        assert patient.observe(Vital.ANXIETY, at(18)) == 9
        assert patient.observe(Vital.ANXIETY, at(5)) <= 3

    def test_vasovagal_faints_at_cannulation_for_three_minutes(self) -> None:
        patient = SimulatedPatient("vasovagal", seed=1)
        patient.cannulate(7 * NS_PER_MIN)
        calm, faint, better = (patient.circulation(m * NS_PER_MIN) for m in (6, 9, 12))
        assert (faint.sbp_mmhg, faint.hr_bpm) == (80, 45)
        assert calm == better
        assert calm.sbp_mmhg == 116

    def test_sedated_desaturates_and_answers_only_to_a_loud_voice(self) -> None:
        patient = infused("sedated")
        assert patient.spo2_percent(at(35)) == pytest.approx(91, abs=1)
        assert patient.observe(Vital.MOAAS, at(35)) == 3
        assert patient.observe(Vital.RR, at(35)) == pytest.approx(11, abs=2)
        assert patient.observe(Vital.MOAAS, at(10)) == patient.observe(Vital.MOAAS, at(70)) == 5

    def test_desaturation_passes_below_90_and_recovers(self) -> None:
        patient = infused("desaturation")
        low = [s for s in range(0, 3_600) if patient.spo2_percent(at(s / 60)) < 90]
        assert low[0] > 22 * 60
        assert 60 < low[-1] - low[0] < 180
        assert min(patient.spo2_percent(at(s / 60)) for s in low) == pytest.approx(86, abs=1)

    def test_the_first_cuff_reading_after_22_min_is_a_spike_and_the_repeat_is_not(self) -> None:
        patient = infused("cuff-artefact")
        readings = [patient.blood_pressure_mmhg(at(m)) for m in (15, 25, 25.5, 27, 35)]
        assert [sbp > 200 for sbp, _, _ in readings] == [False, True, True, False, False]
        assert readings[1][:2] == (210, 140)

    def test_a_probe_that_is_off_gives_a_flat_line(self) -> None:
        patient = infused("probe-off")
        on = [patient.probe_on(at(m)) for m in (11.9, 12, 13.9, 14, 33.2, 33.6)]
        assert on == [True, False, False, True, False, True]
        wave = patient.pleth([at(13) + k * NS_PER_S // 75 for k in range(75)])
        assert max(wave) <= 1 / 254

    def test_a_slow_pump_leaves_a_part_of_the_dose(self) -> None:
        slow, good = infused("slow-pump"), infused("typical")
        assert slow.delivered_mg(at(60)) == pytest.approx(0.7 * 35)
        assert good.delivered_mg(at(60)) == pytest.approx(35)
        assert slow.illustrative_effect(at(40)) == pytest.approx(0.7)

    def test_distress_comes_at_25_min_and_spoils_the_cuff(self) -> None:
        patient = infused("distress")
        assert patient.observe(Vital.DISTRESS, at(24)) < 4
        assert patient.observe(Vital.DISTRESS, at(28)) == 8
        assert [patient.cuff_disturbed(at(m)) for m in (24.9, 25.5, 27)] == [False, True, False]
        assert patient.circulation(at(28)).hr_bpm - patient.circulation(at(24)).hr_bpm > 15

    def test_vomiting_is_heralded_by_nausea(self) -> None:
        patient = infused("vomiting")
        nausea = [patient.observe(Vital.NAUSEA, at(m)) for m in (30, 40, 45, 70)]
        assert nausea[0] < nausea[1] < nausea[2] == 8
        assert nausea[3] < 3
        seen = patient.symptoms_between(at(0), at(90))
        assert [(s.t_ns, s.term) for s in seen] == [(at(38), "nausea"), (at(45), "vomiting")]

    def test_the_emergency_passes_180_over_110_with_headache(self) -> None:
        patient = infused("emergency")
        for minute in (20, 25, 30, 40):
            state = patient.circulation(at(minute))
            assert state.sbp_mmhg > 180
            assert state.dbp_mmhg > 110
        told = patient.symptoms_between(at(0), at(40))
        assert [(s.t_ns, s.term) for s in told] == [
            (at(22), "headache"),
            (at(30), "neurological"),
        ]

    def test_symptoms_use_the_quick_events_of_the_shipped_protocol(self) -> None:
        text, _ = read_protocol("iv-0.5-40")
        events = {e["id"]: e for e in tomllib.loads(text)["quick_event"]}
        for script in PATIENTS.values():
            for symptom in script.symptoms:
                if symptom.term == NOTE:
                    assert symptom.text
                    assert symptom.severity is None
                else:
                    asks = events[symptom.term]["asks_severity"]
                    assert asks is (symptom.severity is not None), symptom

    def test_symptoms_are_counted_from_the_infusion_each_once(self) -> None:
        patient = SimulatedPatient("strong", seed=1)
        assert patient.symptoms_between(0, at(90)) == []
        patient.set_rate(START_NS, 0.875)
        steps = [at(m) for m in range(0, 91)]
        told = [s for a, b in pairwise(steps) for s in patient.symptoms_between(a, b)]
        assert told == patient.symptoms_between(at(0), at(90))
        assert len(told) == len(PATIENTS["strong"].symptoms)


class TestScores:
    def test_dissociation_grows_with_the_plasma_level_and_passes(self) -> None:
        patient = infused("typical", seed=2)
        scores = [patient.observe(Vital.DISSOCIATION, at(m)) for m in (-1, 15, 40, 120)]
        assert scores[0] == 0
        assert scores[0] < scores[1] < scores[2]
        assert scores[3] <= 1

    def test_scores_and_breaths_are_whole_numbers_within_range(self) -> None:
        patient = infused("distress", seed=8)
        for vital in (
            Vital.MOAAS,
            Vital.DISTRESS,
            Vital.NAUSEA,
            Vital.PAIN,
            Vital.ANXIETY,
            Vital.RR,
        ):
            for minute in range(-5, 90, 5):
                value = patient.observe(vital, at(minute))
                assert value == int(value)
                assert VITALS[vital].is_plausible(value)

    def test_what_a_monitor_measures_is_not_observed(self) -> None:
        with pytest.raises(ValueError, match="monitor"):
            infused("typical").observe(Vital.SPO2, at(1))
