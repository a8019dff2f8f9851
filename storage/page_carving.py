"""Rows of the record read from the bytes of its file, without any of SQLite's own structure.

Where a page of a table's tree is damaged, SQLite reaches nothing below it. The rows themselves lie
on leaf pages that carry all it takes to read them, and the hash chain proves which of them are as
they were written; so every leaf page of the file and of its write-ahead log is read, stale ones
too. An encrypted file cannot be read like this.

The form of pages, cells and records is that of sqlite.org/fileformat2.html.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_LEAF = 0x0D
_LOG_MAGIC = (0x377F0682, 0x377F0683)
_LOG_HEADER, _FRAME_HEADER = 32, 24
_LONGEST_BODY = 64 << 20
_SIZES = (2_048, 4_096, 1_024, 8_192, 16_384, 32_768, 512, 65_536)

Value = int | float | str | bytes | None


@dataclass(frozen=True, slots=True)
class CarvedRow:
    """One row found: the values of its columns, in order."""

    values: tuple[Value, ...]


class _Pages:
    """The pages of a file and the newer ones of its log, by number."""

    def __init__(self, file: BinaryIO, log: BinaryIO | None, page_bytes: int) -> None:
        self.page_bytes = page_bytes
        self._file = file
        self._log = log
        self._newer: dict[int, int] = {}
        self.frames: list[int] = []
        file.seek(0, 2)
        self.count = -(-file.tell() // page_bytes)
        if log is not None:
            self._index_log(log)

    def _index_log(self, log: BinaryIO) -> None:
        log.seek(0, 2)
        step = _FRAME_HEADER + self.page_bytes
        for at in range(_LOG_HEADER, log.tell() - step + 1, step):
            log.seek(at)
            (number,) = struct.unpack(">I", log.read(4))
            if 0 < number < 1 << 31:
                self._newer[number] = at + _FRAME_HEADER
                self.frames.append(at + _FRAME_HEADER)

    def in_file(self, number: int) -> bytes:
        self._file.seek((number - 1) * self.page_bytes)
        return self._file.read(self.page_bytes).ljust(self.page_bytes, b"\0")

    def in_log(self, offset: int) -> bytes:
        if self._log is None:
            return b""
        self._log.seek(offset)
        return self._log.read(self.page_bytes)

    def newest(self, number: int) -> bytes:
        offset = self._newer.get(number)
        return self.in_file(number) if offset is None else self.in_log(offset)


def carve_rows(path: Path) -> Iterator[CarvedRow]:
    """Every row on every leaf page of the file at `path` and of its log, in no certain order.

    A row may come more than once, and rows that were deleted may come too.

    Raises:
        OSError: the file cannot be read.
    """
    log_path = path.with_name(path.name + "-wal")
    with path.open("rb") as file:
        log = log_path.open("rb") if log_path.exists() else None
        try:
            pages = _Pages(file, log, _page_bytes(file, log))
            for offset in pages.frames:
                yield from _rows_of(pages.in_log(offset), 0, pages)
            for number in range(1, pages.count + 1):
                yield from _rows_of(pages.in_file(number), 100 if number == 1 else 0, pages)
        finally:
            if log is not None:
                log.close()


def _page_bytes(file: BinaryIO, log: BinaryIO | None) -> int:
    """Size of a page, as the file says, else its log, else the usual one of this program."""
    file.seek(0)
    head = file.read(100)
    if head.startswith(b"SQLite format 3\0"):
        (size,) = struct.unpack_from(">H", head, 16)
        size = 65_536 if size == 1 else size
        if size in _SIZES:
            return int(size)
    if log is not None:
        log.seek(0)
        head = log.read(12)
        if len(head) == 12 and struct.unpack_from(">I", head)[0] in _LOG_MAGIC:
            (size,) = struct.unpack_from(">I", head, 8)
            if size in _SIZES:
                return int(size)
    return _SIZES[0]


def _rows_of(page: bytes, start: int, pages: _Pages) -> Iterator[CarvedRow]:
    """The rows of one page, none where it is no leaf of a table; a damaged cell is passed over."""
    if len(page) < pages.page_bytes or page[start] != _LEAF:
        return
    (count,) = struct.unpack_from(">H", page, start + 3)
    if start + 8 + 2 * count > len(page):
        return
    for index in range(count):
        (offset,) = struct.unpack_from(">H", page, start + 8 + 2 * index)
        try:
            values = _record(_payload(page, offset, pages))
        except (ValueError, IndexError, struct.error):
            continue
        yield CarvedRow(values)


def _payload(page: bytes, offset: int, pages: _Pages) -> bytes:
    """The record of a cell, its overflow pages followed; ValueError where they lead astray."""
    size, at = _varint(page, offset)
    _rowid, at = _varint(page, at)
    if not 0 < size <= _LONGEST_BODY:
        raise ValueError("no size of a record")
    usable = pages.page_bytes
    largest = usable - 35
    if size <= largest:
        return _exactly(page[at : at + size], size)
    smallest = (usable - 12) * 32 // 255 - 23
    here = smallest + (size - smallest) % (usable - 4)
    here = here if here <= largest else smallest
    parts = [_exactly(page[at : at + here], here)]
    (number,) = struct.unpack_from(">I", page, at + here)
    left = size - here
    seen: set[int] = set()
    while left > 0:
        if number in seen or not 0 < number < 1 << 31:
            raise ValueError("a chain of pages that ends too early")
        seen.add(number)
        more = pages.newest(number)
        (number,) = struct.unpack_from(">I", more)
        parts.append(_exactly(more[4 : 4 + min(left, usable - 4)], min(left, usable - 4)))
        left -= usable - 4
    return b"".join(parts)


def _exactly(data: bytes, size: int) -> bytes:
    if len(data) != size:
        raise ValueError("cut off")
    return data


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for index in range(9):
        byte = data[at + index]
        if index == 8:
            return value << 8 | byte, at + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + index + 1
    raise ValueError("no number")


def _record(payload: bytes) -> tuple[Value, ...]:
    """The values of a record.

    Raises:
        ValueError: it is none.
    """
    size, at = _varint(payload, 0)
    if not at <= size <= len(payload):
        raise ValueError("no header of a record")
    kinds: list[int] = []
    while at < size:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    values: list[Value] = []
    for kind in kinds:
        width = _width(kind)
        values.append(_value(kind, _exactly(payload[at : at + width], width)))
        at += width
    return tuple(values)


_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}


def _width(kind: int) -> int:
    if kind in _INTEGERS:
        return _INTEGERS[kind]
    if kind == 7:
        return 8
    return (kind - 12) // 2 if kind >= 12 else 0


def _value(kind: int, data: bytes) -> Value:
    if kind in _INTEGERS:
        return int.from_bytes(data, "big", signed=True)
    if kind == 7:
        return float(struct.unpack(">d", data)[0])
    if kind in (8, 9):
        return kind - 8
    if kind >= 12:
        return data if kind % 2 == 0 else data.decode()
    if kind == 0:
        return None
    raise ValueError("no kind of a value")
