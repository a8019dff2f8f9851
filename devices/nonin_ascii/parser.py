"""Nonin's real-time text output: one line a second with saturation and pulse rate.

The lines have no checksum, but every value has exactly three characters, so that a line with a
lost or doubled character is refused, not misread. Sources and certainty: NOTES.md.
"""

from __future__ import annotations

import re

from devices.driver import Measurement
from devices.lines import UNKNOWN_LINE, Line, LineParser
from devices.nonin_ascii import wire
from protocols.vitals import VITALS, Quality, Vital

_LIMIT = 80

_match_line = re.compile(
    r"((?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9] +)?"
    r"SPO2=([0-9]{3}|---) +HR=([0-9]{3}|---)"
    r"([ F*B]*)"
).fullmatch

_MARKS = (
    (wire.FAST, "fast averaging"),
    (wire.EVENT, "event marked on the monitor"),
    (wire.BREATH, "breath detected"),
)


class NoninAsciiParser(LineParser):
    """Parser of the text that Nonin's bedside oximeters print."""

    def __init__(self) -> None:
        """Expect lines of at most 80 bytes."""
        super().__init__(_LIMIT)
        self._bytes_per_s = float(wire.LINE_SIZE)

    def read_line(self, text: str) -> Line:
        """Pulse rate and saturation of one line; headers are passed over."""
        found = _match_line(text)
        if found is None:
            if "SPO2=" in text or "HR=" in text:
                return Line(refused="not a whole line of values")
            return UNKNOWN_LINE
        time, saturation, rate, marks = found.groups()
        note = ", ".join(words for mark, words in _MARKS if mark in marks)
        is_fast = wire.FAST in marks
        self._bytes_per_s = float(
            wire.LINE_SIZE + (wire.TIME_SIZE if time else 0) + (wire.FAST_SIZE if is_fast else 0)
        )
        return Line(items=[_measure(Vital.PR, rate, note), _measure(Vital.SPO2, saturation, note)])

    @property
    def bytes_per_s(self) -> float | None:
        """Nominal speed of the stream, by the form of the last line."""
        return self._bytes_per_s


def _measure(vital: Vital, text: str, note: str) -> Measurement:
    spec = VITALS[vital]
    value: float | None = None
    if text == wire.NO_DATA or not int(text):
        quality, note = Quality.MISSING, ", ".join(filter(None, ("no data", note)))
    elif not spec.is_plausible(int(text)):
        quality, note = Quality.IMPLAUSIBLE, f"{int(text)} {spec.unit_text} is not plausible"
    else:
        value, quality = float(text), Quality.GOOD
    return Measurement(vital=vital, value=value, quality=quality, note=note)
