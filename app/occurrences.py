"""The occurrences of alarms: an alarm is named by its rule and by the time at which it was raised.

Pure. An occurrence begins when an alarm that was not seen comes to be seen, and ends when it is
seen no longer.
"""

from __future__ import annotations

from protocols.events import AlarmChanged


class Occurrences:
    """Which occurrence of each alarm is on now."""

    def __init__(self) -> None:
        """No alarm is on."""
        self._raised_ns: dict[str, int] = {}

    def take(self, event: AlarmChanged) -> bool:
        """Follow one change; whether it raised the alarm."""
        if not event.state.is_seen:
            self._raised_ns.pop(event.alarm, None)
            return False
        if event.alarm in self._raised_ns:
            return False
        self._raised_ns[event.alarm] = event.t_ns
        return True

    def raised_ns(self, alarm: str) -> int | None:
        """When the occurrence that is on was raised, session time in ns; None when it is off."""
        return self._raised_ns.get(alarm)
