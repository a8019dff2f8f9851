"""Checklists on the running screen: those of during and after the dose, and what is open before."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from app.bedside.checklist_box import ChecklistStack
from app.bedside.entry_panel import EntryPanel
from app.bedside.fields import show_text, wrapped_label
from app.history import History
from app.state import ViewState
from protocols.events import AnswerChecklist, Command


class ChecksPanel(EntryPanel):
    """Every checklist of the protocol; a repeated answer stands beside the one before it."""

    title = "Checklists"
    refusable = (AnswerChecklist,)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.empty_label = wrapped_label(name="no checklists")
        self.checklists = ChecklistStack("during", "after", "before", narrow=True)
        self.checklists.answered.connect(self._pass_on)
        self.body.addWidget(self.empty_label)
        self.body.addWidget(self.checklists)

    @Slot(object)
    def _pass_on(self, command: Command) -> None:
        self.send(command)

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show the lists as recorded."""
        self.checklists.show_state(state)
        empty = not self.checklists.boxes
        show_text(self.empty_label, "This protocol has no checklists." if empty else "")
