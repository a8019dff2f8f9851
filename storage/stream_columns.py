"""Waveforms and bytes of a packed body as columns, without making events of them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from protocols.events import BytesSent, ChunkReceived, Event, FrameRejected, WaveReceived
from storage.columns import Ints, as_ints, decode_ints, decode_stream, split_blocks
from storage.packing import decode_body, decode_front

_IN_FRONT = "reading"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveRun:
    """Waveform packets of one row that differ only in time and samples.

    Attributes:
        places: where they stand among the events of the row, from 0.
        t_ns: when the last sample of each was received.
        lengths: samples of each; `values` are all samples, one packet after another.
        device, vital, interval_ns, full_scale, usable: as in `WaveReceived`.
    """

    device: str
    vital: str
    interval_ns: int
    full_scale: int
    usable: bool
    places: Ints
    t_ns: Ints
    lengths: Ints
    values: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class BytesRun:
    """Bytes of one row from or to one device.

    Attributes:
        kind: ``chunk`` as received, ``rejected`` by the parser, ``sent`` to the device.
        words: why they were rejected, or what they were sent for; empty for a chunk.
        places, t_ns, lengths: one for each event, as in `WaveRun`.
        data: all bytes, one event after another.
    """

    kind: str
    device: str
    words: str
    places: Ints
    t_ns: Ints
    lengths: Ints
    data: bytes


def read_waves(body: bytes) -> list[WaveRun]:
    """The waveforms of a row, without decoding the bytes beside them.

    Raises:
        ValueError: the body is damaged.
    """
    return _guarded(_waves, body)


def read_bytes(body: bytes) -> list[BytesRun]:
    """The bytes of a row: received, rejected and sent.

    Raises:
        ValueError: the body is damaged.
    """
    return _guarded(_bytes, body)


def _guarded(read: Callable[[bytes], list[_T]], body: bytes) -> list[_T]:
    try:
        return read(body)
    except (zlib.error, struct.error, LookupError, TypeError, OverflowError) as error:
        raise ValueError(f"a packed body cannot be read: {error}") from error


def _second(body: bytes) -> Iterator[tuple[list[Any], Ints, Ints, bytes, bytes]]:
    """Each stream of the second section: key, places, times, coded lengths, coded contents."""
    front = decode_front(body)
    (size,) = struct.unpack_from("<I", body, 1)
    blocks = iter(split_blocks(zlib.decompress(body[5 + size :])))
    for number, key in enumerate(front.streams):
        if key[0] != _IN_FRONT:
            places = np.flatnonzero(front.codes == number)
            yield key, places, front.times[places], next(blocks), next(blocks)


def _waves(body: bytes) -> list[WaveRun]:
    if body[:1] != b"C":
        return [wave_run(place, event) for place, event in _events(body, WaveReceived)]
    return [
        WaveRun(
            device=key[1],
            vital=key[2],
            interval_ns=key[3],
            full_scale=key[4],
            usable=key[5],
            places=places,
            t_ns=t_ns,
            lengths=decode_ints(lengths),
            values=decode_ints(coded),
        )
        for key, places, t_ns, lengths, coded in _second(body)
        if key[0] == "wave"
    ]


def _bytes(body: bytes) -> list[BytesRun]:
    if body[:1] != b"C":
        kinds = (ChunkReceived, FrameRejected, BytesSent)
        return [_bytes_of(place, event) for place, event in _events(body, *kinds)]
    return [
        BytesRun(
            kind=key[0],
            device=key[1],
            words="" if key[0] == "chunk" else key[2],
            places=places,
            t_ns=t_ns,
            lengths=decode_ints(lengths),
            data=decode_stream(coded),
        )
        for key, places, t_ns, lengths, coded in _second(body)
        if key[0] != "wave"
    ]


def _events(body: bytes, *kinds: type[Event]) -> Iterator[tuple[int, Any]]:
    for place, event in enumerate(decode_body(body)):
        if isinstance(event, kinds):
            yield place, event


def wave_run(place: int, event: WaveReceived) -> WaveRun:
    """One packet as a run of one, at `place` in its row."""
    return WaveRun(
        device=event.device,
        vital=event.vital.value,
        interval_ns=event.interval_ns,
        full_scale=event.full_scale,
        usable=event.usable,
        places=as_ints([place]),
        t_ns=as_ints([event.t_ns]),
        lengths=as_ints([len(event.values)]),
        values=as_ints(event.values),
    )


def _bytes_of(place: int, event: ChunkReceived | FrameRejected | BytesSent) -> BytesRun:
    kind, words = "chunk", ""
    if isinstance(event, FrameRejected):
        kind, words = "rejected", event.reason
    elif isinstance(event, BytesSent):
        kind, words = "sent", event.purpose
    return BytesRun(
        kind=kind,
        device=event.device,
        words=words,
        places=as_ints([place]),
        t_ns=as_ints([event.t_ns]),
        lengths=as_ints([len(event.data)]),
        data=event.data,
    )
