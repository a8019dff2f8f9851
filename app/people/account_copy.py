"""The second copy of who may sign in: ``<database>.people``, beside the record file.

One line an entry, appended, each with the chain value over all before it, signed with the site's
key; readable by its owner only. From it an empty or older record is filled, so that a damaged file
never takes away the accounts, and never with what somebody without the key appended.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.places import data_folder
from app.sealing import known_site_keys, site_sealer
from protocols.logbook.entries import Entry
from protocols.people.accounts import ACCOUNT_ENTRIES
from storage.canonical import chain_next
from storage.entry_chain import EntryForm
from storage.logbook import LOG_FORM
from storage.sealed_lines import Cipher
from storage.sealing import KnownKeys, Sealer, is_signed
from storage.sidefile import side_label

_log = logging.getLogger(__name__)

_FORM: EntryForm[Entry] = EntryForm(label=b"infusion-room people 1", kinds=LOG_FORM.kinds)
_NAME = "people"
_SEAL_LABEL = b"infusion-room people seal 1\n"
"""What goes before a chain value where it is signed."""


def copy_path(place: str) -> Path:
    """Where the copy of the accounts of the record at `place` is."""
    if "://" in place:
        return data_folder() / f"{side_label(place)}.people"
    path = Path(place).expanduser().resolve()
    return path.with_name(f"{path.name}.people")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Followed:
    """The lines as far as they are as written: entries, signatures, chain after each, length."""

    entries: tuple[Entry, ...]
    seals: tuple[tuple[str, bytes, bytes], ...]
    problem: str
    chain: bytes
    size: int


class AccountCopy:
    """The entries of accounts, once more."""

    def __init__(
        self,
        place: str,
        sealer: Callable[[], Sealer | None] = site_sealer,
        known: Callable[[], KnownKeys] = known_site_keys,
    ) -> None:
        """That of the record at `place`; made with the first entry and signed by `sealer`.

        Signatures of the keys `known` count.
        """
        self.path = copy_path(place)
        self._sealer = sealer
        self._known = known

    def read(self, cipher: Cipher) -> tuple[tuple[Entry, ...], str]:
        """The entries that count, and what is wrong, in a sentence.

        They count up to the last line that a key of this site signed, or, where this machine has no
        key, up to the first line that is not as it was written. A last line without its end was cut
        short while it was written, and counts as none.
        """
        found = self._follow(cipher)
        known = self._known()
        if not known:
            return found.entries, found.problem
        signed = max(
            (
                number
                for number, (key, signature, chain) in enumerate(found.seals, start=1)
                if is_signed(_SEAL_LABEL + chain, signature, known.public.get(key, b""))
            ),
            default=0,
        )
        problem = found.problem
        if signed < len(found.entries):
            left = len(found.entries) - signed
            problem = problem or (
                f"{self.path} has {left} entries at its end that no key of this site signed: they"
                " do not count."
            )
        return found.entries[:signed], problem

    def add(self, entries: Sequence[Entry], cipher: Cipher) -> bool:
        """Append what `entries` say of accounts; whether it is on the disk."""
        wanted = [entry for entry in entries if isinstance(entry, ACCOUNT_ENTRIES)]
        if not wanted:
            return True
        problem = self.read(cipher)[1]
        found = self._follow(cipher)
        chain, size = found.chain, found.size
        if problem:
            self._set_aside(problem)
            chain, size = _FORM.start(_NAME), 0
        sealer = self._sealer()
        lines = b""
        for entry in wanted:
            body = _FORM.canonical(entry)
            chain = chain_next(chain, body)
            row = {"chain": chain.hex(), "entry": body.decode()}
            if sealer is not None:
                signature = sealer.sign(_SEAL_LABEL + chain)
                row |= {"key": sealer.key.name, "signature": signature.hex()}
            lines += cipher.seal_line(json.dumps(row).encode()) + b"\n"
        try:
            self._write(lines, size)
        except OSError:
            _log.exception("%s could not be written", self.path)
            return False
        return True

    def fill(self, entries: Sequence[Entry], cipher: Cipher) -> None:
        """Append what the copy lacks of the entries of accounts in the record."""
        known, problem = self.read(cipher)
        wanted = [entry for entry in entries if isinstance(entry, ACCOUNT_ENTRIES)]
        if problem:
            self.add(wanted, cipher)  # the damaged copy is set aside, so all of it is missing
            return
        have = set(known)
        self.add([entry for entry in wanted if entry not in have], cipher)

    def _follow(self, cipher: Cipher) -> _Followed:
        entries: list[Entry] = []
        seals: list[tuple[str, bytes, bytes]] = []
        chain, size, problem = _FORM.start(_NAME), 0, ""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            data = b""
        except OSError as error:
            data = b""
            problem = f"{self.path} cannot be read: {error.strerror or error}."
        for number, line in enumerate(data.splitlines(keepends=True), start=1):
            if not line.endswith(b"\n"):
                break
            try:
                row = json.loads(cipher.open_line(line[:-1]))
                body = row["entry"].encode()
                entry = _FORM.parse(body)
                written = bytes.fromhex(row["chain"])
                key, signature = str(row.get("key", "")), bytes.fromhex(row.get("signature", ""))
            except (ValueError, KeyError, TypeError, AttributeError):
                problem = f"{self.path}, line {number} cannot be read."
                break
            following = chain_next(chain, body)
            if written != following:
                problem = f"{self.path}, line {number} is not what was written."
                break
            chain, size = following, size + len(line)
            entries.append(entry)
            seals.append((key, signature, chain))
        return _Followed(
            entries=tuple(entries), seals=tuple(seals), problem=problem, chain=chain, size=size
        )

    def _write(self, lines: bytes, size: int) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0)
        descriptor = os.open(self.path, flags, 0o600)
        try:
            os.ftruncate(descriptor, size)
            os.lseek(descriptor, size, os.SEEK_SET)
            view = memoryview(lines)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _set_aside(self, problem: str) -> None:
        number = 1
        while (kept := self.path.with_name(f"{self.path.name}.damaged-{number}")).exists():
            number += 1
        _log.error("%s It is kept as %s.", problem, kept)
        try:
            self.path.rename(kept)
        except OSError:
            _log.exception("%s could not be set aside", self.path)
