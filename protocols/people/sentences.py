"""What people read when who they are or what they may do is in question. Calm, short, exact."""

from __future__ import annotations

from collections.abc import Iterable

from protocols.events.terms import Role
from protocols.words import joined

NOT_RECOGNISED = "This is not the password or PIN of this account. Try again."
NOBODY_SIGNED_IN = "Nobody is signed in at this bedside. Sign in first."
LOCKED = (
    "The bedside is locked. Sign in to go on. Stop, pause, abort a pressure and pause the sound "
    "work without."
)
NO_ACCOUNT = "There is no such account."
RETIRED = "This account is retired. Ask an administrator."
NOT_WITH_PIN = "A PIN is not enough for this. Use the password."
MUST_CHANGE = "This was set by somebody else. Sign in and set one of your own first."
NOT_ADMINISTRATOR = "Only an administrator may change accounts."
SIGNING_UNPROVEN = "A signature needs an account: sign in with a password."

_ROLE_WORDS = {
    Role.NURSE: "a nurse",
    Role.PRESCRIBER: "a prescriber",
    Role.CLINICIAN: "a clinician",
    Role.QA: "quality assurance",
    Role.ADMINISTRATOR: "an administrator",
}


def roles_text(roles: Iterable[Role]) -> str:
    """``a nurse or a prescriber``, in the order of the vocabulary."""
    wanted = set(roles)
    return joined([words for role, words in _ROLE_WORDS.items() if role in wanted], "or")


def lacks_role(name: str, roles: Iterable[Role]) -> str:
    """Why `name` may not do what needs one of `roles`."""
    return f"This is done by {roles_text(roles)}; {name} is none."


def is_another(by: str, present: str) -> str:
    """Why an action in the name of `by` is not taken while `present` is signed in."""
    if not by:
        return f"The action names nobody. {present} is signed in at this bedside."
    return f"{by} is not signed in at this bedside: {present} is. Sign in as {by} first."


def must_prove(name: str, seconds: int) -> str:
    """Why `name` must prove who they are for this very action."""
    who = name or "Who does this"
    return (
        f"{who} must prove who they are for this action, by password or PIN, within {seconds} s "
        "before it."
    )


def same_person(name: str) -> str:
    """Why `name` may not stand for the second person."""
    return f"{name} has a part in this already. Another person is needed."


def unnamed_command(kind: str) -> str:
    """Why nobody may do a command of `kind`."""
    return f"The rights of this session do not say who may do this ({kind})."


def tries_left(left: int) -> str:
    """What follows `NOT_RECOGNISED` while tries are left."""
    return "One try is left." if left == 1 else f"{left} tries are left."


def rests_until(clock: str) -> str:
    """Why an account cannot be used before the local time of day `clock`."""
    return (
        f"Too many wrong tries. The account rests until {clock}; an administrator can free it "
        "sooner. Work without signing in is possible and is noted."
    )


def too_short(what: str, length: int, shortest: int) -> str:
    """Why a password or PIN of `length` is not accepted."""
    return f"The {what} has {length} characters; at least {shortest} are needed."
