"""Returning patients: read from earlier sessions, never real and simulated together."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from app.reception.earlier_patients import read_earlier_patients
from protocols.events import (
    DeviceSlot,
    EnterPatient,
    EnterWeight,
    Event,
    PatientRecorded,
    SessionOpened,
    WeightRecorded,
)
from storage.database import Database, open_database
from storage.journal import Journal


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "sessions.db") as database:
        yield database


def visit(
    database: Database,
    day: int,
    mrn: str,
    *,
    weight_kg: str | None = None,
    number: int = 1,
    simulated: bool = False,
) -> None:
    slot = DeviceSlot(device="oximeter", driver="nonin", port="x", identity="", simulated=simulated)
    events: list[Event] = [
        SessionOpened(
            t_ns=0,
            session=f"session-{day}",
            schema=1,
            program="0.1.0",
            utc=f"2026-11-{day:02}T09:00:00.000Z",
            utc_offset_min=0,
            room="Room 3",
            simulated=simulated,
            protocol_text="",
            limits_text="",
            rules_digest="",
            devices=(slot,),
            vitals=(),
        )
    ]
    if mrn:
        entry = EnterPatient(
            t_ns=1,
            by="N",
            given_name="Jane",
            family_name=f"Doe {mrn}",
            mrn=mrn,
            birth_date="1985-03-02",
            sex="female",
            height_cm=Decimal(171),
            allergies="none known",
            visit=number,
            visits_planned=6,
        )
        events.append(PatientRecorded(t_ns=1, entry=entry))
    if weight_kg is not None:
        weight = EnterWeight(t_ns=2, by="N", weight_kg=Decimal(weight_kg), measured=True)
        events.append(WeightRecorded(t_ns=2, entry=weight))
    Journal(database).append(f"session-{day}", events)


def test_an_empty_record_offers_nobody(record: Database) -> None:
    assert read_earlier_patients(record, simulated=False) == []


def test_a_returning_patient_comes_with_the_next_visit_and_the_last_weight(
    record: Database,
) -> None:
    visit(record, 1, "004711", weight_kg="70.0", number=1)
    visit(record, 3, "004711", weight_kg="71.5", number=2)
    visit(record, 2, "008822")
    first, second = read_earlier_patients(record, simulated=False)
    assert (first.mrn, first.visit, first.visits_planned) == ("004711", 3, 6)
    assert first.last_weight_kg == Decimal("71.5")
    assert (first.family_name, first.sex, first.height_cm) == ("Doe 004711", "female", 171)
    assert (second.mrn, second.last_weight_kg) == ("008822", None)


def test_a_visit_without_a_weight_does_not_hide_the_one_before(record: Database) -> None:
    visit(record, 1, "004711", weight_kg="70.0", number=1)
    visit(record, 2, "004711", number=2)
    (found,) = read_earlier_patients(record, simulated=False)
    assert found.visit == 3
    assert found.last_weight_kg == Decimal("70.0")


def test_simulated_and_real_patients_are_never_offered_together(record: Database) -> None:
    visit(record, 1, "004711", weight_kg="70.0")
    visit(record, 2, "DEMO-0004", weight_kg="70.0", simulated=True)
    visit(record, 3, "")
    assert [p.mrn for p in read_earlier_patients(record, simulated=False)] == ["004711"]
    assert [p.mrn for p in read_earlier_patients(record, simulated=True)] == ["DEMO-0004"]
