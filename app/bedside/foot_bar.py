"""The strip under every page: who is at the bedside, the way back, the demonstration's controls."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from app.bedside.fields import small_label
from app.theme import GRID_PX, style


class FootBar(QFrame):
    """Chooses the person in whose name everything is done.

    Signals:
        user_chosen: the name of the person at the bedside.
        first_page_wanted: back to the first page.
    """

    user_chosen = Signal(str)
    first_page_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, surface="panel")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(2 * GRID_PX, 4, 2 * GRID_PX, 4)
        self._row.setSpacing(2 * GRID_PX)
        label = QLabel("At the bedside")
        style(label, role="small", tone="dim")
        self.user_box = QComboBox()
        self.user_box.setEditable(True)
        self.user_box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.user_box.setAccessibleName("who is at the bedside")
        self.user_box.setMinimumWidth(280)
        edit = self.user_box.lineEdit()
        if edit is not None:
            edit.setPlaceholderText("your name and profession")
        label.setBuddy(self.user_box)
        self.user_box.editTextChanged.connect(self._choose)
        self.back_button = QPushButton("Back to the first page")
        style(self.back_button, kind="primary")
        self.back_button.clicked.connect(self.first_page_wanted)
        self.back_button.hide()
        self.hint = small_label("", name="who acts")
        self._row.addWidget(label)
        self._row.addWidget(self.user_box)
        self._row.addWidget(self.hint, 1)
        self._row.addWidget(self.back_button)
        self._extra: QWidget | None = None

    @property
    def user(self) -> str:
        """The name chosen or typed; empty while there is none."""
        return self.user_box.currentText().strip()

    def show_people(self, names: Sequence[str], user: str) -> None:
        """Offer `names` and show `user`, without telling anybody."""
        with QSignalBlocker(self.user_box):
            self.user_box.clear()
            self.user_box.addItems(list(dict.fromkeys(name for name in (*names, user) if name)))
            self.user_box.setCurrentText(user)

    def show_user(self, user: str) -> None:
        """Show that `user` is at the bedside, without telling anybody."""
        with QSignalBlocker(self.user_box):
            self.user_box.setCurrentText(user)

    def show_extra(self, extra: QWidget | None) -> None:
        """Put `extra` at the right end in place of what was there."""
        if self._extra is not None:
            self._row.removeWidget(self._extra)
            self._extra.hide()
            self._extra.deleteLater()
        self._extra = extra
        self.hint.setVisible(extra is None)
        if extra is not None:
            self._row.insertWidget(self._row.count() - 1, extra, 1)

    @Slot(str)
    def _choose(self, text: str) -> None:
        self.user_chosen.emit(text.strip())
