"""What every form of the drug's account does: fields, one button, a sentence about what is missing.

A form keeps what was typed until the record holds it, so that a refusal loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.bedside.entry_panel import tighten
from app.bedside.fields import ChoiceRow, labelled, show_text, wrapped_label
from app.state import ViewState
from app.theme import GRID_PX, style
from protocols.events import Command, LedgerEntered


class LedgerForm(QWidget):
    """Base of the forms. Nothing is filled in beforehand.

    Signals:
        entered: the `Command`, with `t_ns` 0 and no `by`.
    """

    entered = Signal(object)

    button_text = "Record"

    def __init__(self, *, columns: int = 1, parent: QWidget | None = None) -> None:
        """`columns` fields stand side by side."""
        super().__init__(parent)
        style(self, clear=True)
        self.state = ViewState()
        self._columns = columns
        self._sent_after = -1
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(GRID_PX)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(2 * GRID_PX)
        self._grid.setVerticalSpacing(GRID_PX)
        for column in range(columns):
            self._grid.setColumnStretch(column, 1)
        self.body.addLayout(self._grid)
        self.hint = wrapped_label(name="amount in millilitres")
        self.problem = wrapped_label(name="what is missing")
        style(self.problem, tone="attention", strong=True)
        self.record = QPushButton(self.button_text)
        self.record.clicked.connect(self._send)
        self.build()
        row = QHBoxLayout()
        self.body.addLayout(row)
        row.setSpacing(2 * GRID_PX)
        row.addWidget(self.record)
        row.addWidget(self.hint, 1)
        row.addStretch(0 if columns == 1 else 1)
        self.body.addWidget(self.problem)
        show_text(self.hint, "")
        show_text(self.problem, "")

    def place(self, label: str, widget: QWidget) -> QWidget:
        """Put `widget` under `label` into the next cell; gives the box of both."""
        box = labelled(label, widget)
        number = self._grid.count()
        row, column = divmod(number, self._columns)
        self._grid.addWidget(box, row, column, Qt.AlignmentFlag.AlignTop)
        return box

    def build(self) -> None:
        """Put the fields into their places."""
        raise NotImplementedError

    def missing(self) -> str:
        """What is still missing or cannot be read, in a sentence; empty when nothing is."""
        raise NotImplementedError

    def command(self) -> Command:
        """What the fields say; asked only when nothing is missing."""
        raise NotImplementedError

    def is_answer(self, entry: LedgerEntered) -> bool:
        """Whether `entry` is what this form sends."""
        raise NotImplementedError

    def clear(self) -> None:
        """Empty the fields."""
        raise NotImplementedError

    def first_field(self) -> QWidget:
        """Where the focus goes when the form opens."""
        raise NotImplementedError

    def follow(self, state: ViewState, now_ns: int) -> None:
        """Show what the form shows of `state` besides its fields; nothing by default."""

    def show_state(self, state: ViewState, now_ns: int) -> None:
        """Empty the fields once the record holds what was sent."""
        fresh = state.ledger.entries[self._sent_after :] if self._sent_after >= 0 else ()
        self.state = state
        if any(self.is_answer(entry) for entry in fresh):
            self._sent_after = -1
            self.clear()
            show_text(self.problem, "")
        self.follow(state, now_ns)

    @Slot()
    def _send(self) -> None:
        missing = self.missing()
        show_text(self.problem, missing)
        if not missing:
            self._sent_after = len(self.state.ledger.entries)
            self.entered.emit(self.command())


class Choices(QWidget):
    """One of several answers that may change while the form is open; none is chosen beforehand.

    Signals:
        chosen: a person touched one.
    """

    chosen = Signal()

    def __init__(self, name: str, columns: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, clear=True)
        self._name, self._columns = name, columns
        self._options: tuple[tuple[str, str], ...] = ()
        self.row: ChoiceRow | None = None
        self._place = QVBoxLayout(self)
        self._place.setContentsMargins(0, 0, 0, 0)

    def offer(self, options: Sequence[tuple[str, str]]) -> None:
        """Offer these (value, text); what was chosen stays chosen while it is offered."""
        if tuple(options) == self._options:
            return
        before = self.value()
        if self.row is not None:
            self._place.removeWidget(self.row)
            self.row.hide()
            self.row.deleteLater()
            self.row = None
        self._options = tuple(options)
        if not options:
            return
        self.row = ChoiceRow(self._name, options, columns=self._columns)
        tighten(self.row)
        self.row.chosen.connect(self._touched)
        self._place.addWidget(self.row)
        if before in [value for value, _ in options]:
            self.row.show_value(before)

    @Slot()
    def _touched(self) -> None:
        self.chosen.emit()

    def value(self) -> str | None:
        """The value chosen, or None."""
        return None if self.row is None else self.row.value()

    def clear(self) -> None:
        """Choose none."""
        if self.row is not None:
            self.row.show_value(None)


def first_missing(*wanted: tuple[str, bool]) -> str:
    """A sentence that names what is not there of (name, whether it is there); or empty."""
    lacking = [name for name, there in wanted if not there]
    return f"Missing: {', '.join(lacking)}." if lacking else ""
