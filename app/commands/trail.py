"""The trail of a command: who is at it, begun with it, kept before it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer

from app.commands.answers import BadInputError
from app.commands.own_record import own_place_of
from app.commands.unlocking import ask_secret, read_secret
from app.people.actor import actor
from app.people.door import Refused, identify
from app.people.house import House
from app.people.reader import Reader
from app.reception.settings import load_settings
from app.trail.noting import Trail, begin_trail, own_place
from protocols.events import PersonIdentified
from protocols.events.terms import Proof, Role

SEES_TRAIL = (Role.QA, Role.ADMINISTRATOR)
"""Who may see who looked at what, where people have accounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks at recorded sessions: the name on the trail, and whether they may see the trail."""

    name: str
    sees_trail: bool
    person: PersonIdentified | None = None


def find_viewer(where: str, user: str | None, secret_file: Path | None) -> Viewer:
    """Who is at the program: `user`, who proves it, else the account of the operating system.

    Where nobody has an account everybody may see the trail.

    Raises:
        BadInputError: `user` did not prove to be it.
    """
    settings, _ = load_settings()
    with closing(House(own_place(), where=lambda: where, rights=settings.rights)) as house:
        if user is None:
            return Viewer(name=actor(), sees_trail=not house.has_accounts)
        if not house.has_accounts:
            raise BadInputError(f"--user {user}: nobody has an account in {own_place()}.")
        if not house.accounts():
            raise BadInputError(
                f"--user {user}: the accounts in {own_place()} cannot be read now. If the record "
                "is encrypted, name the file with its passphrase in INFUSION_ROOM_PASSPHRASE_FILE."
            )
        secret = read_secret(secret_file) if secret_file else ask_secret(f"Password of {user}")
        proven = house.proving.prove(user, secret, Proof.PASSWORD)
        if isinstance(proven, Refused):
            raise BadInputError(proven.sentence)
        account = proven.account
        if Proof.PASSWORD in account.must_change:
            raise BadInputError(
                f"The password of {user} was set by somebody else. Set an own one first: "
                "sign in at the bedside, or use the command people."
            )
        sees = any(role in SEES_TRAIL for role in account.roles)
        return Viewer(name=account.name, sees_trail=sees, person=identify(proven))


@contextmanager
def on_trail(
    command: str, named: str | None, viewer: Viewer | Reader | None = None
) -> Iterator[Trail]:
    """Note looks and copies of `command`; where that cannot be, say so once and go on.

    `named` is the record that was named at the command line; `viewer` who looks, else whom the
    operating system names.
    """
    who = actor if viewer is None else lambda: viewer.name
    trail = begin_trail(command, own_place_of(named), who)
    try:
        yield trail
    finally:
        problem = trail.close()
        if problem:
            typer.echo(problem, err=True)
