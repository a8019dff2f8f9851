"""A whole visit by hand on the real window, over real threads, real ports and the real record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.bedside.station import Station
from app.live import LiveSession
from app.reception.visits import LiveVisit, Reception, rules_of
from app.records.archive import Archive
from app.rehearsal.demo import DemoRoom, DemoWish
from app.state import ViewState
from protocols.events import (
    AlarmState,
    BpState,
    Command,
    LinkState,
    ObservationRecorded,
    Phase,
    PhaseChanged,
    ScreenShown,
)
from storage.database import open_database
from storage.journal import Journal
from tests.e2e.hand_nurse import HandNurse

SPEED = 60.0


class UntouchedRoom(DemoRoom):
    """A demonstration room in which nobody prepares anything: the person does it all."""

    def act(self, state: ViewState, now_ns: int) -> list[Command]:
        return []


class Ward:
    """A station with an untouched room, and the record beside it."""

    def __init__(self, qtbot: QtBot, folder: Path, patient: str) -> None:
        self.database = str(folder / "sessions.db")
        self.room = UntouchedRoom(patient, DemoWish(seed=1))
        self.desk = Reception(self.database, demo=DemoWish(silent=True))
        self.station = Station(self.desk, "N. Okafor RN")
        self.station.resize(1920, 1080)
        self.station.show()
        self.station.begin(self._open)
        self.nurse = HandNurse(qtbot, self.station)

    def _open(self) -> LiveVisit:
        live = LiveSession.begin(
            database=self.database,
            room="Demo room",
            rules=rules_of("iv-0.5-40"),
            slots=self.room.slots,
            speed=SPEED,
            with_sound=False,
        )
        return LiveVisit(live, lambda: (), self.desk.courses, self.room, "N. Okafor RN")

    def close(self) -> None:
        self.station.leave()
        self.desk.close()

    def recorded(self, session: str) -> Sequence[object]:
        with open_database(self.database, read_only=True) as record:
            return list(Journal(record).read(session))


@pytest.fixture
def ward(qtbot: QtBot, tmp_path: Path) -> Iterator[Ward]:
    """A ward with a calm patient."""
    made = Ward(qtbot, tmp_path, "mild")
    yield made
    made.close()


@pytest.mark.timeout(180)
def test_a_visit_by_hand_from_the_first_field_to_the_signature(ward: Ward) -> None:
    nurse = ward.nurse
    nurse.enter_patient()
    nurse.order_dose()
    nurse.draw_drug()
    nurse.pass_gate()
    nurse.take_baseline()
    nurse.start_infusion()
    take_and_abort_pressure(nurse)
    write_down(nurse)
    hand_over(nurse, "A. Lund RN")
    slow_pause_and_stop(nurse)
    leave_early(nurse)
    sign(nurse, "A. Lund RN")
    opened = nurse.state.opened
    assert opened is not None
    nurse.click(ward.station.foot.back_button)
    assert ward.station.start.isVisible()
    nurse.picture("first-page-again")
    check_record(ward, opened.session)


def take_and_abort_pressure(nurse: HandNurse) -> None:
    run = nurse.window.run
    nurse.click(run.action_bar.take_bp)
    nurse.wait(lambda: nurse.state.bp_state in (BpState.REQUESTED, BpState.MEASURING))
    nurse.click(run.action_bar.take_bp)
    nurse.wait(lambda: nurse.state.bp_state not in (BpState.REQUESTED, BpState.MEASURING))
    nurse.picture("bp-aborted")
    nurse.take_pressure(run.action_bar.take_bp)


def write_down(nurse: HandNurse) -> None:
    """An event, a drug and a note, each in its panel."""
    run = nurse.window.run
    nurse.click(run.action_bar.panels["event"])
    nurse.picture("event-panel")
    nurse.click(run.side.pages["event"].buttons["nausea"])
    nurse.picture("event-how-strong")
    nurse.key(Qt.Key.Key_Escape)
    nurse.wait(lambda: run.side.name == "")

    nurse.click(run.action_bar.panels["drug"])
    drug = run.side.pages["drug"]
    nurse.type(drug.drug, "ondansetron")
    nurse.type(drug.dose, "4 mg")
    nurse.type(drug.route, "IV")
    nurse.picture("drug-panel")
    nurse.click(drug.record)
    nurse.wait(lambda: not drug.drug.words())

    nurse.click(run.action_bar.panels["note"])
    note = run.side.pages["note"]
    note.text.setFocus()
    note.text.insertPlainText("Sleepy, answers well.")
    nurse.picture("note-panel")
    nurse.click(note.record)
    nurse.wait(lambda: not note.text.toPlainText())


def hand_over(nurse: HandNurse, to: str) -> None:
    run = nurse.window.run
    nurse.click(run.action_bar.panels["hand-over"])
    over = run.side.pages["hand-over"]
    nurse.type(over.to, to)
    nurse.picture("hand-over-panel")
    nurse.click(over.record)
    nurse.wait(lambda: nurse.state.observer == to)
    nurse.wait(lambda: nurse.window.user == to)
    nurse.key(Qt.Key.Key_Escape)


def slow_pause_and_stop(nurse: HandNurse) -> None:
    bar = nurse.window.run.action_bar
    nurse.click(bar.slow)
    nurse.wait(lambda: nurse.state.delivery is not None and nurse.state.delivery.percent == 50)
    nurse.picture("slowed")
    nurse.hold(bar.pause)
    nurse.wait(lambda: nurse.state.phase is Phase.PAUSED)
    nurse.picture("paused")
    nurse.hold(bar.resume)
    nurse.wait(lambda: nurse.state.phase is Phase.INFUSING)
    nurse.hold(bar.stop)
    nurse.wait(lambda: nurse.state.phase is Phase.RECOVERY)
    nurse.picture("recovery")


def leave_early(nurse: HandNurse) -> None:
    run = nurse.window.run
    nurse.click(run.action_bar.discharge)
    discharge = run.side.pages["discharge"]
    nurse.picture("discharge")
    nurse.click(discharge.early_button)
    nurse.type(discharge.reason, "wants to go home, told of the risk")
    nurse.click(discharge.leave_button)
    nurse.wait(lambda: nurse.state.phase is Phase.DISCHARGED)
    nurse.picture("summary")


def sign(nurse: HandNurse, name: str) -> None:
    summary = nurse.window.summary
    nurse.wait(lambda: nurse.state.bp_state not in (BpState.REQUESTED, BpState.MEASURING))
    nurse.settle_drug("M. Berg RN")
    nurse.type(summary.name, name)
    nurse.click(summary.close_button)
    nurse.wait(lambda: nurse.state.closed is not None)
    nurse.picture("closed")


def check_record(ward: Ward, session: str) -> None:
    """The record holds the visit in order, in the right names, and can be verified."""
    events = ward.recorded(session)
    changes = [event for event in events if isinstance(event, PhaseChanged)]
    assert [change.after for change in changes] == [
        Phase.GATE,
        Phase.BASELINE,
        Phase.INFUSING,
        Phase.PAUSED,
        Phase.INFUSING,
        Phase.STOPPED,
        Phase.RECOVERY,
        Phase.DISCHARGED,
    ]
    assert [change.by for change in changes[2:4]] == ["N. Okafor RN", "A. Lund RN"]
    written = {(e.kind, e.by) for e in events if isinstance(e, ObservationRecorded)}
    assert {(kind, "N. Okafor RN") for kind in ("event", "drug", "note", "hand-over")} <= written
    shown = [event for event in events if isinstance(event, ScreenShown)]
    assert {"preparation", "run"} <= {event.page for event in shown}
    with open_database(ward.database, read_only=True) as record:
        verdict = Archive(record).verify(session, lambda _share: True)
    assert verdict is not None
    assert verdict.good, verdict.sentences


@pytest.mark.timeout(120)
def test_monitors_come_and_go_and_come_back_without_a_restart(ward: Ward) -> None:
    nurse = ward.nurse
    nurse.enter_patient()
    nurse.order_dose()
    nurse.draw_drug()
    nurse.pass_gate()
    nurse.take_baseline()
    nurse.start_infusion()
    run, room = nurse.window.run, ward.room.room

    def link() -> LinkState:
        return nurse.state.links["oximeter"].state

    def is_gone() -> bool:
        return link() is LinkState.NOT_CONNECTED and run.spo2.value.text() == "--"

    nurse.wait(lambda: link() is LinkState.LIVE and run.spo2.value.text() != "--")
    room.unplug("oximeter")
    nurse.wait(is_gone)
    nurse.wait(lambda: any("oximeter" in alarm for alarm in nurse.state.alarms))
    nurse.picture("unplugged")
    nurse.key(Qt.Key.Key_F1)
    nurse.wait(lambda: run.side.name == "alarms")
    nurse.picture("alarm-list")
    alarm = next(name for name in nurse.state.alarms if "oximeter" in name)
    nurse.click(run.side.pages["alarms"].cards[alarm].answers.findChild(QPushButton))
    nurse.wait(
        lambda: any(
            alarm.state is AlarmState.ACKED and "oximeter" in name
            for name, alarm in nurse.state.alarms.items()
        )
    )
    room.replug("oximeter")
    nurse.wait(lambda: link() is LinkState.LIVE and run.spo2.value.text() != "--")
    nurse.picture("replugged")

    room.silence("oximeter")
    nurse.wait(lambda: link() is LinkState.SILENT and run.spo2.value.text() == "--")
    nurse.picture("silent")
    room.silence("oximeter", silent=False)
    nurse.wait(lambda: link() is LinkState.LIVE)

    room.garbage("oximeter", bytes(range(256)) * 2)
    nurse.wait(lambda: link() is LinkState.LIVE and run.spo2.value.text() != "--")
    nurse.picture("after-garbage")

    room.unplug("bp")
    nurse.wait(lambda: nurse.state.links["bp"].state is LinkState.NOT_CONNECTED)
    nurse.click(run.action_bar.take_bp)
    nurse.wait(lambda: nurse.state.bp_state is BpState.FAILED)
    nurse.picture("bp-unplugged")
    room.replug("bp")
    nurse.wait(lambda: nurse.state.links["bp"].state is not LinkState.NOT_CONNECTED)
    nurse.take_pressure(run.action_bar.take_bp)
    nurse.picture("bp-replugged")
