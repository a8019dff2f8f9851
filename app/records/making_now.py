"""How a document is made now, by whom, of which record."""

from __future__ import annotations

from datetime import datetime

from app.places import program_version
from app.printing.making import Making


def making_now(by: str, record: str) -> Making:
    """Made at this moment on this machine's clock, with its offset, by this version."""
    at = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
    return Making(by=by, at=at, program=program_version(), record=record)
