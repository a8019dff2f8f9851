"""The monitor's two times: its clock (BCD) and the ticks since it was switched on. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

from devices.philips_intellivue import wire
from protocols.vitals import NS_PER_S

_FIRST = datetime(1900, 1, 1)
_TICKS = 1 << 32


@lru_cache(maxsize=64)
def read_stamp_s(stamp: bytes) -> int | None:
    """Seconds since 1900 of ``YYYY MM DD hh mm ss 00``; None for no time or no valid one."""
    digits = stamp.hex()
    if len(digits) != 16 or not digits.isdigit():
        return None
    try:
        moment = datetime.strptime(digits[:14], "%Y%m%d%H%M%S")
    except ValueError:
        return None
    return (moment - _FIRST) // timedelta(seconds=1)


def make_stamp(seconds: int) -> bytes:
    """The 8 bytes of the time `seconds` after the start of 1900."""
    moment = _FIRST + timedelta(seconds=seconds)
    return bytes.fromhex(f"{moment:%Y%m%d%H%M%S}00")


class MonitorClock:
    """What the monitor's clock shows when a poll is taken.

    Most monitors send no absolute time with a poll; then the moment that the MDS create event gave
    in both times tells what the clock shows at the ticks of the poll.
    """

    def __init__(self) -> None:
        """The clock is not known yet."""
        self._known: tuple[int, int] | None = None

    def set(self, clock: bytes, ticks: int) -> None:
        """The clock shows `clock` at `ticks`."""
        seconds = read_stamp_s(clock)
        self._known = None if seconds is None else (seconds, ticks)

    def forget(self) -> None:
        """Another monitor may be there: its ticks are others."""
        self._known = None

    def read_ns(self, clock: bytes, ticks: int) -> int | None:
        """Nanoseconds since 1900 at a poll with these times; None while that is not known."""
        if clock != wire.NO_TIME:
            seconds = read_stamp_s(clock)
            if seconds is not None:
                return seconds * NS_PER_S
        if self._known is None:
            return None
        known_s, known_ticks = self._known
        since = (ticks - known_ticks + _TICKS // 2) % _TICKS - _TICKS // 2
        return known_s * NS_PER_S + since * wire.NS_PER_TICK
