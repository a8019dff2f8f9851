"""The tiles of a replay on a small screen: transport bar and notice leave them less height."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "app"))

import recorded_sessions as recorded

from app.records.catalogue import Standing
from app.replay.feed import ReplayFeed
from app.replay.window import ReplayWindow
from tests.gui.replayed_session import as_session

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.mark.parametrize("percent", [10, 50, 85, 99])
def test_no_text_of_a_tile_is_cut_on_a_small_screen(qtbot, percent: int) -> None:
    feed = ReplayFeed(as_session(recorded.visit(), Standing.INTERRUPTED), elapsed_ns=lambda: 0)
    window = ReplayWindow(feed)
    qtbot.addWidget(window)
    window.resize(1366, 768)
    window.show()
    feed.seek(feed.end_ns * percent // 100)
    feed.advanced.emit()
    QApplication.processEvents()
    run = window.bedside.run
    cut = []
    for tile in (run.bp, run.heart, run.spo2, run.scores, run.due):
        for label in tile.findChildren(QLabel):
            lines = label.text().splitlines() or [""]
            width = max(label.fontMetrics().horizontalAdvance(words) for words in lines)
            low = label.height() < 0.9 * label.fontMetrics().capHeight() * len(lines)
            if label.isVisible() and (width > label.width() + 1 or low):
                cut.append(f"{label.text()!r} needs {width} has {label.width()}x{label.height()}")
    assert cut == []
