"""What other limits would have changed, as a document to be signed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.printing.making import Making
from app.printing.result_document import Fact, ResultDocument, ResultTable, Section, SignatureLine
from app.rejudging.asking import Answer, Asked
from app.rejudging.differences import differences
from app.rejudging.draft import LimitsChange, digest_of
from app.rejudging.looks import looks_at
from app.rejudging.report import (
    assumptions,
    clock,
    headline,
    not_judged,
    rules_table,
    totals_table,
)
from app.rejudging.results import Result, Summary
from protocols.limits import LimitsProfile, parse_limits
from protocols.limits_page import approval_text
from protocols.vitals import NS_PER_S

KIND = "other limits 1"
MOST_ROWS = 200
"""So many sessions and moments stand in the document; how many more is said."""

_ELSEWHERE = "see the command rejudge with --json"


def limits_document(
    asked: Asked, answer: Answer, making: Making, *, limits_file: str
) -> ResultDocument:
    """The document of `answer`; `limits_file` is the file beside it that holds the limits."""
    limits = parse_limits(answer.question.limits_text, asked.limits_name)
    summary = answer.summary
    return ResultDocument(
        kind=KIND,
        title="Other limits: what they would have changed",
        subject=f"{limits.title} ({limits.id} {limits.version})",
        program=making.program,
        made_at=making.at,
        made_by=making.by,
        summary=_summary_words(summary),
        facts=tuple(_facts(asked, answer, limits, limits_file)),
        sections=tuple(_sections(asked, answer, limits)),
        record=making.record,
        rests_on=tuple(_rests_on(asked, answer)),
        signatures=(
            SignatureLine(role="", meaning="reviewed by"),
            SignatureLine(role="", meaning="approved by"),
        ),
        simulated=len(answer.simulated) == summary.recordings,
    )


def _summary_words(summary: Summary) -> str:
    total = next(one for one in summary.totals if one.label == "all")
    if total.before is None:
        return f"{total.after.count} alarms, {total.after.per_hour:.2f} per monitored hour."
    return (
        f"Alarms {total.before.count} → {total.after.count}, per monitored hour "
        f"{total.before.per_hour:.2f} → {total.after.per_hour:.2f}: {total.gained} gained, "
        f"{total.lost} lost, {total.moved} moved, {total.unchanged} unchanged."
    )


def _facts(asked: Asked, answer: Answer, limits: LimitsProfile, limits_file: str) -> Iterator[Fact]:
    yield Fact(
        name="Limits asked about",
        value=f"{limits.title}, {limits.id} version {limits.version}, {approval_text(limits)}",
    )
    yield Fact(name="Digest of their text", value=digest_of(answer.question.limits_text))
    yield Fact(name="Kept in", value=limits_file)
    yield Fact(name="Compared with", value=asked.against_name or "the alarms as recorded")
    yield Fact(name="Recordings", value=headline(answer.summary))
    if answer.simulated:
        number = f"{len(answer.simulated)} of {answer.summary.recordings} recordings"
        yield Fact(name="Simulated", value=number)


def _sections(asked: Asked, answer: Answer, limits: LimitsProfile) -> Iterator[Section]:
    summary = answer.summary
    yield _asked_section(asked, answer, limits)
    yield Section(
        heading="What came of it",
        paragraphs=(
            _summary_words(summary),
            "A cell holds before → after. Per hour is of monitored time, from baseline to the end "
            "of recovery; patients is the share of patients with at least one.",
        ),
        tables=(
            *_tables(totals_table(summary), "Alarms by priority", names=1),
            *_tables(rules_table(summary), "Alarms by rule: those with an alarm", names=2),
        ),
    )
    yield from _sentences_section(summary)
    if summary.compared:
        yield Section(
            heading="To look at",
            paragraphs=("Every alarm that differs; lost and later first, the gravest first.",),
            tables=(_looks_table(answer.results),),
        )
    yield Section(heading="Each recording", tables=(_recordings_table(answer.results),))
    yield Section(heading="Assumed", paragraphs=tuple(assumptions(summary)))
    yield Section(
        heading="Not judged",
        paragraphs=tuple(not_judged(summary)) or ("Everything could be judged.",),
    )


def _asked_section(asked: Asked, answer: Answer, limits: LimitsProfile) -> Section:
    tables = []
    if asked.origin is not None:
        caption = f"Changes to {asked.origin.name}"
        tables.append(_changes_table(asked.changes, caption, "Nothing was changed."))
    for text in _before_texts(answer):
        if asked.origin is not None and text == asked.origin.text:
            continue
        before = parse_limits(text, "limits compared with")
        caption = f"Against {before.id} version {before.version}, SHA-256 {digest_of(text)[:16]}"
        found = differences(before, limits)
        tables.append(_changes_table(found, caption, "The limits say the same."))
    return Section(heading="What was asked", tables=tuple(tables))


def _before_texts(answer: Answer) -> list[str]:
    """The limits compared with, each once."""
    if answer.question.against_text:
        return [answer.question.against_text]
    return sorted({one.before_text for one in answer.results if one.before_text})


def _changes_table(changes: Sequence[LimitsChange], caption: str, nothing: str) -> ResultTable:
    rows = tuple(
        (one.place.subject, str(one.place.part), one.before, one.after, one.reason)
        for one in changes
    )
    return ResultTable(
        headings=("rule", "what", "before", "after", "reason"),
        rows=rows or ((nothing, "", "", "", ""),),
        shares=(3, 1.5, 5, 5, 1.5),
        caption=caption,
    )


def _sentences_section(summary: Summary) -> Iterator[Section]:
    rows = tuple(
        (
            row.rule,
            "not there" if row.before_rule is None else row.before_rule.sentence(),
            "not there" if row.after_rule is None else row.after_rule.sentence(),
        )
        for row in summary.rules
        if summary.compared and row.differs
    )
    if rows:
        yield Section(
            heading="What the changed rules say",
            tables=(
                ResultTable(headings=("rule", "before", "after"), rows=rows, shares=(2, 5, 5)),
            ),
        )


def _looks_table(results: Sequence[Result]) -> ResultTable:
    rows = tuple(
        (
            look.words,
            look.alarm.rule,
            str(look.alarm.priority),
            look.recording,
            clock(look.t_ns),
            look.alarm.sentence,
        )
        for look in looks_at(results)
    )
    return ResultTable(
        headings=("what", "rule", "priority", "recording", "session time", "alarm"),
        rows=rows or (("No alarm differs.", "", "", "", "", ""),),
        shares=(2, 3, 1.5, 4, 1.5, 5),
        elsewhere=_ELSEWHERE,
    ).cut(MOST_ROWS)


def _recordings_table(results: Sequence[Result]) -> ResultTable:
    return ResultTable(
        headings=("recording", "hours", "before", "after", "gained", "lost", "moved", "unchanged"),
        rows=tuple(_recording_cells(one) for one in results),
        shares=(5, 1, 1, 1, 1, 1, 1, 1.3),
        right=(1, 2, 3, 4, 5, 6, 7),
        elsewhere=_ELSEWHERE,
    ).cut(MOST_ROWS)


def _recording_cells(one: Result) -> tuple[str, ...]:
    hours = f"{one.watched_ns / NS_PER_S / 3600:.2f}"
    if one.before is None:
        return (one.name, hours, "-", str(len(one.after)), "-", "-", "-", "-")
    changes = one.changes
    parts = (changes.gained, changes.lost, changes.moved, changes.unchanged)
    counts = (str(len(part)) for part in parts)
    return (one.name, hours, str(len(one.before)), str(len(one.after)), *counts)


_BURDEN_COLUMNS = 6
"""Columns of the burden in the tables of a report; those after them say what changed."""


def _tables(
    found: tuple[tuple[str, ...], list[tuple[str, ...]]], caption: str, *, names: int
) -> Iterator[ResultTable]:
    """A table of the report as two that fit on paper: the burden, and what changed."""
    head, rows = found
    burden = range(names + _BURDEN_COLUMNS)
    changes = (0, *range(names + _BURDEN_COLUMNS, len(head)))
    yield _columns(head, rows, burden, caption, names)
    if len(changes) > 1:
        yield _columns(head, rows, changes, f"{caption}: what changed", 1)


def _columns(
    head: tuple[str, ...],
    rows: list[tuple[str, ...]],
    columns: Sequence[int],
    caption: str,
    names: int,
) -> ResultTable:
    nothing = ("none", *("" for _ in columns[1:]))
    return ResultTable(
        headings=tuple(head[at] for at in columns),
        rows=tuple(tuple(row[at] for at in columns) for row in rows) or (nothing,),
        shares=(2.2, *(1.1 for _ in columns[1:])),
        right=tuple(range(names, len(columns))),
        caption=caption,
    )


def _rests_on(asked: Asked, answer: Answer) -> Iterator[str]:
    yield f"limits asked about, SHA-256 {digest_of(answer.question.limits_text)}"
    if asked.origin is not None:
        yield f"limits begun from ({asked.origin.name}), SHA-256 {asked.origin.digest}"
    for text in _before_texts(answer):
        yield f"limits compared with, SHA-256 {digest_of(text)}"
