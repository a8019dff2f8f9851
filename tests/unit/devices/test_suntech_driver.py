"""The conversation with a SunTech module, and that nothing undocumented is ever sent."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.driver import BpProgress, DeviceCommand, DriverItem, Measurement, Rejected, Send
from devices.suntech_advantage import wire
from devices.suntech_advantage.driver import COMMAND_GAP_NS, SuntechDriver
from devices.suntech_advantage.simulator import SuntechFaults, SuntechSimulator
from devices.suntech_advantage.wire import Status
from protocols.events import BpState
from protocols.vitals import NS_PER_S, PRESSURES, Quality, Vital
from tests.unit.devices.steady_body import SteadyBody

MS = 1_000_000
RESULT = bytes.fromhex("3E 18 73 00 4A 00 1E 01 00 00 00 00 00 00 31 07 55 00 58 00 00 00 00 E9")
LEAK = bytes.fromhex("3E 18" + "00" * 18 + "57 00 00 53")


def status(letter: Status) -> bytes:
    return wire.reply(bytes((letter,)))


def sent(items: list[DriverItem]) -> list[bytes]:
    return [item.data for item in items if isinstance(item, Send)]


def progress(items: list[DriverItem]) -> list[BpState]:
    return [item.state for item in items if isinstance(item, BpProgress)]


def pressures(items: list[DriverItem]) -> list[tuple[Vital, float | None, Quality]]:
    return [
        (i.vital, i.value, i.quality)
        for i in items
        if isinstance(i, Measurement) and i.vital in PRESSURES
    ]


FAILED = [(vital, None, Quality.FAILED) for vital in PRESSURES]
GOOD = [
    (Vital.SBP, 115.0, Quality.GOOD),
    (Vital.DBP, 74.0, Quality.GOOD),
    (Vital.MAP, 88.0, Quality.GOOD),
]


def measuring(t_ns: int = 0) -> SuntechDriver:
    """A driver whose module has just confirmed the start."""
    driver = SuntechDriver()
    driver.connect(t_ns)
    driver.command(t_ns, DeviceCommand.START_BP)
    assert progress(driver.receive(t_ns + 20 * MS, status(Status.RECEIVED))) == [BpState.MEASURING]
    return driver


def fetching(t_ns: int = 30 * NS_PER_S) -> SuntechDriver:
    """A driver that was told at `t_ns` that the measurement is complete."""
    driver = measuring()
    keep_alive(driver, 0, t_ns - 150 * MS)
    assert sent(driver.receive(t_ns, status(Status.DONE))) == [wire.GET_RESULT]
    return driver


def keep_alive(driver: SuntechDriver, from_ns: int, to_ns: int) -> list[DriverItem]:
    """Answer every poll until `to_ns`."""
    items: list[DriverItem] = []
    while (due := driver.next_deadline_ns) is not None and due <= to_ns:
        fired = driver.advance(due)
        items += fired
        if sent(fired) == [wire.GET_PRESSURE]:
            items += driver.receive(due + 20 * MS, wire.reply(b"\x64\x00"))
    return items


def test_nothing_is_sent_until_somebody_asks() -> None:
    driver = SuntechDriver()
    assert driver.connect(0) == []
    assert driver.next_deadline_ns is None
    assert driver.advance(10 * NS_PER_S) == []
    assert sent(driver.receive(11 * NS_PER_S, RESULT + status(Status.DONE))) == []


def test_start_sends_the_start_and_says_requested() -> None:
    driver = SuntechDriver()
    items = driver.command(0, DeviceCommand.START_BP)
    assert sent(items) == [bytes.fromhex("3A20A6")]
    assert progress(items) == [BpState.REQUESTED]


def test_a_whole_determination() -> None:
    driver = measuring()
    polls = keep_alive(driver, 0, 25 * NS_PER_S)
    assert set(sent(polls)) == {wire.GET_PRESSURE}
    assert {i.value for i in polls if isinstance(i, Measurement)} == {100.0}
    items = driver.receive(25 * NS_PER_S + 150 * MS, status(Status.DONE))
    assert sent(items) == [wire.GET_RESULT]
    items = driver.receive(25 * NS_PER_S + 200 * MS, RESULT)
    assert pressures(items) == GOOD
    (pulse,) = (i for i in items if isinstance(i, Measurement) and i.vital is Vital.PR)
    assert (pulse.value, pulse.spot) == (85.0, True)
    assert progress(items) == [BpState.DONE]
    assert driver.next_deadline_ns is None


def test_the_cuff_pressure_is_polled_every_200_ms() -> None:
    driver = measuring()
    times = []
    for _ in range(10):
        due = driver.next_deadline_ns
        assert due is not None
        times.append(due)
        assert sent(driver.advance(due)) == [wire.GET_PRESSURE]
    assert {b - a for a, b in pairwise(times)} == {200 * MS}


def test_a_fetch_waits_for_the_gap_after_a_poll() -> None:
    driver = measuring()
    keep_alive(driver, 0, 10 * NS_PER_S)
    polled_ns = driver.next_deadline_ns
    assert polled_ns is not None
    assert sent(driver.advance(polled_ns)) == [wire.GET_PRESSURE]
    assert sent(driver.receive(polled_ns + 20 * MS, status(Status.DONE))) == []
    assert driver.next_deadline_ns == polled_ns + 100 * MS
    assert sent(driver.advance(polled_ns + 99 * MS)) == []
    assert sent(driver.advance(polled_ns + 100 * MS)) == [wire.GET_RESULT]
    assert driver.next_deadline_ns == polled_ns + 1100 * MS


def test_a_late_advance_fires_every_deadline_at_its_own_time() -> None:
    early, late = measuring(), measuring()
    items: list[DriverItem] = []
    while (due := early.next_deadline_ns) is not None and due <= 3 * NS_PER_S:
        items += early.advance(due)
    assert late.advance(3 * NS_PER_S) == items
    assert late.next_deadline_ns == early.next_deadline_ns


def test_invalid_cuff_pressure_is_missing() -> None:
    (item,) = measuring().receive(NS_PER_S, bytes.fromhex("3E05FFFFBF"))
    assert isinstance(item, Measurement)
    assert (item.vital, item.value, item.quality) == (Vital.CUFF, None, Quality.MISSING)


@pytest.mark.parametrize(
    "letter",
    [
        Status.BUSY,
        Status.ERROR,
        Status.UNDEFINED,
        Status.NOT_RECOGNISED,
        Status.SLEEPING,
        Status.TIMED_OUT,
    ],
)
def test_a_refused_start_fails_in_words(letter: Status) -> None:
    driver = SuntechDriver()
    driver.command(0, DeviceCommand.START_BP)
    items = driver.receive(20 * MS, status(letter))
    assert pressures(items) == FAILED
    assert progress(items) == [BpState.FAILED]
    assert all(i.note for i in items if isinstance(i, Measurement))
    assert sent(items) == []


def test_no_answer_to_the_start_aborts_and_fails() -> None:
    driver = SuntechDriver()
    driver.command(0, DeviceCommand.START_BP)
    assert driver.next_deadline_ns == 3 * NS_PER_S
    items = driver.advance(3 * NS_PER_S)
    assert sent(items) == [wire.ABORT]
    assert pressures(items) == FAILED
    assert driver.next_deadline_ns is None


def test_the_result_is_fetched_once_more_and_then_the_determination_failed() -> None:
    driver = fetching()
    assert sent(driver.advance(31 * NS_PER_S)) == [wire.GET_RESULT]
    assert driver.advance(33 * NS_PER_S) == []
    items = driver.advance(34 * NS_PER_S)
    assert sent(items) == [wire.ABORT]
    assert pressures(items) == FAILED


def test_the_result_of_the_second_fetch_counts_once() -> None:
    driver = fetching()
    driver.advance(31 * NS_PER_S)
    items = driver.receive(31 * NS_PER_S + 50 * MS, RESULT + RESULT)
    assert pressures(items) == GOOD
    assert [i.data for i in items if isinstance(i, Rejected)] == [b""]


def test_a_damaged_result_is_fetched_again() -> None:
    driver = fetching()
    assert pressures(driver.receive(30 * NS_PER_S + 50 * MS, RESULT[:-1] + b"\0")) == []
    assert sent(driver.advance(31 * NS_PER_S)) == [wire.GET_RESULT]
    assert pressures(driver.receive(31 * NS_PER_S + 50 * MS, RESULT)) == GOOD


def test_an_error_code_fails_with_its_words() -> None:
    items = fetching().receive(30 * NS_PER_S + 50 * MS, LEAK)
    assert pressures(items) == FAILED
    assert wire.ERROR_TEXTS[0x57] in {i.text for i in items if isinstance(i, BpProgress)}


def test_a_good_result_after_an_error_is_the_old_one_and_not_shown() -> None:
    driver = measuring()
    driver.receive(30 * NS_PER_S, status(Status.ERROR))
    assert pressures(driver.receive(30 * NS_PER_S + 50 * MS, RESULT)) == FAILED


def test_a_result_too_soon_is_the_old_one_and_not_shown() -> None:
    driver = measuring()
    assert sent(driver.receive(2 * NS_PER_S, status(Status.DONE))) == [wire.GET_RESULT]
    assert pressures(driver.receive(2 * NS_PER_S + 50 * MS, RESULT)) == FAILED


def test_a_result_that_nobody_asked_for_is_not_shown() -> None:
    driver = SuntechDriver()
    items = driver.receive(0, RESULT)
    assert pressures(items) == []
    assert [type(item) for item in items] == [Rejected]
    assert driver.counts.frames == driver.counts.rejected == 1


def test_a_result_while_measuring_ends_the_determination_without_a_fetch() -> None:
    items = measuring().receive(30 * NS_PER_S, RESULT)
    assert pressures(items) == GOOD
    assert sent(items) == []


def test_130_s_is_the_end() -> None:
    driver = measuring()
    items = keep_alive(driver, 0, 140 * NS_PER_S)
    assert sent(items)[-1] == wire.ABORT
    assert pressures(items) == FAILED
    (last,) = (i for i in items if isinstance(i, BpProgress))
    assert "no answer from the monitor" in last.text
    assert driver.next_deadline_ns is None


def test_a_module_that_goes_silent_is_aborted_after_10_s() -> None:
    driver = measuring()
    items = driver.advance(10 * NS_PER_S + 20 * MS)
    assert sent(items)[-1] == wire.ABORT
    assert pressures(items) == FAILED


def test_stopped_at_the_monitor() -> None:
    driver = measuring()
    items = driver.receive(5 * NS_PER_S, status(Status.ABORTED))
    assert progress(items) == [BpState.ABORTED]
    assert pressures(items) == []


@pytest.mark.parametrize("make", [SuntechDriver, measuring, fetching])
def test_abort_is_sent_at_once_whatever_goes_on(make: object) -> None:
    driver = make()  # type: ignore[operator]
    items = driver.command(30 * NS_PER_S + 1, DeviceCommand.ABORT_BP)
    assert sent(items) == [bytes.fromhex("3A7901004C")]
    items = driver.receive(30 * NS_PER_S + 20 * MS, status(Status.ABORTED))
    assert progress(items) == [BpState.ABORTED]
    assert driver.next_deadline_ns is None


def test_abort_right_after_start_does_not_take_the_starts_answer_for_its_own() -> None:
    driver = SuntechDriver()
    driver.command(0, DeviceCommand.START_BP)
    assert sent(driver.command(1 * MS, DeviceCommand.ABORT_BP)) == [wire.ABORT]
    assert sent(driver.command(2 * MS, DeviceCommand.ABORT_BP)) == [wire.ABORT]
    assert progress(driver.receive(20 * MS, status(Status.RECEIVED))) == []
    assert progress(driver.receive(40 * MS, status(Status.RECEIVED))) == [BpState.ABORTED]


def test_an_abort_that_nobody_confirms_is_repeated_and_then_said() -> None:
    driver = measuring()
    items = driver.command(NS_PER_S, DeviceCommand.ABORT_BP)
    items += driver.advance(10 * NS_PER_S)
    assert sent(items) == [wire.ABORT] * 3
    assert progress(items) == [BpState.FAILED]
    assert "cuff" in next(i.text for i in items if isinstance(i, BpProgress))


def test_a_second_start_is_not_sent() -> None:
    driver = measuring()
    items = driver.command(NS_PER_S, DeviceCommand.START_BP)
    assert sent(items) == []
    assert progress(items) == [BpState.MEASURING]
    driver.command(2 * NS_PER_S, DeviceCommand.ABORT_BP)
    assert sent(driver.command(2 * NS_PER_S + MS, DeviceCommand.START_BP)) == []


def test_a_lost_connection_ends_the_determination_and_sends_nothing() -> None:
    driver = measuring()
    driver.receive(NS_PER_S, RESULT[:7])
    items = driver.connect(3 * NS_PER_S)
    assert sent(items) == []
    assert pressures(items) == FAILED
    assert driver.next_deadline_ns is None
    assert driver.counts.pending_bytes == 0


def test_a_lost_connection_repeats_an_abort_that_was_under_way() -> None:
    driver = measuring()
    driver.command(NS_PER_S, DeviceCommand.ABORT_BP)
    assert sent(driver.connect(NS_PER_S + 500 * MS)) == [wire.ABORT]


def test_half_a_frame_is_given_up_when_the_line_pauses() -> None:
    driver = measuring()
    driver.receive(NS_PER_S, b"\x3e\x18\x01")
    items = driver.receive(NS_PER_S + 600 * MS, wire.reply(b"\x64\x00"))
    assert [i.value for i in items if isinstance(i, Measurement)] == [100.0]
    assert driver.counts.skipped_bytes == 3


# everything that can happen, at random


BYTES = st.sampled_from([RESULT, LEAK, RESULT[:9], wire.reply(b"\x64\x00"), b"\x3e\x43"])
STEPS = st.lists(
    st.tuples(
        st.integers(0, 3 * NS_PER_S),
        st.sampled_from(list(DeviceCommand))
        | BYTES
        | st.sampled_from(list(Status)).map(status)
        | st.binary(max_size=20)
        | st.just("connect"),
    ),
    max_size=40,
)


@given(steps=STEPS)
def test_only_documented_frames_are_ever_sent_and_with_their_gap(
    steps: list[tuple[int, object]],
) -> None:
    driver = SuntechDriver()
    t_ns = 0
    timeline: list[tuple[int, bytes]] = []
    items: list[DriverItem] = []

    def note(at_ns: int, new: list[DriverItem]) -> None:
        items.extend(new)
        timeline.extend((at_ns, data) for data in sent(new))

    starts = 0
    fed = 0
    for wait_ns, step in steps:
        while (due := driver.next_deadline_ns) is not None and due <= t_ns + wait_ns:
            assert due >= t_ns
            note(due, driver.advance(due))
        t_ns += wait_ns
        if isinstance(step, DeviceCommand):
            starts += step is DeviceCommand.START_BP
            note(t_ns, driver.command(t_ns, step))
        elif isinstance(step, bytes):
            fed += len(step)
            note(t_ns, driver.receive(t_ns, step))
        else:
            note(t_ns, driver.connect(t_ns))
    assert {data for _, data in timeline} <= set(wire.COMMANDS)
    assert sum(data == wire.START_ADULT for _, data in timeline) <= starts
    for (before, _), (after, data) in pairwise(timeline):
        assert data == wire.ABORT or after - before >= COMMAND_GAP_NS
    if not starts:
        assert {data for _, data in timeline} <= {wire.ABORT}
    c = driver.counts
    assert c.frame_bytes + c.rejected_bytes + c.skipped_bytes + c.pending_bytes == fed
    values = [i for i in items if isinstance(i, Measurement)]
    assert all((i.value is None) == (not i.quality.has_value) for i in values)


def test_the_four_frames_are_the_documented_ones() -> None:
    documented = ("3A20A6", "3A7901004C", "3A7903004A", "3A79050048")
    assert wire.GET_VERSION not in wire.COMMANDS
    assert sorted(wire.COMMANDS) == sorted(map(bytes.fromhex, documented))
    assert all(sum(frame) % 256 == 0 for frame in wire.COMMANDS)


# with the simulated module


def converse(
    driver: SuntechDriver, module: SuntechSimulator, from_ns: int, to_ns: int
) -> list[tuple[int, DriverItem]]:
    """Let both live until `to_ns`; what the driver gave, with its time."""
    given: list[tuple[int, DriverItem]] = []
    while True:
        times = [t for t in (driver.next_deadline_ns, module.next_deadline_ns) if t is not None]
        if not times or min(times) > to_ns:
            return given
        t_ns = min(times)
        items = driver.advance(t_ns)
        if data := module.advance(t_ns):
            items += driver.receive(t_ns, data)
        for item in items:
            given.append((t_ns, item))
            if isinstance(item, Send):
                module.receive(t_ns, item.data)


def determination(module: SuntechSimulator, to_s: int = 140) -> list[tuple[int, DriverItem]]:
    driver = SuntechDriver()
    items = driver.command(0, DeviceCommand.START_BP)
    for item in items:
        if isinstance(item, Send):
            module.receive(0, item.data)
    return [(0, i) for i in items] + converse(driver, module, 0, to_s * NS_PER_S)


def test_the_simulated_module_finds_the_pressures_of_the_body_in_30_to_40_s() -> None:
    given = determination(SuntechSimulator(SteadyBody(), 1))
    items = [item for _, item in given]
    assert progress(items) == [BpState.REQUESTED, BpState.MEASURING, BpState.DONE]
    assert [value for _, value, _ in pressures(items)] == [118.0, 76.0, 90.0]
    done_ns = given[-1][0]
    assert 25 * NS_PER_S <= done_ns <= 42 * NS_PER_S
    cuff = [i.value or 0 for i in items if isinstance(i, Measurement) and i.vital is Vital.CUFF]
    assert 118 + 35 <= max(cuff) <= 118 + 45
    assert cuff[0] < 20
    assert sent(items).count(wire.GET_RESULT) == 1


@pytest.mark.parametrize(
    ("faults", "disturbed", "text"),
    [
        (SuntechFaults(leak=True), False, wire.ERROR_TEXTS[0x57]),
        (SuntechFaults(), True, wire.ERROR_TEXTS[0x02]),
        (SuntechFaults(error=0x04), False, wire.ERROR_TEXTS[0x04]),
        (SuntechFaults(busy=True), False, "busy"),
        (SuntechFaults(silent=True), False, "no answer"),
        (SuntechFaults(corrupt_results=True), False, "no answer"),
    ],
)
def test_each_fault_fails_in_its_own_words(
    faults: SuntechFaults, disturbed: bool, text: str
) -> None:
    module = SuntechSimulator(SteadyBody(disturbed=disturbed), 1, faults=faults)
    items = [item for _, item in determination(module)]
    assert pressures(items) == FAILED
    assert progress(items)[-1] is BpState.FAILED
    assert text in [i.text for i in items if isinstance(i, BpProgress)][-1]


def test_an_abort_empties_the_simulated_cuff() -> None:
    module = SuntechSimulator(SteadyBody(), 1)
    driver = SuntechDriver()
    for item in driver.command(0, DeviceCommand.START_BP):
        if isinstance(item, Send):
            module.receive(0, item.data)
    converse(driver, module, 0, 6 * NS_PER_S)
    assert module.pressure_mmhg(6 * NS_PER_S) > 100
    (abort,) = driver.command(6 * NS_PER_S, DeviceCommand.ABORT_BP)
    assert isinstance(abort, Send)
    module.receive(6 * NS_PER_S, abort.data)
    given = converse(driver, module, 6 * NS_PER_S, 20 * NS_PER_S)
    assert progress([item for _, item in given]) == [BpState.ABORTED]
    assert module.pressure_mmhg(10 * NS_PER_S) == 0
    assert module.next_deadline_ns is None


def test_two_determinations_in_a_row_each_give_their_own_pressures() -> None:
    body = SteadyBody()
    module, driver = SuntechSimulator(body, 1), SuntechDriver()
    found = []
    for start_s, systolic in ((0, 118.0), (60, 151.0)):
        body.pressures_mmhg = (systolic, 76.0, 95.0)
        for item in driver.command(start_s * NS_PER_S, DeviceCommand.START_BP):
            if isinstance(item, Send):
                module.receive(start_s * NS_PER_S, item.data)
        given = converse(driver, module, start_s * NS_PER_S, (start_s + 59) * NS_PER_S)
        found += [v for vital, v, _ in pressures([i for _, i in given]) if vital is Vital.SBP]
    assert found == [118.0, 151.0]


def test_the_simulated_module_names_its_version_and_refuses_the_unknown() -> None:
    module = SuntechSimulator(SteadyBody(), 1)
    module.receive(0, wire.GET_VERSION + bytes.fromhex("3A8A3C"))
    answers = module.advance(NS_PER_S)
    assert answers[:2] == b"\x3e\x04"
    assert b"LX SIMULATED" in answers
