"""A typed time of day, or date and time, as a moment in UTC: when something happened."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from app.clock import iso_utc
from protocols.wall_clock import WallClock

_DATED = re.compile(r"(\d{4}-\d{2}-\d{2})[ T]+(\d{1,2})[:.](\d{2})")


def happened_utc(text: str, clock: WallClock | None, now_ns: int) -> str | None:
    """``14:05`` of the session's day, or ``2026-11-26 14:05``, as ISO 8601 in UTC; None: neither.

    Both are local times of the session, by its last reading of the wall clock.
    """
    if clock is None:
        return None
    found = _DATED.fullmatch(text.strip())
    if found is None:
        local = clock.last_at(text, now_ns)
    else:
        try:
            local = datetime.fromisoformat(f"{found[1]} {found[2]:0>2}:{found[3]}")
        except ValueError:
            local = None
    if local is None:
        return None
    zone = timezone(timedelta(minutes=clock.utc_offset_min))
    return iso_utc(local.replace(tzinfo=zone).astimezone(UTC))
