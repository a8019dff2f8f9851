"""A B. Braun station: blocks, messages, the two requests, and one pump only."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.bbraun_space import wire
from devices.bbraun_space.driver import BccDriver
from devices.bbraun_space.parser import BccParser
from devices.bbraun_space.simulator import BccFaults, BccSimulator
from devices.bbraun_space.spec import SPEC
from devices.driver import DeviceCommand, DriverItem, PumpStatus, Rejected, Send
from protocols.vitals import NS_PER_S

ALIVE = bytes.fromhex(
    "01 30 30 30 33 31 02 31 2F 31 2F 31 3E 41 44 4D 49 4E 3A 41 4C 49 56 45 03 30 30 30 36 31 04"
)
GET = bytes.fromhex(
    "01 30 30 30 32 37 02 31 2F 31 2F 31 3E 4D 45 4D 3A 47 45 54 03 30 30 30 33 39 04"
)
PUMP = {
    "INRT": "0.30",
    "INSOL": "Arterenol4mg/50",
    "INVI": "1.4",
    "INTIME": "97",
    "INSERNUM": "40864",
    "DSSTATUS": "00051",
    "INM3": "1",
    "INA1": "0",
    "INA6": "_NV",
}


def payload(values: dict[str, str], address: str = "50113") -> bytes:
    return b"\x1e".join(f"215,{address},{k},{v}".encode() for k, v in values.items())


def block(values: dict[str, str], address: str = "50113", *, last: bool = True) -> bytes:
    return wire.block("ComSystem", payload(values, address), last=last)


def said(data: bytes) -> list[PumpStatus]:
    parser = BccParser()
    items = parser.feed(data) + parser.finish()
    return [item for item in items if isinstance(item, PumpStatus)]


def test_the_requests_are_those_published() -> None:
    assert wire.alive() == ALIVE
    assert wire.get_all("1") == GET


def test_a_stuffed_request_has_no_d_and_comes_back() -> None:
    stuffed = wire.stuff(ALIVE)
    assert stuffed.count(b"D") == 0
    assert wire.unstuff(stuffed) == ALIVE


@given(st.binary(max_size=60))
def test_stuffing_is_undone_exactly(data: bytes) -> None:
    assert wire.unstuff(wire.stuff(data)) == data


def test_a_block_says_what_was_captured() -> None:
    assert said(block(PUMP)) == [
        PumpStatus(
            rate_ml_per_h=0.3, volume_ml=1.4, running=True, drug="Arterenol4mg/50", unit="40864"
        )
    ]


def test_a_stuffed_block_says_the_same() -> None:
    assert said(wire.stuff(block(PUMP))) == said(block(PUMP))


def test_a_message_of_several_blocks_is_told_at_its_end() -> None:
    first = block({"INRT": "0.30"}, last=False)
    second = block({"INVI": "1.4", "INM3": "0"})
    parser = BccParser()
    assert parser.feed(first) == []
    [status] = parser.feed(second)
    assert isinstance(status, PumpStatus)
    assert (status.rate_ml_per_h, status.volume_ml, status.running) == (0.3, 1.4, False)


def test_a_capture_that_ends_within_a_message_is_taken_at_its_word() -> None:
    assert said(block(PUMP, last=False)) == said(block(PUMP))


def test_nothing_of_a_message_is_kept_over_a_lost_connection() -> None:
    parser = BccParser()
    parser.feed(block({"INRT": "0.30"}, last=False))
    parser.forget()
    [status] = parser.feed(block({"INVI": "1.4"}))
    assert isinstance(status, PumpStatus)
    assert status.rate_ml_per_h is None
    assert status.note == "it gives no rate"


def test_every_pump_of_a_capture_is_told() -> None:
    data = block(PUMP, "50113", last=False) + block({"INRT": "2", "INM3": "0"}, "50114")
    assert [s.unit for s in said(data)] == ["40864", "50114"]
    assert [s.unit for s in said(block({"INRT": "2"}, "501110"))] == ["501110"]


def test_the_station_itself_is_no_pump() -> None:
    assert said(block({"FMNOR": "1", "INRT": "3"}, "50100")) == []


def test_the_numbers_of_a_pump_that_is_off_do_not_count() -> None:
    [status] = said(block({**PUMP, "DSSTATUS": "00050"}))
    assert (status.rate_ml_per_h, status.volume_ml, status.running) == (None, None, False)
    assert status.note == "the pump is switched off"


@pytest.mark.parametrize(("value", "running"), [("1", True), ("0", False), ("_NV", None)])
def test_only_the_pump_says_whether_it_runs(value: str, running: bool | None) -> None:
    assert said(block({**PUMP, "INM3": value}))[0].running is running


def test_alarms_are_told_in_words() -> None:
    [status] = said(block({**PUMP, "INA3": "1", "INA15": "1", "INM10": "1"}))
    assert status.alarm == "pressure alarm, air alarm"
    assert status.note == "keeps the vein open"


@pytest.mark.parametrize("text", ["-1", "1e3", "12,0", "99999999"])
def test_what_is_no_plausible_number_is_unknown(text: str) -> None:
    [status] = said(block({**PUMP, "INRT": text}))
    assert status.rate_ml_per_h is None
    assert "rate" in status.note


def test_a_block_broken_off_costs_itself_alone() -> None:
    assert said(block(PUMP)[:80] + block(PUMP)) == said(block(PUMP))


@pytest.mark.parametrize(
    ("damaged", "reason"),
    [
        (block(PUMP).replace(b"0.30", b"0.31"), "checksum"),
        (block(PUMP).replace(b"0.30", b"0.300"), "length"),
    ],
)
def test_a_damaged_block_is_refused(damaged: bytes, reason: str) -> None:
    [item] = BccParser().feed(damaged)
    assert isinstance(item, Rejected)
    assert reason in item.reason


# the conversation


class Talk:
    """Driver and station on a line."""

    def __init__(self, unit: BccSimulator) -> None:
        self.unit = unit
        self.driver = BccDriver()
        self.told: list[PumpStatus] = []
        self.sent: list[tuple[int, bytes]] = []
        self.t_ns = 0
        self._take(self.driver.connect(0))

    def _take(self, items: list[DriverItem]) -> None:
        for item in items:
            if isinstance(item, PumpStatus):
                self.told.append(item)
            elif isinstance(item, Send):
                self.sent.append((self.t_ns, item.data))
                self.unit.receive(self.t_ns, item.data)

    def run(self, until_s: float) -> Talk:
        while True:
            due = (self.driver.next_deadline_ns, self.unit.next_deadline_ns)
            t_ns = min(t for t in due if t is not None)
            if t_ns > until_s * NS_PER_S:
                return self
            self.t_ns = t_ns
            self._take(self.driver.advance(t_ns))
            self._take(self.driver.receive(t_ns, self.unit.advance(t_ns)))


@pytest.mark.parametrize("stuffed", [False, True])
def test_a_station_is_greeted_then_asked_every_five_seconds(stuffed: bool) -> None:
    unit = BccSimulator(faults=BccFaults(stuffed=stuffed))
    unit.drive.run(0, 60)
    talk = Talk(unit).run(61)
    assert len(talk.told) in range(11, 14)
    assert talk.told[-1].rate_ml_per_h == 60
    assert talk.told[-1].volume_ml == pytest.approx(1.0, abs=0.15)
    asked = [t for t, data in talk.sent if data not in (wire.ACK, wire.NAK)]
    assert all(later - sooner >= NS_PER_S // 2 for sooner, later in pairwise(asked[1:]))
    assert all(SPEC.may_send(data) for _, data in talk.sent)


def test_each_block_gets_its_receipt_a_tenth_of_a_second_later() -> None:
    talk = Talk(BccSimulator()).run(12)
    assert [data for _, data in talk.sent].count(wire.ACK) == 1 + 2 * len(talk.told)


def test_a_damaged_block_is_asked_for_again() -> None:
    talk = Talk(BccSimulator(faults=BccFaults(corrupt=True))).run(6)
    assert wire.NAK in [data for _, data in talk.sent]
    assert talk.told == []
    talk.unit.faults = BccFaults()
    assert talk.run(17).told


def test_a_line_on_which_no_block_is_whole_is_not_kept_busy() -> None:
    talk = Talk(BccSimulator(faults=BccFaults(corrupt=True))).run(60)
    sent = [data for _, data in talk.sent]
    assert sent.count(wire.NAK) <= 3 * (len(sent) - sent.count(wire.NAK))


def test_of_two_pumps_that_are_on_none_is_shown() -> None:
    talk = Talk(BccSimulator(faults=BccFaults(second_pump=True))).run(7)
    assert {(s.rate_ml_per_h, s.volume_ml, s.running) for s in talk.told} == {(None, None, None)}
    assert "2 pumps are switched on" in talk.told[-1].note
    talk.unit.faults = BccFaults()
    assert talk.run(20).told[-1].volume_ml is None
    assert talk.run(60).told[-1].volume_ml is not None


def test_a_pump_that_is_off_says_so() -> None:
    talk = Talk(BccSimulator(faults=BccFaults(off=True))).run(7)
    assert talk.told[-1].note == "the pump is switched off"


def test_a_station_that_went_silent_is_greeted_anew() -> None:
    talk = Talk(BccSimulator()).run(12)
    talk.unit.faults = BccFaults(silent=True)
    talk.run(40)
    talk.unit.faults = BccFaults()
    before = len(talk.told)
    assert len(talk.run(60).told) > before + 2


@pytest.mark.parametrize("command", DeviceCommand)
def test_no_command_reaches_a_pump(command: DeviceCommand) -> None:
    driver = BccDriver()
    driver.connect(0)
    assert driver.command(1, command) == []


@pytest.mark.parametrize(
    "request_text",
    [b"MEM:SET", b"ADMIN:VERSION", b"MEM:GET#1", b"MEM:GETSLOT#11", b"mem:get", b"ADMIN:ALIVE\x1e"],
)
def test_no_other_request_may_be_sent(request_text: bytes) -> None:
    for frame in (wire.block("1", request_text), wire.stuff(wire.block("1", request_text))):
        assert not SPEC.may_send(frame)
    assert not SPEC.may_send(wire.block("Other", b"ADMIN:ALIVE"))
    assert not SPEC.may_send(wire.block("1", b"MEM:GET", last=False))
    assert SPEC.may_send(wire.get_all("Bed/7"))
