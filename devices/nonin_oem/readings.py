"""Pulse rate and saturation from the numbers of any Nonin format, and why they are missing."""

from __future__ import annotations

from devices.driver import Measurement
from devices.nonin_oem import wire
from protocols.vitals import VITALS, Quality, Vital

DISCONNECTED = (Quality.SENSOR_FAULT, "sensor disconnected")
ALARM = (Quality.SENSOR_OFF, "finger removed or sensor not usable")
OUT_OF_TRACK = (Quality.SEARCHING, "out of track: looking for a pulse")
"""What the three bits that make values unusable mean, the gravest first."""


def measured(
    rate: int, saturation: int, quality: Quality, note: str, *, end_byte: int, spot: bool = False
) -> list[Measurement]:
    """The two values, each missing or implausible by itself."""
    return [
        _measure(vital, raw, missing, quality, note, end_byte, spot)
        for vital, raw, missing in (
            (Vital.PR, rate, wire.RATE_MISSING),
            (Vital.SPO2, saturation, wire.SPO2_MISSING),
        )
    ]


def unusable(
    reason: tuple[Quality, str], *, end_byte: int, spot: bool = False
) -> list[Measurement]:
    """Both values as missing, with the monitor's `reason`."""
    quality, note = reason
    return [
        Measurement(
            vital=vital, value=None, quality=quality, note=note, spot=spot, end_byte=end_byte
        )
        for vital in (Vital.PR, Vital.SPO2)
    ]


def _measure(
    vital: Vital, raw: int, missing: int, quality: Quality, note: str, end_byte: int, spot: bool
) -> Measurement:
    value: float | None = float(raw)
    spec = VITALS[vital]
    if raw in (0, missing):
        value, quality = None, Quality.MISSING
        note = ", ".join(filter(None, ("no value", note)))
    elif not spec.is_plausible(raw):
        value, quality = None, Quality.IMPLAUSIBLE
        note = f"{raw} {spec.unit_text} is not plausible"
    return Measurement(
        vital=vital, value=value, quality=quality, note=note, spot=spot, end_byte=end_byte
    )
