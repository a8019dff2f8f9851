"""How a table looks that is there to be read: rows of two shades, no grid, one row chosen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView


def dress_to_read(table: QTableView, name: str, *, cells: bool = False) -> QHeaderView:
    """Dress `table`, called `name` by screen readers, and give its heading.

    Whole rows are chosen, or single cells where `cells`.
    """
    behavior = QAbstractItemView.SelectionBehavior
    table.setAccessibleName(name)
    table.setSelectionBehavior(behavior.SelectItems if cells else behavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setAlternatingRowColors(True)
    table.verticalHeader().hide()
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setHighlightSections(False)
    return header
