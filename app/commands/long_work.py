"""Long work at the command line: a bar on a terminal, and Ctrl+C that stops in order."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

_STEP = 0.005


class LongWork:
    """The share done of something long, shown on stderr where that is a terminal."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        """Move `task` of `bar`."""
        self._bar = bar
        self._task = task
        self._shown = -1.0
        self.stopping = False

    def go_on(self, share: float) -> bool:
        """Show that `share` (0 to 1) is done; whether to go on."""
        if abs(share - self._shown) >= _STEP:
            self._shown = share
            self._bar.update(self._task, completed=share)
        return not self.stopping

    def name(self, what: str) -> None:
        """Say beside the bar what is being done."""
        self._bar.update(self._task, description=what)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Take the bar away while something is printed."""
        self._bar.stop()
        try:
            yield
        finally:
            self._bar.start()

    def ask_to_stop(self, _signal: int, _frame: FrameType | None) -> None:
        """Ctrl+C: stop at the next look; pressed again, at once."""
        self.stopping = True
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def long_work(what: str) -> Iterator[LongWork]:
    """A bar for `what`; Ctrl+C asks to stop instead of breaking off in the middle."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
        disable=not console.is_terminal,
    ) as bar:
        work = LongWork(bar, bar.add_task(what, total=1.0))
        if threading.current_thread() is not threading.main_thread():
            yield work
            return
        before = signal.signal(signal.SIGINT, work.ask_to_stop)
        try:
            yield work
        finally:
            signal.signal(signal.SIGINT, before)
