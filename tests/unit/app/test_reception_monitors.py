"""Monitors that the reception finds, knows again, and knows to come from another room."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from serial.tools.list_ports_common import ListPortInfo

from app.reception.desk import Binding, DeskError
from app.reception.finding import PortSearch
from app.reception.scanning import watch
from app.reception.settings import Settings
from app.reception.visits import Reception
from devices.ports import PortFinder, SystemPort
from devices.simulation.room import SimulatedRoom
from protocols.events import DeviceSlot, SessionOpened
from storage.database import open_database
from storage.journal import Journal
from tests.unit.app.session_scenes import opening
from tests.unit.devices.steady_body import SteadyBody

needs_pty = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals on Windows")
ADAPTER = "usb-adapter-A"


def reception(place: Path, by_id: Path, room: str) -> Reception:
    desk = Reception(str(place), room=room)
    desk.settings = Settings(room=room)
    desk._finder = PortFinder(list, by_id)
    return desk


@pytest.fixture
def by_id(tmp_path: Path) -> Path:
    folder = tmp_path / "by-id"
    folder.mkdir()
    (tmp_path / "ttyUSB3").touch()
    (folder / ADAPTER).symlink_to(tmp_path / "ttyUSB3")
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A record with one session in Room 2: an S/5 on an adapter, a cuff on a serial server."""
    path = tmp_path / "record.db"
    slots = (
        DeviceSlot(
            device="monitor",
            driver="datex-s5",
            port="/dev/ttyUSB0?baud=115200&line=8E1",
            identity=ADAPTER,
            simulated=False,
        ),
        DeviceSlot(
            device="bp",
            driver="suntech",
            port="socket://10.0.0.7:4001",
            identity="10.0.0.7:4001",
            simulated=False,
        ),
    )
    opened: SessionOpened = replace(opening(slots), room="Room 2", simulated=False)
    with open_database(str(path)) as database:
        Journal(database).append(opened.session, [opened])
    return path


def test_a_room_knows_its_monitors_again_where_they_are_now(place: Path, by_id: Path) -> None:
    desk = reception(place, by_id, "Room 2")
    assert list(desk.known_monitors()) == [
        Binding(
            device="monitor",
            driver="datex-s5",
            port=str(by_id / ADAPTER),
            identity=ADAPTER,
            line="115200 8E1",
        ),
        Binding(
            device="bp", driver="suntech", port="socket://10.0.0.7:4001", identity="10.0.0.7:4001"
        ),
    ]
    (by_id / ADAPTER).unlink()
    assert [binding.device for binding in desk.known_monitors()] == ["bp"]


def test_another_room_knows_none_and_is_told_where_they_come_from(place: Path, by_id: Path) -> None:
    desk = reception(place, by_id, "Room 1")
    assert list(desk.known_monitors()) == []
    binding = Binding(device="monitor", driver="datex-s5", port=str(by_id / ADAPTER))
    [slot] = desk._slots([binding], "Room 1")
    assert (slot.identity, slot.last_room, slot.interval_s) == (ADAPTER, "Room 2", 5.0)
    [at_home] = desk._slots([binding], "Room 2")
    assert at_home.last_room == ""


def test_without_a_record_nothing_is_known(tmp_path: Path, by_id: Path) -> None:
    desk = reception(tmp_path / "none.db", by_id, "Room 1")
    assert list(desk.known_monitors()) == []
    [slot] = desk._slots([Binding(device="bp", driver="suntech", port="/dev/ttyS0")], "Room 1")
    assert (slot.identity, slot.last_room) == ("", "")


@needs_pty
def test_a_search_finds_what_speaks_and_at_which_line() -> None:
    began_ns = time.monotonic_ns()
    monitors = {"oximeter": "nonin", "monitor": "masimo", "bp": "suntech"}
    with SimulatedRoom.of_patient(SteadyBody(), 1, monitors=monitors) as room:
        room.start(lambda: time.monotonic_ns() - began_ns)
        ports = [SystemPort(address=slot.port, identity="", description="") for slot in room.slots]
        search = PortSearch(ports, listen_s=2.5)
        search.join(30)
    found = search.found()
    assert found is not None
    assert [one.drivers for one in found] == [("nonin",), ("masimo",), ()]
    assert [one.line for one in found] == ["", "", ""]
    assert "nothing heard" in found[2].words


def test_line_settings_that_cannot_be_are_told_before_a_session_begins(
    tmp_path: Path, by_id: Path
) -> None:
    desk = reception(tmp_path / "none.db", by_id, "Room 1")
    wrong = [Binding(device="bp", driver="suntech", port="/dev/ttyS0?baud=fast")]
    for ask in (lambda: desk.open_monitors(wrong, "N"), lambda: desk.listen(wrong)):
        with pytest.raises(DeskError, match="baud=fast"):
            ask()


def test_what_is_plugged_in_and_out_is_told(tmp_path: Path) -> None:
    found: list[ListPortInfo] = [ListPortInfo("COM1")]
    finder = PortFinder(lambda: found, tmp_path)
    changes = watch(finder, seconds=60)
    rounds = iter([[ListPortInfo("COM1"), ListPortInfo("COM7")], [ListPortInfo("COM7")]])
    told = []
    for ports in rounds:
        threading.Timer(0.2, found.__setitem__, (slice(None), ports)).start()
        change = next(changes)
        told.append((change.port.address, change.plugged))
    assert told == [("COM7", True), ("COM1", False)]
