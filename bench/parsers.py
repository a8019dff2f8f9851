"""Frames a second of every parser: long streams, live pieces, damaged bytes, and through `decode`.

Run: ``python -m bench.parsers [--minutes 30] [--public FOLDER]``. The streams are those of the
simulated monitors, see `bench._captures`. One figure is the best of five passes by time on the
processor, each with a new parser. The readings of each pass are made and thrown away.

- *64 kB*: the whole stream in pieces of 64 kB, as `decode` and a replay hand it over.
- *40 ms*: in the pieces of a live line.
- *decode*, *waves*: through `devices.decoding.decode`, without and with the samples of the wave.
- *1 % of bytes*: of 100 bytes one, drawn by chance, has one of its bits flipped.
- *1 % of bits*: each bit is flipped with probability 0.01, which damages 8 of 100 bytes and a third
  of all frames of five bytes. Frames a second then count accepted frames.

FOLDER is the site-packages of another environment with public parsers of the same protocols; they
are measured on the same stream in the same run. They make less of a frame: berry-oximeter neither
locks nor accounts for bytes, nonin checks no checksum and reads only status and wave.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import random
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from bench._captures import Capture, labels, record_capture
from devices.decoding import decode
from devices.registry import find_driver

PASSES = 5
PIECE = 1 << 16
TARGET = ">= 500,000"
FIVE_BYTES = ("nonin", "bci", "contec-cms50, old")
PUBLIC_MINUTES = 5
PUBLIC = {"bci": "berry-oximeter", "nonin": "nonin"}


def cut(data: bytes) -> list[bytes]:
    """`data` in pieces of 64 kB."""
    return [data[start : start + PIECE] for start in range(0, len(data), PIECE)]


def damage_bytes(data: bytes, share: float, seed: int) -> bytes:
    """`data` with one bit flipped in `share` of its bytes."""
    chance = random.Random(seed)
    damaged = bytearray(data)
    for place in chance.sample(range(len(data)), round(len(data) * share)):
        damaged[place] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def damage_bits(data: bytes, share: float, seed: int) -> bytes:
    """`data` with `share` of all its bits flipped."""
    chance = random.Random(seed)
    damaged = bytearray(data)
    for place in chance.sample(range(8 * len(data)), round(8 * len(data) * share)):
        damaged[place >> 3] ^= 1 << (place & 7)
    return bytes(damaged)


def best_s(action: Callable[[], object]) -> float:
    """Seconds on the processor of the fastest of some passes."""
    times = []
    for _ in range(PASSES):
        gc.collect()
        began = time.process_time()
        action()
        times.append(time.process_time() - began)
    return min(times)


def exhaust(readings: Iterable[object]) -> None:
    """Take all, keep none."""
    deque(readings, maxlen=0)


def parse(driver: str, pieces: Sequence[bytes]) -> int:
    """Feed `pieces` to a new parser; how many frames it accepted."""
    parser = find_driver(driver).make_parser()
    feed = parser.feed
    for piece in pieces:
        feed(piece)
    parser.finish()
    return parser.counts.frames


def print_whole(capture: Capture) -> None:
    """One line of the table of undamaged streams."""
    driver, data = capture.driver, capture.data
    large, live = cut(data), [piece for _, piece in capture.pieces]
    frames = parse(driver, large)
    large_s = best_s(lambda: parse(driver, large))
    live_s = best_s(lambda: parse(driver, live))
    decode_s = best_s(lambda: exhaust(decode(driver, data)))
    waves_s = best_s(lambda: exhaust(decode(driver, data, waveforms=True)))
    target = TARGET if capture.label in FIVE_BYTES else ""
    print(
        f"  {capture.label:18}{frames:9,}{len(data) / frames:8.1f}{frames / large_s:13,.0f}"
        f"{len(data) / large_s / 1e6:8.2f}{frames / live_s:12,.0f}{frames / decode_s:13,.0f}"
        f"{frames / waves_s:12,.0f}   {target}"
    )


def print_damaged(capture: Capture) -> None:
    """One line of the table of damaged streams."""
    driver, data = capture.driver, capture.data
    whole = parse(driver, cut(data))
    line = f"  {capture.label:18}"
    for damage in (damage_bytes, damage_bits):
        pieces = cut(damage(data, 0.01, 1))
        frames = parse(driver, pieces)
        took_s = best_s(lambda p=pieces: parse(driver, p))
        line += (
            f"{frames / took_s:13,.0f}{len(data) / took_s / 1e6:8.2f}{100 * frames / whole:8.1f} %"
        )
    print(line)


class _PortOfBytes:
    """Stands for the serial port that the package `nonin` reads."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def read_until(self, end: bytes) -> bytes:
        """The bytes up to and with `end`."""
        found = self._data.find(end, self._at)
        if found < 0:
            raise EOFError
        start, self._at = self._at, found + len(end)
        return self._data[start : self._at]


def run_berry(pieces: Sequence[bytes]) -> int:
    """The parser of the package berry-oximeter; how many readings it made."""
    parser = importlib.import_module("berry_oximeter.parser").BCIProtocolParser()
    return sum(len(parser.add_data(piece)) for piece in pieces)


def run_nonin(pieces: Sequence[bytes]) -> int:
    """The reader of the package nonin; how many frames it read. It checks no checksum."""
    maker = importlib.import_module("nonin.device").Nonin
    reader = maker.__new__(maker)
    reader.serial = _PortOfBytes(b"".join(pieces))
    reader.frame_count = reader.packet_count = frames = 0
    try:
        while reader.read():
            frames += 1
    except EOFError:
        return frames


def print_public(driver: str, package: str, run: Callable[[Sequence[bytes]], int]) -> None:
    """The program's parser and a public one on the same stream, in live pieces and large ones."""
    capture = record_capture(driver, PUBLIC_MINUTES * 60)
    for name, pieces in (
        ("40 ms", [piece for _, piece in capture.pieces]),
        ("64 kB", cut(capture.data)),
    ):
        try:
            with warnings.catch_warnings(action="ignore"):
                theirs = run(pieces)
        except ImportError:
            print(f"  {driver:18}{package}: not installed: pip install {package}, then --public")
            return
        ours = parse(driver, pieces)
        here = ours / best_s(lambda p=pieces: parse(driver, p))
        there = theirs / best_s(lambda p=pieces: run(p))
        print(
            f"  {driver:18}{name:8}{here:13,.0f}/s here{there:13,.0f}/s {package:16}"
            f"{here / there:8.1f} times"
        )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Speed of the parsers")
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--public", default="", help="site-packages with public parsers")
    options = parser.parse_args()
    print(
        f"parsers: {options.minutes} min of each monitor, frames a second of processor time,"
        f" best of {PASSES} passes\n"
        f"  {'stream':18}{'frames':>9}{'B/frame':>8}{'64 kB':>13}{'MB/s':>8}{'40 ms':>12}"
        f"{'decode':>13}{'waves':>12}   target"
    )
    captures = [record_capture(label, options.minutes * 60) for label in labels()]
    for capture in captures:
        print_whole(capture)
    print(
        "damaged, in pieces of 64 kB: accepted frames a second, MB/s, share of the frames\n"
        f"  {'stream':18}{'1 % of bytes':>31}{'1 % of bits':>31}"
    )
    for capture in captures:
        print_damaged(capture)
    if options.public:
        sys.path.append(options.public)
    print(f"public parsers on the same {PUBLIC_MINUTES} min, frames a second")
    for (driver, package), run in zip(PUBLIC.items(), (run_berry, run_nonin), strict=True):
        print_public(driver, package, run)


if __name__ == "__main__":
    main()
