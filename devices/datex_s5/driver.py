"""The conversation with an S/5 monitor: ask once for its values, ask again when it falls silent."""

from __future__ import annotations

from enum import StrEnum

from devices.datex_s5 import wire
from devices.datex_s5.parser import DatexParser
from devices.deadlines import Deadlines
from devices.driver import Counts, DeviceCommand, DriverItem, Send
from protocols.vitals import NS_PER_S

ASK_AGAIN_NS = (2 * wire.INTERVAL_S + 1) * NS_PER_S
"""Wait for values before asking again: two intervals and a margin, so that one may be lost."""


class _Due(StrEnum):
    ASK = "no values for too long"


class DatexDriver:
    """Asks for the displayed values when the port opens and whenever they stop coming."""

    def __init__(self) -> None:
        self._parser = DatexParser(live=True)
        self._deadlines = Deadlines[_Due]()

    def connect(self, t_ns: int) -> list[DriverItem]:
        """Forget the lost connection and ask for values."""
        self._parser.forget()
        return self._ask(t_ns)

    def receive(self, t_ns: int, data: bytes) -> list[DriverItem]:
        """Decode `data`; values put off the next question."""
        before = self._parser.displayed
        items = self._parser.feed(data)
        if self._parser.displayed > before:
            self._deadlines.set(_Due.ASK, t_ns + ASK_AGAIN_NS)
        return list[DriverItem](items)

    def command(self, t_ns: int, command: DeviceCommand) -> list[DriverItem]:
        """Nothing: this interface starts no blood pressure."""
        return []

    def advance(self, t_ns: int) -> list[DriverItem]:
        """Ask again at each deadline up to `t_ns`."""
        items: list[DriverItem] = []
        while due := self._deadlines.pop(t_ns):
            items += self._ask(due[0])
        return items

    @property
    def next_deadline_ns(self) -> int | None:
        """When it will ask again if no values come."""
        return self._deadlines.next_ns

    @property
    def counts(self) -> Counts:
        """The parser's account."""
        return self._parser.counts

    def _ask(self, t_ns: int) -> list[DriverItem]:
        self._deadlines.set(_Due.ASK, t_ns + ASK_AGAIN_NS)
        return [Send(data=wire.START, purpose="ask for the displayed values")]
