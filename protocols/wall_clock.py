"""The wall clock as the session last read it: session times as time of day, and back.

The clock itself is read at the edges and comes in as anchors; here is only arithmetic.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

_TYPED = re.compile(r"(\d{1,2})[:.]?(\d{2})")
_HALF_DAY = timedelta(hours=12)


def is_iso_date(text: str) -> bool:
    """Whether `text` is a date in ISO 8601, as 2027-11-30."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class WallClock:
    """The wall clock at a session time, to print any other session time as time of day."""

    t_ns: int
    utc: str
    utc_offset_min: int

    def local(self, t_ns: int) -> datetime:
        """Local date and time of session time `t_ns`."""
        anchor = datetime.fromisoformat(self.utc.replace("Z", "+00:00")).replace(tzinfo=None)
        away = timedelta(minutes=self.utc_offset_min, microseconds=(t_ns - self.t_ns) / 1000)
        return anchor + away

    def session_ns(self, local: datetime, now_ns: int) -> int:
        """Session time of the local time `local`, reckoned back from `now_ns`, whole ms."""
        return now_ns - round((self.local(now_ns) - local) / timedelta(milliseconds=1)) * 1_000_000

    def last_at(self, text: str, now_ns: int) -> datetime | None:
        """The moment that a typed time of day means at `now_ns`; None if it is not one.

        ``14:05``, ``14.05`` and ``1405`` mean the minute as it begins. The one nearest to now is
        meant, so that ``23:58`` typed just after midnight is yesterday's; it may lie ahead.
        """
        found = _TYPED.fullmatch(text.strip())
        if found is None or int(found[1]) > 23 or int(found[2]) > 59:
            return None
        now = self.local(now_ns)
        meant = now.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
        if meant - now > _HALF_DAY:
            return meant - 2 * _HALF_DAY
        if now - meant > _HALF_DAY:
            return meant + 2 * _HALF_DAY
        return meant
