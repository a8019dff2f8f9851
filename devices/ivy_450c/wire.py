"""Wire facts of the ANSAR-B output; sources are in NOTES.md."""

from __future__ import annotations

HEADER = b"\xffANSAR-B "
END = 0xFE
NO_SIGNAL = 0xFB
"""Wave byte of a channel that is not connected."""

WAVES_SIZE = 400
TEXT_START = len(HEADER) + WAVES_SIZE
LONGEST_TEXT = 512
PLETH = slice(len(HEADER) + 250, len(HEADER) + 300)
"""Pulse wave in a message."""
PLETH_INTERVAL_NS = 20_000_000
FULL_SCALE = 255

FIELDS = {
    "HR": 1,
    "RR": 1,
    "ETCO2": 1,
    "SPO2": 1,
    "NIBP": 4,
    "P1": 3,
    "P2": 3,
    "T1": 1,
    "T2": 1,
}
"""How many values each line has, in the order of the lines; the digit after ``=`` says so too."""

ECG_LABEL = "ECG"
APNEA_LABEL = "APNEA:"
PULSE_LABEL = "PR="


def line(key: str, *values: str, label: str = "", alarm: str = "") -> bytes:
    """The line of `key`: as many values as `FIELDS` says, then label and alarm."""
    fields = (f"{key}={FIELDS[key]}", *values, label, alarm)
    return (";".join(fields) + "\r").encode("ascii")


def message(waves: bytes, lines: bytes) -> bytes:
    """A whole message around 400 bytes of `waves` and the `lines`."""
    return HEADER + waves + lines + bytes((END,))
