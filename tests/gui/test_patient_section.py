"""Who is treated and the weight: what is typed, what the guards ask, what is recorded."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.age import age_years
from app.bedside.patient_section import KnownPatient, PatientSection
from app.bedside.section import Standing
from protocols.events import EnterPatient, EnterWeight, PatientRecorded
from tests.gui.prepared_room import NURSE, PreparedRoom

KNOWN = KnownPatient(
    given_name="Jane",
    family_name="Doe",
    mrn="004711",
    birth_date="1985-03-02",
    sex="female",
    height_cm=Decimal("168"),
    last_weight_kg=Decimal("70.0"),
    visit=3,
    visits_planned=6,
)


@pytest.fixture
def room(qtbot):
    return PreparedRoom(qtbot, PatientSection())


def choose_known(room):
    room.view.set_known_patients([KNOWN])
    room.view.known_box.setCurrentIndex(1)
    room.view.known_box.activated.emit(1)
    room.render()


def weigh(room, text, how="measured"):
    room.write(room.view.weight_kg, text)
    room.press(room.view.how.button(how))


def test_a_typed_patient_is_sent_as_typed_and_shown_as_recorded(room):
    view = room.view
    for field, text in (
        (view.family_name, "Doe"),
        (view.given_name, "Jane"),
        (view.mrn, "004711"),
        (view.birth_date, "1985-03-02"),
        (view.height_cm, "168,5"),
        (view.allergies, "none known"),
    ):
        room.write(field, text)
    room.press(view.sex.button("female"))
    room.press(view.save_patient_button)
    assert room.commands == [
        EnterPatient(
            t_ns=0,
            by="",
            given_name="Jane",
            family_name="Doe",
            mrn="004711",
            birth_date="1985-03-02",
            sex="female",
            height_cm=Decimal("168.5"),
            allergies="none known",
        )
    ]
    assert view.patient_line.text() == f"Recorded: DOE, Jane, MRN 004711, by {NURSE}"


def test_what_is_missing_is_named_and_nothing_is_sent(room):
    room.write(room.view.family_name, "Doe")
    room.press(room.view.save_patient_button)
    assert room.commands == []
    assert "given name, record number, birth date, sex missing" in room.view.problem.text()


@pytest.mark.parametrize("text", ["02.03.1985", "1985-02-30", "2030-01-01"])
def test_a_birth_date_that_cannot_be_is_not_sent(room, text):
    choose_known(room)
    room.write(room.view.birth_date, text)
    room.press(room.view.save_patient_button)
    assert room.commands == []
    assert f"birth date {text} is not a date in the past" in room.view.problem.text()


def test_the_age_stands_beside_the_birth_date(room):
    room.write(room.view.birth_date, "1985-03-02")
    assert room.view.age_label.text() == "41 years"


@pytest.mark.parametrize(
    ("birth", "on", "age"),
    [
        ("1985-03-02", "2026-03-01", 40),
        ("1985-03-02", "2026-03-02", 41),
        ("2004-02-29", "2026-02-28", 21),
        ("2026-11-22", "2026-11-21", None),
        ("nonsense", "2026-11-21", None),
    ],
)
def test_age_counts_whole_years(birth, on, age):
    assert age_years(birth, on) == age


def test_a_known_patient_fills_the_fields_but_is_saved_by_a_person(room):
    choose_known(room)
    assert room.view.family_name.text() == "Doe"
    assert room.view.visit.text() == "3"
    assert room.commands == []
    assert room.view.standing is Standing.OPEN
    room.press(room.view.save_patient_button)
    assert isinstance(room.commands[0], EnterPatient)
    assert room.commands[0].visits_planned == 6


def test_the_record_never_overwrites_what_is_being_typed(room):
    room.write(room.view.family_name, "Smi")
    entry = EnterPatient(
        t_ns=0,
        by="M. Berg",
        given_name="Jane",
        family_name="Doe",
        mrn="004711",
        birth_date="1985-03-02",
        sex="female",
    )
    room.happen(PatientRecorded(t_ns=0, entry=entry))
    assert room.view.family_name.text() == "Smi"
    assert room.view.because == "The patient's details are typed but not saved."


def test_pounds_are_shown_and_kilograms_are_sent_with_one_decimal(room):
    weigh(room, "70")
    assert room.view.pounds_label.text() == "= 154.3 lb"
    room.press(room.view.save_weight_button)
    sent = room.commands[0]
    assert isinstance(sent, EnterWeight)
    assert str(sent.weight_kg) == "70.0"
    assert sent.measured
    assert room.view.weight_line.text() == f"Recorded: 70.0 kg measured, by {NURSE}"


def test_more_than_one_decimal_cannot_be_typed(room):
    room.write(room.view.weight_kg, "70.25")
    assert room.view.weight_kg.text() == "70.2"


def test_how_the_weight_is_known_has_no_default(room):
    room.write(room.view.weight_kg, "70.0")
    room.press(room.view.save_weight_button)
    assert room.commands == []
    assert "measured now or stated" in room.view.problem.text()


def test_a_stated_weight_needs_a_reason(room):
    weigh(room, "70.0", "stated")
    assert room.sees(room.view.weight_reason)
    room.press(room.view.save_weight_button)
    assert room.commands == []
    room.write(room.view.weight_reason, "scale is broken")
    room.press(room.view.save_weight_button)
    assert room.commands[0].reason == "scale is broken"
    assert room.state.weight is not None


def test_a_weight_in_pounds_is_blocked_with_a_question(room):
    choose_known(room)
    weigh(room, "154.3")
    assert "is one of them in pounds?" in room.view.weight_findings.text()
    room.press(room.view.save_weight_button)
    assert room.commands == []
    assert room.view.problem.text().startswith("Not saved:")


def test_a_large_change_is_typed_once_more_and_then_needs_a_reason(room):
    choose_known(room)
    room.press(room.view.save_patient_button)
    weigh(room, "60.0")
    room.press(room.view.save_weight_button)
    assert room.state.weight is None
    assert room.view.weight_kg.text() == ""
    assert "enter the weight once more" in room.view.problem.text()
    room.write(room.view.weight_kg, "60.0")
    room.write(room.view.weight_reason, "diet, scale checked")
    room.press(room.view.save_weight_button)
    assert room.state.weight.weight_kg == Decimal("60.0")


@pytest.mark.parametrize("text", ["0", "20", "300"])
def test_an_impossible_weight_is_not_sent(room, text):
    weigh(room, text)
    room.press(room.view.save_weight_button)
    assert room.commands == []
    assert room.view.standing is not Standing.DONE


def test_what_the_rules_refuse_is_said_here(room):
    choose_known(room)
    room.write(room.view.birth_date, "2015-01-01")
    room.press(room.view.save_patient_button)
    assert "Age 11 years" in room.view.refusals.text()
    assert room.sees(room.view.refusals)


def test_it_is_done_when_both_are_recorded(room):
    choose_known(room)
    room.press(room.view.save_patient_button)
    assert room.view.because == "The weight is not saved."
    weigh(room, "70.0")
    assert room.view.because == "The weight is typed but not saved."
    room.press(room.view.save_weight_button)
    assert room.view.standing is Standing.DONE
