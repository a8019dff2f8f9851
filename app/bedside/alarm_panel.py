"""The list of alarms: how each stands, who was told, and what was done about it as one touch."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app import theme
from app.bedside.alarm_trace import TRACE_NS, AlarmTrace
from app.bedside.alarm_words import (
    alarm_sentence,
    answer_words,
    answered_with,
    doubt_words,
    since_words,
    staff_words,
    state_words,
    unattended_words,
    value_words,
)
from app.bedside.entry_panel import EntryPanel, tighten
from app.bedside.fields import ChoiceRow, show_text, small_label, wrapped_label
from app.bedside.sound_words import sound_problem, sound_unproven
from app.bedside.times import time_of_day
from app.history import History
from app.session_numbers import AlarmEpisode
from app.signs import ConditionSign
from app.state import ViewState
from protocols.events import Acknowledge, AlarmChanged, AlarmState
from protocols.vitals import NS_PER_S

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

SENT_NS = 2 * NS_PER_S
"""An answer that came to nothing within this time may be given again."""


class AlarmCard(QFrame):
    """One alarm. A touch on what was done acknowledges it; there is no other way.

    Signals:
        done: the id of the alarm and what was done.
    """

    done = Signal(str, str)

    def __init__(self, alarm: AlarmChanged, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, surface="raised")
        self._alarm = alarm.alarm
        self._shown = alarm
        self._sent: tuple[AlarmChanged, int] | None = None
        self._now_ns = 0
        self.shape = ConditionSign()
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
        self.head = QFrame()
        head = QHBoxLayout(self.head)
        head.setContentsMargins(8, 2, 8, 2)
        head.addWidget(self.shape)
        head.addWidget(self.mark, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        for widget in (self.head, self.sentence, self.detail, self.answers):
            column.addWidget(widget)

    def show_alarm(
        self,
        state: ViewState,
        alarm: AlarmChanged,
        now_ns: int,
        *,
        actionable: bool = True,
        leader: AlarmChanged | None = None,
    ) -> None:
        """Show `alarm` as it stands; without `actionable` it cannot be answered.

        In few words where it is answered with `leader`, which tells of the same trouble.
        """
        self._shown, self._now_ns = alarm, now_ns
        acked = alarm.state is AlarmState.ACKED
        sign = theme.PRIORITY_SIGNS[alarm.priority]
        theme.set_text(self.mark, f"{sign.mark}  {sign.word} priority{' ✓' if acked else ''}")
        priority = alarm.priority
        self.shape.show_alarm(priority, technical=alarm.technical, on_ground=not acked)
        for widget in (self.head, self.mark):
            theme.style(widget, alarm="" if acked else priority.value)
        theme.style(self.head, frame=priority.value if acked else "")
        sentence = alarm_sentence(state, alarm, now_ns)
        theme.set_text(self.sentence, sentence)
        lines = card_lines(state, alarm, now_ns)
        if leader is not None:
            lines = [lines[0], f"acknowledged with: {leader.sentence}"]
        theme.set_text(self.detail, "\n".join(lines))
        self.setAccessibleName(sentence)
        self.setAccessibleDescription(self.detail.text())
        asks = actionable and not acked and leader is None
        if self.answers.isHidden() is asks:
            self.answers.setVisible(asks)

    def allow_again(self) -> None:
        """The last answer was not accepted: another one may be given."""
        self._sent = None

    @Slot(str)
    def _chosen(self, action: str) -> None:
        """Tell it once: a double click is one answer."""
        if self._sent is not None:
            answered, at_ns = self._sent
            if answered == self._shown and self._now_ns - at_ns < SENT_NS:
                return
        self._sent = (self._shown, self._now_ns)
        self.done.emit(self._alarm, action)


def card_lines(state: ViewState, alarm: AlarmChanged, now_ns: int) -> list[str]:
    """What a card says under its sentence, a line each."""
    lines = [
        f"{since_words(state, alarm, now_ns)} · {state_words(state, alarm, now_ns)}",
        value_words(state, alarm, now_ns),
        doubt_words(state, alarm, now_ns),
        answer_words(state, alarm),
        " · ".join(
            words
            for words in (staff_words(state, alarm), unattended_words(state, alarm, now_ns))
            if words
        ),
        f"next: {alarm.next_step}" if alarm.next_step else "",
    ]
    return [line for line in lines if line]


class AlarmGroup(QWidget):
    """The cards of one kind of alarm under a heading; hidden while there is none."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, clear="true")
        self.setAccessibleName(title)
        heading = QLabel(title)
        theme.style(heading, strong=True, tone="dim")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.GRID_PX)
        self._column.addWidget(heading)
        self.hide()

    def arrange(self, cards: Sequence[AlarmCard]) -> None:
        """Show `cards` in this order."""
        for index, card in enumerate(cards, start=1):
            self._column.removeWidget(card)
            self._column.insertWidget(index, card)
        if self.isHidden() is bool(cards):
            self.setVisible(bool(cards))


class AlarmPanel(EntryPanel):
    """All alarms that are on: of the patient, then of equipment, what nobody answered first.

    Attributes:
        actionable: False where a recorded session is shown: alarms can be read, not answered.
    """

    title = "Alarms"
    refusable = (Acknowledge,)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.actionable = True
        self.sound = wrapped_label(name="sound of alarms")
        theme.style(self.sound, tone="attention", strong=True)
        self.none = wrapped_label("No active alarms.")
        self.patient = AlarmGroup("Patient")
        self.equipment = AlarmGroup("Equipment")
        self.held = small_label(name="alarms held by the cuff")
        self.ended = small_label(name="alarms that ended")
        for widget in (
            self.sound,
            self.none,
            self.patient,
            self.equipment,
            self.held,
            self.ended,
        ):
            self.body.addWidget(widget)
        self.cards: dict[str, AlarmCard] = {}
        self._order: tuple[tuple[str, bool], ...] = ()
        self._trace = AlarmTrace()

    def first_field(self) -> QWidget | None:
        """What can be done about the most urgent alarm that nobody answered, brought to sight."""
        for alarm, _technical in self._order:
            card = self.cards[alarm]
            if not card.answers.isHidden():
                self.reveal(card)
                return card.answers.button(PATIENT_ACTIONS[0][0])
        return None

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """One card an alarm, in order of urgency; then what is held, and what ended."""
        alarms = state.active_alarms
        show_text(self.sound, sound_problem(state) or sound_unproven(state))
        self.none.setVisible(not alarms)
        order = tuple((alarm.alarm, alarm.technical) for alarm in alarms)
        if order != self._order:
            self._rearrange(alarms)
        leaders = answered_with(state, alarms)
        refused = self.refusals.shown is not None
        for alarm in alarms:
            card = self.cards[alarm.alarm]
            if refused:
                card.allow_again()
            card.show_alarm(
                state,
                alarm,
                now_ns,
                actionable=self.actionable,
                leader=leaders.get(alarm.alarm),
            )
        held = [f"{one.sentence}, {state_words(state, one, now_ns)}" for one in state.held.values()]
        show_text(self.held, "\n".join(["Held:", *held]) if held else "")
        ended = [ended_words(state, one) for one in self._trace.recent(history, now_ns)]
        minutes = TRACE_NS // (60 * NS_PER_S)
        heading = f"Ended in the last {minutes} minutes:"
        show_text(self.ended, "\n".join([heading, *ended]) if ended else "")

    def _rearrange(self, alarms: tuple[AlarmChanged, ...]) -> None:
        for gone in set(self.cards) - {alarm.alarm for alarm in alarms}:
            card = self.cards.pop(gone)
            card.hide()
            card.deleteLater()
        for alarm in alarms:
            if alarm.alarm not in self.cards:
                self.cards[alarm.alarm] = AlarmCard(alarm)
                self.cards[alarm.alarm].done.connect(self._acknowledge)
        self.cards = {alarm.alarm: self.cards[alarm.alarm] for alarm in alarms}
        for group, technical in ((self.patient, False), (self.equipment, True)):
            group.arrange([self.cards[a.alarm] for a in alarms if a.technical is technical])
        self._order = tuple((alarm.alarm, alarm.technical) for alarm in alarms)

    @Slot(str, str)
    def _acknowledge(self, alarm: str, action: str) -> None:
        self.send(Acknowledge(t_ns=0, by="", alarm=alarm, action=action))


def ended_words(state: ViewState, episode: AlarmEpisode) -> str:
    """One alarm that is over: ``!! 15:12 to 15:14 Pulse 121 /min, limit 110: nobody answered``."""
    mark = theme.PRIORITY_SIGNS[episode.priority].mark
    ended = time_of_day(state, episode.since_ns if episode.ended_ns is None else episode.ended_ns)
    answer = (
        "nobody answered" if episode.acknowledged_ns is None else f"{episode.by}: {episode.action}"
    )
    began = time_of_day(state, episode.since_ns)
    return f"{mark} {began} to {ended} {episode.sentence}: {answer}"
