"""The care around the dose on the page that describes a protocol."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from protocols.definition.care_content import CareContent, HoldKind, HoldRules

HOLD_WORDS: Mapping[HoldKind, str] = {
    HoldKind.SOFT: "else prescriber's reason",
    HoldKind.OVERRIDE: "else prescriber's override, asked twice",
    HoldKind.HARD: "no exception",
    HoldKind.STOP: "no exception",
}
"""What passes an answer that holds, for the page."""


def describe_holds(holds: HoldRules) -> Iterator[str]:
    """How holds are passed, line by line."""
    if holds.prescriber_named:
        yield "A hold passes only with the name and the reason of a prescriber"
    else:
        yield "OLDER FILE: a hold passes with a reason, without the prescriber's name"
    if holds.tries:
        low_s, high_s = holds.repeat_s
        yield (
            f"A baseline that holds is repeated after {low_s // 60} to {high_s // 60} min, at most "
            f"{holds.tries} tries; then only the prescriber decides"
        )
    if holds.rest_enforced:
        yield "Pressures before the end of the rest count only with a reason"


def describe_care(care: CareContent) -> Iterator[str]:
    """Checklists, side effects, rescue card, presence and integration, line by line."""
    for listed in care.checklists:
        needed = "required" if listed.required else "optional"
        labels = "; ".join(item.label for item in listed.items)
        yield f"{listed.title} ({listed.when} the dose, {needed}): {labels}"
    if care.effects:
        labels = ", ".join(f"{e.label}{' (urgent)' if e.urgent else ''}" for e in care.effects)
        yield f"Side effects: {labels}"
    for number, step in enumerate(care.rescue_steps, start=1):
        yield f"Rescue step {number}: {step.text}"
    if care.rescue_drugs:
        yield "Drugs of the site's standing order, no dose is recommended by the program:"
    for drug in care.rescue_drugs:
        caution = f"; caution: {drug.caution}" if drug.caution else ""
        yield f"  {drug.name}: {drug.usual}{caution} ({drug.evidence or 'no source named'})"
    if care.presence is not None:
        yield f"Roles: {', '.join(care.presence.roles)}"
    if care.integration is not None:
        low_min, high_min = care.integration.minutes
        yield (
            f"Integration session of {low_min} to {high_min} min within "
            f"{care.integration.within_days} days: {', '.join(care.integration.modalities)}"
        )
