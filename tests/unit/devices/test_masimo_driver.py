"""What a live Masimo stream must earn before it is shown."""

from __future__ import annotations

from devices.driver import DriverItem, Measurement, Rejected
from devices.masimo_ascii1.driver import MasimoDriver
from protocols.vitals import NS_PER_S, Vital
from tests.unit.devices.test_masimo_parser import RAD8, ROOT


def hear(driver: MasimoDriver, *lines: str, from_s: int = 0) -> list[DriverItem]:
    items: list[DriverItem] = []
    for second, line in enumerate(lines, start=from_s):
        items += driver.receive(second * NS_PER_S, line.encode() + b"\r\n")
    return items


def connected() -> MasimoDriver:
    driver = MasimoDriver()
    assert driver.connect(0) == []
    return driver


def values(items: list[DriverItem], vital: Vital) -> list[float | None]:
    return [i.value for i in items if isinstance(i, Measurement) and i.vital is vital]


def held(items: list[DriverItem]) -> list[str]:
    return [i.reason for i in items if isinstance(i, Rejected) and "blood pressure" in i.reason]


def test_the_first_values_wait_for_a_second_line_that_agrees() -> None:
    items = hear(connected(), RAD8, RAD8.replace("BPM=097", "BPM=096"))
    assert values(items, Vital.PR) == [None, 96]
    assert values(items, Vital.SPO2) == [None, 98]


def test_a_dated_determination_is_given_with_its_age_when_a_second_line_says_it() -> None:
    line = f"{ROOT} nibpMEASTIME=02/22/16 22:17:45"
    assert values(hear(connected(), line), Vital.SBP) == []
    items = hear(connected(), line, line, line)
    assert values(items, Vital.SBP) == [121]
    ages = [i.age_ns for i in items if isinstance(i, Measurement) and i.vital is Vital.SBP]
    assert ages == [1800 * NS_PER_S]


def test_a_pressure_that_lost_a_digit_on_the_line_is_not_given() -> None:
    line = f"{ROOT} nibpMEASTIME=02/22/16 22:47:00"
    damaged = line.replace("nibpSYS=121", "nibpSYS=111").replace("nibpDIA=075", "nibpDIA=10")
    assert damaged != line
    assert values(hear(connected(), damaged, line, line), Vital.SBP) == [121]


def test_a_determination_of_yesterday_is_not_given() -> None:
    items = hear(connected(), *[f"{ROOT} nibpMEASTIME=02/21/16 22:17:45"] * 3)
    assert values(items, Vital.SBP) == []
    assert held(items) == [
        "blood pressure not shown: 121/75 mean 92 mmHg: it is older than 12 hours"
    ]


def test_a_determination_from_the_future_is_not_given() -> None:
    items = hear(connected(), f"{ROOT} nibpMEASTIME=02/23/16 22:17:45")
    assert values(items, Vital.SBP) == []
    assert len(held(items)) == 1


def test_a_determination_without_a_time_is_never_shown_as_new() -> None:
    items = hear(connected(), RAD8, ROOT, ROOT, ROOT.replace("121", "131"), ROOT)
    assert values(items, Vital.SBP) == []
    assert len(held(items)) == 3


def test_one_that_was_there_before_the_connection_is_not_new() -> None:
    old, new = (f"{ROOT} nibpMEASTIME=22:4{minute}:45" for minute in (1, 7))
    items = hear(connected(), old, old, old, new.replace("121", "131"), new.replace("121", "131"))
    assert values(items, Vital.SBP) == [131]


def test_the_first_after_none_is_new() -> None:
    none = f"{RAD8} nibpSYS=--- nibpDIA=--- nibpMAP=--- nibpMEASTIME=--"
    new = f"{ROOT} nibpMEASTIME=22:47:00"
    assert values(hear(connected(), none, new), Vital.SBP) == []
    assert values(hear(connected(), none, new, new, new), Vital.SBP) == [121]


def test_a_time_that_runs_with_the_clock_is_no_time_of_measurement() -> None:
    lines = [f"{ROOT} nibpMEASTIME=00:00:{second:02d}" for second in range(10, 40)]
    assert values(hear(connected(), *lines), Vital.SBP) == []


def test_another_connection_starts_anew() -> None:
    driver = connected()
    line = f"{ROOT} nibpMEASTIME=22:41:45"
    hear(driver, RAD8, line, line, line)
    driver.connect(10 * NS_PER_S)
    assert values(hear(driver, line, line, line, from_s=10), Vital.SBP) == []
    assert driver.counts.frames == 7


def test_it_sends_nothing_and_waits_for_nothing() -> None:
    driver = connected()
    assert driver.next_deadline_ns is None
    assert driver.advance(NS_PER_S) == []
