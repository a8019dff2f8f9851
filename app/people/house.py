"""The people of one record at work: what `app.people.door` promises, over the real record."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from app.clock import iso_utc, utc_now
from app.people.actor import actor
from app.people.changing import Changing
from app.people.credentials import Credentials
from app.people.door import Account, Answered, Changed, Proven, Refused
from app.people.log_keeper import CLOSE_S, LogKeeper
from app.people.proving import Proving
from app.people.roster import Roster
from app.rules_files import USUAL_RIGHTS, RulesFileError, load_rights
from protocols.events.terms import Proof, Role
from protocols.logbook.entries import EmergencyEntered, SignedOut
from protocols.people.accounts import account_key
from protocols.people.rights import Rights

_log = logging.getLogger(__name__)

T = TypeVar("T", Account, Proven, bool)

FAILED = "The program could not do that. See the log."


class House:
    """The people of one record, at one place.

    Attributes:
        keeper: keeps the logbook; whoever else has something to note uses it too.
        rights_problem: why the rights file cannot be used, or empty.
        proving, changing: the same without waiting for `deliver`, for commands.
    """

    def __init__(
        self, place: str, *, where: Callable[[], str] = str, rights: str = USUAL_RIGHTS
    ) -> None:
        """Of the record at `place`; `where` names the room or the command, for the trail.

        A rights file that cannot be used lets the shipped one stand in for signing in; a session
        under it cannot be begun (`rights_problem` says why).
        """
        self.keeper = LogKeeper(place)
        self._where = where
        self._policy, self._text, self.rights_problem = _load(rights)
        self._roster = Roster(self.keeper, self._policy.lock_out)
        credentials = Credentials(self._policy.secrets)
        self.proving = Proving(self._roster, credentials, self._policy, where)
        self.changing = Changing(self._roster, credentials, self._policy, self.proving)
        self._jobs: queue.SimpleQueue[Callable[[], Callable[[], None]] | None]
        self._jobs = queue.SimpleQueue()
        self._results: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._open = 0
        self._thread: threading.Thread | None = None

    @property
    def notice(self) -> str:
        """What somebody should know of rights and accounts, or an empty text."""
        problems = [self.rights_problem]
        if self._roster.accounts.any and self._roster.problem:
            problems.append(
                f"{self._roster.problem} The accounts are those of its whole part and of the copy "
                "beside it. Have the record verified."
            )
        return " ".join(problem for problem in problems if problem)

    @property
    def has_accounts(self) -> bool:
        """Whether anybody has an account, or may have one that cannot be read at the moment."""
        return self._roster.accounts.any or self._roster.may_hide

    @property
    def policy(self) -> Rights:
        """The rights and numbers in force."""
        return self._policy

    @property
    def policy_text(self) -> str:
        """The same as the file has it."""
        return self._text

    def accounts(self) -> Sequence[Account]:
        """Every account as it stands now, in order of the names; retired ones last."""
        people = self._roster.accounts.people.values()
        ordered = sorted(people, key=lambda one: (not one.active, account_key(one.name)))
        return [self.proving.view(person) for person in ordered]

    def account(self, user: str) -> Account | None:
        """The account of `user`, whatever the case of the letters; None: there is none."""
        person = self._roster.accounts.find(user)
        return None if person is None else self.proving.view(person)

    def prove(self, user: str, secret: str, proof: Proof, purpose: str, done: Answered) -> None:
        """Check `secret` in the thread of this house."""
        self._work(lambda: self.proving.prove(user, secret, proof, purpose), done)

    def create_first_administrator(
        self, user: str, name: str, roles: Sequence[Role], password: str, done: Changed
    ) -> None:
        """Begin the accounts of a record that has none."""
        make = self.changing.create_first_administrator
        self._work(lambda: make(user, name, roles, password), done)

    def add_person(
        self, by: Proven, user: str, name: str, roles: Sequence[Role]
    ) -> Account | Refused:
        """A new account, still without any secret."""
        return self.changing.add(by, user, name, roles)

    def change_person(
        self, by: Proven, user: str, name: str, roles: Sequence[Role], reason: str
    ) -> Account | Refused:
        """Other name or roles of an account, and why."""
        return self.changing.change(by, user, name, roles, reason)

    def retire_person(
        self, by: Proven, user: str, reason: str, *, active: bool = False
    ) -> Account | Refused:
        """End the use of an account, or with `active` allow it again."""
        return self.changing.retire(by, user, reason, active=active)

    def set_own_secret(
        self, user: str, password: str, proof: Proof, new: str, done: Changed
    ) -> None:
        """Set the own password or PIN; `password` is the one that `user` has now."""
        self._work(lambda: self.changing.set_own_secret(user, password, proof, new), done)

    def set_secret(self, by: Proven, user: str, proof: Proof, new: str, done: Changed) -> None:
        """Set the secret of somebody else, who must change it."""
        self._work(lambda: self.changing.set_secret(by, user, proof, new), done)

    def lift_lock(self, by: Proven, user: str, reason: str) -> Account | Refused:
        """Let `user` try again before the lock-out ends."""
        return self.changing.lift_lock(by, user, reason)

    def note_sign_out(self, user: str, cause: str) -> None:
        """`user` left this place, or it was locked."""
        person = self._roster.accounts.find(user)
        by = actor() if person is None else person.name
        at_utc = iso_utc(utc_now())
        self.keeper.note(
            SignedOut(by=by, at_utc=at_utc, user=user, cause=cause, place=self._where())
        )

    def enter_emergency(self, name: str, reason: str) -> None:
        """Somebody works without signing in."""
        self.keeper.note(
            EmergencyEntered(
                by=actor(),
                at_utc=iso_utc(utc_now()),
                name=name.strip(),
                reason=reason.strip(),
                place=self._where(),
            )
        )

    def look_again(self, done: Callable[[], None]) -> None:
        """Read the accounts again in the thread of this house."""

        def look() -> bool:
            self._roster.refresh()
            return True

        self._work(look, lambda _: done())

    def deliver(self) -> bool:
        """Call every `done` that is due, in this thread; whether others are still worked on."""
        while True:
            try:
                result = self._results.get_nowait()
            except queue.Empty:
                return self._open > 0
            self._open -= 1
            result()

    def close(self, timeout_s: float = CLOSE_S) -> bool:
        """End the threads once all is noted; whether they ended. Nothing is delivered any more."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._jobs.put(None)
            thread.join(timeout_s)
        ended = thread is None or not thread.is_alive()
        return self.keeper.close(timeout_s) and ended

    def _work(self, job: Callable[[], T | Refused], done: Callable[[T | Refused], None]) -> None:
        """Do `job` in the thread of this house, which begins with the first."""

        def work() -> Callable[[], None]:
            try:
                answer: T | Refused = job()
            except Exception:  # a bug of ours must not leave somebody waiting: log it, say so
                _log.exception("people: a job failed")
                answer = Refused(sentence=FAILED)
            return lambda: done(answer)

        self._open += 1
        self._jobs.put(work)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="people", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._results.put(job())


def _load(name: str) -> tuple[Rights, str, str]:
    """Rights, their text, and why those of that name cannot be used (then the shipped ones)."""
    try:
        return (*load_rights(name), "")
    except RulesFileError as error:
        return (*load_rights(USUAL_RIGHTS), f"The rights file cannot be used: {error}")
