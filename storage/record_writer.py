"""What the recorder's thread does: into the database, or beside it and later into it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from protocols.events import Event, SessionClosed, SessionOpened
from storage.canonical import canonical
from storage.database import Database
from storage.faults import StorageError, sort_error
from storage.journal import MOST_IN_ROW, Journal
from storage.sidefile import Entry, SideStore, Waiting

_logger = logging.getLogger(__name__)

FIRST_RETRY_S, LAST_RETRY_S = 0.5, 10.0
"""Wait before the first new try, and the longest wait; each wait is twice the one before."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one session that were handed over at once."""

    session: str
    events: Sequence[Event]


class Writer:
    """Writes events into the database, or beside it and later into it. For one thread only.

    Args:
        open_database: opens the database; called again after each failure.
        on_state: called with False and a sentence when recording fails, and with True and a
            sentence when it works again.
        side: where events go while the database does not take them.
    """

    def __init__(
        self,
        open_database: Callable[[], Database],
        on_state: Callable[[bool, str], None],
        side: SideStore,
    ) -> None:
        self._open_database = open_database
        self._on_state = on_state
        self._side = side
        self._journal: Journal | None = None
        self._next_seq: dict[str, int] = {}
        self._working = True
        self._unwritable = False
        self._wait_s = FIRST_RETRY_S
        self._next_try = 0.0

    @property
    def is_level(self) -> bool:
        """Whether the database has everything that came."""
        return len(self._side) == 0 and self._journal is not None

    def start(self) -> None:
        """Open the database, and bring in what an earlier run left beside it."""
        self._try(self._recover)

    def write(self, batches: Sequence[Batch]) -> None:
        """Write `batches`, in order."""
        for session, group in groupby(batches, key=lambda batch: batch.session):
            events = [event for batch in group for event in batch.events]
            if len(self._side) or not self._try(partial(self._append, session, events)):
                self._keep_beside(session, events)

    def retry(self, *, now: bool = False) -> None:
        """Try again when it is time to, or `now`."""
        if self._journal is not None and not len(self._side):
            return
        if (now or time.monotonic() >= self._next_try) and self._try(self._recover):
            self._report_works()

    def stop(self) -> None:
        """Close the database."""
        self._drop()

    def _append(self, session: str, events: Sequence[Event]) -> None:
        journal = self._opened()
        head = journal.append(session, events)
        self._next_seq[session] = head.seq + 1
        if any(isinstance(event, SessionClosed) for event in events):
            self._seal(journal, session)
        elif journal.waiting(session) >= MOST_IN_ROW:
            self._pack(journal, session)

    def _pack(self, journal: Journal, session: str) -> None:
        try:
            journal.pack(session)
        except StorageError as error:  # the events are committed; packing can wait
            _logger.info("session %s is not packed yet: %s", session, error)

    def _seal(self, journal: Journal, session: str) -> None:
        try:
            journal.seal(session)
        except (StorageError, OSError) as error:
            _logger.warning("session %s is recorded but not sealed: %s", session, error)

    def _try(self, action: Callable[[], None]) -> bool:
        """Do `action`; on any error report it, let go of the database and wait longer."""
        try:
            action()
        except Exception as error:
            fault = sort_error(error)
            if fault is None:
                _logger.exception("the recorder failed by a fault of the program")
            self._fail("A fault of the program." if fault is None else fault.user_text)
            return False
        return True

    def _fail(self, sentence: str) -> None:
        self._drop()
        self._next_try = time.monotonic() + self._wait_s
        self._wait_s = min(2 * self._wait_s, LAST_RETRY_S)
        if self._working:
            self._working = False
            self._tell(False, f"Not recording. {sentence}")

    def _report_works(self) -> None:
        self._wait_s = FIRST_RETRY_S
        if not self._working and not self._unwritable:
            self._working = True
            self._tell(True, "Recording again; nothing was lost.")

    def _tell(self, working: bool, sentence: str) -> None:
        try:
            self._on_state(working, sentence)
        except Exception:
            _logger.exception("the listener to the recorder's state failed")

    def _opened(self) -> Journal:
        if self._journal is None:
            self._journal = Journal(self._open_database())
        return self._journal

    def _drop(self) -> None:
        if self._journal is not None:
            self._journal.database.close()
            self._journal = None

    def _keep_beside(self, session: str, events: Sequence[Event]) -> None:
        seq = self._next_seq.get(session)
        if seq is None and isinstance(events[0], SessionOpened):
            seq = 1
        entries = []
        for event in events:
            if not self._is_writable(event):
                continue
            entries.append(Entry(session=session, seq=seq, event=event))
            seq = None if seq is None else seq + 1
        if seq is not None:
            self._next_seq[session] = seq
        self._side.add(entries)

    def _is_writable(self, event: Event) -> bool:
        """Whether `event` has a canonical form at all; one that has none is logged, whole."""
        try:
            canonical(event)
        except Exception:
            _logger.exception("an event that cannot be written: %r", event)
            if not self._unwritable:
                self._unwritable = True
                self._tell(False, "An event could not be recorded: a fault of the program.")
            return False
        return True

    def _recover(self) -> None:
        """Bring everything from beside into the database, in order, each event once."""
        journal = self._opened()
        batch: list[Waiting] = []
        for waiting in self._side.entries():
            other = bool(batch) and batch[0].entry.session != waiting.entry.session
            if other or len(batch) >= MOST_IN_ROW:
                self._import(journal, batch)
                batch = []
            batch.append(waiting)
        if batch:
            self._import(journal, batch)
        self._side.clear()
        for session in journal.unsealed():
            self._seal(journal, session)

    def _import(self, journal: Journal, batch: Sequence[Waiting]) -> None:
        session = batch[0].entry.session
        head = journal.head(session)
        have = 0 if head is None else head.seq
        entries = [waiting.entry for waiting in batch]
        events = [e.event for e in entries if e.seq is None or e.seq > have]
        if events:
            self._append(session, events)
        for waiting in batch:
            waiting.mark_done()
