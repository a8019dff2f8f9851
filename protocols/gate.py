"""The gate: what is asked before the dose, what holds the start, and who passes a hold.

A hold passes only as the protocol says: by the reason of a named prescriber, by a prescriber's
order asked for twice, or not at all. The record keeps the prescriber and the person who entered it.
A baseline beyond a start limit is repeated a limited number of times; then only the prescriber
decides.
"""

from __future__ import annotations

from protocols.course_holds import COURSE_ITEM, pass_hold
from protocols.definition import STAND_INS, GateState
from protocols.events import AnswerGate, BaselineValue, GateItemChanged, Output, Phase
from protocols.guardrails import FindingKind
from protocols.visit import Answer, Visit, refuse
from protocols.vitals import Vital

BEFORE_DOSE = (Phase.SETUP, Phase.GATE, Phase.BASELINE)
"""Phases in which the gate may still be answered."""

START_LIMIT_ITEM = "start-limit/"
"""Prefix of the gate item that overrides a start limit; the vital follows."""


def answer_gate(visit: Visit, command: AnswerGate) -> list[Output]:
    """Accept an answer to a gate item, or a prescriber's override of a start limit."""
    if visit.phase not in BEFORE_DOSE:
        return refuse(command, "The infusion has begun: write a note instead.")
    if command.item.startswith(COURSE_ITEM):
        return pass_hold(visit, command)
    if command.item.startswith(START_LIMIT_ITEM):
        return _override_start_limit(visit, command)
    item = visit.definition.gate_item(command.item)
    if item is None:
        return refuse(command, f"This protocol asks nothing named {command.item}.")
    verdict = item.judge(
        command.answer, command.reason, command.prescriber, confirmed=command.confirmed
    )
    visit.gate[item.id] = Answer(answer=command.answer, verdict=verdict)
    return [_gate_changed(command, verdict.state, verdict.detail)]


def _override_start_limit(visit: Visit, command: AnswerGate) -> list[Output]:
    vital = command.item.removeprefix(START_LIMIT_ITEM)
    if vital not in _beyond_start_limits(visit):
        return refuse(command, "No baseline value is beyond that start limit: nothing to pass.")
    if not command.reason.strip():
        return refuse(command, "A start limit is passed only with the prescriber's reason.")
    if visit.definition.holds.prescriber_named:
        if not command.prescriber.strip():
            return refuse(command, "Name the prescriber who passes the start limit.")
        if _beyond_start_limits(visit)[vital][0] is FindingKind.HARD and not command.confirmed:
            return refuse(
                command, "A hard hold: the prescriber must order once more to start all the same."
            )
    visit.start_overrides[vital] = command.reason
    return [_gate_changed(command, GateState.OVERRIDDEN, command.reason)]


def _gate_changed(command: AnswerGate, state: GateState, detail: str) -> GateItemChanged:
    """`prescriber` stands in the record only where a hold was passed."""
    return GateItemChanged(
        t_ns=command.t_ns,
        item=command.item,
        state=state.value,
        answer=command.answer,
        by=command.by,
        detail=detail,
        prescriber=command.prescriber.strip() if state is GateState.OVERRIDDEN else "",
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
    tried = try_words(0 if visit.baseline is None else visit.baseline.attempt, visit.holds.tries)
    return tuple(
        f"{message} {tried}".rstrip()
        for vital, (_, message) in _beyond_start_limits(visit).items()
        if vital not in visit.start_overrides
    )


def try_words(attempt: int, tries: int) -> str:
    """``Try 2 of 3.``, with what follows the last; empty where tries are not counted."""
    if not attempt or not tries:
        return ""
    last = " Only the prescriber decides now." if attempt >= tries else ""
    return f"Try {attempt} of {tries}.{last}"


def holding_vitals(visit: Visit, values: tuple[BaselineValue, ...]) -> tuple[Vital, ...]:
    """The vitals of which `values`, as a baseline, would hold the start."""
    known = {value.vital: value.value for value in values}
    return tuple(Vital(vital) for vital in _beyond(visit, known))


def _beyond_start_limits(visit: Visit) -> dict[str, tuple[FindingKind, str]]:
    """Baseline values beyond their start limit: how, and the sentence, by vital."""
    return _beyond(visit, visit.baseline_values)


def _beyond(visit: Visit, values: dict[Vital, float]) -> dict[str, tuple[FindingKind, str]]:
    found: dict[str, tuple[FindingKind, str]] = {}
    for limit in visit.definition.start_limits:
        value = values.get(limit.vital, values.get(STAND_INS.get(limit.vital, limit.vital)))
        finding = None if value is None else limit.judge(value)
        if finding is not None:
            found[str(limit.vital)] = (finding.kind, finding.message)
    return found
