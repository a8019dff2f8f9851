"""Which accounts there may be: names that tell people apart, and always an administrator."""

from __future__ import annotations

import re
from collections.abc import Sequence

from protocols.events.terms import Role
from protocols.people.accounts import Accounts, Person, account_key
from protocols.people.sentences import NO_ACCOUNT

LONGEST_NAME = 80
"""Longest name of a person, in characters."""

_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_RESERVED = ("program", "nobody", "unknown")
LAST_ADMINISTRATOR = "This is the only administrator in use. Make another one first."


def new_problem(accounts: Accounts, user: str, name: str, roles: Sequence[Role]) -> str:
    """Why this account cannot be added, in a sentence; empty: it can."""
    if not _USER.fullmatch(user) or account_key(user) in _RESERVED:
        return (
            f"{user!r} cannot be a user: 1 to 40 letters, digits, dots, hyphens; for example anna."
        )
    if accounts.find(user) is not None:
        return f"There is an account {user} already."
    return _words_problem(accounts, user, name, roles)


def change_problem(
    accounts: Accounts, user: str, name: str, roles: Sequence[Role], reason: str
) -> str:
    """Why name and roles of this account cannot be these, in a sentence; empty: they can."""
    person = accounts.find(user)
    if person is None:
        return NO_ACCOUNT
    if not reason.strip():
        return "Give the reason for the change."
    if Role.ADMINISTRATOR not in roles and _is_last(accounts, person):
        return LAST_ADMINISTRATOR
    return _words_problem(accounts, person.user, name, roles)


def retire_problem(accounts: Accounts, user: str, reason: str, *, active: bool) -> str:
    """Why this account cannot be retired, or be used again, in a sentence; empty: it can."""
    person = accounts.find(user)
    if person is None:
        return NO_ACCOUNT
    if not reason.strip():
        return "Give the reason."
    if person.active is active:
        return "The account is in use already." if active else "The account is retired already."
    return LAST_ADMINISTRATOR if not active and _is_last(accounts, person) else ""


def _words_problem(accounts: Accounts, user: str, name: str, roles: Sequence[Role]) -> str:
    words = account_key(name)
    if not words or len(name) > LONGEST_NAME:
        return f"Give the name as it stands in records, at most {LONGEST_NAME} characters."
    if not name.isprintable():
        return "The name has a character that cannot be printed."
    if words in _RESERVED or words.startswith("os:"):
        return f"{name} is what the program calls itself. Take another name."
    for person in accounts.people.values():
        if account_key(person.user) != account_key(user) and account_key(person.name) == words:
            return f"{person.user} is called {person.name} already. Records must tell them apart."
    return "" if roles else "Give at least one role."


def _is_last(accounts: Accounts, person: Person) -> bool:
    """Whether nobody else in use is an administrator with a password."""
    others = [one for one in accounts.people.values() if one.user != person.user]
    if not person.active or Role.ADMINISTRATOR not in person.roles:
        return False
    return not any(one.active and Role.ADMINISTRATOR in one.roles and one.secrets for one in others)
