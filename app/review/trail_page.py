"""The trail of a whole record: who looked, took a copy, signed in, changed something."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.bedside.fields import show_text, wrapped_label
from app.records.catalogue import TrailLine
from app.review.record_table import RecordTable
from app.review.rows import Row

HEADINGS = ("When", "Who", "What", "Of what")
WIDEST = 3
NONE_YET = "Nothing is on the trail yet."


def trail_rows(lines: Sequence[TrailLine]) -> list[Row]:
    """A row an entry, in the order given; they speak of no moment of a session."""
    return [
        Row(
            t_ns=0,
            cells=(
                "no date" if line.at is None else f"{line.at:%Y-%m-%d %H:%M:%S}",
                line.who,
                line.what,
                line.detail,
            ),
        )
        for line in lines
    ]


class TrailPage(QFrame):
    """The newest entries of the trail of the record.

    Signals:
        back_wanted: leave the page.
    """

    back_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, surface="panel")
        title = QLabel("Trail of the record")
        theme.style(title, role="title")
        self.back = QPushButton("Back to the session")
        self.back.clicked.connect(self.back_wanted)
        self.words = wrapped_label(name="about the trail")
        theme.style(self.words, tone="dim")
        self.table = RecordTable("trail of the record", HEADINGS, WIDEST)
        column = QVBoxLayout(self)
        head = QHBoxLayout()
        column.addLayout(head)
        head.addWidget(title, 1)
        head.addWidget(self.back)
        column.addWidget(self.words)
        column.addWidget(self.table, 1)

    def show_lines(self, lines: Sequence[TrailLine], most: int) -> None:
        """Show `lines`, newest first; `most` is how many there can be at most."""
        self.table.show_rows(trail_rows(lines))
        words = f"The newest {len(lines):,} entries" if lines else NONE_YET
        if len(lines) >= most:
            words += "; all of them: main.py logbook list"
        show_text(self.words, words)

    def say(self, words: str) -> None:
        """Say why nothing can be shown."""
        self.table.show_rows(())
        show_text(self.words, words)
