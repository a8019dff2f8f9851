"""Edits of the text of a limits file that leave everything else as it stands, comments included.

The text is cut where its keys stand; what comes out is read again, and has to say exactly what was
asked for. A file that is laid out so that this cannot be done is refused. Pure.
"""

from __future__ import annotations

import copy
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from protocols.key_lines import KeyLines, Location

_LAID_OUT = (
    "This limits file is laid out so that it cannot be changed on screen without losing something. "
    "Change it in a text editor, and choose it here as a file."
)


class LimitsTextError(ValueError):
    """The text cannot be edited; the message is a sentence for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextEdit:
    """One value to be set: where, and what (None: the key goes). Its table is there."""

    where: Location
    value: Any


def edited(
    text: str, edits: Sequence[TextEdit], left_out: Sequence[int] = (), head: Sequence[str] = ()
) -> str:
    """`text` with `edits`, without the rules numbered `left_out`, and with `head` as comments.

    Rules that are left out stand in it as comments.

    Raises:
        LimitsTextError: the file is laid out so that it cannot be done.
    """
    lines = text.splitlines()
    wanted = tomllib.loads(text)
    pieces: list[tuple[int, int, list[str]]] = []
    keys = KeyLines(text).lines
    for where, value in _by_key(wanted, edits, lines, keys).items():
        pieces.append(_piece(lines, keys, where, value))
    for index in left_out:
        first, last = _span_of_rule(lines, keys, index)
        pieces = [piece for piece in pieces if not first <= piece[0] <= last]
        pieces.append((first, last + 1, [f"# {line}".rstrip() for line in lines[first : last + 1]]))
    for edit in edits:
        _set(wanted, edit.where, edit.value)
    if left_out:
        kept = [rule for at, rule in enumerate(wanted["rules"]) if at not in set(left_out)]
        wanted["rules"] = kept
    for first, end, replacement in sorted(pieces, key=lambda piece: piece[0], reverse=True):
        lines[first:end] = replacement
    made = "\n".join([*(f"# {line}".rstrip() for line in head), *lines]) + "\n"
    _prove(made, wanted)
    return made


def _prove(made: str, wanted: Mapping[str, Any]) -> None:
    try:
        found = tomllib.loads(made)
    except tomllib.TOMLDecodeError as error:
        raise LimitsTextError(_LAID_OUT) from error
    if not wanted.get("rules"):  # without a rule the key is gone as well
        found.setdefault("rules", [])
    if found != wanted:
        raise LimitsTextError(_LAID_OUT)


def _by_key(
    loaded: Mapping[str, Any],
    edits: Sequence[TextEdit],
    lines: Sequence[str],
    keys: Mapping[Location, int],
) -> dict[Location, Any]:
    """What to write at which key: the value itself, or the inline table that it stands in."""
    found: dict[Location, Any] = {}
    for edit in edits:
        where = edit.where
        key = next((where[:n] for n in range(len(where), 0, -1) if where[:n] in keys), where[:-1])
        if edit.value is None and key == where[:-1] and not _is_there(loaded, where):
            continue
        if key == where or key not in keys or _is_header(lines, keys[key]):
            found[where] = edit.value
            continue
        table = found.setdefault(key, copy.deepcopy(_get(loaded, key)))
        _put(_get(table, where[len(key) : -1]), where[-1], edit.value)
    return found


def _is_header(lines: Sequence[str], number: int) -> bool:
    return lines[number - 1].lstrip().startswith("[")


def _piece(
    lines: Sequence[str], keys: Mapping[Location, int], where: Location, value: Any
) -> tuple[int, int, list[str]]:
    """The lines that the key at `where` takes, and what stands there instead."""
    number = keys.get(where)
    if number is None:
        after = keys.get((*where[:-1], "kind"), keys.get(where[:-1]))
        if after is None:
            raise LimitsTextError(_LAID_OUT)
        return after, after, [f"{where[-1]} = {toml_value(value)}"]
    if _is_header(lines, number):
        raise LimitsTextError(_LAID_OUT)
    first = number - 1
    end, comment = _end_of_value(lines, first)
    if value is None:
        return first, end, []
    left = lines[first].partition("=")[0].rstrip()
    return first, end, [f"{left} = {toml_value(value)} {comment}".rstrip()]


def _end_of_value(lines: Sequence[str], first: int) -> tuple[int, str]:
    """The line after the value that begins at line `first`, and the comment that follows it."""
    for end in range(first + 1, len(lines) + 1):
        text = "\n".join(lines[first:end])
        loaded = _loaded(text)
        if loaded is None:
            continue
        for at in (at for at, character in enumerate(text) if character == "#"):
            if _loaded(text[:at]) == loaded:
                return end, text[at:]
        return end, ""
    raise LimitsTextError(_LAID_OUT)


def _loaded(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _span_of_rule(
    lines: Sequence[str], keys: Mapping[Location, int], index: int
) -> tuple[int, int]:
    """First and last line of a rule, its header included; what follows are comments."""
    own = [number for where, number in keys.items() if where[:2] == ("rules", index)]
    if not own or not lines[min(own) - 1].lstrip().startswith("[["):
        raise LimitsTextError(_LAID_OUT)
    last = max(own) - 1
    if not lines[last].lstrip().startswith("["):
        last = _end_of_value(lines, last)[0] - 1
    return min(own) - 1, last


def _is_there(loaded: Mapping[str, Any], where: Location) -> bool:
    return where[-1] in _get(loaded, where[:-1])


def _get(loaded: Mapping[str, Any], where: Location) -> Any:
    found: Any = loaded
    for part in where:
        found = found[part]
    return found


def _set(loaded: dict[str, Any], where: Location, value: Any) -> None:
    _put(_get(loaded, where[:-1]), where[-1], value)


def _put(table: dict[str, Any], name: str | int, value: Any) -> None:
    if value is None:
        table.pop(str(name), None)
    else:
        table[str(name)] = value


def toml_value(value: Any) -> str:
    """`value` as TOML writes it in one line: text, numbers, truth, lists and tables.

    Raises:
        TypeError: it is none of these.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return f"[{', '.join(toml_value(one) for one in value)}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{name} = {toml_value(one)}' for name, one in value.items())} }}"
    raise TypeError(f"no value of a limits file: {value!r}")
