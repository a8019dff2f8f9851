"""What every table of rows under headings answers to Qt alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

AnyIndex = QModelIndex | QPersistentModelIndex


class HeadedModel(QAbstractTableModel):
    """Rows under headings; a model of its own gives both, and what stands in the cells."""

    def heads(self) -> Sequence[str]:
        """The headings. Models give their own."""
        raise NotImplementedError

    def count_rows(self) -> int:
        """How many rows there are. Models give their own."""
        raise NotImplementedError

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Number of rows."""
        return 0 if parent.isValid() else self.count_rows()

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own
        """Number of headings."""
        return 0 if parent.isValid() else len(self.heads())

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """The headings."""
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return self.heads()[section]
        return None
