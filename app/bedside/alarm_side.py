"""The list of alarms beside a page that has no other side panel."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout

from app import theme
from app.bedside.alarm_panel import AlarmPanel
from app.history import History
from app.state import ViewState

WIDTH_TOUCHES = 9
"""Width in touch sizes, as that of the side panel."""


class AlarmSide(QFrame):
    """The list with its heading and a way to close it.

    Signals:
        intended: an `Acknowledge`.
        closed: the list was put away.
    """

    intended = Signal(object)
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        theme.style(self, surface="panel")
        self.setAccessibleName("Alarms")
        self.page = AlarmPanel()
        self.pages = {"alarms": self.page}
        self.page.intended.connect(self.intended)
        heading = QLabel(self.page.title)
        theme.style(heading, role="title")
        self.close_button = QPushButton("Close  Esc")
        theme.style(self.close_button, kind="quiet")
        self.close_button.clicked.connect(self.close_list)
        column = QVBoxLayout(self)
        head = QHBoxLayout()
        column.addLayout(head)
        head.addWidget(heading, 1)
        head.addWidget(self.close_button)
        area = QScrollArea()
        theme.style(area, clear="true")
        theme.style(area.viewport(), clear="true")
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self.page)
        column.setContentsMargins(12, 8, 4, 8)
        column.addWidget(area, 1)
        self._last: tuple[ViewState, History, int] = (ViewState(), History(), 0)
        self.hide()

    @property
    def name(self) -> str:
        """Name of what is open, as of a page of the side panel, or empty."""
        return "" if self.isHidden() else "alarms"

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Draw the list while it is open."""
        self._last = (state, history, now_ns)
        if not self.isHidden():
            self.page.render(state, history, now_ns)

    @Slot()
    def open_list(self) -> None:
        """Show the list, the focus at what can be done about the most urgent alarm."""
        self.setFixedWidth(WIDTH_TOUCHES * theme.active_sizes().touch)
        self.show()
        self.page.render(*self._last)
        (self.page.first_field() or self.close_button).setFocus()

    def open_page(self, _name: str, state: ViewState, history: History, now_ns: int) -> None:
        """Show the list, as of a side panel that has but this page."""
        self._last = (state, history, now_ns)
        self.open_list()

    @Slot()
    def close_page(self) -> None:
        """Put the list away."""
        self.close_list()

    @Slot()
    def close_list(self) -> None:
        """Put the list away."""
        self.hide()
        self.closed.emit()
