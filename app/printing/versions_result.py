"""Two versions of the program over an archive, as a document."""

from __future__ import annotations

from app.differences import time_words
from app.printing.making import Making
from app.printing.result_document import (
    Fact,
    Outcome,
    ResultDocument,
    ResultTable,
    Section,
    SignatureLine,
    VerdictLine,
)
from app.reviewing.versions import SessionCompared, VersionsCompared

KIND = "versions compared 1"
MOST_ROWS = 400

HOW = (
    "The recorded inputs of each session (bytes of the monitors, what people did, the clock) went "
    "through the rules of both versions, under the protocol and limits in the record. Outputs are "
    "compared one by one, in every field and in order; a field that only one version knows counts "
    "where it is not at its default."
)


def versions_document(found: VersionsCompared, made: Making) -> ResultDocument:
    """What `found` says, to be kept or signed."""
    differs = any(not one.identical for one in found.sessions)
    open_yet = Outcome.OPEN if found.stopped else Outcome.PASS
    table = ResultTable(
        headings=("Session", "Outcome", "Outputs here", "Outputs there", "Gained", "Lost"),
        rows=tuple(_row(one) for one in found.sessions),
        shares=(3, 4, 1.2, 1.2, 0.8, 0.8),
        right=(2, 3, 4, 5),
    ).cut(MOST_ROWS)
    sections = [
        Section(heading="What was compared", paragraphs=(HOW,)),
        Section(heading="Sessions", tables=(table,)),
        *(_section(one) for one in found.sessions if not one.identical),
    ]
    if found.unmatched:
        sections.append(
            Section(heading="Only on the other side", paragraphs=(", ".join(found.unmatched),))
        )
    return ResultDocument(
        kind=KIND,
        title="Two versions of the program compared",
        subject=", ".join(found.places),
        outcome=Outcome.FAIL if differs else open_yet,
        summary=found.words,
        facts=(
            Fact(name="Here", value=found.here),
            Fact(name="There", value=found.there),
            Fact(name="Records", value=", ".join(found.places)),
        ),
        sections=tuple(sections),
        program=made.program,
        record=made.record,
        made_at=made.at,
        made_by=made.by,
        signatures=(SignatureLine(role="QA", meaning="reviewed by"),),
    )


def _row(one: SessionCompared) -> tuple[str, ...]:
    return (
        one.session,
        "identical" if one.identical else one.words[0],
        str(one.outputs_here),
        str(one.outputs_there),
        str(len(one.gained)),
        str(len(one.lost)),
    )


def _section(one: SessionCompared) -> Section:
    rows = [("gained there", alarm) for alarm in one.gained]
    rows += [("lost there", alarm) for alarm in one.lost]
    table = ResultTable(
        headings=("", "At", "Priority", "Alarm"),
        rows=tuple((what, time_words(a.t_ns), a.priority, a.sentence) for what, a in rows),
        shares=(1.2, 1, 1, 6),
        caption="Alarms that are raised by one version at a time at which the other raises none.",
    ).cut(MOST_ROWS)
    return Section(
        heading=f"Session {one.session}",
        verdicts=(
            VerdictLine(
                outcome=Outcome.OPEN if one.problem else Outcome.FAIL,
                text="Outputs equal under both versions",
                detail=" ".join(one.words),
            ),
        ),
        tables=(table,) if rows else (),
    )
