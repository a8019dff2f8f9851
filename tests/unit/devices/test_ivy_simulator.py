"""The simulated Ivy monitor, read by the real driver."""

from __future__ import annotations

import pytest

from devices.driver import DeviceCommand, DriverItem, Measurement, Rejected, Samples
from devices.ivy_450c.driver import IvyDriver
from devices.ivy_450c.simulator import IvyFaults, IvySimulator
from devices.ivy_450c.spec import SPEC
from protocols.vitals import NS_PER_S, Quality, Vital
from tests.unit.devices.steady_body import SteadyBody


def run(driver: IvyDriver, simulator: IvySimulator, from_s: int, to_s: int) -> list[DriverItem]:
    items: list[DriverItem] = []
    for second in range(from_s + 1, to_s + 1):
        items += driver.receive(second * NS_PER_S, simulator.advance(second * NS_PER_S))
    return items


def of(vital: Vital, items: list[DriverItem]) -> list[Measurement]:
    return [i for i in items if isinstance(i, Measurement) and i.vital is vital and not i.spot]


def test_the_driver_reads_what_the_body_has_from_the_second_message_on() -> None:
    driver = IvyDriver()
    items = run(driver, IvySimulator(SteadyBody(), 1), 0, 15)
    rates = of(Vital.HR, items)
    assert [i.value for i in rates if i.value is not None] == [72.0] * 14
    assert {i.quality for i in rates if i.value is not None} == {Quality.GOOD}
    assert of(Vital.SPO2, items)[-1].value == of(Vital.SPO2, items)[-2].value == 97
    assert of(Vital.PR, items)[-1].value == 72
    assert of(Vital.RR, items)[-1].value == 14
    assert of(Vital.TEMP, items)[-1].value == 36.7
    assert driver.counts.frames == 15
    assert driver.counts.skipped_bytes == driver.counts.rejected == 0


def test_nothing_is_ever_sent() -> None:
    driver = IvyDriver()
    assert driver.connect(0) == []
    for command in DeviceCommand:
        assert driver.command(NS_PER_S, command) == []
    assert driver.next_deadline_ns is None
    assert not SPEC.may_send(b"\x00")


def test_each_determination_is_given_once() -> None:
    items = run(IvyDriver(), IvySimulator(SteadyBody(), 1), 0, 700)
    assert len(of(Vital.SBP, items)) == 3
    assert all(abs((i.value or 0) - 118) < 6 for i in of(Vital.SBP, items))


def test_a_result_from_before_the_connection_is_refused() -> None:
    simulator, driver = IvySimulator(SteadyBody(), 1), IvyDriver()
    simulator.advance(100 * NS_PER_S)
    driver.connect(100 * NS_PER_S)
    items = run(driver, simulator, 100, 300)
    assert of(Vital.SBP, items) == []
    assert any("was there before" in i.reason for i in items if isinstance(i, Rejected))
    assert len(of(Vital.SBP, run(driver, simulator, 300, 400))) == 1


@pytest.mark.parametrize(
    ("faults", "vital", "quality"),
    [
        (IvyFaults(leads_off=True), Vital.HR, Quality.MISSING),
        (IvyFaults(probe_off=True), Vital.SPO2, Quality.MISSING),
        (IvyFaults(alarm="HIGH"), Vital.HR, Quality.LOW),
    ],
)
def test_each_fault_shows_as_its_quality(faults: IvyFaults, vital: Vital, quality: Quality) -> None:
    items = run(IvyDriver(), IvySimulator(SteadyBody(), 1, faults=faults), 0, 10)
    assert {i.quality for i in of(vital, items)[1:]} == {quality}


def test_without_a_probe_there_is_no_pulse_wave() -> None:
    simulator = IvySimulator(SteadyBody(on_finger=False), 1)
    assert not any(isinstance(i, Samples) for i in run(IvyDriver(), simulator, 0, 5))


def test_a_determination_that_fails_shows_nothing() -> None:
    items = run(IvyDriver(), IvySimulator(SteadyBody(disturbed=True), 1), 0, 100)
    assert of(Vital.SBP, items) == []


def test_a_lost_byte_costs_its_message_alone() -> None:
    driver = IvyDriver()
    simulator = IvySimulator(SteadyBody(), 1, faults=IvyFaults(lose_every=5))
    items = run(driver, simulator, 0, 50)
    assert driver.counts.frames == 40
    assert {i.value for i in of(Vital.HR, items)[1:]} == {72.0}


def test_a_silent_unit_sends_nothing_and_speaks_again() -> None:
    simulator, driver = IvySimulator(SteadyBody(), 1, faults=IvyFaults(silent=True)), IvyDriver()
    assert run(driver, simulator, 0, 5) == []
    simulator.faults = IvyFaults()
    assert of(Vital.HR, run(driver, simulator, 5, 8))


def test_the_stream_does_not_depend_on_how_often_it_is_asked_for() -> None:
    often, once = IvySimulator(SteadyBody(), 5), IvySimulator(SteadyBody(), 5)
    pieces = b"".join(often.advance(t * 100_000_000) for t in range(1, 601))
    assert pieces == once.advance(60 * NS_PER_S)
