"""macOS: what `pmset` tells of power; it has no list of updates that wait. The parser is pure."""

from __future__ import annotations

import re

from app.sounding.watching.tool import ask
from app.wakefulness.standing import MachineStanding


def parse_battery(text: str) -> MachineStanding:
    """How power stands, from what ``pmset -g batt`` prints."""
    source = re.search(r"Now drawing from '([^']+)'", text)
    percent = re.search(r"\b(\d{1,3})%;", text)
    return MachineStanding(
        battery=percent is not None,
        on_mains=None if source is None else source.group(1) == "AC Power",
        battery_percent=None if percent is None else float(percent.group(1)),
    )


def look() -> MachineStanding:
    """How the machine stands, as far as it tells."""
    told = ask("pmset", "-g", "batt")
    return MachineStanding() if told is None else parse_battery(told)
