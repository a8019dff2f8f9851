"""The second process: it speaks up when the bedside program is stopped or killed, and only then.

The bedside program runs as people start it, with simulated monitors, under Qt's offscreen platform;
signals of the system do to it what a fault would. What the watcher showed is read in its own log.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from app.deadman.judging import NOT_ANSWERING, STOPPED
from app.deadman.keeper import Keeper, Watched
from app.deadman.messages import Part
from app.places import log_folder
from protocols.events import Event, Service, ServiceReported
from storage.database import open_database
from storage.journal import Journal
from storage.sessions import list_sessions

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 40.0


def eventually(true: Callable[[], bool], what: str) -> None:
    give_up_s = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < give_up_s, f"did not happen: {what}\n{watch_log()}"
        time.sleep(0.05)


def watch_log() -> str:
    path = log_folder() / "watch.log"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def watchers() -> list[int]:
    """Process numbers of the watchers that began, in their order."""
    return [int(found) for found in re.findall(r"(\d+) INFO watching process", watch_log())]


class Bedside:
    """The bedside program in a process of its own."""

    def __init__(self, database: Path, *options: str) -> None:
        self.database = database
        self.process = subprocess.Popen(
            [sys.executable, "main.py", "bedside", "--database", str(database), *options],
            cwd=ROOT,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        )

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def recorded(self) -> list[Event]:
        with open_database(self.database, read_only=True) as record:
            (summary,) = list_sessions(record)
            return list(Journal(record).read(summary.session))

    def reports(self) -> list[ServiceReported]:
        """What was recorded of the watch; nothing before there is a record."""
        if not self.database.exists():
            return []
        events = self.recorded()
        reports = [e for e in events if isinstance(e, ServiceReported)]
        return [e for e in reports if e.service is Service.WATCHDOG]


@pytest.fixture
def bedside(tmp_path: Path) -> Iterator[Bedside]:
    made = Bedside(tmp_path / "sessions.db", "--demo", "--silent", "--speed", "1")
    eventually(lambda: len(watchers()) == 1, "a watcher begins")
    yield made
    if made.process.poll() is None:
        made.process.kill()
    made.process.wait()
    for pid in watchers():
        if psutil.pid_exists(pid):
            os.kill(pid, signal.SIGKILL)
    eventually(lambda: not any(psutil.pid_exists(pid) for pid in watchers()), "watchers are gone")


def test_stopped_watched_again_and_killed(bedside: Bedside) -> None:
    (first,) = watchers()
    os.kill(first, signal.SIGKILL)
    eventually(lambda: len(watchers()) == 2, "another watcher begins")
    eventually(lambda: [r.working for r in bedside.reports()] == [False, True], "both are recorded")

    bedside.send(signal.SIGSTOP)
    eventually(lambda: NOT_ANSWERING in watch_log(), "the stopped program is shown")
    bedside.send(signal.SIGCONT)
    eventually(lambda: " over: " in watch_log(), "it is over by itself")
    eventually(lambda: len(bedside.reports()) == 3, "how long it lasted is recorded")
    last = bedside.reports()[-1]
    assert last.working
    assert last.detail in watch_log()
    assert STOPPED not in watch_log()

    bedside.send(signal.SIGKILL)
    eventually(lambda: STOPPED in watch_log(), "the dead program is shown")
    assert watch_log().count(" sound: ") >= 2
    again = Bedside(bedside.database, "--startup-only")
    assert again.process.wait(PATIENCE_S) == 0
    eventually(lambda: "another program took over" in watch_log(), "the old watcher leaves")
    assert len(watchers()) == 2


def test_an_orderly_end_is_no_trouble(bedside: Bedside) -> None:
    bedside.send(signal.SIGTERM)
    assert bedside.process.wait(PATIENCE_S) == 0
    eventually(lambda: " left" in watch_log(), "the watcher leaves")
    assert " shown: " not in watch_log()
    assert " sound: " not in watch_log()
    assert bedside.reports() == []


class Told:
    """A keeper over a program whose life signs are set by hand; the watcher is a real process."""

    def __init__(self) -> None:
        self.silent_s = dict.fromkeys(Part, 0.0)
        self.reports: list[tuple[bool, str]] = []
        self.keeper = Keeper(
            Watched(
                silent_s={part: (lambda part=part: self.silent_s[part]) for part in Part},
                standing=lambda: "Room 2, infusing since 14:02",
                quiet=True,
            ),
            lambda working, detail: self.reports.append((working, detail)),
        )


@pytest.fixture
def told() -> Iterator[Told]:
    made = Told()
    made.keeper.start()
    eventually(lambda: len(watchers()) == 1, "a watcher begins")
    yield made
    made.keeper.stop()


def test_a_part_that_is_silent_is_named_with_where_the_session_stood(told: Told) -> None:
    told.silent_s[Part.EVALUATOR] = 60.0
    eventually(lambda: NOT_ANSWERING in watch_log(), "the silent evaluator is shown")
    assert "Evaluator silent" in watch_log()
    assert "Room 2, infusing since 14:02" in watch_log()
    told.silent_s[Part.EVALUATOR] = 0.0
    eventually(lambda: bool(told.reports), "the end is reported")
    ((working, words),) = told.reports
    assert working
    assert "The evaluator was silent for" in words


def test_a_watcher_that_hangs_is_ended_and_started_again(told: Told) -> None:
    pid = told.keeper.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    eventually(lambda: len(watchers()) == 2, "another watcher begins")
    eventually(lambda: [working for working, _ in told.reports] == [False, True], "both are told")
    assert not psutil.pid_exists(pid)
