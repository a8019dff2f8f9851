"""Session times as people read them: time of day, age, minutes and seconds."""

from __future__ import annotations

from datetime import datetime

from app.state import ViewState
from protocols.vitals import NS_PER_S


def local_time(state: ViewState, t_ns: int) -> datetime | None:
    """Local date and time of session time `t_ns`; None before a clock is known."""
    return None if state.wall_clock is None else state.wall_clock.local(t_ns)


def time_of_day(state: ViewState, t_ns: int) -> str:
    """Time of day as ``14:05``; before a clock is known, minutes and seconds of the session."""
    local = local_time(state, t_ns)
    return f"{local:%H:%M}" if local is not None else minutes_text(t_ns)


def second_of_day(state: ViewState, t_ns: int) -> str:
    """Time of day with its seconds as ``14:05:09``; else as `time_of_day`."""
    local = local_time(state, t_ns)
    return f"{local:%H:%M:%S}" if local is not None else minutes_text(t_ns)


def minutes_text(span_ns: int) -> str:
    """A span as ``m:ss``, whole seconds, never below ``0:00``."""
    seconds = max(0, span_ns) // NS_PER_S
    return f"{seconds // 60}:{seconds % 60:02d}"


def age_text(age_ns: int) -> str:
    """How long ago: seconds below a minute, then whole minutes."""
    seconds = max(0, age_ns) // NS_PER_S
    if seconds < 2:
        return "now"
    return f"{seconds} s ago" if seconds < 60 else f"{seconds // 60} min ago"
