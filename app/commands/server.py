"""`server status|forward|check|rebuild|prepare`: the server that rooms forward their records to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from app.commands.answers import EXIT_NO, BadInputError, print_json, print_table
from app.commands.database import DatabaseOption
from app.commands.own_record import own_record_of
from app.commands.unlocking import unlock_to_use
from app.own_record import OwnRecord
from storage.database import Database, open_server
from storage.faults import StorageError
from storage.own_rows import OwnRows
from storage.sending import Sender, send_all
from storage.server import reader_grants, room_grants, shown_place
from storage.server_check import SessionCheck, check_rooms

JsonOption = Annotated[bool, typer.Option("--json", help="As JSON.")]
RoomOption = Annotated[str | None, typer.Option(help="Name of the room; else the settings'.")]
AllOption = Annotated[
    bool, typer.Option("--all", help="The records of every room of this machine.")
]

PATIENCE_S = 60.0
"""How long a command waits for one batch."""


def register(group: typer.Typer) -> None:
    """Add the commands of this subject to `group`."""
    group.command("status")(status)
    group.command("forward")(forward)
    group.command("check")(check)
    group.command("rebuild")(rebuild)
    group.command("prepare")(prepare)


def status(
    database: DatabaseOption = None, room: RoomOption = None, json: JsonOption = False
) -> int:
    """How far the server has each session of this machine; exit status 1: not all is there."""
    own = _own(database, room)
    waiting: list[SessionCheck] = []
    with _server(own, read_only=True) as server:
        for path in _records(own, every=True):
            with _rows(path) as rows:
                waiting += check_rooms(server, rows, heads=False)
    behind = [one for one in waiting if not one.ok]
    if json:
        print_json({"server": shown_place(own.address), "sessions": waiting})
    else:
        typer.echo(f"server   {shown_place(own.address)}")
        typer.echo(f"records  {', '.join(str(path) for path in _records(own, every=True)) or '-'}")
        _print(behind)
        typer.echo(f"{len(waiting) - len(behind)} of {len(waiting)} are whole on the server.")
    return EXIT_NO if behind else 0


def forward(
    database: DatabaseOption = None, room: RoomOption = None, every: AllOption = False
) -> int:
    """Send what the server has not; exit status 1 where something stays here."""
    return _send(_own(database, room), every=every)


def rebuild(database: DatabaseOption = None, room: RoomOption = None) -> int:
    """Send all that every room of this machine has to a server that was lost or emptied.

    What the server still has is looked at and left as it is.
    """
    return _send(_own(database, room), every=True)


def check(
    database: DatabaseOption = None, room: RoomOption = None, json: JsonOption = False
) -> int:
    """Compare the end and the chain of each session here with the server's; 1: a difference."""
    own = _own(database, room)
    found: list[SessionCheck] = []
    with _server(own, read_only=True) as server:
        for path in _records(own, every=True):
            with _rows(path) as rows:
                found += check_rooms(server, rows, heads=True)
    wrong = [one for one in found if not one.ok]
    if json:
        print_json(found)
    else:
        _print(wrong)
        typer.echo(f"{len(found) - len(wrong)} of {len(found)} are the same on the server.")
    return EXIT_NO if wrong else 0


def prepare(
    database: DatabaseOption = None,
    room_role: Annotated[
        list[str] | None, typer.Option(help="Account of a room: may add and read. Repeat.")
    ] = None,
    reader_role: Annotated[
        list[str] | None, typer.Option(help="Account that may only read. Repeat.")
    ] = None,
) -> None:
    """Make the tables on the server, or bring them to this version, and give rights to accounts.

    Run it with the address of the account that is to own the tables; no room needs that one.
    """
    own = _own(database, None)
    grants = [sql for role in room_role or () for sql in room_grants(role)]
    grants += [sql for role in reader_role or () for sql in reader_grants(role)]
    with _server(own, read_only=False) as server, server.writing() as connection:
        for sql in grants:
            connection.exec_driver_sql(sql)
    typer.echo(f"{shown_place(own.address)}: ready")


def _own(named: str | None, room: str | None) -> OwnRecord:
    own = own_record_of(named, room)
    if not own.address:
        raise BadInputError("Name a server: --database postgresql+psycopg://user@host/database")
    return own


@contextmanager
def _server(own: OwnRecord, *, read_only: bool) -> Iterator[Database]:
    try:
        with open_server(own.address, read_only=read_only, patience_s=PATIENCE_S) as server:
            yield server
    except StorageError as error:
        raise BadInputError(f"{shown_place(own.address)}: {error.user_text}") from error


def _records(own: OwnRecord, *, every: bool) -> list[Path]:
    paths = [Path(own.place), *(own.others if every else ())]
    return [path for path in paths if path.is_file()]


@contextmanager
def _rows(path: Path) -> Iterator[OwnRows]:
    unlock_to_use(str(path))
    try:
        rows = OwnRows(path)
    except StorageError as error:
        raise BadInputError(f"{path}: {error.user_text}") from error
    try:
        yield rows
    finally:
        rows.close()


def _send(own: OwnRecord, *, every: bool) -> int:
    paths = _records(own, every=every)
    if not paths:
        raise BadInputError(f"{own.place}: nothing was recorded here for this server")
    good = True
    with _server(own, read_only=False) as server:
        for path in paths:
            with _rows(path) as rows:
                sender = Sender(server, rows)
                added = 0

                def count(_name: str, sent: object) -> None:
                    nonlocal added
                    added += getattr(sent, "added", 0)

                conflicts = send_all(sender, sender.survey(), count)
            typer.echo(f"{path}: {added} events and entries sent")
            for sentence in conflicts.values():
                typer.echo(sentence)
            good &= not conflicts
    return 0 if good else EXIT_NO


def _print(rows: list[SessionCheck]) -> None:
    if rows:
        print_table(
            ("record", "here", "on the server", ""),
            [(one.name, one.here, one.there, one.problem) for one in rows],
        )
