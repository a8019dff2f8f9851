"""What was entered, newest first, each with a button to correct it; what was wrong stays to see."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.amended import corrected_words
from app.bedside.fields import small_label, strike_out, wrapped_label
from app.bedside.refilled_layout import RefilledLayout
from app.bedside.times import time_of_day
from app.history import History
from app.state import ViewState
from protocols.events import Reading
from protocols.record_entries import RecordEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """The words of one entry; `correction` is empty while it stands as entered."""

    seq: int
    words: str
    about: str
    correction: str
    closed: bool


class EntryList(QWidget):
    """The last entries; rebuilt only when one of them changed.

    Signals:
        chosen: number of the entry to correct.
    """

    chosen = Signal(int)

    def __init__(self, most: int, parent: QWidget | None = None) -> None:
        """Show at most so many entries; 0: all."""
        super().__init__(parent)
        theme.style(self, clear=True)
        self.setAccessibleName("entries")
        self._most = most
        self._key: tuple[object, ...] = ()
        self._lines: tuple[_Line, ...] | None = None
        self.buttons: dict[int, QPushButton] = {}
        self.empty = small_label("Nothing was entered yet.")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.empty)
        self._rows = RefilledLayout(column)

    def show_entries(self, state: ViewState, history: History) -> None:
        """Show the entries of `history`."""
        key = (id(history), history.entries.count)
        if key == self._key:
            return
        self._key = key
        entries = list(history.entries.all())[-self._most :]
        lines = tuple(_line(state, entry) for entry in reversed(entries))
        if lines != self._lines:
            self._lines = lines
            self._build(lines)

    def _build(self, lines: Sequence[_Line]) -> None:
        self._rows.clear()
        self.buttons = {}
        self.empty.setVisible(not lines)
        for line in lines:
            self._rows.add(self._make_row(line))

    def _make_row(self, line: _Line) -> QFrame:
        frame = QFrame()
        theme.style(frame, surface="raised")
        words: QLabel = wrapped_label(_breakable(line.words))
        row = QHBoxLayout(frame)
        row.setContentsMargins(12, 4, 8, 4)
        said = QVBoxLayout()
        row.addLayout(said, 1)  # before it is filled: a layout that moves names its items
        said.setSpacing(0)
        said.addWidget(words)
        if line.correction:
            strike_out(words)
            said.addWidget(wrapped_label(f"→ {line.correction}"))
        said.addWidget(small_label(line.about))
        if not line.closed:
            button = QPushButton("Correct")
            theme.style(button, kind="action")
            button.setAccessibleName(f"correct {line.words}")
            button.setProperty("entry", line.seq)
            button.clicked.connect(self._choose)
            self.buttons[line.seq] = button
            row.addWidget(button)
        return frame

    @Slot()
    def _choose(self) -> None:
        self.chosen.emit(int(self.sender().property("entry")))


def _breakable(words: str) -> str:
    """The same words; a long one, as the name of a file, may be broken after its punctuation."""
    return re.sub(r"\S{25,}", lambda long: re.sub(r"(?<=[-._/])", "\u200b", long[0]), words)


def source_words(entry: RecordEntry) -> str:
    """Who entered it; a monitor is called so, not by the slot that it stands in."""
    return "monitor" if entry.by_monitor else entry.by


def _line(state: ViewState, entry: RecordEntry) -> _Line:
    event = entry.event
    at_ns = event.measured_ns if isinstance(event, Reading) else event.t_ns
    return _Line(
        seq=entry.seq,
        words=entry.words,
        about=f"{time_of_day(state, at_ns)}  {source_words(entry)}",
        correction="" if entry.correction is None else corrected_words(entry.correction),
        closed=entry.withdrawn,
    )
