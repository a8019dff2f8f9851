"""Alarms that ended not long ago: what nobody saw in time leaves a trace."""

from __future__ import annotations

from app.history import History
from app.session_numbers import AlarmEpisode, alarm_episodes
from protocols.vitals import NS_PER_S

TRACE_NS = 10 * 60 * NS_PER_S
"""How long an alarm that ended is told of."""


class AlarmTrace:
    """The alarms that ended within `TRACE_NS`, counted anew only when something was listed."""

    def __init__(self) -> None:
        """Nothing ended yet."""
        self._history: History | None = None
        self._version = -1
        self._ended: tuple[AlarmEpisode, ...] = ()

    def recent(self, history: History, now_ns: int) -> tuple[AlarmEpisode, ...]:
        """Those of `history` that ended before `now_ns` and not too long ago, the latest first."""
        if history is not self._history or history.version != self._version:
            self._history, self._version = history, history.version
            ended = [one for one in alarm_episodes(history) if one.ended_ns is not None]
            self._ended = tuple(sorted(ended, key=lambda one: -(one.ended_ns or 0)))
        return tuple(one for one in self._ended if 0 <= now_ns - (one.ended_ns or 0) <= TRACE_NS)
