"""Changing the own password or PIN; the password known now is asked for either."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.bedside.fields import labelled, show_text, wrapped_label
from app.bedside.new_secret import NewSecret
from app.bedside.secret_field import SecretField
from app.people.door import Account, People, Refused
from app.theme import GRID_PX, style
from protocols.events.terms import Proof

_LOOK_MS = 30


class RenewForm(QWidget):
    """The password of now, then the new secret twice.

    Signals:
        renewed: the `Account`, whose new secret is in force.
    """

    renewed = Signal(object)

    def __init__(self, people: People, parent: QWidget | None = None) -> None:
        """Change secrets with `people`; nothing is asked before `ask`."""
        super().__init__(parent)
        style(self, clear=True)
        self._people = people
        self._user = ""
        self._proof = Proof.PASSWORD
        self._waiting = False
        self.words = wrapped_label(name="why it is changed")
        self.current = SecretField("password that you have now")
        self.current_box = labelled("Password that you have now", self.current)
        self.password = NewSecret("new password")
        self.pin = NewSecret("new PIN")
        self.problem = wrapped_label(name="what is wrong with it")
        style(self.problem, tone="attention", strong=True)
        self.save_button = QPushButton("Change")
        style(self.save_button, kind="primary")
        self.save_button.clicked.connect(self._save)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX)
        for widget in (
            self.words,
            self.current_box,
            self.password,
            self.pin,
            self.problem,
            self.save_button,
        ):
            column.addWidget(widget)
        for new in (self.password, self.pin):
            new.again.returnPressed.connect(self._save)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)

    def ask(self, account: Account, proof: Proof, *, forced: bool = False) -> None:
        """Ask for another secret of the kind `proof`; `forced`: the one of now is by others."""
        self._user, self._proof = account.user, proof
        word = "PIN" if proof is Proof.PIN else "password"
        secrets = self._people.policy.secrets
        self.password.ask(secrets.password_length, digits_only=False)
        self.pin.ask(secrets.pin_length, digits_only=True)
        self.password.setVisible(proof is Proof.PASSWORD)
        self.pin.setVisible(proof is Proof.PIN)
        forced_words = f"Somebody else set your {word}. Set one that only you know."
        show_text(self.words, forced_words if forced else f"A new {word} for {account.name}.")
        show_text(self.problem, "")
        self.save_button.setText(f"Change the {word}")
        self.forget()

    def first_field(self) -> QWidget:
        """The password of now."""
        return self.current

    @property
    def _new(self) -> NewSecret:
        return self.pin if self._proof is Proof.PIN else self.password

    @Slot()
    def _save(self) -> None:
        if self._waiting:
            return
        problem = self._new.problem()
        if not self.current.text():
            problem = "Type the password that you have now."
        show_text(self.problem, problem)
        if problem:
            return
        self._waiting = True
        self.save_button.setEnabled(False)
        self._timer.start()
        self._people.set_own_secret(
            self._user, self.current.take(), self._proof, self._new.take(), self._answer
        )

    def _answer(self, answer: Account | Refused) -> None:
        self._waiting = False
        self._timer.stop()
        self.save_button.setEnabled(True)
        if isinstance(answer, Refused):
            show_text(self.problem, answer.sentence)
            self.current.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        show_text(self.problem, "")
        self.renewed.emit(answer)

    @Slot()
    def _look(self) -> None:
        if not self._people.deliver():
            self._timer.stop()

    def forget(self) -> None:
        """Forget everything typed."""
        self.current.forget()
        self.password.forget()
        self.pin.forget()

    def hideEvent(self, event: QHideEvent) -> None:
        """A hidden form remembers nothing."""
        self.forget()
        super().hideEvent(event)
