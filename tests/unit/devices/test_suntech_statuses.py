"""A SunTech module that says something else than expected, and what its versions are called."""

from __future__ import annotations

import pytest

from devices.driver import BpProgress, DeviceCommand, DriverItem, Measurement, Rejected, Send
from devices.suntech_advantage import wire
from devices.suntech_advantage.driver import SuntechDriver
from devices.suntech_advantage.wire import Status
from protocols.events import BpState
from protocols.vitals import NS_PER_S, PRESSURES, Quality

MS = 1_000_000
RESULT = bytes.fromhex("3E 18 73 00 4A 00 1E 01 00 00 00 00 00 00 31 07 55 00 58 00 00 00 00 E9")
FAILED = [Quality.FAILED] * 3


def status(letter: Status) -> bytes:
    return wire.reply(bytes((letter,)))


def sent(items: list[DriverItem]) -> list[bytes]:
    return [item.data for item in items if isinstance(item, Send)]


def said(items: list[DriverItem]) -> list[tuple[BpState, str]]:
    return [(item.state, item.text) for item in items if isinstance(item, BpProgress)]


def pressures(items: list[DriverItem]) -> list[Quality]:
    return [i.quality for i in items if isinstance(i, Measurement) and i.vital in PRESSURES]


def measuring(t_ns: int = 0) -> SuntechDriver:
    driver = SuntechDriver()
    driver.command(t_ns, DeviceCommand.START_BP)
    driver.receive(t_ns + 20 * MS, status(Status.RECEIVED))
    return driver


def fetching() -> SuntechDriver:
    driver = measuring()
    assert sent(driver.receive(9 * NS_PER_S, status(Status.DONE))) == [wire.GET_RESULT]
    return driver


@pytest.mark.parametrize("make", [measuring, fetching])
@pytest.mark.parametrize(
    ("letter", "text"), [(Status.TIMED_OUT, "timed out"), (Status.SLEEPING, "fell asleep")]
)
def test_a_module_that_breaks_down_fails_in_words(make: object, letter: Status, text: str) -> None:
    driver = make()  # type: ignore[operator]
    items = driver.receive(9 * NS_PER_S + 50 * MS, status(letter))
    assert pressures(items) == FAILED
    ((state, words),) = said(items)
    assert state is BpState.FAILED
    assert text in words
    assert driver.next_deadline_ns is None


@pytest.mark.parametrize(
    "letter", [Status.BUSY, Status.ERROR, Status.UNDEFINED, Status.NOT_RECOGNISED]
)
def test_what_a_module_says_instead_of_its_result_is_told_when_it_gives_none(
    letter: Status,
) -> None:
    driver = fetching()
    assert driver.receive(9 * NS_PER_S + 50 * MS, status(letter)) == []
    assert sent(driver.advance(10 * NS_PER_S)) == [wire.GET_RESULT]
    items = driver.advance(13 * NS_PER_S)
    assert sent(items) == [wire.ABORT]
    assert wire.STATUS_TEXTS[letter] in said(items)[-1][1]


def test_a_busy_module_that_then_gives_its_result_is_believed() -> None:
    driver = fetching()
    driver.receive(9 * NS_PER_S + 50 * MS, status(Status.BUSY))
    driver.advance(10 * NS_PER_S)
    items = driver.receive(10 * NS_PER_S + 50 * MS, RESULT)
    assert pressures(items) == [Quality.GOOD] * 3


def test_what_a_module_does_not_know_while_measuring_does_not_end_the_measurement() -> None:
    driver = measuring()
    for letter in (Status.BUSY, Status.UNDEFINED, Status.NOT_RECOGNISED, Status.RECEIVED):
        assert driver.receive(2 * NS_PER_S, status(letter)) == []
    assert driver.next_deadline_ns is not None


def test_a_result_that_is_too_soon_is_not_shown_and_the_module_is_stopped() -> None:
    items = measuring().receive(2 * NS_PER_S, status(Status.DONE) + RESULT)
    assert pressures(items) == FAILED
    assert sent(items) == [wire.GET_RESULT, wire.ABORT]


def test_an_abort_is_confirmed_by_the_end_of_the_measurement_too() -> None:
    driver = measuring()
    driver.command(9 * NS_PER_S, DeviceCommand.ABORT_BP)
    items = driver.receive(9 * NS_PER_S + 50 * MS, status(Status.DONE))
    assert said(items) == [(BpState.ABORTED, "stopped by the abort")]


def test_the_end_of_an_aborted_measurement_is_not_taken_for_that_of_the_next() -> None:
    driver = measuring()
    driver.command(9 * NS_PER_S, DeviceCommand.ABORT_BP)
    driver.receive(9 * NS_PER_S + 50 * MS, status(Status.ABORTED))
    driver.command(9 * NS_PER_S + 300 * MS, DeviceCommand.START_BP)
    driver.receive(9 * NS_PER_S + 350 * MS, status(Status.RECEIVED))
    (late,) = driver.receive(9 * NS_PER_S + 400 * MS, status(Status.DONE))
    assert isinstance(late, Rejected)
    assert "aborted before" in late.reason
    items = driver.receive(40 * NS_PER_S, status(Status.DONE))
    assert sent(items) == [wire.GET_RESULT]


def test_after_its_end_was_told_the_next_measurement_may_end_soon() -> None:
    driver = measuring()
    driver.command(9 * NS_PER_S, DeviceCommand.ABORT_BP)
    driver.receive(9 * NS_PER_S + 50 * MS, status(Status.ABORTED))
    driver.receive(9 * NS_PER_S + 90 * MS, status(Status.DONE))
    driver.command(10 * NS_PER_S, DeviceCommand.START_BP)
    driver.receive(10 * NS_PER_S + 50 * MS, status(Status.RECEIVED))
    items = driver.receive(14 * NS_PER_S, status(Status.ERROR))
    assert sent(items) == [wire.GET_RESULT]


def test_an_answer_to_an_earlier_command_is_not_that_of_a_start_that_waits_for_its_gap() -> None:
    driver = measuring()
    driver.command(NS_PER_S, DeviceCommand.ABORT_BP)
    driver.receive(NS_PER_S + 20 * MS, status(Status.ABORTED))
    assert sent(driver.command(NS_PER_S + 40 * MS, DeviceCommand.START_BP)) == []
    assert driver.receive(NS_PER_S + 60 * MS, status(Status.RECEIVED)) == []
    assert sent(driver.advance(NS_PER_S + 100 * MS)) == [wire.START_ADULT]
    items = driver.receive(NS_PER_S + 120 * MS, status(Status.RECEIVED))
    assert said(items) == [(BpState.MEASURING, "measuring")]


@pytest.mark.parametrize(
    ("version", "text"),
    [
        (b"LX1.23\0\0Rev 4", "SunTech Advantage, version LX1.23 Rev 4"),
        (b"SB200", "SunTech Advantage A+, version SB200"),
        (b"XY9", "a module of unknown family, version XY9"),
        (b"", "the module gives no version"),
    ],
)
def test_a_version_that_arrives_is_told_in_words(version: bytes, text: str) -> None:
    frame = wire.reply(version.ljust(wire.VERSION_SIZE - 3, b"\0"))
    assert said(SuntechDriver().receive(0, frame)) == [(BpState.IDLE, text)]
    assert said(measuring().receive(NS_PER_S, frame)) == [(BpState.MEASURING, text)]
