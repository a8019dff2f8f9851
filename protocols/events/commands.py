"""Inputs of people: what a nurse, a prescriber or a second person does. Each carries who."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from protocols.events.terms import Input, Phase, Preparation, WeightBasis
from protocols.vitals import Vital


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Input):
    """A person's action. It takes effect only if the rules accept it (else `CommandRefused`)."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseStanding:
    """What the patient's course says of this visit, read from the record before it.

    Attributes:
        course: name of the course.
        template: id of the course template, with its version.
        last_dose_utc: when the last dose of the patient began, ISO 8601 in UTC, or empty.
        spacing_hard_h, spacing_soft_h: hours from the last dose before which no dose is given, and
            before which a prescriber decides.
        decision: a decision that must be taken before this visit, as a sentence, or empty.
        doses_before: how many doses the patient had before, in all courses.
        total_before_mg: what they add up to.
    """

    course: str
    template: str
    last_dose_utc: str = ""
    spacing_hard_h: Decimal | None = None
    spacing_soft_h: Decimal | None = None
    decision: str = ""
    doses_before: int = 0
    total_before_mg: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastDose:
    """The dose of the patient's last visit with the same kind of treatment, from the record."""

    amount_mg: Decimal
    drug: str
    route: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterPatient(Command):
    """Who is treated. `sex` is ``female``, ``male`` or ``other``; dates are ISO 8601."""

    given_name: str
    family_name: str
    mrn: str
    birth_date: str
    sex: str
    height_cm: Decimal | None = None
    allergies: str = ""
    visit: int = 1
    visits_planned: int | None = None
    standing: CourseStanding | None = None
    last_dose: LastDose | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterWeight(Command):
    """Body weight in kilograms. A stated weight, or one outside soft limits, needs a `reason`."""

    weight_kg: Decimal
    measured: bool
    reason: str = ""
    last_weight_kg: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideReason:
    """Why a soft limit was passed: the field as the guardrail names it, and the person's reason."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDose(Command):
    """The prescriber's order. What is worked out from it (dose, volume, rate) is never entered.

    Attributes:
        dose_mg_per_kg: of a dose by weight; else None.
        dose_mg: of a fixed dose; else None.
        duration_min: of an infusion; else None.
        concentration_mg_per_ml: of what is infused or injected; else None. Where a whole bag is
            run it follows from bag and dose, and is None.
        style: how an infusion is prepared.
        bag_ml: nominal volume of the bag, where there is one.
        vial_mg_per_ml: strength of the vial that the dose is drawn from, where a bag is made.
        diluent_withdrawn: the drug's volume of diluent was taken out of the bag first.
        weight_basis: the weight that the dose rests on; another than the total needs a reason
            (field ``weight_basis``).
        last_dose_mg: the dose of the last visit, where the patient's entry does not say it.
        reasons: why soft limits are passed.
    """

    dose_mg_per_kg: Decimal | None = None
    duration_min: Decimal | None = None
    concentration_mg_per_ml: Decimal | None = None
    reasons: tuple[OverrideReason, ...] = ()
    dose_mg: Decimal | None = None
    style: Preparation = Preparation.SYRINGE
    bag_ml: Decimal | None = None
    vial_mg_per_ml: Decimal | None = None
    diluent_withdrawn: bool = False
    weight_basis: WeightBasis = WeightBasis.TOTAL
    last_dose_mg: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckDose(Command):
    """A second person's blind check: the weight read and the dose worked out, entered unseen."""

    weight_kg: Decimal
    dose_mg: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerGate(Command):
    """An answer to one gate item, or the override of a start limit.

    Attributes:
        item, answer: what is answered.
        reason: the text that the answer asks for, or the prescriber's reason to pass a hold.
        prescriber: who passes the hold; `by` is who entered it.
        confirmed: the prescriber's order to go on all the same was asked for a second time.
    """

    item: str
    answer: str
    reason: str = ""
    prescriber: str = ""
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvancePhase(Command):
    """The nurse moves the visit to `phase`, as the table allows; leaving early needs a `reason`."""

    phase: Phase
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeBaseline(Command):
    """Accept the readings shown as the patient's baseline. A single BP needs a `reason`.

    `rest_reason`: why pressures count that were measured before the rest, or the wait before a
    repeat, was over.
    """

    reason: str = ""
    rest_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartInfusion(Command):
    """The pump was started; `pump_rate_ml_per_h` is read back from its own display."""

    pump_rate_ml_per_h: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseInfusion(Command):
    """The pump was paused."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeInfusion(Command):
    """The pump runs again at the rate it had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowInfusion(Command):
    """The pump's rate was set to `percent` of the ordered rate (1 to 100)."""

    percent: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopInfusion(Command):
    """The pump was stopped for good before the whole dose was given."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBp(Command):
    """Start one blood-pressure determination."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AbortBp(Command):
    """Abort the blood-pressure determination in progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmMonitor(Command):
    """The monitor in the slot `device` is on this patient: its numbers count from now on."""

    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmBpSchedule(Command):
    """Let the schedule start blood-pressure determinations by itself, or stop letting it."""

    armed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSameArm(Command):
    """Cuff and oximeter are on the same arm, or no longer; until it is said they are not."""

    same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterValue(Command):
    """A vital or score that a person measured or asked, `age_s` seconds before it was typed."""

    vital: Vital
    value: float
    age_s: float = 0.0
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterBp(Command):
    """A blood pressure taken by hand, mmHg, `age_s` seconds before it was typed."""

    sbp_mmhg: int
    dbp_mmhg: int
    age_s: float = 0.0
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedValue:
    """One value of an entry by hand, in the vital's unit."""

    vital: Vital
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterVitals(Command):
    """Values that a person measured together: all are recorded, or none.

    They were measured `age_s` seconds before they were typed, or at the local time of day `clock`
    (``14:05``) where it is not empty. `confirmed` when the person was asked about exactly this
    entry and sends it again; the two kinds of entry above have it with the same meaning.
    """

    values: tuple[TypedValue, ...]
    age_s: float = 0.0
    clock: str = ""
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEvent(Command):
    """Something seen or said: a term of the quick list, its severity 0-10 where asked, a text."""

    term: str
    severity: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDrug(Command):
    """A drug given by the staff, as they gave it; the program recommends none.

    `purpose` is ``pre-medication``, ``rescue`` or empty; it was given `age_s` seconds before it
    was typed.
    """

    drug: str
    dose: str
    route: str = ""
    purpose: str = ""
    age_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteNote(Command):
    """A free note."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipTask(Command):
    """A due observation will not be made, and why."""

    task: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge(Command):
    """An alarm was seen, and `action` is what was done about it. It also resets a latched alarm."""

    alarm: str
    action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseAudio(Command):
    """Silence the alarms that sound, for at most the limit of the alarm policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndAudioPause(Command):
    """End the audio pause before its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver(Command):
    """Another named observer takes over the patient."""

    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDischarge(Command):
    """An answer to one discharge criterion that no reading can answer."""

    item: str
    answer: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseSession(Command):
    """End the session: after discharge, or before it with a reason."""

    reason: str = ""
