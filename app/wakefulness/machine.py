"""Asks the system that this is how it stands; a file for each system's way."""

from __future__ import annotations

import platform
from collections.abc import Callable

from app.wakefulness import linux, macos, windows
from app.wakefulness.standing import MachineStanding

_WAYS: dict[str, Callable[[], MachineStanding]] = {
    "Linux": linux.look,
    "Darwin": macos.look,
    "Windows": windows.look,
}


def look_here() -> MachineStanding:
    """How this machine stands; may take a second where a tool must be asked."""
    way = _WAYS.get(platform.system())
    return MachineStanding() if way is None else way()
