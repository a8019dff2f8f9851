"""Finds entries of logbooks without following their chains: for showing, never for proving."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import Table, select

from protocols.logbook.entries import ENTRY_KINDS, Entry
from storage.database import Database
from storage.logbook import LOG_FORM, has_logbooks
from storage.schema import LogRow

_ENTRY: Table = LogRow.__table__  # type: ignore[assignment]
_NAMES = {kind: name for name, kind in ENTRY_KINDS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEntry:
    """An entry, the logbook that it is in, and its number there."""

    logbook: str
    seq: int
    entry: Entry


def find_entries(
    database: Database, kinds: Collection[type[Entry]], *, subject: str = "", most: int = 1_000
) -> list[FoundEntry]:
    """The newest entries of `kinds`, with `subject` only those about it, newest first.

    An entry that cannot be read is left out; verifying the logbook names it.

    Raises:
        StorageError: the world's faults.
    """
    found: list[FoundEntry] = []
    for one in _rows(database, kinds, json.dumps(subject, ensure_ascii=False) if subject else ""):
        found.append(one)
        if len(found) == most:
            break
    return sorted(found, key=lambda one: (one.entry.at_utc, one.logbook, one.seq), reverse=True)


def _rows(database: Database, kinds: Collection[type[Entry]], words: str) -> Iterator[FoundEntry]:
    names = [_NAMES[kind] for kind in kinds]
    query = select(_ENTRY.c.logbook, _ENTRY.c.seq, _ENTRY.c.body)
    query = query.where(_ENTRY.c.kind.in_(names)).order_by(_ENTRY.c.seq.desc())
    asked = f'"subject":{words}'.encode() if words else b""
    with database.reading() as connection:
        if not has_logbooks(connection):
            return
        for logbook, seq, body in connection.execute(query):
            if asked not in bytes(body):
                continue
            try:
                yield FoundEntry(logbook=logbook, seq=seq, entry=LOG_FORM.parse(bytes(body)))
            except ValueError:
                continue
