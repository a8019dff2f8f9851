"""A protocol made of several files: one text, in which every line knows the file it came from.

A protocol names its parts by ``parts = ["gate/every-room", ...]``; their texts follow its own,
each under a marker line. The composed text is what a session records: it holds every number in
force, and a mistake in it is still told with the file and line where a person can mend it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass

_MARKER = "#: file "
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*(/[a-z0-9][a-z0-9.-]*)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedText:
    """The text of one file and its name for messages."""

    file: str
    text: str


def part_names(text: str) -> tuple[str, ...]:
    """The parts that a protocol's `text` names, in order and each once.

    Empty where it names none or is no TOML: the mistake is told when the text is parsed.
    """
    named = _document(text).get("parts", [])
    if not isinstance(named, list):
        return ()
    fine = (one for one in named if isinstance(one, str) and _NAME.fullmatch(one))
    return tuple(dict.fromkeys(fine))


def missing_parts(text: str) -> tuple[str, ...]:
    """The parts that `text` names and does not hold: none where it is a composed text."""
    parts = _document(text).get("part", [])
    tables = parts if isinstance(parts, list) else []
    held = [one.get("id") for one in tables if isinstance(one, dict)]
    return tuple(name for name in part_names(text) if name not in held)


def _document(text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ArithmeticError):
        return {}


def compose(text: str, parts: Iterable[NamedText]) -> str:
    """One text of a protocol and its parts; without parts it is the protocol's own, unchanged."""
    whole = text
    for part in parts:
        whole += "" if whole.endswith("\n") else "\n"
        whole += f"\n{_MARKER}{part.file}\n{part.text}"
    return whole


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stretch:
    """Lines from `first` on are those of `file`, whose line 1 is `first`."""

    first: int
    file: str


class Origins:
    """Where each line of a composed text came from."""

    def __init__(self, text: str, file: str) -> None:
        """`file` is the name of the protocol's own file."""
        self._stretches = [_Stretch(first=1, file=file)]
        for number, line in enumerate(text.splitlines(), start=1):
            if line.startswith(_MARKER):
                self._stretches.append(_Stretch(first=number + 1, file=line.removeprefix(_MARKER)))

    def of_line(self, line: int) -> tuple[str, int]:
        """File and line, both as a person finds them, of line `line` of the composed text."""
        found = self._stretches[0]
        for stretch in self._stretches:
            if stretch.first <= line:
                found = stretch
        return found.file, line - found.first + 1
