from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.framing import FrameBuffer, negated_sum8, sum8


@pytest.mark.parametrize(
    ("data", "check"),
    [("01 80 46 4A", 0x11), ("01 80 01 61", 0xE3), ("81 12 34 00", 0xC7), ("C8 80 00 7F", 0xC7)],
)
def test_sum8_is_that_of_published_nonin_frames(data: str, check: int) -> None:
    assert sum8(bytes.fromhex(data)) == check


@pytest.mark.parametrize(
    ("data", "check"),
    [("3A 20", 0xA6), ("3A 79 01 00", 0x4C), ("3E 05 02 01", 0xBA), ("3E 05 FF FF", 0xBF)],
)
def test_negated_sum8_is_that_of_published_suntech_frames(data: str, check: int) -> None:
    assert negated_sum8(bytes.fromhex(data)) == check


@given(st.binary())
def test_a_frame_with_its_negated_sum_adds_up_to_nothing(data: bytes) -> None:
    assert sum8(data + bytes((negated_sum8(data),))) == 0


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["extend", "accept", "skip", "reject", "settle"]), st.integers(0, 20)
        )
    )
)
def test_every_byte_of_a_buffer_is_accounted_for(steps: list[tuple[str, int]]) -> None:
    buffer = FrameBuffer(limit=16)
    fed = 0
    for step, size in steps:
        if step == "extend":
            buffer.extend(bytes(size))
            fed += size
        elif step == "settle":
            buffer.settle()
            assert len(buffer.data) <= 16
        elif size > len(buffer.data):
            continue
        elif step == "accept":
            assert len(buffer.accept(size)) == size
        elif step == "skip":
            buffer.skip(size)
        else:
            assert len(buffer.reject(size, "why").data) == size
        c = buffer.counts
        assert fed == c.frame_bytes + c.rejected_bytes + c.skipped_bytes + c.pending_bytes
