"""SunTech Advantage replies: bytes to frames.

A reply is ``3E``, a length that counts the whole frame, data, and a checksum that makes the sum of
all bytes 0 modulo 256.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from devices.driver import Counts, Rejected
from devices.framing import FrameBuffer
from devices.suntech_advantage import wire
from devices.suntech_advantage.wire import Status

_PIECE = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReply:
    """The module's one-letter answer."""

    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class PressureReply:
    """Cuff pressure in mmHg; None when the module calls it invalid.

    Here and below, `end_byte` is where in the stream the frame ends.
    """

    pressure_mmhg: int | None
    end_byte: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultReply:
    """The last determination as the module holds it; whether it is valid, `judge` says.

    Pressures in mmHg; `rate_bpm` is None where the two readings of its field disagree.
    """

    sys_mmhg: int
    dia_mmhg: int
    map_mmhg: int
    rate_bpm: int | None
    beats: int
    error: int
    end_byte: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionReply:
    """The module's version, its parts divided by blanks."""

    text: str


Reply = StatusReply | PressureReply | ResultReply | VersionReply | Rejected


class SuntechReader:
    """Finds frames in a stream of replies; drops one byte at a time to find the next.

    In a conversation every good frame counts. With `wary`, for captures of whatever kind, a frame
    counts only in a row: at the very beginning, after another frame, or before another frame. Three
    bytes of a foreign stream that happen to fit are then no reply.
    """

    def __init__(self, *, wary: bool = False) -> None:
        """Read a conversation, or a capture (`wary`)."""
        self._buffer = FrameBuffer(limit=2 * wire.VERSION_SIZE)
        self._wary = wary
        self._in_row = True

    def read(self, data: bytes) -> list[Reply]:
        """Frames completed by `data`. Never raises."""
        replies: list[Reply] = []
        for start in range(0, len(data), _PIECE):
            self._buffer.extend(data[start : start + _PIECE])
            replies += self._frames()
            self._buffer.settle()
        return replies

    def forget(self) -> None:
        """Pass over the half frame of a connection that was lost."""
        self._skip(len(self._buffer.data))

    def give_up_frame(self) -> list[Reply]:
        """The rest of the frame begun did not come in time: look for frames inside what came."""
        replies: list[Reply] = []
        while self._buffer.data:
            self._skip(1)
            replies += self._frames()
        return replies

    def refuse(self, reason: str) -> Rejected:
        """Say of a good frame that its content is not used, and why."""
        return self._buffer.note(reason)

    @property
    def counts(self) -> Counts:
        """Where every byte went."""
        return self._buffer.counts

    def _skip(self, size: int) -> None:
        if size:
            self._in_row = False
            self._buffer.skip(size)

    def _frames(self) -> list[Reply]:
        replies: list[Reply] = []
        while data := self._buffer.data:
            start = data.find(wire.REPLY_START)
            if start != 0:
                self._skip(len(data) if start < 0 else start)
                continue
            if len(data) < 2:
                break
            size = data[1]
            if size not in wire.REPLY_SIZES:
                self._skip(1)
                continue
            if len(data) < size:
                break
            if sum(data[:size]) & 0xFF:
                inner = data.find(wire.REPLY_START, 1, size)
                replies.append(self._buffer.reject(size if inner < 0 else inner, "bad checksum"))
                self._in_row = False
                continue
            if self._wary and not self._in_row:
                follows = _is_frame(data, size)
                if follows is None:
                    break
                if not follows:
                    self._skip(1)
                    continue
            self._in_row = True
            replies.append(self._take(size))
        return replies

    def _take(self, size: int) -> Reply:
        frame = self._buffer.accept(size)
        reply = _interpret(frame, self._buffer.end_byte)
        if reply is None:
            return self.refuse(f"undocumented status {frame[2]:02X} (hexadecimal)")
        return reply


def _is_frame(data: bytes, start: int) -> bool | None:
    """Whether a good frame begins at `start`; None while that cannot be told yet."""
    if len(data) > start and data[start] != wire.REPLY_START:
        return False
    if len(data) < start + 2:
        return None
    size = data[start + 1]
    if size not in wire.REPLY_SIZES:
        return False
    if len(data) < start + size:
        return None
    return sum(data[start : start + size]) & 0xFF == 0


def _interpret(frame: bytes, end_byte: int) -> Reply | None:
    """What a frame of good checksum says; None for a status letter that is not documented."""
    if len(frame) == wire.STATUS_SIZE:
        known = frame[2] in Status.__members__.values()
        return StatusReply(status=Status(frame[2])) if known else None
    if len(frame) == wire.PRESSURE_SIZE:
        pressure = _int16(frame, 2)
        invalid = pressure == wire.PRESSURE_INVALID
        return PressureReply(pressure_mmhg=None if invalid else pressure, end_byte=end_byte)
    if len(frame) == wire.RESULT_SIZE:
        return ResultReply(
            sys_mmhg=_int16(frame, 2),
            dia_mmhg=_int16(frame, 4),
            map_mmhg=_int16(frame, 18),
            rate_bpm=frame[16] if frame[17] == 0 else None,
            beats=frame[6],
            error=frame[20],
            end_byte=end_byte,
        )
    parts = frame[2:-1].decode("ascii", "replace").split("\0")
    return VersionReply(text=" ".join(part.strip() for part in parts if part.strip()))


def _int16(frame: bytes, offset: int) -> int:
    return int.from_bytes(frame[offset : offset + 2], "little", signed=True)
