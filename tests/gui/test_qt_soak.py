"""The Qt binding keeps every reference: the fault that PySide6 6.12.0 has on Python 3.11 stays out.

That version takes a reference from ``None`` or ``True`` on each void call and each emit, and the
interpreter aborts after some minutes of a session. From Python 3.12 on these constants are immortal
and their counts mean nothing: there the soak only shows that everything arrives and nothing aborts.
"""

from __future__ import annotations

import gc
import sys
import tomllib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyqtgraph as pg
import PySide6
import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

PROJECT_ROOT = Path(__file__).resolve().parents[2]
PINNED = "6.11.3"
SET_TEXTS = 40_000
FRAMES = 2_000
EMITS = 10_000
SLACK = 500
"""References that come and go by themselves; the fault takes one on each of thousands of calls."""


class _Source(QObject):
    fired = Signal(int)
    flagged = Signal(bool)


def _lost(work: Callable[[], None]) -> dict[str, int]:
    """How many references to None and True the work took away."""
    gc.disable()
    try:
        before = sys.getrefcount(None), sys.getrefcount(True)
        work()
        after = sys.getrefcount(None), sys.getrefcount(True)
    finally:
        gc.enable()
    return {"None": before[0] - after[0], "True": before[1] - after[1]}


def _assert_kept(lost: dict[str, int]) -> None:
    if sys.version_info >= (3, 12):
        return
    assert lost["None"] < SLACK, f"references lost: {lost}"
    assert lost["True"] < SLACK, f"references lost: {lost}"


def _draw(plot: pg.PlotWidget, frames: int) -> None:
    curve = plot.plot(pen=pg.mkPen("g", width=1))
    x = np.arange(300, dtype=np.float64)
    for frame in range(frames):
        curve.setData(x, np.sin((x + frame) / 20))
        plot.viewport().repaint()
        if frame % 50 == 0:
            QApplication.processEvents()


@pytest.fixture
def plot(qtbot: QtBot) -> pg.PlotWidget:
    widget = pg.PlotWidget()
    widget.setXRange(0, 300)
    widget.setYRange(-1, 1)
    widget.disableAutoRange()
    qtbot.addWidget(widget)
    widget.resize(800, 300)
    widget.show()
    return widget


def test_set_text_keeps_references(qtbot: QtBot) -> None:
    label = QLabel()
    qtbot.addWidget(label)
    label.show()

    def work() -> None:
        for number in range(SET_TEXTS):
            label.setText(str(number))

    _assert_kept(_lost(work))
    assert label.text() == str(SET_TEXTS - 1)


def test_emit_keeps_references(qapp: QApplication) -> None:
    source = _Source()
    received: list[object] = []
    arrived: list[int] = []
    source.fired.connect(received.append)
    source.flagged.connect(received.append)

    def work() -> None:
        for number in range(EMITS):
            source.fired.emit(number)
            source.flagged.emit(True)
        arrived.append(len(received))
        received.clear()

    _assert_kept(_lost(work))
    assert arrived == [2 * EMITS]


def test_plot_frames_keep_references(plot: pg.PlotWidget) -> None:
    _assert_kept(_lost(lambda: _draw(plot, FRAMES)))


def test_the_binding_is_the_pinned_one() -> None:
    project = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    qt = [line for line in project["project"]["dependencies"] if line.startswith("PySide6")]
    assert qt == [f"PySide6-Essentials=={PINNED}"]
    assert PySide6.__version__ == PINNED
    assert version("shiboken6") == PINNED
