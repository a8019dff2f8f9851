"""The middle of a session's page: its trends over its tables, with one moment that both share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
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
from app.review.depths import Depths
from app.review.lanes.lane import Picked
from app.review.moment import moment_at
from app.review.page_tabs import PAGE, add_tabs
from app.review.provenance_card import ProvenanceCard
from app.review.provenance_words import provenance_of
from app.review.record_table import RecordTable
from app.review.rows import Row
from app.review.trend_view import TrendView
from app.reviewing.provenance import NumberedEvent, Origin, OriginSource
from app.reviewing.wave_track import WaveSource

TRAIL = "Trail"

SETTLE_MS = 120
"""Tables are dimmed this long after the span in view stopped changing."""

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
    """Plots with a cursor above, tables below; told what to show. Whoever owns it places `card`.

    A row that is chosen moves the cursor and brings its moment into view; the cursor chooses the
    nearest row of the table that is shown. Rows out of view are dim, or left out when only what is
    in view is asked for.

    Signals:
        trail_wanted: the trail is turned to: answer with `show_trail`.
        card_wanted: a point was clicked: show `card`, which says where it came from.
    """

    trail_wanted = Signal()
    card_wanted = Signal()

    def __init__(
        self,
        waves: WaveSource | None = None,
        origins: OriginSource | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """`waves` and `origins` are asked once a session is shown; None: there are none."""
        super().__init__(Qt.Orientation.Vertical, parent)
        self.depths = Depths(waves, origins, self)
        self.values = QLabel()
        self.values.setTextFormat(Qt.TextFormat.RichText)
        self.values.setAccessibleName("values at the cursor")
        self.values.setMinimumWidth(1)
        self.values.setWordWrap(True)  # a number cut off would be another number
        self.view = TrendView()
        self.tables = {
            name: RecordTable(name.lower(), headings, widest)
            for name, headings, widest, _ in TABLES
        }
        self.trail = RecordTable("trail", trail_page.HEADINGS, trail_page.WIDEST)
        self.stack = QStackedWidget()
        self.only_in_view = QPushButton("In view")
        self.only_in_view.setAccessibleName("only what is in view")
        self.only_in_view.setToolTip("List only what lies within the span that the plots show")
        self.only_in_view.setCheckable(True)
        theme.style(self.only_in_view, kind="desk")
        self.card = ProvenanceCard()
        self.card.hide()
        self._counts: dict[str, str] = {}
        self.rows_show_card = True
        self._opened: OpenedSession | None = None
        self._told: tuple[NumberedEvent, ...] = ()
        self._waves_due = False
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._dim_tables)
        self.setChildrenCollapsible(False)
        self.addWidget(self._make_upper())
        self._lower = self._make_lower()
        self.addWidget(self._lower)
        self.setSizes([700, 270])
        self._connect()

    @property
    def opened(self) -> OpenedSession | None:
        """The session shown."""
        return self._opened

    def _connect(self) -> None:
        self.view.cursor_line.moved.connect(self._follow_cursor)
        self.view.window_changed.connect(self._settle_soon)
        self.view.picked.connect(self._find_origin)
        self.view.bar.tables_wanted.connect(self._lower.setVisible)
        self.view.canvas.drawn.connect(self._read_waves_soon)
        self.only_in_view.toggled.connect(self._dim_tables)
        for table in self.tables.values():
            table.moment_chosen.connect(self._go_to_row)
            table.row_pressed.connect(self._find_origin_of_row)
        self.depths.waves_read.connect(self.view.show_waves)
        self.depths.waves_missing.connect(self.view.show_no_waves)
        self.depths.origin_found.connect(self._show_origin)
        self.depths.origin_missing.connect(self.card.say)

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
        tabs.setSpacing(theme.GRID_PX // 2)
        pages = [*self.tables.items(), (TRAIL, self.trail)]
        self.tabs = add_tabs(tabs, self.stack, pages, self._turn)
        tabs.addStretch(1)
        tabs.addWidget(self.only_in_view)
        self.tabs["Events"].setChecked(True)
        column.addWidget(self.stack, 1)
        return lower

    def show_session(self, opened: OpenedSession) -> None:
        """Show `opened`, with the cursor at the start of the drug; read again: where it stood."""
        before, place = self._opened, self.view.window_shown
        self._opened = opened
        again = before is not None and before.line.session == opened.line.session
        at_ns = self.view.cursor_line.t_ns if again else opened.state.infusion_started_ns or 0
        if not again:
            self.card.closed.emit()
        self.depths.forget()
        self._told = tuple(
            NumberedEvent(number=number, event=event)
            for number, event in zip(opened.numbers, opened.events, strict=False)
        )
        self._waves_due = True
        self.view.show_session(opened)
        for name, _, _, rows in TABLES:
            found = rows(opened)
            self.tables[name].show_rows(found)
            self._counts[name] = f"{name} {len(found)}"
            self.tabs[name].setAccessibleName(self._counts[name])
        self._word_tabs(self.width())
        if again and not place.is_whole:
            self.view.show_span(place.start_ns, place.end_ns)
        self.go_to(at_ns)
        if self.tabs[TRAIL].isChecked():
            self.trail_wanted.emit()

    def show_trail(self, lines: Sequence[TrailLine]) -> None:
        """Show who looked at the session or took a copy of it, newest first."""
        self.trail.show_rows(trail_page.trail_rows(lines))

    def allow_trail(self, *, allowed: bool) -> None:
        """Let the trail be turned to, or hide it."""
        self.tabs[TRAIL].setVisible(allowed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the counts out of the names of the tables where they have no room."""
        super().resizeEvent(event)
        self._word_tabs(self.width())

    @property
    def least_px(self) -> int:
        """Width at which the names of the tables, without counts, are whole."""
        self._word_tabs(0)
        least = self._tabs_px()
        self._word_tabs(self.width())
        return least

    def _word_tabs(self, room_px: int) -> None:
        for name, words in self._counts.items():
            self.tabs[name].setText(words)
        if self._tabs_px() > room_px:
            for name in self._counts:
                self.tabs[name].setText(name)

    def _tabs_px(self) -> int:
        buttons = [*self.tabs.values(), self.only_in_view]
        return sum(one.sizeHint().width() + theme.GRID_PX // 2 for one in buttons)

    @Slot()
    def _read_waves_soon(self) -> None:
        """The first picture stands: now there is time for waveforms."""
        if self._waves_due:
            self._waves_due = False
            QTimer.singleShot(0, self, self._read_waves)

    @Slot()
    def _read_waves(self) -> None:
        if self._opened is not None:
            self.depths.read_waves(self._opened.line.session)

    def finish(self) -> None:
        """Wait for what is still read."""
        self._waves_due = False
        self._settle.stop()
        self.depths.finish()

    @Slot(object)
    def go_to(self, t_ns: int) -> None:
        """Stand at session time `t_ns`, in ns, kept within the session; in plots and table."""
        self.view.show_moment(t_ns)
        self._follow_cursor(self.view.cursor_line.t_ns)

    @Slot(object)
    def _go_to_row(self, t_ns: int) -> None:
        """A row was chosen: stand at its moment; the row itself stays the one chosen."""
        self.view.show_moment(t_ns)
        self._show_values()

    @Slot(object, object)
    def show_span(self, start_ns: int, end_ns: int) -> None:
        """Show the session from `start_ns` to `end_ns`, with the cursor at its beginning."""
        self.view.show_span(start_ns, end_ns)
        self.go_to(min(start_ns, end_ns))

    def fit(self) -> None:
        """Take the sizes and colours in force."""
        for table in (*self.tables.values(), self.trail):
            table.fit()
        self.view.draw()
        self._show_values()

    @Slot()
    def _turn(self) -> None:
        name = str(self.sender().property(PAGE))
        self.stack.setCurrentWidget(self.trail if name == TRAIL else self.tables[name])
        if name == TRAIL:
            self.trail_wanted.emit()

    @Slot(object)
    def _follow_cursor(self, t_ns: int) -> None:
        """Choose the nearest row of the table that is shown, and say the values there."""
        table = self.stack.currentWidget()
        if isinstance(table, RecordTable) and table is not self.trail:
            table.choose_nearest(t_ns)
        self._show_values()

    @Slot()
    def _settle_soon(self) -> None:
        """Dim the tables once the plots stand still: no frame of a gesture pays for them."""
        self._settle.start()

    @Slot()
    def _dim_tables(self) -> None:
        window = self.view.window_shown
        for table in self.tables.values():
            table.show_span(window.start_ns, window.end_ns, only=self.only_in_view.isChecked())

    @Slot(object)
    def _find_origin(self, picked: Picked) -> None:
        """Show where what was clicked came from."""
        opened = self._opened
        if opened is None or not self.depths.finds_origins:
            return
        self.card.wait()
        self.card_wanted.emit()
        self.depths.find_origin(opened.line.session, picked, self._told)

    @Slot(object)
    def _find_origin_of_row(self, row: Row) -> None:
        """Show where what a row speaks of came from, where nothing else is being worked at."""
        if row.number is not None and self.rows_show_card:
            self._find_origin(Picked(t_ns=row.t_ns, number=row.number))

    @Slot(object)
    def _show_origin(self, origin: Origin) -> None:
        if self._opened is not None:
            self.card.show_provenance(provenance_of(self._opened, origin))

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
