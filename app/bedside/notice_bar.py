"""A sentence above everything, until it is understood."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.bedside.fields import show_text, wrapped_label
from app.theme import GRID_PX, style

NEWS_EVERY_MS = 1_000
"""How often news of the program is asked for."""


class NoticeBar(QWidget):
    """Hidden while there is nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self.words = wrapped_label(name="notice")
        style(self.words, tone="attention", strong=True)
        hide = QPushButton("Understood")
        style(hide, kind="quiet")
        hide.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        row.addWidget(self.words, 1)
        row.addWidget(hide)
        self.hide()

    def follow(self, news: Callable[[], str]) -> None:
        """Show whatever `news` gives, asked for each second; empty is no news."""
        self._news = news
        self._timer.timeout.connect(self._ask)
        self._timer.start(NEWS_EVERY_MS)

    def rest(self) -> None:
        """Ask for no more news."""
        self._timer.stop()

    @Slot()
    def _ask(self) -> None:
        sentence = self._news()
        if sentence:
            self.say(sentence)

    @Slot(str)
    def say(self, sentence: str) -> None:
        """Show `sentence`; empty: nothing to say."""
        show_text(self.words, sentence)
        self.setVisible(bool(sentence))
