"""The driver of a monitor that talks by itself: it listens and sends nothing."""

from __future__ import annotations

from dataclasses import replace

from devices.driver import (
    Counts,
    DeviceCommand,
    DriverItem,
    Measurement,
    Parser,
    ParserItem,
)
from protocols.vitals import NS_PER_S, VITALS, Quality, Vital

AGREE_WITHIN: dict[Vital, float] = {Vital.HR: 15, Vital.PR: 15, Vital.SPO2: 4}
"""How far two values in a row may differ to confirm each other, in the vital's unit."""

CONFIRM_WITHIN_NS = 10 * NS_PER_S
"""A value confirms only one that is younger than this."""


class ListeningDriver:
    """A driver for a monitor that talks by itself and is never sent anything.

    Without a checksum one damaged frame may look whole. With `confirm`, the first heart rate, pulse
    rate and saturation after a connection wait for a second that agrees: until then they are given
    as missing, with what waits in the note.
    """

    def __init__(self, parser: Parser, *, confirm: bool = False) -> None:
        """Listen with `parser`; `confirm` for formats without a checksum."""
        self._parser = parser
        self._confirm = confirm
        self._waiting: dict[Vital, tuple[int, float]] = {}
        self._confirmed: set[Vital] = set()

    def connect(self, t_ns: int) -> list[DriverItem]:
        """Forget the half frame of the lost connection; nothing is sent."""
        self._parser.forget()
        self._waiting.clear()
        self._confirmed.clear()
        return []

    def receive(self, t_ns: int, data: bytes) -> list[DriverItem]:
        """Decode `data`."""
        items = self._parser.feed(data)
        if not self._confirm or self._confirmed.issuperset(AGREE_WITHIN):
            return list[DriverItem](items)
        return [self._confirm_item(t_ns, item) for item in items]

    def command(self, t_ns: int, command: DeviceCommand) -> list[DriverItem]:
        """Nothing: such a monitor takes no commands."""
        return []

    def advance(self, t_ns: int) -> list[DriverItem]:
        """Nothing: no deadlines."""
        return []

    @property
    def next_deadline_ns(self) -> int | None:
        """None: no deadlines."""
        return None

    @property
    def counts(self) -> Counts:
        """The parser's account."""
        return self._parser.counts

    def _confirm_item(self, t_ns: int, item: ParserItem) -> DriverItem:
        if not isinstance(item, Measurement) or item.value is None or item.spot:
            return item
        vital = item.vital
        if vital in self._confirmed or vital not in AGREE_WITHIN:
            return item
        before = self._waiting.get(vital)
        self._waiting[vital] = (t_ns, item.value)
        if before is not None:
            since_ns, value = before
            is_near = abs(item.value - value) <= AGREE_WITHIN[vital]
            if is_near and t_ns - since_ns < CONFIRM_WITHIN_NS:
                self._confirmed.add(vital)
                return item
        spec = VITALS[vital]
        said = f"{spec.label} {spec.format(item.value)} {spec.unit_text}"
        note = f"waits for a second value that agrees: {said}"
        return replace(item, value=None, quality=Quality.MISSING, note=note)
