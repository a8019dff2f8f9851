"""Every change of a draft beside its original, what is wrong with it, and undoing."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.bedside.fields import show_text, wrapped_label
from app.bedside.refilled_layout import RefilledLayout
from app.rejudging.draft import Draft, LimitsChange
from app.rejudging.limit_parts import Place

NOTHING = "Nothing is changed yet. Choose a rule and set a number; the original stays beside it."


class ChangesBox(QWidget):
    """The list of changes, each with a button that takes it back.

    Signals:
        undo_wanted: the last step is to be undone.
        put_back: the place whose change is to be taken back.
    """

    undo_wanted = Signal()
    put_back = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel()
        theme.style(self.title, role="title")
        self.undo = QPushButton("Undo last step")
        theme.style(self.undo, kind="desk")
        self.undo.clicked.connect(self.undo_wanted)
        self.problems = wrapped_label(name="problems of the limits")
        theme.style(self.problems, tone="attention", strong=True)
        self.nothing = wrapped_label(NOTHING, name="no changes")
        theme.style(self.nothing, tone="dim")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        column.addLayout(row)
        row.addWidget(self.title, 1)
        row.addWidget(self.undo)
        column.addWidget(self.problems)
        column.addWidget(self.nothing)
        inner = QVBoxLayout()
        column.addLayout(inner)
        column.addStretch(1)
        self._lines = RefilledLayout(inner)
        self._places: list[Place] = []
        self._shown: tuple[LimitsChange, ...] | None = None

    def show_draft(self, draft: Draft) -> None:
        """Show the changes of `draft` and its problems."""
        changes = draft.changes
        number = len(changes)
        words = "1 change" if number == 1 else f"{number or 'No'} changes"
        theme.set_text(self.title, words)
        self.undo.setEnabled(draft.can_undo)
        self.nothing.setVisible(not changes)
        problems = [f"Line {one.line}, {one.field}: {one.message}" for one in draft.problems]
        if problems:
            problems.insert(0, "These limits cannot be judged or saved:")
        show_text(self.problems, "\n".join(problems))
        if changes != self._shown:
            self._shown = changes
            self._fill(changes)

    def _fill(self, changes: tuple[LimitsChange, ...]) -> None:
        self._lines.clear()
        self._places = [change.place for change in changes]
        for number, change in enumerate(changes):
            line = QWidget()
            theme.style(line, clear=True)
            row = QHBoxLayout(line)
            row.setContentsMargins(0, 0, 0, 0)
            label = wrapped_label(change.words, name=f"change {number + 1}")
            row.addWidget(label, 1)
            back = QPushButton("Put back")
            back.setAccessibleName(f"put back {change.place.part} of {change.place.subject}")
            back.setProperty("number", number)
            theme.style(back, kind="desk")
            back.clicked.connect(self._put_back)
            row.addWidget(back)
            self._lines.add(line)

    @Slot()
    def _put_back(self) -> None:
        self.put_back.emit(self._places[int(self.sender().property("number"))])
