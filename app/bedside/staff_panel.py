"""Who is with the patient: the observer, everybody noted, and who comes or goes."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app import theme
from app.bedside.entry_panel import EntryPanel, tighten
from app.bedside.fields import ChoiceRow, TextField, labelled, show_text, wrapped_label
from app.history import History
from app.state import ViewState
from protocols.events import NotePresence

OTHER_ROLES = ("nurse", "prescriber", "other")
"""Roles where the protocol names none."""


class StaffPanel(EntryPanel):
    """A person comes with a name and a role, and leaves with one touch."""

    title = "Who is here"
    refusable = (NotePresence,)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._present: dict[str, str] = {}
        self._roles: tuple[str, ...] = ()
        self.role: ChoiceRow | None = None
        self.leave_buttons: dict[str, QPushButton] = {}
        self.observer = wrapped_label(name="observer now")
        theme.style(self.observer, strong=True)
        self._people = QVBoxLayout()
        self._people.setSpacing(theme.GRID_PX)
        self.name = TextField("who came", "name")
        self._roles_place = QVBoxLayout()
        self.missing = wrapped_label(name="what is missing")
        theme.style(self.missing, role="small", tone="attention")
        self.come_button = QPushButton("Came")
        self.come_button.clicked.connect(self._come)
        self.body.addWidget(self.observer)
        self.body.addLayout(self._people)
        self.body.addWidget(labelled("Who came", self.name))
        self.body.addLayout(self._roles_place)
        self.body.addWidget(self.missing)
        self.body.addWidget(self.come_button)

    def first_field(self) -> QWidget | None:
        """The name."""
        return self.name

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show who is here and the roles of the site."""
        show_text(self.observer, f"Observer: {state.observer or 'nobody named yet'}")
        rule = None if state.definition is None else state.definition.care.presence
        roles = OTHER_ROLES if rule is None else rule.roles
        if roles != self._roles:
            self._build_roles(roles)
        if state.care.present != self._present:
            self._build_people(dict(state.care.present))

    def _build_roles(self, roles: tuple[str, ...]) -> None:
        if self.role is not None:
            self._roles_place.removeWidget(self.role)
            self.role.deleteLater()
        self._roles = roles
        self.role = ChoiceRow("role", [(role, role) for role in roles], columns=3)
        tighten(self.role)
        self._roles_place.addWidget(self.role)

    def _build_people(self, present: dict[str, str]) -> None:
        came = set(present) - set(self._present)
        for button in self.leave_buttons.values():
            self._people.removeWidget(button)
            button.deleteLater()
        self._present = present
        self.leave_buttons = {}
        for name, role in present.items():
            button = QPushButton(f"{name}, {role}: left")
            button.setProperty("person", name)
            button.clicked.connect(self._leave)
            self.leave_buttons[name] = button
            self._people.addWidget(button)
        if self.name.words() in came and self.role is not None:
            self.name.clear()
            self.role.show_value(None)

    @Slot()
    def _come(self) -> None:
        role = None if self.role is None else self.role.value()
        lacking = [
            what for what, given in (("a name", self.name.words()), ("a role", role)) if not given
        ]
        show_text(self.missing, f"Needed: {' and '.join(lacking)}." if lacking else "")
        if not lacking and role is not None:
            self.send(
                NotePresence(t_ns=0, by="", person=self.name.words(), role=role, present=True)
            )

    @Slot()
    def _leave(self) -> None:
        person = str(self.sender().property("person"))
        role = self._present.get(person, "")
        self.send(NotePresence(t_ns=0, by="", person=person, role=role, present=False))
