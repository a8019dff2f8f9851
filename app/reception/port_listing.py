"""The serial ports that the system shows, with what is plugged in. No Qt."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from app.reception.desk import SeenPort

BY_ID = Path("/dev/serial/by-id")
"""Where Linux keeps names of ports that say what is plugged in and outlive replugging."""


def list_seen_ports(
    found: Iterable[ListPortInfo] | None = None, by_id: Path = BY_ID
) -> list[SeenPort]:
    """The ports seen now, those with an identity first, then by address."""
    stable = _stable_names(by_id)
    ports = [
        SeenPort(address=stable.get(info.device, info.device), identity=_identity(info))
        for info in (list_ports.comports() if found is None else found)
    ]
    return sorted(ports, key=lambda port: (not port.identity, port.address))


def _stable_names(by_id: Path) -> dict[str, str]:
    try:
        links = sorted(by_id.iterdir())
    except OSError:
        return {}
    return {str(link.resolve()): str(link) for link in links}


def _identity(info: ListPortInfo) -> str:
    """Maker, product and serial number as the system tells them, each once."""
    parts = [part for part in (info.manufacturer, info.product) if part]
    if info.serial_number:
        parts.append(f"serial {info.serial_number}")
    if not parts and info.vid is not None:
        parts.append(f"USB {info.vid:04x}:{info.pid or 0:04x}")
    if not parts and info.description and info.description not in ("n/a", info.device):
        parts.append(info.description)
    return ", ".join(dict.fromkeys(parts))
