"""Which held determination is a new one: by the monitor's own time since it. Pure."""

from __future__ import annotations

from devices.ge_dinamap.parser import NibpReply
from protocols.vitals import NS_PER_S

SLACK_NS = 5 * NS_PER_S
"""How far the monitor's whole seconds and the delays of the line may be off."""


class Newness:
    """Follows the replies of one connection, in order, each with its arrival.

    The monitor repeats its last determination with the time since it. Equal pressures prove
    nothing; a time that became smaller does. What was held before the connection is never new.
    """

    def __init__(self) -> None:
        """Nothing was heard since the connection."""
        self._held: tuple[int, int] | None = None
        self._busy_ns: int | None = None

    def forget(self) -> None:
        """A new connection: what is held next is from before it."""
        self._held = None
        self._busy_ns = None

    @property
    def has_held(self) -> bool:
        """Whether a reply that says done was heard since the connection."""
        return self._held is not None

    def begin(self, t_ns: int) -> None:
        """A determination is under way at `t_ns`, by the monitor's word or this program's start."""
        if self._busy_ns is None:
            self._busy_ns = t_ns

    def age_ns(self, t_ns: int, reply: NibpReply) -> int | None:
        """How long ago the determination of `reply` was made if it is new, else None.

        Call it once for every reply that says done.
        """
        held, self._held = self._held, (t_ns, reply.since_s)
        busy_ns, self._busy_ns = self._busy_ns, None
        if not reply.has_recent:
            return None
        age_ns = reply.since_s * NS_PER_S
        if held is not None:
            before_ns, before_s = held
            passed_ns = t_ns - before_ns
            is_new = reply.since_s < before_s and age_ns <= passed_ns + SLACK_NS
            # two in a row, the second started within the same second of the monitor's clock
            is_new |= busy_ns is not None and age_ns + SLACK_NS <= passed_ns
        elif busy_ns is not None:
            passed_ns = t_ns - busy_ns
            is_new = passed_ns >= SLACK_NS and age_ns <= passed_ns
        else:
            return None
        return min(age_ns, passed_ns) if is_new else None
