"""The list of sections at the left of the preparation: always in sight, each with mark and word."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

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
        self.setAccessibleName("Preparation")
        page = QWidget()
        style(page, clear="true")
        column = QVBoxLayout(page)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        for section in sections:
            button = QPushButton()
            button.setProperty("section", section.title)
            button.clicked.connect(self._go)
            style(button, kind="quiet")
            button.setStyleSheet("text-align: left; padding-left: 8px; padding-right: 4px;")
            self.buttons[section.title] = button
            column.addWidget(button)
        column.addStretch(1)
        # in a low window the list scrolls: no button ever becomes too small to touch
        area = QScrollArea()
        style(area, clear="true")
        style(area.viewport(), clear="true")
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)

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
