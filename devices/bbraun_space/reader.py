"""Finds the blocks in what a station sends, and gathers them to messages. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from devices.bbraun_space import wire
from devices.driver import Counts, Rejected
from devices.framing import Account, sum8

LIMIT = 8000
"""Longest block that is waited for, bytes as they arrive."""

Values = dict[str, str]
"""What is said of one pump: parameter and value, those without a value left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of a station's message.

    Attributes:
        bed: the station's name for itself.
        payload: records separated by RS.
        last: no further block of this message follows.
        stuffed: it came in the alphabet without D and d.
        end_byte: where in the stream it ends.
    """

    bed: str
    payload: bytes
    last: bool
    stuffed: bool
    end_byte: int


class BccReader:
    """Bytes in, blocks out; every byte accounted for."""

    def __init__(self) -> None:
        self._account = Account()
        self._pending = b""

    def read(self, data: bytes) -> list[Block | Rejected]:
        """What `data` completes, together with the bytes kept."""
        found: list[Block | Rejected] = []
        buffer = self._pending + data
        position = 0
        while (end := buffer.find(wire.EOT, position)) >= 0:
            # a header within a block means that the block before it was broken off
            start = buffer.rfind(wire.SOH, position, end)
            start = end + 1 if start < 0 else start
            self._account.skip(start - position)
            if start <= end:
                self._take(buffer[start : end + 1], found)
            position = end + 1
        start = buffer.rfind(wire.SOH, position)
        start = len(buffer) if start < 0 or len(buffer) - start > LIMIT else start
        self._account.skip(start - position)
        self._pending = buffer[start:]
        return found

    def forget(self) -> None:
        """Pass over the half block of a connection that was lost."""
        self._account.skip(len(self._pending))
        self._pending = b""

    @property
    def counts(self) -> Counts:
        """Where every byte went."""
        return self._account.counts(len(self._pending))

    def _take(self, raw: bytes, found: list[Block | Rejected]) -> None:
        if not raw[1:6].isdigit() or raw[6:7] != bytes((wire.STX,)):
            self._account.skip(len(raw))
            return
        for frame in (raw, wire.unstuff(raw)):
            parts = wire.read_block(frame)
            if parts is None or int(parts[1]) != len(frame):
                continue
            if int(parts[5]) != sum8(frame[:-6]):
                found.append(self._account.reject("the checksum does not match", raw))
                return
            self._account.accept(1, len(raw))
            found.append(
                Block(
                    bed=parts[2].decode("ascii"),
                    payload=parts[3],
                    last=parts[4][0] == wire.ETX,
                    stuffed=frame != raw,
                    end_byte=self._account.decided_bytes,
                )
            )
            return
        found.append(self._account.reject("the length does not match", raw))


class Gathering:
    """The values of every pump that one message names, block by block."""

    def __init__(self) -> None:
        """Begin with an empty message."""
        self._pumps: dict[str, Values] = {}

    def add(self, block: Block) -> dict[str, Values] | None:
        """Take in a block; what the whole message says by pump, when it was the last one."""
        for record in block.payload.decode("utf-8", "replace").split(chr(wire.RS)):
            time, _, rest = record.partition(",")
            address, _, rest = rest.partition(",")
            parameter, _, value = rest.partition(",")
            if not (time.isdigit() and wire.PUMP_ADDRESS(address) and parameter):
                continue
            values = self._pumps.setdefault(address, {})
            values.pop(parameter, None)
            if value not in wire.NO_VALUE:
                values[parameter] = value
        return self.close() if block.last else None

    def close(self) -> dict[str, Values]:
        """What was gathered so far, by pump; the next message begins empty."""
        pumps, self._pumps = self._pumps, {}
        return pumps
