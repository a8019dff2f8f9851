"""Measures how long an input needed on its way to an alarm. Only the core thread uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from app.occurrences import Occurrences
from protocols.events import AlarmChanged, AlarmTimed, Event


class AlarmTimer:
    """Notes when the input at work arrived and was understood, and names the alarms it raised."""

    def __init__(self, exact_ns: Callable[[], int]) -> None:
        """`exact_ns` gives session time, not rounded."""
        self._exact_ns = exact_ns
        self._occurrences = Occurrences()
        self._received_ns: int | None = None
        self._decoded_ns: int | None = None

    def recall(self, past: Iterable[Event]) -> None:
        """Know the alarms that were on at the end of `past`, so that they are not raised again."""
        for event in past:
            if isinstance(event, AlarmChanged):
                self._occurrences.take(event)

    def begin(self, received_ns: int) -> None:
        """An input that had arrived at `received_ns` is taken up now."""
        self._received_ns = received_ns
        self._decoded_ns = self._exact_ns()

    def note_decoded(self) -> None:
        """The driver has just understood the bytes of the input at work."""
        self._decoded_ns = self._exact_ns()

    def end(self) -> None:
        """The input at work is settled: what follows now follows from a deadline."""
        self._received_ns = self._decoded_ns = None

    def time(self, outputs: Iterable[Event], now_ns: int) -> list[AlarmTimed]:
        """One measurement, stamped `now_ns`, for each alarm that `outputs` have just raised."""
        raised = [
            event
            for event in outputs
            if isinstance(event, AlarmChanged) and self._occurrences.take(event)
        ]
        if not raised:
            return []
        decided_ns = self._exact_ns()
        return [
            AlarmTimed(
                t_ns=now_ns,
                alarm=event.alarm,
                raised_ns=event.t_ns,
                received_ns=self._received_ns,
                decoded_ns=self._decoded_ns,
                decided_ns=decided_ns,
            )
            for event in raised
        ]
