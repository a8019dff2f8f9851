"""Patients of earlier sessions, read from the record, for a returning patient's preparation."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.reception.desk import EarlierPatient
from app.records.rare_events import read_rare
from protocols.events import EnterPatient, PatientRecorded, WeightRecorded
from storage.database import Database
from storage.sessions import SessionSummary, last_seen

MOST_OFFERED = 60
"""Patients offered at most, the last seen first; others are typed."""


def read_earlier_patients(database: Database, *, simulated: bool) -> list[EarlierPatient]:
    """The patients of earlier sessions, the last seen first.

    Simulated patients and real ones are never offered together: `simulated` says which.

    Raises:
        StorageError: the record cannot be read.
    """
    found = []
    for sessions in last_seen(database, simulated=simulated, most=MOST_OFFERED):
        patient = _read_patient(database, sessions)
        if patient is not None:
            found.append(patient)
    return found


def _read_patient(database: Database, sessions: Sequence[SessionSummary]) -> EarlierPatient | None:
    """What was last entered of one patient; the weight may come from an earlier visit."""
    entry: EnterPatient | None = None
    for summary in sessions:
        newest, weight_kg = _read_entries(database, summary.session)
        entry = entry or newest
        if entry is not None and weight_kg is not None:
            return _offer(entry, weight_kg)
    return None if entry is None else _offer(entry, None)


def _offer(entry: EnterPatient, weight_kg: Decimal | None) -> EarlierPatient:
    return EarlierPatient(
        given_name=entry.given_name,
        family_name=entry.family_name,
        mrn=entry.mrn,
        birth_date=entry.birth_date,
        sex=entry.sex,
        height_cm=entry.height_cm,
        allergies=entry.allergies,
        visit=entry.visit + 1,
        visits_planned=entry.visits_planned,
        last_weight_kg=weight_kg,
    )


def _read_entries(database: Database, session: str) -> tuple[EnterPatient | None, Decimal | None]:
    entry: EnterPatient | None = None
    weight_kg: Decimal | None = None
    for event in read_rare(database, session, (PatientRecorded, WeightRecorded)):
        if isinstance(event, PatientRecorded):
            entry = event.entry
        elif isinstance(event, WeightRecorded):
            weight_kg = event.entry.weight_kg
    return entry, weight_kg
