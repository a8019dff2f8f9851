"""A fact with what proves it, or why there is none, and the words for both."""

from __future__ import annotations

from dataclasses import dataclass

from protocols.forms.record import SessionRecord
from protocols.vitals import NS_PER_S

NS_PER_MIN = 60 * NS_PER_S
"""Nanoseconds in a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What the record says.

    Attributes:
        value: as it is printed; numbers with a decimal point, dates in ISO 8601.
        evidence: which event or person it comes from, and when.
        t_ns: session time of that event, or None.
    """

    value: str
    evidence: str
    t_ns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """The record does not say it, and why."""

    why: str


Answer = Fact | Lack
"""What asking for a fact gives."""


def minute_of(record: SessionRecord, t_ns: int) -> str:
    """Time of day as ``14:05``; minutes of the session where the record has no clock.

    Where summer time began or ended within the session, the offset from UTC follows:
    ``02:30 (UTC+02:00)``.
    """
    local, offset_min = record.local(t_ns), record.offset_min(t_ns)
    if local is None:
        return f"minute {t_ns // NS_PER_MIN}"
    if offset_min is None:
        return f"{local:%H:%M}"
    sign = "-" if offset_min < 0 else "+"
    hours, minutes = divmod(abs(offset_min), 60)
    return f"{local:%H:%M} (UTC{sign}{hours:02d}:{minutes:02d})"


def said(record: SessionRecord, value: str, how: str, by: str, t_ns: int) -> Fact:
    """A fact that `by` (or, where empty, the program) recorded at `t_ns`."""
    person = f" by {by}" if by else ""
    return Fact(value=value, evidence=f"{how}{person} {minute_of(record, t_ns)}", t_ns=t_ns)


def known(value: str, evidence: str, why: str) -> Answer:
    """The fact `value`, or, where that is empty, a lack."""
    return Fact(value=value, evidence=evidence) if value.strip() else Lack(why=why)
