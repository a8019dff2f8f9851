"""What was already done with a value before it was corrected, and stays: told, never undone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from protocols.events import Phase, Reading, TaskChanged, WeightRecorded
from protocols.record_entries import RecordEntry
from protocols.visit import AVERAGED_NS, Visit
from protocols.vitals import PRESSURES, VITALS, Vital


def consequence(visit: Visit, entry: RecordEntry, *, withdrawn: bool) -> str:
    """What was done with `entry` and stays, in sentences; empty where nothing was."""
    sentences: list[str] = []
    for reading in entry.standing or entry.readings:
        for sentence in _of_reading(visit, reading, withdrawn=withdrawn):
            if sentence not in sentences:
                sentences.append(sentence)
    if isinstance(entry.event, WeightRecorded) and visit.calculation is not None:
        sentences.append("The dose worked out with it stays.")
    event: Any = entry.event
    if getattr(event, "kind", "") == "hand-over":
        sentences.append(f"The observer on the screen stays {visit.observer}.")
    return " ".join(sentences)


def _of_reading(visit: Visit, reading: Reading, *, withdrawn: bool) -> Iterator[str]:
    if _is_in_baseline(visit, reading):
        begun = " The drug was begun on it." if visit.first_dose_ns is not None else ""
        yield f"The baseline frozen with it stays.{begun}"
    alarm = visit.acted_on.raised_by(reading)
    if alarm is not None:
        yield f"It raised an alarm: {alarm.sentence}"
    made = visit.acted_on.made_by(reading)
    if withdrawn and made is not None and _observes(visit, made, reading.vital):
        yield f"“{made.label}” stays counted as done with it: observe again."
    if visit.phase is Phase.DISCHARGED and _judges_discharge(visit, reading):
        yield "The patient was discharged with it."


def _is_in_baseline(visit: Visit, reading: Reading) -> bool:
    frozen = visit.baseline
    if frozen is None or reading.t_ns > frozen.t_ns:
        return False
    value = next((one for one in frozen.values if one.vital is reading.vital), None)
    if value is None:
        return False
    if reading.vital in PRESSURES:
        return reading.measured_ns in visit.baseline_pressures_ns
    if not reading.manual and VITALS[reading.vital].quiet_limit_s is not None:
        return frozen.t_ns - AVERAGED_NS <= reading.measured_ns <= frozen.t_ns
    return value.value == reading.value


def _observes(visit: Visit, task: TaskChanged, vital: Vital) -> bool:
    return any(vital in item.vitals for item in visit.definition.schedule if item.item == task.item)


def _judges_discharge(visit: Visit, reading: Reading) -> bool:
    since_ns = visit.drug_ended_ns
    if since_ns is None or reading.measured_ns < since_ns:
        return False
    tests = (test for one in visit.definition.discharge for test in one.tests)
    return any(test.vital is reading.vital for test in tests)
