"""A limits profile as people read it: each rule's sentence, numbers, guardrails, by vital sign."""

from __future__ import annotations

from collections.abc import Iterator

from protocols.alarm_rules import AlarmRule, Limit, LimitsProfile
from protocols.rule_kinds import RuleKind
from protocols.rule_words import shared_words
from protocols.vitals import VITALS

SYMPTOMS = "symptoms"
EQUIPMENT = "equipment and program"


def heading_of(rule: AlarmRule) -> str:
    """What `rule` stands under: a vital sign, symptoms, or equipment and program."""
    if rule.technical:
        return EQUIPMENT
    return SYMPTOMS if rule.vital is None else VITALS[rule.vital].name


def by_heading(profile: LimitsProfile) -> dict[str, tuple[AlarmRule, ...]]:
    """The rules of `profile` by heading, each in file order."""
    found: dict[str, list[AlarmRule]] = {}
    for rule in profile.rules:
        found.setdefault(heading_of(rule), []).append(rule)
    last = found.pop(EQUIPMENT, [])
    return {name: tuple(rules) for name, rules in {**found, EQUIPMENT: last}.items() if rules}


def numbers_of(rule: AlarmRule) -> tuple[str, ...]:
    """Each number of `rule` with the range within which it can be set, and without a reason."""
    companion = rule.companion
    named: tuple[tuple[str, Limit | None, str], ...] = (
        ("limit", rule.limit, limit_unit_of(rule)),
        ("change", rule.change, change_unit_of(rule)),
        ("change", rule.change_percent, "%"),
        (
            "" if companion is None else f"limit of {VITALS[companion.vital].name}",
            None if companion is None else companion.limit,
            "" if companion is None else VITALS[companion.vital].unit_text,
        ),
    )
    return tuple(_number(name, limit, unit) for name, limit, unit in named if limit is not None)


_UNITS = {RuleKind.BP_OVERDUE: "intervals"}
_CHANGE_UNITS = {
    RuleKind.PULSE_DISAGREES: "/min",
    RuleKind.PUMP_VOLUME: "mL",
    RuleKind.PUMP_RATE: "mL/h",
}


def limit_unit_of(rule: AlarmRule) -> str:
    """The unit of the limit of `rule`, as people write it."""
    if rule.technical:
        return _UNITS.get(rule.kind, "s")
    return "" if rule.vital is None else VITALS[rule.vital].unit_text


def change_unit_of(rule: AlarmRule) -> str:
    """The unit of the change of `rule`, as people write it."""
    if rule.kind in _CHANGE_UNITS:
        return _CHANGE_UNITS[rule.kind]
    return "" if rule.vital is None else VITALS[rule.vital].unit_text


def _number(name: str, limit: Limit, unit: str) -> str:
    low, high = limit.absolute
    inner_low, inner_high = limit.recommended
    text = (
        f"{name} {limit.value:.10g} {unit}".rstrip()
        + f": {low:g} to {high:g} allowed, {inner_low:g} to {inner_high:g} without a reason"
    )
    return f"{text} (reason: {limit.reason})" if limit.reason else text


def approval_text(profile: LimitsProfile) -> str:
    """Who approved the profile, or that nobody has."""
    return f"approved by {profile.approved_by}" if profile.approved_by else "not yet approved"


def describe_limits(profile: LimitsProfile) -> Iterator[str]:
    """The whole profile as lines of text."""
    yield f"{profile.title} ({profile.id} version {profile.version})"
    yield f"{approval_text(profile)}; review by {profile.review_date.isoformat()}"
    for name, rules in by_heading(profile).items():
        yield ""
        yield name.upper()
        for rule in rules:
            yield f"  {rule.id} [{rule.tier}] {rule.title}"
            yield f"    {rule.sentence()}"
            yield from (f"    {number}" for number in numbers_of(rule))
            yield f"    Then: {rule.next_step}"
    yield ""
    yield "WHAT THE SENTENCES SHARE"
    yield from (f"  {words}" for words in shared_words(profile))


def markdown_of_limits(profile: LimitsProfile) -> Iterator[str]:
    """The rules of `profile` as tables for a page of documentation."""
    for name, rules in by_heading(profile).items():
        yield f"### {name[0].upper()}{name[1:]}"
        yield ""
        yield "| rule | severity | sentence | numbers and guardrails |"
        yield "|---|---|---|---|"
        for rule in rules:
            numbers = "<br>".join(numbers_of(rule))
            yield f"| `{rule.id}` {rule.title} | {rule.tier} | {rule.sentence()} | {numbers} |"
        yield ""
    yield "### What the sentences share"
    yield ""
    yield from (f"- {words}" for words in shared_words(profile))


def markdown_of_difference(profile: LimitsProfile, other: LimitsProfile) -> Iterator[str]:
    """What `other` has otherwise than `profile`, next steps aside."""
    known = {rule.id: rule.sentence() for rule in profile.rules}
    own = {rule.id: rule.sentence() for rule in other.rules}
    for rule, sentence in own.items():
        if known.get(rule) != sentence:
            yield f"- `{rule}`: {sentence}"
    missing = [f"`{rule}`" for rule in known if rule not in own]
    if missing:
        yield f"- not in it: {', '.join(missing)}"
