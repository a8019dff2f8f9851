"""The heads file beside the database: where each closed session's chain ended.

A hash chain does not show that its tail was cut off. One line for each close, in a file of its own
(``<database>.heads``, meant for other rights or another disk), does.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from storage.folders import sync_folder

O_BINARY: int = getattr(os, "O_BINARY", 0)
"""Keeps Windows from writing line ends of its own; nothing elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of a session's chain: number of its last event, and the chain value after it."""

    seq: int
    chain: bytes


def heads_path(database_path: Path) -> Path:
    """The heads file of a database file."""
    return database_path.with_name(database_path.name + ".heads")


def append_head(path: Path, session: str, head: Head, now: datetime | None = None) -> None:
    """Add the line of one session and bring it to the disk.

    Raises:
        OSError: the file cannot be written.
    """
    utc = (now or datetime.now(UTC)).isoformat(timespec="seconds")
    line = {"session": session, "seq": head.seq, "chain": head.chain.hex(), "utc": utc}
    new = not path.exists()
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | O_BINARY, 0o644)
    try:
        os.write(descriptor, json.dumps(line, separators=(",", ":")).encode() + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if new:
        sync_folder(path.parent)


def read_heads(path: Path) -> dict[str, list[Head]]:
    """Every head by session, oldest first; an absent file has none, a torn line is passed over."""
    heads: dict[str, list[Head]] = {}
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return heads
    for line in lines:
        try:
            item = json.loads(line)
            head = Head(seq=int(item["seq"]), chain=bytes.fromhex(item["chain"]))
            heads.setdefault(str(item["session"]), []).append(head)
        except (ValueError, KeyError, TypeError):
            continue
    return heads
