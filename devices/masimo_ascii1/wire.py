"""Facts of Masimo ASCII 1: keys, bits of EXC and ALARM, and lines. Sources: NOTES.md."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

LINE_NS = 1_000_000_000
"""One line each second."""

START = re.compile(r"(\d\d/\d\d/\d\d \d\d:\d\d:\d\d) (?=\S)", re.ASCII)
"""How every line begins: date and time of the monitor's own clock."""

CLOCK_FORMAT = "%m/%d/%y %H:%M:%S"
EPOCH = datetime(2026, 1, 1)
"""What the clock of a simulated monitor shows at time 0; such a clock knows no zone."""

MISSING = re.compile(r"[-+.]*-[-+.]*%?", re.ASCII)
"""No value: dashes, whatever stands between them."""

SATURATION = re.compile(r"\d{3}%?", re.ASCII)
RATE = re.compile(r"\d{3}", re.ASCII)
PERFUSION = re.compile(r"\d\d\.\d\d%?", re.ASCII)
PRESSURE = re.compile(r"[1-9]\d?\d?|0\d\d", re.ASCII)
"""Whole numbers, padded to three digits or not at all."""

EXC_DIGITS = range(3, 9)
ALARM_DIGITS = range(2, 9)
KNOWN_DIGITS = frozenset({(2, 3), (4, 6), (6, 7)})
"""Digits of ALARM and EXC as captured on whole lines."""

BP_KEYS = ("nibpSYS", "nibpDIA", "nibpMAP")
CUFF_KEYS = (*BP_KEYS, "nibpPR", "nibpMEASTIME", "nibpEXC")

NO_SENSOR = 0x1
DEFECTIVE_SENSOR = 0x2
LOW_PERFUSION = 0x4
PULSE_SEARCH = 0x8
INTERFERENCE = 0x10
SENSOR_OFF = 0x20
AMBIENT_LIGHT = 0x40
UNRECOGNISED_SENSOR = 0x80
INCOMPATIBLE_SENSOR = 0x100
LOW_SIGNAL_IQ = 0x400
SET_ACTIVE = 0x800
NO_CABLE = 0x1000
CABLE_LIFE = 0x2000
INCOMPATIBLE_CABLE = 0x4000
UNRECOGNISED_CABLE = 0x8000
DEFECTIVE_CABLE = 0x10000
CALIBRATING = 0x20000
SENSOR_LIFE = 0x40000
EMITTER_TEMPERATURE = 0x80000
CURRENT_LIMIT = 0x100000

FAULTS = {
    NO_CABLE: "no cable",
    NO_SENSOR: "no sensor",
    DEFECTIVE_SENSOR: "defective sensor",
    UNRECOGNISED_SENSOR: "unrecognised sensor",
}
"""Exceptions with which nothing is measured because of the sensor or its cable."""

SEARCHES = {PULSE_SEARCH: "pulse search", CALIBRATING: "sensor calibrating"}
"""Exceptions with which nothing is measured yet."""

DOUBTS = {
    LOW_PERFUSION: "low perfusion",
    INTERFERENCE: "interference",
    AMBIENT_LIGHT: "ambient light",
    LOW_SIGNAL_IQ: "low signal IQ",
    INCOMPATIBLE_CABLE: "incompatible cable",
    UNRECOGNISED_CABLE: "unrecognised cable",
    DEFECTIVE_CABLE: "defective cable",
}
"""Exceptions with which values are of low confidence."""

REMARKS = {
    INCOMPATIBLE_SENSOR: "incompatible sensor",
    CABLE_LIFE: "cable life expired",
    SENSOR_LIFE: "sensor life expired",
    EMITTER_TEMPERATURE: "emitter temperature out of range",
    CURRENT_LIMIT: "sensor current limit exceeded",
}
"""Exceptions that leave the values what they are."""

SPO2_LOW = 0x2
PR_HIGH = 0x4
PR_LOW = 0x8
ALARM_ACTIVE = 0x10
SILENCED = 0x20
LOW_BATTERY = 0x40

ALARMS = {
    0x1: "SpO2 high",
    SPO2_LOW: "SpO2 low",
    PR_HIGH: "pulse rate high",
    PR_LOW: "pulse rate low",
    ALARM_ACTIVE: "active",
    SILENCED: "silenced",
    LOW_BATTERY: "low battery",
    0x100: "SpCO high",
    0x200: "SpCO low",
    0x400: "SpMet high",
    0x800: "SpMet low",
    0x1000: "desaturation index",
    0x2000: "PI change",
}
"""Bits of ALARM."""


def words(bits: int, names: Mapping[int, str]) -> list[str]:
    """The names of those `bits` that `names` knows."""
    return [name for bit, name in names.items() if bits & bit]


def clock_text(t_ns: int) -> str:
    """Date and time as a monitor prints them whose clock showed `EPOCH` at time 0."""
    return (EPOCH + timedelta(microseconds=t_ns // 1000)).strftime(CLOCK_FORMAT)


def line(
    t_ns: int,
    *,
    spo2_percent: int | None,
    rate_bpm: int | None,
    pi_percent: float | None,
    alarm: int = 0,
    exc: int = SET_ACTIVE,
    determination: str = "",
) -> bytes:
    """One line as a Rad-8 prints it; `determination` (of `nibp`) makes it one of a Root."""
    spo2 = "---" if spo2_percent is None else f"{spo2_percent:03d}"
    rate = "---" if rate_bpm is None else f"{rate_bpm:03d}"
    pi = "--.--" if pi_percent is None else f"{pi_percent:05.2f}"
    text = (
        f"{clock_text(t_ns)} SN=0000012345 SPO2={spo2}% BPM={rate} PI={pi}% SPCO=--.-% "
        f"SPMET=--.-% DESAT=-- PIDELTA=+-- ALARM={alarm:04X} EXC={exc:06X}"
    )
    return (f"{text} {determination}" if determination else text).encode() + b"\r\n"


def nibp(
    sys_mmhg: int | None,
    dia_mmhg: int | None,
    map_mmhg: int | None,
    rate_bpm: int | None,
    measured_ns: int,
) -> str:
    """The keys of a determination as a Root might print them."""
    values = (
        "---" if value is None else f"{value:03d}"
        for value in (sys_mmhg, dia_mmhg, map_mmhg, rate_bpm)
    )
    keys = (*BP_KEYS, "nibpPR")
    pairs = " ".join(f"{key}={value}" for key, value in zip(keys, values, strict=True))
    return f"{pairs} nibpMEASTIME={clock_text(measured_ns)}"
