"""Files and functions stay short enough to be read in one go."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60

# What is longer, by name. These lists only shrink: an entry that has become short must go.
LONG_FILES: frozenset[str] = frozenset()
LONG_FUNCTIONS: frozenset[str] = frozenset()


def _sources() -> Iterator[tuple[str, str]]:
    """Each Python file of the project as its name and its text."""
    paths = [ROOT / "main.py"]
    for folder in ("app", "bench", "devices", "docs", "protocols", "storage", "tests"):
        paths += sorted((ROOT / folder).rglob("*.py"))
    for path in paths:
        if path.is_file():
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def _long_files() -> dict[str, int]:
    return {
        name: lines
        for name, text in _sources()
        if (lines := len(text.splitlines())) > MAX_FILE_LINES
    }


def _long_functions() -> dict[str, int]:
    long: dict[str, int] = {}
    for name, text in _sources():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MAX_FUNCTION_LINES:
                    long[f"{name}:{node.name}"] = lines
    return long


@pytest.mark.parametrize(
    ("long", "allowed"),
    [(_long_files, LONG_FILES), (_long_functions, LONG_FUNCTIONS)],
    ids=["files", "functions"],
)
def test_nothing_is_too_long(long: object, allowed: frozenset[str]) -> None:
    assert callable(long)
    found: dict[str, int] = long()
    too_long = {name: lines for name, lines in found.items() if name not in allowed}
    assert too_long == {}, "split these"
    assert allowed <= found.keys(), "these are short by now: take them off the list"
