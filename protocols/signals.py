"""The policy of alarm signals: who is told, where it sounds, and what follows if nobody comes.

One table for a site to sign: a row a priority. High priority always sounds at the bedside at once;
a policy that says otherwise is refused. What the rows do is in `protocols.annunciation`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from protocols.events.terms import Priority


class RoomSound(StrEnum):
    """When an alarm sounds at the bedside.

    ``unless-staff``: only where staff elsewhere are not reached about it in time.
    """

    AT_ONCE = "at-once"
    UNLESS_STAFF = "unless-staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRow:
    """How alarms of one priority are signalled; times are seconds from when the alarm was raised.

    Attributes:
        priority: which alarms.
        room_sound: when they sound at the bedside.
        staff: whether staff stations are called.
        receipt_s: a call that no station confirmed by then has not reached staff.
        accept_s: a call that nobody accepted by then has not reached staff.
        attend_s: a call that was accepted, but whose alarm nobody acknowledged at the bedside by
            then, has not brought anybody.
        unattended_s: an alarm that nobody acknowledged by then becomes more urgent; None: never.
        unattended_again_s: the same, to the highest urgency.
    """

    priority: Priority
    room_sound: RoomSound
    staff: bool
    receipt_s: float
    accept_s: float
    attend_s: float
    unattended_s: float | None
    unattended_again_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalPolicy:
    """A versioned policy of alarm signals with its source and review date.

    Attributes:
        approved_by: who signed it for the site; empty while nobody has.
        rows: one a priority.
        sound_check_required: the sounds must be heard by somebody before a dose is given.
        reminder_s: while something is off or silent by a person's decision, the reminding tone
            sounds this often.
    """

    id: str
    version: str
    title: str
    source: str
    review_date: date
    approved_by: str
    rows: tuple[SignalRow, ...]
    sound_check_required: bool
    reminder_s: float

    def row(self, priority: Priority) -> SignalRow:
        """The row of `priority`."""
        return next(row for row in self.rows if row.priority is priority)


def signal_table(policy: SignalPolicy) -> str:
    """The policy as one table for people, a line a priority, with who signed it."""
    signed = f"signed by {policy.approved_by}" if policy.approved_by else "not signed by the site"
    head = f"{policy.title} ({policy.id} {policy.version}, {signed})"
    return "\n".join([head, *(_row_words(row) for row in policy.rows)])


def _row_words(row: SignalRow) -> str:
    words = [f"{row.priority.value.capitalize()}:"]
    if row.room_sound is RoomSound.AT_ONCE:
        words.append("sounds at the bedside at once.")
    else:
        words.append("silent at the bedside while staff are called; sounds where a time passes.")
    if row.staff:
        words.append(
            f"Staff: confirmed within {row.receipt_s:g} s, accepted within {row.accept_s:g} s, "
            f"acknowledged at the bedside within {row.attend_s:g} s."
        )
    if row.unattended_s is not None:
        again = row.unattended_again_s
        times = f"{row.unattended_s:g} s" + ("" if again is None else f" and {again:g} s")
        words.append(f"More urgent after {times} unattended.")
    return " ".join(words)
