"""Files that a desk asks a person for, to open or to write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

ChooseFile = Callable[[QWidget, str, str], str]
"""Asks for a file to open: title and pattern; empty when the person changed their mind."""

SaveFile = Callable[[QWidget, str, str, str], str]
"""Asks for a file to write: title, proposed name and pattern; empty likewise."""


def ask_to_open(parent: QWidget, title: str, pattern: str) -> str:
    """Ask with the system's file dialog."""
    return QFileDialog.getOpenFileName(parent, title, "", pattern)[0]


def ask_to_save(parent: QWidget, title: str, proposed: str, pattern: str) -> str:
    """Ask with the system's file dialog."""
    return QFileDialog.getSaveFileName(parent, title, proposed, pattern)[0]


def with_ending(path: str, ending: str) -> Path:
    """`path` with `ending` where its name lacks it."""
    found = Path(path)
    return found if found.suffix.lower() == ending else found.with_name(found.name + ending)


RESULTS = "PDF (*.pdf);;HTML (*.html);;CSV (*.csv)"
"""The forms that a result is saved in."""


def result_path(chosen: str) -> Path:
    """The file to write a result to: PDF where the name says no form."""
    known = Path(chosen).suffix.lower() in (".pdf", ".html", ".htm", ".csv")
    return Path(chosen) if known else with_ending(chosen, ".pdf")
