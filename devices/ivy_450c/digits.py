"""Which numbers of a live line may have lost or gained a digit on the way. Pure.

The lines of ANSAR-B have no checksum, and a number in them may have any count of digits: a lost or
doubled byte leaves one that is just as well formed (``180`` as ``80``). It has another count of
digits than before, and is far from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from devices.driver import Measurement
from devices.listening import AGREE_WITHIN
from protocols.vitals import Quality, Vital

_NEAR: dict[Vital, float] = {Vital.HR: 15, Vital.PR: 15, Vital.SPO2: 4, Vital.RR: 5, Vital.TEMP: 0}
"""Steps with which a number may change its count of digits (99 to 100), in the vital's unit."""

_WAITS = "waits for a second message: its number of digits is new"


class DigitFollower:
    """Follows one connection: the first number, and one of other length, wait for a second.

    For the first of all, where `ListeningDriver` waits for a second anyway, that is left to it.
    """

    def __init__(self) -> None:
        self._before: dict[Vital, tuple[str, float]] = {}
        self._awaited = set(AGREE_WITHIN)

    def forget(self) -> None:
        """Another connection begins."""
        self._before.clear()
        self._awaited = set(AGREE_WITHIN)

    def hear(self, reading: Measurement, texts: Mapping[Vital, str]) -> Measurement:
        """`reading`, or that its number, one of `texts` as it stood in its line, must wait."""
        vital, value = reading.vital, reading.value
        if value is None:
            self._before.pop(vital, None)
            return reading
        text = texts[vital]
        before = self._before.get(vital)
        self._before[vital] = (text, value)
        if before is not None:
            is_near = abs(value - before[1]) <= _NEAR[vital]
            if is_near or len(text) == len(before[0]):
                return reading
        elif vital in self._awaited:
            self._awaited.remove(vital)
            return reading
        return replace(reading, value=None, quality=Quality.MISSING, note=_WAITS)
