"""Real people, sent in the format of every driver and read back: exact, missing as missing, once.

The default run sends parts, chosen by a seed; the campaign sends everything.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from pathlib import Path

import pytest

from devices.driver import Measurement
from devices.pressures import judge_pressures
from devices.registry import DriverSpec
from protocols.vitals import NS_PER_S, PRESSURES, VITALS, Vital
from tests.conventions.streams import MONITOR_SPECS, accounted_for, comes_back, numeric_vitals, read
from tests.e2e.people import (
    Person,
    Record,
    anaesthesia_patient,
    charted_patients,
    cuff_patients,
    fingertip_wearers,
    hypoxia_volunteers,
    ward_patient,
)

START_NS = 3600 * NS_PER_S
"""The monitor was switched on an hour before."""

NEVER_ZERO = (Vital.HR, Vital.PR, Vital.SPO2)

ONLY_WITH_A_CUFF = {"suntech": {Vital.PR}}
"""Vitals that a format carries only beside a blood pressure."""

Source = Callable[[Path], Iterable[Person]]

SOURCES: dict[str, tuple[Source, int, int]] = {
    "volunteers in hypoxia": (hypoxia_volunteers, 4, 80),
    "a patient under anaesthesia": (lambda folder: [anaesthesia_patient(folder)], 1, 250),
    "wearers of a fingertip unit": (fingertip_wearers, 2, 100),
    "patients with a cuff": (cuff_patients, 12, 60),
    "patients as charted": (charted_patients, 60, 60),
    "a patient on a ward": (lambda folder: [ward_patient(folder)], 1, 250),
}
"""Where people come from, and how many of them with how many records the default run sends."""

FROM = pytest.mark.parametrize("source", SOURCES)


def sample(source: str, recordings: Path, seed: int) -> Iterator[Person]:
    """Parts of some of the people."""
    people, most_people, most_records = SOURCES[source]
    chance = random.Random(seed)
    found = list(people(recordings))
    for person in chance.sample(found, min(most_people, len(found))):
        spare = max(0, len(person.records) - most_records)
        yield person.part(chance.randrange(spare + 1), most_records)


def through_the_wire(spec: DriverSpec, person: Person) -> list[list[Measurement]]:
    """What the parser gives of each record, by where in the stream its frames end."""
    encode = spec.simulator.encode_vitals
    refreshes = [
        encode(
            {v: value for v, value in record.items() if v in spec.vitals},
            START_NS + round(t_s * NS_PER_S),
        )
        for t_s, record in person.records
    ]
    stream = b"".join(refreshes)
    items, counts = read(spec, stream)
    assert accounted_for(counts) == len(stream)
    assert counts.rejected == 0
    ends = list(accumulate(map(len, refreshes)))
    found: list[list[Measurement]] = [[] for _ in refreshes]
    place = 0
    for item in items:
        if isinstance(item, Measurement):
            while item.end_byte > ends[place]:
                place += 1
            found[place].append(item)
    return found


def on_the_grid(spec: DriverSpec, vital: Vital, value: float) -> float:
    """`value` in steps of the format."""
    step = spec.resolution[vital]
    return round(round(value / step) * step, 6)


def expected(spec: DriverSpec, record: Record, vital: Vital) -> float | None:
    """The value that must come back of one vital; None for missing."""
    value = record.get(vital)
    if value is None:
        return None
    value = on_the_grid(spec, vital, value)
    if (value == 0 and vital in NEVER_ZERO) or not VITALS[vital].is_plausible(value):
        return None
    others = {
        v: each and on_the_grid(spec, v, each) for v, each in record.items() if v in spec.vitals
    }
    return comes_back(spec, {**others, vital: value}, vital)


def expected_pressures(spec: DriverSpec, record: Record) -> list[float | None]:
    """The three pressures of a valid determination; three times None for any other."""
    said = [record.get(vital) for vital in PRESSURES]
    if None in said:
        return [None] * 3
    sys, dia, mean = (on_the_grid(spec, v, p or 0) for v, p in zip(PRESSURES, said, strict=True))
    return [each.value for each in judge_pressures(sys, dia, mean).measurements]


def check_streams(spec: DriverSpec, record: Record, readings: list[Measurement]) -> None:
    """Every streamed value is exact to the format's step, and what is missing is None."""
    carried = set(numeric_vitals(spec)) & set(record) - set(PRESSURES)
    for vital in carried - ONLY_WITH_A_CUFF.get(spec.name, set()):
        found = {r.value for r in readings if r.vital is vital and not r.spot} - {None}
        value = expected(spec, record, vital)
        if value is None:
            assert found == set()
        else:
            (back,) = found
            assert back is not None
            raw = record[vital]
            assert raw is not None
            assert abs(back - raw) <= spec.resolution[vital] / 2 + 1e-9


def check_cuff(spec: DriverSpec, record: Record, readings: list[Measurement]) -> bool:
    """A determination comes once, with the record that says it; whether there was one."""
    told = [[r for r in readings if r.vital is vital] for vital in PRESSURES]
    values = [[r.value for r in each if r.value is not None] for each in told]
    if record.get(Vital.SBP) is None or Vital.SBP not in spec.vitals:
        assert values == [[], [], []]
        return False
    pressures = expected_pressures(spec, record)
    if None in [record.get(vital) for vital in PRESSURES]:
        # Where a monitor may give a determination without its mean, that is shown as such.
        for each, vital in zip(values, PRESSURES, strict=True):
            assert each in ([], [record[vital]])
        return False
    assert values == [[] if each is None else [each] for each in pressures]
    assert all(r.age_ns < NS_PER_S for each in told for r in each)
    return pressures[0] is not None


def check(spec: DriverSpec, person: Person) -> int:
    """Send one person and compare everything; how many determinations came back."""
    determinations = 0
    for (_, record), readings in zip(person.records, through_the_wire(spec, person), strict=True):
        for reading in readings:
            assert (reading.value is None) == (not reading.quality.has_value)
            assert reading.value is None or VITALS[reading.vital].is_plausible(reading.value)
            assert reading.value != 0 or reading.vital not in NEVER_ZERO
            if reading.spot and reading.value is not None:
                assert reading.value == expected(spec, record, Vital.PR)
        check_streams(spec, record, readings)
        determinations += check_cuff(spec, record, readings)
    return determinations


@FROM
@MONITOR_SPECS
def test_people_come_back_as_they_were(spec: DriverSpec, source: str, recordings: Path) -> None:
    for person in sample(source, recordings, seed=len(spec.name)):
        if person.vitals & set(spec.vitals):
            check(spec, person)


@pytest.mark.campaign
@FROM
@MONITOR_SPECS
def test_everybody_comes_back_as_they_were(spec: DriverSpec, source: str, recordings: Path) -> None:
    people, _, _ = SOURCES[source]
    for person in people(recordings):
        if person.vitals & set(spec.vitals):
            check(spec, person)


@MONITOR_SPECS
def test_every_determination_of_an_anaesthesia_comes_once(
    spec: DriverSpec, recordings: Path
) -> None:
    if Vital.SBP not in spec.vitals:
        pytest.skip("it gives no blood pressure")
    patient = anaesthesia_patient(recordings)
    taken = [each for each in patient.records if Vital.SBP in each[1]]
    assert len(taken) == 8
    nearby = {id(record) for _, record in taken}
    few = [
        each
        for i, each in enumerate(patient.records)
        if any(id(record) in nearby for _, record in patient.records[max(0, i - 3) : i + 4])
    ]
    assert check(spec, Person(name=patient.name, records=tuple(few))) == len(taken)


@MONITOR_SPECS
def test_charted_values_that_cannot_be_are_never_values(spec: DriverSpec, recordings: Path) -> None:
    impossible = 0
    for person in charted_patients(recordings):
        for (_, record), readings in zip(
            person.records, through_the_wire(spec, person), strict=True
        ):
            for vital in set(record) & set(spec.vitals):
                value = record[vital]
                if value is None or VITALS[vital].is_plausible(value):
                    continue
                impossible += 1
                assert all(r.value is None for r in readings if r.vital is vital)
    assert impossible > 0 or not {Vital.SPO2, Vital.RR, Vital.SBP} & set(spec.vitals)
