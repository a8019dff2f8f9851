"""Facts of the Nellcor printout: columns, status codes and lines. Sources: NOTES.md."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

LINE_NS = 2_000_000_000
"""One line of data every two seconds."""

HEADER_EVERY_LINES = 25

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Printed as here or in capitals, in every locale."""

EPOCH = datetime(2026, 1, 1)
"""What the clock of a simulated monitor shows at time 0; such a clock knows no zone."""

_TIME = r"\d\d-[A-Za-z]{3}-\d\d \d\d:\d\d:\d\d"
_NUMBER = r"[1-9]\d\d| [1-9]\d|  \d|---"

DATA = re.compile(
    rf"{_TIME} {{3}}({_NUMBER})([* ]) {{4}}({_NUMBER})([* ]) {{4}}({_NUMBER}|0\d\d)"
    r"(?:\*|[* ] {3}([A-Z ]*))?",
    re.ASCII,
)
"""A line of data: %SpO2, BPM and PA right-aligned in fixed columns, each perhaps with a star."""

DATA_START = re.compile(_TIME, re.ASCII)

TITLE = re.compile(
    r"\S+ +VERSION +\S+ .*SpO2 Limit: *\d+- *\d+% +PR Limit: *\d+- *\d+BPM.*", re.ASCII
)
MODE = re.compile(r" +(ADULT|NEO)[A-Z]* +(\d+|OFF) ?SAT-S.*", re.ASCII)
COLUMNS = re.compile(r" *TIME +%SPO2 +BPM +PA( +STATUS)? *", re.ASCII | re.IGNORECASE)
"""The header block: title with the limits, mode (not on every model), column headings."""

TREND = re.compile(r"\bTREND\b", re.ASCII)
"""In the title of a printout of stored values, whose column headings lack the status."""

TREND_END = "Output Complete"

SENSOR_DISCONNECTED = "SD"
SENSOR_OFF = "SO"
PULSE_SEARCH = "PS"
LOSS_OF_PULSE = "LP"
LOSS_WITH_INTERFERENCE = "LM"
INTERFERENCE = "MO"

WORDS = {
    SENSOR_DISCONNECTED: "sensor disconnected",
    SENSOR_OFF: "sensor off",
    PULSE_SEARCH: "pulse search",
    LOSS_WITH_INTERFERENCE: "loss of pulse with interference",
    LOSS_OF_PULSE: "loss of pulse",
    INTERFERENCE: "interference or motion",
    "LB": "low battery",
}
"""Codes of what the monitor sees, the gravest first."""

ALARMS = {
    "SH": "SpO2 high",
    "SL": "SpO2 low",
    "PH": "pulse rate high",
    "PL": "pulse rate low",
    "AS": "silenced",
    "AO": "alarm off",
}
"""Codes of the monitor's own alarms."""

_SLOTS = (
    (SENSOR_DISCONNECTED, SENSOR_OFF, PULSE_SEARCH, LOSS_OF_PULSE, INTERFERENCE),
    ("SH", "SL"),
    ("PH", "PL"),
    ("LB",),
    ("AS",),
    ("AO",),
)
"""Where on the line each code is printed: six columns of three, the third and fourth assumed."""


def clock_text(t_ns: int) -> str:
    """Date and time as a monitor prints them whose clock showed `EPOCH` at time 0."""
    clock = EPOCH + timedelta(microseconds=t_ns // 1000)
    return f"{clock.day:02d}-{MONTHS[clock.month - 1]}-{clock:%y %H:%M:%S}"


def data_line(
    t_ns: int,
    *,
    spo2_percent: int | None,
    rate_bpm: int | None,
    amplitude: int | None,
    codes: tuple[str, ...] = (),
    stars: Mapping[str, bool] | None = None,
) -> bytes:
    """One line as an N-560 prints it; `stars` marks "spo2" and "rate" beyond their limits."""
    marks = stars or {}
    texts = ["---" if v is None else f"{v:3d}" for v in (spo2_percent, rate_bpm, amplitude)]
    spo2_mark, rate_mark = ("*" if marks.get(name) else " " for name in ("spo2", "rate"))
    status = "".join(f"{next((code for code in slot if code in codes), ''):<3}" for slot in _SLOTS)
    text = f"{clock_text(t_ns)}   {texts[0]}{spo2_mark}    {texts[1]}{rate_mark}    {texts[2]}"
    return f"{text}    {status[:17]}".encode() + b"\r\n"


def header(spo2_limits: tuple[int, int], rate_limits: tuple[int, int]) -> bytes:
    """The header block of an N-560 with its alarm limits."""
    (spo2_low, spo2_high), (rate_low, rate_high) = spo2_limits, rate_limits
    title = (
        f"N-560    VERSION 1.61.00    CRC:XXXX  SpO2 Limit: {spo2_low}-{spo2_high}%    "
        f"PR Limit: {rate_low}-{rate_high}BPM"
    )
    mode = f"{'ADULT':>34}            0SAT-S "
    columns = "TIME                 %SpO2   BPM     PA     Status"
    return "\r\n".join((title, mode, columns, "")).encode()
