"""What people observe and write down: events, drugs, notes, hand-overs, skipped tasks."""

from __future__ import annotations

from protocols.events import (
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
from protocols.vitals import NS_PER_S, Quality


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


MAX_GIVEN_AGE_S = 12 * 3600.0
"""A drug given longer ago than this when it is typed belongs into a note."""

DRUG_PURPOSES = ("", "pre-medication", "rescue")
"""What a drug may be given for, as the record names it; empty where nobody said."""


def record_drug(visit: Visit, command: RecordDrug) -> list[Output]:
    """A drug as the staff gave it, with its purpose and the time it was given."""
    if not command.drug.strip() or not command.dose.strip():
        return refuse(command, "Name the drug and its dose with the unit.")
    if command.purpose not in DRUG_PURPOSES:
        allowed = ", ".join(purpose for purpose in DRUG_PURPOSES if purpose)
        return refuse(command, f"“{command.purpose}” is no purpose. Choose one of: {allowed}.")
    if not 0 <= command.age_s <= MAX_GIVEN_AGE_S:
        limit_min = round(MAX_GIVEN_AGE_S / 60)
        return refuse(command, f"Given before now: 0 to {limit_min} min; write a note if earlier.")
    text = " ".join(part for part in (command.dose, command.route) if part)
    given_ns = command.t_ns - round(command.age_s * 1000) * (NS_PER_S // 1000)
    return [
        ObservationRecorded(
            t_ns=command.t_ns,
            kind="drug",
            label=command.drug,
            by=command.by,
            text=text,
            purpose=command.purpose,
            happened_ns=given_ns if command.age_s else None,
        )
    ]


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
    command: WriteNote | HandOver, kind: str, label: str, text: str
) -> ObservationRecorded:
    return ObservationRecorded(t_ns=command.t_ns, kind=kind, label=label, by=command.by, text=text)
