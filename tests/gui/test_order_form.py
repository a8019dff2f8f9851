"""The order of every way of giving: only its own fields, and what is worked out never a field."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.bedside.dose_section import DoseSection
from app.bedside.section import Standing
from app.places import read_protocol
from protocols.events import (
    EnterPatient,
    EnterWeight,
    Giving,
    LastDose,
    OrderDose,
    Preparation,
    WeightBasis,
)
from tests.gui.prepared_room import PreparedRoom

D = Decimal


@pytest.fixture
def order_room(qtbot):
    def make(protocol, weight="70.0", **patient):
        text = read_protocol(protocol)[0]
        room = PreparedRoom(qtbot, DoseSection(), protocol_text=text)
        if patient:
            room.submit(_patient(**patient))
        room.submit(EnterWeight(t_ns=0, by="", weight_kg=D(weight), measured=True, reason="seen"))
        room.commands.clear()
        return room

    return make


def _patient(**fields):
    known = {"sex": "female", "height_cm": D(163), "visit": 3, **fields}
    return EnterPatient(
        t_ns=0,
        by="",
        given_name="Jane",
        family_name="Doe",
        mrn="004711",
        birth_date="1985-03-02",
        **known,
    )


def _ordered(room):
    room.press(room.view.order_button)
    orders = [one for one in room.commands if isinstance(one, OrderDose)]
    return orders[-1] if orders else None


def _touch(room, row, value):
    room.press(room.view.form.choice_rows[row].button(value))


def _give_reasons(room, text="as planned"):
    for row in room.view._rows.values():
        if room.sees(row.reason):
            room.write(row.reason, text)


@pytest.mark.parametrize(
    ("protocol", "seen"),
    [
        ("im-0.5", {"dose, milligrams per kilogram", "concentration, milligrams per millilitre"}),
        ("spravato-84", set()),
        ("sl-100", set()),
    ],
)
def test_only_the_fields_of_this_way_of_giving_are_there(order_room, protocol, seen):
    room = order_room(protocol)
    shown = {field.accessibleName() for field in room.view.form.fields if room.sees(field)}
    assert seen <= shown
    assert not shown & {"duration, minutes", "bag, millilitres"}


def test_devices_are_counted_in_words(order_room):
    room = order_room("spravato-84")
    assert "84.0 mg = 3 devices of 28 mg" in room.view.sum_label.text()
    order = _ordered(room)
    assert order.dose_mg == 84
    assert room.state.dose.giving is Giving.UNITS
    assert room.state.dose.units == 3
    assert "as 3 of 28 mg" in room.view.order_line.text()
    assert "mL/h" not in room.view.order_line.text()


def test_an_injection_says_its_volume_and_no_rate(order_room):
    room = order_room("im-0.5")
    words = room.view.sum_label.text()
    assert words.startswith("0.5 mg/kg x 70.0 kg = 35.0 mg in 0.7 mL of 50 mg/mL")
    assert "mL/h" not in words


def test_a_whole_bag_runs_at_its_own_rate(order_room):
    room = order_room("iv-0.5-40")
    _touch(room, "style", Preparation.WHOLE_BAG)
    room.write(room.view.form.bag_ml, "100")
    room.write(room.view.form.vial, "50")
    assert "(0.7 mL of 50 mg/mL) in a bag of 100 mL: all 100.7 mL at 151.05 mL/h" in (
        room.view.sum_label.text()
    )
    assert not room.sees(room.view.form.concentration)
    _give_reasons(room)
    order = _ordered(room)
    assert (order.style, order.bag_ml, order.concentration_mg_per_ml) == (
        Preparation.WHOLE_BAG,
        D(100),
        None,
    )
    assert room.state.dose.rate_ml_per_h == D("151.05")


def test_taking_diluent_out_first_is_part_of_the_order(order_room):
    room = order_room("iv-0.5-40")
    _touch(room, "style", Preparation.WHOLE_BAG)
    room.write(room.view.form.bag_ml, "100")
    room.write(room.view.form.vial, "50")
    _touch(room, "withdrawn", "yes")
    assert "all 100.0 mL at 150.0 mL/h" in room.view.sum_label.text()
    assert "0.35 mg/mL" not in room.view.sum_label.text()


def test_all_three_weights_stand_beside_the_choice(order_room):
    room = order_room("iv-0.5-40", weight="120.0")
    assert "not known without height and sex" in room.view.form.weights_label.text()
    room = order_room("iv-0.5-40", weight="120.0", sex="female", height_cm=D(163))
    words = room.view.form.weights_label.text()
    for part in ("total weight 120.0 kg: 60.0 mg", "55.1 kg: 27.55 mg", "81.1 kg: 40.55 mg"):
        assert part in words


def test_another_weight_needs_the_prescribers_reason(order_room):
    room = order_room("iv-0.5-40", weight="120.0", sex="female", height_cm=D(163))
    _touch(room, "weight", WeightBasis.ADJUSTED)
    assert "x 81.1 kg (adjusted weight)" in room.view.sum_label.text()
    room.press(room.view.order_button)
    assert room.commands == []
    assert "prescriber's reason" in room.view.problem.text()
    _give_reasons(room, "pressor effect")
    order = _ordered(room)
    assert order.weight_basis is WeightBasis.ADJUSTED
    assert {one.field: one.reason for one in order.reasons}["weight_basis"] == "pressor effect"
    assert room.state.dose.dosing_weight_kg == D("81.1")


def test_a_choice_of_doses_is_touched_and_nothing_else_can_be_entered(order_room):
    room = order_room("iv-dose-find")
    assert not room.sees(room.view.form.dose_mg_per_kg)
    _touch(room, "dose", "0.2")
    assert "0.2 mg/kg x 70.0 kg = 14.0 mg" in room.view.sum_label.text()


def test_a_tenfold_dose_of_the_last_visit_is_refused(order_room):
    room = order_room("iv-0.5-40")
    definition = room.state.definition
    last = LastDose(amount_mg=D("3.5"), drug=definition.drug, route=definition.route)
    room.submit(_patient(last_dose=last))
    row = room.view._rows["last_dose"]
    assert row.message.text().startswith("■ Refused: Dose 35.0 mg, last visit 3.5 mg: 10 times")
    assert room.view.standing is Standing.HELD


def test_a_dose_of_another_drug_is_not_compared(order_room):
    room = order_room("iv-0.5-40")
    room.submit(_patient(last_dose=LastDose(amount_mg=D("3.5"), drug="another", route="oral")))
    assert "last_dose" not in room.view._rows or not room.sees(room.view._rows["last_dose"])


def test_a_changed_height_voids_the_order(order_room):
    room = order_room("iv-0.5-40", sex="female", height_cm=D(163))
    _ordered(room)
    assert room.state.dose is not None
    room.submit(_patient(height_cm=D(180)))
    assert room.state.dose is None
    assert room.view.because == "The dose is not ordered."


def test_a_recorded_order_stands_in_the_form_again(order_room):
    room = order_room("iv-0.5-40")
    _touch(room, "style", Preparation.WHOLE_BAG)
    room.write(room.view.form.bag_ml, "50")
    room.write(room.view.form.vial, "50")
    _give_reasons(room)
    _ordered(room)
    assert room.state.dose is not None
    assert room.view.form.choice_rows["style"].value() == Preparation.WHOLE_BAG
    assert room.view.form.bag_ml.text() == "50"
    assert not room.view.form.typed


def test_the_weights_are_hidden_from_the_second_person(order_room):
    room = order_room("iv-0.5-40", sex="female", height_cm=D(163))
    _ordered(room)
    room.press(room.view.check_button)
    assert not room.sees(room.view.form.weights_label)
    assert all(not row.isEnabled() for row in room.view.form.choice_rows.values())
