"""The accounts of a record as they are known now: read, kept up to date, and known without it.

What this program noted itself counts at once, before it is in the database. While the database
cannot be read, what was read last and the copy beside it go on to serve.
"""

from __future__ import annotations

import heapq
import logging
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.people.log_keeper import LogKeeper
from protocols.logbook.entries import ENTRY_KINDS, Entry
from protocols.people.accounts import FOLDED, Accounts, fold_accounts
from protocols.people.rights import LockOut
from storage.database import open_database
from storage.faults import StorageError
from storage.heads import Head
from storage.logbook import RecordedLogbook, read_logbooks_after
from storage.sealed_lines import Cipher, cipher_for

_log = logging.getLogger(__name__)

_KINDS = frozenset(name for name, kind in ENTRY_KINDS.items() if issubclass(kind, FOLDED))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
    """The copy of the accounts and what is wrong with it, and the entries that wait."""

    copied: tuple[Entry, ...]
    problem: str
    left: tuple[Entry, ...]
    cipher: Cipher


class Roster:
    """Accounts folded from the logbooks of one record and from what this program noted since."""

    def __init__(self, keeper: LogKeeper, rule: LockOut) -> None:
        """Of the record that `keeper` keeps, with lock-outs by `rule`; read at the first use."""
        self._keeper = keeper
        self._rule = rule
        self._lock = threading.RLock()
        self._reading = threading.Lock()
        self._read_once = False
        self._reconciled = False
        self._heads: dict[str, Head] = {}
        self._recorded: dict[str, list[Entry]] = {}
        self._base = Accounts()
        self._copied: list[Entry] = []
        self._mine: list[Entry] = []
        self._now = Accounts()
        self.problem = ""

    @property
    def accounts(self) -> Accounts:
        """The accounts as they are known now."""
        if not self._read_once:
            self.refresh()
        with self._lock:
            return self._now

    def note(self, entry: Entry) -> None:
        """Note `entry` in the logbook and let it count at once."""
        if not self._read_once:
            self.refresh()
        with self._lock:
            if isinstance(entry, FOLDED):
                self._mine.append(entry)
                self._now = fold_accounts(self._now, (entry,), self._rule)
            self._keeper.note(entry)

    def flush(self) -> bool:
        """Wait until what was noted is kept; whether it is in the database."""
        return self._keeper.flush()

    @property
    def is_known(self) -> bool:
        """Whether record or copy could be read, so that no account means that there is none."""
        with self._lock:
            return self._reconciled or self._now.any

    @property
    def may_hide(self) -> bool:
        """Whether there may be accounts that cannot be read now, as in a record that is locked."""
        return not self.is_known and self._keeper.copy.path.exists()

    def refresh(self) -> None:
        """Take in what others noted since; a record that cannot be read changes nothing.

        Nobody who asks for accounts meanwhile waits for the disk, but for the first time.
        """
        with self._reading:
            # what lies beside is read first: whatever is noted meanwhile is then in the record too
            beside = None if self._reconciled else self._read_beside()
            found = self._read()
            with self._lock:
                if found is not None:
                    self._take(found)
                if beside is not None and (found is not None or not self._read_once):
                    self._reconcile(beside, readable=found is not None)
                self._now = fold_accounts(self._base, [*self._copied, *self._mine], self._rule)
                self._read_once = True

    def _read(self) -> list[RecordedLogbook] | None:
        """What the logbooks have that is not known yet; None where the record cannot be read."""
        if "://" not in self._keeper.place and not Path(self._keeper.place).expanduser().exists():
            return []
        try:
            with open_database(self._keeper.place, read_only=True) as database:
                return read_logbooks_after(database, self._heads, _KINDS)
        except StorageError as error:
            _log.info("accounts of %s are not read: %s", self._keeper.place, error.user_text)
            return None

    def _take(self, found: Sequence[RecordedLogbook]) -> None:
        news = False
        for logbook in found:
            self.problem = logbook.problem or self.problem
            self._heads[logbook.logbook] = logbook.head
            self._recorded.setdefault(logbook.logbook, []).extend(logbook.entries)
            news = news or bool(logbook.entries)
            for entry in logbook.entries:
                for waiting in (self._copied, self._mine):
                    if entry in waiting:
                        waiting.remove(entry)
        if news:
            self._base = fold_accounts(Accounts(), _in_order(self._recorded), self._rule)

    def _read_beside(self) -> _Beside | None:
        """What lies beside the record; None while that cannot be read."""
        waiting = self._keeper.waiting
        try:
            cipher = cipher_for(self._keeper.place)
            copied, problem = self._keeper.copy.read(cipher)
            left = [one for path in waiting.files() for one in waiting.read(path, cipher)]
        except (StorageError, OSError) as error:
            _log.info("what lies beside %s cannot be read: %s", self._keeper.place, error)
            return None
        return _Beside(copied=copied, problem=problem, left=tuple(left), cipher=cipher)

    def _reconcile(self, beside: _Beside, *, readable: bool) -> None:
        """Let record and copy have the same accounts, and let what waits beside them count.

        What only the copy has is noted again, all of it in its order: it is this record's newest
        word. Where the record cannot be read or followed it only serves here.
        """
        known = {one for entries in self._recorded.values() for one in entries} | {*self._mine}
        left = [one for one in beside.left if isinstance(one, FOLDED) and one not in known]
        missing = any(one not in known and one not in left for one in beside.copied)
        whole = readable and not self.problem
        self._copied, self._mine = list(beside.copied) if missing else [], [*left, *self._mine]
        if missing and whole:
            self._copied, self._mine = [], [*beside.copied, *self._mine]
            for entry in beside.copied:
                self._keeper.note(entry)
        elif whole:
            self._keeper.copy.fill(list(_in_order(self._recorded)), beside.cipher)
        self.problem = self.problem or beside.problem
        self._reconciled = self._reconciled or readable
        self._keeper.bring_in()


def _in_order(recorded: dict[str, list[Entry]]) -> Iterable[Entry]:
    """The entries of every logbook by their times, those of one logbook in their own order."""

    def timed(name: str, entries: Sequence[Entry]) -> Iterable[tuple[str, str, int, Entry]]:
        newest = ""
        for number, entry in enumerate(entries):
            newest = max(newest, entry.at_utc)
            yield newest, name, number, entry

    streams = [timed(name, entries) for name, entries in sorted(recorded.items())]
    return [entry for *_, entry in heapq.merge(*streams, key=lambda one: one[:3])]
