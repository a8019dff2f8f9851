"""Parsers of monitors that print lines of text: framing, account and trust in one place. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from devices.driver import Counts, Measurement, ParserItem, PumpStatus
from devices.framing import Account

_iter_line_ends = re.compile(rb"[\r\n\0]+").finditer


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

    Lines end in CR, LF or both in any order, or in NUL; empty lines count with the line before. A
    line longer than `limit` bytes is none: all of it is skipped. A header counts as a frame when it
    is `known`.
    """

    def __init__(self, limit: int = 512) -> None:
        """Expect lines of at most `limit` bytes."""
        self._limit = limit
        self._account = Account()
        self._pending = b""
        self._is_overlong = False
        self._is_after_frame = False

    def read_line(self, text: str) -> Line:
        """What `text`, a line without its end, says. Never raises.

        Bytes above 127 are U+FFFD in `text`.
        """
        raise NotImplementedError

    def read_last_line(self, text: str) -> Line:
        """What `text`, the end of a capture without a line end, says: it may have been cut."""
        return self.read_line(text)

    def feed(self, data: bytes) -> list[ParserItem]:
        """Decode `data` together with the bytes kept. Never raises."""
        items: list[ParserItem] = []
        buffer = self._pending + data
        position = 0
        for found in _iter_line_ends(buffer):
            start, end = found.span()
            size = start - position
            if self._is_overlong or size > self._limit:
                self._is_overlong = False
                self._skip(size)
            elif size:
                self._take(buffer[position:start], self.read_line, items)
            self._pad(end - start)
            position = end
        rest = buffer[position:]
        if self._is_overlong or len(rest) > self._limit:
            self._is_overlong = True
            self._skip(len(rest))
            rest = b""
        self._pending = rest
        return items

    def finish(self) -> list[ParserItem]:
        """A last line without its end is believed only if it is whole."""
        items: list[ParserItem] = []
        pending, self._pending = self._pending, b""
        if pending:
            self._take(pending, self.read_last_line, items)
        self._is_overlong = False
        return items

    def forget(self) -> None:
        """Pass over the half line of a connection that was lost."""
        self._skip(len(self._pending))
        self._pending = b""
        self._is_overlong = False

    @property
    def counts(self) -> Counts:
        """Where every byte fed so far went."""
        return self._account.counts(len(self._pending))

    def _skip(self, size: int) -> None:
        self._is_after_frame = False
        self._account.skip(size)

    def _pad(self, size: int) -> None:
        """Line ends and empty lines belong to what came before them."""
        if self._is_after_frame:
            self._account.accept(0, size)
        else:
            self._account.skip(size)

    def _take(self, data: bytes, read: Callable[[str], Line], items: list[ParserItem]) -> None:
        line = read(data.decode("ascii", "replace"))
        if line.refused:
            self._is_after_frame = False
            items.append(self._account.reject(line.refused, data))
        elif not line.known:
            self._skip(len(data))
        else:
            self._is_after_frame = True
            self._account.accept(1, len(data))
            end_byte = self._account.decided_bytes
            items.extend(
                replace(item, end_byte=end_byte)
                if isinstance(item, Measurement | PumpStatus)
                else item
                for item in line.items
            )
