"""What one limits file has otherwise than another: every number, and whatever else. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from app.rejudging.draft import LimitsChange
from app.rejudging.limit_parts import Adjustment, Part, Place, all_adjustments, value_text
from protocols.alarm_rules import AlarmPolicy, AlarmRule, LimitsProfile
from protocols.vitals import VITALS, Vital

NOT_THERE = "not there"


def differences(before: LimitsProfile, after: LimitsProfile) -> tuple[LimitsChange, ...]:
    """Every difference between two sets of limits, in the order of the rules.

    A rule that only one has is one difference. Where a rule differs in more than its numbers, its
    two sentences are one as well. Guardrails, icons and next steps judge nothing and are left out.
    """
    return tuple(_differences(before, after))


def _differences(before: LimitsProfile, after: LimitsProfile) -> Iterator[LimitsChange]:
    ones, others = all_adjustments(before), all_adjustments(after)
    rules, new_rules = _by_id(before), _by_id(after)
    told: set[Place] = set()
    for name in [*rules, *(name for name in new_rules if name not in rules)]:
        rule, new = rules.get(name), new_rules.get(name)
        if rule is None or new is None:
            yield _whole(name, rule, new)
            continue
        found = [
            change
            for place in ones
            if place in others and place not in told and place.subject in (name, rule.vital)
            for change in _number(place, rule, ones[place], others[place])
        ]
        told |= {change.place for change in found}
        yield from found
        both = rule.confirmation is not None and new.confirmation is not None
        if _rest(rule, both_confirm=both) != _rest(new, both_confirm=both):
            yield _otherwise(name, rule, new)
    yield from _policy(before.policy, after.policy)


def _by_id(profile: LimitsProfile) -> dict[str, AlarmRule]:
    return {rule.id: rule for rule in profile.rules}


def _whole(name: str, rule: AlarmRule | None, new: AlarmRule | None) -> LimitsChange:
    there = rule or new
    return LimitsChange(
        place=Place(subject=name, part=Part.JUDGED),
        title="" if there is None else there.title,
        before="no" if rule is None else "yes",
        after="no" if new is None else "yes",
    )


def _number(
    place: Place, rule: AlarmRule, one: Adjustment, other: Adjustment
) -> Iterator[LimitsChange]:
    if one.value == other.value:
        return
    shared = place.part is Part.HYSTERESIS
    yield LimitsChange(
        place=place,
        title=VITALS[Vital(place.subject)].name if shared else rule.title,
        before=one.text,
        after=other.text,
        reason=other.reason,
    )


_REST = (
    *("kind", "vital", "comparison", "symptoms", "items", "holds_s", "once_given", "service"),
    *("latch", "ends_pause", "phases", "off"),
)


def _rest(rule: AlarmRule, *, both_confirm: bool) -> tuple[object, ...]:
    """What a rule says beside its numbers and next step.

    `both_confirm`: both sides ask for several readings; how they do is no number of the table.
    """
    companion, confirmed = rule.companion, rule.confirmation
    return (
        *(getattr(rule, name) for name in _REST),
        None if companion is None else (companion.vital, companion.comparison),
        (confirmed.within_s, confirmed.in_a_row) if both_confirm and confirmed else None,
        rule.realarm_s is None,
    )


def _otherwise(name: str, rule: AlarmRule, new: AlarmRule) -> LimitsChange:
    return LimitsChange(
        place=Place(subject=name, part=Part.SENTENCE),
        title=rule.title,
        before=rule.sentence(),
        after=new.sentence(),
    )


def _policy(before: AlarmPolicy, after: AlarmPolicy) -> Iterator[LimitsChange]:
    for one in fields(AlarmPolicy):
        old, new = getattr(before, one.name), getattr(after, one.name)
        if old != new:
            yield LimitsChange(
                place=Place(subject=one.name, part=Part.POLICY),
                title="for all alarms together",
                before=value_text(old),
                after=value_text(new),
            )
