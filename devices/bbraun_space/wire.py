"""Wire facts of the B. Braun BCC protocol; sources are in NOTES.md.

Only requests for what is known exist here; the protocol's means of programming a pump are no part
of this program.
"""

from __future__ import annotations

import re

from devices.framing import sum8

SOH, STX, ETX, EOT, ETB, RS = 0x01, 0x02, 0x03, 0x04, 0x17, 0x1E
ACK = b"\x06"
NAK = b"\x15"

HOST_BED = "1"
"""The bed that a host names before the station has told its own."""
_BED = r"[\x2F-\x39\x41-\x7A]{1,15}"
_is_bed = re.compile(_BED).fullmatch
read_block = re.compile(
    rb"\x01(\d{5})\x02(" + _BED.encode() + rb")/1/1>([^\x01\x04]*)([\x03\x17])(\d{5})\x04"
).fullmatch
"""Length, bed, payload, end mark and checksum of an unstuffed block."""

_STUFFED = {b"D": b"EX", b"E": b"EE", b"d": b"ex", b"e": b"ee"}
_PLAIN = {stuffed: plain for plain, stuffed in _STUFFED.items()}
_to_stuff = re.compile(rb"[DEde]")
_to_unstuff = re.compile(rb"E[XE]|e[xe]")


def block(bed: str, payload: bytes, *, last: bool = True) -> bytes:
    """A block around `payload`: length of the whole, bed, sum of all up to the end mark."""
    text = b"%b/1/1>%b" % (bed.encode("ascii"), payload)
    size = len(text) + 14
    frame = b"\x01%05d\x02%b%c" % (size, text, ETX if last else ETB)
    return frame + b"%05d\x04" % sum8(frame)


def stuff(frame: bytes) -> bytes:
    """`frame` in the alphabet without D and d, which some stations are set to."""
    return _to_stuff.sub(lambda found: _STUFFED[found[0]], frame)


def unstuff(frame: bytes) -> bytes:
    """The frame that `stuff` made of it."""
    return _to_unstuff.sub(lambda found: _PLAIN[found[0]], frame)


def alive() -> bytes:
    """The request that begins a conversation; the station answers with its bed."""
    return block(HOST_BED, b"ADMIN:ALIVE")


def get_all(bed: str) -> bytes:
    """The request for every present value of every pump at the station of `bed`."""
    return block(bed, b"MEM:GET")


def may_send(data: bytes) -> bool:
    """Whether `data` is a receipt or one of the two requests, for any bed, stuffed or not."""
    if data in (ACK, NAK):
        return True
    for frame in (data, unstuff(data)):
        found = read_block(frame)
        if found is None or data not in (frame, stuff(frame)):
            continue
        bed = found[2].decode("ascii")
        if frame == get_all(bed) or frame == alive():
            return True
    return False


def is_bed(text: str) -> bool:
    """Whether `text` may be the name of a bed."""
    return _is_bed(text) is not None


PUMP_ADDRESS = re.compile(r"501[1-3](?:[1-9A-O]|\d\d)").fullmatch
"""Pillar 1 to 3 and place of a pump; pillar 0 is the station itself."""

NO_VALUE = ("", "_NV", "_NA")

PUMP_OFF, PUMP_ON = "00050", "00051"
"""DSSTATUS: switched off, switched on."""

ALARM_WORDS = {
    "INA1": "battery empty",
    "INA2": "syringe empty",
    "INA3": "pressure alarm",
    "INA4": "standby ends in two minutes",
    "INA5": "standby over",
    "INA6": "CC alarm",
    "INA7": "end of volume",
    "INA8": "time over",
    "INA9": "syringe alarm",
    "INA11": "battery pre-alarm",
    "INA12": "syringe empty pre-alarm",
    "INA13": "door open",
    "INA14": "drop alarm",
    "INA15": "air alarm",
    "INA16": "end of keeping the vein open",
}
"""Alarms that are on while their value is 1, in the words of the interface document."""

DOING_WORDS = {"INM2": "bolus runs", "INM6": "standby", "INM10": "keeps the vein open"}
"""What else the pump does while the value is 1."""
