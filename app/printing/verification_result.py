"""A verification as a document: verdicts, a table of sessions, differences, speed, completeness."""

from __future__ import annotations

from collections.abc import Iterator

from app.latency_ledger import figures_of, ms_text, untimed
from app.printing.result_document import (
    Fact,
    Outcome,
    ResultDocument,
    ResultTable,
    Section,
    SignatureLine,
    VerdictLine,
    worst,
)
from app.reviewing.verifying import SessionCheck, Verification, WholeCheck

KIND = "verification 1"

MOST_ROWS = 400
"""Sessions in the table of a document."""

LOOKED_AT = (
    "Chain: numbering and the SHA-256 chain over every event, the ends noted and sealed, the list "
    "of sessions and the file itself. Outputs: the recorded inputs went through the rules of this "
    "program under the protocol and limits in the record; every output must come again, equal in "
    "every field and in order. Speed of alarms and completeness are told and judge nothing."
)


def verification_document(
    found: Verification, *, program: str, made_at: str, made_by: str
) -> ResultDocument:
    """What `found` says, to be kept or signed."""
    outcome = worst([_outcome(check) for check in found.checks] + _around(found))
    if found.stopped and outcome is Outcome.PASS:
        outcome = Outcome.OPEN
    return ResultDocument(
        kind=KIND,
        title="Verification of a record",
        subject=found.checks[0].session if len(found.wanted) == 1 and found.checks else found.place,
        outcome=outcome,
        summary=found.words,
        facts=(
            Fact(name="Record", value=found.place),
            Fact(name="Sessions", value=f"{len(found.checks)} of {len(found.wanted)} verified"),
            Fact(name="Keys trusted", value=", ".join(found.keys) or "none known here"),
        ),
        sections=tuple(_sections(found)),
        program=program,
        record=found.place,
        made_at=made_at,
        made_by=made_by,
        rests_on=tuple(
            f"{check.session}: {check.events} events, chain {check.head}" for check in found.checks
        ),
        signatures=(SignatureLine(role="QA", meaning="reviewed by"),),
        simulated=bool(found.checks) and all(check.simulated for check in found.checks),
    )


def _outcome(check: SessionCheck) -> Outcome:
    return Outcome.PASS if check.good else Outcome.FAIL


def _around(found: Verification) -> list[Outcome]:
    if found.record is None:
        return []
    return [Outcome.FAIL if found.record.problems else Outcome.PASS]


def _sections(found: Verification) -> Iterator[Section]:
    yield Section(heading="What was checked", paragraphs=(LOOKED_AT,))
    if found.record is not None:
        yield _record_section(found.record)
    if found.checks:
        table = ResultTable(
            headings=("Session", "Verdict", "Events", "Replay", "Alarms", "SpO2, PR present"),
            rows=tuple(_row(check) for check in found.checks),
            shares=(3.2, 1.1, 1, 2.2, 2.6, 2.2),
            right=(2,),
        ).cut(MOST_ROWS)
        yield Section(heading="Sessions", tables=(table,))
    left = found.wanted[len(found.checks) :]
    if left:
        yield Section(heading="Not verified", paragraphs=(", ".join(left),))
    for check in found.checks:
        if not check.good or len(found.checks) == 1:
            yield _session_section(check)


def _record_section(record: WholeCheck) -> Section:
    lines = [VerdictLine(outcome=Outcome.FAIL, text=problem) for problem in record.problems] or [
        VerdictLine(outcome=Outcome.PASS, text="Rows, ends, lists, tables and file are whole.")
    ]
    lines += [
        VerdictLine(
            outcome=Outcome.FAIL if one.problem else Outcome.PASS,
            text=f"{one.kind.capitalize()} {one.name}: {one.entries} entries",
            detail=one.problem,
        )
        for one in record.journals
    ]
    beside = () if record.has_heads else (NO_HEADS,)
    return Section(heading="The record", verdicts=tuple(lines), paragraphs=beside)


NO_HEADS = "No heads file lies beside it: a session that was taken out may not show."


def _row(check: SessionCheck) -> tuple[str, ...]:
    verdict = "good" if check.good else "DIFFERENCE"
    replay = "identical" if check.identical else check.replay_words[0]
    present = ", ".join(_percent(one.share) for one in check.present) or "--"
    return (check.session, verdict, str(check.events), replay, check.latency_words, present)


def _percent(share: float | None) -> str:
    return "--" if share is None else f"{100 * share:.1f} %"


def _session_section(check: SessionCheck) -> Section:
    verdicts = [
        VerdictLine(
            outcome=Outcome.FAIL if check.chain_problem else Outcome.PASS,
            text="Chain, ends and lists",
            detail=check.chain_problem or f"{check.events} events, {check.seal}",
        ),
        VerdictLine(
            outcome=Outcome.PASS if check.identical else Outcome.FAIL,
            text="Outputs equal",
            detail=" ".join(check.replay_words),
        ),
    ]
    verdicts += [VerdictLine(outcome=Outcome.FAIL, text=one) for one in check.signatures]
    facts = [Fact(name="Recorded by", value=f"Infusion Room {check.program or 'unknown'}")]
    facts += [Fact(name="Present", value=one.words) for one in check.present]
    facts += [Fact(name="Not read", value=one) for one in check.missing]
    return Section(
        heading=f"Session {check.session}",
        verdicts=tuple(verdicts),
        facts=tuple(facts),
        tables=_latencies(check),
    )


def _latencies(check: SessionCheck) -> tuple[ResultTable, ...]:
    if not check.alarms or untimed(check.alarms) == len(check.alarms):
        return ()
    return (
        ResultTable(
            headings=("How long", "alarms", "missing", "50 %", "95 %", "99 %", "longest"),
            rows=tuple(
                (
                    one.span.value,
                    str(one.measured),
                    str(one.missing),
                    *(ms_text(ns) for ns in (one.p50_ns, one.p95_ns, one.p99_ns, one.max_ns)),
                )
                for one in figures_of(check.alarms)
            ),
            shares=(3, 1, 1, 1, 1, 1, 1),
            right=(1, 2, 3, 4, 5, 6),
            caption="How soon alarms came; missing ones take no part.",
        ),
    )
