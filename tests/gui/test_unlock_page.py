"""The page of a locked record: a secret opens it, and a patient never waits for one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from app.bedside.unlock_page import UnlockPage


class Lock:
    def __init__(self, *, can_unlock: bool = True) -> None:
        self.sentence = "The record is encrypted and locked."
        self.can_unlock = can_unlock
        self.tried: list[str] = []

    def unlock(self, text: str) -> str:
        self.tried.append(text)
        if text != "right words":
            return "This does not open the record."
        self.sentence = ""
        return ""


def shown(qtbot, lock: Lock) -> UnlockPage:
    page = UnlockPage(lock)
    qtbot.addWidget(page)
    page.resize(1280, 800)
    page.show()
    qtbot.waitExposed(page)
    return page


def test_the_right_secret_opens_and_nothing_typed_stays_on_the_page(qtbot) -> None:
    lock = Lock()
    page = shown(qtbot, lock)
    assert page.secret.echoMode() is QLineEdit.EchoMode.Password
    assert page.words.text() == lock.sentence
    qtbot.keyClicks(page.secret, "wrong words")
    qtbot.mouseClick(page.unlock_button, Qt.MouseButton.LeftButton)
    assert page.problem.text() == "This does not open the record."
    assert page.secret.text() == ""
    qtbot.keyClicks(page.secret, "right words")
    with qtbot.waitSignal(page.unlocked):
        qtbot.keyClick(page.secret, Qt.Key.Key_Return)
    assert lock.tried == ["wrong words", "right words"]


def test_an_empty_entry_tries_nothing_and_says_what_else_there_is(qtbot) -> None:
    lock = Lock()
    page = shown(qtbot, lock)
    qtbot.mouseClick(page.unlock_button, Qt.MouseButton.LeftButton)
    assert "work in a new record" in page.problem.text()
    assert lock.tried == []


def test_work_in_a_new_record_is_always_offered(qtbot) -> None:
    for can in (True, False):
        page = shown(qtbot, Lock(can_unlock=can))
        assert page.secret.isEnabled() is can
        assert ("not encrypted" in page.work_label.text()) is not can
        with qtbot.waitSignal(page.beside_wanted):
            qtbot.mouseClick(page.beside_button, Qt.MouseButton.LeftButton)


def test_what_is_typed_is_shown_only_when_it_is_asked_for(qtbot) -> None:
    page = shown(qtbot, Lock())
    page.shown.setChecked(True)
    assert page.secret.echoMode() is QLineEdit.EchoMode.Normal
    page.shown.setChecked(False)
    assert page.secret.echoMode() is QLineEdit.EchoMode.Password
