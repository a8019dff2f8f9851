"""Backups of a record: whole copies made while it is in use, opened again and checked, restored.

A backup is one database file with what belongs to it beside it: heads, key file, accounts, public
keys, and a manifest with its SHA-256 that is written last. The copy is SQLite's own online backup
in one step, encrypted where the record is, under the same key. Nothing here deletes a backup.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from protocols.logbook.entries import BackedUp, Restored
from storage import sqlite
from storage.clock import write_utc
from storage.content import Content, read_content
from storage.database import open_database
from storage.encryption import UNLOCKED, key_for, unlock
from storage.fault_sorting import sort_error
from storage.faults import Fault, StorageError
from storage.folders import sync_folder
from storage.heads import heads_path
from storage.key_file import DataKey, key_path
from storage.record_note import Author, note
from storage.sealing import KnownKeys
from storage.verification import verify_record
from storage.whole_files import begin_private, copy_whole, sha256_of, sync_file, write_whole

FORMAT, VERSION = "infusion-room-backup", 1
"""What a manifest says of itself."""

ROOM_FACTOR = 1.1
"""How much larger than the record the free room must be before a backup is begun."""

_COMPANIONS = (".heads", ".key", ".people")
"""Ends of the names of files beside a record that a backup takes along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """One backup, as its manifest has it.

    Attributes:
        path: the database file of the backup.
        made_utc: when.
        source: the record it is of.
        size: of the database file in bytes.
        sha256: of the database file, hexadecimal.
        rows: rows by table.
        encrypted: whether it is.
        problem: what was wrong when it was opened again, or empty.
        program: version that made it.
    """

    path: Path
    made_utc: str
    source: str
    size: int
    sha256: str
    rows: dict[str, int]
    encrypted: bool
    problem: str
    program: str

    @property
    def sessions(self) -> int:
        """How many sessions it holds."""
        return self.rows.get("session", 0)

    @property
    def made(self) -> datetime:
        """When it was made."""
        return datetime.fromisoformat(self.made_utc)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Manifest:
    format: str
    version: int
    made_utc: str
    source: str
    size: int
    sha256: str
    rows: dict[str, int]
    encrypted: bool
    problem: str
    program: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What opening a backup found: the first thing wrong or nothing, and what it holds."""

    problem: str
    sha256: str
    content: Content | None


def make_backup(
    record: Path,
    folder: Path,
    author: Author,
    *,
    public_keys: Sequence[Path] = (),
    known: KnownKeys | None = None,
) -> Backup:
    """Copy the record at `record` into `folder`, open the copy and check all of it.

    It is noted in the record's logbook, whatever was found. The record may be written meanwhile.

    Raises:
        StorageError: the record cannot be read, the folder not written, or there is no room for it;
            no half backup is left under a name of its own.
    """
    now = datetime.now(UTC)
    with _told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        key = key_for(record)
        _check_suitable(record)
        _check_room(record, folder)
        path = _free_name(folder, record, now)
        _copy_companions(record, path)  # before the record: its ends are noted after their rows
        for public in public_keys:
            copy_whole(public, folder / public.name, mode=0o644)
        _copy_database(record, path, key)
        check = check_backup(path, known=known)
        backup = Backup(
            path=path,
            made_utc=write_utc(now),
            source=str(record),
            size=path.stat().st_size,
            sha256=check.sha256,
            rows={} if check.content is None else check.content.rows,
            encrypted=key is not None,
            problem=check.problem,
            program=author.program,
        )
        write_whole(manifest_path(path), _json(backup), mode=0o644)
    with open_database(record) as database:
        note(database, author, lambda at: _backed_up(backup, author, at))
    return backup


def check_backup(path: Path, *, known: KnownKeys | None = None) -> Check:
    """Open the copy at `path` for reading and check everything in it, row by row.

    Raises:
        StorageError: it cannot be opened: it is encrypted and locked, or gone.
    """
    with _told(path):
        key = key_for(path)
        digest = sha256_of(path)
        with open_database(path, read_only=True) as database:
            problem = verify_record(database, known).first_problem
        content = None
        with suppress(sqlite.Error), closing(_connect(path, key)) as raw:
            content = read_content(raw)
    manifest = read_manifest(path)
    if not problem and manifest is not None and manifest.sha256 != digest:
        problem = "The file is not the one that was written: its SHA-256 is another."
    return Check(problem=problem, sha256=digest, content=content)


def list_backups(folder: Path, record: Path | None = None) -> list[Backup]:
    """The backups in `folder` that were finished, newest first; of `record` alone where named.

    Raises:
        StorageError: the folder cannot be read.
    """
    with _told(folder):
        manifests = sorted(folder.glob("*.backup.json")) if folder.is_dir() else []
    found = [read_manifest(_database_of(manifest)) for manifest in manifests]
    backups = [one for one in found if one is not None and one.path.is_file()]
    if record is not None:
        backups = [one for one in backups if Path(one.source) == record]
    return sorted(backups, key=lambda one: one.made_utc, reverse=True)


def restore_backup(
    path: Path, target: Path, author: Author, *, known: KnownKeys | None = None
) -> Check:
    """Put the backup at `path` back as the record `target`, which must not be there yet.

    It is checked before, and what was written is checked again; that it was restored is noted in
    the new record's own logbook.

    Returns:
        What was found in the restored file, before that note.

    Raises:
        StorageError: something is there already, or either check found something wrong.
    """
    before = _sound(path, check_backup(path, known=known))
    with _told(target):
        _refuse_to_overwrite(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        _check_room(path, target.parent)
        _put(path, target)
        UNLOCKED.note_used(target.resolve(), key_for(path))
    after = _sound(target, check_backup(target, known=known))
    if after.sha256 != before.sha256 or after.content != before.content:
        raise StorageError(Fault.IO, f"{target} is not what {path} is. Use another disk.")
    with open_database(target) as database:
        note(
            database,
            author,
            lambda at: Restored(by=author.by, at_utc=at, path=str(path), sha256=before.sha256),
        )
    return after


def rehearse_restore(path: Path, author: Author, *, known: KnownKeys | None = None) -> Check:
    """Restore the backup at `path` into a folder of its own beside it, check it, take it away.

    Raises:
        StorageError: it could not be restored.
    """
    with _told(path), tempfile.TemporaryDirectory(dir=path.parent, prefix=".rehearsal-") as name:
        return restore_backup(path, Path(name) / path.name, author, known=known)


def older_than(backups: Sequence[Backup], years: int, now: datetime) -> list[Backup]:
    """Those made more than `years` years before `now`; the newest of all is never among them."""
    try:
        limit = now.replace(year=now.year - years)
    except ValueError:  # the 29th of February
        limit = now.replace(year=now.year - years, day=28)
    return [one for one in backups[1:] if one.made < limit]


def manifest_path(backup: Path) -> Path:
    """The manifest beside a backup."""
    return backup.with_name(f"{backup.name}.backup.json")


def read_manifest(backup: Path) -> Backup | None:
    """What the manifest beside `backup` says; None where there is none that can be read."""
    try:
        content = json.loads(manifest_path(backup).read_bytes())
        found = msgspec.convert(content, _Manifest)
        datetime.fromisoformat(found.made_utc)
    except (OSError, ValueError, msgspec.ValidationError):
        return None
    if found.format != FORMAT or found.version != VERSION:
        return None
    return Backup(
        path=backup,
        made_utc=found.made_utc,
        source=found.source,
        size=found.size,
        sha256=found.sha256,
        rows=found.rows,
        encrypted=found.encrypted,
        problem=found.problem,
        program=found.program,
    )


def is_on_the_same_disk(folder: Path, record: Path) -> bool:
    """Whether one failing disk would take both; True where that cannot be told."""
    there = next((one for one in (folder, *folder.parents) if one.exists()), None)
    if there is None or not record.exists():
        return True
    return there.stat().st_dev == record.stat().st_dev


def _database_of(manifest: Path) -> Path:
    return manifest.with_name(manifest.name.removesuffix(".backup.json"))


def _json(backup: Backup) -> bytes:
    facts = {item.name: getattr(backup, item.name) for item in fields(backup)}
    del facts["path"]  # the manifest lies beside the file, wherever both are taken
    content = {"format": FORMAT, "version": VERSION, **facts}
    return json.dumps(content, indent=1, sort_keys=True).encode() + b"\n"


def _backed_up(backup: Backup, author: Author, at: str) -> BackedUp:
    return BackedUp(
        by=author.by,
        at_utc=at,
        path=str(backup.path),
        sha256=backup.sha256,
        sessions=backup.sessions,
        problem=backup.problem,
    )


def _check_suitable(record: Path) -> None:
    """Refuse what is no record of this version; a damaged one is copied, and what is wrong told."""
    try:
        open_database(record, read_only=True).close()
    except StorageError as error:
        if error.fault is not Fault.CORRUPT:
            raise


def _copy_database(record: Path, path: Path, key: DataKey | None) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        begin_private(part)
        with (
            closing(_connect(record, key)) as source,
            closing(_connect(part, key, new=True)) as copy,
        ):
            source.backup(copy, pages=-1)  # in one step: a commit meanwhile starts nothing again
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, complete in itself
        sync_file(part)
        part.replace(path)
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            part.with_name(part.name + end).unlink(missing_ok=True)
    UNLOCKED.note_used(path.resolve(), key)
    sync_folder(path.parent)


def _connect(path: Path, key: DataKey | None, *, new: bool = False) -> sqlite.Connection:
    address = sqlite.file_address(path, read_only=not new)
    raw = sqlite.connect(address, uri=True, isolation_level=None)
    raw.execute("PRAGMA busy_timeout=10000")
    if key is not None:
        unlock(raw, key)
    return raw


def _put(path: Path, target: Path) -> None:
    """Copy a backup with what belongs to it to where nothing is; all of it or nothing."""
    part = target.with_name(f".{target.name}.part")
    try:
        begin_private(part)
        shutil.copyfile(path, part)
        sync_file(part)
        _copy_companions(path, target)
        part.replace(target)
    except BaseException:
        for made in (part, *(target.with_name(target.name + end) for end in _COMPANIONS)):
            made.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def _copy_companions(source: Path, target: Path) -> None:
    for end in _COMPANIONS:
        companion = source.with_name(source.name + end)
        if companion.is_file():
            copy_whole(companion, target.with_name(target.name + end))


def _free_name(folder: Path, record: Path, now: datetime) -> Path:
    stem = f"{record.stem}-{now:%Y%m%dT%H%M%SZ}"
    path, number = folder / f"{stem}.db", 1
    while path.exists() or heads_path(path).exists() or key_path(path).exists():
        number += 1
        path = folder / f"{stem}-{number}.db"
    return path


def _check_room(record: Path, folder: Path) -> None:
    wal = record.with_name(record.name + "-wal")
    size = sum(part.stat().st_size for part in (record, wal) if part.exists())
    free = shutil.disk_usage(folder).free
    if free < size * ROOM_FACTOR:
        raise StorageError(
            Fault.FULL,
            f"A copy of the record needs {size * ROOM_FACTOR / 1e6:.1f} MB in {folder}; there are"
            f" {free / 1e6:.1f} MB. Free some space there, or name another folder.",
        )


def _sound(path: Path, check: Check) -> Check:
    if check.problem:
        raise StorageError(Fault.CORRUPT, f"{path} is not whole: {check.problem}")
    return check


def _refuse_to_overwrite(target: Path) -> None:
    for end in ("", "-wal", "-shm", *_COMPANIONS):
        there = target.with_name(target.name + end)
        if there.exists():
            raise StorageError(
                Fault.UNSUITABLE, f"{there} is there already. Name a place where nothing is."
            )


@contextmanager
def _told(place: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite.Error, OSError) as error:
        fault = sort_error(error)
        if fault is None:
            raise
        raise StorageError(fault.fault, f"{place}: {_why(error, fault)}") from error


def _why(error: Exception, fault: StorageError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}."
    return fault.user_text
