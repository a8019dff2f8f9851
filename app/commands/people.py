"""`people`: who may sign in, with what roles and secrets; each change by an administrator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from app.commands.answers import BadInputError, print_json, print_table
from app.commands.database import DatabaseOption
from app.commands.own_record import own_place_of
from app.commands.unlocking import ask_secret, read_secret, unlock_to_use
from app.people.door import TO_ADMINISTER, Account, Proven, Refused
from app.people.house import House
from app.reception.settings import load_settings
from protocols.events.terms import Proof, Role
from storage.database import open_database
from storage.faults import StorageError

UserArgument = Annotated[str, typer.Argument(help="What the person types to sign in.")]
ReasonOption = Annotated[str, typer.Option(help="Why; stands in the logbook.")]
RoleOption = Annotated[
    list[Role] | None, typer.Option("--role", help="What they may act as; may be repeated.")
]
ByOption = Annotated[
    str | None, typer.Option("--by", help="User of the administrator; else it is asked for.")
]
BySecretOption = Annotated[
    Path | None,
    typer.Option("--by-secret-file", help="File with the administrator's password; else asked."),
]
SecretOption = Annotated[
    Path | None,
    typer.Option("--secret-file", help="File with the new secret; else it is asked for."),
]

SECOND_WANTED = (
    "Make a second administrator too and keep its password sealed: nobody can replace the "
    "password of the only one."
)
NOT_KEPT = "The database does not take it now. It is kept beside the record and brought in later."


def register(group: typer.Typer) -> None:
    """Add the commands of this subject to `group`."""
    group.command("list")(list_all)
    group.command("add")(add)
    group.command("change")(change)
    group.command("retire")(retire)
    group.command("restore")(restore)
    group.command("set-password")(set_password)
    group.command("set-pin")(set_pin)
    group.command("unlock")(unlock)


def list_all(
    database: DatabaseOption = None,
    json: Annotated[bool, typer.Option("--json", help="A JSON list.")] = False,
) -> None:
    """Every account: roles, secrets it has, and whether it rests or is retired."""
    with _opened(database) as house:
        accounts = list(house.accounts())
        if house.notice:
            typer.echo(house.notice, err=True)
    if not accounts:
        _tell_unreadable(own_place_of(database))
    if json:
        print_json(accounts)
        return
    print_table(
        ("user", "name", "roles", "secrets", "standing"),
        [
            (
                account.user,
                account.name,
                ", ".join(account.roles),
                _secrets(account),
                _standing(account),
            )
            for account in accounts
        ],
    )


def _tell_unreadable(place: str) -> None:
    """No account is an answer of a record that can be read, or that is not there yet."""
    if "://" in place or not Path(place).exists():
        return
    try:
        open_database(place, read_only=True).close()
    except StorageError as error:
        raise BadInputError(f"{place}: {error.user_text}") from error


def add(
    user: UserArgument,
    name: Annotated[str, typer.Option(help="The name as it stands in records.")],
    role: RoleOption = None,
    secret_file: SecretOption = None,
    by: ByOption = None,
    by_secret_file: BySecretOption = None,
    database: DatabaseOption = None,
) -> None:
    """Add an account; the first one of a record is an administrator and sets a password.

    A password in --secret-file is one that the person must change.
    """
    roles = role or []
    with _opened(database) as house:
        if not house.has_accounts:
            password = _secret(secret_file, "Password of the first administrator", twice=True)
            make = house.changing.create_first_administrator
            _tell(house, make(user, name, roles, password))
            typer.echo(SECOND_WANTED)
            return
        administrator = _administrator(house, by, by_secret_file)
        added = _taken(house.add_person(administrator, user, name, roles))
        if secret_file is not None:
            password = read_secret(secret_file)
            added = _taken(house.changing.set_secret(administrator, user, Proof.PASSWORD, password))
        _tell(house, added)
        if not added.has_password:
            typer.echo(f"No password yet: set one with `people set-password {added.user}`.")


def change(
    user: UserArgument,
    reason: ReasonOption,
    name: Annotated[str | None, typer.Option(help="The new name; else it stays.")] = None,
    role: RoleOption = None,
    by: ByOption = None,
    by_secret_file: BySecretOption = None,
    database: DatabaseOption = None,
) -> None:
    """Change name or roles; what is not named stays."""
    with _opened(database) as house:
        administrator = _administrator(house, by, by_secret_file)
        known = house.account(user)
        if known is None:
            raise BadInputError(f"{user}: there is no such account.")
        roles = role or list(known.roles)
        _tell(house, house.change_person(administrator, user, name or known.name, roles, reason))


def retire(
    user: UserArgument,
    reason: ReasonOption,
    by: ByOption = None,
    by_secret_file: BySecretOption = None,
    database: DatabaseOption = None,
) -> None:
    """End the use of an account; nothing of it is deleted."""
    with _opened(database) as house:
        administrator = _administrator(house, by, by_secret_file)
        _tell(house, house.retire_person(administrator, user, reason))


def restore(
    user: UserArgument,
    reason: ReasonOption,
    by: ByOption = None,
    by_secret_file: BySecretOption = None,
    database: DatabaseOption = None,
) -> None:
    """Let a retired account be used again."""
    with _opened(database) as house:
        administrator = _administrator(house, by, by_secret_file)
        _tell(house, house.retire_person(administrator, user, reason, active=True))


def set_password(
    user: UserArgument,
    secret_file: SecretOption = None,
    by: ByOption = None,
    by_secret_file: BySecretOption = None,
    database: DatabaseOption = None,
) -> None:
    """Set a password: the own one with --by of the same user, else one that must be changed."""
    _set(Proof.PASSWORD, user, secret_file, by, by_secret_file, database)


def set_pin(
    user: UserArgument,
    secret_file: SecretOption = None,
    by: ByOption = None,
    by_secret_file: BySecretOption = None,
    database: DatabaseOption = None,
) -> None:
    """Set a PIN: the own one with --by of the same user, else one that must be changed."""
    _set(Proof.PIN, user, secret_file, by, by_secret_file, database)


def unlock(
    user: UserArgument,
    reason: ReasonOption,
    by: ByOption = None,
    by_secret_file: BySecretOption = None,
    database: DatabaseOption = None,
) -> None:
    """Let somebody try again whose account rests after wrong tries."""
    with _opened(database) as house:
        administrator = _administrator(house, by, by_secret_file)
        _tell(house, house.lift_lock(administrator, user, reason))


def _set(
    proof: Proof,
    user: str,
    secret_file: Path | None,
    by: str | None,
    by_secret_file: Path | None,
    database: str | None,
) -> None:
    word = "PIN" if proof is Proof.PIN else "password"
    with _opened(database) as house:
        if by is not None and by.casefold() == user.casefold():
            password = _secret(by_secret_file, f"Password of {user} now")
            new = _secret(secret_file, f"New {word}", twice=True)
            _tell(house, house.changing.set_own_secret(user, password, proof, new))
            return
        administrator = _administrator(house, by, by_secret_file)
        new = _secret(secret_file, f"New {word} of {user}", twice=True)
        _tell(house, house.changing.set_secret(administrator, user, proof, new))


@contextmanager
def _opened(named: str | None) -> Iterator[House]:
    """The people of the record, unlocked where it is encrypted."""
    place = own_place_of(named)
    unlock_to_use(place)
    settings, _ = load_settings()
    house = House(place, where=lambda: "command people", rights=settings.rights)
    try:
        yield house
    finally:
        house.close()


def _administrator(house: House, by: str | None, secret_file: Path | None) -> Proven:
    """Somebody who proves to be an administrator; BadInputError where nobody does."""
    if not house.has_accounts:
        raise BadInputError("There are no accounts yet: add the first administrator.")
    user = by or str(typer.prompt("Administrator", err=True))
    password = _secret(secret_file, f"Password of {user}")
    proven = house.proving.prove(user, password, Proof.PASSWORD, TO_ADMINISTER)
    if isinstance(proven, Refused):
        raise BadInputError(proven.sentence)
    return proven


def _secret(path: Path | None, prompt: str, *, twice: bool = False) -> str:
    return ask_secret(prompt, twice=twice) if path is None else read_secret(path)


def _taken(answer: Account | Refused) -> Account:
    if isinstance(answer, Refused):
        raise BadInputError(answer.sentence)
    return answer


def _tell(house: House, answer: Account | Refused) -> None:
    account = _taken(answer)
    if not house.keeper.flush():
        typer.echo(NOT_KEPT, err=True)
    words = [account.user, account.name, ", ".join(account.roles), _secrets(account)]
    typer.echo("  ".join([*words, _standing(account)]).rstrip())


def _secrets(account: Account) -> str:
    has = {Proof.PASSWORD: account.has_password, Proof.PIN: account.has_pin}
    words = [
        f"{proof.value} (must be changed)" if proof in account.must_change else proof.value
        for proof, there in has.items()
        if there
    ]
    return ", ".join(words) or "none"


def _standing(account: Account) -> str:
    if not account.active:
        return "retired"
    until = account.locked_until_utc
    return f"rests until {until}" if until else ""
