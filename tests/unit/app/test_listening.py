"""Listening to ports before a session: decoded and counted, and nothing is sent."""

from __future__ import annotations

import time
from collections.abc import Callable

from app.clock import SessionClock
from app.reception.desk import Binding
from app.reception.listening import PortsListener
from devices.simulation.patient import SimulatedPatient
from devices.simulation.room import SimulatedRoom


def wait_for(truth: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 10
    while not truth():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.02)


def test_a_monitor_that_speaks_is_understood_and_one_that_waits_is_left_alone() -> None:
    with SimulatedRoom.of_patient(SimulatedPatient("mild", seed=1), 1) as room:
        room.start(SessionClock(speed=10).now_ns)
        listening = PortsListener(
            [Binding(device=slot.device, driver=slot.driver, port=slot.port) for slot in room.slots]
        )
        try:
            wait_for(lambda: any("SpO2" in value for value in listening.heard()[0].values))
            wait_for(lambda: "port open" in listening.heard()[1].link)
            oximeter, bp = listening.heard()
        finally:
            listening.stop()
        received = [room.counts(slot.device).received for slot in room.slots]
    assert (oximeter.device, bp.device) == ("oximeter", "bp")
    assert oximeter.link == "the monitor speaks"
    assert oximeter.frames > 0
    assert oximeter.bytes_heard >= 5 * oximeter.frames
    assert bp.bytes_heard == 0
    assert "only when it is asked" in bp.link
    assert received == [0, 0]


def test_a_port_that_is_not_there_is_said() -> None:
    binding = Binding(device="oximeter", driver="nonin", port="/dev/no-such-port")
    listening = PortsListener([binding])
    try:
        wait_for(lambda: "/dev/no-such-port" in listening.heard()[0].link)
    finally:
        listening.stop()
    assert listening.heard()[0].bytes_heard == 0


def test_bytes_of_another_format_are_said() -> None:
    with SimulatedRoom.of_patient(SimulatedPatient("mild", seed=1), 1) as room:
        room.start(SessionClock().now_ns)
        port = room.slots[1].port
        listening = PortsListener([Binding(device="oximeter", driver="nonin", port=port)])
        try:
            wait_for(lambda: "port open" in listening.heard()[0].link)
            room.garbage("bp", b"\x55" * 40)
            wait_for(lambda: "not in this monitor's format" in listening.heard()[0].link)
        finally:
            listening.stop()
