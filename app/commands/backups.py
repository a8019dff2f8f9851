"""`backups`: copies of the record made, listed, checked, restored and rehearsed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.at_rest.backing_up import (
    back_up,
    backup_folder,
    last_backup,
    same_disk_warning,
)
from app.clock import utc_now
from app.commands.answers import EXIT_NO, BadInputError, print_json, print_table
from app.commands.database import DatabaseOption
from app.commands.unlocking import unlock_to_use
from app.people.actor import actor
from app.places import database as place_of_database
from app.places import program_version
from app.reception.settings import Settings, load_settings
from app.sealing import known_site_keys
from storage.backup import (
    Backup,
    check_backup,
    list_backups,
    older_than,
    read_manifest,
    rehearse_restore,
    restore_backup,
)
from storage.faults import StorageError
from storage.record_note import Author

FolderOption = Annotated[
    Path | None, typer.Option("--folder", help="Folder of the backups; else that of the settings.")
]
SecretOption = Annotated[
    Path | None,
    typer.Option(help="File with the passphrase or recovery key; else it is asked for."),
]
BackupArgument = Annotated[Path, typer.Argument(help="The database file of a backup.")]

NEVER_DELETED = (
    "This program never deletes a backup. Whether one may be destroyed is for a person to decide,"
    " and to do outside it."
)


def register(group: typer.Typer) -> None:
    """Add the commands of this subject to `group`."""
    group.command("make")(make)
    group.command("list")(list_all)
    group.command("verify")(verify)
    group.command("restore")(restore)
    group.command("rehearse")(rehearse)


def make(
    database: DatabaseOption = None, folder: FolderOption = None, secret_file: SecretOption = None
) -> int:
    """Copy the record now, open the copy and check all of it. Sessions may run meanwhile."""
    place = _record(database)
    settings = _settings()
    unlock_to_use(place, secret_file)
    try:
        backup = back_up(place, folder or backup_folder(settings))
    except StorageError as error:
        raise BadInputError(error.user_text) from error
    typer.echo(f"{backup.path}: {_facts(backup)}")
    if not backup.encrypted:
        typer.echo("It is not encrypted, as the record is not.")
    if folder is None and (warning := same_disk_warning(settings, place)):
        typer.echo(warning)
    if backup.problem:
        typer.echo(f"It is kept, but it is not whole: {backup.problem}")
        return EXIT_NO
    return 0


def list_all(
    database: DatabaseOption = None,
    folder: FolderOption = None,
    every: Annotated[bool, typer.Option("--all", help="Those of other records too.")] = False,
    older: Annotated[
        bool, typer.Option("--older", help="Only those older than the site keeps them.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="A JSON list.")] = False,
) -> None:
    """The backups, newest first."""
    place = _record(database)
    settings = _settings()
    found = _backups(folder or backup_folder(settings), None if every else place)
    if older:
        if not settings.retention_years:
            raise BadInputError("retention_years is not set: the site has not said how long.")
        found = older_than(found, settings.retention_years, utc_now())
    if json:
        print_json(found)
        return
    last = last_backup(place)
    if last is not None:
        typer.echo(last.words())
    print_table(
        ("backup", "made at (UTC)", "sessions", "MB", "encrypted", ""),
        [
            (b.path, b.made_utc, b.sessions, f"{b.size / 1e6:.1f}", _yes(b.encrypted), b.problem)
            for b in found
        ],
    )
    typer.echo(f"{sum(b.size for b in found) / 1e6:.1f} MB: each is a whole copy. {NEVER_DELETED}")


def verify(backup: BackupArgument, secret_file: SecretOption = None) -> int:
    """Open a backup and check everything in it; exit status 1 where something is wrong."""
    _must_be_there(backup)
    unlock_to_use(str(backup), secret_file)
    try:
        check = check_backup(backup, known=known_site_keys())
    except StorageError as error:
        raise BadInputError(error.user_text) from error
    if check.problem:
        typer.echo(f"{backup}: {check.problem}")
        return EXIT_NO
    rows = {} if check.content is None else check.content.rows
    typer.echo(f"{backup}: whole; {rows.get('session', 0)} sessions, {sum(rows.values())} rows")
    if read_manifest(backup) is None:
        typer.echo(
            "No manifest lies beside it: whether it is the file that was written is unknown."
        )
    typer.echo(f"SHA-256 {check.sha256}")
    return 0


def restore(
    backup: BackupArgument,
    to: Annotated[Path, typer.Option("--to", help="The record to make; nothing may be there.")],
    secret_file: SecretOption = None,
) -> None:
    """Put a backup back as a record, checked before and after. Nothing is written over."""
    _must_be_there(backup)
    unlock_to_use(str(backup), secret_file)
    try:
        check = restore_backup(backup, to.expanduser(), _author(), known=known_site_keys())
    except StorageError as error:
        raise BadInputError(error.user_text) from error
    rows = {} if check.content is None else check.content.rows
    typer.echo(
        f"{to}: restored and whole; {rows.get('session', 0)} sessions, all {sum(rows.values())}"
        " rows equal to the backup"
    )
    typer.echo(f"SHA-256 of the backup {check.sha256}")
    typer.echo("Sessions since that backup are not in it. Begin with: main.py verify " + str(to))


def rehearse(
    database: DatabaseOption = None,
    folder: FolderOption = None,
    backup: Annotated[
        Path | None, typer.Option("--backup", help="This one; else the newest of the record.")
    ] = None,
    secret_file: SecretOption = None,
) -> int:
    """Restore the newest backup into a folder of its own, check it, and take it away again."""
    place = _record(database)
    chosen = backup or _newest(folder or backup_folder(_settings()), place)
    _must_be_there(chosen)
    unlock_to_use(str(chosen), secret_file)
    try:
        check = rehearse_restore(chosen, _author(), known=known_site_keys())
    except StorageError as error:
        typer.echo(f"The rehearsal failed. {error.user_text}")
        return EXIT_NO
    rows = {} if check.content is None else check.content.rows
    typer.echo(
        f"{chosen} can be restored: {rows.get('session', 0)} sessions, {sum(rows.values())} rows,"
        " hashes equal before and after. The restored copy was taken away again."
    )
    return 0


def _facts(backup: Backup) -> str:
    return (
        f"{backup.size / 1e6:.1f} MB, {backup.sessions} sessions,"
        f" {sum(backup.rows.values())} rows; SHA-256 {backup.sha256}"
    )


def _record(named: str | None) -> str:
    """The record file; BadInputError for a server or where there is none."""
    place = place_of_database(named)
    if "://" in place:
        raise BadInputError("A record on a server is backed up there (pg_dump), see docs/it.md.")
    path = Path(place).expanduser().resolve()
    if not path.is_file():
        raise BadInputError(f"{place}: no such database")
    return str(path)


def _must_be_there(backup: Path) -> None:
    if not backup.is_file():
        raise BadInputError(f"{backup}: no such file")


def _backups(folder: Path, place: str | None) -> list[Backup]:
    try:
        return list_backups(folder, None if place is None else Path(place))
    except StorageError as error:
        raise BadInputError(error.user_text) from error


def _newest(folder: Path, place: str) -> Path:
    found = _backups(folder, place)
    if not found:
        raise BadInputError(f"{folder}: no backup of {place}; make one with: main.py backups make")
    return found[0].path


def _settings() -> Settings:
    settings, problem = load_settings()
    if problem:
        typer.echo(problem, err=True)
    return settings


def _author() -> Author:
    return Author(by=actor(), program=program_version())


def _yes(answer: bool) -> str:
    return "yes" if answer else "no"
