"""The second copy of who may sign in: ``<database>.people``, beside the record file.

One line an entry, appended, each with the chain value over all before it; readable by its owner
only. From it an empty new record is filled, so that a damaged file never takes away the accounts.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from app.places import data_folder
from protocols.logbook.entries import Entry
from protocols.people.accounts import ACCOUNT_ENTRIES
from storage.canonical import chain_next
from storage.entry_chain import EntryForm
from storage.logbook import LOG_FORM
from storage.sealed_lines import Cipher
from storage.sidefile import side_label

_log = logging.getLogger(__name__)

_FORM: EntryForm[Entry] = EntryForm(label=b"infusion-room people 1", kinds=LOG_FORM.kinds)
_NAME = "people"


def copy_path(place: str) -> Path:
    """Where the copy of the accounts of the record at `place` is."""
    if "://" in place:
        return data_folder() / f"{side_label(place)}.people"
    path = Path(place).expanduser().resolve()
    return path.with_name(f"{path.name}.people")


class AccountCopy:
    """The entries of accounts, once more."""

    def __init__(self, place: str) -> None:
        """That of the record at `place`; made with the first entry."""
        self.path = copy_path(place)

    def read(self, cipher: Cipher) -> tuple[tuple[Entry, ...], str]:
        """The entries up to the first line that is not as it was written, and what is wrong.

        A last line without its end was cut short while it was written, and counts as none.
        """
        entries, problem, _, _ = self._follow(cipher)
        return entries, problem

    def add(self, entries: Sequence[Entry], cipher: Cipher) -> bool:
        """Append what `entries` say of accounts; whether it is on the disk."""
        wanted = [entry for entry in entries if isinstance(entry, ACCOUNT_ENTRIES)]
        if not wanted:
            return True
        _, problem, chain, size = self._follow(cipher)
        if problem:
            self._set_aside(problem)
            chain, size = _FORM.start(_NAME), 0
        lines = b""
        for entry in wanted:
            body = _FORM.canonical(entry)
            chain = chain_next(chain, body)
            text = json.dumps({"chain": chain.hex(), "entry": body.decode()}).encode()
            lines += cipher.seal_line(text) + b"\n"
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

    def _follow(self, cipher: Cipher) -> tuple[tuple[Entry, ...], str, bytes, int]:
        """Entries, problem, the chain value after them, and their length in bytes."""
        chain, size = _FORM.start(_NAME), 0
        entries: list[Entry] = []
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return (), "", chain, 0
        except OSError as error:
            return (), f"{self.path} cannot be read: {error.strerror or error}.", chain, 0
        for number, line in enumerate(data.splitlines(keepends=True), start=1):
            if not line.endswith(b"\n"):
                break
            try:
                row = json.loads(cipher.open_line(line[:-1]))
                body = row["entry"].encode()
                entry = _FORM.parse(body)
                written = bytes.fromhex(row["chain"])
            except (ValueError, KeyError, TypeError, AttributeError):
                return tuple(entries), f"{self.path}, line {number} cannot be read.", chain, size
            following = chain_next(chain, body)
            if written != following:
                problem = f"{self.path}, line {number} is not what was written."
                return tuple(entries), problem, chain, size
            chain, size = following, size + len(line)
            entries.append(entry)
        return tuple(entries), "", chain, size

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
