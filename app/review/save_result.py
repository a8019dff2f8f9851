"""A button that saves what a desk shows, and the line that says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QPushButton

from app import theme
from app.bedside.fields import show_text, wrapped_label
from app.review.files_asked import RESULTS, SaveFile, result_path
from app.review.work import Work

Write = Callable[[Path], str]
"""Writes to a path what was shown when it was made; gives a sentence, or raises CatalogueError."""


class SaveResult(QObject):
    """Asks where to, and writes in a thread of its own. The desk places `button` and `said`."""

    def __init__(
        self,
        title: str,
        proposed: str,
        to_write: Callable[[], Write | None],
        can_write: bool,
        save_file: SaveFile,
    ) -> None:
        """Propose the name `proposed`; `to_write` gives what writes what is shown now."""
        super().__init__()
        self._title, self._proposed = title, proposed
        self._to_write, self._save_file = to_write, save_file
        self._allowed = False
        self.button = QPushButton("Save")
        self.button.setAccessibleName(title)
        self.button.setToolTip(f"{title}: PDF, HTML or CSV")
        if not can_write:
            self.button.hide()
        self.said = wrapped_label(name="what was written")
        self.said.hide()
        self.work = Work(self)
        self.button.clicked.connect(self._save)
        self.work.done.connect(self._tell)
        self.work.failed.connect(self._fail)
        self.allow(allowed=False)

    def allow(self, *, allowed: bool) -> None:
        """Whether there is something to save; what was said of what was shown before goes."""
        self._allowed = allowed
        self.button.setEnabled(allowed and not self.work.busy)
        show_text(self.said, "")

    @Slot()
    def _save(self) -> None:
        write = self._to_write()
        if write is None or self.work.busy:
            return
        chosen = self._save_file(self.button, self._title, self._proposed, RESULTS)
        if chosen:
            path = result_path(chosen)
            self.button.setEnabled(False)
            self.work.start(lambda _go_on: write(path))

    @Slot(object)
    def _tell(self, words: str) -> None:
        self._say(words, trouble=False)

    @Slot(str)
    def _fail(self, words: str) -> None:
        self._say(words, trouble=True)

    def _say(self, words: str, *, trouble: bool) -> None:
        self.button.setEnabled(self._allowed)
        theme.style(self.said, tone="attention" if trouble else "text", strong=trouble)
        show_text(self.said, words)

    def finish(self) -> None:
        """Wait for what is still written."""
        self.work.finish()
