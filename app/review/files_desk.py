"""The desk of files from elsewhere: opened by hand, dropped on it or named at the command line."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.fields import show_text, wrapped_label
from app.importing.choices import Choices
from app.importing.door import ForeignFiles
from app.importing.foreign import ENDINGS, ForeignFileError, ForeignRecording
from app.records.catalogue import CatalogueError, Progress
from app.review.file_page import FilePage
from app.review.work import Work
from app.theme import Theme

_OFFERED = f"Recordings ({' '.join(f'*{one}' for one in ENDINGS)});;All files (*)"
INVITATION = (
    "Open a recording of another monitor or program: CSV (as of a Contec CMS50), WFDB (.hea), EDF, "
    "EDF+ or .vital. Drop it here, or press Open file…\n\nIt is checked before it is shown. "
    "Nothing of it is kept, and the file is not changed."
)

AskForFile = Callable[[QWidget], str]
"""Asks which file to open; gives a path, or empty when the person changed their mind."""


def ask_for_file(parent: QWidget) -> str:
    """Ask with the system's file dialog."""
    return QFileDialog.getOpenFileName(parent, "Open a file from elsewhere", "", _OFFERED)[0]


def _read(files: ForeignFiles, path: Path, choices: Choices, progress: Progress) -> Any:
    try:
        return files.read(path, choices, progress)
    except ForeignFileError as error:
        raise CatalogueError(str(error)) from error


class FilesDesk(QWidget):
    """One file from elsewhere at a time, checked in the background before it is shown.

    Signals:
        judge_wanted: judge the `ForeignRecording` shown (as an object) under limits.
    """

    judge_wanted = Signal(object)

    def __init__(
        self,
        files: ForeignFiles,
        first: Path | None = None,
        *,
        ask: AskForFile = ask_for_file,
        can_judge: bool = False,
    ) -> None:
        """Read by `files`; `first` is opened at once; `can_judge` offers to judge it."""
        super().__init__()
        self.setAcceptDrops(True)
        self._files = files
        self._ask = ask
        self._path: Path | None = None
        self._choices = Choices()
        self.open_button = QPushButton("Open file…")
        theme.style(self.open_button, kind="primary")
        self.open_button.clicked.connect(self._choose_file)
        self.judge = QPushButton("Judge under limits")
        self.judge.setToolTip("Which alarms limits would have raised, on the desk Other limits.")
        self.judge.clicked.connect(self._ask_judging)
        self._can_judge = can_judge
        self.progress = QProgressBar()
        self.progress.setAccessibleName("checking the file")
        self.progress.setRange(0, 0)
        self.stop = QPushButton("Stop")
        self.outcome = wrapped_label(name="outcome")
        self.outcome.hide()
        self.message = wrapped_label(INVITATION, name="message")
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.page = FilePage()
        self.page.choices_made.connect(self._read_again)
        self.stack = QStackedWidget()
        self.work = Work(self)
        self.stop.clicked.connect(self.work.stop)
        self.work.done.connect(self._show)
        self.work.failed.connect(self._say_failed)
        self._lay_out()
        if first is not None:
            self.open_file(first)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID_PX)
        head = QFrame()
        theme.style(head, surface="panel")
        column.addWidget(head)
        row = QHBoxLayout(head)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(theme.GRID_PX)
        names = QVBoxLayout()
        row.addLayout(names, 1)
        names.setSpacing(2)
        for widget in (self.page.heading, self.page.about, self.page.notice, self.outcome):
            names.addWidget(widget)
        row.addWidget(self.progress)
        row.addWidget(self.stop)
        row.addWidget(self.judge)
        row.addWidget(self.open_button)
        empty = QFrame()
        theme.style(empty, surface="panel")
        inner = QVBoxLayout(empty)
        inner.addWidget(self.message, 1)
        self.stack.addWidget(empty)
        self.stack.addWidget(self.page)
        column.addWidget(self.stack, 1)
        self._show_empty()
        self._show_working(working=False)

    def _show_empty(self) -> None:
        """Nothing of a file is on the screen."""
        for widget in (self.page.heading, self.page.about, self.page.notice, self.judge):
            widget.hide()
        self.stack.setCurrentIndex(0)

    def _show_working(self, *, working: bool) -> None:
        for widget in (self.progress, self.stop):
            widget.setVisible(working)
        self.page.channels.again.setEnabled(not working)

    # -- the methods of a desk ----------------------------------------------------------------

    def look_again(self) -> None:
        """Read the file anew."""
        if self._path is not None:
            self._begin(self._path, self._choices)

    def dress(self, _look: Theme) -> None:
        """Take the colours and sizes in force."""
        self.page.fit()

    def finish(self) -> None:
        """Stop what still works, and wait for its thread."""
        self.work.finish()

    # -- opening ------------------------------------------------------------------------------

    def open_file(self, path: Path) -> None:
        """Check the file at `path` and show it."""
        self._begin(path, Choices())

    @Slot()
    def _choose_file(self) -> None:
        chosen = self._ask(self)
        if chosen:
            self.open_file(Path(chosen))

    @Slot(object)
    def _read_again(self, choices: Choices) -> None:
        if self._path is not None:
            self._begin(self._path, choices)

    @Slot()
    def _ask_judging(self) -> None:
        if self.page.recording is not None:
            self.judge_wanted.emit(self.page.recording)

    def _begin(self, path: Path, choices: Choices) -> None:
        self.work.abandon()
        self._path, self._choices = path, choices
        self.progress.setFormat(f"checking {path.name}")
        self._show_working(working=True)
        self.work.start(partial(_read, self._files, path, choices))

    @Slot(object)
    def _show(self, recording: ForeignRecording | None) -> None:
        self._show_working(working=False)
        if recording is None:
            show_text(self.outcome, "Reading was stopped.")
            return
        show_text(self.outcome, "")
        for widget in (self.page.heading, self.page.about):
            widget.show()
        self.judge.setVisible(self._can_judge and bool(recording.streams))
        self.page.show_file(recording, self._choices)
        self.page.fit()
        self.stack.setCurrentWidget(self.page)

    @Slot(str)
    def _say_failed(self, why: str) -> None:
        """A file that is not shown leaves nothing of the one before on the screen."""
        self._show_working(working=False)
        show_text(self.outcome, "")
        theme.set_text(self.message, f"{why}\n\n{INVITATION}")
        self._show_empty()

    # -- dropping -----------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take one file of this machine."""
        urls = event.mimeData().urls()
        if len(urls) == 1 and urls[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        urls = event.mimeData().urls()
        if len(urls) == 1 and urls[0].isLocalFile():
            event.acceptProposedAction()
            self.open_file(Path(urls[0].toLocalFile()))
