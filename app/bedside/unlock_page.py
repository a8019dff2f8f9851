"""The page before everything else where the record is encrypted and nothing has unlocked it."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.fields import labelled, show_text, small_label, wrapped_label
from app.bedside.secret_field import SecretField
from app.theme import DARK, style

WORK_TEXT = (
    "A patient does not wait: this room can record into a new file now, {how}. Earlier sessions "
    "are not shown meanwhile; the new ones are brought into the record later."
)
SEALED, PLAIN = "encrypted for those who can open the record", "which is not encrypted"


class Lock(Protocol):
    """The lock of the record."""

    @property
    def sentence(self) -> str:
        """Why the record is locked; empty when it is not."""
        ...

    @property
    def can_unlock(self) -> bool:
        """Whether a secret could open it."""
        ...

    def unlock(self, text: str) -> str:
        """Try a secret; empty when the record is open now, else why not."""
        ...


class UnlockPage(QWidget):
    """Asks for the passphrase, or lets work begin in a new record.

    Signals:
        unlocked: the record is open.
        beside_wanted: a new record is wanted for now.
    """

    unlocked = Signal()
    beside_wanted = Signal()

    def __init__(self, lock: Lock, look: theme.Theme = DARK) -> None:
        """Ask for a secret of `lock`."""
        super().__init__()
        self.setWindowTitle("Infusion Room")
        self.setMinimumSize(960, 600)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._lock = lock
        self._look = look
        title = QLabel("The record is locked")
        style(title, role="large")
        self.words = wrapped_label(lock.sentence, name="why the record is locked")
        self.secret = SecretField("passphrase or recovery key")
        self.secret.returnPressed.connect(self._unlock)
        self.shown = QCheckBox("Show what is typed")
        self.shown.toggled.connect(self._show_typed)
        self.problem = wrapped_label(name="what is wrong")
        style(self.problem, tone="attention", strong=True)
        self.unlock_button = QPushButton("Unlock")
        style(self.unlock_button, kind="primary")
        self.unlock_button.clicked.connect(self._unlock)
        self.beside_button = QPushButton("Work in a new record for now")
        self.beside_button.clicked.connect(self.beside_wanted)
        can = lock.can_unlock
        self.work_label = small_label(WORK_TEXT.format(how=SEALED if can else PLAIN))
        self._lay_out(title)
        for widget in (self.secret, self.shown, self.unlock_button):
            widget.setEnabled(can)
        show_text(self.problem, "")
        (self.secret if can else self.beside_button).setFocus()

    def _lay_out(self, title: QLabel) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(48, 32, 48, 32)
        column.setSpacing(24)
        column.addStretch(1)
        column.addWidget(title)
        column.addWidget(self.words)
        column.addWidget(labelled("Passphrase or recovery key", self.secret))
        column.addWidget(self.shown)
        column.addWidget(self.problem)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(16)
        row.addWidget(self.unlock_button)
        row.addWidget(self.beside_button)
        row.addStretch(1)
        column.addWidget(self.work_label)
        column.addStretch(2)

    @Slot(bool)
    def _show_typed(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.secret.setEchoMode(mode)

    @Slot()
    def _unlock(self) -> None:
        text = self.secret.take()
        if not text:
            show_text(self.problem, "Type the passphrase, or work in a new record for now.")
            return
        problem = self._lock.unlock(text)
        show_text(self.problem, problem)
        if problem:
            self.secret.setFocus()
        else:
            self.unlocked.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit type to the window."""
        super().resizeEvent(event)
        sizes = theme.sizes_for(self.width(), self.height(), self.devicePixelRatioF())
        ground = f"UnlockPage {{ background: {self._look.ground}; }}"
        self.setStyleSheet(f"{ground}\n{theme.stylesheet(self._look, sizes)}")
