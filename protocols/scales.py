"""Scales and discharge scores: what one asks, what its answers add up to, what asks for an action.

A scale is data. It is filled in item by item, or, where its wording may not be shown, by its total
or by a named result that was worked out on the site's own copy. A total is given only when every
item that counts is answered: what is missing is unknown and never 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from protocols.events import ItemAnswer, ScaleFlag
from protocols.vitals import VITALS, Vital


class Entry(StrEnum):
    """How a scale is filled in."""

    ITEMS = "items"
    TOTAL = "total"
    RESULT = "result"


class Moment(StrEnum):
    """When a scale is due.

    ``before`` the drug begins, at the ``infusion-end``, in ``recovery`` some time after it, before
    ``leaving``.
    """

    BEFORE = "before"
    INFUSION_END = "infusion-end"
    RECOVERY = "recovery"
    LEAVING = "leaving"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One answer to an item: its score, unique within the item, and its words."""

    score: int
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureStep:
    """The score that a reading earns.

    Attributes:
        score: the score.
        above: the reading is above this, in the vital's unit; or None.
        change_at_most_percent: its distance from the baseline is at most this share; or None.
        change_below_percent: the same, less than this share; or None.
    """

    score: int
    above: Decimal | None = None
    change_at_most_percent: Decimal | None = None
    change_below_percent: Decimal | None = None

    @property
    def needs_baseline(self) -> bool:
        """Whether the step asks how far the reading is from the baseline."""
        return self.change_at_most_percent is not None or self.change_below_percent is not None

    def holds(self, value: Decimal, baseline: Decimal | None) -> bool:
        """Whether `value` earns the score; a step that needs a baseline fails without one."""
        if self.above is not None and value <= self.above:
            return False
        if not self.needs_baseline:
            return True
        if baseline is None:
            return False
        change = abs(value - baseline) * 100
        at_most, below = self.change_at_most_percent, self.change_below_percent
        if at_most is not None and change > abs(baseline) * at_most:
            return False
        return below is None or change < abs(baseline) * below


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How readings score an item.

    Attributes:
        vitals: what is judged; where there are several, the lowest score counts.
        steps: tried in order, the first that holds gives the score; where none holds the readings
            do not decide and a person answers.
        provided: what a person must confirm before the readings count (``on room air``), or empty.
    """

    vitals: tuple[Vital, ...]
    steps: tuple[MeasureStep, ...]
    provided: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The score that readings give an item, or None and why not; `evidence` in words."""

    score: int | None
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleItem:
    """One item.

    Attributes:
        id: unique within the scale.
        label: short name, for a table or a flag.
        text: the wording as it is read to the patient; empty where it may not be shown.
        options: the answers, in the order of their buttons.
        counts: whether its score is part of the total.
        asked_if_any: the item is asked only when one of these items scored above 0; empty: always.
        measure: how readings score it, or None.
    """

    id: str
    label: str
    text: str
    options: tuple[Option, ...]
    counts: bool = True
    asked_if_any: tuple[str, ...] = ()
    measure: Measure | None = None

    def option(self, score: int) -> Option | None:
        """The answer of that score, or None."""
        return next((one for one in self.options if one.score == score), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """What a total from `at_least` on means; `sex` where the cut-off holds for one sex alone."""

    at_least: int
    label: str
    sex: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of a scale without a total: it holds when one of `items` scored `at_least`.

    An outcome without items holds otherwise.
    """

    label: str
    items: tuple[str, ...] = ()
    at_least: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagRule:
    """What always asks for an action.

    Attributes:
        id: names the flag; that of its item where it rests on one.
        sentence: why, and what to do.
        item, item_at_least: an item scored at least so much; `item` empty: none.
        total_at_least: the total is at least so much, or None.
        rise_at_least: the total rose so much since the scale was first filled in, or None.
        results: results that raise it.
    """

    id: str
    sentence: str
    item: str = ""
    item_at_least: int = 1
    total_at_least: int | None = None
    rise_at_least: int | None = None
    results: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A scale, versioned, with its licence and its source.

    Attributes:
        id, version: together name it for ever.
        name: as people say it; `title` is its full name.
        licence: what its owner allows, in a sentence.
        source: citations.
        loinc: LOINC code of the total, or empty.
        intro: what is said before the items.
        items: empty where only the total or a result is entered.
        results: for a scale entered by its result: the results by name, the mildest first.
        low, high: range of the total.
        bands: what a total means; empty where no cut-off is known.
        outcomes: for a scale without a total: its results, tried in order.
        flags: what asks for an action.
        lower_is_better: whether a falling total is a gain.
        remission_below: totals below this count as remission, or None.
        response_percent: fall from the first total that counts as response, percent, or None.
        relapse_at_least: totals from here on count as relapse after remission, or None.
        meaningful_change: change of the total that a patient notices, or None.
    """

    id: str
    version: str
    name: str
    title: str
    licence: str
    source: tuple[str, ...]
    low: int
    high: int
    loinc: str = ""
    intro: str = ""
    items: tuple[ScaleItem, ...] = ()
    results: tuple[str, ...] = ()
    bands: tuple[Band, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    flags: tuple[FlagRule, ...] = ()
    lower_is_better: bool = True
    remission_below: int | None = None
    response_percent: int | None = None
    relapse_at_least: int | None = None
    meaningful_change: int | None = None

    @property
    def entry(self) -> Entry:
        """How it is filled in."""
        if self.items:
            return Entry.ITEMS
        return Entry.RESULT if self.results else Entry.TOTAL

    @property
    def gives_total(self) -> bool:
        """Whether its answers add up to a number."""
        return not self.outcomes and not self.results

    def item(self, item: str) -> ScaleItem | None:
        """The item of that id, or None."""
        return next((one for one in self.items if one.id == item), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleDue:
    """When a scale is due.

    Attributes:
        scale: id of the scale.
        moment: when; in recovery `after_s` seconds after the end of the drug.
        required: while it is not recorded it holds the visit as an open question does.
        may_skip: a reason may stand in its place.
        only_if_flagged: due only when the scale raised a flag before in this visit.
    """

    scale: str
    moment: Moment
    required: bool = False
    may_skip: bool = True
    only_if_flagged: bool = False
    after_s: int = 0


def is_asked(item: ScaleItem, scores: Mapping[str, int]) -> bool:
    """Whether `item` is asked, given the `scores` by item of those answered so far."""
    return not item.asked_if_any or any(scores.get(one, 0) > 0 for one in item.asked_if_any)


def missing_items(scale: Scale, scores: Mapping[str, int]) -> tuple[ScaleItem, ...]:
    """The items that are asked and have no score yet, in order."""
    return tuple(one for one in scale.items if one.id not in scores and is_asked(one, scores))


def total_of(scale: Scale, scores: Mapping[str, int]) -> int | None:
    """The sum of the items that count; None while one is missing, or where no total is given."""
    counted = [item.id for item in scale.items if item.counts]
    if not scale.gives_total or not counted or any(one not in scores for one in counted):
        return None
    return sum(scores[one] for one in counted)


def band_of(scale: Scale, total: int, sex: str = "") -> str:
    """What `total` means by the cut-offs; empty where the scale has none so low.

    Cut-offs of the patient's `sex` take the place of those that hold for everybody.
    """
    own = [band for band in scale.bands if band.sex and band.sex == sex]
    bands = own or [band for band in scale.bands if not band.sex]
    reached = [band for band in bands if total >= band.at_least]
    return max(reached, key=lambda band: band.at_least).label if reached else ""


def outcome_of(scale: Scale, scores: Mapping[str, int]) -> str:
    """The result of a scale without a total; empty while an item that is asked is missing."""
    if missing_items(scale, scores):
        return ""
    for outcome in scale.outcomes:
        reached = any(scores.get(one, 0) >= outcome.at_least for one in outcome.items)
        if reached or not outcome.items:
            return outcome.label
    return ""


def flags_of(
    scale: Scale,
    scores: Mapping[str, int],
    total: int | None,
    result: str = "",
    first_total: int | None = None,
) -> tuple[ScaleFlag, ...]:
    """Everything that asks for an action, each as a sentence with the answer given.

    An answered item raises its flag whether or not the other items are answered. `first_total` is
    the total when the scale was first filled in, from which a rise counts.
    """
    found: list[ScaleFlag] = []
    for rule in scale.flags:
        cause = _cause(scale, rule, scores, total, result, first_total)
        if cause:
            found.append(
                ScaleFlag(item=rule.id, sentence=f"{scale.name}, {cause}. {rule.sentence}")
            )
    return tuple(found)


def _cause(
    scale: Scale,
    rule: FlagRule,
    scores: Mapping[str, int],
    total: int | None,
    result: str,
    first_total: int | None,
) -> str:
    """What raises `rule`, in words; empty where nothing does."""
    score = scores.get(rule.item)
    if score is not None and score >= rule.item_at_least:
        item = scale.item(rule.item)
        option = None if item is None else item.option(score)
        label = rule.item if item is None else item.label
        return f"{label}: “{score if option is None else option.label}”"
    if total is not None and rule.total_at_least is not None and total >= rule.total_at_least:
        return f"{total} of {scale.high}"
    if total is not None and first_total is not None and rule.rise_at_least is not None:
        rise = total - first_total
        if rise >= rule.rise_at_least:
            return f"{total} after {first_total}: risen by {rise}"
    return f"result “{result}”" if result and result in rule.results else ""


def measure(
    rule: Measure, readings: Mapping[Vital, float], baseline: Mapping[Vital, float]
) -> Measured:
    """The score that the newest valid `readings` earn against the frozen `baseline`.

    A reading or a baseline that is missing leaves the item open: the score is None.
    """
    scores: list[int | None] = []
    words: list[str] = []
    for vital in rule.vitals:
        value, before = readings.get(vital), baseline.get(vital)
        words.append(_evidence(rule, vital, value, before))
        if value is None:
            scores.append(None)
            continue
        exact = Decimal(str(value))
        known = None if before is None else Decimal(str(before))
        lacks = known is None and any(step.needs_baseline for step in rule.steps)
        held = (step.score for step in rule.steps if step.holds(exact, known))
        scores.append(None if lacks else next(held, None))
    given = [score for score in scores if score is not None]
    score = min(given) if len(given) == len(scores) and given else None
    return Measured(score=score, evidence=", ".join(words))


def _evidence(rule: Measure, vital: Vital, value: float | None, baseline: float | None) -> str:
    spec = VITALS[vital]
    if value is None:
        return f"{spec.label}: no present value"
    words = f"{spec.label} {spec.format(value)} {spec.unit_text}".rstrip()
    if not any(step.needs_baseline for step in rule.steps):
        return words
    if baseline is None:
        return f"{words}, no baseline"
    change = (Decimal(str(value)) - Decimal(str(baseline))) * 100 / Decimal(str(baseline))
    return f"{words}, {change:+.0f} % from baseline {spec.format(baseline)}"


def scores_of(answers: tuple[ItemAnswer, ...]) -> dict[str, int]:
    """The scores of `answers` by item."""
    return {answer.item: answer.score for answer in answers}
