"""What a session knows of the care around the dose: answers, side effects, who is there."""

from __future__ import annotations

from dataclasses import dataclass, field

from protocols.events import ChecklistChanged, EffectChanged, IntegrationPlanned


@dataclass(slots=True)
class CareState:
    """The latest of everything, as recorded. Only the rules change it.

    Attributes:
        answers: by checklist and item.
        effects: by name of the effect, in order of report.
        present: role of each person who is with the patient, by name.
        integration: the session planned last, or None.
    """

    answers: dict[tuple[str, str], ChecklistChanged] = field(default_factory=dict)
    effects: dict[str, EffectChanged] = field(default_factory=dict)
    present: dict[str, str] = field(default_factory=dict)
    integration: IntegrationPlanned | None = None
