"""The conversation with an IntelliVue monitor, and that nothing but four requests is ever sent."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.driver import DeviceCommand, DriverItem, Measurement, Rejected, Send
from devices.philips_intellivue import encoding, wire
from devices.philips_intellivue.driver import IntellivueDriver
from devices.philips_intellivue.frames import frame
from devices.philips_intellivue.simulator import (
    IntellivueFaults,
    IntellivueSimulator,
    encode_vitals,
)
from devices.philips_intellivue.spec import SPEC
from protocols.vitals import NS_PER_S, PRESSURES, Quality, Vital
from tests.unit.devices.steady_body import SteadyBody
from tests.unit.devices.test_intellivue_parser import created, cuff, many, parts_of, result

MS = 1_000_000


def sent(items: Sequence[DriverItem]) -> list[bytes]:
    return [item.data for item in items if isinstance(item, Send)]


def reasons(items: Sequence[DriverItem]) -> list[str]:
    return [item.reason for item in items if isinstance(item, Rejected)]


def polling(t_ns: int = 0) -> IntellivueDriver:
    """A driver that associated at `t_ns` and is about to poll 200 ms later."""
    driver = IntellivueDriver()
    assert sent(driver.connect(t_ns)) == [wire.ASSOCIATE]
    assert driver.receive(t_ns, encoding.ACCEPTED) == []
    assert sent(driver.receive(t_ns, created())) == [wire.mds_reply(1, 0)]
    assert driver.next_deadline_ns == t_ns + 200 * MS
    return driver


def test_nothing_is_sent_before_the_port_is_open() -> None:
    driver = IntellivueDriver()
    assert driver.next_deadline_ns is None
    assert driver.advance(10 * NS_PER_S) == []


def test_an_association_that_nobody_answers_is_asked_for_again() -> None:
    driver = IntellivueDriver()
    driver.connect(0)
    assert driver.next_deadline_ns == NS_PER_S
    assert sent(driver.advance(12 * NS_PER_S)) == [wire.ASSOCIATE] * 12


def test_a_poll_follows_each_second_while_results_come() -> None:
    driver = polling()
    times = []
    for number in range(5):
        due = driver.next_deadline_ns
        assert due is not None
        times.append(due)
        assert sent(driver.advance(due)) == [wire.poll_request(number, number)]
        driver.receive(due + 150 * MS, result())
    assert times == [200 * MS + n * NS_PER_S for n in range(5)]


def test_a_slow_result_is_waited_for_and_then_polled_again_at_once() -> None:
    driver = polling()
    driver.advance(200 * MS)
    assert sent(driver.advance(1800 * MS)) == []
    driver.receive(1900 * MS, result())
    assert driver.next_deadline_ns == 1900 * MS
    assert sent(driver.advance(1900 * MS)) == [wire.poll_request(1, 1)]


def test_a_lost_result_is_polled_for_again_after_2_s() -> None:
    driver = polling()
    driver.advance(200 * MS)
    assert sent(driver.advance(2199 * MS)) == []
    assert sent(driver.advance(2200 * MS)) == [wire.poll_request(1, 1)]


def test_a_result_that_lost_a_part_is_polled_for_again_in_time_but_is_no_sign_of_life() -> None:
    driver = polling()
    driver.advance(200 * MS)
    last = parts_of(result(*many()))[-1]
    assert "beginning is missing" in reasons(driver.receive(400 * MS, last))[0]
    assert sent(driver.advance(1200 * MS)) == [wire.poll_request(1, 1)]
    assert sent(driver.advance(5 * NS_PER_S))[-1] == wire.RELEASE


def test_a_monitor_that_goes_silent_is_released_and_associated_anew() -> None:
    driver = polling()
    items = driver.advance(5 * NS_PER_S)
    assert sent(items)[-1] == wire.RELEASE
    assert "renewed" in reasons(items)[0]
    assert sent(driver.advance(6 * NS_PER_S)) == [wire.ASSOCIATE]
    assert driver.receive(6100 * MS, encoding.ACCEPTED) == []
    assert len(sent(driver.receive(6200 * MS, created()))) == 1


def test_a_monitor_that_never_describes_itself_is_released() -> None:
    driver = IntellivueDriver()
    driver.connect(0)
    driver.receive(0, encoding.ACCEPTED)
    assert sent(driver.advance(10 * NS_PER_S)) == [wire.RELEASE]


def test_a_refused_association_is_released_and_tried_again() -> None:
    driver = IntellivueDriver()
    driver.connect(0)
    items = driver.receive(100 * MS, encoding.REFUSED)
    assert sent(items) == [wire.RELEASE]
    assert "refused" in reasons(items)[0]
    assert sent(driver.advance(1000 * MS)) == []
    assert sent(driver.advance(1100 * MS)) == [wire.ASSOCIATE]


@pytest.mark.parametrize("end", [encoding.ABORTED, encoding.RELEASED])
def test_an_association_that_the_monitor_ends_is_renewed(end: bytes) -> None:
    driver = polling()
    driver.advance(200 * MS)
    items = driver.receive(300 * MS, end)
    assert sent(items) == []
    assert "ended" in reasons(items)[0]
    assert driver.next_deadline_ns == 1300 * MS
    assert sent(driver.advance(1300 * MS)) == [wire.ASSOCIATE]


def test_a_refused_poll_is_said_and_is_no_sign_of_life() -> None:
    driver = polling()
    driver.advance(200 * MS)
    items = driver.receive(300 * MS, encoding.poll_error(0, 9))
    assert reasons(items) == ["the monitor refused the poll (error 9)"]
    assert sent(driver.advance(5 * NS_PER_S))[-1] == wire.RELEASE


def test_a_late_advance_fires_every_deadline_at_its_own_time() -> None:
    early, late = polling(), polling()
    items: list[DriverItem] = []
    while (due := early.next_deadline_ns) is not None and due <= 30 * NS_PER_S:
        items += early.advance(due)
    assert late.advance(30 * NS_PER_S) == items
    assert late.next_deadline_ns == early.next_deadline_ns


def test_a_new_connection_forgets_half_frames_and_associates() -> None:
    driver = polling()
    driver.receive(300 * MS, result()[:20])
    assert sent(driver.connect(2 * NS_PER_S)) == [wire.ASSOCIATE]
    assert driver.counts.pending_bytes == 0


@pytest.mark.parametrize("command", DeviceCommand)
def test_a_blood_pressure_is_never_started_or_stopped(command: DeviceCommand) -> None:
    assert polling().command(NS_PER_S, command) == []


# blood pressures


def values(items: Sequence[DriverItem]) -> list[tuple[Vital, float | None, int]]:
    return [(i.vital, i.value, i.age_ns) for i in items if isinstance(i, Measurement)]


def test_the_first_blood_pressure_is_shown_with_its_age() -> None:
    items = polling().receive(NS_PER_S, result(cuff(121, 77, 92, stamp=420), tick_s=1))
    assert values(items) == [
        (vital, value, 421 * NS_PER_S)
        for vital, value in zip(PRESSURES, (121, 77, 92), strict=True)
    ]


@pytest.mark.parametrize("stamp", [None, -90])
def test_a_blood_pressure_of_unknown_age_is_not_shown(stamp: int | None) -> None:
    driver = polling()
    data = result(cuff(121, 77, 92, stamp=stamp))
    items = driver.receive(NS_PER_S, data)
    assert values(items) == []
    assert "unknown age" in reasons(items)[0]
    assert driver.receive(2 * NS_PER_S, data) == []


def test_a_blood_pressure_waits_for_the_clock_and_is_then_shown() -> None:
    driver = IntellivueDriver()
    driver.connect(0)
    late = result(cuff(121, 77, 92, stamp=60))
    assert values(driver.receive(10 * MS, late)) == []
    driver.receive(20 * MS, encoding.ACCEPTED + created())
    assert [value for _, value, _ in values(driver.receive(30 * MS, late))] == [121, 77, 92]
    assert values(driver.receive(40 * MS, late)) == []


def test_a_blood_pressure_shown_before_a_renewal_is_not_shown_again() -> None:
    driver = polling()
    data = result(cuff(121, 77, 92, stamp=60))
    assert values(driver.receive(NS_PER_S, data))
    driver.receive(2 * NS_PER_S, encoding.ABORTED)
    assert values(driver.receive(2 * NS_PER_S, data)) == []
    driver.advance(3 * NS_PER_S)
    driver.receive(3 * NS_PER_S, encoding.ACCEPTED + created())
    assert values(driver.receive(4 * NS_PER_S, data)) == []


# with the simulated monitor


def converse(
    driver: IntellivueDriver, monitor: IntellivueSimulator, to_s: float
) -> list[tuple[int, DriverItem]]:
    """Connect and let both live until `to_s`; what the driver gave, with its time."""
    given = [(0, item) for item in driver.connect(0)]
    for _, item in given:
        if isinstance(item, Send):
            monitor.receive(0, item.data)
    return given + live(driver, monitor, to_s)


def live(
    driver: IntellivueDriver, monitor: IntellivueSimulator, to_s: float
) -> list[tuple[int, DriverItem]]:
    """Let both live on until `to_s`."""
    given: list[tuple[int, DriverItem]] = []
    while True:
        times = [t for t in (driver.next_deadline_ns, monitor.next_deadline_ns) if t is not None]
        t_ns = min(times)
        if t_ns > to_s * NS_PER_S:
            return given
        items = driver.advance(t_ns)
        if data := monitor.advance(t_ns):
            items += driver.receive(t_ns, data)
        for item in items:
            given.append((t_ns, item))
            if isinstance(item, Send):
                assert SPEC.may_send(item.data)
                monitor.receive(t_ns, item.data)


def of(given: Sequence[tuple[int, DriverItem]], vital: Vital) -> list[Measurement]:
    return [item for _, item in given if isinstance(item, Measurement) and item.vital is vital]


def test_a_quarter_of_an_hour_with_the_simulated_monitor() -> None:
    given = converse(IntellivueDriver(), IntellivueSimulator(SteadyBody(), 1), 900)
    rates = of(given, Vital.HR)
    assert 890 <= len(rates) <= 900
    assert all(rate.value is not None and abs(rate.value - 72) <= 3 for rate in rates)
    assert {i.value for i in of(given, Vital.SPO2)} == {97.0}
    assert {i.value for i in of(given, Vital.RR)} == {14.0}
    pressures = [i for i in of(given, Vital.SBP) if i.value is not None]
    assert [i.value for i in pressures] == [118.0] * 3
    assert all(i.age_ns <= 2 * NS_PER_S for i in pressures)
    spots = [i for i in of(given, Vital.PR) if i.spot]
    assert len(spots) == 3
    assert len({item.data for _, item in given if isinstance(item, Send)}) > 890


def test_a_probe_that_is_off_is_missing_until_the_search_is_over() -> None:
    body = SteadyBody(on_finger=False)
    driver, monitor = IntellivueDriver(), IntellivueSimulator(body, 1)
    off = converse(driver, monitor, 10)
    for vital in (Vital.SPO2, Vital.PR, Vital.PI):
        assert {i.quality for i in of(off, vital)} == {Quality.MISSING}
    assert {i.quality for i in of(off, Vital.HR)} == {Quality.GOOD}
    body.on_finger = True
    found = [i.value for i in of(live(driver, monitor, 25), Vital.SPO2)]
    assert found[:4] == [None] * 4
    assert found[-1] == 97.0


@pytest.mark.parametrize(
    ("faults", "quality"),
    [
        (IntellivueFaults(demo=True), Quality.MISSING),
        (IntellivueFaults(questionable=True), Quality.LOW),
    ],
)
def test_demo_and_questionable_values_are_never_good(
    faults: IntellivueFaults, quality: Quality
) -> None:
    given = converse(IntellivueDriver(), IntellivueSimulator(SteadyBody(), 1, faults=faults), 60)
    items = [item for _, item in given if isinstance(item, Measurement)]
    assert {i.quality for i in items if i.vital is Vital.SPO2} == {quality}
    assert not [i for i in items if i.quality is Quality.GOOD]
    assert all(i.note for i in items)
    assert not [i for i in items if i.vital in PRESSURES and i.value is not None]


@pytest.mark.parametrize(
    ("faults", "word"),
    [
        (IntellivueFaults(refuse=True), "refused the association"),
        (IntellivueFaults(abort_after=5), "ended the association"),
        (IntellivueFaults(corrupt_every=3), "bad checksum"),
        (IntellivueFaults(no_clock=True), "clock is not known"),
        (IntellivueFaults(no_stamp=True), "does not say when"),
    ],
)
def test_each_fault_is_said_in_its_own_words(faults: IntellivueFaults, word: str) -> None:
    monitor = IntellivueSimulator(SteadyBody(), 1, faults=faults)
    given = converse(IntellivueDriver(), monitor, 90)
    assert any(word in reason for reason in reasons([item for _, item in given]))
    assert [i for i in of(given, Vital.HR) if i.value is not None] or faults.refuse


def test_a_silent_monitor_is_asked_until_it_answers() -> None:
    monitor = IntellivueSimulator(SteadyBody(), 1, faults=IntellivueFaults(silent=True))
    driver = IntellivueDriver()
    given = converse(driver, monitor, 60)
    assert not [item for _, item in given if isinstance(item, Measurement)]
    monitor.faults = IntellivueFaults()
    items: list[DriverItem] = []
    for t_ns in range(60 * NS_PER_S, 80 * NS_PER_S, 10 * MS):
        new = driver.advance(t_ns) + driver.receive(t_ns, monitor.advance(t_ns))
        items += new
        for data in sent(new):
            monitor.receive(t_ns, data)
    assert len([i for i in items if isinstance(i, Measurement) and i.vital is Vital.HR]) > 5


def test_a_disturbed_cuff_gives_a_failure_and_no_value() -> None:
    given = converse(IntellivueDriver(), IntellivueSimulator(SteadyBody(disturbed=True), 1), 60)
    assert [i.value for i in of(given, Vital.SBP)] == [None, None]
    assert of(given, Vital.SBP)[-1].quality is Quality.FAILED


# everything that can happen, at random

WORDS = st.sampled_from(
    [
        encoding.ACCEPTED,
        encoding.REFUSED,
        encoding.RELEASED,
        encoding.ABORTED,
        encoding.poll_error(3, 2),
        created(),
        result(),
        encode_vitals({Vital.HR: 70, Vital.SBP: None}, 0),
        result()[:15],
    ]
)
STEPS = st.lists(
    st.tuples(
        st.integers(0, 4 * NS_PER_S),
        WORDS | st.binary(max_size=30) | st.binary(max_size=30).map(frame) | st.just("connect"),
    ),
    max_size=40,
)


@given(steps=STEPS)
def test_only_the_four_requests_are_ever_sent(steps: list[tuple[int, object]]) -> None:
    driver = IntellivueDriver()
    t_ns = fed = 0
    items: list[DriverItem] = []
    for wait_ns, step in steps:
        while (due := driver.next_deadline_ns) is not None and due <= t_ns + wait_ns:
            assert due >= t_ns
            items += driver.advance(due)
        t_ns += wait_ns
        if isinstance(step, bytes):
            fed += len(step)
            items += driver.receive(t_ns, step)
        else:
            items += driver.connect(t_ns)
    assert all(SPEC.may_send(data) for data in sent(items))
    c = driver.counts
    assert c.frame_bytes + c.rejected_bytes + c.skipped_bytes + c.pending_bytes == fed
    given = [item for item in items if isinstance(item, Measurement)]
    assert all((item.value is None) == (not item.quality.has_value) for item in given)
