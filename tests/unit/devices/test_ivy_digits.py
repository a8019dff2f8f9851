"""Digits lost or doubled in the lines of an Ivy monitor, as the driver of a live line sees them."""

from __future__ import annotations

import pytest

from devices.driver import DriverItem, Measurement
from devices.ivy_450c.driver import IvyDriver
from devices.ivy_450c.simulator import encode_vitals
from protocols.vitals import NS_PER_S, Quality, Vital

Record = dict[Vital, float | None]


def hear(*messages: bytes) -> list[DriverItem]:
    driver = IvyDriver()
    items = driver.connect(0)
    for second, message in enumerate(messages):
        items += driver.receive(second * NS_PER_S, message)
    return items


def said(vital: Vital, *numbers: float | None) -> list[float | None]:
    """What the driver shows of `vital` when the monitor says `numbers`, one a second."""
    items = hear(*(encode_vitals({vital: number}, 0) for number in numbers))
    return [i.value for i in items if isinstance(i, Measurement) and i.vital is vital]


def test_a_rate_that_lost_a_digit_waits_for_a_second_message() -> None:
    assert said(Vital.HR, 180, 180, 80, 180, 180) == [None, 180, None, None, 180]
    assert said(Vital.RR, 14, 14, 4, 14, 14) == [None, 14, None, None, 14]
    assert said(Vital.SPO2, 99, 99, 10, 100, 100) == [None, 99, None, None, 100]


def test_a_true_jump_is_shown_with_the_second_message() -> None:
    assert said(Vital.HR, 92, 92, 128, 128) == [None, 92, None, 128]


def test_a_temperature_with_a_decimal_too_many_waits() -> None:
    lines = [encode_vitals({Vital.TEMP: 36.6}, 0)] * 3
    lines[2] = lines[2].replace(b"36.6", b"36.66")
    found = [i.value for i in hear(*lines) if isinstance(i, Measurement) and i.vital is Vital.TEMP]
    assert found == [None, 36.6, None]


def test_a_number_that_grows_by_a_digit_in_a_small_step_waits_for_nothing() -> None:
    assert said(Vital.HR, 99, 99, 100, 99, 101) == [None, 99, 100, 99, 101]
    assert said(Vital.RR, 9, 9, 10, 9) == [None, 9, 10, 9]
    assert said(Vital.SPO2, 99, 99, 100, 99) == [None, 99, 100, 99]


def test_the_first_number_after_none_waits_for_a_second() -> None:
    assert said(Vital.SPO2, 97, 97, None, 9, 97, 97) == [None, 97, None, None, None, 97]


def test_what_waits_says_so() -> None:
    items = hear(*(encode_vitals({Vital.RR: 14}, 0) for _ in range(2)))
    first = next(i for i in items if isinstance(i, Measurement) and i.vital is Vital.RR)
    assert first.quality is Quality.MISSING
    assert first.note == "waits for a second message that agrees"


def test_another_connection_starts_anew() -> None:
    driver = IvyDriver()
    message = encode_vitals({Vital.RR: 14}, 0)
    for second in range(3):
        driver.connect(second * NS_PER_S)
        items = driver.receive(second * NS_PER_S, message)
        assert all(i.value is None for i in items if isinstance(i, Measurement))


@pytest.mark.parametrize("rate", [111, 72])
def test_the_rate_of_a_cuff_that_was_not_said_twice_is_missing(rate: int) -> None:
    pressures: Record = {Vital.SBP: 121, Vital.DBP: 75, Vital.MAP: 92, Vital.PR: rate}
    blank, whole = encode_vitals({}, 0), encode_vitals(pressures, 0)
    whole = whole[: len(whole) // 2]
    damaged = whole.replace(b"%d;;\r" % rate, b"%d;;\r" % (rate // 10 + 20))
    assert damaged != whole

    def spots(*messages: bytes) -> list[float | None]:
        items = hear(blank, blank, blank, *messages)
        return [i.value for i in items if isinstance(i, Measurement) and i.spot]

    assert spots(whole, whole, whole) == [rate]
    assert spots(whole, damaged, whole) == [None]
