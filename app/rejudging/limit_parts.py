"""What of a limits file can be changed on screen: each number of a rule, with its guardrails. Pure.

The guardrails are those of the file: outside the absolute range a number is refused, outside the
recommended one it needs a reason. Times and counts have the ranges of the file's own form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from protocols.alarm_rules import AlarmRule, Limit, LimitsProfile
from protocols.key_lines import Location
from protocols.limits_page import change_unit_of, limit_unit_of
from protocols.rule_kinds import RuleKind, Tier
from protocols.vitals import VITALS, Vital

CONFIRM_WITHIN_S = 300.0
"""A rule that needed one reading and now needs more looks back so far; design default."""


class Part(StrEnum):
    """One thing of a rule that can differ. A sentence and the policy differ between files only."""

    LIMIT = "limit"
    BY = "change"
    BY_PERCENT = "change, %"
    COMPANION = "second limit"
    WINDOW = "within"
    DELAY = "delay"
    READINGS = "readings"
    HYSTERESIS = "hysteresis"
    TIER = "severity"
    JUDGED = "judged"
    SENTENCE = "sentence"
    POLICY = "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a change belongs: the name of a rule, or of a vital for its hysteresis; and what."""

    subject: str
    part: Part


Value = float | str | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """One thing of a rule as it stands, and what it may be.

    Attributes:
        place: which.
        value: as it stands: a number, the name of a severity, or whether the rule is judged.
        unit: of a number.
        absolute: lowest and highest number that is allowed; None for no number.
        recommended: the range outside which a reason is asked for; None for none.
        reason: why it lies outside the recommended range already.
        choices: what a text may be.
        whole: whether only whole numbers are allowed.
        note: what else it concerns, in words; empty for this rule alone.
    """

    place: Place
    value: Value
    unit: str = ""
    absolute: tuple[float, float] | None = None
    recommended: tuple[float, float] | None = None
    reason: str = ""
    choices: tuple[str, ...] = ()
    whole: bool = False
    note: str = ""

    @property
    def text(self) -> str:
        """The value with its unit, as people read it."""
        return value_text(self.value, self.unit)

    @property
    def range_text(self) -> str:
        """What is allowed, in words."""
        if self.choices:
            return ", ".join(self.choices)
        if self.absolute is None:
            return "yes or no"
        text = f"{_span(self.absolute)} {self.unit}".rstrip() + " allowed"
        if self.recommended is not None:
            text += f", {_span(self.recommended)} without a reason"
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a value was not taken, in a sentence; `wants_reason`: with a reason it would be."""

    sentence: str
    wants_reason: bool = False


def value_text(value: Value, unit: str = "") -> str:
    """`value` as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    return f"{value:.10g} {unit}".rstrip()


def _span(span: tuple[float, float]) -> str:
    return f"{span[0]:g} to {span[1]:g}"


def refusal(adjustment: Adjustment, value: Value, reason: str = "") -> Refusal | None:
    """Why `value` cannot be set, or None where it can."""
    if adjustment.choices:
        if value in adjustment.choices:
            return None
        return Refusal(sentence=f"{value} is not allowed: {adjustment.range_text}.")
    if adjustment.absolute is None:
        return None if isinstance(value, bool) else Refusal(sentence="Only yes or no.")
    if isinstance(value, bool | str):
        return Refusal(sentence="A number is needed.")
    low, high = adjustment.absolute
    if not low <= value <= high:
        sentence = f"{value:g} is not allowed: {_span((low, high))} {adjustment.unit}".rstrip()
        return Refusal(sentence=f"{sentence}.")
    if adjustment.whole and value != int(value):
        return Refusal(sentence=f"{value:g} is not allowed: whole numbers only.")
    if adjustment.recommended is None or reason.strip():
        return None
    inner_low, inner_high = adjustment.recommended
    if inner_low <= value <= inner_high:
        return None
    span = f"{_span((inner_low, inner_high))} {adjustment.unit}".rstrip()
    return Refusal(
        sentence=f"{value:g} is outside the recommended {span}: say why.", wants_reason=True
    )


def adjustments_of(rule: AlarmRule) -> tuple[Adjustment, ...]:
    """Everything of `rule` that can be changed, in the order of the table."""
    return tuple(_adjustments(rule))


def _adjustments(rule: AlarmRule) -> Iterator[Adjustment]:
    for part, limit, unit in _limits_of(rule):
        yield Adjustment(
            place=Place(subject=rule.id, part=part),
            value=limit.value,
            unit=unit,
            absolute=limit.absolute,
            recommended=limit.recommended,
            reason=limit.reason,
        )
    yield from _times_of(rule)
    if _takes_readings(rule):
        yield Adjustment(
            place=Place(subject=rule.id, part=Part.READINGS),
            value=float(1 if rule.confirmation is None else rule.confirmation.readings),
            absolute=(1, 5),
            whole=True,
        )
    if rule.vital is not None and not rule.technical:
        yield Adjustment(
            place=Place(subject=rule.vital, part=Part.HYSTERESIS),
            value=rule.hysteresis,
            unit=VITALS[rule.vital].unit_text,
            absolute=(0, 20),
            note=f"holds for every rule of {VITALS[rule.vital].name}",
        )
    yield Adjustment(
        place=Place(subject=rule.id, part=Part.TIER),
        value=rule.tier.value,
        choices=tuple(tier.value for tier in Tier),
    )
    yield Adjustment(place=Place(subject=rule.id, part=Part.JUDGED), value=True)


def _limits_of(rule: AlarmRule) -> Iterator[tuple[Part, Limit, str]]:
    if rule.limit is not None:
        yield Part.LIMIT, rule.limit, limit_unit_of(rule)
    if rule.change is not None:
        yield Part.BY, rule.change, change_unit_of(rule)
    if rule.change_percent is not None:
        yield Part.BY_PERCENT, rule.change_percent, "%"
    if rule.companion is not None:
        yield Part.COMPANION, rule.companion.limit, VITALS[rule.companion.vital].unit_text


def _times_of(rule: AlarmRule) -> Iterator[Adjustment]:
    if rule.kind is RuleKind.RATE:
        yield Adjustment(
            place=Place(subject=rule.id, part=Part.WINDOW),
            value=rule.window_s,
            unit="s",
            absolute=(5, 3600),
        )
    yield Adjustment(
        place=Place(subject=rule.id, part=Part.DELAY),
        value=rule.delay_s,
        unit="s",
        absolute=(0, 600),
    )


def _takes_readings(rule: AlarmRule) -> bool:
    """Whether a rule may ask for several determinations: only of a vital that does not stream."""
    kinds = (RuleKind.LIMIT, RuleKind.RISE, RuleKind.FALL)
    return rule.kind in kinds and rule.vital is not None and not _streams(rule.vital)


def _streams(vital: Vital) -> bool:
    return VITALS[vital].quiet_limit_s is not None


_FIELDS: Mapping[Part, tuple[str, ...]] = {
    Part.LIMIT: ("limit",),
    Part.BY: ("by",),
    Part.BY_PERCENT: ("by_percent",),
    Part.COMPANION: ("companion", "limit"),
}


def fields_of(
    loaded: Mapping[str, Any], place: Place, value: Value, reason: str
) -> Iterator[tuple[Location, Any]]:
    """Where in the limits file, as read, `value` is written; a value of None goes."""
    part = place.part
    if part is Part.HYSTERESIS:
        yield ("hysteresis", place.subject), value
        return
    index = index_of(loaded, place.subject)
    where: Location = ("rules", index)
    rule = loaded["rules"][index]
    if part in _FIELDS:
        limit: Any = rule
        for name in _FIELDS[part]:
            limit = limit[name]
            where = (*where, name)
        yield from _limit_fields(where, limit, value, reason)
    elif part is Part.READINGS:
        yield (*where, "confirm"), _confirmation(rule.get("confirm"), value)
    elif part in (Part.DELAY, Part.WINDOW):
        yield (*where, "delay_s" if part is Part.DELAY else "window_s"), value
    elif part is Part.TIER:
        yield (*where, "tier"), value


def _limit_fields(
    where: Location, limit: Mapping[str, Any], value: Value, reason: str
) -> Iterator[tuple[Location, Any]]:
    yield (*where, "value"), value
    if reason or "reason" in limit:
        yield (*where, "reason"), reason or None


def _confirmation(before: Mapping[str, Any] | None, value: Value) -> dict[str, Any] | None:
    readings = int(value)
    if readings < 2:
        return None
    kept = dict(before or {"within_s": CONFIRM_WITHIN_S})
    return {**kept, "readings": readings}


def index_of(loaded: Mapping[str, Any], rule: str) -> int:
    """The number of a rule in a limits file as read; ValueError where it is not there."""
    for index, one in enumerate(loaded["rules"]):
        if one.get("id") == rule:
            return index
    raise ValueError(f"no rule {rule}")


def all_adjustments(profile: LimitsProfile) -> dict[Place, Adjustment]:
    """Everything that can be changed in `profile`, by its place."""
    return {one.place: one for rule in profile.rules for one in adjustments_of(rule)}
