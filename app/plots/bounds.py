"""Which limits to draw and to print for a vital: those of the warning tier, and from when to when.

A limit counted from the baseline exists only once there is a baseline, and a rule applies only in
its phases; so the limits of a session are steps in time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from app.history import PhaseSpan
from app.state import ViewState
from protocols.events import LimitChanged, Phase
from protocols.limit_changes import with_changes
from protocols.limits import AlarmRule, LimitsProfile, RuleKind, parse_limits
from protocols.vitals import NS_PER_S, Vital
from protocols.warning_rules import limit_values, warning_rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Limits of one vital in its unit; None where there is none.

    `low_included`, `high_included`: whether the limit itself is already out of limits. `low_off`,
    `high_off`: there is none because every alarm of that side was switched off.
    """

    low: float | None = None
    high: float | None = None
    low_included: bool = False
    high_included: bool = False
    low_off: bool = False
    high_off: bool = False


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
    off: set[bool] = set()
    for rule in () if limits is None else warning_rules(limits, vital, phase):
        if rule.off:
            off.add(_is_high(rule))
            continue
        included = rule.comparison is not None and rule.comparison.value.endswith("=")
        for value in limit_values(rule, baseline):
            if _is_high(rule):
                high = (value, included) if high is None else min(high, (value, included))
            else:
                low = (value, included) if low is None else max(low, (value, included))
    return Bounds(
        low=None if low is None else low[0],
        high=None if high is None else high[0],
        low_included=low is not None and low[1],
        high_included=high is not None and high[1],
        low_off=low is None and False in off,
        high_off=high is None and True in off,
    )


def bounds_now(state: ViewState, vital: Vital) -> Bounds:
    """The warning limits of `vital` in force."""
    return bounds_of(state.limits, vital, state.phase, state.baseline)


def off_words(state: ViewState, *vitals: Vital) -> str:
    """Which limits of `vitals` are switched off for this patient: ``high limit OFF``, or empty.

    A limit of another tier than the ones drawn counts as well: nothing that is off goes unsaid.
    """
    sides = set()
    for rule in () if state.limits is None else state.limits.rules:
        if rule.off and rule.vital in vitals and state.phase in rule.phases:
            sides.add("high" if _is_high(rule) else "low")
    if not sides:
        return ""
    return f"{' and '.join(sorted(sides))} limit OFF"


def bounds_steps(
    state: ViewState, phases: Iterable[PhaseSpan], vital: Vital, now_s: float
) -> tuple[BoundsStep, ...]:
    """The warning limits of `vital` until `now_s`, joined where they did not change."""
    frozen = state.baseline_event
    frozen_s = float("inf") if frozen is None else frozen.t_ns / NS_PER_S
    in_force = _profiles(state)
    changed_s = [from_s for from_s, _ in in_force[1:]]
    steps: list[BoundsStep] = []
    for span in phases:
        end_s = now_s if span.end_s is None else span.end_s
        inner = sorted(at_s for at_s in {frozen_s, *changed_s} if span.start_s < at_s < end_s)
        for start_s, stop_s in pairwise([span.start_s, *inner, end_s]):
            known = state.baseline if start_s >= frozen_s else {}
            profile = next(one for from_s, one in reversed(in_force) if from_s <= start_s)
            bounds = bounds_of(profile, vital, span.phase, known)
            if steps and steps[-1].bounds == bounds:
                start_s = steps.pop().start_s
            steps.append(BoundsStep(start_s=start_s, end_s=stop_s, bounds=bounds))
    return tuple(steps)


def limits_at(state: ViewState, t_s: float) -> LimitsProfile | None:
    """The limits in force at session time `t_s`, in seconds; None where none are known."""
    return next(profile for from_s, profile in reversed(_profiles(state)) if from_s <= t_s)


def _profiles(state: ViewState) -> tuple[tuple[float, LimitsProfile | None], ...]:
    """The limits of a session and from when on they applied, s: the file's, then each change."""
    if state.opened is None or not state.signals.limits:
        return ((float("-inf"), state.limits),)
    return _profiles_after(state.opened.limits_text, state.signals.limits)


@lru_cache(maxsize=4)
def _profiles_after(
    limits_text: str, changes: tuple[LimitChanged, ...]
) -> tuple[tuple[float, LimitsProfile | None], ...]:
    in_file = parse_limits(limits_text, "limits of this session")
    after = (
        (change.t_ns / NS_PER_S, with_changes(in_file, changes[: count + 1]))
        for count, change in enumerate(changes)
    )
    return ((float("-inf"), in_file), *after)


def _is_high(rule: AlarmRule) -> bool:
    """Whether the rule is broken by values that are too high."""
    return rule.kind is RuleKind.RISE or (rule.kind is RuleKind.LIMIT and rule.upward)
