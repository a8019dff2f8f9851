"""A page of the station that scrolls: a title, and what its maker adds below."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.theme import style


class ScrollingPage(QScrollArea):
    """A page as wide as the window and as high as it needs.

    Attributes:
        column: where the page's widgets go, below the title.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        """A page that holds nothing but its `title`."""
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page = QWidget()
        self.column = QVBoxLayout(page)
        self.column.setContentsMargins(48, 24, 48, 24)
        self.column.setSpacing(16)
        heading = QLabel(title)
        style(heading, role="large")
        self.column.addWidget(heading)
        self.setWidget(page)
