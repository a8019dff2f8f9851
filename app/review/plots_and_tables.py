"""The middle of a session's page: its trends over its tables, with one moment that both share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.records.catalogue import OpenedSession, TrailLine
from app.review import (
    account_table,
    alarms_table,
    amendments_table,
    dose_panel,
    events_table,
    observations_table,
    trail_page,
)
from app.review.moment import moment_at
from app.review.record_table import RecordTable
from app.review.rows import Row
from app.review.trend_view import TrendView

TRAIL = "Trail"

TABLES: tuple[tuple[str, tuple[str, ...], int, Callable[[OpenedSession], list[Row]]], ...] = (
    ("Events", events_table.HEADINGS, 2, events_table.event_rows),
    ("Alarms", alarms_table.HEADINGS, 2, alarms_table.alarm_rows),
    ("Dose", dose_panel.HEADINGS, 1, dose_panel.dose_rows),
    ("Account", account_table.HEADINGS, 2, account_table.account_rows),
    ("Added", amendments_table.HEADINGS, 2, amendments_table.amendment_rows),
    ("Observations", observations_table.HEADINGS, 2, observations_table.observation_rows),
)
"""Each table: its tab, its headings, the column that takes what room is left, and its rows."""


class PlotsAndTables(QSplitter):
    """Trends with a cursor above, tables below; told what to show.

    Signals:
        trail_wanted: the trail is turned to: answer with `show_trail`.
    """

    trail_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.values = QLabel()
        self.values.setAccessibleName("values at the cursor")
        self.values.setMinimumWidth(0)
        self.view = TrendView()
        self.tables = {
            name: RecordTable(name.lower(), headings, widest)
            for name, headings, widest, _ in TABLES
        }
        self.trail = RecordTable("trail", trail_page.HEADINGS, trail_page.WIDEST)
        self.stack = QStackedWidget()
        self.tabs: dict[str, QPushButton] = {}
        self._opened: OpenedSession | None = None
        self.setChildrenCollapsible(False)
        self.addWidget(self._make_upper())
        self.addWidget(self._make_lower())
        self.setSizes([600, 360])
        self.view.cursor_line.moved.connect(self._show_moment)
        for table in self.tables.values():
            table.moment_chosen.connect(self.go_to)

    def _make_upper(self) -> QWidget:
        upper = QWidget()
        column = QVBoxLayout(upper)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.values)
        column.addWidget(self.view, 1)
        return upper

    def _make_lower(self) -> QWidget:
        lower = QWidget()
        column = QVBoxLayout(lower)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        tabs = QHBoxLayout()
        column.addLayout(tabs)
        tabs.setSpacing(theme.GRID_PX)
        group = QButtonGroup(self)
        for name, table in [*self.tables.items(), (TRAIL, self.trail)]:
            button = QPushButton(name)
            theme.style(button, kind="action")
            button.setCheckable(True)
            button.setProperty("table", name)
            button.clicked.connect(self._turn)
            group.addButton(button)
            self.tabs[name] = button
            tabs.addWidget(button)
            self.stack.addWidget(table)
        tabs.addStretch(1)
        self.tabs["Events"].setChecked(True)
        column.addWidget(self.stack, 1)
        return lower

    def show_session(self, opened: OpenedSession) -> None:
        """Show `opened`, with the cursor at the start of the drug."""
        self._opened = opened
        self.view.show_session(opened)
        for name, _, _, rows in TABLES:
            found = rows(opened)
            self.tables[name].show_rows(found)
            self.tabs[name].setText(f"{name} {len(found)}")
        self.go_to(opened.state.infusion_started_ns or 0)
        if self.tabs[TRAIL].isChecked():
            self.trail_wanted.emit()

    def show_trail(self, lines: Sequence[TrailLine]) -> None:
        """Show who looked at the session or took a copy of it, newest first."""
        self.trail.show_rows(trail_page.trail_rows(lines))

    def allow_trail(self, *, allowed: bool) -> None:
        """Let the trail be turned to, or hide it."""
        self.tabs[TRAIL].setVisible(allowed)

    @Slot(object)
    def go_to(self, t_ns: int) -> None:
        """Stand at session time `t_ns`, in ns, kept within the session."""
        self.view.cursor_line.show_moment(t_ns)
        self._show_values()

    @Slot(object, object)
    def show_span(self, start_ns: int, end_ns: int) -> None:
        """Show the session from `start_ns` to `end_ns`, with the cursor at its beginning."""
        self.go_to(min(start_ns, end_ns))

    def fit(self) -> None:
        """Take the sizes and colours in force."""
        for table in (*self.tables.values(), self.trail):
            table.fit()
        self.view.draw()
        self._show_values()

    @Slot()
    def _turn(self) -> None:
        name = str(self.sender().property("table"))
        self.stack.setCurrentWidget(self.trail if name == TRAIL else self.tables[name])
        if name == TRAIL:
            self.trail_wanted.emit()

    @Slot(object)
    def _show_moment(self, _t_ns: int) -> None:
        self._show_values()

    def _show_values(self) -> None:
        if self._opened is None:
            return
        at = moment_at(self._opened, self.view.cursor_line.t_ns)
        parts = [
            f"<b>{at.time}</b>",
            at.phase,
            f"BP <b>{at.pressure}</b>",
            f"HR <b>{at.heart}</b>",
            f"SpO2 <b>{at.spo2}</b>",
        ]
        if at.delivered:
            parts.append(f"given <b>{at.delivered}</b>")
        theme.set_text(self.values, " · ".join(parts))
