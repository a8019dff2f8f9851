"""A CSV file as rows of cells: its encoding, its separator, its header; every line accounted for.

Pure. Nothing here knows what a column means.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from app.importing.bounds import MOST_CHANNELS, MOST_ROWS
from app.importing.foreign import ForeignFileError

_SEPARATORS = (",", ";", "\t")
_LONGEST_LINE = 2_000_000
_MOST_QUOTED = 200
"""Lines that one quoted cell may hold."""

_LINE_END = re.compile(r"\r\n|\n|\r")
_HEADER_WITHIN = 60
"""Lines in which the header of a table is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The rows of a file.

    Attributes:
        columns: names of the columns, each once.
        rows: number of the line and cells of each row that is not empty.
        separator: between the cells.
        before: lines before the header that are not empty: `remarks`.
        blank: empty lines after it.
        wide, narrow: rows with more or with fewer cells than the header has names.
        encoding: of the text.
        cut: whether the last line has no end, as of a file that was cut.
    """

    columns: tuple[str, ...]
    rows: list[tuple[int, list[str]]] = field(repr=False)
    separator: str
    remarks: tuple[str, ...]
    blank: int
    wide: int
    narrow: int
    encoding: str
    cut: bool


def looks_like_text(content: bytes) -> bool:
    """Whether the bytes are a text: no control characters within the first of them."""
    head = content[:8192]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return not any(byte < 9 or 13 < byte < 32 for byte in head)


def read_rows(content: bytes, name: str, is_known: Callable[[str], bool]) -> Table:
    """The rows of the table; `is_known` tells whether a column of that name is understood.

    Raises:
        ForeignFileError: it is no text, or has more than is read.
    """
    text, encoding = _decode(content, name)
    cut = bool(text) and not text.endswith(("\n", "\r"))
    lines = _LINE_END.split(text)
    if lines and not lines[-1]:
        lines.pop()
    if len(lines) > MOST_ROWS:
        raise ForeignFileError(
            f"{name} has {len(lines)} lines; more than {MOST_ROWS} are not read."
        )
    if any(len(line) > _LONGEST_LINE for line in lines[:_HEADER_WITHIN]):
        raise ForeignFileError(
            f"{name} has a line of more than {_LONGEST_LINE} characters; it is no table."
        )
    place, separator = _header(lines, is_known)
    cells = _cells(lines[place], separator) if lines else []
    if len(cells) > MOST_CHANNELS:
        raise ForeignFileError(
            f"{name} has {len(cells)} columns; {MOST_CHANNELS} are read at most."
        )
    first = place + 1
    if cells and all(_is_number(cell) for cell in cells):
        cells, first = ["" for _ in cells], place
    columns = _names(cells)
    rows: list[tuple[int, list[str]]] = []
    blank = wide = narrow = 0
    for number, line in _joined(lines, first):
        if not line.strip():
            blank += 1
            continue
        found = _cells(line, separator)
        wide += len(found) > len(columns) and any(c.strip() for c in found[len(columns) :])
        narrow += len(found) < len(columns)
        rows.append((number, found))
    remarks = tuple(line.strip() for line in lines[:place] if line.strip())
    return Table(
        columns=columns,
        rows=rows,
        separator=separator,
        remarks=remarks,
        blank=blank,
        wide=wide,
        narrow=narrow,
        encoding=encoding,
        cut=cut,
    )


def _joined(lines: list[str], first: int) -> Iterator[tuple[int, str]]:
    """Number and text of each row; lines within one quoted cell are one row."""
    at = first
    while at < len(lines):
        line, end = lines[at], at + 1
        if line.count('"') % 2:
            tail = range(end, min(end + _MOST_QUOTED, len(lines)))
            end = next((n + 1 for n in tail if lines[n].count('"') % 2), end)
        yield at + 1, line if end == at + 1 else "\n".join(lines[at:end])
        at = end


def _decode(content: bytes, name: str) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace"), "UTF-16"
    if not looks_like_text(content) or b"\x00" in content:
        raise ForeignFileError(
            f"{name} is no text and no kind of file that is read. Of a WFDB record choose the .hea "
            "file."
        )
    try:
        return content.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        return content.decode("latin-1"), "Latin-1"


def _cells(line: str, separator: str) -> list[str]:
    """The cells of one line; a line of broken quotes is one that stands alone."""
    try:
        found = next(
            csv.reader(io.StringIO(line, newline=""), delimiter=separator, skipinitialspace=True),
            [],
        )
    except csv.Error:
        found = line.split(separator)
    return [cell.strip() for cell in found]


def _header(lines: list[str], is_known: Callable[[str], bool]) -> tuple[int, str]:
    """The line of the header and the separator: where most names are known, else the first line."""
    best = (0, 0, 0, ",")
    for number, line in enumerate(lines[:_HEADER_WITHIN]):
        for separator in _SEPARATORS:
            cells = _cells(line, separator)
            known = sum(is_known(cell) for cell in cells if cell)
            if known and (known, len(cells), -number) > best[:3]:
                best = (known, len(cells), -number, separator)
    if best[0]:
        return -best[2], best[3]
    first = next((n for n, line in enumerate(lines) if line.strip()), 0)
    line = lines[first] if lines else ""
    return first, max(_SEPARATORS, key=line.count)


def _names(cells: list[str]) -> tuple[str, ...]:
    """Names of the columns: one without a name is called by its number, a second gets one."""
    names: list[str] = []
    for number, cell in enumerate(cells, 1):
        name = cell[:200] or f"column {number}"
        names.append(name if name not in names else f"{name} ({number})")
    return tuple(names)


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True


__all__ = ["Table", "looks_like_text", "read_rows"]
