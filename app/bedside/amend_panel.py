"""Corrections at the bedside: the last entries, each to be corrected, and late entries."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QPushButton, QWidget

from app import theme
from app.bedside.amend_form import AmendForm
from app.bedside.entry_list import EntryList
from app.bedside.entry_panel import EntryPanel
from app.bedside.fields import small_label
from app.bedside.late_form import LateForm
from app.history import History
from app.state import ViewState
from protocols.events import AddAddendum, Command, CorrectEntry

SHOWN = 10
"""So many entries are shown, newest first; older ones are corrected in the review."""

NOTHING_LOST = "Nothing is changed or deleted: the entry stays, with the correction beside it."


class AmendPanel(EntryPanel):
    """A touch on Correct opens the form of that entry above the list."""

    title = "Correct"
    refusable = (CorrectEntry, AddAddendum)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sent_after = -1
        self._history = History()
        self.form = AmendForm()
        self.form.intended.connect(self._record)
        self.form.closed.connect(self._show_list)
        self.list = EntryList(SHOWN)
        self.list.chosen.connect(self._begin)
        self.late_button = QPushButton("Late entry")
        self.late_button.setCheckable(True)
        theme.style(self.late_button, kind="action")
        self.late_button.toggled.connect(self._show_late)
        self.late = LateForm()
        self.late.intended.connect(self._record)
        self.late.hide()
        self.body.addWidget(small_label(NOTHING_LOST))
        for widget in (self.form, self.late_button, self.late, self.list):
            self.body.addWidget(widget)

    def first_field(self) -> QWidget | None:
        """The newest entry's button, or the late entry."""
        return next(iter(self.list.buttons.values()), self.late_button)

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show the entries; a form empties itself once the record holds what it said."""
        self._history = history
        added = len(history.amended.corrections) + len(history.amended.addenda)
        if 0 <= self._sent_after < added:
            self._sent_after = -1
            self.form.close_form()
            self.late.clear()
            self.late_button.setChecked(False)
        self.late.show_state(state, now_ns)
        self.list.show_entries(state, history)

    @Slot(int)
    def _begin(self, seq: int) -> None:
        entry = self._history.entries.find(seq)
        if entry is not None:
            self.refusals.forget()
            self.late_button.setChecked(False)
            self.form.begin(entry)
            self.reveal(self.form)

    @Slot()
    def _show_list(self) -> None:
        first = self.first_field()
        if first is not None and self.isVisible():
            first.setFocus()

    @Slot(bool)
    def _show_late(self, shown: bool) -> None:
        self.late.setVisible(shown)
        if shown:
            self.form.close_form()
            next(iter(self.late.fields.values())).setFocus()

    @Slot(object)
    def _record(self, command: Command) -> None:
        amended = self._history.amended
        self._sent_after = len(amended.corrections) + len(amended.addenda)
        self.send(command)
