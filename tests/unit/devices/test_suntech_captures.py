"""Captures of SunTech replies: what the parser believes, and what is sent comes back exactly."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.driver import BpProgress, Measurement, ParserItem
from devices.suntech_advantage import wire
from devices.suntech_advantage.parser import SuntechParser
from devices.suntech_advantage.simulator import encode_vitals
from protocols.events import BpState
from protocols.vitals import NS_PER_S, PRESSURES, Vital

RESULT = bytes.fromhex("3E 18 73 00 4A 00 1E 01 00 00 00 00 00 00 31 07 55 00 58 00 00 00 00 E9")
CUFF = bytes.fromhex("3E 05 02 01 BA")
DONE = bytes.fromhex("3E 04 4B 73")


def values(items: list[ParserItem]) -> list[tuple[Vital, float | None]]:
    return [(i.vital, i.value) for i in items if isinstance(i, Measurement)]


PRESSURES_115 = [(Vital.SBP, 115), (Vital.DBP, 74), (Vital.MAP, 88), (Vital.PR, 85)]


def test_every_measurement_says_where_its_frame_ends() -> None:
    items = [i for i in SuntechParser().feed(DONE + CUFF + RESULT) if isinstance(i, Measurement)]
    assert [i.end_byte for i in items] == [9, 33, 33, 33, 33]


def test_a_frame_that_stands_alone_in_other_bytes_is_no_reply() -> None:
    parser = SuntechParser()
    assert parser.feed(b"\x01" + RESULT + b"\x01\x02" + CUFF + b"\0" * 300) == []
    assert parser.counts.frames == 0


def test_frames_in_a_row_are_believed_after_other_bytes() -> None:
    parser = SuntechParser()
    items = parser.feed(b"\x01\x02" + CUFF + RESULT + b"\x01")
    assert values(items) == [(Vital.CUFF, 258), *PRESSURES_115]
    assert (parser.counts.frames, parser.counts.skipped_bytes) == (2, 3)


def test_a_damaged_frame_in_a_row_costs_only_itself() -> None:
    damaged = bytes((*CUFF[:3], CUFF[3] ^ 4, CUFF[4]))
    items = SuntechParser().feed(CUFF + damaged + CUFF + RESULT)
    assert values(items) == [(Vital.CUFF, 258)] * 2 + PRESSURES_115


def test_a_result_that_is_repeated_counts_once_and_a_new_one_with_equal_values_again() -> None:
    assert values(SuntechParser().feed(RESULT + RESULT)) == PRESSURES_115
    assert values(SuntechParser().feed(RESULT + DONE + RESULT)) == 2 * PRESSURES_115


def test_a_version_in_a_capture_is_told_in_words() -> None:
    (item,) = SuntechParser().feed(wire.reply(b"SB7".ljust(wire.VERSION_SIZE - 3, b"\0")))
    assert item == BpProgress(state=BpState.IDLE, text="SunTech Advantage A+, version SB7")


@pytest.mark.parametrize("seed", range(5))
def test_a_long_run_of_random_bytes_holds_no_measurement(seed: int) -> None:
    parser = SuntechParser()
    assert values(parser.feed(random.Random(seed).randbytes(100_000))) == []


@given(at=st.integers(0, 5 * 24 - 1), doubled=st.booleans())
def test_one_lost_or_doubled_byte_costs_two_frames_at_most(at: int, doubled: bool) -> None:
    frames = [
        wire.reply(bytes((100 + n, 0, 60, 0)) + bytes(12) + bytes((80 + n, 0, 0, 0, 0)))
        for n in range(6)
    ]
    stream = b"".join(frames)
    damaged = stream[:at] + (stream[at : at + 1] * 2 if doubled else b"") + stream[at + 1 :]
    parser = SuntechParser()
    found = {value for vital, value in values(parser.feed(damaged)) if vital is Vital.SBP}
    assert found <= {float(100 + n) for n in range(6)}
    assert parser.counts.frames >= 4


@given(
    records=st.lists(
        st.tuples(
            st.none() | st.integers(-20, 320).filter(lambda mmhg: mmhg != -1),
            st.none()
            | st.tuples(
                st.integers(40, 280),
                st.integers(10, 220),
                st.integers(20, 240),
                st.none() | st.integers(18, 255),
            ).filter(lambda bp: bp[0] > bp[2] > bp[1]),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_what_is_encoded_comes_back_exactly(
    records: list[tuple[int | None, tuple[int, int, int, int | None] | None]],
) -> None:
    parser = SuntechParser()
    for second, (pressure, found) in enumerate(records):
        record: dict[Vital, float | None] = {Vital.CUFF: pressure}
        if found is not None:
            record |= dict(zip((*PRESSURES, Vital.PR), found, strict=True))
        items = parser.feed(encode_vitals(record, second * NS_PER_S))
        assert dict(values(items)) == record
    assert parser.counts.rejected == parser.counts.skipped_bytes == 0


def test_a_rate_that_the_format_cannot_hold_is_sent_as_missing() -> None:
    record = {Vital.SBP: 120.0, Vital.DBP: 70.0, Vital.MAP: 90.0, Vital.PR: 300.0}
    assert dict(values(SuntechParser().feed(encode_vitals(record, 0))))[Vital.PR] is None


def test_a_record_without_anything_says_that_the_cuff_pressure_is_missing() -> None:
    assert values(SuntechParser().feed(encode_vitals({}, 0))) == [(Vital.CUFF, None)]
