"""Wrong tries: how often somebody may err, and how long an account then rests.

Counted over every purpose and every start of the program, since it is folded from the logbook. A
wall clock that is set back shortens no rest: it counts from the newest time that the logbook knows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from protocols.people.rights import LockOut


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """The wrong tries of one account in a row.

    Attributes:
        wrong: how many there were since it was last proven.
        since: when the rest after the last one began, in UTC; None while there is none.
    """

    wrong: int = 0
    since: datetime | None = None

    def after_wrong(self, at: datetime, newest: datetime, rule: LockOut) -> Tries:
        """After one more wrong try at `at`; `newest` is the latest time the logbook knows."""
        wrong = self.wrong + 1
        began = max(at, newest) if wrong >= rule.tries else None
        return replace(self, wrong=wrong, since=began)

    def rest(self, rule: LockOut) -> timedelta:
        """How long the account rests after the last wrong try."""
        return timedelta(minutes=rest_min(self.wrong, rule))

    def until(self, rule: LockOut) -> datetime | None:
        """Until when the account rests, in UTC; None: it does not."""
        return None if self.since is None else self.since + self.rest(rule)

    def left(self, rule: LockOut) -> int:
        """How many further wrong tries are allowed before it rests."""
        return max(0, rule.tries - self.wrong)


def rest_min(wrong: int, rule: LockOut) -> int:
    """Minutes of rest after the wrong try number `wrong` in a row; 0 before the rule's `tries`."""
    if wrong < rule.tries:
        return 0
    doublings = min(wrong - rule.tries, rule.longest_min.bit_length())
    return min(rule.longest_min, rule.first_min << doublings)
