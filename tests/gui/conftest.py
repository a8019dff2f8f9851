"""The bedside window on a story, for every test of what it shows."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

sys.path.insert(0, str(Path(__file__).parent))

import session_stories as stories

from app.bedside.window import BedsideWindow


@pytest.fixture
def open_window(qtbot):
    """Open the bedside window on a story, in a size."""
    kept: list[BedsideWindow] = []

    def opener(feed: stories.StoryFeed, width: int = 1920, height: int = 1080) -> BedsideWindow:
        window = BedsideWindow(feed, stories.NURSE)
        kept.append(window)
        qtbot.addWidget(window)
        window.resize(width, height)
        window.show()
        window.activateWindow()
        feed.advanced.emit()
        QApplication.processEvents()
        return window

    return opener
