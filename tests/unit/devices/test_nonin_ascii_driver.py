"""The driver and the simulated unit of Nonin's text output."""

from __future__ import annotations

import pytest

from devices.driver import DeviceCommand, DriverItem, Measurement, Rejected
from devices.nonin_ascii.driver import NoninAsciiDriver
from devices.nonin_ascii.parser import NoninAsciiParser
from devices.nonin_ascii.simulator import NoninAsciiFaults, NoninAsciiSimulator
from devices.nonin_ascii.spec import SPEC
from protocols.vitals import NS_PER_S, Quality, Vital
from tests.unit.devices.steady_body import SteadyBody


def run(
    simulator: NoninAsciiSimulator, driver: NoninAsciiDriver, from_s: int, to_s: int
) -> list[DriverItem]:
    items: list[DriverItem] = []
    for t in range(from_s, to_s):
        items += driver.receive(t * NS_PER_S, simulator.advance(t * NS_PER_S))
    return items


def measured(items: list[DriverItem], vital: Vital) -> list[Measurement]:
    return [i for i in items if isinstance(i, Measurement) and i.vital is vital]


@pytest.mark.parametrize("has_time", [False, True])
@pytest.mark.parametrize("is_fast", [False, True])
def test_the_driver_reads_what_the_body_has(has_time: bool, is_fast: bool) -> None:
    body = SteadyBody(rate_bpm=131, saturation_percent=93)
    simulator = NoninAsciiSimulator(body, 1, has_time=has_time, is_fast=is_fast)
    driver = NoninAsciiDriver()
    driver.connect(0)
    items = run(simulator, driver, 0, 20)[2:]
    assert {i.value for i in measured(items, Vital.PR)} == {131}
    assert {i.value for i in measured(items, Vital.SPO2)} == {93}
    assert driver.counts.frames == 19
    assert driver.counts.rejected == 0


def test_the_first_values_wait_for_a_line_that_agrees() -> None:
    driver = NoninAsciiDriver()
    driver.connect(0)
    first = driver.receive(1, b"SPO2=098 HR=072\r\n")
    assert [(i.value, i.quality, i.note) for i in first if isinstance(i, Measurement)] == [
        (None, Quality.MISSING, "waits for a second value that agrees: PR 72 /min"),
        (None, Quality.MISSING, "waits for a second value that agrees: SpO2 98 %"),
    ]
    assert measured(driver.receive(2, b"SPO2=098 HR=075\r\n"), Vital.PR)[0].value == 75


def test_a_half_line_is_not_joined_across_a_lost_connection() -> None:
    driver = NoninAsciiDriver()
    driver.connect(0)
    driver.receive(1, b"SPO2=098 HR=072\r\nSPO2=098 HR=0")
    driver.connect(2)
    items = driver.receive(3, b"72\r\n")
    assert items == []
    assert driver.counts.frames == 1


def test_a_lost_finger_is_missing_until_the_unit_has_found_a_pulse_again() -> None:
    body = SteadyBody()
    simulator, driver = NoninAsciiSimulator(body, 1), NoninAsciiDriver()
    run(simulator, driver, 0, 5)
    body.on_finger = False
    off = measured(run(simulator, driver, 5, 10), Vital.SPO2)
    assert {(i.value, i.quality, i.note) for i in off} == {(None, Quality.MISSING, "no data")}
    body.on_finger = True
    back = [i.value for i in measured(run(simulator, driver, 10, 20), Vital.SPO2)]
    assert back[:4] == [None] * 4
    assert back[-1] == 97


def test_faults_show_on_the_line() -> None:
    simulator, driver = NoninAsciiSimulator(SteadyBody(), 1), NoninAsciiDriver()
    run(simulator, driver, 0, 5)
    simulator.faults = NoninAsciiFaults(event_marked=True)
    items = measured(run(simulator, driver, 5, 7), Vital.PR)
    assert {i.note for i in items} == {"event marked on the monitor"}
    simulator.faults = NoninAsciiFaults(silent=True)
    assert run(simulator, driver, 7, 9) == []
    simulator.faults = NoninAsciiFaults(probe_off=True)
    items = measured(run(simulator, driver, 9, 10), Vital.PR)
    assert {i.quality for i in items} == {Quality.MISSING}


def test_damaged_lines_are_refused_and_no_value_is_wrong() -> None:
    simulator = NoninAsciiSimulator(SteadyBody(), 3, faults=NoninAsciiFaults(corrupt_every=3))
    parser = NoninAsciiParser()
    items = parser.feed(simulator.advance(300 * NS_PER_S))
    assert {i.value for i in items if isinstance(i, Measurement)} == {72, 97}
    assert sum(isinstance(i, Rejected) for i in items) == parser.counts.rejected > 50


def test_lines_leave_once_a_second_however_often_they_are_asked_for() -> None:
    often, once = (NoninAsciiSimulator(SteadyBody(), 5) for _ in range(2))
    assert often.next_deadline_ns == 0
    pieces = b"".join(often.advance(t * NS_PER_S // 7) for t in range(71))
    assert pieces == once.advance(10 * NS_PER_S)
    assert pieces.count(b"SPO2=") == 10
    assert often.next_deadline_ns == 11 * NS_PER_S


def test_nothing_is_ever_sent() -> None:
    driver = NoninAsciiDriver()
    assert driver.connect(0) == []
    assert driver.command(1, DeviceCommand.START_BP) == []
    assert driver.next_deadline_ns is None
    assert not SPEC.may_send(b"\r\n")
