"""The parser of lines under every parser of printed text, with a monitor that says only numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.driver import Counts, Measurement, ParserItem, Rejected
from devices.lines import UNKNOWN_LINE, Line, LineParser
from protocols.vitals import Quality, Vital


class NumberParser(LineParser):
    """Lines ``PR nnn``, the header ``BEGIN``, and everything else."""

    def read_line(self, text: str) -> Line:
        if text == "BEGIN":
            return Line()
        if not text.startswith("PR "):
            return UNKNOWN_LINE
        if not (len(text) == 6 and text[3:].isascii() and text[3:].isdigit()):
            return Line(refused="not three digits")
        pr = Measurement(vital=Vital.PR, value=float(text[3:]), quality=Quality.GOOD)
        return Line(items=[pr])


class StrictAtTheEnd(NumberParser):
    def read_last_line(self, text: str) -> Line:
        return UNKNOWN_LINE


def read(data: bytes, limit: int = 512) -> tuple[list[ParserItem], Counts]:
    parser = NumberParser(limit)
    items = parser.feed(data)
    return items, parser.counts


def values(items: list[ParserItem]) -> list[float | None]:
    return [item.value for item in items if isinstance(item, Measurement)]


@pytest.mark.parametrize("end", [b"\r\n", b"\n\r", b"\n", b"\r", b"\0", b"\r\n\0\0", b"\r\n\r\n"])
def test_a_line_ends_in_cr_lf_or_nul_in_any_order(end: bytes) -> None:
    items, counts = read(b"PR 072" + end + b"PR 073" + end)
    assert values(items) == [72, 73]
    assert counts == Counts(frames=2, frame_bytes=12 + 2 * len(end))


def test_a_line_waits_for_its_end() -> None:
    parser = NumberParser()
    assert parser.feed(b"PR 07") == []
    assert parser.counts == Counts(pending_bytes=5)
    assert values(parser.feed(b"2")) == []
    assert values(parser.feed(b"\r")) == [72]
    assert parser.feed(b"\n") == []
    assert parser.counts == Counts(frames=1, frame_bytes=8)


def test_the_last_line_of_a_capture_needs_no_end() -> None:
    parser = NumberParser()
    assert parser.feed(b"PR 072") == []
    assert values(parser.finish()) == [72]
    assert parser.finish() == []
    assert parser.counts == Counts(frames=1, frame_bytes=6)


def test_a_parser_may_ask_more_of_a_line_that_may_be_cut() -> None:
    parser = StrictAtTheEnd()
    assert values(parser.feed(b"PR 072\nPR 073")) == [72]
    assert parser.finish() == []
    assert parser.counts == Counts(frames=1, frame_bytes=7, skipped_bytes=6)


def test_no_line_is_joined_across_a_lost_connection() -> None:
    parser = NumberParser()
    parser.feed(b"PR 0")
    parser.forget()
    assert parser.feed(b"72\nPR 073\n") != []
    assert parser.counts == Counts(frames=1, frame_bytes=7, skipped_bytes=7)


def test_headers_count_and_unknown_lines_are_skipped() -> None:
    items, counts = read(b"BEGIN\r\nhello\r\nPR 072\r\n")
    assert values(items) == [72]
    assert counts == Counts(frames=2, frame_bytes=15, skipped_bytes=7)


def test_a_refused_line_is_an_item_with_its_bytes() -> None:
    items, counts = read(b"PR 72\r\n")
    assert items == [Rejected(reason="not three digits", data=b"PR 72")]
    assert counts == Counts(rejected=1, rejected_bytes=5, skipped_bytes=2)


def test_an_empty_line_counts_with_the_line_before_it() -> None:
    _, counts = read(b"\r\n\r\nPR 072\r\n\r\nhello\n\n")
    assert counts == Counts(frames=1, frame_bytes=10, skipped_bytes=11)


def test_bytes_that_are_no_ascii_make_no_digit() -> None:
    items, counts = read(b"PR 07\xb2\nPR 072\n")
    assert values(items) == [72]
    assert counts.rejected == 1


def test_a_reading_knows_where_its_line_ends() -> None:
    items, _ = read(b"hello\r\nPR 072\r\nPR 073\r\n")
    assert [item.end_byte for item in items if isinstance(item, Measurement)] == [13, 21]


def test_nothing_of_an_overlong_line_is_read() -> None:
    items, counts = read(b"x" * 17 + b"PR 072\nPR 073\n", limit=16)
    assert values(items) == [73]
    assert counts == Counts(frames=1, frame_bytes=7, skipped_bytes=24)


def test_a_line_of_exactly_the_limit_is_read() -> None:
    assert values(read(b"PR 072\n", limit=6)[0]) == [72]
    assert values(read(b"PR 072\n", limit=5)[0]) == []


def test_memory_is_bounded_by_the_limit() -> None:
    parser = NumberParser(limit=16)
    for _ in range(1000):
        parser.feed(b"no line end here")
        assert parser.counts.pending_bytes <= 16
    assert values(parser.feed(b"\nPR 072\n")) == [72]


PIECES = st.lists(
    st.sampled_from(
        [b"PR 072", b"PR 0723", b"PR", b"BEGIN", b"hello", b"\r", b"\n", b"\0", b"\xff", b"\r\n"]
    ),
    max_size=30,
)


@given(PIECES, st.lists(st.integers(1, 9), max_size=60), st.integers(5, 20))
def test_it_does_not_matter_where_the_bytes_are_cut(
    pieces: list[bytes], sizes: list[int], limit: int
) -> None:
    data = b"".join(pieces)
    whole, cut = NumberParser(limit), NumberParser(limit)
    expected = whole.feed(data)
    found: list[ParserItem] = []
    position = 0
    for size in [*sizes, len(data)]:
        found += cut.feed(data[position : position + size])
        position += size
        counts = cut.counts
        assert min(position, len(data)) == (
            counts.frame_bytes + counts.rejected_bytes + counts.skipped_bytes + counts.pending_bytes
        )
    assert found == expected
    assert [item.end_byte for item in found if isinstance(item, Measurement)] == [
        item.end_byte for item in expected if isinstance(item, Measurement)
    ]
    assert cut.counts == whole.counts
    assert cut.finish() == whole.finish()
    assert cut.counts == whole.counts
    assert whole.counts.pending_bytes == 0
