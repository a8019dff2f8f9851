"""The conversation with an S/5 monitor, and that only the request for values is ever sent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from devices.datex_s5 import wire
from devices.datex_s5.driver import ASK_AGAIN_NS, DatexDriver
from devices.datex_s5.simulator import (
    DatexFaults,
    DatexSimulator,
    Display,
    encode_vitals,
    frame_of,
)
from devices.datex_s5.spec import SPEC
from devices.driver import DeviceCommand, DriverItem, Measurement, Rejected, Send
from protocols.vitals import NS_PER_S, PRESSURES, Quality, Vital
from tests.unit.devices.steady_body import SteadyBody

VALUES = frame_of(Display(hr=72), 0)


def sent(items: list[DriverItem]) -> list[bytes]:
    return [item.data for item in items if isinstance(item, Send)]


def of(vital: Vital, items: list[DriverItem]) -> list[Measurement]:
    return [i for i in items if isinstance(i, Measurement) and i.vital is vital and not i.spot]


def run(driver: DatexDriver, simulator: DatexSimulator, from_s: int, to_s: int) -> list[DriverItem]:
    """Driver and simulated monitor on one line, second by second."""
    items: list[DriverItem] = driver.connect(from_s * NS_PER_S) if from_s == 0 else []
    for request in sent(items):
        simulator.receive(from_s * NS_PER_S, request)
    for second in range(from_s + 1, to_s + 1):
        t_ns = second * NS_PER_S
        new = driver.receive(t_ns, simulator.advance(t_ns))
        new += driver.advance(t_ns)
        for request in sent(new):
            simulator.receive(t_ns, request)
        items += new
    return items


def test_it_asks_when_the_port_opens() -> None:
    driver = DatexDriver()
    assert driver.next_deadline_ns is None
    assert sent(driver.connect(0)) == [wire.START]
    assert driver.next_deadline_ns == ASK_AGAIN_NS


def test_values_put_off_the_next_question_and_other_bytes_do_not() -> None:
    driver = DatexDriver()
    driver.connect(0)
    driver.receive(5 * NS_PER_S, VALUES)
    assert driver.next_deadline_ns == 5 * NS_PER_S + ASK_AGAIN_NS
    driver.receive(9 * NS_PER_S, wire.START + b"\x7e\x00\x7e")
    assert driver.next_deadline_ns == 5 * NS_PER_S + ASK_AGAIN_NS


def test_it_asks_again_each_time_values_stay_away() -> None:
    driver = DatexDriver()
    driver.connect(0)
    assert driver.advance(ASK_AGAIN_NS - 1) == []
    assert sent(driver.advance(3 * ASK_AGAIN_NS)) == [wire.START] * 3
    assert driver.next_deadline_ns == 4 * ASK_AGAIN_NS


def test_one_lost_record_is_no_silence() -> None:
    assert SPEC.quiet_limit_s is not None
    assert 2 * wire.INTERVAL_S * NS_PER_S < ASK_AGAIN_NS < SPEC.quiet_limit_s * NS_PER_S


def test_no_command_reaches_the_monitor() -> None:
    driver = DatexDriver()
    driver.connect(0)
    for command in DeviceCommand:
        assert driver.command(NS_PER_S, command) == []


@given(st.lists(st.tuples(st.integers(0, 30), st.binary(max_size=60)), max_size=10))
def test_nothing_else_is_ever_sent(pieces: list[tuple[int, bytes]]) -> None:
    driver = DatexDriver()
    items = driver.connect(0)
    t_ns = 0
    for wait_s, data in pieces:
        t_ns += wait_s * NS_PER_S
        items += driver.advance(t_ns)
        items += driver.receive(t_ns, data)
        items += driver.command(t_ns, DeviceCommand.START_BP)
    assert all(SPEC.may_send(data) for data in sent(items))
    assert not SPEC.may_send(wire.request(0))
    assert not SPEC.may_send(b"")


def test_a_simulated_monitor_is_asked_once_and_read_every_5_s() -> None:
    driver, simulator = DatexDriver(), DatexSimulator(SteadyBody(), 1)
    items = run(driver, simulator, 0, 61)
    assert sent(items) == [wire.START]
    rates = of(Vital.HR, items)
    assert len(rates) == 13
    assert {(i.value, i.quality) for i in rates} == {(72.0, Quality.GOOD)}
    assert of(Vital.SPO2, items)[-1].value == 97
    assert of(Vital.RR, items)[-1].value == 14
    assert of(Vital.TEMP, items)[-1].value == 36.7
    assert driver.counts.skipped_bytes == driver.counts.rejected == 0


def test_each_blood_pressure_of_the_simulated_cuff_is_given_once() -> None:
    driver, simulator = DatexDriver(), DatexSimulator(SteadyBody(), 1)
    items = run(driver, simulator, 0, 700)
    assert len(of(Vital.SBP, items)) == 3
    assert all(abs((i.value or 0) - 118) < 6 for i in of(Vital.SBP, items))


def test_a_result_from_before_the_connection_is_refused_and_the_next_is_given() -> None:
    driver, simulator = DatexDriver(), DatexSimulator(SteadyBody(), 1)
    simulator.advance(100 * NS_PER_S)
    driver.connect(100 * NS_PER_S)
    simulator.receive(100 * NS_PER_S, wire.START)
    items = run(driver, simulator, 100, 310)
    assert of(Vital.SBP, items) == []
    assert any("was there before" in i.reason for i in items if isinstance(i, Rejected))
    assert len(of(Vital.SBP, run(driver, simulator, 310, 400))) == 1


def test_a_new_connection_refuses_again_what_it_finds() -> None:
    driver = DatexDriver()
    driver.connect(0)
    record = {Vital.SBP: 120.0, Vital.DBP: 70.0, Vital.MAP: 90.0}
    assert of(Vital.SBP, driver.receive(NS_PER_S, encode_vitals(record, NS_PER_S)))
    driver.connect(2 * NS_PER_S)
    result = frame_of(Display(nibp=(12000, 7000, 9000, 72), nibp_label=0), 3)
    assert of(Vital.SBP, driver.receive(3 * NS_PER_S, result)) == []


def test_a_disturbed_cuff_fails_in_words() -> None:
    body = SteadyBody(disturbed=True)
    items = run(DatexDriver(), DatexSimulator(body, 1), 0, 70)
    failed = [i for vital in PRESSURES for i in of(vital, items)]
    assert [(i.value, i.quality) for i in failed] == [(None, Quality.FAILED)] * 3
    assert "without a result" in failed[0].note


def test_faults_show_as_their_qualities() -> None:
    for faults, vital, quality in (
        (DatexFaults(leads_off=True), Vital.HR, Quality.SENSOR_OFF),
        (DatexFaults(ecg_noise=True), Vital.HR, Quality.LOW),
        (DatexFaults(probe_off=True), Vital.SPO2, Quality.MISSING),
    ):
        items = run(DatexDriver(), DatexSimulator(SteadyBody(), 1, faults=faults), 0, 30)
        assert {i.quality for i in of(vital, items)} == {quality}


def test_damaged_records_are_refused_and_no_value_is_wrong() -> None:
    simulator = DatexSimulator(SteadyBody(), 3, faults=DatexFaults(corrupt_every=3))
    driver = DatexDriver()
    items = run(driver, simulator, 0, 299)
    assert driver.counts.rejected >= 15
    assert {i.value for i in of(Vital.HR, items)} == {72.0}


def test_a_silent_monitor_is_asked_until_it_speaks() -> None:
    simulator = DatexSimulator(SteadyBody(), 1, faults=DatexFaults(silent=True))
    driver = DatexDriver()
    assert len(sent(run(driver, simulator, 0, 60))) == 6
    simulator.faults = DatexFaults()
    assert of(Vital.HR, run(driver, simulator, 60, 80))


def test_a_simulated_monitor_waits_to_be_asked_and_can_be_stopped() -> None:
    simulator = DatexSimulator(SteadyBody(), 1)
    assert simulator.advance(60 * NS_PER_S) == b""
    simulator.receive(60 * NS_PER_S, wire.START[:20])
    simulator.receive(60 * NS_PER_S, wire.START[20:])
    assert simulator.advance(61 * NS_PER_S) != b""
    simulator.receive(62 * NS_PER_S, wire.request(0))
    assert simulator.advance(99 * NS_PER_S) == b""
    simulator.receive(99 * NS_PER_S, wire.request(-1))
    assert len(simulator.advance(140 * NS_PER_S)) < 400


def test_the_simulated_monitor_does_not_depend_on_how_often_it_is_asked_for() -> None:
    often, once = DatexSimulator(SteadyBody(), 5), DatexSimulator(SteadyBody(), 5)
    for simulator in (often, once):
        simulator.receive(0, wire.START)
    pieces = b"".join(often.advance(t * 100_000_000) for t in range(1, 601))
    assert pieces == once.advance(60 * NS_PER_S)
