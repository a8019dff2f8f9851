"""The burden of alarms as a document. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.printing.making import Making
from app.printing.result_document import Fact, ResultDocument, ResultTable, Section
from app.reviewing.alarm_burden import (
    DEFINITIONS,
    CountedSession,
    Cross,
    Group,
    Narrowing,
    Span,
    by_room,
    by_rule,
    by_span,
    room_by_rule,
    span_by_rule,
    total_of,
)
from app.reviewing.burden_report import HEADINGS, cells_of, gaps, headline, narrowing_words

KIND = "alarm burden 1"
MOST_ROWS = 200
_ELSEWHERE = "see the command burden with --csv"


def burden_document(
    sessions: Sequence[CountedSession], narrowing: Narrowing, span: Span, making: Making
) -> ResultDocument:
    """The document of the burden over `sessions`, which `narrowing` kept, by week or month."""
    return ResultDocument(
        kind=KIND,
        title="Alarm burden",
        subject=narrowing_words(narrowing),
        program=making.program,
        made_at=making.at,
        made_by=making.by,
        facts=(Fact(name="Counted", value=headline(sessions)),),
        sections=tuple(_sections(sessions, span)),
        record=making.record,
        simulated=bool(sessions) and all(one.simulated for one in sessions),
    )


def _sections(sessions: Sequence[CountedSession], span: Span) -> Iterator[Section]:
    yield Section(
        heading="All together",
        tables=_figures("", [Group(name="all", figures=total_of(sessions))]),
    )
    for heading, groups in (
        ("By room", by_room(sessions)),
        ("By rule", by_rule(sessions)),
        (f"By {span}", by_span(sessions, span)),
    ):
        yield Section(heading=heading, tables=_figures(heading.partition(" ")[2], groups))
    for heading, cross in (
        ("Room by rule", room_by_rule(sessions)),
        (f"{span.capitalize()} by rule", span_by_rule(sessions, span)),
    ):
        yield Section(heading=heading, tables=(_cross(heading.partition(" ")[0].lower(), cross),))
    yield Section(heading="What the figures mean", paragraphs=DEFINITIONS)
    found = tuple(gaps(sessions))
    if found:
        yield Section(heading="Not read", paragraphs=found)


_FIRST = (0, 1, 8, 5, 6, 9, 10)
_SECOND = (2, 3, 4, 7)
"""Columns of the figures in two tables, so that each fits on paper."""


def _figures(name: str, groups: Sequence[Group]) -> tuple[ResultTable, ...]:
    return tuple(
        ResultTable(
            headings=(name, *(HEADINGS[at] for at in columns)),
            rows=tuple(
                (group.name, *(cells_of(group.figures)[at] for at in columns)) for group in groups
            )
            or (("none", *("" for _ in columns)),),
            shares=(2.2, *(1.0 for _ in columns)),
            right=tuple(range(1, len(columns) + 1)),
            elsewhere=_ELSEWHERE,
        ).cut(MOST_ROWS)
        for columns in (_FIRST, _SECOND)
    )


def _cross(name: str, cross: Cross) -> ResultTable:
    rows = tuple(
        (row, rule, str(cross.count(row, rule)), _per_hour(cross.per_hour(row, rule)))
        for row in cross.rows
        for rule in cross.rules
        if cross.count(row, rule)
    )
    return ResultTable(
        headings=(name, "rule", "alarms", "per hour"),
        rows=rows or (("none", "", "", ""),),
        shares=(2, 3, 1, 1),
        right=(2, 3),
        elsewhere=_ELSEWHERE,
    ).cut(MOST_ROWS)


def _per_hour(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
