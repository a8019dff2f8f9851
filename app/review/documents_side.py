"""The documents of the session that is open: chosen, what each lacks, made in the background."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QListWidget,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.fields import show_text, wrapped_label
from app.printing.documents import DocumentError
from app.printing.offered import Documents, Offer
from app.printing.result_document import WrittenDocument
from app.records.catalogue import CatalogueError, OpenedSession, Progress
from app.review.work import Work
from app.review.work_bar import WorkBar

LOOKING = "Looking what is missing…"
COMPLETE = "Nothing is missing."
STOPPED = "Stopped before it was done: nothing was written."
UNPROTECTED = (
    "A document is a plain file: it has none of the record's protection. That it was made, by whom "
    "and with what content, is noted on the trail."
)
_SHOWN = 14
"""So many missing things are listed; how many more is said."""

ChooseFile = Callable[[QWidget, str], str]
"""Asks where to write; gives a path, or empty when the person changed their mind."""


class DocumentsSide(QScrollArea):
    """Chooses a document of the session, says what it lacks, and makes it.

    Signals:
        made: the `WrittenDocument` that was written.
    """

    made = Signal(object)

    def __init__(
        self, documents: Documents, choose_file: ChooseFile, parent: QWidget | None = None
    ) -> None:
        """Have documents made by `documents`; ask `choose_file` where to write each."""
        super().__init__(parent)
        self.setAccessibleName("documents of the session")
        self.setWidgetResizable(True)
        self._documents = documents
        self._choose_file = choose_file
        self._opened: OpenedSession | None = None
        self._offers: tuple[Offer, ...] = ()
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.choices = QListWidget()
        self.choices.setAccessibleName("documents that can be made")
        self.choices.setWordWrap(True)
        self.choices.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.choices.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.choices.setSpacing(3)
        self.choices.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.choices.currentRowChanged.connect(self._choose)
        self.about = wrapped_label(name="what the document is")
        theme.style(self.about, tone="dim")
        self.lacking = wrapped_label(name="what is missing in it")
        self.warning = wrapped_label(UNPROTECTED, name="what a copy is")
        theme.style(self.warning, tone="dim")
        self.write = QPushButton("Write PDF…")
        theme.style(self.write, kind="primary")
        self.write.clicked.connect(self._write)
        self.progress = WorkBar("progress of the document", "writing")
        self.stop = QPushButton("Stop")
        self.outcome = wrapped_label(name="what became of the document")
        self.looking = Work(self)
        self.writing = Work(self)
        self.stop.clicked.connect(self.writing.stop)
        self.looking.done.connect(self._show_lacking)
        self.looking.failed.connect(self._show_unknown)
        self.writing.progressed.connect(self._show_progress)
        self.writing.done.connect(self._show_written)
        self.writing.failed.connect(self._show_failure)
        self._lay_out()

    def _lay_out(self) -> None:
        page = QWidget()
        theme.style(page, surface="panel")
        self.setWidget(page)
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(theme.GRID_PX)
        title = wrapped_label("Documents of this session", name="heading")
        theme.style(title, role="title")
        column.addWidget(title)
        column.addWidget(self.choices)
        for widget in (self.lacking, self.write, self.progress, self.stop, self.outcome):
            column.addWidget(widget)
        column.addWidget(self.about)
        column.addWidget(self.warning)
        column.addStretch(1)
        for widget in (self.progress, self.stop, self.outcome):
            widget.hide()

    def show_session(self, opened: OpenedSession) -> None:
        """Offer the documents of `opened`; what is being made of another goes on."""
        self._opened = opened
        self._offers = ()
        self.choices.clear()
        try:
            self._offers = tuple(self._documents.offers(opened))
        except (DocumentError, CatalogueError) as error:
            self._offers = ()
            self._say(f"No document can be offered: {error}", trouble=True)
        self.choices.addItems([offer.title for offer in self._offers])
        self._fit_choices()
        self.write.setEnabled(bool(self._offers) and not self.writing.busy)
        for words in (self.about, self.lacking):
            theme.set_text(words, "")
        if self.isVisible():
            self._begin()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show every title whole."""
        super().resizeEvent(event)
        self._fit_choices()

    def _fit_choices(self) -> None:
        metrics, gap = self.choices.fontMetrics(), 2 * self.choices.spacing()
        room = QRect(0, 0, max(80, self.viewport().width() - 60), 10_000)
        whole = 6
        for row, offer in enumerate(self._offers):
            words = metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, offer.title)
            height = words.height() + metrics.height() // 2
            self.choices.item(row).setSizeHint(QSize(room.width(), height))
            whole += height + gap
        self.choices.setFixedHeight(whole)

    def showEvent(self, event: QShowEvent) -> None:
        """Look at the document that comes first."""
        super().showEvent(event)
        self._fit_choices()
        self._begin()

    def _begin(self) -> None:
        if self._offers and self.choices.currentRow() < 0:
            self.choices.setCurrentRow(0)

    @property
    def offer(self) -> Offer | None:
        """The document chosen."""
        number = self.choices.currentRow()
        return self._offers[number] if 0 <= number < len(self._offers) else None

    @Slot(int)
    def _choose(self, _row: int) -> None:
        offer = self.offer
        if offer is None or self._opened is None:
            return
        theme.set_text(self.about, offer.about)
        theme.style(self.lacking, tone="dim")
        theme.set_text(self.lacking, LOOKING)
        self.looking.abandon()
        self.looking.start(partial(_lacks, self._documents, self._opened, offer))

    @Slot(object)
    def _show_lacking(self, lacking: Sequence[str] | None) -> None:
        if lacking is None:
            return
        told = list(lacking)
        shown = [f"○ {one}" for one in told[:_SHOWN]]
        if len(told) > _SHOWN:
            shown.append(f"… and {len(told) - _SHOWN} more")
        words = "\n".join([f"{len(told)} missing:", *shown]) if told else COMPLETE
        theme.style(self.lacking, tone="attention" if told else "text")
        theme.set_text(self.lacking, words)

    @Slot(str)
    def _show_unknown(self, words: str) -> None:
        theme.style(self.lacking, tone="attention")
        theme.set_text(self.lacking, words)

    @Slot()
    def _write(self) -> None:
        offer, opened = self.offer, self._opened
        if offer is None or opened is None or self.writing.busy:
            return
        path = self._choose_file(self, offer.file_name)
        if not path:
            return
        self.outcome.hide()
        self.write.setEnabled(False)
        self._show_progress(0.0, -1.0)
        self.writing.start(partial(_make, self._documents, opened, offer, Path(path)))

    @Slot(float, float)
    def _show_progress(self, share: float, _left_s: float) -> None:
        self.progress.show()
        self.stop.show()
        self.progress.show_share(share)

    @Slot(object)
    def _show_written(self, written: WrittenDocument | None) -> None:
        if written is None:
            self._say(STOPPED, trouble=True)
            return
        self._say(written.words)
        self.made.emit(written)

    @Slot(str)
    def _show_failure(self, words: str) -> None:
        self._say(words, trouble=True)

    def _say(self, words: str, *, trouble: bool = False) -> None:
        self.progress.hide()
        self.stop.hide()
        self.write.setEnabled(bool(self._offers))
        theme.style(self.outcome, tone="attention" if trouble else "text", strong=trouble)
        show_text(self.outcome, words)

    def finish(self) -> None:
        """Stop what still works, and wait for its threads."""
        self.looking.finish()
        self.writing.finish()


def _lacks(
    documents: Documents, opened: OpenedSession, offer: Offer, _progress: Progress
) -> Sequence[str]:
    try:
        return documents.lacks(opened, offer)
    except DocumentError as error:
        raise CatalogueError(str(error)) from error


def _make(
    documents: Documents, opened: OpenedSession, offer: Offer, path: Path, progress: Progress
) -> WrittenDocument | None:
    try:
        return documents.write(opened, offer, path, progress)
    except DocumentError as error:
        raise CatalogueError(str(error)) from error
