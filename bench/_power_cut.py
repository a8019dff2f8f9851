"""A disk after a power cut, built from the log of what a program did to it.

``tests/power_cut/disk_log.c`` writes the log. What was synced is there; of what was not, each write
is there or not by chance, and three in ten of those that are there are torn at 512-byte sectors.
Names that were made, moved or removed are there as far as a cut in their order says, and for sure
once their folder was synced. That is a stricter disk than most.
"""

from __future__ import annotations

import ctypes
import random
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "tests" / "power_cut" / "disk_log.c"
SECTOR_BYTES = 512
TORN = 0.3
_HEAD = struct.Struct("<cBHQQQ")


class NoCompilerError(Exception):
    """The recorder of the disk cannot be built here; the text says why."""


def build_disk_log(folder: Path) -> Path:
    """The shared library, built in `folder`.

    Raises:
        NoCompilerError: this is no Linux, or there is no C compiler.
    """
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not sys.platform.startswith("linux"):
        raise NoCompilerError("power cuts are simulated on Linux only")
    if compiler is None:
        raise NoCompilerError("there is no C compiler (cc) to build the recorder of the disk")
    library = folder / "disk_log.so"
    command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl"]
    done = subprocess.run([*command, "-lpthread"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoCompilerError(f"the recorder of the disk does not compile: {done.stderr[:200]}")
    return library


def preloaded() -> ctypes.CDLL:
    """The library that this process was started with."""
    return ctypes.CDLL(None)


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing done to the disk: `op` as in the source, on `name`, at `t_ns` (monotonic)."""

    op: str
    name: str
    offset: int
    data: bytes
    t_ns: int


def read_operations(log: Path) -> Iterator[Operation]:
    """What a log says, in order."""
    content = log.read_bytes()
    at = 0
    while at + _HEAD.size <= len(content):
        op, _, size, offset, length, t_ns = _HEAD.unpack_from(content, at)
        at += _HEAD.size
        name = content[at : at + size].decode()
        at += size
        data = content[at : at + length]
        at += length
        yield Operation(op.decode(), name, offset, data, t_ns)


@dataclass(slots=True)
class _Inode:
    """A file: what surely lies on the disk, and what was done to it since."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)

    def sync(self) -> None:
        for offset, data in self.pending:
            _apply(self.durable, offset, data)
        self.pending = []

    def after_cut(self, rng: random.Random) -> bytes:
        content = bytearray(self.durable)
        keep = rng.random()
        for offset, data in self.pending:
            if rng.random() < keep:
                torn = data is not None and rng.random() < TORN
                _apply(content, offset, data, rng if torn else None)
        return bytes(content)


def _apply(
    content: bytearray, offset: int, data: bytes | None, torn: random.Random | None = None
) -> None:
    """Write `data` at `offset`, or cut the file there (None); torn: only some of the sectors."""
    if data is None:
        del content[offset:]
        content.extend(bytes(max(0, offset - len(content))))
        return
    content.extend(bytes(max(0, offset - len(content))))
    at = 0
    while at < len(data):
        step = SECTOR_BYTES - (offset + at) % SECTOR_BYTES
        piece = data[at : at + step]
        if torn is None or torn.random() < 0.5:
            content[offset + at : offset + at + len(piece)] = piece
        at += step


class Disk:
    """The files of one folder, followed operation by operation."""

    def __init__(self, start: Path, root: str) -> None:
        """Begin with the files in `start`, all of them durable; `root` is their name in the log."""
        self._root = root
        self._names: dict[str, _Inode] = {}
        for path in sorted(start.rglob("*")):
            if path.is_file():
                inode = _Inode(bytearray(path.read_bytes()))
                self._names[f"{root}/{path.relative_to(start)}"] = inode
        self._durable = dict(self._names)
        self._moves: list[tuple[str, str, str, _Inode | None]] = []

    def do(self, operation: Operation) -> None:
        """Follow one operation."""
        name, op = operation.name, operation.op
        if op == "s" and name not in self._names:  # a folder
            for move in self._moves:
                _move(self._durable, *move)
            self._moves = []
        elif op == "s":
            self._names[name].sync()
        elif op == "w":
            inode = self._names.setdefault(name, _Inode())
            inode.pending.append((operation.offset, operation.data))
        elif op == "t":
            self._names.setdefault(name, _Inode()).pending.append((operation.offset, None))
        else:
            move = (op, name, operation.data.decode(), _Inode() if op == "c" else None)
            _move(self._names, *move)
            self._moves.append(move)

    def has(self, name: str) -> bool:
        """Whether the file of that name in the log is there, as the program sees it."""
        return name in self._names

    def after_cut(self, target: Path, rng: random.Random) -> None:
        """Write the disk as it may be if the power failed now into the new folder `target`."""
        names = dict(self._durable)
        for move in self._moves[: rng.randint(0, len(self._moves))]:
            _move(names, *move)
        for name, inode in names.items():
            path = target / name.removeprefix(self._root).lstrip("/")
            if not name.endswith(("-shm", "/acks")):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(inode.after_cut(rng))


def _move(names: dict[str, _Inode], op: str, name: str, other: str, new: _Inode | None) -> None:
    if op == "c" and new is not None:
        names[name] = new
    elif op == "u":
        names.pop(name, None)
    elif op == "r" and name in names:
        names[other] = names.pop(name)
    elif op == "l" and name in names:
        names[other] = names[name]
