"""The people of a record as big rows to touch: name, and what they may act as."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.bedside.fields import TextField, small_label
from app.people.door import Account
from app.theme import GRID_PX, style
from protocols.events.terms import Role

MANY = 8
"""With more people than this a field narrows the list."""

NOBODY_FITS = "Nobody here has an account for this."
NOBODY_FOUND = "Nobody of this name has an account."


def role_word(role: Role) -> str:
    """A role in a word for people."""
    return "QA" if role is Role.QA else str(role)


def roles_words(account: Account) -> str:
    """What the account may act as: ``nurse, administrator``."""
    return ", ".join(role_word(role) for role in account.roles) or "no role"


def until_words(until_utc: str) -> str:
    """An instant of the record as a local time of day: ``14:35``, with the date on another day."""
    # the next whole minute: who tries in the minute that is named is not refused again
    until = datetime.fromisoformat(until_utc).astimezone() + timedelta(seconds=60, microseconds=-1)
    today = datetime.now().astimezone().date()
    return f"{until:%H:%M}" if until.date() == today else f"{until:%Y-%m-%d %H:%M}"


class PeopleList(QWidget):
    """One row a person, none chosen beforehand.

    Signals:
        chosen: the `user` of the row that was touched.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, clear=True)
        self.rows: dict[str, QPushButton] = {}
        self._accounts: tuple[Account, ...] = ()
        self.filter = TextField("find a name", "first letters of the name")
        self.filter.textChanged.connect(self._narrow)
        self.empty = small_label(name="nobody to choose")
        self._column = QVBoxLayout()
        self._column.setSpacing(GRID_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX)
        column.addWidget(self.filter)
        column.addLayout(self._column)
        column.addWidget(self.empty)

    def offer(self, accounts: Sequence[Account]) -> None:
        """Offer `accounts` in this order."""
        self._accounts = tuple(accounts)
        for row in self.rows.values():
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = {account.user: self._row(account) for account in accounts}
        self.filter.clear()
        self.filter.setVisible(len(self._accounts) > MANY)
        self._narrow()

    @property
    def offered(self) -> tuple[Account, ...]:
        """Who is offered."""
        return self._accounts

    def _row(self, account: Account) -> QPushButton:
        words = roles_words(account)
        if account.locked_until_utc:
            words += f" · locked until {until_words(account.locked_until_utc)}"
        row = QPushButton(f"{account.name}\n{words}")
        row.setProperty("user", account.user)
        row.setAccessibleName(f"{account.name}, {words}")
        style(row, kind="row")
        row.clicked.connect(self._touched)
        self._column.addWidget(row)
        return row

    @Slot()
    def _touched(self) -> None:
        self.chosen.emit(str(self.sender().property("user")))

    @Slot()
    def _narrow(self) -> None:
        """Show the rows in whose name or account a word begins with what is typed."""
        wanted = self.filter.words().casefold()
        shown = 0
        for account in self._accounts:
            words = f"{account.name} {account.user}".casefold().split()
            fits = any(word.startswith(wanted) for word in words)
            self.rows[account.user].setVisible(fits)
            shown += fits
        self.empty.setText(NOBODY_FOUND if self._accounts else NOBODY_FITS)
        self.empty.setVisible(not shown)

    def first_row(self) -> QWidget:
        """Where the focus goes: the field where there are many, else the first row."""
        if not self.filter.isHidden() or not self.rows:
            return self.filter
        return next(iter(self.rows.values()))

    def focus_first(self) -> None:
        """Put the focus there."""
        self.first_row().setFocus(Qt.FocusReason.OtherFocusReason)
