"""At which times the next determinations of a schedule come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from protocols.events.terms import Phase
from protocols.schedule import ScheduledItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A phase of the schedule that runs to `until_ns`, its minutes counted from `anchor_ns`.

    `until_ns` is None where nobody knows its end.
    """

    phase: Phase
    anchor_ns: int
    until_ns: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTask:
    """The observation that is asked for now or next: when, and how often after a recheck.

    `every_ns` is 0 where the slots of the phase follow.
    """

    due_ns: int
    every_ns: int = 0


def planned_ns(
    schedule: Sequence[ScheduledItem],
    item: str,
    legs: Sequence[Leg],
    task: NextTask | None,
    now_ns: int,
    until_ns: int,
    *,
    first_dose_ns: int | None = None,
) -> tuple[int, ...]:
    """When `item` is observed after `now_ns` and up to `until_ns`, if the schedule is kept.

    What is due already is expected now, a moment after `now_ns`. Without a `task` nothing is.

    Args:
        schedule: what the protocol schedules.
        item: which observation.
        legs: the phases to come, in order.
        task: what is asked for next.
        now_ns: where the time to look at begins.
        until_ns: where it ends, inclusive.
        first_dose_ns: when the drug began, for slots that count from there.
    """
    if task is None:
        return ()
    found = [max(task.due_ns, now_ns + 1)]
    if task.every_ns:
        found += range(found[0] + task.every_ns, until_ns + 1, task.every_ns)
        return tuple(at for at in found if at <= until_ns)
    begins_ns = task.due_ns
    for leg in legs:
        end_ns = until_ns if leg.until_ns is None else min(until_ns, leg.until_ns)
        for rule in schedule:
            if rule.item == item and rule.phase is leg.phase:
                counted_ns = first_dose_ns if rule.from_first_dose else None
                anchor_ns = leg.anchor_ns if counted_ns is None else counted_ns
                found += _slots(rule, anchor_ns, begins_ns, end_ns)
        begins_ns = max(begins_ns, end_ns)
    return tuple(sorted(at for at in set(found) if now_ns < at <= until_ns))


def _slots(rule: ScheduledItem, anchor_ns: int, after_ns: int, until_ns: int) -> list[int]:
    found: list[int] = []
    slot_ns = rule.next_slot_ns(after_ns - anchor_ns)
    while slot_ns is not None and anchor_ns + slot_ns <= until_ns:
        found.append(anchor_ns + slot_ns)
        slot_ns = rule.next_slot_ns(slot_ns)
    return found
