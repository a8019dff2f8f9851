"""Holds the ends of chains against what was noted and sealed of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table

from storage.database import Database
from storage.heads import Head, HeadsFile, NotedEnd, heads_path, read_heads
from storage.schema import LogRow, SealRow
from storage.sealing import KnownKeys, key_name, signature_fits
from storage.verification.logged import Logged
from storage.verification.reading import has_types, raw_rows, shown

_SEAL: Table = SealRow.__table__  # type: ignore[assignment]
_LOG: Table = LogRow.__table__  # type: ignore[assignment]
_KEY_MADE = b'["key_made",'

_TYPES = {"subject": str, "seq": int, "chain": bytes, "at_utc": str, "key": str, "signature": bytes}


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """What is known of keys.

    Attributes:
        known: the keys that whoever verifies trusts; none: each seal is held against the public
            key that the record itself gives, and this is said.
        announced: public keys that logbooks of the record give, by their short names.
    """

    known: KnownKeys
    announced: Mapping[str, bytes]

    def public(self, name: str) -> bytes | None:
        """The public key of that short name; None where nobody gives it or it is not trusted."""
        if not self.known:
            return self.announced.get(name)
        if name in self.known.public:
            return self.known.public[name]
        return self.announced.get(name) if name in self.known.names else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Everything that was noted of ends of chains.

    Attributes:
        seals: the rows of the table of seals, in order of subject and number.
        unsound: seals with a column that is not of its type, in words.
        heads: the heads file.
        keyring: for their signatures.
        logged: what the record's own logbook notes of ends.
    """

    seals: Sequence[NotedEnd]
    unsound: Sequence[str]
    heads: HeadsFile
    keyring: Keyring
    rows: Mapping[str, list[NotedEnd]] = field(default_factory=dict)
    lines: Mapping[str, list[NotedEnd]] = field(default_factory=dict)
    logged: Logged = field(default_factory=dict)

    def wanted(self, subject: str) -> set[int]:
        """The numbers at which something is noted of `subject`."""
        logged = {end.seq for end in self.logged.get(subject, ())}
        return logged | {end.head.seq for end in self.of(subject)}

    def of(self, subject: str) -> list[NotedEnd]:
        """All that is noted of `subject`, in the order of its numbers."""
        found = [*self.rows.get(subject, ()), *self.lines.get(subject, ())]
        return sorted(found, key=lambda end: (end.head.seq, not end.is_sealed))

    def subjects(self) -> list[str]:
        """Every subject of which something is noted, sorted."""
        return sorted(self.rows.keys() | self.lines.keys())


@dataclass(frozen=True, slots=True, kw_only=True)
class EndVerdict:
    """What the noted ends say of one chain.

    Attributes:
        problem: the first thing wrong, in a sentence; empty when nothing is.
        noted: whether anything is noted of it.
        seal: the newest seal, of all that fit.
        later: how many events or entries follow the newest seal.
    """

    problem: str = ""
    noted: bool = False
    seal: NotedEnd | None = None
    later: int = 0


def read_ends(database: Database, connection: Connection, known: KnownKeys) -> Ends:
    """Read seals, heads file and the keys that the record names.

    Raises:
        StorageError: the world's faults.
    """
    heads = HeadsFile(exists=False)
    if database.path is not None:
        heads = read_heads(heads_path(database.path))
    seals: list[NotedEnd] = []
    unsound: list[str] = []
    for row in raw_rows(connection, _SEAL, "subject", "seq"):
        if has_types(row, _TYPES):
            seals.append(_end(row))
        else:
            where = f"The seal of {shown(row.subject)} at {shown(row.seq)}"
            unsound.append(f"{where} has a column that is not of its type.")
    return Ends(
        seals=seals,
        unsound=unsound,
        heads=heads,
        keyring=Keyring(known=known, announced=announced_keys(connection)),
        rows=_grouped(seals),
        lines=_grouped(heads.ends),
    )


def _grouped(ends: Iterable[NotedEnd]) -> dict[str, list[NotedEnd]]:
    grouped: dict[str, list[NotedEnd]] = {}
    for end in ends:
        grouped.setdefault(end.subject, []).append(end)
    return grouped


def _end(row: Any) -> NotedEnd:
    return NotedEnd(
        subject=row.subject,
        head=Head(seq=row.seq, chain=row.chain),
        at_utc=row.at_utc,
        key=row.key,
        signature=row.signature,
    )


def announced_keys(connection: Connection) -> dict[str, bytes]:
    """The public keys that logbooks of the record give, by their short names.

    Raises:
        StorageError: the world's faults.
    """
    keys: dict[str, bytes] = {}
    for row in raw_rows(connection, _LOG, "logbook", "seq"):
        if type(row.body) is not bytes or not row.body.startswith(_KEY_MADE):
            continue
        try:
            public = bytes.fromhex(json.loads(row.body)[1]["public_key"])
        except (ValueError, KeyError, TypeError):
            continue  # its logbook is found wrong by its chain
        keys[key_name(public)] = public
    return keys


def judge_ends(
    ends: Ends,
    subject: str,
    head: Head,
    value_at: Callable[[int], bytes | None],
    *,
    grows: bool = False,
) -> EndVerdict:
    """Hold the chain of `subject`, which ends at `head`, against all that is noted of it.

    `value_at` gives the chain value after an event; with `grows` what follows the newest seal is
    no fault: a logbook is sealed now and then only.
    """
    found = ends.of(subject)
    name = shown(subject)
    problem = next(_wrong(ends, name, found, head, value_at), "")
    sealed = [end for end in found if end.is_sealed]
    last = sealed[-1] if sealed else found[-1] if found else None
    later = 0 if last is None else head.seq - last.head.seq
    if not problem and last is not None and later > 0 and not grows:
        what = "sealed" if last.is_sealed else "noted"
        problem = (
            f"Events {last.head.seq + 1} to {head.seq} were added after the close, which is {what}"
            f" at event {last.head.seq}."
        )
    return EndVerdict(
        problem=problem,
        noted=bool(found),
        seal=sealed[-1] if sealed and not problem else None,
        later=max(0, later),
    )


def _wrong(
    ends: Ends,
    name: str,
    found: Sequence[NotedEnd],
    head: Head,
    value_at: Callable[[int], bytes | None],
) -> Iterator[str]:
    for end in found:
        yield from _unfit(ends, end, name)
        source = "a seal" if end.is_sealed else "the heads file"
        if end.head.seq > head.seq:
            yield (
                f"The end is cut off: {head.seq} events are here, but {source} notes"
                f" {end.head.seq}."
            )
        if value_at(end.head.seq) != end.head.chain:
            yield (
                f"The whole chain was made anew: at event {end.head.seq} it has another hash than"
                f" {source} notes."
            )
    yield from _unmatched(ends, found, name)


def _unfit(ends: Ends, end: NotedEnd, name: str) -> Iterator[str]:
    """What is wrong with a seal itself, whatever the record says."""
    if not end.is_sealed:
        return
    public = ends.keyring.public(end.key)
    where = f"The seal of {name} at {end.head.seq}"
    if public is None:
        yield f"{where} is by the key {shown(end.key)}, which is not known."
    elif not signature_fits(end, public):
        yield f"{where} is not what was sealed: its signature does not fit."


def _unmatched(ends: Ends, found: Sequence[NotedEnd], name: str) -> Iterator[str]:
    """Seals that do not stand once in the record and once in the heads file."""
    if not ends.heads.exists:
        return
    rows = Counter(end for end in ends.rows.get(found[0].subject, ())) if found else Counter()
    lines = Counter(end for end in ends.lines.get(found[0].subject, ())) if found else Counter()
    for end in found:
        where = f"The seal of {name} at {end.head.seq}"
        if lines[end] > 1:
            what = where if end.is_sealed else f"The end of {name} at {end.head.seq}"
            yield f"{what} stands twice in the heads file."
        if end.is_sealed and not rows[end]:
            yield f"{where} is in the heads file, but no longer in the record."
        if end.is_sealed and not lines[end]:
            yield f"{where} is in the record, but no longer in the heads file."


def missing_subjects(ends: Ends, present: Iterable[str]) -> list[str]:
    """What is wrong with noted ends of journals that are not there, in sentences."""
    problems = []
    there = set(present)
    for subject in ends.subjects():
        if subject in there:
            continue
        found = ends.of(subject)
        unfit = next((words for end in found for words in _unfit(ends, end, shown(subject))), "")
        seq = found[-1].head.seq
        source = "a seal" if found[-1].is_sealed else "the heads file"
        gone = f"The {shown(subject)} is missing: {source} notes its end at {seq}."
        problems.append(unfit or gone)
    return problems


def heads_problems(heads: HeadsFile, seals: Sequence[NotedEnd]) -> list[str]:
    """Lines of the heads file that cannot be read.

    A line that a power cut tore off is none where the record holds the seal that it begins.
    """
    whole = [seal.line for seal in seals]
    return [
        f"Line {number} of the heads file is not as it was written."
        for number, line in heads.unreadable
        if not any(line and other.startswith(line) for other in whole)
    ]
