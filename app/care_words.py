"""The care around the dose in words: how an effect, an answer or a presence reads in a line."""

from __future__ import annotations

from protocols.events import (
    ChecklistChanged,
    DrugAction,
    EffectChanged,
    IntegrationPlanned,
    ObservationRecorded,
    PresenceChanged,
)

ACTION_WORDS = {
    DrugAction.NONE: "drug unchanged",
    DrugAction.SLOWED: "drug slowed",
    DrugAction.PAUSED: "drug paused",
    DrugAction.STOPPED: "drug stopped",
}
"""What was done with the drug because of a side effect."""


def effect_words(effect: EffectChanged) -> str:
    """A side effect with severity, action, treatment, seriousness and who was told."""
    parts = [f"{effect.label}, {effect.severity}", ACTION_WORDS[effect.action]]
    if effect.treatment:
        parts.append(f"treated: {effect.treatment}")
    if effect.serious is not None:
        parts.append("SERIOUS" if effect.serious else "not serious")
    if effect.prescriber:
        parts.append(f"prescriber told: {effect.prescriber}")
    elif effect.needs_prescriber:
        parts.append("PRESCRIBER NOT TOLD")
    if effect.text:
        parts.append(effect.text)
    return "; ".join(parts)


def checklist_words(event: ChecklistChanged) -> str:
    """A checklist's item with its answer."""
    text = f" ({event.text})" if event.text else ""
    return f"{event.label} {event.answer}{text}"


def presence_words(event: PresenceChanged) -> str:
    """Who came or left."""
    role = f", {event.role}" if event.role else ""
    return f"{event.person}{role} {'came' if event.present else 'left'}"


def integration_words(event: IntegrationPlanned) -> str:
    """The session that was planned."""
    whom = f" with {event.with_whom}" if event.with_whom else ""
    kind = "no adjunct therapy" if event.modality == "none" else event.modality
    return f"{event.on}, {event.minutes} min, {kind}{whom}"


def drug_words(event: ObservationRecorded) -> str:
    """A drug with dose, route and purpose."""
    purpose = f", {event.purpose}" if event.purpose else ""
    text = f" {event.text}" if event.text else ""
    return f"{event.label}{text}{purpose}"
