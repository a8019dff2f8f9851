"""What a protocol says of the care around the dose, as frozen values.

How a hold is passed, checklists, side effects, the rescue card, who may be present, and the session
in which the patient integrates the experience. Every list is data of the site; where a protocol
says nothing, the list is empty and nothing is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class HoldKind(StrEnum):
    """What passes an answer that holds the start.

    ``soft``: a prescriber's reason; ``override``: a prescriber's order to go on all the same, asked
    for a second time; ``stop`` and ``hard``: nothing (``hard`` is how earlier files write it).
    """

    SOFT = "soft"
    OVERRIDE = "override"
    HARD = "hard"
    STOP = "stop"

    @property
    def can_be_passed(self) -> bool:
        """Whether a prescriber can pass it."""
        return self in (HoldKind.SOFT, HoldKind.OVERRIDE)

    @property
    def words(self) -> str:
        """How a screen calls it."""
        return {"soft": "soft hold", "override": "hard hold"}.get(self.value, "stop")


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRules:
    """How strictly holds are passed. The defaults are what a file means that says nothing.

    Attributes:
        prescriber_named: a hold passes only with the name of a prescriber beside the reason.
        tries: baselines that may hold the start before only the prescriber decides; 0: not counted.
        repeat_s: least and greatest time from such a baseline to the next pressures; the least is
            enforced, the greatest is guidance.
        rest_enforced: pressures measured before the rest ended do not count for the baseline.
    """

    prescriber_named: bool = False
    tries: int = 0
    repeat_s: tuple[int, int] = (0, 0)
    rest_enforced: bool = False


class ChecklistTime(StrEnum):
    """When a checklist is gone through."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistItem:
    """One line of a checklist.

    Attributes:
        id: unique in its checklist.
        label: as the nurse reads it.
        answers: what may be answered, in the order of the buttons.
        needs_text: answers that count only with a text.
        text_label: what that text is.
    """

    id: str
    label: str
    answers: tuple[str, ...]
    needs_text: tuple[str, ...] = ()
    text_label: str = "Details"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """A list that is gone through before, during or after the dose.

    `required`: while an item of it is open, a list before holds the start and a list after holds
    the discharge; a list during the dose holds nothing and cannot be required.
    """

    id: str
    title: str
    when: ChecklistTime
    items: tuple[ChecklistItem, ...]
    required: bool = False

    def item(self, item: str) -> ChecklistItem | None:
        """The item of that id, or None."""
        return next((one for one in self.items if one.id == item), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectTerm:
    """A side effect as the clinic calls it, with columns for codes that a site licenses itself.

    `urgent`: it always needs the prescriber.
    """

    id: str
    label: str
    urgent: bool = False
    meddra_pt: str = ""
    snomed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrugCode:
    """The protocol's drug in a code system, for copies that others read; never shown to staff.

    `system` is its address in FHIR, for example that of ATC or RxNorm.
    """

    system: str
    code: str
    display: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RescueStep:
    """One step of the action ladder, in order."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RescueDrug:
    """A drug of the site's standing order, shown in the words of the order; never a dose to give.

    Attributes:
        id: unique name.
        name: of the drug.
        usual: what such orders usually say.
        caution: when not.
        evidence: where that comes from.
    """

    id: str
    name: str
    usual: str
    caution: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceRule:
    """Who may be with the patient: the roles as the site names them."""

    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationRule:
    """How a session to integrate the experience is planned.

    Attributes:
        minutes: shortest and longest session, min.
        within_days: by how many days after the dose it should be, for people.
        modalities: kinds of adjunct therapy to choose from.
    """

    minutes: tuple[int, int]
    within_days: int
    modalities: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CareContent:
    """All that a protocol says of the care around the dose."""

    checklists: tuple[Checklist, ...] = ()
    effects: tuple[EffectTerm, ...] = ()
    rescue_steps: tuple[RescueStep, ...] = ()
    rescue_drugs: tuple[RescueDrug, ...] = ()
    presence: PresenceRule | None = None
    integration: IntegrationRule | None = None

    def checklist(self, checklist: str) -> Checklist | None:
        """The checklist of that id, or None."""
        return next((one for one in self.checklists if one.id == checklist), None)

    def effect(self, term: str) -> EffectTerm | None:
        """The side effect of that id, or None."""
        return next((one for one in self.effects if one.id == term), None)
