"""A monitor that only talks is sent nothing; without checksum its first value waits for another."""

from __future__ import annotations

from devices.driver import Counts, DeviceCommand, Measurement, ParserItem, Send
from devices.listening import ListeningDriver
from protocols.vitals import NS_PER_S, Quality, Vital


class Told:
    """A parser that gives what it is told to: each byte is a saturation."""

    def __init__(self) -> None:
        self.forgotten = 0

    def feed(self, data: bytes) -> list[ParserItem]:
        return [
            Measurement(vital=Vital.SPO2, value=float(byte), quality=Quality.GOOD) for byte in data
        ]

    def finish(self) -> list[ParserItem]:
        return []

    def forget(self) -> None:
        self.forgotten += 1

    @property
    def counts(self) -> Counts:
        return Counts(frames=7)


def values(driver: ListeningDriver, t_s: float, *given: int) -> list[float | None]:
    items = driver.receive(round(t_s * NS_PER_S), bytes(given))
    return [item.value for item in items if isinstance(item, Measurement)]


def test_a_checked_format_is_believed_at_once() -> None:
    assert values(ListeningDriver(Told()), 0, 97) == [97]


def test_the_first_value_waits_for_a_second_that_agrees() -> None:
    driver = ListeningDriver(Told(), confirm=True)
    [first] = driver.receive(0, bytes([97]))
    assert isinstance(first, Measurement)
    assert (first.value, first.quality) == (None, Quality.MISSING)
    assert "SpO2 97 %" in first.note
    assert values(driver, 1, 98) == [98]
    assert values(driver, 2, 60) == [60]


def test_a_value_that_does_not_agree_waits_itself() -> None:
    driver = ListeningDriver(Told(), confirm=True)
    assert values(driver, 0, 97) == [None]
    assert values(driver, 1, 60) == [None]
    assert values(driver, 2, 97) == [None]
    assert values(driver, 3, 97) == [97]


def test_an_old_value_confirms_nothing() -> None:
    driver = ListeningDriver(Told(), confirm=True)
    assert values(driver, 0, 97) == [None]
    assert values(driver, 10, 97) == [None]
    assert values(driver, 11, 97) == [97]


def test_every_connection_begins_anew() -> None:
    parser = Told()
    driver = ListeningDriver(parser, confirm=True)
    values(driver, 0, 97, 97)
    assert driver.connect(NS_PER_S) == []
    assert parser.forgotten == 1
    assert values(driver, 2, 97) == [None]


def test_nothing_is_ever_sent_and_nothing_waited_for() -> None:
    driver = ListeningDriver(Told())
    said = [
        *driver.connect(0),
        *driver.command(1, DeviceCommand.START_BP),
        *driver.command(1, DeviceCommand.ABORT_BP),
        *driver.receive(2, bytes([97])),
        *driver.advance(3),
    ]
    assert not [item for item in said if isinstance(item, Send)]
    assert driver.next_deadline_ns is None
    assert driver.counts.frames == 7
