"""Who is let in between sessions: signing in, the first account, and the lock of the first pages.

Without accounts everybody is let in and names are typed. The demonstration room never asks.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.bedside.first_account_page import FirstAccountPage
from app.bedside.lock_watch import LockWatch
from app.bedside.sign_in_page import SignInPage
from app.people.door import Proven, identify, identify_unproven
from app.reception.desk import Desk, DeskError
from protocols.events import PersonIdentified
from protocols.events.terms import Proof, Role
from protocols.people.authority import EMERGENCY_ROLES

RESTED = "no touch for {minutes} min"
CREATED = "{name}: the account is made. Sign in with its password."
CUT_WAITS = (
    "A session was cut before it was closed. Sign in to resume or close it. If a patient is being "
    "treated: watch the bedside monitor, and work without signing in."
)


class Doorkeeper(QObject):
    """Shows the page that asks, in the `stack` of the station, and goes on with what was wanted.

    Attributes:
        person: who is signed in between sessions, or None.

    Signals:
        changed: somebody else is signed in, or nobody any more.
        demo_wanted: the demonstration room is opened without signing in.
        back_wanted: to the first page.
        rested: nobody touched the window for so long; carries why, in words.
        failed: what could not be kept, in a sentence.
    """

    changed = Signal()
    demo_wanted = Signal()
    back_wanted = Signal()
    rested = Signal(str)
    failed = Signal(str)

    def __init__(self, desk: Desk, stack: QStackedWidget, window: QWidget) -> None:
        """Keep the pages of `stack` in `window` for the people of `desk`."""
        super().__init__(window)
        self._desk = desk
        self._stack = stack
        self._then: Callable[[], object] | None = None
        self.page = SignInPage(desk.people, "Infusion Room", away_text="Try the demo room")
        self.page.proven.connect(self._take_proof)
        self.page.unproven.connect(self._take_unproven)
        self.page.away.connect(self.demo_wanted)
        self.first = FirstAccountPage(desk.people)
        self.first.created.connect(self._begin)
        self.first.put_off.connect(self._put_off)
        self.first.back_wanted.connect(self.back_wanted)
        for page in (self.page, self.first):
            stack.addWidget(page)
        self.watch = LockWatch(window)
        self.watch.rested.connect(self._rest)

    @property
    def person(self) -> PersonIdentified | None:
        """Who is signed in between sessions, or None."""
        return self._desk.person

    @property
    def has_accounts(self) -> bool:
        """Whether people prove here who they are."""
        return self._desk.people.has_accounts

    @property
    def shut(self) -> bool:
        """Whether nobody is here who was asked who they are."""
        return self.has_accounts and self._desk.person is None

    @property
    def undecided(self) -> bool:
        """Whether nobody said yet if people have accounts here."""
        return not self.has_accounts and not self._desk.settings.without_accounts

    @property
    def roles(self) -> frozenset[Role]:
        """What the person here may act as; everything where there are no accounts."""
        person = self._desk.person
        if not self.has_accounts:
            return frozenset(Role)
        if person is None:
            return frozenset()
        return EMERGENCY_ROLES if person.proof is Proof.NONE else frozenset(person.roles)

    def may_open(self, page: str) -> bool:
        """Whether the person here may open `page` of the rights file."""
        return not self.has_accounts or self._desk.people.policy.may_open(page, self.roles)

    def why_not(self, page: str, title: str) -> str:
        """Why `page` (``title`` for people) stays shut for the person here."""
        who = ", ".join(sorted(self._desk.people.policy.pages.get(page, ())))
        return f"{title}: for {who}. Sign in as one of these, or ask an administrator."

    # Asking --------------------------------------------------------------------------------------

    def ask(self, then: Callable[[], object], *, reason: str = "") -> None:
        """Ask who is here, then go on with `then`."""
        self._then = then
        self.page.say(reason, CUT_WAITS if self._is_cut() else "")
        self._stack.setCurrentWidget(self.page)
        self.page.ask()

    def ask_first(self, then: Callable[[], object], name: str = "") -> None:
        """Offer to begin with accounts, then go on with `then`; `name` sits here perhaps."""
        self._then = then
        self.first.empty(name)
        self._stack.setCurrentWidget(self.first)
        self.first.name.setFocus()

    def _is_cut(self) -> bool:
        try:
            return self._desk.cut_waits()
        except DeskError:
            return False  # said where the session would be shown

    @Slot(object)
    def _take_proof(self, proven: Proven) -> None:
        self.let_in(identify(proven))
        self._go_on()

    @Slot(str, str)
    def _take_unproven(self, name: str, reason: str) -> None:
        self._desk.people.enter_emergency(name, reason)
        self.let_in(identify_unproven(name, reason))
        self._go_on()

    def let_in(self, person: PersonIdentified) -> None:
        """`person` is here from now on."""
        self._desk.person = person
        self.watch_for(session=False)
        self.changed.emit()

    @Slot(object)
    def _begin(self, account: object) -> None:
        name = getattr(account, "name", "")
        self.ask(self._then or (lambda: None), reason=CREATED.format(name=name))
        self.changed.emit()

    @Slot()
    def _put_off(self) -> None:
        settings = self._desk.settings.model_copy(update={"without_accounts": True})
        try:
            self._desk.save_settings(settings)
        except DeskError as error:
            self.failed.emit(str(error))  # it is asked again at the next start; work goes on
        self.changed.emit()
        self._go_on()

    def _go_on(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()

    # Leaving -------------------------------------------------------------------------------------

    def sign_out(self, cause: str) -> None:
        """Nobody is here any more; it is noted, with its `cause`."""
        person = self._desk.person
        if person is None:
            return
        if person.user:
            self._desk.people.note_sign_out(person.user, cause)
        self.leave()

    def leave(self) -> None:
        """Nobody is here any more; where they left it was noted."""
        self._desk.person = None
        self.watch_for(session=False)
        self.changed.emit()

    def watch_for(self, *, session: bool) -> None:
        """Watch for a rest while somebody is here; in a session with accounts always."""
        wanted = self.has_accounts and (session or self._desk.person is not None)
        self.watch.watch(self._desk.people.policy.auto_lock_min if wanted else 0)

    @Slot()
    def _rest(self) -> None:
        self.rested.emit(RESTED.format(minutes=round(self.watch.rest_min)))
