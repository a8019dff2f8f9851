"""Two hours of every monitor through the command `decode`, as whole processes.

Run: ``python -m bench.decode_captures [--minutes 120] [--runs 3]``. Each run is a process of its
own, ``main.py decode DRIVER FILE`` with its output thrown away, from its start to its end; modules
are compiled and files are in the system's cache. The captures are those of `bench._captures`. What
a process takes that decodes nothing is said first. By the wall best and median, on the processor
the best.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from bench._captures import labels, record_capture
from bench.cold_start import ROOT, environment

TARGET = "2 s"


def run_once(words: list[str], folder: Path) -> tuple[float, float]:
    """Seconds that the command takes: by the wall, and on the processor."""
    began, before = time.perf_counter(), os.times()
    subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "decode", *words],
        env=environment(folder),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=120,
    )
    wall, after = time.perf_counter() - began, os.times()
    user_s = after.children_user - before.children_user
    return wall, user_s + after.children_system - before.children_system


def times_of(words: list[str], folder: Path, runs: int) -> str:
    """Best and median of some runs and the best on the processor, as text."""
    found = [run_once(words, folder) for _ in range(runs)]
    walls, cpus = zip(*found, strict=True)
    return f"{min(walls):6.2f}{median(walls):6.2f} s ({min(cpus):.2f} s)"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Speed of the command decode")
    parser.add_argument("--minutes", type=int, default=120)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    print(
        f"decode: {options.minutes} min of each monitor, whole processes, best and median of"
        f" {options.runs} and best on the processor (target {TARGET} each, none with waveforms)"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = folder / "capture.bin"
        place.touch()
        run_once(["nonin", str(place)], folder)  # compiles the modules
        print(f"  {'nothing to decode':18}{'':9}   {times_of(['nonin', str(place)], folder, 5)}")
        for label in labels():
            capture = record_capture(label, options.minutes * 60)
            place.write_bytes(capture.data)
            words = [capture.driver, str(place)]
            print(
                f"  {label:18}{len(capture.data) / 1e6:6.2f} MB   "
                f"{times_of(words, folder, options.runs)}   --waveforms "
                f"{times_of([*words, '--waveforms'], folder, options.runs)}"
            )


if __name__ == "__main__":
    main()
