"""The conversation with a Contec unit: listen, start, keep alive, start again; nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.contec_cms50 import wire
from devices.contec_cms50.driver import (
    ANSWER_NS,
    KEEP_ALIVE_NS,
    LISTEN_NS,
    SILENCE_NS,
    STARTS,
    ContecDriver,
)
from devices.contec_cms50.simulator import ContecSimulator
from devices.contec_cms50.spec import SPEC
from devices.driver import DeviceCommand, DriverItem, Measurement, Send
from devices.simulation.fingertip import FingertipFaults
from protocols.vitals import NS_PER_S, Quality, Vital
from tests.unit.devices.steady_body import SteadyBody

STEP_NS = 10_000_000
A7, A2, A1, AF = wire.STOP_STORED, wire.STOP_LIVE, wire.START_LIVE, wire.KEEP_ALIVE


@dataclass
class Bench:
    """Driver and simulated unit on one cable."""

    unit: ContecSimulator
    driver: ContecDriver = field(default_factory=ContecDriver)
    t_ns: int = 0
    items: list[DriverItem] = field(default_factory=list)
    sent: list[tuple[float, bytes]] = field(default_factory=list)

    def take(self, items: list[DriverItem]) -> None:
        self.items += items
        for item in items:
            if isinstance(item, Send):
                self.sent.append((self.t_ns / NS_PER_S, item.data))
                self.unit.receive(self.t_ns, item.data)

    def connect(self) -> Bench:
        self.take(self.driver.connect(self.t_ns))
        return self

    def run(self, to_s: float) -> Bench:
        while self.t_ns < to_s * NS_PER_S:
            self.t_ns += STEP_NS
            due_ns = self.driver.next_deadline_ns
            if due_ns is not None and due_ns <= self.t_ns:
                self.take(self.driver.advance(self.t_ns))
            data = self.unit.advance(self.t_ns)
            if data:
                self.take(self.driver.receive(self.t_ns, data))
        return self

    @property
    def rates(self) -> list[float | None]:
        return [i.value for i in self.items if isinstance(i, Measurement) and i.vital is Vital.PR]


def waiting_unit(keep_alive_s: float | None = 12.0) -> ContecSimulator:
    return ContecSimulator(SteadyBody(), 1, is_streaming=False, keep_alive_s=keep_alive_s)


def test_the_commands_are_those_of_the_document() -> None:
    assert A7.hex(" ") == "7d 81 a7 80 80 80 80 80 80"
    assert {A7, A2, A1, AF} == wire.COMMANDS


def test_a_silent_new_unit_is_started_in_order_and_kept_alive() -> None:
    bench = Bench(waiting_unit()).connect().run(40)
    assert [data for _, data in bench.sent[:3]] == [A7, A2, A1]
    assert bench.sent[0][0] == LISTEN_NS / NS_PER_S
    assert bench.sent[2][0] < 1.1
    later = bench.sent[3:]
    assert {data for _, data in later} == {AF}
    gaps = [after[0] - before[0] for before, after in pairwise(later)]
    assert gaps == pytest.approx([KEEP_ALIVE_NS / NS_PER_S] * len(gaps))
    assert len(later) == 7
    assert bench.rates[0] is None
    assert set(bench.rates[1:]) == {72.0}
    assert len(bench.rates) >= 38


def test_each_time_out_goes_on_without_the_answer_and_begins_anew_in_the_end() -> None:
    driver = ContecDriver()
    driver.connect(0)
    sent: list[tuple[int, bytes]] = []
    while (due_ns := driver.next_deadline_ns) is not None and due_ns < 20 * NS_PER_S:
        sent += [(due_ns, i.data) for i in driver.advance(due_ns) if isinstance(i, Send)]
    asked = [(t_ns, data) for t_ns, data in sent if data != AF]
    start_ns = LISTEN_NS + 2 * ANSWER_NS
    assert asked[:3] == [(LISTEN_NS, A7), (LISTEN_NS + ANSWER_NS, A2), (start_ns, A1)]
    assert asked[3:6] == [
        (start_ns + SILENCE_NS, A1),
        (start_ns + 2 * SILENCE_NS, A1),
        (start_ns + STARTS * SILENCE_NS, A7),
    ]


def test_an_old_unit_is_never_sent_anything() -> None:
    bench = Bench(ContecSimulator(SteadyBody(rate_bpm=140), 1, variant="old")).connect().run(30)
    assert bench.sent == []
    assert bench.driver.next_deadline_ns is None
    assert bench.rates[0] is None
    assert set(bench.rates[1:]) == {140.0}


def test_a_unit_that_streams_already_is_only_kept_alive() -> None:
    unit = ContecSimulator(SteadyBody(), 1, is_streaming=True, keep_alive_s=12)
    bench = Bench(unit).connect().run(30)
    assert {data for _, data in bench.sent} == {AF}
    assert len(bench.rates) > 25


def test_a_stream_that_stops_is_started_again_within_seconds() -> None:
    bench = Bench(waiting_unit()).connect().run(10)
    bench.unit.faults = FingertipFaults(silent=True)
    bench.run(15)
    bench.unit.faults = FingertipFaults()
    bench.unit.receive(bench.t_ns, A2)
    bench.items.clear()
    bench.run(20)
    assert A1 in [data for t_s, data in bench.sent if 15 < t_s < 18]
    assert bench.rates[-1] == 72.0


def test_a_new_connection_listens_first_and_earns_trust_again() -> None:
    bench = Bench(waiting_unit()).connect().run(10)
    before = len(bench.sent)
    bench.items.clear()
    bench.connect().run(10.6)
    assert bench.sent[before:] == []
    assert bench.rates == [None]
    assert 72.0 in bench.run(13).rates


@pytest.mark.parametrize(
    ("answer", "note"),
    [
        ("0B81A183", "the monitor refused a request: it is recording"),
        ("0D8081", "the monitor ends the connection: it is switching off"),
    ],
)
def test_a_refused_start_is_told_in_words(answer: str, note: str) -> None:
    driver = ContecDriver()
    driver.connect(0)
    driver.advance(10 * NS_PER_S)
    data = bytes.fromhex(answer)
    items = driver.receive(10 * NS_PER_S, data[:2]) + driver.receive(10 * NS_PER_S + 1, data[2:])
    assert {(i.value, i.quality, i.note) for i in items if isinstance(i, Measurement)} == {
        (None, Quality.MISSING, note)
    }


@given(
    pieces=st.lists(
        st.binary(max_size=40)
        | st.sampled_from(
            [wire.FREE, b"\x0b\x81\xa1\x83", b"\x0d\x80\x81", b"\x85\x40\x07\x48\x62"]
        )
        | st.just(wire.pack(1, bytes((5, 64, 7, 72, 97, 1, 1))) * 20),
        max_size=12,
    ),
    command=st.sampled_from(DeviceCommand),
)
def test_whatever_arrives_only_the_four_requests_are_sent(
    pieces: list[bytes], command: DeviceCommand
) -> None:
    driver = ContecDriver()
    items = driver.connect(0)
    for number, piece in enumerate(pieces, start=1):
        t_ns = number * 700_000_000
        items += driver.advance(t_ns)
        items += driver.receive(t_ns, piece)
        items += driver.command(t_ns, command)
    assert all(SPEC.may_send(item.data) for item in items if isinstance(item, Send))
    assert not SPEC.may_send(wire.command(0xAE))
    assert driver.next_deadline_ns is None or driver.next_deadline_ns > 0
