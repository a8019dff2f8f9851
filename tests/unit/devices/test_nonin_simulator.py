"""The simulated Nonin module, read by the real parser."""

from __future__ import annotations

import pytest

from devices.driver import Measurement, ParserItem, Rejected, Samples
from devices.nonin_oem.parser import NoninParser
from devices.nonin_oem.simulator import GROUP_NS, NoninFaults, NoninSimulator
from protocols.vitals import NS_PER_S, Quality, Vital
from tests.unit.devices.steady_body import SteadyBody


def run(
    simulator: NoninSimulator, parser: NoninParser, from_s: float, to_s: float
) -> list[ParserItem]:
    items: list[ParserItem] = []
    for t_ns in range(int(from_s * NS_PER_S) + GROUP_NS, int(to_s * NS_PER_S) + 1, GROUP_NS):
        items += parser.feed(simulator.advance(t_ns))
    return items


def last(items: list[ParserItem], vital: Vital) -> Measurement:
    return [item for item in items if isinstance(item, Measurement) and item.vital is vital][-1]


@pytest.mark.parametrize("data_format", [2, 7])
def test_the_parser_reads_what_the_body_has(data_format: int) -> None:
    body = SteadyBody(rate_bpm=131, saturation_percent=93)
    simulator = NoninSimulator(body, 1, data_format=7 if data_format == 7 else 2)
    parser = NoninParser()
    items = run(simulator, parser, 0, 10)
    assert last(items, Vital.PR).value == 131
    assert last(items, Vital.SPO2).value == 93
    assert {i.quality for i in items if isinstance(i, Measurement)} == {Quality.GOOD}
    assert parser.counts.frames == 750
    assert parser.counts.skipped_bytes == parser.counts.rejected == 0


def test_three_frames_leave_every_40_ms() -> None:
    simulator = NoninSimulator(SteadyBody(), 1)
    assert simulator.next_deadline_ns == GROUP_NS
    assert simulator.advance(GROUP_NS - 1) == b""
    assert len(simulator.advance(GROUP_NS)) == 15
    assert simulator.next_deadline_ns == 2 * GROUP_NS
    assert simulator.advance(GROUP_NS) == b""


def test_the_stream_does_not_depend_on_how_often_it_is_asked_for() -> None:
    often, once = NoninSimulator(SteadyBody(), 5), NoninSimulator(SteadyBody(), 5)
    pieces = b"".join(often.advance(t * 10_000_000) for t in range(1, 401))
    assert pieces == once.advance(4 * NS_PER_S)


def test_averages_follow_a_rise_within_seconds() -> None:
    body = SteadyBody(rate_bpm=70)
    simulator, parser = NoninSimulator(body, 1), NoninParser()
    run(simulator, parser, 0, 5)
    body.rate_bpm = 120
    soon = last(run(simulator, parser, 5, 6), Vital.PR).value
    assert soon is not None
    assert 70 < soon < 119
    assert last(run(simulator, parser, 6, 20), Vital.PR).value == 120


def test_a_lost_finger_is_sensor_off_and_its_held_values_stay_hidden() -> None:
    body = SteadyBody()
    simulator, parser = NoninSimulator(body, 1), NoninParser()
    run(simulator, parser, 0, 5)
    body.on_finger = False
    off = run(simulator, parser, 5 + 1 / 3, 12)
    assert {(i.value, i.quality) for i in off if isinstance(i, Measurement)} == {
        (None, Quality.SENSOR_OFF)
    }
    assert {i.usable for i in off if isinstance(i, Samples)} == {False}
    body.on_finger = True
    back = run(simulator, parser, 12, 22)
    qualities = [i.quality for i in back if isinstance(i, Measurement) and i.vital is Vital.PR]
    assert Quality.SEARCHING in qualities
    assert qualities[-1] is Quality.GOOD


@pytest.mark.parametrize(
    ("faults", "quality"),
    [
        (NoninFaults(sensor_disconnected=True), Quality.SENSOR_FAULT),
        (NoninFaults(probe_off=True), Quality.SENSOR_OFF),
        (NoninFaults(out_of_track=True), Quality.SEARCHING),
        (NoninFaults(low_perfusion=True), Quality.LOW),
        (NoninFaults(artifact=True), Quality.LOW),
    ],
)
def test_each_fault_shows_as_its_quality(faults: NoninFaults, quality: Quality) -> None:
    simulator, parser = NoninSimulator(SteadyBody(), 1, faults=faults), NoninParser()
    items = run(simulator, parser, 0, 5)
    assert quality in {i.quality for i in items if isinstance(i, Measurement)}
    assert last(items, Vital.PR).quality.has_value == quality.has_value


@pytest.mark.parametrize(
    ("perfusion", "note"), [(0.2, "low perfusion"), (0.5, "marginal perfusion"), (2.0, "")]
)
def test_the_perfusion_of_the_body_shows_as_its_colour(perfusion: float, note: str) -> None:
    simulator = NoninSimulator(SteadyBody(perfusion=perfusion), 1)
    assert last(run(simulator, NoninParser(), 0, 5), Vital.SPO2).note == note


def test_low_battery_is_noted() -> None:
    simulator = NoninSimulator(SteadyBody(), 1, faults=NoninFaults(low_battery=True))
    assert last(run(simulator, NoninParser(), 0, 1), Vital.PR).note == "low battery"


def test_damaged_frames_are_refused_and_no_value_is_wrong() -> None:
    simulator = NoninSimulator(SteadyBody(), 3, faults=NoninFaults(corrupt_every=40))
    parser = NoninParser()
    items = run(simulator, parser, 0, 30)
    assert sum(isinstance(item, Rejected) for item in items) == parser.counts.rejected > 30
    assert {i.value for i in items if isinstance(i, Measurement) and i.vital is Vital.PR} == {72.0}


def test_a_silent_unit_sends_nothing_and_speaks_again() -> None:
    simulator, parser = NoninSimulator(SteadyBody(), 1), NoninParser()
    run(simulator, parser, 0, 2)
    simulator.faults = NoninFaults(silent=True)
    assert run(simulator, parser, 2, 4) == []
    simulator.faults = NoninFaults()
    assert last(run(simulator, parser, 4, 6), Vital.PR).value == 72
