"""Qt stays in the windows: the session, its threads and its commands run without it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WINDOWS = ("app/bedside/", "app/review/", "app/qa/", "app/replay/", "app/plots/")
WINDOW_MODULES = (
    "app/bridge.py",
    "app/deadman/watcher.py",
    "app/deadman/window.py",
    "app/feed.py",
    "app/signs.py",
    "app/theme.py",
    "app/screenshots.py",
    "app/staff/room_tile.py",
    "app/staff/station_run.py",
    "app/staff/station_window.py",
)
QT = {"PySide6", "pyqtgraph", "shiboken6"}


def _may_use_qt(name: str) -> bool:
    return name.startswith(WINDOWS) or name in WINDOW_MODULES


def _qt_free_modules() -> list[str]:
    return sorted(
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "app").rglob("*.py")
        if not _may_use_qt(path.relative_to(ROOT).as_posix())
    )


def _imported(text: str) -> set[str]:
    roots: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            roots.add(node.module.split(".")[0])
    return roots


@pytest.mark.parametrize("name", _qt_free_modules())
def test_no_qt_outside_the_windows(name: str) -> None:
    assert _imported((ROOT / name).read_text(encoding="utf-8")) & QT == set()


def test_importing_the_core_does_not_load_qt() -> None:
    names = [
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in _qt_free_modules()
    ]
    program = (
        "import importlib, sys\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        f"print(sorted(set({sorted(QT)!r}) & sys.modules.keys()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=50
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]", "loaded by importing the core"
