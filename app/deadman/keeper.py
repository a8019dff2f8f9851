"""The bedside program's end: starts the watcher, sends the beats, and watches the watcher."""

from __future__ import annotations

import logging
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from app.deadman.companion import Companion, Step
from app.deadman.messages import BEAT_S, Beat, Goodbye, Message, Over, Part, decode, encode
from app.places import ROOT
from app.silence import Silence

_log = logging.getLogger(__name__)

LEAVE_S = 3.0
"""How long a watcher may take to leave after goodbye."""

Report = Callable[[bool, str], None]
"""Told whether the watcher works, with a sentence; called from the keeper's thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What is watched, and how.

    Attributes:
        silent_s: how long ago each part gave its last sign of life, seconds.
        standing: where the session stands, in words; called from the keeper's thread.
        quiet: the watcher makes no sound.
        lock: file that names the process which holds the record, or empty.
    """

    silent_s: Mapping[Part, Callable[[], float]]
    standing: Callable[[], str]
    quiet: bool = False
    lock: str = ""

    def command(self) -> list[str]:
        """The command line of a watcher."""
        options = ["--lock", self.lock, "--holder", str(os.getpid())]
        if self.quiet:
            options.append("--quiet")
        return [sys.executable, "-m", "app.deadman", *options]


class Keeper:
    """Keeps one watcher running from `start` to `stop`."""

    def __init__(self, watched: Watched, report: Report) -> None:
        """Nothing runs before `start`; `report` is told when the watcher fails and works again."""
        self._watched = watched
        self._report = report
        self._companion = Companion()
        self._silences = {part: Silence() for part in watched.silent_s}
        self._line: _Line | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Begin; a watcher that cannot be started is reported and tried again."""
        self._thread.start()

    def stop(self) -> None:
        """Say goodbye and wait until the watcher has left."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        line, self._line = self._line, None
        if line is not None:
            line.send(Goodbye())
            line.close(LEAVE_S)

    @property
    def pid(self) -> int | None:
        """Process number of the watcher that runs now, or None."""
        line = self._line
        return None if line is None else line.process.pid

    def _run(self) -> None:
        while True:
            try:
                self._turn()
            except Exception:  # a fault in here must not look like a fault of the whole program
                _log.exception("The keeper of the watch failed")
            if self._stopping.wait(BEAT_S):
                return

    def _turn(self) -> None:
        now_s = time.monotonic()
        beat = Beat(
            silent_s={
                part: self._silences[part].look(now_s, silent_s())
                for part, silent_s in self._watched.silent_s.items()
            },
            standing=self._watched.standing(),
        )
        line = self._line
        if line is not None:
            for message in line.heard():
                self._companion.hear(now_s)
                if isinstance(message, Over):
                    self._report(True, message.words)
            if line.ended:
                self._drop(line)
                self._companion.lose(now_s)
            elif self._companion.answers:
                line.send(beat)
        verdict = self._companion.look(now_s)
        if verdict.step is Step.START:
            self._begin(now_s)
        elif verdict.step is Step.END and self._line is not None:
            self._drop(self._line)
        if verdict.report is not None:
            self._report(not verdict.report, verdict.report)

    def _begin(self, now_s: float) -> None:
        try:
            self._line = _Line(self._watched.command())
        except OSError as error:
            _log.error("The watch could not be started: %s", error)
            self._companion.lose(now_s)

    def _drop(self, line: _Line) -> None:
        _log.info("The watch ended or does not answer; process %d", line.process.pid)
        self._line = None
        line.close(0.0)


class _Line:
    """One watcher's process and the pipes to and from it."""

    def __init__(self, command: Sequence[str]) -> None:
        # of its own session: what ends a terminal or a group of processes leaves it to tell of it
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={**os.environ, "PYTHONPATH": _python_path()},
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._words: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self.ended = False
        self._reader = threading.Thread(target=self._read, name="watch-answers", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        pipe = self.process.stdout
        with suppress(OSError, ValueError):
            for line in pipe or ():
                message = decode(line)
                if message is not None:
                    self._words.put(message)
        self.ended = True

    def heard(self) -> list[Message]:
        """What the watcher said since the last call."""
        words = []
        with suppress(queue.Empty):
            while True:
                words.append(self._words.get_nowait())
        return words

    def send(self, message: Message) -> None:
        """Say `message`; a watcher that is gone is noticed by its silence."""
        if self.process.stdin is not None:
            with suppress(OSError):
                self.process.stdin.write(encode(message))

    def close(self, patience_s: float) -> None:
        """Close the pipe, and end the process where it does not end by itself in time."""
        if self.process.stdin is not None:
            with suppress(OSError):
                self.process.stdin.close()
        try:
            if patience_s <= 0.0:
                self.process.kill()
            self.process.wait(patience_s or LEAVE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join()
        if self.process.stdout is not None:
            self.process.stdout.close()


def _python_path() -> str:
    before = os.environ.get("PYTHONPATH", "")
    return os.pathsep.join([str(ROOT), before] if before else [str(ROOT)])
