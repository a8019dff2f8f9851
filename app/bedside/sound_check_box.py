"""The check of sound: play the sounds of the alarms, then say whether they are heard."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app import theme
from app.bedside.fields import TextField, bare_row, labelled, show_text, wrapped_label
from app.bedside.sound_words import awaits_answer, check_words, sound_problem
from app.state import ViewState
from protocols.events import AnswerSoundCheck, CheckSound

INSTEAD = "What is done instead, since nobody hears the alarms here"


class SoundCheckBox(QWidget):
    """How the check stands, *Play alarm sounds*, and the two answers.

    Signals:
        intended: a `CheckSound` or an `AnswerSoundCheck`.
    """

    intended = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, clear=True)
        self.setAccessibleName("check of the alarm sounds")
        self.problem = wrapped_label(name="what is wrong with the sound")
        theme.style(self.problem, tone="attention", strong=True)
        self.words = wrapped_label(name="how the check of sound stands")
        self.play = QPushButton("Play alarm sounds")
        self.heard = QPushButton("Heard")
        self.heard.setAccessibleName("the alarm sounds are heard at the bedside")
        self.not_heard = QPushButton("Not heard …")
        self.not_heard.setAccessibleName("the alarm sounds are not heard at the bedside")
        self.reason = TextField("what is done instead", "for example: a nurse watches the screen")
        self.record = QPushButton("Record: not heard")
        theme.style(self.record, kind="primary")
        self.reason_box = labelled(INSTEAD, self.reason)
        self.play.clicked.connect(self._play)
        self.heard.clicked.connect(self._answer_heard)
        self.not_heard.clicked.connect(self._ask_reason)
        self.record.clicked.connect(self._answer_not_heard)
        self.reason.textChanged.connect(self._allow_record)
        self.reason.returnPressed.connect(self._answer_not_heard)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID_PX)
        for widget in (
            self.problem,
            self.words,
            self.play,
            bare_row(self.heard, self.not_heard),
            self.reason_box,
            self.record,
        ):
            column.addWidget(widget)
        self._show_reason(False)
        self._allow_record()

    def render(self, state: ViewState) -> None:
        """Show how the check stands in `state`."""
        problem = sound_problem(state)
        awaited = awaits_answer(state)
        show_text(self.problem, problem)
        theme.set_text(self.words, check_words(state))
        checked = state.signals.checked
        proven = checked is not None and checked.heard is True and not awaited
        theme.style(self.words, tone="dim" if proven else "attention")
        theme.style(self.play, kind="" if proven or awaited else "primary")
        may_be_heard = awaited and not problem
        theme.style(self.heard, kind="primary" if may_be_heard else "")
        self.heard.setEnabled(may_be_heard)

    def _show_reason(self, shown: bool) -> None:
        self.reason_box.setVisible(shown)
        self.record.setVisible(shown)

    @Slot()
    def _allow_record(self) -> None:
        self.record.setEnabled(bool(self.reason.words()))

    @Slot()
    def _play(self) -> None:
        self._show_reason(False)
        self.intended.emit(CheckSound(t_ns=0, by=""))

    @Slot()
    def _answer_heard(self) -> None:
        self._show_reason(False)
        self.intended.emit(AnswerSoundCheck(t_ns=0, by="", heard=True))

    @Slot()
    def _ask_reason(self) -> None:
        self._show_reason(True)
        self.reason.setFocus()

    @Slot()
    def _answer_not_heard(self) -> None:
        if not self.reason.words():
            return
        reason = self.reason.words()
        self._show_reason(False)
        self.intended.emit(AnswerSoundCheck(t_ns=0, by="", heard=False, reason=reason))
        self.reason.clear()
