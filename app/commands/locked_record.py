"""Which record the bedside works in where the one asked for is encrypted and locked."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import typer

from app.at_rest.key_sources import use_key_sources
from app.at_rest.records_beside import notice_of_records_beside, records_beside
from app.clock import utc_now
from app.commands.answers import BadInputError
from app.own_record import OwnRecord
from app.reception.settings import load_settings
from app.reception.sole_use import InUseError, SoleUse
from storage.encryption import is_encrypted
from storage.faults import StorageError


def choose_record(own: OwnRecord, *, fullscreen: bool, asks: bool) -> tuple[OwnRecord | None, str]:
    """The record to work in and a sentence for people; None where the window was closed.

    Without `asks` nobody can be asked, and a locked record is refused. What is recorded while the
    record stays locked is not forwarded before it was brought in.

    Raises:
        BadInputError: the record is locked and nobody can be asked, or no new one can be made.
    """
    use_key_sources()
    place = own.place
    if not _may_be_locked(place):
        return own, " ".join(filter(None, (_wish(place), notice_of_records_beside(place))))
    from app.at_rest.record_lock import RecordLock  # plain records load no cryptography

    lock = RecordLock(place)
    why = lock.sentence
    if not why:
        _part_watchers(place)
        return own, notice_of_records_beside(place)
    if not asks:
        raise BadInputError(f"{place}: {why}")
    from app.bedside.run import Choice, run_unlock

    choice = run_unlock(lock, fullscreen=fullscreen)
    if choice is Choice.UNLOCKED:
        _part_watchers(place)
        return own, notice_of_records_beside(place)
    if choice is Choice.LEAVE:
        typer.echo("The record stays locked.", err=True)
        return None, ""
    try:
        beside, sentence = lock.begin_beside(utc_now())
    except (StorageError, OSError) as error:
        raise BadInputError(f"No new record can be made: {error}") from error
    return OwnRecord(place=beside), sentence


def _part_watchers(place: str) -> None:
    """Let the watcher of a program that died in a record made meanwhile see that one runs again.

    It looks at who held that record last, which nobody would hold any more.
    """
    for path in records_beside(place):
        with suppress(InUseError):
            SoleUse(str(path)).release()


def _wish(place: str) -> str:
    """That the site wishes its record encrypted while it is not; else empty."""
    if not load_settings()[0].encryption_wished or not Path(place).expanduser().exists():
        return ""
    return "The record is to be encrypted and is not yet: main.py encryption on."


def _may_be_locked(place: str) -> bool:
    try:
        return "://" not in place and is_encrypted(Path(place).expanduser())
    except OSError:
        return False  # said by who opens it
