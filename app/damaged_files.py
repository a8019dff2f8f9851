"""Record files that were damaged: set aside, noted, and taken over from in the background. No Qt.

What must not wait (accounts, the newest session) is taken over at once. The rest follows in a
thread of its own and in small transactions, while the new file is already in use. Whatever is cut
short is done again at the next start: a file counts as taken over once the logbook says so.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from glob import escape
from pathlib import Path

from app.clock import iso_utc, utc_now
from app.places import program_version
from app.sealing import ready_sealing
from protocols.logbook.entries import FileSetAside, Verified
from storage.database import Database, open_database, set_aside
from storage.faults import Fault, StorageError
from storage.heads import heads_path
from storage.logbook import append_log, open_logbook, read_kinds
from storage.probing import probe
from storage.salvage import Salvage, Salvaged, SavedSession

_log = logging.getLogger(__name__)

PAUSE_S = 0.05
"""Rest after each session that is taken over, so that nothing else waits long for the file."""

MOST_AT_ONCE_BYTES = 200 << 20
"""A larger file is not searched byte by byte while somebody waits: that takes seconds."""

CUT_SHORT = "A damaged record file was being set aside when the program was cut."
"""Why a file that was set aside is not in the logbook yet."""

WHOLE_FILE = "file"
"""Subject of a verdict on the structure of the whole file."""


def ready_file(path: Path) -> str:
    """Open, look at and, where it is damaged, replace the record at `path`.

    Returns:
        A sentence for people when a damaged file was set aside, else an empty text.

    Raises:
        StorageError: it cannot be opened for another reason.
    """
    try:
        with open_database(path) as database:
            probe(database)
            why = _found_damaged(database)
    except StorageError as error:
        if error.fault is not Fault.CORRUPT:
            raise
        why = error.user_text
    if why:
        kept_as = set_aside(path)
    else:
        unnoted = [file for file, said in waiting_files(path) if said == CUT_SHORT]
        if not unnoted:
            return ""
        kept_as, why = unnoted[0], CUT_SHORT
    with open_database(path) as database:
        taken = note_set_aside(kept_as, why, database)
    sentence = f"{_first(why)} It is kept as {kept_as.name}; a new file is in use."
    if taken is not None:
        sentence += f" Of its newest session {taken.events} events were taken over"
        missing = taken.known - taken.events
        sentence += f"; {missing} lie in that file alone." if missing else ", nothing is missing."
    sentence += " Earlier sessions follow in the background."
    _log.error("%s", sentence)
    return sentence


def note_set_aside(
    kept_as: Path, why: str, new: Database, *, newest: bool = True
) -> SavedSession | None:
    """Take over from a file that was set aside what must not wait, and note it in the logbook.

    That are the logbooks and, where asked for, the `newest` session. What cannot be taken over
    quickly is left to the background.
    """
    taken: SavedSession | None = None
    try:
        small = kept_as.stat().st_size <= MOST_AT_ONCE_BYTES
        with Salvage(kept_as, new, _heads_of(new), may_search=small) as salvage:
            salvage.take_logbooks()
            taken = salvage.take_newest() if newest else None
    except (StorageError, OSError) as error:
        _log.warning("nothing is taken over from %s yet: %s", kept_as, error)
    _note(new, kept_as, why, "")
    _ready_seals(new)
    return taken


def note_moved(kept_as: Path | None, why: str, new: Database) -> str:
    """What the recorder did with its file, noted; the sentence for people."""
    if kept_as is None:
        _note(new, Path(new.path or ""), why, "nothing: the file is gone")
        _ready_seals(new)
        return f"{why} This session is whole in the file that is in use now."
    note_set_aside(kept_as, why, new, newest=False)
    return (
        f"{_first(why)} It is kept as {kept_as.name}. This session is whole in a new file;"
        " earlier sessions follow in the background."
    )


def _first(why: str) -> str:
    """The first sentence of `why`: what was wrong. What is to be done follows in ours."""
    return f"{why.partition('. ')[0].rstrip('.')}."


def _ready_seals(new: Database) -> None:
    """Name the site's key in the new file: what is sealed there is proven by its own logbook."""
    if new.path is not None:
        ready_sealing(str(new.path))


def _note(new: Database, path: Path, why: str, salvaged: str) -> None:
    now = utc_now()
    entry = FileSetAside(
        by="program", at_utc=iso_utc(now), path=str(path), why=why, salvaged=salvaged
    )
    try:
        append_log(new, open_logbook(new, now, program_version()), entry)
    except StorageError as error:
        _log.warning("not noted in the logbook: %s: %s", path, error)


def _heads_of(database: Database) -> Path | None:
    return None if database.path is None else heads_path(database.path)


def _found_damaged(database: Database) -> str:
    """What the last check of the whole file found wrong, if it is still this file."""
    problem = ""
    for entry in read_kinds(database, Verified, FileSetAside):
        if isinstance(entry, Verified) and entry.subject == WHOLE_FILE:
            problem = entry.problem
        elif isinstance(entry, FileSetAside):
            problem = ""
    return problem


def waiting_files(path: Path) -> list[tuple[Path, str]]:
    """Files set aside beside the record that were not taken over yet, the newest first, and why."""
    open_ends: dict[str, str] = {}
    with open_database(path, read_only=True) as database:
        for entry in read_kinds(database, FileSetAside):
            if isinstance(entry, FileSetAside):
                open_ends[entry.path] = "" if entry.salvaged else entry.why
    found = sorted(path.parent.glob(f"{escape(path.name)}.damaged-*Z*"), reverse=True)
    files = [file for file in found if _is_record(file)]
    return [(file, why) for file in files if (why := open_ends.get(str(file), CUT_SHORT))]


def _is_record(file: Path) -> bool:
    """Whether it is a record and not what lies beside one (its log, its key)."""
    return file.name.rpartition(".damaged-")[2].replace("-", "").rstrip("0123456789").endswith("Z")


class _StoppedError(Exception):
    """The program ends; the rest is taken over at the next start."""


class RecordCare:
    """Looks after one record from a thread of its own: takes over, then checks the whole file.

    `when_idle` is called in the thread whenever there is nothing left to do.
    """

    def __init__(self, path: Path, tell: Callable[[str], None]) -> None:
        """`tell` is called in the thread with a sentence for people."""
        self._path = path
        self._tell = tell
        self._again = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="record care", daemon=True)
        self._checked = False
        self.when_idle: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def look_again(self) -> None:
        """Another file was set aside. From any thread."""
        self._again.set()

    def stop(self) -> None:
        """End after the session in hand; the rest follows at the next start."""
        self._stopping.set()
        self._again.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._again.clear()
            try:
                self._take_over()
                if not self._checked:
                    self._check_whole_file()
            except _StoppedError:
                return
            except (StorageError, OSError) as error:
                _log.warning("the record cannot be looked after now: %s", error)
            self.when_idle()
            self._again.wait()

    def _take_over(self) -> None:
        for file, why in waiting_files(self._path):
            _log.info("taking over from %s", file)
            with open_database(self._path) as new, Salvage(file, new, _heads_of(new)) as salvage:
                found = salvage.take_all(self._rest)
                _note(new, file, why, found.sentence)
            self._tell(f"Of the damaged record file {file.name}: {found.sentence}")

    def _rest(self, done: int, of: int) -> None:
        if done % 100 == 0:
            _log.info("%d of %d sessions are taken over", done, of)
        if self._stopping.wait(PAUSE_S):
            raise _StoppedError

    def _check_whole_file(self) -> None:
        with open_database(self._path, read_only=True) as database:
            problem = database.find_damage() or ""
        self._checked = True
        if not problem:
            return
        sentence = f"The record file shows damage: {problem.splitlines()[-1]}."
        with open_database(self._path) as database:
            now = utc_now()
            entry = Verified(
                by="program", at_utc=iso_utc(now), subject=WHOLE_FILE, problem=sentence
            )
            append_log(database, open_logbook(database, now, program_version()), entry)
        self._tell(f"{sentence} It will be set aside, and taken over from, at the next start.")


def salvage_by_hand(damaged: Path, target: Path) -> Salvaged:
    """Take over everything from `damaged` into the record at `target`, and note it there.

    Raises:
        StorageError: a file cannot be opened, or the target does not take it.
    """
    with open_database(target) as new, Salvage(damaged, new) as salvage:
        found = salvage.take_all()
        _note(new, damaged, "Taken over by hand.", found.sentence)
    return found


def begin_care(place: str, tell: Callable[[str], None]) -> RecordCare | None:
    """Look at the record at `place` now, and after it from now on; None where a server holds it.

    What is found now is told before this returns. A record that cannot be opened yet (its key is
    locked, another program holds it) is looked at when a session begins.
    """
    if "://" in place:
        return None
    path = Path(place).expanduser()
    try:
        known = path.exists() or any(path.parent.glob(f"{escape(path.name)}.damaged-*Z"))
        sentence = ready_file(path) if known else ""
    except StorageError as error:
        _log.info("the record is not looked at yet: %s", error)
        sentence = ""
    if sentence:
        tell(sentence)
    care = RecordCare(path, tell)
    care.start()
    return care
