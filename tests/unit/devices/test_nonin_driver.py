"""The Nonin driver: formats without a checksum are confirmed, nothing is ever sent."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.driver import DeviceCommand, DriverItem, Measurement, Send
from devices.nonin_oem.driver import NoninDriver
from devices.nonin_oem.frames import second_frame
from devices.nonin_oem.simulator import encode_vitals
from devices.nonin_oem.spec import SPEC
from protocols.vitals import NS_PER_S, Quality, Vital


def frame(number: Literal[1, 8], rate: int, saturation: int) -> bytes:
    return second_frame(0, rate, saturation, 0 if number == 8 else None)


def shown(items: list[DriverItem]) -> list[float | None]:
    return [item.value for item in items if isinstance(item, Measurement)]


def listening(number: Literal[1, 8]) -> NoninDriver:
    """A driver that has shown values of a steady unit for 8 s."""
    driver = NoninDriver()
    driver.connect(0)
    for t in range(8):
        driver.receive(t * NS_PER_S, frame(number, 72, 98))
    return driver


@pytest.mark.parametrize("number", [1, 8])
def test_the_first_value_waits_for_a_second_that_agrees(number: Literal[1, 8]) -> None:
    driver = NoninDriver()
    driver.connect(0)
    for t in range(4):
        assert driver.receive(t * NS_PER_S, frame(number, 72, 98)) == []
    items = driver.receive(4 * NS_PER_S, frame(number, 73, 97))
    assert [
        (item.value, item.quality, item.note) for item in items[:2] if isinstance(item, Measurement)
    ] == [
        (None, Quality.MISSING, "waits for a second value that agrees: PR 72 /min"),
        (None, Quality.MISSING, "waits for a second value that agrees: SpO2 98 %"),
    ]
    assert shown(items[2:]) == [72, 98, 72, 98, 72, 98, 73, 97]


@pytest.mark.parametrize("number", [1, 8])
def test_a_value_that_jumps_is_shown_only_when_the_next_confirms_it(
    number: Literal[1, 8],
) -> None:
    driver = listening(number)
    driver.receive(8 * NS_PER_S, frame(number, 72, 70))
    items = driver.receive(9 * NS_PER_S, frame(number, 72, 98))
    items += driver.receive(10 * NS_PER_S, frame(number, 72, 98))
    assert 70 not in shown(items)
    assert shown(items)[-2:] == [72, 98]
    driver.receive(11 * NS_PER_S, frame(number, 72, 85))
    items = driver.receive(12 * NS_PER_S, frame(number, 72, 84))
    assert shown(items)[-1] == 84


def test_formats_with_a_checksum_are_shown_at_once() -> None:
    for number in (2, 7, 13):
        driver = NoninDriver()
        driver.connect(0)
        record = {Vital.PR: 72.0, Vital.SPO2: 98.0}
        items = driver.receive(1, encode_vitals(record, 0, data_format=number))
        assert shown(items) == [72, 98]


def test_after_reconnecting_an_old_value_confirms_none() -> None:
    driver = listening(8)
    driver.connect(9 * NS_PER_S)
    for t in range(9, 13):
        assert driver.receive(t * NS_PER_S, frame(8, 72, 98)) == []


@given(pieces=st.lists(st.binary(max_size=60), max_size=6))
def test_nothing_is_ever_sent(pieces: list[bytes]) -> None:
    driver = NoninDriver()
    items = driver.connect(0)
    for piece in pieces:
        items += driver.receive(1, piece)
    items += driver.command(2, DeviceCommand.START_BP)
    items += driver.command(2, DeviceCommand.ABORT_BP)
    assert not [item for item in items if isinstance(item, Send)]
    assert not SPEC.may_send(b"\x06")
