"""A button that makes a sheet for the patient, and the sentence of how it went."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.bedside.fields import show_text, wrapped_label
from app.bedside.file_viewer import show_file
from app.history import History
from app.printing.documents import DocumentError
from app.printing.press import NO_SITE, Press
from app.theme import style
from protocols.events import WriteNote


class PrintRow(QWidget):
    """Makes one sheet, has it opened, and has the record say that it was made.

    Signals:
        intended: a `WriteNote` that names the sheet, its version and what is missing in it.
    """

    intended = Signal(object)

    def __init__(self, sheet: str, words: str, parent: QWidget | None = None) -> None:
        """`sheet` is the name of the sheet, `words` what the button says."""
        super().__init__(parent)
        style(self, clear=True)
        self.press = Press(lambda: NO_SITE, show_file)
        self._sheet = sheet
        self._history = History()
        self.button = QPushButton(words)
        self.button.clicked.connect(self._print)
        self.outcome = wrapped_label(name=f"outcome: {words}")
        style(self.outcome, role="small")
        self.outcome.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.button)
        column.addWidget(self.outcome)

    def watch(self, history: History) -> None:
        """The session from which the sheet is filled."""
        self._history = history

    @Slot()
    def _print(self) -> None:
        try:
            made = self.press.print_sheet(self._sheet, self._history.record)
        except DocumentError as error:
            style(self.outcome, tone="attention")
            show_text(self.outcome, f"Not made: {error}")
            return
        style(self.outcome, tone="text" if made.shown else "attention")
        show_text(self.outcome, made.words)
        self.intended.emit(WriteNote(t_ns=0, by="", text=made.note))
