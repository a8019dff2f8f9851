"""The hand-over card as the panel shows it: a label and its text a line."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from app.bedside.fields import wrapped_label
from app.bedside.hand_over_card import CardLine
from app.theme import set_text, style


class CardBox(QFrame):
    """Lines of the card; what asks for attention has a mark besides its colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, surface="raised")
        self.setAccessibleName("hand-over card")
        self._labels: list[tuple[QLabel, QLabel]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 8, 12, 8)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)

    def show_lines(self, lines: Sequence[CardLine]) -> None:
        """Show `lines`, one a row."""
        while len(self._labels) < len(lines):
            self._add_row()
        for number, (name, text) in enumerate(self._labels):
            shown = number < len(lines)
            for label in (name, text):
                label.setVisible(shown)
            if not shown:
                continue
            line = lines[number]
            set_text(name, line.label)
            set_text(text, f"■ {line.text}" if line.calls else line.text)
            style(text, tone="attention" if line.calls else "text")

    def _add_row(self) -> None:
        name, text = QLabel(), wrapped_label()
        style(name, role="small", tone="dim")
        style(text, role="small")
        row = len(self._labels)
        self._grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(text, row, 1)
        self._labels.append((name, text))

    def words(self) -> str:
        """All lines as text."""
        return "\n".join(
            f"{name.text()}\t{text.text()}" for name, text in self._labels if not name.isHidden()
        )
