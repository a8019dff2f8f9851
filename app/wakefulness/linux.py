"""Linux: files that the system keeps about waiting updates, planned restarts and power."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from app.wakefulness.standing import MachineStanding

ROOT = Path("/")


def look(root: Path = ROOT, release: str = "") -> MachineStanding:
    """How the machine stands; `release` is that of the running kernel, asked for when empty."""
    supplies = list(_supplies(root / "sys/class/power_supply"))
    batteries = [one for one in supplies if one.get("type") == "Battery"]
    return MachineStanding(
        restart=_waiting(root, release or platform.release()),
        restart_at=parse_scheduled(_read(root / "run/systemd/shutdown/scheduled")),
        battery=bool(batteries),
        on_mains=_on_mains(supplies, batteries),
        battery_percent=_percent(batteries),
    )


def parse_scheduled(text: str) -> datetime | None:
    """When the system will switch off or restart, from systemd's file; None where it will not."""
    lines = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    microseconds = lines.get("USEC", "")
    if not microseconds.isdecimal():
        return None
    try:
        return datetime.fromtimestamp(int(microseconds) / 1e6).astimezone()
    except (OverflowError, OSError, ValueError):
        return None


def _waiting(root: Path, release: str) -> tuple[str, ...] | None:
    """What waits for a restart: Debian's and Ubuntu's list, or a kernel that is gone.

    None where the system is of another kind that keeps no such list.
    """
    found = []
    if (root / "run/reboot-required").exists():
        packages = _read(root / "run/reboot-required.pkgs").split()
        found += list(dict.fromkeys(packages)) or ["updates"]
    modules = root / "lib/modules"
    try:
        installed = [folder.name for folder in modules.iterdir()]
    except OSError:
        installed = []
    if installed and release not in installed and not found:
        found.append("a new kernel")
    keeps_list = bool(found) or (root / "etc/debian_version").exists()
    return tuple(found) if keeps_list else None


def _supplies(folder: Path) -> Iterator[dict[str, str]]:
    """What each source of power tells of itself; those of mice and phones are left out."""
    try:
        found = sorted(folder.iterdir())
    except OSError:
        return
    for one in found:
        if _read(one / "scope") == "Device":
            continue
        names = ("type", "online", "status", "capacity", "present")
        yield {name: _read(one / name) for name in names}


def _on_mains(supplies: list[dict[str, str]], batteries: list[dict[str, str]]) -> bool | None:
    told = [one["online"] for one in supplies if one["type"] in ("Mains", "USB") and one["online"]]
    if told:
        return "1" in told
    states = [one["status"] for one in batteries if one["status"] not in ("", "Unknown")]
    if states:
        return "Discharging" not in states
    return None if batteries else True


def _percent(batteries: list[dict[str, str]]) -> float | None:
    told = [float(one["capacity"]) for one in batteries if one["capacity"].isdecimal()]
    return sum(told) / len(told) if told else None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
