"""The 5-byte frames of the first Contec and of the BCI and Berry oximeters: layout and status maps.

One layout, two meanings of its status bits: a `StatusMap` says which. Sources: NOTES.md of
`contec_cms50` and `berry_bci`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from devices.oximeter_stream import FrameFormat, Reading, no_values, say
from protocols.vitals import Quality, Vital

FRAME_SIZE = 5
LOCK_FRAMES = 12
"""Trusted frames in a row that lock: 0.1 to 0.2 s."""

FULL_SCALE = 127
RATE_MISSING = 255
RATE_LARGEST = 254
SPO2_MISSING = 127
RATES_MISSING = (0, RATE_MISSING)
SPO2S_MISSING = (0, SPO2_MISSING)

SYNC = 0x80
BEEP = 0x40
STRENGTH = 0x0F
STRENGTH_LARGEST = 8
"""Byte 1: bit 7 in no other byte, a beep for each pulse, bits 5 and 4 by the map, strength."""

RATE_HIGH = 0x40
BAR = 0x0F
"""Byte 3: bit 7 of the rate, bits 5 and 4 by the map, bar graph."""

VALUES = (Vital.PR, Vital.SPO2)

_FIRST = b"[%b]" % b"".join(
    rb"\x%02x" % (SYNC | high << 4 | low) for high in range(8) for low in (*range(9), 15)
)
_FRAME = rb"[\x80-\xff][\x00-\x7f]{4}"
_RATE = rb"(?:[\x00-\x3f][\x00\x12-\x7f]|[\x40-\x7f][\x00-\x7f])"
_TRUSTED = _FIRST + rb"[\x00-\x7f]" + _RATE + rb"[\x00\x02-\x64\x7f]"
"""Strength 0-8 (15: invalid), rate 0 or 18 and more, SpO2 0, 2-100 or 127."""

_ONE_PERCENT = rb"%b[\x00-\x7f]{2}([\x00-\x7f])\x01(?:%b[\x00-\x7f]{2}\1\x01){%d}" % (
    _FIRST,
    _FIRST,
    LOCK_FRAMES - 1,
)
"""SpO2 1 is what frames of a Nonin module would say here, but their rates would change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A status bit under which there is no value: why, and in words."""

    quality: Quality
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusMap:
    """What the status bits mean: bits of byte 1 as they are, bits of byte 3 times 256.

    `signs` have the gravest first. `notes` are of the device's own and change no value.
    """

    signs: Mapping[int, Sign]
    notes: Mapping[int, str]


def encode_frame(*, first: int, wave: int, third: int, rate_bpm: int, spo2_percent: int) -> bytes:
    """One frame: `first` without the sync bit, `third` without the bit of the rate."""
    high = RATE_HIGH if rate_bpm & 0x80 else 0
    return bytes((SYNC | first, wave & 0x7F, third | high, rate_bpm & 0x7F, spo2_percent & 0x7F))


def rate_on_wire(rate_bpm: int | None) -> int:
    """The number that says `rate_bpm`; missing if it has no place in the format."""
    if rate_bpm is None or not 0 < rate_bpm <= RATE_LARGEST:
        return RATE_MISSING
    return rate_bpm


def spo2_on_wire(spo2_percent: int | None) -> int:
    """The number that says `spo2_percent`; missing if it has no place in the format."""
    if spo2_percent is None or not 0 < spo2_percent <= 100:
        return SPO2_MISSING
    return spo2_percent


def five_byte_format(name: str, status_map: StatusMap, frames_per_s: int) -> FrameFormat:
    """The format with the status bits of `status_map`."""
    bits = 0
    for mask in (*status_map.signs, *status_map.notes):
        bits |= mask
    first = bytes(byte & bits for byte in range(256))
    third = bytes(byte & (bits >> 8 | RATE_HIGH) for byte in range(256))

    def keys(run: bytes) -> bytes:
        found = bytearray(len(run) // FRAME_SIZE * 4)
        found[0::4] = run[0::FRAME_SIZE].translate(first)
        found[1::4] = run[2::FRAME_SIZE].translate(third)
        found[2::4] = run[3::FRAME_SIZE]
        found[3::4] = run[4::FRAME_SIZE]
        return bytes(found)

    @lru_cache(maxsize=4096)
    def read(key: bytes) -> Reading:
        status = key[0] | key[1] << 8
        for mask, sign in status_map.signs.items():
            if status & mask:
                return no_values(VALUES, sign.quality, sign.note)
        note = ", ".join(text for mask, text in status_map.notes.items() if status & mask)
        rate = (key[1] & RATE_HIGH) << 1 | key[2]
        values = (
            say(Vital.PR, rate, RATES_MISSING, note),
            say(Vital.SPO2, key[3], SPO2S_MISSING, note),
        )
        return Reading(values, True)

    return FrameFormat(
        name=name,
        size=FRAME_SIZE,
        starts=rb"\x80-\xff",
        frame=_FRAME,
        trusted=_TRUSTED,
        lock_frames=LOCK_FRAMES,
        also_locks=_ONE_PERCENT,
        frames_per_s=frames_per_s,
        full_scale=FULL_SCALE,
        key_size=4,
        keys=keys,
        wave=lambda run: run[1::FRAME_SIZE],
        read=read,
    )
