"""The value in force of a vital that people count or take beside a monitor that may give it too.

By the time of measuring alone, in whatever order readings became known: somebody types minutes
later what was counted then, while a monitor without a sensor says each second that it has nothing.
"""

from __future__ import annotations

from protocols.events.outputs import Reading
from protocols.record_entries import same_place

_Placed = tuple[int, int, Reading]
"""When it was measured, its number in the order of becoming known, and the reading."""


class CountedValue:
    """Of all readings of one vital that are known, the one that stands for the present."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._known = 0
        self._valued: _Placed | None = None
        self._blank: _Placed | None = None

    def note(self, reading: Reading) -> Reading:
        """Take in a reading; the one that stands now.

        It is the value measured last, or the word without a value of a monitor whose own value that
        was. Such a word says nothing about what a person counted.
        """
        self._known += 1
        placed = (reading.measured_ns, self._known, reading)
        if reading.value is None:
            self._blank = _later(self._blank, placed)
        else:
            self._valued = _later(self._valued, placed)
        valued, blank = self._valued, self._blank
        if valued is None or blank is None:
            return (valued or blank or placed)[2]
        is_past = not valued[2].manual and blank[:2] > valued[:2]
        return blank[2] if is_past else valued[2]

    def withdraw(self, reading: Reading) -> Reading | None:
        """Take away a value of the time and source of `reading`; what stood until then.

        Where that was the value itself, nothing but later readings stand from now on.
        """
        valued = self._valued
        stood = valued or self._blank
        if valued is not None and same_place(valued[2], reading):
            self._known += 1
            self._valued = None
            self._blank = (reading.measured_ns, self._known, reading)
        return None if stood is None else stood[2]


def _later(kept: _Placed | None, placed: _Placed) -> _Placed:
    return placed if kept is None or placed[:2] > kept[:2] else kept
