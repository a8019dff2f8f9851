"""Whole visits as stories: what the rules let happen, in which order, and what they refuse."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from devices.suntech_advantage.wire import Status
from protocols.events import (
    AbortBp,
    AdvancePhase,
    AlarmChanged,
    AlarmState,
    AnswerGate,
    BaselineFrozen,
    CheckDose,
    CloseSession,
    DeliveryChanged,
    DoseConfirmed,
    DosePlanned,
    DrawDrug,
    EnterBp,
    EnterPatient,
    EnterValue,
    EnterWeight,
    FreezeBaseline,
    HandOver,
    ObservationRecorded,
    OrderDose,
    Phase,
    PhaseChanged,
    RecordDrug,
    SessionClosed,
    StartInfusion,
    TakeBp,
    WeightRecorded,
    WriteNote,
)
from protocols.vitals import Quality, Vital
from tests.unit.app.session_scenes import (
    NURSE,
    PRESCRIBER,
    SECOND,
    Scene,
    bp_status,
    definition,
    oximeter_packet,
)

PUMP = Decimal("52.5")
S = 1_000_000_000
FIFTY_MG_PER_MIN = Fraction(35, 40)


def start(scene: Scene, rate: Decimal = PUMP) -> str:
    return scene.refusal(StartInfusion, pump_rate_ml_per_h=rate)


# -- the whole way ---------------------------------------------------------------------------------


def test_a_visit_from_the_door_to_the_door() -> None:
    scene = Scene().to_recovery()
    scene.wait(50 * 60)
    scene.meet_discharge()
    assert not scene.refusal(AdvancePhase, phase=Phase.DISCHARGED)
    scene.reconcile()
    assert not scene.refusal(CloseSession)
    assert [(c.before, c.after) for c in scene.all(PhaseChanged)] == [
        (Phase.SETUP, Phase.GATE),
        (Phase.GATE, Phase.BASELINE),
        (Phase.BASELINE, Phase.INFUSING),
        (Phase.INFUSING, Phase.RECOVERY),
        (Phase.RECOVERY, Phase.DISCHARGED),
    ]
    [closed] = scene.all(SessionClosed)
    assert closed.delivered_mg == 35
    assert scene.all(BaselineFrozen)[0].low_confidence is False


def test_the_plan_is_the_worked_example() -> None:
    """70 kg, 0.5 mg/kg, 40 min, 1 mg/mL: 35 mg in 35 mL at 52.5 mL/h."""
    scene = Scene().to_gate()
    [plan] = scene.all(DosePlanned)
    assert (plan.dose_mg, plan.volume_ml, plan.rate_ml_per_h) == (35, 35, PUMP)
    assert (plan.rate_mg_per_min, plan.ordered_by) == (Decimal("0.875"), PRESCRIBER)


def test_nothing_happens_after_the_session_was_closed() -> None:
    scene = Scene().to_gate()
    assert not scene.refusal(CloseSession, reason="patient did not come")
    ended = len(scene.record)
    scene.oximeter(5, pr=150, spo2=80)
    scene.wait(3600)
    scene.enter_weight()
    assert [event for event in scene.record[ended:] if event not in scene.inputs] == []


def test_a_session_is_not_closed_over_a_tight_cuff() -> None:
    scene = Scene().to_gate()
    scene.do(TakeBp)
    assert "abort it" in scene.refusal(CloseSession, reason="end of shift")
    scene.do(AbortBp)
    scene.bytes("bp", bp_status(Status.RECEIVED) + bp_status(Status.ABORTED))
    assert not scene.refusal(CloseSession, reason="end of shift")


# -- what a start needs ----------------------------------------------------------------------------


def test_start_is_refused_until_every_step_was_made() -> None:
    scene = Scene()
    said = start(scene)
    assert "setup" in said
    assert scene.state.phase is Phase.SETUP
    scene.to_gate()
    assert "gate" in start(scene)
    scene.fill_scales()
    scene.answer_gate()
    scene.do(AdvancePhase, phase=Phase.BASELINE)
    said = start(scene)
    for needed in ("Accept the baseline", "No vial is recorded", "No present SpO2"):
        assert needed in said
    assert not scene.all(DeliveryChanged)


@pytest.mark.parametrize("missing", ["enter_patient", "enter_weight", "order"])
def test_the_gate_is_not_reached_without_patient_weight_and_order(missing: str) -> None:
    scene = Scene()
    for step in ("enter_patient", "enter_weight", "order"):
        if step == missing:
            continue
        if missing == "enter_weight" and step == "order":
            continue
        getattr(scene, step)()
    assert scene.refusal(AdvancePhase, phase=Phase.GATE)
    assert scene.state.phase is Phase.SETUP


@pytest.mark.parametrize("item", [item.id for item in definition().gate])
def test_each_gate_item_holds_the_visit_while_it_is_not_answered(item: str) -> None:
    scene = Scene().to_gate()
    scene.answer_gate(but=item)
    said = scene.refusal(AdvancePhase, phase=Phase.BASELINE)
    question = next(one.question for one in definition().gate if one.id == item)
    assert question.rstrip("?") in said
    assert scene.state.phase is Phase.GATE


@pytest.mark.parametrize(
    "item", [item.id for item in definition().gate if not item.hold.can_be_passed]
)
def test_a_stop_passes_with_no_reason_whatever(item: str) -> None:
    scene = Scene().to_gate()
    scene.answer_gate()
    asked = next(one for one in definition().gate if one.id == item)
    wrong = next(answer for answer in asked.answers if answer not in asked.passes)
    scene.do(
        AnswerGate,
        item=item,
        answer=wrong,
        reason="I say so",
        prescriber=PRESCRIBER,
        confirmed=True,
    )
    assert scene.refusal(AdvancePhase, phase=Phase.BASELINE)


def test_a_soft_hold_passes_with_the_reason_of_a_named_prescriber() -> None:
    scene = Scene().to_gate()
    scene.fill_scales()
    scene.answer_gate(but="fasting")
    scene.do(AnswerGate, item="fasting", answer="no")
    assert scene.refusal(AdvancePhase, phase=Phase.BASELINE)
    scene.do(AnswerGate, by=PRESCRIBER, item="fasting", answer="no", reason="light meal 3 h ago")
    assert "name the prescriber" in scene.refusal(AdvancePhase, phase=Phase.BASELINE)
    scene.do(
        AnswerGate,
        item="fasting",
        answer="no",
        reason="light meal 3 h ago",
        prescriber=PRESCRIBER,
    )
    passed = scene.state.gate["fasting"]
    assert (passed.by, passed.prescriber) == (NURSE, PRESCRIBER)
    assert not scene.refusal(AdvancePhase, phase=Phase.BASELINE)


@pytest.mark.parametrize("name", [PRESCRIBER, f"  {PRESCRIBER.upper()} "])
def test_who_ordered_cannot_check(name: str) -> None:
    scene = Scene()
    scene.enter_patient()
    scene.enter_weight()
    scene.order()
    said = scene.refusal(CheckDose, by=name, weight_kg=Decimal(70), dose_mg=Decimal(35))
    assert "second person" in said
    assert not scene.all(DoseConfirmed)


@pytest.mark.parametrize("name", ["", "   "])
def test_nobody_is_no_second_person(name: str) -> None:
    scene = Scene()
    scene.enter_patient()
    scene.enter_weight()
    scene.order()
    assert scene.refusal(CheckDose, by=name, weight_kg=Decimal(70), dose_mg=Decimal(35))
    assert not scene.all(DoseConfirmed)


@pytest.mark.parametrize(("kg", "mg"), [("70", "36"), ("71", "35"), ("154", "77"), ("70", "3.5")])
def test_a_check_that_does_not_agree_voids_the_check_before(kg: str, mg: str) -> None:
    scene = Scene().to_frozen()
    said = scene.refusal(CheckDose, by=SECOND, weight_kg=Decimal(kg), dose_mg=Decimal(mg))
    assert "does not agree" in said
    assert "second person" in start(scene)


def test_a_new_weight_voids_order_and_check() -> None:
    scene = Scene().to_frozen()
    scene.enter_weight("72")
    said = start(scene)
    assert "Enter the order" in said
    assert "second person" in said
    scene.order()
    assert "second person" in start(scene)
    assert "does not agree" in scene.refusal(
        CheckDose, by=SECOND, weight_kg=Decimal(70), dose_mg=Decimal(35)
    )
    assert not scene.refusal(CheckDose, by=SECOND, weight_kg=Decimal(72), dose_mg=Decimal(36))
    assert "1 mg lack" in start(scene)
    assert not scene.refusal(DrawDrug, vial="A-12", amount_mg=Decimal(1))
    assert "54.0 mL/h" in start(scene, PUMP)
    assert not start(scene, Decimal(54))


def test_a_new_order_voids_the_check() -> None:
    scene = Scene().to_frozen()
    scene.order()
    assert "second person" in start(scene)


@pytest.mark.parametrize(
    ("shown", "passes"),
    [
        ("52.5", True),
        ("52.0", True),
        ("53.0", True),
        ("53.025", True),
        ("53.03", False),
        ("51.97", False),
        ("51.975", True),
        ("525", False),
        ("0", False),
        ("-52.5", False),
        ("NaN", False),
        ("Infinity", False),
    ],
)
def test_the_pump_must_show_the_rate_within_one_percent(shown: str, passes: bool) -> None:
    scene = Scene().to_frozen()
    said = start(scene, Decimal(shown))
    assert (said == "") is passes
    if not passes:
        assert "mL/h" in said
        assert scene.state.phase is Phase.BASELINE
        assert not scene.all(DeliveryChanged)


def test_no_start_without_a_present_saturation() -> None:
    scene = Scene().to_frozen()
    scene.wait(4)
    assert not start(scene)
    scene = Scene().to_frozen()
    scene.wait(6)
    assert "No present SpO2" in start(scene)
    scene = Scene().to_frozen()
    scene.now_s += 0.4
    scene.bytes("oximeter", oximeter_packet(511, 127, status=0x08))
    assert "No present SpO2" in start(scene)


@pytest.mark.parametrize(
    ("sbp", "dbp", "named"),
    [(140, 80, "140"), (165, 80, "165"), (120, 90, "90"), (88, 60, "88"), (120, 49, "49")],
)
def test_a_baseline_out_of_its_start_limits_holds_until_a_prescriber_passes_it(
    sbp: int, dbp: int, named: str
) -> None:
    scene = Scene().to_frozen(sbp, dbp)
    said = start(scene)
    assert named in said
    vital = "sbp" if named == str(sbp) else "dbp"
    refused = scene.refusal(AnswerGate, item=f"start-limit/{vital}", answer="override")
    assert "reason" in refused
    assert start(scene)
    scene.do(
        AnswerGate,
        item=f"start-limit/{vital}",
        answer="override",
        reason="white coat, home 128/78",
        prescriber=PRESCRIBER,
        confirmed=True,
    )
    assert not start(scene)


def test_a_start_limit_is_not_passed_before_a_value_is_beyond_it() -> None:
    scene = Scene().to_baseline()
    for vital in ("sbp", "nothing", ""):
        said = scene.refusal(
            AnswerGate, by=PRESCRIBER, item=f"start-limit/{vital}", answer="override", reason="ok"
        )
        assert "nothing to pass" in said
    assert "start-limit/sbp" not in scene.state.gate


@pytest.mark.parametrize(("sbp", "dbp"), [(139, 89), (90, 50), (120, 78)])
def test_a_baseline_on_the_limit_may_start(sbp: int, dbp: int) -> None:
    assert not start(Scene().to_frozen(sbp, dbp))


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"family_name": " "}, "family name"),
        ({"mrn": ""}, "MRN"),
        ({"birth_date": ""}, "birth date"),
        ({"birth_date": "3.2.1980"}, "YYYY-MM-DD"),
        ({"birth_date": "2010-03-03"}, "15 years"),
        ({"birth_date": "2027-01-01"}, "no possible age"),
        ({"birth_date": "1890-01-01"}, "no possible age"),
        ({"height_cm": Decimal(17)}, "17"),
        ({"height_cm": Decimal("NaN")}, ""),
    ],
)
def test_a_patient_who_cannot_be_is_refused(fields: dict[str, object], named: str) -> None:
    whole = {
        "given_name": "Ana",
        "family_name": "Example",
        "mrn": "MRN-7",
        "birth_date": "1980-02-03",
        "sex": "female",
    }
    scene = Scene()
    said = scene.refusal(EnterPatient, **{**whole, **fields})
    assert said
    assert named in said
    assert scene.state.patient is None


@pytest.mark.parametrize(("born", "passes"), [("2008-03-02", True), ("2008-03-03", False)])
def test_age_counts_from_the_birthday(born: str, passes: bool) -> None:
    """The session is on 2 March 2026; the protocol begins at 18 years."""
    scene = Scene()
    said = scene.refusal(
        EnterPatient,
        given_name="",
        family_name="Example",
        mrn="1",
        birth_date=born,
        sex="other",
    )
    assert (said == "") is passes


@pytest.mark.parametrize("kg", ["0", "-70", "NaN", "Infinity", "29.9", "250.1", "700"])
def test_a_weight_that_cannot_be_is_refused_whatever_the_reason(kg: str) -> None:
    scene = Scene()
    scene.enter_patient()
    said = scene.refusal(EnterWeight, weight_kg=Decimal(kg), measured=True, reason="it is so")
    assert said
    assert not scene.all(WeightRecorded)


def test_the_order_cannot_be_changed_once_the_drug_runs() -> None:
    scene = Scene().to_infusing()
    for kind, fields in (
        (EnterWeight, {"weight_kg": Decimal(80), "measured": True}),
        (
            OrderDose,
            {
                "dose_mg_per_kg": Decimal(1),
                "duration_min": Decimal(40),
                "concentration_mg_per_ml": Decimal(1),
            },
        ),
        (CheckDose, {"weight_kg": Decimal(70), "dose_mg": Decimal(35)}),
        (AnswerGate, {"item": "consent", "answer": "no"}),
    ):
        assert "has begun" in scene.refusal(kind, by=SECOND, **fields)
    assert scene.state.dose is not None
    assert scene.state.dose.dose_mg == 35


# -- what people write -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (RecordDrug, {"drug": "ondansetron", "dose": " "}),
        (RecordDrug, {"drug": "", "dose": "4 mg"}),
        (WriteNote, {"text": "\n "}),
        (HandOver, {"to": " "}),
        (EnterValue, {"vital": Vital.RR, "value": 81}),
        (EnterValue, {"vital": Vital.MOAAS, "value": 6}),
        (EnterValue, {"vital": Vital.NAUSEA, "value": -1}),
        (EnterValue, {"vital": Vital.RR, "value": float("nan")}),
        (EnterValue, {"vital": Vital.RR, "value": 14, "age_s": 3601}),
        (EnterValue, {"vital": Vital.RR, "value": 14, "age_s": float("nan")}),
        (EnterBp, {"sbp_mmhg": 80, "dbp_mmhg": 120}),
        (EnterBp, {"sbp_mmhg": 120, "dbp_mmhg": 120}),
        (EnterBp, {"sbp_mmhg": 400, "dbp_mmhg": 80}),
        (EnterBp, {"sbp_mmhg": 120, "dbp_mmhg": 80, "age_s": -1}),
    ],
)
def test_an_entry_without_sense_is_refused_and_recorded_nowhere(
    kind: type, fields: dict[str, object]
) -> None:
    scene = Scene().to_infusing()
    before = len(scene.all(ObservationRecorded))
    readings = dict(scene.state.readings)
    assert scene.refusal(kind, **fields)
    assert len(scene.all(ObservationRecorded)) == before
    assert scene.state.readings == readings


def test_a_typed_value_carries_its_person_and_its_age() -> None:
    scene = Scene()
    scene.now_s = 100
    scene.do(EnterValue, vital=Vital.RR, value=16, age_s=60)
    typed = scene.state.readings[Vital.RR]
    assert (typed.source, typed.manual, typed.quality) == (NURSE, True, Quality.GOOD)
    assert (typed.t_ns, typed.measured_ns) == (100 * S, 40 * S)


def test_a_value_cannot_be_older_than_the_session() -> None:
    scene = Scene()
    scene.now_s = 10
    reason = scene.refusal(EnterValue, vital=Vital.RR, value=16, age_s=600)
    assert "10 min ago is before this session began" in reason
    assert Vital.RR not in scene.state.readings


def test_a_start_needs_the_baseline_and_an_alarm_of_rise_its_own_baseline() -> None:
    scene = Scene().to_baseline()
    scene.type_scores()
    scene.do(EnterBp, sbp_mmhg=120, dbp_mmhg=78)
    scene.oximeter(5)
    scene.do(FreezeBaseline, reason="patient restless")
    assert not start(scene)
    scene.oximeter(60)
    scene.do(EnterBp, sbp_mmhg=150, dbp_mmhg=82)
    [rise] = scene.raised("sbp-rise-warning")
    assert (rise.value, rise.baseline) == (150, 120)
    assert "120" in rise.sentence
    assert "single" in rise.sentence or "confidence" in rise.sentence
    assert isinstance(rise, AlarmChanged)
    assert rise.state is AlarmState.SOUNDING
