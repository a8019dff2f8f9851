"""The simulated DINAMAP, in conversation with the real driver."""

from __future__ import annotations

import pytest

from devices.driver import BpProgress, DeviceCommand, DriverItem, Measurement, Send
from devices.ge_dinamap import wire
from devices.ge_dinamap.driver import DinamapDriver
from devices.ge_dinamap.simulator import DinamapFaults, DinamapSimulator
from protocols.events import BpState
from protocols.vitals import NS_PER_S, PRESSURES, Quality, Vital
from tests.unit.devices.steady_body import SteadyBody


def sent(items: list[DriverItem]) -> list[bytes]:
    return [item.data for item in items if isinstance(item, Send)]


def progress(items: list[DriverItem]) -> list[BpState]:
    return [item.state for item in items if isinstance(item, BpProgress)]


def last_text(items: list[DriverItem]) -> str:
    return [item.text for item in items if isinstance(item, BpProgress)][-1]


def said(items: list[DriverItem], *vitals: Vital) -> list[tuple[float | None, Quality]]:
    return [
        (i.value, i.quality)
        for i in items
        if isinstance(i, Measurement) and i.vital in vitals and not i.spot
    ]


FAILED = [(None, Quality.FAILED)] * 3


def converse(
    unit: DinamapSimulator, *, start_s: float | None, to_s: float
) -> list[tuple[float, DriverItem]]:
    """Let driver and unit live until `to_s`; what the driver gave, with its seconds."""
    driver = DinamapDriver()
    given_items: list[tuple[float, DriverItem]] = []

    def take(t_ns: int, items: list[DriverItem]) -> None:
        for item in items:
            given_items.append((t_ns / NS_PER_S, item))
            if isinstance(item, Send):
                unit.receive(t_ns, item.data)

    take(0, driver.connect(0))
    start_ns = None if start_s is None else round(start_s * NS_PER_S)
    while True:
        times = [driver.next_deadline_ns, unit.next_deadline_ns, start_ns]
        t_ns = min(each for each in times if each is not None)
        if t_ns > to_s * NS_PER_S:
            return given_items
        if t_ns == start_ns:
            start_ns = None
            take(t_ns, driver.command(t_ns, DeviceCommand.START_BP))
        take(t_ns, driver.advance(t_ns))
        if data := unit.advance(t_ns):
            take(t_ns, driver.receive(t_ns, data))


def test_the_simulated_unit_finds_what_the_body_has() -> None:
    items = [i for _, i in converse(DinamapSimulator(SteadyBody(), 1), start_s=2, to_s=60)]
    assert progress(items) == [BpState.REQUESTED, BpState.MEASURING, BpState.DONE]
    assert [value for value, _ in said(items, *PRESSURES)] == [118.0, 76.0, 90.0]
    assert set(said(items, Vital.SPO2)) == {(97.0, Quality.GOOD)}
    assert set(said(items, Vital.PR)) == {(72.0, Quality.GOOD)}
    assert wire.CLEAR_LINE not in sent(items)


@pytest.mark.parametrize(
    ("faults", "disturbed", "text"),
    [
        (DinamapFaults(leak=True), False, wire.NIBP_ERRORS[4]),
        (DinamapFaults(), True, wire.NIBP_ERRORS[3]),
        (DinamapFaults(error=8), False, wire.NIBP_ERRORS[8]),
        (DinamapFaults(refuses=True), False, "refused"),
        (DinamapFaults(silent=True), False, "no answer"),
    ],
)
def test_each_fault_fails_in_its_own_words(
    faults: DinamapFaults, disturbed: bool, text: str
) -> None:
    unit = DinamapSimulator(SteadyBody(disturbed=disturbed), 1, faults=faults)
    items = [item for _, item in converse(unit, start_s=2, to_s=140)]
    assert said(items, *PRESSURES) == FAILED
    assert progress(items)[-1] is BpState.FAILED
    assert text in last_text(items)


def test_damaged_replies_never_give_a_wrong_value() -> None:
    unit = DinamapSimulator(SteadyBody(), 3, faults=DinamapFaults(corrupt_every=3))
    items = [item for _, item in converse(unit, start_s=2, to_s=200)]
    values = {(i.vital, i.value) for i in items if isinstance(i, Measurement) and not i.spot}
    assert {(v, value) for v, value in values if value is not None} <= {
        (Vital.SBP, 118.0),
        (Vital.DBP, 76.0),
        (Vital.MAP, 90.0),
        (Vital.SPO2, 97.0),
        (Vital.PR, 72.0),
    }


def test_a_unit_without_oximeter_gives_the_rate_with_the_blood_pressure_only() -> None:
    unit = DinamapSimulator(SteadyBody(), 1, faults=DinamapFaults(no_oximeter=True))
    items = [item for _, item in converse(unit, start_s=2, to_s=60)]
    rates = [i for i in items if isinstance(i, Measurement) and i.vital is Vital.PR and i.value]
    assert [(i.value, i.spot) for i in rates] == [(72.0, True)]


def test_the_probe_off_the_finger_is_said_and_the_finger_found_again() -> None:
    body = SteadyBody()
    unit = DinamapSimulator(body, 1)
    assert unit.advance(0) == b""
    unit.receive(0, wire.READ_SATURATION)
    assert b" OA1097" in unit.advance(NS_PER_S)
    body.on_finger = False
    unit.receive(NS_PER_S, wire.READ_SATURATION)
    assert b" OA6000" in unit.advance(2 * NS_PER_S)
    body.on_finger = True
    unit.receive(3 * NS_PER_S, wire.READ_SATURATION)
    assert b" OA3000" in unit.advance(4 * NS_PER_S)
    unit.receive(10 * NS_PER_S, wire.READ_SATURATION)
    assert b" OA1097" in unit.advance(11 * NS_PER_S)
