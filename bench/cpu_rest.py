"""Share of one core that the program takes in a live session in which nothing happens.

Run: ``python -m bench.cpu_rest [--seconds 60]``. The simulated monitors run in a process of their
own and are not counted. Here run the readers, the core, the recorder and the bedside window at
1920 x 1080 on its run page, in real time, as at a bedside during an infusion. Sound is off: in a
session at rest none is played.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.bedside.window import BedsideWindow
from app.bridge import Bridge
from app.live import LiveSession
from app.rules_files import Rules
from bench._session import MONITORS, Preparation, opening
from protocols.events import DeviceSlot, Phase

ROOT = Path(__file__).resolve().parents[1]
SETTLE_S = 10.0


def run_room() -> None:
    """The other process: monitors on real ports until the input ends."""
    from app.clock import SessionClock
    from devices.simulation.patient import SimulatedPatient
    from devices.simulation.room import SimulatedRoom

    with SimulatedRoom.of_patient(SimulatedPatient("normotensive", seed=1), 1) as room:
        print(*(slot.port for slot in room.slots), flush=True)
        room.start(SessionClock().now_ns)
        sys.stdin.read()


def main() -> None:
    """Print the figures, or be the room."""
    parser = argparse.ArgumentParser(description="Processor share at rest")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--room", action="store_true")
    options = parser.parse_args()
    if options.room:
        run_room()
        return
    room = subprocess.Popen(
        [sys.executable, "-m", "bench.cpu_rest", "--room"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    if room.stdout is None or room.stdin is None:
        raise RuntimeError("the room has no pipes")
    ports = room.stdout.readline().split()
    try:
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder) / "bench.db", ports, options.seconds)
    finally:
        room.stdin.close()
        room.wait(10)


def measure(place: Path, ports: list[str], seconds: float) -> None:
    """Run the session and print what it took."""
    application = QApplication.instance() or QApplication([])
    text = opening()
    live = LiveSession.begin(
        database=str(place),
        room="Bench",
        rules=Rules.from_texts(_without_rest(text.protocol_text), text.limits_text),
        slots=[
            DeviceSlot(device=device, driver=driver, port=port, identity="", simulated=True)
            for (device, driver), port in zip(MONITORS.items(), ports, strict=True)
        ],
        with_sound=False,
    )
    feed = Bridge(live.runtime, live.clock)
    window = BedsideWindow(feed, "R. Example RN")
    window.resize(1920, 1080)
    window.show()
    live.start()
    feed.start()
    preparation = Preparation()
    preparing = QTimer()
    preparing.timeout.connect(lambda: [feed.submit(one) for one in preparation.act(feed.state)])
    preparing.start(100)
    deadline = time.monotonic() + 60
    while feed.state.phase is not Phase.INFUSING and time.monotonic() < deadline:
        application.processEvents()
        time.sleep(0.01)
    preparing.stop()
    if feed.state.phase is not Phase.INFUSING:
        refused = [one.reason for one in feed.state.refusals]
        raise RuntimeError(f"the infusion did not start: {feed.state.phase}, {refused}")
    taken: list[tuple[float, float, dict[int, float]]] = []

    def take() -> None:
        threads = {t.id: t.user_time + t.system_time for t in psutil.Process().threads()}
        taken.append((time.monotonic(), time.process_time(), threads))
        if len(taken) == 2:
            application.quit()

    QTimer.singleShot(int(SETTLE_S * 1000), take)
    QTimer.singleShot(int((SETTLE_S + seconds) * 1000), take)
    application.exec()
    feed.stop()
    live.stop()
    window.close()
    (began, cpu, before), (ended, cpu_end, after) = taken
    wall = ended - began
    gui = after.get(os.getpid(), 0.0) - before.get(os.getpid(), 0.0)
    print(f"at rest: {wall:.0f} s of an infusion in real time (target 25 % of one core)")
    print(f"  the program     {100 * (cpu_end - cpu) / wall:5.1f} % of one core")
    print(f"  of which GUI    {100 * gui / wall:5.1f} %")
    print(f"  memory          {psutil.Process().memory_info().rss / 1e6:5.0f} MB")


def _without_rest(protocol_text: str) -> str:
    """The protocol without the minutes of rest before a baseline, in which nothing is measured."""
    return protocol_text.replace("rest_enforced = true", "rest_enforced = false")


if __name__ == "__main__":
    main()
