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
    """Time of day as ``14:05``; minutes of the session where the record has no clock."""
    local = record.local(t_ns)
    return f"{local:%H:%M}" if local is not None else f"minute {t_ns // NS_PER_MIN}"


def said(record: SessionRecord, value: str, how: str, by: str, t_ns: int) -> Fact:
    """A fact that `by` (or, where empty, the program) recorded at `t_ns`."""
    person = f" by {by}" if by else ""
    return Fact(value=value, evidence=f"{how}{person} {minute_of(record, t_ns)}", t_ns=t_ns)


def known(value: str, evidence: str, why: str) -> Answer:
    """The fact `value`, or, where that is empty, a lack."""
    return Fact(value=value, evidence=evidence) if value.strip() else Lack(why=why)
