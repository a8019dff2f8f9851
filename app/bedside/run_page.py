"""The screen while the drug runs and after: all that must be seen and done, at once."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app import theme
from app.bedside.action_bar import ActionBar
from app.bedside.alarm_panel import AlarmPanel
from app.bedside.banner import AlarmBanner
from app.bedside.bp_tile import BpTile
from app.bedside.confirm_bar import ConfirmBar
from app.bedside.cover import StoppedCover, Watermark
from app.bedside.due_list import DueList
from app.bedside.flag_bar import FlagBar
from app.bedside.header import Header
from app.bedside.lock_strip import is_locked
from app.bedside.numeric_tile import NumericTile
from app.bedside.person_side import PersonSide
from app.bedside.phase_bar import PhaseBar
from app.bedside.pump_line import PumpLine
from app.bedside.scores_tile import ScoresTile
from app.bedside.section import refusal_words
from app.bedside.side_panel import SidePanel
from app.bedside.wording import link_words, why_missing
from app.forecasting import Forecaster
from app.history import History
from app.plots.session_trends import SessionTrends
from app.plots.sweep import SweepStrip
from app.state import ViewState
from protocols.vitals import NS_PER_S, VITALS, Vital

REFUSAL_SHOWN_NS = 20 * NS_PER_S
"""How long a refused action stays above the actions."""

PANEL_KEYS: dict[int, str] = {
    Qt.Key.Key_F6: "event",
    Qt.Key.Key_F7: "score",
    Qt.Key.Key_F8: "drug",
    Qt.Key.Key_F9: "note",
}
CTRL_KEYS: dict[int, str] = {
    Qt.Key.Key_H: "hand-over",
    Qt.Key.Key_B: "by-hand",
    Qt.Key.Key_S: "scales",
    Qt.Key.Key_L: "line",
    Qt.Key.Key_K: "account",
    Qt.Key.Key_M: "more",
    Qt.Key.Key_R: "rescue",
    Qt.Key.Key_D: "correct",
    Qt.Key.Key_E: "effects",
    Qt.Key.Key_T: "checks",
    Qt.Key.Key_P: "staff",
    Qt.Key.Key_I: "limits",
    Qt.Key.Key_F: "forecast",
    Qt.Key.Key_O: "sound",
}


class Part(Protocol):
    """A widget that is told what to show."""

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show `state` and `history` at `now_ns`."""


class RunPage(QWidget):
    """Header, alarms, plots and numerics, the due list, the phase, the actions.

    Keys: F1 acknowledge, F2 pause sound, F3 alarms, F4 take or abort BP, F5 automatic BP, F6 to F9
    event, score, drug, note, F10 slow (discharge in recovery), F11 pause or resume, F12 stop (both
    held for a second, or pressed twice within two), Ctrl+H hand over, Ctrl+B by hand, Ctrl+L line,
    Ctrl+K account, Ctrl+S scales, Ctrl+R rescue card, Ctrl+D correct, Ctrl+E side effects,
    Ctrl+T checklists, Ctrl+P who is here, Ctrl+I alarm limits, Ctrl+F forecast, Ctrl+O alarm sound,
    Ctrl+M the rest,
    Ctrl+U same arm, Ctrl+W who is here, Ctrl+Q lock, Escape closes the side panel. While the
    bedside is locked only F2, F3, F12, F11 to pause, F4 to abort and Ctrl+W mean something.

    Attributes:
        person: where somebody says who they are, in the place of the side panel.

    Signals:
        intended: a `Command` with `t_ns` 0 and no `by`.
        person_wanted: somebody wants to say who they are.
        lock_wanted: the person at the bedside leaves it.
    """

    intended = Signal(object)
    person_wanted = Signal()
    lock_wanted = Signal()

    def __init__(self, parent: QWidget | None = None, *, replaying: bool = False) -> None:
        """With `replaying` the page marks itself REPLAY and offers no action."""
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.replaying = replaying
        self.locked = False
        self.header = Header()
        self.banner = AlarmBanner()
        self.strips = {Vital.PLETH: SweepStrip("spo2", "pleth")}
        self.trends = SessionTrends()
        self.bp = BpTile()
        self.heart = NumericTile(Vital.HR, "HR")
        self.bp.forecaster = self.heart.forecaster = Forecaster()
        self.spo2 = NumericTile(Vital.SPO2, "SpO2", beside=Vital.PI)
        self.scores = ScoresTile()
        self.due = DueList()
        self.side = SidePanel()
        self.person = PersonSide(self.side)
        self.refusal = QLabel()
        theme.style(self.refusal, tone="attention", strong=True)
        self.refusal.setWordWrap(True)
        self.refusal.hide()
        self.confirm_bar = ConfirmBar()
        self.flag_bar = FlagBar()
        self.pump = PumpLine()
        self.phase = PhaseBar()
        self.action_bar = ActionBar()
        self.parts: tuple[Part, ...] = (
            self.header,
            self.banner,
            self.bp,
            self.heart,
            self.spo2,
            self.scores,
            self.due,
            self.side,
            self.confirm_bar,
            self.flag_bar,
            self.pump,
            self.phase,
            self.action_bar,
            self.trends,
        )
        self._lay_out()
        self.cover = StoppedCover(self)
        self.watermark = Watermark("REPLAY", self.centre)
        self._connect()
        self._last: tuple[ViewState, History, int] = (ViewState(), History(), 0)
        if replaying:
            self.show_actions(shown=False)
            self.watermark.show()

    def _lay_out(self) -> None:
        self.centre = QWidget()
        middle = QHBoxLayout(self.centre)
        plots = QVBoxLayout()
        middle.addLayout(plots, 1)
        self.strip_column = QVBoxLayout()
        plots.addLayout(self.strip_column, 2)
        self.strip_column.setSpacing(4)
        for strip in self.strips.values():
            self.strip_column.addWidget(strip)
        plots.setSpacing(4)
        plots.addWidget(self.trends, 11)
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(theme.GRID_PX)
        middle.addWidget(self.side)
        middle.addWidget(self.person)
        middle.addWidget(self._numerics())
        page = QVBoxLayout(self)
        page.setContentsMargins(theme.GRID_PX, 4, theme.GRID_PX, theme.GRID_PX)
        page.setSpacing(theme.GRID_PX)
        page.addWidget(self.header)
        page.addWidget(self.banner)
        page.addWidget(self.centre, 1)
        for widget in (self.flag_bar, self.confirm_bar, self.refusal):
            page.addWidget(widget)
        for part in (self.pump, self.phase, self.action_bar):
            page.addWidget(part)

    def _numerics(self) -> QFrame:
        self.numerics = QFrame()
        column = QVBoxLayout(self.numerics)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.bp, 5)
        pair = QHBoxLayout()
        column.addLayout(pair, 5)
        pair.setSpacing(4)
        pair.addWidget(self.heart, 1)
        pair.addWidget(self.spo2, 1)
        column.addWidget(self.scores, 2)
        column.addWidget(self.due, 4)
        return self.numerics

    def _connect(self) -> None:
        for source in (self.banner, self.bp, self.side, self.confirm_bar, self.action_bar):
            source.intended.connect(self._intend)
        self.flag_bar.intended.connect(self._intend)
        self.action_bar.asked.connect(self.open_panel)
        self.due.asked.connect(self.open_panel)
        self.banner.asked.connect(self._ask_alarms)
        for side in (self.side, self.person):
            side.closed.connect(self._panel_closed)
        self.header.person_touched.connect(self.person_wanted)
        self.action_bar.sign_in_wanted.connect(self.person_wanted)
        self.person.lock_wanted.connect(self.lock_wanted)

    def show_actions(self, *, shown: bool) -> None:
        """Show what can be done; a replay does so where the window of then is known."""
        self.action_bar.setVisible(shown)
        self.banner.actionable = self.bp.actionable = self.due.actionable = shown
        alarms = self.side.pages["alarms"]
        if isinstance(alarms, AlarmPanel):
            alarms.actionable = shown

    def add_strip(self, vital: Vital, strip: SweepStrip) -> None:
        """Put another sweep under the pleth."""
        self.strips[vital] = strip
        self.strip_column.addWidget(strip)

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Draw `state` and `history` at `now_ns`."""
        self._last = (state, history, now_ns)
        for vital, strip in self.strips.items():
            strip.show_wave(history.waves.get(vital), now_ns, _silence(state, vital, now_ns))
        for part in self.parts:
            part.render(state, history, now_ns)
        self.person.show_person(state.people.person)
        self._show_locked(locked=is_locked(state))
        self._show_refusal(state, now_ns)

    def _show_locked(self, *, locked: bool) -> None:
        """Nothing is entered while locked; vitals, plots and alarms are left as they are."""
        if locked is self.locked:
            return
        self.locked = locked
        entering = (*self.side.pages.values(), self.confirm_bar, self.flag_bar, self.due)
        for part in (*entering, self.banner.acknowledge):
            part.setEnabled(not locked)

    def show_core(self, *, alive: bool) -> None:
        """Cover all but the header while the core gives no life sign."""
        self.cover.show_core(alive=alive, below=self.banner)

    def _show_refusal(self, state: ViewState, now_ns: int) -> None:
        last = state.refusals[-1] if state.refusals else None
        fresh = last is not None and now_ns - last.t_ns < REFUSAL_SHOWN_NS
        if last is not None and fresh:
            theme.set_text(self.refusal, refusal_words(last))
        if self.refusal.isHidden() is fresh:
            self.refusal.setVisible(fresh)

    @Slot(str)
    def open_panel(self, name: str) -> None:
        """Open the side panel at the page `name`; the same page again closes it.

        Of a recorded session only the list of alarms opens, to be read.
        """
        if (self.replaying or self.locked) and name != "alarms":
            return
        self.person.close_side()
        if self.side.name == name:
            self.side.close_page()
        else:
            self.side.open_page(name, *self._last)

    @Slot(str)
    def _ask_alarms(self, alarm: str) -> None:
        if alarm and self.side.name == "alarms":
            self.side.open_page("alarms", *self._last)
        else:
            self.open_panel("alarms")

    @Slot()
    def _panel_closed(self) -> None:
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _intend(self, command: object) -> None:
        if not self.replaying:
            self.intended.emit(command)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys named above; anything else goes on."""
        if self.replaying or event.isAutoRepeat() or not self._key_meant(event):
            super().keyPressEvent(event)

    def _key_meant(self, event: QKeyEvent) -> bool:
        key = event.key()
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if control and key == Qt.Key.Key_W:
            self.person_wanted.emit()
            return True
        if control and key == Qt.Key.Key_Q:
            self.lock_wanted.emit()
            return True
        panel = CTRL_KEYS.get(key) if control else PANEL_KEYS.get(key)
        if panel is not None:
            self.open_panel(panel)
        elif control and key == Qt.Key.Key_U:
            self.action_bar.toggle_arm()
        elif key == Qt.Key.Key_F1:
            self.banner.ask_acknowledge()
        elif key == Qt.Key.Key_F2:
            self.banner.toggle_sound()
        elif key == Qt.Key.Key_F3:
            self.open_panel("alarms")
        elif key == Qt.Key.Key_Escape and not self.person.isHidden():
            self.person.close_side()
        elif key == Qt.Key.Key_Escape and self.side.name:
            self.side.close_page()
        else:
            return self.action_bar.press_key(key)
        return True

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """The keys that are held."""
        if not event.isAutoRepeat():
            self.action_bar.release_key(event.key())
        super().keyReleaseEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the width of the numerics in proportion to their type."""
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Take the sizes in force."""
        sizes = theme.active_sizes()
        self.numerics.setFixedWidth(round(max(6.2 * sizes.giant, 28.5 * sizes.body)))
        layout = self.layout()
        if layout is not None:
            layout.activate()
        self.watermark.setGeometry(self.centre.rect())
        self.cover.place(self.banner)


def _silence(state: ViewState, vital: Vital, now_ns: int) -> str:
    """Why a waveform is not drawn."""
    source = Vital.SPO2 if vital is Vital.PLETH else vital
    name = VITALS[vital].label
    for link in state.links.values():
        if not link.state.is_well and _gives(state, link.device):
            return f"no {name}: {link_words(link.device, link.state)}"
    reason = why_missing(state, state.readings.get(source), now_ns)
    return f"no {name}: {reason}" if reason else f"no {name}"


def _gives(state: ViewState, device: str) -> bool:
    """Whether `device` is where the oximetry of this session comes from."""
    reading = state.last_values.get(Vital.SPO2)
    return reading is not None and reading.source == device
