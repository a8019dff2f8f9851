"""The order, its sum and its guardrails, and the second person's blind check."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.bedside.dose_section import DoseSection
from app.bedside.section import Standing
from protocols.events import CheckDose, EnterWeight, OrderDose, OverrideReason
from tests.gui.prepared_room import NURSE, PreparedRoom

SUM = "0.5 mg/kg x 70.0 kg = 35.0 mg in 35.0 mL at 52.5 mL/h over 40 min"


@pytest.fixture
def room(qtbot):
    made = PreparedRoom(qtbot, DoseSection())
    weigh(made, "70.0")
    return made


def weigh(room, weight):
    room.submit(EnterWeight(t_ns=0, by="", weight_kg=Decimal(weight), measured=True))
    room.commands.clear()


def check(room, name="M. Berg", weight="70.0", dose="35"):
    room.write(room.view.check.name, name)
    room.write(room.view.check.weight_kg, weight)
    room.write(room.view.check.dose_mg, dose)
    room.press(room.view.check.done_button)


def test_without_a_weight_there_is_no_sum(qtbot):
    room = PreparedRoom(qtbot, DoseSection())
    assert "Save the weight first" in room.view.sum_label.text()
    room.press(room.view.order_button)
    assert room.commands == []


def test_the_protocol_is_named_with_its_approval(room):
    words = room.view.protocol_label.text()
    assert "iv-0.5-40 version 2" in words
    assert "NOT YET APPROVED" in words
    assert "Review by 2027-11-30" in room.view.source_label.text()


def test_the_sum_stands_in_words_and_the_order_carries_it(room):
    assert room.view.sum_label.text() == SUM
    room.press(room.view.order_button)
    assert room.commands == [
        OrderDose(
            t_ns=0,
            by="",
            dose_mg_per_kg=Decimal("0.5"),
            duration_min=Decimal("40"),
            concentration_mg_per_ml=Decimal("1"),
            vial_mg_per_ml=Decimal("50"),
        )
    ]
    assert room.view.order_line.text() == f"Ordered by {NURSE}: 35 mg at 52.5 mL/h."
    assert room.view.because == "The second person has not checked the dose."


def test_a_soft_limit_needs_a_reason_which_goes_with_the_order(room):
    room.write(room.view.form.dose_mg_per_kg, "0.62")
    room.press(room.view.order_button)
    assert room.commands == []
    assert "usual maximum of 0.6 mg/kg" in room.view.problem.text()
    for row in room.view.findChildren(type(next(iter(room.view._rows.values())))):
        if room.sees(row):
            room.write(row.reason, "partial response at 0.5")
    room.press(room.view.order_button)
    assert room.commands[0].reasons == (
        OverrideReason(field="dose_mg_per_kg", reason="partial response at 0.5"),
        OverrideReason(field="rate_mg_per_kg_per_h", reason="partial response at 0.5"),
    )
    assert room.state.dose.dose_mg == Decimal("43.4")


def test_a_hard_limit_blocks_and_takes_no_reason(room):
    room.write(room.view.form.concentration, "50")
    row = room.view._rows["concentration_mg_per_ml"]
    assert row.message.text().startswith("■ Refused: Concentration 50 mg/mL")
    assert not room.sees(row.reason)
    assert room.view.standing is Standing.HELD
    room.press(room.view.order_button)
    assert room.commands == []


def test_a_changed_order_is_not_done_until_ordered_again(room):
    room.press(room.view.order_button)
    room.write(room.view.form.duration_min, "50")
    assert room.view.because == "The order was changed but not ordered again."
    assert not room.sees(room.view.check_button)
    room.press(room.view.order_button)
    assert room.state.dose.duration_min == Decimal("50")
    assert room.sees(room.view.check_button)


def test_the_sum_is_hidden_while_the_second_person_checks(room):
    room.press(room.view.order_button)
    room.press(room.view.check_button)
    shown = [
        label.text()
        for label in (room.view.sum_label, room.view.order_line, room.view.check_line)
        if room.sees(label)
    ]
    assert not any("35" in text or "70" in text for text in shown)
    assert room.view.check.dose_mg.text() == ""
    check(room)
    assert room.commands[-1] == CheckDose(
        t_ns=0, by="M. Berg", weight_kg=Decimal("70.0"), dose_mg=Decimal("35")
    )
    assert room.view.check_line.text().startswith("Checked by M. Berg")
    assert room.view.sum_label.text() == SUM
    assert room.view.standing is Standing.DONE


@pytest.mark.parametrize(("weight", "dose"), [("70.0", "3.5"), ("72.0", "35"), ("70.0", "36")])
def test_a_check_that_does_not_agree_is_refused_and_stays_blind(room, weight, dose):
    room.press(room.view.order_button)
    room.press(room.view.check_button)
    check(room, weight=weight, dose=dose)
    assert "does not agree" in room.view.refusals.text()
    assert "hidden" in room.view.sum_label.text()
    assert room.view.standing is Standing.OPEN
    assert "35" not in room.view.refusals.text()


def test_the_same_person_cannot_check(room):
    room.press(room.view.order_button)
    room.press(room.view.check_button)
    check(room, name=NURSE)
    assert "second person" in room.view.refusals.text()
    assert room.state.dose_checked_by == ""


def test_a_check_lacks_nothing(room):
    room.press(room.view.order_button)
    room.press(room.view.check_button)
    check(room, name="", dose="")
    assert room.view.check.problem.text() == "Missing: your name, the dose."
    assert not isinstance(room.commands[-1], CheckDose)


def test_cancelling_shows_the_sum_again(room):
    room.press(room.view.order_button)
    room.press(room.view.check_button)
    room.press(room.view.check.cancel_button)
    assert room.view.sum_label.text() == SUM
    assert not room.sees(room.view.check)


def test_a_new_weight_voids_order_and_check(room):
    room.press(room.view.order_button)
    room.press(room.view.check_button)
    check(room)
    weigh(room, "80.0")
    assert "80.0 kg = 40.0 mg" in room.view.sum_label.text()
    assert room.view.because == "The dose is not ordered."
    assert room.view.order_line.text() == "Not ordered."
