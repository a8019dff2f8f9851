"""Named deadlines of a driver's conversation, fired one at a time in order. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Generic, TypeVar

Due = TypeVar("Due", bound=StrEnum)


class Deadlines(Generic[Due]):
    """What a conversation waits for: each member of one enumeration at most once.

    Two that fall on the same nanosecond fire in the order of the enumeration.
    """

    def __init__(self) -> None:
        """Nothing is waited for."""
        self._due: dict[Due, int] = {}

    def set(self, due: Due, t_ns: int) -> None:
        """Wait for `due` at `t_ns`, whatever was set before."""
        self._due[due] = t_ns

    def cancel(self, *dues: Due) -> None:
        """Wait no longer for `dues`; for nothing at all when none is named."""
        if not dues:
            self._due.clear()
        for due in dues:
            self._due.pop(due, None)

    def at(self, due: Due) -> int | None:
        """When `due` will fire, or None."""
        return self._due.get(due)

    @property
    def next_ns(self) -> int | None:
        """When the next will fire, or None."""
        return min(self._due.values(), default=None)

    def pop(self, t_ns: int) -> tuple[int, Due] | None:
        """Take the first that is due up to `t_ns`, with its own time; None when there is none."""
        if not self._due:
            return None
        order = list(type(next(iter(self._due))))
        due = min(self._due, key=lambda each: (self._due[each], order.index(each)))
        if self._due[due] > t_ns:
            return None
        return self._due.pop(due), due
