"""What staff do and see around the dose: checklists, side effects, presence, follow-up."""

from __future__ import annotations

from dataclasses import dataclass

from protocols.events.commands import Command
from protocols.events.terms import DrugAction, Output, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerChecklist(Command):
    """An answer to one item of a checklist of the protocol; `text` where the item asks for one."""

    checklist: str
    item: str
    answer: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportEffect(Command):
    """A side effect began, `age_s` seconds before it was typed.

    Attributes:
        term: of the protocol's list.
        serious: whether it is a serious adverse event; None: not judged.
        prescriber: who was told of it; an urgent or serious one needs a prescriber.
    """

    term: str
    severity: Severity
    action: DrugAction
    age_s: float = 0.0
    treatment: str = ""
    serious: bool | None = None
    text: str = ""
    prescriber: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeEffect(Command):
    """A side effect changed, or ended (`ended`, `age_s` seconds before it was typed).

    What is left empty or None stays as it was.
    """

    effect: str
    severity: Severity
    action: DrugAction
    ended: bool = False
    age_s: float = 0.0
    treatment: str = ""
    serious: bool | None = None
    text: str = ""
    prescriber: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePresence(Command):
    """A person came to the patient, or left. `role` as the site names it."""

    person: str
    role: str
    present: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanIntegration(Command):
    """A session to integrate the experience was planned.

    Attributes:
        on: date in ISO 8601.
        minutes: how long, 60 to 90 where the protocol says nothing else.
        modality: kind of adjunct therapy, of the protocol's list.
        with_whom: therapist.
    """

    on: str
    minutes: int
    modality: str
    with_whom: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistChanged(Output):
    """One item of a checklist, answered."""

    checklist: str
    item: str
    label: str
    answer: str
    by: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectChanged(Output):
    """A side effect as it stands now.

    Attributes:
        effect: unique name within the session, for example ``effect-2``.
        onset_ns: when it began.
        ended_ns: when it ended, or None while it lasts.
        urgent: a term that always needs the prescriber.
        prescriber: who was told of it.
    """

    effect: str
    term: str
    label: str
    onset_ns: int
    severity: Severity
    action: DrugAction
    by: str
    ended_ns: int | None = None
    treatment: str = ""
    serious: bool | None = None
    text: str = ""
    urgent: bool = False
    prescriber: str = ""

    @property
    def needs_prescriber(self) -> bool:
        """Whether a prescriber must still be told."""
        return (self.urgent or self.serious is True) and not self.prescriber


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceChanged(Output):
    """Who is with the patient: one person came or left."""

    person: str
    role: str
    present: bool
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationPlanned(Output):
    """The integration session as planned."""

    on: str
    minutes: int
    modality: str
    with_whom: str
    by: str
