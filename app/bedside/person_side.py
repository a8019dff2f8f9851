"""Who is at the bedside, at the side of a page: signing in, a second person, the lock.

It takes the place of the page's other side panel while it is open; what was typed there stays.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.fields import show_text, wrapped_label
from app.bedside.renew_form import RenewForm
from app.bedside.sign_in_form import TO_WORK, Ask, SignInForm
from app.people.door import Account, People
from protocols.events import PersonIdentified
from protocols.events.terms import Proof

WIDTH_TOUCHES = 9
"""Width in touch sizes, as that of the other side panel."""

TITLE = "Who is here"
UNPROVEN = "not signed in"


def present_words(person: PersonIdentified | None) -> str:
    """Who is at the bedside and whether it is proven."""
    if person is None:
        return "Nobody is signed in."
    if person.proof is Proof.NONE:
        return f"{person.name}, {UNPROVEN}: {person.reason}"
    roles = ", ".join(str(role) for role in person.roles)
    return f"{person.name}, {roles}, signed in by {_PROOFS[person.proof]}"


_PROOFS = {Proof.PIN: "PIN", Proof.PASSWORD: "password", Proof.NONE: "nothing"}


class PersonSide(QFrame):
    """Closed until somebody is asked, or touches the name.

    Signals:
        proven: a `Proven`; `asked` says for what.
        unproven: name and reason of who works without signing in.
        named: the name of a second person who is away.
        lock_wanted: the person at the bedside leaves it.
        closed: it was put away, and nothing was proven.
    """

    proven = Signal(object)
    unproven = Signal(str, str)
    named = Signal(str)
    lock_wanted = Signal()
    closed = Signal()

    def __init__(self, beside: QWidget, parent: QWidget | None = None) -> None:
        """It stands in the place of `beside` while it is open."""
        super().__init__(parent)
        theme.style(self, surface="panel")
        self.setAccessibleName(TITLE)
        self._beside = beside
        self._hid_other = False
        self._people: People | None = None
        self._user = ""
        self._offers_own = False
        self.form: SignInForm | None = None
        self.renew: RenewForm | None = None
        self.heading = QLabel(TITLE)
        theme.style(self.heading, role="title")
        self.close_button = QPushButton("Close  Esc")
        theme.style(self.close_button, kind="quiet")
        self.close_button.clicked.connect(self.close_side)
        column = QVBoxLayout(self)
        head = QHBoxLayout()
        column.addLayout(head)
        head.addWidget(self.heading, 1)
        head.addWidget(self.close_button)
        self.present = wrapped_label(name="who is at the bedside")
        self.note = wrapped_label(name="what was changed")
        self.lock_button = QPushButton("Lock")
        self.lock_button.setAccessibleName("Lock: leave the bedside to others")
        self.lock_button.clicked.connect(self.lock_wanted)
        self.pin_button = QPushButton("My PIN")
        self.password_button = QPushButton("My password")
        self.pin_button.clicked.connect(self._change_pin)
        self.password_button.clicked.connect(self._change_password)
        self._own = QWidget()
        theme.style(self._own, clear=True)
        own = QHBoxLayout(self._own)
        own.setContentsMargins(0, 0, 0, 0)
        own.setSpacing(theme.GRID_PX)
        for button in (self.lock_button, self.pin_button, self.password_button):
            own.addWidget(button)
        body = QWidget()
        theme.style(body, clear=True)
        self._body = QVBoxLayout(body)
        self._body.setContentsMargins(0, 0, 8, 0)
        self._body.setSpacing(theme.GRID_PX)
        for widget in (self.present, self.note, self._own):
            self._body.addWidget(widget)
        self.area = QScrollArea()
        theme.style(self.area, clear=True)
        theme.style(self.area.viewport(), clear=True)
        self.area.setWidgetResizable(True)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(body)
        column.setContentsMargins(12, 8, 4, 8)
        column.addWidget(self.area, 1)
        self.hide()

    def use_people(self, people: People) -> None:
        """Ask the accounts of `people`."""
        self._people = people
        self.form = SignInForm(people)
        self.form.proven.connect(self.proven)
        self.form.unproven.connect(self.unproven)
        self.form.named.connect(self.named)
        self.form.turned.connect(self._make_room)
        self.renew = RenewForm(people)
        self.renew.renewed.connect(self._renewed)
        self.renew.hide()
        self._body.addWidget(self.renew)
        self._body.addWidget(self.form, 1)

    @property
    def asked(self) -> Ask:
        """What the open side asks for."""
        return TO_WORK if self.form is None else self.form.asked

    def show_person(self, person: PersonIdentified | None) -> None:
        """Say who is at the bedside."""
        show_text(self.present, present_words(person))
        self._user = "" if person is None or person.proof is Proof.NONE else person.user

    def open_side(self, ask: Ask = TO_WORK, *, locked: bool = False) -> None:
        """Ask for `ask`; the focus goes to the first name."""
        if self.form is None or self.renew is None:
            return
        if self.isHidden():
            self._hid_other = not self._beside.isHidden()
            self._beside.hide()
        self._offers_own = not ask.purpose and not locked
        theme.set_text(self.heading, "Second person" if ask.purpose else TITLE)
        for button in (self.pin_button, self.password_button):
            button.setVisible(bool(self._user))
        show_text(self.note, "")
        self.renew.hide()
        self.form.show()
        self.setFixedWidth(WIDTH_TOUCHES * theme.active_sizes().touch)
        self.show()
        self.form.ask(ask)
        self.form.first_field().setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.area.verticalScrollBar().setValue(0)

    @Slot(bool)
    def _make_room(self, choosing: bool) -> None:
        """The pad needs the height of the panel on a small screen."""
        for widget in (self.present, self._own):
            widget.setVisible(self._offers_own and choosing)

    @Slot()
    def close_side(self) -> None:
        """Put it away; what stood in its place before comes back."""
        if self.isHidden():
            return
        self.hide()
        if self._hid_other:
            self._beside.show()
        self._hid_other = False
        self.closed.emit()

    @Slot()
    def _change_pin(self) -> None:
        self._change(Proof.PIN)

    @Slot()
    def _change_password(self) -> None:
        self._change(Proof.PASSWORD)

    def _change(self, proof: Proof) -> None:
        account = None if self._people is None else self._people.account(self._user)
        if account is None or self.renew is None or self.form is None:
            return
        self.form.hide()
        self.renew.ask(account, proof)
        self.renew.show()
        self.renew.first_field().setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _renewed(self, account: Account) -> None:
        if self.form is None or self.renew is None:
            return
        self.renew.hide()
        self.form.show()
        show_text(self.note, f"Changed for {account.name}.")
