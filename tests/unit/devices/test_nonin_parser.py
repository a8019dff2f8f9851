"""The Nonin parser against captured, published and constructed frames, and against damage."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.driver import Measurement, ParserItem, Rejected, Samples
from devices.nonin_oem import wire
from devices.nonin_oem.driver import NoninDriver
from devices.nonin_oem.parser import DataFormat, NoninParser
from devices.nonin_oem.simulator import frames_of
from protocols.vitals import Quality, Vital

CAPTURED = bytes.fromhex(
    "01804900CA 0180464A11 01804400C5 01804300C4"
    "01814300C5 0180434A0E 0180436024 0180439458 01804300C4 01804100C2 01803E17D6 01803C04C1"
    "018039601A 0180366017 0180356016 01803400B5 01803400B5 01803400B5 0180354A00 0180366017"
    "0180376018 01803A00BB 01804000C1 01804A00CB 0180574A22 01806900EA 01807C4A47 0180900011"
    "0180A10022 0181AF0031"
)


def packet(
    rate: int = 72,
    spo2: int = 97,
    *,
    status: int = 0,
    at: range = range(25),
    number: int = 2,
    pleth: int = 60,
    stat2: int = 0,
) -> bytes:
    """25 frames; `status` bits are set in the frames of `at` (from 0)."""
    values = {0: rate >> 7, 1: rate & 0x7F, 2: spo2, 7: stat2}
    sent = b""
    for i in range(25):
        bits = 0x80 | (i == 0) | (status if i in at else 0)
        if number == 2:
            head = bytes((1, bits, pleth, values.get(i, 0)))
        else:
            head = bytes((bits, pleth >> 8, pleth & 0xFF, values.get(i, 0)))
        sent += head + bytes((sum(head) & 0xFF,))
    return sent


def measured(items: list[ParserItem]) -> list[tuple[Vital, float | None, Quality, str]]:
    return [
        (item.vital, item.value, item.quality, item.note)
        for item in items
        if isinstance(item, Measurement)
    ]


def values(items: list[ParserItem]) -> list[tuple[Vital, float | None]]:
    return [(item.vital, item.value) for item in items if isinstance(item, Measurement)]


def pleth(items: list[ParserItem]) -> list[tuple[int, bool]]:
    return [
        (value, item.usable) for item in items if isinstance(item, Samples) for value in item.values
    ]


def rejected(items: list[ParserItem]) -> list[Rejected]:
    return [item for item in items if isinstance(item, Rejected)]


def account(parser: NoninParser) -> int:
    c = parser.counts
    return c.frame_bytes + c.rejected_bytes + c.skipped_bytes + c.pending_bytes


def feed_in_pieces(parser: NoninParser, data: bytes, sizes: list[int]) -> list[ParserItem]:
    items: list[ParserItem] = []
    position = 0
    for size in sizes:
        items += parser.feed(data[position : position + size])
        position += size
    return items + parser.feed(data[position:])


# captured and published bytes


def test_the_capture_gives_rate_74_and_saturation_96() -> None:
    parser = NoninParser()
    items = parser.feed(CAPTURED)
    assert measured(items) == [
        (Vital.PR, 74.0, Quality.GOOD, ""),
        (Vital.SPO2, 96.0, Quality.GOOD, ""),
    ]
    assert rejected(items) == []
    assert parser.counts.frames == 30
    assert parser.counts.frame_bytes == 150
    assert [value for value, _ in pleth(items)][:5] == [0x49, 0x46, 0x44, 0x43, 0x43]
    assert len(pleth(items)) == 30


def test_a_published_frame_with_a_bad_checksum_is_refused_and_named() -> None:
    good = bytes.fromhex("0181010083 01800148CA 01800161E3")
    bad = bytes.fromhex("01800148CB")
    parser = NoninParser()
    assert rejected(parser.feed(good)) == []
    assert parser.counts.frames == 3
    assert rejected(parser.feed(bad)) == [Rejected(reason="bad checksum", data=bad)]
    assert parser.counts.rejected == 1


def test_a_bad_checksum_is_named_before_any_lock_too() -> None:
    bad = bytes.fromhex("01800148CB")
    parser = NoninParser()
    items = parser.feed(bad + CAPTURED)
    assert [item.data for item in rejected(items)] == [bad]
    assert values(items) == [(Vital.PR, 74.0), (Vital.SPO2, 96.0)]


def test_values_of_an_unfinished_packet_are_not_given() -> None:
    assert values(NoninParser().feed(packet()[:-1])) == []


@pytest.mark.parametrize("data_format", ["auto", 7])
def test_format_7_gives_values_and_a_wave_of_16_bits(data_format: DataFormat) -> None:
    parser = NoninParser(data_format)
    items = parser.feed(packet(72, 97, number=7, pleth=4660) * 2)
    assert values(items) == [(Vital.PR, 72.0), (Vital.SPO2, 97.0)] * 2
    assert pleth(items) == [(4660, True)] * 50
    assert {item.full_scale for item in items if isinstance(item, Samples)} == {65535}


def test_an_idle_stream_of_format_7_is_not_locked_at_a_wrong_offset() -> None:
    idle = packet(0, 0, number=7, pleth=0) * 3
    parser = NoninParser(7)
    items = parser.feed(idle[4:])
    assert parser.counts.skipped_bytes % 5 == 1
    assert {item.quality for item in items if isinstance(item, Measurement)} == {Quality.MISSING}


def test_format_7_begins_with_a_sync_frame() -> None:
    parser = NoninParser(7)
    items = parser.feed(packet(number=7)[50:] + packet(80, 95, number=7))
    assert values(items) == [(Vital.PR, 80.0), (Vital.SPO2, 95.0)]
    assert parser.counts.skipped_bytes == 75
    assert parser.counts.frames == 25


def test_the_sample_interval_is_that_of_75_a_second() -> None:
    (samples,) = (i for i in NoninParser().feed(CAPTURED) if isinstance(i, Samples))
    assert (samples.interval_ns, samples.full_scale) == (13_333_333, 255)


# what the status bits and the missing values mean

NO_VALUE = [
    (wire.SENSOR_DISCONNECTED, Quality.SENSOR_FAULT),
    (wire.SENSOR_ALARM, Quality.SENSOR_OFF),
    (wire.OUT_OF_TRACK, Quality.SEARCHING),
    (wire.SENSOR_ALARM | wire.OUT_OF_TRACK, Quality.SENSOR_OFF),
    (wire.SENSOR_DISCONNECTED | wire.SENSOR_ALARM, Quality.SENSOR_FAULT),
    (wire.OUT_OF_TRACK | wire.ARTIFACT, Quality.SEARCHING),
]


@pytest.mark.parametrize(("status", "quality"), NO_VALUE)
def test_held_values_are_never_given_while_a_bit_says_unusable(
    status: int, quality: Quality
) -> None:
    parser = NoninParser()
    items = parser.feed(packet() + packet(72, 98, status=status))
    given_later = measured(items)[2:]
    assert {(value, said) for _, value, said, _ in given_later} == {(None, quality)}
    assert {vital for vital, *_ in given_later} == {Vital.PR, Vital.SPO2}
    assert [usable for _, usable in pleth(items)] == [True] * 25 + [False] * 25


def test_a_bit_set_in_one_frame_alone_spoils_the_packet() -> None:
    items = NoninParser().feed(packet(status=wire.OUT_OF_TRACK, at=range(20, 21)))
    assert {value for _, value in values(items)} == {None}


def test_sensor_off_is_given_at_the_frame_that_says_it() -> None:
    parser = NoninParser()
    parser.feed(packet())
    off = packet(status=wire.SENSOR_ALARM, at=range(5, 25))
    assert values(parser.feed(off[: 5 * 5])) == []
    assert measured(parser.feed(off[5 * 5 : 6 * 5])) == [
        (Vital.PR, None, Quality.SENSOR_OFF, "finger removed or sensor not usable"),
        (Vital.SPO2, None, Quality.SENSOR_OFF, "finger removed or sensor not usable"),
    ]


def test_values_return_with_the_first_clean_packet() -> None:
    parser = NoninParser()
    parser.feed(packet(status=wire.SENSOR_ALARM))
    assert values(parser.feed(packet())) == [(Vital.PR, 72.0), (Vital.SPO2, 97.0)]


@pytest.mark.parametrize(
    ("status", "note"),
    [
        (wire.ARTIFACT, "artifact"),
        (wire.RED, "low perfusion"),
        (wire.YELLOW, "marginal perfusion"),
        (wire.RED | wire.ARTIFACT, "artifact, low perfusion"),
    ],
)
def test_doubtful_values_are_given_with_the_doubt(status: int, note: str) -> None:
    items = NoninParser().feed(packet(status=status, at=range(8, 20)))
    assert measured(items) == [
        (Vital.PR, 72.0, Quality.LOW, note),
        (Vital.SPO2, 97.0, Quality.LOW, note),
    ]


def test_green_perfusion_is_good() -> None:
    items = NoninParser().feed(packet(status=wire.GREEN, at=range(3, 15)))
    assert {quality for *_, quality, _ in measured(items)} == {Quality.GOOD}


def test_the_colour_of_a_pulse_holds_until_the_next_pulse_and_no_longer_than_3_s() -> None:
    parser = NoninParser()
    parser.feed(packet(status=wire.RED))
    for _ in range(9):
        assert {item[2] for item in measured(parser.feed(packet()))} == {Quality.LOW}
    assert {item[2] for item in measured(parser.feed(packet()))} == {Quality.GOOD}
    parser.feed(packet(status=wire.RED))
    parser.feed(packet(status=wire.GREEN))
    assert {item[2] for item in measured(parser.feed(packet()))} == {Quality.GOOD}


@pytest.mark.parametrize(
    ("rate", "spo2", "expected"),
    [
        (511, 97, [(None, Quality.MISSING), (97.0, Quality.GOOD)]),
        (72, 127, [(72.0, Quality.GOOD), (None, Quality.MISSING)]),
        (0, 0, [(None, Quality.MISSING)] * 2),
        (17, 101, [(None, Quality.IMPLAUSIBLE)] * 2),
        (322, 255, [(None, Quality.IMPLAUSIBLE)] * 2),
        (128, 100, [(128.0, Quality.GOOD), (100.0, Quality.GOOD)]),
        (321, 1, [(321.0, Quality.GOOD), (1.0, Quality.GOOD)]),
        (18, 70, [(18.0, Quality.GOOD), (70.0, Quality.GOOD)]),
    ],
)
def test_missing_and_implausible_values_are_none(
    rate: int, spo2: int, expected: list[tuple[float | None, Quality]]
) -> None:
    items = measured(NoninParser().feed(packet(rate, spo2)))
    assert [(value, quality) for _, value, quality, _ in items] == expected


def test_low_battery_is_a_note_and_other_bits_of_stat2_are_not() -> None:
    items = measured(NoninParser().feed(packet(stat2=0x01) + packet(stat2=0x04)))
    assert [(quality, note) for *_, quality, note in items] == [
        (Quality.GOOD, "low battery"),
        (Quality.GOOD, "low battery"),
        (Quality.GOOD, ""),
        (Quality.GOOD, ""),
    ]


# strict order


def test_a_lost_frame_never_shifts_values_into_the_wrong_place() -> None:
    whole = packet(72, 97)
    for lost in range(25):
        parser = NoninParser()
        parser.feed(packet(80, 99))
        items = parser.feed(whole[: lost * 5] + whole[lost * 5 + 5 :] + packet(80, 99))
        assert values(items) == [(Vital.PR, 80.0), (Vital.SPO2, 99.0)], lost
        assert rejected(items), lost


def test_a_missing_sync_loses_the_lock_and_is_named() -> None:
    parser = NoninParser()
    parser.feed(packet())
    frame = bytes.fromhex("01804900CA")
    assert rejected(parser.feed(frame)) == [
        Rejected(reason="packet does not begin with SYNC", data=frame)
    ]


def test_a_new_connection_never_joins_two_packets() -> None:
    driver = NoninDriver()
    driver.connect(0)
    driver.receive(1, packet() + packet(200, 60)[:10])
    assert driver.connect(2) == []
    items = driver.receive(3, packet(72, 97)[10:] + packet(72, 97))
    assert [(i.vital, i.value) for i in items if isinstance(i, Measurement)] == [
        (Vital.PR, 72.0),
        (Vital.SPO2, 97.0),
    ]
    assert driver.next_deadline_ns is None
    assert driver.counts.frames == 25 + 2 + 23 + 25


# properties

_STATUSES = st.sampled_from(
    [0, wire.GREEN, wire.RED, wire.YELLOW, wire.ARTIFACT, *(status for status, _ in NO_VALUE)]
)


@st.composite
def streams(draw: st.DrawFn, number: int = 2) -> bytes:
    """Some packets with any values and status, with or without noise between them."""
    sent = b""
    for _ in range(draw(st.integers(1, 4))):
        sent += packet(
            draw(st.integers(0, 511)),
            draw(st.integers(0, 127)),
            status=draw(_STATUSES),
            at=range(draw(st.integers(0, 24)), 25),
            number=number,
            pleth=draw(st.integers(0, 255)),
        )
        sent += draw(st.sampled_from([b"", b"\x01\x80", b"\x00\xff\x81", bytes(7)]))
    return sent


@given(
    stream=streams(2) | streams(7) | st.binary(max_size=300),
    sizes=st.lists(st.integers(0, 40)),
    data_format=st.sampled_from(["auto", 2, 7]),
)
def test_bytes_cut_anywhere_give_the_identical_items(
    stream: bytes, sizes: list[int], data_format: DataFormat
) -> None:
    whole, cut = NoninParser(data_format), NoninParser(data_format)
    at_once = whole.feed(stream)
    in_pieces = feed_in_pieces(cut, stream, sizes)
    assert measured(in_pieces) == measured(at_once)
    assert rejected(in_pieces) == rejected(at_once)
    assert pleth(in_pieces) == pleth(at_once)
    assert cut.counts == whole.counts


def test_byte_by_byte_gives_what_the_whole_capture_gives() -> None:
    parser = NoninParser()
    items = feed_in_pieces(parser, CAPTURED, [1] * 150)
    assert values(items) == [(Vital.PR, 74.0), (Vital.SPO2, 96.0)]
    assert len(pleth(items)) == 30


@given(
    pieces=st.lists(st.binary(max_size=80) | streams(2) | streams(7), max_size=6),
    data_format=st.sampled_from(["auto", 2, 7]),
)
def test_noise_never_raises_and_every_byte_is_accounted_for(
    pieces: list[bytes], data_format: DataFormat
) -> None:
    parser = NoninParser(data_format)
    fed = refused = 0
    for piece in pieces:
        items = parser.feed(piece)
        fed += len(piece)
        refused += sum(len(item.data) for item in rejected(items))
        assert account(parser) == fed
        assert parser.counts.pending_bytes < 130
        assert all(
            0 <= item.value <= 321
            for item in items
            if isinstance(item, Measurement) and item.value is not None
        )
    assert parser.counts.rejected_bytes == refused


@given(before=st.binary(max_size=60), after=st.binary(max_size=60))
def test_garbage_around_a_stream_does_not_change_its_values(before: bytes, after: bytes) -> None:
    parser = NoninParser(2)
    items = parser.feed(before + packet(72, 97) + packet(75, 95) + packet(80, 90) + after)
    # the garbage may look like the beginning of a frame and cost the first packet, never more
    assert values(items)[-4:] == [
        (Vital.PR, 75.0),
        (Vital.SPO2, 95.0),
        (Vital.PR, 80.0),
        (Vital.SPO2, 90.0),
    ]


@given(lost=st.integers(0, 4 * 125 - 1), number=st.sampled_from([2, 7]))
def test_a_lost_byte_loses_one_packet_at_most(lost: int, number: int) -> None:
    rates = (72, 75, 80, 85)
    stream = b"".join(packet(rate, 97, number=number) for rate in rates)
    parser = NoninParser(2 if number == 2 else 7)
    parser.feed(packet(60, 97, number=number))
    items = parser.feed(stream[:lost] + stream[lost + 1 :] + packet(90, 97, number=number))
    seen = [value for vital, value in values(items) if vital is Vital.PR]
    assert set(seen) <= {*map(float, rates), 90.0}
    assert len(seen) >= len(rates)


@settings(max_examples=150)
@given(bit=st.integers(0, 3 * 125 * 8 - 1), number=st.sampled_from([2, 7]))
def test_a_flipped_bit_never_makes_a_wrong_value(bit: int, number: int) -> None:
    stream = bytearray(b"".join(packet(rate, 97, number=number) for rate in (72, 200, 140)))
    stream[bit // 8] ^= 1 << bit % 8
    parser = NoninParser(2 if number == 2 else 7)
    items = parser.feed(packet(60, 97, number=number) + bytes(stream))
    for vital, value, quality, _ in measured(items):
        assert quality is Quality.GOOD
        assert value in ((97.0,) if vital is Vital.SPO2 else (60.0, 72.0, 200.0, 140.0))
    assert len(values(items)) == 6
    assert parser.counts.rejected >= 1


def test_a_real_recording_comes_through_whole(recordings: Path) -> None:
    path = recordings / "13_nonin_pleth75" / "nonin_ppg_75hz.csv"
    if not path.is_file():
        pytest.skip("the 75 Hz recording is not here")
    recorded = [int(line) for line in path.read_text().splitlines()[1:]]
    recorded = recorded[: len(recorded) // 25 * 25]
    parser = NoninParser()
    stream = frames_of(recorded, 74, 96)
    items = [item for i in range(0, len(stream), 15) for item in parser.feed(stream[i : i + 15])]
    assert [value for value, _ in pleth(items)] == recorded
    assert parser.counts.frames == len(recorded)
    assert parser.counts.rejected == parser.counts.skipped_bytes == 0
    assert set(values(items)) == {(Vital.PR, 74.0), (Vital.SPO2, 96.0)}
    assert len(values(items)) == 2 * len(recorded) // 25
