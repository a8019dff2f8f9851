"""A time that somebody typed, as session time: local time of day, or minutes since the drug. Pure.

``14:05`` and ``14:05:30`` are local times, ``+12`` and ``+12.5`` minutes since the drug began.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from protocols.vitals import NS_PER_S
from protocols.wall_clock import WallClock

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_MINUTES = re.compile(r"\+\s*(\d+)(?:[.,](\d+))?(?::(\d{2}))?(?:\s*min)?")

HOW = "Type a local time as 14:05 or 14:05:30, or minutes since the drug began as +12.5."


class NotATimeError(ValueError):
    """What was typed is no time of this session; the text says what is wrong."""


def asked_time(
    text: str,
    *,
    drug_began_ns: int | None,
    end_ns: int,
    clocks: Sequence[WallClock],
) -> int:
    """Session time that `text` asks for, ns.

    Args:
        text: as typed.
        drug_began_ns: when the drug began, or None where it never did.
        end_ns: session time of the last event.
        clocks: every anchor of the wall clock, in order; the first moment that shows the time asked
            for is meant, also where the clock was set or summer time began in between.

    Raises:
        NotATimeError: it is no time, or none within the session.
    """
    typed = text.strip()
    if found := _MINUTES.fullmatch(typed):
        return _within(_since_drug(found, drug_began_ns), end_ns, typed)
    if found := _CLOCK.fullmatch(typed):
        return _within(_by_clock(found, end_ns, clocks), end_ns, typed)
    raise NotATimeError(HOW)


def _since_drug(found: re.Match[str], drug_began_ns: int | None) -> int:
    if drug_began_ns is None:
        raise NotATimeError("No drug was begun in this session: type a local time as 14:05.")
    whole, part, seconds = found.groups()
    if part and seconds:
        raise NotATimeError(HOW)
    minutes = float(f"{whole}.{part or 0}")
    return drug_began_ns + round((minutes * 60 + int(seconds or 0)) * NS_PER_S)


def _by_clock(found: re.Match[str], end_ns: int, clocks: Sequence[WallClock]) -> int | None:
    """The first moment of the session with that time of day; None where it has none."""
    hour, minute, second = (int(part or 0) for part in found.groups())
    if hour > 23 or minute > 59 or second > 59:
        raise NotATimeError(HOW)
    if not clocks:
        raise NotATimeError("This record has no clock: type minutes since the drug as +12.5.")
    stands = timedelta(seconds=1 if found[3] else 60)
    ends = [*(clock.t_ns for clock in clocks[1:]), end_ns + 1]
    for clock, until_ns in zip(clocks, ends, strict=True):
        begun = clock.local(clock.t_ns)
        asked = begun.replace(hour=hour, minute=minute, second=second, microsecond=0)
        if asked + stands <= begun:
            asked += timedelta(days=1)
        ahead = (asked - begun) / timedelta(milliseconds=1)
        t_ns = clock.t_ns + max(0, round(ahead)) * (NS_PER_S // 1000)
        if t_ns < until_ns:
            return t_ns
    return None


def _within(t_ns: int | None, end_ns: int, typed: str) -> int:
    if t_ns is None or t_ns > end_ns:
        raise NotATimeError(f"{typed} is not within this session.")
    return t_ns
