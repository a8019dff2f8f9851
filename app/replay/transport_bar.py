"""Play, pause, speed, steps, a time typed and a marked slider: what moves a replay."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.times import minutes_text, time_of_day
from app.replay.as_seen import screen_words
from app.replay.asked_time import HOW, NotATimeError, asked_time
from app.replay.feed import FRAME_MS, SPEEDS, ReplayFeed
from app.replay.scrub_slider import TICK_NS, OtherAlarms, ScrubSlider
from app.replay.sound_words import sounding_words
from app.replay.steps import Step, StepKind

_NAMES = {
    StepKind.EVENT: "Event",
    StepKind.ALARM: "Alarm",
    StepKind.ACKNOWLEDGED: "Answer",
    StepKind.MISSED: "Missed",
    StepKind.GAP: "Gap",
    StepKind.OTHER: "Other limits",
}

_NARROW = "padding: 0 6px; min-width: 18px;"
"""Many buttons stand in one row, also at 1024 pixels."""

_Widget = TypeVar("_Widget", bound=QWidget)


class TransportBar(QFrame):
    """Moves a `ReplayFeed` and says where it is, what sounded, and what the window was.

    Signals:
        said: a sentence about a step: where it led, or that there is none.
        window_wanted: show the window at its size and in its colours of then, or no longer.
    """

    said = Signal(str)
    window_wanted = Signal(bool)

    def __init__(self, feed: ReplayFeed, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, surface="panel")
        self._feed = feed
        self.slider = ScrubSlider()
        self.place = _named(QLabel(), "place in the session")
        self.play = _named(QPushButton("Play"), "play or pause")
        self.play.setMinimumWidth(80)
        self.speed = _named(QComboBox(), "speed")
        for speed in SPEEDS:
            self.speed.addItem(f"×{speed:g}", speed)
        self.steps: dict[tuple[StepKind, bool], QPushButton] = {}
        self.time = _named(QLineEdit(), "go to a time")
        self.time.setPlaceholderText("14:05 or +12.5")
        self.time.setToolTip(HOW)
        self.note = _named(QLabel(), "what was reached")
        self.sound = _named(QLabel(), "what sounded then")
        self.window_words = _named(QLabel(), "what the window was")
        for label in (self.note, self.sound, self.window_words):
            theme.style(label, role="small", tone="dim")
        self.as_then = _named(QPushButton("As then"), "show the window at its size of then")
        self.as_then.setCheckable(True)
        self.as_then.setToolTip("Give the window the size and colours that it had then.")
        self.as_then.setStyleSheet(_NARROW)
        self._scrubbing = QTimer(self)
        self._scrubbing.setSingleShot(True)
        self._scrubbing.setInterval(FRAME_MS // 2)
        self._waiting = False
        self._lay_out()
        self._connect()
        self.slider.show_steps(feed.track.steps, feed.end_ns, feed.track.gaps)
        self._mark_state()
        self.follow()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 0, 12, 2)
        column.setSpacing(0)
        top = QHBoxLayout()
        column.addLayout(top)
        top.setSpacing(12)
        top.addWidget(self.slider, 1)
        top.addWidget(self.place)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(4)
        row.addWidget(self.play)
        row.addWidget(self.speed)
        row.addSpacing(8)
        for kind, name in _NAMES.items():
            for back in (True, False):
                button = QPushButton("‹" if back else f"{name} ›")
                words = f"{'previous' if back else 'next'} {kind.value}"
                button.setAccessibleName(words)
                button.setToolTip(words)
                button.setStyleSheet(_NARROW)
                if kind is StepKind.OTHER:
                    button.hide()
                self.steps[kind, back] = button
                row.addWidget(button)
        row.addSpacing(8)
        self.time.setMinimumWidth(100)
        self.time.setMaximumWidth(160)
        row.addWidget(self.time)
        row.addStretch(1)
        row.addWidget(self.as_then)
        last = QHBoxLayout()
        column.addLayout(last)
        last.setSpacing(16)
        last.addWidget(self.sound)
        last.addWidget(self.note, 1)
        last.addWidget(self.window_words)

    def _connect(self) -> None:
        self.play.clicked.connect(self._feed.toggle)
        self.slider.valueChanged.connect(self._scrub)
        self.slider.sliderReleased.connect(self.settle)
        self._scrubbing.timeout.connect(self.settle)
        self.speed.currentIndexChanged.connect(self._choose_speed)
        self.time.returnPressed.connect(self._go_to_time)
        self.as_then.toggled.connect(self.window_wanted)
        for button in self.steps.values():
            button.clicked.connect(self._take_step)
        for widget in (self.play, self.slider, self.speed, self.as_then, *self.steps.values()):
            widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._feed.advanced.connect(self.follow)
        self._feed.changed.connect(self._mark_state)

    def show_other(self, other: OtherAlarms) -> None:
        """Mark the alarms that other limits would have raised, and offer steps to them."""
        self._feed.track.add_steps(
            [
                Step(t_ns=one.start_ns, kind=StepKind.OTHER, text=one.sentence)
                for one in other.alarms
            ]
        )
        self.slider.show_other(other)
        for back in (True, False):
            self.steps[StepKind.OTHER, back].show()
            self.steps[StepKind.OTHER, back].setToolTip(f"Alarms under {other.name}")

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
        theme.set_text(self.sound, sounding_words(feed.state, now_ns))
        theme.set_text(self.window_words, screen_words(feed.screen))
        self.as_then.setEnabled(feed.screen is not None)

    @Slot()
    def _mark_state(self) -> None:
        feed = self._feed
        self.play.setText("Pause" if feed.playing else "Play")
        with QSignalBlocker(self.speed):
            self.speed.setCurrentIndex(SPEEDS.index(feed.speed))
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
    def _scrub(self, _value: int) -> None:
        """Go there; while the slider is dragged, at most once a frame and always to its end."""
        self._waiting = self._scrubbing.isActive() and self.slider.isSliderDown()
        if not self._waiting:
            self._go_to_slider()

    @Slot()
    def settle(self) -> None:
        """Go where the slider stands, if that still waits for its frame."""
        if self._waiting:
            self._waiting = False
            self._go_to_slider()

    def _go_to_slider(self) -> None:
        self._feed.seek(self.slider.value() * TICK_NS)
        self._scrubbing.start()
        if not self._feed.ending:
            self.say("")

    @Slot()
    def _choose_speed(self) -> None:
        self._feed.set_speed(float(self.speed.currentData()))

    @Slot()
    def _go_to_time(self) -> None:
        track = self._feed.track
        try:
            t_ns = asked_time(
                self.time.text(),
                drug_began_ns=track.drug_began_ns,
                end_ns=track.end_ns,
                clocks=track.clocks,
            )
        except NotATimeError as error:
            self.say(str(error))
            return
        self._feed.pause()
        self._feed.seek(t_ns)
        if not self._feed.ending:
            self.say(f"At {minutes_text(t_ns)} of the session.")
        self.window().setFocus(Qt.FocusReason.OtherFocusReason)

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


def _named(widget: _Widget, name: str) -> _Widget:
    """`widget` with a name for those who hear the screen."""
    widget.setAccessibleName(name)
    return widget
