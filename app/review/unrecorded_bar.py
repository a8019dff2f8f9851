"""At the top of the review: answers on episodes that are not recorded, of sessions not in view."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from app import theme
from app.bedside.fields import wrapped_label

CLOSE = "Record or discard them, then close."


class UnrecordedBar(QFrame):
    """Told what is not recorded; hidden where there is nothing to tell.

    Signals:
        session_wanted: the name of a session with such answers.
        discard_wanted: what the bar tells of is to be given up: a tuple of names of sessions.
    """

    session_wanted = Signal(str)
    discard_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, surface="panel")
        self._sessions: tuple[str, ...] = ()
        self.words = wrapped_label(name="answers not recorded")
        theme.style(self.words, tone="attention", strong=True)
        self.go = QPushButton("Go there")
        theme.style(self.go, kind="action")
        self.discard = QPushButton("Discard")
        self.discard.setAccessibleName("discard the answers not recorded")
        theme.style(self.discard, kind="quiet")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 16, 6)
        row.addWidget(self.words, 1)
        row.addWidget(self.go)
        row.addWidget(self.discard)
        self.go.clicked.connect(self._go)
        self.discard.clicked.connect(self._discard)
        self.hide()

    def tell(self, unrecorded: Mapping[str, int], shown: str, *, closing: bool = False) -> None:
        """Tell of `unrecorded` answers by session, but of the session `shown` only on `closing`."""
        told = {name: n for name, n in unrecorded.items() if n and (closing or name != shown)}
        self._sessions = tuple(told)
        parts = [f"{n} answer{'' if n == 1 else 's'} on episodes of {s}" for s, n in told.items()]
        words = f"Not recorded: {', '.join(parts)}."
        theme.set_text(self.words, f"{words} {CLOSE}" if closing else words)
        self.setVisible(bool(told))

    @Slot()
    def _go(self) -> None:
        if self._sessions:
            self.session_wanted.emit(self._sessions[0])

    @Slot()
    def _discard(self) -> None:
        self.discard_wanted.emit(self._sessions)
