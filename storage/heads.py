"""The heads file beside the database: where the chains of its journals ended, and the seals.

A hash chain does not show that its tail was cut off, nor that a whole session was taken out. One
line for each close, in a file of its own (``<database>.heads``, meant for other rights or another
disk), does. A line with a signature is a copy of a row of the table ``seal``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from storage.folders import sync_folder

O_BINARY: int = getattr(os, "O_BINARY", 0)
"""Keeps Windows from writing line ends of its own; nothing elsewhere."""

SEAL_LABEL = b"infusion-room seal 1\n"
"""What the bytes under every signature begin with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of a chain: number of its last event or entry, and the chain value after it."""

    seq: int
    chain: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedEnd:
    """The end of a chain as it was noted at a time; sealed where there was a key.

    Attributes:
        subject: ``session NAME``, ``course NAME`` or ``logbook NAME``.
        head: the end.
        at_utc: when it was noted, ISO 8601 in UTC.
        key: short name of the key; empty where it was only noted.
        signature: Ed25519 over `signed_bytes`; empty where it was only noted.
    """

    subject: str
    head: Head
    at_utc: str
    key: str = ""
    signature: bytes = b""

    @property
    def is_sealed(self) -> bool:
        """Whether the end is signed and not only noted."""
        return bool(self.key or self.signature)

    @property
    def signed_bytes(self) -> bytes:
        """What the signature is over: the label and the fields in canonical JSON."""
        return SEAL_LABEL + _json({**self._fields(), "key": self.key})

    @property
    def line(self) -> bytes:
        """Its line in the heads file, without the line's end."""
        fields = self._fields()
        if self.is_sealed:
            fields |= {"key": self.key, "signature": self.signature.hex()}
        return _json(fields)

    def _fields(self) -> dict[str, object]:
        return {
            "at_utc": self.at_utc,
            "chain": self.head.chain.hex(),
            "seq": self.head.seq,
            "subject": self.subject,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadsFile:
    """What the heads file says.

    Attributes:
        exists: whether there is one.
        ends: what its lines note, oldest first.
        unreadable: number (from 1) and bytes of each line that is not as the program writes it.
    """

    exists: bool
    ends: tuple[NotedEnd, ...] = ()
    unreadable: tuple[tuple[int, bytes], ...] = field(default=())
    _by_subject: dict[str, list[NotedEnd]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def of(self, subject: str) -> list[NotedEnd]:
        """What is noted of one subject, oldest first."""
        if not self._by_subject:
            for end in self.ends:
                self._by_subject.setdefault(end.subject, []).append(end)
        return list(self._by_subject.get(subject, ()))


def _json(content: dict[str, object]) -> bytes:
    try:
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode()
    except UnicodeEncodeError:  # a lone surrogate has no UTF-8, but it has a JSON escape
        return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


_SEALED_LINE = re.compile(
    rb'"key":"[^"\\\n]*","seq":\d+,"signature":"[0-9a-f]{128}","subject":"(?:[^"\\\n]|\\.)*"\}\n'
)
"""The end of a line that is a seal, as the program writes it."""


def session_subject(session: str) -> str:
    """The subject of a session's seals."""
    return f"session {session}"


def course_subject(course: str) -> str:
    """The subject of a course's seals."""
    return f"course {course}"


def logbook_subject(logbook: str) -> str:
    """The subject of a logbook's seals."""
    return f"logbook {logbook}"


def heads_path(database_path: Path) -> Path:
    """The heads file of a database file."""
    return database_path.with_name(database_path.name + ".heads")


def append_ends(path: Path, ends: Sequence[NotedEnd]) -> None:
    """Add a line for each of `ends` and bring them to the disk.

    Raises:
        OSError: the file cannot be written.
    """
    if not ends:
        return
    new = not path.exists()
    lines = b"".join(end.line + b"\n" for end in ends)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | O_BINARY, 0o644)
    try:
        if os.lseek(descriptor, 0, os.SEEK_END):
            os.lseek(descriptor, -1, os.SEEK_END)
            if os.read(descriptor, 1) != b"\n":
                lines = b"\n" + lines  # a line that a power cut tore stays alone
        view = memoryview(lines)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if new:
        sync_folder(path.parent)


def read_heads(path: Path) -> HeadsFile:
    """Every line of the heads file, also those that earlier versions of the program wrote.

    Raises:
        OSError: the file is there and cannot be read.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return HeadsFile(exists=False)
    ends: list[NotedEnd] = []
    unreadable: list[tuple[int, bytes]] = []
    torn = lines.pop()
    for number, line in enumerate(lines, start=1):
        end = read_line(line)
        if end is None:
            unreadable.append((number, line))
        else:
            ends.append(end)
    if torn:
        unreadable.append((len(lines) + 1, torn))
    return HeadsFile(exists=True, ends=tuple(ends), unreadable=tuple(unreadable))


def count_sealed_lines(path: Path) -> int:
    """How many whole lines of the heads file are seals, without reading what each says.

    Raises:
        OSError: the file is there and cannot be read.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return 0
    return sum(1 for _ in _SEALED_LINE.finditer(data))


def read_line(line: bytes) -> NotedEnd | None:
    """What a line notes; None where it is not, byte for byte, as the program writes it."""
    try:
        item = json.loads(line)
        if "subject" in item:
            end = NotedEnd(
                subject=item["subject"],
                head=_head(item),
                at_utc=item["at_utc"],
                key=item.get("key", ""),
                signature=bytes.fromhex(item.get("signature", "")),
            )
            return end if end.line == line else None
        end = NotedEnd(
            subject=session_subject(item["session"]), head=_head(item), at_utc=item["utc"]
        )
        return end if _old_line(item) == line else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _head(item: dict[str, object]) -> Head:
    seq, chain = item["seq"], item["chain"]
    if type(seq) is not int or type(chain) is not str:
        raise ValueError("not a head")
    return Head(seq=seq, chain=bytes.fromhex(chain))


def _old_line(item: dict[str, object]) -> bytes:
    """The line as the versions before seals wrote it."""
    fields = {name: item[name] for name in ("session", "seq", "chain", "utc")}
    return json.dumps(fields, separators=(",", ":")).encode()


def newest(ends: Iterable[NotedEnd]) -> NotedEnd | None:
    """The end with the highest number; None of none."""
    return max(ends, key=lambda end: end.head.seq, default=None)
