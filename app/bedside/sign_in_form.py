"""Saying who one is: choose the name, then PIN or password. The same everywhere that it is asked.

The form needs no more width than the side panel has, so that it fits beside vitals and plots.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QVBoxLayout, QWidget

from app.bedside.fields import TextField, bare_row, labelled, show_text, small_label, wrapped_label
from app.bedside.people_list import PeopleList, until_words
from app.bedside.pin_pad import PinPad
from app.bedside.renew_form import RenewForm
from app.bedside.secret_field import SecretField
from app.people.door import Account, People, Proven, Refused
from app.theme import GRID_PX, style
from protocols.events.terms import Proof, Role
from protocols.people.sentences import tries_left

LOOK_MS = 30
"""How often it is looked whether an answer came, while one is awaited."""

WITHOUT = "Work without signing in"
NOT_PROVEN = "Give the name only, not proven"
CHECKING = "Checking …"
WHY_WITHOUT = (
    "Nobody is kept from a patient. Your name and the reason are recorded and marked as not proven."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a person is to prove themselves for.

    Attributes:
        heading: who is asked, in words: ``Witness of the waste``.
        purpose: as `app.people.door.People.prove` has it; empty: to work here.
        roles: one of them is needed; none named: any account will do.
        detail: what the person stands for, in words, where they may see it.
        besides: names in the record of those who cannot be it, because two people are needed.
        may_be_away: the person may be named without being there, by telephone.
        may_be_unproven: the bedside works without signing in, and so may this person.
        emergency: work without signing in is offered, where nobody is asked for a command.
    """

    heading: str
    purpose: str = ""
    roles: frozenset[Role] = frozenset()
    detail: str = ""
    besides: frozenset[str] = frozenset()
    may_be_away: bool = False
    may_be_unproven: bool = False
    emergency: bool = True


TO_WORK = Ask(heading="Who works here?")
"""Signing in."""


class SignInForm(QWidget):
    """Who, then the secret; a secret that somebody else set is changed first.

    Signals:
        proven: the `Proven`.
        unproven: name and reason of who works without signing in.
        named: the name of a person who is not here, by telephone.
        turned: whether the names are shown, of which one is to be chosen.
    """

    proven = Signal(object)
    unproven = Signal(str, str)
    named = Signal(str)
    turned = Signal(bool)

    def __init__(self, people: People, parent: QWidget | None = None) -> None:
        """Ask `people`; nothing is asked before `ask`."""
        super().__init__(parent)
        style(self, clear=True)
        self._people = people
        self._ask = TO_WORK
        self._account: Account | None = None
        self._waiting = False
        self._asked_times = 0
        self._swaps = False
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)
        self.heading = wrapped_label(name="who is asked")
        style(self.heading, role="title")
        self.detail = wrapped_label(name="what it is for")
        self.sentence = wrapped_label(name="what came of it")
        style(self.sentence, tone="attention", strong=True)
        self.list = PeopleList()
        self.list.chosen.connect(self._choose)
        self.secret = self._make_secret()
        self.renew = RenewForm(people)
        self.renew.renewed.connect(self._renewed)
        self.without = self._make_without()
        self.without_button = QPushButton(WITHOUT)
        self.without_button.clicked.connect(self._ask_without)
        self.away_button = QPushButton("By telephone, not here")
        self.away_button.clicked.connect(self._ask_away)
        self.other_button = QPushButton("Somebody else")
        for button in (self.without_button, self.away_button, self.other_button):
            style(button, kind="quiet")
        self.other_button.clicked.connect(self._show_people)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX)
        for widget in (
            self.heading,
            self.detail,
            self.sentence,
            self.list,
            self.secret,
            self.renew,
            self.without,
            bare_row(self.swap_button, self.other_button),
            self.away_button,
            self.without_button,
        ):
            column.addWidget(widget)
        column.addStretch(1)
        self.ask(TO_WORK)

    def _make_secret(self) -> QWidget:
        self.name = QLabel()
        style(self.name, strong=True)
        self.pad = PinPad()
        self.pad.entered.connect(self._check_pin)
        self.password = SecretField("password")
        self.password.returnPressed.connect(self._check_password)
        self.password_button = QPushButton("Sign in")
        style(self.password_button, kind="primary")
        self.password_button.clicked.connect(self._check_password)
        self.password_box = labelled("Password", self.password, self.password_button)
        self.swap_button = QPushButton("Use the password")
        style(self.swap_button, kind="quiet")
        self.swap_button.clicked.connect(self._swap)
        return _stacked(self.name, self.pad, self.password_box)

    def _make_without(self) -> QWidget:
        self.typed_name = TextField("your name", "name and profession")
        self.reason = TextField("reason", "for example: forgot the PIN")
        self.reason_box = labelled("Why without signing in", self.reason)
        self.without_note = small_label(name="what is recorded")
        self.go_button = QPushButton(WITHOUT)
        style(self.go_button, kind="primary")
        self.go_button.clicked.connect(self._go)
        self.reason.returnPressed.connect(self._go)
        return _stacked(
            self.without_note,
            labelled("Name", self.typed_name),
            self.reason_box,
            self.go_button,
        )

    # What is asked -------------------------------------------------------------------------------

    def ask(self, what: Ask) -> None:
        """Ask for `what` from the beginning."""
        self._ask = what
        show_text(self.heading, what.heading)
        show_text(self.detail, what.detail)
        self.without_button.setText(NOT_PROVEN if what.purpose else WITHOUT)
        self.password_button.setText("Confirm" if what.purpose else "Sign in")
        self._show_people()
        self._people.look_again(self._offer_again)
        self._timer.start()

    @Slot()
    def _offer_again(self) -> None:
        """Offer who got an account or may try again since; the focus stays where it was."""
        offered = tuple(self._offered())
        if self.list.isHidden() or offered == self.list.offered:
            return
        had_focus = self.isAncestorOf(QApplication.focusWidget() or self.window())
        self.list.offer(offered)
        if had_focus and self.isVisible():
            self.first_field().setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def asked(self) -> Ask:
        """What is asked for."""
        return self._ask

    @property
    def waiting(self) -> bool:
        """Whether a secret is being checked."""
        return self._waiting

    def first_field(self) -> QWidget:
        """The widget that takes the focus when the form opens."""
        if self.list.rows or self.without_button.isHidden():
            return self.list.first_row()
        return self.without_button

    def _fits(self, account: Account) -> bool:
        what = self._ask
        if not account.active or account.name in what.besides:
            return False
        return not what.roles or not what.roles.isdisjoint(account.roles)

    def _offered(self) -> Sequence[Account]:
        return [account for account in self._people.accounts() if self._fits(account)]

    @Slot()
    def _show_people(self) -> None:
        self._account = None
        self._wait(waiting=False)
        self._forget()
        show_text(self.sentence, "")
        self.list.offer(self._offered())
        self._show(self.list)
        if self.isVisible():
            self.first_field().setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self, part: QWidget) -> None:
        """Show one of the parts alone, with the ways out of it."""
        for one in (self.list, self.secret, self.renew, self.without):
            one.setVisible(one is part)
        self.swap_button.setVisible(part is self.secret and self._swaps)
        self.other_button.setVisible(part is not self.list)
        self.turned.emit(part is self.list)
        self.other_button.setText("Somebody else" if part is self.secret else "Back")
        choosing = part in (self.list, self.secret)
        self.away_button.setVisible(choosing and self._ask.may_be_away)
        ask = self._ask
        without = ask.may_be_unproven if ask.purpose else ask.emergency
        self.without_button.setVisible(choosing and without)

    # Choosing and proving ------------------------------------------------------------------------

    @Slot(str)
    def _choose(self, user: str) -> None:
        account = self._people.account(user)
        if account is None:
            return
        self._account = account
        pin = self._takes_pin(account)
        self.name.setText(account.name)
        self._swaps = pin and account.has_password
        self._show(self.secret)
        self._show_way(pin=pin)
        show_text(self.sentence, _resting(account))

    def _takes_pin(self, account: Account) -> bool:
        return account.has_pin and self._people.policy.accepts(Proof.PIN, self._ask.purpose)

    def _show_way(self, *, pin: bool) -> None:
        self.pad.setVisible(pin)
        self.password_box.setVisible(not pin)
        self.swap_button.setText("Use the password" if pin else "Use the PIN")
        (self.pad if pin else self.password).setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _swap(self) -> None:
        self._show_way(pin=self.pad.isHidden())

    @Slot(str)
    def _check_pin(self, digits: str) -> None:
        self._check(digits, Proof.PIN)

    @Slot()
    def _check_password(self) -> None:
        text = self.password.take()
        if text:
            self._check(text, Proof.PASSWORD)

    def _check(self, secret: str, proof: Proof) -> None:
        if self._account is None or self.waiting:
            return
        self._wait(waiting=True)
        show_text(self.sentence, CHECKING)
        self._asked_times += 1
        done = partial(self._answer, self._asked_times)
        self._people.prove(self._account.user, secret, proof, self._ask.purpose, done)

    def _answer(self, asked: int, answer: Proven | Refused) -> None:
        if not self.waiting or asked != self._asked_times:
            return  # the person went back, or somebody else was asked meanwhile
        self._wait(waiting=False)
        if isinstance(answer, Refused):
            show_text(self.sentence, refusal_words(answer))
            (self.password if self.pad.isHidden() else self.pad).setFocus()
            return
        show_text(self.sentence, "")
        if answer.proof in answer.account.must_change:
            self.renew.ask(answer.account, answer.proof, forced=True)
            self._show(self.renew)
            self.renew.first_field().setFocus()
            return
        self.proven.emit(answer)

    def _wait(self, *, waiting: bool) -> None:
        self._waiting = waiting
        for widget in (self.pad, self.password, self.password_button, self.swap_button):
            widget.setEnabled(not waiting)
        if waiting:
            self._timer.start()
        else:
            self._timer.stop()

    @Slot()
    def _look(self) -> None:
        if not self._people.deliver():
            self._timer.stop()

    @Slot(object)
    def _renewed(self, account: Account) -> None:
        """The own secret is set: now it proves who this is."""
        self._choose(account.user)
        show_text(self.sentence, "It is changed. Use the new one now.")

    # Without proof -------------------------------------------------------------------------------

    @Slot()
    def _ask_without(self) -> None:
        self._open_without(WHY_WITHOUT, self.without_button.text(), asks_reason=True)

    @Slot()
    def _ask_away(self) -> None:
        self._open_without(
            "The name is recorded as given by telephone and not proven.",
            "Record as by telephone",
            asks_reason=False,
        )

    def _open_without(self, note: str, button: str, *, asks_reason: bool) -> None:
        self._forget()
        show_text(self.sentence, "")
        show_text(self.without_note, note)
        self.go_button.setText(button)
        self.reason_box.setVisible(asks_reason)
        self._show(self.without)
        self.typed_name.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _go(self) -> None:
        away = self.reason_box.isHidden()
        name, reason = self.typed_name.words(), self.reason.words()
        lacking = [
            word for word, there in (("name", name), ("reason", away or reason)) if not there
        ]
        if lacking:
            show_text(self.sentence, f"Missing: {' and '.join(lacking)}.")
            (self.typed_name if not name else self.reason).setFocus()
            return
        self._forget()
        if away:
            self.named.emit(name)
        else:
            self.unproven.emit(name, reason)

    def _forget(self) -> None:
        """Forget everything typed."""
        self.pad.forget()
        self.password.forget()
        self.renew.forget()
        self.typed_name.clear()
        self.reason.clear()

    def hideEvent(self, event: QHideEvent) -> None:
        """A hidden form remembers nothing; an answer that is still due changes nothing."""
        self._wait(waiting=False)
        self._forget()
        super().hideEvent(event)


def _stacked(*widgets: QWidget) -> QWidget:
    box = QWidget()
    style(box, clear=True)
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(GRID_PX)
    for widget in widgets:
        column.addWidget(widget)
    return box


def _resting(account: Account) -> str:
    """What is said of an account that rests after wrong tries; empty where it does not."""
    if not account.locked_until_utc:
        return ""
    return (
        f"Locked until {until_words(account.locked_until_utc)} after wrong tries. "
        "An administrator can lift it."
    )


def refusal_words(refused: Refused) -> str:
    """The sentence of a refusal, with the tries that are left where it does not name them."""
    left = refused.tries_left
    if not left or tries_left(left) in refused.sentence:
        return refused.sentence
    return f"{refused.sentence} {tries_left(left)}"
