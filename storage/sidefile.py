"""The side store: where events go, in order, while the database does not take them.

One line an event: ``["<session>",<seq or null>,<canonical form>]``, brought to the disk at once,
sealed where the record is encrypted (`sealed_lines`).
The folders are tried in turn; where none takes a line, compressed memory holds it. `seq` is the
number that the event will have in its session, so that an import which was cut short repeats
nothing.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from protocols.events import Event
from storage.canonical import canonical, parse
from storage.folders import sync_folder
from storage.heads import O_BINARY
from storage.sealed_lines import Cipher, PlainLines

_logger = logging.getLogger(__name__)

MOST_AT_ONCE = 5_000
"""Lines brought to the disk together where a whole session is kept beside its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event that waits: its session, its number there if known, and itself."""

    session: str
    seq: int | None
    event: Event


@dataclass(slots=True)
class _Segment:
    """A piece of the store: a file, or compressed lines in memory; `done` lines are imported."""

    path: Path | None = None
    blocks: list[bytes] = field(default_factory=list)
    size: int = 0
    done: int = 0
    spoiled: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry of the store and where it stands there."""

    entry: Entry
    _segment: _Segment

    def mark_done(self) -> None:
        """Note that the entry is in the database; entries are marked in their order."""
        self._segment.done += 1


def side_label(address: str | Path) -> str:
    """A name for the side files of one database, so that no other database imports them."""
    text = str(address)
    if "://" not in text:
        text = str(Path(text).expanduser().resolve())
    stem = re.sub(r"[^A-Za-z0-9]+", "-", Path(text).stem).strip("-") or "record"
    return f"{stem[:40]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


class SideStore:
    """Events kept beside the database, oldest first. For the recorder's thread only.

    Args:
        folders: where side files may be made, the preferred one first.
        label: start of their names; see `side_label`.
        cipher: how lines are kept; those of an encrypted record are sealed.
    """

    def __init__(self, folders: Sequence[Path], label: str, cipher: Cipher | None = None) -> None:
        self.folders = tuple(folders)
        self.label = label
        self._cipher = cipher or PlainLines()
        self._segments = [
            _Segment(path=path, size=path.stat().st_size)
            for path in find_side_files(folders, label)
        ]
        self._inherited = len(self._segments)

    def __len__(self) -> int:
        return len(self._segments)

    @property
    def in_memory(self) -> bool:
        """Whether some events have no disk under them at all."""
        return any(segment.path is None for segment in self._segments)

    @property
    def place(self) -> str:
        """Where the newest events are, for people."""
        newest = self._segments[-1].path if self._segments else None
        return "memory only" if newest is None else str(newest.parent)

    def add(self, entries: Sequence[Entry]) -> None:
        """Keep `entries` after all that is kept already. Raises nothing of the world."""
        lines = b"".join(self._line(e.session, e.seq, canonical(e.event)) for e in entries)
        if not lines:
            return
        if self.in_memory:
            self._move_memory_to_disk()
        segment = self._segments[-1] if len(self._segments) > self._inherited else None
        if segment is not None and segment.path is None:
            segment.blocks.append(zlib.compress(lines, 1))
        elif segment is None or not _append(segment, lines):
            self._segments.append(self._new_file(lines) or _Segment(blocks=[zlib.compress(lines)]))

    def add_before(self, session: str, bodies: Iterator[tuple[int, bytes]]) -> None:
        """Keep the events of a session, each with its number, before all that is kept already.

        For a session that no file holds any more: what waits already comes after it.
        """
        before: list[_Segment] = []
        while piece := b"".join(
            self._line(session, *pair) for pair in islice(bodies, MOST_AT_ONCE)
        ):
            segment = before[-1] if before else None
            if segment is not None and segment.path is None:
                segment.blocks.append(zlib.compress(piece, 1))
            elif segment is None or not _append(segment, piece):
                stamp = len(self._segments) + len(before)
                new = self._new_file(piece, stamp)
                before.append(new or _Segment(blocks=[zlib.compress(piece, 1)]))
        self._segments[:0] = before
        self._inherited += len(before)

    def sealed(self, text: str) -> str:
        """`text` as it may stand in a file that anybody can read, such as a log."""
        return self._cipher.seal_line(text.encode(errors="backslashreplace")).decode()

    def _line(self, session: str, seq: int | None, body: bytes) -> bytes:
        return self._cipher.seal_line(_written(session, seq, body)) + b"\n"

    def _move_memory_to_disk(self) -> None:
        for index, segment in enumerate(self._segments):
            if segment.path is None:
                lines = b"".join(zlib.decompress(block) for block in segment.blocks)
                moved = self._new_file(lines)
                if moved is None:
                    return
                moved.done = segment.done
                self._segments[index] = moved

    def _new_file(self, lines: bytes, stamp: int | None = None) -> _Segment | None:
        """A file of its own for `lines` in the first folder that takes it; its name lasts too."""
        for folder in self.folders:
            number = time.time_ns() if stamp is None else stamp
            path = folder / f"{self.label}.side-{number:020d}.jsonl"
            segment = _Segment(path=path)
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError:
                continue
            if _append(segment, lines):
                return segment
            path.unlink(missing_ok=True)
        return None

    def entries(self) -> Iterator[Waiting]:
        """Every entry that is not marked done, oldest first.

        Raises:
            OSError: a side file cannot be read at the moment.
        """
        for segment in self._segments:
            for number, line in enumerate(_lines(segment)):
                if number < segment.done:
                    continue
                try:
                    entry = _entry(self._cipher.open_line(line))
                except ValueError:
                    _logger.exception("line %d of side file %s is damaged", number, segment.path)
                    segment.spoiled = True
                    segment.done += 1
                    continue
                yield Waiting(entry, segment)

    def clear(self) -> None:
        """Forget everything: all of it is in the database. Side files are deleted.

        A file with a damaged line is kept under another name.
        """
        for segment in self._segments:
            if segment.path is not None and segment.spoiled:
                segment.path.rename(segment.path.with_suffix(".damaged"))
            elif segment.path is not None:
                segment.path.unlink(missing_ok=True)
        self._segments = []
        self._inherited = 0


def find_side_files(folders: Sequence[Path], label: str) -> list[Path]:
    """Side files that an earlier run left, oldest first."""
    found: list[Path] = []
    for folder in folders:
        try:
            found += folder.glob(f"{label}.side-*.jsonl")
        except OSError:
            continue
    return sorted(set(found), key=lambda path: path.name)


def _written(session: str, seq: int | None, body: bytes) -> bytes:
    name = json.dumps(session, ensure_ascii=False).encode()
    number = b"null" if seq is None else str(seq).encode()
    return b"[" + name + b"," + number + b"," + body + b"]"


def _entry(line: bytes) -> Entry:
    """The entry of one line."""
    session, end = json.JSONDecoder().raw_decode(line.decode(), 1)
    rest = line.decode()[end + 1 :]
    number, _, body = rest.partition(",")
    return Entry(
        session=session,
        seq=None if number == "null" else int(number),
        event=parse(body[:-1].encode()),
    )


def _lines(segment: _Segment) -> Iterator[bytes]:
    """Whole lines only: a line that a cut left without its end was never acknowledged."""
    if segment.path is None:
        for block in segment.blocks:
            yield from zlib.decompress(block).splitlines()
        return
    with segment.path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield line[:-1]


def _append(segment: _Segment, lines: bytes) -> bool:
    """Add `lines` to a segment's file and bring them to the disk; leaves no torn line behind."""
    if segment.path is None:
        return False
    try:
        descriptor = os.open(segment.path, os.O_WRONLY | os.O_CREAT | O_BINARY, 0o600)
    except OSError:
        return False
    try:
        os.lseek(descriptor, segment.size, os.SEEK_SET)
        view = memoryview(lines)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
        if segment.size == 0:
            sync_folder(segment.path.parent)
        segment.size += len(lines)
        return True
    except OSError:
        _cut_back(descriptor, segment.size)
        return False
    finally:
        os.close(descriptor)


def _cut_back(descriptor: int, size: int) -> None:
    try:
        os.ftruncate(descriptor, size)
    except OSError:
        return  # the torn line has no end, so a reader passes over it
