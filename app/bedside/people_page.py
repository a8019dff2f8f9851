"""People and room: what is set up once for this bedside."""

from __future__ import annotations

from pydantic import ValidationError
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.bedside.accounts_frame import AccountsFrame
from app.bedside.fields import TextField, labelled, show_text, small_label, wrapped_label
from app.bedside.rights_frame import OwnSecretFrame, RightsFrame
from app.bedside.scrolling_page import ScrollingPage
from app.bedside.signals_frame import SignalsFrame
from app.bedside.site_frame import SiteFrame
from app.reception.desk import Desk, DeskError
from app.reception.settings import ROLES, Person, Settings
from app.theme import style


class PersonRow(QWidget):
    """One person: name and role.

    Signals:
        removed: take this person off the list.
        renamed: the name was changed.
    """

    removed = Signal(object)
    renamed = Signal()

    def __init__(self, person: Person | None = None, parent: QWidget | None = None) -> None:
        """Show `person`, or an empty row."""
        super().__init__(parent)
        style(self, clear=True)
        self.name = TextField("name", "name and profession, for example N. Okafor RN")
        self.role = QComboBox()
        self.role.setAccessibleName("role")
        self.role.addItems(list(ROLES))
        if person is not None:
            self.name.setText(person.name)
            if person.role not in ROLES:
                self.role.addItem(person.role)
            self.role.setCurrentText(person.role)
        self.name.textChanged.connect(self.renamed)
        remove = QPushButton("Remove")
        style(remove, kind="quiet")
        remove.clicked.connect(self._remove)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.name, 3)
        row.addWidget(self.role, 1)
        row.addWidget(remove)

    @Slot()
    def _remove(self) -> None:
        self.removed.emit(self)

    def person(self) -> Person | None:
        """Who stands here; None for an empty row."""
        name = self.name.words()
        return Person(name=name, role=self.role.currentText()) if name else None


class PeoplePage(ScrollingPage):
    """Room, people, who is usually here, protocol, alarm signals, and the site card.

    Signals:
        saved: the settings were saved and are in force.
        back_wanted: to the first page.
        accounts_wanted: begin with accounts.
    """

    saved = Signal()
    back_wanted = Signal()
    accounts_wanted = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        """Change the settings of `desk`."""
        super().__init__("People and room", parent)
        self._desk = desk
        column = self.column
        self.read_only = small_label(name="who may change this")
        column.addWidget(self.read_only)
        self.room_frame = self._make_room()
        column.addWidget(self.room_frame)
        self.own = OwnSecretFrame(desk.people)
        self.accounts = AccountsFrame(desk.people)
        self.rights = RightsFrame(desk.people)
        self.people_frame = self._make_people()
        for frame in (self.people_frame, self.own, self.accounts, self.rights):
            column.addWidget(frame)
        self.signals = SignalsFrame(desk.signal_table)
        column.addWidget(self.signals)
        self.site = SiteFrame()
        column.addWidget(self.site)
        self._add_buttons(column)
        self.problem = wrapped_label(name="what is missing")
        style(self.problem, tone="attention", strong=True)
        column.addWidget(self.problem)
        column.addStretch(1)
        self.rows: list[PersonRow] = []
        self.fill()

    def _make_room(self) -> QFrame:
        frame = QFrame()
        style(frame, surface="panel")
        self.room = TextField("name of the room", "Room 3")
        self.user = QComboBox()
        self.user.setAccessibleName("who is usually at this bedside")
        self.protocol = QComboBox()
        self.protocol.setAccessibleName("usual protocol")
        row = QHBoxLayout(frame)
        row.setContentsMargins(24, 16, 24, 16)
        row.setSpacing(16)
        row.addWidget(labelled("Name of the room", self.room), 1)
        self._user_box = labelled("Usually at this bedside", self.user)
        row.addWidget(self._user_box, 1)
        row.addWidget(labelled("Usual protocol", self.protocol), 1)
        return frame

    def _make_people(self) -> QFrame:
        frame = QFrame()
        style(frame, surface="panel")
        column = QVBoxLayout(frame)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(12)
        heading = QLabel("People who work here")
        style(heading, role="title")
        column.addWidget(heading)
        column.addWidget(
            small_label("They are offered wherever a name is asked; a role gives no rights.")
        )
        self._people = QVBoxLayout()
        self._people.setSpacing(8)
        column.addLayout(self._people)
        self.add_button = QPushButton("Add a person")
        self.add_button.clicked.connect(self._add_empty)
        self.begin_button = QPushButton("Begin with accounts")
        self.begin_button.clicked.connect(self.accounts_wanted)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(16)
        row.addWidget(self.add_button)
        row.addWidget(self.begin_button)
        row.addWidget(
            small_label(
                "With accounts everybody signs in with PIN or password. These names are kept."
            ),
            1,
        )
        return frame

    def _add_buttons(self, column: QVBoxLayout) -> None:
        self.save_button = QPushButton("Save")
        style(self.save_button, kind="primary")
        self.save_button.clicked.connect(self._save)
        self.back_button = QPushButton("Back without saving")
        style(self.back_button, kind="quiet")
        self.back_button.clicked.connect(self.back_wanted)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(16)
        row.addWidget(self.save_button)
        row.addStretch(1)
        row.addWidget(self.back_button)

    def fill(self) -> None:
        """Show the settings in force."""
        settings = self._desk.settings
        self.room.setText(settings.room)
        for row in list(self.rows):
            self._drop(row)
        for person in settings.people or (None,):
            self._add(person)
        self.protocol.clear()
        self.protocol.addItems(list(self._desk.protocols()))
        self.protocol.setCurrentText(settings.protocol)
        self._offer_users(settings.user)
        self.signals.fill(
            list(self._desk.signal_policies()),
            settings.signals,
            settings.staff_listen,
            settings.staff_secret_file,
        )
        self.site.fill(settings.site)
        show_text(self.problem, "")
        self._fill_accounts()

    def _fill_accounts(self) -> None:
        """Accounts in place of the list of names, and what the person here may change."""
        people, person = self._desk.people, self._desk.person
        accounts = people.has_accounts
        self.people_frame.setVisible(not accounts)
        self._user_box.setVisible(not accounts)
        for frame in (self.accounts, self.rights):
            frame.setVisible(accounts)
        self.own.fill(person.user if accounts and person is not None else "")
        may = not accounts or (
            person is not None and people.policy.may_open("settings", person.roles)
        )
        for part in (self.room_frame, self.signals, self.site, self.save_button):
            part.setEnabled(may)
        who = ", ".join(sorted(people.policy.pages.get("settings", ())))
        show_text(self.read_only, "" if may else f"To be read here; changed by: {who}.")
        if accounts:
            self.accounts.fill([one.name for one in self._desk.settings.people])
            self.rights.fill()

    def leave(self) -> None:
        """Nobody changes accounts any more."""
        self.accounts.forget()
        self.own.renew.hide()

    def _add(self, person: Person | None) -> PersonRow:
        row = PersonRow(person)
        row.removed.connect(self._drop)
        row.renamed.connect(self._renamed)
        self.rows.append(row)
        self._people.addWidget(row)
        return row

    @Slot()
    def _add_empty(self) -> None:
        self._add(None).name.setFocus()

    @Slot(object)
    def _drop(self, row: PersonRow) -> None:
        self.rows.remove(row)
        self._people.removeWidget(row)
        row.hide()
        row.deleteLater()
        self._renamed()

    @Slot()
    def _renamed(self) -> None:
        self._offer_users(self.user.currentData() or "")

    def _offer_users(self, chosen: str) -> None:
        names = [row.name.words() for row in self.rows if row.name.words()]
        self.user.clear()
        self.user.addItem("nobody: asked each time", "")
        for name in dict.fromkeys(names):
            self.user.addItem(name, name)
        self.user.setCurrentIndex(max(0, self.user.findData(chosen)))

    @Slot()
    def _save(self) -> None:
        people = tuple(person for row in self.rows if (person := row.person()) is not None)
        problem = self._problem(people)
        if not problem:
            problem = self._store(people)
        show_text(self.problem, problem)
        if not problem:
            self.saved.emit()

    def _problem(self, people: tuple[Person, ...]) -> str:
        if not self.room.words():
            return "Not saved: give the room a name."
        names = [person.name for person in people]
        twice = next((name for name in names if names.count(name) > 1), "")
        return f"Not saved: {twice} stands here twice." if twice else self.signals.problem()

    def _store(self, people: tuple[Person, ...]) -> str:
        try:
            changed = {
                "room": self.room.words(),
                "people": people,
                "user": self.user.currentData() or "",
                "protocol": self.protocol.currentText(),
                "signals": self.signals.policy.currentText(),
                "staff_listen": self.signals.listen.words(),
                "staff_secret_file": self.signals.secret.words(),
                "site": self.site.card(),
            }
            kept = self._desk.settings.model_dump()
            self._desk.save_settings(Settings.model_validate({**kept, **changed}))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            return f"Not saved: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}."
        except DeskError as error:
            return f"Not saved: {error}"
        return ""
