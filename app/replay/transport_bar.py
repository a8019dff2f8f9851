"""Play, pause, speed, steps and a slider marked with events and alarms: what moves a replay."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.times import minutes_text, time_of_day
from app.replay.feed import SPEEDS, ReplayFeed
from app.replay.track import Step, StepKind
from protocols.vitals import NS_PER_S

TICK_NS = NS_PER_S // 10
"""A slider's step: a tenth of a second of session time."""

_MARK_PX = 14


class ScrubSlider(QSlider):
    """A slider over the whole session with a mark for each step above its groove.

    A click goes where it was made. Alarms have their own colours and stand taller than events.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setAccessibleName("session time")
        theme.style(self, clear=True)
        self.setSingleStep(10 * NS_PER_S // TICK_NS)
        self.setPageStep(60 * NS_PER_S // TICK_NS)
        self.setMinimumHeight(40)
        self._steps: Sequence[Step] = ()

    def show_steps(self, steps: Sequence[Step], end_ns: int) -> None:
        """Span a session that ends at `end_ns` and mark `steps`."""
        self._steps = steps
        with QSignalBlocker(self):
            self.setRange(0, max(1, -(-end_ns // TICK_NS)))
        self.update()

    def x_of(self, t_ns: int) -> float:
        """Pixel column of session time `t_ns`: the middle of the handle there."""
        half = self._handle_px() / 2
        return half + t_ns / TICK_NS / self.maximum() * (self.width() - 2 * half)

    @staticmethod
    def _handle_px() -> int:
        return theme.active_sizes().touch // 2

    def _value_at(self, x: float) -> int:
        half = self._handle_px() / 2
        share = (x - half) / max(1.0, self.width() - 2 * half)
        return round(max(0.0, min(share, 1.0)) * self.maximum())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go where it was pressed."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self.setValue(self._value_at(event.position().x()))
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer while it is down."""
        if self.isSliderDown():
            self.setValue(self._value_at(event.position().x()))
            event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self.setSliderDown(False)
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The slider, then the marks over it."""
        super().paintEvent(event)
        look = theme.active_theme()
        painter = QPainter(self)
        for step in self._steps:
            tint, height = "dim", _MARK_PX * 0.6
            if step.alarm is not None:
                tint, height = f"alarm_{step.alarm.priority.value}", _MARK_PX
            elif step.kind is StepKind.MISSED:
                tint = "attention"
            area = QRectF(self.x_of(step.t_ns) - 1.5, _MARK_PX - height, 3, height)
            painter.fillRect(area, look.colour(tint))
        painter.end()


class TransportBar(QFrame):
    """Moves a `ReplayFeed` and says where it is.

    Signals:
        said: a sentence about a step: where it led, or that there is none.
    """

    said = Signal(str)

    def __init__(self, feed: ReplayFeed, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, surface="panel")
        self._feed = feed
        self.play = QPushButton("Play")
        self.play.setAccessibleName("play or pause")
        self.play.setMinimumWidth(112)
        self.slider = ScrubSlider()
        self.place = QLabel()
        self.place.setAccessibleName("place in the session")
        self.note = QLabel()
        self.note.setAccessibleName("what was reached")
        theme.style(self.note, role="small", tone="dim")
        self.speeds: dict[int, QPushButton] = {}
        self.steps: dict[tuple[StepKind, bool], QPushButton] = {}
        self._lay_out()
        self._connect()
        self.slider.show_steps(feed.track.steps, feed.end_ns)
        self._mark_state()
        self.follow()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 2, 12, 8)
        column.setSpacing(2)
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self.slider, 1)
        top.addWidget(self.place)
        column.addLayout(top)
        row = QHBoxLayout()
        row.setSpacing(theme.GRID_PX)
        row.addWidget(self.play)
        group = QButtonGroup(self)
        for speed in SPEEDS:
            button = QPushButton(f"×{speed}")
            button.setCheckable(True)
            button.setAccessibleName(f"play {speed} times as fast")
            button.setProperty("speed", speed)
            button.setStyleSheet("padding: 0 8px;")
            group.addButton(button)
            self.speeds[speed] = button
            row.addWidget(button)
        row.addSpacing(12)
        for kind, back, text in (
            (StepKind.EVENT, True, "‹ Event"),
            (StepKind.EVENT, False, "Event ›"),
            (StepKind.ALARM, False, "Alarm ›"),
            (StepKind.MISSED, False, "Missed check ›"),
        ):
            button = QPushButton(text)
            button.setAccessibleName(f"{'previous' if back else 'next'} {kind.value}")
            self.steps[kind, back] = button
            row.addWidget(button)
        row.addSpacing(12)
        row.addWidget(self.note, 1)
        column.addLayout(row)

    def _connect(self) -> None:
        self.play.clicked.connect(self._feed.toggle)
        self.slider.valueChanged.connect(self._scrub)
        for button in self.speeds.values():
            button.clicked.connect(self._choose_speed)
        for button in self.steps.values():
            button.clicked.connect(self._take_step)
        for widget in (self.play, self.slider, *self.speeds.values(), *self.steps.values()):
            widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._feed.advanced.connect(self.follow)
        self._feed.changed.connect(self._mark_state)

    @Slot()
    def follow(self) -> None:
        """Show where the feed is."""
        feed, now_ns = self._feed, self._feed.now_ns()
        value = now_ns // TICK_NS if now_ns < feed.end_ns else self.slider.maximum()
        if self.slider.value() != value and not self.slider.isSliderDown():
            with QSignalBlocker(self.slider):
                self.slider.setValue(value)
        clock = time_of_day(feed.state, now_ns)
        theme.set_text(
            self.place, f"{minutes_text(now_ns)} of {minutes_text(feed.end_ns)}   {clock}"
        )

    @Slot()
    def _mark_state(self) -> None:
        feed = self._feed
        self.play.setText("Pause" if feed.playing else "Play")
        self.speeds[feed.speed].setChecked(True)
        if feed.ending:
            self.say(feed.ending)
        elif feed.playing:
            self.say("")

    def say(self, words: str) -> None:
        """Show `words` about what was reached."""
        theme.set_text(self.note, words)
        self.note.setToolTip(words)
        self.said.emit(words)

    @Slot(int)
    def _scrub(self, value: int) -> None:
        self._feed.seek(value * TICK_NS)
        if not self._feed.ending:
            self.say("")

    @Slot()
    def _choose_speed(self) -> None:
        self._feed.set_speed(int(self.sender().property("speed")))

    @Slot()
    def _take_step(self) -> None:
        pressed = self.sender()
        for (kind, back), button in self.steps.items():
            if button is pressed:
                self.take_step(kind, back=back)

    def take_step(self, kind: StepKind, *, back: bool = False) -> None:
        """Go to the next (or previous) step of `kind` and say what it is."""
        step = self._feed.step(kind, back=back)
        if step is None:
            where = "before this" if back else "after this"
            self.say(f"No {kind.value} {where}.")
        else:
            self.say(f"{time_of_day(self._feed.state, step.t_ns)}  {step.text}")
