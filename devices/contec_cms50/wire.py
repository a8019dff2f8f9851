"""Wire facts of the Contec CMS50 family; sources are in NOTES.md."""

from __future__ import annotations

from devices.five_byte_frames import Sign, StatusMap
from protocols.vitals import Quality

FRAMES_PER_S = 60

PROBE_ERROR = Sign(quality=Quality.SENSOR_OFF, note="finger out or probe error")
SEARCHING = Sign(quality=Quality.SEARCHING, note="looking for a pulse")
SEARCHING_LONG = Sign(quality=Quality.SEARCHING, note="looking for a pulse for too long")
LOW_SPO2_NOTE = "monitor's own sign: SpO2 low or dropping"

OLD_SEARCHING_LONG = 0x10
OLD_DROPPING = 0x20
OLD_PROBE_ERROR = 0x10
OLD_SEARCHING = 0x20
"""Status bits of the old frame: the first two in byte 1, the others in byte 3."""

OLD_STATUS = StatusMap(
    signs={
        OLD_PROBE_ERROR << 8: PROBE_ERROR,
        OLD_SEARCHING_LONG: SEARCHING_LONG,
        OLD_SEARCHING << 8: SEARCHING,
    },
    notes={OLD_DROPPING: LOW_SPO2_NOTE},
)
"""Status bits of the old 5-byte frame."""

FRAME_SIZE = 9
LIVE = 0x01
"""Type of a package of live data, its first byte; only first bytes have bit 7 clear."""

HIGH_PROBE_ERROR = 0x01
HIGH_SEARCHING = 0x02
"""Bits of byte 1 that are bit 7 of the data bytes 0 and 1; bits 3 to 6 belong to numbers."""

DATA_SEARCHING_LONG = 0x10
DATA_LOW_SPO2 = 0x20
DATA_BEEP = 0x40
"""Bits of data byte 0, beside the strength of 0 to 8."""

DATA_NO_PI = 0x10
"""Bit of data byte 2, beside the bar graph of 0 to 15."""

RATES_MISSING = (0, 255)
SPO2S_MISSING = (0, 127)
PIS_MISSING = (0, 0xFFFF)
PI_SCALE = 100
RATE_LARGEST = 254
WAVE_WITHOUT_FINGER = 0x40


def command(code: int) -> bytes:
    """The package of 9 bytes that carries the command `code` without parameters."""
    return bytes((0x7D, 0x81, code)) + b"\x80" * 6


STOP_STORED = command(0xA7)
STOP_LIVE = command(0xA2)
START_LIVE = command(0xA1)
KEEP_ALIVE = command(0xAF)

COMMANDS = frozenset((STOP_STORED, STOP_LIVE, START_LIVE, KEEP_ALIVE))
"""All that is ever sent. Reading, naming or erasing what is stored does not exist here."""

FREE = bytes((0x0C, 0x80))
"""The unit's answer to a stop."""

REASONS = {
    0: "done",
    1: "it is switching off",
    2: "its user was changed",
    3: "it is recording",
    4: "erasing stored data failed",
    5: "it does not support this",
    0xFF: "unknown reason",
}
"""Reason codes of the command feedback and of the disconnect notice."""


def unpack(package: bytes) -> bytes:
    """The data bytes of a whole package, each with bit 7 as byte 1 has it."""
    high = package[1]
    return bytes(byte & 0x7F | (high >> place & 1) << 7 for place, byte in enumerate(package[2:]))


def pack(kind: int, data: bytes) -> bytes:
    """The package of type `kind` that carries up to 7 bytes of `data`."""
    high = 0x80
    for place, byte in enumerate(data):
        high |= (byte >> 7) << place
    return bytes((kind, high, *(byte | 0x80 for byte in data)))
