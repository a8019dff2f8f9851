"""What is to be observed next, with its countdown; a late one says so in words."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLayout, QPushButton, QWidget

from app import theme
from app.bedside.numeric_tile import tile_label
from app.bedside.skip_panel import pressing_tasks
from app.bedside.wording import due_words
from app.history import History
from app.state import ViewState
from protocols.events import TaskState

ROWS, LEAST_ROWS = 4, 2
"""Observations shown where there is room, and at least."""


class DueList(QFrame):
    """The next observations, the first due first; one that is due can be said not to be made.

    Attributes:
        actionable: False where a recorded session is shown.

    Signals:
        asked: the name of the side panel where it is said why.
    """

    asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, surface="panel", tile="true")
        self.setAccessibleName("due next")
        grid = QGridLayout(self)
        grid.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        grid.setContentsMargins(12, 4, 12, 4)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 2)
        title = tile_label("small", "dim")
        title.setText("Due next")
        grid.addWidget(title, 0, 0)
        self.rows = []
        for row in range(ROWS):
            name, when = tile_label("body", "text"), tile_label("body", "text", right=True)
            grid.addWidget(name, row + 1, 0)
            grid.addWidget(when, row + 1, 1)
            self.rows.append((name, when))
        grid.setRowStretch(ROWS + 1, 1)
        self.actionable = True
        self.not_done = QPushButton("Not done")
        self.not_done.setAccessibleName("a due observation is not done")
        theme.style(self.not_done, kind="action")
        self.not_done.clicked.connect(self._ask)
        self.not_done.hide()
        grid.addWidget(self.not_done, 0, 2, ROWS + 2, 1, Qt.AlignmentFlag.AlignTop)

    def minimumSizeHint(self) -> QSize:
        """Room for the heading and the least number of rows."""
        lines = self._line_px() * (LEAST_ROWS + 1)
        return QSize(0, lines + 2 * theme.GRID_PX)

    def _line_px(self) -> int:
        return max(row[0].sizeHint().height() for row in self.rows)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many rows as fit in full."""
        super().resizeEvent(event)
        room = (self.height() - 2 * theme.GRID_PX) // max(1, self._line_px()) - 1
        for index, row in enumerate(self.rows):
            for label in row:
                label.setVisible(index < max(room, LEAST_ROWS))

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show what is due at `now_ns`."""
        tasks = state.open_tasks()
        offered = self.actionable and bool(pressing_tasks(state, now_ns))
        if self.not_done.isHidden() is offered:
            self.not_done.setVisible(offered)
        for index, (name, when) in enumerate(self.rows):
            if index >= len(tasks):
                theme.set_text(name, "nothing scheduled" if not tasks and not index else "")
                theme.set_text(when, "")
                theme.style(name, tone="dim", strong=False)
                continue
            task = tasks[index]
            pressing = task.state in (TaskState.DUE, TaskState.LATE) or now_ns >= task.due_ns
            late = task.state is TaskState.LATE
            theme.set_text(name, f"▶ {task.label}" if pressing else task.label)
            theme.set_text(when, due_words(task, now_ns))
            for label in (name, when):
                tone = "attention" if late else "text"
                theme.style(label, tone=tone, strong=pressing)

    @Slot()
    def _ask(self) -> None:
        self.asked.emit("skip")
