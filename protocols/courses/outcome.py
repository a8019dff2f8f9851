"""The outcome of a course: what its ratings say by the clinic's definitions, kept with the result.

A result without a baseline is unknown, never "no response". A positive item of a suicide screen is
a worsening whatever the totals say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from protocols.courses.facts import Score
from protocols.courses.rules import OutcomeRules, ScaleOutcome


class OutcomeKind(StrEnum):
    """What a course came to so far. Worsening goes before all, then relapse, then the gains."""

    UNKNOWN = "unknown"
    WORSENING = "worsening"
    RELAPSE = "relapse"
    REMISSION = "remission"
    RESPONSE = "response"
    PARTIAL = "partial response"
    NO_RESPONSE = "no response"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of a course, with the definitions it was judged by.

    Attributes:
        kind: the verdict on the newest rating.
        sentence: the verdict with the totals it rests on.
        scale: id of the primary scale.
        baseline, latest: the ratings compared; None where there is none.
        change_percent: from baseline to latest, negative for a fall; None where unknown.
        responded: whether the newest rating is a response by its fall; None: unknown.
        in_remission: whether it is remission by its total; None: unknown.
        relapsed: whether it is a relapse after an earlier remission; None: unknown.
        positive: the positive items, in sentences.
        definition: the definitions in words, with version.
        bounds: the numbers of the definitions, name and value.
    """

    kind: OutcomeKind
    sentence: str
    scale: str
    baseline: Score | None
    latest: Score | None
    change_percent: Decimal | None
    responded: bool | None
    in_remission: bool | None
    relapsed: bool | None
    positive: tuple[str, ...]
    definition: str
    bounds: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRate:
    """The clinic's own response: responders among the courses whose outcome is known."""

    responders: int
    known: int
    unknown: int

    @property
    def sentence(self) -> str:
        """The rate with its numbers; never a percentage alone."""
        if self.known == 0:
            return f"No course has an outcome yet ({self.unknown} without)."
        percent = round(100 * self.responders / self.known)
        return (
            f"{self.responders} of {self.known} courses with a known outcome responded "
            f"({percent} %); {self.unknown} without a known outcome are not counted."
        )


def judge_outcome(
    scores: Iterable[Score],
    scale: str,
    rules: OutcomeRules,
    *,
    rules_version: str,
    first_dose: datetime | None,
) -> Outcome:
    """Judge the ratings of a course by `rules`.

    Args:
        scores: all ratings of the patient in the time of the course, in any order.
        scale: the primary scale.
        rules: the definitions.
        rules_version: version of the definitions, kept in the result.
        first_dose: when the first dose of the course began; None before it.
    """
    known = sorted(scores, key=lambda score: score.taken)
    rated = [score for score in known if score.scale == scale and score.total is not None]
    bounds = rules.of_scale(scale)
    baseline = _baseline(rated, first_dose, rules.baseline_max_age_d)
    after = [s for s in rated if first_dose is not None and s.taken > first_dose]
    latest = after[-1] if after else None
    change = _change(baseline, latest)
    positive, new = _positive_items(known, rules, first_dose)
    in_remission = _at_most(latest, bounds)
    relapsed = _relapsed(after, bounds)
    responded = None if change is None else change <= -rules.response_percent
    kind = _kind(change, rules, new=new, in_remission=in_remission, relapsed=relapsed)
    return Outcome(
        kind=kind,
        sentence=_sentence(kind, scale, baseline, latest, change, new),
        scale=scale,
        baseline=baseline,
        latest=latest,
        change_percent=change,
        responded=responded,
        in_remission=in_remission,
        relapsed=relapsed,
        positive=positive,
        definition=f"{rules.definition} (definitions, version {rules_version})",
        bounds=_bounds(rules, bounds),
    )


def response_rate(outcomes: Iterable[Outcome]) -> ResponseRate:
    """How many of the courses responded; remission counts as response where its fall is one."""
    responded = [outcome.responded for outcome in outcomes]
    return ResponseRate(
        responders=responded.count(True),
        known=len(responded) - responded.count(None),
        unknown=responded.count(None),
    )


def _baseline(rated: Sequence[Score], first_dose: datetime | None, oldest_d: int) -> Score | None:
    """The last rating before the first dose that is not too old."""
    if first_dose is None:
        return rated[-1] if rated else None
    oldest = first_dose - timedelta(days=oldest_d)
    before = [score for score in rated if oldest <= score.taken <= first_dose]
    return before[-1] if before else None


def _change(baseline: Score | None, latest: Score | None) -> Decimal | None:
    if baseline is None or latest is None or baseline.total is None or latest.total is None:
        return None
    if baseline.total <= 0:
        return None  # no percentage of nothing
    return Decimal(latest.total - baseline.total) * 100 / baseline.total


def _at_most(score: Score | None, bounds: ScaleOutcome | None) -> bool | None:
    if score is None or score.total is None or bounds is None:
        return None
    return score.total <= bounds.remission_at_most


def _relapsed(after: Sequence[Score], bounds: ScaleOutcome | None) -> bool | None:
    if not after or bounds is None or bounds.relapse_from is None:
        return None
    latest = after[-1]
    remitted = any(_at_most(score, bounds) for score in after[:-1])
    return remitted and latest.total is not None and latest.total >= bounds.relapse_from


def _positive_items(
    scores: Sequence[Score], rules: OutcomeRules, first_dose: datetime | None
) -> tuple[tuple[str, ...], bool]:
    """The positive items of the newest rating of each risk scale, and whether one is new.

    New is what was not positive in the last answer known from before the first dose.
    """
    sentences: list[str] = []
    new = False
    for scale in rules.risk_scales:
        answered = [s for s in scores if s.scale == scale and s.positive is not None]
        if not answered or not answered[-1].positive:
            continue
        newest = answered[-1]
        sentences += newest.flags or (
            f"{scale.upper()} of {newest.taken:%Y-%m-%d}: an item that asks for an action is "
            "positive.",
        )
        before = [s for s in answered if first_dose is None or s.taken <= first_dose]
        if first_dose is not None and newest.taken > first_dose:
            new = new or not (before and before[-1].positive)
    return tuple(sentences), new


def _kind(
    change: Decimal | None,
    rules: OutcomeRules,
    *,
    new: bool,
    in_remission: bool | None,
    relapsed: bool | None,
) -> OutcomeKind:
    if new or (change is not None and change >= rules.worsening_percent):
        return OutcomeKind.WORSENING
    if relapsed:
        return OutcomeKind.RELAPSE
    if change is None:
        return OutcomeKind.UNKNOWN
    if in_remission and change < 0:
        return OutcomeKind.REMISSION
    if change <= -rules.response_percent:
        return OutcomeKind.RESPONSE
    if change <= -rules.partial_percent:
        return OutcomeKind.PARTIAL
    return OutcomeKind.NO_RESPONSE


def _sentence(
    kind: OutcomeKind,
    scale: str,
    baseline: Score | None,
    latest: Score | None,
    change: Decimal | None,
    new: bool,
) -> str:
    name = scale.upper()
    if baseline is None and latest is None:
        words = f"{name}: no rating yet."
    elif baseline is None and latest is not None:
        words = f"{name} {latest.total} on {latest.taken:%Y-%m-%d}, but no baseline before the "
        words += "first dose."
    elif latest is None and baseline is not None:
        words = f"{name} {baseline.total} at the baseline; no rating after the first dose yet."
    elif baseline is not None and latest is not None:
        percent = "" if change is None else f" ({_signed(change)} %)"
        words = f"{name} {baseline.total} → {latest.total}{percent} on {latest.taken:%Y-%m-%d}."
    risk = " A positive item of the suicide screen is new." if new else ""
    return f"{str(kind).capitalize()}: {words}{risk}"


def _signed(percent: Decimal) -> str:
    whole = round(percent)
    return f"−{-whole}" if whole < 0 else f"+{whole}" if whole > 0 else "0"


def _bounds(rules: OutcomeRules, bounds: ScaleOutcome | None) -> tuple[tuple[str, str], ...]:
    rows = [
        ("response", f"fall of {rules.response_percent} % or more"),
        ("partial response", f"fall of {rules.partial_percent} % or more"),
        ("worsening", f"rise of {rules.worsening_percent} % or more, or a new positive item"),
        ("baseline", f"last rating within {rules.baseline_max_age_d} days before the first dose"),
    ]
    if bounds is None:
        return (*rows, ("remission", "not defined for this scale"))
    rows.append(("remission", f"total {bounds.remission_at_most} or less, below the baseline"))
    relapse = bounds.relapse_from
    words = "not defined for this scale" if relapse is None else f"total {relapse} or more after it"
    return (*rows, ("relapse", words))
