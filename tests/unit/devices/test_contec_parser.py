"""The 9-byte packages of the newer Contec units, and a recording by the maker in both formats."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.contec_cms50 import wire
from devices.contec_cms50.parser import LOCK_FRAMES, ContecParser
from devices.contec_cms50.simulator import encode_vitals
from devices.driver import Measurement, ParserItem, Rejected, Samples
from devices.five_byte_frames import encode_frame
from protocols.vitals import NS_PER_S, Quality, Vital

FREE = bytes.fromhex("0C80")


def package(
    rate: int = 72,
    spo2: int = 97,
    pi: int = 400,
    *,
    first: int = 5,
    wave: int = 64,
    third: int = 7,
) -> bytes:
    return wire.pack(1, bytes((first, wave, third, rate, spo2, pi & 0xFF, pi >> 8)))


def read(parser: ContecParser, data: bytes) -> list[ParserItem]:
    return [*parser.feed(data), *parser.finish()]


def said(items: list[ParserItem]) -> list[tuple[Vital, float | None, Quality]]:
    return [(i.vital, i.value, i.quality) for i in items if isinstance(i, Measurement)]


def numbers(items: list[ParserItem]) -> list[float | None]:
    return [value for _, value, _ in said(items)]


def pleth(items: list[ParserItem]) -> list[tuple[int, bool]]:
    return [(value, i.usable) for i in items if isinstance(i, Samples) for value in i.values]


# captured, published and constructed packages


@pytest.mark.parametrize(
    ("data", "values", "wave"),
    [
        ("01 E0 84 93 92 BC E3 FF FF", (60.0, 99.0, None), 19),
        ("01 E0 C4 C4 98 BC E3 FF FF", (60.0, 99.0, None), 68),
        ("01 E0 85 B3 96 C1 E1 FF FF", (65.0, 97.0, None), 51),
        ("01 A8 84 A0 85 98 E2 90 81", (152.0, 98.0, 4.0), 32),
        ("01 E9 80 C0 90 FF FF FF FF", (None, None, None), 64),
        ("01 EA 80 80 90 FF FF FF FF", (None, None, None), 0),
    ],
)
def test_one_package_alone_is_taken_at_its_word(
    data: str, values: tuple[float | None, ...], wave: int
) -> None:
    parser = ContecParser()
    items = read(parser, bytes.fromhex(data))
    assert tuple(numbers(items)) == values
    assert [value for value, _ in pleth(items)] == [wave]
    assert parser.counts.frames == 1


@pytest.mark.parametrize(
    ("data", "quality"),
    [
        ("01 E9 80 C0 90 FF FF FF FF", Quality.SENSOR_OFF),
        ("01 EA 80 80 90 FF FF FF FF", Quality.SEARCHING),
        ("01 A8 94 A0 85 98 E2 90 81", Quality.SEARCHING),
    ],
)
def test_a_sign_hides_all_values(data: str, quality: Quality) -> None:
    items = read(ContecParser(), bytes.fromhex(data))
    assert said(items) == [(v, None, quality) for v in (Vital.PR, Vital.SPO2, Vital.PI)]
    assert [usable for _, usable in pleth(items)] == [False]


def test_saturation_that_the_unit_calls_low_is_shown_with_its_sign() -> None:
    items = read(ContecParser(), package(first=0x25))
    notes = [i.note for i in items if isinstance(i, Measurement)]
    assert notes == ["monitor's own sign: SpO2 low or dropping"] * 2 + [""]


@pytest.mark.parametrize("answer", ["0C80", "0480F5F3E5F2A0A0A0", "028080B5B0C6A0A0A0", "0E8080"])
def test_answers_alone_are_frames_without_values(answer: str) -> None:
    parser = ContecParser()
    assert read(parser, bytes.fromhex(answer)) == []
    assert parser.counts.frames == 1


def test_answers_before_a_stream_are_passed_over() -> None:
    parser = ContecParser()
    items = read(parser, FREE * 2 + package() * 8)
    assert numbers(items) == [72.0, 97.0, 4.0]
    assert parser.counts.frames == 8
    assert parser.counts.skipped_bytes == 4


def test_the_notice_that_the_unit_ends_the_connection_ends_the_values() -> None:
    parser = ContecParser()
    parser.feed(package() * 10)
    items = parser.feed(bytes.fromhex("0D8081"))
    assert said(items) == [(v, None, Quality.MISSING) for v in (Vital.PR, Vital.SPO2, Vital.PI)]
    assert {i.note for i in items if isinstance(i, Measurement)} == {
        "the monitor ends the connection: it is switching off"
    }
    assert numbers(parser.feed(package() * 3)) == [72.0, 97.0, 4.0]


@pytest.mark.parametrize(
    ("feedback", "words"),
    [
        ("0B81A183", ["the monitor refused a request: it is recording"]),
        ("0B81A185", ["the monitor refused a request: it does not support this"]),
        ("0B83A1FF", ["the monitor refused a request: unknown reason"]),
        ("0B81A180", []),
    ],
)
def test_a_refused_request_is_told_in_words_and_values_go_on(
    feedback: str, words: list[str]
) -> None:
    parser = ContecParser()
    parser.feed(package() * 10)
    items = parser.feed(bytes.fromhex(feedback) + package(73) * 3)
    assert [i.reason for i in items if isinstance(i, Rejected)] == words
    assert numbers(items) == [73.0, 97.0, 4.0]


@pytest.mark.parametrize(
    ("rate", "spo2", "pi", "expected"),
    [
        (255, 127, 0xFFFF, [Quality.MISSING] * 3),
        (0, 0, 0, [Quality.MISSING] * 3),
        (254, 100, 2200, [254.0, 100.0, 22.0]),
        (127, 1, 1, [127.0, 1.0, 0.01]),
        (128, 99, 3000, [128.0, 99.0, 30.0]),
        (17, 101, 3001, [Quality.IMPLAUSIBLE] * 3),
    ],
)
def test_missing_and_implausible_values_are_none(
    rate: int, spo2: int, pi: int, expected: list[float | Quality]
) -> None:
    items = said(read(ContecParser(), package(rate, spo2, pi)))
    assert [quality if value is None else value for _, value, quality in items] == expected


def test_a_perfusion_index_marked_as_none_is_missing() -> None:
    items = said(read(ContecParser(), package(third=0x17)))
    assert items[2] == (Vital.PI, None, Quality.MISSING)


# which format arrives, and trust


def test_the_format_that_arrives_is_recognised_and_may_change() -> None:
    old = encode_frame(first=5, wave=64, third=7, rate_bpm=80, spo2_percent=95)
    parser = ContecParser()
    assert parser.format_name == ""
    parser.feed(package() * 20)
    assert (parser.format_name, parser.bytes_per_s) == ("new", 540)
    items = parser.feed(old * 60)
    assert (parser.format_name, parser.bytes_per_s) == ("old", 300)
    assert numbers(items)[:2] == [80.0, 95.0]
    assert numbers(parser.feed(package() * 20))[-3:] == [72.0, 97.0, 4.0]


def test_a_lost_connection_loses_the_lock() -> None:
    parser = ContecParser()
    parser.feed(package() * 20)
    parser.forget()
    assert parser.format_name == ""
    assert parser.feed(package() * LOCK_FRAMES) == []
    assert numbers(parser.feed(package())) == [72.0, 97.0, 4.0]


_STREAM = b"".join(package(70 + i % 3, 95 + i % 4, wave=i % 128) for i in range(60))


@given(at=st.integers(0, 60 * 9 - 1), doubled=st.booleans())
def test_a_lost_or_doubled_byte_costs_two_packages_at_most_and_no_value_is_wrong(
    at: int, doubled: bool
) -> None:
    again = _STREAM[at : at + 1] if doubled else b""
    damaged = _STREAM[:at] + again * 2 + _STREAM[at + 1 :]
    parser = ContecParser()
    parser.feed(package() * 20)
    items = read(parser, damaged + package() * 2)
    assert parser.counts.frames >= 82 - 2
    values = numbers(items)
    pairs = {(70.0 + i % 3, 95.0 + i % 4) for i in range(12)} | {(72.0, 97.0)}
    assert set(zip(values[::3], values[1::3], strict=True)) <= pairs


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    sent = b""
    for _ in range(draw(st.integers(0, 6))):
        one = package(
            draw(st.integers(0, 255)),
            draw(st.integers(0, 127)),
            draw(st.integers(0, 0xFFFF)),
            first=draw(st.integers(0, 255)),
            wave=draw(st.integers(0, 255)),
        )
        sent += one * draw(st.sampled_from([1, 2, 8, 70]))
        sent += draw(st.sampled_from([b"", b"\x01", FREE, b"\x0d\x80\x81", b"\x0b\x81\xa1\x83"]))
    return draw(st.binary(max_size=9)) + sent


@given(stream=streams(), sizes=st.lists(st.integers(0, 40)), steady_frames=st.sampled_from([1, 3]))
def test_bytes_cut_anywhere_give_the_identical_items(
    stream: bytes, sizes: list[int], steady_frames: int
) -> None:
    whole, cut = (ContecParser(steady_frames=steady_frames) for _ in range(2))
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
    for kind in (Measurement, Rejected):
        assert [i for i in in_pieces if isinstance(i, kind)] == [
            i for i in at_once if isinstance(i, kind)
        ]
    assert pleth(in_pieces) == pleth(at_once)


# values to the wire and back

_PI = st.integers(1, 3000).map(lambda raw: raw / 100)


@given(
    records=st.lists(
        st.tuples(
            st.none() | st.integers(18, 254), st.none() | st.integers(1, 100), st.none() | _PI
        ),
        min_size=1,
        max_size=8,
    )
)
def test_any_values_come_back_from_the_wire_exactly(
    records: list[tuple[float | None, float | None, float | None]],
) -> None:
    parser = ContecParser()
    for second, values in enumerate(records):
        record = dict(zip((Vital.PR, Vital.SPO2, Vital.PI), values, strict=True))
        items = parser.feed(encode_vitals(record, second * NS_PER_S))
        assert numbers(items)[-3:] == list(values)
    assert parser.counts.rejected == parser.counts.skipped_bytes == 0
    assert parser.counts.frames == 60 * len(records) - 1


# a recording of a real unit, with the maker's own table of the same minutes


@pytest.fixture
def cms50e(recordings: Path) -> Path:
    folder = recordings / "03_cms50e"
    if not (folder / "live_hid_reports.bin").is_file():
        pytest.skip("the recording of the CMS50E is not here")
    return folder


def table(path: Path) -> list[tuple[int, int]]:
    """Rate and saturation of each second by the maker's program."""
    with path.open(newline="", encoding="utf-8") as file:
        return [(int(row[3]), int(row[2])) for row in list(csv.reader(file))[1:]]


def records(path: Path) -> Iterator[tuple[int, ...]]:
    """Records of the USB reports: 0, status, wave, bar; or 1, rate, saturation."""
    data = path.read_bytes()
    for start in range(0, len(data), 64):
        report = data[start : start + 64]
        at = 0
        while at < len(report) and report[at] == 0xEB:
            if report[at + 1] == 0:
                yield (0, *report[at + 2 : at + 5])
                at += 6
            else:
                yield (1, *report[at + 3 : at + 5])
                at += 8


def transcode(path: Path, *, new: bool) -> tuple[bytes, list[int], list[int]]:
    """The recording on the wire; where each pair of values ends there; the samples."""
    sent = bytearray()
    ends: list[int] = []
    samples: list[int] = []
    rate, spo2 = 255, 127
    for kind, *content in records(path):
        if kind:
            ends.append(len(sent))
            rate, spo2 = content
            continue
        status, wave, bar = content[0], content[1], content[2] & 0x0F
        samples.append(wave)
        if new:
            data = bytes((status & 0x7F, wave, bar | 0x10, rate, spo2, 0xFF, 0xFF))
            sent += wire.pack(1, data)
        else:
            sent += encode_frame(
                first=status & 0x7F, wave=wave, third=bar, rate_bpm=rate, spo2_percent=spo2
            )
    ends.append(len(sent))
    return bytes(sent), ends[1:], samples


@pytest.mark.parametrize("new", [True, False], ids=["new", "old"])
def test_a_real_recording_gives_the_makers_own_values(cms50e: Path, new: bool) -> None:
    expected = table(cms50e / "live_manufacturer.csv")
    stream, ends, samples = transcode(cms50e / "live_hid_reports.bin", new=new)
    parser = ContecParser()
    items = read(parser, stream)
    assert parser.counts.frames == len(samples) == 12_534
    assert parser.counts.rejected == parser.counts.skipped_bytes == 0
    assert [value for value, _ in pleth(items)] == samples
    found = []
    measured = [i for i in items if isinstance(i, Measurement)]
    for end in ends:
        latest = {i.vital: i.value for i in measured if i.end_byte <= end}
        found.append((latest[Vital.PR], latest[Vital.SPO2]))
    assert len(expected) == 212
    assert found == expected


def test_the_recordings_numbers_for_no_finger_are_missing() -> None:
    old = encode_frame(first=0, wave=0, third=0, rate_bpm=255, spo2_percent=127)
    for data in (old * 20, package(255, 127, 0xFFFF) * 20):
        items = said(read(ContecParser(), data))
        assert {(value, quality) for _, value, quality in items} == {(None, Quality.MISSING)}


def test_three_hours_of_recorded_values_come_back_exactly(cms50e: Path) -> None:
    rows = table(cms50e / "auto_manufacturer.csv")
    assert len(rows) == 10_425
    parser = ContecParser()
    found = []
    for second, (rate, spo2) in enumerate(rows):
        record = {Vital.PR: float(rate), Vital.SPO2: float(spo2), Vital.PI: None}
        found.append(numbers(parser.feed(encode_vitals(record, second * NS_PER_S)))[-3:])
    assert found == [[rate, spo2, None] for rate, spo2 in rows]
