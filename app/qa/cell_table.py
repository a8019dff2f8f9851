"""A table whose cells can be chosen one by one, with mouse and keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QTableView, QWidget

from app import theme
from app.review.headed_model import AnyIndex, HeadedModel
from app.review.reading_table import dress_to_read


class CellsModel(HeadedModel):
    """Rows of words under headings that may be others each time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.headings: Sequence[str] = ()
        self.tips: Sequence[str] = ()
        self.rows: Sequence[Sequence[str]] = ()

    def show_rows(
        self, headings: Sequence[str], rows: Sequence[Sequence[str]], tips: Sequence[str] = ()
    ) -> None:
        """Show `rows` under `headings`, which `tips` explain."""
        self.beginResetModel()
        self.headings, self.rows, self.tips = headings, rows, tips
        self.endResetModel()

    def heads(self) -> Sequence[str]:
        """The headings."""
        return self.headings

    def count_rows(self) -> int:
        """Number of rows."""
        return len(self.rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The words of a cell; numbers to the right."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column():
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.AccessibleTextRole:
            row = self.rows[index.row()]
            return f"{row[0]}, {self.headings[index.column()]}: {row[index.column()]}"
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """The headings, and what they mean."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.ToolTipRole and section < len(self.tips):
            return self.tips[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and section:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return super().headerData(section, orientation, role)


class CellTable(QTableView):
    """A table to read and to choose a cell of.

    Signals:
        cell_chosen: row and column that a person went to.
    """

    cell_chosen = Signal(int, int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cells = CellsModel(self)
        self.setModel(self.cells)
        dress_to_read(self, name, cells=True)
        self.selectionModel().currentChanged.connect(self._tell)
        self.clicked.connect(self._tell)

    def show_rows(
        self, headings: Sequence[str], rows: Sequence[Sequence[str]], tips: Sequence[str] = ()
    ) -> None:
        """Show `rows` under `headings`, none of them chosen."""
        self.cells.show_rows(headings, rows, tips)
        self.fit()

    def fit(self) -> None:
        """Take the sizes of type in force."""
        self.verticalHeader().setDefaultSectionSize(round(theme.active_sizes().body * 1.75))
        self.resizeColumnsToContents()

    @Slot()
    def _tell(self) -> None:
        index = self.currentIndex()
        if index.isValid():
            self.cell_chosen.emit(index.row(), index.column())
