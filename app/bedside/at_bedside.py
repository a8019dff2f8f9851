"""Who acts at a bedside window: signing in, second persons, the lock. Typed names need none of it.

A command that names a person `TO_BE_PROVEN` waits here until that person proved who they are; then
both go out, the proof first. What is shown follows the record: a lock is drawn when it comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from app.bedside.lock_strip import is_locked
from app.bedside.person_side import PersonSide
from app.bedside.proof_box import TO_BE_PROVEN, asks_proof
from app.bedside.sign_in_form import TO_WORK, Ask
from app.feed import Feed
from app.people.door import People, Proven, identify, identify_unproven
from protocols.events import (
    CheckDose,
    Command,
    CorrectLedger,
    DrawDrug,
    HandOver,
    OrderDose,
    PersonIdentified,
    SignRecord,
    StationLocked,
    WasteDrug,
    kind_of,
)
from protocols.guardrails import plain_text
from protocols.people.rights import CommandRight

BY_HAND = "locked by hand"
SIGNED_IN = "signed in"
AWAY = "prescriber by telephone, not here"
"""Added to the reason of a command whose prescriber is only named."""

_HEADINGS: dict[str, str] = {
    "check_dose": "Second check: who worked it out?",
    "waste_drug": "Witness: who saw the waste?",
    "correct_ledger": "Witness: who saw it?",
    "draw_drug": "Who checked the draw?",
    "order_dose": "Who orders this dose?",
    "answer_gate": "Prescriber who decides",
    "change_limit": "Prescriber who orders the limit",
    "switch_rule_off": "Prescriber who orders it off",
    "close_session": "Who closes the session?",
    "hand_over": "Who takes over?",
    "sign_record": "Who signs the record?",
}


def lock_reason(cause: str) -> str:
    """Why a page is covered: ``Locked: no touch for 10 min.``."""
    return "Locked by hand." if cause == BY_HAND else f"Locked: {cause}."


class Page(Protocol):
    """A page of the window that has a side for people."""

    person: PersonSide


class AtBedside(QObject):
    """Sends commands in the name of who is there, and asks whoever must prove it.

    Signals:
        signed_in: a `PersonIdentified` of who is at the bedside from now on.
        locked: who was here left, by hand or because nobody touched the window.
    """

    signed_in = Signal(object)
    locked = Signal()

    def __init__(self, feed: Feed, pages: Sequence[Any], parent: QObject | None = None) -> None:
        """Act on `feed`; `pages` are those of `Page` on which a person is asked."""
        super().__init__(parent)
        self._feed = feed
        self._pages: Sequence[Page] = pages
        self._people: People | None = None
        self._waiting: Command | None = None
        self._field = ""
        for page in self._pages:
            page.person.proven.connect(self._take_proof)
            page.person.unproven.connect(self._take_unproven)
            page.person.named.connect(self._take_name)
            page.person.lock_wanted.connect(self.lock)
            page.person.closed.connect(self._forget)

    def use_people(self, people: People) -> None:
        """Ask the accounts of `people`."""
        self._people = people
        for page in self._pages:
            page.person.use_people(people)

    @property
    def waiting(self) -> Command | None:
        """The command that waits for a person's proof."""
        return self._waiting

    # Commands ------------------------------------------------------------------------------------

    def submit(self, command: Command, page: Any, user: str) -> None:
        """Send `command`, at once or once whoever it names proved it at the side of `page`.

        Without accounts it goes out as it is, in the name of `user` where it names nobody.
        """
        state = self._feed.state
        if not asks_proof(state):
            self._feed.submit(command if command.by else replace(command, by=user))
            return
        right = self._right(command)
        if is_locked(state) and not (right is not None and right.always):
            page.person.open_side(TO_WORK, locked=True)
            return
        command = command if command.by else replace(command, by=state.people.name or user)
        asked = self._field_to_prove(command)
        if not asked:
            self._feed.submit(command)
            return
        present = self._present_for(command, asked)
        if present:
            self._feed.submit(_naming(command, asked, present))
            return
        self._waiting, self._field = command, asked
        page.person.open_side(self._ask_for(command, asked))

    def _field_to_prove(self, command: Command) -> str:
        """The field of `command` that holds `TO_BE_PROVEN`, or empty."""
        names = ("by", "to", "witness", "prescriber", "checked_by")
        return next((n for n in names if getattr(command, n, "") == TO_BE_PROVEN), "")

    def _right(self, command: Command) -> CommandRight | None:
        """Who may do `command` in this session."""
        rights = self._feed.state.people.rights
        return None if rights is None else rights.of_command(kind_of(command))

    def _present_for(self, command: Command, field: str) -> str:
        """The person at the bedside, where nobody else and no further proof is needed."""
        person = self._feed.state.people.person
        right = self._right(command)
        if person is None or right is None or field == "to":
            return ""
        alone = not right.proven if field == "by" else right.second_verbal
        wanted = right.roles if field == "by" else right.second_roles
        return person.name if alone and not wanted.isdisjoint(person.roles) else ""

    def _ask_for(self, command: Command, field: str) -> Ask:
        kind = kind_of(command)
        heading = _HEADINGS.get(kind, "Who else is here?")
        right = self._right(command)
        if right is None or field == "to":
            return Ask(heading=heading, besides=self._besides(command))
        away = bool(right.verbal_to) if field == "by" else right.second_verbal
        return Ask(
            heading=heading,
            purpose=kind,
            detail=_detail(command),
            roles=right.roles if field == "by" else right.second_roles,
            besides=self._besides(command),
            may_be_away=away,
            may_be_unproven=self._feed.state.people.emergency and not away,
        )

    def _besides(self, command: Command) -> frozenset[str]:
        """Names of those who cannot be the second person."""
        state = self._feed.state
        if isinstance(command, CheckDose):
            dose = state.dose
            return frozenset() if dose is None else frozenset({dose.ordered_by, dose.taken_by})
        if isinstance(command, OrderDose | SignRecord):
            return frozenset()
        return frozenset({state.people.name})

    # People --------------------------------------------------------------------------------------

    @Slot(object)
    def _take_proof(self, proven: Proven) -> None:
        waiting, field = self._waiting, self._field
        self._close()
        if waiting is None:
            self.identify(identify(proven))
        elif isinstance(waiting, HandOver):
            self._feed.submit(replace(waiting, to=proven.account.name))
            self.identify(identify(proven))
        else:
            self._feed.tell(identify(proven))
            self._feed.submit(_naming(waiting, field, proven.account.name))

    @Slot(str, str)
    def _take_unproven(self, name: str, reason: str) -> None:
        waiting, field = self._waiting, self._field
        self._close()
        person = identify_unproven(name, reason)
        if self._people is not None:
            self._people.enter_emergency(name, reason)
        if waiting is None:
            self.identify(person)
        elif isinstance(waiting, HandOver):
            self._feed.submit(replace(waiting, to=name))
            self.identify(person)
        else:
            self._feed.tell(replace(person, purpose=kind_of(waiting)))
            self._feed.submit(_naming(waiting, field, name))

    @Slot(str)
    def _take_name(self, name: str) -> None:
        """A prescriber who is away was named: the command says so and goes out unproven."""
        waiting, field = self._waiting, self._field
        self._close()
        if waiting is not None:
            self._feed.submit(_away(_naming(waiting, field, name)))

    def identify(self, person: PersonIdentified) -> None:
        """`person` is at the bedside from now on, which frees a locked one."""
        was_locked = self._feed.state.people.locked is not None
        self._feed.tell(person)
        if was_locked:
            self._feed.tell(StationLocked(t_ns=0, locked=False, by=person.name, cause=SIGNED_IN))
        if not self._feed.state.observer:
            self._feed.submit(HandOver(t_ns=0, by=person.name, to=person.name))
        self.signed_in.emit(person)

    @Slot()
    def lock(self, cause: str = BY_HAND) -> None:
        """Lock the bedside; who was here is noted as gone."""
        state = self._feed.state
        if not asks_proof(state) or state.closed is not None or state.people.locked is not None:
            return
        person = state.people.person
        if person is not None and person.user and self._people is not None:
            self._people.note_sign_out(person.user, cause)
        self._close()
        name = "" if person is None else person.name
        self._feed.tell(StationLocked(t_ns=0, locked=True, by=name, cause=cause))
        self.locked.emit()

    def ask_who(self, page: Any) -> None:
        """Ask who is at the bedside; asked again, put the question away."""
        if not asks_proof(self._feed.state):
            return
        if page.person.isHidden() or page.person.asked.purpose:
            self._forget()
            page.person.open_side(TO_WORK, locked=is_locked(self._feed.state))
        else:
            page.person.close_side()

    def _close(self) -> None:
        for page in self._pages:
            page.person.close_side()
        self._forget()

    @Slot()
    def _forget(self) -> None:
        self._waiting, self._field = None, ""


def _detail(command: Command) -> str:
    """What a second person stands for; a blind check is not told."""
    if isinstance(command, WasteDrug):
        return f"{plain_text(command.amount_mg)} mg wasted: {command.method}."
    if isinstance(command, CorrectLedger):
        amount = plain_text(command.amount_mg)
        return f"Entry {command.entry} counts as {amount} mg: {command.reason}."
    if isinstance(command, DrawDrug):
        return f"{plain_text(command.amount_mg)} mg drawn from vial {command.vial}."
    if isinstance(command, OrderDose):
        dose = command.dose_mg_per_kg or command.dose_mg
        unit = "mg/kg" if command.dose_mg_per_kg is not None else "mg"
        return "" if dose is None else f"{plain_text(dose)} {unit}."
    if isinstance(command, SignRecord):
        return command.statement
    reason = getattr(command, "reason", "")
    return f"Reason: {reason}." if reason else ""


def _naming(command: Command, field: str, name: str) -> Command:
    """`command` with `name` in `field`."""
    changed: dict[str, Any] = {field: name}
    return replace(command, **changed)


def _away(command: Command) -> Command:
    """`command` with the mark that its prescriber was not here, where it has a reason."""
    reason = getattr(command, "reason", None)
    if not isinstance(reason, str):
        return command
    changed: dict[str, Any] = {"reason": f"{reason} ({AWAY})" if reason else AWAY}
    return replace(command, **changed)
