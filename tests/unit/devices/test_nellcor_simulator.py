"""The simulated Nellcor oximeter, read by the real parser."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from devices.driver import Measurement, ParserItem
from devices.nellcor_printout import wire
from devices.nellcor_printout.parser import NellcorParser
from devices.nellcor_printout.simulator import NellcorFaults, NellcorSimulator, make_simulator
from protocols.vitals import NS_PER_S, Quality, Vital
from tests.unit.devices.steady_body import SteadyBody


def run(
    simulator: NellcorSimulator, parser: NellcorParser, from_s: int, to_s: int
) -> list[ParserItem]:
    items: list[ParserItem] = []
    for second in range(from_s + 1, to_s + 1):
        items += parser.feed(simulator.advance(second * NS_PER_S))
    return items


def of(items: list[ParserItem], vital: Vital) -> list[Measurement]:
    return [i for i in items if isinstance(i, Measurement) and i.vital is vital]


def test_it_prints_lines_as_they_were_captured() -> None:
    simulator = NellcorSimulator(
        SteadyBody(saturation_percent=77, rate_bpm=70, perfusion=1.5), 1, start_ns=-2 * NS_PER_S
    )
    simulator.faults = NellcorFaults(motion=True, silenced=True)
    title, mode, columns, data, end = simulator.advance(0).decode().split("\r\n")
    assert title.startswith("N-560    VERSION 1.61.00    CRC:XXXX  SpO2 Limit: 90-100%    PR Limit")
    assert mode == "                             ADULT            0SAT-S "
    assert columns == "TIME                 %SpO2   BPM     PA     Status"
    assert data == "01-Jan-26 00:00:00    77*     70      18    MO SL       AS   "
    assert end == ""


def test_the_parser_reads_what_the_body_has() -> None:
    parser = NellcorParser()
    body = SteadyBody(rate_bpm=131, saturation_percent=93)
    items = run(NellcorSimulator(body, 1), parser, 0, 60)
    assert [i.value for i in of(items, Vital.PR)] == [131] * 30
    assert [i.value for i in of(items, Vital.SPO2)] == [93] * 30
    assert parser.counts.frames == 30 + 2 * 3
    assert parser.counts.rejected == parser.counts.skipped_bytes == 0


def test_a_line_leaves_every_two_seconds_however_often_it_is_asked_for() -> None:
    often, once = make_simulator(SteadyBody(), 5), make_simulator(SteadyBody(), 5)
    assert often.next_deadline_ns == 2 * NS_PER_S
    assert often.advance(2 * NS_PER_S - 1) == b""
    pieces = b"".join(often.advance(t * 100_000_000) for t in range(1, 801))
    assert pieces == once.advance(80 * NS_PER_S)


def test_a_lost_finger_is_sensor_off_then_search_then_values() -> None:
    body = SteadyBody()
    simulator, parser = NellcorSimulator(body, 1), NellcorParser()
    run(simulator, parser, 0, 6)
    body.on_finger = False
    off = run(simulator, parser, 6, 16)
    assert {(i.value, i.quality) for i in of(off, Vital.SPO2)} == {(None, Quality.SENSOR_OFF)}
    body.on_finger = True
    back = [i.quality for i in of(run(simulator, parser, 16, 32), Vital.PR)]
    assert back[0] is Quality.SEARCHING
    assert back[-1] is Quality.GOOD


def test_a_search_prints_old_values_that_are_not_shown() -> None:
    simulator, parser = NellcorSimulator(SteadyBody(), 1), NellcorParser()
    run(simulator, parser, 0, 6)
    simulator.faults = NellcorFaults(searching=True)
    data = simulator.advance(8 * NS_PER_S)
    assert b" 97      72     ---    PS" in data
    assert {i.quality for i in of(parser.feed(data), Vital.PR)} == {Quality.SEARCHING}


@pytest.mark.parametrize(
    ("faults", "quality"),
    [
        (NellcorFaults(sensor_disconnected=True), Quality.SENSOR_FAULT),
        (NellcorFaults(probe_off=True), Quality.SENSOR_OFF),
        (NellcorFaults(searching=True), Quality.SEARCHING),
        (NellcorFaults(loss_of_pulse=True), Quality.SEARCHING),
        (NellcorFaults(motion=True), Quality.LOW),
        (NellcorFaults(low_battery=True), Quality.GOOD),
    ],
)
def test_each_fault_shows_as_its_quality(faults: NellcorFaults, quality: Quality) -> None:
    items = run(NellcorSimulator(SteadyBody(), 1, faults=faults), NellcorParser(), 0, 6)
    assert {i.quality for i in of(items, Vital.PR)} == {quality}


def test_limits_are_marked() -> None:
    body = SteadyBody(rate_bpm=150, saturation_percent=85)
    items = run(NellcorSimulator(body, 1), NellcorParser(), 0, 2)
    assert of(items, Vital.PR)[0].note == (
        "monitor's alarm: SpO2 low, pulse rate high; beyond the monitor's own limit"
    )


def test_damaged_lines_are_refused_and_no_value_is_wrong() -> None:
    simulator = NellcorSimulator(SteadyBody(), 3, faults=NellcorFaults(corrupt_every=4))
    parser = NellcorParser()
    items = run(simulator, parser, 0, 400)
    assert parser.counts.rejected > 10
    assert {i.value for i in of(items, Vital.PR)} == {72}
    assert {i.value for i in of(items, Vital.SPO2)} == {97}


def test_a_silent_unit_sends_nothing_and_speaks_again() -> None:
    simulator, parser = NellcorSimulator(SteadyBody(), 1), NellcorParser()
    simulator.faults = NellcorFaults(silent=True)
    assert run(simulator, parser, 0, 6) == []
    simulator.faults = NellcorFaults()
    assert of(run(simulator, parser, 6, 10), Vital.PR)[-1].value == 72


@pytest.mark.parametrize("subject", [1, 2, 3, 4])
def test_a_real_n_600x_comes_through_whole_with_its_status(recordings: Path, subject: int) -> None:
    path = recordings / "01_hypoxia_5oximeters" / "clean" / f"subj{subject}.csv"
    parser = NellcorParser()
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rate, spo2, codes = int(row["pr_ox2"]), int(row["spo2_ox2"]), row["ox2_status"].split()
            line = wire.data_line(
                round(float(row["t_s"]) * NS_PER_S),
                spo2_percent=spo2,
                rate_bpm=rate,
                amplitude=30,
                codes=tuple(codes),
            )
            items = [i for i in parser.feed(line) if isinstance(i, Measurement)]
            assert [i.value for i in items] == [rate, spo2]
            doubtful = Quality.LOW if "MO" in codes else Quality.GOOD
            assert {i.quality for i in items} == {doubtful}
            assert ("SpO2 low" in items[0].note) == ("SL" in codes)
    assert parser.counts.frames > 1000
    assert parser.counts.rejected == 0
