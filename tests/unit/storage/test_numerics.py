"""Readings as columns are the readings of the record, each with its number in the session."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.events import EVENT_KINDS, Reading
from protocols.vitals import Vital
from storage.canonical import canonical
from storage.database import Database
from storage.faults import StorageError
from storage.journal import Journal
from storage.numerics import Numerics, columns_of, join_runs, read_numerics
from storage.packing import decode_run, encode_columns, encode_lines, read_columns
from tests.unit.storage.event_strategies import ROUTINE_EVENT, small_session

RARE = frozenset(name for name in EVENT_KINDS if name not in ("chunk", "wave", "rejected", "sent"))


def readings_of(numerics: Numerics) -> dict[int, Reading]:
    """Every reading by its number."""
    found = {seq: event for seq, event in numerics.events if isinstance(event, Reading)}
    for columns in numerics.readings.values():
        found |= {int(columns.seq[i]): columns.reading(i) for i in range(len(columns))}
    return found


@pytest.mark.parametrize("sealed", [True, False])
def test_every_reading_of_a_session_comes_with_its_number(
    journal: Journal, database: Database, sealed: bool
) -> None:
    events = small_session()
    for first in range(0, len(events), 25):
        journal.append("s1", events[first : first + 25])
    if sealed:
        journal.seal("s1")
    numerics = read_numerics(database, "s1", RARE, tuple(Vital))
    wanted = {seq: e for seq, e in enumerate(events, start=1) if isinstance(e, Reading)}
    assert wanted
    assert readings_of(numerics) == wanted
    assert numerics.last_t_ns == events[-1].t_ns
    others = {seq: event for seq, event in numerics.events if not isinstance(event, Reading)}
    assert others
    assert others == {seq: events[seq - 1] for seq in others}


def test_only_what_is_asked_for_is_read(journal: Journal, database: Database) -> None:
    journal.append("s1", small_session())
    journal.seal("s1")
    numerics = read_numerics(database, "s1", frozenset(("session_opened",)), (Vital.SPO2,))
    assert set(numerics.readings) == {Vital.SPO2}
    assert [type(event).__name__ for _, event in numerics.events] == ["SessionOpened"]
    with pytest.raises(StorageError, match="no session s2"):
        read_numerics(database, "s2", frozenset(), ())


@given(st.lists(ROUTINE_EVENT, min_size=1, max_size=30), st.booleans())
def test_both_forms_of_a_packed_row_give_the_same_readings(
    events: list[object], lines: bool
) -> None:
    routine = [event for event in events if _is_plain(event)]
    if not routine:
        return
    body = encode_lines([canonical(event) for event in routine]) if lines else None
    packed = body or encode_columns(routine)
    if packed is None:
        return
    wanted = {
        place: event for place, event in enumerate(decode_run(packed)) if isinstance(event, Reading)
    }
    found: dict[int, Reading] = {}
    for run in read_columns(packed, frozenset(Vital)):
        for at, place in enumerate(run.places.tolist()):
            value = float(run.values[at])
            found[place] = replace(
                run.like,
                t_ns=int(run.t_ns[at]),
                measured_ns=int(run.measured_ns[at]),
                value=None if math.isnan(value) else value,
            )
    assert found == wanted


def _is_plain(event: object) -> bool:
    """Values that are numbers, as rules judge no others."""
    return not (isinstance(event, Reading) and event.value is not None and math.isnan(event.value))


def test_columns_of_readings_give_them_back() -> None:
    events = [event for event in small_session() if isinstance(event, Reading)]
    numbered = list(enumerate(events, start=7))
    columns = columns_of(numbered)
    assert set(columns) == {event.vital for event in events}
    found = {int(c.seq[i]): c.reading(i) for c in columns.values() for i in range(len(c))}
    assert found == dict(numbered)


def test_columns_are_made_of_something() -> None:
    with pytest.raises(ValueError, match="no reading of spo2"):
        join_runs(Vital.SPO2, ())
