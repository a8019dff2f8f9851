"""What a locked bedside says in one line, and the way to sign in."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from app.bedside.proof_box import asks_proof
from app.bedside.times import time_of_day
from app.state import ViewState
from app.theme import style

STILL_WORKS = "Stop, pause, abort BP and pausing sound work."


def is_locked(state: ViewState) -> bool:
    """Whether the bedside takes only what makes the patient safer: locked, or nobody is there."""
    return asks_proof(state) and (state.people.locked is not None or state.people.person is None)


def locked_words(state: ViewState) -> str:
    """Since when it is locked, that nothing else changed, and what still works."""
    locked = state.people.locked
    head = "NOBODY IS SIGNED IN"
    if locked is not None:
        head = f"LOCKED since {time_of_day(state, locked.t_ns)}"
    return f"{head}. Vitals and alarms go on. Touch to sign in.\n{STILL_WORKS}"


class LockStrip(QPushButton):
    """The line; touched, it asks who is there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("locked: sign in")
        style(self, kind="row", weighty=True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(1)
        self.hide()

    def say(self, words: str) -> None:
        """Show `words`; empty: nothing is locked."""
        if words != self.text():
            self.setText(words)
            self.setAccessibleName(words.replace("\n", " "))
        if self.isHidden() is bool(words):
            self.setVisible(bool(words))
