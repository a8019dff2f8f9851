"""Wire facts of the IntelliVue data export protocol; sources are in NOTES.md.

All numbers are big-endian. What is built here is user data; `frames.frame` makes it a frame.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag

from devices.philips_intellivue.frames import frame, unframe

TICKS_PER_S = 8000
"""Relative times count eighths of a millisecond."""

NS_PER_TICK = 125_000

EXPORT = bytes.fromhex("E1 00 00 02")
"""Session and context that begin every message of an association."""

MDS_OBJECT = bytes.fromhex("00 21 00 00 00 00")
"""The monitor itself as an object: class, context, handle."""


class Session(IntEnum):
    """First byte of the messages that open and close an association."""

    REQUEST = 0x0D
    ACCEPT = 0x0E
    REFUSE = 0x0C
    RELEASE = 0x09
    RELEASED = 0x0A
    ABORT = 0x19


class Operation(IntEnum):
    """What a message of an association is."""

    INVOKE = 1
    RESULT = 2
    ERROR = 3
    LINKED_RESULT = 5


class Command(IntEnum):
    """Commands of operations that matter here."""

    CONFIRMED_EVENT = 1
    CONFIRMED_ACTION = 7


class Part(IntEnum):
    """Which part of a result a message is; a linked result is joined from first to last."""

    WHOLE = 0
    FIRST = 1
    MIDDLE = 2
    LAST = 3


POLL = 0x0C16
"""Action: a single poll."""
EXTENDED_POLL = 0xF13B
"""Action: a poll that goes on by itself. Never asked for, but read in captures."""
MDS_CREATED = 0x0D06
"""Event: the monitor describes itself after an association."""

OBJECT_PARTITION = 1
NUMERICS = 6
"""Object type of numeric values."""


class Attribute(IntEnum):
    """Attributes that are read; all others are passed over."""

    SINGLE_VALUE = 0x0950
    COMPOUND_VALUE = 0x094B
    TIME_STAMP = 0x0990
    CLOCK = 0x0987
    TICKS = 0x098F


class State(IntFlag):
    """State of one value."""

    INVALID = 0x8000
    QUESTIONABLE = 0x4000
    UNAVAILABLE = 0x2000
    CALIBRATING = 0x1000
    TEST = 0x0800
    DEMO = 0x0400
    EARLY = 0x0040
    ONGOING = 0x0020
    IN_ALARM = 0x0002
    ALARMS_OFF = 0x0001


class Physio(IntEnum):
    """Physiological identifiers of the values that are read."""

    HEART_RATE = 0x4182
    PLETH_PULSE = 0x4822
    SPO2 = 0x4BB8
    PERFUSION = 0x4BB0
    RESP_RATE = 0x500A
    AIRWAY_RESP_RATE = 0x5012
    END_TIDAL_CO2 = 0x50B0
    TEMP = 0x4B48
    TEMP_CORE = 0x4B60
    TEMP_OESOPHAGUS = 0x4B64
    TEMP_NASOPHARYNX = 0x4B6C
    TEMP_EAR = 0x4B78
    NIBP = 0x4A04
    NIBP_SYSTOLIC = 0x4A05
    NIBP_DIASTOLIC = 0x4A06
    NIBP_MEAN = 0x4A07
    NIBP_PULSE = 0xF0E5


class Unit(IntEnum):
    """Unit codes that are understood."""

    NONE = 0x0200
    PERCENT = 0x0220
    BEATS_PER_MIN = 0x0AA0
    BREATHS_PER_MIN = 0x0AE0
    MMHG = 0x0F20
    CELSIUS = 0x17A0


NO_NUMBER = 0x007FFFFF
"""A value that is not a number."""

NO_TIME = b"\xff" * 8
"""Absolute time of a monitor that does not send one."""

_MIN_POLL_TICKS = 1 * TICKS_PER_S
_LARGEST_MESSAGE = 1000

_ASSOCIATION_HEAD = bytes.fromhex(
    "0D EC 05 08 13 01 00 16 01 02 80 00 14 02 00 02 C1 DC 31 80 A0 80 80 01 01 00 00 A2 80 A0 03"
    "00 00 01 A4 80 30 80 02 01 01 06 04 52 01 00 01 30 80 06 02 51 01 00 00 00 00 30 80 02 01 02"
    "06 0C 2A 86 48 CE 14 02 01 00 00 00 01 01 30 80 06 0C 2A 86 48 CE 14 02 01 00 00 00 02 01 00"
    "00 00 00 00 00 61 80 30 80 02 01 01 A0 80 60 80 A1 80 06 0C 2A 86 48 CE 14 02 01 00 00 00 03"
    "01 00 00 BE 80 28 80 06 0C 2A 86 48 CE 14 02 01 00 00 00 01 01 02 01 02 81"
)
"""Session and presentation headers of the request, up to the length of what is asked for."""

_USER_INFORMATION = (
    bytes.fromhex("80 00 00 00 40 00 00 00 00 00 00 00 80 00 00 00 20 00 00 00")
    + bytes.fromhex("00 00 00 00")
    + bytes.fromhex("00 01 00 2C 00 01 00 28 80 00 00 00")
    + _MIN_POLL_TICKS.to_bytes(4, "big")
    + _LARGEST_MESSAGE.to_bytes(4, "big") * 2
    + bytes.fromhex("FF FF FF FF 60 00 00 00 00 01 00 0C F0 01 00 08 8C 00 00 00 00 00 00 00")
)
"""Version, nomenclature, units, client, cold start, no options, one profile: polling."""

ASSOCIATION_REQUEST = (
    _ASSOCIATION_HEAD + bytes((len(_USER_INFORMATION),)) + _USER_INFORMATION + bytes(16)
)
"""Asks for an association; what it asks for: a poll each second, messages of 1000 bytes."""

RELEASE_REQUEST = bytes.fromhex(
    "09 18 C1 16 61 80 30 80 02 01 01 A0 80 62 80 80 01 00 00 00 00 00 00 00 00 00"
)
"""Ends an association."""

ASSOCIATE = frame(ASSOCIATION_REQUEST)
RELEASE = frame(RELEASE_REQUEST)

_REPLY_HEAD = EXPORT + bytes.fromhex("00 02 00 14")
_REPLY_MIDDLE = bytes.fromhex("00 01 00 0E") + MDS_OBJECT
_REPLY_END = bytes.fromhex("0D 06 00 00")
_POLL_HEAD = EXPORT + bytes.fromhex("00 01 00 1C")
_POLL_MIDDLE = bytes.fromhex("00 07 00 16") + MDS_OBJECT + bytes.fromhex("00 00 00 00 0C 16 00 08")
_POLL_END = bytes.fromhex("00 01 00 06 00 00")


def mds_reply(invoke_id: int, event_ticks: int) -> bytes:
    """The frame that confirms an MDS create event: its own invoke id and time, given back."""
    return frame(
        _REPLY_HEAD
        + invoke_id.to_bytes(2, "big")
        + _REPLY_MIDDLE
        + event_ticks.to_bytes(4, "big")
        + _REPLY_END
    )


def poll_request(invoke_id: int, number: int) -> bytes:
    """The frame that asks once for all numerics with all their attributes."""
    return frame(
        _POLL_HEAD
        + invoke_id.to_bytes(2, "big")
        + _POLL_MIDDLE
        + number.to_bytes(2, "big")
        + _POLL_END
    )


def may_send(data: bytes) -> bool:
    """Whether `data` is one of the four frames that a host of this program may ever send.

    Association request, release request, MDS reply and single poll of numerics, to the last byte;
    only the invoke id, the event's time and the poll's number are free.
    """
    if data in (ASSOCIATE, RELEASE):
        return True
    plain = unframe(data)
    if plain is None or len(plain) not in (28, 36):
        return False
    invoke_id = int.from_bytes(plain[8:10], "big")
    if len(plain) == 28:
        return data == mds_reply(invoke_id, int.from_bytes(plain[20:24], "big"))
    return data == poll_request(invoke_id, int.from_bytes(plain[28:30], "big"))
