"""Names say what a thing is, modules say what they give, texts speak of the project alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("app", "devices", "protocols", "storage")
FOLDERS = (*PACKAGES, "bench", "docs", "resources", "tests", ".ci")
TOP_FILES = ("main.py", "Makefile", "pyproject.toml")
TEXT_SUFFIXES = {"", ".md", ".py", ".toml", ".ini", ".mako", ".sh", ".csv", ".json", ".svg"}
EMPTY_NAMES = {"common", "helper", "helpers", "manager", "misc", "util", "utils"}

# Written in halves, so that this file does not find itself.
FORBIDDEN = [
    re.compile(pattern)
    for pattern in (
        r"(?<![\w.:/-])/wo" + r"rk/",
        r"/tmp/br" + r"ief",
        r"shared/refer" + r"ence",
        r"shared/des" + r"ign",
        r"\b[Ii]ss" + r"ue #?\d+\b",
        r"\bTO" + r"DO\b",
        r"\bFIX" + r"ME\b",
    )
]


def _texts() -> Iterator[Path]:
    for name in TOP_FILES:
        if (ROOT / name).is_file():
            yield ROOT / name
    yield from sorted(ROOT.glob("*.md"))
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and path.suffix in TEXT_SUFFIXES and "__pycache__" not in path.parts:
                yield path


def _modules() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def test_no_file_speaks_of_the_workplace() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in _texts()
        for number, line in enumerate(
            path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1
        )
        if any(pattern.search(line) for pattern in FORBIDDEN)
    ]
    assert found == []


def test_no_file_has_an_empty_name() -> None:
    found = [str(path.relative_to(ROOT)) for path in _texts() if path.stem in EMPTY_NAMES]
    assert found == []


def test_every_module_says_what_it_gives() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in [*_modules(), ROOT / "main.py"]
        if path.is_file() and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_every_package_folder_is_a_package() -> None:
    folders = {path.parent for path in _modules()}
    bare = [str(f.relative_to(ROOT)) for f in sorted(folders) if not (f / "__init__.py").is_file()]
    assert [name for name in bare if not name.startswith("storage/migrations")] == []


def test_every_package_has_modules() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in _modules()} == set(PACKAGES)
