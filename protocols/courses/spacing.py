"""How soon after a dose the next may be given: a hard limit, and a soft one for a prescriber."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum


class SpacingKind(StrEnum):
    """What the time since the last dose means for the next one."""

    CLEAR = "clear"
    SOFT = "soft"
    HARD = "hard"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpacingLimits:
    """Hours between doses: none before `hard_h`; before `soft_h` a prescriber decides."""

    hard_h: Decimal
    soft_h: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SpacingVerdict:
    """The verdict, and the sentence that says it; empty where nothing holds."""

    kind: SpacingKind
    sentence: str = ""


def judge_spacing(last: datetime, wished: datetime, limits: SpacingLimits) -> SpacingVerdict:
    """Whether a dose at `wished` is far enough from the dose at `last`.

    Both are aware; times of day in the sentence are in the zone of `wished`. A wished time before
    the last dose is refused: one of the two clocks is wrong.
    """
    hours = (wished - last) / timedelta(hours=1)
    if hours < 0:
        return SpacingVerdict(
            kind=SpacingKind.HARD,
            sentence=f"The last dose is recorded at {_moment(last, wished)}, later than now. Check "
            "the clock of this computer.",
        )
    if hours < limits.hard_h:
        earliest = last + timedelta(hours=float(limits.hard_h))
        return SpacingVerdict(
            kind=SpacingKind.HARD,
            sentence=f"The last dose began {_hours(hours)} ago; none is given before "
            f"{_plain(limits.hard_h)} h. Wait until {_moment(earliest, wished)}.",
        )
    if hours < limits.soft_h:
        return SpacingVerdict(
            kind=SpacingKind.SOFT,
            sentence=f"The last dose began {_hours(hours)} ago; before {_plain(limits.soft_h)} h a "
            "prescriber decides.",
        )
    return SpacingVerdict(kind=SpacingKind.CLEAR)


def read_utc(text: str) -> datetime | None:
    """An ISO 8601 time as a time in UTC; None where `text` is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _hours(hours: float) -> str:
    return f"{int(hours * 10) / 10:g} h"  # rounded down: 43.99 h never reads as 44 h


def _plain(hours: Decimal) -> str:
    return f"{hours.normalize():f}"


def _moment(moment: datetime, beside: datetime) -> str:
    return f"{moment.astimezone(beside.tzinfo):%Y-%m-%d %H:%M}"
