"""People of tests: the shipped rights, four persons, and one command of each kind."""

from __future__ import annotations

from dataclasses import MISSING, fields
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, get_type_hints

from app.places import read_rights
from protocols.events import Command, PersonIdentified
from protocols.events.terms import Proof, Role
from protocols.people.rights import Rights
from protocols.people.rights_file import COMMAND_KINDS, parse_rights

S = 1_000_000_000

ANNA = ("anna", "Anna Berg RN", (Role.NURSE,))
BEN = ("ben", "Ben Okafor RN", (Role.NURSE,))
PIA = ("pia", "Pia Example MD", (Role.PRESCRIBER,))
QUINN = ("quinn", "Quinn Auditor", (Role.QA,))


@cache
def standard() -> Rights:
    """The shipped rights."""
    return parse_rights(*read_rights("standard"))


def standard_text() -> str:
    """The text of the shipped rights."""
    return read_rights("standard")[0]


def identified(
    person: tuple[str, str, tuple[Role, ...]],
    t_s: float = 0,
    purpose: str = "",
    proof: Proof = Proof.PASSWORD,
) -> PersonIdentified:
    """`person`, proven at `t_s` seconds."""
    user, name, roles = person
    return PersonIdentified(
        t_ns=round(t_s * S), user=user, name=name, roles=roles, proof=proof, purpose=purpose
    )


def unproven(name: str, t_s: float = 0, purpose: str = "") -> PersonIdentified:
    """Somebody who works without signing in."""
    return PersonIdentified(
        t_ns=round(t_s * S),
        user="",
        name=name,
        roles=(),
        proof=Proof.NONE,
        purpose=purpose,
        reason="no password at hand",
    )


def command(kind: str, by: str, t_s: float = 0, **said: Any) -> Command:
    """A command of `kind` by `by`; what is not said is whatever fits its field."""
    made = COMMAND_KINDS[kind]
    hints = get_type_hints(made)
    values: dict[str, Any] = {
        field.name: _any_of(hints[field.name])
        for field in fields(made)
        if field.default is MISSING and field.default_factory is MISSING
    }
    return made(**{**values, "t_ns": round(t_s * S), "by": by, **said})  # type: ignore[return-value]


def _any_of(kind: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    if kind in (int, float, str, bool, Decimal):
        return kind(1) if kind in (int, float, Decimal) else kind()
    return ()
