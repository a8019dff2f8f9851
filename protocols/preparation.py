"""Before the infusion: patient, weight, order, second check, gate."""

from __future__ import annotations

from datetime import date

from protocols.definition import STAND_INS, GateState
from protocols.dose import DoseInputError, calculate_dose, doses_agree
from protocols.events import (
    AnswerGate,
    CheckDose,
    DoseConfirmed,
    DosePlanned,
    EnterPatient,
    EnterWeight,
    GateItemChanged,
    OrderDose,
    Output,
    PatientRecorded,
    Phase,
    WeightRecorded,
)
from protocols.guardrails import FindingKind, is_refused
from protocols.visit import Answer, Visit, refuse
from protocols.weight import judge_weight

BEFORE_INFUSION = (Phase.SETUP, Phase.GATE, Phase.BASELINE)
"""Phases in which patient, weight and dose may still be entered."""

START_LIMIT_ITEM = "start-limit/"
"""Prefix of the gate item that overrides a start limit; the vital follows."""

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
    visit.patient = command
    return [PatientRecorded(t_ns=command.t_ns, entry=command)]


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
            visit.weight_kg,
            command.dose_mg_per_kg,
            command.duration_min,
            command.concentration_mg_per_ml,
            visit.definition.guardrails,
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
    return [
        DosePlanned(
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
            overrides=command.reasons,
        )
    ]


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


def answer_gate(visit: Visit, command: AnswerGate) -> list[Output]:
    """Accept an answer to a gate item, or a prescriber's override of a start limit."""
    if visit.phase not in BEFORE_INFUSION:
        return refuse(command, _TOO_LATE)
    if command.item.startswith(START_LIMIT_ITEM):
        return _override_start_limit(visit, command)
    item = visit.definition.gate_item(command.item)
    if item is None:
        return refuse(command, f"This protocol asks nothing named {command.item}.")
    verdict = item.judge(command.answer, command.reason)
    visit.gate[item.id] = Answer(answer=command.answer, verdict=verdict)
    return [_gate_changed(command, verdict.state.value, verdict.detail)]


def _override_start_limit(visit: Visit, command: AnswerGate) -> list[Output]:
    vital = command.item.removeprefix(START_LIMIT_ITEM)
    if vital not in _beyond_start_limits(visit):
        return refuse(command, "No baseline value is beyond that start limit: nothing to pass.")
    if not command.reason.strip():
        return refuse(command, "A start limit is passed only with the prescriber's reason.")
    visit.start_overrides[vital] = command.reason
    return [_gate_changed(command, GateState.OVERRIDDEN.value, command.reason)]


def _gate_changed(command: AnswerGate, state: str, detail: str) -> GateItemChanged:
    return GateItemChanged(
        t_ns=command.t_ns,
        item=command.item,
        state=state,
        answer=command.answer,
        by=command.by,
        detail=detail,
    )


def open_gate_items(visit: Visit) -> tuple[str, ...]:
    """Questions of the gate that nobody has answered yet."""
    return tuple(item.question for item in visit.definition.gate if item.id not in visit.gate)


def held_gate_items(visit: Visit) -> tuple[str, ...]:
    """Why answered items still hold the visit, in sentences."""
    return tuple(
        answer.verdict.detail
        for answer in visit.gate.values()
        if answer.verdict.state is GateState.HELD
    )


def start_limit_holds(visit: Visit) -> tuple[str, ...]:
    """Baseline values that hold the start and that no prescriber passed, in sentences."""
    return tuple(
        message
        for vital, message in _beyond_start_limits(visit).items()
        if vital not in visit.start_overrides
    )


def _beyond_start_limits(visit: Visit) -> dict[str, str]:
    """Baseline values beyond their start limit, each with its sentence, by vital."""
    values = visit.baseline_values
    found: dict[str, str] = {}
    for limit in visit.definition.start_limits:
        value = values.get(limit.vital, values.get(STAND_INS.get(limit.vital, limit.vital)))
        finding = None if value is None else limit.judge(value)
        if finding is not None:
            found[str(limit.vital)] = finding.message
    return found
