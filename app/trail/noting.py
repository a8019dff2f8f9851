"""Notes looks, copies and changes in the logbook of this machine's own record.

The record that is looked at stays as it is, unless it is this machine's own: a copy for an
inspector, a record on a read-only medium or that of another room is never written to.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from app.clock import iso_utc, utc_now
from app.people.actor import actor
from app.people.log_keeper import LogKeeper
from app.places import data_folder, database, seal_key_path
from app.sealing import open_to_write
from protocols.logbook.entries import Changed, Entry, Exported, Looked, Verified
from storage.faults import StorageError
from storage.seals import seal_logbooks
from storage.server import shown_place

log = logging.getLogger(__name__)

AGAIN_S: Final = 600.0
"""The same look by the same person within this time is one look."""

NOT_NOTED: Final = "That this was looked at could not be noted in the logbook of this machine."

SESSIONS: Final = "sessions"
COURSES: Final = "courses"
"""What the lists are called as a subject."""


def subject_of(session: str) -> str:
    """A session as the subject of an entry."""
    return f"session {session}"


def own_place() -> str:
    """This machine's own record, whose logbook takes its trail."""
    place = database(None)
    return place if "://" not in place else str(data_folder() / "sessions.db")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in hexadecimal; empty where it cannot be read.

    Of a folder it is that of a line for each of its files as ``sha256sum`` prints it, by name.
    """
    if path.is_dir():
        files = sorted(one for one in path.iterdir() if one.is_file())
        lines = "".join(f"{sha256_of(one)}  {one.name}\n" for one in files)
        return hashlib.sha256(lines.encode()).hexdigest()
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


class Trail:
    """Notes what somebody does at one place. Every method returns at once, from any thread."""

    def __init__(
        self,
        keeper: LogKeeper,
        where: str,
        *,
        who: Callable[[], str] = actor,
        record: str = "",
        waited_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """By way of `keeper`; `where` is the window or command, `who` says who is at it.

        `record` names the record that is looked at where it is not the one that keeps the trail.
        """
        self._keeper = keeper
        self._where = where
        self._who = who
        self._record = f"record {record}" if record else ""
        self._waited_s = waited_s
        self._lock = threading.Lock()
        self._looks: dict[tuple[str, str, str, str], float] = {}

    def looked(self, subject: str, detail: str = "", *, where: str = "") -> None:
        """Somebody was shown `subject`; the same again within ten minutes is the same look."""
        by, place = self._who(), where or self._where
        detail = "; ".join(part for part in (detail, self._record) if part)
        look = (by, subject, place, detail)
        now_s = self._waited_s()
        with self._lock:
            before_s = self._looks.get(look)
            if before_s is not None and now_s - before_s < AGAIN_S:
                return
            self._looks[look] = now_s
        self._note(Looked(by=by, at_utc=_now(), subject=subject, place=place, detail=detail))

    def exported(self, subject: str, form: str, path: Path) -> None:
        """A copy of `subject` was written to `path`."""
        self._note(
            Exported(
                by=self._who(),
                at_utc=_now(),
                subject=subject,
                format=form,
                path=str(path.resolve()),
                sha256=sha256_of(path),
            )
        )

    def changed(self, subject: str, before: str, after: str, reason: str = "") -> None:
        """Something outside the sessions was changed, in words for people."""
        self._note(
            Changed(
                by=self._who(),
                at_utc=_now(),
                subject=subject,
                before=before,
                after=after,
                reason=reason,
            )
        )

    def verified(self, subject: str, problem: str) -> None:
        """`subject` was checked; `problem` is the first thing wrong, or empty."""
        self._note(Verified(by=self._who(), at_utc=_now(), subject=subject, problem=problem))

    @property
    def place(self) -> str:
        """The record whose logbook keeps the trail."""
        return self._keeper.place

    def flush(self) -> None:
        """Wait until what was noted can be read."""
        self._keeper.flush()

    def close(self) -> str:
        """Wait until all is kept; a sentence for people where that cannot be, else empty."""
        kept = self._keeper.flush() or bool(self._keeper.waiting.files())
        self._keeper.close()
        if kept:
            _seal(self._keeper.place)
        return "" if kept else NOT_NOTED

    def _note(self, entry: Entry) -> None:
        try:
            self._keeper.note(entry)
        except RuntimeError:  # a window that still paints while the program ends
            log.warning("Not noted, the logbook is closed: %s", type(entry).__name__)


def _seal(place: str) -> None:
    """Seal the end of the logbook where this machine has a key: a trail cut short then shows."""
    if not seal_key_path().exists() or not Path(place).is_file():
        return
    try:
        with open_to_write(place) as database:
            seal_logbooks(database)
    except StorageError as error:
        log.info("the trail is not sealed: %s", error)


def begin_trail(where: str, record: str = "", who: Callable[[], str] = actor) -> Trail:
    """A trail in the logbook of this machine's own record, of looks at the one at `record`."""
    own = own_place()
    return Trail(LogKeeper(own), where, who=who, record=foreign_name(record, own))


def foreign_name(record: str, own: str) -> str:
    """What the record at `record` is called on the trail; empty where it is this machine's own."""
    if not record or record == own:
        return ""
    if "://" in record:
        return shown_place(record)
    resolved = Path(record).expanduser().resolve()
    return "" if resolved == Path(own).expanduser().resolve() else str(resolved)


def _now() -> str:
    return iso_utc(utc_now())
