"""Backups of the bedside's record: by hand, and by themselves after each session.

What runs by itself runs in a process of its own with low priority, so that a session which follows
waits for nothing. How it ended stands in a small file that the next start page reads.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.people.actor import actor
from app.places import ROOT, data_folder, program_version, seal_key_path
from app.reception.settings import Settings
from app.sealing import known_site_keys
from protocols.events import Event, SessionClosed
from storage.backup import Backup, is_on_the_same_disk, make_backup
from storage.clock import write_utc
from storage.encryption import UNLOCKED
from storage.faults import StorageError
from storage.key_file import DataKey
from storage.record_note import Author
from storage.sealing import PUBLIC_ENDING
from storage.sidefile import side_label
from storage.whole_files import write_whole

_log = logging.getLogger(__name__)

QUIET_S = 15.0
"""So long after a session the backup waits, so that a session that follows begins undisturbed."""

LONGEST_S = 3_600.0
"""A backup that takes longer is given up on; the next one begins anew."""

LOOK_S = 0.5
"""How often a running backup is looked at."""

SAME_DISK = (
    "The backups lie on the same disk as the record: one failing disk takes both. Name a folder on"
    " another disk or machine in the settings."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastBackup:
    """How the last backup of a record ended: where it is, or why there is none."""

    at_utc: str
    path: str = ""
    problem: str = ""

    def words(self) -> str:
        """One sentence for the start page."""
        local = datetime.fromisoformat(self.at_utc).astimezone()
        when = f"Last backup: {local:%Y-%m-%d %H:%M}"
        if self.problem and self.path:
            return f"{when}, made, but what it holds is not whole: {self.problem}"
        return f"{when}, failed: {self.problem}" if self.problem else f"{when}, checked."


def backup_folder(settings: Settings) -> Path:
    """Where backups go: the folder of the settings, else one beside the data folder."""
    if settings.backup_folder:
        return Path(settings.backup_folder).expanduser()
    folder = data_folder()
    return folder.with_name(f"{folder.name}-backups")


def back_up(place: str, folder: Path, by: str = "") -> Backup:
    """Back up the record at `place` now, and keep how it ended for the next start page.

    Raises:
        StorageError: there is no backup then.
    """
    try:
        backup = make_backup(
            Path(place).expanduser().resolve(),
            folder,
            Author(by=by or actor(), program=program_version()),
            public_keys=sorted(seal_key_path().parent.glob(f"*{PUBLIC_ENDING}")),
            known=known_site_keys(),
        )
    except StorageError as error:
        keep_last(place, problem=error.user_text)
        raise
    keep_last(place, path=str(backup.path), problem=backup.problem)
    return backup


def keep_last(place: str, *, path: str = "", problem: str = "") -> None:
    """Keep how the last backup ended. What cannot be written is only logged."""
    from app.clock import utc_now

    content = {"at_utc": write_utc(utc_now()), "path": path, "problem": problem}
    try:
        write_whole(_last_path(place), json.dumps(content).encode())
    except OSError:
        _log.exception("how the backup ended could not be kept")


def last_backup(place: str) -> LastBackup | None:
    """How the last backup of the record at `place` ended; None where there was none."""
    try:
        content = json.loads(_last_path(place).read_bytes())
        found = LastBackup(
            at_utc=str(content["at_utc"]),
            path=str(content["path"]),
            problem=str(content["problem"]),
        )
        datetime.fromisoformat(found.at_utc)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found


def failed_backup(place: str) -> str:
    """That the last backup of the record at `place` failed, in a sentence; empty when not."""
    last = last_backup(place)
    return last.words() if last is not None and last.problem else ""


def same_disk_warning(settings: Settings, place: str) -> str:
    """A sentence where one failing disk would take record and backups; else empty."""
    on_same = is_on_the_same_disk(backup_folder(settings), Path(place).expanduser())
    return SAME_DISK if on_same else ""


def _last_path(place: str) -> Path:
    return data_folder() / f"{side_label(place)}.last-backup.json"


class BackupKeeper:
    """Backs up one record after each of its sessions, one backup at a time."""

    def __init__(
        self,
        place: str,
        settings: Callable[[], Settings],
        on_failed: Callable[[str], None],
        *,
        on: bool = True,
        quiet_s: float = QUIET_S,
    ) -> None:
        """For the record at `place`; one on a server is backed up there.

        `on_failed` is told in a thread of its own, in a sentence. Without `on` nothing is done.
        """
        self._place = place
        self._settings = settings
        self._on_failed = on_failed
        self._on = on and "://" not in place
        self._quiet_s = quiet_s
        self._wanted = False
        self._wake = threading.Condition()
        self._closing = False
        self._thread: threading.Thread | None = None

    def listen(self, events: Sequence[Event]) -> None:
        """Follow a session (a runtime listener): once it is closed, the record is backed up."""
        if any(isinstance(event, SessionClosed) for event in events):
            self.want()

    def want(self) -> None:
        """Back up soon, where the settings say so."""
        if not self._on or not self._settings().backup_automatic:
            return
        with self._wake:
            self._wanted = True
            if self._thread is None and not self._closing:
                self._thread = threading.Thread(target=self._run, name="backups", daemon=True)
                self._thread.start()
            self._wake.notify_all()

    def close(self) -> None:
        """End the thread. A backup that is wanted or runs goes on in its own process."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._wanted or self._closing)
                if not self._wanted:
                    return
                self._wake.wait_for(lambda: self._closing, timeout=self._quiet_s)
                self._wanted = False
            self._back_up(backup_folder(self._settings()))

    def _back_up(self, folder: Path) -> None:
        try:
            child = begin_backup(self._place, folder, UNLOCKED.all())
        except OSError as error:
            keep_last(self._place, problem=f"it could not be begun: {error.strerror or error}")
            self._on_failed(failed_backup(self._place))
            return
        with self._wake:
            given_up_s = time.monotonic() + LONGEST_S
            while child.poll() is None:
                if self._closing or time.monotonic() > given_up_s:
                    child.returncode = 0  # it goes on by itself and is not waited for
                    return
                self._wake.wait(timeout=LOOK_S)
        if problem := failed_backup(self._place):
            self._on_failed(problem)


def begin_backup(place: str, folder: Path, keys: Sequence[DataKey]) -> subprocess.Popen[bytes]:
    """Start a backup in a process of its own, which gets the keys through its input alone.

    Raises:
        OSError: the system starts no process.
    """
    wish = {
        "place": place,
        "folder": str(folder),
        "keys": [
            {
                "record": key.record,
                "key": key.key,
                "secret": key.secret.hex(),
                "salt": key.salt.hex(),
                "page_bytes": key.page_bytes,
            }
            for key in keys
        ],
    }
    child = subprocess.Popen(
        [sys.executable, "-m", "app.at_rest.backup_child"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    with suppress(BrokenPipeError):
        if child.stdin is not None:
            child.stdin.write(json.dumps(wish).encode())
            child.stdin.close()
    return child


def lower_priority() -> None:
    """Give way to everything else on this machine, where the system lets a process do so."""
    if hasattr(os, "nice"):
        with suppress(OSError):
            os.nice(15)
