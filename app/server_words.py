"""How the room stands with the server, and the one line that says so. Pure."""

from __future__ import annotations

from dataclasses import dataclass

QUIET_S = 120.0
"""How far behind the server may be before the session is told: restarts of it take that long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerStanding:
    """How the room stands with the server.

    Attributes:
        reached: whether the last try succeeded.
        problem: why it did not, in a sentence.
        waiting: events and entries that the server has not, as far as is known.
        behind_s: how long ago the server last had all, s; 0 while it has.
        contact_s: how long ago it last answered, s; None where it never did.
        conflicts: what is not sent because the server has something else, in sentences.
    """

    reached: bool = False
    problem: str = ""
    waiting: int = 0
    behind_s: float = 0.0
    contact_s: float | None = None
    conflicts: tuple[str, ...] = ()

    @property
    def is_behind(self) -> bool:
        """Whether it is so far behind that a person is told."""
        return self.behind_s >= QUIET_S


ALL_SENT, SENDING = "Server: all sent", "Server: sending"
WELL = (ALL_SENT, SENDING)
"""Lines of a server that is as it should be."""


def server_line(standing: ServerStanding) -> str:
    """The one line of header and first page."""
    if standing.conflicts:
        count = len(standing.conflicts)
        what = "one record differs" if count == 1 else f"{count} records differ"
        return f"Server: {what} there, all is kept here"
    if standing.is_behind or (standing.behind_s > 0 and not standing.reached):
        return f"Server: {_age(standing.behind_s)} behind, all is kept here"
    if not standing.reached:
        return "Server not reached, all is kept here"
    return ALL_SENT if standing.waiting == 0 else SENDING


def service_detail(standing: ServerStanding) -> str:
    """What the session is told as the reason of a failed service; empty: it works."""
    if standing.conflicts:
        return standing.conflicts[-1]
    if not standing.is_behind:
        return ""
    why = standing.problem or "The server takes longer than it should."
    return f"{why} All is kept here and sent later."


def _age(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes < 1:
        return "under 1 min"
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h"
