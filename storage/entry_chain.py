"""Journals of entries around the sessions: numbered, chained, appended and never changed.

The form of an entry is ``["<kind>",{<fields>}]`` as that of an event. The chain of a journal begins
with a value of its own name, so that no entry can be moved to another.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Generic, TypeVar

import msgspec

from storage.canonical import chain_next

E = TypeVar("E")


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed(Generic[E]):
    """What was read of a journal: entries, number and chain value of the last whole row."""

    entries: tuple[E, ...]
    last: int
    chain: bytes
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryForm(Generic[E]):
    """How the entries of one sort of journal are written and chained.

    Attributes:
        label: what the first chain value is made of, before the journal's name.
        kinds: the kinds of entry by their names.
    """

    label: bytes
    kinds: Mapping[str, type[E]]

    def start(self, journal: str) -> bytes:
        """The chain value before the first entry of the journal of that name."""
        return sha256(self.label + b"\n" + journal.encode("utf-8", "surrogateescape")).digest()

    def kind_of(self, entry: E) -> str:
        """The name of the kind of `entry`."""
        return next(name for name, kind in self.kinds.items() if type(entry) is kind)

    def canonical(self, entry: E) -> bytes:
        """The bytes of `entry` that the chain hashes and the file keeps."""
        pair = [self.kind_of(entry), msgspec.to_builtins(entry)]
        try:
            text = json.dumps(pair, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            return text.encode()
        except UnicodeEncodeError:  # a lone surrogate has no UTF-8, but it has a JSON escape
            return json.dumps(pair, sort_keys=True, separators=(",", ":")).encode()

    def parse(self, body: bytes) -> E:
        """The entry in `body`.

        Raises:
            ValueError: `body` is not that of a known kind of entry.
        """
        try:
            name, fields = json.loads(body)
            return msgspec.convert(fields, self.kinds[name])
        except (KeyError, TypeError, msgspec.ValidationError) as error:
            raise ValueError(f"not an entry of this version: {body[:60]!r}") from error

    def follow(self, journal: str, title: str, rows: Iterable[Any]) -> tuple[tuple[E, ...], str]:
        """The entries up to the first row that is not as it was written, and what is wrong with it.

        `rows` have ``seq``, ``kind``, ``body`` and ``chain``, each of whatever type the file has;
        `title` names the journal for people.
        """
        followed = self.follow_kinds(title, rows, frozenset(self.kinds), 0, self.start(journal))
        return followed.entries, followed.problem

    def follow_kinds(
        self, title: str, rows: Iterable[Any], kinds: Container[str], after: int, chain: bytes
    ) -> Followed[E]:
        """As `follow`, from after the entry number `after` with the chain value `chain` on.

        Of other kinds than `kinds` only the chain and the name are looked at, which is ten times
        as quick; they are not among the entries.
        """
        entries: list[E] = []
        number = after
        for row in rows:
            where = f"{title}, entry {number + 1}"
            problem = self._problem(where, row, number + 1, chain)
            if not problem and row.kind in kinds:
                try:
                    entry = self.parse(row.body)
                except ValueError as error:
                    problem = f"{where} ({row.kind}) cannot be read: {error}."
                else:
                    entries.append(entry)
            if problem:
                return Followed(entries=tuple(entries), last=number, chain=chain, problem=problem)
            number, chain = number + 1, row.chain
        return Followed(entries=tuple(entries), last=number, chain=chain, problem="")

    def _problem(self, where: str, row: Any, number: int, chain: bytes) -> str:
        """Why `row` is not the entry `number` after `chain`, in a sentence, or an empty text."""
        if type(row.seq) is int and row.seq != number:
            return f"{where} is missing."
        where = f"{where} ({row.kind})"
        if type(row.seq) is not int or not isinstance(row.body, bytes):
            return f"{where} has a column that is not of its type."
        if row.chain != chain_next(chain, row.body):
            return f"{where} is not what was recorded."
        if not isinstance(row.kind, str) or not row.body.startswith(f'["{row.kind}",'.encode()):
            return f"{where} does not agree with the columns beside it."
        if row.kind not in self.kinds:
            return f"{where} cannot be read: not an entry of this version."
        return ""
