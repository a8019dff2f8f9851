"""Lines of numbers, each with a button that goes to the moment it speaks of."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from app.bedside.fields import small_label, wrapped_label
from app.bedside.refilled_layout import RefilledLayout
from app.records.catalogue import OpenedSession
from app.review.figure_groups import FigureLine
from app.review.rows import short_clock_text
from app.theme import style


class FigureList(QWidget):
    """Told its lines; rebuilt only when they differ.

    Signals:
        moment_chosen: session time in ns (as an object) of a line that was pressed.
    """

    moment_chosen = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """A list of that name, still empty."""
        super().__init__(parent)
        self.setAccessibleName(name)
        style(self, clear=True)
        self._name = name
        self._shown: tuple[str, tuple[FigureLine, ...]] = ("", ())
        self.buttons: dict[int, QPushButton] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 4)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(1)
        self._grid.setColumnStretch(0, 1)
        self._filled = RefilledLayout(self._grid)

    @property
    def lines(self) -> Sequence[FigureLine]:
        """The lines shown."""
        return self._shown[1]

    def show_lines(self, opened: OpenedSession, lines: tuple[FigureLine, ...]) -> None:
        """Show `lines` of `opened`."""
        key = (opened.line.session, lines)
        if key == self._shown:
            return
        self._shown = key
        self._filled.clear()
        self.buttons = {}
        for number, line in enumerate(lines):
            what, words = small_label(line.what), wrapped_label(line.words)
            if line.events:
                words.setToolTip(_proof(line.events))
            words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            row = 2 * number
            if line.what:
                self._filled.add(what, row, 0)
            self._filled.add(words, row + 1, 0)
            if line.t_ns is not None:
                button = self._make_button(opened, number, line, line.t_ns)
                self._filled.add(button, row, 1, 2, 1)

    def _make_button(
        self, opened: OpenedSession, number: int, line: FigureLine, t_ns: int
    ) -> QPushButton:
        at = short_clock_text(opened, t_ns)
        button = QPushButton(at)
        style(button, kind="desk")
        button.setAccessibleName(f"{self._name}, {line.what}: go to {at}")
        button.setProperty("line", number)
        button.clicked.connect(self._go)
        self.buttons[number] = button
        return button

    @Slot()
    def _go(self) -> None:
        self.moment_chosen.emit(self.lines[int(self.sender().property("line"))].t_ns)

    def text(self) -> str:
        """All lines, their cells apart by a tab."""
        return "\n".join(f"{line.what}\t{line.words}" for line in self.lines)


MOST_NAMED = 24
"""So many numbers of events a tool tip names at most."""


def _proof(events: Sequence[int]) -> str:
    numbers = ", ".join(str(number) for number in events[:MOST_NAMED])
    more = ", …" if len(events) > MOST_NAMED else ""
    return f"rests on event{'' if len(events) == 1 else 's'} {numbers}{more}"
