"""Frames between a bedside and a staff station: numbered, sealed, of bounded size. Pure.

A frame is ``length(4) number(8) seen(8) seal(32) body``, integers big-endian, `length` counting all
after itself. `number` counts the frames of one direction from 1; `seen` is the number of the newest
frame that the sender had from the other end, which shows how old what it says is without comparing
clocks. The seal is HMAC-SHA256 over number, seen and body under the key of the direction; the first
frame of each direction, sent before there is a key, is sealed with zeros.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from dataclasses import dataclass

VERSION = 1
"""Version of the protocol; another is refused."""

MAX_FRAME = 8192
"""Largest `length`: bounds what either end keeps of a frame that is still coming in."""

NO_SEAL = bytes(32)
"""Seal of a frame that is sent before there is a key."""

_LENGTH = struct.Struct(">I")
_HEAD = struct.Struct(">QQ32s")
_NUMBERS = struct.Struct(">QQ")
_MAX_NUMBER = 2**63


class FrameError(Exception):
    """Bytes that are no frame of this protocol; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame as it came in; nothing of it is believed before its seal was checked."""

    number: int
    seen: int
    seal: bytes
    body: bytes

    def is_sealed(self, key: bytes) -> bool:
        """Whether the seal is that of `key`; empty: that of a frame before there is one."""
        wanted = _seal(key, self.number, self.seen, self.body) if key else NO_SEAL
        return hmac.compare_digest(self.seal, wanted)


def encode_frame(key: bytes, number: int, seen: int, body: bytes) -> bytes:
    """The bytes of a frame, sealed with `key` (empty: before there is one).

    Raises:
        FrameError: the body is too long for a frame.
    """
    length = _HEAD.size + len(body)
    if length > MAX_FRAME:
        raise FrameError(f"a body of {len(body)} bytes is too long")
    seal = _seal(key, number, seen, body) if key else NO_SEAL
    return _LENGTH.pack(length) + _HEAD.pack(number, seen, seal) + body


def make_key(secret: bytes, direction: str, hello: bytes, challenge: bytes) -> bytes:
    """The key of one direction of one connection.

    It rests on the shared secret and on both greetings as they were sent, with the random challenge
    in each: no frame of another connection or of the other direction fits, and none after a
    greeting that was changed on its way.
    """
    said = hashlib.sha256(hello).digest() + hashlib.sha256(challenge).digest()
    named = f"infusion-room-staff {VERSION} {direction}\0".encode()
    return hmac.digest(secret, named + said, "sha256")


def _seal(key: bytes, number: int, seen: int, body: bytes) -> bytes:
    return hmac.digest(key, _NUMBERS.pack(number, seen) + body, "sha256")


class FrameReader:
    """Cuts a stream of bytes into frames, however it arrives."""

    def __init__(self) -> None:
        """Nothing received yet."""
        self._kept = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that `data` completes.

        Raises:
            FrameError: what came cannot be a frame; the stream is of no use after it.
        """
        self._kept += data
        frames: list[Frame] = []
        start = 0
        while (end := self._end_of_frame(start)) is not None:
            frames.append(self._frame(start + _LENGTH.size, end))
            start = end
        del self._kept[:start]
        return frames

    def _end_of_frame(self, start: int) -> int | None:
        if len(self._kept) - start < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._kept, start)
        if length > MAX_FRAME:
            raise FrameError("a frame that is too long")
        if length < _HEAD.size:
            raise FrameError("a frame that is too short")
        end = start + _LENGTH.size + int(length)
        return end if end <= len(self._kept) else None

    def _frame(self, start: int, end: int) -> Frame:
        number, seen, seal = _HEAD.unpack_from(self._kept, start)
        if not 0 < number < _MAX_NUMBER or seen >= _MAX_NUMBER:
            raise FrameError("a frame with an impossible number")
        body = bytes(self._kept[start + _HEAD.size : end])
        return Frame(number=number, seen=seen, seal=seal, body=body)
