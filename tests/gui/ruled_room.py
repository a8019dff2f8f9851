"""The bedside's window over the real rules and rights, with people who prove who they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QWidget

from app.bedside.window import BedsideWindow
from app.feed import Feed
from app.people.door import Account, Proven, identify
from protocols.events import Command, Event, Input, PersonIdentified
from protocols.events.terms import Proof, Role
from protocols.vitals import NS_PER_S
from tests.gui.people_stories import NURSE, OTHER_NURSE, PRESCRIBER, RIGHTS_TEXT, FakePeople
from tests.gui.prepared_room import NURSE as NAME
from tests.gui.prepared_room import PreparedRoom

AT_BEDSIDE = replace(NURSE, name=NAME)
"""The nurse of the prepared room, with an account."""


class RuledFeed(Feed):
    """What windows hand over is judged by the rules; everything that was recorded is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.room: RuledRoom | None = None
        self.recorded: list[Event] = []

    def apply(self, events: Iterable[Event]) -> None:
        known = list(events)
        self.recorded += known
        super().apply(known)

    def now_ns(self) -> int:
        return 0 if self.room is None else round(self.room.now_s * NS_PER_S)

    def submit(self, command: Command) -> None:
        assert self.room is not None
        self.room.submit(command)
        self.advanced.emit()

    def tell(self, event: Input) -> None:
        assert self.room is not None
        self.room.happen(replace(event, t_ns=self.now_ns()))
        self.advanced.emit()


class _NoView(QWidget):
    intended = Signal(object)

    def render(self, *_shown: Any) -> None:  # type: ignore[override]
        """Show nothing: the window does."""


class RuledRoom(PreparedRoom):
    """A window in front of the rules; two nurses and a prescriber have accounts."""

    def __init__(self, qtbot: Any, *more: Account) -> None:
        self.people = FakePeople(AT_BEDSIDE, OTHER_NURSE, PRESCRIBER, *more)
        feed = RuledFeed()
        super().__init__(qtbot, _NoView(), rights_text=RIGHTS_TEXT, feed=feed)
        feed.room = self
        self.seen = BedsideWindow(feed, "")
        self.seen.use_people(self.people)
        qtbot.addWidget(self.seen)
        self.seen.resize(1366, 768)
        self.seen.show()
        feed.advanced.emit()

    @property
    def page(self) -> Any:
        """The page of the window that is shown."""
        return self.seen.page

    def sign_in(self, account: Account = AT_BEDSIDE, proof: Proof = Proof.PIN) -> None:
        """`account` is at the bedside, without the window."""
        self.feed.tell(identify(Proven(account=account, proof=proof)))

    def reach_infusion(self) -> None:
        """As in the prepared room, with the proofs that the rights ask for."""
        both = replace(AT_BEDSIDE, roles=(Role.NURSE, Role.PRESCRIBER))
        self.sign_in(both)
        self.feed.tell(
            PersonIdentified(
                t_ns=0,
                user="berg",
                name="M. Berg",
                roles=(Role.NURSE,),
                proof=Proof.PIN,
                purpose="check_dose",
            )
        )
        super().reach_infusion()
        self.sign_in()
        self.feed.advanced.emit()

    def prove(self, account: Account, secret: str) -> None:
        """In the open side of the page: touch the name, type the PIN, press OK."""
        form = self.page.person.form
        form.list.rows[account.user].click()
        for digit in secret:
            form.pad.keys[digit].click()
        form.pad.enter.click()
        self.people.deliver()
        QApplication.processEvents()

    def of_kind(self, *kinds: type[Any]) -> list[Any]:
        """What of these kinds was recorded, in order."""
        return [event for event in self.feed.recorded if isinstance(event, kinds)]
