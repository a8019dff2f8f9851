"""Where a bedside listens for staff stations: HOST:PORT as people write it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

USUAL_PORT = 4510
"""Port taken where none is written; no well-known service uses it."""


class StaffAddressError(Exception):
    """A text that is no HOST:PORT; the message says what is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffAddress:
    """A host (name or address) and a TCP port; 0 lets the system choose one."""

    host: str
    port: int

    def __str__(self) -> str:
        """As people write it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse_address(text: str) -> StaffAddress:
    """The address in `text`: ``HOST``, ``HOST:PORT`` or ``[IPV6]:PORT``.

    Raises:
        StaffAddressError: it is none.
    """
    words = text.strip()
    if words.startswith("["):
        host, closed, rest = words[1:].partition("]")
        colon, port = rest[:1], rest[1:]
        well = bool(closed) and colon in ("", ":")
    else:
        host, colon, port = words.partition(":")
        well = True
    if not colon:
        port = str(USUAL_PORT)
    number = int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else -1
    if not well or not host or any(c.isspace() for c in host) or not 0 <= number <= 65535:
        raise StaffAddressError(
            f"{text!r}: write HOST:PORT, for example 10.0.0.7:{USUAL_PORT}; [..]:PORT for IPv6"
        )
    return StaffAddress(host=host, port=number)
