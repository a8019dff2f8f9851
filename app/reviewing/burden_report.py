"""The burden of alarms as tables, for the desk, the command and its files. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from app.reviewing.alarm_burden import (
    ANSWER_S,
    SHORT_S,
    CountedSession,
    Cross,
    Figures,
    Group,
    Narrowing,
    Share,
    Span,
    by_room,
    by_rule,
    by_span,
    room_by_rule,
    span_by_rule,
    total_of,
)

COLUMNS: tuple[tuple[str, str], ...] = (
    ("alarms", "occurrences"),
    ("per hour", "occurrences per monitored hour"),
    (f"answered in {ANSWER_S:g} s", "of those that waited for a person"),
    ("nobody", "answered by nobody, of those that waited for a person"),
    ("ended before", f"left the screen by themselves before {ANSWER_S:g} s: in no share"),
    ("median", "median of how long the condition lasted"),
    (f"under {SHORT_S:g} s", "share whose condition lasted less"),
    ("technical", "share about equipment or program"),
    ("per session", "occurrences per session"),
    ("sessions", "over so many sessions"),
    ("hours", "monitored time, h"),
)
"""Headings of the figures, each with what it means."""

HEADINGS = tuple(name for name, _ in COLUMNS)

Row = tuple[str, ...]


def cells_of(figures: Figures) -> Row:
    """The figures under `HEADINGS`."""
    return (
        str(figures.count),
        _number(figures.per_hour),
        figures.in_time.text,
        figures.nobody.text,
        str(figures.by_itself),
        "-" if figures.median_s is None else f"{figures.median_s:.0f} s",
        figures.short.text,
        figures.technical.text,
        _number(figures.per_session),
        str(figures.sessions),
        f"{figures.hours:.1f}",
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def rows_of(groups: Iterable[Group]) -> list[Row]:
    """A row a group: its name and its figures."""
    return [(group.name, *cells_of(group.figures)) for group in groups]


def headline(sessions: Sequence[CountedSession]) -> str:
    """How much is counted, in a sentence."""
    total = total_of(sessions)
    simulated = sum(one.simulated for one in sessions)
    words = f"{_count(total.count, 'alarm')} in {_count(len(sessions), 'session')}"
    if simulated:
        words += f" ({simulated} simulated)"
    return f"{words}, {total.hours:.1f} h monitored."


def gaps(sessions: Iterable[CountedSession]) -> list[str]:
    """What could not be read, in sentences."""
    return [
        f"{one.session}: {_count(one.unread, 'row')} of alarms could not be read; the rest counts."
        for one in sessions
        if one.unread
    ]


def narrowing_words(narrowing: Narrowing) -> str:
    """What is counted, in words."""
    kinds = {
        None: "real and simulated sessions",
        True: "simulated sessions",
        False: "real sessions",
    }
    parts = [
        kinds[narrowing.simulated],
        f"from {narrowing.since.isoformat()}" if narrowing.since else "",
        f"to {narrowing.until.isoformat()}" if narrowing.until else "",
        f"room {narrowing.room}" if narrowing.room else "",
        f"protocol {narrowing.protocol}" if narrowing.protocol else "",
        f"alarms of {narrowing.priority} priority" if narrowing.priority else "",
    ]
    return ", ".join(part for part in parts if part)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


# -- files ----------------------------------------------------------------------------------------

_CSV_HEAD = (
    *("by", "name", "rule", "occurrences", "sessions", "hours", "per_hour", "per_session"),
    *("median_s", "short", "technical", "waited", "answered_in_time", "answered_later", "nobody"),
    *("ended_by_itself", "covered", "cut_off"),
)


def csv_text(sessions: Sequence[CountedSession], span: Span) -> str:
    """Every figure as CSV: numbers with a point and without units, a row a group or cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_CSV_HEAD)
    writer.writerow(_csv_row("all", "", total_of(sessions)))
    for by, groups in _groups(sessions, span):
        for group in groups:
            writer.writerow(_csv_row(by, group.name, group.figures))
    for by, cross in _crosses(sessions, span):
        for row in cross.rows:
            for rule in cross.rules:
                writer.writerow(_csv_cell(by, cross, row, rule))
    return out.getvalue()


def _groups(sessions: Sequence[CountedSession], span: Span) -> list[tuple[str, list[Group]]]:
    return [
        ("room", by_room(sessions)),
        ("rule", by_rule(sessions)),
        (span.value, by_span(sessions, span)),
    ]


def _crosses(sessions: Sequence[CountedSession], span: Span) -> list[tuple[str, Cross]]:
    return [
        ("room x rule", room_by_rule(sessions)),
        (f"{span} x rule", span_by_rule(sessions, span)),
    ]


def _csv_row(by: str, name: str, figures: Figures) -> list[object]:
    waited = figures.in_time.whole
    later = waited - figures.in_time.part - figures.nobody.part
    return [
        *(by, name, name if by == "rule" else "", figures.count, figures.sessions),
        *(round(figures.hours, 4), _rounded(figures.per_hour), _rounded(figures.per_session)),
        *(_rounded(figures.median_s), figures.short.part, figures.technical.part, waited),
        *(figures.in_time.part, later, figures.nobody.part),
        *(figures.by_itself, figures.covered, figures.cut),
    ]


def _csv_cell(by: str, cross: Cross, row: str, rule: str) -> list[object]:
    known = [by, row, rule, cross.count(row, rule), "", round(cross.hours[row], 4)]
    known.append(_rounded(cross.per_hour(row, rule)))
    return [*known, *("" for _ in range(len(_CSV_HEAD) - len(known)))]


def _rounded(value: float | None) -> object:
    return "" if value is None else round(value, 4)


def as_objects(sessions: Sequence[CountedSession], span: Span) -> dict[str, Any]:
    """Every figure as JSON knows it."""
    found: dict[str, Any] = {"all": _object(total_of(sessions))}
    for by, groups in _groups(sessions, span):
        found[by] = [{"name": group.name, **_object(group.figures)} for group in groups]
    for by, cross in _crosses(sessions, span):
        found[by.replace(" ", "_")] = [
            {
                "name": row,
                "rule": rule,
                "occurrences": cross.count(row, rule),
                "per_hour": cross.per_hour(row, rule),
            }
            for row in cross.rows
            for rule in cross.rules
        ]
    return found


def _object(figures: Figures) -> dict[str, Any]:
    return {
        "occurrences": figures.count,
        "sessions": figures.sessions,
        "hours": figures.hours,
        "per_hour": figures.per_hour,
        "per_session": figures.per_session,
        "median_s": figures.median_s,
        "short": _share(figures.short),
        "technical": _share(figures.technical),
        "answered_in_time": _share(figures.in_time),
        "nobody": _share(figures.nobody),
        "ended_by_itself": figures.by_itself,
        "covered": figures.covered,
        "cut_off": figures.cut,
    }


def _share(share: Share) -> dict[str, Any]:
    return {"part": share.part, "of": share.whole, "share": share.value}
