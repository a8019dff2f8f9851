"""The account of a controlled drug: what it takes, what it refuses, and when it is balanced."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from protocols.dosing.account import DrugAccount, LedgerRule, last_day
from protocols.events import (
    AddVial,
    AdvancePhase,
    CloseSession,
    CorrectLedger,
    DrawDrug,
    KeepResidual,
    LedgerEntered,
    LedgerReconciled,
    LedgerStep,
    Phase,
    ReconcileDrug,
    StartInfusion,
    StopInfusion,
    WasteDrug,
)
from tests.unit.app.session_scenes import NURSE, PROTOCOL_TEXT, SECOND, Scene

CONTROLLED = "controlled = true\ntolerance_mg = 0.5\ntolerance_percent = 2\nmulti_dose_days = 28\n"
PUMP = Decimal("52.5")


def text_with(ledger: str) -> str:
    """The shipped protocol with another ``[ledger]``, or with none."""
    own, shipped, rest = PROTOCOL_TEXT.partition("\n[ledger]\n")
    assert shipped
    after = rest[rest.index("\n[") :]
    return f"{own}\n{after}\n" + (f"[ledger]\n{ledger}" if ledger else "")


def scene(ledger: str = CONTROLLED) -> Scene:
    """A visit that has just begun, on 2 March 2026."""
    return Scene(protocol_text=text_with(ledger))


def add(visit: Scene, vial: str = "A-12", **changes: object) -> str:
    """Take out a vial of 500 mg in 10 mL; why it was refused, or empty."""
    fields: dict[str, object] = {
        "vial": vial,
        "lot": "L77",
        "expiry": "2027-08-31",
        "content_mg": Decimal(500),
        "strength_mg_per_ml": Decimal(50),
        **changes,
    }
    return visit.refusal(AddVial, **fields)


def draw(visit: Scene, mg: str = "50", vial: str = "A-12", **more: object) -> str:
    return visit.refusal(DrawDrug, vial=vial, amount_mg=Decimal(mg), **more)


def waste(visit: Scene, mg: str, *, witness: str = SECOND, by: str = NURSE, vial: str = "") -> str:
    return visit.refusal(
        WasteDrug, by=by, amount_mg=Decimal(mg), method="sink", witness=witness, vial=vial
    )


def drawn() -> Scene:
    """50 mg drawn of a vial of 500 mg."""
    visit = scene()
    assert add(visit) == draw(visit) == ""
    return visit


def given() -> Scene:
    """50 mg drawn, 35 mg given, the drug ended."""
    visit = scene().to_recovery()
    account = visit.pipeline.session.visit.account
    assert not visit.refusal(CorrectLedger, entry=2, amount_mg=Decimal(50), reason="read again")
    assert account.drawn_mg == 35
    return visit


def last(visit: Scene) -> LedgerEntered:
    return visit.all(LedgerEntered)[-1]


# -- vials -----------------------------------------------------------------------------------------


def test_a_vial_is_kept_with_all_that_its_label_says() -> None:
    visit = scene()
    assert add(visit, product="0143-9508-10", strength_mg_per_ml=Decimal(100)) == ""
    entry = last(visit)
    assert (entry.step, entry.number, entry.vial) == (LedgerStep.VIAL, 1, "A-12")
    assert (entry.lot, entry.expiry, entry.product) == ("L77", "2027-08-31", "0143-9508-10")
    assert (entry.amount_mg, entry.vial_left_mg, entry.volume_ml) == (500, 500, 5)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"vial": " "}, "name or number is missing"),
        ({"lot": ""}, "lot is missing"),
        ({"expiry": ""}, "write it as YYYY-MM-DD or YYYY-MM"),
        ({"expiry": "31.08.2027"}, "write it as"),
        ({"expiry": "2027-13"}, "write it as"),
        ({"expiry": "2027-02-30"}, "write it as"),
        ({"expiry": "2026-03-01"}, "expired on 2026-03-01"),
        ({"expiry": "2026-02"}, "expired on 2026-02-28"),
        ({"content_mg": Decimal(0)}, "must be above 0"),
        ({"content_mg": Decimal("NaN")}, "is not a number"),
        ({"content_mg": Decimal("1e9")}, "below 100000"),
        ({"content_mg": Decimal("1.0000001")}, "at most 6 decimals"),
        ({"strength_mg_per_ml": Decimal(-1)}, "must be above 0"),
        ({"punctured_on": "2026-02-01"}, "may be used for 28 days"),
        ({"punctured_on": "2026-03-03"}, "not ahead"),
        ({"punctured_on": "2026-02"}, "not ahead"),
    ],
)
def test_a_vial_that_cannot_be_signed_for_is_refused(changes: dict[str, object], said: str) -> None:
    visit = scene()
    assert said in add(visit, **changes)
    assert visit.all(LedgerEntered) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"expiry": "2026-03-02"},
        {"expiry": "2026-03"},
        {"punctured_on": "2026-02-02"},
        {"punctured_on": "2026-03-02"},
        {"strength_mg_per_ml": None},
    ],
)
def test_a_vial_may_be_used_to_its_last_day(changes: dict[str, object]) -> None:
    assert add(scene(), **changes) == ""


def test_a_vial_for_one_patient_is_not_opened_on_another_day() -> None:
    visit = scene(CONTROLLED.replace("28", "0"))
    assert "is for one patient" in add(visit, punctured_on="2026-03-01")
    assert add(visit, punctured_on="2026-03-02") == ""


def test_the_same_vial_is_taken_out_once() -> None:
    visit = drawn()
    assert "A-12 is in the account already" in add(visit, "a-12 ")
    assert add(visit, "A-13") == ""


def test_an_expiry_of_a_month_lasts_to_its_last_day() -> None:
    assert last_day("2028-02") == date(2028, 2, 29)
    assert last_day("2028-02-01") == date(2028, 2, 1)


# -- draws -----------------------------------------------------------------------------------------


def test_no_vial_gives_more_than_it_holds() -> None:
    visit = drawn()
    assert last(visit).vial_left_mg == 450
    assert last(visit).volume_ml == 1
    assert "holds 450 mg: 450.01 mg" in draw(visit, "450.01")
    assert draw(visit, "450") == ""
    assert "holds 0 mg" in draw(visit, "0.000001")
    assert visit.state.ledger.in_vials_mg == 0


@pytest.mark.parametrize("mg", ["0", "-1", "NaN", "Infinity", "-0"])
def test_an_amount_that_is_none_is_not_drawn(mg: str) -> None:
    assert draw(drawn(), mg)


def test_nothing_is_drawn_from_an_unknown_vial() -> None:
    assert "No vial B-1 is recorded" in draw(drawn(), vial="B-1")
    assert "without a name" in draw(drawn(), vial=" ")


def test_a_vial_that_expires_at_midnight_is_refused_after_it() -> None:
    visit = scene()
    assert add(visit, expiry="2026-03-02") == ""
    visit.now_s = 16 * 3600
    assert "expired on 2026-03-02" in draw(visit)


def test_who_checks_a_draw_is_another_person() -> None:
    visit = drawn()
    assert "another person" in draw(visit, "1", checked_by=NURSE.upper())
    assert draw(visit, "1", checked_by=SECOND) == ""
    assert last(visit).witness == SECOND


# -- waste and residual ----------------------------------------------------------------------------


@pytest.mark.parametrize("witness", ["", "  ", NURSE, NURSE.upper(), f" {NURSE}  "])
def test_waste_needs_a_witness_who_is_not_the_giver(witness: str) -> None:
    visit = drawn()
    assert "itness" in waste(visit, "15", witness=witness)
    assert visit.state.ledger.wasted_mg == 0


def test_who_gave_the_drug_witnesses_no_waste_of_another() -> None:
    visit = given()
    assert "another person" in waste(visit, "15", by=SECOND, witness=NURSE)
    assert waste(visit, "15", by=SECOND, witness="C. Third") == ""


def test_waste_is_kept_with_method_witness_and_volume() -> None:
    visit = given()
    assert waste(visit, "15") == ""
    entry = last(visit)
    assert (entry.detail, entry.by, entry.witness) == ("sink", NURSE, SECOND)
    assert (entry.amount_mg, entry.volume_ml) == (15, 15)
    assert (entry.drawn_mg, entry.wasted_mg, entry.residual_mg) == (50, 15, 0)


def test_waste_straight_from_a_vial_empties_the_vial_at_its_own_strength() -> None:
    visit = drawn()
    assert waste(visit, "450", vial="a-12") == ""
    entry = last(visit)
    assert (entry.vial_left_mg, entry.volume_ml) == (0, 9)
    assert (entry.drawn_mg, entry.wasted_mg) == (500, 450)
    assert "holds 0 mg" in waste(visit, "1", vial="A-12")


def test_waste_needs_a_method() -> None:
    said = drawn().refusal(WasteDrug, amount_mg=Decimal(1), method=" ", witness=SECOND)
    assert "how it was destroyed" in said


def test_no_more_is_wasted_or_kept_than_was_drawn() -> None:
    visit = drawn()
    assert "more than the 50 mg drawn" in waste(visit, "150")
    assert not visit.refusal(KeepResidual, amount_mg=Decimal(2))
    assert "Read the amount again" in waste(visit, "49.1")
    assert waste(visit, "48") == ""
    assert visit.state.ledger.at_hand_mg == 0


def test_nothing_is_wasted_or_kept_before_something_was_drawn() -> None:
    visit = scene()
    assert add(visit) == ""
    assert "Nothing was drawn" in waste(visit, "0.1")
    assert "Nothing was drawn" in visit.refusal(KeepResidual, amount_mg=Decimal("0.1"))


# -- corrections -----------------------------------------------------------------------------------


def test_a_correction_stands_beside_the_entry_that_it_corrects() -> None:
    visit = drawn()
    before = visit.all(LedgerEntered)
    said = visit.refusal(CorrectLedger, entry=2, amount_mg=Decimal(40), reason="syringe read again")
    assert said == ""
    assert visit.all(LedgerEntered)[:-1] == before
    entry = last(visit)
    assert (entry.number, entry.corrects, entry.step) == (3, 2, LedgerStep.DRAWN)
    assert (entry.detail, entry.drawn_mg, entry.vial_left_mg) == ("syringe read again", 40, 460)
    assert entry.volume_ml == Decimal("0.8")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"entry": 2, "reason": " "}, "Give the reason"),
        ({"entry": 9}, "no entry 9"),
        ({"entry": 0}, "no entry 0"),
        ({"entry": 3}, "no entry 3"),
        ({"entry": 2, "amount_mg": Decimal(-1)}, "must be 0 or more"),
        ({"entry": 2, "amount_mg": Decimal(501)}, "501 mg came out of vial A-12"),
        ({"entry": 1, "amount_mg": Decimal(10)}, "40 mg came out of vial A-12"),
    ],
)
def test_a_correction_keeps_every_bound(fields: dict[str, object], said: str) -> None:
    visit = drawn()
    visit.do(CorrectLedger, entry=2, amount_mg=Decimal(40), reason="read again")
    asked: dict[str, object] = {"amount_mg": Decimal(1), "reason": "wrong", **fields}
    assert said in visit.refusal(CorrectLedger, **asked)


def test_a_corrected_waste_needs_its_witness_again() -> None:
    visit = drawn()
    assert waste(visit, "15") == ""
    asked = {"entry": 3, "amount_mg": Decimal(14), "reason": "read again"}
    assert "witness is needed" in visit.refusal(CorrectLedger, **asked)
    assert "another person" in visit.refusal(CorrectLedger, witness=NURSE, **asked)
    assert visit.refusal(CorrectLedger, witness=SECOND, **asked) == ""
    assert visit.state.ledger.wasted_mg == 14


def test_a_vial_with_a_wrong_label_is_taken_back_and_entered_anew() -> None:
    visit = scene()
    assert add(visit, lot="L78") == ""
    assert visit.refusal(CorrectLedger, entry=1, amount_mg=Decimal(0), reason="wrong lot") == ""
    assert visit.state.ledger.vials() == ()
    assert add(visit) == ""
    (vial,) = visit.state.ledger.vials()
    assert (vial.lot, vial.left_mg) == ("L77", 500)
    said = visit.refusal(CorrectLedger, entry=1, amount_mg=Decimal(500), reason="back")
    assert "correct that one" in said


# -- start, reconciliation, close ------------------------------------------------------------------


def ready(ledger: str = CONTROLLED) -> Scene:
    """Everything done for a start but the drug itself."""
    visit = scene("").to_frozen()
    inputs = [event for event in visit.inputs if not isinstance(event, AddVial | DrawDrug)]
    anew = scene(ledger)
    for event in inputs[1:]:
        anew.feed(event)
    anew.now_s = visit.now_s
    return anew


def start(visit: Scene) -> str:
    return visit.refusal(StartInfusion, pump_rate_ml_per_h=PUMP)


def test_a_start_says_what_the_account_lacks() -> None:
    visit = ready()
    assert start(visit) == "No vial is recorded: lot and expiry are needed."
    assert add(visit) == ""
    assert start(visit) == "35 mg are ordered and nothing is drawn: enter what was drawn."
    assert draw(visit, "30") == ""
    assert start(visit) == "35 mg are ordered and 30 mg drawn: 5 mg lack."
    assert draw(visit, "4.2") == ""
    assert start(visit) == "35 mg are ordered and 34.2 mg drawn: 0.8 mg lack."
    assert draw(visit, "0.2") == ""
    assert start(visit) == ""


def test_what_was_wasted_again_does_not_start_a_dose() -> None:
    visit = ready()
    assert add(visit) == draw(visit, "35") == waste(visit, "10") == ""
    assert "25 mg drawn: 10 mg lack" in start(visit)


def test_without_a_controlled_account_nothing_holds_the_start() -> None:
    assert start(ready(CONTROLLED.replace("true", "false"))) == ""
    assert start(ready("")) == ""


def reconcile(visit: Scene, reason: str = "") -> str:
    return visit.refusal(ReconcileDrug, reason=reason)


def test_an_account_is_balanced_within_the_larger_tolerance() -> None:
    visit = given()
    assert waste(visit, "14") == ""
    assert reconcile(visit) == ""
    closed = visit.all(LedgerReconciled)[-1]
    assert (closed.balanced, closed.difference_mg, closed.tolerance_mg) == (True, 1, 1)
    assert (closed.drawn_mg, closed.given_mg, closed.wasted_mg) == (50, 35, 14)
    assert closed.in_vials_mg == 450


def test_a_discrepancy_needs_a_reason_and_stays_open() -> None:
    visit = given()
    assert waste(visit, "13.9") == ""
    said = reconcile(visit)
    assert "1.1 mg are not accounted for, tolerance 1 mg" in said
    assert reconcile(visit, "spilled on the floor") == ""
    closed = visit.all(LedgerReconciled)[-1]
    assert (closed.balanced, closed.reason) == (False, "spilled on the floor")
    assert visit.state.reconciled is closed


def test_more_accounted_for_than_drawn_is_a_discrepancy_too() -> None:
    visit = given()
    assert waste(visit, "16.5") == ""
    assert "1.5 mg more are accounted for than were drawn" in reconcile(visit)


def test_an_entry_after_the_reconciliation_opens_the_account_again() -> None:
    visit = given()
    assert waste(visit, "15") == reconcile(visit) == ""
    assert not visit.refusal(KeepResidual, amount_mg=Decimal("0.1"))
    assert visit.state.reconciled is None
    visit.do(AdvancePhase, phase=Phase.DISCHARGED, reason="leaves")
    assert "not reconciled" in visit.refusal(CloseSession)


def test_nothing_is_reconciled_before_the_drug_has_ended() -> None:
    assert "nothing to reconcile" in reconcile(scene())
    assert "reconcile after its end" in reconcile(scene().to_infusing())


def test_a_rest_in_a_vial_for_one_patient_is_wasted_or_explained() -> None:
    visit = scene(CONTROLLED.replace("28", "0")).to_recovery()
    assert "still holds 465 mg" in reconcile(visit)
    assert waste(visit, "465", vial="A-12") == reconcile(visit) == ""


def test_a_session_is_closed_over_an_open_account_with_a_reason_only() -> None:
    visit = scene().to_infusing()
    visit.do(StopInfusion)
    visit.do(AdvancePhase, phase=Phase.DISCHARGED, reason="leaves")
    said = visit.refusal(CloseSession)
    assert "not reconciled" in said
    assert "given 0 mg" in said
    assert visit.refusal(CloseSession, reason="pharmacy reconciles tomorrow") == ""


def test_a_dose_without_a_lot_is_not_signed_even_where_no_account_is_kept() -> None:
    visit = ready(CONTROLLED.replace("true", "false"))
    assert start(visit) == ""
    visit.wait(60)
    visit.do(StopInfusion)
    visit.do(AdvancePhase, phase=Phase.DISCHARGED, reason="leaves")
    assert "cannot be signed" in visit.refusal(CloseSession)
    assert add(visit) == ""
    assert visit.refusal(CloseSession) == ""


def test_a_protocol_without_a_ledger_asks_for_nothing_and_takes_nothing() -> None:
    visit = scene("").to_infusing()
    assert "keeps no account" in add(visit)
    visit.do(StopInfusion)
    visit.do(AdvancePhase, phase=Phase.DISCHARGED, reason="leaves")
    assert visit.refusal(CloseSession) == ""


def test_the_tolerance_is_the_larger_of_the_two() -> None:
    rule = LedgerRule(
        controlled=True,
        tolerance_mg=Decimal("0.5"),
        tolerance_percent=Decimal(2),
        multi_dose_days=28,
    )
    assert rule.tolerance_of(Decimal(20)) == Decimal("0.5")
    assert rule.tolerance_of(Decimal(25)) == Decimal("0.5")
    assert rule.tolerance_of(Decimal(100)) == 2
    assert DrugAccount().start_problem(rule, Decimal(35), date(2026, 3, 2)).startswith("No vial")
