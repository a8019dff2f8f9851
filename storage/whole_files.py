"""Files that are there whole or not at all, also after a power cut."""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import suppress
from pathlib import Path

from storage.folders import sync_folder

READ_BYTES = 1 << 20
"""How much of a file is read at once."""


def write_whole(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Give `path` this content; an old file of that name is replaced once the new one is on disk.

    Raises:
        OSError: it cannot be written; the old file is as it was then.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink()
        raise
    sync_folder(path.parent)


def copy_whole(source: Path, target: Path, *, mode: int = 0o600) -> None:
    """Copy a small file so that `target` is there whole or not at all.

    Raises:
        OSError: one cannot be read or the other written.
    """
    write_whole(target, source.read_bytes(), mode=mode)


def keep_also_as(path: Path, other: Path) -> None:
    """Give the file at `path` the second name `other`; a copy where the disk has no second names.

    Raises:
        OSError: neither can be made.
        FileExistsError: `other` is there already.
    """
    if other.exists():
        raise FileExistsError(17, "is there already", str(other))
    try:
        os.link(path, other)
    except OSError:
        part = other.with_name(f".{other.name}.part")
        shutil.copyfile(path, part)
        sync_file(part)
        part.replace(other)
    sync_folder(other.parent)


def begin_private(path: Path) -> None:
    """Make an empty file that only its owner may read, for somebody else to fill.

    Raises:
        OSError: it cannot be made.
    """
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))


def sync_file(path: Path) -> None:
    """Bring a file that was written by somebody else to the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()
