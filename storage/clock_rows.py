"""What a copy of a session says of its clock: each reading, step and change of zone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from protocols.events import ClockAnchored, Event, SessionOpened, SessionResumed
from storage.clock import RecordedClock, write_utc

MS_PER_S = 1_000


class ClockChange(StrEnum):
    """What a reading of the wall clock found: the first that applies, in this order."""

    STEP = "step"
    ZONE = "zone"
    OFFSET = "offset"
    ANCHOR = "anchor"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockLine:
    """One reading of the wall clock.

    Attributes:
        change: what it found.
        value: decimal text: how far the clock stepped in seconds, else minutes ahead of UTC.
        unit: ``s`` or ``min``.
        text: the same in a sentence.
    """

    change: ClockChange
    value: str
    unit: str
    text: str


class ClockLines:
    """Compares each reading with the one before. Feed it the events in order."""

    def __init__(self) -> None:
        self._offset_min: int | None = None
        self._zone = ""

    def add(self, event: Event) -> ClockLine | None:
        """What `event` says of the clock; None where it is no reading of it, but for the first."""
        if isinstance(event, SessionOpened):
            self._offset_min, self._zone = event.utc_offset_min, event.zone
            return None
        if not isinstance(event, ClockAnchored):
            return None
        before_min, before = self._offset_min, self._zone
        self._offset_min, self._zone = event.utc_offset_min, event.zone
        now = offset_text(event.utc_offset_min)
        named = f" ({event.zone})" if event.zone else ""
        if event.jump_ms:
            step = f"{event.jump_ms / MS_PER_S:+.3f}"
            text = f"The wall clock stepped by {step} s; local time is UTC{now}{named}."
            return ClockLine(change=ClockChange.STEP, value=step, unit="s", text=text)
        minutes = str(event.utc_offset_min)
        if event.zone != before:
            text = f"Time zone {event.zone or 'not told'}, before {before or 'not told'}: UTC{now}."
            return ClockLine(change=ClockChange.ZONE, value=minutes, unit="min", text=text)
        if before_min is not None and event.utc_offset_min != before_min:
            text = f"Local time is UTC{now}{named} from here, before UTC{offset_text(before_min)}."
            return ClockLine(change=ClockChange.OFFSET, value=minutes, unit="min", text=text)
        text = f"Local time is UTC{now}{named}."
        return ClockLine(change=ClockChange.ANCHOR, value=minutes, unit="min", text=text)


def offset_text(offset_min: int) -> str:
    """An offset from UTC as ISO 8601 writes it: ``+02:00``."""
    sign = "-" if offset_min < 0 else "+"
    return f"{sign}{abs(offset_min) // 60:02d}:{abs(offset_min) % 60:02d}"


class ClockTable:
    """Every reading of the wall clock. Feed it the events in order.

    Attributes:
        rows: session time, UTC, local time with its offset, zone, and how far the clock stepped.
            A time between two readings is counted from the earlier one.
    """

    def __init__(self) -> None:
        self.rows: list[dict[str, object]] = []
        self._clock = RecordedClock()
        self._zone = ""

    def add(self, event: Event) -> None:
        """Take an event into account; only openings, readings and resumptions matter."""
        if isinstance(event, SessionOpened | ClockAnchored):
            self._zone = event.zone
        elif not isinstance(event, SessionResumed):
            return
        self._clock.add(event)
        utc, local = self._clock.utc(event.t_ns), self._clock.local(event.t_ns)
        if utc is None or local is None:
            return
        self.rows.append(
            {
                "t_ns": event.t_ns,
                "utc": write_utc(utc),
                "local": local.isoformat(timespec="milliseconds"),
                "zone": self._zone,
                "step_ms": event.jump_ms if isinstance(event, ClockAnchored) else 0,
            }
        )
