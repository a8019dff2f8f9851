"""An order worked out: from what a prescriber enters to dose, volume and rate, with every doubt.

A dose is by weight (mg per kilogram of a chosen weight) or fixed (mg). It is infused over a time,
injected at once, or given in units of a fixed strength. An infusion is prepared in one of three
ways, which give the same amount of drug at different pump rates. What is worked out is never
entered, so that dose and rate cannot contradict each other: a rate keyed where a volume belongs is
a known cause of tenfold errors (ISMP, Guidelines for Optimizing Safe Implementation and Use of
Smart Infusion Pumps, 2020).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from protocols.dosing import dose as sums
from protocols.dosing.delivery import DeliveryPlan
from protocols.dosing.dose import DoseInputError, check_input
from protocols.dosing.dose_rule import Body, DoseRule
from protocols.dosing.order_words import order_in_words
from protocols.dosing.weight import body_mass_index, dosing_weights
from protocols.events import Giving, OrderDose, Preparation, WeightBasis
from protocols.guardrails import (
    Finding,
    FindingKind,
    Guardrail,
    amount_text,
    as_decimal,
    is_refused,
    plain_text,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseCalculation:
    """A dose worked out from weight and order, with every guardrail it met.

    The derived numbers are exact where their decimal expansion ends within nine decimals, else
    rounded half-even to nine; findings are judged on the exact ones. Where a number means nothing
    for this way of giving it is 0.

    Attributes:
        order: what was entered.
        dosing_weight_kg: the weight that the dose rests on, to 0.1 kg unless it is the total.
        calculated_mg: the dose before rounding.
        dose_mg: the dose that is given.
        volume_ml: volume that is infused (of a whole bag: all of it) or injected.
        added_ml: volume of the vial's drug that goes into bag or syringe, where it is known.
        units: number of devices or lozenges.
        exact_dose_mg: `dose_mg` without rounding of its decimals.
        findings: limits not kept, hard and soft, in the order of the guardrails.
    """

    order: OrderDose
    giving: Giving
    weight_kg: Decimal
    dosing_weight_kg: Decimal
    dose_mg_per_kg: Decimal
    duration_min: Decimal
    concentration_mg_per_ml: Decimal
    calculated_mg: Decimal
    dose_mg: Decimal
    volume_ml: Decimal
    rate_ml_per_h: Decimal
    rate_mg_per_min: Decimal
    rate_mg_per_kg_per_h: Decimal
    rate_mcg_per_kg_per_min: Decimal
    exact_dose_mg: Fraction
    findings: tuple[Finding, ...]
    added_ml: Decimal | None = None
    units: int = 0
    unit_mg: Decimal = Decimal(0)
    unit_name: str = ""
    unit_spacing_s: int = 0

    @property
    def refused(self) -> bool:
        """Whether a hard limit is not kept."""
        return is_refused(self.findings)

    @property
    def plan(self) -> DeliveryPlan:
        """The exact plan for the delivery of an infusion.

        Raises:
            ValueError: the dose is not infused.
        """
        return DeliveryPlan.of(self.exact_dose_mg, self.duration_min)

    @property
    def in_words(self) -> str:
        """The sum in words: dose, weight, volume, pump rate and time."""
        return order_in_words(self)

    def unanswered(self, reasons: Mapping[str, str]) -> tuple[Finding, ...]:
        """The findings that still stand, given `reasons` by field: hard ones always."""
        return unanswered(self.findings, reasons)


def unanswered(findings: Iterable[Finding], reasons: Mapping[str, str]) -> tuple[Finding, ...]:
    """The findings that still stand: every hard one, and soft ones without a reason by field."""
    return tuple(
        finding
        for finding in findings
        if finding.kind is FindingKind.HARD or not reasons.get(finding.field, "").strip()
    )


@dataclass(slots=True, kw_only=True)
class _Working:
    """The exact numbers of one calculation, as far as it has come."""

    weight_kg: Fraction
    dose_mg: Fraction
    calculated_mg: Fraction
    per_kg: Fraction
    duration_min: Fraction = Fraction(0)
    concentration: Fraction = Fraction(0)
    volume_ml: Fraction = Fraction(0)
    rate_ml_per_h: Fraction = Fraction(0)
    added_ml: Fraction | None = None
    units: int = 0
    findings: list[Finding] = field(default_factory=list)


def calculate_dose(
    order: OrderDose,
    rule: DoseRule,
    body: Body,
    guardrails: Iterable[Guardrail],
    *,
    doses_before: int = 0,
) -> DoseCalculation:
    """Work out an order and judge it by rule and `guardrails` (in `GUARDED_FIELDS` units).

    Args:
        order: what was entered.
        rule: what the protocol says of its dose.
        body: whose dose it is.
        guardrails: limits of each number.
        doses_before: doses that the patient had before.

    Raises:
        DoseInputError: a number that no dose can be calculated from, or one that is missing.
    """
    check_input("weight_kg", body.weight_kg)
    dosing_kg = _dosing_weight(order, body)
    working = _amount(order, rule, dosing_kg)
    if rule.giving is Giving.INFUSION:
        _infuse(order, rule, working)
    elif rule.giving is Giving.INJECTION:
        _inject(order, working)
    else:
        _count_units(rule, working)
    exact = _judged_numbers(rule, working, body)
    findings = [
        finding
        for guardrail in guardrails
        if guardrail.field in exact
        for finding in guardrail.judge(exact[guardrail.field])
    ]
    findings += working.findings
    findings += _judge_weight_basis(order, rule, body)
    findings += _judge_history(order, rule, working, doses_before)
    return _finished(order, rule, body, working, findings)


def _dosing_weight(order: OrderDose, body: Body) -> Decimal:
    weights = dosing_weights(body.weight_kg, body.height_cm, body.sex)
    chosen = weights[order.weight_basis]
    if chosen is None:
        raise DoseInputError(
            f"The {order.weight_basis} weight needs the height, and the sex as female or male: "
            "enter them, or use the total weight."
        )
    if chosen <= 0:
        raise DoseInputError(
            f"The {order.weight_basis} weight comes to {plain_text(chosen, 1)} kg: it cannot be "
            "used. Use the total weight."
        )
    return chosen


def _amount(order: OrderDose, rule: DoseRule, dosing_kg: Decimal) -> _Working:
    if rule.by_weight:
        if order.dose_mg_per_kg is None:
            raise DoseInputError("The dose per kilogram is missing.")
        per_kg = Fraction(check_input("dose_mg_per_kg", order.dose_mg_per_kg))
        calculated = sums.dose_mg(per_kg, dosing_kg)
    else:
        if order.dose_mg is None:
            raise DoseInputError("The dose in mg is missing.")
        calculated = Fraction(check_input("dose_mg", order.dose_mg))
        per_kg = calculated / Fraction(dosing_kg)
    rounded = _rounded(calculated, rule.rounding_mg)
    if rounded <= 0:
        raise DoseInputError(
            f"{amount_text(calculated)} mg is rounded to multiples of "
            f"{plain_text(rule.rounding_mg or 0)} mg: nothing is left. Correct the dose."
        )
    working = _Working(
        weight_kg=Fraction(dosing_kg), dose_mg=rounded, calculated_mg=calculated, per_kg=per_kg
    )
    ordered = order.dose_mg_per_kg if rule.by_weight else order.dose_mg
    if rule.choices and ordered not in rule.choices:
        unit = "mg/kg" if rule.by_weight else "mg"
        allowed = ", ".join(plain_text(one) for one in rule.choices)
        working.findings.append(
            Finding(
                field="dose_choice",
                value=ordered,
                limit=None,
                kind=FindingKind.HARD,
                message=f"This protocol gives {allowed} {unit} and nothing else. Choose one.",
            )
        )
    return working


def _rounded(amount: Fraction, step: Decimal | None) -> Fraction:
    """`amount` to the nearest multiple of `step`; a tie goes down."""
    if step is None:
        return amount
    exact = Fraction(step)
    steps, left = divmod(amount, exact)
    return exact * (steps + (1 if left * 2 > exact else 0))


def _infuse(order: OrderDose, rule: DoseRule, working: _Working) -> None:
    if order.duration_min is None:
        raise DoseInputError("The duration is missing.")
    working.duration_min = Fraction(check_input("duration_min", order.duration_min))
    if order.style not in rule.styles:
        allowed = ", ".join(rule.styles)
        raise DoseInputError(f"“{order.style}” is not prepared here. Choose one of: {allowed}.")
    if order.vial_mg_per_ml is not None:
        vial = check_input("vial_mg_per_ml", order.vial_mg_per_ml)
        working.added_ml = sums.volume_ml(working.dose_mg, vial)
    bag_ml = None if order.bag_ml is None else Fraction(check_input("bag_ml", order.bag_ml))
    if order.style is Preparation.WHOLE_BAG:
        _run_whole_bag(order, working, bag_ml)
    else:
        if order.concentration_mg_per_ml is None:
            raise DoseInputError("The concentration is missing.")
        strength = check_input("concentration_mg_per_ml", order.concentration_mg_per_ml)
        working.concentration = Fraction(strength)
        working.volume_ml = sums.volume_ml(working.dose_mg, strength)
        syringe_ml = None if rule.syringe_ml is None else Fraction(rule.syringe_ml)
        holds = syringe_ml if order.style is Preparation.SYRINGE else bag_ml
        if holds is not None and working.volume_ml > holds:
            what = "syringe" if order.style is Preparation.SYRINGE else "bag"
            working.findings.append(_does_not_fit(working.volume_ml, holds, what))
    working.rate_ml_per_h = sums.rate_ml_per_h(working.volume_ml, working.duration_min)


def _run_whole_bag(order: OrderDose, working: _Working, bag_ml: Fraction | None) -> None:
    if bag_ml is None:
        raise DoseInputError("The volume of the bag is missing.")
    if working.added_ml is None:
        raise DoseInputError("The strength of the vial is missing: the bag is made from it.")
    if order.diluent_withdrawn and working.added_ml > bag_ml:
        working.findings.append(_does_not_fit(working.added_ml, bag_ml, "bag"))
    working.volume_ml = sums.bag_volume_ml(
        bag_ml, working.added_ml, diluent_withdrawn=order.diluent_withdrawn
    )
    working.concentration = working.dose_mg / working.volume_ml


def _does_not_fit(volume_ml: Fraction, holds_ml: Fraction, what: str) -> Finding:
    return Finding(
        field="volume_ml",
        value=as_decimal(volume_ml),
        limit=as_decimal(holds_ml),
        kind=FindingKind.SOFT,
        message=(
            f"{amount_text(volume_ml)} mL do not fit into a {what} of {plain_text(holds_ml)} mL: "
            f"say how it is given (a second {what}), or change the concentration."
        ),
    )


def _inject(order: OrderDose, working: _Working) -> None:
    if order.concentration_mg_per_ml is None:
        raise DoseInputError("The concentration is missing.")
    strength = check_input("concentration_mg_per_ml", order.concentration_mg_per_ml)
    working.concentration = Fraction(strength)
    working.volume_ml = sums.volume_ml(working.dose_mg, strength)


def _count_units(rule: DoseRule, working: _Working) -> None:
    unit_mg = Fraction(rule.unit_mg or 1)
    whole, left = divmod(working.dose_mg, unit_mg)
    working.units = int(whole)
    if left or not whole:
        working.findings.append(
            Finding(
                field="units",
                value=as_decimal(working.dose_mg),
                limit=rule.unit_mg,
                kind=FindingKind.HARD,
                message=(
                    f"{amount_text(working.dose_mg)} mg is no whole number of "
                    f"{rule.unit_name or 'unit'}s of {plain_text(unit_mg)} mg. Correct the dose."
                ),
            )
        )


def _judged_numbers(rule: DoseRule, working: _Working, body: Body) -> dict[str, Fraction]:
    given_per_kg = working.dose_mg / working.weight_kg
    judged = {
        "weight_kg": Fraction(body.weight_kg),
        "dose_mg_per_kg": max(working.per_kg, given_per_kg) if rule.by_weight else given_per_kg,
        "dose_mg": working.dose_mg,
    }
    if rule.giving is not Giving.UNITS:
        judged["concentration_mg_per_ml"] = working.concentration
    if rule.giving is Giving.INFUSION:
        judged["duration_min"] = working.duration_min
        judged["rate_mg_per_kg_per_h"] = sums.rate_mg_per_kg_per_h(
            given_per_kg, working.duration_min
        )
        judged["rate_ml_per_h"] = working.rate_ml_per_h
    return judged


def _judge_weight_basis(order: OrderDose, rule: DoseRule, body: Body) -> list[Finding]:
    basis = order.weight_basis
    if basis not in rule.weight_bases:
        allowed = ", ".join(rule.weight_bases)
        message = f"A dose by {basis} weight is not given here. Choose one of: {allowed}."
        return [_basis_finding(FindingKind.HARD, message)]
    if not rule.by_weight:
        return []
    if basis is not WeightBasis.TOTAL:
        message = f"The dose rests on the {basis} weight: give the prescriber's reason."
        return [_basis_finding(FindingKind.SOFT, message)]
    limit = rule.choose_weight_from_bmi
    if limit is None or body.height_cm is None:
        return []
    bmi = body_mass_index(body.weight_kg, body.height_cm)
    if bmi < Fraction(limit):
        return []
    message = (
        f"Body-mass index {plain_text(bmi, 1)} kg/m2: total, ideal or adjusted weight is the "
        "prescriber's choice. Give the reason for the total weight, or choose another."
    )
    return [_basis_finding(FindingKind.SOFT, message)]


def _basis_finding(kind: FindingKind, message: str) -> Finding:
    return Finding(field="weight_basis", value=None, limit=None, kind=kind, message=message)


def _judge_history(
    order: OrderDose, rule: DoseRule, working: _Working, doses_before: int
) -> list[Finding]:
    findings = []
    if doses_before < rule.earlier_doses:
        findings.append(
            Finding(
                field="earlier_doses",
                value=Decimal(doses_before),
                limit=Decimal(rule.earlier_doses),
                kind=FindingKind.SOFT,
                message=(
                    f"{doses_before} earlier doses are known: this protocol follows at least "
                    f"{rule.earlier_doses} at a lower dose. Give the prescriber's reason."
                ),
            )
        )
    if order.last_dose_mg is not None:
        check_input("dose_mg", order.last_dose_mg)
        findings += _judge_last_dose(order.last_dose_mg, rule, working)
    return findings


def _judge_last_dose(last_mg: Decimal, rule: DoseRule, working: _Working) -> list[Finding]:
    ratio = working.dose_mg / Fraction(last_mg)
    distance = max(ratio, 1 / ratio)
    both = f"Dose {amount_text(working.dose_mg)} mg, last visit {amount_text(last_mg)} mg"
    for limit, kind, todo in (
        (rule.last_dose_hard, FindingKind.HARD, "is a decimal point wrong? Correct it"),
        (rule.last_dose_soft, FindingKind.SOFT, "give a reason or change it"),
    ):
        if limit is not None and distance >= Fraction(limit):
            times = f"{plain_text(distance, 1)} times {'more' if ratio > 1 else 'less'}"
            return [
                Finding(
                    field="last_dose",
                    value=as_decimal(ratio, 4),
                    limit=limit,
                    kind=kind,
                    message=f"{both}: {times}. Check: {todo}.",
                )
            ]
    return []


def _finished(
    order: OrderDose, rule: DoseRule, body: Body, working: _Working, findings: list[Finding]
) -> DoseCalculation:
    minutes = working.duration_min
    per_min = sums.rate_mg_per_min(working.dose_mg, minutes) if minutes else Fraction(0)
    per_kg_h = per_min * 60 / working.weight_kg
    return DoseCalculation(
        order=order,
        giving=rule.giving,
        weight_kg=body.weight_kg,
        dosing_weight_kg=as_decimal(working.weight_kg),
        dose_mg_per_kg=as_decimal(working.per_kg),
        duration_min=as_decimal(minutes),
        concentration_mg_per_ml=as_decimal(working.concentration),
        calculated_mg=as_decimal(working.calculated_mg),
        dose_mg=as_decimal(working.dose_mg),
        volume_ml=as_decimal(working.volume_ml),
        rate_ml_per_h=as_decimal(working.rate_ml_per_h),
        rate_mg_per_min=as_decimal(per_min),
        rate_mg_per_kg_per_h=as_decimal(per_kg_h),
        rate_mcg_per_kg_per_min=as_decimal(per_kg_h * 1000 / 60),
        exact_dose_mg=working.dose_mg,
        findings=tuple(findings),
        added_ml=None if working.added_ml is None else as_decimal(working.added_ml),
        units=working.units,
        unit_mg=rule.unit_mg or Decimal(0),
        unit_name=rule.unit_name,
        unit_spacing_s=rule.unit_spacing_s,
    )
