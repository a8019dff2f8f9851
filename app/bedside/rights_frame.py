"""The table of rights, to be read by everybody, and the own password and PIN."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.bedside.fields import show_text, small_label, wrapped_label
from app.bedside.people_list import role_word
from app.bedside.renew_form import RenewForm
from app.bedside.summary import Facts
from app.bedside.summary_rows import Rows
from app.people.door import Account, People
from app.theme import style
from protocols.events.terms import Proof, Role
from protocols.people.rights import CommandRight, Rights


def rights_rows(rights: Rights) -> Rows:
    """Who may do what, as rows: what is done, by whom, and who else must prove it."""
    rows: list[tuple[str, ...]] = [("What", "Who", "Second person or proof")]
    rows += [(_kinds(one), _who(one), _second(one)) for one in rights.commands]
    rows += [
        (f"Sign as {meaning}", _named(roles), "password") for meaning, roles in _signing(rights)
    ]
    rows += [(f"Page: {page}", _named(roles), "") for page, roles in rights.pages.items()]
    return rows


def _signing(rights: Rights) -> list[tuple[str, Iterable[Role]]]:
    return [(str(meaning), roles) for meaning, roles in rights.signatures.items()]


def _kinds(right: CommandRight) -> str:
    words = [kind.replace("_", " ").replace("bp", "BP") for kind in right.kinds]
    lines = [", ".join(words[at : at + 5]) for at in range(0, len(words), 5)]
    return ",\n".join(lines)


def _named(roles: Iterable[Role]) -> str:
    wanted = set(roles)
    return ", ".join(role_word(role) for role in Role if role in wanted)


def _who(right: CommandRight) -> str:
    return "anybody, also while locked" if right.always else _named(right.roles)


def _second(right: CommandRight) -> str:
    parts = []
    if right.proven:
        parts.append("proves it for this action")
    if right.verbal_to:
        parts.append(f"{_named(right.verbal_to)} may enter a verbal order")
    if right.second:
        how = "may be named by telephone" if right.second_verbal else "proves it for this action"
        parts.append(f"{right.second.replace('_', ' ')} ({_named(right.second_roles)}) {how}")
    return "; ".join(parts)


class RightsFrame(QFrame):
    """The rights in force; the table opens on a touch."""

    def __init__(self, people: People, parent: QWidget | None = None) -> None:
        """Show the rights of `people`."""
        super().__init__(parent)
        style(self, surface="panel")
        self._people = people
        heading = QLabel("Who may do what")
        style(heading, role="title")
        self.words = wrapped_label(name="rights in force")
        self.show_button = QPushButton("Show the table")
        self.show_button.setCheckable(True)
        self.show_button.toggled.connect(self._toggle)
        self.table = Facts("who may do what")
        self.table.hide()
        column = QVBoxLayout(self)
        top = QHBoxLayout()
        column.addLayout(top)
        top.setSpacing(16)
        top.addWidget(heading)
        top.addWidget(self.words, 1)
        top.addWidget(self.show_button)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(12)
        column.addWidget(self.table)

    def fill(self) -> None:
        """Show the policy in force."""
        rights = self._people.policy
        approved = f"approved by {rights.approved_by}" if rights.approved_by else "NOT YET APPROVED"
        show_text(
            self.words,
            f"{rights.title} · {rights.id} version {rights.version} · {approved} · locks after "
            f"{rights.auto_lock_min} min without a touch",
        )
        self.table.show_rows(rights_rows(rights))

    @Slot(bool)
    def _toggle(self, shown: bool) -> None:
        self.table.setVisible(shown)


class OwnSecretFrame(QFrame):
    """The own password and PIN of who is signed in."""

    def __init__(self, people: People, parent: QWidget | None = None) -> None:
        """Change secrets with `people`."""
        super().__init__(parent)
        style(self, surface="panel")
        self._people = people
        self._user = ""
        self.heading = QLabel("You")
        style(self.heading, role="title")
        self.said = small_label(name="what was changed")
        self.pin_button = QPushButton("Set or change my PIN")
        self.password_button = QPushButton("Change my password")
        self.pin_button.clicked.connect(self._change_pin)
        self.password_button.clicked.connect(self._change_password)
        self.renew = RenewForm(people)
        self.renew.setMaximumWidth(560)
        self.renew.renewed.connect(self._renewed)
        self.renew.hide()
        column = QVBoxLayout(self)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(16)
        row.addWidget(self.heading)
        row.addWidget(self.said, 1)
        row.addWidget(self.pin_button)
        row.addWidget(self.password_button)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(12)
        column.addWidget(self.renew)

    def fill(self, user: str) -> None:
        """Offer it to `user`; hidden while nobody is signed in."""
        self._user = user
        account = self._people.account(user) if user else None
        self.setVisible(account is not None)
        self.renew.hide()
        show_text(self.said, "")
        if account is not None:
            self.heading.setText(account.name)
            pin = "You have a PIN." if account.has_pin else "You have no PIN yet: set one."
            show_text(self.said, pin)

    @Slot()
    def _change_pin(self) -> None:
        self._change(Proof.PIN)

    @Slot()
    def _change_password(self) -> None:
        self._change(Proof.PASSWORD)

    def _change(self, proof: Proof) -> None:
        account = self._people.account(self._user)
        if account is not None:
            self.renew.ask(account, proof)
            self.renew.show()
            self.renew.first_field().setFocus()

    @Slot(object)
    def _renewed(self, account: Account) -> None:
        self.fill(account.user)
        show_text(self.said, "Changed.")
