"""A page of the side panel: something to record, what was refused, what was recorded last."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app import theme
from app.amended import with_correction
from app.bedside.fields import ChoiceRow, show_text, small_label
from app.bedside.section import Refusals
from app.bedside.times import time_of_day
from app.history import History
from app.state import ViewState
from protocols.events import Command, EntryCorrected, ObservationRecorded

RECENT = 4


class EntryPanel(QWidget):
    """Base of the pages: `body` takes what the page asks.

    Signals:
        intended: a `Command`.
    """

    intended = Signal(object)

    title = ""
    refusable: tuple[type[Command], ...] = ()
    """Commands whose refusals are shown here."""
    listed_kinds: tuple[str, ...] = ()
    """Kinds of observation whose last entries are listed below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, clear="true")
        self.setAccessibleName(self.title)
        self.state = ViewState()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID_PX)
        self.body = QVBoxLayout()
        self.body.setSpacing(theme.GRID_PX)
        self.refusals = Refusals(*self.refusable)
        self.recent: QLabel = small_label(name=f"recorded last: {self.title}")
        column.addLayout(self.body)
        column.addWidget(self.refusals)
        column.addWidget(self.recent)
        column.addStretch(1)

    def send(self, command: Command) -> None:
        """Hand over `command`; the screen changes when its event comes back."""
        self.intended.emit(self.refusals.answer(command))

    def reveal(self, widget: QWidget) -> None:
        """Bring `widget` into sight where the page is scrolled, once the layout has settled."""
        place = self.parentWidget()
        area = None if place is None else place.parentWidget()
        if isinstance(area, QScrollArea):
            QTimer.singleShot(0, widget, lambda: area.ensureWidgetVisible(widget))

    def first_field(self) -> QWidget | None:
        """The widget that takes the focus when the page opens."""
        return None

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show refusals and the last entries, then what the page itself shows."""
        self.state = state
        self.refusals.watch(state)
        recorded = [
            (event, history.amended.of(number))
            for number, event in zip(history.numbers[-200:], history.listed[-200:], strict=True)
            if isinstance(event, ObservationRecorded) and event.kind in self.listed_kinds
        ][-RECENT:]
        lines = [entry_words(state, event, correction) for event, correction in reversed(recorded)]
        show_text(self.recent, "Recorded:\n" + "\n".join(lines) if lines else "")
        self.show_state(state, history, now_ns)

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """What the page shows of `state`; nothing by default."""


def tighten(row: ChoiceRow) -> None:
    """Let the buttons of `row` be as narrow as a touch, so that six stand side by side."""
    for button in row.findChildren(QPushButton):
        theme.style(button, kind="action")


def entry_words(
    state: ViewState, event: ObservationRecorded, correction: EntryCorrected | None = None
) -> str:
    """One recorded entry with its time and who: ``14:22 nausea 3 (N. Okafor)``."""
    severity = "" if event.severity is None else f" {event.severity}"
    text = f": {event.text}" if event.text and event.text != event.label else ""
    words = with_correction(f"{event.label}{severity}{text}", correction)
    return f"{time_of_day(state, event.t_ns)}  {words} ({event.by})"
