"""Parsers of monitors that print lines of text: framing, account and trust in one place. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from devices.driver import Counts, Measurement, ParserItem
from devices.framing import FrameBuffer

_BLANKS = b"\r\n\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one line was.

    Attributes:
        items: what it says; none for a line of the monitor that carries no value (a header).
        refused: why a line that begins like a record is none, else empty.
        known: False for a line that is not the monitor's at all: its bytes are skipped.
    """

    items: Sequence[ParserItem] = ()
    refused: str = ""
    known: bool = True


UNKNOWN_LINE = Line(known=False)
"""Not a line of this monitor."""


class LineParser:
    """Base of the parsers of lines; `read_line` says what one line is.

    Lines end in CR, LF or both in any order, or in NUL; empty lines count with the line before. Of
    a line longer than `limit` bytes the oldest are skipped. A header counts as a frame when it is
    `known`.
    """

    def __init__(self, limit: int = 512) -> None:
        """Expect lines of at most `limit` bytes."""
        self._buffer = FrameBuffer(limit=limit)
        self._limit = limit

    def read_line(self, text: str) -> Line:
        """What `text`, a line without its end, says. Never raises."""
        raise NotImplementedError

    def feed(self, data: bytes) -> list[ParserItem]:
        """Decode `data` together with the bytes kept. Never raises."""
        items: list[ParserItem] = []
        for start in range(0, len(data), self._limit):
            self._buffer.extend(data[start : start + self._limit])
            self._take_lines(items)
            self._buffer.settle()
        return items

    def finish(self) -> list[ParserItem]:
        """A last line without its end is believed only if it is whole."""
        items: list[ParserItem] = []
        pending = self._buffer.data
        if pending:
            self._take(len(pending), items)
        return items

    def forget(self) -> None:
        """Pass over the half line of a connection that was lost."""
        self._buffer.skip(len(self._buffer.data))

    @property
    def counts(self) -> Counts:
        """Where every byte fed so far went."""
        return self._buffer.counts

    def _take_lines(self, items: list[ParserItem]) -> None:
        while True:
            data = self._buffer.data
            blank = len(data) - len(data.lstrip(_BLANKS))
            if blank:
                self._buffer.pad(blank)
                continue
            ends = [at for at in (data.find(end) for end in _BLANKS) if at >= 0]
            if not ends:
                return
            size = min(ends)
            if size > self._limit:
                self._buffer.skip(size - self._limit)
            else:
                self._take(size, items)

    def _take(self, size: int, items: list[ParserItem]) -> None:
        line = self.read_line(self._buffer.data[:size].decode("ascii", "replace"))
        if line.refused:
            items.append(self._buffer.reject(size, line.refused))
        elif not line.known:
            self._buffer.skip(size)
        else:
            self._buffer.accept(size)
            end_byte = self._buffer.end_byte
            items.extend(
                replace(item, end_byte=end_byte) if isinstance(item, Measurement) else item
                for item in line.items
            )
