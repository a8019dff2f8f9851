"""The report of the course that is open: made in the background, written where a person chooses."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.fields import show_text, wrapped_label
from app.printing.documents import DocumentError
from app.printing.offered import NEVER_SENT, Documents
from app.printing.result_document import WrittenDocument
from app.records.catalogue import CatalogueError, Progress
from app.review.work import Work
from app.review.work_bar import WorkBar

STOPPED = "Stopped before it was done: nothing was written."

ChooseFile = Callable[[QWidget, str], str]
"""Asks where to write; gives a path, or empty when the person changed their mind."""


def ask_where_to_write(parent: QWidget, proposed: str) -> str:
    """Ask with the system's file dialog."""
    return QFileDialog.getSaveFileName(parent, "Write the report", proposed, "PDF (*.pdf)")[0]


class CourseReportRow(QWidget):
    """A button, a progress bar with a stop, and how it went."""

    def __init__(
        self,
        documents: Documents | None,
        choose_file: ChooseFile = ask_where_to_write,
        parent: QWidget | None = None,
    ) -> None:
        """Without `documents` nothing can be written, and the row stays hidden."""
        super().__init__(parent)
        theme.style(self, clear=True)
        self._documents = documents
        self._choose_file = choose_file
        self._course = ""
        self.write = QPushButton("Report PDF…")
        self.write.setToolTip(f"Doses, peaks, ratings, side effects, decisions. {NEVER_SENT}")
        self.write.clicked.connect(self._write)
        self.progress = WorkBar("progress of the report", "writing")
        self.stop = QPushButton("Stop")
        self.outcome = wrapped_label(name="what became of the report")
        self.work = Work(self)
        self.stop.clicked.connect(self.work.stop)
        self.work.progressed.connect(self._show_progress)
        self.work.done.connect(self._show_written)
        self.work.failed.connect(self._show_failure)
        self._lay_out()
        self.show_course("")

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        row = QHBoxLayout()
        column.addLayout(row)
        row.addWidget(self.write)
        row.addWidget(self.progress, 1)
        row.addWidget(self.stop)
        row.addStretch(1)
        column.addWidget(self.outcome)
        for widget in (self.progress, self.stop, self.outcome):
            widget.hide()

    def show_course(self, course: str) -> None:
        """Offer the report of `course`; empty: of none."""
        if course != self._course:
            self.outcome.hide()
        self._course = course
        self.setVisible(bool(course) and self._documents is not None)

    @Slot()
    def _write(self) -> None:
        if self._documents is None or self.work.busy:
            return
        path = self._choose_file(self, f"{self._course}-report.pdf")
        if path:
            self.outcome.hide()
            self.write.setEnabled(False)
            self._show_progress(0.0, -1.0)
            self.work.start(partial(_make, self._documents, self._course, Path(path)))

    @Slot(float, float)
    def _show_progress(self, share: float, _left_s: float) -> None:
        self.progress.show()
        self.stop.show()
        self.progress.show_share(share)

    @Slot(object)
    def _show_written(self, written: WrittenDocument | None) -> None:
        self._say(STOPPED if written is None else written.words, trouble=written is None)

    @Slot(str)
    def _show_failure(self, words: str) -> None:
        self._say(words, trouble=True)

    def _say(self, words: str, *, trouble: bool) -> None:
        self.progress.hide()
        self.stop.hide()
        self.write.setEnabled(True)
        theme.style(self.outcome, tone="attention" if trouble else "text", strong=trouble)
        show_text(self.outcome, words)

    def finish(self) -> None:
        """Stop what still works, and wait for its thread."""
        self.work.finish()


def _make(
    documents: Documents, course: str, path: Path, progress: Progress
) -> WrittenDocument | None:
    try:
        return documents.write_course(course, path, progress)
    except DocumentError as error:
        raise CatalogueError(str(error)) from error
