"""The list of recorded sessions and the fields that narrow it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSignalBlocker,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QListView,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.fields import TextField, show_text, wrapped_label
from app.records.catalogue import Search, SessionLine, Standing
from app.review.rows import span_text
from protocols.vitals import NS_PER_S

AnyIndex = QModelIndex | QPersistentModelIndex
LINE_ROLE = Qt.ItemDataRole.UserRole
_PAD = 10

_ALARM_CHOICES: tuple[tuple[str, bool | None], ...] = (
    ("Alarms: any", None),
    ("With alarms", True),
    ("Without alarms", False),
)


def standing_words(line: SessionLine) -> str:
    """Whether it was simulated, first, where it is never cut off; how it stands; its alarms."""
    words = {
        Standing.CLOSED: "closed",
        Standing.RUNNING: "still running",
        Standing.INTERRUPTED: "INTERRUPTED, not closed",
    }
    simulated = ("SIMULATED",) if line.simulated else ()
    return " · ".join((*simulated, words[line.standing], *_counts(line)))


def _counts(line: SessionLine) -> list[str]:
    parts = []
    if line.alarms:
        parts.append(f"{line.alarms} alarm{'' if line.alarms == 1 else 's'}")
    if line.technical_alarms:
        parts.append(f"{line.technical_alarms} technical")
    return parts


def when_words(line: SessionLine) -> str:
    """Day and time of the start."""
    return "no date" if line.started_at is None else f"{line.started_at:%Y-%m-%d %H:%M}"


class _Lines(QAbstractListModel):
    """The sessions loaded so far; asks for more when the view comes to their end."""

    more_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.lines: list[SessionLine] = []
        self.total = 0

    def show_lines(self, lines: Sequence[SessionLine], total: int) -> None:
        self.beginResetModel()
        self.lines, self.total = list(lines), total
        self.endResetModel()

    def add_lines(self, lines: Sequence[SessionLine]) -> None:
        """Add further sessions; one that began meanwhile moved others down, which are left out."""
        shown = {line.session for line in self.lines}
        new = [line for line in lines if line.session not in shown]
        if not lines:
            self.total = len(self.lines)
        if new:
            last = len(self.lines) + len(new) - 1
            self.beginInsertRows(QModelIndex(), len(self.lines), last)
            self.lines += new
            self.endInsertRows()

    def canFetchMore(self, parent: AnyIndex) -> bool:
        return not parent.isValid() and len(self.lines) < self.total

    def fetchMore(self, parent: AnyIndex) -> None:
        if not parent.isValid():
            self.more_wanted.emit()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self.lines[index.row()]
        if role == LINE_ROLE:
            return line
        if role in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.AccessibleTextRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            name = line.patient or "no patient"
            return f"{name}, {when_words(line)}, {line.protocol}, {standing_words(line)}"
        return None


class _LineDelegate(QStyledItemDelegate):
    """Three lines a session: who, when and what, how it stands."""

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        body = QFontMetrics(theme.font("body")).height()
        small = QFontMetrics(theme.font("small")).height()
        return QSize(0, body + 2 * small + 2 * _PAD)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        line: SessionLine = index.data(LINE_ROLE)
        look = theme.active_theme()
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        area = QRectF(option.rect)
        painter.save()
        painter.fillRect(area, look.colour("accent" if chosen else "panel"))
        strong, quiet = (
            (look.colour("accent_text"), look.colour("accent_text"))
            if chosen
            else (look.colour("text"), look.colour("dim"))
        )
        body, small = theme.font("body", strong=True), theme.font("small")
        top, width = area.top() + _PAD, area.width() - 2 * _PAD
        words = (
            (body, strong, line.patient or "no patient"),
            (small, quiet, f"{when_words(line)} · {_length(line)} · {line.protocol}"),
            (
                small,
                strong if line.standing is not Standing.CLOSED else quiet,
                standing_words(line),
            ),
        )
        for font, colour, text in words:
            metrics = QFontMetrics(font)
            painter.setFont(font)
            painter.setPen(colour)
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(width))
            place = QRectF(area.left() + _PAD, top, width, metrics.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft, shown)
            top += metrics.height()
        painter.setPen(look.colour("line"))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        if chosen and bool(option.state & QStyle.StateFlag.State_HasFocus):
            painter.setPen(look.colour("focus"))
            painter.drawRect(area.adjusted(1, 1, -2, -2))
        painter.restore()


def _length(line: SessionLine) -> str:
    return span_text(round(line.duration_s * NS_PER_S))


class SessionList(QWidget):
    """Fields on top, the sessions found below, or what to do when there is none.

    Signals:
        search_changed: a `Search` to answer with `show_lines`.
        session_chosen: the name of the session to open.
        more_wanted: the end of the sessions shown is reached: answer with `add_lines`.
    """

    search_changed = Signal(object)
    session_chosen = Signal(str)
    more_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.patient = TextField("patient", "Name or MRN")
        self.since = TextField("from day", "from day")
        self.until = TextField("to day", "to day")
        for field in (self.since, self.until):
            field.setToolTip("Day of the start as YYYY-MM-DD, for example 2026-01-31")
        self.protocol = QComboBox()
        self.protocol.setAccessibleName("protocol")
        self.protocol.addItem("Protocol: any", "")
        self.alarms = QComboBox()
        self.alarms.setAccessibleName("alarms")
        for text, value in _ALARM_CHOICES:
            self.alarms.addItem(text, value)
        self.clear = QPushButton("Clear search")
        self.problem = wrapped_label(name="what is wrong with the search")
        theme.style(self.problem, tone="attention", strong=True)
        self.count = QLabel()
        theme.style(self.count, role="small", tone="dim")
        self.empty = wrapped_label(name="no sessions")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._lines = _Lines(self)
        self.view = QListView()
        self.view.setAccessibleName("sessions")
        self.view.setModel(self._lines)
        self.view.setItemDelegate(_LineDelegate(self.view))
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._lay_out()
        self._connect()
        self._asked = Search()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID_PX)
        column.addWidget(self.patient)
        for left, right in ((self.since, self.until), (self.protocol, self.alarms)):
            row = QHBoxLayout()
            column.addLayout(row)
            row.setSpacing(theme.GRID_PX)
            row.addWidget(left, 1)
            row.addWidget(right, 1)
            left.setMinimumWidth(80)
            right.setMinimumWidth(80)
        column.addWidget(self.problem)
        counted = QHBoxLayout()
        column.addLayout(counted)
        counted.addWidget(self.count, 1)
        counted.addWidget(self.clear)
        column.addWidget(self.empty)
        column.addWidget(self.view, 1)
        column.addStretch(0)
        self.problem.hide()
        self.empty.hide()
        self.clear.hide()

    def _connect(self) -> None:
        for field in (self.patient, self.since, self.until):
            field.textChanged.connect(self._search)
        for box in (self.protocol, self.alarms):
            box.currentIndexChanged.connect(self._search)
        self.clear.clicked.connect(self.clear_search)
        self._lines.more_wanted.connect(self.more_wanted)
        self.view.selectionModel().currentRowChanged.connect(self._choose)

    @property
    def lines(self) -> Sequence[SessionLine]:
        """The sessions shown."""
        return self._lines.lines

    def show_protocols(self, names: Sequence[str]) -> None:
        """Offer `names` to narrow the list by."""
        with QSignalBlocker(self.protocol):
            chosen = self.protocol.currentData()
            while self.protocol.count() > 1:
                self.protocol.removeItem(1)
            for name in names:
                self.protocol.addItem(name, name)
            self.protocol.setCurrentIndex(max(0, self.protocol.findData(chosen)))

    def show_lines(self, lines: Sequence[SessionLine], empty: str, total: int = 0) -> None:
        """Show the first sessions of `total` found, or the words `empty` when there is none."""
        self._lines.show_lines(lines, max(total, len(lines)))
        self.view.setVisible(bool(lines))
        show_text(self.empty, "" if lines else empty)
        self.clear.setVisible(self._asked.narrows)
        self._count()

    def add_lines(self, lines: Sequence[SessionLine]) -> None:
        """Show further sessions below those shown."""
        self._lines.add_lines(lines)
        self._count()

    def _count(self) -> None:
        shown, total = len(self._lines.lines), self._lines.total
        words = f"{total:,} session{'' if total == 1 else 's'}"
        theme.set_text(self.count, words if shown == total else f"newest {shown:,} of {words}")

    def choose(self, session: str) -> None:
        """Mark `session` as the one chosen, which opens it."""
        for row, line in enumerate(self._lines.lines):
            if line.session == session:
                self.view.setCurrentIndex(self._lines.index(row))

    @Slot()
    def clear_search(self) -> None:
        """Ask for all sessions again."""
        for field in (self.patient, self.since, self.until):
            with QSignalBlocker(field):
                field.clear()
        for box in (self.protocol, self.alarms):
            with QSignalBlocker(box):
                box.setCurrentIndex(0)
        self._search()

    def search(self) -> Search:
        """What the fields ask for; a day that is not yet whole does not narrow the list."""
        return Search(
            patient=self.patient.words(),
            since=_day(self.since.words()),
            until=_day(self.until.words()),
            protocol=str(self.protocol.currentData() or ""),
            with_alarms=self.alarms.currentData(),
        )

    @Slot()
    def _search(self) -> None:
        wrong = [
            field.words()
            for field in (self.since, self.until)
            if field.words() and _day(field.words()) is None
        ]
        show_text(self.problem, f"{wrong[0]}: write the day as YYYY-MM-DD." if wrong else "")
        asked = self.search()
        if asked != self._asked:
            self._asked = asked
            self.search_changed.emit(asked)

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.session_chosen.emit(self._lines.lines[index.row()].session)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
