"""Wire facts of the Datex-Ohmeda Record Interface (DRI); sources are in NOTES.md."""

from __future__ import annotations

import struct
from enum import IntEnum, IntFlag

from devices.framing import sum8

FLAG = 0x7E
CONTROL = 0x7D
_ESCAPED = {FLAG: bytes((CONTROL, 0x5E)), CONTROL: bytes((CONTROL, 0x5D))}
_UNESCAPED = {0x5E: FLAG, 0x5D: CONTROL}

HEADER_SIZE = 40
LONGEST_RECORD = HEADER_SIZE + 1450
RECORD_START = struct.Struct("<hBBHIBBHh")
"""Length, number, interface level, plug, Unix time in s, 3 reserved fields, main type."""
SUBRECORD = struct.Struct("<hB")
"""Offset after the header, type; 8 of them end the header."""
SUBRECORDS = 8
LAST_SUBRECORD = 0xFF
PHYSIOLOGICAL = 0
"""Main type of records with values, and of the requests for them."""

REQUESTED = 0
"""Subrecord type of a request."""
DISPLAYED = 1
"""Subrecord type of the values that the monitor displays now."""
REQUEST = struct.Struct("<BhIh")
"""Subrecord type wanted, interval in s, class bits (0: basic alone), reserved."""
INTERVAL_S = 5
"""Shortest interval that the interface allows."""

VALUES_SIZE = 278
"""Time (4), one class of groups (270), mark, reserved, class word (2)."""
VALUES_START = 4
CLASS_WORD = 276
BASIC = 0

MEASURED_FROM = -32000
"""Lowest number that is a measurement; lower ones are words."""
INVALID = -32767
NOT_UPDATED = -32766
UNDER_RANGE = -32764
OVER_RANGE = -32763
NOT_CALIBRATED = -32762

EXISTS = 1
ACTIVE = 2
GROUP = struct.Struct("<IH")
"""Status and label, with which every group begins."""

ECG = 0
ECG_HR = 6
ECG_RR = 14
NIBP = 72
NIBP_VALUES = struct.Struct("<hhhh")
"""Systolic, diastolic, mean (0.01 mmHg), pulse rate; 6 bytes after the group's start."""
TEMPERATURES = (86, 94, 102, 110)
SPO2 = 118
SPO2_VALUES = struct.Struct("<hh")
"""Saturation (0.01 %), pulse rate; 6 bytes after the group's start."""
CO2 = 132
CO2_RR = 10


class EcgStatus(IntFlag):
    """Bits of the ECG group's status beside existence, activity and the source of the rate."""

    ASYSTOLE = 1 << 2
    NOISE = 1 << 7
    ARTIFACT = 1 << 8
    LEARNING = 1 << 9
    PACER = 1 << 10
    CHANNEL_1_OFF = 1 << 11
    CHANNEL_2_OFF = 1 << 12
    CHANNEL_3_OFF = 1 << 13


ALL_CHANNELS_OFF = EcgStatus.CHANNEL_1_OFF | EcgStatus.CHANNEL_2_OFF | EcgStatus.CHANNEL_3_OFF
SOURCE_SHIFT = 3
SOURCE_MASK = 0xF
NO_SOURCE = 0
ECG_SOURCES = (1, 9)
SOURCE_NAMES = {
    2: "invasive pressure 1",
    3: "invasive pressure 2",
    4: "invasive pressure 3",
    5: "invasive pressure 4",
    6: "SpO2",
    7: "invasive pressure 5",
    8: "invasive pressure 6",
    10: "invasive pressure 7",
    11: "invasive pressure 8",
    12: "the second SpO2 channel",
}
"""Where the monitor takes its heart rate from, when not from the ECG."""


class Co2Status(IntFlag):
    """Bits of the CO2 group's status beside existence and activity."""

    APNEA = 1 << 2
    CALIBRATING = 1 << 3
    ZEROING = 1 << 4
    OCCLUSION = 1 << 5
    AIR_LEAK = 1 << 6
    APNEA_RESPIRATION = 1 << 7
    APNEA_OFF = 1 << 8


class NibpLabel(IntFlag):
    """Bits of the NIBP group's label."""

    AUTO = 1 << 3
    STAT = 1 << 4
    MEASURING = 1 << 5
    STASIS = 1 << 6
    CALIBRATING = 1 << 7
    OLDER = 1 << 8
    """The determination ended more than 60 s ago."""


OLDER_S = 60


class Site(IntEnum):
    """Labels of a temperature that say where it is measured."""

    ESOPHAGUS = 1
    NASOPHARYNX = 2
    TYMPANUM = 3
    RECTUM = 4
    BLADDER = 5
    AXILLA = 6
    SKIN = 7
    AIRWAY = 8
    ROOM = 9
    MUSCLE = 10
    T1 = 11
    CORE = 15
    SURFACE = 16


NOT_THE_BODY = (Site.AIRWAY, Site.ROOM)


def escaped(data: bytes) -> bytes:
    """`data` with flags and control characters replaced."""
    return b"".join(_ESCAPED.get(byte) or bytes((byte,)) for byte in data)


def unescaped(data: bytes) -> bytes | None:
    """What `data` was before `escaped`; None where a control character makes no sense."""
    first, *others = data.split(bytes((CONTROL,)))
    pieces = [first]
    for other in others:
        if not other or other[0] not in _UNESCAPED:
            return None
        pieces += (bytes((_UNESCAPED[other[0]],)), other[1:])
    return b"".join(pieces)


def frame(record: bytes) -> bytes:
    """`record` with its checksum between two flags."""
    flag = bytes((FLAG,))
    return flag + escaped(record + bytes((sum8(record),))) + flag


def header(
    length: int,
    *,
    number: int = 0,
    level: int = 0,
    time_s: int = 0,
    main_type: int = PHYSIOLOGICAL,
    subrecords: tuple[tuple[int, int], ...] = (),
) -> bytes:
    """The first 40 bytes of a record of `length` bytes; `subrecords` are (offset, type)."""
    entries = (*subrecords, (0, LAST_SUBRECORD))
    listed = b"".join(SUBRECORD.pack(offset, kind) for offset, kind in entries)
    start = RECORD_START.pack(length, number, level, 0, time_s, 0, 0, 0, main_type)
    return (start + listed).ljust(HEADER_SIZE, b"\0")


def request(interval_s: int) -> bytes:
    """The frame that asks for the displayed values of the basic class every `interval_s`."""
    wanted = REQUEST.pack(DISPLAYED, interval_s, 0, 0)
    length = HEADER_SIZE + len(wanted)
    return frame(header(length, subrecords=((0, REQUESTED),)) + wanted)


START = request(INTERVAL_S)
COMMANDS = (START,)
"""Every frame that a host of this program may ever send."""
