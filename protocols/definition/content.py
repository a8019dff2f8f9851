"""The content of a protocol as frozen values: what the rest of the program reads.

Numbers are in the units their names say; times of a schedule are whole seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from protocols.definition.care_content import CareContent, DrugCode, HoldKind, HoldRules
from protocols.dosing.account import LedgerRule
from protocols.dosing.dose_rule import DoseRule
from protocols.dosing.predicted import ConcentrationModel
from protocols.dosing.weight import WeightRules
from protocols.guardrails import Finding, FindingKind, Guardrail, plain_text
from protocols.scales import Scale, ScaleDue
from protocols.schedule import ScheduledItem
from protocols.vitals import VITALS, Vital

STAND_INS: Mapping[Vital, Vital] = {Vital.HR: Vital.PR}
"""What stands in for a vital, in every rule of a protocol, where no monitor gives it."""


class GateState(StrEnum):
    """What an answer makes of a gate item."""

    DONE = "done"
    HELD = "held"
    OVERRIDDEN = "overridden"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateVerdict:
    """The state of a gate item after an answer, and why in a sentence (empty when plainly done)."""

    state: GateState
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GateItem:
    """One question before the infusion.

    Attributes:
        id: unique name.
        section: heading it stands under.
        question: as the nurse reads it.
        answers: what may be answered, in the order of the buttons.
        passes: answers that let the visit go on.
        hold: what passes any other answer, which holds the start.
        needs_reason: passing answers that count only with a text.
        text_label: what that text is.
        prescriber_named: a hold passes only with the name of a prescriber.
    """

    id: str
    section: str
    question: str
    answers: tuple[str, ...]
    passes: tuple[str, ...]
    hold: HoldKind
    needs_reason: tuple[str, ...] = ()
    text_label: str = "Reason"
    prescriber_named: bool = False

    def judge(
        self, answer: str, reason: str = "", prescriber: str = "", *, confirmed: bool = False
    ) -> GateVerdict:
        """What `answer` makes of this item, with the `reason` of the `prescriber` where given.

        `confirmed` when the prescriber's order to go on was asked for a second time. An answer that
        is none of `answers` holds.
        """
        given = bool(reason.strip())
        if answer not in self.answers:
            choices = ", ".join(self.answers)
            return self._held(f"“{answer}” is no answer to this question: choose {choices}.")
        if answer in self.passes:
            if answer in self.needs_reason and not given:
                what = "a reason" if self.text_label == "Reason" else f"“{self.text_label}”"
                return self._held(f"“{answer}” needs {what}.")
            return GateVerdict(state=GateState.DONE, detail=reason.strip())
        asked = f"{self.question} {answer}:"
        if not self.hold.can_be_passed:
            return self._held(f"{asked} the infusion cannot be started.")
        if not given:
            return self._held(f"{asked} a prescriber must give a reason to go on.")
        if self.prescriber_named and not prescriber.strip():
            return self._held(f"{asked} name the prescriber whose reason it is.")
        if self.hold is HoldKind.OVERRIDE and not (prescriber.strip() and confirmed):
            return self._held(f"{asked} a prescriber must order once more to go on all the same.")
        return GateVerdict(state=GateState.OVERRIDDEN, detail=reason.strip())

    def _held(self, detail: str) -> GateVerdict:
        return GateVerdict(state=GateState.HELD, detail=detail)


def in_sections(items: Iterable[GateItem]) -> tuple[GateItem, ...]:
    """The questions with those of one heading together, the heading named first first."""
    asked = tuple(items)
    headings = list(dict.fromkeys(item.section for item in asked))
    return tuple(sorted(asked, key=lambda item: headings.index(item.section)))


@dataclass(frozen=True, slots=True, kw_only=True)
class StartLimit:
    """Where a baseline value lets the infusion start.

    Attributes:
        vital: what is judged.
        go: lowest and highest value that lets the infusion start.
        soft: lowest and highest value of the soft hold: repeat after 5 to 10 min, the prescriber
            decides. A value beyond is a hard hold: only a prescriber's override with a reason.
    """

    vital: Vital
    go: tuple[Decimal, Decimal]
    soft: tuple[Decimal, Decimal]

    @property
    def fallback(self) -> Vital | None:
        """The vital that stands in where no monitor gives `vital`, or None."""
        return STAND_INS.get(self.vital)

    def judge(self, value: float) -> Finding | None:
        """The hold for `value`, or None. It is judged as it is shown, with the vital's decimals."""
        spec = VITALS[self.vital]
        shown = Decimal(spec.format(value))
        inside_soft = self.soft[0] <= shown <= self.soft[1]
        if self.go[0] <= shown <= self.go[1]:
            return None
        low, high = self.go if inside_soft else self.soft
        kind = FindingKind.SOFT if inside_soft else FindingKind.HARD
        side, limit = ("below", low) if shown < low else ("above", high)
        todo = (
            "repeat after 5 to 10 min; the prescriber decides."
            if inside_soft
            else "do not start without a prescriber's override and reason."
        )
        return Finding(
            field=str(self.vital),
            value=shown,
            limit=limit,
            kind=kind,
            message=(
                f"{spec.label} {shown} {spec.unit_text} is {side} {plain_text(limit)}: {todo}"
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRule:
    """What a baseline consists of.

    Attributes:
        bp_readings: blood pressures that a baseline is the mean of.
        bp_spacing_s: least and greatest time between them; the least is enforced, the greatest is
            guidance.
        rest_s: time seated before the first.
        required: vitals without which no baseline can be frozen.
    """

    bp_readings: int
    bp_spacing_s: tuple[int, int]
    rest_s: int
    required: tuple[Vital, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecheckRule:
    """How often an item is observed after an alarm.

    Attributes:
        item: item of the schedule.
        every_s: interval until `in_range` observations in a row were in range.
        in_range: how many.
        then_every_s: interval from then to the end of the phase.
    """

    item: str
    every_s: int
    in_range: int
    then_every_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryRule:
    """How long a patient stays after the drug ended.

    Attributes:
        minimum_s: time to stay; leaving before needs a reason.
        counted_from_first_dose: the time to stay counts from the first dose, else from the end of
            the drug.
        soft_minimum_s: leaving before this is recorded as leaving against advice.
        reading_max_age_s: a reading older than this does not count for discharge.
    """

    minimum_s: int
    soft_minimum_s: int
    reading_max_age_s: int
    counted_from_first_dose: bool = False


class BaselineSide(StrEnum):
    """On which side of the baseline a reading may not stray."""

    BOTH = "both"
    NOT_BELOW = "not-below"
    NOT_ABOVE = "not-above"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingTest:
    """What a reading must be for discharge.

    Attributes:
        vital: what is judged.
        low, high: lowest and highest value, inclusive, or None.
        within_percent: greatest change from the frozen baseline in percent of it, or None.
        side: on which side of the baseline a change counts.
        either: limits or closeness to the baseline is enough; else both are needed.
    """

    vital: Vital
    low: Decimal | None = None
    high: Decimal | None = None
    within_percent: Decimal | None = None
    side: BaselineSide = BaselineSide.BOTH
    either: bool = False

    @property
    def fallback(self) -> Vital | None:
        """The vital that stands in where no monitor gives `vital`, or None."""
        return STAND_INS.get(self.vital)

    def is_met(self, value: float | None, baseline: float | None) -> bool | None:
        """Whether `value` meets the test; None when a missing value or baseline leaves it open."""
        verdicts: list[bool | None] = []
        if self.low is not None or self.high is not None:
            verdicts.append(None if value is None else self._keeps_limits(value))
        if self.within_percent is not None:
            known = value is not None and baseline is not None
            verdicts.append(self._is_near(value, baseline) if known else None)
        if self.either:
            return True if True in verdicts else None if None in verdicts else False
        return False if False in verdicts else None if None in verdicts else True

    def _keeps_limits(self, value: float) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def _is_near(self, value: float | None, baseline: float | None) -> bool:
        if value is None or baseline is None or self.within_percent is None:
            return False
        change = Decimal(str(value)) - Decimal(str(baseline))
        if self.side is BaselineSide.NOT_BELOW:
            change = min(change, Decimal(0))
        elif self.side is BaselineSide.NOT_ABOVE:
            change = max(change, Decimal(0))
        return abs(change) * 100 <= abs(Decimal(str(baseline))) * self.within_percent


@dataclass(frozen=True, slots=True, kw_only=True)
class DischargeCriterion:
    """One condition of discharge: judged from readings or a scale, or answered by a person.

    Attributes:
        id: unique name.
        label: as the nurse reads it.
        tests: what the latest readings must be, all of them; empty where a person answers.
        readings: how many readings in a row must meet the tests.
        spacing_s: least time between the first and the last of them.
        answers, passes: for a person's answer: the choices, and those that meet the criterion.
        scale: id of the scale whose total in recovery decides, or empty.
        at_least, at_most: bounds of that total, inclusive, or None.
    """

    id: str
    label: str
    tests: tuple[ReadingTest, ...] = ()
    readings: int = 1
    spacing_s: int = 0
    answers: tuple[str, ...] = ()
    passes: tuple[str, ...] = ()
    scale: str = ""
    at_least: int | None = None
    at_most: int | None = None

    def accepts(self, total: int) -> bool:
        """Whether the `total` of the scale is within the bounds."""
        keeps_low = self.at_least is None or total >= self.at_least
        return keeps_low and (self.at_most is None or total <= self.at_most)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickEvent:
    """An event recorded with one touch.

    Attributes:
        id: unique name.
        label: as the button says it.
        asks_severity: a severity of 0 to 10 may follow.
        vital: score that the severity is recorded as, or None.
        urgent: a symptom that always calls the prescriber.
    """

    id: str
    label: str
    asks_severity: bool
    vital: Vital | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PartStamp:
    """One file that a protocol is composed of: its name, version, source and approval."""

    id: str
    version: str
    title: str
    source: tuple[str, ...]
    review_date: date
    approved_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolDefinition:
    """A protocol: versioned data with its source and review date.

    Attributes:
        id, version: together name it for ever.
        source: citations, the first that of the dose.
        review_date: by when somebody must look at it again.
        approved_by: the medical director who approved it; empty means not yet approved.
        minimum_age_years: nobody younger is treated.
        slow_percent: rate that "slow" sets, in percent of the ordered one; 100 where nothing is
            infused.
        limits_profile: id of the alarm limits it runs with.
        parts: the files it is composed of besides its own.
        scales: what may be filled in; `scales_due` says when.
        ledger: what account is kept of the drug, or None.
        concentration: what predicts the level of the drug, or None: then no level is shown.
        holds: how holds are passed.
        care: checklists, side effects, rescue card and what else surrounds the dose.
        drug_codes: the drug in code systems; empty where nobody confirmed one.
    """

    id: str
    version: str
    title: str
    drug: str
    route: str
    source: tuple[str, ...]
    review_date: date
    approved_by: str
    minimum_age_years: int
    dose: DoseRule
    slow_percent: int
    limits_profile: str
    guardrails: tuple[Guardrail, ...]
    weight: WeightRules
    gate: tuple[GateItem, ...]
    start_limits: tuple[StartLimit, ...]
    baseline: BaselineRule
    schedule: tuple[ScheduledItem, ...]
    recheck: tuple[RecheckRule, ...]
    recovery: RecoveryRule
    discharge: tuple[DischargeCriterion, ...]
    quick_events: tuple[QuickEvent, ...]
    parts: tuple[PartStamp, ...] = ()
    scales: tuple[Scale, ...] = ()
    scales_due: tuple[ScaleDue, ...] = ()
    ledger: LedgerRule | None = None
    holds: HoldRules = field(default_factory=HoldRules)
    care: CareContent = field(default_factory=CareContent)
    concentration: ConcentrationModel | None = None
    drug_codes: tuple[DrugCode, ...] = ()

    def guardrail(self, field: str) -> Guardrail:
        """The guardrail of `field`.

        Raises:
            KeyError: the protocol has none.
        """
        for guardrail in self.guardrails:
            if guardrail.field == field:
                return guardrail
        raise KeyError(field)

    def gate_item(self, item: str) -> GateItem | None:
        """The gate item of that id, or None."""
        return next((one for one in self.gate if one.id == item), None)

    def discharge_criterion(self, item: str) -> DischargeCriterion | None:
        """The discharge criterion of that id, or None."""
        return next((one for one in self.discharge if one.id == item), None)

    def quick_event(self, term: str) -> QuickEvent | None:
        """The quick event of that id, or None."""
        return next((one for one in self.quick_events if one.id == term), None)

    def scale(self, scale: str) -> Scale | None:
        """The scale of that id, or None."""
        return next((one for one in self.scales if one.id == scale), None)

    def recheck_rule(self, item: str) -> RecheckRule | None:
        """The rule for `item` after an alarm, or None."""
        return next((one for one in self.recheck if one.item == item), None)
