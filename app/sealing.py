"""The site's signature key in use: records are opened with it, and what is due is sealed.

Sealing never hinders recording. Where there is no usable key, sessions are recorded unsealed and a
sentence says so.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.clock import iso_utc, utc_now
from app.places import program_version, seal_key_path
from protocols.logbook.entries import KeyMade
from storage.database import Database, open_database
from storage.faults import Fault, StorageError
from storage.logbook import append_log, open_logbook
from storage.sealing import KnownKeys, Sealer, SealingError, make_or_load_key, site_keys
from storage.seals import names_key, seal_due, seal_logbooks
from storage.server import is_server

_log = logging.getLogger(__name__)


def site_sealer() -> Sealer | None:
    """The sealer with the site's key, which is made where there is none; None without a key."""
    try:
        return Sealer(make_or_load_key(seal_key_path()))
    except SealingError as error:
        _log.error("recorded but not sealed: %s", error)
        return None


def known_site_keys() -> KnownKeys:
    """The keys of this site, present and past; none where this machine has none."""
    return site_keys(seal_key_path())


def open_to_write(place: str | Path) -> Database:
    """The record at `place`, opened for writing; the ends of chains written to it are sealed.

    Its logbook names the key, so that the seals can be checked elsewhere.

    Raises:
        StorageError: it cannot be opened, or is a server, to which rooms only forward.
    """
    if is_server(str(place)):
        raise StorageError(
            Fault.UNSUITABLE, "A server is only read here: what is recorded goes to a room's file."
        )
    database = open_database(place)
    database.sealer = site_sealer()
    if database.sealer is not None:
        try:
            _announce(database, database.sealer)
        except StorageError as error:  # whoever writes next meets the same fault
            _log.info("the key could not be named in the logbook: %s", error)
    return database


def ready_sealing(place: str) -> str:
    """Make or load the key, note it in the record's logbook, and seal what is due.

    Returns:
        A sentence for people where there is no usable key, else an empty text.
    """
    try:
        sealer = Sealer(make_or_load_key(seal_key_path()))
    except SealingError as error:
        _log.error("recorded but not sealed: %s", error)
        return f"Sessions are recorded but not sealed. {error}"
    try:
        with open_database(place) as database:
            database.sealer = sealer
            _announce(database, sealer)
            seal_due(database)
    except StorageError as error:  # the recorder tells of the same fault
        _log.info("nothing could be sealed at the start: %s", error)
    return ""


def _announce(database: Database, sealer: Sealer) -> None:
    """Note the key with its public half in the logbook, once in each record, and seal that."""
    if database.path is None or names_key(database, sealer.key.name):
        return
    now = utc_now()
    entry = KeyMade(
        by="program",
        at_utc=iso_utc(now),
        key=sealer.key.name,
        public_key=sealer.key.public.hex(),
    )
    append_log(database, open_logbook(database, now, program_version()), entry)
    seal_logbooks(database)


@contextmanager
def sealed_at_both_ends(place: str) -> Iterator[None]:
    """Seal what is due when the program begins to use a record, and again when it ends."""
    if _is_there(place):
        ready_sealing(place)
    try:
        yield
    finally:
        try:
            if _is_there(place):
                with open_to_write(place) as database:
                    seal_due(database)
        except StorageError as error:
            _log.info("nothing could be sealed at the end: %s", error)


def _is_there(place: str) -> bool:
    return "://" not in place and Path(place).expanduser().is_file()
