"""Before the infusion: patient, weight, order, second check."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from protocols.course_holds import take_back_passes
from protocols.definition import ProtocolDefinition
from protocols.dosing.dose import DoseInputError, doses_agree
from protocols.dosing.dose_rule import Body
from protocols.dosing.order import DoseCalculation, calculate_dose
from protocols.dosing.weight import judge_weight
from protocols.events import (
    CheckDose,
    DoseConfirmed,
    DosePlanned,
    EnterPatient,
    EnterWeight,
    OrderDose,
    Output,
    PatientRecorded,
    Phase,
    WeightBasis,
    WeightRecorded,
)
from protocols.guardrails import FindingKind, is_refused
from protocols.visit import Visit, refuse

BEFORE_INFUSION = (Phase.SETUP, Phase.GATE, Phase.BASELINE)
"""Phases in which patient, weight and dose may still be entered."""

_TOO_LATE = "The infusion has begun: write a note instead."


def _age_years(birth: date, today: date) -> int:
    before_birthday = (today.month, today.day) < (birth.month, birth.day)
    return today.year - birth.year - before_birthday


def enter_patient(visit: Visit, command: EnterPatient, today: date) -> list[Output]:
    """Accept who is treated, unless a field is missing or the patient is too young."""
    if visit.phase not in BEFORE_INFUSION:
        return refuse(command, _TOO_LATE)
    missing = [
        name
        for name, text in (
            ("family name", command.family_name),
            ("MRN", command.mrn),
            ("birth date", command.birth_date),
        )
        if not text.strip()
    ]
    if missing:
        return refuse(command, f"Missing: {', '.join(missing)}.")
    try:
        birth = date.fromisoformat(command.birth_date)
    except ValueError:
        return refuse(command, f"Birth date {command.birth_date}: write it as YYYY-MM-DD.")
    age = _age_years(birth, today)
    minimum = visit.definition.minimum_age_years
    if birth > today or age > 120:
        return refuse(command, f"Birth date {command.birth_date} gives no possible age.")
    if age < minimum:
        return refuse(command, f"Age {age} years: this protocol begins at {minimum}.")
    if command.height_cm is not None:
        if not command.height_cm.is_finite():
            return refuse(command, "The height is not a number.")
        findings = visit.definition.guardrail("height_cm").judge(command.height_cm)
        if is_refused(findings):
            return refuse(command, " ".join(finding.message for finding in findings))
    if voids_order(visit.patient, command):
        visit.calculation = None
        visit.confirmed_by = ""
    taken_back = take_back_passes(visit, command)
    visit.patient = command
    return [PatientRecorded(t_ns=command.t_ns, entry=command), *taken_back]


def enter_weight(visit: Visit, command: EnterWeight) -> list[Output]:
    """Accept a weight that keeps its guards; a new weight voids order and check."""
    if visit.phase not in BEFORE_INFUSION:
        return refuse(command, _TOO_LATE)
    height_cm = None if visit.patient is None else visit.patient.height_cm
    try:
        findings = judge_weight(
            command.weight_kg,
            visit.definition.weight,
            visit.definition.guardrail("weight_kg"),
            measured=command.measured,
            last_weight_kg=command.last_weight_kg,
            height_cm=height_cm,
            entered_again=visit.refused_weight_kg == command.weight_kg,
        )
    except DoseInputError as error:
        return refuse(command, str(error))
    standing = [
        finding
        for finding in findings
        if finding.kind is FindingKind.HARD or not command.reason.strip()
    ]
    if standing:
        visit.refused_weight_kg = command.weight_kg
        return refuse(command, " ".join(finding.message for finding in standing))
    visit.weight_kg = command.weight_kg
    visit.refused_weight_kg = None
    visit.calculation = None
    visit.confirmed_by = ""
    messages = tuple(finding.message for finding in findings)
    return [WeightRecorded(t_ns=command.t_ns, entry=command, findings=messages)]


def order_dose(visit: Visit, command: OrderDose) -> list[Output]:
    """Work out the order and accept it when every guardrail is kept or answered for."""
    if visit.phase not in BEFORE_INFUSION:
        return refuse(command, _TOO_LATE)
    if visit.weight_kg is None:
        return refuse(command, "Enter the weight first.")
    try:
        calculation = calculate_dose(
            with_last_dose(command, visit.patient, visit.definition),
            visit.definition.dose,
            dosed_body(visit.weight_kg, visit.patient),
            visit.definition.guardrails,
            doses_before=doses_before(visit.patient),
        )
    except DoseInputError as error:
        return refuse(command, str(error))
    reasons = {item.field: item.reason for item in command.reasons}
    standing = [f for f in calculation.unanswered(reasons) if f.field != "weight_kg"]
    if standing:
        return refuse(command, " ".join(finding.message for finding in standing))
    visit.calculation = calculation
    visit.ordered_by = command.by
    visit.confirmed_by = ""
    return [_planned(command, calculation)]


def dosed_body(weight_kg: Decimal, patient: EnterPatient | None) -> Body:
    """Whose dose is worked out, as far as the patient is known."""
    if patient is None:
        return Body(weight_kg=weight_kg)
    return Body(weight_kg=weight_kg, height_cm=patient.height_cm, sex=patient.sex)


def with_last_dose(
    order: OrderDose, patient: EnterPatient | None, definition: ProtocolDefinition
) -> OrderDose:
    """`order` with the dose of the last visit, where the patient had the same drug by this route.

    A dose of another drug, or by another route, says nothing of this one.
    """
    last = None if patient is None else patient.last_dose
    if order.last_dose_mg is not None or last is None:
        return order
    same = (last.drug, last.route) == (definition.drug, definition.route)
    return replace(order, last_dose_mg=last.amount_mg) if same else order


def voids_order(before: EnterPatient | None, after: EnterPatient) -> bool:
    """Whether an order worked out for `before` must be worked out again for `after`."""
    if before is None:
        return False
    return (before.height_cm, before.sex, before.last_dose, doses_before(before)) != (
        after.height_cm,
        after.sex,
        after.last_dose,
        doses_before(after),
    )


def doses_before(patient: EnterPatient | None) -> int:
    """How many doses the patient is known to have had before this visit."""
    if patient is None:
        return 0
    known = 0 if patient.standing is None else patient.standing.doses_before
    return max(known, patient.visit - 1)


def _planned(command: OrderDose, calculation: DoseCalculation) -> DosePlanned:
    rounded = calculation.calculated_mg != calculation.dose_mg
    whole_weight = command.weight_basis is WeightBasis.TOTAL
    doubted = {finding.field for finding in calculation.findings}
    return DosePlanned(
        t_ns=command.t_ns,
        weight_kg=calculation.weight_kg,
        dose_mg_per_kg=calculation.dose_mg_per_kg,
        dose_mg=calculation.dose_mg,
        volume_ml=calculation.volume_ml,
        rate_ml_per_h=calculation.rate_ml_per_h,
        rate_mg_per_min=calculation.rate_mg_per_min,
        duration_min=calculation.duration_min,
        concentration_mg_per_ml=calculation.concentration_mg_per_ml,
        ordered_by=command.by,
        overrides=tuple(one for one in command.reasons if one.field in doubted),
        giving=calculation.giving,
        style=command.style,
        weight_basis=command.weight_basis,
        dosing_weight_kg=None if whole_weight else calculation.dosing_weight_kg,
        calculated_mg=calculation.calculated_mg if rounded else None,
        bag_ml=command.bag_ml,
        added_ml=calculation.added_ml,
        vial_mg_per_ml=command.vial_mg_per_ml,
        diluent_withdrawn=command.diluent_withdrawn,
        units=calculation.units,
        unit_mg=calculation.unit_mg,
    )


def check_dose(visit: Visit, command: CheckDose) -> list[Output]:
    """A second person's blind check: another person, the same weight, the same dose."""
    calculation = visit.calculation
    if visit.phase not in BEFORE_INFUSION:
        return refuse(command, _TOO_LATE)
    if calculation is None:
        return refuse(command, "Order the dose first.")
    checker = command.by.strip().casefold()
    if not checker or checker == visit.ordered_by.strip().casefold():
        return refuse(command, "The check needs a second person.")
    if command.weight_kg != calculation.weight_kg or not doses_agree(
        calculation.dose_mg, command.dose_mg
    ):
        visit.confirmed_by = ""
        return refuse(
            command,
            "The check does not agree with the order. Read the weight again and work out the "
            "dose again, both of you.",
        )
    visit.confirmed_by = command.by
    return [DoseConfirmed(t_ns=command.t_ns, checked_by=command.by)]
