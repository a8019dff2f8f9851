"""One long piece of work in a thread of its own, with its progress and a stop."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal, Slot

from app.records.catalogue import CatalogueError, Progress

log = logging.getLogger(__name__)

POLL_MS = 50

Job = Callable[[Progress], Any]
"""Works until done or until its progress answers no; gives the result, None when stopped."""

News = queue.SimpleQueue[tuple[str, Any]]
"""What a job's thread tells: ``progress``, ``done`` or ``failed``, and what of it."""


def _run(job: Job, news: News, stopping: threading.Event) -> None:
    def go_on(share: float) -> bool:
        news.put(("progress", share))
        return not stopping.is_set()

    try:
        result = job(go_on)
    except CatalogueError as error:
        news.put(("failed", str(error)))
    except Exception:  # a bug of ours in a worker must reach the user, not vanish with it
        log.exception("A long piece of work failed")
        news.put(("failed", "Program error. The log has the details."))
    else:
        news.put(("done", result))


class Work(QObject):
    """Runs one job at a time.

    Signals:
        progressed: share done (0 to 1), and seconds left as estimated so far (-1: not yet known).
        done: the job's result; None when it was stopped.
        failed: a sentence for the user.
    """

    progressed = Signal(float, float)
    done = Signal(object)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: threading.Thread | None = None
        self._abandoned: list[threading.Thread] = []
        self._stopping = threading.Event()
        self._news = News()
        self._watch = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._look)

    @property
    def busy(self) -> bool:
        """Whether a job runs."""
        return self._thread is not None

    def start(self, job: Job) -> None:
        """Run `job`; only while not busy."""
        if self.busy:
            return
        self._stopping, self._news = threading.Event(), News()
        self._watch.start()
        self._thread = threading.Thread(
            target=_run, args=(job, self._news, self._stopping), name="review", daemon=True
        )
        self._thread.start()
        self._timer.start()

    @Slot()
    def stop(self) -> None:
        """Ask the job to stop; `done` follows with None."""
        self._stopping.set()

    def abandon(self) -> None:
        """Ask the job to stop and forget it at once; nothing more is told of it."""
        self._stopping.set()
        self._timer.stop()
        self._abandoned = [thread for thread in self._abandoned if thread.is_alive()]
        if self._thread is not None:
            self._abandoned.append(self._thread)
            self._thread = None

    def finish(self) -> None:
        """Stop and wait for every thread; nothing is told any more."""
        self.abandon()
        for thread in self._abandoned:
            thread.join()

    @Slot()
    def _look(self) -> None:
        share: float | None = None
        while not self._news.empty():
            kind, value = self._news.get()
            if kind == "progress":
                share = value
                continue
            self._end()
            if kind == "done":
                self.done.emit(value)
            else:
                self.failed.emit(value)
            return
        if share is not None:
            passed_s = self._watch.elapsed() / 1000
            self.progressed.emit(share, passed_s / share - passed_s if share > 0.02 else -1.0)

    def _end(self) -> None:
        self._timer.stop()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
