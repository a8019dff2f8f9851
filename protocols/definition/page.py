"""A protocol on one page, for a nurse to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import groupby

from protocols.definition.care_page import HOLD_WORDS, describe_care, describe_holds
from protocols.definition.concentration_table import describe_concentration
from protocols.definition.content import DischargeCriterion, ProtocolDefinition, RecoveryRule
from protocols.definition.dose_page import describe_dose
from protocols.definition.ledger_table import describe_ledger
from protocols.definition.scale_page import criterion_words, describe_scales
from protocols.events import Giving
from protocols.guardrails import plain_text
from protocols.schedule import ScheduledItem
from protocols.vitals import VITALS, Vital


def describe(definition: ProtocolDefinition) -> str:
    """One page of plain text that says everything the protocol does, line by line."""
    return "\n".join(
        [
            *_head(definition),
            *_section("Guardrails (soft: needs a reason; hard: refused)", _guardrails(definition)),
            *_section("Before the infusion", _gate(definition)),
            *_section("Baseline", _baseline(definition)),
            *_section("Observations", _schedule(definition)),
            *_scales(definition),
            *_section("Recovery and discharge", _discharge(definition)),
            *_care(definition),
            *_section("Account of the drug", describe_ledger(definition.ledger)),
            *_section("Predicted level", describe_concentration(definition.concentration)),
            *_section("One-touch events", [", ".join(e.label for e in definition.quick_events)]),
            *_section("Sources", definition.source),
        ]
    )


def _care(definition: ProtocolDefinition) -> Iterator[str]:
    lines = list(describe_care(definition.care))
    return _section("Care around the dose", lines) if lines else iter(())


def _scales(definition: ProtocolDefinition) -> Iterator[str]:
    lines = tuple(describe_scales(definition))
    return _section("Scales", lines) if lines else iter(())


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield ""
    yield title
    for line in lines:
        yield f"  {line}"


def _head(definition: ProtocolDefinition) -> Iterator[str]:
    dose = definition.dose
    approved = f"approved by {definition.approved_by}" if definition.approved_by else (
        "NOT YET APPROVED by a medical director"
    )  # fmt: skip
    yield f"{definition.id}, version {definition.version}: {definition.title}"
    yield f"{approved}; review by {definition.review_date.isoformat()}"
    yield f"{definition.drug}, {definition.route}, from {definition.minimum_age_years} years"
    yield from describe_dose(dose)
    if dose.giving is Giving.INFUSION:
        yield f"slow means {definition.slow_percent} % of the rate"
    yield f"alarm limits: {definition.limits_profile}"


def _guardrails(definition: ProtocolDefinition) -> Iterator[str]:
    for one in definition.guardrails:
        soft = f"soft {plain_text(one.soft_low)} to {plain_text(one.soft_high)}"
        hard = f"hard {_or_none(one.hard_low)} to {_or_none(one.hard_high)}"
        yield f"{one.label:<18} {soft}, {hard} {one.unit}"
    weight = definition.weight
    yield (
        f"Weight change from the last visit: above {plain_text(weight.change_soft_percent)} % "
        f"needs a reason, above {plain_text(weight.change_hard_percent)} % is entered once more"
    )


def _or_none(limit: Decimal | None) -> str:
    return "none" if limit is None else plain_text(limit)


def _gate(definition: ProtocolDefinition) -> Iterator[str]:
    yield from describe_holds(definition.holds)
    for section, items in groupby(definition.gate, key=lambda item: item.section):
        yield f"{section}:"
        for item in items:
            hold = HOLD_WORDS[item.hold]
            yield f"  {item.question} [{' / '.join(item.passes)}; {hold}]"


def _baseline(definition: ProtocolDefinition) -> Iterator[str]:
    rule = definition.baseline
    low_s, high_s = rule.bp_spacing_s
    yield (
        f"{rule.rest_s // 60} min seated, then {rule.bp_readings} blood pressures "
        f"{low_s} to {high_s} s apart; their mean is the baseline"
    )
    yield f"Needed: {_labels(rule.required)}"
    for limit in definition.start_limits:
        spec = VITALS[limit.vital]
        yield (
            f"{spec.label:<6} go {describe_span(limit.go)}, "
            f"prescriber decides {describe_span(limit.soft)}, "
            f"else hold {spec.unit_text}"
        )


def describe_span(pair: tuple[Decimal, Decimal]) -> str:
    """Lowest and highest value in words; one value where they are the same."""
    low, high = (plain_text(one) for one in pair)
    return low if low == high else f"{low} to {high}"


def _labels(vitals: Iterable[Vital]) -> str:
    return ", ".join(VITALS[vital].label for vital in vitals)


def _schedule(definition: ProtocolDefinition) -> Iterator[str]:
    for rule in definition.schedule:
        since = ", from the first dose" if rule.from_first_dose else ""
        window = f"± {rule.window_s // 60} min"
        yield f"{rule.phase:<9} {rule.label}: {describe_times(rule)}{since} ({window})"
    for recheck in definition.recheck:
        yield (
            f"after an alarm {recheck.item}: every {recheck.every_s // 60} min until "
            f"{recheck.in_range} in range, then every {recheck.then_every_s // 60} min"
        )


def describe_times(rule: ScheduledItem) -> str:
    """When an item of the schedule is due, in words."""
    words = []
    for one in rule.every:
        until = "" if one.until_s is None else f" to {one.until_s // 60} min"
        words.append(f"every {one.every_s // 60} min{until}")
    if rule.at_s:
        *first, last = (str(at_s // 60) for at_s in rule.at_s)
        minutes = f"{', '.join(first)} and {last}" if first else last
        words.append(f"{'always ' if rule.every else ''}at {minutes} min")
    return ", then ".join(words[: len(rule.every)]) + (
        f"{'; ' if rule.every else ''}{words[-1]}" if rule.at_s else ""
    )


def _discharge(definition: ProtocolDefinition) -> Iterator[str]:
    recovery = definition.recovery
    yield describe_stay(recovery)
    for criterion in definition.discharge:
        yield f"{criterion.label}{_tests(criterion)}"


def describe_stay(rule: RecoveryRule) -> str:
    """How long a patient stays, and what leaving before is, in words."""
    minimum_min, soft_min = rule.minimum_s // 60, rule.soft_minimum_s // 60
    since = "from the first dose" if rule.counted_from_first_dose else "after the end of the drug"
    stay = f"At least {minimum_min} min {since}"
    if minimum_min == soft_min:
        return f"{stay}; earlier is leaving against advice"
    return f"{stay}; earlier needs a reason; before {soft_min} min is leaving against advice"


def _tests(criterion: DischargeCriterion) -> str:
    if criterion.scale:
        return criterion_words(criterion)
    if not criterion.tests:
        return f" [{' / '.join(criterion.passes)}]"
    if criterion.readings == 1:
        return " [from readings]"
    return f" [{criterion.readings} readings, {criterion.spacing_s // 60} min apart]"
