"""Accounts, lock-outs and rights against a second account of them, over random histories.

The models are written another way than the rules: lists of what happened that are searched anew for
each question, where the rules keep a state.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from protocols.events import CommandRefused, PersonIdentified, StationLocked, kind_of
from protocols.events.terms import Proof, Role
from protocols.logbook.entries import (
    CredentialSet,
    Entry,
    LockLifted,
    PersonAdded,
    PersonChanged,
    PersonRetired,
    SignedIn,
    SignInRefused,
)
from protocols.people.accounts import Accounts, fold_accounts
from protocols.people.authority import Authority
from protocols.people.rights import LockOut
from tests.unit.protocols.people_cases import command, standard

RULE = LockOut(tries=3, first_min=2, longest_min=30)
USERS = ("anna", "ben", "cora")
START = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


class AccountsMachine(RuleBasedStateMachine):
    """A logbook that grows, by a wall clock that somebody sets forward and back."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.entries: list[Entry] = []
        self.times: list[datetime] = []
        self.folded = Accounts()

    def _note(self, entry: Entry) -> None:
        self.entries.append(entry)
        self.times.append(self.now)
        self.folded = fold_accounts(self.folded, [entry], RULE)

    @property
    def _at(self) -> str:
        return self.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    @initialize()
    def begin(self) -> None:
        for user in USERS[:2]:
            self._note(
                PersonAdded(
                    by="os:x", at_utc=self._at, user=user, name=user.title(), roles=(Role.NURSE,)
                )
            )

    @rule(minutes=st.integers(-90, 90))
    def set_clock(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes, milliseconds=1)

    @rule(user=st.sampled_from(USERS), purpose=st.sampled_from(["", "check_dose", "people"]))
    def try_wrongly(self, user: str, purpose: str) -> None:
        self._note(
            SignInRefused(
                by="os:x",
                at_utc=self._at,
                user=user.upper(),
                proof=Proof.PIN,
                why="wrong",
                purpose=purpose,
            )
        )

    @rule(user=st.sampled_from(USERS))
    def refuse_for_another_reason(self, user: str) -> None:
        self._note(
            SignInRefused(
                by="os:x", at_utc=self._at, user=user, proof=Proof.PIN, why="rests", counts=False
            )
        )

    @rule(user=st.sampled_from(USERS), lifted=st.booleans())
    def reset(self, user: str, lifted: bool) -> None:
        if lifted:
            self._note(LockLifted(by="Anna", at_utc=self._at, user=user, reason="asked"))
        else:
            self._note(SignedIn(by="Anna", at_utc=self._at, user=user, proof=Proof.PASSWORD))

    @rule(user=st.sampled_from(USERS), active=st.booleans())
    def retire(self, user: str, active: bool) -> None:
        self._note(
            PersonRetired(by="Anna", at_utc=self._at, user=user, active=active, reason="left")
        )

    @rule(user=st.sampled_from(USERS), name=st.sampled_from(["A", "B"]), prescribes=st.booleans())
    def change(self, user: str, name: str, prescribes: bool) -> None:
        roles = (Role.PRESCRIBER,) if prescribes else (Role.NURSE,)
        self._note(
            PersonChanged(by="x", at_utc=self._at, user=user, name=name, roles=roles, reason="r")
        )

    @rule(
        user=st.sampled_from(USERS),
        proof=st.sampled_from([Proof.PASSWORD, Proof.PIN]),
        verifier=st.sampled_from(["$1", "$2"]),
        must_change=st.booleans(),
    )
    def set_secret(self, user: str, proof: Proof, verifier: str, must_change: bool) -> None:
        self._note(
            CredentialSet(
                by="x",
                at_utc=self._at,
                user=user,
                proof=proof,
                verifier=verifier,
                must_change=must_change,
            )
        )

    @rule()
    def start_the_program_again(self) -> None:
        assert fold_accounts(Accounts(), self.entries, RULE) == self.folded

    @invariant()
    def words_are_the_last_said(self) -> None:
        for user in USERS[:2]:
            person = self.folded.find(user)
            assert person is not None
            about = [e for e in self.entries if getattr(e, "user", "").casefold() == user]
            named = [e for e in about if isinstance(e, PersonAdded | PersonChanged)][-1]
            assert (person.name, person.roles) == (named.name, named.roles)
            retired = [e for e in about if isinstance(e, PersonRetired)]
            assert person.active is (retired[-1].active if retired else True)
            for proof in (Proof.PASSWORD, Proof.PIN):
                set_ = [e for e in about if isinstance(e, CredentialSet) and e.proof is proof]
                known = person.secrets.get(proof)
                assert (known is None) is (not set_)
                if known is not None:
                    last = set_[-1]
                    assert (known.verifier, known.must_change) == (last.verifier, last.must_change)

    @invariant()
    def the_rest_is_as_the_history_says(self) -> None:
        assert self.folded.find("cora") is None
        for user in USERS[:2]:
            person = self.folded.find(user)
            assert person is not None
            assert person.tries.until(RULE) == self._rest_end(user)

    def _rest_end(self, user: str) -> datetime | None:
        """Searched backwards: the wrong tries since the last reset, and when the last one was."""
        wrong: list[int] = []
        for index in range(len(self.entries) - 1, -1, -1):
            entry = self.entries[index]
            if getattr(entry, "user", "").casefold() != user:
                continue
            if isinstance(entry, SignedIn | LockLifted):
                break
            if isinstance(entry, SignInRefused) and entry.counts:
                wrong.append(index)
        beyond = len(wrong) - RULE.tries
        if beyond < 0:
            return None
        minutes = RULE.first_min
        for _ in range(beyond):
            minutes = min(minutes * 2, RULE.longest_min)
        return max(self.times[: wrong[0] + 1]) + timedelta(minutes=minutes)


PEOPLE = {
    "Anna": ("anna", (Role.NURSE,)),
    "Ben": ("ben", (Role.NURSE, Role.PRESCRIBER)),
    "Pia": ("pia", (Role.PRESCRIBER,)),
    "Quinn": ("quinn", (Role.QA, Role.ADMINISTRATOR)),
    "Emil": ("", ()),
}
KINDS = ("take_bp", "stop_infusion", "check_dose", "waste_drug", "order_dose", "write_note")
ANY = st.sampled_from(sorted(PEOPLE))


class AuthorityMachine(RuleBasedStateMachine):
    """A bedside where people come, prove, lock and act, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.t_s = 0
        self.authority = Authority(standard())
        self.history: list[tuple[int, str, str, str]] = []

    def _say(self, what: str, name: str = "", purpose: str = "") -> None:
        self.history.append((self.t_s, what, name, purpose))

    @rule(seconds=st.integers(0, 40))
    def wait(self, seconds: int) -> None:
        self.t_s += seconds

    @rule(name=ANY, purpose=st.sampled_from(("", "", *KINDS)))
    def identify(self, name: str, purpose: str) -> None:
        user, roles = PEOPLE[name]
        proof = Proof.PASSWORD if user else Proof.NONE
        self.authority.note(
            PersonIdentified(
                t_ns=self.t_s * 1_000_000_000,
                user=user,
                name=name,
                roles=roles,
                proof=proof,
                purpose=purpose,
            )
        )
        self._say("proves" if purpose else "comes", name, purpose)

    @rule()
    def lock(self) -> None:
        self.authority.note(StationLocked(t_ns=0, locked=True, by="x", cause="time"))
        self._say("locks")

    @precondition(lambda self: self.history)
    @rule(kind=st.sampled_from(KINDS), by=ANY, witness=ANY, fails=st.booleans())
    def act(self, kind: str, by: str, witness: str, fails: bool) -> None:
        self._act(kind, by, witness, fails)

    @precondition(lambda self: any(one[1] == "proves" for one in self.history))
    @rule(by_here=st.booleans(), fails=st.booleans(), locked=st.booleans())
    def act_on_the_last_proof(self, by_here: bool, fails: bool, locked: bool) -> None:
        if locked:
            self.lock()
            self.identify("Anna", "")
        _, _, name, kind = self._last(("proves",)) or (0, "", "", "")
        came = self._last(("comes",))
        by = came[2] if by_here and came else name
        self._act(kind, by, name, fails)

    def _act(self, kind: str, by: str, witness: str, fails: bool) -> None:
        said = {"witness": witness} if kind == "waste_drug" else {}
        wanted = command(kind, by, self.t_s, **said)
        taken = self.authority.refusal(wanted) == ""
        assert taken is self._expected(kind, by, witness), (kind, by, witness, self.history)
        if not taken:
            return
        refused = CommandRefused(t_ns=0, command=kind_of(wanted), by=by, reason="rules")
        self.authority.after(wanted, [refused] if fails else [])
        if not fails:
            self._say("does", by, kind)

    def _expected(self, kind: str, by: str, witness: str) -> bool:
        if kind == "stop_infusion":
            return True
        last = self._last(("comes", "locks"))
        if last is not None and last[1] == "locks":
            return False
        here = "" if last is None else last[2]
        proven = self._has_proof(by, kind, here)
        roles = set(PEOPLE[by][1]) or {Role.NURSE}
        clinical = roles & {Role.NURSE, Role.PRESCRIBER}
        if kind == "check_dose":
            return proven and bool(clinical) and by not in self._parts_in_order()
        if kind == "order_dose":
            verbal = bool(here) and Role.NURSE in (set(PEOPLE[here][1]) or {Role.NURSE})
            known = any(by == name for _, what, name, _ in self.history if what != "does")
            may = Role.PRESCRIBER in roles
            if proven or here == by:
                return may
            return verbal and (may or not known)
        if not (proven or here == by) or not clinical:
            return False
        if kind != "waste_drug":
            return True
        seen = set(PEOPLE[witness][1]) or {Role.NURSE}
        able = bool(seen & {Role.NURSE, Role.PRESCRIBER})
        return self._has_proof(witness, kind, here) and able and witness != by

    def _last(self, kinds: tuple[str, ...]) -> tuple[int, str, str, str] | None:
        return next((one for one in reversed(self.history) if one[1] in kinds), None)

    def _has_proof(self, name: str, kind: str, here: str) -> bool:
        if not PEOPLE[name][0] and not (here and not PEOPLE[here][0]):
            return False
        for t_s, what, who, purpose in reversed(self.history):
            if what == "locks" or (what == "does" and purpose == kind):
                return False
            if what == "proves" and purpose == kind and who == name:
                return self.t_s - t_s <= 60
        return False

    def _parts_in_order(self) -> set[str]:
        """Who gave the last order, and who entered it where that was another."""
        for index in range(len(self.history) - 1, -1, -1):
            _, what, name, purpose = self.history[index]
            if what == "does" and purpose == "order_dose":
                return {name} | self._entered(index, name)
        return set()

    def _entered(self, index: int, by: str) -> set[str]:
        before = self.history[:index]
        here = next((one[2] for one in reversed(before) if one[1] == "comes"), "")
        for t_s, what, name, purpose in reversed(before):
            if what == "locks" or (what == "does" and purpose == "order_dose"):
                break
            proves = what == "proves" and purpose == "order_dose" and name == by
            able = bool(PEOPLE[by][0]) or (bool(here) and not PEOPLE[here][0])
            if proves:
                fresh = self.history[index][0] - t_s <= 60
                return set() if fresh and able else {here}
        return {here}


AccountsMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
AuthorityMachine.TestCase.settings = settings(
    max_examples=120, stateful_step_count=30, deadline=None
)
TestAccounts = AccountsMachine.TestCase
TestAuthority = AuthorityMachine.TestCase
