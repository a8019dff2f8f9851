"""At the top of the review of a record from elsewhere: what was found of it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from app import theme
from app.bedside.fields import wrapped_label
from app.records.catalogue import Progress
from app.records.origin import RecordCheck, RecordFound
from app.review.work import Work

BEING_CHECKED = "The record is being checked"
STOPPED = "The check was stopped: whether the record is whole is not known."


class RecordBar(QFrame):
    """Says that the record is being checked, then what was found; the list shows meanwhile."""

    def __init__(self, check: RecordCheck, parent: QWidget | None = None) -> None:
        """Begin the check at once."""
        super().__init__(parent)
        theme.style(self, surface="panel")
        self._notes = check.notes
        self.words = wrapped_label(name="about the record")
        theme.style(self.words, tone="attention", strong=True)
        self.stop = QPushButton("Stop")
        theme.style(self.stop, kind="quiet")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 16, 6)
        row.addWidget(self.words, 1)
        row.addWidget(self.stop)
        self.work = Work(self)
        self.stop.clicked.connect(self.work.stop)
        self.work.progressed.connect(self._show_progress)
        self.work.done.connect(self._show_found)
        self.work.failed.connect(self._show_failed)
        self._say(f"{BEING_CHECKED}…")

        def job(progress: Progress) -> Any:
            return check.check(progress)

        self.work.start(job)

    def finish(self) -> None:
        """Stop the check, and wait for its thread."""
        self.work.finish()

    def _say(self, *sentences: str) -> None:
        theme.set_text(self.words, f"{' '.join(self._notes)}\n{' '.join(sentences)}")

    @Slot(float, float)
    def _show_progress(self, share: float, _left_s: float) -> None:
        self._say(f"{BEING_CHECKED}: {share * 100:.0f} %…")

    @Slot(object)
    def _show_found(self, found: RecordFound | None) -> None:
        self.stop.hide()
        if found is None:
            self._say(STOPPED)
            return
        theme.style(self.words, tone="text" if found.good else "attention", strong=not found.good)
        self._say(*found.sentences)

    @Slot(str)
    def _show_failed(self, why: str) -> None:
        self.stop.hide()
        self._say(f"It cannot be checked: {why}")
