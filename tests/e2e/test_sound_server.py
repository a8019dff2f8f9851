"""A real sound server without a loudspeaker: bursts reach its sink, and its faults are told.

A PulseAudio of its own is started for the test, with two outputs that play to nobody; what reaches
them is recorded from their monitors and measured.
"""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.sounding.session_sound import SessionSound
from app.sounding.synthesis import RATE_HZ
from app.sounding.watching.standing import MISSING
from protocols.events import AlarmState, Priority
from tests.unit.app.alarm_changes import alarm
from tests.unit.app.burst_measures import find_pulses

pytestmark = [
    pytest.mark.skipif(
        any(shutil.which(tool) is None for tool in ("pulseaudio", "pactl", "parec")),
        reason="PulseAudio is not installed: pulseaudio, pactl and parec are needed",
    ),
    pytest.mark.xdist_group("sound-server"),
]

PATIENCE_S = 15.0


class Server:
    """A PulseAudio for this test alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "native"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        sinks = [
            f"--load=module-null-sink sink_name={name} rate={RATE_HZ} "
            f'sink_properties=device.description="{name}"'
            for name in ("Bedside", "Hall")
        ]
        self._process = subprocess.Popen(
            [
                "pulseaudio",
                "-n",
                "--daemonize=no",
                "--use-pid-file=no",
                "--exit-idle-time=-1",
                "--disable-shm=yes",
                "--log-level=error",
                f"--load=module-native-protocol-unix auth-anonymous=1 socket={self.socket}",
                *sinks,
                "--load=module-rescue-streams",
                "--load=module-always-sink",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        ends_s = time.monotonic() + PATIENCE_S
        while subprocess.run(["pactl", "info"], capture_output=True, check=False).returncode:
            assert time.monotonic() < ends_s, "PulseAudio did not start"
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE_S)
            self._process = None
        self.socket.unlink(missing_ok=True)

    def tell(self, *words: str) -> None:
        subprocess.run(["pactl", *words], check=True, capture_output=True, timeout=PATIENCE_S)

    def remove(self, sink: str) -> None:
        listed = subprocess.run(
            ["pactl", "list", "short", "modules"], check=True, capture_output=True, text=True
        ).stdout
        line = next(line for line in listed.splitlines() if f"sink_name={sink}" in line)
        self.tell("unload-module", line.split("\t")[0])


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    made = Server(tmp_path)
    monkeypatch.setenv("PULSE_SERVER", f"unix:{made.socket}")
    monkeypatch.setenv("PULSE_RUNTIME_PATH", str(tmp_path))
    monkeypatch.setenv("PULSE_STATE_PATH", str(tmp_path))
    monkeypatch.setenv("PULSE_COOKIE", str(tmp_path / "cookie"))
    made.start()
    yield made
    made.stop()


class Listener:
    """Records the monitor of one output until it has heard enough."""

    def __init__(self, sink: str, file: Path) -> None:
        self._file = file
        with file.open("wb") as into:
            self._process = subprocess.Popen(
                [
                    "parec",
                    f"--device={sink}.monitor",
                    "--format=s16le",
                    f"--rate={RATE_HZ}",
                    "--channels=1",
                    "--latency-msec=20",
                    "--raw",
                ],
                stdout=into,
            )
        self._wait_for(lambda signal: len(signal) > 0)

    def heard(self) -> np.ndarray:
        return np.fromfile(self._file, dtype=np.int16).astype(float) / 32768

    def stop_after(self, pulses: int, quiet_s: float = 0.4) -> np.ndarray:
        """What was heard once that many pulses were, and a silence."""

        def enough(signal: np.ndarray) -> bool:
            ended = not np.any(np.abs(signal[-int(quiet_s * RATE_HZ) :]) > 0.01)
            loud = bool(np.any(np.abs(signal) > 0.01))
            return loud and ended and len(find_pulses(signal, RATE_HZ)) >= pulses

        try:
            return self._wait_for(enough)
        finally:
            self._process.terminate()
            self._process.wait(PATIENCE_S)

    def _wait_for(self, enough: object) -> np.ndarray:
        assert callable(enough)
        ends_s = time.monotonic() + PATIENCE_S
        while not enough(signal := self.heard()):
            assert time.monotonic() < ends_s, "not heard"
            time.sleep(0.1)
        return signal


class Room:
    """The sound of a session and what is said of it."""

    def __init__(self) -> None:
        self.said: queue.Queue[tuple[bool, str]] = queue.Queue()
        self.presented: queue.Queue[tuple[str, int, int]] = queue.Queue()
        self.sound = SessionSound(
            lambda working, detail: self.said.put((working, detail)),
            icon_of=lambda _alarm: "general",
            presented=lambda name, raised_ns, at_ns: self.presented.put((name, raised_ns, at_ns)),
            reminder_s=None,
        )
        self.sound.start()

    def says(self) -> tuple[bool, str]:
        return self.said.get(timeout=PATIENCE_S)

    def says_at_last(self, working: bool) -> str:
        """What is said with that word, whatever is said before."""
        while (said := self.says())[0] is not working:
            pass
        return said[1]


@pytest.fixture
def room(server: Server) -> Iterator[Room]:
    made = Room()
    assert made.says() == (True, "")
    yield made
    made.sound.stop()


def test_a_burst_reaches_the_sink_as_it_was_made_and_is_told_of(room: Room, tmp_path: Path) -> None:
    listener = Listener("Bedside", tmp_path / "heard.raw")
    room.sound.listen([alarm("sbp", Priority.MEDIUM, AlarmState.SOUNDING, t_ns=1)])
    signal = listener.stop_after(pulses=3)
    pulses = find_pulses(signal, RATE_HZ)
    assert [round(pulse.fundamental_hz) for pulse in pulses] == [523, 440, 349]
    for pulse in pulses:
        assert pulse.duration_s == pytest.approx(0.180, abs=0.01)
    name, raised_ns, at_ns = room.presented.get(timeout=PATIENCE_S)
    assert (name, raised_ns) == ("sbp", 1)
    assert at_ns <= time.monotonic_ns()


def test_each_fault_of_the_output_is_told_and_so_is_its_end(server: Server, room: Room) -> None:
    faults = (
        (("set-sink-mute", "Bedside", "1"), "The sound output Bedside is muted. Unmute it."),
        (("set-sink-mute", "Bedside", "0"), ""),
        (("set-sink-volume", "Bedside", "0%"), "The volume of Bedside is 0 %. Turn it up."),
        (("set-sink-volume", "Bedside", "100%"), ""),
        (
            ("set-sink-volume", "Bedside", "20%"),
            "The volume of Bedside is 20 %, alarms need 40 %. Turn it up.",
        ),
        (("set-sink-volume", "Bedside", "80%"), ""),
    )
    for words, sentence in faults:
        server.tell(*words)
        assert room.says() == (not sentence, sentence)


@pytest.mark.campaign
def test_an_output_that_is_removed_is_a_change_and_without_any_there_is_no_sound(
    server: Server, room: Room, tmp_path: Path
) -> None:
    server.remove("Bedside")
    assert room.says_at_last(working=False).startswith("Alarms now sound from Hall")
    listener = Listener("Hall", tmp_path / "heard.raw")
    room.sound.listen([alarm("link", Priority.LOW, AlarmState.SOUNDING, t_ns=1)])
    assert len(find_pulses(listener.stop_after(pulses=1), RATE_HZ)) == 1
    server.remove("Hall")
    while room.says_at_last(working=False) != MISSING:
        pass


@pytest.mark.campaign
def test_a_sound_server_that_dies_is_told_and_alarms_sound_again_when_it_is_back(
    server: Server, room: Room, tmp_path: Path
) -> None:
    room.sound.listen([alarm("sbp", Priority.MEDIUM, AlarmState.SOUNDING, t_ns=1)])
    room.presented.get(timeout=PATIENCE_S)
    server.stop()
    assert room.says_at_last(working=False)
    server.start()
    listener = Listener("Bedside", tmp_path / "heard.raw")
    assert len(find_pulses(listener.stop_after(pulses=3), RATE_HZ)) >= 3
    room.says_at_last(working=True)
    assert os.environ["PULSE_SERVER"].endswith(str(server.socket))


LISTENS = """
import os, time
from app.sounding.watching.pulse import News
news = News(lambda: None)
news.start()
print(open(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read(), flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not installed")
def test_a_killed_program_leaves_no_listener_behind(server: Server) -> None:
    program = subprocess.Popen([sys.executable, "-c", LISTENS], stdout=subprocess.PIPE)
    assert program.stdout is not None
    with program.stdout:
        (listener,) = program.stdout.readline().split()
    place = Path("/proc", listener.decode())
    ends_s = time.monotonic() + PATIENCE_S
    # until then it is still being started, and nothing ties it to the program yet
    while b"pactl" not in (place / "cmdline").read_bytes().partition(b"\0")[0]:
        assert time.monotonic() < ends_s, "the listener did not begin"
        time.sleep(0.01)
    program.kill()
    program.wait(PATIENCE_S)
    ends_s = time.monotonic() + PATIENCE_S
    while place.exists() and "zombie" not in (place / "status").read_text(encoding="ascii"):
        assert time.monotonic() < ends_s, "the listener is still there"
        time.sleep(0.05)
