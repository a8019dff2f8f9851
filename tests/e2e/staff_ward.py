"""A live session with a staff link on a real port, and stations beside it, for tests."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from app.live import LiveSession
from app.reception.visits import rules_of
from app.staff.address import StaffAddress
from app.staff.link import StaffLink
from app.staff.rooms_shown import AlarmShown, RoomShown
from app.staff.secret import read_secret, write_new_secret
from app.staff.station import Sounds, Station
from app.state import ViewState, fold
from protocols.events import (
    AlarmSignalled,
    AlarmState,
    Event,
    Input,
    Service,
    ServiceReported,
)

ROOT = Path(__file__).resolve().parents[2]
CHILD = Path(__file__).with_name("staff_station_child.py")
ROOM = "Room 3"
ALARM = "sound-failed"
PATIENCE_S = 15.0

E = TypeVar("E", bound=Event)


class Ear:
    """Sound that a test can hear."""

    def __init__(self, *, working: bool = True) -> None:
        self.working = working
        self.detail = "" if working else "No sound output found. Connect a loudspeaker."
        self.played: list[tuple[str, str, int]] = []

    def play(self, priority: str, icon: str = "general", urgency: int = 0) -> bool:
        if self.working:
            self.played.append((str(priority), icon, urgency))
        return self.working

    def stop(self) -> None:
        pass


class Desk:
    """A station whose window paints whatever it is told, unless it is told not to."""

    def __init__(
        self,
        address: StaffAddress,
        secret: bytes,
        name: str = "Desk 1",
        room: str = "",
        sounds: Sounds | None = None,
    ) -> None:
        self.station = Station(name, [(address, room)], secret, sounds)
        self.paints = self.draws = True
        self.station.start()

    @property
    def room(self) -> RoomShown:
        return self.station.rooms[0]

    def alarm(self, name: str = ALARM) -> AlarmShown | None:
        return next((a for a in self.room.alarms if a.told.alarm == name), None)

    def told(self, name: str = ALARM) -> AlarmShown:
        shown = self.alarm(name)
        assert shown is not None
        return shown

    def step(self) -> None:
        if self.draws:
            self.station.note_drawn()
        if self.paints:
            callings = [shown.told.calling for shown in self.room.alarms]
            self.station.note_painted(0, callings)
        self.station.tick()


class Ward:
    """The bedside: a session in real time under the policy of the quiet room, without monitors."""

    def __init__(self, folder: Path, *, signals: str = "quiet-room", port: int = 0) -> None:
        self.secret_file = folder / "secret"
        if not self.secret_file.exists():
            write_new_secret(self.secret_file)
        self.secret = read_secret(self.secret_file)
        rules = rules_of("iv-0.5-40", signals)
        self.link = StaffLink(StaffAddress(host="127.0.0.1", port=port), self.secret, ROOM)
        self.link.start()
        bound = self.link.port(PATIENCE_S)
        assert bound is not None
        self.address = StaffAddress(host="127.0.0.1", port=bound)
        self.live = LiveSession.begin(
            database=str(folder / "sessions.db"),
            room=ROOM,
            rules=rules,
            slots=(),
            with_sound=False,
        )
        self.events: list[Event] = []
        self.state = ViewState()
        self.live.runtime.listen(self._take)
        self.desks: list[Desk] = []
        self.children: list[subprocess.Popen[bytes]] = []

    def _take(self, events: Sequence[Event]) -> None:
        self.events += events
        for event in events:
            self.state = fold(self.state, event)

    def start(self) -> None:
        self.live.start(staff=self.link)

    def close(self) -> None:
        for desk in self.desks:
            desk.station.stop()
        for child in self.children:
            child.kill()
            child.wait()
        self.live.stop()
        self.link.stop()

    def desk(self, **changes: object) -> Desk:
        desk = Desk(self.address, self.secret, **changes)  # type: ignore[arg-type]
        self.desks.append(desk)
        return desk

    def child(self, name: str = "Desk 9") -> subprocess.Popen[bytes]:
        """A station in a process of its own, without a window."""
        return self._run(str(CHILD), str(self.address), name, str(self.secret_file))

    def program(self, name: str) -> subprocess.Popen[bytes]:
        """The program as people start it, without sound."""
        place = ("--connect", str(self.address), "--room", ROOM)
        named = ("--name", name, "--secret-file", str(self.secret_file))
        return self._run(str(ROOT / "main.py"), "staff", *place, *named, "--silent")

    def _run(self, *arguments: str) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        self.children.append(child)
        return child

    def wait(self, true: Callable[[], bool], what: str) -> None:
        give_up_s = time.monotonic() + PATIENCE_S
        while not true():
            assert time.monotonic() < give_up_s, f"did not happen: {what}"
            for desk in self.desks:
                desk.step()
            time.sleep(0.01)

    def raise_alarm(self) -> None:
        """A medium alarm: under the policy it is silent at the bedside while staff are called."""
        self.live.runtime.report(Service.SOUND, working=False, detail="Loudspeaker pulled out.")
        self.wait(lambda: ALARM in self.state.alarms, "the alarm is raised")

    @property
    def signal(self) -> AlarmSignalled:
        return self.state.signals.alarms[ALARM]

    @property
    def alarm_state(self) -> AlarmState:
        return self.state.alarms[ALARM].state

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def staff_there(self) -> bool | None:
        """The last word on staff stations, or None before there is one."""
        reports = [r for r in self.of(ServiceReported) if r.service is Service.STAFF]
        return reports[-1].working if reports else None

    def inputs(self, kind: type[Input]) -> int:
        return len(self.of(kind))
