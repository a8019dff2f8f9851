"""Share of one core that the reader threads of eight monitors take together.

Run: ``python -m bench.eight_ports [--seconds 30]``. A process of its own plays what eight monitors
say (`bench._captures`) on pseudo-terminals in real time and is not counted. The process that is
counted runs eight readers of `devices.reader`, whose chunks are counted and thrown away, and sleeps
besides. Played twice, for what a port hands over depends on its adapter:

- *groups*: each monitor's frames as they leave it, as adapters that collect bytes pass them on;
- *each millisecond*: what the line carried in a millisecond at the monitor's speed, as an adapter
  in low-latency mode passes it on: at 9600 Bd single bytes.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from bench._captures import record_capture
from devices.reader import Reader
from devices.registry import find_driver
from devices.simulation.wires import PtyWire
from protocols.events import ChunkReceived, DeviceSlot, Input
from protocols.vitals import NS_PER_S

ROOT = Path(__file__).resolve().parents[1]
MONITORS = (
    "nonin",
    "nonin",
    "bci",
    "contec-cms50",
    "masimo",
    "nellcor",
    "suntech",
    "dinamap",
)
PLAYS = ("groups", "each millisecond")
SETTLE_S = 2.0
MS = 1_000_000
TARGET = "15 %"

Writing = tuple[int, int, bytes]
"""When, on which port, what."""


def writings(play: str, seconds: int) -> list[Writing]:
    """Everything that is written to the eight ports, in its order."""
    found: list[Writing] = []
    for port, driver in enumerate(MONITORS):
        settings = find_driver(driver).settings
        for t_ns, data in record_capture(driver, seconds, seed=port + 1).pieces:
            if play == PLAYS[0]:
                found.append((t_ns, port, data))
            else:
                found += ((t, port, part) for t, part in spread(t_ns, data, settings.bytes_per_s))
    return sorted(found)


def spread(t_ns: int, data: bytes, bytes_per_s: float) -> Iterable[tuple[int, bytes]]:
    """`data`, which begins at `t_ns`, in the parts that the line carries in a millisecond each."""
    parts: dict[int, bytearray] = {}
    for i, byte in enumerate(data):
        at_ms = t_ns // MS + int((i + 1) / bytes_per_s * 1000)
        parts.setdefault(at_ms, bytearray()).append(byte)
    return [(at_ms * MS, bytes(part)) for at_ms, part in parts.items()]


def run_room(play: str, seconds: int) -> None:
    """The other process: play to the end, beginning when a line comes."""
    todo = writings(play, seconds)
    with tempfile.TemporaryDirectory() as folder:
        wires = [PtyWire(Path(folder) / str(port)) for port in range(len(MONITORS))]
        print(*(wire.port for wire in wires), flush=True)
        sys.stdin.readline()
        began_ns = time.monotonic_ns()
        for t_ns, port, data in todo:
            wait_ns = began_ns + t_ns - time.monotonic_ns()
            if wait_ns > 0:
                time.sleep(wait_ns / NS_PER_S)
            wires[port].write(data)
        sys.stdin.read()
        for wire in wires:
            wire.unplug()


def start_room(play: str, seconds: int) -> subprocess.Popen[str]:
    """The process of `run_room`."""
    return subprocess.Popen(
        [sys.executable, "-m", "bench.eight_ports", "--room", play, "--seconds", str(seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def measure(play: str, seconds: int) -> None:
    """Read what the room plays, and print what that took."""
    room = start_room(play, seconds + round(2 * SETTLE_S))
    if room.stdout is None or room.stdin is None:
        raise RuntimeError("the room has no pipes")
    sizes: list[int] = []

    def count(event: Input) -> None:
        if isinstance(event, ChunkReceived):
            sizes.append(len(event.data))

    readers = [
        Reader(
            DeviceSlot(device=f"{i}", driver=driver, port=port, identity="", simulated=True),
            find_driver(driver).settings,
            time.monotonic_ns,
            count,
        )
        for i, (driver, port) in enumerate(
            zip(MONITORS, room.stdout.readline().split(), strict=True)
        )
    ]
    for reader in readers:
        reader.start()
    time.sleep(SETTLE_S)
    room.stdin.write("\n")
    room.stdin.flush()
    time.sleep(SETTLE_S)
    first, cpu, wall = len(sizes), time.process_time(), time.monotonic()
    time.sleep(seconds)
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    taken = sorted(sizes[first:])
    for reader in readers:
        reader.stop()
    room.stdin.close()
    room.wait(10)
    p99 = taken[min(len(taken) - 1, int(len(taken) * 0.99))]
    print(
        f"  {play:18}{100 * cpu / wall:5.1f} % of one core   {len(taken) / wall:6.0f} chunks/s   "
        f"{sum(taken) / wall:6.0f} bytes/s   bytes a chunk: median {median(taken):g}, p99 {p99}"
    )


def main() -> None:
    """Print the figures, or be the room."""
    parser = argparse.ArgumentParser(description="Processor share of eight readers")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--room", choices=PLAYS)
    options = parser.parse_args()
    if options.room:
        run_room(options.room, options.seconds)
        return
    print(
        f"eight ports: the readers of {', '.join(MONITORS)}"
        f" for {options.seconds} s (target {TARGET} of one core)"
    )
    for play in PLAYS:
        measure(play, options.seconds)


if __name__ == "__main__":
    main()
