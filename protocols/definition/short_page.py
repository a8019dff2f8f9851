"""A protocol on one printed page: what a nurse needs before and during a visit."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby

from protocols.definition.care_content import HoldKind
from protocols.definition.content import DischargeCriterion, ProtocolDefinition
from protocols.definition.dose_page import describe_dose
from protocols.definition.page import describe_span, describe_stay, describe_times
from protocols.events import Giving
from protocols.guardrails import Guardrail, plain_text
from protocols.schedule import ScheduledItem
from protocols.vitals import VITALS

PAGE_WIDTH = 110
"""Characters a line: A4 upright in a small type."""

_MARKS = {
    HoldKind.SOFT: "",
    HoldKind.OVERRIDE: " (2x)",
    HoldKind.HARD: " (!)",
    HoldKind.STOP: " (!)",
}

_LIMITS = "Limits: outside the first pair a reason is needed, outside the second it is refused"
_GATE = "Gate: (!) nothing passes it, (2x) a prescriber's order asked twice, else their reason"


def describe_on_one_page(definition: ProtocolDefinition) -> str:
    """Dose, limits, questions, observations and discharge, at `PAGE_WIDTH` characters a line.

    The words of side effects, rescue card, models and sources stand on the whole page alone.
    """
    sections: tuple[tuple[str, Iterable[str]], ...] = (
        ("Dose", _dose(definition)),
        (_LIMITS, _limits(definition)),
        (_GATE, _gate(definition)),
        ("Baseline", _baseline(definition)),
        ("Observations, minutes", _observations(definition)),
        ("Leaving", _leaving(definition)),
    )
    lines = list(_head(definition))
    for title, paragraphs in sections:
        lines += ["", title]
        for paragraph in paragraphs:
            lines += textwrap.wrap(
                paragraph,
                PAGE_WIDTH,
                initial_indent="  ",
                subsequent_indent="    ",
                break_on_hyphens=False,
            )
    return "\n".join(lines)


def _head(definition: ProtocolDefinition) -> Iterator[str]:
    approved = definition.approved_by or "NOT YET APPROVED by a medical director"
    yield f"{definition.title}"
    yield (
        f"{definition.id}, version {definition.version}; approved by: {approved}; review by "
        f"{definition.review_date.isoformat()}"
    )
    yield f"{definition.drug}, {definition.route}; from {definition.minimum_age_years} years"
    yield f"Alarm limits: {definition.limits_profile}. Alarms and next steps: simulate --preflight."


def _dose(definition: ProtocolDefinition) -> Iterator[str]:
    usual, *more = describe_dose(definition.dose)
    yield usual
    if definition.dose.giving is Giving.INFUSION:
        more.append(f"slow means {definition.slow_percent} % of the rate")
    if more:
        yield "; ".join(more)


def _limits(definition: ProtocolDefinition) -> Iterator[str]:
    yield "; ".join(_limit(one) for one in definition.guardrails)


def _limit(one: Guardrail) -> str:
    soft = f"{plain_text(one.soft_low)} to {plain_text(one.soft_high)}"
    low = "-" if one.hard_low is None else plain_text(one.hard_low)
    high = "-" if one.hard_high is None else plain_text(one.hard_high)
    return f"{one.label} {soft} ({low} to {high}) {one.unit}"


def _gate(definition: ProtocolDefinition) -> Iterator[str]:
    for section, items in groupby(definition.gate, key=lambda item: item.section):
        asked = " ".join(f"{item.question}{_MARKS[item.hold]}" for item in items)
        yield f"{section}: {asked}"
    due = [(one, definition.scale(one.scale)) for one in definition.scales_due]
    words = [
        f"{scale.name} ({str(one.moment).replace('-', ' ')}{', required' if one.required else ''})"
        for one, scale in due
        if scale is not None
    ]
    if words:
        yield f"Scales: {', '.join(words)}"
    lists = [
        f"{one.title} ({one.when}{', required' if one.required else ''})"
        for one in definition.care.checklists
    ]
    if lists:
        yield f"Checklists: {', '.join(lists)}"


def _baseline(definition: ProtocolDefinition) -> Iterator[str]:
    rule = definition.baseline
    low_s, high_s = rule.bp_spacing_s
    needed = ", ".join(VITALS[vital].label for vital in rule.required)
    yield (
        f"{rule.rest_s // 60} min seated, {rule.bp_readings} pressures {low_s} to {high_s} s "
        f"apart; {needed}"
    )
    limits = "; ".join(
        f"{VITALS[one.vital].label} {describe_span(one.go)} ({describe_span(one.soft)})"
        for one in definition.start_limits
    )
    yield f"Start with {limits}: outside the prescriber decides, outside the second an override"


def _observations(definition: ProtocolDefinition) -> Iterator[str]:
    for (phase, times), rows in groupby(definition.schedule, key=_when):
        yield f"{phase}: {', '.join(row.label for row in rows)}: {times}"
    for recheck in definition.recheck:
        yield (
            f"after an alarm {recheck.item}: every {recheck.every_s // 60} min until "
            f"{recheck.in_range} in range, then every {recheck.then_every_s // 60} min"
        )


def _when(row: ScheduledItem) -> tuple[str, str]:
    since = ", from the first dose" if row.from_first_dose else ""
    return str(row.phase), f"{describe_times(row)}{since} (± {row.window_s // 60})"


def _leaving(definition: ProtocolDefinition) -> Iterator[str]:
    yield describe_stay(definition.recovery)
    read = [one for one in definition.discharge if not one.answers]
    asked = [one for one in definition.discharge if one.answers]
    for words, criteria in (("From readings", read), ("Asked", asked)):
        if criteria:
            yield f"{words}: {_labels(criteria)}"


def _labels(criteria: Iterable[DischargeCriterion]) -> str:
    return "; ".join(one.label for one in criteria)
