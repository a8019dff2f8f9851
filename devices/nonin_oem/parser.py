"""Nonin data formats 1, 2, 7, 8 and 13: whichever a stream is in is found and read.

One reader a format knows what locks it and what its frames say: `packets` (2, 7), `seconds` (1, 8)
and `spot_check` (13). The parser looks for a lock, hands the bytes to the reader that has it, and
looks again when the reader loses it. Sources and certainty: NOTES.md.
"""

from __future__ import annotations

import re
from typing import Protocol

from devices.driver import Counts, ParserItem
from devices.framing import Account
from devices.nonin_oem import wire
from devices.nonin_oem.packets import PacketReader
from devices.nonin_oem.seconds import SecondReader
from devices.nonin_oem.spot_check import SpotCheckReader
from devices.nonin_oem.wire import DataFormat

__all__ = ["DataFormat", "NoninParser"]

_SHORTEST_LOOK = 5


class _Reader(Protocol):
    """What the reader of one format does; it tells its account of every byte that it takes."""

    @property
    def number(self) -> int:
        """Nonin's number of the format."""
        ...

    @property
    def candidate(self) -> bytes:
        """Pattern of bytes without which no lock or refused frame can begin."""
        ...

    @property
    def lock_size(self) -> int:
        """Bytes that decide a lock, or at least as many as `candidate` can match."""
        ...

    def locks(self, buffer: bytes, start: int, is_first: bool) -> bool | None:
        """Whether there is a lock at `start`; None to wait for more bytes.

        `is_first` at the first byte of the stream, where a short capture may be waiting.
        """
        ...

    def is_whole(self, buffer: bytes) -> bool:
        """Whether a capture that ended is whole frames of this format and nothing else."""
        ...

    def read(
        self, buffer: bytes, start: int, items: list[ParserItem], is_end: bool
    ) -> tuple[int, bool]:
        """Take what is decided from `start`: where the rest begins, and whether the lock holds."""
        ...

    def refuse_alone(self, buffer: bytes, start: int, items: list[ParserItem]) -> int:
        """Refuse what is plainly a damaged frame outside a lock: bytes refused, or 0."""
        ...

    def forget(self) -> None:
        """Start anew on another connection."""
        ...


class NoninParser:
    """Parser of one stream in the format given, or (`auto`) in whichever locks first.

    Formats with a checksum come first: the others lock only where none of them may still fit.
    """

    def __init__(self, data_format: DataFormat = "auto") -> None:
        self._account = account = Account()
        readers: tuple[_Reader, ...] = (
            PacketReader(2, account),
            PacketReader(7, account),
            SpotCheckReader(account),
            SecondReader(8, account),
            SecondReader(1, account),
        )
        if data_format != "auto":
            readers = tuple(reader for reader in readers if reader.number == data_format)
        self._readers = readers
        self._last = readers[0]
        self._locked: _Reader | None = None
        self._pending = b""
        self._longest = max(reader.lock_size for reader in readers)
        candidates = b"|".join(reader.candidate for reader in readers)
        self._find_candidate = re.compile(candidates, re.DOTALL).search

    def feed(self, data: bytes) -> list[ParserItem]:
        """Decode `data` together with the bytes kept. Never raises."""
        items: list[ParserItem] = []
        buffer = self._pending + data if self._pending else bytes(data)
        position = 0
        while True:
            if self._locked is None:
                position = self._search(buffer, position, items)
                if self._locked is None:
                    break
            position, holds = self._locked.read(buffer, position, items, False)
            if holds:
                break
            self._locked = None
        self._pending = buffer[position:]
        return items

    def finish(self) -> list[ParserItem]:
        """The capture ends: believe a short one of whole frames, pass over what is undecided."""
        items: list[ParserItem] = []
        reader = self._locked
        if reader is None and not self._account.decided_bytes:
            whole = (reader for reader in self._readers if reader.is_whole(self._pending))
            reader = next(whole, None)
        if reader is None:
            items += self._find_behind_what_waits()
            reader = self._locked
        if reader is not None:
            self._last = reader
            position, _ = reader.read(self._pending, 0, items, True)
            self._pending = self._pending[position:]
        self.forget()
        return items

    def forget(self) -> None:
        """Start anew on another connection: a packet must not be joined across the gap."""
        self._account.skip(len(self._pending))
        self._pending = b""
        self._locked = None
        for reader in self._readers:
            reader.forget()

    @property
    def counts(self) -> Counts:
        """Where every byte fed so far went."""
        return self._account.counts(len(self._pending))

    @property
    def has_checksum(self) -> bool:
        """Whether the format found last protects its frames by a checksum."""
        return self._last.number not in wire.SECOND_SIZE

    @property
    def bytes_per_s(self) -> float | None:
        """Nominal speed of the stream in the format found last; None where it has none."""
        return wire.BYTES_PER_S[self._last.number]

    def _search(self, buffer: bytes, position: int, items: list[ParserItem]) -> int:
        """Look for a lock from `position` on: where it is, or where to look on with more bytes."""
        while True:
            position = self._skip_to_candidate(buffer, position)
            if len(buffer) - position < _SHORTEST_LOOK:
                return position
            is_first = position == 0 and not self._account.decided_bytes
            for reader in self._readers:
                locks = reader.locks(buffer, position, is_first)
                if locks:
                    self._locked = self._last = reader
                if locks is not False:
                    return position
            refused = self._last.refuse_alone(buffer, position, items)
            if not refused:
                self._account.skip(1)
            position += refused or 1

    def _find_behind_what_waits(self) -> list[ParserItem]:
        """What stands in the bytes kept after a beginning that no more bytes will complete."""
        items: list[ParserItem] = []
        while self._pending and self._locked is None:
            self._account.skip(1)
            self._pending = self._pending[1:]
            items += self.feed(b"")
        return items

    def _skip_to_candidate(self, buffer: bytes, position: int) -> int:
        """Pass over what can be no beginning; near the end of `buffer` that is not known yet."""
        known = len(buffer) - self._longest
        if position >= known:
            return position
        found = self._find_candidate(buffer, position)
        start = known if found is None else min(found.start(), known)
        self._account.skip(start - position)
        return start
