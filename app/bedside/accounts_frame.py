"""The accounts of the record: who they are, how they stand, and what an administrator changes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.bedside.account_form import AccountForm, Act
from app.bedside.fields import show_text, small_label, wrapped_label
from app.bedside.people_list import roles_words, until_words
from app.bedside.sign_in_form import Ask, SignInForm
from app.people.door import TO_ADMINISTER, Account, People, Proven
from app.theme import style
from protocols.events.terms import Proof, Role

ADMINISTER = Ask(
    heading="Password of an administrator",
    purpose=TO_ADMINISTER,
    roles=frozenset({Role.ADMINISTRATOR}),
)


def standing_words(account: Account) -> str:
    """How an account stands: ``password and PIN``, ``PIN to be changed``, ``retired``."""
    if not account.active:
        return "retired"
    if account.locked_until_utc:
        return f"locked until {until_words(account.locked_until_utc)} after wrong tries"
    has = [
        f"{word}{' to be changed' if proof in account.must_change else ''}"
        for proof, word, there in (
            (Proof.PASSWORD, "password", account.has_password),
            (Proof.PIN, "PIN", account.has_pin),
        )
        if there
    ]
    return " and ".join(has) or "cannot sign in yet: set a password"


class AccountRow(QFrame):
    """One account, and what may be done to it.

    Signals:
        wanted: an `Act` and the `Account`.
    """

    wanted = Signal(object, object)

    def __init__(self, account: Account, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, surface="raised")
        self.account = account
        name = QLabel(f"{account.name}   ({account.user})")
        style(name, strong=True, tone="text" if account.active else "dim")
        detail = small_label(f"{roles_words(account)} · {standing_words(account)}")
        row = QHBoxLayout(self)
        words = QVBoxLayout()
        row.addLayout(words, 1)
        words.setSpacing(0)
        words.addWidget(name)
        words.addWidget(detail)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(8)
        self.buttons: dict[Act, QPushButton] = {}
        for act, text in self._acts():
            button = QPushButton(text)
            button.setProperty("act", act)
            button.setAccessibleName(f"{text}: {account.name}")
            style(button, kind="quiet")
            button.clicked.connect(self._touched)
            row.addWidget(button)
            self.buttons[act] = button

    def _acts(self) -> Sequence[tuple[Act, str]]:
        if not self.account.active:
            return ((Act.RESTORE, "Restore"),)
        acts = [
            (Act.CHANGE, "Change"),
            (Act.PASSWORD, "Password"),
            (Act.PIN, "PIN"),
            (Act.RETIRE, "Retire"),
        ]
        return [(Act.LIFT, "Lift lock"), *acts] if self.account.locked_until_utc else acts

    @Slot()
    def _touched(self) -> None:
        self.wanted.emit(Act(self.sender().property("act")), self.account)


class AccountsFrame(QFrame):
    """Every account; its buttons work once an administrator gave the password.

    Attributes:
        by: the administrator who proved it, until the page is left.
    """

    def __init__(self, people: People, parent: QWidget | None = None) -> None:
        """Show and change the accounts of `people`."""
        super().__init__(parent)
        style(self, surface="panel")
        self._people = people
        self.by: Proven | None = None
        self.rows: dict[str, AccountRow] = {}
        self._names: Sequence[str] = ()
        heading = QLabel("Accounts")
        style(heading, role="title")
        self.note = wrapped_label(name="who may change accounts")
        self.said = wrapped_label(name="what was done")
        style(self.said, strong=True)
        self.unlock_button = QPushButton("Change accounts")
        self.unlock_button.clicked.connect(self._ask)
        self.add_button = QPushButton("Add an account")
        self.add_button.clicked.connect(self._add)
        self.form = AccountForm(people)
        self.form.done.connect(self._done)
        self.proof = SignInForm(people)
        self.proof.proven.connect(self._proven)
        self.proof.setMaximumWidth(560)
        self.proof.hide()
        self._rows = QVBoxLayout()
        self._rows.setSpacing(8)
        self._offers = QVBoxLayout()
        self._offers.setSpacing(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(12)
        top = QHBoxLayout()
        column.addLayout(top)
        top.setSpacing(16)
        top.addWidget(heading)
        top.addWidget(self.note, 1)
        top.addWidget(self.unlock_button)
        top.addWidget(self.add_button)
        for widget in (self.proof, self.said, self.form):
            column.addWidget(widget)
        column.addLayout(self._rows)
        column.addLayout(self._offers)
        self.offers: dict[str, QPushButton] = {}

    def fill(self, names: Sequence[str] = ()) -> None:
        """Show the accounts; `names` are people without one who were on the list before."""
        self._names = names
        for row in self.rows.values():
            self._rows.removeWidget(row)
            row.hide()
            row.deleteLater()
        accounts = self._people.accounts()
        self.rows = {account.user: AccountRow(account) for account in accounts}
        for row in self.rows.values():
            row.wanted.connect(self._open)
            self._rows.addWidget(row)
        self._offer([name for name in names if name not in {one.name for one in accounts}])
        self._show_rights()

    def _offer(self, names: Sequence[str]) -> None:
        for button in self.offers.values():
            self._offers.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.offers = {}
        for name in names:
            button = QPushButton(f"{name}: make an account")
            button.setProperty("person", name)
            style(button, kind="row")
            button.clicked.connect(self._add_named)
            self._offers.addWidget(button)
            self.offers[name] = button

    def forget(self) -> None:
        """Nobody changes accounts any more: the page was left, or locked."""
        self.by = None
        self.form.hide()
        self.proof.hide()
        show_text(self.said, "")
        self._show_rights()

    def _show_rights(self) -> None:
        may = self.by is not None
        words = "" if self.by is None else f"{self.by.account.name} changes accounts."
        show_text(self.note, words or "Read only. An administrator changes them with the password.")
        self.unlock_button.setVisible(not may)
        self.add_button.setVisible(may)
        for row in self.rows.values():
            for button in row.buttons.values():
                button.setVisible(may)
        for offer in self.offers.values():
            offer.setVisible(may)

    @Slot()
    def _ask(self) -> None:
        show_text(self.said, "")
        self.proof.show()
        self.proof.ask(ADMINISTER)

    @Slot(object)
    def _proven(self, proven: Proven) -> None:
        self.by = proven
        self.proof.hide()
        self._show_rights()
        self.add_button.setFocus()

    @Slot(object, object)
    def _open(self, act: Act, account: Account) -> None:
        if self.by is not None:
            show_text(self.said, "")
            self.form.open_form(act, self.by, account)

    @Slot()
    def _add(self) -> None:
        if self.by is not None:
            show_text(self.said, "")
            self.form.open_form(Act.ADD, self.by, None)

    @Slot()
    def _add_named(self) -> None:
        if self.by is not None:
            name = str(self.sender().property("person"))
            self.form.open_form(Act.ADD, self.by, None, name)

    @Slot(str)
    def _done(self, words: str) -> None:
        show_text(self.said, words)
        self.fill(self._names)
