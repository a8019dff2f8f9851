"""The first account of a record: an administrator, made by the person who sets the room up."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.bedside.fields import (
    TextField,
    bare_row,
    labelled,
    show_text,
    small_label,
    wrapped_label,
)
from app.bedside.new_secret import NewSecret
from app.bedside.people_list import role_word
from app.bedside.scrolling_page import ScrollingPage
from app.people.door import Account, People, Refused
from app.theme import style
from protocols.events.terms import Role

WHY = (
    "With accounts the record knows who did what: everybody signs in with a PIN or a password, and "
    "a second person proves that they were there. The first account is an administrator; the "
    "administrator then adds the others. Nobody is ever kept from a patient: working without "
    "signing in stays possible, and is marked in the record."
)
LATER = (
    "Work without accounts for now: names are typed as before, and every record says that nobody "
    "proved who they are. Accounts can be begun at any time under People and room."
)
_LOOK_MS = 30


def proposed_user(name: str) -> str:
    """What somebody of this name may type to sign in: ``okafor`` of ``N. Okafor RN``."""
    words = [word for word in name.replace(".", " ").split() if word.isalpha() and len(word) > 1]
    given = [word for word in words if not word.isupper()] or words
    return given[-1].lower() if given else ""


class FirstAccountPage(ScrollingPage):
    """Name, account and a password of the first administrator; nothing is filled in.

    Signals:
        created: the `Account`.
        put_off: work goes on without accounts.
        back_wanted: to the first page.
    """

    created = Signal(object)
    put_off = Signal()
    back_wanted = Signal()

    def __init__(self, people: People, parent: QWidget | None = None) -> None:
        """Begin the accounts of `people`."""
        super().__init__("Who works here?", parent)
        self._people = people
        self._waiting = False
        self.name = TextField("your name as in the record", "for example N. Okafor RN")
        self.user = TextField("account", "what you type to sign in, for example okafor")
        self.name.textEdited.connect(self._propose)
        self.roles = {
            role: QCheckBox(role_word(role)) for role in Role if role != Role.ADMINISTRATOR
        }
        self.password = NewSecret("password")
        self.problem = wrapped_label(name="what is missing")
        style(self.problem, tone="attention", strong=True)
        self.create_button = QPushButton("Create this administrator")
        style(self.create_button, kind="primary")
        self.create_button.clicked.connect(self._create)
        self.password.again.returnPressed.connect(self._create)
        self.later_button = QPushButton("Work without accounts for now")
        self.later_button.clicked.connect(self._put_off)
        self.back_button = QPushButton("Back")
        style(self.back_button, kind="quiet")
        self.back_button.clicked.connect(self._back)
        self.column.addWidget(wrapped_label(WHY))
        self.column.addWidget(self._make_form())
        self.column.addWidget(self._make_later())
        self.column.addStretch(1)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)
        self.empty()

    def _make_form(self) -> QFrame:
        frame = QFrame()
        style(frame, surface="panel")
        column = QVBoxLayout(frame)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(12)
        names = QHBoxLayout()
        column.addLayout(names)
        names.setSpacing(16)
        names.addWidget(labelled("Your name, as the record shows it", self.name), 1)
        names.addWidget(labelled("Account, typed to sign in", self.user), 1)
        column.addWidget(labelled("You are an administrator, and also", self._make_roles()))
        column.addWidget(self.password)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(16)
        row.addWidget(self.create_button)
        row.addWidget(self.problem, 100)
        row.addStretch(1)
        return frame

    def _make_roles(self) -> QWidget:
        box = bare_row(*self.roles.values())
        layout = box.layout()
        if isinstance(layout, QHBoxLayout):
            layout.addStretch(1)
        return box

    def _make_later(self) -> QFrame:
        frame = QFrame()
        style(frame, surface="panel")
        row = QHBoxLayout(frame)
        row.setContentsMargins(24, 16, 24, 16)
        row.setSpacing(16)
        row.addWidget(self.later_button)
        row.addWidget(small_label(LATER), 1)
        row.addWidget(self.back_button)
        return frame

    def empty(self, name: str = "") -> None:
        """Begin anew, with `name` where it is known who sits here."""
        for field in (self.name, self.user):
            field.clear()
            field.settle()
        self.name.setText(name)
        self.user.setText(proposed_user(name))
        for box in self.roles.values():
            box.setChecked(False)
        self.password.ask(self._people.policy.secrets.password_length, digits_only=False)
        show_text(self.problem, "")

    @Slot(str)
    def _propose(self, name: str) -> None:
        self.user.fill(proposed_user(name))

    @Slot()
    def _create(self) -> None:
        if self._waiting:
            return
        problem = self._problem()
        show_text(self.problem, problem)
        if problem:
            return
        self._wait(waiting=True)
        roles = [role for role, box in self.roles.items() if box.isChecked()]
        self._people.create_first_administrator(
            self.user.words(),
            self.name.words(),
            (*roles, Role.ADMINISTRATOR),
            self.password.take(),
            self._answer,
        )

    def _problem(self) -> str:
        if not self.name.words():
            return "Type your name."
        return "Choose an account." if not self.user.words() else self.password.problem()

    def _answer(self, answer: Account | Refused) -> None:
        self._wait(waiting=False)
        if isinstance(answer, Refused):
            show_text(self.problem, answer.sentence)
            return
        show_text(self.problem, "")
        self.created.emit(answer)

    def _wait(self, *, waiting: bool) -> None:
        self._waiting = waiting
        for button in (self.create_button, self.later_button, self.back_button):
            button.setEnabled(not waiting)
        if waiting:
            self._timer.start()
        else:
            self._timer.stop()

    @Slot()
    def _look(self) -> None:
        if not self._people.deliver():
            self._timer.stop()

    @Slot()
    def _put_off(self) -> None:
        self.password.forget()
        self.put_off.emit()

    @Slot()
    def _back(self) -> None:
        self.password.forget()
        self.back_wanted.emit()
