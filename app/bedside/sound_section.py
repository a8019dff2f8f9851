"""The alarm sounds before the start: somebody at the bedside has heard them."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.bedside.section import Section, Standing
from app.bedside.sound_check_box import SoundCheckBox
from app.bedside.sound_words import awaits_answer, sound_problem, start_hold
from app.history import History
from app.state import ViewState
from protocols.events import AnswerSoundCheck, CheckSound


class SoundSection(Section):
    """The check of sound as a section of the preparation."""

    title = "Alarm sound"
    refusable = (CheckSound, AnswerSoundCheck)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.check = SoundCheckBox()
        self.check.intended.connect(self.send)
        self.body.addWidget(self.check)
        self.body.addWidget(self.refusals)

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show how the check stands."""
        self.check.render(state)

    def judge(self, state: ViewState, now_ns: int) -> tuple[Standing, str]:
        """Held while sound does not work, open until somebody said whether it is heard."""
        hold = start_hold(state)
        if not hold:
            return Standing.DONE, ""
        if awaits_answer(state):
            return Standing.OPEN, "Say whether the alarm sounds are heard."
        return (Standing.HELD if sound_problem(state) else Standing.OPEN), hold
