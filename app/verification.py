"""Replay a recorded session through the pipeline and compare what it makes with what was recorded.

Pure: events in, verdict out. The rules in force are those that the session's first event carries.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from app.differences import Comparison, Difference, differ
from app.pipeline import Pipeline
from protocols.events import Event, Input, Output


class Rerun:
    """A replay that is fed the record event by event and watches for the first difference."""

    def __init__(self) -> None:
        """Begin before the first event."""
        self.pipeline = Pipeline()
        self._made: deque[Output] = deque()
        self._position = 0
        self._inputs = 0
        self._outputs = 0
        self.difference: Difference | None = None

    def take(self, event: Event) -> None:
        """Take the next recorded event."""
        self._position += 1
        if isinstance(event, Input):
            self._inputs += 1
            self._take_input(event)
        elif isinstance(event, Output):
            self._outputs += 1
            self._take_output(event)

    def finish(self, *, closed: bool) -> Comparison:
        """The verdict after the last recorded event."""
        if closed and self._made and self.difference is None:
            self._position += 1
            self._differ(None, self._made[0])
        return Comparison(
            inputs=self._inputs,
            outputs=self._outputs,
            unrecorded=len(self._made),
            difference=self.difference,
        )

    @property
    def unrecorded(self) -> tuple[Output, ...]:
        """Outputs made but not (yet) met in the record."""
        return tuple(self._made)

    def _take_input(self, event: Input) -> None:
        if self._position > 1:
            self._made.extend(self.pipeline.advance(event.t_ns))
        if self._made and self.difference is None:
            self._differ(event, self._made[0])
        self._made.clear()
        self._made.extend(self.pipeline.step(event))

    def _take_output(self, event: Output) -> None:
        if not self._made:
            self._made.extend(self.pipeline.advance(event.t_ns))
        made = self._made.popleft() if self._made else None
        if made != event and self.difference is None:
            self._differ(event, made)

    def _differ(self, recorded: Event | None, made: Event | None) -> None:
        self.difference = differ(self._position, recorded, made)


def compare(events: Iterable[Event], *, closed: bool) -> Comparison:
    """Replay the inputs among `events` and compare all outputs, exactly."""
    rerun = Rerun()
    for event in events:
        rerun.take(event)
    return rerun.finish(closed=closed)
