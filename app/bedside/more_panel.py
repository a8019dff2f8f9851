"""The pages that have no button of their own in the bar, each with its key."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QPushButton, QWidget

from app.bedside.entry_panel import EntryPanel
from app.history import History
from app.state import ViewState

MORE = {
    "rescue": ("Rescue card", "Ctrl+R"),
    "correct": ("Correct, late entry", "Ctrl+D"),
    "effects": ("Side effects", "Ctrl+E"),
    "checks": ("Checklists", "Ctrl+T"),
    "staff": ("Who is here", "Ctrl+P"),
    "sound": ("Alarm sound", "Ctrl+O"),
    "limits": ("Alarm limits", "Ctrl+I"),
    "forecast": ("Forecast", "Ctrl+F"),
}
"""Pages by name: words and key."""


class MorePanel(EntryPanel):
    """One button a page, the rescue card first.

    Signals:
        page_wanted: name of the page to open.
    """

    page_wanted = Signal(str)

    title = "More"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: dict[str, QPushButton] = {}
        for name, (words, key) in MORE.items():
            button = QPushButton(f"{words}  {key}")
            button.setAccessibleName(words)
            button.setProperty("page", name)
            button.clicked.connect(self._ask)
            self.buttons[name] = button
            self.body.addWidget(button)

    def first_field(self) -> QWidget | None:
        """The rescue card."""
        return self.buttons["rescue"]

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Say how many side effects last."""
        count = len(state.care.open_effects)
        words, key = MORE["effects"]
        text = f"{words}: {count} open  {key}" if count else f"{words}  {key}"
        if self.buttons["effects"].text() != text:
            self.buttons["effects"].setText(text)

    @Slot()
    def _ask(self) -> None:
        self.page_wanted.emit(str(self.sender().property("page")))
