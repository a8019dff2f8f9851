"""What is packed comes back exactly, whatever it is."""

from __future__ import annotations

import math
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.events import Event, Reading
from storage.canonical import canonical
from storage.columns import (
    decode_floats,
    decode_ints,
    decode_stream,
    encode_floats,
    encode_ints,
    encode_stream,
    join_blocks,
    split_blocks,
)
from storage.packing import (
    Series,
    canonical_run,
    collect_readings,
    decode_run,
    encode_columns,
    encode_lines,
)
from tests.unit.storage.event_strategies import INT64, ROUTINE_EVENT, WriteNote, stream

INT_LISTS = st.lists(INT64) | st.lists(st.integers(0, 255)) | st.lists(st.integers(-300, 300))


@given(INT_LISTS, st.binary(max_size=50))
def test_integers_come_back(values: list[int], context: bytes) -> None:
    array = np.array(values, dtype=np.int64)
    assert decode_ints(encode_ints(array, context)).tolist() == values


@given(st.lists(st.floats()) | st.lists(st.integers(0, 3000).map(lambda n: n / 10)))
def test_floats_come_back_bit_for_bit(values: list[float]) -> None:
    array = np.array(values, dtype=np.float64)
    back = decode_floats(encode_floats(array))
    assert back.tobytes() == array.tobytes()


@given(st.binary(max_size=300))
def test_any_stream_of_bytes_comes_back(data: bytes) -> None:
    assert decode_stream(encode_stream(data)) == data


@given(
    st.integers(2, 9),
    st.lists(st.integers(0, 255), min_size=300, max_size=600),
    st.integers(0, 8),
)
def test_frames_with_a_checksum_come_back_wherever_they_are_cut(
    length: int, values: list[int], cut: int
) -> None:
    frames = b"".join(
        bytes([*body, sum(body) % 256])
        for body in (values[at : at + length - 1] for at in range(0, len(values), length - 1))
    )
    assert decode_stream(encode_stream(frames[cut:])) == frames[cut:]


@given(st.lists(st.binary(max_size=9)))
def test_blocks_come_back(blocks: list[bytes]) -> None:
    assert split_blocks(join_blocks(blocks)) == blocks


@given(st.lists(ROUTINE_EVENT, min_size=1, max_size=60))
def test_frequent_events_come_back_from_columns(events: list[Event]) -> None:
    body = encode_columns(events)
    assert body is not None
    assert decode_run(body) == events
    assert canonical_run(body) == [canonical(event) for event in events]


@given(st.lists(ROUTINE_EVENT, min_size=1, max_size=20))
def test_frequent_events_come_back_from_lines(events: list[Event]) -> None:
    bodies = [canonical(event) for event in events]
    for final in (False, True):
        body = encode_lines(bodies, final=final)
        assert decode_run(body) == events
        assert canonical_run(body) == bodies


def test_a_minute_of_a_stream_takes_less_than_two_bytes_an_event() -> None:
    events = list(stream(60))
    body = encode_columns(events)
    assert body is not None
    assert decode_run(body) == events
    assert len(body) < 2 * len(events)


def test_what_does_not_fit_the_columns_is_declined() -> None:
    assert encode_columns([WriteNote(t_ns=0, by="x", text="")]) is None
    chunk = next(stream(1))
    too_late = type(chunk)(t_ns=2**64, device="x", data=b"")  # type: ignore[call-arg]
    assert encode_columns([too_late]) is None


@given(st.lists(ROUTINE_EVENT, min_size=1, max_size=60))
def test_readings_can_be_collected_without_the_rest(events: list[Event]) -> None:
    expected: dict[str, list[tuple[int, str]]] = {}
    for event in events:
        if isinstance(event, Reading):
            value = math.nan if event.value is None else event.value
            expected.setdefault(event.vital.value, []).append((event.t_ns, repr(value)))
    for body in (encode_columns(events), encode_lines(canonical(event) for event in events)):
        assert body is not None
        series: Series = {}
        collect_readings(body, series)
        found = {
            name: sorted(
                (int(t), repr(float(v)))
                for ts, vs in zip(times, values, strict=True)
                for t, v in zip(ts, vs, strict=True)
            )
            for name, (times, values) in series.items()
        }
        assert found == {name: sorted(pairs) for name, pairs in expected.items()}


@given(st.data())
def test_a_damaged_body_gives_events_or_says_so(data: st.DataObject) -> None:
    events = list(stream(2))
    form = data.draw(
        st.sampled_from([encode_columns(events), encode_lines(map(canonical, events))])
    )
    assert form is not None
    place = data.draw(st.integers(0, len(form) - 1))
    damaged = bytearray(form)
    damaged[place] ^= data.draw(st.integers(1, 255))
    with suppress(ValueError):
        assert isinstance(decode_run(bytes(damaged)), list)


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown"):
        decode_run(b"?")
