"""Nellcor printout: lines in fixed columns to saturation and pulse rate.

One line every two seconds, without a checksum. The columns are fixed, so that a lost or doubled
byte shifts the rest of the line out of them and the line is refused, never read as another number.
Sources and certainty: NOTES.md.
"""

from __future__ import annotations

import re

from devices.driver import Measurement
from devices.lines import UNKNOWN_LINE, Line, LineParser
from devices.nellcor_printout import wire
from protocols.vitals import VITALS, Quality, Vital

_UNUSABLE = {
    wire.SENSOR_DISCONNECTED: Quality.SENSOR_FAULT,
    wire.SENSOR_OFF: Quality.SENSOR_OFF,
    wire.PULSE_SEARCH: Quality.SEARCHING,
    wire.LOSS_WITH_INTERFERENCE: Quality.SEARCHING,
    wire.LOSS_OF_PULSE: Quality.SEARCHING,
}
"""Codes with which the numbers are old or none, the gravest first."""


class NellcorParser(LineParser):
    """Parser of one stream; each line of real-time data is taken at its word.

    A printout of stored values (its title says TREND, or its headings have no status) is refused.
    """

    def __init__(self) -> None:
        super().__init__(limit=160)
        self._is_trend = False

    def forget(self) -> None:
        """Pass over the half line of a connection that was lost."""
        super().forget()
        self._is_trend = False

    def read_line(self, text: str) -> Line:
        """What one line says."""
        found = wire.DATA.fullmatch(text.rstrip(" "))
        if found is not None:
            if self._is_trend:
                return Line(refused="a stored value of a trend printout")
            return _read(found)
        if wire.DATA_START.match(text):
            return Line(refused="not in the columns of a line of data")
        if wire.TITLE.fullmatch(text):
            self._is_trend = wire.TREND.search(text) is not None
            return Line()
        columns = wire.COLUMNS.fullmatch(text)
        if columns is not None:
            self._is_trend = self._is_trend or columns[1] is None
            return Line()
        if text.strip() == wire.TREND_END:
            self._is_trend = False
            return Line()
        return Line() if wire.MODE.fullmatch(text) else UNKNOWN_LINE


def _read(found: re.Match[str]) -> Line:
    codes = (found[6] or "").split()
    if any(len(code) != 2 for code in codes):
        return Line(refused="a status code that has not two letters")
    saturation, rate = _number(found[1]), _number(found[3])
    quality, missing = _judge(codes, found[5])
    if quality.has_value and 0 in (saturation, rate):
        quality, missing = Quality.MISSING, "no pulse"
    note = _note(codes, missing)
    return Line(
        items=[
            _measure(Vital.PR, rate, quality, note, has_star=found[4] == "*"),
            _measure(Vital.SPO2, saturation, quality, note, has_star=found[2] == "*"),
        ]
    )


def _judge(codes: list[str], amplitude: str) -> tuple[Quality, str]:
    """The quality that `codes` leave, and why nothing is shown where no code says it."""
    for code, quality in _UNUSABLE.items():
        if code in codes:
            return quality, ""
    unknown = [code for code in codes if code not in wire.WORDS and code not in wire.ALARMS]
    if unknown:
        return Quality.MISSING, f"status code {', '.join(unknown)} is not documented"
    if amplitude == "---":
        return Quality.MISSING, "no pulse amplitude"
    return Quality.LOW if wire.INTERFERENCE in codes else Quality.GOOD, ""


def _note(codes: list[str], missing: str) -> str:
    parts = [missing]
    for label, names in (("monitor", wire.WORDS), ("monitor's alarm", wire.ALARMS)):
        words = [word for code, word in names.items() if code in codes]
        parts.append(f"{label}: {', '.join(words)}" if words else "")
    return "; ".join(filter(None, parts))


def _measure(
    vital: Vital, value: float | None, quality: Quality, note: str, *, has_star: bool
) -> Measurement:
    if not quality.has_value:
        value = None
    elif value is None:
        quality, note = Quality.MISSING, "; ".join(filter(None, ("no value", note)))
    elif not VITALS[vital].is_plausible(value):
        said = f"{VITALS[vital].format(value)} {VITALS[vital].unit_text} is not plausible"
        value, quality, note = None, Quality.IMPLAUSIBLE, said
    elif has_star:
        note = "; ".join(filter(None, (note, "beyond the monitor's own limit")))
    return Measurement(vital=vital, value=value, quality=quality, note=note)


def _number(text: str) -> float | None:
    return None if text == "---" else float(text)
