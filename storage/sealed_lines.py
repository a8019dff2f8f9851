"""What leaves an encrypted record beside it, line by line: side files, entries that wait.

A sealed line is ``~`` and the base64 of nonce and AES-256-GCM of the line, under a key of its own
made of the record's data key. Lines of a plain record stay as they are.
"""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Protocol

from storage.encryption import key_for
from storage.faults import Fault, StorageError
from storage.key_file import DataKey
from storage.whole_files import write_whole

_MARK = b"~"
_NONCE_BYTES = 12
_PURPOSE = "lines beside the record"


class Cipher(Protocol):
    """Seals what is written beside a record, and opens it again."""

    def seal_line(self, line: bytes) -> bytes:
        """`line`, without its end, as it may lie on the disk; still one line."""
        ...

    def open_line(self, line: bytes) -> bytes:
        """What was sealed.

        Raises:
            ValueError: it was changed, or sealed for another record.
        """
        ...


class PlainLines:
    """Leaves every line as it is. A line that was sealed cannot be opened."""

    def seal_line(self, line: bytes) -> bytes:
        """The line."""
        return line

    def open_line(self, line: bytes) -> bytes:
        """The line; ValueError when it was sealed."""
        if line.startswith(_MARK):
            raise ValueError("the line is encrypted")
        return line


class SealedLines:
    """Seals under a key made of the record's; plain lines of before it was encrypted are read."""

    def __init__(self, key: DataKey) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        from storage.key_slots import derived_key

        self._aead = AESGCM(derived_key(key, _PURPOSE))
        self._bound = f"infusion-room line {key.record}".encode()

    def seal_line(self, line: bytes) -> bytes:
        """The line, sealed under a random nonce."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _MARK + b64encode(nonce + self._aead.encrypt(nonce, line, self._bound))

    def open_line(self, line: bytes) -> bytes:
        """What was sealed; ValueError when it was changed or is another record's."""
        if not line.startswith(_MARK):
            return line
        from cryptography.exceptions import InvalidTag

        try:
            sealed = b64decode(line[len(_MARK) :], validate=True)
            if b64encode(sealed) != line[len(_MARK) :]:
                raise ValueError("the line was changed")
            return self._aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], self._bound)
        except InvalidTag as error:
            raise ValueError("the line was changed or belongs to another record") from error


def cipher_for(database: str | Path) -> Cipher:
    """How lines beside the record at `database` are kept; a server's are plain.

    Raises:
        StorageError: the record is encrypted and no key is unlocked.
    """
    if "://" in str(database) and not str(database).startswith("sqlite"):
        return PlainLines()
    return lines_under(key_for(_path_of(database)))


def lines_under(key: DataKey | None) -> Cipher:
    """How lines beside the record of that key are kept; without a key: plain."""
    return PlainLines() if key is None else SealedLines(key)


def reseal(path: Path, before: Cipher, after: Cipher) -> None:
    """Bring every line of a file from one way of keeping to another; a line without end is left.

    Raises:
        OSError: it cannot be read or written.
        ValueError: a line cannot be opened; the file is as it was then.
    """
    lines = path.read_bytes().split(b"\n")[:-1]
    write_whole(path, b"".join(after.seal_line(before.open_line(line)) + b"\n" for line in lines))


def _path_of(database: str | Path) -> Path:
    text = str(database)
    if "://" in text:
        from sqlalchemy import make_url

        text = make_url(text).database or ""
        if not text:
            raise StorageError(Fault.UNSUITABLE, "The record needs a file, not the memory.")
    return Path(text).expanduser()
