"""What every driver owes on a live line: it says only what it may, and shows only what was said."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.driver import DeviceCommand, Driver, DriverItem, Measurement, Send
from devices.registry import DRIVERS, DriverSpec
from protocols.vitals import NS_PER_S, PRESSURES, Vital
from tests.conventions.streams import (
    ANY_DRIVER,
    SPECS,
    Talk,
    accounted_for,
    at_least,
    awkward_records,
    converse,
    encoded,
    facts,
    histories,
    is_part_of,
    measured,
    minute_of_a_unit,
    minute_of_records,
    noise,
    one_byte_wrong,
    read,
    valued,
)

LISTENING = {name: spec for name, spec in DRIVERS.items() if spec.speaks_unasked}
LISTENERS = pytest.mark.parametrize("spec", LISTENING.values(), ids=LISTENING)
ASKING = {name: spec for name, spec in DRIVERS.items() if not spec.speaks_unasked}
ASKERS = pytest.mark.parametrize("spec", ASKING.values(), ids=ASKING)

STARTS = {"dinamap": b" NC0!E\r", "suntech": bytes.fromhex("3A 20 A6")}
"""The published command by which a determination starts, for each driver that may send it."""
ABORTS = {"dinamap": b" ND!5\r", "suntech": bytes.fromhex("3A 79 01 00 4C")}
"""The published command by which one is stopped."""

NOT_IN_A_CLEAN_MINUTE = {"bbraun-bcc": (b"\x15",)}
"""What a driver sends only on a bad line: to the station, that a block was damaged."""

REPEATS = 3
"""Seconds for which each record is said on a live line."""


def hear(spec: DriverSpec, refreshes: list[bytes]) -> list[DriverItem]:
    """What a new driver gives for one refresh a second."""
    driver = spec.make_driver()
    items = driver.connect(0)
    for second, data in enumerate(refreshes, start=1):
        items += driver.receive(second * NS_PER_S, data)
    return items


def said_for_seconds(spec: DriverSpec, records: list[dict[Vital, float]]) -> list[bytes]:
    """Refreshes in which each record is repeated, the same determination too."""
    return [data for data in encoded(spec, records) for _ in range(REPEATS)]


def truth_of(records: list[dict[Vital, float]]) -> dict[Vital, list[float]]:
    """What may be shown of `records`, in order."""
    return histories((vital, value) for record in records for vital, value in record.items())


def shows_only(items: list[DriverItem], truth: dict[Vital, list[float]]) -> bool:
    """Whether every value in `items` is one of `truth`, in this order."""
    shown = histories(valued(items))
    return all(is_part_of(values, truth.get(vital, [])) for vital, values in shown.items())


# what a live line shows


@LISTENERS
def test_a_clean_line_shows_every_record(spec: DriverSpec) -> None:
    records = awkward_records(spec)
    shown = histories(valued(hear(spec, said_for_seconds(spec, records))))
    truth = truth_of(records)
    if spec.name in ("ivy-450c",):
        # Its first pressures after a connection are of unknown age.
        truth = {v: values[v in PRESSURES :] for v, values in truth.items()}
    assert shown == truth


@LISTENERS
def test_a_lost_or_doubled_byte_never_shows_a_value(spec: DriverSpec) -> None:
    records = awkward_records(spec, 3)
    refreshes = said_for_seconds(spec, records)
    truth = truth_of(records)
    for place in (0, REPEATS, REPEATS + 1):
        for damaged, i in one_byte_wrong(refreshes[place]).items():
            items = hear(spec, [*refreshes[:place], damaged, *refreshes[place + 1 :]])
            assert shows_only(items, truth), (place, i, damaged[i - 8 : i + 8])


@LISTENERS
def test_one_frame_among_many_a_second_never_shows_a_value(spec: DriverSpec) -> None:
    records = awkward_records(spec, 3)
    refreshes = said_for_seconds(spec, records)
    frames = read(spec, refreshes[0])[1].frames
    if frames < 10:
        pytest.skip("its frames come too rarely to confirm each other")
    truth = truth_of(records)
    data = refreshes[REPEATS]
    size = len(data) // frames
    for frame in (0, frames // 2, frames - 1):
        for i in range(frame * size, (frame + 1) * size):
            for bit in range(8):
                damaged = data[:i] + bytes((data[i] ^ 1 << bit,)) + data[i + 1 :]
                items = hear(spec, [*refreshes[:REPEATS], damaged, *refreshes[REPEATS + 1 :]])
                assert shows_only(items, truth), (frame, i, bit)


@LISTENERS
@given(data=st.data())
def test_noise_on_the_line_is_never_shown(spec: DriverSpec, data: st.DataObject) -> None:
    records = awkward_records(spec)
    refreshes = said_for_seconds(spec, records)
    before, after = data.draw(noise()), data.draw(noise())
    items = hear(spec, [before, *refreshes, after])
    truth = truth_of(records)
    assert shows_only(items, truth)
    end = len(before) + sum(map(len, refreshes))
    assert all(item.end_byte <= end for item in measured(items) if item.value is not None)
    shown = histories(valued(items))
    for vital, values in truth.items():
        assert is_part_of(values[1:-1], shown.get(vital, []))


@LISTENERS
@given(data=st.data())
def test_noise_between_the_seconds_of_a_line_is_never_shown(
    spec: DriverSpec, data: st.DataObject
) -> None:
    records = awkward_records(spec)
    refreshes = said_for_seconds(spec, records)
    place = data.draw(st.integers(1, len(refreshes) - 1))
    noisy = [*refreshes[:place], data.draw(noise()), *refreshes[place:]]
    assert shows_only(hear(spec, noisy), truth_of(records))


Damage = Callable[[bytes], bytes]


def _damage(seed: int, *, every: int = 80) -> Damage:
    """Loses, doubles, changes or adds something at one byte of about `every`."""
    chance = random.Random(seed)

    def damage(data: bytes) -> bytes:
        if chance.random() * every > len(data):
            return data
        i = chance.randrange(len(data))
        changed = bytes((data[i] ^ 1 << chance.randrange(8),))
        added = data[i : i + 1] + chance.randbytes(chance.randrange(1, 20))
        instead = chance.choice((b"", 2 * data[i : i + 1], changed, added))
        return data[:i] + instead + data[i + 1 :]

    return damage


@ASKERS
@pytest.mark.parametrize("seed", range(3))
def test_a_bad_line_to_a_unit_that_answers_never_shows_a_value(spec: DriverSpec, seed: int) -> None:
    commands = [(2.0, DeviceCommand.START_BP), (120.0, DeviceCommand.START_BP)]
    talk = converse(spec, 240, seed=seed, commands=commands, damage=_damage(seed))
    said, _ = read(spec, talk.sent_by_unit)
    assert set(valued(item for _, item in talk.items)) <= set(valued(said))


def _pressures(talk: Talk) -> list[tuple[int, Measurement]]:
    """The systolic pressures that a driver gave, with their times."""
    return [
        (t_ns, item)
        for t_ns, item in talk.items
        if isinstance(item, Measurement) and item.vital is Vital.SBP and item.value is not None
    ]


@SPECS
def test_a_pressure_from_before_the_connection_is_never_shown_as_new(spec: DriverSpec) -> None:
    if Vital.SBP not in spec.vitals:
        pytest.skip("it gives no blood pressure")
    commands = [(2.0, DeviceCommand.START_BP)] if spec.can_start_bp else []
    taken_ns, _ = _pressures(converse(spec, 400, commands=commands))[0]
    for after_s in (3.0, 20.0, 90.0):
        again_s = taken_ns / NS_PER_S + after_s
        talk = converse(spec, again_s + 30, commands=commands, reconnected_s=again_s)
        assert talk.items or spec.quiet_limit_s is None
        for t_ns, item in _pressures(talk):
            # A time of measurement comes in whole seconds.
            assert t_ns - item.age_ns <= taken_ns + NS_PER_S, after_s


# what a driver says


class Line:
    """A driver on a line: time goes on, deadlines fire at their times, every item is kept."""

    def __init__(self, spec: DriverSpec) -> None:
        self.driver: Driver = spec.make_driver()
        self.t_ns = 0
        self.fed = 0
        self.items: list[DriverItem] = self.driver.connect(0)
        self.starts = self.stops = 0

    def wait(self, span_ns: int) -> None:
        """Let time pass, with the deadlines on the way."""
        end_ns = self.t_ns + span_ns
        while (due_ns := self.driver.next_deadline_ns) is not None and due_ns <= end_ns:
            assert due_ns >= self.t_ns
            self.t_ns = due_ns
            self.items += self.driver.advance(due_ns)
            after_ns = self.driver.next_deadline_ns
            assert after_ns is None or after_ns > due_ns
        self.t_ns = end_ns

    def hear(self, data: bytes) -> None:
        """Bytes arrive."""
        self.fed += len(data)
        self.items += self.driver.receive(self.t_ns, data)
        assert accounted_for(self.driver.counts) == self.fed

    def command(self, command: DeviceCommand) -> None:
        """A person asks for it."""
        self.starts += command is DeviceCommand.START_BP
        self.stops += command is DeviceCommand.ABORT_BP
        self.items += self.driver.command(self.t_ns, command)

    def connect(self) -> None:
        """The port was closed and opened again."""
        self.items += self.driver.connect(self.t_ns)

    @property
    def sent(self) -> list[bytes]:
        """Everything said so far."""
        return [item.data for item in self.items if isinstance(item, Send)]


def _pieces(name: str) -> st.SearchStrategy[bytes]:
    """Bytes that the driver may hear: noise, and parts of what its unit says."""
    said = minute_of_a_unit(name).sent_by_unit + minute_of_records(name)[:3000]
    whole = st.sampled_from([data for _, data in minute_of_a_unit(name).pieces])
    part = st.tuples(st.integers(0, len(said)), st.integers(0, 200))
    return noise(40) | whole | part.map(lambda at: said[at[0] : at[0] + at[1]])


@st.composite
def _acts(draw: st.DrawFn, name: str, commands: bool) -> list[tuple[str, object]]:
    waits = st.tuples(st.just("wait"), st.integers(0, 3000).map(lambda ms: ms * 1_000_000))
    heard = st.tuples(st.just("hear"), _pieces(name))
    kinds = [waits, heard, st.tuples(st.just("connect"), st.none())]
    if commands:
        kinds.append(st.tuples(st.just("command"), st.sampled_from(DeviceCommand)))
    return draw(st.lists(st.one_of(kinds), max_size=25))


def _play(spec: DriverSpec, acts: list[tuple[str, object]]) -> Iterator[Line]:
    """The line after each act."""
    line = Line(spec)
    yield line
    for act, what in acts:
        if isinstance(what, DeviceCommand):
            line.command(what)
        elif isinstance(what, bytes):
            line.hear(what)
        elif isinstance(what, int):
            line.wait(what)
        else:
            assert act == "connect"
            line.connect()
        yield line


@SPECS
@at_least(100)
@given(data=st.data())
def test_nothing_is_sent_but_what_may_be(spec: DriverSpec, data: st.DataObject) -> None:
    (*_, line) = _play(spec, data.draw(_acts(spec.name, commands=True)))
    line.wait(20 * NS_PER_S)
    for sent in line.sent:
        assert spec.may_send(sent)
    starts, aborts = STARTS.get(spec.name), ABORTS.get(spec.name)
    assert line.sent.count(starts or b"none") <= line.starts
    if not line.starts and not line.stops:
        assert (aborts or b"none") not in line.sent


@SPECS
@at_least(30)
@given(data=st.data())
def test_no_cuff_starts_or_stops_unless_somebody_asked(
    spec: DriverSpec, data: st.DataObject
) -> None:
    line = Line(spec)
    for line in _play(spec, data.draw(_acts(spec.name, commands=False))):
        assert STARTS.get(spec.name, b"none") not in line.sent
        assert ABORTS.get(spec.name, b"none") not in line.sent
    if not spec.can_start_bp:
        before = len(line.sent)
        line.command(DeviceCommand.START_BP)
        line.command(DeviceCommand.ABORT_BP)
        assert len(line.sent) == before


@SPECS
@at_least(30)
@given(data=st.data())
def test_a_port_that_comes_back_starts_no_cuff(spec: DriverSpec, data: st.DataObject) -> None:
    acts = data.draw(_acts(spec.name, commands=True))
    (*_, line) = _play(spec, acts)
    before = len(line.sent)
    line.connect()
    for act, what in data.draw(_acts(spec.name, commands=False)):
        if isinstance(what, bytes):
            line.hear(what)
        elif isinstance(what, int):
            line.wait(what)
        assert act != "command"
    assert STARTS.get(spec.name, b"none") not in line.sent[before:]


@SPECS
@at_least(30)
@given(data=st.data())
def test_the_same_acts_have_the_same_answers(spec: DriverSpec, data: st.DataObject) -> None:
    acts = data.draw(_acts(spec.name, commands=True))
    (*_, first), (*_, second) = _play(spec, acts), _play(spec, acts)
    assert first.items == second.items
    assert first.driver.next_deadline_ns == second.driver.next_deadline_ns


@SPECS
def test_who_starts_cuffs_is_known_with_the_published_commands(spec: DriverSpec) -> None:
    assert spec.can_start_bp == (spec.name in STARTS) == (spec.name in ABORTS)
    if spec.can_start_bp:
        assert spec.may_send(STARTS[spec.name])
        assert spec.may_send(ABORTS[spec.name])


@given(name=ANY_DRIVER, data=st.binary(max_size=60))
def test_other_bytes_may_not_be_sent(name: str, data: bytes) -> None:
    spec = DRIVERS[name]
    known = {item.data for _, item in minute_of_a_unit(name).items if isinstance(item, Send)}
    known.update(NOT_IN_A_CLEAN_MINUTE.get(name, ()))
    if data not in known and data != b"\r":
        assert not spec.may_send(data)


@SPECS
def test_what_may_be_sent_may_not_be_sent_longer_shorter_or_twice(spec: DriverSpec) -> None:
    known = {item.data for _, item in minute_of_a_unit(spec.name).items if isinstance(item, Send)}
    for sent in known:
        assert spec.may_send(sent)
        for other in (sent + sent, sent + b"\0", b"\0" + sent, sent[:-1]):
            assert other in known or not spec.may_send(other)
    assert not spec.may_send(b"")


# silence


@SPECS
def test_a_unit_that_works_is_never_silent_for_as_long_as_the_limit(spec: DriverSpec) -> None:
    if spec.quiet_limit_s is None:
        pytest.skip("it answers only when a blood pressure is taken")
    times = [t for t, item in minute_of_a_unit(spec.name).items if facts([item])]
    gaps = [later - sooner for sooner, later in pairwise(times)]
    assert max(gaps) < spec.quiet_limit_s * NS_PER_S
    assert times[-1] > (60 - spec.quiet_limit_s) * NS_PER_S


@ASKERS
def test_a_monitor_that_must_be_asked_is_asked_again_when_silent(spec: DriverSpec) -> None:
    line = Line(spec)
    if spec.quiet_limit_s is None:
        line.wait(60 * NS_PER_S)
        assert line.sent == []
        return
    for _ in range(20):
        before = len(line.sent)
        line.wait(round(spec.quiet_limit_s * NS_PER_S))
        assert len(line.sent) > before


@SPECS
def test_without_a_limit_there_is_nothing_that_streams(spec: DriverSpec) -> None:
    if spec.quiet_limit_s is None:
        assert not spec.speaks_unasked
        assert spec.stream_bytes_per_s is None
        assert set(spec.vitals) <= {*PRESSURES, Vital.PR, Vital.CUFF}
