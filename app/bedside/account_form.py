"""One change of an account at a time: new, changed, another secret, retired, freed."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.bedside.fields import TextField, bare_row, labelled, show_text, wrapped_label
from app.bedside.first_account_page import proposed_user
from app.bedside.new_secret import NewSecret
from app.bedside.people_list import role_word
from app.people.door import Account, People, Proven, Refused
from app.theme import style
from protocols.events.terms import Proof, Role

_LOOK_MS = 30


class Act(StrEnum):
    """What is done to an account."""

    ADD = "add"
    CHANGE = "change"
    PASSWORD = "password"  # noqa: S105 - the act, no secret
    PIN = "pin"
    RETIRE = "retire"
    RESTORE = "restore"
    LIFT = "lift"


_TITLES = {
    Act.ADD: "A new account",
    Act.CHANGE: "Change {name}",
    Act.PASSWORD: "A first password for {name}, who must change it",
    Act.PIN: "A first PIN for {name}, who must change it",
    Act.RETIRE: "Retire {name}: no longer signs in; the record keeps the name",
    Act.RESTORE: "Restore {name}: may sign in again",
    Act.LIFT: "Let {name} try again now",
}
_BUTTONS = {
    Act.ADD: "Add",
    Act.CHANGE: "Change",
    Act.PASSWORD: "Set the password",
    Act.PIN: "Set the PIN",
    Act.RETIRE: "Retire",
    Act.RESTORE: "Restore",
    Act.LIFT: "Lift the lock",
}
_WITH_REASON = (Act.CHANGE, Act.RETIRE, Act.RESTORE, Act.LIFT)


class AccountForm(QFrame):
    """Only the fields that the act needs are shown; a reason is asked for what takes or gives.

    Signals:
        done: it was done: a sentence for the person.
        cancelled: put away.
    """

    done = Signal(str)
    cancelled = Signal()

    def __init__(self, people: People, parent: QWidget | None = None) -> None:
        """Change accounts of `people`; hidden before `open_form`."""
        super().__init__(parent)
        style(self, surface="raised")
        self._people = people
        self._by: Proven | None = None
        self._act = Act.ADD
        self._account: Account | None = None
        self._waiting = False
        self.heading = wrapped_label(name="what is changed")
        style(self.heading, strong=True)
        self.name = TextField("name in the record", "for example A. Lund RN")
        self.user = TextField("account", "what is typed to sign in, for example lund")
        self.name.textEdited.connect(self._propose)
        self.roles = {role: QCheckBox(role_word(role)) for role in Role}
        self.password = NewSecret("first password")
        self.pin = NewSecret("first PIN")
        self.reason = TextField("reason", "for example: left the ward")
        self.problem = wrapped_label(name="what is missing")
        style(self.problem, tone="attention", strong=True)
        self.do_button = QPushButton()
        style(self.do_button, kind="primary")
        self.do_button.clicked.connect(self._do)
        for field in (self.password.again, self.pin.again, self.reason):
            field.returnPressed.connect(self._do)
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.clicked.connect(self._cancel)
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)
        self.hide()

    def _lay_out(self) -> None:
        self._user_box = labelled("Account", self.user)
        self._names = bare_row(labelled("Name in the record", self.name), self._user_box)
        roles = bare_row(*self.roles.values())
        layout = roles.layout()
        if isinstance(layout, QHBoxLayout):
            layout.addStretch(1)
        self._roles_box = labelled("May act as", roles)
        self._reason_box = labelled("Reason", self.reason)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        for widget in (
            self.heading,
            self._names,
            self._roles_box,
            self.password,
            self.pin,
            self._reason_box,
        ):
            column.addWidget(widget)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(16)
        row.addWidget(self.do_button)
        row.addWidget(self.cancel_button)
        row.addWidget(self.problem, 100)
        row.addStretch(1)

    def open_form(self, act: Act, by: Proven, account: Account | None, name: str = "") -> None:
        """Ask what `act` needs; `by` does it, and `name` is offered for a new account."""
        self._act, self._by, self._account = act, by, account
        known = "" if account is None else account.name
        show_text(self.heading, _TITLES[act].format(name=known))
        self.do_button.setText(_BUTTONS[act])
        self.do_button.setAccessibleName(self.heading.text())
        secrets = self._people.policy.secrets
        self.password.ask(secrets.password_length, digits_only=False)
        self.pin.ask(secrets.pin_length, digits_only=True)
        self.name.setText(known or name)
        self.user.settle()
        self.user.setText(proposed_user(name))
        for role, box in self.roles.items():
            box.setChecked(account is not None and role in account.roles)
        self.reason.clear()
        show_text(self.problem, "")
        self._names.setVisible(act in (Act.ADD, Act.CHANGE))
        self._user_box.setVisible(act is Act.ADD)
        self._roles_box.setVisible(act in (Act.ADD, Act.CHANGE))
        self.password.setVisible(act in (Act.ADD, Act.PASSWORD))
        self.pin.setVisible(act is Act.PIN)
        self._reason_box.setVisible(act in _WITH_REASON)
        self.show()
        self._first_field().setFocus()

    def _first_field(self) -> QWidget:
        if self._act in (Act.ADD, Act.CHANGE):
            return self.name
        if self._act in (Act.PASSWORD, Act.PIN):
            return self._secret().first
        return self.reason

    def _secret(self) -> NewSecret:
        return self.pin if self._act is Act.PIN else self.password

    @Slot(str)
    def _propose(self, name: str) -> None:
        if self._act is Act.ADD:
            self.user.fill(proposed_user(name))

    def _problem(self) -> str:
        if self._act in (Act.ADD, Act.CHANGE):
            if not self.name.words():
                return "Type the name."
            if not self._roles():
                return "Choose at least one role."
        if self._act is Act.ADD and not self.user.words():
            return "Choose an account."
        if self._act in _WITH_REASON and not self.reason.words():
            return "Give the reason."
        if self._act in (Act.ADD, Act.PASSWORD, Act.PIN):
            return self._secret().problem()
        return ""

    def _roles(self) -> list[Role]:
        return [role for role, box in self.roles.items() if box.isChecked()]

    @Slot()
    def _do(self) -> None:
        if self._waiting or self._by is None:
            return
        problem = self._problem()
        show_text(self.problem, problem)
        if problem:
            return
        if self._act is Act.ADD:
            self._add(self._by)
        elif self._account is not None:
            self._change(self._by, self._account)

    def _add(self, by: Proven) -> None:
        """The account first, then its password, which the person must change."""
        added = self._people.add_person(by, self.user.words(), self.name.words(), self._roles())
        if isinstance(added, Refused):
            show_text(self.problem, added.sentence)
            return
        self._account, self._act = added, Act.PASSWORD
        self._set_secret(by, added, Proof.PASSWORD)

    def _change(self, by: Proven, account: Account) -> None:
        reason = self.reason.words()
        people, user = self._people, account.user
        if self._act is Act.PASSWORD:
            self._set_secret(by, account, Proof.PASSWORD)
        elif self._act is Act.PIN:
            self._set_secret(by, account, Proof.PIN)
        elif self._act is Act.CHANGE:
            self._tell(
                people.change_person(by, user, self.name.words(), self._roles(), reason), "changed"
            )
        elif self._act is Act.LIFT:
            self._tell(people.lift_lock(by, user, reason), "may try again")
        else:
            active = self._act is Act.RESTORE
            word = "may sign in again" if active else "is retired"
            self._tell(people.retire_person(by, user, reason, active=active), word)

    def _set_secret(self, by: Proven, account: Account, proof: Proof) -> None:
        secret = self._secret().take()
        self._waiting = True
        self.do_button.setEnabled(False)
        self._timer.start()
        self._people.set_secret(by, account.user, proof, secret, self._secret_set)

    def _secret_set(self, answer: Account | Refused) -> None:
        self._waiting = False
        self._timer.stop()
        self.do_button.setEnabled(True)
        own = isinstance(answer, Account) and not answer.must_change
        word = "a new PIN" if self._act is Act.PIN else "a new password"
        then = "" if own else ", to be changed at the first sign-in"
        self._tell(answer, f"has {word}{then}")

    def _tell(self, answer: Account | Refused, word: str) -> None:
        if isinstance(answer, Refused):
            show_text(self.problem, answer.sentence)
            return
        self.hide()
        self.done.emit(f"{answer.name}: {word}.")

    @Slot()
    def _look(self) -> None:
        if not self._people.deliver():
            self._timer.stop()

    @Slot()
    def _cancel(self) -> None:
        self.hide()
        self.cancelled.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """A hidden form remembers no secret."""
        self.password.forget()
        self.pin.forget()
        super().hideEvent(event)
