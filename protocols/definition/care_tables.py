"""The tables of a protocol file about the care around the dose, and mistakes between their fields.

A list that may be missing is written with `Field(default_factory=list)`: a file without it is read
as one that asks nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field

from protocols.definition.care_content import (
    CareContent,
    Checklist,
    ChecklistItem,
    ChecklistTime,
    EffectTerm,
    HoldRules,
    IntegrationRule,
    PresenceRule,
    RescueDrug,
    RescueStep,
)
from protocols.definition.fields import Answers, Name, Table, Text
from protocols.key_lines import Location

_Mistake = tuple[Location, str]

Code = Annotated[str, Field(max_length=80)]
MinuteRange = Annotated[
    list[Annotated[int, Field(ge=1, le=720)]], Field(min_length=2, max_length=2)
]
Names = Annotated[list[Text], Field(min_length=1, max_length=24)]


class HoldsTable(Table):
    """``[holds]``."""

    prescriber_named: bool
    tries: Annotated[int, Field(ge=1, le=10)]
    repeat_after_min: MinuteRange
    rest_enforced: bool

    def build(self) -> HoldRules:
        """The frozen value."""
        low_min, high_min = self.repeat_after_min
        return HoldRules(
            prescriber_named=self.prescriber_named,
            tries=self.tries,
            repeat_s=(60 * low_min, 60 * high_min),
            rest_enforced=self.rest_enforced,
        )


class ChecklistItemTable(Table):
    """One item of a ``[[checklist]]``."""

    id: Name
    label: Text
    answers: Answers
    needs_text: list[Text] = Field(default_factory=list)
    text_label: Text = "Details"

    def build(self) -> ChecklistItem:
        """The frozen value."""
        return ChecklistItem(
            id=self.id,
            label=self.label,
            answers=tuple(self.answers),
            needs_text=tuple(self.needs_text),
            text_label=self.text_label,
        )


class ChecklistTable(Table):
    """One ``[[checklist]]``."""

    id: Name
    title: Text
    when: Literal["before", "during", "after"]
    required: bool = False
    items: Annotated[list[ChecklistItemTable], Field(min_length=1, max_length=24)]

    def build(self) -> Checklist:
        """The frozen value."""
        return Checklist(
            id=self.id,
            title=self.title,
            when=ChecklistTime(self.when),
            required=self.required,
            items=tuple(item.build() for item in self.items),
        )


class EffectTable(Table):
    """One ``[[effect]]``."""

    id: Name
    label: Text
    urgent: bool = False
    meddra_pt: Code = ""
    snomed: Code = ""

    def build(self) -> EffectTerm:
        """The frozen value."""
        return EffectTerm(
            id=self.id,
            label=self.label,
            urgent=self.urgent,
            meddra_pt=self.meddra_pt,
            snomed=self.snomed,
        )


class RescueTable(Table):
    """One ``[[rescue]]``: a step of the action ladder."""

    id: Name
    text: Text

    def build(self) -> RescueStep:
        """The frozen value."""
        return RescueStep(id=self.id, text=self.text)


class RescueDrugTable(Table):
    """One ``[[rescue_drug]]``."""

    id: Name
    name: Text
    usual: Text
    caution: Annotated[str, Field(max_length=400)] = ""
    evidence: Annotated[str, Field(max_length=400)] = ""

    def build(self) -> RescueDrug:
        """The frozen value."""
        return RescueDrug(
            id=self.id,
            name=self.name,
            usual=self.usual,
            caution=self.caution,
            evidence=self.evidence,
        )


class PresenceTable(Table):
    """``[presence]``."""

    roles: Names

    def build(self) -> PresenceRule:
        """The frozen value."""
        return PresenceRule(roles=tuple(self.roles))


class IntegrationTable(Table):
    """``[integration]``."""

    minutes: MinuteRange
    within_days: Annotated[int, Field(ge=0, le=60)]
    modalities: Names

    def build(self) -> IntegrationRule:
        """The frozen value."""
        return IntegrationRule(
            minutes=(self.minutes[0], self.minutes[1]),
            within_days=self.within_days,
            modalities=tuple(self.modalities),
        )


class CareTables(Table):
    """The fields that a protocol file has for the care around the dose; all may be missing."""

    holds: HoldsTable | None = None
    checklist: list[ChecklistTable] = Field(default_factory=list)
    effect: list[EffectTable] = Field(default_factory=list)
    rescue: list[RescueTable] = Field(default_factory=list)
    rescue_drug: list[RescueDrugTable] = Field(default_factory=list)
    presence: PresenceTable | None = None
    integration: IntegrationTable | None = None

    def build_holds(self) -> HoldRules:
        """How holds are passed."""
        return HoldRules() if self.holds is None else self.holds.build()

    def build_care(self) -> CareContent:
        """Everything else."""
        return CareContent(
            checklists=tuple(one.build() for one in self.checklist),
            effects=tuple(one.build() for one in self.effect),
            rescue_steps=tuple(one.build() for one in self.rescue),
            rescue_drugs=tuple(one.build() for one in self.rescue_drug),
            presence=None if self.presence is None else self.presence.build(),
            integration=None if self.integration is None else self.integration.build(),
        )


def check_care(content: CareTables) -> Iterator[_Mistake]:
    """Mistakes of the care tables that no single field shows."""
    if content.holds is not None:
        yield from _check_range(("holds", "repeat_after_min"), content.holds.repeat_after_min)
    if content.integration is not None:
        yield from _check_range(("integration", "minutes"), content.integration.minutes)
    for index, listed in enumerate(content.checklist):
        yield from _check_unique(("checklist", index, "items"), [one.id for one in listed.items])
        if listed.required and listed.when == "during":
            yield (
                ("checklist", index, "required"),
                "true is for lists before or after. Allowed: false.",
            )
        for number, item in enumerate(listed.items):
            for answer in item.needs_text:
                if answer not in item.answers:
                    where: Location = ("checklist", index, "items", number, "needs_text")
                    allowed = ", ".join(item.answers)
                    yield where, f"“{answer}” is none of answers. Allowed: {allowed}."
    yield from _check_unique(("checklist",), [one.id for one in content.checklist])
    yield from _check_unique(("effect",), [one.id for one in content.effect])
    yield from _check_unique(("rescue",), [one.id for one in content.rescue])
    yield from _check_unique(("rescue_drug",), [one.id for one in content.rescue_drug])


def _check_range(location: Location, pair: Sequence[int]) -> Iterator[_Mistake]:
    if pair[0] > pair[1]:
        yield location, f"{pair[0]} to {pair[1]} runs backwards. Allowed: the lower value first."


def _check_unique(location: Location, names: Sequence[str]) -> Iterator[_Mistake]:
    counts = Counter(names)
    for index, name in enumerate(names):
        if counts[name] > 1 and names.index(name) != index:
            yield (*location, index), f"“{name}” stands here a second time: each may stand once."
