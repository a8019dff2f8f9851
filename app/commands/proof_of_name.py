"""Who makes an entry by command: where people have accounts, the user who proves it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from app.commands.answers import BadInputError
from app.commands.own_record import own_place_of
from app.commands.unlocking import ask_secret, read_secret, unlock_to_use
from app.people.door import Refused
from app.people.house import House
from app.reception.settings import load_settings
from protocols.events.terms import Proof
from protocols.people.sentences import lacks_role


def proven_name(
    by: str, secret_file: Path | None, database: str | None, *, page: str, command: str
) -> str:
    """The name that stands beside an entry: `by`, or that of the account whose user `by` is.

    `page` is the page on which people make such entries; who may open it makes them here too.

    Raises:
        BadInputError: there are accounts and `by` did not prove to be one that may.
    """
    place = own_place_of(database)
    unlock_to_use(place)
    settings, _ = load_settings()
    house = House(place, where=lambda: f"command {command}", rights=settings.rights)
    with closing(house):
        if not house.has_accounts:
            return by
        asked = ask_secret(f"Password of {by}") if secret_file is None else read_secret(secret_file)
        proven = house.proving.prove(by, asked, Proof.PASSWORD, page)
        if isinstance(proven, Refused):
            raise BadInputError(proven.sentence)
        if not house.policy.may_open(page, proven.account.roles):
            allowed = house.policy.pages.get(page, frozenset())
            raise BadInputError(lacks_role(proven.account.name, allowed))
        return proven.account.name
