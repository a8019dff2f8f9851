"""One-touch events in the user's words; how strong it is may follow."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from app import theme
from app.bedside.entry_panel import EntryPanel, tighten
from app.bedside.fields import ChoiceRow, wrapped_label
from app.bedside.term_button import make_term_button
from app.history import History
from app.state import ViewState
from protocols.definition import QuickEvent
from protocols.events import EnterValue, RecordEvent

COLUMNS, URGENT_COLUMNS, GRID_COLUMNS = 3, 2, 6

TWICE_NS = 700_000_000
"""The same event touched again within this time is the second half of a double click."""

LINE_LETTERS = {False: 14, True: 20}
"""A label longer than this is broken over lines (urgent ones have more room)."""


class EventPanel(EntryPanel):
    """A grid of the protocol's quick events. A touch records at once, with its time."""

    title = "Event"
    refusable = (RecordEvent, EnterValue)
    listed_kinds = ("event",)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout()
        self._grid.setSpacing(theme.GRID_PX)
        for column in range(GRID_COLUMNS):
            self._grid.setColumnStretch(column, 1)
        self.body.addLayout(self._grid)
        self.buttons: dict[str, QPushButton] = {}
        self._events: tuple[QuickEvent, ...] = ()
        self._asked: QuickEvent | None = None
        self._now_ns = 0
        self._last: tuple[str, int] = ("", -TWICE_NS)
        self.question = wrapped_label()
        self.severity = ChoiceRow(
            "how strong", [(str(n), str(n)) for n in range(11)], columns=6, follows_record=True
        )
        tighten(self.severity)
        self.severity.chosen.connect(self._grade)
        self.body.addWidget(self.question)
        self.body.addWidget(self.severity)
        self._show_question(None)

    def first_field(self) -> QWidget | None:
        """The first event."""
        return next(iter(self.buttons.values()), None)

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Offer the events of the protocol in force."""
        self._now_ns = now_ns
        events = () if state.definition is None else state.definition.quick_events
        if events == self._events:
            return
        self._events = events
        for button in self.buttons.values():
            self._grid.removeWidget(button)
            button.deleteLater()
        self.buttons = {}
        for event in sorted(events, key=lambda one: not one.urgent):
            letters = LINE_LETTERS[event.urgent]
            button = make_term_button(event.id, event.label, letters, urgent=event.urgent)
            button.clicked.connect(self._touched)
            self.buttons[event.id] = button

        urgent = [self.buttons[event.id] for event in events if event.urgent]
        usual = [self.buttons[event.id] for event in events if not event.urgent]
        self._place(urgent, URGENT_COLUMNS, 0)
        self._place(usual, COLUMNS, -(-len(urgent) // URGENT_COLUMNS))

    def _place(self, buttons: list[QPushButton], columns: int, first_row: int) -> None:
        span = GRID_COLUMNS // columns
        for index, button in enumerate(buttons):
            row, column = first_row + index // columns, index % columns
            self._grid.addWidget(button, row, column * span, 1, span)

    @Slot()
    def _touched(self) -> None:
        term = str(self.sender().property("term"))
        before, at_ns = self._last
        if term == before and self._now_ns - at_ns < TWICE_NS:
            return
        self._last = (term, self._now_ns)
        self.send(RecordEvent(t_ns=0, by="", term=term))
        event = next((one for one in self._events if one.id == term), None)
        self._show_question(event if event is not None and event.asks_severity else None)

    def _show_question(self, event: QuickEvent | None) -> None:
        self._asked = event
        words = "" if event is None else f"{event.label}: how strong, 0 to 10? (may be left out)"
        theme.set_text(self.question, words)
        self.question.setVisible(event is not None)
        self.severity.setVisible(event is not None)

    @Slot(str)
    def _grade(self, score: str) -> None:
        event = self._asked
        if event is None:
            return
        if event.vital is not None:
            self.send(EnterValue(t_ns=0, by="", vital=event.vital, value=float(score)))
        else:
            self.send(RecordEvent(t_ns=0, by="", term=event.id, severity=int(score)))
        self._show_question(None)
