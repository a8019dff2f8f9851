"""Which recordings are judged: sessions chosen by day, room and kind, and files of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.fields import show_text, wrapped_label
from app.qa.filter_bar import FilterBar
from app.records.catalogue import SessionLine
from app.rejudging.asking import NumbersFile
from app.review.headed_model import AnyIndex, HeadedModel
from app.review.reading_table import dress_to_read
from app.review.rows import span_text
from app.review.session_list import when_words
from protocols.vitals import NS_PER_S

HEADINGS = ("Judge", "Start", "Room", "Protocol", "Length", "Alarms", "Kind", "Session")


class SessionsModel(HeadedModel):
    """Sessions with a mark each; the marks of those that are filtered away stay.

    Signals:
        marked: other sessions are marked now.
    """

    marked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: list[SessionLine] = []
        self.chosen: set[str] = set()

    def show_lines(self, lines: Sequence[SessionLine]) -> None:
        """Show `lines` in place of those before."""
        self.beginResetModel()
        self.lines = list(lines)
        self.endResetModel()

    def heads(self) -> Sequence[str]:
        """The headings."""
        return HEADINGS

    def count_rows(self) -> int:
        """Number of sessions."""
        return len(self.lines)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The words of a cell; the mark of the first."""
        line = self.lines[index.row()]
        if index.column() == 0:
            if role == Qt.ItemDataRole.CheckStateRole:
                return _state(line.session in self.chosen)
            if role == Qt.ItemDataRole.AccessibleTextRole:
                return f"judge {line.session}"
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return _cells(line)[index.column()]
        return None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        """The first column can be marked."""
        found = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return found | Qt.ItemFlag.ItemIsUserCheckable if index.column() == 0 else found

    def setData(self, index: AnyIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Mark a session, or take its mark away."""
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        self.mark([self.lines[index.row()].session], on=Qt.CheckState(value) is _state(True))
        return True

    def mark(self, sessions: Sequence[str], *, on: bool) -> None:
        """Mark `sessions`, or take their marks away."""
        before = set(self.chosen)
        if on:
            self.chosen |= set(sessions)
        else:
            self.chosen -= set(sessions)
        if self.chosen != before:
            if self.lines:
                self.dataChanged.emit(self.index(0, 0), self.index(len(self.lines) - 1, 0))
            self.marked.emit()


def _state(on: bool) -> Qt.CheckState:
    return Qt.CheckState.Checked if on else Qt.CheckState.Unchecked


def _cells(line: SessionLine) -> tuple[str, ...]:
    return (
        "",
        when_words(line),
        line.room,
        line.protocol,
        span_text(round(line.duration_s * NS_PER_S)),
        str(line.alarms + line.technical_alarms),
        "SIMULATED" if line.simulated else "real",
        line.session,
    )


class SessionChooser(QWidget):
    """A filter, a table of sessions to mark, and the files of numbers.

    Signals:
        changed: other recordings are chosen now.
        narrowed: the filter changed; the sessions are to be listed anew.
        file_wanted: a file of numbers is to be added.
    """

    changed = Signal()
    narrowed = Signal()
    file_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.filter = FilterBar()
        self.filter.changed.connect(self.narrowed)
        self.model = SessionsModel(self)
        self.model.marked.connect(self._tell)
        self.table = _make_table(self.model)
        self.all = QPushButton("Mark all shown")
        self.none = QPushButton("Mark none")
        self.add_file = QPushButton("Add a file of numbers")
        self.drop_files = QPushButton("Without files")
        self.said = wrapped_label(name="what is chosen")
        self.files: list[NumbersFile] = []
        for button in (self.all, self.none, self.add_file, self.drop_files):
            theme.style(button, kind="desk")
        self.all.clicked.connect(self._mark_all)
        self.none.clicked.connect(self._mark_none)
        self.add_file.clicked.connect(self.file_wanted)
        self.drop_files.clicked.connect(self._drop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.filter)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(theme.GRID_PX)
        for button in (self.all, self.none, self.add_file, self.drop_files):
            row.addWidget(button)
        row.addWidget(self.said, 1)
        column.addWidget(self.table, 1)
        self._tell()

    @property
    def sessions(self) -> tuple[str, ...]:
        """The sessions that are marked, shown or not, in the order of their names."""
        return tuple(sorted(self.model.chosen))

    @property
    def current(self) -> str:
        """The session that the table stands on; empty: none."""
        row = self.table.currentIndex().row()
        return self.model.lines[row].session if 0 <= row < len(self.model.lines) else ""

    def stand_on(self, session: str) -> None:
        """Go to the row of `session`, where it is listed."""
        for row, line in enumerate(self.model.lines):
            if line.session == session:
                self.table.selectRow(row)

    def show_lines(self, lines: Sequence[SessionLine]) -> None:
        """Show the sessions that the filter keeps."""
        current = self.current
        self.model.show_lines(lines)
        names = [line.session for line in lines]
        if names:
            self.table.selectRow(names.index(current) if current in names else 0)
        self.fit()
        self._tell()

    def offer(self, lines: Sequence[SessionLine]) -> None:
        """Offer the rooms and protocols of `lines` in the filter."""
        self.filter.offer(
            (line.room for line in lines if line.room),
            (line.protocol for line in lines if line.protocol),
        )

    def keeps(self, line: SessionLine) -> bool:
        """Whether the filter keeps a session, its days aside, by which the record is searched."""
        bar = self.filter
        return (
            bar.room.currentData() in ("", line.room)
            and bar.protocol.currentData() in ("", line.protocol)
            and bar.simulated in (None, line.simulated)
        )

    def add(self, file: NumbersFile) -> None:
        """Judge a file of numbers as well."""
        self.files.append(file)
        self._tell()

    @Slot()
    def _mark_all(self) -> None:
        self.model.mark([line.session for line in self.model.lines], on=True)

    @Slot()
    def _mark_none(self) -> None:
        self.model.mark(list(self.model.chosen), on=False)

    @Slot()
    def _drop(self) -> None:
        self.files = []
        self._tell()

    @Slot()
    def _tell(self) -> None:
        hidden = len(self.model.chosen - {line.session for line in self.model.lines})
        words = f"{len(self.model.chosen)} of {len(self.model.lines)} sessions marked"
        if hidden:
            words += f", {hidden} of them not shown"
        if self.files:
            words += f"; files: {', '.join(file.name for file in self.files)}"
        show_text(self.said, words)
        self.drop_files.setVisible(bool(self.files))
        self.changed.emit()

    def fit(self) -> None:
        """Take the sizes of type in force."""
        self.table.verticalHeader().setDefaultSectionSize(round(theme.active_sizes().body * 1.75))
        self.table.resizeColumnsToContents()


def _make_table(model: SessionsModel) -> QTableView:
    table = QTableView()
    table.setModel(model)
    header = dress_to_read(table, "sessions to judge")
    header.setSectionResizeMode(len(HEADINGS) - 1, QHeaderView.ResizeMode.Stretch)
    return table
