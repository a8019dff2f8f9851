"""Opens a file with the program that the system has for it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices


def show_file(path: Path) -> bool:
    """Open `path` with the system's viewer; False where there is none. Nothing leaves the room."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
