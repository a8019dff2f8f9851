"""Nonin data format 13: one frame with date and checksum for each spot check of a 9560 or 3150.

Readings are spot values: one determination, never a stream. The unit's own date goes into the note,
for its clock is its own. A measurement recalled from the unit's memory is old, perhaps of another
patient, so its values stand in the note alone. The frame is never acknowledged.
"""

from __future__ import annotations

import re
from datetime import datetime

from devices.driver import ParserItem
from devices.framing import Account, sum8
from devices.nonin_oem import readings, wire
from protocols.vitals import VITALS, Quality, Vital

_HEADER_SIZE = 6


class SpotCheckReader:
    """Reader of format 13: a frame is whole in itself, so each is found anew."""

    number = 13
    candidate = re.escape(wire.SPOT_HEADER)
    lock_size = len(wire.SPOT_HEADER)

    def __init__(self, account: Account) -> None:
        self._account = account

    def locks(self, buffer: bytes, start: int, is_first: bool) -> bool | None:
        """Whether a whole frame, good or damaged, begins at `start`; None to wait for its end."""
        header = buffer[start : start + _HEADER_SIZE]
        if not wire.SPOT_HEADER.startswith(header[:5]):
            return False
        if len(header) < _HEADER_SIZE:
            return None
        if not wire.SPOT_DATA_SIZE <= header[5] <= wire.SPOT_DATA_LIMIT:
            return False
        return True if len(buffer) - start >= header[5] + wire.SPOT_FRAMING_SIZE else None

    def is_whole(self, buffer: bytes) -> bool:
        """False: a whole frame is found without the end of the capture."""
        return False

    def read(
        self, buffer: bytes, start: int, items: list[ParserItem], is_end: bool
    ) -> tuple[int, bool]:
        """Take the frame at `start`: where the bytes after it begin, and False."""
        size = buffer[start + 5] + wire.SPOT_FRAMING_SIZE
        frame = buffer[start : start + size]
        data = frame[_HEADER_SIZE:-2]
        reason = ""
        if frame[-1] != wire.SPOT_END:
            reason = "no end of frame"
        elif sum8(data) != frame[-2]:
            reason = "bad checksum"
        if reason:
            items.append(self._account.reject(reason, frame[:_HEADER_SIZE]))
            return start + _HEADER_SIZE, False
        self._account.accept(1, size)
        items.extend(_read(data, self._account.decided_bytes))
        return start + size, False

    def refuse_alone(self, buffer: bytes, start: int, items: list[ParserItem]) -> int:
        """0: a damaged frame is refused by `read`."""
        return 0

    def forget(self) -> None:
        """Nothing is kept between frames."""


def _read(data: bytes, end_byte: int) -> list[ParserItem]:
    high, low = data[8], data[9]
    rate, saturation = data[10] << 8 | data[11], data[13]
    notes = [_date(data)]
    if low & wire.LOW_BATTERY:
        notes.append("low battery")
    if high & wire.SPOT_NO_MEASUREMENT:
        reason = (Quality.MISSING, ", ".join(["no measurement", *notes]))
        return [*readings.unusable(reason, end_byte=end_byte, spot=True)]
    if low & wire.SPOT_FROM_MEMORY:
        held = (
            _said(Vital.PR, rate, wire.RATE_MISSING),
            _said(Vital.SPO2, saturation, wire.SPO2_MISSING),
        )
        reason = (Quality.HELD, ", ".join([f"from the unit's memory: {held[0]}", held[1], *notes]))
        return [*readings.unusable(reason, end_byte=end_byte, spot=True)]
    is_sure = high & wire.SPOT_SMARTPOINT
    notes.insert(0, "SmartPoint" if is_sure else "SmartPoint not reached")
    quality = Quality.GOOD if is_sure else Quality.LOW
    note = ", ".join(notes)
    return [*readings.measured(rate, saturation, quality, note, end_byte=end_byte, spot=True)]


def _date(data: bytes) -> str:
    """When the unit says it measured; the clock may be unset, and is lost with the batteries."""
    digits = data[:7].hex()
    try:
        at = datetime.strptime(digits, "%Y%m%d%H%M%S")
    except ValueError:
        return "without a valid date"
    return f"at {at:%Y-%m-%d %H:%M:%S} by the unit's clock"


def _said(vital: Vital, raw: int, missing: int) -> str:
    spec = VITALS[vital]
    return f"{spec.label} {'--' if raw in (0, missing) else raw} {spec.unit_text}"
