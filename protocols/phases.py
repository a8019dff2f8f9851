"""The phases of a visit as one table of transitions, each with a guard that answers a reason.

A guard never keeps a pump from being paused or stopped: what a person did at the pump is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from protocols.events import Phase

NS_PER_MIN = 60_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseFacts:
    """What the guards look at. The defaults are those of a session that has just begun.

    Attributes:
        patient_entered, weight_entered, dose_planned: done in the preparation.
        dose_confirmed: a second person reached the same weight and dose.
        open_gate_items: questions of the gate not answered yet, as a person reads them.
        held_gate_items: questions whose answer holds the start.
        open_flags: what scales ask to be done and nobody has answered, in sentences.
        scales_before, scales_leaving: required scales not filled in, before the drug and before
            leaving, by name.
        open_checklists: required checklists before the dose with items not answered.
        baseline_frozen: the baseline was accepted.
        monitors_problem: why the monitors do not allow a start, in a sentence; empty if they do.
        rate_problem: why the pump's displayed rate does not allow a start; empty if it does.
        drug_problem: why the account of the drug does not allow a start; empty if it does.
        sound_problem: why the check of the alarm sounds does not allow a start; empty if it does.
        dose_finished: the whole dose is in.
        recovery_elapsed_ns: time since the end of the drug, or since the first dose.
        counted_from_first_dose: which of the two.
        recovery_minimum_ns: time to stay.
        unmet_discharge: discharge criteria not met or not known, as a person reads them.
        reason_given: the person gave a reason to go on all the same.
    """

    patient_entered: bool = False
    weight_entered: bool = False
    dose_planned: bool = False
    dose_confirmed: bool = False
    open_gate_items: tuple[str, ...] = ()
    held_gate_items: tuple[str, ...] = ()
    open_flags: tuple[str, ...] = ()
    scales_before: tuple[str, ...] = ()
    scales_leaving: tuple[str, ...] = ()
    open_checklists: tuple[str, ...] = ()
    baseline_frozen: bool = False
    monitors_problem: str = ""
    rate_problem: str = ""
    drug_problem: str = ""
    sound_problem: str = ""
    dose_finished: bool = False
    recovery_elapsed_ns: int = 0
    counted_from_first_dose: bool = False
    recovery_minimum_ns: int = 0
    unmet_discharge: tuple[str, ...] = ()
    reason_given: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One row of the table.

    Attributes:
        before, after: the phases.
        trigger: what makes the visit move, for people.
        guard: name of the guard in `GUARDS`.
    """

    before: Phase
    after: Phase
    trigger: str
    guard: str


def _row(before: Phase, after: Phase, trigger: str, guard: str = "always") -> Transition:
    return Transition(before=before, after=after, trigger=trigger, guard=guard)


TRANSITIONS: tuple[Transition, ...] = (
    _row(Phase.SETUP, Phase.GATE, "patient, weight and dose entered", "prepared"),
    _row(Phase.GATE, Phase.SETUP, "back to correct an entry"),
    _row(Phase.GATE, Phase.BASELINE, "every gate item passed", "gate_passed"),
    _row(Phase.BASELINE, Phase.GATE, "back to correct an answer"),
    _row(Phase.BASELINE, Phase.INFUSING, "pump started", "ready_to_start"),
    _row(Phase.INFUSING, Phase.PAUSED, "pump paused"),
    _row(Phase.PAUSED, Phase.INFUSING, "pump resumed"),
    _row(Phase.INFUSING, Phase.STOPPED, "pump stopped early"),
    _row(Phase.PAUSED, Phase.STOPPED, "pump stopped early"),
    _row(Phase.INFUSING, Phase.RECOVERY, "whole dose given", "dose_finished"),
    _row(Phase.STOPPED, Phase.RECOVERY, "recovery begins"),
    _row(Phase.RECOVERY, Phase.DISCHARGED, "discharge criteria met", "may_leave"),
)
"""Every move a visit can make; any other is refused."""

_BY_MOVE: dict[tuple[Phase, Phase], Transition] = {
    (row.before, row.after): row for row in TRANSITIONS
}


def obstacles(before: Phase, after: Phase, facts: PhaseFacts) -> tuple[str, ...]:
    """Everything that stands in the way of the move, each in a sentence; empty if it may happen."""
    row = _BY_MOVE.get((before, after))
    if row is None:
        return (_no_such_move(before, after),)
    return tuple(GUARDS[row.guard](facts))


def refusal(before: Phase, after: Phase, facts: PhaseFacts) -> str | None:
    """Why the visit cannot move from `before` to `after`, in sentences, or None if it can."""
    return " ".join(obstacles(before, after, facts)) or None


def next_phases(before: Phase) -> tuple[Phase, ...]:
    """The phases that the table allows after `before`."""
    return tuple(row.after for row in TRANSITIONS if row.before is before)


def state_diagram() -> str:
    """The table as a Mermaid state diagram (text, without a final newline)."""
    lines = ["stateDiagram-v2", f"    [*] --> {Phase.SETUP}"]
    lines += [f"    {row.before} --> {row.after}: {row.trigger}" for row in TRANSITIONS]
    lines += [f"    {phase} --> [*]" for phase in Phase if not next_phases(phase)]
    return "\n".join(lines)


def _no_such_move(before: Phase, after: Phase) -> str:
    allowed = " or ".join(phase.value for phase in next_phases(before))
    if not allowed:
        return f"The visit ended with {before}: nothing follows."
    return f"From {before} the visit cannot go to {after}, only to {allowed}."


def _always(facts: PhaseFacts) -> list[str]:
    return []


def _prepared(facts: PhaseFacts) -> list[str]:
    wanted = (
        (facts.patient_entered, "Enter the patient."),
        (facts.weight_entered, "Enter the weight."),
        (facts.dose_planned, "Enter the order: the dose is not calculated yet."),
    )
    return [sentence for done, sentence in wanted if not done]


def _gate_passed(facts: PhaseFacts) -> list[str]:
    sentences = []
    if facts.open_gate_items:
        sentences.append(f"Not answered yet: {_listed(facts.open_gate_items)}")
    if facts.held_gate_items:
        sentences.append(f"Held: {_listed(facts.held_gate_items)}")
    if facts.scales_before:
        sentences.append(f"Not filled in yet: {_listed(facts.scales_before)}")
    return sentences + _open_flags(facts)


def _open_flags(facts: PhaseFacts) -> list[str]:
    """No reason passes these: what was done is written, and then they are closed."""
    return [f"{flag} Write what was done." for flag in facts.open_flags]


def _ready_to_start(facts: PhaseFacts) -> list[str]:
    sentences = [*_prepared(facts), *_gate_passed(facts)]
    if not facts.dose_confirmed:
        sentences.append("A second person must check weight and dose.")
    if facts.open_checklists:
        sentences.append(f"Checklists: {_listed(facts.open_checklists)}")
    if not facts.baseline_frozen:
        sentences.append("Accept the baseline first.")
    problems = (
        facts.drug_problem,
        facts.sound_problem,
        facts.monitors_problem,
        facts.rate_problem,
    )
    sentences += [problem for problem in problems if problem]
    return sentences


def _dose_finished(facts: PhaseFacts) -> list[str]:
    return [] if facts.dose_finished else ["The dose is not all in: stop the pump to end early."]


def _may_leave(facts: PhaseFacts) -> list[str]:
    """A reason lets a patient leave early or against advice; it is recorded, never implied."""
    sentences = _open_flags(facts)
    if facts.reason_given:
        return sentences
    left_ns = facts.recovery_minimum_ns - facts.recovery_elapsed_ns
    if left_ns > 0:
        left_min = -(-left_ns // NS_PER_MIN)
        minimum_min = facts.recovery_minimum_ns // NS_PER_MIN
        counted = " from the first dose" if facts.counted_from_first_dose else ""
        sentences.append(
            f"Recovery lasts at least {minimum_min} min{counted}: {left_min} min are left. "
            "Wait, or give a reason."
        )
    if facts.unmet_discharge:
        sentences.append(f"Not met yet: {_listed(facts.unmet_discharge)} Or give a reason.")
    if facts.scales_leaving:
        sentences.append(f"Not filled in yet: {_listed(facts.scales_leaving)} Or give a reason.")
    return sentences


def _listed(items: tuple[str, ...]) -> str:
    return "; ".join(item.rstrip(".?") for item in items) + "."


GUARDS: Mapping[str, Callable[[PhaseFacts], list[str]]] = {
    "always": _always,
    "prepared": _prepared,
    "gate_passed": _gate_passed,
    "ready_to_start": _ready_to_start,
    "dose_finished": _dose_finished,
    "may_leave": _may_leave,
}
"""Guards by name: each gives what stands in the way, in sentences."""
