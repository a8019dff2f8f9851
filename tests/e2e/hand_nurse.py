"""A nurse made of clicks and keys: does the visit by hand on the real window."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from app.bedside.hold_button import HOLD_MS
from app.bedside.station import Station
from app.bedside.waste_form import WasteForm
from app.bedside.window import BedsideWindow
from app.state import ViewState
from app.state_ledger import to_account_mg
from protocols.events import BpState, Phase
from protocols.vitals import Vital

PATIENCE_MS = 20_000
PICTURES = "INFUSION_ROOM_TEST_PICTURES"
"""Environment variable that names a folder for a picture of every step, for people."""


class HandNurse:
    """Clicks on what is visible; everything else is a failure of the screen."""

    def __init__(self, qtbot: QtBot, station: Station) -> None:
        self.qtbot = qtbot
        self.station = station
        self._pictures = 0

    @property
    def window(self) -> BedsideWindow:
        assert self.station.session is not None
        return self.station.session

    @property
    def state(self) -> ViewState:
        assert self.station.visit is not None
        return self.station.visit.feed.state

    def picture(self, name: str) -> None:
        folder = os.environ.get(PICTURES)
        if folder:
            self._pictures += 1
            self.qtbot.wait(60)
            path = Path(folder) / f"{self._pictures:02d}-{name}.png"
            assert self.station.grab().save(str(path))

    def wait(self, truth: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(truth, timeout=PATIENCE_MS)

    def click(self, button: QAbstractButton) -> None:
        self.wait(lambda: button.isVisible() and button.isEnabled())
        self.wait(lambda: self._is_in_sight(button))
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def _is_in_sight(self, widget: QWidget) -> bool:
        """Whether `widget` can be seen once the page is scrolled to it."""
        self._bring_into_sight(widget)
        return not widget.visibleRegion().isEmpty()

    def hold(self, button: QAbstractButton) -> None:
        self.wait(lambda: button.isVisible() and button.isEnabled())
        self._bring_into_sight(button)
        QTest.mousePress(button, Qt.MouseButton.LeftButton)
        self.qtbot.wait(HOLD_MS + 250)
        QTest.mouseRelease(button, Qt.MouseButton.LeftButton)

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier | None = None) -> None:
        target = QWidget.find(self.station.winId()) or self.station
        focus = self.station.focusWidget() or target
        QTest.keyClick(focus, key, modifier or Qt.KeyboardModifier.NoModifier)

    def type(self, field: QLineEdit, text: str) -> None:
        self.wait(lambda: field.isVisible() and field.isEnabled())
        self._bring_into_sight(field)
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text)

    def choose(self, box: QComboBox, text: str) -> None:
        index = box.findText(text, Qt.MatchFlag.MatchContains)
        assert index >= 0, text
        box.setCurrentIndex(index)
        box.activated.emit(index)

    def _bring_into_sight(self, widget: QWidget) -> None:
        parent = widget.parentWidget()
        while parent is not None:
            if isinstance(parent, QScrollArea):
                parent.ensureWidgetVisible(widget)
            parent = parent.parentWidget()

    # Steps ---------------------------------------------------------------------------------------

    def enter_patient(self) -> None:
        patient = self.window.preparation.patient
        self.qtbot.wait(1500) if os.environ.get(PICTURES) else None
        self.picture("empty")
        self.type(patient.family_name, "Doe")
        self.type(patient.given_name, "Jane")
        self.type(patient.mrn, "004711")
        self.type(patient.birth_date, "1985-03-02")
        self.click(patient.sex.button("female"))
        self.type(patient.height_cm, "171")
        self.type(patient.allergies, "none known")
        self.click(patient.save_patient_button)
        self.wait(lambda: self.state.patient is not None)
        self.type(patient.weight_kg, "70.0")
        self.click(patient.how.button("measured"))
        self.click(patient.save_weight_button)
        self.wait(lambda: self.state.weight is not None)
        self.picture("patient")

    def order_dose(self) -> None:
        dose = self.window.preparation.dose
        self.click(dose.order_button)
        self.wait(lambda: self.state.dose is not None or dose.problem.isVisible())
        if self.state.dose is None:
            self.picture("order-refused")
        assert self.state.dose is not None, dose.problem.text()
        self.click(dose.check_button)
        self.picture("blind-check")
        self.type(dose.check.name, "A. Lund RN")
        self.type(dose.check.weight_kg, "70.0")
        self.type(dose.check.dose_mg, "35")
        self.click(dose.check.done_button)
        self.wait(lambda: bool(self.state.dose_checked_by))
        self.picture("dose")

    def draw_drug(self) -> None:
        drug = self.window.preparation.drug
        for field, text in (
            (drug.vial_form.vial, "A-12"),
            (drug.vial_form.lot, "L77"),
            (drug.vial_form.expiry, "2099-08"),
            (drug.vial_form.content_mg, "500"),
            (drug.vial_form.strength, "50"),
        ):
            self.type(field, text)
        self.click(drug.vial_form.record)
        self.wait(lambda: bool(self.state.ledger.vials()))
        row = drug.draw_form.vials.row
        assert row is not None
        self.click(row.button("A-12"))
        self.type(drug.draw_form.amount_mg, "35")
        self.click(drug.draw_form.record)
        self.wait(lambda: self.state.ledger.drawn_mg == 35)
        self.picture("drug")

    def settle_drug(self, witness: str) -> None:
        """Waste what is left before `witness`, on the last page, and reconcile."""
        panel = self.window.summary.account
        waste = panel.forms["waste"]
        assert isinstance(waste, WasteForm)
        self.click(panel.acts.button("waste"))
        self.wait(lambda: waste.source.row is not None)
        assert waste.source.row is not None
        self.click(waste.source.row.button("drawn"))
        left = to_account_mg(self.state, self.state.t_ns)
        self.type(waste.amount_mg, f"{left:.2f}")
        self.type(waste.method, "drug disposal container")
        self.type(waste.witness, witness)
        self.click(waste.record)
        self.wait(lambda: self.state.ledger.wasted_mg > 0)
        self.click(panel.acts.button("reconcile"))
        self.click(panel.forms["reconcile"].record)
        self.wait(lambda: self.state.reconciled is not None)
        self.picture("account")

    def pass_gate(self) -> None:
        preparation = self.window.preparation
        self.click(preparation.continue_button)
        self.wait(lambda: self.state.phase is Phase.GATE)
        self.picture("gate-open")
        for row in preparation.gate.rows.values():
            item = row.item
            answer = next((a for a in item.passes if a not in item.needs_reason), item.passes[0])
            self.click(row.answers.button(answer))
            self.wait(lambda item=item: item.id in self.state.gate)
            if answer in item.needs_reason:
                self.wait(row.text.isVisible)
                self.type(row.text, "asked")
                self.click(row.text_button)
                self.wait(lambda item=item: self.state.gate[item.id].state == "done")
        self.answer_checklists()
        self.fill_scales()
        self.picture("gate-done")
        self.click(preparation.continue_button)
        self.wait(lambda: self.state.phase is Phase.BASELINE)

    def answer_checklists(self) -> None:
        """Every item of the lists that hold the start."""
        for box in self.window.preparation.care.checklists.boxes.values():
            for row in box.rows.values() if box.listed.required else ():
                self.click(row.answers.button(row.item.answers[0]))
                if row.item.answers[0] in row.item.needs_text:
                    self.type(row.text, "seen")
                    self.click(row.text_button)
                key = (box.listed.id, row.item.id)
                self.wait(lambda key=key: key in self.state.care.answers)

    def fill_scales(self) -> None:
        """Every required scale, as a patient without complaints has it."""
        preparation = self.window.preparation
        form = preparation.side.pages["scales"].form
        for row in list(preparation.scales.list.rows.values()):
            if "required" not in row.words.text():
                continue
            recorded = len(self.state.scales.recorded)
            self.click(row.button)
            while not form.record_button.isVisible():
                self.click(form.item.choices.button("0"))
            self.click(form.record_button)
            self.wait(lambda recorded=recorded: len(self.state.scales.recorded) > recorded)
        if preparation.side.name:
            self.click(preparation.side.close_button)

    def take_baseline(self) -> None:
        baseline = self.window.preparation.baseline
        self.wait(lambda: "is over" in baseline.rest.label.text())
        for number in (1, 2):
            self.take_pressure(baseline.take_button)
            self.picture(f"baseline-bp-{number}")
        self.type(baseline.typed[Vital.RR], "14")
        self.click(baseline.typed_buttons[Vital.RR])
        for vital, score in (
            (Vital.MOAAS, "5"),
            (Vital.PAIN, "1"),
            (Vital.NAUSEA, "0"),
            (Vital.ANXIETY, "2"),
        ):
            self.click(baseline.scores[vital].button(score))
            self.wait(lambda vital=vital: vital in self.state.readings)
        self.picture("baseline-scores")
        self.click(baseline.freeze_button)
        self.wait(lambda: bool(self.state.baseline) or baseline.refusals.isVisible())
        assert self.state.baseline, baseline.refusals.text()
        self.picture("baseline-frozen")

    def take_pressure(self, button: QAbstractButton) -> None:
        """Take one blood pressure; a failed one is taken again."""
        for _ in range(4):
            before = self.state.blood_pressure
            self.wait(lambda: self.state.bp_state not in (BpState.REQUESTED, BpState.MEASURING))
            self.click(button)
            self.wait(
                lambda before=before: (
                    self.state.blood_pressure is not before
                    and self.state.bp_state not in (BpState.REQUESTED, BpState.MEASURING)
                )
            )
            pressure = self.state.blood_pressure
            if pressure is not None and pressure.sbp_mmhg is not None:
                self.qtbot.wait(1_200)  # a minute of the session at speed 60
                return
        raise AssertionError("four blood pressures in a row failed")

    def check_sound(self) -> None:
        """Play the alarm sounds; where the machine has no output, say what is done instead."""
        check = self.window.preparation.sound.check
        self.click(check.play)
        self.wait(lambda: self.state.signals.check_started is not None)
        output = self.state.signals.sound
        if output is not None and output.working:
            self.click(check.heard)
        else:
            self.click(check.not_heard)
            self.type(check.reason, "a second nurse watches the screen")
            self.click(check.record)
        self.wait(lambda: self.state.signals.checked is not None)
        self.picture("sound")

    def start_infusion(self) -> None:
        self.check_sound()
        preparation = self.window.preparation
        self.click(preparation.continue_button)
        self._pass_start_limits()
        self.type(preparation.start.rate, "52.5")
        self.picture("start")
        self.hold(preparation.start.start_button)
        self.wait(lambda: self.state.phase is Phase.INFUSING)
        self.picture("infusing")

    def _pass_start_limits(self) -> None:
        """What lies outside the limits to start is passed by the prescriber."""
        for row in self.window.preparation.gate.limits.rows.values():
            if row.held:
                self.type(row.hold.prescriber, "P. Example MD")
                self.type(row.hold.reason, "seen, proceed")
                self.click(row.hold.record_button)
                if row.hold.second.isVisible():
                    self.click(row.hold.yes_button)
                self.wait(lambda row=row: not row.held)
