"""On which line of a TOML text a key stands, so that a mistake can be shown where it is."""

from __future__ import annotations

import re

Location = tuple[str | int, ...]

_STRINGS = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'')
_KEY = re.compile(r'\s*((?:[A-Za-z0-9_-]+|"[^"]*"|\'[^\']*\')(?:\s*\.\s*[A-Za-z0-9_"\'-]+)*)\s*=')
_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*$")
_TRIPLE = re.compile(r'"""|\'\'\'')


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _bare(line: str) -> str:
    """`line` without the inside of strings and without its comment."""
    return _STRINGS.sub('""', line).split("#", 1)[0]


class KeyLines:
    """The lines of the keys of a TOML text.

    Attributes:
        lines: 1-based line by location; elements of an array of tables are counted from 0.
    """

    def __init__(self, text: str) -> None:
        self.lines: dict[Location, int] = {}
        self._table: Location = ()
        self._counts: dict[Location, int] = {}
        depth, in_string = 0, False
        for number, line in enumerate(text.splitlines(), start=1):
            if in_string or depth > 0:
                in_string ^= len(_TRIPLE.findall(line)) % 2 == 1
                if not in_string:
                    depth += _depth_change(line)
                continue
            header = _HEADER.match(_STRINGS.sub(_keep_name, line).split("#", 1)[0])
            if header:
                self._enter_table(header[1] == "[[", _parts(header[2]), number)
                continue
            key = _KEY.match(line)
            if key:
                self.lines[(*self._table, *_parts(key[1]))] = number
            in_string = len(_TRIPLE.findall(line)) % 2 == 1
            depth = 0 if in_string else max(0, _depth_change(line))

    def line_of(self, location: Location) -> int:
        """The line of `location`, or of the nearest table or key around it; 1 if there is none."""
        for length in range(len(location), 0, -1):
            line = self.lines.get(location[:length])
            if line is not None:
                return line
        return 1

    def _enter_table(self, is_array: bool, parts: tuple[str, ...], number: int) -> None:
        where: Location = ()
        for part in parts[:-1]:
            where = (*where, part)
            if where in self._counts:
                where = (*where, self._counts[where])
        where = (*where, parts[-1])
        self.lines.setdefault(where, number)
        if is_array:
            self._counts[where] = self._counts.get(where, -1) + 1
            where = (*where, self._counts[where])
            self.lines[where] = number
        self._table = where


def _keep_name(match: re.Match[str]) -> str:
    return match[0].strip("\"'")


def _depth_change(line: str) -> int:
    bare = _bare(line)
    return sum(bare.count(c) for c in "[{") - sum(bare.count(c) for c in "]}")
