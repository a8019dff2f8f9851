"""SunTech replies: published and constructed frames, and damage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.driver import BpProgress, Measurement, Rejected
from devices.suntech_advantage import wire
from devices.suntech_advantage.parser import (
    PressureReply,
    ResultReply,
    StatusReply,
    SuntechParser,
    SuntechReader,
    VersionReply,
    judge,
)
from devices.suntech_advantage.wire import Status
from protocols.events import BpState
from protocols.vitals import PRESSURES, Quality, Vital

RESULT = bytes.fromhex("3E 18 73 00 4A 00 1E 01 00 00 00 00 00 00 31 07 55 00 58 00 00 00 00 E9")
LEAK = bytes.fromhex("3E 18" + "00" * 18 + "57 00 00 53")


def result_frame(
    systolic: int = 115,
    diastolic: int = 74,
    mean: int = 88,
    *,
    rate: int = 85,
    spare: int = 0,
    error: int = 0,
) -> bytes:
    return wire.reply(
        systolic.to_bytes(2, "little")
        + diastolic.to_bytes(2, "little")
        + bytes(10)
        + bytes((rate, spare))
        + mean.to_bytes(2, "little")
        + bytes((error, 0, 0))
    )


@pytest.mark.parametrize(
    ("frame", "reply"),
    [
        ("3E 05 02 01 BA", PressureReply(pressure_mmhg=258)),
        ("3E 05 FF FF BF", PressureReply(pressure_mmhg=None)),
        ("3E 05 FE FF C0", PressureReply(pressure_mmhg=-2)),
        ("3E 04 4B 73", StatusReply(status=Status.DONE)),
        ("3E 04 4F 6F", StatusReply(status=Status.RECEIVED)),
        ("3E 04 42 7C", StatusReply(status=Status.BUSY)),
        ("3E 05 02 01 B1", Rejected(reason="bad checksum", data=bytes.fromhex("3E050201B1"))),
        ("3E 04 58 66", Rejected(reason="undocumented status 58 (hexadecimal)", data=b"")),
    ],
)
def test_published_and_constructed_frames(frame: str, reply: object) -> None:
    assert SuntechReader().read(bytes.fromhex(frame)) == [reply]


def test_the_published_result() -> None:
    assert SuntechReader().read(RESULT) == [
        ResultReply(sys_mmhg=115, dia_mmhg=74, map_mmhg=88, rate_bpm=85, beats=30, error=0)
    ]
    items = SuntechParser().feed(RESULT)
    assert [(i.vital, i.value, i.spot) for i in items if isinstance(i, Measurement)] == [
        (Vital.SBP, 115.0, False),
        (Vital.DBP, 74.0, False),
        (Vital.MAP, 88.0, False),
        (Vital.PR, 85.0, True),
    ]


def test_the_version_is_text() -> None:
    frame = wire.reply(b"LX1234".ljust(64, b"\0"))
    assert frame[1] == 0x43
    assert SuntechReader().read(frame) == [VersionReply(text="LX1234")]


def test_an_error_gives_no_pressures_but_its_words() -> None:
    items = SuntechParser().feed(LEAK)
    assert [(i.vital, i.value, i.quality) for i in items if isinstance(i, Measurement)] == [
        (vital, None, Quality.FAILED) for vital in PRESSURES
    ]
    assert {i.note for i in items if isinstance(i, Measurement)} == {wire.ERROR_TEXTS[0x57]}


@pytest.mark.parametrize("code", [*wire.ERROR_TEXTS, 0x7F])
def test_every_error_has_a_sentence(code: int) -> None:
    (reply,) = SuntechReader().read(result_frame(error=code))
    assert isinstance(reply, ResultReply)
    assert judge(reply).failure == wire.error_text(code) != ""
    assert all(m.value is None for m in judge(reply).measurements)


@pytest.mark.parametrize(
    ("pressures", "quality"),
    [
        ((115, 74, 88), Quality.GOOD),
        ((115, 74, 74), Quality.FAILED),
        ((115, 74, 115), Quality.FAILED),
        ((74, 115, 88), Quality.FAILED),
        ((0, 0, 0), Quality.FAILED),
        ((115, 0, 88), Quality.FAILED),
        ((290, 74, 88), Quality.IMPLAUSIBLE),
        ((38, 12, 25), Quality.IMPLAUSIBLE),
        ((60, 9, 25), Quality.IMPLAUSIBLE),
    ],
)
def test_only_consistent_plausible_pressures_are_valid(
    pressures: tuple[int, int, int], quality: Quality
) -> None:
    items = SuntechParser().feed(result_frame(*pressures))
    found = [i for i in items if isinstance(i, Measurement) and i.vital in PRESSURES]
    assert [i.quality for i in found] == [quality] * 3
    assert all((i.value is None) != quality.has_value for i in found)


@pytest.mark.parametrize(
    ("rate", "spare", "value", "quality"),
    [
        (85, 0, 85.0, Quality.GOOD),
        (0, 0, None, Quality.MISSING),
        (44, 1, None, Quality.MISSING),
        (12, 0, None, Quality.IMPLAUSIBLE),
    ],
)
def test_the_rate_is_missing_where_its_field_is_in_doubt(
    rate: int, spare: int, value: float | None, quality: Quality
) -> None:
    (*_, pulse) = SuntechParser().feed(result_frame(rate=rate, spare=spare))
    assert isinstance(pulse, Measurement)
    assert (pulse.vital, pulse.value, pulse.quality) == (Vital.PR, value, quality)


@pytest.mark.parametrize("status", list(Status))
def test_every_status_letter_has_words(status: Status) -> None:
    (item,) = SuntechParser().feed(wire.reply(bytes((status,))))
    assert item == BpProgress(state=item.state, text=wire.STATUS_TEXTS[status])
    assert isinstance(item.state, BpState)


FRAMES = st.sampled_from(
    [RESULT, LEAK, wire.reply(b"K"), wire.reply(b"O"), wire.reply(b"\x50\x00"), RESULT[:9], b">"]
)


@given(
    pieces=st.lists(FRAMES | st.binary(max_size=30), max_size=12),
    sizes=st.lists(st.integers(0, 30)),
)
def test_bytes_cut_anywhere_give_the_same_and_are_accounted_for(
    pieces: list[bytes], sizes: list[int]
) -> None:
    stream = b"".join(pieces)
    whole, cut = SuntechParser(), SuntechParser()
    at_once = whole.feed(stream)
    in_pieces = []
    position = 0
    for size in [*sizes, len(stream)]:
        in_pieces += cut.feed(stream[position : position + size])
        position += size
        c = cut.counts
        assert c.frame_bytes + c.rejected_bytes + c.skipped_bytes + c.pending_bytes == min(
            position, len(stream)
        )
    assert in_pieces == at_once
    assert cut.counts == whole.counts
    refused = sum(len(item.data) for item in at_once if isinstance(item, Rejected))
    assert refused == whole.counts.rejected_bytes


@given(bit=st.integers(0, 24 * 8 - 1))
def test_a_flipped_bit_gives_no_pressures(bit: int) -> None:
    damaged = bytearray(RESULT)
    damaged[bit // 8] ^= 1 << bit % 8
    reader = SuntechReader()
    replies = reader.read(bytes(damaged)) + reader.give_up_frame()
    assert not any(isinstance(reply, ResultReply) for reply in replies)
    assert reader.counts.pending_bytes == 0


@given(noise=st.binary(max_size=60).filter(lambda noise: b">" not in noise))
def test_a_result_after_noise_is_found(noise: bytes) -> None:
    reader = SuntechReader()
    assert len(reader.read(noise + RESULT)) == 1
    assert reader.counts.skipped_bytes == len(noise)


def test_a_frame_inside_a_damaged_longer_one_is_found() -> None:
    reader = SuntechReader()
    assert reader.read(b"\x3e\x18\x00" + wire.reply(b"K")) == []
    assert reader.give_up_frame() == [StatusReply(status=Status.DONE)]
