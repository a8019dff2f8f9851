"""The serial ports that the system shows, what identifies each unit, and where it is now.

An identity outlives replugging and renaming: vendor, product and serial number of a USB adapter
(``USB 0403:6001 A50285BI``), the name that Linux keeps under ``/dev/serial/by-id``, or host and
port of a serial server (``10.0.0.7:4001``). A port that tells nothing has none: what is plugged
into it cannot be told from anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from devices.address import TCP_SCHEME, split_address

BY_ID = Path("/dev/serial/by-id")
"""Where Linux keeps names of ports that say what is plugged in and outlive replugging."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemPort:
    """A port that the system shows.

    Attributes:
        address: what to open: a path that stays the same after replugging where there is one.
        identity: what identifies the unit, or empty.
        description: what the system says of what is plugged in, for people; may be empty.
    """

    address: str
    identity: str
    description: str


def _comports() -> Iterable[ListPortInfo]:
    return list_ports.comports()


class PortFinder:
    """Looks at the ports of this machine; each call looks anew."""

    def __init__(
        self,
        list_found: Callable[[], Iterable[ListPortInfo]] = _comports,
        by_id: Path = BY_ID,
    ) -> None:
        """Look by `list_found`, by default the system's list, and at the links in `by_id`."""
        self._list_found = list_found
        self._by_id = by_id

    def list_ports(self) -> list[SystemPort]:
        """The ports seen now, those that tell something first, then by address."""
        links = self._links()
        ports = [
            SystemPort(
                address=links.get(info.device, info.device),
                identity=_usb_identity(info) or _name(links.get(info.device, "")),
                description=_description(info),
            )
            for info in self._list_found()
        ]
        return sorted(ports, key=lambda port: (not port.description, port.address))

    def identity_of(self, address: str) -> str:
        """What identifies the unit behind `address` now; empty when nothing does."""
        path, _ = split_address(address)
        if path.startswith(TCP_SCHEME):
            return path.removeprefix(TCP_SCHEME)
        device = _resolved(path)
        for info in self._list_found():
            if _resolved(info.device) == device and (identity := _usb_identity(info)):
                return identity
        return _name(self._links().get(device, ""))

    def address_of(self, identity: str) -> str:
        """Where the unit called `identity` can be opened now; empty when it is not there."""
        if not identity:
            return ""
        for port in self.list_ports():
            if port.identity == identity:
                return port.address
        return next(
            (link for link in self._links().values() if _name(link) == identity),
            "",
        )

    def _links(self) -> dict[str, str]:
        """Each port that has a stable name, by the device that the name means now."""
        try:
            links = sorted(self._by_id.iterdir())
        except OSError:
            return {}
        return {_resolved(str(link)): str(link) for link in links}


def _name(link: str) -> str:
    return Path(link).name if link else ""


def _resolved(path: str) -> str:
    try:
        return str(Path(path).resolve())
    except OSError:
        return path


def _usb_identity(info: ListPortInfo) -> str:
    if info.vid is None or not info.serial_number:
        return ""
    return f"USB {info.vid:04x}:{info.pid or 0:04x} {info.serial_number}"


def _description(info: ListPortInfo) -> str:
    """Maker, product and serial number as the system tells them, each once."""
    parts = [part for part in (info.manufacturer, info.product) if part]
    if info.serial_number:
        parts.append(f"serial {info.serial_number}")
    if not parts and info.vid is not None:
        parts.append(f"USB {info.vid:04x}:{info.pid or 0:04x}")
    if not parts and info.description and info.description not in ("n/a", info.device):
        parts.append(info.description)
    return ", ".join(dict.fromkeys(parts))
