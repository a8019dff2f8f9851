"""Nonin's text output against the manuals' lines and against damage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.decoding import decode
from devices.driver import Counts, Measurement, ParserItem, Rejected
from devices.nonin_ascii.parser import NoninAsciiParser
from devices.nonin_ascii.simulator import encode_vitals
from devices.nonin_ascii.spec import SPEC
from protocols.vitals import NS_PER_S, VITALS, Quality, Vital

Said = tuple[Vital, float | None, Quality, str]


def said(items: list[ParserItem]) -> list[Said]:
    return [(i.vital, i.value, i.quality, i.note) for i in items if isinstance(i, Measurement)]


def values(items: list[ParserItem]) -> list[float | None]:
    return [item.value for item in items if isinstance(item, Measurement)]


def whole(data: bytes) -> list[ParserItem]:
    parser = NoninAsciiParser()
    return parser.feed(data) + parser.finish()


def good(rate: float, saturation: float, note: str = "") -> list[Said]:
    return [
        (Vital.PR, rate, Quality.GOOD, note),
        (Vital.SPO2, saturation, Quality.GOOD, note),
    ]


NO_DATA = [(vital, None, Quality.MISSING, "no data") for vital in (Vital.PR, Vital.SPO2)]
LINE = b"SPO2=098 HR=072\r\n"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("SPO2=098 HR=072", good(72, 98)),
        ("10:22:31 SPO2=098 HR=072", good(72, 98)),
        ("SPO2=100 HR=123", good(123, 100)),
        ("SPO2=098 HR=072 F", good(72, 98, "fast averaging")),
        ("SPO2=098 HR=072*", good(72, 98, "event marked on the monitor")),
        ("SPO2=098 HR=072 *", good(72, 98, "event marked on the monitor")),
        ("23:59:59 SPO2=098 HR=072B", good(72, 98, "breath detected")),
        (
            "SPO2=098 HR=072 F*",
            good(72, 98, "fast averaging, event marked on the monitor"),
        ),
        ("SPO2=098  HR=072 ", good(72, 98)),
        ("SPO2=--- HR=---", NO_DATA),
        ("10:22:31 SPO2=--- HR=---", NO_DATA),
        ("SPO2=000 HR=000", NO_DATA),
        ("SPO2=098 HR=---", [NO_DATA[0], good(72, 98)[1]]),
        (
            "SPO2=101 HR=017",
            [
                (Vital.PR, None, Quality.IMPLAUSIBLE, "17 /min is not plausible"),
                (Vital.SPO2, None, Quality.IMPLAUSIBLE, "101 % is not plausible"),
            ],
        ),
    ],
)
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", ""])
def test_the_lines_of_the_manuals(line: str, expected: list[Said], end: str) -> None:
    assert said(whole((line + end).encode())) == expected


@pytest.mark.parametrize(
    "line",
    [
        "SPO2=98 HR=072",
        "SPO2=0098 HR=072",
        "SPO2=098 HR=72",
        "SPO2=098 HR=0722",
        "SPO2=098HR=072",
        "SPO2=09- HR=072",
        "SPO2=-- HR=---",
        "SPO2=---- HR=---",
        "PO2=098 HR=072",
        "SPPO2=098 HR=072",
        "SPO2=098 R=072",
        "24:22:31 SPO2=098 HR=072",
        "0:22:31 SPO2=098 HR=072",
        "SPO2=098% HR=072",
        "SPO2=098 HR=072 X",
        "SPO2=098 HR=072SPO2=098 HR=072",
        "SPO2=098 H\ufffd=072",
    ],
)
def test_a_line_that_is_not_whole_is_refused_and_gives_nothing(line: str) -> None:
    parser = NoninAsciiParser()
    items = parser.feed(line.encode("latin-1", "replace") + b"\r\n")
    assert [item.reason for item in items if isinstance(item, Rejected)] == [
        "not a whole line of values"
    ]
    assert values(items) == []
    assert parser.counts.frames == 0


def test_headers_and_other_lines_are_passed_over() -> None:
    parser = NoninAsciiParser()
    header = b"NONIN 8500\r\n01/15/05 10:22:31\r\nCh1=70 CKSUM=1A2B\r\n"
    assert parser.feed(header) == []
    assert values(parser.feed(LINE)) == [72, 98]
    assert parser.counts == Counts(frames=1, frame_bytes=17, skipped_bytes=len(header))


def test_other_families_of_text_give_no_frame() -> None:
    for text in (
        "03/17/05 12:28:35 SN=0000061411 SPO2=098% BPM=072 PI=05.57% ALARM=0000",
        "01-Jul-97  15:43:56   100    120     150",
    ):
        parser = NoninAsciiParser()
        parser.feed(text.encode() + b"\r\n")
        assert parser.counts.frames == 0


def test_a_lost_or_doubled_character_gives_no_wrong_value_and_costs_one_line_at_most() -> None:
    for line in (LINE, b"10:22:31 SPO2=098 HR=072 F*\r\n", b"SPO2=--- HR=---\r\n"):
        expected = set(values(whole(line)))
        for at in range(len(line)):
            for times in (0, 2):
                damaged = line[:at] + line[at : at + 1] * times + line[at + 1 :]
                parser = NoninAsciiParser()
                items = parser.feed(line + damaged + line) + parser.finish()
                assert set(values(items)) == expected, (line, at, times)
                assert 3 - parser.counts.frames <= SPEC.frames_lost_per_byte, (line, at, times)


def test_readings_say_where_their_line_ends_and_times_follow_the_form_of_the_line() -> None:
    assert {i.end_byte for i in whole(LINE) if isinstance(i, Measurement)} == {15}
    for line in (LINE, b"10:22:31 SPO2=098 HR=072\r\n", b"SPO2=098 HR=072 F\r\n"):
        parser = NoninAsciiParser()
        parser.feed(line)
        assert parser.bytes_per_s == len(line)


_RECORDS = st.tuples(
    st.one_of(st.none(), st.integers(18, 321)), st.one_of(st.none(), st.integers(1, 100))
)


@given(records=st.lists(_RECORDS, max_size=8), before=st.binary(max_size=20))
def test_encoded_records_come_back_exactly(
    records: list[tuple[int | None, int | None]], before: bytes
) -> None:
    sent = b"".join(
        encode_vitals({Vital.PR: rate, Vital.SPO2: saturation}, t * NS_PER_S)
        for t, (rate, saturation) in enumerate(records)
    )
    items = NoninAsciiParser().feed(before + b"\r\n" + sent)
    assert values(items) == [value for record in records for value in record]


@given(rate=st.floats(18, 321), saturation=st.floats(1, 100))
def test_values_are_rounded_to_whole_numbers(rate: float, saturation: float) -> None:
    sent = encode_vitals({Vital.PR: rate, Vital.SPO2: saturation}, 0)
    assert values(whole(sent)) == [round(rate), round(saturation)]


def test_what_no_person_has_and_what_is_not_recorded_is_sent_as_missing() -> None:
    assert encode_vitals({Vital.PR: 0.0, Vital.SBP: 120.0}, 0) == b"SPO2=--- HR=---\r\n"


_PIECES = st.sampled_from(
    [LINE, b"10:22:31 SPO2=098 HR=072 F*\r\n", b"SPO2=--- HR=---\n", b"NONIN\r\n", b"SPO2=", b"\0"]
)


@given(
    pieces=st.lists(_PIECES | st.binary(max_size=30), max_size=8),
    sizes=st.lists(st.integers(0, 20)),
)
def test_bytes_cut_anywhere_give_the_identical_items(pieces: list[bytes], sizes: list[int]) -> None:
    data = b"".join(pieces)
    at_once, cut = NoninAsciiParser(), NoninAsciiParser()
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
    found += cut.finish()
    assert found == expected
    assert cut.counts == at_once.counts
    for vital, value, _, _ in said(found):
        assert value is None or VITALS[vital].is_plausible(value)


def test_a_capture_is_decoded_with_a_time_for_each_line() -> None:
    parser = NoninAsciiParser()
    assert isinstance(parser.bytes_per_s, float)
    assert SPEC.stream_bytes_per_s == len(LINE)
    assert SPEC.name == "nonin-ascii"
    *readings, summary = decode(SPEC.name, LINE * 3)
    assert [r["value"] for r in readings] == [72, 98] * 3
    assert [r["t_s"] for r in readings[::2]] == [0.882, 1.882, 2.882]
    assert summary == {"summary": {"frames": 3, "rejected": 0, "skipped_bytes": 0}}
