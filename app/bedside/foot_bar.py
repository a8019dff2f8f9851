"""The strip under every page: who is at the bedside, the way back, the demonstration's controls."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from app.bedside.fields import small_label
from app.theme import GRID_PX, set_text, style
from protocols.events import PersonIdentified
from protocols.events.terms import Proof


class FootBar(QFrame):
    """Chooses the person in whose name everything is done.

    Signals:
        user_chosen: the name of the person at the bedside.
        first_page_wanted: back to the first page.
        person_wanted: somebody else wants to sign in.
        lock_wanted: the person who is signed in leaves.
    """

    user_chosen = Signal(str)
    first_page_wanted = Signal()
    person_wanted = Signal()
    lock_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, surface="panel")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(2 * GRID_PX, 4, 2 * GRID_PX, 4)
        self._row.setSpacing(2 * GRID_PX)
        label = QLabel("At the bedside")
        style(label, role="small", tone="dim")
        self.user_box = QComboBox()
        self.user_box.setEditable(True)
        self.user_box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.user_box.setAccessibleName("who is at the bedside")
        self.user_box.setMinimumWidth(280)
        edit = self.user_box.lineEdit()
        if edit is not None:
            edit.setPlaceholderText("your name and profession")
        label.setBuddy(self.user_box)
        self.user_box.editTextChanged.connect(self._choose)
        self._person = ""
        self._accounts = False
        self.person_button = QPushButton()
        self.person_button.setAccessibleName("who is signed in")
        self.person_button.clicked.connect(self.person_wanted)
        self.lock_button = QPushButton("Lock")
        self.lock_button.clicked.connect(self.lock_wanted)
        for button in (self.person_button, self.lock_button):
            style(button, kind="quiet")
            button.hide()
        self.back_button = QPushButton("Back to the first page")
        style(self.back_button, kind="primary")
        self.back_button.clicked.connect(self.first_page_wanted)
        self.back_button.hide()
        self.hint = small_label("", name="who acts")
        self._row.addWidget(label)
        self._row.addWidget(self.user_box)
        self._row.addWidget(self.person_button)
        self._row.addWidget(self.lock_button)
        self._row.addWidget(self.hint, 1)
        self._row.addWidget(self.back_button)
        self._extra: QWidget | None = None

    @property
    def user(self) -> str:
        """The name signed in, chosen or typed; empty while there is none."""
        return self._person if self._accounts else self.user_box.currentText().strip()

    def show_person(self, person: PersonIdentified | None, *, accounts: bool) -> None:
        """With `accounts` show who is signed in, in place of a name that is typed."""
        self._accounts = accounts
        self._person = "" if person is None else person.name
        self.user_box.setVisible(not accounts)
        self.person_button.setVisible(accounts)
        self.lock_button.setVisible(accounts and person is not None)
        if not accounts:
            return
        words = "Nobody is signed in"
        if person is not None:
            unproven = ", NOT SIGNED IN" if person.proof is Proof.NONE else ""
            words = f"{person.name}{unproven}"
        self.person_button.setText(words)
        self.person_button.setAccessibleName(f"who is signed in: {words}")

    def say_unproven(self, *, unproven: bool) -> None:
        """Say that names are only typed here."""
        set_text(self.hint, "Without accounts: names are typed, not proven." if unproven else "")

    def show_people(self, names: Sequence[str], user: str) -> None:
        """Offer `names` and show `user`, without telling anybody."""
        with QSignalBlocker(self.user_box):
            self.user_box.clear()
            self.user_box.addItems(list(dict.fromkeys(name for name in (*names, user) if name)))
            self.user_box.setCurrentText(user)

    def show_user(self, user: str) -> None:
        """Show that `user` is at the bedside, without telling anybody."""
        with QSignalBlocker(self.user_box):
            self.user_box.setCurrentText(user)

    def show_extra(self, extra: QWidget | None) -> None:
        """Put `extra` at the right end in place of what was there."""
        if self._extra is not None:
            self._row.removeWidget(self._extra)
            self._extra.hide()
            self._extra.deleteLater()
        self._extra = extra
        self.hint.setVisible(extra is None)
        if extra is not None:
            self._row.insertWidget(self._row.count() - 1, extra, 1)

    @Slot(str)
    def _choose(self, text: str) -> None:
        self.user_chosen.emit(text.strip())
