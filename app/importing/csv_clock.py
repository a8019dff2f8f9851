"""Dates and times of day of table rows as seconds from the first: midnight, clocks set back. Pure.

What cannot be told is said: whether 03/04 is April, what a clock that was set back did meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from itertools import groupby, pairwise
from statistics import median

_CLOCK = re.compile(
    r"(?<![\d:])(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp]\.?[Mm]\.?)?"
    r"\s*(Z|UTC|[+-]\d{2}:?\d{2})?(?![\d:])"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
_NAMED = re.compile(r"([A-Za-z]{3})[a-z]*\.?\s+(\d{1,2}),?\s+(\d{4})")
_DAY_NAMED = re.compile(r"(\d{1,2})[-\s]([A-Za-z]{3})[a-z]*\.?[-\s](\d{4})")
_DAY_S = 86_400.0
_HALF_DAY_S = 43_200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTimes:
    """When each row was.

    Attributes:
        t_s: seconds from the first row that has a time; None for a row without.
        start: date and time of that row; None where its date is not known.
        words: the start in words.
        notes: what was assumed, in sentences.
        unread: rows without a time.
    """

    t_s: list[float | None] = field(repr=False)
    start: datetime | None
    words: str
    notes: tuple[str, ...]
    unread: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stamp:
    """One row: its day as written, the second of the day, the offset from UTC in minutes."""

    day: tuple[int, int, int] | None
    ordered: bool
    second: float
    with_seconds: bool
    offset_min: int | None
    words: str


def read_times(texts: Sequence[str], day_first: bool | None) -> RowTimes:
    """The times of rows, each given as the texts of its columns of date and time together."""
    stamps = [_stamp(text) for text in texts]
    dated = sum(stamp is not None and stamp.day is not None for stamp in stamps) * 2 > sum(
        stamp is not None for stamp in stamps
    )
    if dated:  # a row without a date among rows with one has no time
        stamps = [None if stamp is None or stamp.day is None else stamp for stamp in stamps]
    known = [stamp for stamp in stamps if stamp is not None]
    notes: list[str] = []
    if not known:
        return RowTimes(
            t_s=[None] * len(texts), start=None, words="unknown", notes=(), unread=len(texts)
        )
    order = _order(known, day_first) if dated else None
    if dated and order is None:
        notes.append(
            f"“{known[0].words}” may be day/month or month/day; the date is not known until you "
            "say."
        )
    absolute = _absolute(known, order)
    if any(not stamp.with_seconds for stamp in known):
        absolute = _spread(absolute)
        notes.append("Times are given in whole minutes: the rows of a minute are spread evenly.")
    forward = _forward(absolute, known, notes)
    origin = forward[0]
    found = iter(forward)
    t_s = [None if stamp is None else next(found) - origin for stamp in stamps]
    start, words = _start(known[0], order)
    return RowTimes(
        t_s=t_s, start=start, words=words, notes=tuple(notes), unread=len(texts) - len(known)
    )


def _stamp(text: str) -> _Stamp | None:
    found = _CLOCK.search(text)
    if found is None:
        return None
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    half = (found[5] or "").replace(".", "").lower()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    rest = (text[: found.start()] + " " + text[found.end() :]).strip(" T\t")
    day, ordered = _day(rest)
    if rest and any(c.isalnum() for c in rest) and day is None:
        return None
    return _Stamp(
        day=day,
        ordered=ordered,
        second=hour * 3600 + minute * 60 + second + float(f"0.{found[4] or 0}"),
        with_seconds=found[3] is not None,
        offset_min=_offset(found[6]),
        words=text.strip(),
    )


def _offset(text: str | None) -> int | None:
    if text is None:
        return None
    if text in ("Z", "UTC"):
        return 0
    digits = text[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return -minutes if text[0] == "-" else minutes


def _day(text: str) -> tuple[tuple[int, int, int] | None, bool]:
    """Year and two numbers of a date, and whether these are month and day in that order."""
    if found := _YEAR_FIRST.search(text):
        return (int(found[1]), int(found[2]), int(found[3])), True
    if found := _YEAR_LAST.search(text):
        year, first, second = int(found[4]), int(found[1]), int(found[3])
        if found[2] == ".":
            return (year, second, first), True  # a date with dots has the day first
        return (year, first, second), False
    if (found := _NAMED.search(text)) and found[1].lower() in _MONTHS:
        return (int(found[3]), _MONTHS.index(found[1].lower()) + 1, int(found[2])), True
    if (found := _DAY_NAMED.search(text)) and found[2].lower() in _MONTHS:
        return (int(found[3]), _MONTHS.index(found[2].lower()) + 1, int(found[1])), True
    return None, False


def _order(known: Sequence[_Stamp], day_first: bool | None) -> bool | None:
    """Whether the first number of a date is the day; None where nothing tells."""
    open_ones = {stamp.day for stamp in known if not stamp.ordered and stamp.day is not None}
    if not open_ones:
        return False
    if any(day[1] > 12 for day in open_ones):
        return True
    if any(day[2] > 12 for day in open_ones):
        return False
    return day_first


def _date(stamp: _Stamp, day_is_first: bool) -> date | None:
    if stamp.day is None:
        return None
    year, first, second = stamp.day
    month, day = (first, second) if stamp.ordered or not day_is_first else (second, first)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _absolute(known: Sequence[_Stamp], order: bool | None) -> list[float]:
    """Seconds of each row on one line; where no date is known, midnight passed is told by it."""
    found: list[float] = []
    day, before = 0, known[0]
    for stamp in known:
        of = None if order is None else _date(stamp, order)
        if of is not None:
            day = of.toordinal()
        elif _is_next_day(stamp, before, order):
            day += 1
        found.append(day * _DAY_S + stamp.second - 60 * (stamp.offset_min or 0))
        before = stamp
    return found


def _is_next_day(stamp: _Stamp, before: _Stamp, order: bool | None) -> bool:
    """Whether midnight passed: another date is written, or the clock fell by half a day."""
    if stamp.day is not None:
        return order is None and stamp.day != before.day
    return stamp.second < before.second - _HALF_DAY_S


def _spread(times: list[float]) -> list[float]:
    """Rows of one minute evenly over it."""
    found: list[float] = []
    for minute, members in groupby(int(t // 60) for t in times):
        count = len(list(members))
        found += [minute * 60 + 60 * place / count for place in range(count)]
    return found


def _forward(times: list[float], known: Sequence[_Stamp], notes: list[str]) -> list[float]:
    """Times that never fall: where the clock goes back, what follows comes one step later."""
    steps = [b - a for a, b in pairwise(times) if b > a]
    step_s = median(steps) if steps else 1.0
    shift, jumps, twice = 0.0, 0, 0
    found = [times[0]]
    for number, time in enumerate(times[1:], 1):
        if time + shift < found[-1]:
            jumps += 1
            if jumps == 1:
                notes.append(
                    f"The clock goes back from “{known[number - 1].words}” to "
                    f"“{known[number].words}”: what follows is placed one step later, and its "
                    "times are not those of the file any more."
                )
            shift = found[-1] + step_s - time
        elif time + shift == found[-1]:
            twice += 1
        found.append(time + shift)
    if jumps > 1:
        notes.append(f"The clock goes back {jumps} times in all.")
    if twice:
        notes.append(f"{twice} rows have the time of the row before.")
    return found


def _start(first: _Stamp, order: bool | None) -> tuple[datetime | None, str]:
    day = None if order is None else _date(first, order)
    whole = timedelta(seconds=first.second)
    if day is None:
        return None, f"{datetime.min + whole:%H:%M:%S}, the date is unknown"
    start = datetime(day.year, day.month, day.day) + whole
    if first.offset_min is not None and abs(first.offset_min) < 24 * 60:
        start = start.replace(tzinfo=timezone(timedelta(minutes=first.offset_min)))
        return start, f"{start:%Y-%m-%d %H:%M:%S %z}"
    return start, f"{start:%Y-%m-%d %H:%M:%S}"
