"""Which limits to draw and to print for a vital: those of the warning tier, and from when to when.

A limit counted from the baseline exists only once there is a baseline, and a rule applies only in
its phases; so the limits of a session are steps in time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from app.history import PhaseSpan
from app.state import ViewState
from protocols.events import Phase
from protocols.limits import AlarmRule, LimitsProfile, RuleKind, Tier
from protocols.vitals import NS_PER_S, Vital


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Limits of one vital in its unit; None where there is none.

    `low_included`, `high_included`: whether the limit itself is already out of limits.
    """

    low: float | None = None
    high: float | None = None
    low_included: bool = False
    high_included: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundsStep:
    """`bounds` apply from `start_s` to `end_s` of the session, in seconds."""

    start_s: float
    end_s: float
    bounds: Bounds


NO_BOUNDS = Bounds()


def bounds_of(
    limits: LimitsProfile | None, vital: Vital, phase: Phase, baseline: Mapping[Vital, float]
) -> Bounds:
    """The tightest warning limits of `vital` in `phase`, with `baseline` values where frozen."""
    low: tuple[float, bool] | None = None
    high: tuple[float, bool] | None = None
    for rule in () if limits is None else limits.rules:
        if not _applies(rule, vital, phase):
            continue
        included = rule.comparison is not None and rule.comparison.value.endswith("=")
        for value in _limits_of(rule, _baseline_of(vital, baseline)):
            if rule.kind is RuleKind.RISE or (rule.kind is RuleKind.LIMIT and rule.upward):
                high = (value, included) if high is None else min(high, (value, included))
            else:
                low = (value, included) if low is None else max(low, (value, included))
    return Bounds(
        low=None if low is None else low[0],
        high=None if high is None else high[0],
        low_included=low is not None and low[1],
        high_included=high is not None and high[1],
    )


def bounds_now(state: ViewState, vital: Vital) -> Bounds:
    """The warning limits of `vital` in force."""
    return bounds_of(state.limits, vital, state.phase, state.baseline)


def bounds_steps(
    state: ViewState, phases: Iterable[PhaseSpan], vital: Vital, now_s: float
) -> tuple[BoundsStep, ...]:
    """The warning limits of `vital` until `now_s`, joined where they did not change."""
    frozen = state.baseline_event
    frozen_s = float("inf") if frozen is None else frozen.t_ns / NS_PER_S
    steps: list[BoundsStep] = []
    for span in phases:
        end_s = now_s if span.end_s is None else span.end_s
        cuts = [span.start_s, end_s]
        if span.start_s < frozen_s < end_s:
            cuts.insert(1, frozen_s)
        for start_s, stop_s in pairwise(cuts):
            known = state.baseline if start_s >= frozen_s else {}
            bounds = bounds_of(state.limits, vital, span.phase, known)
            if steps and steps[-1].bounds == bounds:
                start_s = steps.pop().start_s
            steps.append(BoundsStep(start_s=start_s, end_s=stop_s, bounds=bounds))
    return tuple(steps)


def _applies(rule: AlarmRule, vital: Vital, phase: Phase) -> bool:
    return (
        rule.vital is vital
        and rule.tier is Tier.WARNING
        and rule.kind in (RuleKind.LIMIT, RuleKind.RISE, RuleKind.FALL)
        and rule.companion is None
        and phase in rule.phases
    )


def _baseline_of(vital: Vital, baseline: Mapping[Vital, float]) -> float | None:
    value = baseline.get(vital)
    return baseline.get(Vital.PR) if value is None and vital is Vital.HR else value


def _limits_of(rule: AlarmRule, baseline: float | None) -> list[float]:
    if rule.kind is RuleKind.LIMIT:
        return [] if rule.limit is None else [rule.limit.value]
    if baseline is None:
        return []
    sign = 1.0 if rule.kind is RuleKind.RISE else -1.0
    found = []
    if rule.change is not None:
        found.append(baseline + sign * rule.change.value)
    if rule.change_percent is not None:
        found.append(baseline * (1.0 + sign * rule.change_percent.value / 100.0))
    return found
