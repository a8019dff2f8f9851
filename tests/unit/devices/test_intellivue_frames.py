"""IntelliVue frames: marks, escapes, checksum; and the only four that are ever sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.driver import Rejected
from devices.philips_intellivue import wire
from devices.philips_intellivue.frames import (
    LONGEST_FRAME,
    Framed,
    FrameReader,
    fcs16,
    frame,
    unframe,
)

MDS_REPLY = bytes.fromhex(
    "C0 11 01 00 1C E1 00 00 02 00 02 00 14 00 01 00 01 00 0E 00 21 00 00 00 00 00 0A BD 00 0D 06"
    "00 00 39 17 C1"
)
RELEASE = bytes.fromhex(
    "C0 11 01 00 1A 09 18 7D E1 16 61 80 30 80 02 01 01 A0 80 62 80 80 01 00 00 00 00 00 00 00 00"
    "00 41 08 C1"
)
POLL = bytes.fromhex(
    "C0 11 01 00 24 E1 00 00 02 00 01 00 1C 00 00 00 07 00 16 00 21 00 00 00 00 00 00 00 00 0C 16"
    "00 08 00 01 00 01 00 06 00 00 8E 95 C1"
)
CAPTURED = bytes.fromhex(
    "C0 11 01 00 32 E1 00 00 02 00 02 00 2A 00 01 00 07 00 24 00 21 00 00 00 00 F1 3B 00 1A 00 01"
    "00 00 00 1D D4 00 FF FF FF FF FF FF FF FF 00 01 00 06 00 00 00 00 00 00 F8 57 C1"
)


def read(data: bytes) -> list[bytes]:
    return [found.data for found in FrameReader().read(data) if isinstance(found, Framed)]


@pytest.mark.parametrize("known", [MDS_REPLY, RELEASE, POLL, CAPTURED])
def test_known_frames_are_read_and_written_the_same(known: bytes) -> None:
    (data,) = read(known)
    assert frame(data) == known
    assert unframe(known) == data


def test_the_checksum_is_that_of_ppp() -> None:
    assert fcs16(b"123456789") == 0x906E


@given(data=st.binary(max_size=300))
def test_any_data_comes_back_and_the_marks_stay_unique(data: bytes) -> None:
    sent = frame(data)
    assert read(sent) == [data]
    assert sent[1:-1].count(0xC0) == sent[1:-1].count(0xC1) == 0


@given(
    before=st.binary(max_size=40).filter(lambda noise: 0xC0 not in noise),
    data=st.lists(st.binary(max_size=60), min_size=1, max_size=5),
    sizes=st.lists(st.integers(1, 30), max_size=30),
)
def test_noise_and_cuts_change_nothing(before: bytes, data: list[bytes], sizes: list[int]) -> None:
    stream = before + b"".join(frame(each) for each in data)
    reader = FrameReader()
    found = []
    place = 0
    for size in [*sizes, len(stream)]:
        found += reader.read(stream[place : place + size])
        place += size
    assert [each.data for each in found if isinstance(each, Framed)] == data
    assert reader.counts.frames == len(data)
    assert reader.counts.skipped_bytes == len(before)


def test_a_start_inside_a_frame_begins_anew() -> None:
    found = FrameReader().read(POLL[:20] + CAPTURED)
    assert [type(each) for each in found] == [Rejected, Framed]


def test_a_frame_given_up_by_its_sender_is_refused() -> None:
    (found,) = FrameReader().read(POLL[:20] + b"\x7d\xc1")
    assert isinstance(found, Rejected)
    assert "given up" in found.reason


def test_a_wrong_length_under_a_good_checksum_is_refused() -> None:
    body = b"\x11\x01\x00\x05" + b"abcd"
    body += fcs16(body).to_bytes(2, "little")
    (found,) = FrameReader().read(b"\xc0" + body + b"\xc1")
    assert isinstance(found, Rejected)
    assert found.reason == "bad length"


def test_a_frame_that_never_ends_is_passed_over_however_it_is_cut() -> None:
    stream = POLL[:-1] + bytes(3 * LONGEST_FRAME) + b"\xc1" + POLL
    whole, cut = FrameReader(), FrameReader()
    found = whole.read(stream)
    pieces = [each for start in range(0, len(stream), 7) for each in cut.read(stream[start:][:7])]
    assert found == pieces
    assert [type(each) for each in found] == [Framed]
    assert whole.counts == cut.counts
    assert whole.counts.pending_bytes == 0


def test_pending_bytes_stay_bounded() -> None:
    reader = FrameReader()
    for _ in range(1000):
        reader.read(b"\xc0" + bytes(99))
        reader.read(bytes(1000))
        assert reader.counts.pending_bytes <= LONGEST_FRAME


def test_no_damaged_bit_goes_unseen() -> None:
    for place in range(1, len(CAPTURED) - 1):
        for bit in range(8):
            damaged = bytearray(CAPTURED)
            damaged[place] ^= 1 << bit
            assert read(bytes(damaged)) == []


# what may be sent


def test_the_four_requests_may_be_sent() -> None:
    assert wire.mds_reply(1, 0x000ABD00) == MDS_REPLY
    assert wire.RELEASE == RELEASE
    assert wire.poll_request(0, 1) == POLL
    assert len(wire.ASSOCIATION_REQUEST) == 238
    for known in (MDS_REPLY, RELEASE, POLL, wire.ASSOCIATE):
        assert wire.may_send(known)


@given(invoke_id=st.integers(0, 0xFFFF), number=st.integers(0, 0xFFFFFFFF))
def test_only_id_time_and_number_are_free(invoke_id: int, number: int) -> None:
    assert wire.may_send(wire.mds_reply(invoke_id, number))
    assert wire.may_send(wire.poll_request(invoke_id, number & 0xFFFF))


@pytest.mark.parametrize("known", [MDS_REPLY, RELEASE, POLL, wire.ASSOCIATE])
def test_no_other_byte_may_change_even_under_a_good_checksum(known: bytes) -> None:
    (data,) = read(known)
    free = {28: (8, 9, 20, 21, 22, 23), 36: (8, 9, 28, 29)}.get(len(data), ())
    for place in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[place] ^= 1 << bit
            assert wire.may_send(frame(bytes(changed))) == (place in free)


@given(data=st.binary(max_size=60))
def test_nothing_else_may_be_sent(data: bytes) -> None:
    assert not wire.may_send(data)
    assert not wire.may_send(frame(data))
    assert not wire.may_send(POLL + data + b"\x00")
