"""Frames of every Nonin format from their numbers: what a unit puts on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

from devices.framing import sum8
from devices.nonin_oem import wire
from protocols.vitals import NS_PER_S, VITALS, Vital

FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)
"""What the clock of a simulated unit shows at time 0."""


def packet_frame(number: Literal[2, 7], status: int, count: int, value: int) -> bytes:
    """One frame of format 2 or 7 with one sample of the pulse wave and one value byte."""
    if number == 7:
        head = bytes((status, count >> 8, count & 0xFF, value))
    else:
        head = bytes((wire.START, status, count, value))
    return head + bytes((sum8(head),))


def second_frame(status: int, rate: int, saturation: int, flags: int | None = None) -> bytes:
    """One frame of format 8, or of format 1 without `flags`."""
    head = bytes((wire.ALWAYS | status | rate >> 7 & 3, rate & 0x7F, saturation))
    return head if flags is None else head + bytes((flags,))


def spot_check_frame(
    t_ns: int, rate: int, saturation: int, *, high: int = 0, low: int = 0
) -> bytes:
    """One frame of format 13, with the status bytes `high` and `low`."""
    at = FIRST_DAY + timedelta(seconds=t_ns // NS_PER_S)
    data = bytes.fromhex(f"{at:%Y%m%d%H%M%S}00") + bytes(
        (high, low, rate >> 8, rate & 0xFF, 0, saturation)
    )
    return wire.SPOT_HEADER + bytes((len(data),)) + data + bytes((sum8(data), wire.SPOT_END))


def wire_number(record: Mapping[Vital, float | None], vital: Vital, missing: int) -> int:
    """The whole number that says `vital`, or `missing` where it has none that a person has."""
    value = record.get(vital)
    if value is None or not VITALS[vital].is_plausible(round(value)):
        return missing
    return round(value)
