"""The line about the session at hand: what the limits change of it, and its replay."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app import theme
from app.bedside.fields import wrapped_label
from app.qa.limits_result_page import REPLAY


class AtHand(QWidget):
    """Told its words; the desk connects its button."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, clear=True)
        self.words = wrapped_label(name="the session at hand")
        self.replay = QPushButton(REPLAY)
        self.replay.setAccessibleName(f"{REPLAY}: the session at hand")
        self.replay.setToolTip("The session at hand, in a window of its own (Ctrl+R)")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.words, 1)
        row.addWidget(self.replay)
