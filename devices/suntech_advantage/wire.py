"""Wire facts of the SunTech Advantage protocol; sources are in NOTES.md."""

from __future__ import annotations

from enum import IntEnum

from devices.framing import negated_sum8

REPLY_START = 0x3E

STATUS_SIZE = 4
PRESSURE_SIZE = 5
RESULT_SIZE = 24
VERSION_SIZE = 67
REPLY_SIZES = (STATUS_SIZE, PRESSURE_SIZE, RESULT_SIZE, VERSION_SIZE)
"""Lengths of the documented replies; the length byte counts the whole frame."""

START_ADULT = bytes.fromhex("3A 20 A6")
ABORT = bytes.fromhex("3A 79 01 00 4C")
GET_RESULT = bytes.fromhex("3A 79 03 00 4A")
GET_PRESSURE = bytes.fromhex("3A 79 05 00 48")
GET_VERSION = bytes.fromhex("3A 79 02 40 0B")
COMMANDS = (START_ADULT, ABORT, GET_RESULT, GET_PRESSURE)
"""Every frame that a host of this program may ever send."""

PRESSURE_INVALID = -1


class Status(IntEnum):
    """The letter of a status reply."""

    RECEIVED = 0x4F
    DONE = 0x4B
    ABORTED = 0x41
    BUSY = 0x42
    ERROR = 0x45
    UNDEFINED = 0x4E
    NOT_RECOGNISED = 0x44
    SLEEPING = 0x53
    TIMED_OUT = 0x54


STATUS_TEXTS = {
    Status.RECEIVED: "the monitor received the command",
    Status.DONE: "the measurement is complete",
    Status.ABORTED: "the measurement was stopped",
    Status.BUSY: "the monitor is busy",
    Status.ERROR: "the monitor reports an error",
    Status.UNDEFINED: "the monitor does not know the command",
    Status.NOT_RECOGNISED: "the monitor did not recognise the command",
    Status.SLEEPING: "the monitor is asleep",
    Status.TIMED_OUT: "the monitor timed out",
}

ERROR_TEXTS = {
    0x01: "weak or no pulse signal: check the cuff's position and size",
    0x02: "artifact or erratic signal: keep the arm still and repeat",
    0x03: "out of range or too many retries: repeat, or measure by hand",
    0x04: "the measurement took too long: keep the arm still and repeat",
    0x55: "pneumatic blockage: look for a kinked hose",
    0x56: "stopped by the user",
    0x57: "inflation took too long: leak or loose cuff, check cuff and hose",
    0x58: "safety time-out: check the cuff and repeat",
    0x59: "cuff overpressure: check the cuff and the hose",
    0x5A: "supply or hardware fault: take the monitor out of use",
    0x5B: "no permission, override or auto-zero failed: repeat without pressure on the cuff",
    0x61: "pressure transducer out of range: take the monitor out of use",
    0x63: "calibration memory failed: take the monitor out of use",
}
"""Error codes of a result, and what to do."""


def error_text(code: int) -> str:
    """The sentence for an error `code` of a result; unknown codes are named by their number."""
    return ERROR_TEXTS.get(code, f"unknown error {code:02X} (hexadecimal): measure by hand")


_FAMILIES = {"LX": "SunTech Advantage", "SB": "SunTech Advantage A+"}


def identity_text(version: str) -> str:
    """What a version string says of the module, in words."""
    family = _FAMILIES.get(version[:2], "a module of unknown family")
    return f"{family}, version {version}" if version else "the module gives no version"


def reply(data: bytes) -> bytes:
    """A reply frame around `data`: start byte, length, data, checksum."""
    frame = bytes((REPLY_START, len(data) + 3)) + data
    return frame + bytes((negated_sum8(frame),))
