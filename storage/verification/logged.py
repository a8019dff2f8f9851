"""Holds journals against the ends that the record's own logbook notes of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Table

from storage.heads import Head
from storage.schema import LogRow
from storage.verification.reading import raw_rows, shown

_LOG: Table = LogRow.__table__  # type: ignore[assignment]
_ENDED = b'["journal_ended",'

_TYPES = {"subject": str, "seq": int, "chain": str, "at_utc": str}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class LoggedEnd:
    """An end as a logbook notes it: number and chain value of the last event or entry."""

    seq: int
    chain: bytes
    at_utc: str


Logged = Mapping[str, Sequence[LoggedEnd]]
"""The noted ends of each subject, by number."""


def read_logged(connection: Connection, whole: Mapping[str, int]) -> dict[str, list[LoggedEnd]]:
    """The ends that logbooks note, each logbook as far as it is `whole`: so many entries.

    Raises:
        StorageError: the world's faults.
    """
    logged: dict[str, list[LoggedEnd]] = {}
    for row in raw_rows(connection, _LOG, "logbook", "seq"):
        if type(row.seq) is not int or row.seq > whole.get(row.logbook, 0):
            continue
        if type(row.body) is bytes and row.body.startswith(_ENDED):
            _take(logged, row.body)
    return {subject: sorted(ends) for subject, ends in logged.items()}


def _take(logged: dict[str, list[LoggedEnd]], body: bytes) -> None:
    try:
        fields = json.loads(body)[1]
        if any(type(fields[name]) is not kind for name, kind in _TYPES.items()):
            return
        chain = bytes.fromhex(fields["chain"])
    except (ValueError, KeyError, TypeError):
        return  # not written by this program: it notes no end
    end = LoggedEnd(seq=fields["seq"], chain=chain, at_utc=fields["at_utc"])
    logged.setdefault(fields["subject"], []).append(end)


def judge_logged(
    logged: Logged, subject: str, head: Head, value_at: Callable[[int], bytes | None]
) -> str:
    """What the logbook notes of `subject` and is not so, the newest first; else an empty text.

    `head` is its end, `value_at` gives the chain value after an event or entry.
    """
    for end in reversed(logged.get(subject, ())):
        if end.seq > head.seq:
            return f"{_told(subject, end)}; it is not there."
        if value_at(end.seq) != end.chain:
            return f"{_told(subject, end)}; it has another chain value there."
    return ""


def missing_logged(logged: Logged, present: Collection[str]) -> dict[str, str]:
    """What is wrong, by subject, with ends noted of journals that are not there."""
    return {
        subject: f"{_told(subject, ends[-1])}; it is not there."
        for subject, ends in logged.items()
        if subject not in present
    }


def _told(subject: str, end: LoggedEnd) -> str:
    name = shown(subject)
    what = "entry" if subject.startswith("course ") else "event"
    return (
        f"{name[:1].upper()}{name[1:]}: the logbook notes its end at {what} {end.seq} on"
        f" {shown(end.at_utc[:10])}"
    )
