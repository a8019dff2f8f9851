"""Packs a run of frequent events into one body and gives them back, exactly.

A body starts with a letter. ``L``: canonical forms, a line each, compressed. ``C``: columns; two
compressed sections, the first with times and readings (all that trends need), the second with
bytes and waveforms. What does not fit the columns is kept as lines.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from protocols.events import (
    BytesSent,
    ChunkReceived,
    Event,
    FrameRejected,
    Reading,
    WaveReceived,
)
from protocols.vitals import Quality, Vital
from storage.canonical import canonical, parse
from storage.columns import (
    Ints,
    as_ints,
    decode_floats,
    decode_ints,
    decode_stream,
    encode_floats,
    encode_ints,
    encode_stream,
    join_blocks,
    split_blocks,
)

Key = tuple[Any, ...]

DICTIONARY = (
    b'["rejected","bp","checksum"],["sent","bp","poll"],["chunk","bp"],'
    b'["wave","oximeter","pleth",13333333,65535,true],'
    b'["wave","oximeter","pleth",13333333,127,true],'
    b'["wave","oximeter","pleth",13333333,255,false],'
    b'["reading","spo2","searching","oximeter",false,false,"",true],'
    b'["reading","pr","sensor-off","oximeter",false,false,"",true],'
    b'["reading","hr","low-confidence","oximeter",false,false,"",false],'
    b'["reading","cuff","good","bp",false,false,"",false],'
    b'{"t_ns":0000000000,"unit_ns":1000000,"streams":[["chunk","oximeter"],'
    b'["wave","oximeter","pleth",13333333,255,true],'
    b'["reading","pr","good","oximeter",false,false,"",false],'
    b'["reading","spo2","good","oximeter",false,false,"",false]]}'
)
"""What first sections often contain, for the compressor to point back to. Part of the format: a
change makes all packed rows unreadable."""

_LEVEL_LIVE, _LEVEL_FINAL = 1, 9
_MOST_STREAMS = 127
_NEW_TIME = 0x80
_MS = 1_000_000


def encode_lines(bodies: Iterable[bytes], *, final: bool = False) -> bytes:
    """Canonical forms as a body of lines."""
    return b"L" + zlib.compress(b"\n".join(bodies), _LEVEL_FINAL if final else _LEVEL_LIVE)


def encode_columns(events: Sequence[Event]) -> bytes | None:
    """`events` as a body of columns, or None when they do not fit.

    The caller compares what comes back with what it gave: an integer typed as a boolean, say, fits
    but does not come back as it was.
    """
    try:
        return _encode_columns(events)
    except (OverflowError, TypeError, ValueError, struct.error):
        return None


def _key(event: Event) -> Key | None:
    if isinstance(event, ChunkReceived):
        return ("chunk", event.device)
    if isinstance(event, WaveReceived):
        return (
            "wave",
            event.device,
            event.vital.value,
            event.interval_ns,
            event.full_scale,
            event.usable,
        )
    if isinstance(event, Reading):
        return (
            "reading",
            event.vital.value,
            event.quality.value,
            event.source,
            event.manual,
            event.spot,
            event.note,
            event.value is None,
        )
    if isinstance(event, FrameRejected):
        return ("rejected", event.device, event.reason)
    if isinstance(event, BytesSent):
        return ("sent", event.device, event.purpose)
    return None


def _encode_columns(events: Sequence[Event]) -> bytes | None:
    streams: dict[Key, list[Any]] = {}
    numbers: dict[Key, int] = {}
    codes: list[int] = []
    for event in events:
        key = _key(event)
        if key is None:
            return None
        if key not in numbers:
            numbers[key] = len(numbers)
            streams[key] = []
        streams[key].append(event)
        codes.append(numbers[key])
    if not events or len(numbers) > _MOST_STREAMS:
        return None
    times = as_ints([event.t_ns for event in events])
    steps = np.diff(times, prepend=times[:1])
    moved = steps != 0
    marks = np.array(codes, dtype=np.uint8) | np.where(moved, _NEW_TIME, 0).astype(np.uint8)
    unit = _MS if not (steps % _MS).any() else 1
    head = {
        "t_ns": int(times[0]),
        "unit_ns": unit,
        "streams": [list(key) for key in numbers],
    }
    first = [
        json.dumps(head, separators=(",", ":")).encode(),
        marks.tobytes(),
        encode_ints(steps[moved] // unit),
    ]
    second: list[bytes] = []
    for key, members in streams.items():
        if key[0] == "reading":
            first += _encode_readings(members)
        elif key[0] == "wave":
            second += _encode_waves(members, b"".join(second))
        else:
            second += _encode_bytes(members)
    front = _compress_front(join_blocks(first))
    back = zlib.compress(join_blocks(second), _LEVEL_FINAL)
    return b"C" + struct.pack("<I", len(front)) + front + back


def _compress_front(data: bytes) -> bytes:
    packer = zlib.compressobj(_LEVEL_FINAL, zdict=DICTIONARY)
    return packer.compress(data) + packer.flush()


def _encode_readings(members: list[Reading]) -> list[bytes]:
    lags = encode_ints(as_ints([r.t_ns - r.measured_ns for r in members]))
    values = [r.value for r in members if r.value is not None]
    return [lags, encode_floats(np.array(values, dtype=np.float64))]


def _encode_waves(members: list[WaveReceived], context: bytes) -> list[bytes]:
    lengths = encode_ints(as_ints([len(w.values) for w in members]))
    return [lengths, encode_ints(as_ints([v for w in members for v in w.values]), context)]


def _encode_bytes(members: list[ChunkReceived | FrameRejected | BytesSent]) -> list[bytes]:
    lengths = encode_ints(as_ints([len(m.data) for m in members]))
    return [lengths, encode_stream(b"".join(m.data for m in members))]


@dataclass(frozen=True, slots=True)
class Front:
    """The first section of a body of columns, decoded: each event's stream and time, readings."""

    streams: list[list[Any]]
    codes: npt.NDArray[np.uint8]
    times: Ints
    readings: dict[int, tuple[Ints, npt.NDArray[np.float64]]]


def decode_front(body: bytes) -> Front:
    """The first section of a body of columns; errors of its own where it is damaged."""
    (size,) = struct.unpack_from("<I", body, 1)
    blocks = split_blocks(zlib.decompressobj(zdict=DICTIONARY).decompress(body[5 : 5 + size]))
    head = json.loads(blocks[0])
    marks = np.frombuffer(blocks[1], dtype=np.uint8)
    steps = np.zeros(len(marks), dtype=np.int64)
    steps[marks >= _NEW_TIME] = decode_ints(blocks[2]) * head["unit_ns"]
    times = np.cumsum(steps, dtype=np.int64) + np.int64(head["t_ns"])
    readings: dict[int, tuple[Ints, npt.NDArray[np.float64]]] = {}
    at = 3
    for number, key in enumerate(head["streams"]):
        if key[0] == "reading":
            readings[number] = (decode_ints(blocks[at]), decode_floats(blocks[at + 1]))
            at += 2
    codes = marks & np.uint8(_NEW_TIME - 1)
    return Front(streams=head["streams"], codes=codes, times=times, readings=readings)


def decode_body(body: bytes) -> list[Event]:
    """The events of a row: one in its canonical form, or a packed run.

    Raises:
        ValueError: `body` is damaged.
    """
    return [parse(body)] if body[:1] == b"[" else decode_run(body)


def decode_run(body: bytes) -> list[Event]:
    """The events of a body of either kind, in order.

    Raises:
        ValueError: the body is damaged.
    """
    try:
        if body[:1] == b"L":
            return [parse(line) for line in _lines(body)]
        if body[:1] == b"C":
            return _decode_columns(body)
    except (zlib.error, struct.error, LookupError, TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"a packed body cannot be read: {error}") from error
    raise ValueError("a packed body of an unknown kind")


def canonical_run(body: bytes) -> list[bytes]:
    """The canonical forms of the events of a body, in order.

    Raises:
        ValueError: the body is damaged.
    """
    if body[:1] == b"L":
        try:
            return _lines(body)
        except zlib.error as error:
            raise ValueError(f"a packed body cannot be read: {error}") from error
    return [canonical(event) for event in decode_run(body)]


def _lines(body: bytes) -> list[bytes]:
    return zlib.decompress(body[1:]).split(b"\n")


def _decode_columns(body: bytes) -> list[Event]:
    front = decode_front(body)
    (size,) = struct.unpack_from("<I", body, 1)
    blocks = iter(split_blocks(zlib.decompress(body[5 + size :])))
    result = np.empty(len(front.codes), dtype=object)
    for number, key in enumerate(front.streams):
        places = front.codes == number
        times: list[int] = front.times[places].tolist()
        members: list[Any]
        if key[0] == "reading":
            members = _build_readings(key, times, *front.readings[number])
        else:
            build = _BUILDERS[key[0]]
            members = build(key, times, decode_ints(next(blocks)), next(blocks))
        result[places] = members
    events: list[Event] = result.tolist()
    return events


def _build_readings(
    key: list[Any], times: list[int], lags: Ints, values: npt.NDArray[np.float64]
) -> list[Reading]:
    _, vital, quality, source, manual, spot, note, missing = key
    which, how = Vital(vital), Quality(quality)
    found: list[float | None] = [None] * len(times) if missing else list(values.tolist())
    return [
        Reading(
            t_ns=t,
            vital=which,
            value=value,
            quality=how,
            source=source,
            measured_ns=t - lag,
            manual=manual,
            spot=spot,
            note=note,
        )
        for t, lag, value in zip(times, lags.tolist(), found, strict=True)
    ]


def _bounds(lengths: Ints) -> tuple[list[int], list[int]]:
    ends = np.cumsum(lengths)
    return (ends - lengths).tolist(), ends.tolist()


def _build_waves(
    key: list[Any], times: list[int], lengths: Ints, coded: bytes
) -> list[WaveReceived]:
    _, device, vital, interval_ns, full_scale, usable = key
    which = Vital(vital)
    flat: list[int] = decode_ints(coded).tolist()
    return [
        WaveReceived(
            t_ns=t,
            device=device,
            vital=which,
            interval_ns=interval_ns,
            full_scale=full_scale,
            usable=usable,
            values=tuple(flat[a:b]),
        )
        for t, a, b in zip(times, *_bounds(lengths), strict=True)
    ]


def _build_chunks(
    key: list[Any], times: list[int], lengths: Ints, coded: bytes
) -> list[ChunkReceived]:
    device, flat = key[1], decode_stream(coded)
    return [
        ChunkReceived(t_ns=t, device=device, data=flat[a:b])
        for t, a, b in zip(times, *_bounds(lengths), strict=True)
    ]


def _build_rejected(
    key: list[Any], times: list[int], lengths: Ints, coded: bytes
) -> list[FrameRejected]:
    _, device, reason = key
    flat = decode_stream(coded)
    return [
        FrameRejected(t_ns=t, device=device, reason=reason, data=flat[a:b])
        for t, a, b in zip(times, *_bounds(lengths), strict=True)
    ]


def _build_sent(key: list[Any], times: list[int], lengths: Ints, coded: bytes) -> list[BytesSent]:
    _, device, purpose = key
    flat = decode_stream(coded)
    return [
        BytesSent(t_ns=t, device=device, purpose=purpose, data=flat[a:b])
        for t, a, b in zip(times, *_bounds(lengths), strict=True)
    ]


_BUILDERS: dict[str, Callable[[list[Any], list[int], Ints, bytes], list[Any]]] = {
    "wave": _build_waves,
    "chunk": _build_chunks,
    "rejected": _build_rejected,
    "sent": _build_sent,
}


Series = dict[str, tuple[list[npt.NDArray[np.int64]], list[npt.NDArray[np.float64]]]]
"""Per vital: times known (ns) and values, NaN where there was none, in pieces."""


def collect_readings(body: bytes, series: Series) -> None:
    """Add the readings of a body to `series`, without decoding bytes and waveforms."""
    if body[:1] != b"C":
        for event in decode_run(body):
            if isinstance(event, Reading):
                add_reading(event, series)
        return
    front = decode_front(body)
    for number, (_, values) in front.readings.items():
        key = front.streams[number]
        times = front.times[front.codes == number]
        pieces = series.setdefault(key[1], ([], []))
        pieces[0].append(times)
        pieces[1].append(np.full(len(times), np.nan) if key[7] else values)


def add_reading(event: Reading, series: Series) -> None:
    """Add one reading to `series`."""
    pieces = series.setdefault(event.vital.value, ([], []))
    pieces[0].append(as_ints([event.t_ns]))
    pieces[1].append(np.array([np.nan if event.value is None else event.value]))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingRun:
    """Readings of one packed row that differ only in time and value.

    Attributes:
        like: what they have in common, as a reading at time 0 of value 0 (None where all lack one).
        places: where they stand among the events of the row, from 0.
        t_ns, measured_ns, values: theirs; NaN where there was no value.
    """

    like: Reading
    places: Ints
    t_ns: Ints
    measured_ns: Ints
    values: npt.NDArray[np.float64]


def bare_reading(reading: Reading) -> Reading:
    """`reading` at time 0 and, where it has a value, of value 0: what it shares with others."""
    value = None if reading.value is None else 0.0
    return replace(reading, t_ns=0, measured_ns=0, value=value)


def read_columns(body: bytes, vitals: Collection[str]) -> list[ReadingRun]:
    """The readings of `vitals` in a packed body, without decoding bytes and waveforms.

    Raises:
        ValueError: the body is damaged.
    """
    try:
        return _columns_of(body, vitals)
    except (zlib.error, struct.error, LookupError, TypeError, OverflowError) as error:
        raise ValueError(f"a packed body cannot be read: {error}") from error


def _columns_of(body: bytes, vitals: Collection[str]) -> list[ReadingRun]:
    if body[:1] == b"L":
        return _columns_of_lines(_lines(body), vitals)
    if body[:1] != b"C":
        raise ValueError("a packed body of an unknown kind")
    front = decode_front(body)
    found: list[ReadingRun] = []
    for number, (lags, values) in front.readings.items():
        key = front.streams[number]
        if key[1] not in vitals:
            continue
        places = np.flatnonzero(front.codes == number)
        t_ns = front.times[places]
        (like,) = _build_readings(key, [0], np.zeros(1, np.int64), np.zeros(1))
        found.append(
            ReadingRun(
                like=like,
                places=places,
                t_ns=t_ns,
                measured_ns=t_ns - lags,
                values=np.full(len(places), np.nan) if key[7] else values,
            )
        )
    return found


def _columns_of_lines(lines: list[bytes], vitals: Collection[str]) -> list[ReadingRun]:
    kept: dict[Key, list[tuple[int, Reading]]] = {}
    for place, line in enumerate(lines):
        if not line.startswith(b'["reading"'):
            continue
        event = parse(line)
        if isinstance(event, Reading) and event.vital in vitals and (key := _key(event)):
            kept.setdefault(key, []).append((place, event))
    return [
        ReadingRun(
            like=bare_reading(members[0][1]),
            places=as_ints([place for place, _ in members]),
            t_ns=as_ints([event.t_ns for _, event in members]),
            measured_ns=as_ints([event.measured_ns for _, event in members]),
            values=np.array([np.nan if e.value is None else e.value for _, e in members]),
        )
        for members in kept.values()
    ]
