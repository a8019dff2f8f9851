"""Every parser and driver under mutated streams: bits, bytes, pieces and families mixed up.

The default run is short and always the same. The campaign goes on for ``FUZZ_MINUTES`` (10) a
parser with a seed of its own (``FUZZ_SEED`` repeats one) and appends what it did to the file
``FUZZ_REPORT``, a line of JSON for each parser.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable
from math import isfinite
from pathlib import Path

import pytest

from devices.driver import (
    BpProgress,
    Counts,
    DriverItem,
    Measurement,
    Parser,
    ParserItem,
    PumpStatus,
    Rejected,
    Samples,
    Send,
)
from devices.driver_spec import DeviceKind
from devices.registry import DRIVERS, DriverSpec
from protocols.vitals import NS_PER_S, PRESSURES, VITALS, Vital
from tests.conventions.streams import (
    SPECS,
    accounted_for,
    feed,
    minute_of_a_unit,
    minute_of_records,
    spoken,
    wave,
)

ITERATIONS = 1000
MOST_PENDING = 8192
INTERESTING = (
    bytes((0x00, 0x01, 0x7D, 0x7E, 0x7F, 0x80, 0x81, 0xC0, 0xC1, 0xFE, 0xFF, 0x3E, 0x20))
    + b"\r\n0159-=;:*%"
)

Mutation = Callable[[random.Random, bytearray, bytes], None]


def _flip(chance: random.Random, data: bytearray, foreign: bytes) -> None:
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _set(chance: random.Random, data: bytearray, foreign: bytes) -> None:
    data[chance.randrange(len(data))] = chance.choice(INTERESTING)


def _delete(chance: random.Random, data: bytearray, foreign: bytes) -> None:
    start = chance.randrange(len(data))
    del data[start : start + chance.choice((1, 1, 1, 2, 5, 30))]


def _double(chance: random.Random, data: bytearray, foreign: bytes) -> None:
    start = chance.randrange(len(data))
    part = data[start : start + chance.choice((1, 1, 1, 2, 9, 60, 400))]
    data[start:start] = part * chance.choice((1, 1, 1, 3))


def _insert(chance: random.Random, data: bytearray, foreign: bytes) -> None:
    start = chance.randrange(len(data))
    data[start:start] = chance.randbytes(chance.choice((1, 2, 8, 60)))


def _splice(chance: random.Random, data: bytearray, foreign: bytes) -> None:
    start, at = chance.randrange(len(data)), chance.randrange(len(foreign))
    data[start:start] = foreign[at : at + chance.choice((3, 20, 200))]


def _truncate(chance: random.Random, data: bytearray, foreign: bytes) -> None:
    del data[chance.randrange(len(data)) :]


def _overwrite(chance: random.Random, data: bytearray, foreign: bytes) -> None:
    start, size = chance.randrange(len(data)), chance.choice((1, 4, 16))
    data[start : start + size] = chance.randbytes(size)


def _swap(chance: random.Random, data: bytearray, foreign: bytes) -> None:
    start, size = chance.randrange(len(data)), chance.choice((1, 2, 5, 20))
    part = data[start : start + 2 * size]
    data[start : start + 2 * size] = part[size:] + part[:size]


def _digit(chance: random.Random, data: bytearray, foreign: bytes) -> None:
    places = [i for i, byte in enumerate(data) if 0x30 <= byte <= 0x39]
    if places:
        data[chance.choice(places)] = chance.randrange(0x30, 0x3A)


MUTATIONS: tuple[Mutation, ...] = (
    _flip,
    _set,
    _delete,
    _double,
    _insert,
    _splice,
    _truncate,
    _overwrite,
    _swap,
    _digit,
)


class Fuzz:
    """Mutated streams of one driver, and what must hold of whoever reads them."""

    def __init__(self, spec: DriverSpec, seed: int) -> None:
        self.spec = spec
        self.chance = random.Random(seed)
        self.iterations = self.bytes = self.readings = 0
        self._own = (minute_of_a_unit(spec.name).sent_by_unit, minute_of_records(spec.name))
        others = [name for name in DRIVERS if name != spec.name]
        self._foreign = [minute_of_records(name)[:6000] for name in others]
        self._renew()

    def _renew(self) -> None:
        """Readers that have heard nothing yet."""
        self._whole: Parser = self.spec.make_parser()
        self._cut: Parser = self.spec.make_parser()
        self._driver = self.spec.make_driver()
        self._t_ns = 0
        self._fed = self._fed_to_driver = 0
        self._take_sent(self._driver.connect(0))

    def run_once(self) -> None:
        """One stream through two parsers, cut differently, and a driver."""
        chance = self.chance
        if chance.random() < 0.05:
            self._renew()
        data = self._mutated()
        self.iterations += 1
        self.bytes += len(data)
        self._fed += len(data)
        sizes = [chance.choice((0, 1, 2, 3, 7, 40, 300)) for _ in range(chance.randrange(40))]
        expected, found = self._whole.feed(data), feed(self._cut, data, sizes)
        if chance.random() < 0.1:
            expected, found = expected + self._whole.finish(), found + self._cut.finish()
        elif chance.random() < 0.1:
            self._whole.forget()
            self._cut.forget()
        self._check(expected, self._whole.counts)
        assert spoken(found) == spoken(expected)
        assert wave(found) == wave(expected)
        assert self._cut.counts == self._whole.counts
        self._converse(data)

    def _mutated(self) -> bytes:
        chance = self.chance
        if chance.random() < 0.02:
            return chance.randbytes(chance.randrange(2000))
        own = chance.choice(self._own)
        start = chance.randrange(len(own))
        data = bytearray(own[start : start + chance.choice((20, 100, 700, 2000))])
        foreign = chance.choice(self._foreign)
        for _ in range(chance.choice((0, 1, 1, 1, 2, 4, 10))):
            if data:
                chance.choice(MUTATIONS)(chance, data, foreign)
        return bytes(data)

    def _check(self, items: list[ParserItem], counts: Counts) -> None:
        assert accounted_for(counts) == self._fed
        assert counts.pending_bytes <= MOST_PENDING
        assert min(counts.frames, counts.rejected, counts.frame_bytes, counts.skipped_bytes) >= 0
        pressures: dict[int, dict[Vital, float]] = {}
        for item in items:
            self._check_item(item)
            if isinstance(item, Measurement):
                assert 0 < item.end_byte <= self._fed
                if item.vital in PRESSURES and item.value is not None:
                    pressures.setdefault(item.end_byte, {})[item.vital] = item.value
        for said in pressures.values():
            ordered = [said[v] for v in (Vital.SBP, Vital.MAP, Vital.DBP) if v in said]
            assert ordered == sorted(ordered, reverse=True)
            assert len(set(ordered)) == len(ordered)

    def _check_item(self, item: DriverItem) -> None:
        if isinstance(item, Measurement):
            self.readings += item.value is not None
            assert item.vital in self.spec.vitals
            assert (item.value is None) == (not item.quality.has_value)
            assert item.age_ns >= 0
            if item.value is not None:
                assert isfinite(item.value)
                assert VITALS[item.vital].is_plausible(item.value)
        elif isinstance(item, PumpStatus):
            numbers = [n for n in (item.rate_ml_per_h, item.volume_ml) if n is not None]
            self.readings += len(numbers)
            assert self.spec.kind is DeviceKind.PUMP
            assert all(isfinite(number) and number >= 0 for number in numbers)
        elif isinstance(item, Samples):
            assert item.values
            assert item.interval_ns > 0
            assert 0 <= min(item.values) <= max(item.values) <= item.full_scale
        elif isinstance(item, Rejected):
            assert item.reason
        elif isinstance(item, BpProgress):
            assert item.state

    def _converse(self, data: bytes) -> None:
        driver, chance = self._driver, self.chance
        self._t_ns += chance.choice((0, 40_000_000, NS_PER_S, 3 * NS_PER_S))
        while (due_ns := driver.next_deadline_ns) is not None and due_ns <= self._t_ns:
            self._take_sent(driver.advance(due_ns))
        if chance.random() < 0.03:
            self._take_sent(driver.connect(self._t_ns))
        self._fed_to_driver += len(data)
        self._take_sent(driver.receive(self._t_ns, data))
        assert accounted_for(driver.counts) == self._fed_to_driver
        assert driver.counts.pending_bytes <= MOST_PENDING

    def _take_sent(self, items: list[DriverItem]) -> None:
        for item in items:
            self._check_item(item)
            assert not isinstance(item, Send) or self.spec.may_send(item.data)


@SPECS
def test_mutated_streams_break_nothing(spec: DriverSpec) -> None:
    fuzz = Fuzz(spec, seed=1)
    for _ in range(ITERATIONS):
        fuzz.run_once()
    assert fuzz.readings > 0


@pytest.mark.campaign
@SPECS
def test_mutated_streams_break_nothing_for_minutes(spec: DriverSpec) -> None:
    minutes = float(os.environ.get("FUZZ_MINUTES", "10"))
    seed = int(os.environ.get("FUZZ_SEED") or random.SystemRandom().randrange(1 << 32))
    fuzz = Fuzz(spec, seed)
    end_s = time.monotonic() + 60 * minutes
    try:
        while time.monotonic() < end_s:
            fuzz.run_once()
    finally:
        done = {
            "driver": spec.name,
            "seed": seed,
            "minutes": minutes,
            "iterations": fuzz.iterations,
            "bytes": fuzz.bytes,
            "readings": fuzz.readings,
        }
        print(json.dumps(done))
        if report := os.environ.get("FUZZ_REPORT"):
            with Path(report).open("a", encoding="utf-8") as file:
                file.write(json.dumps(done) + "\n")
