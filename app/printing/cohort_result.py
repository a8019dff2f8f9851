"""A cohort beside the published figures, as a document. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from app.printing.making import Making
from app.printing.result_document import Fact, ResultDocument, ResultTable, Section
from app.records.many_sessions import CohortAnswer, answer_sentences
from app.reviewing.cohort_rules import CohortRules
from app.reviewing.cohort_table import HEADINGS, CohortRow, cohort_rows
from app.reviewing.published import Published

KIND = "cohort 1"


def cohort_document(
    answer: CohortAnswer, rules: CohortRules, published: Published, making: Making
) -> ResultDocument:
    """The document of `answer`, counted by `rules`: every figure with its n and what it is."""
    found = answer.cohort
    return ResultDocument(
        kind=KIND,
        title="Cohort",
        subject=answer.search.words,
        program=making.program,
        made_at=making.at,
        made_by=making.by,
        facts=(
            Fact(name="Sessions with drug", value=str(found.sessions)),
            Fact(name="Patients", value=str(found.patients)),
            Fact(name="A rate from", value=f"n = {rules.least}; below it counts only"),
        ),
        sections=tuple(_sections(answer, rules, published)),
        record=making.record,
        rests_on=tuple(
            f"{one.title}, version {one.version}, "
            + (f"approved by {one.approved_by}" if one.approved_by else "approved by nobody yet")
            for one in (rules, published)
        ),
        simulated=answer.search.simulated,
    )


def _sections(answer: CohortAnswer, rules: CohortRules, published: Published) -> Iterator[Section]:
    yield Section(
        heading="What was counted",
        paragraphs=(
            f"Counted: {answer.search.words}.",
            *answer_sentences(answer, rules.confidence),
        ),
    )
    group: list[CohortRow] = []
    for row in cohort_rows(answer.cohort, published):
        if row.is_heading and group:
            yield _section(group)
            group = []
        group.append(row)
    if group:
        yield _section(group)


def _section(group: list[CohortRow]) -> Section:
    heading, *rows = group
    return Section(
        heading=heading.group,
        tables=(
            ResultTable(
                headings=HEADINGS,
                rows=tuple(_cells(row) for row in rows),
                shares=(2.2, 1.4, 1.5, 1.1, 3.2, 1.2),
            ),
        ),
    )


def _cells(row: CohortRow) -> tuple[str, ...]:
    """The cells of the screen; what else there is to say stands with what exactly was counted."""
    exactly = ". ".join(part.rstrip(".") for part in (row.measured, row.note) if part)
    return (row.what, row.whose, row.value, row.n, exactly, row.certainty)
