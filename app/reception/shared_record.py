"""The server that several rooms forward to, as whoever reads or adds to courses sees it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from storage.database import Database, open_server

AWAY = (
    "The server does not answer. Entries of courses wait for it, so that two rooms never enter"
    " different things: nothing was entered."
)
"""Why an entry cannot be made."""

LOOK_AGAIN = "Look at the course again before it is entered anew: it may be there."
"""Said when the answer of the server was lost."""

OWN_ONLY = "The server does not answer: only what this room recorded itself is known."
"""Said of what is read meanwhile."""

COMMAND_PATIENCE_S = 20.0
"""How long a command waits for the server."""


class SharedRecord(Protocol):
    """The server's record."""

    def answers(self) -> bool:
        """Whether it is worth asking now."""
        ...

    def opened(self, *, read_only: bool) -> AbstractContextManager[Database]:
        """The record for a moment; StorageError when the server does not answer."""
        ...

    def nudge(self) -> None:
        """Say that something was recorded that the server should have soon."""
        ...


class DirectServer:
    """A server that a command asks without a forwarder beside it."""

    def __init__(self, address: str) -> None:
        """Ask the server at `address`."""
        self._address = address

    def answers(self) -> bool:
        """Whether it is worth asking now: it is always asked."""
        return True

    def opened(self, *, read_only: bool) -> AbstractContextManager[Database]:
        """The record for a moment; StorageError when the server does not answer."""
        return open_server(self._address, read_only=read_only, patience_s=COMMAND_PATIENCE_S)

    def nudge(self) -> None:
        """Nobody forwards here; the command that recorded does it itself."""
