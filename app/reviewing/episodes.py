"""Finds the episodes of a session that a reviewer must look at, by criteria and not by its alarms.

The same record and criteria give the same episodes. What was corrected or withdrawn counts as it
stands. Only the time from the start of the baseline to the discharge is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.records.catalogue import OpenedSession
from app.reviewing.checks import CheckStanding, check_figures
from app.reviewing.completeness import Reason, Silence, silences, streamed_vitals
from app.reviewing.evidence import SHOWN, Evidence
from app.reviewing.phases import PHASES, Part, time_in
from app.reviewing.response import response_figures
from app.reviewing.spans import (
    Floats,
    Held,
    Ints,
    Mask,
    Span,
    joined,
    overlap,
    span_text,
    total_ns,
)
from protocols.events import BaselineFrozen, Episode, EpisodeKind, GapFound, SessionResumed
from protocols.review_criteria import ChangeCriterion, ReviewCriteria
from protocols.rule_sentences import limit_text
from protocols.vitals import NS_PER_S, VITALS, Vital

RECORD = "record"
"""Subject of a gap in which nothing at all was recorded."""

NS_PER_MS = 1_000_000
_MIN_NS = 60 * NS_PER_S

WATCHED = tuple(phase for part in Part for phase in PHASES[part])


def find_episodes(opened: OpenedSession, criteria: ReviewCriteria) -> tuple[Episode, ...]:
    """Every episode of `opened`, in order of beginning, kind and subject."""
    evidence = Evidence(opened)
    watched = time_in(opened, WATCHED)
    found = [
        *_changes(evidence, criteria, watched),
        *_desaturations(evidence, criteria, watched),
        *_record_gaps(evidence, criteria),
        *_stream_gaps(evidence, criteria),
        *_checks(evidence, criteria),
        *_alarms(evidence, criteria),
    ]
    return tuple(sorted(found, key=lambda one: (one.since_ns, one.kind, one.subject)))


def episode_key(kind: EpisodeKind, subject: str, since_ns: int) -> str:
    """The name of an episode: its kind, its subject, and the millisecond of its beginning."""
    return f"{kind}/{subject}/{since_ns // NS_PER_MS}"


# -- vitals ---------------------------------------------------------------------------------------


def _changes(
    evidence: Evidence, criteria: ReviewCriteria, watched: list[Span]
) -> Iterator[Episode]:
    for kind, rows in ((EpisodeKind.RISE, criteria.rise), (EpisodeKind.FALL, criteria.fall)):
        upward = kind is EpisodeKind.RISE
        for row in rows:
            values = _held(evidence, criteria, row.vital)
            limits = _limits(evidence, row, values, upward=upward)
            with np.errstate(invalid="ignore"):  # where no bound is in force, nothing is beyond it
                beyond = values.values >= limits if upward else values.values <= limits
            stretch = _Beyond(
                kind=kind,
                vital=row.vital,
                values=values,
                where=beyond,
                limits=limits,
                for_s=row.for_s,
            )
            yield from _episodes(evidence, criteria, stretch, watched)


def _desaturations(
    evidence: Evidence, criteria: ReviewCriteria, watched: list[Span]
) -> Iterator[Episode]:
    for row in criteria.desaturation:
        values = _held(evidence, criteria, row.vital)
        stretch = _Beyond(
            kind=EpisodeKind.DESATURATION,
            vital=row.vital,
            values=values,
            where=values.values < row.below,
            limits=np.full(len(values.values), row.below),
            for_s=row.for_s,
        )
        yield from _episodes(evidence, criteria, stretch, watched)


def _held(evidence: Evidence, criteria: ReviewCriteria, vital: Vital) -> Held:
    numbers = criteria.figures
    return evidence.held(vital, numbers.stream_stands_s, numbers.cuff_stands_s)


def _limits(evidence: Evidence, row: ChangeCriterion, values: Held, *, upward: bool) -> Floats:
    """The bound in force when each value began, by the baseline then frozen; NaN: none."""
    cuts = [(0, row.bound(None, upward=upward))]
    for _, frozen in evidence.numbered(BaselineFrozen):
        cuts.append((frozen.t_ns, row.bound(_baseline(frozen, row.vital), upward=upward)))
    bounds = np.array([np.nan if bound is None else bound for _, bound in cuts])
    places = np.searchsorted([t_ns for t_ns, _ in cuts], values.start_ns, side="right") - 1
    limits: Floats = bounds[np.maximum(places, 0)]
    return limits


def _baseline(frozen: BaselineFrozen, vital: Vital) -> float | None:
    values = {one.vital: one.value for one in frozen.values}
    told = values.get(vital)
    return values.get(Vital.PR) if told is None and vital is Vital.HR else told


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beyond:
    """Values of a vital, which of them are beyond their limits, and for how long they must be."""

    kind: EpisodeKind
    vital: Vital
    values: Held
    where: Mask
    limits: Floats
    for_s: float


def _episodes(
    evidence: Evidence, criteria: ReviewCriteria, one: _Beyond, watched: list[Span]
) -> Iterator[Episode]:
    """Stretches beyond the limits, merged, and long enough where the vital streams."""
    values = one.values
    inside = overlap(values.spans(one.where), watched)
    for start, end in joined(inside, round(criteria.merge.within_s(one.vital) * NS_PER_S)):
        if total_ns(overlap(inside, [(start, end)])) < one.for_s * NS_PER_S:
            continue
        own = np.flatnonzero(one.where & (values.end_ns > start) & (values.start_ns < end))
        furthest = np.argmax if one.kind is EpisodeKind.RISE else np.argmin
        yield _episode(evidence, one, own, int(own[furthest(values.values[own])]), start)


def _episode(evidence: Evidence, one: _Beyond, own: Ints, top: int, start: int) -> Episode:
    """The episode of the values at the places `own`, the furthest of them at `top`."""
    starts = one.values.start_ns
    told = evidence.heart_vital() if one.vital is Vital.HR else one.vital
    since_ns = max(start, int(starts[own[0]]))
    extreme, limit = float(one.values.values[top]), float(one.limits[top])
    times = [int(starts[top]), *starts[own[:SHOWN]].tolist()]
    return Episode(
        key=episode_key(one.kind, one.vital, since_ns),
        kind=one.kind,
        since_ns=since_ns,
        until_ns=max(since_ns, int(starts[own[-1]])),
        subject=one.vital.value,
        vital=one.vital,
        extreme=extreme,
        limit=limit,
        words=_words(evidence, one, extreme, limit, int(starts[top])),
        events=tuple(dict.fromkeys(evidence.readings(told, times))),
    )


_WAYS = {EpisodeKind.RISE: "up", EpisodeKind.FALL: "down", EpisodeKind.DESATURATION: "down"}


def _words(evidence: Evidence, one: _Beyond, extreme: float, limit: float, at_ns: int) -> str:
    spec = VITALS[one.vital]
    words = f"{spec.label} {_WAYS[one.kind]} to {limit_text(spec, round(extreme, 1))}"
    bound = limit_text(spec, round(limit, 1))
    if one.kind is EpisodeKind.DESATURATION:
        return f"{words}, looked at below {bound}"
    frozen = [event for _, event in evidence.numbered(BaselineFrozen) if event.t_ns <= at_ns]
    base = _baseline(frozen[-1], one.vital) if frozen else None
    if base is not None:
        words += f", {extreme - base:+.0f} from {base:.0f}".replace("-", "−")
    return f"{words}, looked at from {bound}"


# -- gaps -----------------------------------------------------------------------------------------


def _record_gaps(evidence: Evidence, criteria: ReviewCriteria) -> Iterator[Episode]:
    gaps: list[tuple[int, GapFound | SessionResumed]] = [
        *evidence.numbered(GapFound),
        *evidence.numbered(SessionResumed),
    ]
    for number, gap in gaps:
        lasted_ns = gap.t_ns - gap.gap_start_ns
        if lasted_ns < criteria.gaps.record_s * NS_PER_S:
            continue
        why = gap.cause if isinstance(gap, GapFound) else gap.reason
        yield Episode(
            key=episode_key(EpisodeKind.GAP, RECORD, gap.gap_start_ns),
            kind=EpisodeKind.GAP,
            since_ns=gap.gap_start_ns,
            until_ns=gap.t_ns,
            subject=RECORD,
            words=f"Nothing was recorded for {span_text(lasted_ns)}{f': {why}' if why else ''}",
            events=(number,),
        )


def _stream_gaps(evidence: Evidence, criteria: ReviewCriteria) -> Iterator[Episode]:
    opened = evidence.opened
    watched = joined([*time_in(opened, PHASES[Part.INFUSION]), *_after_start(opened, criteria)])
    streamed = streamed_vitals(opened)
    for vital in criteria.gaps.vitals:
        if vital not in streamed:
            continue
        found = silences(evidence, criteria.figures, vital, watched)
        told = [one for one in found if one.reason is not Reason.RECORD_GAP]
        for start, end in joined(one.span for one in told):
            if end - start >= criteria.gaps.stream_s * NS_PER_S:
                yield _stream_gap(vital, (start, end), told)


def _after_start(opened: OpenedSession, criteria: ReviewCriteria) -> list[Span]:
    started_ns = opened.state.infusion_started_ns
    if started_ns is None:
        return []
    until_ns = started_ns + round(criteria.gaps.watched_min * _MIN_NS)
    return overlap([(started_ns, until_ns)], time_in(opened, WATCHED))


def _stream_gap(vital: Vital, span: Span, found: Sequence[Silence]) -> Episode:
    start, end = span
    own = [one for one in found if start <= one.span[0] < end]
    longest: dict[Reason, int] = {}
    for one in own:
        longest[one.reason] = longest.get(one.reason, 0) + one.span[1] - one.span[0]
    reasons = sorted(longest, key=lambda reason: (-longest[reason], reason))
    numbers = dict.fromkeys(number for one in own for number in one.events)
    lasted = span_text(end - start)
    return Episode(
        key=episode_key(EpisodeKind.GAP, vital, start),
        kind=EpisodeKind.GAP,
        since_ns=start,
        until_ns=end,
        subject=vital.value,
        vital=vital,
        words=f"{VITALS[vital].label} had no value for {lasted}: {', '.join(reasons)}",
        events=tuple(numbers)[:SHOWN],
    )


# -- checks and alarms ----------------------------------------------------------------------------


def _checks(evidence: Evidence, criteria: ReviewCriteria) -> Iterator[Episode]:
    allowed_ns = round(criteria.checks.overdue_min * _MIN_NS)
    for check in check_figures(evidence).checks:
        until_ns = check.ended_ns
        if until_ns is None:
            continue
        if check.standing is CheckStanding.LATE and check.late_ns >= allowed_ns:
            words = f"{check.label} {span_text(check.late_ns)} after it was due"
        elif check.standing in (CheckStanding.MISSED, CheckStanding.SKIPPED):
            why = f": {check.reason}" if check.reason else ""
            words = f"{check.label} {check.standing}{why}"
        else:
            continue
        yield Episode(
            key=episode_key(EpisodeKind.OVERDUE_CHECK, check.task, check.due_ns),
            kind=EpisodeKind.OVERDUE_CHECK,
            since_ns=check.due_ns,
            until_ns=until_ns,
            subject=check.task,
            words=words,
            events=check.events,
        )


def _alarms(evidence: Evidence, criteria: ReviewCriteria) -> Iterator[Episode]:
    allowed_ns = round(criteria.alarms.unanswered_s * NS_PER_S)
    for one in response_figures(evidence).responses:
        ends = (one.acknowledged_ns, one.ended_ns, evidence.opened.end_ns)
        until_ns = min(end for end in ends if end is not None)
        if until_ns - one.raised_ns < allowed_ns:
            continue
        answered = one.acknowledged_ns is not None and one.acknowledged_ns == until_ns
        how = "acknowledged only after" if answered else "not acknowledged for"
        yield Episode(
            key=episode_key(EpisodeKind.UNANSWERED_ALARM, one.alarm, one.raised_ns),
            kind=EpisodeKind.UNANSWERED_ALARM,
            since_ns=one.raised_ns,
            until_ns=until_ns,
            subject=one.alarm,
            words=f"{one.sentence.rstrip('.')}: {how} {span_text(until_ns - one.raised_ns)}",
            events=one.events,
        )
