"""Encrypts a record, takes the encryption away, or gives it another key: always by a new copy.

The copy is compared with the original row by row before it takes the original's name in one step
of the file system. Whatever is cut short leaves the original in place; the original is kept under a
dated name and is never deleted here.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from storage import sqlite
from storage.content import Content, read_content
from storage.database import PAGE_BYTES, open_database
from storage.encryption import UNLOCKED, key_for, quoted_key, unlock
from storage.fault_sorting import sort_error
from storage.faults import Fault, StorageError
from storage.folders import sync_folder
from storage.key_file import DataKey, KeyFile, WrappedKey, key_path, read_key_file, write_key_file
from storage.record_note import Author, note_change
from storage.sealed_lines import lines_under, reseal
from storage.whole_files import begin_private, copy_whole, keep_also_as, sync_file

ROOM_FACTOR = 1.2
"""How much larger than the record the free room must be before a copy of it is begun."""

_ENDS = ("", "-wal", "-shm", "-journal")

Step = Callable[[str], None]
"""Told of each step once it is on the disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recoded:
    """What was done: where the original is kept, and the content that both files have."""

    kept: Path
    content: Content


def encrypt_record(
    path: Path,
    key: DataKey,
    wrapped: WrappedKey,
    author: Author,
    *,
    line_files: Sequence[Path] = (),
    at_step: Step = lambda _step: None,
) -> Recoded:
    """Encrypt the plain record at `path` under `key`, whose holders `wrapped` names.

    The lines of `line_files` beside it are sealed as well.

    Raises:
        StorageError: the world's faults, another program has the file open, or the copy differs;
            the record is as it was then.
    """
    with _told():
        if key_for(path) is not None:
            raise StorageError(Fault.UNSUITABLE, "The record is encrypted already.")
        _put_leftovers_right(path)
        if key_path(path).exists():  # of a run that was cut short: it opens nothing
            key_path(path).rename(_free(path, "unused-key"))
        key_file = KeyFile(record=key.record, keys=(wrapped,))
        write_key_file(key_path(path), key_file)
        at_step("key file")
        note = ("off", "on")
        done = _recode(path, None, key, _free(path, "plain"), note, author, at_step)
        _reseal(line_files, None, key)
        return done


def decrypt_record(
    path: Path,
    author: Author,
    *,
    line_files: Sequence[Path] = (),
    at_step: Step = lambda _step: None,
) -> Recoded:
    """Make the encrypted record at `path` a plain file again.

    Raises:
        StorageError: as `encrypt_record`; or it is plain, or locked.
    """
    with _told():
        old = _present_key(path)
        kept = _free(path, "encrypted")
        copy_whole(key_path(path), key_path(kept))
        at_step("key file")
        done = _recode(path, old, None, kept, ("on", "off"), author, at_step)
        _reseal(line_files, old, None)
        key_path(path).replace(key_path(kept))
        sync_folder(path.parent)
        at_step("settled")
        return done


def rekey_record(
    path: Path,
    key: DataKey,
    wrapped: WrappedKey,
    author: Author,
    *,
    line_files: Sequence[Path] = (),
    at_step: Step = lambda _step: None,
) -> Recoded:
    """Encrypt the record at `path` under the new `key`; whoever `wrapped` does not name is out.

    Raises:
        StorageError: as `encrypt_record`; or it is plain, or locked.
    """
    with _told():
        old = _present_key(path)
        key_file = read_key_file(key_path(path))
        if key_file is None or key.record != key_file.record:
            raise StorageError(Fault.UNSUITABLE, "The new key is not one of this record.")
        now_used = tuple(known for known in key_file.keys if known.key == old.key)
        kept = _free(path, "old-key")
        write_key_file(key_path(kept), replace(key_file, keys=now_used))
        write_key_file(key_path(path), replace(key_file, keys=(wrapped, *now_used)))
        at_step("key file")
        done = _recode(path, old, key, kept, ("on", "on, another key"), author, at_step)
        _reseal(line_files, old, key)
        write_key_file(key_path(path), replace(key_file, keys=(wrapped,)))
        at_step("settled")
        return done


def _recode(
    path: Path,
    old: DataKey | None,
    new: DataKey | None,
    kept: Path,
    note: tuple[str, str],
    author: Author,
    at_step: Step,
) -> Recoded:
    _check_room(path)
    copy = copying_path(path)
    UNLOCKED.note_used(copy.resolve(), new)
    with _held_alone(path, old) as source:
        _copy(source, copy, new)
        at_step("copied")
        content = read_content(source)
        _compare(content, copy, new)
        at_step("compared")
        _note(copy, note, author)
        sync_file(copy)
        at_step("noted")
        if sys.platform == "win32":
            source.close()  # an open file cannot be renamed there
        keep_also_as(path, kept)
        at_step("kept")
        copy.replace(path)
        sync_folder(path.parent)
    if new is not None:
        UNLOCKED.add([new])
    UNLOCKED.note_used(copy.resolve(), None)
    UNLOCKED.note_used(path.resolve(), new)
    at_step("swapped")
    return Recoded(kept=kept, content=content)


def _reseal(files: Sequence[Path], old: DataKey | None, new: DataKey | None) -> None:
    for file in files:
        with suppress(ValueError):  # a line of neither key: whoever keeps the file says so
            reseal(file, lines_under(old), lines_under(new))


def copying_path(path: Path) -> Path:
    """Where the new copy of a record is made; what lies there is of a run that was cut short."""
    return path.with_name(f"{path.name}.copying")


def _present_key(path: Path) -> DataKey:
    key = key_for(path)
    if key is None:
        raise StorageError(Fault.UNSUITABLE, "The record is not encrypted.")
    _put_leftovers_right(path)
    return key


@contextmanager
def _held_alone(path: Path, key: DataKey | None) -> Iterator[sqlite.Connection]:
    """The record opened so that nobody else can open it, its write-ahead log taken in."""
    address = sqlite.file_address(path, read_only=False)
    with closing(sqlite.connect(address, uri=True, isolation_level=None)) as raw:
        if key is not None:
            unlock(raw, key)
        else:
            raw.execute("PRAGMA cipher_log_level=NONE")
        raw.execute("PRAGMA busy_timeout=1000")
        raw.execute("PRAGMA locking_mode=EXCLUSIVE")
        if raw.execute("PRAGMA journal_mode=DELETE").fetchone()[0] != "delete":
            raise StorageError(Fault.LOCKED, "Another program has the record open. Close it first.")
        raw.execute("BEGIN EXCLUSIVE")
        raw.execute("COMMIT")
        yield raw


def _copy(source: sqlite.Connection, copy: Path, key: DataKey | None) -> None:
    for end in _ENDS:
        copy.with_name(copy.name + end).unlink(missing_ok=True)
    begin_private(copy)
    secret = "''" if key is None else quoted_key(key)
    source.execute(f"ATTACH DATABASE ? AS copy KEY {secret}", (str(copy),))
    if key is not None:
        source.execute(f"PRAGMA copy.cipher_page_size={key.page_bytes}")
    else:
        source.execute(f"PRAGMA copy.page_size={PAGE_BYTES}")
    source.execute("PRAGMA copy.auto_vacuum=INCREMENTAL")
    source.execute("SELECT sqlcipher_export('copy')").fetchone()
    for name in ("application_id", "user_version"):
        value = source.execute(f"PRAGMA main.{name}").fetchone()[0]
        source.execute(f"PRAGMA copy.{name}={int(value)}")
    source.execute("DETACH DATABASE copy")


def _compare(content: Content, copy: Path, key: DataKey | None) -> None:
    address = sqlite.file_address(copy, read_only=True)
    with closing(sqlite.connect(address, uri=True, isolation_level=None)) as raw:
        if key is not None:
            unlock(raw, key)
        damage = raw.execute("PRAGMA integrity_check(1)").fetchone()[0]
        problem = "" if damage == "ok" else f"It is damaged: {damage}"
        problem = problem or content.difference(read_content(raw))
    if problem:
        raise StorageError(
            Fault.IO, f"The copy is not what the record is, so nothing was changed. {problem}"
        )


def _note(copy: Path, note: tuple[str, str], author: Author) -> None:
    """Say it in the logbook of the copy, whose format is brought up to date."""
    with open_database(copy) as database:
        note_change(database, author, "encryption", *note)
        database.compact()
    for end in ("-wal", "-shm"):
        if copy.with_name(copy.name + end).exists():
            raise StorageError(Fault.LOCKED, "Another program reads the copy. Nothing was changed.")


def _check_room(path: Path) -> None:
    wal = path.with_name(path.name + "-wal")
    size = sum(part.stat().st_size for part in (path, wal) if part.exists())
    free = shutil.disk_usage(path.parent).free
    if free < size * ROOM_FACTOR:
        raise StorageError(
            Fault.FULL,
            f"A copy of the record needs {size * ROOM_FACTOR / 1e6:.0f} MB beside it; the disk has"
            f" {free / 1e6:.0f} MB. Nothing was changed.",
        )


def _put_leftovers_right(path: Path) -> None:
    """Take away what a run that was cut short left: second names of the record, half a copy."""
    for end in _ENDS:
        copying_path(path).with_name(copying_path(path).name + end).unlink(missing_ok=True)
    for other in path.parent.glob(f"{path.name}.*-*Z*"):
        with suppress(OSError):
            if not other.name.endswith(".key") and other.samefile(path):
                other.unlink()
    sync_folder(path.parent)


def _free(path: Path, word: str) -> Path:
    """A dated name beside the record that nothing has yet."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    name, number = f"{path.name}.{word}-{stamp}", 1
    while path.with_name(name).exists():
        number += 1
        name = f"{path.name}.{word}-{stamp}-{number}"
    return path.with_name(name)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (sqlite.Error, OSError) as error:
        fault = sort_error(error)
        if fault is None:
            raise
        raise fault from error
