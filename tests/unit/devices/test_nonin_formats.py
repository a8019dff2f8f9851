"""Nonin formats 1, 8 and 13, short captures of every format, and that no format takes another's."""

from __future__ import annotations

import random
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.decoding import decode
from devices.driver import Measurement, ParserItem, Rejected
from devices.nonin_oem.frames import second_frame, spot_check_frame
from devices.nonin_oem.parser import DataFormat, NoninParser
from devices.nonin_oem.simulator import encode_vitals, frames_of
from protocols.vitals import NS_PER_S, VITALS, Quality, Vital

Number = Literal[1, 2, 7, 8, 13]
Said = tuple[Vital, float | None, Quality, str]
NUMBERS: list[Number] = [1, 2, 7, 8, 13]
SPOT_CHECK = bytes.fromhex("0002000D000E 20240315 10223000 0200 0048 00 62 6A 03")
AT = "at 2024-03-15 10:22:30 by the unit's clock"


def said(items: list[ParserItem]) -> list[Said]:
    return [(i.vital, i.value, i.quality, i.note) for i in items if isinstance(i, Measurement)]


def values(items: list[ParserItem]) -> list[float | None]:
    return [item.value for item in items if isinstance(item, Measurement)]


def whole(data: bytes, data_format: DataFormat = "auto") -> list[ParserItem]:
    """What a capture of `data` gives."""
    parser = NoninParser(data_format)
    return parser.feed(data) + parser.finish()


def both(value: float | None, quality: Quality, note: str = "") -> list[Said]:
    return [(vital, value, quality, note) for vital in (Vital.PR, Vital.SPO2)]


def good(rate: float, saturation: float, note: str = "") -> list[Said]:
    return [
        (Vital.PR, rate, Quality.GOOD, note),
        (Vital.SPO2, saturation, Quality.GOOD, note),
    ]


def stream(number: Number, rate: int = 72, saturation: int = 98, seconds: int = 8) -> bytes:
    record = {Vital.PR: float(rate), Vital.SPO2: float(saturation)}
    return b"".join(encode_vitals(record, t * NS_PER_S, data_format=number) for t in range(seconds))


# formats 1 and 8: published and constructed frames


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ("80486200", good(72, 98)),
        ("810C6120", good(140, 97, "SmartPoint")),
        ("C37F7F00", both(None, Quality.SENSOR_FAULT, "sensor disconnected")),
        ("A0486208", both(None, Quality.SENSOR_OFF, "finger removed or sensor not usable")),
        ("A0486200", both(None, Quality.SEARCHING, "out of track: looking for a pulse")),
        ("80486208", both(None, Quality.SENSOR_OFF, "finger removed or sensor not usable")),
        ("837F7F00", both(None, Quality.MISSING, "no value")),
        ("80486201", good(72, 98, "low battery")),
        ("80486206", good(72, 98, "battery critical: the unit will turn off, spot-check mode")),
        ("804862", good(72, 98)),
        ("810C61", good(140, 97)),
        ("C37F7F", both(None, Quality.SENSOR_FAULT, "sensor disconnected")),
        ("A04862", both(None, Quality.SEARCHING, "out of track: looking for a pulse")),
    ],
)
def test_a_single_frame_that_is_the_whole_capture_is_believed(
    frame: str, expected: list[Said]
) -> None:
    assert said(whole(bytes.fromhex(frame))) == expected


@pytest.mark.parametrize(
    ("bits", "note"),
    [
        (0x04, "artifact"),
        (0x10, "low perfusion"),
        (0x08, "marginal perfusion"),
        (0x14, "artifact, low perfusion"),
    ],
)
@pytest.mark.parametrize("flags", [None, 0])
def test_doubtful_values_are_given_with_the_doubt(bits: int, note: str, flags: int | None) -> None:
    items = said(whole(second_frame(bits, 72, 98, flags)))
    assert items == [
        (Vital.PR, 72.0, Quality.LOW, note),
        (Vital.SPO2, 98.0, Quality.LOW, note),
    ]


def test_a_short_capture_of_frames_that_differ_is_believed_frame_by_frame() -> None:
    items = whole(bytes.fromhex("80486200 810C6120 C37F7F00 A0486208"))
    assert values(items) == [72, 98, 140, 97, None, None, None, None]


@pytest.mark.parametrize("number", [1, 8])
def test_a_stream_is_locked_by_five_frames_that_agree_and_they_count(number: Number) -> None:
    parser = NoninParser()
    sent = stream(number)
    size = len(sent) // 8
    assert parser.feed(sent[: 5 * size - 1]) == []
    assert values(parser.feed(sent[5 * size - 1 : 5 * size])) == [72, 98] * 5
    assert values(parser.feed(sent[5 * size :])) == [72, 98] * 3
    assert parser.counts.frames == 8
    assert not parser.has_checksum
    assert parser.bytes_per_s == size


@pytest.mark.parametrize("number", [1, 8])
def test_frames_that_do_not_agree_never_lock(number: Number) -> None:
    sent = b"".join(stream(number, 60 + 20 * (i % 2), 97, 1) for i in range(20))
    parser = NoninParser()
    assert values(parser.feed(sent) + parser.finish()) == []
    assert parser.counts.frames == 0


@pytest.mark.parametrize("number", [1, 8])
def test_a_jump_is_believed_once_another_frame_follows_it(number: Number) -> None:
    parser = NoninParser()
    parser.feed(stream(number))
    jump, after = stream(number, 120, 80, 1), stream(number, 121, 81, 1)
    assert parser.feed(jump) == []
    assert values(parser.feed(after[:1])) == [120, 80]
    assert values(parser.feed(after[1:])) == [121, 81]


@pytest.mark.parametrize("number", [1, 8])
@pytest.mark.parametrize("times", [0, 2])
def test_a_lost_or_doubled_byte_gives_no_wrong_value_and_costs_two_frames_at_most(
    number: Number, times: int
) -> None:
    sent = stream(number, 72, 98, 20)
    size = len(sent) // 20
    for at in range(7 * size, 13 * size):
        parser = NoninParser()
        items = parser.feed(sent[:at] + sent[at : at + 1] * times + sent[at + 1 :])
        assert set(values(items + parser.finish())) == {72, 98}, at
        assert parser.counts.frames >= 18, at


@pytest.mark.parametrize(("rate", "saturation"), [(17, 101), (400, 110)])
def test_implausible_values_of_a_locked_stream_are_none(rate: int, saturation: int) -> None:
    parser = NoninParser()
    parser.feed(stream(8))
    odd = second_frame(0, rate, saturation, 0) if saturation < 128 else b""
    items = said(parser.feed(odd + stream(8)))[:2]
    assert [(value, quality) for _, value, quality, _ in items] == [(None, Quality.IMPLAUSIBLE)] * 2


def test_zero_is_missing_in_a_locked_stream() -> None:
    parser = NoninParser()
    parser.feed(stream(1))
    items = said(parser.feed(second_frame(0, 0, 0) + stream(1)))[:2]
    assert items == both(None, Quality.MISSING, "no value")


def test_a_reserved_bit_makes_a_frame_of_format_8_none() -> None:
    parser = NoninParser()
    parser.feed(stream(8))
    items = parser.feed(bytes.fromhex("80486240"))
    assert [item.reason for item in items if isinstance(item, Rejected)] == ["no frame header"]


# format 13


def test_a_spot_check_gives_spot_values_with_the_units_own_date() -> None:
    parser = NoninParser()
    items = parser.feed(SPOT_CHECK)
    assert said(items) == good(72, 98, f"SmartPoint, {AT}")
    assert all(item.spot for item in items if isinstance(item, Measurement))
    assert parser.counts.frames == 1
    assert parser.bytes_per_s is None
    assert parser.has_checksum


def spot_check(high: int, low: int, rate: int = 72, saturation: int = 98) -> bytes:
    data = SPOT_CHECK[6:14] + bytes((high, low, rate >> 8, rate & 255, 0, saturation))
    return SPOT_CHECK[:6] + data + bytes((sum(data) & 0xFF, 3))


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (
            spot_check(0, 0),
            [
                (Vital.PR, 72.0, Quality.LOW, f"SmartPoint not reached, {AT}"),
                (Vital.SPO2, 98.0, Quality.LOW, f"SmartPoint not reached, {AT}"),
            ],
        ),
        (spot_check(2, 1), good(72, 98, f"SmartPoint, {AT}, low battery")),
        (
            spot_check(1, 0, 511, 127),
            both(None, Quality.MISSING, f"no measurement, {AT}"),
        ),
        (spot_check(2, 0, 511, 127), both(None, Quality.MISSING, f"no value, SmartPoint, {AT}")),
        (
            spot_check(2, 0x10),
            both(None, Quality.HELD, f"from the unit's memory: PR 72 /min, SpO2 98 %, {AT}"),
        ),
        (
            spot_check(0, 0x10, 511, 127),
            both(None, Quality.HELD, f"from the unit's memory: PR -- /min, SpO2 -- %, {AT}"),
        ),
    ],
)
def test_what_a_spot_check_says_of_itself_is_carried(frame: bytes, expected: list[Said]) -> None:
    items = NoninParser().feed(frame)
    assert said(items) == expected
    assert all(item.spot for item in items if isinstance(item, Measurement))


def test_a_rate_with_a_reserved_bit_is_not_plausible() -> None:
    items = said(NoninParser().feed(spot_check(2, 0, 0x248, 98)))
    assert [quality for *_, quality, _ in items] == [Quality.IMPLAUSIBLE, Quality.GOOD]


def test_a_clock_that_was_never_set_is_said_and_costs_no_value() -> None:
    data = bytes(8) + SPOT_CHECK[14:20]
    frame = SPOT_CHECK[:6] + data + bytes((sum(data) & 0xFF, 3))
    assert said(NoninParser().feed(frame)) == good(72, 98, "SmartPoint, without a valid date")


def test_data_that_has_grown_is_read_by_its_length() -> None:
    data = SPOT_CHECK[6:20] + b"\x11\x22"
    frame = SPOT_CHECK[:5] + bytes((len(data),)) + data + bytes((sum(data) & 0xFF, 3))
    parser = NoninParser()
    assert values(parser.feed(frame + SPOT_CHECK)) == [72, 98, 72, 98]
    assert parser.counts.frame_bytes == 46


def test_no_flipped_bit_of_a_spot_check_gives_a_value() -> None:
    for bit in range(len(SPOT_CHECK) * 8):
        damaged = bytearray(SPOT_CHECK)
        damaged[bit // 8] ^= 1 << bit % 8
        parser = NoninParser()
        items = parser.feed(bytes(damaged) + SPOT_CHECK) + parser.finish()
        assert values(items) == [72, 98], bit
        assert parser.counts.frames == 1, bit


# short captures of formats 2 and 7


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("0181010083 01800148CA 01800161E3", [72, 97]),
        ("81123400C7 801250482A 8012626155", [72, 97]),
        ("0181010083 01800148CA", []),
        ("0181010083 01800148CA 01800161E3 01800148CB", []),
        ("01800148CA 01800161E3 0180010082", []),
        ("C880007FC7", [None, None]),
    ],
)
def test_the_first_frames_of_a_packet_are_believed_only_as_the_whole_capture(
    data: str, expected: list[float | None]
) -> None:
    assert values(whole(bytes.fromhex(data))) == expected


def test_a_packet_cut_by_the_end_of_a_longer_capture_is_not_believed() -> None:
    sent = frames_of([60] * 60, 72, 97)
    assert values(whole(sent)) == [72, 97] * 2
    assert values(whole(sent[: 24 * 5 + 2])) == []


def test_smartpoint_of_a_packet_is_noted() -> None:
    sent = bytearray(frames_of([60] * 25, 72, 97))
    sent[7 * 5 + 3], sent[7 * 5 + 4] = 0x20, (sent[7 * 5 + 4] + 0x20) & 0xFF
    assert said(whole(bytes(sent))) == good(72, 97, "SmartPoint")


# which format it is


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("chosen", NUMBERS)
def test_a_format_is_never_read_as_another(number: Number, chosen: Number) -> None:
    parser = NoninParser(chosen)
    parser.feed(stream(number, seconds=60))
    parser.finish()
    assert (parser.counts.frames > 0) == (number == chosen)


@pytest.mark.parametrize("number", NUMBERS)
def test_each_format_is_recognised_by_itself_after_noise(number: Number) -> None:
    parser = NoninParser()
    items = parser.feed(b"\x00\xff\x81\x48" + stream(number, seconds=12))
    assert values(items)[-2:] == [72, 98]
    assert parser.bytes_per_s == {1: 3, 2: 375, 7: 375, 8: 4, 13: None}[number]


def test_a_unit_that_changes_its_format_is_followed() -> None:
    parser = NoninParser()
    items: list[ParserItem] = []
    numbers: list[Number] = [8, 2, 1, 13, 7, 8]
    for number in numbers:
        items += parser.feed(stream(number, 60 + number, 98, 8))
    rates = [i.value for i in items if isinstance(i, Measurement) and i.vital is Vital.PR]
    assert list(dict.fromkeys(rates)) == [68, 62, 61, 73, 67]
    assert rates[-1] == 68


def test_100_kb_of_noise_give_no_frame() -> None:
    for seed in range(5):
        parser = NoninParser()
        items = parser.feed(random.Random(seed).randbytes(100_000)) + parser.finish()
        assert values(items) == []
        assert parser.counts.frames == 0


def test_decoded_times_follow_the_speed_of_the_format() -> None:
    lasting: list[tuple[Number, float]] = [(1, 8.0), (8, 8.0), (2, 8 / 3)]
    for number, seconds in lasting:
        *_, last, _ = decode("nonin", stream(number, seconds=8))
        assert last["t_s"] == round(seconds, 3)
    assert all("t_s" not in reading for reading in decode("nonin", SPOT_CHECK))


# properties

_RATES = st.one_of(st.none(), st.integers(18, 321))
_SATURATIONS = st.one_of(st.none(), st.integers(1, 100))


@given(
    records=st.lists(st.tuples(_RATES, _SATURATIONS), min_size=1, max_size=6),
    number=st.sampled_from([2, 7, 13]),
)
def test_encoded_records_come_back_exactly(
    records: list[tuple[int | None, int | None]], number: Number
) -> None:
    sent = b"".join(
        encode_vitals({Vital.PR: rate, Vital.SPO2: saturation}, t * NS_PER_S, data_format=number)
        for t, (rate, saturation) in enumerate(records)
    )
    parser = NoninParser()
    assert values(parser.feed(sent)) == [value for record in records for value in record]
    assert parser.counts.rejected == parser.counts.skipped_bytes == 0


@given(rate=st.floats(18, 321), saturation=st.floats(1, 100), pleth=st.integers(0, 255))
def test_values_are_rounded_to_whole_numbers(rate: float, saturation: float, pleth: int) -> None:
    record = {Vital.PR: rate, Vital.SPO2: saturation, Vital.PLETH: float(pleth)}
    got = values(NoninParser().feed(encode_vitals(record, 0)))
    assert got == [round(rate), round(saturation)]


@pytest.mark.parametrize("rate", [None, 0, 17, 400, 511])
def test_what_no_person_has_is_sent_as_missing(rate: float | None) -> None:
    for number in NUMBERS:
        items = said(whole(encode_vitals({Vital.PR: rate}, 0, data_format=number)))
        assert [(value, quality) for _, value, quality, _ in items] == [(None, Quality.MISSING)] * 2


@st.composite
def any_stream(draw: st.DrawFn) -> bytes:
    """Streams of several formats with noise, jumps and cut frames between them."""
    sent = b""
    for _ in range(draw(st.integers(1, 4))):
        number = draw(st.sampled_from(NUMBERS))
        sent += stream(number, draw(st.integers(60, 90)), draw(st.integers(94, 99)), 6)
        sent += draw(st.sampled_from([b"", b"\x80", b"\x80\x48", b"\x00\x02\x00\x0d", bytes(7)]))
        sent += spot_check_frame(0, 72, 98)[: draw(st.integers(0, 21))]
    return sent


@given(
    data=any_stream() | st.binary(max_size=80),
    sizes=st.lists(st.integers(0, 40)),
    data_format=st.sampled_from(["auto", *NUMBERS]),
)
def test_bytes_cut_anywhere_give_the_identical_items(
    data: bytes, sizes: list[int], data_format: DataFormat
) -> None:
    at_once, cut = NoninParser(data_format), NoninParser(data_format)
    expected = at_once.feed(data) + at_once.finish()
    found: list[ParserItem] = []
    position = 0
    for size in [*sizes, len(data)]:
        found += cut.feed(data[position : position + size])
        position += size
        c = cut.counts
        assert c.frame_bytes + c.rejected_bytes + c.skipped_bytes + c.pending_bytes == min(
            position, len(data)
        )
        assert c.pending_bytes < 130
    found += cut.finish()
    assert said(found) == said(expected)
    assert [i for i in found if isinstance(i, Rejected)] == [
        i for i in expected if isinstance(i, Rejected)
    ]
    assert cut.counts == at_once.counts
    for vital, value, _, _ in said(found):
        assert value is None or VITALS[vital].is_plausible(value)
