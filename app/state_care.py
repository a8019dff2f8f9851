"""The care around the dose as a screen shows it: checklists, side effects, who is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from protocols.definition import Checklist
from protocols.events import (
    ChecklistChanged,
    EffectChanged,
    IntegrationPlanned,
    Phase,
    PhaseChanged,
    PresenceChanged,
)

_NONE: Mapping[Any, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class CareShown:
    """What was recorded of the care, the latest of everything.

    Attributes:
        answers: by checklist and item.
        effects: by name of the effect, in order of report.
        present: who is with the patient: role by name.
        integration: the session planned last, or None.
        rest_since_ns: when the rest before the baseline began, or None.
    """

    answers: Mapping[tuple[str, str], ChecklistChanged] = field(default_factory=lambda: _NONE)
    effects: Mapping[str, EffectChanged] = field(default_factory=lambda: _NONE)
    present: Mapping[str, str] = field(default_factory=lambda: _NONE)
    integration: IntegrationPlanned | None = None
    rest_since_ns: int | None = None

    def with_answer(self, event: ChecklistChanged) -> CareShown:
        """With one item of a checklist answered."""
        answers = {**self.answers, (event.checklist, event.item): event}
        return replace(self, answers=MappingProxyType(answers))

    def with_effect(self, event: EffectChanged) -> CareShown:
        """With a side effect as it stands now."""
        return replace(self, effects=MappingProxyType({**self.effects, event.effect: event}))

    def without_effect(self, effect: str) -> CareShown:
        """Without a side effect that was withdrawn."""
        left = {name: one for name, one in self.effects.items() if name != effect}
        return replace(self, effects=MappingProxyType(left))

    def with_presence(self, event: PresenceChanged) -> CareShown:
        """With a person who came or left."""
        present = {name: role for name, role in self.present.items() if name != event.person}
        if event.present:
            present[event.person] = event.role
        return replace(self, present=MappingProxyType(present))

    def with_phase(self, event: PhaseChanged) -> CareShown:
        """With the rest that begins when the baseline phase is entered for the first time."""
        if event.after is Phase.BASELINE and self.rest_since_ns is None:
            return replace(self, rest_since_ns=event.t_ns)
        if event.after is Phase.SETUP:
            return replace(self, rest_since_ns=None)
        return self

    def open_items(self, listed: Checklist) -> int:
        """How many items of `listed` have no answer."""
        return sum((listed.id, item.id) not in self.answers for item in listed.items)

    @property
    def open_effects(self) -> tuple[EffectChanged, ...]:
        """Side effects that last, or of which a prescriber must still be told."""
        return tuple(
            effect
            for effect in self.effects.values()
            if effect.ended_ns is None or effect.needs_prescriber
        )
