"""The numbers of page one, from an opened session: each with the events that it rests on.

Nothing is recorded here, and what is not known stays unknown: None, never a zero.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.records.catalogue import OpenedSession
from app.reviewing.balance import Balance, balance_of
from app.reviewing.checks import CheckFigures, check_figures
from app.reviewing.completeness import Completeness, completeness_of
from app.reviewing.evidence import Evidence
from app.reviewing.response import ResponseFigures, response_figures
from app.reviewing.rises import RiseFigures, rise_figures
from app.reviewing.tiers import TierTime, tier_times
from app.signing import open_signatures
from protocols.events.terms import Meaning
from protocols.review_criteria import ReviewCriteria


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFigures:
    """Page one of a session.

    Attributes:
        session: its name.
        criteria: which criteria say how it is counted, for people.
        started_ns, ended_ns: start and end of the drug; None before they came about.
        end_ns, count, chain: where the record ended when this was worked out.
        rises: SBP, DBP and heart rate.
        tiers: time beyond each alarm limit, in the order of the limits file; empty without drug.
        completeness: each streamed vital in each part of the visit.
        checks: what the schedule asked for.
        responses: critical alarms about the patient.
        balance: the drug.
        open_signatures: what is still to be signed.
        missing: what of the record could not be read, a sentence each: then every number is of
            what could.
    """

    session: str
    criteria: str
    started_ns: int | None
    ended_ns: int | None
    end_ns: int
    count: int
    chain: str
    rises: tuple[RiseFigures, ...]
    tiers: tuple[TierTime, ...]
    completeness: tuple[Completeness, ...]
    checks: CheckFigures
    responses: ResponseFigures
    balance: Balance
    open_signatures: tuple[Meaning, ...]
    missing: tuple[str, ...] = ()


def figures_of(opened: OpenedSession, criteria: ReviewCriteria) -> SessionFigures:
    """The numbers of `opened`, counted as `criteria` say."""
    evidence = Evidence(opened)
    numbers = criteria.figures
    state = opened.state
    return SessionFigures(
        session=opened.line.session,
        criteria=criteria.name,
        started_ns=state.infusion_started_ns,
        ended_ns=state.infusion_ended_ns,
        end_ns=opened.end_ns,
        count=opened.count,
        chain=opened.chain,
        rises=rise_figures(evidence, numbers),
        tiers=tier_times(evidence, numbers),
        completeness=completeness_of(evidence, numbers),
        checks=check_figures(evidence),
        responses=response_figures(evidence),
        balance=balance_of(evidence),
        open_signatures=open_signatures(state, opened.history.amended),
        missing=opened.missing,
    )
