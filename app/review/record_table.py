"""A table of rows of words; choosing a row says which moment it speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from app import theme
from app.amended import Struck
from app.review.headed_model import AnyIndex, HeadedModel
from app.review.reading_table import dress_to_read
from app.review.rows import Row


class RowsModel(HeadedModel):
    """Rows under headings."""

    def __init__(self, headings: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._headings = tuple(headings)
        self._rows: Sequence[Row] = ()
        self._span: tuple[int, int] | None = None

    @property
    def rows(self) -> Sequence[Row]:
        """The rows shown."""
        return self._rows

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show `rows` in place of those before."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def show_span(self, span: tuple[int, int] | None) -> None:
        """Dim what lies outside of `span`, first and last session time in ns; None: nothing."""
        if span != self._span and self._rows:
            self._span = span
            last = self.index(len(self._rows) - 1, len(self._headings) - 1)
            self.dataChanged.emit(self.index(0, 0), last, [Qt.ItemDataRole.ForegroundRole])
        self._span = span

    def is_in_view(self, row: int) -> bool:
        """Whether the moment of `row` lies within the span in view."""
        return self._span is None or self._span[0] <= self._rows[row].t_ns <= self._span[1]

    def heads(self) -> Sequence[str]:
        """The headings."""
        return self._headings

    def count_rows(self) -> int:
        """Number of rows."""
        return len(self._rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The words of a cell, whole in its tool tip."""
        cell = self._rows[index.row()].cells[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return cell
        if role == Qt.ItemDataRole.ForegroundRole and not self.is_in_view(index.row()):
            return theme.active_theme().colour("faint")
        if not isinstance(cell, Struck):
            return None
        if role == Qt.ItemDataRole.FontRole:
            font = theme.font()
            font.setStrikeOut(True)
            return font
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"struck out: {cell}"
        return None


class RecordTable(QTableView):
    """A table to read and to choose a moment from.

    Signals:
        moment_chosen: session time in ns (as an object) of the row that a person went to.
        row_pressed: the `Row` that was clicked, or chosen with Enter.
    """

    moment_chosen = Signal(object)
    row_pressed = Signal(object)

    def __init__(
        self, name: str, headings: Sequence[str], widest: int, parent: QWidget | None = None
    ) -> None:
        """`widest` is the column that takes the room that is left."""
        super().__init__(parent)
        self.rows_model = RowsModel(headings, self)
        self.setModel(self.rows_model)
        self._widest = widest
        header = dress_to_read(self, name)
        header.setResizeContentsPrecision(40)
        header.setSectionResizeMode(widest, QHeaderView.ResizeMode.Stretch)
        self._quiet = False
        self.selectionModel().currentRowChanged.connect(self._tell)
        self.clicked.connect(self._tell)
        self.clicked.connect(self._press)
        self.activated.connect(self._press)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show `rows`, none of them chosen."""
        self.rows_model.show_rows(rows)
        self.fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Columns take the room that the table has now, not what it had when it was filled."""
        self.fit()
        super().showEvent(event)

    def fit(self) -> None:
        """Take the sizes of type in force."""
        self.verticalHeader().setDefaultSectionSize(round(theme.active_sizes().body * 1.75))
        self.resizeColumnsToContents()
        limit = max(80, self.width() // 4)
        for column in range(self.rows_model.columnCount()):
            if column != self._widest:
                self.setColumnWidth(column, min(self.columnWidth(column) + 8, limit))

    def choose_nearest(self, t_ns: int) -> None:
        """Choose and show the row nearest to session time `t_ns`, without telling of it."""
        rows = self.rows_model.rows
        shown = [number for number in range(len(rows)) if not self.isRowHidden(number)]
        if not shown:
            return
        nearest = min(shown, key=lambda number: abs(rows[number].t_ns - t_ns))
        current = self.currentIndex()
        if current.isValid() and rows[current.row()].t_ns == rows[nearest].t_ns:
            return
        self._quiet = True
        try:
            self.selectRow(nearest)
            self.scrollTo(self.rows_model.index(nearest, 0))
        finally:
            self._quiet = False

    def show_span(self, start_ns: int, end_ns: int, *, only: bool = False) -> None:
        """Dim the rows outside of the span in view, or with `only` leave them out."""
        self.rows_model.show_span((start_ns, end_ns))
        for number in range(self.rows_model.rowCount()):
            hidden = only and not self.rows_model.is_in_view(number)
            if self.isRowHidden(number) != hidden:
                self.setRowHidden(number, hidden)

    @Slot()
    def _tell(self) -> None:
        index = self.currentIndex()
        if index.isValid() and not self._quiet:
            self.moment_chosen.emit(self.rows_model.rows[index.row()].t_ns)

    @Slot()
    def _press(self) -> None:
        index = self.currentIndex()
        if index.isValid():
            self.row_pressed.emit(self.rows_model.rows[index.row()])
