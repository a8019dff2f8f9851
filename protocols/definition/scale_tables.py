"""``[[scale]]`` and ``[[scale_due]]``: what a protocol file may say of scales, and what it may not.

Each scale has exactly one way to be filled in: items, results, or a total within its range.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, Field

from protocols.definition.fields import (
    STRICT,
    MinutesFromZero,
    Name,
    Number,
    Percent,
    Text,
    Version,
    VitalName,
)
from protocols.key_lines import Location
from protocols.scales import (
    Band,
    FlagRule,
    Measure,
    MeasureStep,
    Moment,
    Option,
    Outcome,
    Scale,
    ScaleDue,
    ScaleItem,
)

if TYPE_CHECKING:
    from protocols.definition.protocol_file import ProtocolFile

Score = Annotated[int, Field(ge=0, le=1000)]
Sentence = Annotated[str, Field(max_length=400)]


class _Table(BaseModel):
    model_config = STRICT


class OptionTable(_Table):
    """One answer."""

    score: Score
    label: Text

    def build(self) -> Option:
        """The frozen value."""
        return Option(score=self.score, label=self.label)


class MeasureStepTable(_Table):
    """One step of a measure."""

    score: Score
    above: Number | None = None
    change_at_most_percent: Percent | None = None
    change_below_percent: Percent | None = None

    def build(self) -> MeasureStep:
        """The frozen value."""
        return MeasureStep(
            score=self.score,
            above=self.above,
            change_at_most_percent=self.change_at_most_percent,
            change_below_percent=self.change_below_percent,
        )


class MeasureTable(_Table):
    """How readings score an item."""

    vitals: Annotated[list[VitalName], Field(min_length=1, max_length=4)]
    steps: Annotated[list[MeasureStepTable], Field(min_length=1)]
    provided: Sentence = ""

    def build(self) -> Measure:
        """The frozen value."""
        return Measure(
            vitals=tuple(self.vitals),
            steps=tuple(step.build() for step in self.steps),
            provided=self.provided,
        )


class ItemTable(_Table):
    """One item; without `options` of its own it has those of the scale."""

    id: Name
    label: Text
    text: Sentence = ""
    options: list[OptionTable] = []
    counts: bool = True
    asked_if_any: list[Name] = []
    measure: MeasureTable | None = None


class BandTable(_Table):
    """What a total means from `at_least` on."""

    at_least: Score
    label: Text
    sex: Literal["", "female", "male"] = ""

    def build(self) -> Band:
        """The frozen value."""
        return Band(at_least=self.at_least, label=self.label, sex=self.sex)


class OutcomeTable(_Table):
    """One result of a scale without a total."""

    label: Text
    items: list[Name] = []
    at_least: Score = 1

    def build(self) -> Outcome:
        """The frozen value."""
        return Outcome(label=self.label, items=tuple(self.items), at_least=self.at_least)


class FlagTable(_Table):
    """What always asks for an action."""

    id: Name
    sentence: Text
    item: Annotated[str, Field(max_length=40)] = ""
    item_at_least: Score = 1
    total_at_least: Score | None = None
    rise_at_least: Score | None = None
    results: list[Text] = []

    def build(self) -> FlagRule:
        """The frozen value."""
        return FlagRule(
            id=self.id,
            sentence=self.sentence,
            item=self.item,
            item_at_least=self.item_at_least,
            total_at_least=self.total_at_least,
            rise_at_least=self.rise_at_least,
            results=tuple(self.results),
        )


class ScaleTable(_Table):
    """One ``[[scale]]``."""

    id: Name
    version: Version
    name: Text
    title: Text
    licence: Text
    wording: bool
    source: Annotated[list[Text], Field(min_length=1)]
    loinc: Annotated[str, Field(pattern=r"^([0-9]+-[0-9])?$", max_length=12)] = ""
    intro: Sentence = ""
    options: list[OptionTable] = []
    items: list[ItemTable] = []
    results: list[Text] = []
    low: Score = 0
    high: Score
    bands: list[BandTable] = []
    outcomes: list[OutcomeTable] = []
    flags: list[FlagTable] = []
    lower_is_better: bool = True
    remission_below: Score | None = None
    response_percent: Annotated[int, Field(ge=1, le=100)] | None = None
    relapse_at_least: Score | None = None
    meaningful_change: Score | None = None

    def build(self) -> Scale:
        """The frozen value."""
        return Scale(
            id=self.id,
            version=self.version,
            name=self.name,
            title=self.title,
            licence=self.licence,
            source=tuple(self.source),
            low=self.low,
            high=self.high,
            loinc=self.loinc,
            intro=self.intro,
            items=tuple(self.build_item(item) for item in self.items),
            results=tuple(self.results),
            bands=tuple(band.build() for band in self.bands),
            outcomes=tuple(outcome.build() for outcome in self.outcomes),
            flags=tuple(flag.build() for flag in self.flags),
            lower_is_better=self.lower_is_better,
            remission_below=self.remission_below,
            response_percent=self.response_percent,
            relapse_at_least=self.relapse_at_least,
            meaningful_change=self.meaningful_change,
        )

    def build_item(self, item: ItemTable) -> ScaleItem:
        """The frozen value of one item."""
        return ScaleItem(
            id=item.id,
            label=item.label,
            text=item.text,
            options=tuple(option.build() for option in item.options or self.options),
            counts=item.counts,
            asked_if_any=tuple(item.asked_if_any),
            measure=None if item.measure is None else item.measure.build(),
        )


class ScaleDueTable(_Table):
    """One ``[[scale_due]]``."""

    scale: Name
    moment: Literal["before", "infusion-end", "recovery", "leaving"]
    required: bool = False
    may_skip: bool = True
    only_if_flagged: bool = False
    after_min: MinutesFromZero = 0

    def build(self) -> ScaleDue:
        """The frozen value."""
        return ScaleDue(
            scale=self.scale,
            moment=Moment(self.moment),
            required=self.required,
            may_skip=self.may_skip,
            only_if_flagged=self.only_if_flagged,
            after_s=60 * self.after_min,
        )


_Mistake = tuple[Location, str]


def check_scales(content: ProtocolFile) -> Iterator[_Mistake]:
    """Mistakes in scales that no single field shows."""
    counts = Counter(scale.id for scale in content.scale)
    for index, scale in enumerate(content.scale):
        first = next(n for n, one in enumerate(content.scale) if one.id == scale.id)
        if counts[scale.id] > 1 and first != index:
            yield (
                ("scale", index, "id"),
                f"“{scale.id}” stands here a second time: each may stand once.",
            )
        yield from _check_scale(("scale", index), scale)
    known = [scale.id for scale in content.scale]
    for index, due in enumerate(content.scale_due):
        yield from _check_known(("scale_due", index, "scale"), due.scale, known)
    for index, criterion in enumerate(content.discharge):
        yield from _check_criterion(content, ("discharge", index), criterion.scale)


def _check_criterion(content: ProtocolFile, where: Location, scale: str) -> Iterator[_Mistake]:
    number = where[1]
    criterion = content.discharge[number] if isinstance(number, int) else None
    bounded = criterion is not None and (
        criterion.at_least is not None or criterion.at_most is not None
    )
    if not scale:
        if bounded:
            yield where, "at_least and at_most belong to a scale: scale is missing."
        return
    yield from _check_known((*where, "scale"), scale, [one.id for one in content.scale])
    if not bounded:
        yield where, "needs at_least or at_most: the total that meets the criterion."
    named = next((one for one in content.scale if one.id == scale), None)
    if named is not None and (named.results or named.outcomes):
        yield (*where, "scale"), f"“{scale}” gives no total. Allowed: a scale with a total."


def _check_known(where: Location, name: str, known: Sequence[str]) -> Iterator[_Mistake]:
    if name not in known:
        allowed = ", ".join(known) or "none, no [[scale]] stands in the file"
        yield where, f"“{name}” is no scale of this protocol. Allowed: {allowed}."


def _check_scale(where: Location, scale: ScaleTable) -> Iterator[_Mistake]:
    if scale.low > scale.high:
        yield (*where, "low"), f"must not be above high {scale.high}."
    if scale.items and scale.results:
        yield (*where, "results"), "a scale has items or results, not both."
    if scale.outcomes and not scale.items:
        yield (*where, "outcomes"), "rest on items: items are missing."
    if scale.wording and any(not item.text for item in scale.items):
        yield (*where, "items"), "each needs its text, or wording = false."
    if not scale.wording and any(item.text for item in scale.items):
        yield (*where, "items"), "wording = false: no item may have a text."
    if scale.wording and not scale.items:
        yield (*where, "wording"), "true needs items; a scale without items has wording = false."
    yield from _check_items(where, scale)
    yield from _check_range(where, scale)
    yield from _check_flags(where, scale)


def _check_items(where: Location, scale: ScaleTable) -> Iterator[_Mistake]:
    seen: list[str] = []
    for item in scale.items:
        here = (*where, "items")
        if item.id in seen:
            yield here, f"“{item.id}” stands here a second time: each may stand once."
        options = scale.build_item(item).options
        scores = [option.score for option in options]
        if len(scores) < 2:
            yield here, f"“{item.id}” needs at least two options, its own or those of the scale."
        if len(set(scores)) < len(scores):
            yield here, f"“{item.id}” has two options of the same score: each may stand once."
        for name in item.asked_if_any:
            if name not in seen:
                yield here, f"asked_if_any “{name}” is no item before “{item.id}”."
        if item.asked_if_any and item.counts and not scale.outcomes:
            yield here, f"“{item.id}” is not always asked: it needs counts = false."
        if item.measure is not None:
            for step in item.measure.steps:
                if step.score not in scores:
                    yield here, f"measure of “{item.id}” gives {step.score}, which is no option."
        seen.append(item.id)


def _check_range(where: Location, scale: ScaleTable) -> Iterator[_Mistake]:
    """The range stands in the file for people: the items must agree with it."""
    counted = [scale.build_item(item).options for item in scale.items if item.counts]
    if counted and not scale.outcomes and all(counted):
        low = sum(min(one.score for one in options) for options in counted)
        high = sum(max(one.score for one in options) for options in counted)
        if (low, high) != (scale.low, scale.high):
            yield (
                (*where, "high"),
                f"the items give {low} to {high}, not {scale.low} to {scale.high}.",
            )
    for band in scale.bands:
        if not scale.low <= band.at_least <= scale.high:
            yield (*where, "bands"), f"{band.at_least} is outside {scale.low} to {scale.high}."


def _check_flags(where: Location, scale: ScaleTable) -> Iterator[_Mistake]:
    items = [item.id for item in scale.items]
    outcome_items = [name for outcome in scale.outcomes for name in outcome.items]
    for name in outcome_items:
        if name not in items:
            yield (*where, "outcomes"), f"“{name}” is no item. Allowed: {', '.join(items)}."
    ids = [flag.id for flag in scale.flags]
    for flag in scale.flags:
        here = (*where, "flags")
        if ids.count(flag.id) > 1:
            yield here, f"“{flag.id}” stands here more than once: each may stand once."
        if flag.item and flag.item not in items:
            yield here, f"“{flag.item}” is no item. Allowed: {', '.join(items) or 'none'}."
        for result in flag.results:
            if result not in scale.results:
                allowed = ", ".join(scale.results) or "none"
                yield here, f"“{result}” is none of results. Allowed: {allowed}."
        bounds = (flag.total_at_least, flag.rise_at_least)
        if not flag.item and not flag.results and bounds == (None, None):
            yield here, f"“{flag.id}” needs item, total_at_least, rise_at_least or results."
