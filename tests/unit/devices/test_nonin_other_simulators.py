"""The simulated Nonin units of formats 1, 8 and 13, read by the real parser."""

from __future__ import annotations

from typing import Literal

import pytest

from devices.driver import Measurement
from devices.nonin_oem.parser import NoninParser
from devices.nonin_oem.simulator import (
    NoninFaults,
    NoninSecondSimulator,
    NoninSpotCheckSimulator,
)
from protocols.vitals import NS_PER_S, Quality, Vital
from tests.unit.devices.steady_body import SteadyBody

Unit = NoninSecondSimulator | NoninSpotCheckSimulator


def run(unit: Unit, parser: NoninParser, from_s: int, to_s: int) -> list[Measurement]:
    items = []
    for t in range(from_s + 1, to_s + 1):
        items += parser.feed(unit.advance(t * NS_PER_S))
    return [item for item in items if isinstance(item, Measurement)]


@pytest.mark.parametrize("number", [1, 8])
def test_the_parser_reads_what_the_body_has(number: Literal[1, 8]) -> None:
    body = SteadyBody(rate_bpm=131, saturation_percent=93)
    parser = NoninParser()
    items = run(NoninSecondSimulator(body, 1, data_format=number), parser, 0, 20)
    assert {(i.vital, i.value, i.quality) for i in items} == {
        (Vital.PR, 131.0, Quality.GOOD),
        (Vital.SPO2, 93.0, Quality.GOOD),
    }
    assert parser.counts.frames == 20
    assert parser.counts.skipped_bytes == parser.counts.rejected == 0


@pytest.mark.parametrize(("number", "quality"), [(1, Quality.SEARCHING), (8, Quality.SENSOR_OFF)])
def test_values_held_after_the_finger_is_gone_stay_hidden(
    number: Literal[1, 8], quality: Quality
) -> None:
    body = SteadyBody()
    unit, parser = NoninSecondSimulator(body, 1, data_format=number), NoninParser()
    run(unit, parser, 0, 10)
    body.on_finger = False
    off = run(unit, parser, 10, 25)
    assert {(i.value, i.quality) for i in off} == {(None, quality)}
    body.on_finger = True
    back = [i for i in run(unit, parser, 25, 40) if i.vital is Vital.PR]
    assert back[0].quality is Quality.SEARCHING
    assert back[-1].value == 72


@pytest.mark.parametrize(
    ("faults", "quality", "note"),
    [
        (NoninFaults(sensor_disconnected=True), Quality.SENSOR_FAULT, "sensor disconnected"),
        (NoninFaults(probe_off=True), Quality.SENSOR_OFF, "finger removed or sensor not usable"),
        (
            NoninFaults(out_of_track=True),
            Quality.SEARCHING,
            "out of track: looking for a pulse",
        ),
        (NoninFaults(low_perfusion=True), Quality.LOW, "low perfusion"),
        (NoninFaults(artifact=True), Quality.LOW, "artifact"),
        (NoninFaults(low_battery=True), Quality.GOOD, "low battery"),
    ],
)
def test_each_fault_shows_as_its_quality(faults: NoninFaults, quality: Quality, note: str) -> None:
    unit = NoninSecondSimulator(SteadyBody(), 1, faults=faults)
    items = run(unit, NoninParser(), 0, 20)
    assert (items[-1].quality, items[-1].note) == (quality, note)


def test_marginal_perfusion_is_told_from_low() -> None:
    unit = NoninSecondSimulator(SteadyBody(perfusion=0.5), 1, data_format=1)
    assert run(unit, NoninParser(), 0, 10)[-1].note == "marginal perfusion"


def test_damaged_frames_and_silence_cost_frames_alone() -> None:
    unit = NoninSecondSimulator(SteadyBody(), 3, faults=NoninFaults(corrupt_every=20))
    parser = NoninParser()
    run(unit, parser, 0, 300)
    assert parser.counts.frames > 250
    unit.faults = NoninFaults(silent=True)
    assert run(unit, parser, 300, 310) == []
    unit.faults = NoninFaults()
    assert run(unit, parser, 310, 320)[-1].value == 97


def test_a_spot_check_is_sent_once_for_each_finger() -> None:
    body = SteadyBody(rate_bpm=88, saturation_percent=91)
    unit, parser = NoninSpotCheckSimulator(body, 1), NoninParser()
    items = run(unit, parser, 0, 60)
    assert [(i.vital, i.value, i.spot) for i in items] == [
        (Vital.PR, 88.0, True),
        (Vital.SPO2, 91.0, True),
    ]
    body.on_finger = False
    assert run(unit, parser, 60, 70) == []
    body.on_finger = True
    assert len(run(unit, parser, 70, 100)) == 2


@pytest.mark.parametrize(
    ("faults", "quality"),
    [
        (NoninFaults(artifact=True), Quality.LOW),
        (NoninFaults(out_of_track=True), Quality.MISSING),
    ],
)
def test_a_doubtful_spot_check_says_so(faults: NoninFaults, quality: Quality) -> None:
    unit = NoninSpotCheckSimulator(SteadyBody(), 1, faults=faults)
    assert {i.quality for i in run(unit, NoninParser(), 0, 20)} == {quality}


def test_a_damaged_spot_check_is_refused() -> None:
    unit = NoninSpotCheckSimulator(SteadyBody(), 1, faults=NoninFaults(corrupt_every=1))
    parser = NoninParser()
    assert run(unit, parser, 0, 20) == []
    parser.finish()
    assert parser.counts.frames == 0


@pytest.mark.parametrize("make", [NoninSecondSimulator, NoninSpotCheckSimulator])
def test_the_bytes_do_not_depend_on_how_often_they_are_asked_for(make: type[Unit]) -> None:
    often, once = make(SteadyBody(), 5), make(SteadyBody(), 5)
    pieces = b"".join(often.advance(t * NS_PER_S // 7) for t in range(7 * 20 + 1))
    assert pieces == once.advance(20 * NS_PER_S)
    assert often.next_deadline_ns == 21 * NS_PER_S
