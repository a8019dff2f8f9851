"""The protocols that ship, read once."""

from __future__ import annotations

from functools import cache

from app.places import names_of, read_protocol
from protocols.definition import ProtocolDefinition, parse_protocol

NAMES = tuple(names_of("protocols"))


@cache
def shipped(name: str) -> ProtocolDefinition:
    """The shipped protocol of that name."""
    return parse_protocol(*read_protocol(name))
