"""`encryption`: whether a record is encrypted, turning it on and off, and who may unlock it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from app.at_rest.beside import files_in_the_clear, waiting_files
from app.at_rest.holders import (
    WORDS,
    HolderError,
    NewKey,
    add_passphrase,
    add_store,
    change_passphrase,
    is_in_store,
    make_key,
    read_holders,
    renew_recovery_key,
)
from app.at_rest.record_lock import bring_in
from app.at_rest.records_beside import records_beside
from app.at_rest.system_store import StoreError
from app.clock import utc_now
from app.commands.answers import EXIT_NO, BadInputError, print_json
from app.commands.database import DatabaseOption
from app.commands.unlocking import ask_secret, read_secret, unlock_to_use
from app.people.account_copy import copy_path
from app.people.actor import actor
from app.places import database as place_of_database
from app.places import program_version
from app.reception.sole_use import InUseError, SoleUse
from storage.database import PAGE_BYTES, open_database
from storage.encryption import UNLOCKED, is_encrypted
from storage.faults import StorageError
from storage.key_file import read_key_file
from storage.key_slots import UnsuitableSecretError, draw_record_name
from storage.recoding import Recoded, decrypt_record, encrypt_record, rekey_record
from storage.record_note import Author, note_change

SecretOption = Annotated[
    Path | None,
    typer.Option(help="File with the passphrase or recovery key; else it is asked for."),
]
NewSecretOption = Annotated[
    Path | None, typer.Option(help="File with the new passphrase; else it is asked for.")
]
StoreOption = Annotated[
    bool, typer.Option("--in-store", help="Let this account's store of the system open it too.")
]

KEEP_RECOVERY = (
    "Recovery key, shown this once. Print it or write it down, and lock it away from this machine."
    " Whoever has it and the record can read the record; without it and without the passphrase"
    " nobody can."
)


def register(group: typer.Typer) -> None:
    """Add the commands of this subject to `group`."""
    group.command("status")(status)
    group.command("on")(turn_on)
    group.command("off")(turn_off)
    group.command("add-passphrase")(add_a_passphrase)
    group.command("change-passphrase")(change_a_passphrase)
    group.command("add-keyring")(add_keyring)
    group.command("recovery-key")(new_recovery_key)
    group.command("rekey")(rekey)
    group.command("bring-in")(bring_in_records)


def status(
    database: DatabaseOption = None,
    json: Annotated[bool, typer.Option("--json", help="A JSON object.")] = False,
) -> None:
    """Whether the record is encrypted, who may unlock it, and what lies beside it in the clear."""
    path = _path(database)
    with _told(path):
        encrypted = is_encrypted(path)
        key_file = read_key_file(path.with_name(path.name + ".key"))
        slots = [] if key_file is None else [slot for key in key_file.keys for slot in key.slots]
        clear = [str(found) for found in files_in_the_clear(path)] if encrypted else []
    if json:
        holders = [{"kind": slot.kind, "since": slot.made_utc} for slot in slots]
        problem = "" if key_file is None else key_file.problem
        print_json(
            {
                "encrypted": encrypted,
                "holders": holders,
                "in_the_clear": clear,
                "problem": problem,
            }
        )
        return
    typer.echo(f"{path}: {'encrypted' if encrypted else 'not encrypted'}")
    if key_file is not None and not encrypted:
        typer.echo("A key file lies beside it that it does not use: encrypting was cut short.")
    for slot in slots:
        typer.echo(f"  opened by  {WORDS[slot.kind]} (since {slot.made_utc})")
    if key_file is not None and key_file.problem:
        typer.echo(f"  {key_file.problem} Change any holder to have both written again.")
    for found in clear:
        typer.echo(f"  not encrypted, destroy it when it is no longer needed: {found}")


def turn_on(
    database: DatabaseOption = None,
    secret_file: SecretOption = None,
    in_store: StoreOption = False,
) -> None:
    """Encrypt the record. The plain file is kept beside it until you destroy it."""
    path = _path(database)
    if is_encrypted(path):
        raise BadInputError(f"{path}: is encrypted already")
    if not path.is_file():
        open_database(path).close()
    with _alone(path):
        passphrase = _new_passphrase(secret_file)
        made = make_key(draw_record_name(), PAGE_BYTES, passphrase, utc_now(), in_store=in_store)
        done = encrypt_record(path, made.key, made.wrapped, _author(), line_files=_lines_of(path))
    _say_done(path, done, "is encrypted now", "It holds everything in the clear")
    _say_recovery(made)


def turn_off(database: DatabaseOption = None, secret_file: SecretOption = None) -> None:
    """Make the record a plain file again. The encrypted one is kept beside it with its key file."""
    path = _path(database)
    with _alone(path):
        unlock_to_use(str(path), secret_file)
        done = decrypt_record(path, _author(), line_files=_lines_of(path))
    _say_done(path, done, "is a plain file now", "It is the encrypted file as it was")


def rekey(
    database: DatabaseOption = None,
    secret_file: SecretOption = None,
    new_secret_file: NewSecretOption = None,
) -> None:
    """Encrypt the record under another data key: where a key or a copy may be in wrong hands.

    One new passphrase and a new recovery key open it from then on; every earlier one is out.
    """
    path = _path(database)
    with _alone(path):
        unlock_to_use(str(path), secret_file)
        before = read_holders(path)
        passphrase = _new_passphrase(new_secret_file)
        made = make_key(
            before.record, PAGE_BYTES, passphrase, utc_now(), in_store=is_in_store(before)
        )
        done = rekey_record(path, made.key, made.wrapped, _author(), line_files=_lines_of(path))
    _say_done(path, done, "is encrypted under another key now", "It opens with the earlier key")
    _say_recovery(made)


def add_a_passphrase(
    database: DatabaseOption = None,
    secret_file: SecretOption = None,
    new_secret_file: NewSecretOption = None,
) -> None:
    """Let one more passphrase open the record."""
    path = _path(database)
    with _told(path):
        unlock_to_use(str(path), secret_file)
        add_passphrase(path, _new_passphrase(new_secret_file), utc_now())
        _note(path, "passphrase added")
    typer.echo(f"{path}: the new passphrase opens it too")


def change_a_passphrase(
    database: DatabaseOption = None,
    secret_file: SecretOption = None,
    new_secret_file: NewSecretOption = None,
) -> None:
    """Let a new passphrase open the record instead of the one that is given."""
    path = _path(database)
    with _told(path):
        read_holders(path)
        old = read_secret(secret_file) if secret_file else ask_secret("Present passphrase")
        _unlock_by(path, old)
        change_passphrase(path, old, _new_passphrase(new_secret_file), utc_now())
        _note(path, "passphrase changed")
    typer.echo(f"{path}: the new passphrase opens it, the earlier one no longer does")


def add_keyring(database: DatabaseOption = None, secret_file: SecretOption = None) -> None:
    """Let this account's store of the system open the record: nobody is asked at the start then."""
    path = _path(database)
    with _told(path):
        unlock_to_use(str(path), secret_file)
        add_store(path, utc_now())
        _note(path, "store of the system added")
    typer.echo(f"{path}: this account's store of the system opens it")


def new_recovery_key(database: DatabaseOption = None, secret_file: SecretOption = None) -> None:
    """Show a new recovery key once; the earlier one opens nothing from then on."""
    path = _path(database)
    with _told(path):
        unlock_to_use(str(path), secret_file)
        recovery = renew_recovery_key(path, utc_now())
        _note(path, "recovery key renewed")
    typer.echo(f"{KEEP_RECOVERY}\n\n    {recovery}\n")


def bring_in_records(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Records made meanwhile; else all beside it.")
    ] = None,
    database: DatabaseOption = None,
    secret_file: SecretOption = None,
) -> int:
    """Take over what was recorded in new files while the record was locked."""
    path = _path(database)
    if not path.is_file():
        raise BadInputError(f"{path}: no such database")
    good = True
    with _alone(path):
        unlock_to_use(str(path), secret_file)
        chosen = files or records_beside(str(path))
        if not chosen:
            typer.echo("Nothing waits to be brought in.")
        for other in chosen:
            taken = bring_in(str(path), other, _author())
            good &= taken.is_whole
            typer.echo(f"{other}: {taken.sentence} The file stays as it is.")
    return 0 if good else EXIT_NO


def _path(named: str | None) -> Path:
    place = place_of_database(named)
    if "://" in place:
        raise BadInputError("A record on a server is encrypted there, not by this program.")
    path = Path(place).expanduser()
    if path.exists() and not path.is_file():
        raise BadInputError(f"{path} is no file.")
    return path


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What goes wrong, as one sentence."""
    try:
        yield
    except StorageError as error:
        raise BadInputError(f"{path}: {error.user_text}") from error
    except (HolderError, StoreError, UnsuitableSecretError) as error:
        raise BadInputError(str(error)) from error


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the record alone; refused where a bedside runs or something waits beside it."""
    try:
        sole_use = SoleUse(str(path))
    except InUseError as error:
        raise BadInputError(str(error)) from error
    try:
        waiting = waiting_files(path)
        if waiting:
            raise BadInputError(
                f"{waiting[0]} waits to be brought into the record. Start the bedside program once,"
                " then try again."
            )
        with _told(path):
            yield
    finally:
        sole_use.release()


def _unlock_by(path: Path, passphrase: str) -> None:
    from storage.key_slots import open_with_passphrase

    UNLOCKED.add(open_with_passphrase(read_holders(path), passphrase))


def _new_passphrase(file: Path | None) -> str:
    return read_secret(file) if file is not None else ask_secret("New passphrase", twice=True)


def _lines_of(path: Path) -> list[Path]:
    """Files beside the record whose lines are sealed as the record is."""
    copy = copy_path(str(path))
    return [copy] if copy.is_file() else []


def _author() -> Author:
    return Author(by=actor(), program=program_version())


def _note(path: Path, what: str) -> None:
    with open_database(path) as database:
        note_change(database, _author(), "encryption holders", "", what)


def _say_done(path: Path, done: Recoded, now: str, kept: str) -> None:
    sessions = done.content.rows.get("session", 0)
    rows = sum(done.content.rows.values())
    typer.echo(f"{path}: {now}; {sessions} sessions, {rows} rows compared, all equal")
    typer.echo(
        f"The file before is kept as {done.kept}. {kept}: destroy it yourself once you are sure,"
        " and its copies in backups; this program deletes nothing."
    )


def _say_recovery(made: NewKey) -> None:
    typer.echo(f"\n{KEEP_RECOVERY}\n\n    {made.recovery}\n")
