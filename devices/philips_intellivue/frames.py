"""Frames of the IntelliVue serial port: escapes, length, checksum; nothing of what they say.

``C0``, ``11 01``, length of the user data, user data, FCS, ``C1``. Between the two marks the bytes
C0, C1 and 7D travel as 7D and the byte with bit 5 turned. The FCS is that of PPP (RFC 1662), low
byte first, over everything before it without escapes.
"""

from __future__ import annotations

from binascii import crc_hqx
from typing import NamedTuple

from devices.driver import Counts, Rejected
from devices.framing import FrameBuffer

_START = 0xC0
_END = b"\xc1"
_ESCAPE = b"\x7d"
_TURNED = 0x20
_HEADER = b"\x11\x01"
_LEAST = 6
"""Header, length and FCS of a frame without user data."""

LONGEST_FRAME = 4096
"""Longest frame believed, in bytes on the line; monitors stay below 1000 of user data."""

_FLIPPED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class Framed(NamedTuple):
    """User data of one good frame, and where in the stream the frame ends."""

    data: bytes
    end_byte: int


def fcs16(data: bytes) -> int:
    """PPP frame check sequence of `data`, 0 to 65535."""
    # the same sum with all bits in the other order is one that the library has
    flipped = crc_hqx(data.translate(_FLIPPED), 0xFFFF)
    return (_FLIPPED[flipped & 0xFF] << 8 | _FLIPPED[flipped >> 8]) ^ 0xFFFF


def frame(data: bytes) -> bytes:
    """`data` as it travels: one whole frame."""
    body = _HEADER + len(data).to_bytes(2, "big") + data
    body += fcs16(body).to_bytes(2, "little")
    body = body.replace(_ESCAPE, b"\x7d\x5d")
    body = body.replace(b"\xc0", b"\x7d\xe0").replace(b"\xc1", b"\x7d\xe1")
    return b"\xc0" + body + _END


def unframe(data: bytes) -> bytes | None:
    """User data of `data` if that is exactly one good frame, as `frame` writes it; else None."""
    framed = FrameReader().read(data)
    if len(framed) != 1 or isinstance(framed[0], Rejected):
        return None
    return framed[0].data if frame(framed[0].data) == data else None


class FrameReader:
    """Finds frames in a stream. Bytes outside C0 and C1 are skipped; C0 in a frame begins anew."""

    def __init__(self) -> None:
        """Nothing is kept yet."""
        self._buffer = FrameBuffer(limit=2 * LONGEST_FRAME)

    def read(self, data: bytes) -> list[Framed | Rejected]:
        """Frames completed by `data`. Never raises."""
        found: list[Framed | Rejected] = []
        for start in range(0, len(data), LONGEST_FRAME):
            self._buffer.extend(data[start : start + LONGEST_FRAME])
            self._take_frames(found)
        return found

    def forget(self) -> None:
        """Pass over the half frame of a connection that was lost."""
        self._buffer.skip(len(self._buffer.data))

    def refuse(self, reason: str) -> Rejected:
        """Say of good frames that their content is not used, and why."""
        return self._buffer.note(reason)

    @property
    def counts(self) -> Counts:
        """Where every byte went."""
        return self._buffer.counts

    def _take_frames(self, found: list[Framed | Rejected]) -> None:
        buffer = self._buffer
        while data := buffer.data:
            start = data.find(_START)
            if start:
                buffer.skip(len(data) if start < 0 else start)
                continue
            end = data.find(_END, 1, LONGEST_FRAME)
            again = data.find(_START, 1, end if end > 0 else LONGEST_FRAME)
            if again > 0:
                self._refuse(again, "frame cut short", found)
            elif end > 0:
                self._take(data[1:end], found)
            elif len(data) >= LONGEST_FRAME:
                buffer.skip(LONGEST_FRAME)
            else:
                return

    def _take(self, body: bytes, found: list[Framed | Rejected]) -> None:
        """Decide on one frame; `body` is what stands between its marks."""
        size = len(body) + 2
        if _ESCAPE in body:
            plain = _without_escapes(body)
            if plain is None:
                self._refuse(size, "frame given up by the sender", found)
                return
            body = plain
        if len(body) < _LEAST or body[-2] | body[-1] << 8 != fcs16(body[:-2]):
            self._refuse(size, "bad checksum", found)
        elif not body.startswith(_HEADER) or body[2] << 8 | body[3] != len(body) - _LEAST:
            self._refuse(size, "bad length", found)
        else:
            self._buffer.accept(size)
            found.append(Framed(body[4:-2], self._buffer.end_byte))

    def _refuse(self, size: int, reason: str, found: list[Framed | Rejected]) -> None:
        """Refuse what begins like a frame of this monitor; anything else is skipped."""
        if self._buffer.data.startswith(_HEADER, 1) and size > 1 + len(_HEADER):
            found.append(self._buffer.reject(size, reason))
        else:
            self._buffer.skip(size)


def _without_escapes(body: bytes) -> bytes | None:
    """`body` as it was before it was escaped; None where an escape escapes nothing."""
    first, *escaped = body.split(_ESCAPE)
    if not all(escaped):
        return None
    return first + b"".join(bytes((part[0] ^ _TURNED,)) + part[1:] for part in escaped)
