"""Signing in, locking and second persons at the bedside's window, under the real rules."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from app.bedside.at_bedside import AWAY
from app.bedside.hold_button import HoldButton
from app.bedside.lock_strip import STILL_WORKS
from app.bedside.lock_watch import LockWatch
from app.bedside.proof_box import TO_BE_PROVEN
from protocols.events import (
    Acknowledge,
    AlarmState,
    AnswerGate,
    AudioPauseChanged,
    ChangeLimit,
    CheckDose,
    Command,
    CommandRefused,
    HandOver,
    LedgerEntered,
    LimitChanged,
    LimitPart,
    ObservationRecorded,
    OrderDose,
    PersonIdentified,
    Phase,
    StationLocked,
    StopInfusion,
    TakeBp,
    WasteDrug,
    WriteNote,
)
from protocols.events.terms import Proof
from tests.gui.people_stories import OTHER_NURSE, PASSWORD, PIN, PRESCRIBER
from tests.gui.ruled_room import AT_BEDSIDE, RuledRoom

WRONG = "000000"


@pytest.fixture
def room(qtbot: QtBot) -> RuledRoom:
    return RuledRoom(qtbot)


@pytest.fixture
def running(room: RuledRoom) -> RuledRoom:
    room.reach_infusion()
    return room


def waste(room: RuledRoom) -> None:
    """The nurse records a waste in the window; the witness is asked for."""
    page = room.page
    page.open_panel("account")
    panel = page.side.pages["account"]
    panel.acts.button("waste").click()
    form = panel.forms["waste"]
    room.feed.advanced.emit()
    form.source.row.button("drawn").click()
    form.amount_mg.setText("2")
    form.method.setText("drug bin")
    assert not form.witness.isEnabled()
    form.record.click()


def test_a_wrong_pin_never_reaches_the_record_and_the_right_one_puts_its_owner_at_the_bedside(
    room: RuledRoom,
) -> None:
    assert "NOBODY IS SIGNED IN" in room.page.lock_strip.text()
    room.page.intended.emit(WriteNote(t_ns=0, by="", text="hello"))
    assert not room.of_kind(Command)
    assert not room.page.person.isHidden()

    before = list(room.feed.recorded)
    room.prove(AT_BEDSIDE, WRONG)
    form = room.page.person.form
    assert "not the password or PIN" in form.sentence.text()
    assert "4 tries are left" in form.sentence.text()
    assert room.feed.recorded == before
    assert form.pad.count == 0

    form.other_button.click()
    room.prove(AT_BEDSIDE, PIN)
    (said,) = room.of_kind(PersonIdentified)
    assert (said.user, said.name, said.proof) == ("okafor", AT_BEDSIDE.name, Proof.PIN)
    assert room.page.person.isHidden()
    assert room.page.lock_strip.isHidden()
    assert room.state.observer == AT_BEDSIDE.name
    room.page.intended.emit(WriteNote(t_ns=0, by="", text="hello"))
    assert room.of_kind(WriteNote)[-1].by == AT_BEDSIDE.name
    assert not room.of_kind(CommandRefused)


def test_another_person_signs_in_by_a_touch_on_the_name_and_vitals_stay_in_sight(
    running: RuledRoom,
) -> None:
    header = running.page.header
    assert header.person.text() == f"{AT_BEDSIDE.name}\nnurse"
    header.person.click()
    assert running.page.person.isVisible()
    for widget in (running.page.bp, running.page.trends, running.page.banner):
        assert widget.isVisible()
    running.prove(OTHER_NURSE, PIN)
    assert running.state.people.person.user == OTHER_NURSE.user
    assert OTHER_NURSE.name in header.person.text()
    running.page.action_bar.take_bp.click()
    assert running.of_kind(TakeBp)[-1].by == OTHER_NURSE.name


def test_working_without_signing_in_is_recorded_and_flagged_and_lets_a_witness_be_named(
    running: RuledRoom,
) -> None:
    running.page.header.person.click()
    form = running.page.person.form
    form.without_button.click()
    form.go_button.click()
    assert form.sentence.text() == "Missing: name and reason."
    form.typed_name.setText("A. Temp RN")
    form.reason.setText("forgot the PIN")
    form.go_button.click()
    said = running.of_kind(PersonIdentified)[-1]
    assert (said.user, said.name, said.proof) == ("", "A. Temp RN", Proof.NONE)
    assert said.reason == "forgot the PIN"
    assert ("emergency", "A. Temp RN", "forgot the PIN") in running.people.told
    assert "NOT SIGNED IN" in running.page.header.person.text()
    running.page.action_bar.take_bp.click()
    assert running.of_kind(TakeBp)[-1].by == "A. Temp RN"

    waste(running)
    form.without_button.click()
    form.typed_name.setText("B. Porter RN")
    form.reason.setText("no account yet")
    form.go_button.click()
    assert running.of_kind(LedgerEntered)[-1].witness == "B. Porter RN"


def test_locking_is_recorded_and_signing_in_frees_the_bedside(running: RuledRoom) -> None:
    running.page.header.person.click()
    running.page.person.lock_button.click()
    (locked,) = running.of_kind(StationLocked)
    assert (locked.locked, locked.by) == (True, AT_BEDSIDE.name)
    assert ("out", AT_BEDSIDE.user, locked.cause) in running.people.told
    strip = running.page.action_bar.lock_strip
    assert "LOCKED" in strip.text()
    assert STILL_WORKS in strip.text()

    running.page.action_bar.lock_strip.click()
    running.prove(OTHER_NURSE, PIN)
    freed = running.of_kind(StationLocked)[-1]
    assert (freed.locked, freed.by) == (False, OTHER_NURSE.name)
    assert running.page.action_bar.lock_strip.isHidden()
    assert running.page.action_bar.panels["event"].isVisible()
    assert running.page.banner.acknowledge.isEnabled()


def test_locked_an_alarm_still_shows_sounds_and_can_be_paused(
    qtbot: QtBot, running: RuledRoom
) -> None:
    running.seen.people.lock()
    running.now_s += 10
    for _ in range(30):
        running.now_s += 1
        running.read(pr=72.0, spo2=80.0)
    running.feed.advanced.emit()
    page = running.page
    alarms = [a for a in running.state.active_alarms if a.state is AlarmState.SOUNDING]
    assert alarms
    assert "SpO2" in page.banner.sentence.text()
    assert page.spo2.isVisible()
    assert not page.banner.acknowledge.isEnabled()
    page.setFocus()
    qtbot.keyClick(page, Qt.Key.Key_F2)
    assert running.of_kind(AudioPauseChanged)[-1].ends_ns is not None
    assert running.state.people.locked is not None
    page.open_panel("alarms")
    assert page.side.name == "alarms"
    assert not page.side.pages["alarms"].isEnabled()

    running.page.intended.emit(Acknowledge(t_ns=0, by="", alarm="spo2-low"))
    assert not running.of_kind(Acknowledge)
    assert running.page.person.isVisible()


def test_locked_the_drug_can_be_stopped_and_nothing_else_is_taken(
    qtbot: QtBot, running: RuledRoom
) -> None:
    running.seen.people.lock()
    page = running.page
    sent = len(running.of_kind(Command))
    for key in (Qt.Key.Key_F4, Qt.Key.Key_F5, Qt.Key.Key_F6, Qt.Key.Key_F10):
        qtbot.keyClick(page, key)
    assert len(running.of_kind(Command)) == sent
    assert page.side.name == ""
    bar = page.action_bar
    assert not bar.panels["event"].isVisible()
    assert not bar.slow.isEnabled()
    assert bar.stop.isEnabled()
    bar.stop.held.emit()
    assert running.of_kind(StopInfusion)
    assert running.state.phase is not Phase.INFUSING


def test_what_was_typed_stays_and_the_patient_is_hidden_while_the_preparation_is_locked(
    room: RuledRoom,
) -> None:
    room.sign_in()
    page = room.page
    page.patient.family_name.setText("Doe")
    assert page.veil.isHidden()
    room.seen.people.lock()
    assert page.veil.isVisible()
    assert page.veil.geometry() == page.patient.rect()
    assert "hidden" in page.header.patient.text()
    assert page.monitors.isVisibleTo(page)
    assert not page.patient.isEnabled()
    page.lock_strip.click()
    room.prove(AT_BEDSIDE, PIN)
    assert page.veil.isHidden()
    assert page.patient.family_name.text() == "Doe"
    assert page.patient.isEnabled()


def test_the_waste_goes_out_only_after_its_witness_proved_it(running: RuledRoom) -> None:
    waste(running)
    running.page.person.close_button.click()
    assert not running.of_kind(WasteDrug)
    assert running.seen.people.waiting is None
    form = running.page.side.pages["account"].forms["waste"]
    assert form.amount_mg.text() == "2"
    running.page.header.person.click()
    running.prove(OTHER_NURSE, PIN)
    assert not running.of_kind(WasteDrug), "a later sign-in is no witness"

    running.page.header.person.click()
    running.prove(AT_BEDSIDE, PIN)
    running.page.side.pages["account"].forms["waste"].record.click()
    page = running.page
    assert not running.of_kind(WasteDrug)
    assert page.person.isVisible()
    form = page.person.form
    assert form.detail.text() == "2 mg wasted: drug bin."
    assert AT_BEDSIDE.user not in form.list.rows
    running.prove(OTHER_NURSE, WRONG)
    assert not running.of_kind(WasteDrug)
    form.other_button.click()
    running.prove(OTHER_NURSE, PIN)
    proof, sent = running.feed.recorded[-3], running.of_kind(WasteDrug)[0]
    assert isinstance(proof, PersonIdentified)
    assert (proof.name, proof.purpose) == (OTHER_NURSE.name, "waste_drug")
    assert (sent.by, sent.witness) == (AT_BEDSIDE.name, OTHER_NURSE.name)
    entered = running.of_kind(LedgerEntered)[-1]
    assert entered.witness == OTHER_NURSE.name
    assert page.side.isVisible(), "the account comes back where it stood"
    assert running.state.people.person.user == AT_BEDSIDE.user


def test_second_persons_of_the_preparation_prove_it_or_are_named_by_telephone(
    room: RuledRoom,
) -> None:
    room.sign_in()
    order = OrderDose(
        t_ns=0,
        by=TO_BE_PROVEN,
        dose_mg_per_kg=Decimal("0.5"),
        duration_min=Decimal(40),
        concentration_mg_per_ml=Decimal(1),
    )
    room.page.intended.emit(order)
    form = room.page.person.form
    assert set(form.list.rows) == {PRESCRIBER.user}
    form.away_button.click()
    form.typed_name.setText("Dr. Sato")
    form.go_button.click()
    assert room.of_kind(OrderDose)[-1].by == "Dr. Sato"
    assert not [one for one in room.of_kind(PersonIdentified) if one.purpose]

    check = CheckDose(t_ns=0, by=TO_BE_PROVEN, weight_kg=Decimal(70), dose_mg=Decimal(35))
    room.page.intended.emit(check)
    assert room.page.person.form.detail.text() == "", "the check stays blind"
    room.prove(OTHER_NURSE, PIN)
    assert room.of_kind(CheckDose)[-1].by == OTHER_NURSE.name
    assert room.of_kind(PersonIdentified)[-1].purpose == "check_dose"

    answer = AnswerGate(
        t_ns=0, by="", item="x", answer="no", reason="known", prescriber=TO_BE_PROVEN
    )
    room.page.intended.emit(answer)
    form = room.page.person.form
    form.away_button.click()
    form.typed_name.setText("Dr. Sato")
    form.go_button.click()
    sent = room.of_kind(AnswerGate)[-1]
    assert (sent.prescriber, sent.reason) == ("Dr. Sato", f"known ({AWAY})")

    room.sign_in(PRESCRIBER)
    order = OrderDose(t_ns=0, by=TO_BE_PROVEN, dose_mg_per_kg=Decimal("0.5"))
    room.page.intended.emit(order)
    assert room.of_kind(OrderDose)[-1].by == PRESCRIBER.name
    assert room.page.person.isHidden()


def test_a_wider_limit_asks_the_prescriber_and_who_takes_over_signs_in(running: RuledRoom) -> None:
    page = running.page
    page.open_panel("limits")
    panel = page.side.pages["limits"]
    panel.vitals.button("sbp").click()
    panel.rule_buttons["sbp-high-warning"].click()
    form = panel.form
    form.part.button(LimitPart.LIMIT.value).click()
    form.reason.setText("high at rest")
    form.value.setText("160")
    form.set_button.click()
    assert running.of_kind(ChangeLimit)[-1].prescriber == ""
    form.ask(running.state.limits.rule("sbp-high-warning"), changed=False)
    form.part.button(LimitPart.LIMIT.value).click()
    form.reason.setText("high at rest")
    form.value.setText("170")
    sent = len(running.of_kind(ChangeLimit))
    form.set_button.click()
    assert len(running.of_kind(ChangeLimit)) == sent
    running.prove(PRESCRIBER, PIN)
    assert running.of_kind(ChangeLimit)[-1].prescriber == PRESCRIBER.name
    assert running.of_kind(LimitChanged)[-1].value == 170.0

    running.page.open_panel("hand-over")
    running.page.side.pages["hand-over"].record.click()
    assert running.page.person.asked.purpose == ""
    running.prove(OTHER_NURSE, PIN)
    handed = running.of_kind(HandOver)[-1]
    assert (handed.by, handed.to) == (AT_BEDSIDE.name, OTHER_NURSE.name)
    assert running.of_kind(ObservationRecorded)[-1].text == OTHER_NURSE.name
    assert running.state.people.person.user == OTHER_NURSE.user
    assert not running.of_kind(CommandRefused)


def test_typed_secrets_leave_no_trace_in_record_state_or_widgets(
    running: RuledRoom, caplog: pytest.LogCaptureFixture
) -> None:
    running.page.header.person.click()
    running.prove(OTHER_NURSE, PIN)
    running.page.header.person.click()
    form = running.page.person.form
    form.list.rows[AT_BEDSIDE.user].click()
    form.swap_button.click()
    form.password.setText(PASSWORD)
    form.password_button.click()
    running.people.deliver()
    assert running.state.people.person.proof is Proof.PASSWORD
    shown = [w.text() for w in running.seen.findChildren(QLineEdit)]
    shown += [w.toPlainText() for w in running.seen.findChildren(QPlainTextEdit)]
    told = f"{running.feed.recorded} {running.state} {caplog.text} {shown}"
    told += "".join(w.accessibleName() + w.toolTip() for w in running.seen.findChildren(QWidget))
    for secret in (PIN, PASSWORD):
        assert secret not in told
    assert form.pad.count == 0
    form.password.undo()
    assert form.password.text() == ""

    running.page.header.person.click()
    form = running.page.person.form
    form.list.rows[OTHER_NURSE.user].click()
    form.pad.entered.emit(PIN)
    form.other_button.click()
    form.list.rows[PRESCRIBER.user].click()
    form.pad.entered.emit(WRONG)
    running.people.deliver()
    assert running.state.people.person.user == AT_BEDSIDE.user
    assert "not the password or PIN" in form.sentence.text()


def test_a_touch_of_the_window_counts_and_a_rest_is_told_once_nothing_is_held(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    stop = HoldButton("STOP", window)
    typed = QLineEdit(window)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    watch = LockWatch(window)
    watch.attach()
    watch.watch(10)
    watch._timer.start(50_000)
    watch._pointer = QPoint(-7, -7)
    watch._look_at_pointer()
    assert watch._timer.remainingTime() > 500_000
    watch._timer.start(50_000)
    typed.setFocus()
    qtbot.waitUntil(typed.hasFocus)
    qtbot.keyClicks(typed, "70")
    qtbot.waitUntil(lambda: watch._timer.remainingTime() > 500_000)
    stop.setDown(True)
    with qtbot.assertNotEmitted(watch.rested):
        watch._look()
    assert watch._timer.remainingTime() < 10_000
    stop.setDown(False)
    with qtbot.waitSignal(watch.rested, timeout=1000):
        watch._look()
    watch.stop()
