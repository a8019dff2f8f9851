"""What may interrupt a session: a restart that waits, a battery. Judged and said in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

RESTART_UNKNOWN: Final = "Whether this machine waits for a restart is not known."
POWER_UNKNOWN: Final = "Whether it runs on its battery is not known."

MOST_NAMED: Final = 3
"""Updates that are named at most."""

LOW_PERCENT: Final = 30.0
"""A battery below this may not last a session of two hours; a design default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineStanding:
    """What a system tells of itself; None wherever it tells nothing.

    Attributes:
        restart: what waits for a restart, each in a word or two; empty: nothing does.
        restart_at: when the machine will switch off or restart by itself, local time.
        battery: whether there is one.
        on_mains: whether power comes from outside.
        battery_percent: charge, 0 to 100.
    """

    restart: tuple[str, ...] | None = None
    restart_at: datetime | None = None
    battery: bool | None = None
    on_mains: bool | None = None
    battery_percent: float | None = None


def warnings_of(standing: MachineStanding) -> tuple[str, ...]:
    """What a person should do something about before the first dose, a sentence or two each."""
    found = []
    if standing.restart_at is not None:
        found.append(
            f"This machine will switch off or restart by itself at {standing.restart_at:%H:%M}. "
            "Call that off, or begin after it."
        )
    if standing.restart:
        named = ", ".join(standing.restart[:MOST_NAMED])
        more = len(standing.restart) - MOST_NAMED
        named += f" and {more} more" if more > 0 else ""
        found.append(
            f"This machine waits for a restart ({named}). Restart it before the first dose or "
            "after the session, not during it."
        )
    if standing.battery and standing.on_mains is False:
        found.append(f"This machine is not plugged in{_charge(standing)}. Plug its charger in.")
    return tuple(found)


def unknown_of(standing: MachineStanding) -> tuple[str, ...]:
    """What the system does not tell, a sentence each."""
    found = []
    if standing.restart is None:
        found.append(RESTART_UNKNOWN)
    if standing.battery is None or (standing.battery and standing.on_mains is None):
        found.append(POWER_UNKNOWN)
    return tuple(found)


def _charge(standing: MachineStanding) -> str:
    """Charge in tens of percent, so that it is said again only when it matters."""
    percent = standing.battery_percent
    if percent is None:
        return ""
    low = ", which is low" if percent < LOW_PERCENT else ""
    return f": battery at about {round(percent, -1):.0f} %{low}"
