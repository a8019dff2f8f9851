"""Real and random vitals through the IntelliVue format and back; the simulated unit's timetable."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.driver import Measurement
from devices.philips_intellivue import encoding, wire
from devices.philips_intellivue.frames import Framed, FrameReader
from devices.philips_intellivue.messages import PollResult, read_message
from devices.philips_intellivue.parser import IntellivueParser
from devices.philips_intellivue.simulator import (
    IntellivueSimulator,
    encode_vitals,
    make_simulator,
)
from devices.philips_intellivue.spec import SPEC
from devices.philips_intellivue.wire import Part, Session
from protocols.vitals import NS_PER_S, PRESSURES, VITALS, Vital
from tests.unit.devices.steady_body import SteadyBody

REAL = Path(__file__).resolve().parents[4] / "shared/data/02_or_intellivue"
STREAMS = (Vital.HR, Vital.PR, Vital.SPO2, Vital.PI, Vital.RR, Vital.TEMP, Vital.ETCO2)


def steps(vital: Vital) -> st.SearchStrategy[float]:
    """Plausible values of `vital`, each a whole number of its smallest steps; never zero."""
    low, high = VITALS[vital].plausible
    per_unit = round(1 / SPEC.resolution[vital])
    first = max(1, round(low * per_unit))
    return st.integers(first, round(high * per_unit)).map(lambda n: n / per_unit)


RECORDS = st.fixed_dictionaries({}, optional={v: st.none() | steps(v) for v in STREAMS})
DETERMINATIONS = st.tuples(st.integers(40, 280), st.integers(20, 240), st.integers(10, 220)).filter(
    lambda each: each[0] > each[1] > each[2]
)


@given(record=RECORDS, t_ns=st.integers(0, 10**14))
def test_every_vital_comes_back_exactly(record: dict[Vital, float | None], t_ns: int) -> None:
    items = IntellivueParser().feed(encode_vitals(record, t_ns))
    found = {item.vital: item.value for item in items if isinstance(item, Measurement)}
    assert found == {vital: record.get(vital) for vital in STREAMS}


@given(pressures=st.lists(DETERMINATIONS, min_size=1, max_size=6))
def test_every_determination_comes_back_once(pressures: list[tuple[int, int, int]]) -> None:
    parser = IntellivueParser()
    found = []
    for number, (sys, mean, dia) in enumerate(pressures):
        t_ns = number * 60 * NS_PER_S
        record = {Vital.SBP: sys, Vital.DBP: dia, Vital.MAP: mean}
        items = parser.feed(encode_vitals(record, t_ns) + encode_vitals({}, t_ns + NS_PER_S))
        found += [i for i in items if isinstance(i, Measurement) and i.vital in PRESSURES]
    assert [i.value for i in found] == [v for s, m, d in pressures for v in (s, d, m)]
    assert {i.age_ns for i in found} == {0}


def real_rows() -> list[dict[str, str]]:
    path = REAL / "or_patient_A_numerics.csv"
    if not path.is_file():
        pytest.skip(f"the recording is not here: {path.parent}")
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def number(text: str) -> float | None:
    return float(text) if text else None


def test_a_real_patient_comes_back_and_each_pressure_once() -> None:
    parser = IntellivueParser()
    expected: list[tuple[float | None, ...]] = []
    found: list[float | None] = []
    before: tuple[float | None, ...] = ()
    for row in real_rows():
        record = {
            Vital.HR: number(row["ecg_hr"]),
            Vital.PR: number(row["pleth_hr"]),
            Vital.SPO2: number(row["pleth_sat_o2"]),
        }
        pressures = tuple(number(row[f"nibp_{name}"]) for name in ("sys", "dia", "mean"))
        sent = dict(record)
        if pressures != before:
            before = pressures
            sent.update(zip(PRESSURES, pressures, strict=True))
            if None not in pressures:
                expected.append(pressures)
        items = parser.feed(encode_vitals(sent, round(float(row["t_s"]) * NS_PER_S)))
        values = {i.vital: i.value for i in items if isinstance(i, Measurement)}
        assert {vital: values[vital] for vital in record} == record
        found += [values[vital] for vital in PRESSURES if vital in values]
    assert found == [value for each in expected for value in each]
    assert len(expected) == 8
    assert parser.counts.rejected == 0


def test_a_real_patients_pressures_repeated_each_second_come_once() -> None:
    parser = IntellivueParser()
    given = []
    before: tuple[float | None, ...] = ()
    taken_ns = 0
    for row in real_rows():
        t_ns = round(float(row["t_s"]) * NS_PER_S)
        pressures = tuple(number(row[f"nibp_{name}"]) for name in ("sys", "dia", "mean"))
        if pressures != before:
            before, taken_ns = pressures, t_ns
        determined = encode_vitals(dict(zip(PRESSURES, pressures, strict=True)), taken_ns)
        items = parser.feed(determined)
        given += [i.value for i in items if isinstance(i, Measurement) and i.vital is Vital.SBP]
    assert given == [108, 83, 105, 99, 95, 90, 88, 100]


# the simulated monitor


def frames(data: bytes) -> list[bytes]:
    return [found.data for found in FrameReader().read(data) if isinstance(found, Framed)]


def associated(seed: int = 1) -> IntellivueSimulator:
    monitor = make_simulator(SteadyBody(), seed)
    monitor.receive(0, wire.ASSOCIATE)
    kinds = [data[0] for data in frames(monitor.advance(NS_PER_S))]
    assert kinds == [Session.ACCEPT, wire.EXPORT[0]]
    return monitor


def test_it_says_nothing_before_a_host_asks() -> None:
    monitor = make_simulator(SteadyBody(), 1)
    assert monitor.next_deadline_ns is None
    monitor.receive(0, wire.poll_request(0, 0))
    assert monitor.advance(600 * NS_PER_S) == b""


def test_it_answers_a_poll_in_linked_parts_as_real_ones_do() -> None:
    monitor = associated()
    monitor.receive(2 * NS_PER_S, wire.poll_request(7, 9))
    results = [read_message(data) for data in frames(monitor.advance(3 * NS_PER_S))]
    assert all(isinstance(each, PollResult) and each.invoke_id == 7 for each in results)
    parts = [each.part for each in results if isinstance(each, PollResult)]
    assert parts == [Part.FIRST, Part.LAST]


def test_a_second_association_is_refused_and_a_release_confirmed() -> None:
    monitor = associated()
    monitor.receive(2 * NS_PER_S, wire.ASSOCIATE)
    assert monitor.advance(3 * NS_PER_S) == encoding.REFUSED
    monitor.receive(3 * NS_PER_S, wire.RELEASE)
    assert monitor.advance(4 * NS_PER_S) == encoding.RELEASED


def test_a_host_that_says_nothing_for_10_s_is_given_up() -> None:
    monitor = associated()
    assert monitor.next_deadline_ns == 10 * NS_PER_S
    monitor.advance(10 * NS_PER_S)
    assert monitor.advance(11 * NS_PER_S) == encoding.ABORTED


def test_two_units_of_one_seed_say_the_same() -> None:
    said = []
    for monitor in (associated(3), associated(3)):
        spoken = b""
        for second in range(2, 60):
            monitor.receive(second * NS_PER_S, wire.poll_request(second, second))
            spoken += monitor.advance(second * NS_PER_S + NS_PER_S // 2)
        said.append(spoken)
    assert said[0] == said[1]
    assert len(said[0]) > 10_000
