"""What the rules did because of single values: alarms raised, observations counted as made."""

from __future__ import annotations

from protocols.events import AlarmChanged, AlarmState, Event, Reading, TaskChanged, TaskState

ACTED = frozenset((AlarmChanged, TaskChanged))
"""Kinds of event that say what was done because of a value."""


class ActedOn:
    """The alarms raised and the observations counted as made, by the value that did it."""

    def __init__(self) -> None:
        """Begin with nothing done."""
        self._raised: list[AlarmChanged] = []
        self._made: list[TaskChanged] = []

    def note(self, event: Event) -> None:
        """Take the next event of the session."""
        if isinstance(event, AlarmChanged):
            if event.state is AlarmState.SOUNDING and event.vital is not None:
                self._raised.append(event)
        elif isinstance(event, TaskChanged) and event.state is TaskState.DONE:
            self._made.append(event)

    def raised_by(self, reading: Reading) -> AlarmChanged | None:
        """The first alarm that this value raised, or None."""
        return next(
            (
                alarm
                for alarm in self._raised
                if alarm.vital is reading.vital
                and alarm.value == reading.value
                and alarm.t_ns >= reading.t_ns
            ),
            None,
        )

    def made_by(self, reading: Reading) -> TaskChanged | None:
        """The observation that was counted as made when this value became known, or None."""
        return next((task for task in self._made if task.t_ns == reading.t_ns), None)
