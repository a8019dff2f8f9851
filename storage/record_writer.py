"""What the recorder's thread does: into the database, or beside it and later into it.

The rows of the sessions being recorded are kept in memory too. A file that turns out to be damaged
is set aside and a new one made at once with all that is kept; one that was deleted or replaced
under the recorder is brought level with it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path

from protocols.events import Event, SessionClosed, SessionOpened
from storage.canonical import canonical
from storage.database import Database, rescue, set_aside
from storage.fault_sorting import sort_error
from storage.faults import Fault, StorageError
from storage.file_watch import FileWatch
from storage.journal import MOST_IN_ROW, Journal
from storage.kept_rows import KeptRows
from storage.seals import seal_due
from storage.sidefile import Entry, SideStore, Waiting

_logger = logging.getLogger(__name__)

FIRST_RETRY_S, LAST_RETRY_S = 0.5, 10.0
"""Wait before the first new try, and the longest wait; each wait is twice the one before."""

PACK_AT = MOST_IN_ROW
"""Events in live rows after which they are packed; as many are brought in from beside at once."""

NEW_FILES, NEW_FILES_S = 3, 60.0
"""More damaged files than this many in so many seconds: it is the disk, and no new one is begun."""

MEMORY_ONLY = " No disk takes it: all is held in memory only. Do not end the program."
"""Added to the failure where the side files cannot be written either."""

READ_BACK_S = 15.0
"""How often what is kept is compared with what a fresh connection reads from the file: pages that
this connection holds in memory hide a file that was damaged under it."""

_UNUSABLE = (Fault.CORRUPT, Fault.FOREIGN, Fault.NEWER, Fault.UNSUITABLE)
"""What may have taken the place of the record and cannot be written to."""

Moved = Callable[[Path | None, str, Database], None]
"""Told when another file is in use: where the damaged one is kept (None: it is gone), what was
wrong, and the new database, to be given what must not wait (the people's accounts)."""


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
        path: the database's file, which is set aside when it is damaged; None: it is left alone.
        on_moved: called when another file is in use.
    """

    def __init__(
        self,
        open_database: Callable[[], Database],
        on_state: Callable[[bool, str], None],
        side: SideStore,
        *,
        path: Path | None = None,
        on_moved: Moved | None = None,
    ) -> None:
        self._open_database = open_database
        self._on_state = on_state
        self._side = side
        self._path = path
        self._on_moved = on_moved
        self._journal: Journal | None = None
        self._watch: FileWatch | None = None
        self._kept = KeptRows()
        self._homeless = False
        self._spilled: set[str] = set()
        self._moved: list[float] = []
        self._next_seq: dict[str, int] = {}
        self._working = True
        self._sentence = ""
        self._told = ""
        self._unwritable = False
        self._wait_s = FIRST_RETRY_S
        self._next_try = 0.0
        self._read_back_at = time.monotonic() + READ_BACK_S

    @property
    def is_level(self) -> bool:
        """Whether the database has everything that came."""
        return len(self._side) == 0 and self._journal is not None

    def start(self) -> None:
        """Open the database, and bring in what an earlier run left beside it."""
        self._try(self._recover)

    def expect(self, session: str, next_seq: int) -> None:
        """Know the number of the next event of a session that goes on."""
        self._next_seq.setdefault(session, next_seq)

    def write(self, batches: Sequence[Batch]) -> None:
        """Write `batches`, in order."""
        for session, group in groupby(batches, key=lambda batch: batch.session):
            events = [event for batch in group for event in batch.events]
            if len(self._side) or not self._try(partial(self._append, session, events)):
                self._keep_beside(session, events)
            elif not self._try(partial(self._tend, session, events)) and self._try(self._recover):
                self._report_works()

    def retry(self, *, now: bool = False) -> None:
        """Try again when it is time to, or `now`; and see that the file is still there."""
        if self._journal is not None and not len(self._side):
            due = time.monotonic() >= self._read_back_at
            if self._try(self._read_back if due else self._look):
                return
        if (now or time.monotonic() >= self._next_try) and self._try(self._recover):
            self._report_works()

    def stop(self) -> None:
        """Seal what is due and close the database."""
        if self._journal is not None and not len(self._side):
            self._try(self._read_back)
        if self._journal is not None:
            seal_due(self._journal.database)
        self._drop()

    def _append(self, session: str, events: Sequence[Event]) -> None:
        journal = self._opened()
        expected = self._next_seq.get(session)
        if expected is not None and not journal.knows(session):
            head = journal.head(session)  # a commit that failed may have reached the disk
            events = events[max(0, (0 if head is None else head.seq) + 1 - expected) :]
        if events:
            self._next_seq[session] = journal.append(session, events).seq + 1

    def _tend(self, session: str, events: Sequence[Event]) -> None:
        """What follows once `events` are committed: look, pack or seal."""
        self._look()
        journal = self._opened()
        if any(isinstance(event, SessionClosed) for event in events):
            self._later("sealed", self._seal, session)
        elif journal.waiting(session) >= PACK_AT:
            self._later("packed", journal.pack, session)

    def _seal(self, session: str) -> None:
        """Seal a closed session, and let go of its rows once the file gives them back."""
        self._opened().seal(session)
        self._read_back()
        self._kept.forget(session)

    def _look(self) -> None:
        """See that what was committed is in the file of that name."""
        problem = "" if self._watch is None else self._watch.problem()
        if problem:
            raise StorageError(Fault.MISSING, problem)

    def _read_back(self) -> None:
        """Compare the file with what is kept; damage is found while all of it can be repaired."""
        self._look()
        self._read_back_at = time.monotonic() + READ_BACK_S
        if self._path is not None:
            self._kept.compare(self._path)

    def _later(self, what: str, action: Callable[[str], object], session: str) -> None:
        """Do `action`, which may wait: the events are committed. Damage does not wait."""
        try:
            action(session)
        except (StorageError, OSError) as error:
            if isinstance(error, StorageError) and error.fault is Fault.CORRUPT:
                raise
            _logger.info("session %s is not %s yet: %s", session, what, error)

    def _try(self, action: Callable[[], None]) -> bool:
        """Do `action`; on any error report it, let go of the database and wait longer.

        A file that is damaged or gone is replaced and the action done again.
        """
        try:
            action()
        except Exception as error:
            fault = sort_error(error)
            if fault is None:
                _logger.exception("the recorder failed by a fault of the program")
            sentence = "A fault of the program." if fault is None else fault.user_text
            gone = "" if self._watch is None else self._watch.problem()
            damaged = fault is not None and fault.fault is Fault.CORRUPT
            if (gone or damaged) and self._begin_anew(gone or sentence, gone=bool(gone)):
                return self._try(action)
            self._homeless = self._homeless or damaged or bool(gone)
            self._fail(sentence)
            return False
        return True

    def _begin_anew(self, why: str, *, gone: bool) -> bool:
        """Use another file and bring it level with all that is kept; whether that worked.

        A damaged file is set aside first, and so is what has taken the place of one that is gone
        unless it is a record that holds nothing else of the sessions kept.
        """
        now = time.monotonic()
        self._moved = [at for at in self._moved if now - at < NEW_FILES_S]
        if self._path is None or len(self._moved) >= NEW_FILES:
            return False
        self._moved.append(now)
        kept_as = self._rescue() if gone else None
        self._drop()
        self._homeless = True
        try:
            if not gone:
                kept_as = set_aside(self._path)
            try:
                self._open_another(kept_as, why)
            except StorageError as error:
                if not gone or error.fault not in _UNUSABLE:
                    raise
                kept_as = set_aside(self._path)
                self._open_another(kept_as, why)
        except Exception as error:
            _logger.warning("no other file can be used for %s: %s", self._path, error)
            return False
        _logger.error("%s Recording goes on in another file; kept as: %s", why, kept_as)
        return True

    def _rescue(self) -> Path | None:
        """What only the open file has any more (earlier sessions, the logbook), in a new file."""
        if self._journal is None or self._watch is None or self._watch.is_replaced:
            return None
        return rescue(self._journal.database)

    def _open_another(self, kept_as: Path | None, why: str) -> None:
        database = self._opened().database
        if self._on_moved is not None:
            try:
                self._on_moved(kept_as, why, database)
            except Exception:
                _logger.exception("the listener to another file failed")

    def _fail(self, sentence: str) -> None:
        self._drop()
        self._next_try = time.monotonic() + self._wait_s
        self._wait_s = min(2 * self._wait_s, LAST_RETRY_S)
        self._sentence = sentence
        if self._homeless:
            self._spill()
        if self._working:
            self._working = False
            self._tell_failure()

    def _tell_failure(self) -> None:
        """Say that nothing reaches the database, and where it is held; each word of it once."""
        more = MEMORY_ONLY if self._side.in_memory else ""
        if self._told != more or not more:
            self._told = more
            self._tell(False, f"{self._sentence}{more}")

    def _report_works(self) -> None:
        self._wait_s = FIRST_RETRY_S
        if not self._working and not self._unwritable:
            self._working = True
            self._told = ""
            self._tell(True, "Recording again; nothing was lost.")

    def _tell(self, working: bool, sentence: str) -> None:
        try:
            self._on_state(working, sentence)
        except Exception:
            _logger.exception("the listener to the recorder's state failed")

    def _opened(self) -> Journal:
        """The journal, opened where it is not, with all that is kept in it."""
        if self._journal is None:
            database = self._open_database()
            try:
                lacked = self._kept.bring_level(database)
            except BaseException:
                database.close()
                raise
            if lacked:
                _logger.warning("the file lacked %d events that were kept; they are in it", lacked)
            self._journal = Journal(database, self._kept)
            self._watch = None if database.path is None else FileWatch(database.path)
            self._homeless = False
        return self._journal

    def _drop(self) -> None:
        journal, watch = self._journal, self._watch
        self._journal = self._watch = None
        if journal is None:
            return
        if watch is not None and watch.problem():
            watch.let_go(journal.database)
        else:
            journal.database.close()

    def _spill(self) -> None:
        """Put what only the memory holds beside, before what is there: no file has it any more."""
        for session in self._kept.sessions():
            if session not in self._spilled:
                self._spilled.add(session)
                self._side.add_before(session, enumerate(self._kept.bodies(session), 1))

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
        if self._side.in_memory and not self._working:
            self._tell_failure()

    def _is_writable(self, event: Event) -> bool:
        """Whether `event` has a canonical form at all; one that has none is logged, whole."""
        try:
            canonical(event)
        except Exception:
            _logger.exception("an event that cannot be written: %s", self._side.sealed(repr(event)))
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
            if other or len(batch) >= PACK_AT:
                self._import(journal, batch)
                batch = []
            batch.append(waiting)
        if batch:
            self._import(journal, batch)
        self._look()
        self._side.clear()
        self._spilled.clear()
        for session in journal.unsealed():
            self._later("sealed", self._seal, session)
        seal_due(journal.database)

    def _import(self, journal: Journal, batch: Sequence[Waiting]) -> None:
        session = batch[0].entry.session
        head = journal.head(session)
        have = 0 if head is None else head.seq
        entries = [waiting.entry for waiting in batch]
        events = [e.event for e in entries if e.seq is None or e.seq > have]
        if events:
            self._next_seq[session] = journal.append(session, events).seq + 1
            self._tend(session, events)
        for waiting in batch:
            waiting.mark_done()
