"""A person as a source of vital signs: what `devices list` says beside the drivers.

Nothing here decides. `protocols.by_hand` judges what is typed; this only says it in words.
"""

from __future__ import annotations

from dataclasses import dataclass

from protocols.by_hand import MAX_AGE_S, TYPED
from protocols.vitals import VITALS, Vital


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualEntry:
    """What a person may enter.

    Attributes:
        name: as `driver` names a monitor's; no port is ever opened for it.
        title: in plain words.
        vitals: what can be typed.
        certainty: how far its values may be believed.
    """

    name: str
    title: str
    vitals: tuple[Vital, ...]
    certainty: str

    @property
    def bounds(self) -> dict[Vital, str]:
        """What is accepted of each vital, for example ``1 to 100 %``."""
        return {
            vital: f"{spec.plausible[0]:g} to {spec.plausible[1]:g} {spec.unit_text}"
            for vital, spec in ((vital, VITALS[vital]) for vital in self.vitals)
        }


MANUAL = ManualEntry(
    name="manual",
    title="a person at the bedside",
    vitals=TYPED,
    certainty=(f"typed: bounded, unusual values confirmed, at most {MAX_AGE_S / 60:g} min old"),
)
"""The person who types what was measured."""
