"""The 5-byte frames, as BCI and as Contec send them: values, signs, damage, trust."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.berry_bci.driver import BciDriver
from devices.berry_bci.parser import BciParser
from devices.contec_cms50.parser import ContecParser
from devices.driver import DriverItem, Measurement, ParserItem, Rejected, Samples
from devices.five_byte_frames import LOCK_FRAMES, encode_frame
from devices.oximeter_stream import GROUP_LIMIT, UNLOCK_GROUPS, OximeterParser
from protocols.vitals import Quality, Vital

CONSTRUCTED = bytes.fromhex("8540074862 C65A4A0C61 9000507F7F")
PARSERS = pytest.mark.parametrize("make", [BciParser, ContecParser])
ANY_PARSER = st.sampled_from([BciParser, ContecParser])


def frame(
    rate: int = 72, spo2: int = 97, *, first: int = 5, third: int = 7, wave: int = 64
) -> bytes:
    return encode_frame(first=first, wave=wave, third=third, rate_bpm=rate, spo2_percent=spo2)


def read(parser: OximeterParser, data: bytes) -> list[ParserItem]:
    return [*parser.feed(data), *parser.finish()]


def said(items: list[ParserItem] | list[DriverItem]) -> list[tuple[Vital, float | None, Quality]]:
    return [(i.vital, i.value, i.quality) for i in items if isinstance(i, Measurement)]


def rates(items: list[ParserItem] | list[DriverItem]) -> list[float | None]:
    return [value for vital, value, _ in said(items) if vital is Vital.PR]


def pleth(items: list[ParserItem]) -> list[tuple[int, bool]]:
    return [(value, i.usable) for i in items if isinstance(i, Samples) for value in i.values]


def refused(items: list[ParserItem]) -> list[Rejected]:
    return [item for item in items if isinstance(item, Rejected)]


def account(parser: OximeterParser) -> int:
    c = parser.counts
    return c.frame_bytes + c.rejected_bytes + c.skipped_bytes + c.pending_bytes


# the constructed frames of both layouts


@PARSERS
def test_three_frames_alone_are_taken_at_their_word(make: type[OximeterParser]) -> None:
    parser = make()
    items = read(parser, CONSTRUCTED)
    assert said(items) == [
        (Vital.PR, 72.0, Quality.GOOD),
        (Vital.SPO2, 98.0, Quality.GOOD),
        (Vital.PR, 140.0, Quality.GOOD),
        (Vital.SPO2, 97.0, Quality.GOOD),
        (Vital.PR, None, Quality.SENSOR_OFF),
        (Vital.SPO2, None, Quality.SENSOR_OFF),
    ]
    assert [i.end_byte for i in items if isinstance(i, Measurement)] == [5, 5, 10, 10, 15, 15]
    assert pleth(items) == [(64, True), (90, True), (0, False)]
    assert parser.counts.frames == 3


@PARSERS
@pytest.mark.parametrize("cut", [1, 4, 6, 14])
def test_a_short_capture_with_half_a_frame_is_not_believed(
    make: type[OximeterParser], cut: int
) -> None:
    for data in (CONSTRUCTED[:cut], CONSTRUCTED[-cut:] + b"\x85"):
        parser = make()
        assert said(read(parser, data)) == []
        assert parser.counts.frames == 0
        assert parser.counts.skipped_bytes == len(data)


@pytest.mark.parametrize(
    ("make", "first", "third", "quality"),
    [
        (BciParser, 0x00, 0x10, Quality.SENSOR_OFF),
        (BciParser, 0x00, 0x20, Quality.SEARCHING),
        (BciParser, 0x10, 0x00, Quality.SEARCHING),
        (BciParser, 0x20, 0x00, Quality.SENSOR_FAULT),
        (BciParser, 0x30, 0x30, Quality.SENSOR_FAULT),
        (BciParser, 0x10, 0x30, Quality.SENSOR_OFF),
        (ContecParser, 0x00, 0x10, Quality.SENSOR_OFF),
        (ContecParser, 0x00, 0x20, Quality.SEARCHING),
        (ContecParser, 0x10, 0x00, Quality.SEARCHING),
        (ContecParser, 0x10, 0x30, Quality.SENSOR_OFF),
    ],
)
def test_each_sign_hides_held_values(
    make: type[OximeterParser], first: int, third: int, quality: Quality
) -> None:
    items = read(make(), frame() * 20 + frame(first=first, third=third) * 20)
    assert said(items)[-2:] == [(Vital.PR, None, quality), (Vital.SPO2, None, quality)]
    assert [usable for _, usable in pleth(items)] == [True] * 20 + [False] * 20


def test_the_first_contec_says_that_saturation_drops_and_shows_it() -> None:
    items = read(ContecParser(), frame(first=0x25))
    assert [(i.value, i.note) for i in items if isinstance(i, Measurement)] == [
        (72.0, "monitor's own sign: SpO2 low or dropping"),
        (97.0, "monitor's own sign: SpO2 low or dropping"),
    ]


@PARSERS
@pytest.mark.parametrize(
    ("rate", "spo2", "expected"),
    [
        (255, 127, [(None, Quality.MISSING), (None, Quality.MISSING)]),
        (0, 0, [(None, Quality.MISSING), (None, Quality.MISSING)]),
        (127, 100, [(127.0, Quality.GOOD), (100.0, Quality.GOOD)]),
        (128, 1, [(128.0, Quality.GOOD), (1.0, Quality.GOOD)]),
        (254, 101, [(254.0, Quality.GOOD), (None, Quality.IMPLAUSIBLE)]),
        (17, 126, [(None, Quality.IMPLAUSIBLE), (None, Quality.IMPLAUSIBLE)]),
    ],
)
def test_missing_and_implausible_values_are_none(
    make: type[OximeterParser],
    rate: int,
    spo2: int,
    expected: list[tuple[float | None, Quality]],
) -> None:
    items = read(make(), frame(rate, spo2))
    assert [(value, quality) for _, value, quality in said(items)] == expected


# how often readings are given


@pytest.mark.parametrize(("make", "frames_per_s"), [(BciParser, 100), (ContecParser, 60)])
def test_unchanged_values_are_given_once_a_second(
    make: type[OximeterParser], frames_per_s: int
) -> None:
    items = read(make(), frame() * (10 * frames_per_s))
    ends = [i.end_byte for i in items if isinstance(i, Measurement) and i.vital is Vital.PR]
    assert ends == [5 + 5 * frames_per_s * second for second in range(10)]


@PARSERS
def test_a_change_and_a_lost_finger_are_given_at_their_frame(make: type[OximeterParser]) -> None:
    parser = make()
    parser.feed(frame() * 30)
    items = parser.feed(frame(73) * 10 + frame(255, 127, third=0x10) * 2)
    ends = [(i.value, i.end_byte) for i in items if isinstance(i, Measurement)]
    assert ends == [(73.0, 155), (97.0, 155), (None, 205), (None, 205)]


# trust


@PARSERS
def test_a_stream_locks_anywhere_and_counts_the_frames_of_the_lock(
    make: type[OximeterParser],
) -> None:
    parser = make()
    stream = frame() * (LOCK_FRAMES + 1)
    assert said(parser.feed(stream[2:])) == []
    assert rates(parser.feed(b"\x85")) == [72.0]
    assert parser.counts.frames == LOCK_FRAMES
    assert parser.counts.skipped_bytes == 3


@PARSERS
def test_frames_of_a_nonin_module_never_lock(make: type[OximeterParser]) -> None:
    chance = random.Random(5)
    two, seven = bytearray(), bytearray()
    for number in range(75 * 60):
        status = 0x80 | (number % 25 == 0)
        value = (0, 72, 97)[number % 25] if number % 25 < 3 else 0
        wave = chance.randrange(128)
        for head, sent in (
            ((1, status, wave, value), two),
            ((status, wave, chance.randrange(128), value), seven),
        ):
            sent += bytes((*head, sum(head) & 0xFF))
    for data in (two, seven):
        parser = make()
        assert read(parser, bytes(data)) == []
        assert parser.counts.frames == 0


@PARSERS
def test_random_bytes_never_give_anything(make: type[OximeterParser]) -> None:
    parser = make()
    assert read(parser, random.Random(11).randbytes(200_000)) == []
    assert parser.counts.frames == 0


@PARSERS
def test_noise_after_a_stream_ends_the_lock(make: type[OximeterParser]) -> None:
    parser = make()
    parser.feed(frame() * 20)
    assert parser.format_name
    parser.feed(b"\x85\x01" * (UNLOCK_GROUPS + 1))
    assert parser.format_name == ""


@PARSERS
def test_a_long_stretch_without_a_start_is_refused_in_pieces(make: type[OximeterParser]) -> None:
    parser = make()
    parser.feed(frame() * 20)
    items = parser.feed(bytes(10_000))
    assert {len(item.data) for item in refused(items)} == {GROUP_LIMIT}
    assert account(parser) == 100 + 10_000
    assert parser.counts.pending_bytes <= GROUP_LIMIT


# damage

_STREAM = b"".join(frame(70 + i % 3, 95 + i % 4, wave=i % 128) for i in range(60))


@given(at=st.integers(0, 60 * 5 - 1), doubled=st.booleans(), make=ANY_PARSER)
def test_a_lost_or_doubled_byte_costs_two_frames_at_most_and_no_value_is_wrong(
    at: int, doubled: bool, make: type[OximeterParser]
) -> None:
    again = _STREAM[at : at + 1] if doubled else b""
    damaged = _STREAM[:at] + again * 2 + _STREAM[at + 1 :]
    parser = make()
    parser.feed(frame() * 20)
    items = read(parser, damaged + frame() * 2)
    assert parser.counts.frames >= 82 - 2
    pairs = {(70.0 + i % 3, 95.0 + i % 4) for i in range(12)} | {(72.0, 97.0)}
    values = [value for _, value, _ in said(items)]
    assert set(zip(values[::2], values[1::2], strict=True)) <= pairs


@given(bits=st.sets(st.integers(0, 60 * 40 - 1), max_size=6))
def test_the_driver_shows_no_value_that_one_frame_alone_said(bits: set[int]) -> None:
    stream = bytearray(frame(72, 97) * 60)
    for bit in {bit // 160: bit for bit in bits}.values():
        stream[bit // 8] ^= 1 << bit % 8
    driver = BciDriver()
    driver.connect(0)
    driver.receive(1, frame(72, 97) * 300)
    items = driver.receive(2, bytes(stream) + frame(72, 97) * 4)
    assert {value for vital, value, _ in said(items) if vital is Vital.PR} <= {72.0, None}
    assert {value for vital, value, _ in said(items) if vital is Vital.SPO2} <= {97.0, None}


def test_the_driver_reports_what_it_did_not_believe() -> None:
    driver = BciDriver()
    driver.connect(0)
    driver.receive(1, frame() * 350)
    items = driver.receive(2, frame(200) * 2 + frame() * 3)
    assert rates(items) == []
    assert [i.reason for i in items if isinstance(i, Rejected)] == [
        "values that fewer than 3 frames in a row said"
    ]


def test_the_first_values_of_a_connection_wait_for_a_second_that_agrees() -> None:
    driver = BciDriver()
    assert driver.connect(0) == []
    first = driver.receive(1, frame() * 50)
    assert rates(first) == [None]
    assert {i.note for i in first if isinstance(i, Measurement)} == {
        "waits for a second value that agrees: PR 72 /min",
        "waits for a second value that agrees: SpO2 97 %",
    }
    assert rates(driver.receive(2, frame() * 70)) == [72.0]
    assert driver.next_deadline_ns is None
    assert driver.connect(3) == []
    assert rates(driver.receive(4, frame() * 50)) == [None]


# properties


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    sent = b""
    for _ in range(draw(st.integers(0, 6))):
        one = frame(
            draw(st.integers(0, 255)),
            draw(st.integers(0, 127)),
            first=draw(st.integers(0, 127)),
            third=draw(st.integers(0, 127)),
        )
        sent += one * draw(st.sampled_from([1, 2, 15, 70]))
        sent += draw(st.sampled_from([b"", b"\x01", b"\x85\x85", bytes(70), b"\xff" * 7]))
    return draw(st.binary(max_size=9)) + sent


@given(
    stream=streams(),
    sizes=st.lists(st.integers(0, 40)),
    make=ANY_PARSER,
    steady_frames=st.sampled_from([1, 3]),
)
def test_bytes_cut_anywhere_give_the_identical_items(
    stream: bytes, sizes: list[int], make: type[BciParser], steady_frames: int
) -> None:
    whole, cut = make(steady_frames=steady_frames), make(steady_frames=steady_frames)
    at_once = whole.feed(stream)
    in_pieces: list[ParserItem] = []
    at = 0
    for size in [*sizes, len(stream)]:
        in_pieces += cut.feed(stream[at : at + size])
        at += size
    assert cut.counts == whole.counts
    at_once += whole.finish()
    in_pieces += cut.finish()
    assert cut.counts == whole.counts
    assert account(whole) == len(stream)
    for kind in (Measurement, Rejected):
        first = [item for item in at_once if isinstance(item, kind)]
        second = [item for item in in_pieces if isinstance(item, kind)]
        assert first == second
        ends = [[i.end_byte for i in x if isinstance(i, Measurement)] for x in (first, second)]
        assert ends[0] == ends[1]
    assert pleth(in_pieces) == pleth(at_once)
