"""The key file of an encrypted record: its data key, wrapped once for each holder.

``<database>.key`` holds two equal lines, each a whole JSON object with its own check, so that one
damaged place leaves the other line. Nothing in it opens anything without a holder's secret.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import msgspec

from storage.faults import Fault, StorageError
from storage.whole_files import write_whole

FORMAT, VERSION = "infusion-room-key", 1
"""What a key file says of itself."""

COPIES = 2
"""How many equal lines a key file has."""


class Holder(StrEnum):
    """Who can unwrap a slot."""

    PASSPHRASE = "passphrase"  # noqa: S105 - the name of a kind
    SYSTEM_STORE = "system-store"
    RECOVERY = "recovery-key"
    DEPOSIT = "other-record"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKey:
    """The key of a record, unlocked. Its secret is never printed.

    Attributes:
        record: name of the record.
        key: the key's short name.
        secret: 256 random bits.
        salt: 16 bytes that the database file begins with.
        page_bytes: size of the file's pages.
    """

    record: str
    key: str
    secret: bytes = field(repr=False)
    salt: bytes
    page_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretching:
    """How a passphrase becomes a key: argon2id with these parameters (RFC 9106)."""

    time: int
    memory_kib: int
    lanes: int
    salt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """The data key for one holder.

    Attributes:
        kind: who.
        name: unique in the file: hexadecimal, drawn when the slot was made.
        made_utc: when.
        nonce, wrapped: AES-256-GCM of the data key, hexadecimal.
        stretching: of a passphrase.
        other: of `Holder.DEPOSIT`: the record whose holders can open this one.
        sender: of `Holder.DEPOSIT`: the public half of the key it was wrapped with.
    """

    kind: Holder
    name: str
    made_utc: str
    nonce: str
    wrapped: str
    stretching: Stretching | None = None
    other: str = ""
    sender: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedKey:
    """One data key. A record has one; while it is encrypted anew it has the next one first.

    Attributes:
        key: its short name.
        salt: what the database file begins with, hexadecimal.
        page_bytes: size of the file's pages.
        made_utc: when it was drawn.
        deposit: public key (X25519) for records that only the holders of this one may open.
        slots: the holders.
    """

    key: str
    salt: str
    page_bytes: int
    made_utc: str
    deposit: str
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """What a key file says.

    Attributes:
        record: unique name of the record; bound into every slot.
        keys: the data keys, the newest first.
        problem: what is wrong with one of its copies, or empty.
    """

    record: str
    keys: tuple[WrappedKey, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    format: str
    version: int
    record: str
    keys: tuple[WrappedKey, ...]
    sha256: str


def key_path(database_path: Path) -> Path:
    """The key file of a database file."""
    return database_path.with_name(database_path.name + ".key")


def write_key_file(path: Path, key_file: KeyFile) -> None:
    """Write the file whole or not at all, for the owner's eyes only.

    Raises:
        OSError: it cannot be written.
    """
    write_whole(path, _whole(key_file), mode=0o600)


def read_key_file(path: Path) -> KeyFile | None:
    """What the file says; None where there is none.

    Raises:
        StorageError: no copy in it is whole, or it cannot be read.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(
            Fault.ENCRYPTED, f"The key file {path} cannot be read: {error.strerror}."
        ) from error
    whole, newer = _whole_copies(content)
    if not whole:
        raise StorageError(Fault.ENCRYPTED, _unusable(path, newer=newer))
    good = content == _whole(whole[0])
    problem = "" if good else f"A copy within the key file {path} is damaged; the other is used."
    return KeyFile(record=whole[0].record, keys=whole[0].keys, problem=problem)


def _unusable(path: Path, *, newer: bool) -> str:
    if newer:
        return f"The key file {path} was written by a newer version of this program. Update it."
    return f"The key file {path} is damaged. Put back the one that is kept with the backups."


def _whole_copies(content: bytes) -> tuple[list[KeyFile], bool]:
    """The copies whose check is right, and whether one of a newer version was among the lines."""
    whole, newer = [], False
    for line in content.split(b"\n"):
        try:
            written = msgspec.convert(json.loads(line), _Written)
        except (ValueError, msgspec.ValidationError):
            newer = newer or _is_newer(line)
            continue
        key_file = KeyFile(record=written.record, keys=written.keys)
        if line == _line(key_file):
            whole.append(key_file)
    return whole, newer


def _is_newer(line: bytes) -> bool:
    try:
        found = json.loads(line)
    except ValueError:
        return False
    return isinstance(found, dict) and found.get("format") == FORMAT and found.get("version") != 1


def _line(key_file: KeyFile) -> bytes:
    keys = msgspec.to_builtins(key_file.keys)
    content = {"format": FORMAT, "version": VERSION, "record": key_file.record, "keys": keys}
    digest = hashlib.sha256(_json(content)).hexdigest()
    return _json({**content, "sha256": digest})


def _whole(key_file: KeyFile) -> bytes:
    """The copies, an empty line after each, so that a damaged line end spoils one of them only."""
    return (_line(key_file) + b"\n\n") * COPIES


def _json(content: dict[str, object]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
