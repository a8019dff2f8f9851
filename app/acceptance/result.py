"""The result of an acceptance run as a document: what ran here, what was asked, what came of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from app.acceptance.running import Ran
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

KIND = "acceptance 1"

WHAT_IT_IS = (
    "Each session was run by this installation as at a bedside: simulated monitors on real ports "
    "of this machine, the program's own readers, rules, alarms and recorder, a scripted nurse, and "
    "the record read back from the disk. Nothing in it was a patient.",
    "It shows that this installation does here what its scripted sessions expect. It shows "
    "nothing of the monitors, cables, loudspeakers and people of the site, and it is no proof of "
    "conformity with any standard.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an acceptance run was made.

    Attributes:
        site: name of the site, or empty.
        facts: what the machine says of itself.
        program: version of the program.
        made_at: date and time with offset.
        made_by: who had it made.
        record: file of the sessions.
    """

    site: str
    facts: tuple[Fact, ...]
    program: str
    made_at: str
    made_by: str
    record: str


def acceptance_document(ran: Sequence[Ran], wanted: int, place: Place) -> ResultDocument:
    """What came of `ran`, of `wanted` sessions that were to be run."""
    outcome = worst([Outcome.PASS if one.met else Outcome.FAIL for one in ran])
    if outcome is Outcome.PASS and len(ran) < wanted:
        outcome = Outcome.OPEN
    return ResultDocument(
        kind=KIND,
        title="Acceptance of an installation",
        subject=place.site or "a site without a name",
        outcome=outcome,
        summary=summary_words(ran, wanted),
        facts=(Fact(name="Scripted sessions", value=f"{len(ran)} of {wanted} run"), *place.facts),
        sections=(
            Section(heading="What this shows, and what it does not", paragraphs=WHAT_IT_IS),
            Section(heading="Sessions", tables=(_table(ran),)),
            *(_section(one) for one in ran),
        ),
        program=place.program,
        record=place.record,
        made_at=place.made_at,
        made_by=place.made_by,
        rests_on=tuple(_rests_on(one) for one in ran),
        signatures=(
            SignatureLine(role="Clinical engineer or IT", meaning="performed by"),
            SignatureLine(role="Medical director", meaning="approved by"),
        ),
        simulated=True,
    )


def summary_words(ran: Sequence[Ran], wanted: int) -> str:
    """The outcome in a sentence."""
    failed = [one.scenario.id for one in ran if not one.met]
    if len(ran) < wanted:
        left = wanted - len(ran)
        end = f" Stopped: {left} of {wanted} were not run."
    else:
        end = ""
    if failed:
        return f"{len(failed)} of {len(ran)} scripted sessions failed: {', '.join(failed)}.{end}"
    asked = sum(len(one.judged) for one in ran)
    return f"All {len(ran)} scripted sessions came out as expected: {asked} things were asked.{end}"


def _table(ran: Sequence[Ran]) -> ResultTable:
    rows = []
    for one in ran:
        met = sum(judged.met for judged in one.judged)
        rows.append(
            (
                one.scenario.id,
                one.scenario.title,
                one.scenario.protocol,
                f"{met} of {len(one.judged)}",
                "pass" if one.met else "FAIL",
            )
        )
    return ResultTable(
        headings=("Scenario", "What happens", "Protocol", "As expected", "Outcome"),
        rows=tuple(rows),
        shares=(0.2, 0.4, 0.16, 0.12, 0.12),
    )


def _section(ran: Ran) -> Section:
    scenario = ran.scenario
    approved = scenario.approved_by or "not yet approved"
    verdicts = [
        VerdictLine(
            outcome=Outcome.PASS if one.met else Outcome.FAIL,
            text=one.text,
            detail=one.found,
        )
        for one in ran.judged
    ]
    if ran.problem:
        verdicts.insert(
            0, VerdictLine(outcome=Outcome.FAIL, text="Comes to its end", detail=ran.problem)
        )
    return Section(
        heading=f"{scenario.id}: {scenario.title}",
        facts=(
            Fact(name="What happens", value=scenario.story),
            Fact(name="Session", value=ran.session or "never opened"),
            Fact(name="Scenario", value=f"version {scenario.version}, {approved}"),
            Fact(name="Patient", value=f"{scenario.patient}, seed {scenario.seed}"),
        ),
        verdicts=tuple(verdicts),
    )


def _rests_on(ran: Ran) -> str:
    digest = hashlib.sha256(ran.scenario.text.encode()).hexdigest()
    record = f"{ran.events} events, chain {ran.head}" if ran.head else "no record"
    return f"{ran.scenario.id} (file SHA-256 {digest}): {record}"
