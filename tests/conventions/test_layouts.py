"""Inner layouts have their place before they are filled, and nobody asks a layout for its items.

PySide makes a Python name for every item of a filled layout that is added to another, and for every
item that is asked for. Qt ends such items with their window without a word to Python, which then
ends them once more.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "app").rglob("*.py"))
FILLS = ("addWidget", "addStretch", "addSpacing", "addRow", "addLayout", "addItem", "insertWidget")
ASKS = ("itemAt", "takeAt", "itemAtPosition")


def _calls(function: ast.FunctionDef) -> list[tuple[ast.Call, str, str]]:
    """Every call of a method in `function`, with what it is called on and its name, in order."""
    found = [
        (node, ast.unparse(node.func.value), node.func.attr)
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    return sorted(found, key=lambda one: (one[0].lineno, one[0].col_offset))


def filled_too_early(source: str) -> Iterator[str]:
    """Where an inner layout is filled before it is added, or items are asked for."""
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef):
            continue
        filled: set[str] = set()
        for call, on, name in _calls(function):
            if name in ASKS:
                yield f"line {call.lineno}: {on}.{name}"
            elif name in ("addLayout", "insertLayout") and call.args:
                inner = call.args[1 if name == "insertLayout" else 0]
                if isinstance(inner, ast.Call) or ast.unparse(inner) in filled:
                    yield f"line {call.lineno}: {ast.unparse(call)}"
            if name in FILLS:
                filled.add(on)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_inner_layouts_are_added_before_they_are_filled(path: Path) -> None:
    assert list(filled_too_early(path.read_text(encoding="utf-8"))) == []


def test_a_layout_that_is_filled_too_early_is_found() -> None:
    early = "def make():\n row.addWidget(x)\n column.addLayout(row)\n column.addLayout(made())\n"
    assert [found.partition(":")[0] for found in filled_too_early(early)] == ["line 3", "line 4"]
    right = "def make():\n column.addLayout(row)\n row.addWidget(x)\n"
    assert list(filled_too_early(right)) == []
