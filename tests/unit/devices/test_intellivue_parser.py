"""IntelliVue poll results: values by their states, linked parts, and the cuff's repetitions."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.driver import Measurement, ParserItem, Rejected
from devices.philips_intellivue import encoding, wire
from devices.philips_intellivue.clock import make_stamp, read_stamp_s
from devices.philips_intellivue.encoding import make_item, make_number, numeric, poll_result
from devices.philips_intellivue.frames import frame
from devices.philips_intellivue.messages import Item, LayoutError, read_message
from devices.philips_intellivue.numerics import read_number
from devices.philips_intellivue.parser import IntellivueParser
from devices.philips_intellivue.pressures import LONGEST_TICKS
from devices.philips_intellivue.simulator import encode_vitals
from devices.philips_intellivue.wire import Physio, State, Unit
from protocols.vitals import NS_PER_S, PRESSURES, Quality, Vital
from tests.unit.devices.test_intellivue_frames import CAPTURED

CLOCK = read_stamp_s(bytes.fromhex("2021042211472600")) or 0
EXAMPLE = encode_vitals(
    {
        Vital.HR: 72,
        Vital.PR: 71,
        Vital.SPO2: 97,
        Vital.PI: 3.1,
        Vital.RR: 14,
        Vital.TEMP: 36.8,
        Vital.SBP: 121,
        Vital.DBP: 77,
        Vital.MAP: 92,
    },
    5 * NS_PER_S,
)


def captured(text: str) -> Item:
    """An item of a captured or published frame."""
    data = bytes.fromhex(text)
    physio, state, unit = (int.from_bytes(data[at : at + 2], "big") for at in (0, 2, 4))
    return Item(physio, state, unit, int.from_bytes(data[6:], "big"))


def result(*objects: bytes, tick_s: float = 0, clock: bytes = wire.NO_TIME) -> bytes:
    return poll_result(
        objects, invoke_id=1, number=1, ticks=round(tick_s * wire.TICKS_PER_S), clock=clock
    )


def created(*, tick_s: float = 0) -> bytes:
    ticks = round(tick_s * wire.TICKS_PER_S)
    return encoding.mds_created(invoke_id=1, ticks=ticks, clock=make_stamp(CLOCK))


def cuff(
    *values: float | None, states: Sequence[int] = (0, 0, 0), stamp: bytes | int | None = 0
) -> bytes:
    """The object of cuff pressures; `stamp` in seconds before the clock, as bytes, or none."""
    physios = encoding.PRESSURE_PLACES.values()
    items = [
        make_item(physio, Unit.MMHG, value, state=state)
        for physio, value, state in zip(physios, values, states, strict=True)
    ]
    if isinstance(stamp, int):
        stamp = make_stamp(CLOCK - stamp)
    return numeric(0x8272, items, stamp=stamp or b"")


def measured(items: Sequence[ParserItem]) -> list[tuple[Vital, float | None, Quality]]:
    return [(i.vital, i.value, i.quality) for i in items if isinstance(i, Measurement)]


def parse(data: bytes) -> list[ParserItem]:
    parser = IntellivueParser()
    return parser.feed(data) + parser.finish()


def good(sys: float, dia: float, mean: float) -> list[tuple[Vital, float | None, Quality]]:
    pairs = zip(PRESSURES, (sys, dia, mean), strict=True)
    return [(vital, value, Quality.GOOD) for vital, value in pairs]


def none(quality: Quality) -> list[tuple[Vital, float | None, Quality]]:
    return [(vital, None, quality) for vital in PRESSURES]


# single values


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("41 82 00 00 0A A0 00 00 00 3C", (Vital.HR, 60.0, Quality.GOOD, "")),
        ("4B B8 80 00 02 20 00 7F FF FF", (Vital.SPO2, None, Quality.MISSING, "invalid")),
        ("4B B8 00 00 02 20 FF 00 03 CA", (Vital.SPO2, 97.0, Quality.GOOD, "")),
        ("4B B8 00 00 02 20 00 7F FF FF", (Vital.SPO2, None, Quality.MISSING, "no value")),
        ("4B B8 00 00 02 20 00 00 00 00", (Vital.SPO2, None, Quality.MISSING, "no value")),
        ("4B B8 00 00 02 20 00 00 00 65", (Vital.SPO2, None, Quality.IMPLAUSIBLE, "101")),
        ("4B B8 40 00 02 20 00 00 00 5B", (Vital.SPO2, 91.0, Quality.LOW, "questionable")),
        ("4B B8 20 00 02 20 00 00 00 5B", (Vital.SPO2, None, Quality.MISSING, "no value")),
        ("4B B8 10 00 02 20 00 00 00 5B", (Vital.SPO2, None, Quality.MISSING, "calibrates")),
        ("4B B8 08 00 02 20 00 00 00 5B", (Vital.SPO2, None, Quality.MISSING, "test data")),
        ("4B B8 04 00 02 20 00 00 00 5B", (Vital.SPO2, None, Quality.MISSING, "demo mode")),
        ("4B B8 C4 00 02 20 00 00 00 5B", (Vital.SPO2, None, Quality.MISSING, "demo mode")),
        ("4B B8 00 02 02 20 00 00 00 57", (Vital.SPO2, 87.0, Quality.GOOD, "own alarm")),
        ("4B B8 00 01 02 20 00 00 00 57", (Vital.SPO2, 87.0, Quality.GOOD, "")),
        ("4B B8 00 00 0A A0 00 00 00 5B", (Vital.SPO2, None, Quality.MISSING, "0AA0")),
        ("48 22 80 01 0A A0 00 7F FF FF", (Vital.PR, None, Quality.MISSING, "invalid")),
        ("4B B0 00 00 02 00 FE 00 01 40", (Vital.PI, 3.2, Quality.GOOD, "")),
        ("50 0A 00 00 0A E0 00 00 00 0E", (Vital.RR, 14.0, Quality.GOOD, "")),
        ("50 0A 00 00 0A E0 00 00 00 00", (Vital.RR, 0.0, Quality.GOOD, "")),
        ("50 12 00 00 0A E0 00 00 00 0E", (Vital.RR, 14.0, Quality.GOOD, "airway")),
        ("50 B0 00 00 0F 20 00 00 00 26", (Vital.ETCO2, 38.0, Quality.GOOD, "")),
        ("50 B0 00 00 0F 20 00 00 00 00", (Vital.ETCO2, None, Quality.MISSING, "no value")),
        ("50 B0 00 00 0F 00 FF 00 00 33", (Vital.ETCO2, None, Quality.MISSING, "unit")),
        ("4B 48 00 00 17 A0 FF 00 01 72", (Vital.TEMP, 37.0, Quality.GOOD, "")),
        ("4B 48 00 00 11 40 FF 00 03 DB", (Vital.TEMP, None, Quality.MISSING, "1140")),
    ],
)
def test_a_value_by_its_state_unit_and_range(
    item: str, expected: tuple[Vital, float | None, Quality, str]
) -> None:
    (found,) = parse(result(numeric(1, [captured(item)])))
    assert isinstance(found, Measurement)
    vital, value, quality, word = expected
    assert (found.vital, found.value, found.quality) == (vital, value, quality)
    assert word in found.note
    assert not found.spot


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        (0xFD007D00, 32.0),
        (0xFF000140, 32.0),
        (0x01000140, 3200.0),
        (0x02000020, 3200.0),
        (0xFFFFFFF1, -1.5),
        (0x0000003C, 60.0),
        (0x007FFFFF, None),
        (0x00800000, None),
        (0x007FFFFE, None),
        (0x00800002, None),
    ],
)
def test_published_and_captured_numbers(raw: int, number: float | None) -> None:
    assert read_number(raw) == number


@given(value=st.integers(-8_000_000, 8_000_000), decimals=st.integers(0, 4))
def test_a_number_comes_back_exactly(value: int, decimals: int) -> None:
    assert read_number(make_number(value / 10**decimals, decimals)) == value / 10**decimals


def test_the_captured_empty_result_is_a_frame_that_says_nothing() -> None:
    parser = IntellivueParser()
    assert parser.feed(CAPTURED) == []
    assert parser.counts.frames == 1


def test_the_better_of_two_sources_is_taken() -> None:
    chest = numeric(1, [captured("50 0A 00 00 0A E0 00 00 00 10")])
    airway = numeric(2, [captured("50 12 00 00 0A E0 00 00 00 0E")])
    no_airway = numeric(2, [captured("50 12 80 00 0A E0 00 7F FF FF")])
    assert measured(parse(result(chest, airway))) == [(Vital.RR, 14.0, Quality.GOOD)]
    assert measured(parse(result(no_airway, chest))) == [(Vital.RR, 16.0, Quality.GOOD)]


def test_a_vital_that_goes_away_is_said_to_be_missing_once() -> None:
    parser = IntellivueParser()
    rate = numeric(1, [captured("41 82 00 00 0A A0 00 00 00 3C")])
    parser.feed(result(rate, tick_s=10))
    items = [parser.feed(result(tick_s=10 + second)) for second in range(1, 8)]
    assert [measured(each) for each in items] == [[], [], [(Vital.HR, None, Quality.MISSING)]] + [
        []
    ] * 4


# results in parts


def many(count: int = 40) -> list[bytes]:
    """Objects of which each carries a value that nothing here reads, with a rate at the end."""
    other = [numeric(n, [make_item(Physio.NIBP, Unit.NONE, n)], label="ST") for n in range(count)]
    return [*other, numeric(99, [captured("41 82 00 00 0A A0 00 00 00 3C")])]


def parts_of(data: bytes) -> list[bytes]:
    return [part + b"\xc1" for part in data.split(b"\xc1")[:-1]]


def test_linked_parts_are_joined() -> None:
    data = result(*many())
    assert len(parts_of(data)) == 4
    assert measured(parse(data)) == [(Vital.HR, 60.0, Quality.GOOD)]


@pytest.mark.parametrize("lost", range(4))
def test_a_result_that_lost_a_part_is_not_used_and_the_next_is(lost: int) -> None:
    parts = parts_of(result(*many()))
    parser = IntellivueParser()
    items = parser.feed(b"".join(parts[:lost] + parts[lost + 1 :]))
    items += parser.feed(result(*many(2), tick_s=1))
    assert measured(items) == [(Vital.HR, 60.0, Quality.GOOD)]
    assert any(isinstance(item, Rejected) for item in items)


def test_parts_that_never_end_are_given_up() -> None:
    middle = bytearray(bytes.fromhex("E1 00 00 02 00 05 00 00 02 00 00 01 00 07 00 00"))
    parser = IntellivueParser()
    first = parts_of(result(*many()))[0]
    for _ in range(50):
        parser.feed(first)
        parser.feed(frame(bytes(middle)))
    assert len(parser._reader._parts) <= 1


@pytest.mark.parametrize("place", range(4, 40))
def test_a_wrong_length_or_count_is_refused(place: int) -> None:
    data = bytearray(EXAMPLE[5:-3])
    good_message = bytes(data)
    data[place] ^= 0x40
    try:
        read_message(bytes(data))
    except LayoutError:
        items = parse(frame(bytes(data)))
        assert [type(item) for item in items] == [Rejected]
    assert read_message(good_message)


# the cuff


def test_a_determination_is_given_once_with_its_age() -> None:
    parser = IntellivueParser()
    parser.feed(created())
    items = parser.feed(result(cuff(121, 77, 92, stamp=40), tick_s=10))
    assert measured(items) == good(121, 77, 92)
    assert {i.age_ns for i in items if isinstance(i, Measurement)} == {50 * NS_PER_S}
    for second in range(11, 600):
        assert parser.feed(result(cuff(121, 77, 92, stamp=40), tick_s=second)) == []


def test_equal_numbers_at_another_time_are_a_new_determination() -> None:
    parser = IntellivueParser()
    parser.feed(created() + result(cuff(121, 77, 92, stamp=300), tick_s=1))
    assert measured(parser.feed(result(cuff(121, 77, 92, stamp=0), tick_s=2))) == good(121, 77, 92)


def test_two_determinations_shown_in_turn_are_given_once_each() -> None:
    data = result(cuff(121, 77, 92, stamp=300)) + result(cuff(131, 87, 102, stamp=0))
    assert measured(parse(data * 5)) == good(121, 77, 92) + good(131, 87, 102)


def test_an_old_determination_keeps_its_true_age() -> None:
    stamp = bytes.fromhex("20 21 03 29 12 46 18 00")
    items = parse(created() + result(cuff(121, 77, 92, stamp=stamp), tick_s=1))
    age_s = CLOCK + 1 - (read_stamp_s(stamp) or 0)
    assert {i.age_ns for i in items if isinstance(i, Measurement)} == {age_s * NS_PER_S}
    assert 23 * 86400 < age_s < 25 * 86400


def test_the_time_of_the_poll_itself_is_taken_where_it_is_sent() -> None:
    items = parse(result(cuff(121, 77, 92, stamp=0), clock=make_stamp(CLOCK + 90)))
    assert {i.age_ns for i in items if isinstance(i, Measurement)} == {90 * NS_PER_S}


def test_ticks_that_begin_anew_do_not_change_the_age() -> None:
    wrap_s = (1 << 32) / wire.TICKS_PER_S
    items = parse(
        created(tick_s=wrap_s - 5) + result(cuff(121, 77, 92, stamp=0), tick_s=wrap_s + 15)
    )
    assert {i.age_ns for i in items if isinstance(i, Measurement)} == {20 * NS_PER_S}


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (result(cuff(121, 77, 92, stamp=None), clock=make_stamp(CLOCK)), "does not say when"),
        (result(cuff(121, 77, 92, stamp=0)), "clock is not known"),
        (result(cuff(121, 77, 92, stamp=-90), clock=make_stamp(CLOCK)), "later than"),
    ],
)
def test_an_unknown_age_is_said_in_the_note(data: bytes, word: str) -> None:
    items = parse(data)
    assert measured(items) == good(121, 77, 92)
    assert all(word in i.note and i.age_ns == 0 for i in items if isinstance(i, Measurement))


EARLY = (State.EARLY, State.UNAVAILABLE, State.UNAVAILABLE)


@pytest.mark.parametrize("states", [EARLY, (0, State.UNAVAILABLE, State.UNAVAILABLE)])
def test_an_early_systolic_pressure_waits_for_the_others(states: Sequence[int]) -> None:
    parser = IntellivueParser()
    parser.feed(created() + result(cuff(121, 77, 92, stamp=300), tick_s=1))
    for second in range(2, 21):
        early = cuff(84, None, None, states=states, stamp=0)
        assert parser.feed(result(early, tick_s=second)) == []
    items = parser.feed(result(cuff(83, 46, 58, stamp=0), tick_s=21))
    assert measured(items) == good(83, 46, 58)


def test_a_determination_without_a_result_has_failed() -> None:
    parser = IntellivueParser()
    parser.feed(result(cuff(84, None, None, states=EARLY)))
    failed = cuff(None, None, None, states=[State.INVALID] * 3)
    items = parser.feed(result(failed, tick_s=9)) + parser.feed(result(failed, tick_s=10))
    assert measured(items) == none(Quality.FAILED)


def test_a_determination_that_stays_incomplete_has_failed_once() -> None:
    parser = IntellivueParser()
    early = cuff(84, None, None, states=EARLY)
    items = []
    for second in range(0, 2 * LONGEST_TICKS // wire.TICKS_PER_S):
        items += parser.feed(result(early, tick_s=second))
    assert measured(items) == none(Quality.FAILED)


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (State.INVALID, "invalid"),
        (State.QUESTIONABLE, "questionable"),
        (State.DEMO, "demo mode"),
        (State.TEST, "test data"),
    ],
)
def test_pressures_in_a_bad_state_are_never_values(state: State, word: str) -> None:
    parser = IntellivueParser()
    bad = result(cuff(121, 77, 92, states=[state] * 3, stamp=0), tick_s=1)
    first = parser.feed(bad)
    assert measured(first) == none(Quality.MISSING)
    assert all(word in item.note for item in first if isinstance(item, Measurement))
    assert parser.feed(bad) == []
    newer = parser.feed(result(cuff(121, 77, 92, states=[state] * 3, stamp=-9), tick_s=9))
    assert measured(newer) == none(Quality.FAILED)


def test_one_value_of_a_demo_refuses_all_three() -> None:
    items = parse(result(cuff(121, 77, 92, states=[0, State.DEMO, 0])))
    assert measured(items) == none(Quality.MISSING)


def test_an_old_determination_that_the_monitor_drops_says_nothing() -> None:
    parser = IntellivueParser()
    parser.feed(result(cuff(121, 77, 92), tick_s=1))
    assert parser.feed(result(cuff(None, None, None), tick_s=2)) == []


@pytest.mark.parametrize(
    ("values", "quality"),
    [
        ((121, 77, 77), Quality.FAILED),
        ((77, 121, 92), Quality.FAILED),
        ((121, 0, 60), Quality.FAILED),
        ((300, 77, 92), Quality.IMPLAUSIBLE),
    ],
)
def test_pressures_that_cannot_be(values: tuple[float, float, float], quality: Quality) -> None:
    assert measured(parse(result(cuff(*values)))) == none(quality)


def test_the_pulse_rate_of_the_cuff_is_a_spot_value_given_once() -> None:
    pulse = captured("F0 E5 00 00 0A A0 00 00 00 48")
    data = result(numeric(1, [pulse], stamp=make_stamp(CLOCK)), clock=make_stamp(CLOCK + 3))
    items = parse(data * 3)
    assert len(items) == 1
    (item,) = items
    assert isinstance(item, Measurement)
    assert (item.vital, item.value, item.spot, item.age_ns) == (
        Vital.PR,
        72.0,
        True,
        3 * NS_PER_S,
    )


def test_a_lost_connection_does_not_repeat_a_determination() -> None:
    parser = IntellivueParser()
    data = result(cuff(121, 77, 92, stamp=5), clock=make_stamp(CLOCK))
    assert parser.feed(data)
    parser.forget()
    assert parser.feed(data) == []


# any bytes


def test_no_single_damaged_bit_gives_a_value() -> None:
    for place in range(len(EXAMPLE)):
        for bit in range(8):
            damaged = bytearray(EXAMPLE)
            damaged[place] ^= 1 << bit
            assert measured(parse(bytes(damaged))) == []


def test_every_reading_says_where_its_frame_ends() -> None:
    items = parse(b"\0\0" + EXAMPLE + EXAMPLE)
    ends = {item.end_byte for item in items if isinstance(item, Measurement)}
    assert ends == {2 + len(EXAMPLE), 2 + 2 * len(EXAMPLE)}


@pytest.mark.parametrize("doubled", [False, True])
def test_one_lost_or_doubled_byte_costs_one_frame_at_most(doubled: bool) -> None:
    for place in range(len(EXAMPLE)):
        changed = EXAMPLE[:place] + EXAMPLE[place : place + 1] * 2 * doubled + EXAMPLE[place + 1 :]
        parser = IntellivueParser()
        parser.feed(EXAMPLE + changed + EXAMPLE)
        assert parser.counts.frames >= 2


@given(pieces=st.lists(st.binary(max_size=40) | st.just(EXAMPLE) | st.just(CAPTURED), max_size=8))
def test_every_byte_is_accounted_for_and_cuts_change_nothing(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    whole, cut = IntellivueParser(), IntellivueParser()
    items = whole.feed(data)
    by_byte = [item for byte in data for item in cut.feed(bytes((byte,)))]
    assert items == by_byte
    assert whole.counts == cut.counts
    c = whole.counts
    assert len(data) == c.frame_bytes + c.rejected_bytes + c.skipped_bytes + c.pending_bytes
    whole.finish()
    assert whole.counts.pending_bytes == 0
