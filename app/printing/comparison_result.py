"""Sessions laid over each other, as a document of tables. Pure."""

from __future__ import annotations

from app.printing.making import Making
from app.printing.result_document import Fact, ResultDocument, ResultTable, Section
from app.reviewing.alignment import (
    COMPARED,
    MIXED,
    TABLE_MINUTES,
    WITHIN_WORDS,
    Comparison,
    lacking,
    table_rows,
    tabulate,
)
from app.reviewing.traces import SessionTrace
from protocols.vitals import VITALS, Vital

KIND = "comparison 1"


def comparison_document(comparison: Comparison, making: Making) -> ResultDocument:
    """The document of `comparison`: the sessions by letter, and a table a vital."""
    shown = [one.trace for one in comparison.sessions]
    kind = "change from baseline" if comparison.changes else "as measured"
    facts = [
        Fact(name="Aligned on", value=comparison.anchor.words),
        Fact(name="Values", value=kind),
    ]
    sessions = ResultTable(
        headings=("letter", "session", "protocol", "simulated"),
        rows=(
            *(_session_cells(one.letter, one.trace) for one in comparison.sessions),
            *(_session_cells(one.letter, one.trace) for one in comparison.left_out),
        ),
        shares=(0.6, 3, 2, 1),
    )
    told = (MIXED,) if comparison.mixed else ()
    return ResultDocument(
        kind=KIND,
        title="Sessions compared",
        subject=f"{len(shown)} sessions, {comparison.anchor.words}",
        program=making.program,
        made_at=making.at,
        made_by=making.by,
        facts=tuple(facts),
        sections=(
            Section(
                heading="Sessions",
                paragraphs=(*told, *lacking(comparison)),
                tables=(sessions,),
            ),
            Section(
                heading="Values at minutes from the event",
                paragraphs=(WITHIN_WORDS,),
                tables=tuple(_table(comparison, vital) for vital in COMPARED),
            ),
        ),
        record=making.record,
        simulated=bool(shown) and all(one.simulated for one in shown),
    )


def _session_cells(letter: str, trace: SessionTrace) -> tuple[str, ...]:
    return (letter, trace.session, trace.protocol, "yes" if trace.simulated else "no")


def _table(comparison: Comparison, vital: Vital) -> ResultTable:
    spec = VITALS[vital]
    return ResultTable(
        headings=("", *(str(minute) for minute in TABLE_MINUTES)),
        rows=tuple(table_rows(tabulate(comparison, vital), changes=comparison.changes)),
        shares=(1.4, *(1.0 for _ in TABLE_MINUTES)),
        right=tuple(range(1, len(TABLE_MINUTES) + 1)),
        caption=f"{spec.label} {spec.unit_text}, minutes",
    )
