"""The live program without a window: real threads, real ports, a simulated room at sixty times.

What is waited for is waited for with patience; no test asserts how long anything took.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from app.anchors import AnchorKeeper
from app.clock import SessionClock
from app.live import LiveSession
from app.pipeline import Pipeline
from app.rules_files import Rules
from app.runtime import Runtime
from app.state import ViewState, fold
from app.verification import compare
from devices.simulation.patient import SimulatedPatient
from devices.simulation.room import SimulatedRoom
from protocols.events import (
    AdvancePhase,
    AlarmState,
    CloseSession,
    Command,
    CommandRefused,
    EnterBp,
    Event,
    FrameRejected,
    FreezeBaseline,
    LinkState,
    Phase,
    Reading,
    ReconcileDrug,
    Service,
    ServiceReported,
    SessionClosed,
    StartInfusion,
    StopInfusion,
    TakeBp,
    WriteNote,
)
from protocols.vitals import Vital
from storage.database import Database, open_database
from storage.faults import Fault, StorageError
from storage.journal import Journal
from storage.recorder import Recorder
from tests.unit.app.session_scenes import LIMITS_TEXT, NURSE, PROTOCOL_TEXT, Scene, opening

SPEED = 60.0
PATIENCE_S = 15.0


@dataclass(slots=True)
class Watcher:
    """Folds what the core tells, in the core's thread."""

    state: ViewState = field(default_factory=ViewState)
    events: list[Event] = field(default_factory=list)

    def take(self, events: Sequence[Event]) -> None:
        self.events += events
        state = self.state
        for event in events:
            state = fold(state, event)
        self.state = state


def eventually(true: Callable[[], bool], what: str) -> None:
    give_up_s = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < give_up_s, f"did not happen: {what}"
        time.sleep(0.01)


class LiveRoom:
    """A live session in a simulated room."""

    def __init__(self, room: SimulatedRoom, live: LiveSession, database: Path) -> None:
        self.room, self.live, self.database = room, live, database
        self.watcher = Watcher()

    @property
    def state(self) -> ViewState:
        return self.watcher.state

    def submit(self, command: Command) -> None:
        self.live.runtime.submit(command)

    def link(self, device: str = "oximeter") -> LinkState | None:
        link = self.state.links.get(device)
        return None if link is None else link.state

    def await_live(self) -> None:
        eventually(lambda: self.link() is LinkState.LIVE, "the oximeter is live")
        eventually(lambda: Vital.SPO2 in self.state.last_values, "a saturation arrives")

    def infuse(self) -> None:
        """The preparation by the book, with two pressures a minute of session time apart."""
        scene = Scene().to_baseline()
        scene.type_scores()
        for event in scene.inputs:
            if isinstance(event, Command):
                self.submit(event)
        self.submit(EnterBp(t_ns=0, by=NURSE, sbp_mmhg=120, dbp_mmhg=78))
        eventually(lambda: self.state.blood_pressure is not None, "a pressure is taken in")
        taken_ns = self.state.t_ns
        eventually(lambda: self.state.t_ns > taken_ns + 61 * 10**9, "a minute passes")
        self.submit(EnterBp(t_ns=0, by=NURSE, sbp_mmhg=120, dbp_mmhg=78))
        self.submit(FreezeBaseline(t_ns=0, by=NURSE))
        eventually(lambda: bool(self.state.baseline), "the baseline is frozen")
        self.submit(StartInfusion(t_ns=0, by=NURSE, pump_rate_ml_per_h=Decimal("52.5")))
        eventually(lambda: self.state.phase is Phase.INFUSING, "the infusion runs")

    def sounding(self, alarm: str) -> bool:
        found = self.state.alarms.get(alarm)
        return found is not None and found.state is AlarmState.SOUNDING

    def recorded(self) -> list[Event]:
        session = self.live.session
        with open_database(self.database, read_only=True) as record:
            return list(Journal(record).read(session))


@contextmanager
def live_room(
    folder: Path, *, patient: str = "normotensive", speed: float = SPEED
) -> Iterator[LiveRoom]:
    database = folder / "live.db"
    with SimulatedRoom.of_patient(SimulatedPatient(patient, seed=1), 1) as room:
        live = LiveSession.begin(
            database=str(database),
            room="Room 2",
            rules=Rules.from_texts(PROTOCOL_TEXT, LIMITS_TEXT),
            slots=room.slots,
            speed=speed,
            with_sound=False,
        )
        inside = LiveRoom(room, live, database)
        live.runtime.listen(inside.watcher.take)
        room.start(live.clock.now_ns)
        live.start()
        try:
            yield inside
        finally:
            assert live.stop(), "not everything reached the database"


def test_a_live_session_is_recorded_whole_and_replays_identically(tmp_path: Path) -> None:
    with live_room(tmp_path) as here:
        here.await_live()
        here.infuse()
        here.submit(TakeBp(t_ns=0, by=NURSE))
        eventually(
            lambda: any(
                isinstance(e, Reading) and e.vital is Vital.SBP and e.source == "bp"
                for e in here.watcher.events
            ),
            "the monitor's pressure arrives",
        )
        here.submit(StopInfusion(t_ns=0, by=NURSE, reason="enough"))
        here.submit(AdvancePhase(t_ns=0, by=NURSE, phase=Phase.DISCHARGED, reason="to the ward"))
        here.submit(ReconcileDrug(t_ns=0, by=NURSE, reason="the rest goes with the patient"))
        here.submit(CloseSession(t_ns=0, by=NURSE))
        assert here.live.runtime.closed.wait(PATIENCE_S)
        told = here.watcher
    record = here.recorded()
    assert record == told.events
    assert isinstance(record[-1], SessionClosed)
    assert [e.t_ns for e in record] == sorted(e.t_ns for e in record)
    assert not [e for e in record if isinstance(e, CommandRefused)]
    comparison = compare(record, closed=True)
    assert comparison.difference is None
    assert told.state.simulated


def test_a_pulled_cable_is_an_alarm_and_a_plugged_one_comes_back_by_itself(
    tmp_path: Path,
) -> None:
    with live_room(tmp_path, speed=10.0) as here:
        here.await_live()
        for _ in range(2):
            here.room.unplug("oximeter")
            eventually(lambda: here.link() is LinkState.NOT_CONNECTED, "the link is lost")
            eventually(lambda: here.sounding("device-lost/oximeter"), "the loss is an alarm")
            assert here.state.alarms["device-lost/oximeter"].technical
            here.room.replug("oximeter")
            here.await_live()
            eventually(
                lambda: "device-lost/oximeter" not in here.state.alarms, "the alarm has ended"
            )
            known_ns = here.state.last_values[Vital.SPO2].t_ns
            eventually(
                lambda known_ns=known_ns: here.state.last_values[Vital.SPO2].t_ns > known_ns,
                "new values arrive",
            )
    assert compare(here.recorded(), closed=False).difference is None


def test_a_silent_monitor_is_named_and_its_old_number_does_not_look_new(tmp_path: Path) -> None:
    with live_room(tmp_path) as here:
        here.await_live()
        here.room.silence("oximeter")
        eventually(lambda: here.link() is LinkState.SILENT, "the silence is noticed")
        last_ns = here.state.last_values[Vital.SPO2].measured_ns
        eventually(lambda: here.state.t_ns > last_ns + 20 * 10**9, "time goes on")
        assert here.state.last_values[Vital.SPO2].measured_ns == last_ns
        here.room.silence("oximeter", silent=False)
        eventually(lambda: here.link() is LinkState.LIVE, "it speaks again")


def test_garbage_on_the_wire_is_refused_and_recorded_and_the_stream_goes_on(
    tmp_path: Path,
) -> None:
    with live_room(tmp_path) as here:
        here.await_live()
        for seed in range(20):
            here.room.garbage("oximeter", bytes((seed * 37 + i * 11) % 256 for i in range(40)))
            here.room.garbage("bp", bytes((seed * 53 + i * 7) % 256 for i in range(40)))
        known_ns = here.state.t_ns
        eventually(
            lambda: here.state.last_values[Vital.SPO2].t_ns > known_ns + 5 * 10**9,
            "values go on",
        )
    record = here.recorded()
    assert [e for e in record if isinstance(e, FrameRejected)]
    assert {e.value for e in record if isinstance(e, Reading) and e.vital is Vital.SPO2} <= {
        None,
        *(float(percent) for percent in range(94, 101)),
    }
    assert compare(record, closed=False).difference is None


def test_a_screen_that_is_not_drawn_is_an_alarm_until_it_is_drawn_again(tmp_path: Path) -> None:
    with live_room(tmp_path, speed=1.0) as here:
        here.live.runtime.display.beat()
        eventually(lambda: Service.DISPLAY in here.state.services, "the stall is reported")
        eventually(
            lambda: any(a.vital is None and a.technical for a in here.state.active_alarms),
            "the stall is an alarm",
        )
        here.live.runtime.display.beat()
        eventually(lambda: Service.DISPLAY not in here.state.services, "the stall is over")


def test_a_screen_at_rest_is_not_missed(tmp_path: Path) -> None:
    with live_room(tmp_path) as here:
        here.live.runtime.display.beat()
        here.live.runtime.display.rest()
        began_ns = here.state.t_ns
        eventually(lambda: here.state.t_ns > began_ns + 240 * 10**9, "four minutes pass")
        assert Service.DISPLAY not in here.state.services


class _Shelf:
    """A database that cannot be opened while `broken`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.broken = True

    def open(self) -> Database:
        if self.broken:
            raise StorageError(Fault.MISSING, "The database cannot be reached.")
        return open_database(self.path)


@contextmanager
def bare_runtime(recorder: Recorder, runtime_made: list[Runtime]) -> Iterator[Watcher]:
    """A runtime without ports."""
    opened = opening([])
    clock = SessionClock(speed=SPEED)
    runtime = Runtime(
        opened.session,
        Pipeline(),
        clock,
        recorder,
        AnchorKeeper(0, datetime(2026, 3, 2, 9, tzinfo=UTC)),
    )
    runtime_made.append(runtime)
    watcher = Watcher()
    runtime.listen(watcher.take)
    runtime.start({}, [opened])
    try:
        yield watcher
    finally:
        runtime.stop()
        recorder.close(10.0)


@pytest.mark.expects_log_warnings
def test_a_failing_record_is_an_alarm_and_nothing_of_it_is_lost(tmp_path: Path) -> None:
    shelf = _Shelf(tmp_path / "shelf.db")
    made: list[Runtime] = []

    def say(working: bool, detail: str) -> None:
        if made:
            made[0].report(Service.RECORDER, working=working, detail=detail)

    folder = tmp_path / "side"
    folder.mkdir()
    started = threading.Event()

    def open_when_started() -> Database:
        started.wait(PATIENCE_S)
        return shelf.open()

    recorder = Recorder(open_when_started, say, side_folders=[folder])
    with bare_runtime(recorder, made) as watcher:
        started.set()
        eventually(lambda: Service.RECORDER in watcher.state.services, "the failure is reported")
        eventually(
            lambda: any("record" in a.sentence.lower() for a in watcher.state.active_alarms),
            "the failure is an alarm",
        )
        made[0].submit(WriteNote(t_ns=0, by=NURSE, text="written while the record was down"))
        shelf.broken = False
        eventually(lambda: Service.RECORDER not in watcher.state.services, "the record is back")
    with open_database(shelf.path, read_only=True) as record:
        assert list(Journal(record).read(opening([]).session)) == watcher.events


def test_inputs_from_many_threads_come_out_in_one_order_of_time(tmp_path: Path) -> None:
    recorder = Recorder(
        lambda: open_database(tmp_path / "many.db"), lambda _w, _d: None, side_folders=[]
    )
    made: list[Runtime] = []
    with bare_runtime(recorder, made) as watcher:

        def write(number: int) -> None:
            for count in range(50):
                # every other one is stamped long ago, as a thread that was held up would
                note = WriteNote(t_ns=count, by=f"nurse {number}", text=f"{number}/{count}")
                if count % 2:
                    made[0].submit(note)
                else:
                    made[0].deliver(note)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        eventually(
            lambda: sum(isinstance(e, WriteNote) for e in watcher.events) == 200, "all are taken"
        )
    times = [event.t_ns for event in watcher.events]
    assert times == sorted(times)
    for number in range(4):
        texts = [
            e.text for e in watcher.events if isinstance(e, WriteNote) and e.by == f"nurse {number}"
        ]
        assert texts == [f"{number}/{count}" for count in range(50)]


def test_a_defect_of_the_program_is_logged_shown_and_survived(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder(
        lambda: open_database(tmp_path / "bug.db"), lambda _w, _d: None, side_folders=[]
    )
    made: list[Runtime] = []
    with bare_runtime(recorder, made) as watcher:

        def stumble(events: Sequence[Event]) -> None:
            if any(isinstance(e, WriteNote) and e.text == "stumble" for e in events):
                raise ZeroDivisionError("a defect")

        made[0].listen(stumble)
        made[0].submit(WriteNote(t_ns=0, by=NURSE, text="stumble"))
        eventually(lambda: Service.CORE in watcher.state.services, "the defect is reported")
        made[0].submit(WriteNote(t_ns=0, by=NURSE, text="after"))
        eventually(
            lambda: any(isinstance(e, WriteNote) and e.text == "after" for e in watcher.events),
            "the session goes on",
        )
    assert "a defect" in caplog.text
    reported = [e for e in watcher.events if isinstance(e, ServiceReported)]
    assert [(e.service, e.working) for e in reported] == [(Service.CORE, False)]


def test_nothing_is_recorded_after_the_session_was_closed(tmp_path: Path) -> None:
    with live_room(tmp_path) as here:
        here.await_live()
        here.submit(CloseSession(t_ns=0, by=NURSE, reason="patient went home"))
        assert here.live.runtime.closed.wait(PATIENCE_S)
        here.submit(WriteNote(t_ns=0, by=NURSE, text="too late"))
        time.sleep(0.2)
    assert isinstance(here.recorded()[-1], SessionClosed)


def test_stopping_twice_and_before_anything_arrived_is_clean(tmp_path: Path) -> None:
    with live_room(tmp_path) as here:
        pass
    here.live.runtime.stop()
    assert compare(here.recorded(), closed=False).identical
