"""Wire facts of the Alaris (Asena) protocol; sources are in NOTES.md.

Only questions exist here. Whatever sets, starts, stops or clears something at the pump, and the
remote control that would allow it, is no part of this program.
"""

from __future__ import annotations

import binascii

START = "!"
CHECK = "|"
FIELD = "^"
ESCAPE = "\x1b"
"""Aborts the message in which it stands."""


def crc(text: bytes) -> int:
    """CRC-16/CCITT-FALSE (polynomial 1021, initial value FFFF) of `text`."""
    return binascii.crc_hqx(text, 0xFFFF)


def message(text: str) -> bytes:
    """`text` as it goes over the wire: start, text, its checksum in four hexadecimal digits, CR."""
    data = text.encode("ascii")
    return b"!%b|%04X\r" % (data, crc(data))


STATUS = message("INF")
VOLUME = message("INF_VI")
RATE = message("INF_RATE")
LIMIT = message("INF_VTBI")
SERIAL = message("INST_SERIALNO")
ALARM = message("ALARM")
QUESTIONS = (STATUS, VOLUME, RATE, LIMIT, SERIAL, ALARM)
"""Every frame that may ever be sent: a name without an argument asks and changes nothing."""

STATUS_FIELDS = 9
"""Fields of an answer to INF up to the unit of the volume, its name included."""

NO_ALARM = "-"
NO_ALARM_CODE = "AL_NOALM"

MODES = {"SET": True, "HLD": False}
"""Modes of an answer to INF: pumping at the set rate, on hold."""

ALARM_WORDS = {
    "AL_OCCLU": "occlusion",
    "AL_LWBAT": "battery low",
    "AL_EMBAT": "battery empty",
    "AL_DRDIS": "drive disengaged",
    "AL_ACDIS": "mains disconnected",
    "AL_NEOIN": "near end of infusion",
    "AL_EOIST": "end of infusion, stopped",
    "AL_EOIKV": "end of infusion, keeping the vein open",
    "AL_VTBIS": "volume to be infused done, stopped",
    "AL_VTBIK": "volume to be infused done, keeping the vein open",
    "AL_VTBIC": "volume to be infused done, goes on",
    "AL_SYRCO": "syringe",
    "AL_CALLB": "call back",
    "AL_COMTO": "communication time-out",
    "AL_FAULT": "fault of the pump",
}
"""What the codes of alarms stand for, read from the codes; the code itself is always told."""


def alarm_text(code: str) -> str:
    """The alarm `code` in words, with the code."""
    words = ALARM_WORDS.get(code)
    return code if words is None else f"{words} ({code})"
