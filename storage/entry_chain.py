"""Journals of entries around the sessions: numbered, chained, appended and never changed.

The form of an entry is ``["<kind>",{<fields>}]`` as that of an event. The chain of a journal begins
with a value of its own name, so that no entry can be moved to another.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Generic, TypeVar

import msgspec

from storage.canonical import chain_next

E = TypeVar("E")


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
        return sha256(self.label + b"\n" + journal.encode()).digest()

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

    def follow(
        self,
        journal: str,
        title: str,
        rows: Iterable[Any],
        after: int = 0,
        after_chain: bytes | None = None,
    ) -> tuple[tuple[E, ...], str]:
        """The entries up to the first row that is not as it was written, and what is wrong with it.

        `rows` have ``seq``, ``kind``, ``body`` and ``chain``, each of whatever type the file has;
        `title` names the journal for people. The first row follows the entry number `after`, whose
        chain value is `after_chain`; without one it is the first of the journal.
        """
        entries: list[E] = []
        chain = self.start(journal) if after_chain is None else after_chain
        for number, row in enumerate(rows, start=after + 1):
            where = f"{title}, entry {number}"
            if type(row.seq) is int and row.seq != number:
                return tuple(entries), f"{where} is missing."
            where = f"{where} ({row.kind})"
            if type(row.seq) is not int or not isinstance(row.body, bytes):
                return tuple(entries), f"{where} has a column that is not of its type."
            chain = chain_next(chain, row.body)
            if row.chain != chain:
                return tuple(entries), f"{where} is not what was recorded."
            try:
                entry = self.parse(row.body)
            except ValueError as error:
                return tuple(entries), f"{where} cannot be read: {error}."
            if row.kind != self.kind_of(entry):
                return tuple(entries), f"{where} does not agree with the columns beside it."
            entries.append(entry)
        return tuple(entries), ""
