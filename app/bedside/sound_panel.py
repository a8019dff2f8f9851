"""The check of sound while a session runs: a page of the side panel."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.bedside.entry_panel import EntryPanel
from app.bedside.sound_check_box import SoundCheckBox
from app.history import History
from app.state import ViewState
from protocols.events import AnswerSoundCheck, CheckSound


class SoundPanel(EntryPanel):
    """Play the alarm sounds again and say whether they are heard."""

    title = "Alarm sound"
    refusable = (CheckSound, AnswerSoundCheck)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.check = SoundCheckBox()
        self.check.intended.connect(self.send)
        self.body.addWidget(self.check)

    def first_field(self) -> QWidget | None:
        """The button that plays the sounds."""
        return self.check.play

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show how the check stands."""
        self.check.render(state)
