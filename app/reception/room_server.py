"""The server that a room forwards to, as the room's desk knows it: its standing, reading it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from app.forwarding import Forwarder
from app.own_record import OwnRecord
from app.runtime import Runtime
from app.server_words import ServerStanding, server_line
from protocols.events import Service
from storage.database import Database, open_server

DRAIN_S = 5.0
"""How long the program may go on sending when it ends; the next start sends the rest."""

READ_S = 2.0
"""How long a person may wait for the server before the room's own record is read instead."""

ANSWERED_S = 12.0
"""A server that answered no longer ago is asked; another would only keep a person waiting."""


class RoomServer:
    """Forwards one room's record for as long as the program runs."""

    def __init__(self, own: OwnRecord) -> None:
        """Forward `own`, which has an address, from `start` on."""
        self.address = own.address
        self._told: Runtime | None = None
        self.forwarder = Forwarder(own.address, Path(own.place), others=own.others)
        self.forwarder.listen(self._report)

    def start(self) -> None:
        """Begin to forward."""
        self.forwarder.start()

    def close(self, drain_s: float = DRAIN_S) -> bool:
        """Send what is left, within `drain_s`; whether the server has all."""
        return self.forwarder.stop(drain_s)

    @property
    def standing(self) -> ServerStanding:
        """How the room stands with the server."""
        return self.forwarder.standing

    def line(self) -> str:
        """The same in one line for people."""
        return server_line(self.standing)

    def tell(self, runtime: Runtime | None) -> None:
        """Report to the session of `runtime` from now on; None: to none."""
        self._told = runtime
        detail = self.forwarder.told
        if runtime is not None and detail:
            self._report(False, detail)

    def answers(self) -> bool:
        """Whether the server answered just now and has all that this room recorded before."""
        standing = self.standing
        recent = standing.contact_s is not None and standing.contact_s < ANSWERED_S
        return standing.reached and recent and not standing.is_behind

    def opened(self, *, read_only: bool) -> AbstractContextManager[Database]:
        """The server's record for a moment; StorageError when it does not answer in time."""
        return open_server(self.address, read_only=read_only, patience_s=READ_S, ping=False)

    def nudge(self) -> None:
        """Forward at once."""
        self.forwarder.nudge()

    def _report(self, working: bool, detail: str) -> None:
        runtime = self._told
        if runtime is not None:
            runtime.report(Service.SERVER, working=working, detail=detail)
