"""Windows: what the registry says of waiting updates, and the system of power."""

from __future__ import annotations

import sys
from typing import Final

from app.wakefulness.standing import MachineStanding

KEYS_OF_A_RESTART: Final = (
    (
        r"SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired",
        "updates of Windows",
    ),
    (
        r"SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending",
        "parts of Windows",
    ),
)
"""Keys that are there while a restart waits, and what for."""

KEY_OF_RENAMES: Final = r"SYSTEM\CurrentControlSet\Control\Session Manager"
RENAMES: Final = "PendingFileRenameOperations"

ON_BATTERY: Final = 0
ON_MAINS: Final = 1
NO_BATTERY: Final = 128
NO_PERCENT: Final = 255
"""Values of ``SYSTEM_POWER_STATUS``."""


def read_power(line: int, flag: int, percent: int) -> MachineStanding:
    """How power stands, from the three bytes that Windows gives."""
    mains = {ON_BATTERY: False, ON_MAINS: True}.get(line)
    return MachineStanding(
        battery=None if flag == NO_PERCENT else not flag & NO_BATTERY,
        on_mains=mains,
        battery_percent=None if percent == NO_PERCENT else float(percent),
    )


if sys.platform == "win32":
    import ctypes
    import winreg
    from dataclasses import replace

    class _PowerStatus(ctypes.Structure):
        _fields_ = [
            ("line", ctypes.c_ubyte),
            ("flag", ctypes.c_ubyte),
            ("percent", ctypes.c_ubyte),
            ("saver", ctypes.c_ubyte),
            ("left_s", ctypes.c_ulong),
            ("full_s", ctypes.c_ulong),
        ]

    def look() -> MachineStanding:
        """How the machine stands."""
        status = _PowerStatus()
        told = ctypes.windll.kernel32.GetSystemPowerStatus(ctypes.byref(status))
        power = read_power(status.line, status.flag, status.percent) if told else MachineStanding()
        return replace(power, restart=_waiting())

    def _waiting() -> tuple[str, ...]:
        found = [words for key, words in KEYS_OF_A_RESTART if _has_key(key)]
        return (*found, "files in use") if _has_renames() else tuple(found)

    def _has_key(key: str) -> bool:
        try:
            winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key).Close()
        except OSError:
            return False
        return True

    def _has_renames() -> bool:
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, KEY_OF_RENAMES) as key:
                return bool(winreg.QueryValueEx(key, RENAMES)[0])
        except OSError:
            return False

else:

    def look() -> MachineStanding:
        """Nothing is told elsewhere."""
        return MachineStanding()
