"""What every parser owes under endless garbage: little memory, and work in step with the bytes.

No time is measured: work is counted in calls of functions and in bytes moved by the buffers.
"""

from __future__ import annotations

import gc
import random
import sys
from collections.abc import Callable
from types import FrameType, FunctionType, ModuleType

import pytest

from devices.driver import Parser
from devices.framing import FrameBuffer
from devices.registry import DriverSpec
from protocols.vitals import NS_PER_S
from tests.conventions.streams import (
    SPECS,
    accounted_for,
    awkward_records,
    encoded,
    facts,
    read,
    valued,
)

MOST_PENDING = 8192
"""Bytes that a parser may keep for the next call."""

MOST_GROWTH = 16_384
"""Bytes by which all that a parser holds may grow between one megabyte and the next."""

MEGABYTE = 1 << 20
PIECE = 4096


def _refresh(spec: DriverSpec) -> bytes:
    return encoded(spec, awkward_records(spec, 2))[1]


def _repeat(part: bytes, size: int) -> bytes:
    return (part * (size // len(part) + 1))[:size]


Garbage = Callable[[DriverSpec, int], bytes]

GARBAGE: dict[str, Garbage] = {
    "random": lambda spec, size: random.Random(len(spec.name)).randbytes(size),
    "zeros": lambda spec, size: bytes(size),
    "ones": lambda spec, size: b"\xff" * size,
    "first bytes": lambda spec, size: _repeat(_refresh(spec)[:1], size),
    "first two bytes": lambda spec, size: _repeat(_refresh(spec)[:2], size),
    "last bytes": lambda spec, size: _repeat(_refresh(spec)[-1:], size),
    "half frames": lambda spec, size: _repeat(_refresh(spec)[: len(_refresh(spec)) // 2], size),
    "frames without their end": lambda spec, size: _repeat(_refresh(spec)[:-1], size),
    "text without end": lambda spec, size: _repeat(b"SPO2=098% BPM=072 HR=1;72;", size),
    "line ends": lambda spec, size: _repeat(b"\r\n", size),
    "start bytes of all": lambda spec, size: _repeat(b"\x01\x81\x3e\x43\x7e\xc0\x11\x85", size),
    "headers": lambda spec, size: _repeat(b"\xffANSAR-B \xc0\x11\x01\xff\xff\x3e\x43\x00", size),
}


def held_bytes(thing: object) -> int:
    """Size of everything that `thing` refers to, but classes, functions and modules."""
    seen: set[int] = set()
    waiting, total = [thing], 0
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, type | FunctionType | ModuleType):
            continue
        seen.add(id(each))
        total += sys.getsizeof(each)
        waiting += gc.get_referents(each)
    return total


def _feed_endlessly(parser: Parser, garbage: bytes) -> None:
    for start in range(0, len(garbage), PIECE):
        parser.feed(garbage[start : start + PIECE])
        assert parser.counts.pending_bytes <= MOST_PENDING


def _stays_small(spec: DriverSpec, garbage: bytes) -> None:
    parser, half = spec.make_parser(), len(garbage) // 2
    _feed_endlessly(parser, garbage[:half])
    held = held_bytes(parser)
    _feed_endlessly(parser, garbage[half:])
    assert held_bytes(parser) <= held + MOST_GROWTH
    assert accounted_for(parser.counts) == len(garbage)


@SPECS
def test_memory_stays_small(spec: DriverSpec) -> None:
    for make in GARBAGE.values():
        _stays_small(spec, make(spec, MEGABYTE // 16))


@SPECS
def test_two_megabytes_in_one_piece_are_taken_like_many(spec: DriverSpec) -> None:
    for kind in ("random", "zeros", "text without end"):
        garbage = GARBAGE[kind](spec, 2 * MEGABYTE)
        parser = spec.make_parser()
        items = parser.feed(garbage)
        assert facts(items) == []
        assert parser.counts.pending_bytes <= MOST_PENDING
        assert accounted_for(parser.counts) == len(garbage)
        _stays_small(spec, garbage)


@pytest.mark.campaign
@pytest.mark.parametrize("kind", GARBAGE)
@SPECS
def test_memory_stays_small_for_megabytes(spec: DriverSpec, kind: str) -> None:
    _stays_small(spec, GARBAGE[kind](spec, 8 * MEGABYTE))


@SPECS
def test_a_driver_stays_small_too(spec: DriverSpec) -> None:
    for make in GARBAGE.values():
        _driver_stays_small(spec, make(spec, MEGABYTE // 32))


def _driver_stays_small(spec: DriverSpec, garbage: bytes) -> None:
    driver = spec.make_driver()
    driver.connect(0)
    held = 0
    for second, start in enumerate(range(0, len(garbage), PIECE), start=1):
        t_ns = second * NS_PER_S
        while (due_ns := driver.next_deadline_ns) is not None and due_ns <= t_ns:
            driver.advance(due_ns)
        driver.receive(t_ns, garbage[start : start + PIECE])
        assert driver.counts.pending_bytes <= MOST_PENDING
        if second == len(garbage) // PIECE // 2:
            held = held_bytes(driver)
    assert held_bytes(driver) <= held + MOST_GROWTH


@SPECS
def test_after_garbage_a_stream_is_read_as_before(spec: DriverSpec) -> None:
    stream = b"".join(encoded(spec, awkward_records(spec)))
    clean = valued(read(spec, stream)[0])
    for make in GARBAGE.values():
        garbage = make(spec, 20_000)
        parser = spec.make_parser()
        parser.feed(garbage)
        parser.forget()
        found = valued(parser.feed(stream) + parser.finish())
        assert found[-len(clean) // 2 :] == clean[-len(clean) // 2 :]


# work


class _Moved:
    """Counts the bytes that frame buffers copy."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bytes = 0
        take, extend = FrameBuffer._take, FrameBuffer.extend

        def counting_take(buffer: FrameBuffer, size: int) -> bytes:
            self.bytes += len(buffer.data)
            return take(buffer, size)

        def counting_extend(buffer: FrameBuffer, data: bytes) -> None:
            self.bytes += len(buffer.data) + len(data)
            extend(buffer, data)

        monkeypatch.setattr(FrameBuffer, "_take", counting_take)
        monkeypatch.setattr(FrameBuffer, "extend", counting_extend)


def _calls(parser: Parser, data: bytes, piece: int) -> int:
    """Calls of functions, written in Python or C, while `parser` is fed `data`."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        for start in range(0, len(data), piece):
            parser.feed(data[start : start + piece])
    finally:
        sys.setprofile(before)
    return calls


SLACK = 2000
"""Calls or bytes that do not depend on the length."""


@SPECS
def test_work_grows_with_the_bytes_and_no_faster(
    spec: DriverSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = 16_384
    moved = _Moved(monkeypatch)
    for kind, make in GARBAGE.items():
        garbage = make(spec, 2 * size)
        moved.bytes = 0
        once = _calls(spec.make_parser(), garbage[:size], size)
        moved_once, moved.bytes = moved.bytes, 0
        twice = _calls(spec.make_parser(), garbage, 2 * size)
        assert twice <= 2.5 * once + SLACK, kind
        assert moved.bytes <= 2.5 * moved_once + SLACK, kind
        in_pieces = _calls(spec.make_parser(), garbage, 512)
        assert twice <= 1.5 * in_pieces + SLACK, kind
