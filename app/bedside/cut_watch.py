"""Looks for a session that was cut and waits for a decision, while the first page shows."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.bedside.cut_words import in_words
from app.bedside.start_page import StartPage
from app.reception.desk import CutSession, Desk, DeskError

LOOK_MS = 2_000
"""How often it is looked."""


class CutWatch(QObject):
    """Shows what it finds on the first page.

    Signals:
        failed: why the record could not be looked into.
    """

    failed = Signal(str)

    def __init__(self, desk: Desk, start: StartPage, parent: QObject) -> None:
        """Look into the record of `desk`, once `begin` is called."""
        super().__init__(parent)
        self._desk, self._start = desk, start
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)

    def begin(self) -> None:
        """Look now, and from now on."""
        self.look()
        self._timer.start()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def found(self) -> CutSession | None:
        """The session that was cut, or None."""
        try:
            return self._desk.cut_session()
        except DeskError as error:
            self.failed.emit(str(error))
            return None

    @Slot()
    def look(self) -> None:
        """Show what is there."""
        found = self.found()
        shown = None if found is None else in_words(found, datetime.now().astimezone())
        self._start.show_unfinished(shown)
        self._start.show_server(self._desk.server_line())

    @property
    def waits(self) -> bool:
        """Whether one is shown."""
        return not self._start.unfinished_frame.isHidden()
