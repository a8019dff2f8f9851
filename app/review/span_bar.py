"""Buttons over a session's plots: which span is shown, which lanes, and whether tables are."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QWidget

from app import theme
from app.plots.time_window import TimeWindow
from app.records.catalogue import OpenedSession
from app.review.lanes.lane import Lane
from app.review.rows import clock_text, span_text
from protocols.events import Phase
from protocols.vitals import NS_PER_S

_MARGIN = 0.02
"""Room on both sides of a phase that is shown, as a share of its length."""


class SpanBar(QWidget):
    """Whole, Infusion, Recovery, closer, farther, which lanes; and the span in words.

    Signals:
        span_wanted: first and last moment to show (two objects, session time in ns).
        whole_wanted: show all of the session.
        zoom_wanted: make the span so many times as long (a float).
        lanes_wanted: keys of the lanes to leave out (a frozenset).
        tables_wanted: whether the tables are to be shown.
    """

    span_wanted = Signal(object, object)
    whole_wanted = Signal()
    zoom_wanted = Signal(float)
    lanes_wanted = Signal(object)
    tables_wanted = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, clear=True)
        self.whole = _button("Whole", "The whole session (key 0)")
        self.infusion = _button("Infusion", "From the start of the drug to its end")
        self.recovery = _button("Recovery", "From the end of the drug to discharge")
        self.closer = _button("+", "Closer (key +, or the wheel)", "closer")
        self.farther = _button("−", "Farther (key −, or the wheel)", "farther")
        self.lanes = _button("Lanes", "Which lanes are shown")
        self.tables = _button("Tables", "Show the tables below, or give their room to the plots")
        self.tables.setCheckable(True)
        self.tables.setChecked(True)
        self.said = QLabel()
        self.said.setAccessibleName("span in view")
        self.said.setMinimumWidth(1)
        theme.style(self.said, role="small", tone="dim")
        self._menu = QMenu(self)
        self.lanes.setMenu(self._menu)
        self.lane_actions: dict[str, QAction] = {}
        self._opened: OpenedSession | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for button in (self.whole, self.infusion, self.recovery, self.closer, self.farther):
            row.addWidget(button)
        row.addWidget(self.said, 1)
        row.addWidget(self.lanes)
        row.addWidget(self.tables)
        self.whole.clicked.connect(self.whole_wanted)
        self.infusion.clicked.connect(self._ask_infusion)
        self.recovery.clicked.connect(self._ask_recovery)
        self.closer.clicked.connect(self._ask_closer)
        self.farther.clicked.connect(self._ask_farther)
        self.tables.toggled.connect(self.tables_wanted)

    def show_session(self, opened: OpenedSession, lanes: tuple[Lane, ...]) -> None:
        """Offer what `opened` has; the lanes left out before stay left out."""
        self._opened = opened
        self.infusion.setEnabled(opened.state.infusion_started_ns is not None)
        self.recovery.setEnabled(_recovery(opened) is not None)
        hidden = self.hidden()
        self._menu.clear()
        self.lane_actions = {}
        for lane in lanes:
            action = QAction(lane.title or lane.key, self._menu)
            action.setCheckable(True)
            action.setChecked(lane.key not in hidden)
            action.toggled.connect(self._ask_lanes)
            self._menu.addAction(action)
            self.lane_actions[lane.key] = action

    def hidden(self) -> frozenset[str]:
        """The keys of the lanes that are left out."""
        return frozenset(key for key, action in self.lane_actions.items() if not action.isChecked())

    def show_window(self, window: TimeWindow) -> None:
        """Say which span is in view."""
        if self._opened is None:
            return
        first, last = (clock_text(self._opened, t) for t in (window.start_ns, window.end_ns))
        theme.set_text(self.said, f"{first} to {last}, {span_text(window.span_ns)}")

    @Slot()
    def _ask_infusion(self) -> None:
        opened = self._opened
        if opened is not None and opened.state.infusion_started_ns is not None:
            ended = opened.state.infusion_ended_ns
            self._ask(opened.state.infusion_started_ns, opened.end_ns if ended is None else ended)

    @Slot()
    def _ask_recovery(self) -> None:
        found = None if self._opened is None else _recovery(self._opened)
        if found is not None:
            self._ask(*found)

    def _ask(self, start_ns: int, end_ns: int) -> None:
        room = round(_MARGIN * (end_ns - start_ns))
        self.span_wanted.emit(start_ns - room, end_ns + room)

    @Slot()
    def _ask_closer(self) -> None:
        self.zoom_wanted.emit(0.5)

    @Slot()
    def _ask_farther(self) -> None:
        self.zoom_wanted.emit(2.0)

    @Slot()
    def _ask_lanes(self) -> None:
        self.lanes_wanted.emit(self.hidden())


def _recovery(opened: OpenedSession) -> tuple[int, int] | None:
    """From the end of the drug to the end of recovery, ns; None where there was none."""
    spans = [span for span in opened.history.phases if span.phase is Phase.RECOVERY]
    if not spans:
        return None
    end_s = spans[-1].end_s
    end_ns = opened.end_ns if end_s is None else round(end_s * NS_PER_S)
    return round(spans[0].start_s * NS_PER_S), end_ns


def _button(words: str, tip: str, name: str = "") -> QPushButton:
    button = QPushButton(words)
    button.setToolTip(tip)
    button.setAccessibleName(name or words)
    theme.style(button, kind="desk")
    return button
