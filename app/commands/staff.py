"""`staff`: a staff station, on another machine or on a second display of the bedside's."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from app.commands.answers import BadInputError
from app.commands.display import need_display
from app.reception.settings import Settings, load_settings
from app.sounding.player import Player
from app.staff.address import StaffAddress, StaffAddressError, parse_address
from app.staff.secret import SecretError, find_secret, write_new_secret
from app.staff.station import Station

MAX_ROOMS = 12


def staff(
    connect: Annotated[
        list[str] | None,
        typer.Option(help="HOST:PORT where a bedside listens; repeat for several rooms."),
    ] = None,
    room: Annotated[
        list[str] | None,
        typer.Option(help="Name of the room that must answer there; one for each --connect."),
    ] = None,
    name: Annotated[str, typer.Option(help="Name of this station; else the machine's.")] = "",
    user: Annotated[str, typer.Option(help="Who answers here at first.")] = "",
    secret_file: Annotated[
        str | None, typer.Option(help="File with the secret; else variable, else settings.")
    ] = None,
    new_secret: Annotated[
        str | None, typer.Option(help="Write a new secret into this file, and leave.")
    ] = None,
    display: Annotated[
        int, typer.Option(min=0, help="Fill this display of the machine, counted from 1.")
    ] = 0,
    silent: Annotated[bool, typer.Option("--silent", help="A station without sound.")] = False,
) -> int:
    """Show alarms where the staff are, with confirmed receipt. Not a primary alarm system."""
    if new_secret is not None:
        return _write(new_secret)
    settings, notice = load_settings()
    if notice:
        typer.echo(notice, err=True)
    places = _places(connect or (), room or (), settings)
    try:
        secret = find_secret(secret_file, settings.staff_secret_file)
    except SecretError as error:
        raise BadInputError(str(error)) from error
    need_display("staff", "a station must be seen")
    player = None if silent else Player()
    station = Station(name.strip() or socket.gethostname(), places, secret, player)

    from app.staff.station_run import NoSuchDisplayError, run_staff_station

    people = [person.name for person in settings.people]
    try:
        return run_staff_station(station, player, people, user or settings.user, display=display)
    except NoSuchDisplayError as error:
        raise BadInputError(str(error)) from error


def _write(place: str) -> int:
    try:
        write_new_secret(Path(place))
    except SecretError as error:
        raise BadInputError(str(error)) from error
    typer.echo(f"{place}: copy it to the other machine, readable by its user alone.")
    return 0


def _places(
    connect: Sequence[str], rooms: Sequence[str], settings: Settings
) -> list[tuple[StaffAddress, str]]:
    """Where to connect, with the room that must answer; this machine's bedside where none is named.

    Raises:
        BadInputError: none is named, too many, one that is no address, or rooms that do not fit.
    """
    texts = list(connect) or ([settings.staff_listen] if settings.staff_listen else [])
    if not texts:
        raise BadInputError("--connect HOST:PORT: say where the bedside listens")
    if len(texts) > MAX_ROOMS:
        raise BadInputError(f"{len(texts)} rooms: a station shows at most {MAX_ROOMS}")
    if len(set(texts)) != len(texts):
        raise BadInputError("--connect: one address is named twice")
    if rooms and len(rooms) != len(texts):
        raise BadInputError(f"--room: {len(rooms)} names for {len(texts)} addresses")
    try:
        addresses = [parse_address(text) for text in texts]
    except StaffAddressError as error:
        raise BadInputError(f"--connect {error}") from error
    if not connect:
        addresses = [_reachable(address) for address in addresses]
    named = list(rooms) or [""] * len(texts)
    return list(zip(addresses, named, strict=True))


def _reachable(address: StaffAddress) -> StaffAddress:
    """Where this machine reaches what listens at `address`: everywhere means here as well."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound here
    return StaffAddress(host=here.get(address.host, address.host), port=address.port)
