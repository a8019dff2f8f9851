"""The time zone of this machine: its name, and the offset of local time from UTC, read anew.

A machine that is taken along, or set up wrong and put right, changes its zone while the program
runs; the C library of Linux notices a changed ``/etc/localtime`` only when it is told to look.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from app.clock import utc_offset_min

if sys.platform == "win32":
    import winreg

LINK: Final = Path("/etc/localtime")
"""Links to the zone's file on Linux and macOS."""

NAMED: Final = Path("/etc/timezone")
"""Names the zone on Debian, where the link may be a copy of the file."""

_FOLDER: Final = "zoneinfo/"
_WINDOWS_KEY: Final = r"SYSTEM\CurrentControlSet\Control\TimeZoneInformation"
_LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTime:
    """How local time stands: minutes ahead of UTC, and the name of the zone, or empty."""

    offset_min: int
    zone: str


def zone_of_variable(text: str) -> str:
    """The zone that the variable ``TZ`` names; empty where it spells out rules of its own.

    ``Europe/Berlin``, ``:Europe/Berlin`` and a path to a zone's file name one; ``CET-1CEST`` does
    not.
    """
    name = text.removeprefix(":")
    if _FOLDER in name:
        name = name.rpartition(_FOLDER)[2]
    plain = name.replace("/", "").replace("_", "").replace("-", "").replace("+", "").isalnum()
    return name if plain and ("/" in name or name == "UTC") and not name.startswith("/") else ""


def zone_name() -> str:
    """Name of the zone in force: ``Europe/Berlin``; empty where the system does not tell.

    On Windows the name is the system's own: ``W. Europe Standard Time``.
    """
    return _name_here()[:_LONGEST_NAME]


if sys.platform == "win32":

    def _name_here() -> str:
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _WINDOWS_KEY) as key:
                value, _ = winreg.QueryValueEx(key, "TimeZoneKeyName")
        except OSError:
            return ""
        return str(value).partition("\0")[0]

else:

    def _name_here() -> str:
        variable = os.environ.get("TZ")
        if variable is not None:
            return zone_of_variable(variable)
        try:
            target = os.readlink(LINK)
        except OSError:
            return _named()
        return target.rpartition(_FOLDER)[2] if _FOLDER in target else _named()


def _named() -> str:
    try:
        return NAMED.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


class LocalZone:
    """Reads how local time stands, for one thread; a zone that changed is taken over at once."""

    def __init__(self) -> None:
        """Know the zone as it is now."""
        self._zone = zone_name()

    def look(self, utc: datetime) -> LocalTime:
        """How local time stands at the moment `utc`."""
        zone = zone_name()
        if zone != self._zone:
            self._zone = zone
            if hasattr(time, "tzset"):
                time.tzset()
        return LocalTime(offset_min=utc_offset_min(utc), zone=zone)
