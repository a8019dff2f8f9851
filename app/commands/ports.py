"""Slots and ports that commands are given: whether they can be used, in one line when not."""

from __future__ import annotations

from app.commands.answers import BadInputError
from devices.address import AddressError
from devices.driver import PortSettings
from devices.ports import PortFinder
from devices.registry import DRIVERS
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


def parse_slot(option: str, text: str) -> tuple[str, str]:
    """Slot and driver of `text`, written as SLOT=DRIVER.

    Raises:
        BadInputError: beginning with `option`, naming what there is.
    """
    device, _, driver = text.partition("=")
    if not (device and driver):
        raise BadInputError(f"{option}: write SLOT=DRIVER")
    if driver not in DRIVERS:
        raise BadInputError(f"{option}: no driver {driver}; known: {', '.join(DRIVERS)}")
    slots = DRIVERS[driver].slots
    if device not in slots:
        raise BadInputError(f"{option}: {driver} has no slot {device}; it has: {', '.join(slots)}")
    return device, driver


def seen_ports() -> str:
    """The addresses of the ports that the system shows, or "none"."""
    return ", ".join(port.address for port in PortFinder().list_ports()) or "none"
