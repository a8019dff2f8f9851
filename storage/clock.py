"""The wall clock of a recorded session, from its anchors."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta, timezone

from protocols.events import ClockAnchored, Event, SessionOpened, SessionResumed


class RecordedClock:
    """Turns session time into wall-clock time. Feed it events in order.

    A time is counted from the last anchor before it, so that a jump of the wall clock moves only
    what comes after it.
    """

    def __init__(self) -> None:
        self._times: list[int] = []
        self._anchors: list[tuple[datetime, int]] = []

    @property
    def changes_offset(self) -> bool:
        """Whether local time moved against UTC: summer time, or a zone that was set anew."""
        return len({offset for _, offset in self._anchors}) > 1

    def add(self, event: Event) -> None:
        """Take an event into account; only openings, anchors and resumptions matter."""
        if isinstance(event, SessionOpened | ClockAnchored):
            self._anchor(event.t_ns, event.utc, event.utc_offset_min)
        elif isinstance(event, SessionResumed):
            offset = self._anchors[-1][1] if self._anchors else 0
            self._anchor(event.t_ns, event.utc, offset)

    def _anchor(self, t_ns: int, utc: str, offset_min: int) -> None:
        moment = parse_utc(utc)
        if moment is not None:
            self._times.append(t_ns)
            self._anchors.append((moment, offset_min))

    def utc(self, t_ns: int) -> datetime | None:
        """Wall-clock time in UTC at `t_ns`, or None while there is no anchor at all."""
        found = self._at(t_ns)
        return None if found is None else found[0]

    def local(self, t_ns: int) -> datetime | None:
        """Wall-clock time of the room at `t_ns`, with its offset from UTC."""
        found = self._at(t_ns)
        if found is None:
            return None
        return found[0].astimezone(timezone(timedelta(minutes=found[1])))

    def _at(self, t_ns: int) -> tuple[datetime, int] | None:
        if not self._times:
            return None
        index = max(0, bisect_right(self._times, t_ns) - 1)
        moment, offset_min = self._anchors[index]
        return moment + timedelta(microseconds=(t_ns - self._times[index]) / 1_000), offset_min


def parse_utc(text: str) -> datetime | None:
    """An ISO 8601 time as a time in UTC, or None when `text` is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def write_utc(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and a ``Z``."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
