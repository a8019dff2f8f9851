"""Listening to a Nellcor printout: the monitor prints by itself and is never sent anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from devices.driver import DriverItem, Measurement, ParserItem, Rejected
from devices.listening import ListeningDriver
from devices.nellcor_printout.parser import NellcorParser
from protocols.vitals import NS_PER_S, Quality

PACE_NS = 1 * NS_PER_S
"""A monitor prints live lines no faster than one in this time."""

BURST_LINES = 3
"""Lines that may come at once: what waited in a port that was not read for 6 s."""

_FASTER = "lines come faster than live ones: stored values, not shown"


class NellcorDriver(ListeningDriver):
    """Listens; without a checksum, first values wait for a second that agrees.

    A printout of the monitor's memory can look like live lines, but comes without their pauses:
    what exceeds the pace of live lines is refused, and what was shown last is taken back.
    """

    def __init__(self) -> None:
        super().__init__(NellcorParser(), confirm=True)
        self._due_ns: int | None = None
        self._line_end = -1
        self._stored_lines = 0

    def connect(self, t_ns: int) -> list[DriverItem]:
        """Forget the half line of the lost connection; nothing is sent."""
        self._due_ns = None
        self._stored_lines = 0
        return super().connect(t_ns)

    def receive(self, t_ns: int, data: bytes) -> list[DriverItem]:
        """Decode `data`."""
        return list(self._at_pace(t_ns, self._parser.feed(data)))

    def _at_pace(self, t_ns: int, items: Sequence[ParserItem]) -> Iterator[DriverItem]:
        for item in items:
            if not isinstance(item, Measurement):
                yield item
                continue
            if item.end_byte != self._line_end:
                self._line_end = item.end_byte
                self._stored_lines = 0 if self._takes_line(t_ns) else self._stored_lines + 1
            if self._stored_lines == 0:
                yield self._confirm_item(t_ns, item)
                continue
            self._waiting.clear()
            self._confirmed.clear()
            if self._stored_lines == 1:
                yield replace(item, value=None, quality=Quality.HELD, note=_FASTER)
            else:
                yield Rejected(reason=_FASTER, data=b"")

    def _takes_line(self, t_ns: int) -> bool:
        due_ns = t_ns if self._due_ns is None else max(self._due_ns, t_ns)
        if due_ns - t_ns > (BURST_LINES - 1) * PACE_NS:
            # Only a pause ends a listing, not the mean pace of its lines.
            self._due_ns = t_ns + BURST_LINES * PACE_NS
            return False
        self._due_ns = due_ns + PACE_NS
        return True
