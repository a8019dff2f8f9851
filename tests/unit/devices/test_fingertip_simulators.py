"""The simulated Contec and Berry units, read by the real parsers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.berry_bci import simulator as bci
from devices.berry_bci.parser import BciParser
from devices.berry_bci.simulator import BciSimulator
from devices.contec_cms50 import wire
from devices.contec_cms50.parser import ContecParser
from devices.contec_cms50.simulator import ContecSimulator
from devices.driver import Measurement, ParserItem, Samples
from devices.oximeter_stream import OximeterParser
from devices.simulation.fingertip import FingertipFaults
from protocols.vitals import NS_PER_S, Quality, Vital
from tests.unit.devices.steady_body import SteadyBody

Unit = ContecSimulator | BciSimulator
MakeUnit = Callable[[SteadyBody], Unit]
Case = tuple[MakeUnit, type[OximeterParser], int]

CASES: dict[str, Case] = {
    "contec-new": (lambda body: ContecSimulator(body, 1), ContecParser, 60),
    "contec-old": (lambda body: ContecSimulator(body, 1, variant="old"), ContecParser, 60),
    "bci": (lambda body: BciSimulator(body, 1), BciParser, 100),
}
UNITS = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def run(unit: Unit, parser: OximeterParser, from_s: float, to_s: float) -> list[ParserItem]:
    items: list[ParserItem] = []
    step_ns = 30_000_000
    for t_ns in range(int(from_s * NS_PER_S) + step_ns, int(to_s * NS_PER_S) + 1, step_ns):
        items += parser.feed(unit.advance(t_ns))
    return items


def last(items: list[ParserItem], vital: Vital) -> Measurement:
    return [item for item in items if isinstance(item, Measurement) and item.vital is vital][-1]


@UNITS
def test_the_parser_reads_what_the_body_has(case: Case) -> None:
    make, make_parser, frames_per_s = case
    parser = make_parser()
    items = run(make(SteadyBody(rate_bpm=131, saturation_percent=93)), parser, 0, 10)
    assert last(items, Vital.PR).value == 131
    assert last(items, Vital.SPO2).value == 93
    assert {i.quality for i in items if isinstance(i, Measurement)} == {Quality.GOOD}
    assert 9.9 * frames_per_s <= parser.counts.frames <= 10 * frames_per_s
    assert parser.counts.skipped_bytes == parser.counts.rejected == 0


def test_a_new_contec_gives_the_perfusion_index() -> None:
    items = run(ContecSimulator(SteadyBody(perfusion=2.57), 1), ContecParser(), 0, 3)
    assert last(items, Vital.PI).value == 2.57


@UNITS
def test_frames_leave_in_threes_and_do_not_depend_on_how_often_they_are_asked_for(
    case: Case,
) -> None:
    make, _, frames_per_s = case
    often, once = make(SteadyBody()), make(SteadyBody())
    assert often.next_deadline_ns == 3 * NS_PER_S // frames_per_s
    assert often.advance(often.next_deadline_ns - 1) == b""
    first = often.advance(3 * NS_PER_S // frames_per_s)
    assert len(first) in (15, 27)
    pieces = first + b"".join(often.advance(t * 10_000_000) for t in range(1, 401))
    assert pieces == once.advance(4 * NS_PER_S)


@UNITS
def test_averages_follow_a_rise_within_seconds(case: Case) -> None:
    make, make_parser, _ = case
    body = SteadyBody(rate_bpm=70)
    unit, parser = make(body), make_parser()
    run(unit, parser, 0, 5)
    body.rate_bpm = 120
    soon = last(run(unit, parser, 5, 7), Vital.PR).value
    assert soon is not None
    assert 70 < soon < 119
    assert last(run(unit, parser, 7, 40), Vital.PR).value == 120


@UNITS
def test_a_lost_finger_has_no_values_and_its_return_is_searched_for(case: Case) -> None:
    make, make_parser, _ = case
    body = SteadyBody()
    unit, parser = make(body), make_parser()
    run(unit, parser, 0, 5)
    body.on_finger = False
    run(unit, parser, 5, 6.2)
    off = run(unit, parser, 6.2, 12)
    assert {(i.value, i.quality) for i in off if isinstance(i, Measurement)} == {
        (None, Quality.SENSOR_OFF)
    }
    assert {i.usable for i in off if isinstance(i, Samples)} == {False}
    body.on_finger = True
    back = run(unit, parser, 12, 22)
    qualities = [i.quality for i in back if isinstance(i, Measurement) and i.vital is Vital.PR]
    assert Quality.SEARCHING in qualities
    assert qualities[-1] is Quality.GOOD


@UNITS
@pytest.mark.parametrize(
    ("faults", "qualities"),
    [
        (FingertipFaults(probe_off=True), {Quality.SENSOR_OFF}),
        (FingertipFaults(searching=True), {Quality.SEARCHING}),
        (FingertipFaults(probe_fault=True), {Quality.SENSOR_OFF, Quality.SENSOR_FAULT}),
    ],
)
def test_each_fault_shows_as_its_quality(
    case: Case, faults: FingertipFaults, qualities: set[Quality]
) -> None:
    make, make_parser, _ = case
    unit = make(SteadyBody())
    unit.faults = faults
    assert last(run(unit, make_parser(), 0, 3), Vital.PR).quality in qualities


@UNITS
def test_a_silent_unit_sends_nothing_and_speaks_again(case: Case) -> None:
    make, make_parser, _ = case
    unit, parser = make(SteadyBody()), make_parser()
    run(unit, parser, 0, 2)
    unit.faults = FingertipFaults(silent=True)
    assert run(unit, parser, 2, 4) == []
    unit.faults = FingertipFaults()
    assert last(run(unit, parser, 4, 6), Vital.PR).value == 72


@UNITS
def test_a_noisy_line_shows_no_wrong_value_to_a_parser_that_waits_for_three_frames(
    case: Case,
) -> None:
    make, make_parser, _ = case
    unit = make(SteadyBody())
    unit.faults = FingertipFaults(corrupt_every=7)
    parser: OximeterParser = ContecParser(steady_frames=3)
    if make_parser is BciParser:
        parser = BciParser(steady_frames=3)
    items = run(unit, parser, 0, 60)
    rates = {i.value for i in items if isinstance(i, Measurement) and i.vital is Vital.PR}
    assert 72.0 in rates <= {72.0, None}
    assert parser.counts.rejected > 20


def test_a_new_contec_obeys_and_stops_without_the_keep_alive() -> None:
    unit = ContecSimulator(SteadyBody(), 1, is_streaming=False, keep_alive_s=3)
    assert unit.advance(NS_PER_S) == b""
    assert unit.next_deadline_ns is None
    unit.receive(NS_PER_S, wire.STOP_LIVE + wire.START_LIVE[:4])
    unit.receive(NS_PER_S, wire.START_LIVE[4:])
    sent = unit.advance(2 * NS_PER_S)
    assert sent[:2] == wire.FREE
    assert len(sent) == 2 + 60 * 9
    unit.receive(2 * NS_PER_S, wire.KEEP_ALIVE)
    assert len(unit.advance(10 * NS_PER_S)) == 3 * 60 * 9
    assert unit.next_deadline_ns is None
    unit.receive(10 * NS_PER_S, wire.command(0xA8))
    assert unit.advance(11 * NS_PER_S) == bytes.fromhex("0B81A885")


@given(
    records=st.lists(
        st.tuples(st.none() | st.integers(18, 254), st.none() | st.integers(1, 100)),
        min_size=1,
        max_size=8,
    )
)
def test_any_values_come_back_from_bci_frames_exactly(
    records: list[tuple[float | None, float | None]],
) -> None:
    parser = BciParser()
    for second, (rate, spo2) in enumerate(records):
        record = {Vital.PR: rate, Vital.SPO2: spo2}
        items = parser.feed(bci.encode_vitals(record, second * NS_PER_S))
        assert last(items, Vital.PR).value == rate
        assert last(items, Vital.SPO2).value == spo2
    assert parser.counts.rejected == parser.counts.skipped_bytes == 0
