"""Who may do what, and the numbers of signing in: what a rights file says. Pure data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from protocols.events.terms import Meaning, Proof, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRight:
    """Who may do the commands of these kinds.

    Attributes:
        kinds: kinds of command as the record names them (``take_bp``).
        roles: one of them is needed of the person who does it.
        always: taken from anybody, and while the bedside is locked.
        proven: that person proves it for this very command, as a second person does who checks.
        verbal_to: who at the bedside may do it in the name of somebody of `roles` who is not there;
            empty where nobody may.
        second: the field of the command that names a second person (``witness``); where it names
            one, they prove it for this very command. Empty where no other is needed.
        second_roles: one of them is needed of the second person.
        second_verbal: the second person may be named without being there.
    """

    kinds: tuple[str, ...]
    roles: frozenset[Role] = frozenset()
    always: bool = False
    proven: bool = False
    verbal_to: frozenset[Role] = frozenset()
    second: str = ""
    second_roles: frozenset[Role] = frozenset()
    second_verbal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What a password and a PIN must be, and how they are kept.

    Attributes:
        password_length, pin_length: shortest allowed, in characters and in digits.
        password_only: purposes for which a PIN is no proof.
        time_cost, memory_kib, parallelism: of argon2id.
    """

    password_length: int
    pin_length: int
    password_only: frozenset[str]
    time_cost: int
    memory_kib: int
    parallelism: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOut:
    """After `tries` wrong secrets in a row an account rests for `first_min` minutes.

    Each further wrong one doubles that, up to `longest_min`.
    """

    tries: int
    first_min: int
    longest_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """A rights file.

    Attributes:
        secrets: of passwords and PINs.
        lock_out: of wrong ones.
        auto_lock_min: minutes without a touch after which a bedside locks itself.
        proof_counts_s: seconds for which a proof for one command stands.
        commands: who may do which commands.
        pages: who may open which page (``bedside``, ``review``, ``courses``, ``export``,
            ``settings``, ``people``).
        signatures: who may sign with which meaning.
        closing: who may close an episode of a review, or open one again; whoever may have episodes
            assessed may comment on them.
    """

    id: str
    version: str
    title: str
    source: str
    review_date: date
    approved_by: str
    secrets: Secrets
    lock_out: LockOut
    auto_lock_min: int
    proof_counts_s: int
    commands: tuple[CommandRight, ...]
    pages: Mapping[str, frozenset[Role]]
    signatures: Mapping[Meaning, frozenset[Role]]
    closing: frozenset[Role] = frozenset()

    def of_command(self, kind: str) -> CommandRight | None:
        """Who may do commands of `kind`; None where the file does not say."""
        return next((right for right in self.commands if kind in right.kinds), None)

    def roles_for(self, kind: str, meaning: Meaning | None = None) -> frozenset[Role]:
        """Roles of which one is needed for a command of `kind`; with `meaning` it is a signature.

        Empty where anybody may. For what is added to a session that was recorded without rights.
        """
        right = self.of_command(kind)
        if right is None or right.always:
            return frozenset()
        if meaning is None:
            return right.roles
        return right.roles & self.signatures.get(meaning, frozenset())

    def may_open(self, page: str, roles: Iterable[Role]) -> bool:
        """Whether a person of `roles` may open `page`."""
        return not self.pages.get(page, frozenset()).isdisjoint(roles)

    def may_sign(self, meaning: Meaning, roles: Iterable[Role]) -> bool:
        """Whether a person of `roles` may sign with `meaning`."""
        return not self.signatures.get(meaning, frozenset()).isdisjoint(roles)

    def accepts(self, proof: Proof, purpose: str) -> bool:
        """Whether `proof` is enough for `purpose` (empty: to work here)."""
        if proof is Proof.PIN:
            return purpose not in self.secrets.password_only
        return proof is Proof.PASSWORD
