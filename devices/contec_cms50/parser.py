"""Contec CMS50: bytes to pulse rate, saturation, perfusion index and pulse wave.

Which of the two formats arrives is recognised. Sources and certainty: NOTES.md.
"""

from __future__ import annotations

from functools import lru_cache

from devices.contec_cms50 import wire
from devices.five_byte_frames import five_byte_format
from devices.oximeter_stream import FrameFormat, OximeterParser, Reading, no_values, say
from protocols.vitals import Quality, Vital

VALUES = (Vital.PR, Vital.SPO2, Vital.PI)
LOCK_FRAMES = 5
FULL_SCALE = 127

_SIZE = wire.FRAME_SIZE
_FRAME = rb"\x01[\x80-\xff]{8}"
_TRUSTED = (
    rb"\x01[\x80-\x83\x88-\x8b\xa0-\xa3\xa8-\xab\xc0-\xc3\xc8-\xcb\xe0-\xe3\xe8-\xeb]"
    rb"[\x80-\x88\x90-\x98\xa0-\xa8\xb0-\xb8\xc0-\xc8\xd0-\xd8\xe0-\xe8\xf0-\xf8]"
    rb"[\x80-\xff][\x80-\x9f][\x80-\xff][\x80-\xe4\xff][\x80-\xff]{2}"
)
"""Strength 0-8, reserved bits 0, SpO2 0-100 or 127."""

_CONTROL = (
    rb"\x0c\x80"
    rb"|\x0d(?:\x80[\x80-\x85]|\x81\xff)"
    rb"|\x0b(?:\x81[\xa0-\xbf][\x80-\x85]|\x83[\xa0-\xbf]\xff)"
    rb"|\x0e\x80[\x80\x81]"
    rb"|[\x02\x04\x05][\x80-\xff]{8}"
)
"""Free, disconnect notice, command feedback, PI supported, and texts: model, identity, user."""

_USED_HIGH = bytes(byte & 0x7B for byte in range(256))
_USED_FIRST = bytes(byte & 0x30 for byte in range(256))
_USED_THIRD = bytes(byte & 0x10 for byte in range(256))
_LOW = bytes(byte & 0x7F for byte in range(256))


def read_package(package: bytes) -> tuple[Reading | None, str]:
    """What a package without live data says: values that end by it, and words of refusal."""
    if package[0] == 0x0D:
        reason = wire.REASONS.get(wire.unpack(package)[0], "unknown reason")
        note = f"the monitor ends the connection: {reason}"
        return no_values(VALUES, Quality.MISSING, note), ""
    if package[0] == 0x0B:
        _, code = wire.unpack(package)
        if code:
            reason = wire.REASONS.get(code, "unknown reason")
            return None, f"the monitor refused a request: {reason}"
    return None, ""


def _keys(run: bytes) -> bytes:
    found = bytearray(len(run) // _SIZE * 7)
    found[0::7] = run[1::_SIZE].translate(_USED_HIGH)
    found[1::7] = run[2::_SIZE].translate(_USED_FIRST)
    found[2::7] = run[4::_SIZE].translate(_USED_THIRD)
    for place in range(3, 7):
        found[place::7] = run[place + 2 :: _SIZE]
    return bytes(found)


@lru_cache(maxsize=4096)
def _read(key: bytes) -> Reading:
    high, first, third, *numbers = key
    if high & wire.HIGH_PROBE_ERROR:
        sign = wire.PROBE_ERROR
    elif first & wire.DATA_SEARCHING_LONG:
        sign = wire.SEARCHING_LONG
    elif high & wire.HIGH_SEARCHING:
        sign = wire.SEARCHING
    else:
        rate, saturation, low, highest = (
            byte & 0x7F | (high >> place & 1) << 7 for place, byte in enumerate(numbers, start=3)
        )
        note = wire.LOW_SPO2_NOTE if first & wire.DATA_LOW_SPO2 else ""
        perfusion = wire.PIS_MISSING[-1] if third & wire.DATA_NO_PI else low | highest << 8
        values = (
            say(Vital.PR, rate, wire.RATES_MISSING, note),
            say(Vital.SPO2, saturation, wire.SPO2S_MISSING, note),
            say(Vital.PI, perfusion, wire.PIS_MISSING, scale=wire.PI_SCALE),
        )
        return Reading(values, True)
    return no_values(VALUES, sign.quality, sign.note)


OLD = five_byte_format("old", wire.OLD_STATUS, wire.FRAMES_PER_S)
"""The 5-byte stream of the first units."""

NEW = FrameFormat(
    name="new",
    size=_SIZE,
    starts=rb"\x00-\x7f",
    frame=_FRAME,
    trusted=_TRUSTED,
    lock_frames=LOCK_FRAMES,
    frames_per_s=wire.FRAMES_PER_S,
    full_scale=FULL_SCALE,
    key_size=7,
    keys=_keys,
    wave=lambda run: run[3::_SIZE].translate(_LOW),
    read=_read,
    control=_CONTROL,
    read_control=read_package,
)
"""The 9-byte stream that must be started."""


class ContecParser(OximeterParser):
    """Parser of a stream in the old or the new format, whichever locks first.

    Trust: the old format is locked by 12 frames in a row, the new one by 5, each with plausible
    content; frames that made the lock count. `steady_frames` in a row must say a value.
    """

    def __init__(self, *, steady_frames: int = 1) -> None:
        super().__init__((NEW, OLD), steady_frames=steady_frames)
