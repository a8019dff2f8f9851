"""The account of the drug on the screen: in preparation, beside the running drug, at the end."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLineEdit

from app.bedside.account_panel import AccountPanel
from app.bedside.drug_section import HIDDEN
from app.bedside.preparation import PreparationPage
from app.bedside.run_page import RunPage
from app.bedside.section import Standing
from app.bedside.summary import SummaryPage
from protocols.events import (
    AddVial,
    AdvancePhase,
    CloseSession,
    CorrectLedger,
    DrawDrug,
    KeepResidual,
    Phase,
    ReconcileDrug,
    StopInfusion,
    WasteDrug,
)
from tests.gui.prepared_room import NURSE, PreparedRoom

WITNESS = "M. Berg"


def fill_vial(room, form, *, expiry="2028-08"):
    for field, text in (
        (form.vial, "A-12"),
        (form.lot, "L77"),
        (form.expiry, expiry),
        (form.content_mg, "500"),
        (form.strength, "50"),
    ):
        room.write(field, text)


# -- preparation -----------------------------------------------------------------------------------


@pytest.fixture
def before(qtbot):
    return PreparedRoom(qtbot, PreparationPage())


def test_a_vial_is_entered_as_its_label_says_and_drawn_from(before):
    drug = before.view.drug
    assert (drug.standing, drug.because) == (
        Standing.OPEN,
        "No vial is recorded: lot and expiry are needed.",
    )
    assert not before.sees(drug.draw_form)
    fill_vial(before, drug.vial_form)
    assert drug.vial_form.hint.text() == "500 mg at 50 mg/mL are 10 mL."
    before.press(drug.vial_form.record)
    [added] = before.commands
    assert isinstance(added, AddVial)
    assert (added.lot, added.expiry, added.content_mg) == ("L77", "2028-08", 500)
    assert drug.vials_label.text() == (
        "A-12: lot L77, expires 2028-08. 500 mg at 50 mg/mL, 500 mg left."
    )
    assert drug.vial_form.vial.text() == ""
    before.press(drug.draw_form.vials.row.button("A-12"))
    before.write(drug.draw_form.amount_mg, "35")
    assert drug.draw_form.hint.text() == "35 mg are 0.7 mL at 50 mg/mL."
    before.press(drug.draw_form.record)
    assert before.commands[-1] == DrawDrug(t_ns=0, by="", vial="A-12", amount_mg=Decimal(35))
    assert drug.line.text() == (
        "Drawn 35 mg, given 0 mg, wasted 0 mg, residual 0 mg: 35 mg to account for."
    )
    assert "drawn from A-12 35 mg (0.7 mL)" in drug.entries.text()
    assert drug.standing is Standing.DONE


def test_nothing_is_filled_in_beforehand(before):
    fields = before.view.drug.findChildren(QLineEdit)
    assert fields
    assert all(field.text() == "" for field in fields)
    before.press(before.view.drug.vial_form.record)
    assert before.commands == []
    missing = "Missing: vial, lot, expiry, what it holds in mg."
    assert before.view.drug.vial_form.problem.text() == missing


@pytest.mark.parametrize(
    ("expiry", "said"),
    [("2026-10-31", "Expired on 2026-10-31"), ("10/2028", "write it as YYYY-MM-DD or YYYY-MM")],
)
def test_an_expiry_is_checked_where_it_is_typed(before, expiry, said):
    form = before.view.drug.vial_form
    fill_vial(before, form, expiry=expiry)
    before.press(form.record)
    assert before.commands == []
    assert said in form.problem.text()


def test_a_refusal_keeps_what_was_typed(before):
    drug = before.view.drug
    fill_vial(before, drug.vial_form)
    before.press(drug.vial_form.record)
    before.press(drug.draw_form.vials.row.button("A-12"))
    before.write(drug.draw_form.amount_mg, "600")
    before.press(drug.draw_form.record)
    assert "holds 500 mg: 600 mg cannot come out of it" in drug.refusals.text()
    assert drug.draw_form.amount_mg.text() == "600"


def test_a_draw_is_corrected_beside_the_entry(before):
    drug = before.view.drug
    fill_vial(before, drug.vial_form)
    before.press(drug.vial_form.record)
    before.press(drug.draw_form.vials.row.button("A-12"))
    before.write(drug.draw_form.amount_mg, "350")
    before.press(drug.draw_form.record)
    before.press(drug.correct_button)
    form = drug.correction_form
    before.press(form.entries.row.button("2"))
    assert not before.sees(form.witness)
    before.write(form.amount_mg, "35")
    before.write(form.reason, "typed a zero too many")
    before.press(form.record)
    assert before.commands[-1] == CorrectLedger(
        t_ns=0, by="", entry=2, amount_mg=Decimal(35), reason="typed a zero too many"
    )
    assert "Drawn 35 mg" in drug.line.text()
    assert "drawn from A-12 350 mg" in drug.entries.text()
    assert "correction of 2: drawn from A-12 35 mg" in drug.entries.text()


def test_a_second_person_at_work_sees_no_amount_drawn(before):
    before.reach_baseline()
    drug = before.view.drug
    assert "50 mg" in drug.line.text()
    before.view.dose.order_button.click()
    before.press(before.view.dose.check_button)
    assert before.view.dose.checking
    assert drug.line.text() == HIDDEN
    assert not before.sees(drug.vials_label)
    assert not before.sees(drug.entries)
    assert not before.sees(drug.forms_box)


# -- beside the running drug -----------------------------------------------------------------------


@pytest.fixture
def running(qtbot):
    room = PreparedRoom(qtbot, RunPage())
    room.reach_infusion()
    return room


def turn(room, panel, act):
    room.press(panel.acts.button(act))


def test_the_account_opens_beside_the_numbers(running):
    running.press(running.view.action_bar.panels["account"])
    panel = running.view.side.pages["account"]
    assert isinstance(panel, AccountPanel)
    assert running.view.side.name == "account"
    assert "Drawn 50 mg, given 0 mg" in panel.line.text()
    turn(running, panel, "reconcile")
    assert not panel.forms["reconcile"].record.isEnabled()
    assert "after the end" in panel.forms["reconcile"].hint.text()


def test_waste_asks_for_a_witness_and_shows_both_units(running):
    running.press(running.view.action_bar.panels["account"])
    panel = running.view.side.pages["account"]
    form = panel.forms["waste"]
    turn(running, panel, "waste")
    running.press(form.source.row.button("drawn"))
    running.write(form.amount_mg, "5")
    assert form.hint.text() == "5 mg are 5 mL at 1 mg/mL."
    running.write(form.method, "drug disposal container")
    running.press(form.record)
    assert form.problem.text() == "Missing: the witness."
    running.write(form.witness, NURSE.upper())
    running.press(form.record)
    assert "another person" in panel.refusals.text()
    running.write(form.witness, WITNESS)
    running.press(form.record)
    assert running.commands[-1] == WasteDrug(
        t_ns=0,
        by="",
        amount_mg=Decimal(5),
        method="drug disposal container",
        witness=WITNESS,
    )
    assert f"wasted 5 mg (5 mL): drug disposal container ({NURSE}, witness {WITNESS})" in (
        panel.entries.text()
    )
    assert form.witness.text() == ""


def test_the_rest_of_a_vial_is_wasted_at_its_own_strength(running):
    running.press(running.view.action_bar.panels["account"])
    panel = running.view.side.pages["account"]
    form = panel.forms["waste"]
    turn(running, panel, "waste")
    running.press(form.source.row.button("vial A-12"))
    running.write(form.amount_mg, "450")
    assert form.hint.text() == "450 mg are 9 mL at 50 mg/mL."
    running.write(form.method, "container")
    running.write(form.witness, WITNESS)
    running.press(form.record)
    assert running.commands[-1].vial == "A-12"
    assert "0 mg left" in panel.vials.text()


# -- at the end ------------------------------------------------------------------------------------


@pytest.fixture
def ended(qtbot):
    room = PreparedRoom(qtbot, SummaryPage())
    room.reach_infusion()
    room.pass_time(room.now_s + 600)
    room.submit(StopInfusion(t_ns=0, by=""))
    room.submit(AdvancePhase(t_ns=0, by="", phase=Phase.DISCHARGED, reason="leaves"))
    room.commands.clear()
    return room


def test_a_session_is_not_signed_over_an_open_account(ended):
    page = ended.view
    assert page.account.standing.text() == "Not reconciled yet."
    ended.write(page.name, "N. Okafor RN")
    ended.press(page.close_button)
    assert ended.commands == []
    assert "not reconciled" in page.problem.text()
    ended.write(page.reason, "pharmacy reconciles tomorrow")
    ended.press(page.close_button)
    reason = "pharmacy reconciles tomorrow"
    assert ended.commands == [CloseSession(t_ns=0, by="N. Okafor RN", reason=reason)]
    assert ended.state.closed is not None
    assert not ended.sees(page.account.acts)


def test_a_balanced_account_is_signed_without_a_reason(ended):
    page, panel = ended.view, ended.view.account
    turn(ended, panel, "waste")
    form = panel.forms["waste"]
    ended.press(form.source.row.button("drawn"))
    ended.write(form.amount_mg, "40.25")
    ended.write(form.method, "container")
    ended.write(form.witness, WITNESS)
    ended.press(form.record)
    turn(ended, panel, "residual")
    ended.write(panel.forms["residual"].amount_mg, "1")
    ended.press(panel.forms["residual"].record)
    assert ended.commands[-1] == KeepResidual(t_ns=0, by="", amount_mg=Decimal(1))
    assert panel.line.text() == (
        "Drawn 50 mg, given 8.75 mg, wasted 40.25 mg, residual 1 mg: 0 mg to account for."
    )
    turn(ended, panel, "reconcile")
    assert "0 mg left, within the tolerance 1 mg" in panel.forms["reconcile"].hint.text()
    ended.press(panel.forms["reconcile"].record)
    assert ended.commands[-1] == ReconcileDrug(t_ns=0, by="")
    assert panel.standing.text().startswith(f"Reconciled by {NURSE}: balanced within 1 mg")
    assert not ended.sees(page.reason)
    ended.write(page.name, "N. Okafor RN")
    ended.press(page.close_button)
    assert ended.state.closed is not None


def test_a_discrepancy_stays_in_sight_with_its_reason(ended):
    panel = ended.view.account
    turn(ended, panel, "reconcile")
    form = panel.forms["reconcile"]
    assert "41.25 mg left, BEYOND the tolerance 1 mg" in form.hint.text()
    ended.press(form.record)
    assert "41.25 mg are not accounted for" in panel.refusals.text()
    ended.write(form.reason, "syringe broke, spilled")
    ended.press(form.record)
    assert panel.standing.text().startswith("DISCREPANCY OPEN: 41.25 mg not accounted for")
    assert "syringe broke, spilled" in panel.standing.text()


# -- hands and eyes --------------------------------------------------------------------------------


def test_everything_that_takes_a_hand_is_named_and_large_enough(before):
    before.reach_baseline()
    drug = before.view.drug
    before.press(drug.correct_button)
    hands = [*drug.findChildren(QAbstractButton), *drug.findChildren(QLineEdit)]
    for widget in hands:
        name = widget.accessibleName() or getattr(widget, "text", str)()
        assert name, f"{widget} has no name"
        if before.sees(widget):
            assert widget.height() >= 44, f"{name} is {widget.height()} px high"
    assert drug.minimumSizeHint().width() <= before.view.scroll_area.viewport().width()


def test_every_form_fits_into_the_side_panel(running):
    running.press(running.view.action_bar.panels["account"])
    panel = running.view.side.pages["account"]
    for act, form in panel.forms.items():
        turn(running, panel, act)
        assert running.sees(form.record)
        assert panel.minimumSizeHint().width() <= running.view.side.width(), act


def test_the_account_opens_and_closes_with_its_key(running, qtbot):
    for name in ("account", ""):
        qtbot.keyClick(running.view, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
        running.render()
        assert running.view.side.name == name
