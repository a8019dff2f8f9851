"""The side panel: where questions open, beside numerics, plots and alarms, never over them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.account_panel import AccountPanel
from app.bedside.alarm_panel import AlarmPanel
from app.bedside.amend_panel import AmendPanel
from app.bedside.by_hand_panel import ByHandPanel
from app.bedside.checks_panel import ChecksPanel
from app.bedside.discharge import DischargePanel
from app.bedside.dosing_panels import DosePanel, LinePanel
from app.bedside.effect_panel import EffectPanel
from app.bedside.entry_panel import EntryPanel
from app.bedside.event_panel import EventPanel
from app.bedside.forecast_panel import ForecastPanel
from app.bedside.limits_panel import LimitsPanel
from app.bedside.more_panel import MorePanel
from app.bedside.rescue_panel import RescuePanel
from app.bedside.scale_panel import ScalePanel
from app.bedside.score_panel import ScorePanel
from app.bedside.skip_panel import SkipPanel
from app.bedside.sound_panel import SoundPanel
from app.bedside.staff_panel import StaffPanel
from app.bedside.written_panels import DrugPanel, HandOverPanel, NotePanel
from app.history import History
from app.printing.press import Press
from app.state import ViewState

WIDTH_TOUCHES = 9
"""Width of the panel in touch sizes: six buttons of a score in a row with their margins."""


class SidePanel(QFrame):
    """One page at a time; Escape or Close puts it away.

    Signals:
        intended: a `Command` from a page.
        closed: the panel was put away.
    """

    intended = Signal(object)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, surface="panel")
        self.pages: dict[str, EntryPanel | DischargePanel] = {
            "alarms": AlarmPanel(),
            "event": EventPanel(),
            "score": ScorePanel(),
            "scales": ScalePanel(),
            "dose": DosePanel(),
            "line": LinePanel(),
            "drug": DrugPanel(),
            "note": NotePanel(),
            "hand-over": HandOverPanel(),
            "by-hand": ByHandPanel(),
            "skip": SkipPanel(),
            "more": MorePanel(),
            "rescue": RescuePanel(),
            "effects": EffectPanel(),
            "checks": ChecksPanel(),
            "staff": StaffPanel(),
            "account": AccountPanel(),
            "limits": LimitsPanel(),
            "forecast": ForecastPanel(),
            "sound": SoundPanel(),
            "correct": AmendPanel(),
            "discharge": DischargePanel(),
        }
        self.heading = QLabel()
        theme.style(self.heading, role="title")
        self.close_button = QPushButton("Close  Esc")
        theme.style(self.close_button, kind="quiet")
        self.close_button.clicked.connect(self.close_page)
        column = QVBoxLayout(self)
        head = QHBoxLayout()
        column.addLayout(head)
        head.addWidget(self.heading, 1)
        head.addWidget(self.close_button)
        self._stack = QStackedWidget()
        theme.style(self._stack, clear="true")
        self._areas: dict[str, QWidget] = {}
        for name, page in self.pages.items():
            self._areas[name] = self._scrolled(page) if isinstance(page, EntryPanel) else page
            self._stack.addWidget(self._areas[name])
            page.intended.connect(self.intended)
        column.setContentsMargins(12, 8, 4, 8)
        column.addWidget(self._stack, 1)
        self._name = ""
        self._last: tuple[ViewState, History, int] = (ViewState(), History(), 0)
        self.hide()
        for page in self.pages.values():
            if isinstance(page, DischargePanel | ScorePanel):
                page.scale_wanted.connect(self._fill_in)
            elif isinstance(page, MorePanel):
                page.page_wanted.connect(self._open_other)

    def _scrolled(self, page: QWidget) -> QScrollArea:
        area = QScrollArea()
        theme.style(area, clear="true")
        theme.style(area.viewport(), clear="true")
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        return area

    def use_press(self, press: Press) -> None:
        """Make the sheets for the patient with `press`."""
        page = self.pages["discharge"]
        if isinstance(page, DischargePanel):
            page.instructions.press = press

    @property
    def name(self) -> str:
        """Name of the open page, or empty."""
        return self._name

    def open_page(self, name: str, state: ViewState, history: History, now_ns: int) -> None:
        """Open the page `name`, draw it, and put the focus into it."""
        page = self.pages[name]
        self._name = name
        theme.set_text(self.heading, page.title)
        self.setAccessibleName(self.heading.text() or name)
        self._stack.setCurrentWidget(self._areas[name])
        self.setFixedWidth(WIDTH_TOUCHES * theme.active_sizes().touch)
        self.show()
        page.render(state, history, now_ns)
        first = page.first_field() if isinstance(page, EntryPanel) else None
        (first or self.close_button).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def open_scale(self, scale: str, state: ViewState, history: History, now_ns: int) -> None:
        """Open the page of scales with `scale` to be filled in."""
        self.open_page("scales", state, history, now_ns)
        page = self.pages["scales"]
        if isinstance(page, ScalePanel):
            page.choose(scale)

    @Slot(str)
    def _open_other(self, name: str) -> None:
        self.open_page(name, *self._last)

    @Slot(str)
    def _fill_in(self, scale: str) -> None:
        self.open_scale(scale, *self._last)

    @Slot()
    def close_page(self) -> None:
        """Put the panel away."""
        self._name = ""
        self.hide()
        self.closed.emit()

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Draw the open page; nothing while none is open."""
        self._last = (state, history, now_ns)
        if self._name:
            self.pages[self._name].render(state, history, now_ns)
