"""The button that acts only when it is held."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.bedside.hold_button import HOLD_MS, HoldButton


@pytest.fixture
def button(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    made = HoldButton("Stop (hold 1 s)", window)
    made.resize(200, 48)
    made.window_of_test = window
    made.times = []
    made.held.connect(lambda: made.times.append(1))
    window.show()
    return made


def test_a_touch_does_nothing(button, qtbot):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.wait(HOLD_MS + 200)
    assert button.times == []


def test_a_hold_acts_once_however_long(button, qtbot):
    with qtbot.waitSignal(button.held, timeout=3 * HOLD_MS):
        qtbot.mousePress(button, Qt.MouseButton.LeftButton)
    qtbot.wait(HOLD_MS // 2)
    qtbot.mouseRelease(button, Qt.MouseButton.LeftButton)
    assert button.times == [1]


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_a_held_key_acts_once_and_its_repeats_do_not_count(button, qtbot, key):
    def send(kind, repeat):
        event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, "", repeat)
        QApplication.sendEvent(button, event)

    with qtbot.waitSignal(button.held, timeout=3 * HOLD_MS):
        send(QEvent.Type.KeyPress, False)
        for _ in range(5):
            send(QEvent.Type.KeyRelease, True)
            send(QEvent.Type.KeyPress, True)
    send(QEvent.Type.KeyRelease, False)
    assert button.times == [1]


def test_a_key_let_go_early_does_nothing(button, qtbot):
    qtbot.keyPress(button, Qt.Key.Key_Space)
    qtbot.keyRelease(button, Qt.Key.Key_Space)
    qtbot.wait(HOLD_MS + 200)
    assert button.times == []
