"""The list of alarms: each in its sentence, with what was done about it as one touch."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from app import theme
from app.bedside.alarm_words import alarm_sentence
from app.bedside.banner import alarm_detail
from app.bedside.entry_panel import EntryPanel, tighten
from app.bedside.fields import ChoiceRow, wrapped_label
from app.history import History
from app.state import ViewState
from protocols.events import Acknowledge, AlarmChanged, AlarmState

PATIENT_ACTIONS = [
    ("seen, watching", "Seen, watching"),
    ("repeating the measurement", "Repeating it"),
    ("prescriber told", "Prescriber told"),
    ("infusion slowed or paused", "Slowed or paused"),
    ("patient reassured", "Reassured"),
    ("cuff or sensor corrected", "Cuff or sensor"),
]
TECHNICAL_ACTIONS = [
    ("seen, watching", "Seen, watching"),
    ("equipment corrected", "Put right"),
    ("measured by hand instead", "By hand instead"),
    ("technical help called", "Help called"),
]
"""What was done, as it goes into the record and as the button says it."""


class AlarmCard(QFrame):
    """One alarm. A touch on what was done acknowledges it.

    Signals:
        done: the id of the alarm and what was done.
    """

    done = Signal(str, str)

    def __init__(self, alarm: AlarmChanged, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, surface="raised")
        self._alarm = alarm.alarm
        self.mark = QLabel()
        theme.style(self.mark, role="title")
        self.sentence = wrapped_label()
        theme.style(self.sentence, strong=True)
        self.detail = wrapped_label()
        theme.style(self.detail, role="small")
        actions = TECHNICAL_ACTIONS if alarm.technical else PATIENT_ACTIONS
        self.answers = ChoiceRow("what was done", actions, columns=2, follows_record=True)
        tighten(self.answers)
        self.answers.chosen.connect(self._chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        for widget in (self.mark, self.sentence, self.detail, self.answers):
            column.addWidget(widget)

    def show_alarm(self, state: ViewState, alarm: AlarmChanged, now_ns: int) -> None:
        """Show `alarm` as it stands."""
        sign = theme.PRIORITY_SIGNS[alarm.priority]
        kind = "technical" if alarm.technical else "patient"
        theme.set_text(self.mark, f" {sign.mark}  {sign.word} priority, {kind}")
        theme.style(self.mark, alarm=alarm.priority.value)
        sentence = alarm_sentence(state, alarm, now_ns)
        theme.set_text(self.sentence, sentence)
        theme.set_text(self.detail, alarm_detail(state, alarm, now_ns))
        self.setAccessibleName(sentence)
        acked = alarm.state is AlarmState.ACKED
        if self.answers.isHidden() is not acked:
            self.answers.setVisible(not acked)

    @Slot(str)
    def _chosen(self, action: str) -> None:
        self.done.emit(self._alarm, action)


class AlarmPanel(EntryPanel):
    """All alarms that are on, the most urgent first."""

    title = "Alarms"
    refusable = (Acknowledge,)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.none = wrapped_label("No active alarms.")
        self.body.addWidget(self.none)
        self._cards = QVBoxLayout()
        self._cards.setSpacing(theme.GRID_PX)
        self.body.addLayout(self._cards)
        self.cards: dict[str, AlarmCard] = {}
        self._order: tuple[str, ...] = ()

    def first_field(self) -> QWidget | None:
        """What can be done about the most urgent alarm that nobody acknowledged."""
        for alarm in self._order:
            row = self.cards[alarm].answers
            if not row.isHidden():
                return row.button(PATIENT_ACTIONS[0][0])
        return None

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """One card an alarm, in order of urgency."""
        alarms = state.active_alarms
        self.none.setVisible(not alarms)
        order = tuple(alarm.alarm for alarm in alarms)
        if order != self._order:
            self._rearrange(alarms)
        for alarm in alarms:
            self.cards[alarm.alarm].show_alarm(state, alarm, now_ns)

    def _rearrange(self, alarms: tuple[AlarmChanged, ...]) -> None:
        order = tuple(alarm.alarm for alarm in alarms)
        for gone in set(self.cards) - set(order):
            card = self.cards.pop(gone)
            self._cards.removeWidget(card)
            card.deleteLater()
        for index, alarm in enumerate(alarms):
            if alarm.alarm not in self.cards:
                self.cards[alarm.alarm] = AlarmCard(alarm)
                self.cards[alarm.alarm].done.connect(self._acknowledge)
            card = self.cards[alarm.alarm]
            self._cards.removeWidget(card)
            self._cards.insertWidget(index, card)
        self._order = order

    @Slot(str, str)
    def _acknowledge(self, alarm: str, action: str) -> None:
        self.send(Acknowledge(t_ns=0, by="", alarm=alarm, action=action))
