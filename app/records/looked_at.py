"""A record from elsewhere, looked at so that nothing in it or beside it changes.

SQLite leaves an index beside each file with a write-ahead log that it reads. So a record that is
not this machine's own is taken as unchanging while nobody writes into it; what only its log holds
is read from a copy of both, and a damaged record from a copy of what holds of it.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from app.reception.sole_use import is_held, lock_path
from app.trail.noting import foreign_name, own_place
from storage import sqlite
from storage.database import Database, open_database
from storage.faults import Fault, StorageError
from storage.heads import heads_path
from storage.journal import find_session, read_runs
from storage.key_file import key_path
from storage.probing import probe
from storage.salvage import Salvage, Salvaged
from storage.sessions import list_sessions

log = logging.getLogger(__name__)

MOST_AT_ONCE_BYTES = 64 << 20
"""The structure of a larger file is not read whole while somebody waits; the check does it."""

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """Where a record is read from.

    Attributes:
        place: what to open.
        foreign: whether it is not this machine's own.
        notes: why that is a copy and what is missing in it, in sentences; empty where it is none.
    """

    place: str
    foreign: bool
    notes: tuple[str, ...] = ()


def look_without_trace(place: str) -> bool:
    """Leave nothing beside the record at `place` from now on, if it is a file from elsewhere.

    Gives whether it is one.
    """
    path = Path(place).expanduser()
    if "://" in place or not foreign_name(place, own_place()) or not path.is_file():
        return False
    sqlite.only_look_at(path)
    return True


@contextmanager
def looked_at(place: str) -> Iterator[LookedAt]:
    """Where to read the record at `place` from, for as long as it is looked at.

    Raises:
        StorageError: a damaged record of which nothing holds, or that cannot be copied.
    """
    if not look_without_trace(place):
        yield LookedAt(place=place, foreign=False)
        return
    path = Path(place).expanduser()
    with TemporaryDirectory(prefix="looked-at-") as folder:
        seen = LookedAt(place=place, foreign=True)
        if sqlite.has_log(path) and not _is_recorded_into(path):
            seen = _copied(path, Path(folder))
        why, reached = _damage(Path(seen.place))
        if why and reached:
            seen = replace(seen, notes=(*seen.notes, _damaged_words(why)))
        elif why:
            seen = _salvaged(seen, Path(folder), why)
        yield seen


def _is_recorded_into(path: Path) -> bool:
    """Whether a program on this machine holds the record's lock; asking takes nothing."""
    lock = lock_path(str(path))
    if not lock.exists():
        return path.with_name(path.name + "-shm").exists()
    return is_held(lock)


def _copied(path: Path, folder: Path) -> LookedAt:
    """A copy of the record with its log, and of what belongs to it."""
    target = folder / path.name
    try:
        for source in (
            path,
            path.with_name(path.name + "-wal"),
            heads_path(path),
            key_path(path),
        ):
            if source.exists():
                shutil.copyfile(source, folder / source.name)
    except OSError as error:
        raise StorageError(
            Fault.IO, f"{path} cannot be copied to be read: {error.strerror or error}."
        ) from error
    note = f"Its newest entries lie in {path.name}-wal; read from a copy of both."
    return LookedAt(place=str(target), foreign=True, notes=(note,))


def _damage(path: Path) -> tuple[str, bool]:
    """What a first look finds damaged, or empty, and whether every row can be reached even so.

    Other faults are told by who opens it.
    """
    small = path.stat().st_size <= MOST_AT_ONCE_BYTES
    try:
        with open_database(path, read_only=True) as database:
            found = (database.find_damage() if small else None) or ""
            if found:
                _reach_rows(database)
            else:
                probe(database)
    except StorageError as error:
        if error.fault is not Fault.CORRUPT:
            return "", True
        return error.user_text.partition(". ")[0].rstrip("."), False
    return (found.splitlines()[-1].rstrip(".") if found else ""), True


def _reach_rows(database: Database) -> None:
    """Read the list and the rows of every session; StorageError where one is out of reach."""
    for summary in list_sessions(database):
        with database.reading() as connection:
            number = find_session(connection, summary.session)
            if number is not None:
                read_runs(connection, number)


def _salvaged(seen: LookedAt, folder: Path, why: str) -> LookedAt:
    """A copy of what holds of a damaged record; the record itself where nothing does."""
    damaged = replace(seen, notes=(*seen.notes, _damaged_words(why)))
    path = Path(seen.place)
    target = folder / "salvaged" / path.name
    target.parent.mkdir()
    try:
        if path.parent != folder:  # the search for rows leaves its own beside the file
            path = Path(_copied(path, folder).place)
        for beside in (key_path, heads_path):  # so that the copy is encrypted as the record is
            if beside(path).exists():
                shutil.copyfile(beside(path), beside(target))
        with open_database(target) as new, Salvage(path, new) as salvage:
            found = salvage.take_all()
    except (StorageError, OSError) as error:
        log.info("nothing of %s holds: %s", path, error)
        return damaged
    if not any(saved.events for saved in found.sessions) and _is_opened(Path(seen.place)):
        return damaged
    notes = damaged.notes
    told = ("Shown is a copy of what holds.", *_lost(found))
    return LookedAt(place=str(target), foreign=True, notes=(*notes, *told))


def _damaged_words(why: str) -> str:
    """What was found damaged, as one sentence: ours already is one, the database's own is none."""
    return f"{why}." if why.startswith("The ") else f"The file is damaged: {why}."


def _is_opened(path: Path) -> bool:
    """Whether the file opens at all as it is."""
    try:
        open_database(path, read_only=True).close()
    except StorageError:
        return False
    return True


def _lost(found: Salvaged) -> Iterator[str]:
    """What is not in the copy, in sentences."""
    cut = [saved for saved in found.sessions if not saved.is_whole]
    for saved in cut[:_MOST_NAMED]:
        yield (
            f"Session {saved.session}: the first {saved.events} of {saved.known} events are there, "
            "the rest cannot be read."
        )
    if len(cut) > _MOST_NAMED:
        yield f"{len(cut) - _MOST_NAMED} more sessions are not whole."
    if found.entries_lost:
        yield f"{found.entries_lost} entries of courses and logbooks are lost."
    if not cut and not found.entries_lost:
        yield "Nothing is known to be missing in it."
