"""What judging could do with what was recorded. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from protocols.vitals import Vital


@dataclass(slots=True, kw_only=True)
class Account:
    """What judging could do with what was recorded.

    Attributes:
        acknowledged, passed_over: acknowledgements of the record that met their alarm, and those
            that did not.
        paused, pauses_idle: pauses of the sound likewise.
        changes_left_out: limits set for the patient that were not, because other limits are judged.
        unknown_ns: per vital that rules about the patient judge, monitored time without a value
            that may be judged.
        readings, judged: how many readings there were, and on how many rules were judged.
    """

    acknowledged: int = 0
    passed_over: int = 0
    paused: int = 0
    pauses_idle: int = 0
    changes_left_out: int = 0
    unknown_ns: dict[Vital, int] = field(default_factory=dict)
    readings: int = 0
    judged: int = 0


def sum_accounts(accounts: Iterable[Account]) -> Account:
    """Several accounts together."""
    total = Account()
    for one in accounts:
        total.acknowledged += one.acknowledged
        total.passed_over += one.passed_over
        total.paused += one.paused
        total.pauses_idle += one.pauses_idle
        total.changes_left_out += one.changes_left_out
        total.readings += one.readings
        total.judged += one.judged
        for vital, ns in one.unknown_ns.items():
            total.unknown_ns[vital] = total.unknown_ns.get(vital, 0) + ns
    return total
