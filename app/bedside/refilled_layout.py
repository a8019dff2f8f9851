"""A layout whose widgets are made anew now and then."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget


class RefilledLayout:
    """Knows what it put into a layout, and takes it out again.

    Nothing asks the layout for its items: Qt ends them without a word to Python, and a name kept
    for one would take the place of whatever is made at its address next.
    """

    def __init__(self, layout: Any) -> None:
        """Fill `layout`, a box or a grid; what others put there stays."""
        self.layout = layout
        self._widgets: list[QWidget] = []

    def add(self, widget: QWidget, *place: int) -> None:
        """Add `widget`, in a grid at row and column."""
        self._widgets.append(widget)
        self.layout.addWidget(widget, *place)

    def clear(self) -> None:
        """Take out and end every widget that was added."""
        for widget in self._widgets:
            self.layout.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._widgets = []
