"""How long a vital stood beyond each alarm limit in force, whatever alarm sounded.

Only the bound of a rule counts, with its second condition where it has one: not the delay, the
confirmation or the easing that an alarm needs. The limits are those of the session as they were
changed for the patient, each from when it was changed. What is not known is counted apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from app.reviewing.evidence import SHOWN, Evidence
from app.reviewing.phases import record_gaps, since_drug, time_in
from app.reviewing.spans import Held, Mask, Span, joined, overlap, total_ns, without
from protocols.alarm_rules import AlarmRule, Comparison, LimitsProfile, RuleKind, Tier
from protocols.events import BaselineFrozen, LimitChanged
from protocols.limit_changes import with_changes
from protocols.limits import parse_limits
from protocols.review_criteria import FigureNumbers
from protocols.rule_sentences import limit_text
from protocols.vitals import VITALS, Vital

_KINDS = (RuleKind.LIMIT, RuleKind.RISE, RuleKind.FALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class TierTime:
    """How long one rule's bound was met from the start of the drug to the discharge.

    Attributes:
        rule, title, tier, vital: which rule.
        bounds: its bound in words, in the order in which bounds were in force.
        above_ns: how long it was met.
        unknown_ns: how long nobody could tell: no value stood, or no baseline was frozen.
        judged_ns: how long the rule applied at all: its phases, not while it was switched off.
        first_ns: when it was met first, or None.
        changed: numbers of the changes of this limit for the patient.
        events: numbers of the first readings that met it.
    """

    rule: str
    title: str
    tier: Tier
    vital: Vital
    bounds: tuple[str, ...]
    above_ns: int
    unknown_ns: int
    judged_ns: int
    first_ns: int | None = None
    changed: tuple[int, ...] = ()
    events: tuple[int, ...] = ()


@dataclass(slots=True)
class _Sum:
    """What was found of one rule so far."""

    above: list[Span] = field(default_factory=list)
    known: list[Span] = field(default_factory=list)
    judged: list[Span] = field(default_factory=list)
    bounds: dict[str, None] = field(default_factory=dict)
    events: list[int] = field(default_factory=list)


def tier_times(evidence: Evidence, numbers: FigureNumbers) -> tuple[TierTime, ...]:
    """One for each rule with a plain bound of a vital, in the order of the limits file."""
    opening = evidence.opened.state.opened
    whole = since_drug(evidence.opened)
    if opening is None or not whole:
        return ()
    in_file = parse_limits(opening.limits_text, "limits of this session")
    told = {
        vital: evidence.judged(vital, numbers.cuff_stands_s)
        for vital in {one for rule in in_file.rules for one in _vitals_of(rule)}
    }
    sums: dict[str, _Sum] = {}
    for span, profile, baseline in _stretches(evidence, in_file, whole):
        for rule in profile.rules:
            if _counts(rule):
                _add(sums.setdefault(rule.id, _Sum()), evidence, rule, baseline, span, told)
    changes = list(evidence.numbered(LimitChanged))
    return tuple(
        TierTime(
            rule=rule.id,
            title=rule.title,
            tier=rule.tier,
            vital=rule.vital,
            bounds=tuple(sums[rule.id].bounds),
            above_ns=total_ns(joined(sums[rule.id].above)),
            judged_ns=total_ns(joined(sums[rule.id].judged)),
            unknown_ns=total_ns(without(joined(sums[rule.id].judged), joined(sums[rule.id].known))),
            first_ns=min((start for start, _ in sums[rule.id].above), default=None),
            changed=tuple(number for number, change in changes if change.rule == rule.id),
            events=tuple(sums[rule.id].events[:SHOWN]),
        )
        for rule in in_file.rules
        if rule.id in sums and rule.vital is not None
    )


def _vitals_of(rule: AlarmRule) -> tuple[Vital, ...]:
    vitals = () if rule.vital is None or not _counts(rule) else (rule.vital,)
    return vitals if rule.companion is None else (*vitals, rule.companion.vital)


def _counts(rule: AlarmRule) -> bool:
    return rule.kind in _KINDS and rule.vital is not None and rule.symptoms is None


def _stretches(
    evidence: Evidence, in_file: LimitsProfile, whole: list[Span]
) -> Iterator[tuple[Span, LimitsProfile, dict[Vital, float]]]:
    """The time of `whole` cut where limits or baseline changed, with what was then in force."""
    changes = [change for _, change in evidence.numbered(LimitChanged)]
    frozen = [event for _, event in evidence.numbered(BaselineFrozen)]
    cuts = {event.t_ns for event in (*changes, *frozen)}
    for start, end in whole:
        edges = [start, *sorted(cut for cut in cuts if start < cut < end), end]
        for first, last in pairwise(edges):
            profile = with_changes(in_file, [c for c in changes if c.t_ns <= first])
            known = [event for event in frozen if event.t_ns <= first][-1:]
            baseline = {one.vital: one.value for event in known for one in event.values}
            if Vital.HR not in baseline and Vital.PR in baseline:
                baseline[Vital.HR] = baseline[Vital.PR]
            yield (first, last), profile, baseline


def _add(
    found: _Sum,
    evidence: Evidence,
    rule: AlarmRule,
    baseline: dict[Vital, float],
    span: Span,
    told: dict[Vital, Held],
) -> None:
    vital = rule.vital
    if vital is None or rule.off:
        return
    judged = overlap([span], time_in(evidence.opened, rule.phases))
    found.judged += judged
    found.bounds[bound_words(rule)] = None
    base = baseline.get(vital)
    if rule.kind is not RuleKind.LIMIT and base is None:
        return
    values = told[vital]
    beyond = _beyond(rule, values, base)
    above, known = values.spans(beyond), values.spans()
    if rule.companion is not None:
        beside = told[rule.companion.vital]
        limit, upward = rule.companion.limit.value, rule.companion.comparison
        meets = np.array([upward.holds(v, limit) for v in beside.values.tolist()], dtype=np.bool_)
        above = overlap(above, beside.spans(meets))
        known = joined([*overlap(known, beside.spans()), *values.spans(~beyond)])
    gaps = record_gaps(evidence.opened)
    above = without(overlap(above, judged), gaps)
    found.above += above
    found.known += without(overlap(known, judged), gaps)
    told_as = evidence.heart_vital() if vital is Vital.HR else vital
    if above and len(found.events) < SHOWN:
        standing = _standing(values, beyond, above)
        found.events += [
            number for number in evidence.readings(told_as, standing) if number not in found.events
        ]


def _standing(values: Held, beyond: Mask, above: list[Span]) -> list[int]:
    """When the first readings began that stood beyond the bound within `above`."""
    began = values.start_ns[beyond]
    found: list[int] = []
    for start, end in above:
        first = max(0, int(np.searchsorted(began, start, side="right")) - 1)
        last = int(np.searchsorted(began, end, side="left"))
        found += began[first : min(last, first + SHOWN)].tolist()
        if len(found) >= SHOWN:
            break
    return found


def _beyond(rule: AlarmRule, values: Held, baseline: float | None) -> Mask:
    """Which of `values` meet the bound of `rule` itself."""
    v = values.values
    if rule.kind is RuleKind.LIMIT:
        if rule.limit is None or rule.comparison is None:
            return np.zeros(len(v), dtype=np.bool_)
        comparison, limit = rule.comparison, rule.limit.value
        return np.array([comparison.holds(one, limit) for one in v.tolist()], dtype=np.bool_)
    met = np.zeros(len(v), dtype=np.bool_)
    if baseline is None:
        return met
    change = v - baseline if rule.upward else baseline - v
    if rule.change is not None:
        met |= change >= rule.change.value
    if rule.change_percent is not None:
        met |= change * 100 >= rule.change_percent.value * baseline
    return met


_WORDS = {
    Comparison.AT_LEAST: "{} or more",
    Comparison.ABOVE: "above {}",
    Comparison.AT_MOST: "{} or less",
    Comparison.BELOW: "below {}",
}


def bound_words(rule: AlarmRule) -> str:
    """The bound of `rule` in a few words: ``165 mmHg or more``, ``rise of 30 mmHg or 25 %``."""
    if rule.vital is None:
        return ""
    spec = VITALS[rule.vital]
    if rule.kind is RuleKind.LIMIT:
        if rule.limit is None or rule.comparison is None:
            return ""
        text = limit_text(spec, rule.limit.value)
        words = _WORDS[rule.comparison].format(text)
    else:
        sizes = [] if rule.change is None else [limit_text(spec, rule.change.value)]
        if rule.change_percent is not None:
            sizes.append(f"{rule.change_percent.value:.10g} %")
        words = f"{rule.kind.value} of {' or '.join(sizes)}"
    if rule.companion is not None:
        other = VITALS[rule.companion.vital]
        limit = limit_text(other, rule.companion.limit.value)
        words += f" with {other.label} {rule.companion.comparison.value} {limit}"
    return words
