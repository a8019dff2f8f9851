"""Packets of a ``.vital`` file (Vital Recorder), read as far as they go. Pure.

The file is a gzip stream: the word VITA, a version, a header, then packets of a type, a length and
a body: 9 tells of a device, 0 of a track, 1 holds values of a track, 6 is a command. The layout is
that of the reader that its authors publish (vitaldb). What is cut or damaged ends the reading; all
whole packets before it are given.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.importing.bounds import MOST_UNPACKED_BYTES, check_channels, check_samples
from app.importing.foreign import Floats, ForeignFileError

GZIP = b"\x1f\x8b"
SIGN = b"VITA"
WAVE, NUMBER, TEXT = 1, 2, 5

_FORMATS = {1: "<f4", 2: "<f8", 3: "i1", 4: "u1", 5: "<i2", 6: "<u2", 7: "<i4", 8: "<u4"}
_CHUNK = 1 << 16
_MOST_PACKETS = 5_000_000


@dataclass(slots=True, kw_only=True)
class Track:
    """One track: its name with its device, unit, format, scale, and what it holds.

    `records` are the time, s since 1970, and the values; `texts` the time and the words.
    """

    name: str
    type: int
    format: int
    unit: str = ""
    rate_hz: float = 0.0
    gain: float = 1.0
    offset: float = 0.0
    records: list[tuple[float, Floats]] = field(default_factory=list, repr=False)
    texts: list[tuple[float, str]] = field(default_factory=list, repr=False)


@dataclass(slots=True, kw_only=True)
class VitalPackets:
    """What the packets hold.

    `zone_min` is the offset of local time from UTC; `problem` why the reading ended early, or
    empty; `unread` counts packets that could not be understood.
    """

    zone_min: int | None = None
    packed: bool = False
    tracks: dict[int, Track] = field(default_factory=dict)
    problem: str = ""
    packets: int = 0
    unread: int = 0


def unpack(content: bytes, name: str) -> tuple[bytes, str]:
    """The bytes within a gzip stream as far as they go, and why they end early, or empty.

    Raises:
        ForeignFileError: it unpacks to more than is read.
    """
    found = bytearray()
    rest = content
    problem = ""
    while rest:
        if not rest.startswith(GZIP):
            problem = f"{len(rest)} bytes after the packed part are not read."
            break
        member = zlib.decompressobj(31)
        before, at = member, 0
        try:
            while not member.eof and at < len(rest):  # a piece gives at most 64 MB
                before = member.copy()
                found += member.decompress(rest[at : at + _CHUNK])
                at += _CHUNK
                if len(found) > MOST_UNPACKED_BYTES:
                    raise ForeignFileError(
                        f"{name} unpacks to more than {MOST_UNPACKED_BYTES >> 20} MB, which is "
                        "not read."
                    )
        except zlib.error:
            found += _to_damage(before, rest[at : at + _CHUNK])
            return bytes(found), "The file is damaged: its packed bytes can be read no further."
        if not member.eof:
            return bytes(found), "The file is cut: its packed bytes end before their end mark."
        rest = member.unused_data + rest[at:]
    return bytes(found), problem


def _to_damage(member: Any, piece: bytes) -> bytes:
    """What the bytes of `piece` give before the damaged one among them."""
    found = bytearray()
    try:
        for at in range(len(piece)):
            found += member.decompress(piece[at : at + 1])
    except zlib.error:
        pass
    return bytes(found)


def read_packets(body: bytes, name: str) -> VitalPackets:
    """Read the unpacked bytes.

    Raises:
        ForeignFileError: it is no such file, or has more than is read.
    """
    if len(body) < 10 or not body.startswith(SIGN):
        raise ForeignFileError(f"{name} is packed, but it is no .vital file.")
    found = VitalPackets()
    header_len = struct.unpack_from("<H", body, 8)[0]
    header = body[10 : 10 + header_len]
    if len(header) >= 2:
        found.zone_min = -struct.unpack_from("<h", header, 0)[0]
    found.packed = len(header) >= 27 and header[26] == 1
    devices: dict[int, str] = {}
    samples = 0
    for kind, packet in _packets(body, 10 + header_len, found):
        try:
            if kind == 9:
                number, device = _device(packet)
                devices[number] = device
            elif kind == 0:
                number, track = _track(packet, devices)
                found.tracks[number] = track
                check_channels(name, len(found.tracks))
            elif kind == 1:
                samples += _record(packet, found.tracks)
                check_samples(name, samples)
        except (struct.error, ValueError):
            found.unread += 1
    return found


def _packets(body: bytes, at: int, found: VitalPackets) -> Iterator[tuple[int, bytes]]:
    while at < len(body):
        if at + 5 > len(body):
            found.problem = "The file ends within a packet."
            return
        kind, length = struct.unpack_from("<BI", body, at)
        if at + 5 + length > len(body):
            found.problem = f"The file ends within a packet: {length} bytes were to follow."
            return
        found.packets += 1
        if found.packets > _MOST_PACKETS:
            found.problem = f"More than {_MOST_PACKETS} packets are not read."
            return
        yield kind, body[at + 5 : at + 5 + length]
        at += 5 + length


def _text(packet: bytes, at: int) -> tuple[str, int]:
    length = struct.unpack_from("<I", packet, at)[0]
    end = at + 4 + length
    if end > len(packet):
        raise ValueError("a text is longer than its packet")
    return packet[at + 4 : end].decode("utf-8", "replace"), end


def _device(packet: bytes) -> tuple[int, str]:
    number = struct.unpack_from("<I", packet, 0)[0]
    kind, at = _text(packet, 4)
    name, at = _text(packet, at)
    return number, name or kind


def _track(packet: bytes, devices: dict[int, str]) -> tuple[int, Track]:
    number, kind, form = struct.unpack_from("<HBB", packet, 0)
    name, at = _text(packet, 4)
    track = Track(name=name, type=kind, format=form)
    if at < len(packet):
        track.unit, at = _text(packet, at)
    if at + 16 <= len(packet):
        track.rate_hz = struct.unpack_from("<f", packet, at + 12)[0]
        at += 16
    if at + 16 <= len(packet):
        track.gain, track.offset = struct.unpack_from("<dd", packet, at)
        at += 16
    if at + 5 <= len(packet):
        device = devices.get(struct.unpack_from("<I", packet, at + 1)[0], "")
        track.name = f"{device}/{name}" if device else name
    return number, track


def _record(packet: bytes, tracks: dict[int, Track]) -> int:
    """Take the values of one packet; gives how many."""
    head, time_s, number = struct.unpack_from("<HdH", packet, 0)
    track = tracks.get(number)
    if track is None or not np.isfinite(time_s):
        raise ValueError("a record of no track, or without a time")
    at = 2 + head
    if track.type == TEXT:
        words, _ = _text(packet, at + 4)
        track.texts.append((time_s, words))
        return 1
    form = np.dtype(_FORMATS.get(track.format, ""))
    if track.type == WAVE:
        count = struct.unpack_from("<I", packet, at)[0]
        at += 4
        held = (len(packet) - at) // form.itemsize
        values = np.frombuffer(packet, form, min(count, held), at)
        track.records.append((time_s, values))
        if count > held:
            raise ValueError("a record holds less than it says")
        return len(values)
    if track.type == NUMBER:
        values = np.frombuffer(packet, form, 1, at)
        track.records.append((time_s, values))
        return 1
    raise ValueError("a track of an unknown type")
