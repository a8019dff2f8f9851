"""What a scale asks to be done: in sight until somebody has written what was done."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.bedside.fields import TextField, show_text, wrapped_label
from app.bedside.section import MARKS, Refusals, Standing
from app.history import History
from app.state import ViewState
from app.state_scales import FlagKey
from app.theme import style
from protocols.events import AnswerScaleFlag


class FlagBar(QFrame):
    """The first open flag with a field for what was done; nothing but an answer puts it away.

    Signals:
        intended: an `AnswerScaleFlag`.
    """

    intended = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, surface="raised")
        self.setAccessibleName("asks for an action")
        self.sentence = wrapped_label(name="what asks for an action")
        style(self.sentence, tone="attention", strong=True)
        self.action = TextField("what was done about it", "what was done, and by whom")
        self.action.returnPressed.connect(self._answer)
        self.button = QPushButton("Record what was done")
        style(self.button, kind="primary")
        self.button.clicked.connect(self._answer)
        self.refusals = Refusals(AnswerScaleFlag)
        column = QVBoxLayout(self)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(16)
        row.addWidget(self.sentence, 3)
        row.addWidget(self.action, 2)
        row.addWidget(self.button)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(4)
        column.addWidget(self.refusals)
        self._key: FlagKey | None = None
        self.hide()

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show the flag that is open longest, and how many more there are."""
        flags = state.scales.flags
        key = next(iter(flags), None)
        if key != self._key:
            self._key = key
            self.action.clear()
            self.refusals.forget()
        self.refusals.watch(state)
        if key is not None:
            more = f" ({len(flags) - 1} more after it)" if len(flags) > 1 else ""
            show_text(self.sentence, f"{MARKS[Standing.HELD]} {flags[key]}{more}")
        if self.isHidden() is (key is not None):
            self.setVisible(key is not None)

    @Slot()
    def _answer(self) -> None:
        if self._key is None:
            return
        if not self.action.words():
            self.action.setFocus()
            return
        scale, item = self._key
        self.refusals.forget()
        self.intended.emit(
            AnswerScaleFlag(t_ns=0, by="", scale=scale, item=item, action=self.action.words())
        )
