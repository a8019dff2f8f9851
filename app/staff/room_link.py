"""What became of a station's link to a room, in the words that its screen uses. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RoomLink(StrEnum):
    """What became of the link to a room.

    ``connecting``: never connected yet. ``closed``: the bedside program was closed in order.
    ``foreign``: another room answers than the one that was named.
    """

    CONNECTING = "connecting"
    LIVE = "live"
    LOST = "lost"
    CLOSED = "closed"
    REFUSED = "refused"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTold:
    """The link changed: `why` in a sentence for people; `room` as the bedside calls itself."""

    link: RoomLink
    why: str = ""
    room: str = ""
