"""The simulated Masimo monitor, read by the real parser and driver."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from devices.driver import DriverItem, Measurement, ParserItem
from devices.masimo_ascii1.driver import MasimoDriver
from devices.masimo_ascii1.parser import MasimoParser
from devices.masimo_ascii1.simulator import (
    MasimoFaults,
    MasimoSimulator,
    encode_vitals,
    make_simulator,
)
from protocols.vitals import NS_PER_S, Quality, Vital
from tests.unit.devices.steady_body import SteadyBody


def run(
    simulator: MasimoSimulator, parser: MasimoParser, from_s: int, to_s: int
) -> list[ParserItem]:
    items: list[ParserItem] = []
    for second in range(from_s + 1, to_s + 1):
        items += parser.feed(simulator.advance(second * NS_PER_S))
    return items


def of(items: list[ParserItem], vital: Vital) -> list[Measurement]:
    return [i for i in items if isinstance(i, Measurement) and i.vital is vital and not i.spot]


def test_the_parser_reads_what_the_body_has() -> None:
    body = SteadyBody(rate_bpm=131, saturation_percent=93, perfusion=2.5)
    parser = MasimoParser()
    items = run(MasimoSimulator(body, 1), parser, 0, 10)
    assert [i.value for i in of(items, Vital.PR)] == [131] * 10
    assert [i.value for i in of(items, Vital.SPO2)] == [93] * 10
    assert [i.value for i in of(items, Vital.PI)] == [2.5] * 10
    assert {i.quality for i in of(items, Vital.PR)} == {Quality.GOOD}
    assert (parser.counts.frames, parser.counts.rejected, parser.counts.skipped_bytes) == (10, 0, 0)


def test_a_line_leaves_every_second_however_often_it_is_asked_for() -> None:
    often, once = make_simulator(SteadyBody(), 5), make_simulator(SteadyBody(), 5)
    assert often.next_deadline_ns == NS_PER_S
    assert often.advance(NS_PER_S - 1) == b""
    pieces = b"".join(often.advance(t * 100_000_000) for t in range(1, 401))
    assert pieces == once.advance(40 * NS_PER_S)


def test_a_lost_finger_is_sensor_off_while_old_values_are_still_printed() -> None:
    body = SteadyBody()
    simulator, parser = MasimoSimulator(body, 1), MasimoParser()
    run(simulator, parser, 0, 5)
    body.on_finger = False
    lines = simulator.advance(6 * NS_PER_S)
    assert b"SPO2=097%" in lines
    off = parser.feed(lines) + run(simulator, parser, 6, 12)
    assert {(i.value, i.quality) for i in of(off, Vital.SPO2)} == {(None, Quality.SENSOR_OFF)}
    body.on_finger = True
    back = of(run(simulator, parser, 12, 22), Vital.PR)
    assert back[0].quality is Quality.SEARCHING
    assert back[-1].quality is Quality.GOOD


@pytest.mark.parametrize(
    ("faults", "quality"),
    [
        (MasimoFaults(no_sensor=True), Quality.SENSOR_FAULT),
        (MasimoFaults(probe_off=True), Quality.SENSOR_OFF),
        (MasimoFaults(searching=True), Quality.SEARCHING),
        (MasimoFaults(low_perfusion=True), Quality.LOW),
        (MasimoFaults(interference=True), Quality.LOW),
    ],
)
def test_each_fault_shows_as_its_quality(faults: MasimoFaults, quality: Quality) -> None:
    items = run(MasimoSimulator(SteadyBody(), 1, faults=faults), MasimoParser(), 0, 5)
    assert {i.quality for i in of(items, Vital.PR)} == {quality}


def test_low_perfusion_of_the_body_and_the_monitors_alarms_are_noted() -> None:
    body = SteadyBody(perfusion=0.2, saturation_percent=85, rate_bpm=40)
    faults = MasimoFaults(low_battery=True)
    items = run(MasimoSimulator(body, 1, faults=faults), MasimoParser(), 0, 1)
    assert of(items, Vital.PR)[0].note == (
        "monitor: low perfusion; monitor's alarm: SpO2 low, pulse rate low, active, low battery"
    )


def test_a_root_measures_by_its_own_schedule_and_each_result_is_given_once() -> None:
    driver, simulator = MasimoDriver(), make_simulator(SteadyBody(), 1)
    items: list[DriverItem] = []
    for second in range(1, 641):
        t_ns = second * NS_PER_S
        items += driver.receive(t_ns, simulator.advance(t_ns))
    found = [i for i in items if isinstance(i, Measurement) and i.vital is Vital.SBP]
    assert len(found) == 3
    for item in found:
        assert item.value == pytest.approx(118, abs=10)
        assert item.age_ns == NS_PER_S  # given with the second line that says it


def test_a_disturbed_cuff_gives_no_result() -> None:
    simulator = make_simulator(SteadyBody(disturbed=True), 1)
    items = MasimoParser().feed(simulator.advance(60 * NS_PER_S))
    assert of(items, Vital.SBP) == []


def test_damaged_lines_are_refused_and_no_value_is_wrong() -> None:
    simulator = MasimoSimulator(SteadyBody(), 3, faults=MasimoFaults(corrupt_every=4))
    parser = MasimoParser()
    items = run(simulator, parser, 0, 200)
    assert parser.counts.rejected > 20
    assert {i.value for i in of(items, Vital.PR)} == {72}
    assert {i.value for i in of(items, Vital.SPO2)} == {97}


def test_a_silent_unit_sends_nothing_and_speaks_again() -> None:
    simulator, parser = MasimoSimulator(SteadyBody(), 1), MasimoParser()
    simulator.faults = MasimoFaults(silent=True)
    assert run(simulator, parser, 0, 4) == []
    simulator.faults = MasimoFaults()
    assert of(run(simulator, parser, 4, 6), Vital.PR)[-1].value == 72


@pytest.mark.parametrize("subject", [1, 2, 3, 4])
def test_a_real_radical_7_comes_through_whole(recordings: Path, subject: int) -> None:
    path = recordings / "01_hypoxia_5oximeters" / "clean" / f"subj{subject}.csv"
    columns = {Vital.PR: "pr_ox5", Vital.SPO2: "spo2_ox5", Vital.PI: "pi_ox5"}
    parser = MasimoParser()
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            record = {vital: float(row[column]) for vital, column in columns.items()}
            items = parser.feed(encode_vitals(record, round(float(row["t_s"]) * NS_PER_S)))
            assert {i.vital: i.value for i in items if isinstance(i, Measurement)} == record
    assert parser.counts.frames > 1000
    assert parser.counts.rejected == 0
