"""How commands answer: bad input in one line, a "no" as exit status 1, lists as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any

import typer

EXIT_NO = 1
"""The answer is no: verify found a difference, check found a mistake."""

EXIT_BAD_INPUT = 2
"""The input could not be used; one line on stderr says what and where."""


class BadInputError(Exception):
    """Input that cannot be used; the text is one sentence that says what is wrong and where."""


def plain(value: object) -> Any:
    """`value` as JSON knows it: dataclasses as objects, decimals as numbers, the rest as text."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return {str(plain(k)): plain(v) for k, v in value.items()}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, PurePath):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return value


def print_json(value: object) -> None:
    """Print `value` as one line of JSON."""
    typer.echo(json.dumps(plain(value), ensure_ascii=False))


def print_table(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Print left-aligned columns, or a dash where there is no row."""
    lines = [[str(cell) for cell in headings], *([str(cell) for cell in row] for row in rows)]
    if len(lines) == 1:
        typer.echo("-")
        return
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)))
