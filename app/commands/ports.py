"""Ports that commands are given: whether they can be opened at all, in one line when not."""

from __future__ import annotations

from app.commands.answers import BadInputError
from devices.address import AddressError
from devices.driver import PortSettings
from devices.ports import PortFinder
from devices.transport import TransportError, make_transport


def need_port(address: str, settings: PortSettings) -> None:
    """Open `address` once and close it again.

    Raises:
        BadInputError: it cannot be opened; the text names it and the ports there are.
    """
    try:
        transport = make_transport(address, settings)
        transport.open()
    except (AddressError, TransportError) as error:
        raise BadInputError(f"{error} Ports seen: {seen_ports()}.") from error
    transport.close()


def seen_ports() -> str:
    """The addresses of the ports that the system shows, or "none"."""
    return ", ".join(port.address for port in PortFinder().list_ports()) or "none"
