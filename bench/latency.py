"""From a byte out of limits on a real port to the alarm's state in the core.

Run: ``python -m bench.latency [--seconds 60]``. Another process plays an oximeter on a
pseudo-terminal in real time: 25 groups of three frames a second, every other packet with a pulse
rate above the limit of the rule that asks for no delay. It notes when the last byte of such a
packet was written; a listener of the core notes when it hears of the sounding alarm. First alone;
then while a worker thread exports a two-hour session over and over and the GUI thread paints the
run page 30 times a second at 1920 x 1080. Then to pixel and first sample of sound as well, through
the bedside's own window and sound thread, also while the GUI thread does not answer.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
import tty
from bisect import bisect_right
from collections.abc import Callable, Sequence
from pathlib import Path

from bench._session import make_session, opening, print_times, record_session

ROOT = Path(__file__).resolve().parents[1]
RULE = "hr-high-once"
CALM, FAST = 72, 150
GROUP_S = 0.04
QUIET_PACKETS = 30
"""An alarm each ten seconds: the burst of the one before is over."""

BLOCKED_S = 10.0


def packet(rate: int) -> list[bytes]:
    """25 frames of Nonin data format 2 with `rate` and a saturation of 98 %."""
    values = {0: rate >> 7, 1: rate & 127, 2: 98}
    heads = [
        (1, 0x81 if place == 0 else 0x80, 100 + place, values.get(place, 0)) for place in range(25)
    ]
    return [bytes([*head, sum(head) & 0xFF]) for head in heads]


def play(seconds: float, every: int) -> None:
    """The other process: play the oximeter, then print when each fast packet was whole.

    Each `every`-th packet is fast; there are three a second.
    """
    master, slave = os.openpty()
    tty.setraw(slave)
    print(os.ttyname(slave), flush=True)
    sys.stdin.readline()
    frames: list[tuple[bytes, bool]] = []
    packets = 0
    whole_ns: list[int] = []
    began = time.monotonic()
    for group in range(int(seconds / GROUP_S)):
        while len(frames) < 3:
            rate = FAST if packets % every == every - 1 else CALM
            packets += 1
            parts = packet(rate)
            frames += [(part, rate == FAST and n == 24) for n, part in enumerate(parts)]
        now, frames = frames[:3], frames[3:]
        time.sleep(max(0.0, began + group * GROUP_S - time.monotonic()))
        for data, last in now:
            if last:  # before the write: this process may be made to wait right after it
                whole_ns.append(time.monotonic_ns())
            os.write(master, data)
    print(*whole_ns, flush=True)
    sys.stdin.readline()


class Oximeter:
    """The playing process."""

    def __init__(self, seconds: float, every: int = 2) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.latency", "--play", str(seconds), "--every", str(every)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self.port = self._line().strip()

    def _line(self) -> str:
        if self._process.stdout is None:
            raise RuntimeError("the oximeter has no output")
        return self._process.stdout.readline()

    def _say(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.write("\n")
            self._process.stdin.flush()

    def begin(self) -> None:
        self._say()

    def wait(self) -> list[int]:
        """When each fast packet was whole, after the last."""
        times = [int(word) for word in self._line().split()]
        self._say()
        self._process.wait(10)
        return times

    def stop(self) -> None:
        """End the process, whatever it plays, and close the pipes."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


def measure(place: Path, seconds: float, meanwhile: Callable[[float], None]) -> list[float]:
    """Latencies in ms over `seconds`, while `meanwhile` runs in this thread."""
    from app.live import LiveSession
    from app.rules_files import Rules
    from protocols.events import AlarmChanged, AlarmState, DeviceSlot, Event

    oximeter = Oximeter(seconds)
    text = opening()
    # no need to prepare a patient first: the rule is judged from the first phase on
    limits = text.limits_text.replace(f'id = "{RULE}"', f'id = "{RULE}"\nphases = ["setup"]')
    live = LiveSession.begin(
        database=str(place),
        room="Bench",
        rules=Rules.from_texts(text.protocol_text, limits),
        slots=[
            DeviceSlot(
                device="oximeter", driver="nonin", port=oximeter.port, identity="", simulated=True
            )
        ],
        with_sound=False,
    )
    heard_ns: list[int] = []

    def listen(events: Sequence[Event]) -> None:
        now_ns = time.monotonic_ns()
        for event in events:
            is_rule = isinstance(event, AlarmChanged) and event.alarm == RULE
            if is_rule and event.state is AlarmState.SOUNDING:
                heard_ns.append(now_ns)

    live.runtime.listen(listen)
    live.start()
    time.sleep(1.0)
    oximeter.begin()
    meanwhile(seconds)
    whole_ns = oximeter.wait()
    time.sleep(0.5)
    live.stop()
    found = [heard - whole_ns[bisect_right(whole_ns, heard) - 1] for heard in heard_ns]
    if len(found) != len(whole_ns):
        print(f"  {len(whole_ns)} fast packets, {len(found)} alarms")
    return [one / 1e6 for one in found]


def export_for(place: Path, name: str, folder: Path, ended: threading.Event) -> int:
    """Export a session over and over until told to end; how often."""
    from storage.database import open_database
    from storage.export import export_csv, export_json

    rounds = 0
    while not ended.is_set():
        with open_database(place, read_only=True) as database:
            export_json(database, name, folder / "bench.json")
            export_csv(database, name, folder / "bench.csv", waveforms=True)
        rounds += 1
    return rounds


def paint_for(seconds: float) -> None:
    """Paint the run page of a two-hour session 30 times a second in this thread."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from bench import frames

    application = QApplication.instance() or QApplication([])
    feed = frames.two_hours()
    window = frames.BedsideWindow(feed, frames.stories.NURSE)
    window.resize(1920, 1080)
    window.show()

    def turn() -> None:
        before = feed.clock_ns
        feed.clock_ns += frames.FRAME_NS
        feed.apply(list(frames.incoming(before, feed.clock_ns)))
        feed.advanced.emit()

    timer = QTimer()
    timer.timeout.connect(turn)
    timer.start(33)
    QTimer.singleShot(int(seconds * 1000), application.quit)
    application.exec()
    timer.stop()
    window.close()


def measure_path(place: Path, seconds: float, blocked_s: float = 0.0) -> None:
    """Print how soon alarms are decided, painted and heard; each comes when all is quiet again.

    With `blocked_s` the GUI thread computes in Python for so long, over and over: nothing is
    painted then but what falls between, and the state and the sound must come all the same. The
    alarm of the stalled screen is left out then: its own burst, of the same priority, would be
    completed first.
    """
    from bench._alarm_path import AlarmPath

    without = ("display-stalled",) if blocked_s else ()
    path = AlarmPath(place, seconds, every=QUIET_PACKETS, without=without)
    path.begin()
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        if blocked_s:
            compute_for(min(blocked_s, until_s - time.monotonic()))
        path.run_gui(0.2 if blocked_s else 1.0)
    whole_ns = path.oximeter.wait()
    path.run_gui(1.0)
    path.end()
    found = path.from_last_byte_ms(whole_ns)
    when = f", GUI blocked {blocked_s:.0f} s at a time" if blocked_s else ""
    print(f"to the people: {len(whole_ns)} alarms{when}")
    for name, target in (("state", "50 ms"), ("pixel", "150 ms"), ("sound", "300 ms")):
        if found[name] and not (blocked_s and name == "pixel"):
            print_times(f"last byte to {name}", found[name], target)


def compute_for(seconds: float) -> None:
    """Keep this thread busy in Python."""
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        sum(range(1000))


def main() -> None:
    """Print the figures, or play the oximeter."""
    parser = argparse.ArgumentParser(description="Latency from byte to alarm state")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--play", type=float)
    parser.add_argument("--every", type=int, default=2)
    options = parser.parse_args()
    if options.play is not None:
        play(options.play, options.every)
        return
    print("latency: last byte of a packet out of limits written to alarm state in the core")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        alone = measure(folder / "live.db", options.seconds, time.sleep)
        print_times("alone", alone, "50 ms")
        archive = folder / "archive.db"
        session = record_session(archive, make_session())
        ended = threading.Event()
        exporting = threading.Thread(target=export_for, args=(archive, session, folder, ended))
        exporting.start()
        busy = measure(folder / "busy.db", options.seconds, paint_for)
        ended.set()
        exporting.join()
        print_times("while exporting and painting", busy, "150 ms")
        measure_path(folder / "path.db", options.seconds)
        measure_path(folder / "blocked.db", options.seconds, blocked_s=BLOCKED_S)


if __name__ == "__main__":
    main()
