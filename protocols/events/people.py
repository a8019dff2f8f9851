"""Who is at the bedside, how that was proven, and whether the station is locked."""

from __future__ import annotations

from dataclasses import dataclass

from protocols.events.terms import Input, Proof, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonIdentified(Input):
    """Somebody said who they are; passwords and PINs are checked before, and never recorded here.

    Attributes:
        user: their account, or empty where nobody proved anything.
        name: the name that their actions carry in `by`.
        roles: what the account may act as at this time.
        proof: how it was proven.
        purpose: kind of the one command that it stands for (``check_dose``), given within a short
            time; empty: this person is at the bedside from now on.
        reason: why somebody acts without an account, where `proof` is none.
    """

    user: str
    name: str
    roles: tuple[Role, ...]
    proof: Proof
    purpose: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StationLocked(Input):
    """The bedside was locked, by hand or after a time without a touch, or is free again.

    A locked bedside shows and sounds everything; of commands it takes only those that make the
    patient safer.
    """

    locked: bool
    by: str
    cause: str
