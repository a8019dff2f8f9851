"""What alarms cost a site: how many, how short, and how they were answered, by room, rule and week.

Nobody is named: what is counted knows of no person, and there is nothing by which people could be
ranked. Every share says how many it rests on; of fewer than `FEWEST` none is made. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from statistics import median
from typing import Protocol, TypeVar

from protocols.events import Priority
from protocols.vitals import NS_PER_S

ANSWER_S = 60.0
"""An alarm is answered in time within so many seconds."""

SHORT_S = 10.0
"""An alarm whose condition lasted less than this long is counted as short."""

FEWEST = 5
"""No share is made of fewer."""

NO_DATE = "no date"
NO_ROOM = "no room"
"""Where a record tells none."""

_NS_PER_H = 3600 * NS_PER_S


class Fate(StrEnum):
    """What became of one alarm; each has exactly one.

    `IN_TIME`, `LATER`, `NOBODY` make up those that waited for a person: they were answered, or
    stood for `ANSWER_S` at least. The others are counted apart.
    """

    IN_TIME = "answered in time"
    LATER = "answered later"
    NOBODY = "nobody answered"
    BY_ITSELF = "ended by itself before"
    COVERED = "raised under an acknowledgement"
    CUT = "record ended before"


WAITED = frozenset((Fate.IN_TIME, Fate.LATER, Fate.NOBODY))
"""Fates of alarms that waited for a person."""


def fate_of(
    *,
    raised_ns: int,
    gone_ns: int | None,
    acknowledged_ns: int | None,
    answered_ns: int | None,
    end_ns: int,
) -> Fate:
    """What became of an alarm; times are session time, `end_ns` that of the last event.

    Args:
        raised_ns: when it was raised: from then on it stood on the screen.
        gone_ns: when it left the screen; None where it did not.
        acknowledged_ns: when it first stood as acknowledged; at `raised_ns` where a graver alarm
            of its group was acknowledged before, so that it never asked for anybody.
        answered_ns: when a person first acknowledged or reset it, or switched its rule off.
        end_ns: end of the record.
    """
    if acknowledged_ns == raised_ns:
        return Fate.COVERED
    limit_ns = round(ANSWER_S * NS_PER_S)
    if answered_ns is not None:
        return Fate.IN_TIME if answered_ns - raised_ns <= limit_ns else Fate.LATER
    stood_ns = (end_ns if gone_ns is None else gone_ns) - raised_ns
    if stood_ns >= limit_ns:
        return Fate.NOBODY
    return Fate.CUT if gone_ns is None else Fate.BY_ITSELF


class Span(StrEnum):
    """How sessions are put together by their day."""

    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedAlarm:
    """One occurrence of an alarm, without anybody's name.

    Attributes:
        rule: name of its rule.
        priority, technical: of the rule.
        raised_ns: session time at which it was raised.
        lasted_ns: for how long its condition was true while it was there.
        fate: what became of it.
    """

    rule: str
    priority: Priority
    technical: bool
    raised_ns: int
    lasted_ns: int
    fate: Fate


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedSession:
    """One session with its alarms.

    Attributes:
        session: its name.
        room, protocol: of the session; `room` may be empty.
        simulated: whether it was simulated.
        day: local day of its start; None where the record tells none.
        watched_ns: monitored time, baseline to the end of recovery.
        alarms: in the order in which they were raised.
        unread: rows of alarms that could not be read.
    """

    session: str
    room: str
    protocol: str
    simulated: bool
    day: date | None
    watched_ns: int
    alarms: tuple[CountedAlarm, ...]
    unread: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """Which sessions and alarms count; what is None or empty does not narrow.

    Attributes:
        since, until: first and last day of the start, both included.
        room, protocol: of the session.
        simulated: True for simulated sessions, False for real ones.
        priority: of the alarms.
    """

    since: date | None = None
    until: date | None = None
    room: str = ""
    protocol: str = ""
    simulated: bool | None = None
    priority: Priority | None = None

    def keeps(self, one: CountedSession) -> bool:
        """Whether a session counts; one without a date only where no date is asked for."""
        if (self.since or self.until) and one.day is None:
            return False
        if one.day is not None:
            if self.since is not None and one.day < self.since:
                return False
            if self.until is not None and one.day > self.until:
                return False
        return (
            self.room in ("", room_of(one))
            and self.protocol in ("", one.protocol)
            and self.simulated in (None, one.simulated)
        )


class BurdenReader(Protocol):
    """Reads what is counted from the record, and writes what came of it."""

    def read(
        self, since: date | None, until: date | None, go_on: Callable[[float], bool]
    ) -> Sequence[CountedSession] | None:
        """The sessions of those days; None when `go_on` stopped it. CatalogueError."""
        ...

    def write(
        self, sessions: Sequence[CountedSession], narrowing: Narrowing, span: Span, path: Path
    ) -> str:
        """Write the figures of `sessions` as CSV, PDF or HTML, as the ending of `path` says.

        Gives what was written, in a sentence. CatalogueError.
        """
        ...


def narrowed(sessions: Iterable[CountedSession], narrowing: Narrowing) -> list[CountedSession]:
    """The sessions that `narrowing` keeps, each with the alarms that it keeps."""
    return [_narrowed(one, narrowing.priority) for one in sessions if narrowing.keeps(one)]


def _narrowed(one: CountedSession, priority: Priority | None) -> CountedSession:
    if priority is None:
        return one
    return replace(one, alarms=tuple(a for a in one.alarms if a.priority is priority))


def only(
    sessions: Iterable[CountedSession], *, rule: str = "", room: str = ""
) -> list[CountedSession]:
    """The sessions of `room`, each with the alarms of `rule`; empty: all."""
    return [
        replace(one, alarms=tuple(a for a in one.alarms if rule in ("", a.rule)))
        for one in sessions
        if room in ("", room_of(one))
    ]


# -- figures --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """The share, 0 to 1; None of fewer than `FEWEST`."""
        return self.part / self.whole if self.whole >= FEWEST else None

    @property
    def text(self) -> str:
        """``43 % of 14``; of fewer than `FEWEST` the two numbers alone."""
        if self.value is None:
            return f"{self.part} of {self.whole}" if self.whole else "-"
        return f"{self.value:.0%} of {self.whole}".replace("%", " %")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The burden of some alarms over some sessions.

    Attributes:
        count: occurrences.
        sessions, hours: over how many sessions, and their monitored time.
        median_s: median of how long their conditions lasted; None without one.
        short: those that lasted less than `SHORT_S`.
        technical: those about equipment or program.
        in_time, nobody: answered within `ANSWER_S`, and answered by nobody, of those that waited
            for a person (see `Fate`).
        by_itself, covered, cut: how many are counted apart.
    """

    count: int
    sessions: int
    hours: float
    median_s: float | None
    short: Share
    technical: Share
    in_time: Share
    nobody: Share
    by_itself: int
    covered: int
    cut: int

    @property
    def per_hour(self) -> float | None:
        """Occurrences per monitored hour; None without monitored time."""
        return self.count / self.hours if self.hours > 0 else None

    @property
    def per_session(self) -> float | None:
        """Occurrences per session; None without one."""
        return self.count / self.sessions if self.sessions else None


def figures_of(sessions: Sequence[CountedSession], alarms: Sequence[CountedAlarm]) -> Figures:
    """The burden of `alarms` over `sessions`, which need not have one."""
    fates = Counter(alarm.fate for alarm in alarms)
    waited = sum(fates[fate] for fate in WAITED)
    lasted = [alarm.lasted_ns / NS_PER_S for alarm in alarms]
    return Figures(
        count=len(alarms),
        sessions=len(sessions),
        hours=sum(one.watched_ns for one in sessions) / _NS_PER_H,
        median_s=median(lasted) if lasted else None,
        short=Share(sum(one < SHORT_S for one in lasted), len(alarms)),
        technical=Share(sum(alarm.technical for alarm in alarms), len(alarms)),
        in_time=Share(fates[Fate.IN_TIME], waited),
        nobody=Share(fates[Fate.NOBODY], waited),
        by_itself=fates[Fate.BY_ITSELF],
        covered=fates[Fate.COVERED],
        cut=fates[Fate.CUT],
    )


# -- groups ---------------------------------------------------------------------------------------


def room_of(one: CountedSession) -> str:
    """The room of a session, or that it has none."""
    return one.room or NO_ROOM


def span_of(day: date | None, span: Span) -> str:
    """The ISO week ``2026-W48`` or the month ``2026-11`` of `day`; a session counts whole there."""
    if day is None:
        return NO_DATE
    if span is Span.MONTH:
        return f"{day:%Y-%m}"
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def spans_between(sessions: Iterable[CountedSession], span: Span) -> list[str]:
    """Every week or month from the first session to the last, those without a session as well."""
    days = [one.day for one in sessions if one.day is not None]
    found: dict[str, None] = {}
    if days:
        day = min(days)
        while day <= max(days):
            found[span_of(day, span)] = None
            day += timedelta(days=1)
    if any(one.day is None for one in sessions):
        found[NO_DATE] = None
    return list(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The figures of one room, rule, week or month."""

    name: str
    figures: Figures


def total_of(sessions: Sequence[CountedSession]) -> Figures:
    """The figures of all together."""
    return figures_of(sessions, [alarm for one in sessions for alarm in one.alarms])


def by_rule(sessions: Sequence[CountedSession]) -> list[Group]:
    """The figures of each rule that has an alarm, most alarms first, over all `sessions`."""
    found: dict[str, list[CountedAlarm]] = {}
    for one in sessions:
        for alarm in one.alarms:
            found.setdefault(alarm.rule, []).append(alarm)
    order = sorted(found, key=lambda rule: (-len(found[rule]), rule))
    return [Group(name=rule, figures=figures_of(sessions, found[rule])) for rule in order]


def by_room(sessions: Sequence[CountedSession]) -> list[Group]:
    """The figures of each room, over its own sessions."""
    found = _grouped(sessions, room_of)
    return [Group(name=room, figures=total_of(found[room])) for room in sorted(found)]


def by_span(sessions: Sequence[CountedSession], span: Span) -> list[Group]:
    """The figures of each week or month, over the sessions that began in it."""
    found = _grouped(sessions, lambda one: span_of(one.day, span))
    return [
        Group(name=name, figures=total_of(found.get(name, [])))
        for name in spans_between(sessions, span)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cross:
    """Rows by rules.

    Attributes:
        rows, rules: their names, in order.
        cells: occurrences by row and rule; what is not there is 0.
        hours: monitored time of each row.
    """

    rows: tuple[str, ...]
    rules: tuple[str, ...]
    cells: dict[tuple[str, str], int]
    hours: dict[str, float]

    def count(self, row: str, rule: str) -> int:
        """Occurrences of `rule` in `row`."""
        return self.cells.get((row, rule), 0)

    def per_hour(self, row: str, rule: str) -> float | None:
        """The same per monitored hour of the row; None without monitored time."""
        hours = self.hours[row]
        return self.count(row, rule) / hours if hours > 0 else None


def room_by_rule(sessions: Sequence[CountedSession]) -> Cross:
    """Rooms by rules."""
    return _cross(sessions, [group.name for group in by_room(sessions)], room_of)


def span_by_rule(sessions: Sequence[CountedSession], span: Span) -> Cross:
    """Weeks or months by rules."""
    return _cross(sessions, spans_between(sessions, span), lambda one: span_of(one.day, span))


def _cross(
    sessions: Sequence[CountedSession], rows: Sequence[str], row_of: Callable[[CountedSession], str]
) -> Cross:
    cells: Counter[tuple[str, str]] = Counter()
    hours = dict.fromkeys(rows, 0.0)
    for one in sessions:
        hours[row_of(one)] += one.watched_ns / _NS_PER_H
        cells.update((row_of(one), alarm.rule) for alarm in one.alarms)
    number: Counter[str] = Counter()
    for (_, rule), count in cells.items():
        number[rule] += count
    rules = tuple(sorted(number, key=lambda rule: (-number[rule], rule)))
    return Cross(rows=tuple(rows), rules=rules, cells=dict(cells), hours=hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One occurrence with the session it is of."""

    session: CountedSession
    alarm: CountedAlarm


def listed(
    sessions: Iterable[CountedSession],
    *,
    rule: str = "",
    room: str = "",
    span: Span | None = None,
    span_name: str = "",
) -> list[Listed]:
    """The occurrences of a cell, in the order of the sessions."""
    return [
        Listed(session=one, alarm=alarm)
        for one in sessions
        if room in ("", room_of(one)) and (span is None or span_of(one.day, span) == span_name)
        for alarm in one.alarms
        if rule in ("", alarm.rule)
    ]


Key = TypeVar("Key", bound=Hashable)


def _grouped(
    sessions: Iterable[CountedSession], key: Callable[[CountedSession], Key]
) -> dict[Key, list[CountedSession]]:
    found: dict[Key, list[CountedSession]] = {}
    for one in sessions:
        found.setdefault(key(one), []).append(one)
    return found


DEFINITIONS: tuple[str, ...] = (
    "An occurrence is one time that an alarm stood on the screen, from when it was raised until it "
    "left. Alarms that waited for their delay or were held for a cuff were never raised.",
    "Per hour is of monitored time, baseline to the end of recovery. A session counts whole in the "
    "week of its start, on this machine's clock; a day without a session is no day without alarms.",
    f"Short: the condition lasted less than {SHORT_S:g} s. Duration: for how long the condition "
    "was true while the alarm was there.",
    f"Answered within {ANSWER_S:g} s: a person acknowledged it, reset it, or switched its rule "
    "off. The share is of the alarms that waited for a person: answered, or on the screen for "
    f"{ANSWER_S:g} s or longer. A pause of the sound is no answer.",
    f"Counted apart, and in no share of answers: alarms that left the screen by themselves before "
    f"{ANSWER_S:g} s, those raised while a graver one of their group was acknowledged, and those "
    f"that the end of the record cut off before {ANSWER_S:g} s.",
    f"Fewer than {FEWEST}: not shown as a share, only as numbers. Nobody is named, and nothing "
    "here tells people apart.",
)
"""What the figures mean, in sentences."""
