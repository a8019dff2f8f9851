"""The desk of the alarm burden: how many alarms, how short, how soon answered; nobody is named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.fields import show_text, wrapped_label
from app.qa.cell_table import CellTable
from app.qa.filter_bar import FilterBar
from app.qa.week_bars import WeekBars
from app.review.desks import OpenSession
from app.review.page_tabs import PAGE, add_tabs
from app.review.record_table import RecordTable
from app.review.rows import Row
from app.review.work import Work
from app.review.work_bar import WorkBar
from app.reviewing.alarm_burden import (
    DEFINITIONS,
    BurdenReader,
    CountedSession,
    Cross,
    Group,
    Listed,
    Narrowing,
    Span,
    by_room,
    by_rule,
    by_span,
    listed,
    narrowed,
    only,
    room_by_rule,
    span_by_rule,
)
from app.reviewing.burden_report import COLUMNS, HEADINGS, gaps, headline, rows_of
from app.theme import PRIORITY_SIGNS, Theme
from protocols.events import Priority
from protocols.vitals import NS_PER_S

ROOM, RULE, TIME = "By room", "By rule", "By week or month"
ROOM_RULE, TIME_RULE, MEANING = "Rule by room", "Rule by week or month", "What it means"
NOTHING_YET = "Nothing is counted yet."
MOST_LISTED = 2_000
"""Occurrences listed at once; how many there are is said."""

_LIST_HEAD = ("session", "session time", "rule", "lasted", "what became of it")

SaveFile = Callable[[QWidget, str, str, str], str]
"""Asks for a file to write: title, proposed name and pattern; empty: not."""


def ask_to_save(parent: QWidget, title: str, proposed: str, pattern: str) -> str:
    """Ask with the system's file dialog."""
    return QFileDialog.getSaveFileName(parent, title, proposed, pattern)[0]


class BurdenDesk(QWidget):
    """Tables on the left, bars over the weeks and the occurrences of a cell on the right."""

    def __init__(
        self,
        reader: BurdenReader,
        open_session: OpenSession,
        *,
        save_file: SaveFile = ask_to_save,
    ) -> None:
        """Count what `reader` reads; sessions are shown through `open_session`."""
        super().__init__()
        self._reader = reader
        self._open_session = open_session
        self._save_file = save_file
        self.read: Sequence[CountedSession] = ()
        self.sessions: list[CountedSession] = []
        self.occurrences: list[Listed] = []
        self.filter = FilterBar()
        self.priority = QComboBox()
        self.priority.setAccessibleName("priority")
        self.priority.addItem("Any priority", None)
        for priority in sorted(Priority, key=lambda one: -one.rank):
            sign = PRIORITY_SIGNS[priority]
            self.priority.addItem(f"{sign.mark} {sign.word}", priority)
        self.span = QComboBox()
        self.span.setAccessibleName("put together by")
        for span in Span:
            self.span.addItem(f"By {span}", span)
        self.save = QPushButton("Save")
        self.stop = QPushButton("Stop")
        self.progress = WorkBar("reading alarms", "reading")
        self.head = wrapped_label(NOTHING_YET, name="what is counted")
        theme.style(self.head, role="title")
        self.message = wrapped_label(name="message")
        self.tables = {
            name: CellTable(f"burden {name.lower()}")
            for name in (ROOM, RULE, TIME, ROOM_RULE, TIME_RULE)
        }
        self.meaning = QPlainTextEdit("\n\n".join(DEFINITIONS))
        self.meaning.setReadOnly(True)
        self.meaning.setTabChangesFocus(True)
        self.meaning.setAccessibleName("what the figures mean")
        self.bars = WeekBars()
        self.list_words = wrapped_label(
            "Choose a cell to list what it counts.", name="what is listed"
        )
        theme.style(self.list_words, tone="dim")
        self.list = RecordTable("occurrences", _LIST_HEAD, 0)
        self.stack = QStackedWidget()
        self._groups: dict[str, list[Group]] = {}
        self._crosses: dict[str, Cross] = {}
        self.work = Work(self)
        self._lay_out()
        self._connect()
        self.look_again()

    # -- layout ---------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID_PX)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(theme.GRID_PX)
        row.addWidget(self.filter, 1)
        for widget in (self.priority, self.span, self.save):
            row.addWidget(widget)
        self._working = QWidget()
        column.addWidget(self._working)
        working = QHBoxLayout(self._working)
        working.setContentsMargins(0, 0, 0, 0)
        working.addWidget(self.progress, 1)
        working.addWidget(self.stop)
        column.addWidget(self.message)
        column.addWidget(self.head)
        tabs = QHBoxLayout()
        column.addLayout(tabs)
        self._add_tabs(tabs)
        parts = QSplitter()
        parts.setChildrenCollapsible(False)
        column.addWidget(parts, 1)
        parts.addWidget(self.stack)
        side = QSplitter(Qt.Orientation.Vertical)
        side.setChildrenCollapsible(False)
        parts.addWidget(side)
        side.addWidget(self.bars)
        below = QWidget()
        side.addWidget(below)
        side.setSizes([240, 400])
        listing = QVBoxLayout(below)
        listing.setContentsMargins(0, 0, 0, 0)
        listing.addWidget(self.list_words)
        listing.addWidget(self.list, 1)
        parts.setStretchFactor(0, 3)
        parts.setStretchFactor(1, 2)

    def _add_tabs(self, row: QHBoxLayout) -> None:
        row.setSpacing(theme.GRID_PX)
        pages: tuple[tuple[str, QWidget], ...] = (*self.tables.items(), (MEANING, self.meaning))
        self.tabs = add_tabs(row, self.stack, pages, self._turn)
        row.addStretch(1)
        self.tabs[ROOM].setChecked(True)

    def _connect(self) -> None:
        self.filter.changed.connect(self._count)
        self.priority.currentIndexChanged.connect(self._count)
        self.span.currentIndexChanged.connect(self._count)
        self.save.clicked.connect(self._save)
        self.stop.clicked.connect(self.work.stop)
        self.work.progressed.connect(self.progress.show_share)
        self.work.done.connect(self._show_read)
        self.work.failed.connect(self._fail)
        self.list.activated.connect(self._open)
        for name in (ROOM, RULE, TIME):
            self.tables[name].cell_chosen.connect(partial(self._choose_group, name))
        for name in (ROOM_RULE, TIME_RULE):
            self.tables[name].cell_chosen.connect(partial(self._choose_cell, name))

    @Slot()
    def _turn(self) -> None:
        self.turn_to(str(self.sender().property(PAGE)))

    def turn_to(self, page: str) -> None:
        """Show the table of that name."""
        self.tabs[page].setChecked(True)
        self.stack.setCurrentIndex(list(self.tabs).index(page))

    # -- reading --------------------------------------------------------------------------------

    @Slot()
    def look_again(self) -> None:
        """Read every alarm anew."""
        if not self.work.busy:
            self._say("")
            self.progress.show_share(0.0, -1.0)
            self.work.start(partial(self._reader.read, None, None))
            self._show_busy()

    def _show_busy(self) -> None:
        self._working.setVisible(self.work.busy)
        self.save.setEnabled(bool(self.sessions) and not self.work.busy)

    @Slot(object)
    def _show_read(self, result: object) -> None:
        if isinstance(result, str):
            self._say(result)
        elif isinstance(result, list):
            self.read = result
            self.filter.offer((one.room for one in result), (one.protocol for one in result))
            self._count()
            self._say("\n".join(gaps(result)[:5]), trouble=True)
        else:
            self._say("Stopped before all was read: nothing new is counted.", trouble=True)
        self._show_busy()

    @Slot(str)
    def _fail(self, words: str) -> None:
        self._say(words, trouble=True)
        self._show_busy()

    def _say(self, words: str, *, trouble: bool = False) -> None:
        theme.style(self.message, tone="attention" if trouble else "text", strong=trouble)
        show_text(self.message, words)

    # -- counting -------------------------------------------------------------------------------

    @property
    def narrowing(self) -> Narrowing:
        """What is asked for."""
        return Narrowing(
            since=self.filter.first_day,
            until=self.filter.last_day,
            room=str(self.filter.room.currentData() or ""),
            protocol=str(self.filter.protocol.currentData() or ""),
            simulated=self.filter.simulated,
            priority=None if self.priority.currentIndex() == 0 else self._priority(),
        )

    def _priority(self) -> Priority:
        return Priority(self.priority.currentData())

    @property
    def chosen_span(self) -> Span:
        """Week or month."""
        return Span(self.span.currentData())

    @Slot()
    def _count(self) -> None:
        """Count what was read anew, as it is asked for."""
        sessions = self.sessions = narrowed(self.read, self.narrowing)
        span = self.chosen_span
        self._groups = {
            ROOM: by_room(sessions),
            RULE: by_rule(sessions),
            TIME: by_span(sessions, span),
        }
        self._crosses = {ROOM_RULE: room_by_rule(sessions), TIME_RULE: span_by_rule(sessions, span)}
        show_text(self.head, headline(sessions) if sessions else "No session is counted.")
        tips = ("", *(meaning for _, meaning in COLUMNS))
        for name, groups in self._groups.items():
            first = name.partition(" ")[2] if name != TIME else span.value
            self.tables[name].show_rows((first, *HEADINGS), rows_of(groups), tips)
        for name, cross in self._crosses.items():
            self.tables[name].show_rows(("rule", *cross.rows), _cross_rows(cross))
        self.bars.show_groups(f"All, by {span}", self._groups[TIME])
        self._list([], "Choose a cell to list what it counts.")
        self._show_busy()

    def _choose_group(self, name: str, row: int, _column: int) -> None:
        group = self._groups[name][row].name
        if name == TIME:
            found = listed(self.sessions, span=self.chosen_span, span_name=group)
        else:
            room, rule = (group, "") if name == ROOM else ("", group)
            found = listed(self.sessions, room=room, rule=rule)
            chosen = only(self.sessions, room=room, rule=rule)
            self.bars.show_groups(f"{group}, by {self.chosen_span}", self._over_time(chosen))
        self._list(found, group)

    def _choose_cell(self, name: str, row: int, column: int) -> None:
        cross = self._crosses[name]
        rule = cross.rules[row]
        if column == 0:
            self._list(listed(self.sessions, rule=rule), rule)
        elif name == ROOM_RULE:
            room = cross.rows[column - 1]
            self._list(listed(self.sessions, rule=rule, room=room), f"{rule}, {room}")
        else:
            span_name = cross.rows[column - 1]
            found = listed(self.sessions, rule=rule, span=self.chosen_span, span_name=span_name)
            self._list(found, f"{rule}, {span_name}")
        self.bars.show_groups(
            f"{rule}, by {self.chosen_span}", self._over_time(only(self.sessions, rule=rule))
        )

    def _over_time(self, sessions: Sequence[CountedSession]) -> list[Group]:
        return by_span(sessions, self.chosen_span)

    def _list(self, found: list[Listed], words: str) -> None:
        self.occurrences = found[:MOST_LISTED]
        if found:
            number = f"{len(found)} occurrence{'' if len(found) == 1 else 's'}"
            words = f"{words}: {number}. Enter or a double click opens the session there."
            if len(found) > MOST_LISTED:
                words += f" The first {MOST_LISTED} are listed."
        show_text(self.list_words, words)
        self.list.show_rows([_list_row(one) for one in self.occurrences])

    @Slot(QModelIndex)
    def _open(self, index: QModelIndex) -> None:
        one = self.occurrences[index.row()]
        self._open_session(one.session.session, one.alarm.raised_ns)

    @Slot()
    def _save(self) -> None:
        pattern = "PDF (*.pdf);;HTML (*.html);;CSV (*.csv)"
        path = self._save_file(self, "Save the burden of alarms", "alarm-burden.pdf", pattern)
        if not path or self.work.busy:
            return
        known = Path(path).suffix.lower() in (".pdf", ".html", ".htm", ".csv")
        target = Path(path) if known else Path(f"{path}.pdf")
        write = partial(
            self._reader.write, tuple(self.sessions), self.narrowing, self.chosen_span, target
        )
        self.work.start(lambda _go_on: write())
        self._show_busy()

    def dress(self, _look: Theme) -> None:
        """Take the colours and sizes in force."""
        for table in self.tables.values():
            table.fit()
        self.list.fit()
        self.bars.update()

    def finish(self) -> None:
        """End what still works."""
        self.work.finish()


def _cross_rows(cross: Cross) -> list[tuple[str, ...]]:
    return [(rule, *(_cell(cross, row, rule) for row in cross.rows)) for rule in cross.rules]


def _cell(cross: Cross, row: str, rule: str) -> str:
    count, rate = cross.count(row, rule), cross.per_hour(row, rule)
    if not count or rate is None:
        return str(count) if count or rate is not None else "-"
    return f"{count} ({rate:.2f}/h)"


def _list_row(one: Listed) -> Row:
    alarm = one.alarm
    seconds = alarm.raised_ns // NS_PER_S
    return Row(
        t_ns=alarm.raised_ns,
        cells=(
            one.session.session,
            f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}",
            alarm.rule,
            f"{alarm.lasted_ns / NS_PER_S:.0f} s",
            str(alarm.fate),
        ),
    )
