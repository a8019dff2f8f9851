"""The field of a second person in a form: a typed name, or somebody who proves to be there.

Where a session knows accounts, the form hands its command over with `TO_BE_PROVEN` in place of the
name; the window then asks that person in the side panel, and sends the command right after.
"""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QWidget

from app.bedside.fields import TextField
from app.state import ViewState

TO_BE_PROVEN = "(proves it next)"
"""Stands for the name of a person whom the window asks before the command goes out."""


def asks_proof(state: ViewState) -> bool:
    """Whether people prove who they are in this session; without it their names are typed."""
    return state.people.rights is not None


class PersonField(TextField):
    """The name of a person who is not the one at the bedside.

    Nothing is typed where the person proves it: the field says what follows.
    """

    def __init__(
        self,
        name: str,
        placeholder: str = "",
        who: str = "",
        *,
        proof: str = "PIN",
        parent: QWidget | None = None,
    ) -> None:
        """`who` is the person as the subject of a sentence, for example ``The giver``.

        `proof` is what is asked for next.
        """
        super().__init__(name, placeholder, parent)
        self._plain = placeholder
        who = who or name[:1].upper() + name[1:]
        self._next = f"{who} {'sign' if who == 'You' else 'signs'} with {proof} next"
        self.proves = False

    def ask_proof(self, *, proves: bool) -> None:
        """Let the person prove who they are, or have the name typed."""
        if proves is self.proves:
            return
        self.proves = proves
        self.clear()
        self.setEnabled(not proves)
        self.setPlaceholderText(self._next if proves else self._plain)

    def words(self) -> str:
        """The name typed, or `TO_BE_PROVEN`."""
        return TO_BE_PROVEN if self.proves else super().words()


class MaybePersonField(QPushButton):
    """Whether a second person takes part who proves it; nobody is chosen at first."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        """`text` says what the person did: ``A second person checked``."""
        super().__init__(text, parent)
        self.setCheckable(True)
        self.setAccessibleDescription("This person proves it with a PIN next.")

    def words(self) -> str:
        """`TO_BE_PROVEN`, or empty."""
        return TO_BE_PROVEN if self.isChecked() else ""
