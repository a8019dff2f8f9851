"""Clock anchors: when to write the wall clock beside the session clock. Pure."""

from __future__ import annotations

from dataclasses import replace
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

    def __init__(
        self, t_ns: int, utc: datetime, offset_min: int | None = None, zone: str = ""
    ) -> None:
        """Begin with the anchor that opened or resumed the session.

        `offset_min` and `zone` are how local time stands in the record; an offset of None is not
        known, and the first that is seen holds.
        """
        self._anchor_ns = t_ns
        self._anchor_utc = utc
        self._offset_min = offset_min
        self._zone = zone

    def expected_utc(self, t_ns: int) -> datetime:
        """Wall time at `t_ns` if the wall clock had not moved against the session clock."""
        return self._anchor_utc + timedelta(microseconds=(t_ns - self._anchor_ns) / 1000)

    def is_due(self, t_ns: int) -> bool:
        """Whether the last anchor is a minute old at `t_ns`, whatever the wall clock says."""
        return t_ns - self._anchor_ns >= ANCHOR_EVERY_NS

    def check(
        self, t_ns: int, utc: datetime, utc_offset_min: int, iso: str, zone: str = ""
    ) -> ClockAnchored | None:
        """The anchor to record at `t_ns`, or None while the last one still holds.

        One is due each minute, at once when the wall clock jumped, and at once when local time
        moved against UTC (summer time) or the zone has another name.
        """
        jump_ms = round((utc - self.expected_utc(t_ns)) / timedelta(milliseconds=1))
        jumped = abs(jump_ms) >= JUMP_MS
        moved = self._offset_min is not None and (
            (utc_offset_min, zone) != (self._offset_min, self._zone)
        )
        if not (jumped or moved or self.is_due(t_ns)):
            if self._offset_min is None:
                self._offset_min, self._zone = utc_offset_min, zone
            return None
        anchor = self.set_anew(t_ns, utc, utc_offset_min, iso, zone)
        return replace(anchor, jump_ms=jump_ms) if jumped else anchor

    def set_anew(
        self, t_ns: int, utc: datetime, utc_offset_min: int, iso: str, zone: str = ""
    ) -> ClockAnchored:
        """The anchor to record when an accelerated session runs in real time again."""
        self._anchor_ns, self._anchor_utc = t_ns, utc
        self._offset_min, self._zone = utc_offset_min, zone
        return ClockAnchored(t_ns=t_ns, utc=iso, utc_offset_min=utc_offset_min, zone=zone)
