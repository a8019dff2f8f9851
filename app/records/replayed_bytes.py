"""Finds the bytes that a reading was decoded from: the driver is run again over what was recorded.

Only the driver of the device in question runs, over the chunks that came before the reading; it is
given the last chunk byte by byte, so that its own account of bytes tells which frame it took when
it gave the reading. Nothing is believed that does not give the recorded value again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.reviewing.provenance import ChunkPart, RawBytes
from devices.driver import DeviceCommand, Driver, DriverItem, Measurement
from devices.driver_spec import DriverSpec
from protocols.events import Reading

MOST_SHOWN_BYTES = 1_024
"""More bytes since the reading before are not shown beside the frame itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Bytes of a device as they came."""

    number: int
    t_ns: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the driver was told between chunks: the port opened anew, or a command."""

    number: int
    t_ns: int
    command: DeviceCommand | None = None


@dataclass(frozen=True, slots=True)
class _Match:
    """Where a reading ends in the bytes fed, how long its frame is, where the one before ended."""

    end: int
    frame: int
    before: int


def replay_bytes(
    spec: DriverSpec, chunks: Sequence[Chunk], told: Sequence[Told], reading: Reading, ordinal: int
) -> RawBytes:
    """The bytes of `reading`, which the last of `chunks` completed.

    `ordinal` says which reading of its vital it is among those of that chunk, from 0. Where the
    driver gives another value than recorded, or none, the whole chunk is given and said to be so.
    """
    last = chunks[-1]
    match = _run(spec.make_driver(), chunks, told, reading, ordinal)
    if match is None:
        part = ChunkPart(
            number=last.number, t_ns=last.t_ns, first=1, last=len(last.data), size=len(last.data)
        )
        words = (
            "The whole chunk in which the reading arrived: the parser, run again from here, did "
            "not give it alone, so its frame cannot be told apart."
        )
        return RawBytes(data=last.data, parts=(part,), words=words)
    start = match.before
    since = match.end - start
    words = "Every byte since the reading before, up to the frame that completed this one."
    if since > MOST_SHOWN_BYTES or since < match.frame:
        start, words = match.end - match.frame, "The frame that gave the reading."
    elif since == match.frame:
        words = "The frame that gave the reading."
    joined = b"".join(chunk.data for chunk in chunks)
    return RawBytes(
        data=joined[start : match.end],
        frame=match.frame,
        parts=tuple(_parts(chunks, start, match.end)),
        exact=True,
        words=words,
    )


def _run(
    driver: Driver, chunks: Sequence[Chunk], told: Sequence[Told], reading: Reading, ordinal: int
) -> _Match | None:
    last = chunks[-1]
    fed, before = 0, 0
    steps: list[Chunk | Told] = sorted([*chunks[:-1], *told], key=lambda one: one.number)
    driver.connect(steps[0].t_ns if steps else last.t_ns)
    for step in steps:
        if step.number > last.number:
            break
        items = _due(driver, step.t_ns)
        if isinstance(step, Chunk):
            items += driver.receive(step.t_ns, step.data)
            fed += len(step.data)
        elif step.command is None:
            items += driver.connect(step.t_ns)
        else:
            items += driver.command(step.t_ns, step.command)
        before = max(before, *_ends(items))
    _due(driver, last.t_ns)
    seen = 0
    for place in range(len(last.data)):
        counted = driver.counts.frame_bytes
        items = driver.receive(last.t_ns, last.data[place : place + 1])
        end = fed + place + 1
        frame = driver.counts.frame_bytes - counted
        for item in items:
            if isinstance(item, Measurement) and item.vital is reading.vital:
                if seen == ordinal:
                    same = item.value == reading.value and item.quality is reading.quality
                    return _Match(end, frame, before) if same and frame else None
                seen += 1
        if any(isinstance(item, Measurement) for item in items):
            before = end
    return None


def _due(driver: Driver, t_ns: int) -> list[DriverItem]:
    items: list[DriverItem] = []
    while (deadline := driver.next_deadline_ns) is not None and deadline <= t_ns:
        items += driver.advance(deadline)
        if driver.next_deadline_ns == deadline:
            break
    return items


def _ends(items: Iterable[DriverItem]) -> list[int]:
    return [0, *(item.end_byte for item in items if isinstance(item, Measurement))]


def _parts(chunks: Sequence[Chunk], start: int, end: int) -> Iterable[ChunkPart]:
    at = 0
    for chunk in chunks:
        size = len(chunk.data)
        first, last = max(start - at, 0), min(end - at, size)
        if first < last:
            yield ChunkPart(
                number=chunk.number, t_ns=chunk.t_ns, first=first + 1, last=last, size=size
            )
        at += size
