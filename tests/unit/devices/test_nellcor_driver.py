"""What a live Nellcor printout must earn before it is shown."""

from __future__ import annotations

from devices.driver import DriverItem, Measurement, Rejected
from devices.nellcor_printout.driver import NellcorDriver
from protocols.vitals import NS_PER_S, Quality, Vital


def line(second: int, rate: int = 66) -> bytes:
    return f"29-Dec-17 07:18:{second:02d}    99     {rate:3d}      12\r\n".encode()


def connected() -> NellcorDriver:
    driver = NellcorDriver()
    assert driver.connect(0) == []
    return driver


def rates(items: list[DriverItem]) -> list[tuple[float | None, Quality]]:
    return [
        (i.value, i.quality) for i in items if isinstance(i, Measurement) and i.vital is Vital.PR
    ]


def hear(driver: NellcorDriver, *seconds: int) -> list[DriverItem]:
    items: list[DriverItem] = []
    for second in seconds:
        items += driver.receive(second * NS_PER_S, line(second))
    return items


def test_the_first_values_wait_for_a_second_line_that_agrees() -> None:
    driver = connected()
    assert rates(hear(driver, 2)) == [(None, Quality.MISSING)]
    assert rates(hear(driver, 4, 6)) == [(66, Quality.GOOD)] * 2


def test_a_value_that_does_not_agree_waits_again() -> None:
    driver = connected()
    hear(driver, 2)
    assert rates(driver.receive(4 * NS_PER_S, line(4, rate=166))) == [(None, Quality.MISSING)]


def test_lines_that_waited_in_the_port_for_some_seconds_are_live() -> None:
    driver = connected()
    hear(driver, 2, 4)
    items = driver.receive(10 * NS_PER_S, line(6) + line(8) + line(10))
    assert rates(items) == [(66, Quality.GOOD)] * 3


def test_a_listing_of_the_memory_is_taken_back_and_refused() -> None:
    driver = connected()
    hear(driver, 2, 4)
    items: list[DriverItem] = []
    for number in range(40):
        items += driver.receive(6 * NS_PER_S + number * 50_000_000, line(number, rate=40))
    assert rates(items)[-1] == (None, Quality.HELD)
    assert len(rates(items)) == 4
    assert sum(isinstance(item, Rejected) for item in items) > 60


def test_after_a_listing_live_lines_must_be_confirmed_anew() -> None:
    driver = connected()
    driver.receive(0, b"".join(line(number) for number in range(40)))
    assert rates(hear(driver, 2)) == [(None, Quality.MISSING)]
    assert rates(hear(driver, 4)) == [(66, Quality.GOOD)]


def test_another_connection_starts_anew() -> None:
    driver = connected()
    driver.receive(0, b"".join(line(number) for number in range(40)))
    driver.connect(NS_PER_S)
    hear(driver, 1)
    assert rates(hear(driver, 3)) == [(66, Quality.GOOD)]


def test_it_sends_nothing_and_waits_for_nothing() -> None:
    driver = connected()
    assert driver.next_deadline_ns is None
    assert driver.advance(NS_PER_S) == []
