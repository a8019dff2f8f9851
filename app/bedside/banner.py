"""The alarm banner: the most urgent alarm in one sentence, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFontMetrics, QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.bedside.alarm_words import alarm_sentence
from app.bedside.times import age_text, minutes_text, time_of_day
from app.bedside.wording import held_words
from app.history import History
from app.state import ViewState
from protocols.events import AlarmChanged, AlarmState, EndAudioPause, PauseAudio, Priority

_FLASH_STEP_MS = 50


class AlarmBanner(QFrame):
    """One line without alarms; with them the highest first, flashing until acknowledged.

    Attributes:
        actionable: False where a recorded session is shown: alarms can be read, not answered.

    Signals:
        intended: a `Command` to pause sound or to end the pause.
        asked: the person wants the list of alarms, with the id of the alarm to begin with.
    """

    intended = Signal(object)
    asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, surface="panel")
        self.setAccessibleName("alarms")
        self.actionable = True
        self.mark = QLabel()
        theme.style(self.mark, role="large")
        self.mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        theme.style(self.sentence, role="title")
        self.detail = QLabel()
        self.detail.setWordWrap(True)
        self.more = QPushButton("Alarms  F3")
        self.acknowledge = QPushButton("Acknowledge  F1")
        self.sound = QPushButton("Pause sound  F2")
        self.more.clicked.connect(self._ask_list)
        self.acknowledge.clicked.connect(self.ask_acknowledge)
        self.sound.clicked.connect(self.toggle_sound)
        self._lay_out()
        self._first: AlarmChanged | None = None
        self._pausing = False
        self._flash = QTimer(self)
        self._flash.setInterval(_FLASH_STEP_MS)
        self._flash.timeout.connect(self._paint_flash)
        self._since = QElapsedTimer()

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch(1)
        words.addWidget(self.sentence)
        words.addWidget(self.detail)
        words.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.GRID_PX, 4, theme.GRID_PX, 4)
        row.setSpacing(theme.GRID_PX)
        row.addWidget(self.mark)
        row.addLayout(words, 1)
        for button in (self.more, self.acknowledge, self.sound):
            row.addWidget(button)

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show the alarms of `state` at `now_ns`."""
        self.mark.setMinimumWidth(theme.active_sizes().touch)
        self.setFixedHeight(theme.active_sizes().touch + 3 * theme.GRID_PX)
        alarms = state.active_alarms
        self._first = alarms[0] if alarms else None
        if self._first is None:
            self._show_quiet(state, now_ns)
        else:
            self._show_alarm(state, self._first, len(alarms), now_ns)
        self._pausing = state.audio_pause_ends_ns is not None
        if state.audio_pause_ends_ns is not None:
            left = minutes_text(state.audio_pause_ends_ns - now_ns)
            _set_button(self.sound, f"Sound on  F2 · paused {left}")
        else:
            _set_button(self.sound, "Pause sound  F2")
        self._run_flash()

    def _show_quiet(self, state: ViewState, now_ns: int) -> None:
        for widget in (self, self.sentence, self.detail):
            theme.style(widget, alarm="")
        theme.style(self.sentence, tone="dim", role="body", strong=False)
        theme.set_text(self.mark, "")
        self.mark.setVisible(False)
        parts = ["No active alarms"]
        if state.limits is not None:
            parts.append(f"limits {state.limits.id} v{state.limits.version}")
        bp = state.last_blood_pressure
        parts.append("no BP yet" if bp is None else f"last BP {age_text(now_ns - bp.measured_ns)}")
        held = held_words(state)
        if held:
            parts.append(f"oximeter alarms {held}: cuff on the same arm")
        theme.set_text(self.sentence, " · ".join(parts))
        theme.set_text(self.detail, "")
        self.detail.setVisible(False)
        self.acknowledge.setVisible(False)
        self.sound.setVisible(self.actionable and state.audio_pause_ends_ns is not None)
        _set_button(self.more, "Alarms  F3")

    def _show_alarm(self, state: ViewState, alarm: AlarmChanged, count: int, now_ns: int) -> None:
        sentence = alarm_sentence(state, alarm, now_ns)
        crowded = not self._fits(sentence, "title")
        theme.style(self.sentence, tone="", role="body" if crowded else "title", strong=crowded)
        theme.set_text(self.mark, theme.PRIORITY_SIGNS[alarm.priority].mark)
        theme.set_text(self.sentence, sentence)
        theme.set_text(self.detail, alarm_detail(state, alarm, now_ns))
        self.mark.setVisible(True)
        # the banner keeps its height: a long sentence takes the line of what to do, which the
        # list of alarms says as well
        self.detail.setVisible(not crowded or self._fits(sentence, "body"))
        self.sound.setVisible(self.actionable)
        self.acknowledge.setVisible(self.actionable and alarm.state is not AlarmState.ACKED)
        _set_button(self.more, f"+{count - 1} more  F3" if count > 1 else "Alarms  F3")

    def _fits(self, sentence: str, role: str) -> bool:
        """Whether `sentence` needs one line only; before there is a width, it does."""
        width = self.sentence.width()
        metrics = QFontMetrics(theme.font(role, strong=True))
        return width <= 0 or metrics.horizontalAdvance(sentence) <= width

    def _run_flash(self) -> None:
        flashing = self._flashing() is not None and self.isVisible()
        if flashing and not self._flash.isActive():
            self._since.start()
            self._flash.start()
            self._paint_flash()
        elif not flashing and self._flash.isActive():
            self._flash.stop()
        if not flashing and self._first is not None:
            acked = self._first.state is AlarmState.ACKED
            self._light(self._first.priority, lit=not acked)

    def _light(self, priority: Priority, *, lit: bool) -> None:
        """Light the ground under the words, or leave it dark; the mark stays lit."""
        theme.style(self.mark, alarm=priority.value)
        for widget in (self, self.sentence, self.detail):
            theme.style(widget, alarm=priority.value if lit else "")

    def _flashing(self) -> Priority | None:
        first = self._first
        if first is None or first.state is AlarmState.ACKED:
            return None
        rate = theme.PRIORITY_SIGNS[first.priority].flash_hz
        return None if rate is None else first.priority

    @Slot()
    def _paint_flash(self) -> None:
        priority = self._flashing()
        if priority is None:
            self._flash.stop()
            return
        self._light(priority, lit=theme.flash_lit(priority, self._since.elapsed()))

    @Slot()
    def _ask_list(self) -> None:
        self.asked.emit("")

    @Slot()
    def ask_acknowledge(self) -> None:
        """Open the list at the alarm shown, where what was done about it is said."""
        if self._first is not None:
            self.asked.emit(self._first.alarm)

    @Slot()
    def toggle_sound(self) -> None:
        """Pause the sound of alarms, or end the pause."""
        if self._pausing:
            self.intended.emit(EndAudioPause(t_ns=0, by=""))
        elif self._first is not None:
            self.intended.emit(PauseAudio(t_ns=0, by=""))

    def showEvent(self, event: QShowEvent) -> None:
        """Flash again when an alarm is there."""
        super().showEvent(event)
        self._run_flash()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing flashes unseen."""
        self._flash.stop()
        super().hideEvent(event)


def alarm_detail(state: ViewState, alarm: AlarmChanged, now_ns: int) -> str:
    """Since when, what to do next, and who acknowledged."""
    parts = [f"since {time_of_day(state, alarm.since_ns)}"]
    if alarm.state in (AlarmState.LATCHED, AlarmState.LATCHED_PAUSED):
        parts.append("condition has ended")
    if alarm.state in (AlarmState.PAUSED, AlarmState.LATCHED_PAUSED) and alarm.ends_ns is not None:
        parts.append(f"sound again in {minutes_text(alarm.ends_ns - now_ns)}")
    if alarm.state is AlarmState.ACKED:
        done = f": {alarm.action}" if alarm.action else ""
        parts.append(f"acknowledged by {alarm.by}{done}")
    elif alarm.next_step:
        parts.append(f"next: {alarm.next_step}")
    return " · ".join(parts)


def _set_button(button: QPushButton, text: str) -> None:
    if button.text() != text:
        button.setText(text)
