"""People made by hand for tests of windows: secrets are compared as they are, answers come at once.

What comes of a secret is as the door has it; nothing is hashed, so that no test waits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.people.door import TO_ADMINISTER, Account, Answered, Changed, Proven, Refused
from app.places import read_rights
from protocols.events.terms import Proof, Role
from protocols.people.rights import Rights
from protocols.people.rights_file import parse_rights

RIGHTS_TEXT = read_rights("standard")[0]

NURSE = Account(
    user="okafor",
    name="N. Okafor RN",
    roles=(Role.NURSE,),
    has_password=True,
    has_pin=True,
)
OTHER_NURSE = replace(NURSE, user="lund", name="A. Lund RN")
PRESCRIBER = replace(NURSE, user="sato", name="Dr. Sato", roles=(Role.PRESCRIBER,))
ADMINISTRATOR = replace(
    NURSE, user="weber", name="K. Weber", roles=(Role.ADMINISTRATOR,), has_pin=False
)
PIN = "271828"
PASSWORD = "correct horse battery"


class FakePeople:
    """Keeps what it was asked. Everybody has the same PIN and password at first."""

    def __init__(self, *accounts: Account) -> None:
        self.known = {account.user: account for account in accounts}
        self.secrets: dict[tuple[str, Proof], str] = {}
        for account in accounts:
            self.secrets[account.user, Proof.PIN] = PIN
            self.secrets[account.user, Proof.PASSWORD] = PASSWORD
        self.policy: Rights = parse_rights(RIGHTS_TEXT, "rights")
        self.policy_text = RIGHTS_TEXT
        self.told: list[tuple[object, ...]] = []
        self.tries_left = 5
        self._due: list[Callable[[], None]] = []

    @property
    def has_accounts(self) -> bool:
        return bool(self.known)

    def accounts(self) -> Sequence[Account]:
        return sorted(self.known.values(), key=lambda one: (not one.active, one.name))

    def account(self, user: str) -> Account | None:
        return self.known.get(user.casefold())

    def prove(self, user: str, secret: str, proof: Proof, purpose: str, done: Answered) -> None:
        account = self.known[user]
        if account.locked_until_utc:
            answer: Proven | Refused = Refused(
                sentence="Too many wrong tries. The account rests until 14:35; an administrator "
                "can free it sooner.",
                until_utc=account.locked_until_utc,
            )
        elif self.secrets.get((user, proof)) != secret:
            self.tries_left -= 1
            answer = Refused(
                sentence="This is not the password or PIN of this account. Try again.",
                tries_left=self.tries_left,
            )
            self.told.append(("refused", user, purpose))
        else:
            answer = Proven(account=account, proof=proof, purpose=purpose)
            self.told.append(("proven", user, purpose))
        self._due.append(lambda: done(answer))

    def create_first_administrator(
        self, user: str, name: str, roles: Sequence[Role], password: str, done: Changed
    ) -> None:
        account = Account(user=user, name=name, roles=tuple(roles), has_password=True)
        self.known[user] = account
        self.secrets[user, Proof.PASSWORD] = password
        self._due.append(lambda: done(account))

    def add_person(
        self, by: Proven, user: str, name: str, roles: Sequence[Role]
    ) -> Account | Refused:
        if self.account(user) is not None:
            return Refused(sentence=f"{user}: there is such an account already.")
        return self._keep(by, "add", Account(user=user, name=name, roles=tuple(roles)))

    def change_person(
        self, by: Proven, user: str, name: str, roles: Sequence[Role], reason: str
    ) -> Account | Refused:
        changed = replace(self.known[user], name=name, roles=tuple(roles))
        return self._keep(by, "change", changed, reason)

    def retire_person(
        self, by: Proven, user: str, reason: str, *, active: bool = False
    ) -> Account | Refused:
        return self._keep(by, "retire", replace(self.known[user], active=active), reason)

    def set_own_secret(
        self, user: str, password: str, proof: Proof, new: str, done: Changed
    ) -> None:
        if self.secrets.get((user, Proof.PASSWORD)) != password:
            wrong = Refused(sentence="This is not the password or PIN of this account. Try again.")
            self._due.append(lambda: done(wrong))
            return
        account = self._set(user, proof, new, must_change=False)
        self._due.append(lambda: done(account))

    def set_secret(self, by: Proven, user: str, proof: Proof, new: str, done: Changed) -> None:
        assert by.purpose == TO_ADMINISTER
        account = self._set(user, proof, new, must_change=True)
        self.told.append(("secret", user, proof))
        self._due.append(lambda: done(account))

    def lift_lock(self, by: Proven, user: str, reason: str) -> Account | Refused:
        return self._keep(by, "lift", replace(self.known[user], locked_until_utc=""), reason)

    def note_sign_out(self, user: str, cause: str) -> None:
        self.told.append(("out", user, cause))

    def enter_emergency(self, name: str, reason: str) -> None:
        self.told.append(("emergency", name, reason))

    def look_again(self, done: Callable[[], None]) -> None:
        self._due.append(done)

    def deliver(self) -> bool:
        due, self._due = self._due, []
        for call in due:
            call()
        return bool(self._due)

    def _set(self, user: str, proof: Proof, new: str, *, must_change: bool) -> Account:
        self.secrets[user, proof] = new
        account = self.known[user]
        left = tuple(one for one in account.must_change if one is not proof)
        account = replace(
            account,
            has_pin=account.has_pin or proof is Proof.PIN,
            has_password=account.has_password or proof is Proof.PASSWORD,
            must_change=(*left, proof) if must_change else left,
        )
        self.known[user] = account
        return account

    def _keep(self, by: Proven, act: str, account: Account, reason: str = "") -> Account:
        assert by.purpose == TO_ADMINISTER
        self.known[account.user] = account
        self.told.append((act, account.user, reason))
        return account


def staff() -> FakePeople:
    """A nurse, another one, a prescriber and an administrator."""
    return FakePeople(NURSE, OTHER_NURSE, PRESCRIBER, ADMINISTRATOR)
