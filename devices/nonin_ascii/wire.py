"""Wire facts of Nonin's real-time text output; sources are in NOTES.md."""

from __future__ import annotations

LINE_NS = 1_000_000_000
"""One line a second."""

LINE_END = "\r\n"
NO_DATA = "---"

FAST = "F"
EVENT = "*"
BREATH = "B"
"""Marks after the values."""

LINE_SIZE = len("SPO2=098 HR=072\r\n")
TIME_SIZE = len("10:22:31 ")
FAST_SIZE = len(" F")
"""Bytes of a line, and what the time before and the mark after it add."""


def line(rate: str, saturation: str, *, time: str = "", marks: str = "") -> bytes:
    """One line with values of three characters each, the `time` of the unit and its `marks`."""
    before = f"{time} " if time else ""
    return f"{before}SPO2={saturation} HR={rate}{marks}{LINE_END}".encode("ascii")
