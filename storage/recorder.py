"""The recorder: the one thread that writes, and that never drops an event.

Alarms, commands and phases are committed as they come, frequent events within 250 ms. When the
database does not take them they go to the side store, the caller is told in a sentence, and the
recorder tries again until the database has them all, in their order.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from protocols.events import Event
from storage.canonical import is_routine
from storage.database import Database
from storage.record_writer import Batch, Moved, Writer
from storage.sealed_lines import Cipher
from storage.sidefile import SideStore

ROUTINE_WAIT_S = 0.15
"""How long a frequent event may wait for others; with the commit it stays below 250 ms."""

MOST_AT_ONCE = 1_000
"""Hand-overs taken from the queue before the clock is looked at again."""

LIFE_SIGN_S = 0.25
"""How often the thread shows that it lives when nothing comes."""


@dataclass(frozen=True, slots=True)
class _Flush:
    done: threading.Event = field(default_factory=threading.Event)
    kept: list[bool] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Expected:
    session: str
    next_seq: int


class _Stop:
    pass


_Item = Batch | _Flush | _Expected | _Stop


class Recorder:
    """Writes events of sessions to a database from a thread of its own.

    Args:
        open_database: opens the database; called in the thread, again after each failure.
        on_state: called in the thread with False and a sentence when recording fails, and with True
            and a sentence when it works again. Recording counts as working at the start.
        side_folders: where side files may be made, the preferred one first; best on two disks.
        label: start of the side files' names, one for each database (`sidefile.side_label`).
        cipher: how the lines of side files are kept; those of an encrypted record are sealed.
        path: the database's file; where it is given, a damaged file is set aside and recording goes
            on in a new one at once, with all of the sessions that this recorder has written.
        on_moved: called in the thread when another file is in use.
    """

    def __init__(
        self,
        open_database: Callable[[], Database],
        on_state: Callable[[bool, str], None],
        *,
        side_folders: Sequence[Path] = (),
        label: str = "record",
        cipher: Cipher | None = None,
        path: Path | None = None,
        on_moved: Moved | None = None,
    ) -> None:
        self._inbox: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._closed = False
        self._alive_ns = time.monotonic_ns()
        self._safe_ns = self._alive_ns
        self._writing = False
        side = SideStore(side_folders, label, cipher)
        writer = Writer(open_database, on_state, side, path=path, on_moved=on_moved)
        self._thread = threading.Thread(
            target=self._run, args=(writer,), name="recorder", daemon=True
        )
        self._thread.start()

    def put(self, session: str, events: Sequence[Event]) -> None:
        """Hand over `events`, which follow all handed over before. Never blocks, never drops.

        Raises:
            RuntimeError: the recorder was closed.
        """
        if self._closed:
            raise RuntimeError("put after close")
        if events:
            self._inbox.put(Batch(session, tuple(events)))

    def expect(self, session: str, next_seq: int) -> None:
        """Know the number of the next event of a session that goes on, before the first `put`.

        So that an event which has to wait beside the database comes in once, whatever happens.
        """
        self._inbox.put(_Expected(session, next_seq))

    def flush(self, timeout_s: float) -> bool:
        """Wait until all that was put is written.

        Returns:
            True when it is in the database; False after `timeout_s` or when it is beside it.
        """
        token = _Flush()
        self._inbox.put(token)
        return token.done.wait(timeout_s) and all(token.kept)

    def close(self, timeout_s: float = 10.0) -> bool:
        """Write what is left, close the database and end the thread.

        Returns:
            Whether the thread ended within `timeout_s`.
        """
        if not self._closed:
            self._closed = True
            self._inbox.put(_Stop())
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def last_alive_ns(self) -> int:
        """When the thread last showed that it lives (``time.monotonic_ns``)."""
        return self._alive_ns

    @property
    def is_writing(self) -> bool:
        """Whether the thread waits for the disk now: a slow disk is not a stopped thread."""
        return self._writing

    @property
    def last_commit_ns(self) -> int:
        """When all that had come was last in the database (``time.monotonic_ns``)."""
        return self._safe_ns

    @property
    def backlog(self) -> int:
        """How many hand-overs wait in the queue."""
        return self._inbox.qsize()

    def _run(self, writer: Writer) -> None:
        self._writing = True
        writer.start()
        self._writing = False
        pending: list[Batch] = []
        tokens: list[_Flush] = []
        due: float | None = None
        stopping = False
        while not stopping or pending:
            now = time.monotonic()
            wait = LIFE_SIGN_S if due is None else min(LIFE_SIGN_S, max(0.0, due - now))
            for item in self._take(wait):
                if isinstance(item, Batch):
                    pending.append(item)
                    urgent = not all(is_routine(event) for event in item.events)
                    latest = time.monotonic() + (0.0 if urgent else ROUTINE_WAIT_S)
                    due = latest if due is None else min(due, latest)
                elif isinstance(item, _Expected):
                    writer.expect(item.session, item.next_seq)
                else:
                    due = 0.0
                    if isinstance(item, _Flush):
                        tokens.append(item)
                    else:
                        stopping = True
            self._writing = True
            if due is not None and time.monotonic() >= due:
                writer.write(pending)
                pending, due = [], None
            writer.retry(now=stopping or bool(tokens))
            self._writing = False
            self._alive_ns = time.monotonic_ns()
            if not pending and writer.is_level:
                self._safe_ns = self._alive_ns
            for token in tokens:
                token.kept.append(writer.is_level)
                token.done.set()
            tokens = []
        writer.stop()

    def _take(self, wait_s: float) -> list[_Item]:
        """What has come, after at most `wait_s` of waiting for the first."""
        items: list[_Item] = []
        try:
            first = self._inbox.get(timeout=wait_s) if wait_s > 0 else self._inbox.get_nowait()
            items.append(first)
            while len(items) < MOST_AT_ONCE:
                items.append(self._inbox.get_nowait())
        except queue.Empty:
            pass
        return items
