"""What must have been recorded before a drug begins, read from the record alone.

It knows nothing of guards, phases or facts: an oracle for tests that walk visits at random.
"""

from __future__ import annotations

from decimal import Decimal

from protocols.definition import GateItem, HoldKind, ProtocolDefinition
from protocols.events import (
    BaselineFrozen,
    DoseConfirmed,
    DosePlanned,
    Event,
    GateItemChanged,
    LedgerEntered,
    LedgerStep,
    PatientRecorded,
    ScaleFlagAnswered,
    ScaleRecorded,
    SoundChecked,
    WeightRecorded,
)
from protocols.scales import Moment


def unguarded(definition: ProtocolDefinition, record: list[Event]) -> list[str]:
    """Everything that should have kept the drug from beginning after `record`."""
    wrong: list[str] = []
    place = {kind: _last_place(record, kind) for kind in (PatientRecorded, WeightRecorded)}
    planned_at, checked_at = _last_place(record, DosePlanned), _last_place(record, DoseConfirmed)
    if place[PatientRecorded] < 0 or place[WeightRecorded] < 0:
        wrong.append("nobody was entered")
    if planned_at < place[WeightRecorded]:
        wrong.append("no order of this weight")
    if checked_at < planned_at:
        wrong.append("no check of this order")
    elif planned_at >= 0:
        planned, checked = record[planned_at], record[checked_at]
        assert isinstance(planned, DosePlanned)
        assert isinstance(checked, DoseConfirmed)
        names = {planned.ordered_by.strip().casefold(), checked.checked_by.strip().casefold()}
        if len(names) != 2 or not checked.checked_by.strip():
            wrong.append("not two identities")
    if _last_place(record, BaselineFrozen) < 0:
        wrong.append("no baseline")
    if _last_sound(record) is None:
        wrong.append("nobody said whether the alarm sounds are heard")
    wrong += [f"gate: {item.id}" for item in definition.gate if not _passed(item, record)]
    wrong += _open_flags(record) + _unrecorded_scales(definition, record)
    wrong += _beyond_limits(definition, record) + _no_drug(definition, record, planned_at)
    return wrong


def _last_sound(record: list[Event]) -> bool | None:
    return next((one.heard for one in reversed(record) if isinstance(one, SoundChecked)), None)


def _last_place(record: list[Event], kind: type[Event]) -> int:
    return max((at for at, one in enumerate(record) if isinstance(one, kind)), default=-1)


def _passed(item: GateItem, record: list[Event]) -> bool:
    answers = [one for one in record if isinstance(one, GateItemChanged) and one.item == item.id]
    if not answers:
        return False
    last = answers[-1]
    if last.answer in item.passes:
        return last.state == "done"
    if item.hold in (HoldKind.STOP, HoldKind.HARD):
        return False
    return last.state == "overridden" and bool(last.detail.strip()) and bool(last.prescriber)


def _open_flags(record: list[Event]) -> list[str]:
    still: set[tuple[str, str]] = set()
    for one in record:
        if isinstance(one, ScaleRecorded):
            still |= {(one.scale, flag.item) for flag in one.flags}
        elif isinstance(one, ScaleFlagAnswered) and one.action.strip():
            still.discard((one.scale, one.item))
    return [f"flag {key}" for key in sorted(still)]


def _unrecorded_scales(definition: ProtocolDefinition, record: list[Event]) -> list[str]:
    known = {one.scale for one in record if isinstance(one, ScaleRecorded)}
    return [
        f"scale {due.scale}"
        for due in definition.scales_due
        if due.required and due.moment is Moment.BEFORE and due.scale not in known
    ]


def _beyond_limits(definition: ProtocolDefinition, record: list[Event]) -> list[str]:
    at = _last_place(record, BaselineFrozen)
    if at < 0:
        return []
    baseline = record[at]
    assert isinstance(baseline, BaselineFrozen)
    passed = {
        one.item.removeprefix("start-limit/")
        for one in record[at:]
        if isinstance(one, GateItemChanged) and one.state == "overridden" and one.prescriber
    }
    limits = {limit.vital: limit for limit in definition.start_limits}
    return [
        f"{value.vital} {value.value} is beyond its start limit"
        for value in baseline.values
        if value.vital in limits
        and not limits[value.vital].go[0] <= round(value.value) <= limits[value.vital].go[1]
        and str(value.vital) not in passed
    ]


def _no_drug(definition: ProtocolDefinition, record: list[Event], planned_at: int) -> list[str]:
    if definition.ledger is None or planned_at < 0:
        return []
    entries = [one for one in record if isinstance(one, LedgerEntered)]
    drawn = sum((one.amount_mg for one in entries if one.step is LedgerStep.DRAWN), Decimal(0))
    planned = record[planned_at]
    assert isinstance(planned, DosePlanned)
    enough = drawn + max(Decimal("0.5"), planned.dose_mg * Decimal("0.02")) >= planned.dose_mg
    return [] if enough else [f"{drawn} mg were drawn for {planned.dose_mg} mg"]
