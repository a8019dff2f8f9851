"""Clock anchors: when to write the wall clock beside the session clock. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from protocols.events import ClockAnchored
from protocols.vitals import NS_PER_S

ANCHOR_EVERY_NS = 60 * NS_PER_S
"""At least one anchor a minute."""

JUMP_MS = 500
"""A wall clock that moved this far against the session clock has jumped."""


class AnchorKeeper:
    """Decides when a new anchor is due.

    While a demo is accelerated the wall clock of the record runs with the session; back in real
    time it is set anew, which is no clock that jumped.
    """

    def __init__(self, t_ns: int, utc: datetime) -> None:
        """Begin with the anchor that opened or resumed the session."""
        self._anchor_ns = t_ns
        self._anchor_utc = utc

    def expected_utc(self, t_ns: int) -> datetime:
        """Wall time at `t_ns` if the wall clock had not moved against the session clock."""
        return self._anchor_utc + timedelta(microseconds=(t_ns - self._anchor_ns) / 1000)

    def is_due(self, t_ns: int) -> bool:
        """Whether the last anchor is a minute old at `t_ns`, whatever the wall clock says."""
        return t_ns - self._anchor_ns >= ANCHOR_EVERY_NS

    def check(
        self, t_ns: int, utc: datetime, utc_offset_min: int, iso: str
    ) -> ClockAnchored | None:
        """The anchor to record at `t_ns`, or None while the last one still holds."""
        jump_ms = round((utc - self.expected_utc(t_ns)) / timedelta(milliseconds=1))
        jumped = abs(jump_ms) >= JUMP_MS
        if not jumped and not self.is_due(t_ns):
            return None
        self._anchor_ns, self._anchor_utc = t_ns, utc
        return ClockAnchored(
            t_ns=t_ns, utc=iso, utc_offset_min=utc_offset_min, jump_ms=jump_ms if jumped else 0
        )

    def set_anew(self, t_ns: int, utc: datetime, utc_offset_min: int, iso: str) -> ClockAnchored:
        """The anchor to record when an accelerated session runs in real time again."""
        self._anchor_ns, self._anchor_utc = t_ns, utc
        return ClockAnchored(t_ns=t_ns, utc=iso, utc_offset_min=utc_offset_min)
