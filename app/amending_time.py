"""When an amendment is made: at the session's close on its own time axis, now on the wall."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from app.clock import iso_utc
from protocols.amendments import AMENDMENTS
from protocols.events import Input


def amended_at(event: Input, closed_ns: int, utc: datetime) -> Input:
    """`event` as it is recorded after a close at `closed_ns`, by the wall clock `utc`."""
    changed: dict[str, Any] = {"t_ns": closed_ns}
    if isinstance(event, AMENDMENTS):
        changed["at_utc"] = iso_utc(utc)
    return replace(event, **changed)
