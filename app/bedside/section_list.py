"""The list of sections at the left of the preparation: always in sight, each with mark and word."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from app.bedside.section import MARKS, Section
from app.theme import style

NAVIGATION_WIDTH_PX = 232


class SectionList(QFrame):
    """The sections with mark and word, always in sight; a touch goes there.

    Signals:
        wanted: the section to go to.
    """

    wanted = Signal(object)

    def __init__(self, sections: Sequence[Section], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, surface="panel")
        self.setFixedWidth(NAVIGATION_WIDTH_PX)
        self.buttons: dict[str, QPushButton] = {}
        self._sections = tuple(sections)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 16, 12, 16)
        column.setSpacing(8)
        heading = QLabel("Preparation")
        style(heading, role="title")
        column.addWidget(heading)
        for section in sections:
            button = QPushButton()
            button.setProperty("section", section.title)
            button.clicked.connect(self._go)
            style(button, kind="quiet")
            button.setStyleSheet("text-align: left;")
            self.buttons[section.title] = button
            column.addWidget(button)
        column.addStretch(1)

    def render(self) -> None:
        """Show how each section stands."""
        for section in self._sections:
            button = self.buttons[section.title]
            text = f"{MARKS[section.standing]}  {section.title}: {section.standing}"
            if button.text() != text:
                button.setText(text)
                button.setAccessibleDescription(section.because)

    @Slot()
    def _go(self) -> None:
        title = self.sender().property("section")
        self.wanted.emit(next(s for s in self._sections if s.title == title))
