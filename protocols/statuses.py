"""The last word on what has no age of its own: links and parts of the program."""

from __future__ import annotations

from dataclasses import dataclass

from protocols.events.terms import LinkState


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStatus:
    """The last word on one link.

    Attributes:
        state: as reported.
        was_open: whether the port was ever open in this session.
        detail: why, in plain words.
    """

    state: LinkState
    was_open: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus:
    """The last word on one part of the program."""

    working: bool
    detail: str
