"""The bytes of a foreign file, read whole and only to read: bounded, hashed, no link followed."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

from app.importing.bounds import check_size
from app.importing.foreign import ForeignFileError, SourceFile

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,120}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileBytes:
    """A file that was read: what it is called and all its bytes."""

    source: SourceFile
    content: bytes = field(repr=False)


def read_whole(path: Path) -> FileBytes:
    """Read the file at `path`.

    Raises:
        ForeignFileError: it is not there, no plain file, empty, too large or cannot be read.
    """
    try:
        if path.is_dir():
            raise ForeignFileError(f"{path.name or path} is a folder; choose the file in it.")
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for its other end
            raise ForeignFileError(f"{path.name} is no file.")
        with path.open("rb") as stream:
            about = os.fstat(stream.fileno())
            check_size(path.name, about.st_size)
            content = stream.read(about.st_size)
    except OSError as error:
        reason = error.strerror or error
        raise ForeignFileError(f"{path.name} cannot be read: {reason}.") from error
    digest = hashlib.sha256(content).hexdigest()
    source = SourceFile(name=path.name, size_bytes=len(content), sha256=digest)
    return FileBytes(source=source, content=content)


def read_beside(path: Path, name: str) -> FileBytes:
    """Read the file `name`, which the header at `path` names, from the same folder.

    Raises:
        ForeignFileError: `name` is no plain name, or leads out of the folder, or cannot be read.
    """
    if not _PLAIN_NAME.fullmatch(name):
        raise ForeignFileError(
            f"{path.name} names the file “{name[:80]}”, which is not beside it; only files of the "
            "same folder are read."
        )
    beside = path.parent / name
    if beside.is_symlink():
        raise ForeignFileError(f"{name}, named by {path.name}, is a link; links are not followed.")
    return read_whole(beside)
