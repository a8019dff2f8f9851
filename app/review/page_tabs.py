"""A row of buttons, each of which turns to a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QStackedWidget, QWidget

from app import theme

PAGE = "page"
"""Property of a button that names its page."""


def add_tabs(
    row: QHBoxLayout,
    stack: QStackedWidget,
    pages: Iterable[tuple[str, QWidget]],
    turn: Callable[[], None],
    *,
    kind: str = "desk",
) -> dict[str, QPushButton]:
    """Add a button to `row` and a page to `stack` for each of `pages`; gives buttons by name.

    A click calls `turn`, a slot whose sender has the name of the page as its property `PAGE`.
    """
    group = QButtonGroup(stack)
    tabs: dict[str, QPushButton] = {}
    for name, page in pages:
        tab = QPushButton(name)
        theme.style(tab, kind=kind)
        tab.setCheckable(True)
        tab.setProperty(PAGE, name)
        tab.clicked.connect(turn)
        group.addButton(tab)
        tabs[name] = tab
        row.addWidget(tab)
        stack.addWidget(page)
    return tabs
