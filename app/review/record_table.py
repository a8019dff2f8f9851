"""A table of rows of words; choosing a row says which moment it speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from app import theme
from app.amended import Struck
from app.review.rows import Row

AnyIndex = QModelIndex | QPersistentModelIndex


class RowsModel(QAbstractTableModel):
    """Rows under headings."""

    def __init__(self, headings: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._headings = tuple(headings)
        self._rows: Sequence[Row] = ()

    @property
    def rows(self) -> Sequence[Row]:
        """The rows shown."""
        return self._rows

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show `rows` in place of those before."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own
        """Number of headings."""
        return 0 if parent.isValid() else len(self._headings)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The words of a cell, whole in its tool tip."""
        cell = self._rows[index.row()].cells[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return cell
        if not isinstance(cell, Struck):
            return None
        if role == Qt.ItemDataRole.FontRole:
            font = theme.font()
            font.setStrikeOut(True)
            return font
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"struck out: {cell}"
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """The headings."""
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return self._headings[section]
        return None


class RecordTable(QTableView):
    """A table to read and to choose a moment from.

    Signals:
        moment_chosen: session time in ns (as an object) of the row that a person went to.
    """

    moment_chosen = Signal(object)

    def __init__(
        self, name: str, headings: Sequence[str], widest: int, parent: QWidget | None = None
    ) -> None:
        """`widest` is the column that takes the room that is left."""
        super().__init__(parent)
        self.setAccessibleName(name)
        self.rows_model = RowsModel(headings, self)
        self.setModel(self.rows_model)
        self._widest = widest
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setAlternatingRowColors(True)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.setResizeContentsPrecision(40)
        header.setSectionResizeMode(widest, QHeaderView.ResizeMode.Stretch)
        self.selectionModel().currentRowChanged.connect(self._tell)
        self.clicked.connect(self._tell)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show `rows`, none of them chosen."""
        self.rows_model.show_rows(rows)
        self.fit()

    def fit(self) -> None:
        """Take the sizes of type in force."""
        self.verticalHeader().setDefaultSectionSize(round(theme.active_sizes().body * 1.75))
        self.resizeColumnsToContents()
        limit = max(80, self.width() // 4)
        for column in range(self.rows_model.columnCount()):
            if column != self._widest:
                self.setColumnWidth(column, min(self.columnWidth(column) + 8, limit))

    @Slot()
    def _tell(self) -> None:
        index = self.currentIndex()
        if index.isValid():
            self.moment_chosen.emit(self.rows_model.rows[index.row()].t_ns)
