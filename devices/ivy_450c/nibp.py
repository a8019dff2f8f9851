"""Which blood pressure in a row of ANSAR-B messages is a new determination. Pure.

The monitor repeats its last result every second and says neither when it was taken nor which it
is. A change of the pressures is all that can be seen (NOTES.md).
"""

from __future__ import annotations

from enum import Enum

Pressures = tuple[int, int, int]
"""Systolic, diastolic, mean in mmHg."""

AGREE_MESSAGES = 2
"""Messages in a row that must say the same pressures on a live line, which has no checksum."""
BLANK_MESSAGES = 3
"""Messages in a row without pressures after which a live line shows none."""


class News(Enum):
    """What one message says of the blood pressure."""

    NOTHING = "the same as before, or not sure yet"
    NEW = "a new determination"
    FROM_BEFORE = "a determination from before the connection"


class NibpFollower:
    """Follows one connection.

    A capture is taken at its word: every run of equal pressures is one determination. `live`, the
    first run is from before the connection, and a run counts from its second message on.
    """

    def __init__(self, *, live: bool) -> None:
        self._live = live
        self.forget()

    def forget(self) -> None:
        """Another connection begins."""
        self._is_first = self._live
        self._shown: Pressures | None = None
        self._last: Pressures | None = None
        self._count = 0

    def hear(self, said: Pressures | None) -> News:
        """What the pressures `said` in the next message mean; None for a blank."""
        self._count = self._count + 1 if said == self._last else 1
        self._last = said
        if self._live:
            needed = BLANK_MESSAGES if said is None else AGREE_MESSAGES
            if self._count != needed:
                return News.NOTHING
        is_first, self._is_first = self._is_first, False
        is_same, self._shown = said == self._shown, said
        if said is None or (is_same and not is_first):
            return News.NOTHING
        return News.FROM_BEFORE if is_first else News.NEW
