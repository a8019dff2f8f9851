"""The conversation with an Alaris pump: it is asked each second, and never told anything.

A pump that leaves INF unanswered is asked for volume and rate one by one (other firmware), and INF
again in between.
"""

from __future__ import annotations

from devices.alaris_asena import wire
from devices.alaris_asena.parser import AlarisParser
from devices.driver import Counts, DeviceCommand, DriverItem, Send
from protocols.vitals import NS_PER_S

POLL_NS = 1 * NS_PER_S
UNANSWERED = 3
"""Questions for INF without an answer after which the single ones are asked too."""

_PURPOSES = {
    wire.STATUS: "read the state of the pump",
    wire.VOLUME: "read the volume infused",
    wire.RATE: "read the rate",
    wire.SERIAL: "read the serial number",
    wire.ALARM: "read the alarm",
}
_SINGLY = (wire.SERIAL, wire.VOLUME, wire.RATE, wire.STATUS)


class AlarisDriver:
    """Asks one pump."""

    def __init__(self) -> None:
        self._parser = AlarisParser()
        self._due_ns: int | None = None
        self._unanswered = 0
        self._round = 0

    @property
    def next_deadline_ns(self) -> int | None:
        """When the next question is due; None before the port was opened."""
        return self._due_ns

    @property
    def counts(self) -> Counts:
        """Where every byte received so far went."""
        return self._parser.counts

    def connect(self, t_ns: int) -> list[DriverItem]:
        """Forget what was heard, and ask at once."""
        self._parser.forget()
        self._unanswered = self._round = 0
        return self._ask(t_ns)

    def receive(self, t_ns: int, data: bytes) -> list[DriverItem]:
        """Answers arrived; a pump with an alarm is asked for its name."""
        before = self._parser.states
        items: list[DriverItem] = list(self._parser.feed(data))
        if self._parser.states > before:
            self._unanswered = self._round = 0
            if self._parser.has_alarm:
                items.append(_question(wire.ALARM))
        return items

    def command(self, t_ns: int, command: DeviceCommand) -> list[DriverItem]:
        """Nothing: a pump takes no blood pressure, and no command of a pump exists."""
        return []

    def advance(self, t_ns: int) -> list[DriverItem]:
        """Ask again."""
        if self._due_ns is None or self._due_ns > t_ns:
            return []
        return self._ask(t_ns)

    def _ask(self, t_ns: int) -> list[DriverItem]:
        self._due_ns = t_ns + POLL_NS
        if self._unanswered < UNANSWERED:
            self._unanswered += 1
            return [_question(wire.STATUS)]
        question = _SINGLY[self._round % len(_SINGLY)]
        self._round += 1
        return [_question(question)]


def _question(data: bytes) -> Send:
    return Send(data=data, purpose=_PURPOSES[data])
