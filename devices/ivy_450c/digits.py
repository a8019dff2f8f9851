"""Which numbers of a live line may have lost or gained a digit on the way. Pure.

The lines of ANSAR-B have no checksum, and a number in them may have any count of digits: a lost or
doubled byte leaves one that is just as well formed (``180`` as ``80``), but far from the one
before. So a number that jumps waits for a second message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from devices.driver import Measurement
from devices.listening import AGREE_WITHIN
from protocols.vitals import Quality, Vital

_NEAR: dict[Vital, float] = {**AGREE_WITHIN, Vital.RR: 8, Vital.TEMP: 1}
"""How far a number may be from the one before without waiting, in the vital's unit."""

_WAITS = "waits for a second message that agrees"


class DigitFollower:
    """Follows one connection: the first number, and one that jumps, wait for a second.

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
        if before is None:
            agrees = vital in self._awaited
            self._awaited.discard(vital)
        else:
            agrees = abs(value - before[1]) <= _NEAR[vital]
            # Its decimals never change in number: a doubled one is seen by that alone.
            if vital is Vital.TEMP:
                agrees = agrees and len(text) == len(before[0])
        return (
            reading
            if agrees
            else replace(reading, value=None, quality=Quality.MISSING, note=_WAITS)
        )
