"""The keeper of a record's logbook: one thread that writes, and that never drops an entry.

Whoever has something to note hands it over and goes on. While the database does not take it, it is
kept in files beside the record, in order, and brought in once the database is back.
"""

from __future__ import annotations

import logging
import queue
import threading
from dataclasses import dataclass, field

from app.clock import utc_now
from app.people.account_copy import AccountCopy
from app.people.waiting_entries import WaitingEntries
from app.places import program_version
from app.reception.sole_use import InUseError, SoleUse
from protocols.logbook.entries import Entry
from storage.database import Database, open_database
from storage.faults import StorageError
from storage.logbook import append_log, open_logbook, read_logbooks
from storage.sealed_lines import cipher_for

_log = logging.getLogger(__name__)

RETRY_S = 2.0
"""How often a database that failed is tried again."""

CLOSE_S = 5.0
"""How long the last entries may take when the keeper is closed."""


@dataclass(frozen=True, slots=True)
class _Flush:
    done: threading.Event = field(default_factory=threading.Event)
    kept: list[bool] = field(default_factory=list)


class _Stop:
    pass


class LogKeeper:
    """Notes entries in the logbook of one record; its thread begins with the first entry."""

    def __init__(self, place: str) -> None:
        """Keep the logbook of the record at `place`, a path or an address."""
        self.place = place
        self.copy = AccountCopy(place)
        self.waiting = WaitingEntries(place)
        self._inbox: queue.SimpleQueue[Entry | _Flush | _Stop] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._in_memory: list[Entry] = []

    def note(self, entry: Entry) -> None:
        """Take `entry`. Never blocks, never drops.

        Raises:
            RuntimeError: the keeper was closed.
        """
        if self._closed:
            raise RuntimeError("note after close")
        self._inbox.put(entry)
        self._begin()

    def bring_in(self) -> None:
        """Begin to bring in what an earlier run left beside the record, where it left anything."""
        if not self._closed and self.waiting.files():
            self._begin()

    def flush(self, timeout_s: float = CLOSE_S) -> bool:
        """Wait until all that was noted is kept.

        Returns:
            True when it is in the database; False after `timeout_s`, or when it waits beside it.
        """
        if self._thread is None:
            return True
        token = _Flush()
        self._inbox.put(token)
        return token.done.wait(timeout_s) and all(token.kept)

    def close(self, timeout_s: float = CLOSE_S) -> bool:
        """Write what is left and end the thread; whether it ended within `timeout_s`."""
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is None:
            return True
        self._inbox.put(_Stop())
        thread.join(timeout_s)
        return not thread.is_alive()

    def _begin(self) -> None:
        with self._lock:
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name="logbook", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        stopping = False
        while not stopping:
            waits = bool(self._in_memory or self.waiting.files())
            entries, tokens, stopping = self._take(RETRY_S if waits else None)
            self._in_memory += entries
            kept = self._write()
            for token in tokens:
                token.kept.append(kept)
                token.done.set()

    def _take(self, wait_s: float | None) -> tuple[list[Entry], list[_Flush], bool]:
        """What has come, after at most `wait_s` of waiting for the first (None: for ever)."""
        entries: list[Entry] = []
        tokens: list[_Flush] = []
        try:
            item = self._inbox.get(timeout=wait_s)
            while True:
                if isinstance(item, _Stop):
                    return entries, tokens, True
                if isinstance(item, _Flush):
                    tokens.append(item)
                else:
                    entries.append(item)
                item = self._inbox.get_nowait()
        except queue.Empty:
            return entries, tokens, False

    def _write(self) -> bool:
        """Bring everything into the database, or beside it; whether it is in the database."""
        try:
            with open_database(self.place) as database:
                logbook = open_logbook(database, utc_now(), program_version())
                level = self._bring_in(database, logbook)
                while level and self._in_memory:
                    append_log(database, logbook, self._in_memory[0])
                    self.copy.add([self._in_memory.pop(0)], cipher_for(self.place))
        except StorageError as error:
            _log.warning("the logbook of %s is kept beside it: %s", self.place, error.user_text)
            level = False
        except Exception:  # a bug of ours must not end the keeping: log it whole, keep it beside
            _log.exception("the logbook of %s could not be written", self.place)
            level = False
        if not level:
            self._keep_beside()
        return level

    def _bring_in(self, database: Database, logbook: str) -> bool:
        """Take in the files that wait; False while another program is at it."""
        if not self.waiting.files():
            return True
        try:
            sole = SoleUse(f"{self.place}.logbook")
        except InUseError:
            return False
        try:
            have = {entry for one in read_logbooks(database) for entry in one.entries}
            for path in self.waiting.files():
                for entry in self.waiting.read(path, cipher_for(self.place)):
                    if entry not in have:
                        append_log(database, logbook, entry)
                path.unlink()
        except OSError:
            _log.exception("what waits beside %s cannot be taken in", self.place)
            return False
        finally:
            sole.release()
        return True

    def _keep_beside(self) -> None:
        """Bring what is only in memory to some disk; where that fails it is tried again."""
        if not self._in_memory:
            return
        try:
            cipher = cipher_for(self.place)
        except StorageError:
            return  # an encrypted record that is locked: nothing of it may lie there in the clear
        if self.waiting.keep(self._in_memory, cipher):
            self.copy.add(self._in_memory, cipher)
            self._in_memory = []
