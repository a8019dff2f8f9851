"""What people observe and write down: values, events, drugs, notes, hand-overs, skipped tasks."""

from __future__ import annotations

from protocols.events import (
    EnterBp,
    EnterValue,
    HandOver,
    ObservationRecorded,
    Output,
    Reading,
    RecordDrug,
    RecordEvent,
    SkipTask,
    WriteNote,
)
from protocols.visit import Visit, refuse
from protocols.vitals import NS_PER_S, VITALS, Quality, Vital

MAX_AGE_S = 3600.0
"""A value older than this when it is typed belongs into a note."""


def enter_value(visit: Visit, command: EnterValue) -> list[Output]:
    """A typed value becomes a reading with a person as its source."""
    spec = VITALS[command.vital]
    low, high = spec.plausible
    if not spec.is_plausible(command.value):
        return refuse(
            command,
            f"{spec.label} {command.value:g} {spec.unit_text} cannot be: allowed is "
            f"{low:g} to {high:g}.",
        )
    if not 0 <= command.age_s <= MAX_AGE_S:
        return refuse(command, "A value more than an hour old: write a note.")
    return [_typed(command, command.vital, command.value)]


def enter_bp(visit: Visit, command: EnterBp) -> list[Output]:
    """A blood pressure taken by hand becomes readings with a person as their source."""
    plausible = VITALS[Vital.SBP].is_plausible(command.sbp_mmhg) and VITALS[Vital.DBP].is_plausible(
        command.dbp_mmhg
    )
    if not plausible or command.sbp_mmhg <= command.dbp_mmhg:
        return refuse(command, f"{command.sbp_mmhg}/{command.dbp_mmhg} mmHg cannot be: read again.")
    if not 0 <= command.age_s <= MAX_AGE_S:
        return refuse(command, "A value more than an hour old: write a note.")
    return [
        _typed(command, Vital.SBP, command.sbp_mmhg),
        _typed(command, Vital.DBP, command.dbp_mmhg),
    ]


def _typed(command: EnterValue | EnterBp, vital: Vital, value: float) -> Reading:
    measured_ns = max(0, command.t_ns - round(command.age_s * NS_PER_S))
    return Reading(
        t_ns=command.t_ns,
        vital=vital,
        value=float(value),
        quality=Quality.GOOD,
        source=command.by,
        measured_ns=measured_ns,
        manual=True,
    )


def record_event(visit: Visit, command: RecordEvent) -> list[Output]:
    """An event of the quick list, with its severity as a score where the list says so."""
    known = visit.definition.quick_event(command.term)
    label = command.term if known is None else known.label
    if command.severity is not None and not 0 <= command.severity <= 10:
        return refuse(command, f"Severity {command.severity}: allowed is 0 to 10.")
    outputs: list[Output] = [
        ObservationRecorded(
            t_ns=command.t_ns,
            kind="event",
            label=label,
            by=command.by,
            severity=command.severity,
            text=command.text,
        )
    ]
    if known is not None and known.vital is not None and command.severity is not None:
        outputs.append(
            Reading(
                t_ns=command.t_ns,
                vital=known.vital,
                value=float(command.severity),
                quality=Quality.GOOD,
                source=command.by,
                measured_ns=command.t_ns,
                manual=True,
            )
        )
    return outputs


def record_drug(visit: Visit, command: RecordDrug) -> list[Output]:
    """A drug as the staff gave it."""
    if not command.drug.strip() or not command.dose.strip():
        return refuse(command, "Name the drug and its dose with the unit.")
    text = " ".join(part for part in (command.dose, command.route) if part)
    return [_written(command, "drug", command.drug, text)]


def write_note(visit: Visit, command: WriteNote) -> list[Output]:
    """A free note."""
    if not command.text.strip():
        return refuse(command, "The note is empty.")
    return [_written(command, "note", "Note", command.text)]


def hand_over(visit: Visit, command: HandOver) -> list[Output]:
    """Another named observer takes over."""
    if not command.to.strip():
        return refuse(command, "Name who takes over.")
    visit.observer = command.to
    return [_written(command, "hand-over", "Hand-over", command.to)]


def skip_task(visit: Visit, command: SkipTask) -> list[Output]:
    """A due observation will not be made: missed, with the reason."""
    refusal = visit.schedule.skip_refusal(command.task, command.reason)
    if refusal is not None:
        return refuse(command, refusal)
    return list[Output](visit.schedule.skip(command.t_ns, command.task, command.reason))


def _written(
    command: RecordDrug | WriteNote | HandOver, kind: str, label: str, text: str
) -> ObservationRecorded:
    return ObservationRecorded(t_ns=command.t_ns, kind=kind, label=label, by=command.by, text=text)
