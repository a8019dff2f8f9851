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
    rows = cohort_rows(answer.cohort, published)
    for row in rows:
        if row.is_heading and group:
            yield _section(group)
            group = []
        group.append(row)
    if group:
        yield _section(group)
    notes = _notes(rows)
    if notes:
        yield Section(heading="What the published figures say besides", paragraphs=notes)


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


def _notes(rows: list[CohortRow]) -> tuple[str, ...]:
    """Each note once, with its study and the figures that it is said of."""
    figures: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if _is_elsewhere(row):
            figures.setdefault((row.whose, row.note), []).append(row.what)
    return tuple(
        f"{whose}, {', '.join(dict.fromkeys(what))}: {note}"
        for (whose, note), what in figures.items()
    )


def _is_elsewhere(row: CohortRow) -> bool:
    """Whether its note stands at the end, once: those of studies are long and often the same."""
    return bool(row.note) and not row.is_own


def _cells(row: CohortRow) -> tuple[str, ...]:
    """The cells of the screen; what else there is to say of the site's own stands with them."""
    parts = (row.measured, "" if _is_elsewhere(row) else row.note)
    exactly = ". ".join(part.rstrip(".") for part in parts if part)
    return (row.what, row.whose, row.value, row.n, exactly, row.certainty)
