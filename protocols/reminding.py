"""The reminding tone: what is off or silent is told again and again, until it is so no longer."""

from __future__ import annotations

from protocols.events.signals import ReminderGiven


class Reminders:
    """Everything that is to be reminded of. One tone for all of it, at one steady interval."""

    def __init__(self, every_ns: int) -> None:
        """Nothing is off; once something is, it is told of every `every_ns` nanoseconds."""
        self._every_ns = every_ns
        self._causes: dict[str, str] = {}
        self._next_ns: int | None = None

    @property
    def next_deadline_ns(self) -> int | None:
        """When the next tone is due, or None while nothing is off."""
        return self._next_ns

    def begin(self, t_ns: int, cause: str, text: str) -> None:
        """From `t_ns` on remind of `cause`, a name for `end`, as `text` says it in a sentence."""
        self._causes[cause] = text
        if self._next_ns is None:
            self._next_ns = t_ns + self._every_ns

    def end(self, cause: str) -> None:
        """Remind of `cause` no longer."""
        self._causes.pop(cause, None)
        if not self._causes:
            self._next_ns = None

    def advance(self, t_ns: int) -> list[ReminderGiven]:
        """The tones due up to and including `t_ns`, each at its own time."""
        given: list[ReminderGiven] = []
        while self._next_ns is not None and self._next_ns <= t_ns:
            given.append(ReminderGiven(t_ns=self._next_ns, text=" ".join(self._causes.values())))
            self._next_ns += self._every_ns
        return given
