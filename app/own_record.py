"""The record that a room keeps itself when a server was named: its own file first.

An address of a server means, wherever something is recorded, the room's own file in the data
folder, which is forwarded; where something is only read, the server. The file's name is made of
the server's host, port and database and of the room; not of the account, so that another password
does not begin another record.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from app.places import data_folder
from storage.server import is_server, server_name

FOLDER = "rooms"
"""Folder of the own records, in the data folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRecord:
    """Where something is recorded, and where it is forwarded to.

    Attributes:
        place: path of the file that is written.
        address: the server it is forwarded to; empty where there is none.
        others: records of other rooms of this machine that are forwarded to the same server.
    """

    place: str
    address: str = ""
    others: tuple[Path, ...] = ()


def own_record(place: str, room: str) -> OwnRecord:
    """Where `room` records when `place`, a path or the address of a server, was named.

    Raises:
        StorageError: `place` looks like an address and is none.
    """
    if not is_server(place):
        return OwnRecord(place=place)
    path = own_path(place, room)
    others = tuple(one for one in own_paths(place) if one != path)
    return OwnRecord(place=str(path), address=place, others=others)


def own_place(place: str, room: str) -> str:
    """The file in which `room` records when `place` was named."""
    return own_record(place, room).place


def own_path(address: str, room: str) -> Path:
    """The room's own file for the server at `address`; its folder is made."""
    folder = data_folder() / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{_of_server(address)}-{_slug(room)}-{_digest(room)}.db"


def own_paths(address: str) -> list[Path]:
    """The own files of every room of this machine that forwards to the server at `address`."""
    return sorted((data_folder() / FOLDER).glob(f"{_of_server(address)}-*.db"))


def _of_server(address: str) -> str:
    name = server_name(address)
    return f"{_slug(name.rpartition('/')[2])}-{_digest(name)}"


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")[:24] or "record"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
