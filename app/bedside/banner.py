"""The alarm banner: the most urgent alarm in one sentence, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QElapsedTimer, QRect, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFontMetrics, QHideEvent, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.bedside.alarm_sign import AlarmSign
from app.bedside.alarm_trace import AlarmTrace
from app.bedside.alarm_words import (
    alarm_sentence,
    count_troubles,
    doubt_words,
    staff_words,
    state_words,
    unattended_words,
)
from app.bedside.sound_words import sound_problem, sound_unproven
from app.bedside.times import age_text, minutes_text, time_of_day
from app.bedside.wording import held_words
from app.history import History
from app.session_numbers import AlarmEpisode
from app.state import ViewState
from protocols.events import AlarmChanged, AlarmState, EndAudioPause, PauseAudio, Priority

_FLASH_STEP_MS = 50

TWICE_NS = 700_000_000
"""A second press of the sound button within this time is the end of a double click."""


class AlarmBanner(QFrame):
    """One line without alarms; with them the highest first, its sign flashing until acknowledged.

    Its ground is lit while nobody answered the alarm, and only the sign in it flashes, so that the
    sentence can be read at leisure.

    Attributes:
        actionable: False where a recorded session is shown: alarms can be read, not answered.
        elapsed_ms: the clock of the flashing; a test sets it by hand.

    Signals:
        intended: a `Command` to pause sound or to end the pause.
        asked: the person wants the list of alarms, with the id of the alarm to begin with.
        flashed: the sign was lit or went dark.
        painted: the banner was painted.
    """

    intended = Signal(object)
    asked = Signal(str)
    flashed = Signal()
    painted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, surface="panel")
        self.setAccessibleName("alarms")
        self.actionable = True
        self.sign = AlarmSign()
        self.sign.hide()
        self.answered_sign = AlarmSign(compact=True)
        self.answered_sign.setAccessibleName("a higher alarm that was acknowledged")
        self.answered_sign.hide()
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
        self._wide = False
        self._pausing = False
        self._trace = AlarmTrace()
        self._now_ns = 0
        self._pressed_ns = -TWICE_NS
        self._flash = QTimer(self)
        self._flash.setInterval(_FLASH_STEP_MS)
        self._flash.timeout.connect(self.paint_flash)
        self._since = QElapsedTimer()
        self.elapsed_ms: Callable[[], int] = self._since.elapsed

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, theme.GRID_PX, 0)
        row.setSpacing(theme.GRID_PX)
        row.addWidget(self.sign)
        row.addWidget(self.answered_sign)
        row.addSpacing(theme.GRID_PX)
        words = QVBoxLayout()
        row.addLayout(words, 1)
        words.setSpacing(0)
        words.addStretch(1)
        words.addWidget(self.sentence)
        words.addWidget(self.detail)
        words.addStretch(1)
        for button in (self.more, self.acknowledge, self.sound):
            row.addWidget(button)

    @property
    def first(self) -> AlarmChanged | None:
        """The alarm shown, or None without any."""
        return self._first

    @property
    def wide(self) -> Priority | None:
        """Priority of the alarm shown where it asks for more of the screen, else None.

        It does so while nobody answered it and it was left unattended, or while nobody can rely on
        hearing it.
        """
        first = self._first
        return first.priority if self._wide and first is not None else None

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show the alarms of `state` at `now_ns`."""
        self._now_ns = now_ns
        self.setFixedHeight(self.sign.sizeHint().height())
        alarms = state.active_alarms
        self._first = foremost(alarms)
        self._wide = needs_more(state, alarms)
        self._show_answered(alarms)
        if self._first is None:
            self._show_quiet(state, history, now_ns)
        else:
            self._show_alarm(state, self._first, count_troubles(state, alarms), now_ns)
        self._pausing = state.audio_pause_ends_ns is not None
        if state.audio_pause_ends_ns is not None:
            left = minutes_text(state.audio_pause_ends_ns - now_ns)
            _set_button(self.sound, f"Sound on  F2 · paused {left}")
        else:
            _set_button(self.sound, "Pause sound  F2")
        self._run_flash()

    def _show_answered(self, alarms: tuple[AlarmChanged, ...]) -> None:
        """Keep the mark of a higher alarm in sight that lasts after it was acknowledged."""
        highest = max(alarms, key=lambda alarm: alarm.priority.rank, default=None)
        higher = (
            highest is not None
            and self._first is not None
            and highest.priority.rank > self._first.priority.rank
        )
        if highest is not None and higher:
            technical = highest.technical
            self.answered_sign.show_alarm(highest.priority, technical=technical, answered=True)
        if self.answered_sign.isHidden() is higher:
            self.answered_sign.setVisible(higher)

    def _show_quiet(self, state: ViewState, history: History, now_ns: int) -> None:
        for widget in (self, self.sentence, self.detail):
            theme.style(widget, alarm="")
        self.sign.setVisible(False)
        trouble = sound_problem(state) or sound_unproven(state)
        tone = "attention" if trouble else "dim"
        theme.style(self.sentence, tone=tone, role="body", strong=bool(trouble))
        ended = self._trace.recent(history, now_ns)[:1]
        theme.set_text(self.sentence, " · ".join(_quiet_parts(state, ended, now_ns, trouble)))
        theme.set_text(self.detail, "")
        self.detail.setVisible(False)
        self.acknowledge.setVisible(False)
        self.sound.setVisible(self.actionable and state.audio_pause_ends_ns is not None)
        _set_button(self.more, "Alarms  F3")

    def _show_alarm(self, state: ViewState, alarm: AlarmChanged, count: int, now_ns: int) -> None:
        answered = alarm.state is AlarmState.ACKED
        self.sign.show_alarm(alarm.priority, technical=alarm.technical, answered=answered)
        self.sign.setVisible(True)
        self.sound.setVisible(self.actionable)
        self.acknowledge.setVisible(self.actionable and not answered)
        _set_button(self.more, f"+{count - 1} more  F3" if count > 1 else "Alarms  F3")
        self._show_words(alarm_sentence(state, alarm, now_ns), alarm_detail(state, alarm, now_ns))

    def _show_words(self, sentence: str, detail: str) -> None:
        """Sentence and detail as large as they fit; what does not fit is in the list of alarms."""
        large = self._height_of(sentence, "title") + self._height_of(detail, "body")
        small = self._height_of(sentence, "body") + self._height_of(detail, "small")
        role = "title" if large <= self.height() else "body"
        theme.style(self.sentence, tone="", role=role, strong=True)
        theme.style(self.detail, role="body" if role == "title" else "small")
        fits = role == "title" or small <= self.height()
        theme.set_text(self.sentence, sentence if fits else self._shortened(sentence))
        theme.set_text(self.detail, detail)
        if self.detail.isHidden() is fits:
            self.detail.setVisible(fits)

    def _height_of(self, text: str, role: str) -> int:
        """Height of `text` where it breaks its lines; before there is a width, of one line."""
        metrics = QFontMetrics(theme.font(role, strong=True))
        width = self.sentence.width() if self.sentence.isVisible() else 0
        if width <= 0:
            return metrics.height()
        box = QRect(0, 0, width, 10_000)
        return metrics.boundingRect(box, Qt.TextFlag.TextWordWrap, text).height()

    def _shortened(self, sentence: str) -> str:
        """`sentence` as far as it fits into the banner alone, with an ellipsis."""
        words = sentence.split(" ")
        kept = len(words)
        while kept > 1:
            text = " ".join(words[:kept]) + ("" if kept == len(words) else " …")
            if self._height_of(text, "body") <= self.height():
                return text
            kept -= 1
        return sentence

    def _run_flash(self) -> None:
        flashing = self._flashing() is not None and self.isVisible()
        if flashing and not self._flash.isActive():
            self._since.start()
            self._flash.start()
            self.paint_flash()
        elif not flashing and self._flash.isActive():
            self._flash.stop()
        first = self._first
        if first is None:
            return
        lit = first.state is not AlarmState.ACKED
        for widget in (self, self.sentence, self.detail):
            theme.style(widget, alarm=first.priority.value if lit else "")
        if not flashing:
            self._light(lit=lit)

    def _light(self, *, lit: bool) -> None:
        if self.sign.lit is not lit:
            self.sign.light(lit=lit)
            self.flashed.emit()

    def _flashing(self) -> Priority | None:
        first = self._first
        if first is None or first.state is AlarmState.ACKED:
            return None
        rate = theme.PRIORITY_SIGNS[first.priority].flash_hz
        return None if rate is None else first.priority

    @Slot()
    def paint_flash(self) -> None:
        """Light the sign as its clock says."""
        priority = self._flashing()
        if priority is None:
            self._flash.stop()
            return
        self._light(lit=theme.flash_lit(priority, self.elapsed_ms()))

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
        """Pause the sound of alarms, or end the pause; a double click is one press."""
        if self._now_ns - self._pressed_ns < TWICE_NS:
            return
        if self._pausing:
            self.intended.emit(EndAudioPause(t_ns=0, by=""))
        elif self._first is not None:
            self.intended.emit(PauseAudio(t_ns=0, by=""))
        else:
            return
        self._pressed_ns = self._now_ns

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground; and tell that it stands on the screen."""
        super().paintEvent(event)
        self.painted.emit()

    def showEvent(self, event: QShowEvent) -> None:
        """Flash again when an alarm is there."""
        super().showEvent(event)
        self._run_flash()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing flashes unseen."""
        self._flash.stop()
        super().hideEvent(event)


def needs_more(state: ViewState, alarms: tuple[AlarmChanged, ...]) -> bool:
    """Whether the alarms must be seen without being heard, or were left unattended."""
    open_ones = [alarm for alarm in alarms if alarm.state is not AlarmState.ACKED]
    if any(state.signals.urgency(alarm.alarm) for alarm in open_ones):
        return True
    return bool(open_ones) and bool(sound_problem(state) or sound_unproven(state))


def alarm_detail(state: ViewState, alarm: AlarmChanged, now_ns: int) -> str:
    """Since when, how it stands, who was told, and what to do next or who acknowledged."""
    parts = [f"since {time_of_day(state, alarm.since_ns)}"]
    if alarm.state is not AlarmState.SOUNDING:
        standing = state_words(state, alarm, now_ns)
        if alarm.state is AlarmState.ACKED:
            done = f": {alarm.action.rstrip('.')}" if alarm.action else ""
            standing = f"acknowledged by {alarm.by}{done}"
            if alarm.ends_ns is not None:
                standing += f", sounds again in {minutes_text(alarm.ends_ns - now_ns)}"
        parts.append(standing)
    parts += [
        words
        for words in (
            unattended_words(state, alarm, now_ns),
            doubt_words(state, alarm, now_ns),
            staff_words(state, alarm),
        )
        if words
    ]
    if alarm.state is not AlarmState.ACKED and alarm.next_step:
        parts.append(f"next: {alarm.next_step}")
    return " · ".join(parts)


def _quiet_parts(
    state: ViewState, ended: Sequence[AlarmEpisode], now_ns: int, trouble: str
) -> list[str]:
    """What the one line without alarms says; `ended` are those to be told of."""
    parts = ["No active alarms"]
    if trouble:
        parts.append(trouble)
    for one in ended:
        mark = theme.PRIORITY_SIGNS[one.priority].mark
        parts.append(f"last: {mark} ended {age_text(now_ns - (one.ended_ns or 0))}, see F3")
    if state.limits is not None:
        parts.append(f"limits {state.limits.id} v{state.limits.version}")
    bp = state.last_blood_pressure
    parts.append("no BP yet" if bp is None else f"last BP {age_text(now_ns - bp.measured_ns)}")
    held = held_words(state)
    if held:
        parts.append(f"oximeter alarms {held}: cuff on the same arm")
    return parts


def _set_button(button: QPushButton, text: str) -> None:
    if button.text() != text:
        button.setText(text)


def foremost(alarms: Sequence[AlarmChanged]) -> AlarmChanged | None:
    """The alarm that the banner says, of `alarms` in the order of the list; None without any.

    Among its equals it is the newest, as in the sound: the one that somebody came for just now.
    """
    equals = [one for one in alarms if _weight(one) == _weight(alarms[0])]
    return max(equals, key=lambda one: one.since_ns, default=None)


def _weight(alarm: AlarmChanged) -> tuple[bool, int, bool]:
    return alarm.state is AlarmState.ACKED, alarm.priority.rank, alarm.technical
