"""Doses given at once and the line, as a nurse touches them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import Qt

from app.bedside.dosing_panels import DosePanel, LinePanel
from app.bedside.hold_button import HOLD_MS
from app.bedside.phase_bar import infusion_words
from app.bedside.start_panel import StartPanel
from app.places import read_protocol
from protocols.events import (
    ChangeContainer,
    CheckDose,
    EndHold,
    FreezeBaseline,
    GiveDose,
    Giving,
    LineMark,
    MarkLine,
    Phase,
)
from tests.gui.prepared_room import PreparedRoom

D = Decimal


class StartView(StartPanel):
    """The start panel told by the room, with nothing that holds."""

    def render(self, state, history, now_ns):
        super().render(state, [], "")


def hold(room, button):
    """Hold `button` down for its second."""
    assert button.isEnabled(), button.text()
    room.qtbot.mousePress(button, Qt.MouseButton.LeftButton)
    room.qtbot.wait(HOLD_MS + 150)
    room.qtbot.mouseRelease(button, Qt.MouseButton.LeftButton)
    room.render()


@pytest.fixture
def spray(qtbot):
    """A visit with three devices whose baseline is frozen."""

    def make(view, protocol="spravato-84"):
        room = PreparedRoom(qtbot, view, protocol_text=read_protocol(protocol)[0])
        room.reach_frozen()
        room.commands.clear()
        return room

    return make


def test_the_first_device_starts_the_drug_from_the_start_panel(spray):
    room = spray(StartView())
    assert room.view.give.next_label.text() == "Device 1 of 3: 28.0 mg"
    assert not room.sees(room.view.rate)
    assert not room.sees(room.view.start_button)
    room.write(room.view.give.lot, "L-9")
    hold(room, room.view.give.give_button)
    (given,) = [one for one in room.commands if isinstance(one, GiveDose)]
    assert (given.amount_mg, given.lot) == (D(28), "L-9")
    assert room.state.phase is Phase.INFUSING
    assert room.state.giving.doses[0].lot == "L-9"


def test_the_next_device_waits_for_its_time_unless_a_reason_is_given(spray):
    room = spray(DosePanel())
    room.submit(GiveDose(t_ns=0, by="", amount_mg=D(28)))
    room.now_s += 60
    room.render()
    form = room.view.form
    assert form.next_label.text() == "Device 2 of 3: 28.0 mg"
    assert form.wait_label.text() == "Next one in 4:00: wait."
    assert not form.give_button.isEnabled()
    room.write(form.reason, "already used")
    assert form.give_button.isEnabled()
    hold(room, form.give_button)
    assert room.state.giving.doses[-1].reason == "already used"
    assert form.reason.text() == ""
    assert "2 of 3: 28.0 mg" in room.view.given_label.text()


def test_the_phase_bar_tells_how_many_and_when_the_next_one_may_follow(spray):
    room = spray(DosePanel())
    assert infusion_words(room.state, 0) == "No dose given yet"
    room.submit(GiveDose(t_ns=0, by="", amount_mg=D(28)))
    room.now_s += 60
    words = infusion_words(room.state, round(room.now_s * 1e9))
    assert words == "DOSE 1 of 3 given, 1:00: next in 4:00"
    room.now_s += 240
    words = infusion_words(room.state, round(room.now_s * 1e9))
    assert words.endswith("next one now")


def test_a_lozenge_shows_how_long_it_is_held_and_how_it_ended(spray):
    room = spray(DosePanel(), "sl-100")
    room.submit(GiveDose(t_ns=0, by="", amount_mg=D(100)))
    room.now_s += 90
    room.render()
    assert room.view.hold_label.text().startswith("Held 1:30; 10:00 to 15:00")
    room.press(room.view.outcome.button("swallowed"))
    assert isinstance(room.commands[-1], EndHold)
    assert room.view.hold_label.text() == "Held 1:30, then swallowed."
    assert not room.sees(room.view.outcome_box)


@pytest.fixture
def line(qtbot):
    room = PreparedRoom(qtbot, LinePanel())
    room.reach_infusion()
    room.commands.clear()
    return room


def test_the_drug_at_the_patient_is_marked_once(line):
    line.press(line.view.reached)
    assert line.commands == [MarkLine(t_ns=0, by="", mark=LineMark.DRUG_AT_PATIENT)]
    assert not line.view.reached.isEnabled()
    assert "drug reached patient (N. Okafor)" in line.view.seen_label.text()
    assert not line.view.flush_start.isEnabled()


def test_a_flush_is_started_and_ended_with_its_volume(line):
    line.pass_time(line.now_s + 2500)
    assert line.state.phase is Phase.RECOVERY
    line.press(line.view.flush_start)
    assert line.sees(line.view.flush_ml)
    line.press(line.view.flush_end)
    assert "Enter the volume" in line.view.refusals.text()
    line.write(line.view.flush_ml, "20")
    line.press(line.view.flush_end)
    assert line.state.giving.marks[-1].flush_ml == 20
    assert "holds about 0.0 mg" in line.view.amounts_label.text()


def test_a_new_bag_is_recorded_with_its_lot(line):
    line.press(line.view.change)
    assert line.commands == []
    line.write(line.view.lot, "B-2")
    line.write(line.view.volume_ml, "50")
    line.press(line.view.change)
    assert isinstance(line.commands[-1], ChangeContainer)
    assert "new bag or syringe, lot B-2, 50 mL" in line.view.seen_label.text()


def test_the_second_person_checks_a_dose_in_devices_too(spray):
    room = spray(DosePanel())
    assert room.state.dose.giving is Giving.UNITS
    assert room.state.dose_checked_by == "M. Berg"
    assert not [one for one in room.commands if isinstance(one, CheckDose | FreezeBaseline)]
