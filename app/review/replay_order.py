"""What a desk asks of a replay: which session, from when, and beside which other limits."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOrder:
    """A replay to be opened in a window of its own.

    Attributes:
        session: its name.
        t_ns: session time to begin at, ns; None: its beginning.
        limits_text: limits whose alarms are marked in a second lane; empty: none.
    """

    session: str
    t_ns: int | None = None
    limits_text: str = field(default="", repr=False)
