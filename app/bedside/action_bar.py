"""What can be done, always in the same place: at the left the record, at the right the pump."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from app import theme
from app.bedside.keyed_hold import KeyedHold
from app.bedside.lock_strip import LockStrip, is_locked, locked_words
from app.history import History
from app.state import ViewState
from app.state_ledger import keeps_account
from protocols.events import (
    AbortBp,
    ArmBpSchedule,
    BpState,
    Giving,
    PauseInfusion,
    Phase,
    ResumeInfusion,
    SetSameArm,
    SlowInfusion,
    StopInfusion,
    TakeBp,
)

DEFAULT_SLOW_PERCENT = 50

PANELS = {
    "event": ("Event", "F6"),
    "score": ("Score", "F7"),
    "drug": ("Drug given", "F8"),
    "note": ("Note", "F9"),
    "hand-over": ("Hand over", "Ctrl+H"),
    "by-hand": ("By hand", "Ctrl+B"),
    "account": ("Account", "Ctrl+K"),
    "more": ("More", "Ctrl+M"),
}
"""Side panels that the bar opens: name, words, key."""


class ActionBar(QFrame):
    """Buttons with their keys. Pause, resume and stop are held; nothing else asks twice.

    Signals:
        intended: a `Command`.
        asked: name of the side panel to open.
        sign_in_wanted: the strip of a locked bedside was touched.
    """

    intended = Signal(object)
    asked = Signal(str)
    sign_in_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("actions")
        self.take_bp = _action("Take BP", "F4")
        self.arm_bp = _action("Auto BP off", "F5")
        self.same_arm = _action("Same arm: no", "Ctrl+U")
        self.same_arm.setToolTip("whether cuff and oximeter are on the same arm")
        self.slow = _action("Slow", "F10")
        self.pause = KeyedHold("Pause", "F11")
        self.resume = KeyedHold("Resume", "F11")
        self.stop = KeyedHold("STOP", "F12")
        self.discharge = _action("Discharge", "F10")
        self.dose = _action("Next dose", "F10")
        self.line = _action("Line", "Ctrl+L")
        self.arm_bp.setCheckable(True)
        self.same_arm.setCheckable(True)
        self._state = ViewState()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID_PX)
        self.lock_strip = LockStrip()
        self.lock_strip.clicked.connect(self.sign_in_wanted)
        row.addWidget(self.lock_strip, 100)
        row.addWidget(self.take_bp)
        row.addWidget(self.arm_bp)
        row.addWidget(self.same_arm)
        self.panels = {}
        for name, (words, key) in PANELS.items():
            button = _action(words, key)
            button.setProperty("panel", name)
            button.clicked.connect(self._ask)
            self.panels[name] = button
            row.addWidget(button)
        row.addStretch(1)
        self.right = (
            self.line,
            self.dose,
            self.slow,
            self.discharge,
            self.pause,
            self.resume,
            self.stop,
        )
        for button in self.right:
            row.addWidget(button)
            button.hide()
        self._connect()

    def _connect(self) -> None:
        self.take_bp.clicked.connect(self.take_or_abort)
        self.arm_bp.clicked.connect(self.toggle_schedule)
        self.same_arm.clicked.connect(self.toggle_arm)
        self.slow.clicked.connect(self.slow_or_restore)
        self.discharge.clicked.connect(self.ask_discharge)
        self.dose.clicked.connect(self.ask_dose)
        self.line.clicked.connect(self.ask_line)
        self.pause.held.connect(self._pause)
        self.resume.held.connect(self._resume)
        self.stop.held.connect(self._stop)

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Offer what `state` allows."""
        self._state = state
        busy = state.bp_state in (BpState.REQUESTED, BpState.MEASURING)
        _say(self.take_bp, "Abort BP\nF4" if busy else "Take BP\nF4")
        theme.style(self.take_bp, weighty="true" if busy else "false")
        _say(self.arm_bp, "Auto BP on\nF5" if state.bp_armed else "Auto BP off\nF5")
        if self.arm_bp.isChecked() != state.bp_armed:
            self.arm_bp.setChecked(state.bp_armed)
        _say(self.same_arm, f"Same arm: {'yes' if state.same_arm else 'no'}\nCtrl+U")
        if self.same_arm.isChecked() != state.same_arm:
            self.same_arm.setChecked(state.same_arm)
        self._show_left(state, busy=busy)
        percent = self._slow_percent()
        slowed = state.delivery is not None and state.delivery.percent != 100
        _say(self.slow, "Full rate\nF10" if slowed else f"Slow {percent} %\nF10")
        at_once = state.dose is not None and state.dose.giving is not Giving.INFUSION
        self.stop.call("NO MORE DOSES" if at_once else "STOP")
        shown = self._offered(state, at_once=at_once)
        for button in self.right:
            if button.isHidden() is (button in shown):
                button.setVisible(button in shown)

    def _show_left(self, state: ViewState, *, busy: bool) -> None:
        """Of what is entered, a locked bedside offers the abort alone; the strip has its place."""
        locked = is_locked(state)
        self.lock_strip.say(locked_words(state) if locked else "")
        self.take_bp.setVisible(not locked or busy)
        for button in (self.arm_bp, self.same_arm):
            button.setVisible(not locked)
        for name, button in self.panels.items():
            button.setVisible(not locked and (name != "account" or keeps_account(state)))
        for button in (self.line, self.dose, self.slow, self.discharge, self.resume):
            button.setEnabled(not locked)

    def _offered(self, state: ViewState, *, at_once: bool) -> tuple[QWidget, ...]:
        if state.phase is Phase.INFUSING:
            return (
                (self.dose, self.stop) if at_once else (self.line, self.slow, self.pause, self.stop)
            )
        if state.phase is Phase.PAUSED:
            return (self.line, self.resume, self.stop)
        if state.phase is not Phase.RECOVERY:
            return ()
        held = state.definition is not None and state.definition.dose.hold_s is not None
        if at_once:
            return (self.dose, self.discharge) if held else (self.discharge,)
        return (self.line, self.discharge)

    def _slow_percent(self) -> int:
        definition = self._state.definition
        return DEFAULT_SLOW_PERCENT if definition is None else definition.slow_percent

    def press_key(self, key: int) -> bool:
        """A function key went down; tells whether it means something here."""
        keyed: dict[int, Callable[[], None]] = {
            Qt.Key.Key_F4: self.take_or_abort,
            Qt.Key.Key_F5: self.toggle_schedule,
            Qt.Key.Key_F10: self._tenth_key,
        }
        act = keyed.get(key)
        if act is not None:
            act()
            return True
        for button in self._held_by(key):
            button.press_key()
        return bool(self._held_by(key))

    def release_key(self, key: int) -> None:
        """A function key came up."""
        for button in self._held_by(key):
            button.release_key()

    def _held_by(self, key: int) -> tuple[KeyedHold, ...]:
        if key == Qt.Key.Key_F12:
            return (self.stop,)
        if key == Qt.Key.Key_F11:
            return tuple(one for one in (self.pause, self.resume) if one.isVisible())
        return ()

    def _tenth_key(self) -> None:
        if self.slow.isVisible():
            self.slow_or_restore()
        elif self.discharge.isVisible():
            self.ask_discharge()
        elif self.dose.isVisible():
            self.ask_dose()

    @Slot()
    def _ask(self) -> None:
        self.asked.emit(str(self.sender().property("panel")))

    @Slot()
    def ask_discharge(self) -> None:
        """Open the discharge criteria."""
        self.asked.emit("discharge")

    @Slot()
    def ask_dose(self) -> None:
        """Open the next dose."""
        self.asked.emit("dose")

    @Slot()
    def ask_line(self) -> None:
        """Open what is seen at the line."""
        self.asked.emit("line")

    @Slot()
    def take_or_abort(self) -> None:
        """Start a blood-pressure determination, or abort the one in progress."""
        busy = self._state.bp_state in (BpState.REQUESTED, BpState.MEASURING)
        self.intended.emit(AbortBp(t_ns=0, by="") if busy else TakeBp(t_ns=0, by=""))

    @Slot()
    def toggle_schedule(self) -> None:
        """Let the schedule start determinations, or stop letting it; the record then tells."""
        self.arm_bp.setChecked(self._state.bp_armed)
        self.intended.emit(ArmBpSchedule(t_ns=0, by="", armed=not self._state.bp_armed))

    @Slot()
    def toggle_arm(self) -> None:
        """Say that cuff and oximeter are on the same arm, or no longer; the record then tells."""
        self.same_arm.setChecked(self._state.same_arm)
        self.intended.emit(SetSameArm(t_ns=0, by="", same=not self._state.same_arm))

    @Slot()
    def slow_or_restore(self) -> None:
        """Slow the infusion, or give it its full rate again."""
        slowed = self._state.delivery is not None and self._state.delivery.percent != 100
        percent = 100 if slowed else self._slow_percent()
        self.intended.emit(SlowInfusion(t_ns=0, by="", percent=percent))

    @Slot()
    def _pause(self) -> None:
        self.intended.emit(PauseInfusion(t_ns=0, by=""))

    @Slot()
    def _resume(self) -> None:
        self.intended.emit(ResumeInfusion(t_ns=0, by=""))

    @Slot()
    def _stop(self) -> None:
        self.intended.emit(StopInfusion(t_ns=0, by=""))


def _action(words: str, key: str) -> QPushButton:
    button = QPushButton(f"{words}\n{key}")
    button.setAccessibleName(words)
    theme.style(button, kind="action")
    return button


def _say(button: QPushButton, text: str) -> None:
    if button.text() != text:
        button.setText(text)
        button.setAccessibleName(text.partition("\n")[0])
