"""The events that prove a figure, by their numbers in the record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from app.records.catalogue import OpenedSession
from app.reviewing.spans import Held, held
from app.session_numbers import points_of
from protocols.events import Event, Reading, SessionOpened
from protocols.vitals import NS_PER_S, VITALS, Vital, fresh_for_s

SHOWN = 12
"""So many numbers of events are named at most; the rest follow them in the record."""

E = TypeVar("E", bound=Event)


class Evidence:
    """A session opened, asked for readings as they stand and for the numbers of its events."""

    def __init__(self, opened: OpenedSession) -> None:
        """Look at `opened`, of which nothing is changed."""
        self.opened = opened
        self._readings: dict[tuple[Vital, int], int] = {}
        for number, event in self.numbered(Reading):
            self._readings[event.vital, event.measured_ns] = number

    def numbered(self, kind: type[E]) -> Iterator[tuple[int, E]]:
        """The events of a kind with their numbers, in order."""
        for number, event in zip(self.opened.numbers, self.opened.events, strict=True):
            if isinstance(event, kind):
                yield number, event

    def reading(self, vital: Vital, t_ns: int) -> tuple[int, ...]:
        """The number of the reading of `vital` that stands at `t_ns`; empty where none is known."""
        number = self._readings.get((vital, t_ns))
        if number is None and vital in self.opened.streams:
            number = self.opened.streams[vital].number_at(t_ns)
        return () if number is None else (number,)

    def readings(self, vital: Vital, times_ns: Iterable[int]) -> tuple[int, ...]:
        """The numbers of the first `SHOWN` readings at `times_ns`, in order."""
        found: list[int] = []
        for t_ns in times_ns:
            found += self.reading(vital, t_ns)
            if len(found) >= SHOWN:
                break
        return tuple(found)

    @property
    def slowest_s(self) -> float:
        """Seconds between two words of the monitor that speaks most rarely; 0 where none does."""
        opening = self.opened.state.opened
        slots = () if not isinstance(opening, SessionOpened) else opening.devices
        return max((slot.interval_s for slot in slots), default=0.0)

    def heart_vital(self) -> Vital:
        """Heart rate where the session has a trend of it, else the pulse rate."""
        return Vital.HR if Vital.HR in self.opened.history.trends else Vital.PR

    def held(
        self, vital: Vital, stream_stands_s: float, cuff_stands_s: float, *, own: bool = False
    ) -> Held:
        """The values of `vital` as they stand now, each until the next.

        Heart rate is the pulse rate where the session has no trend of it, unless its `own` values
        are asked for. A streamed value stands `stream_stands_s` (a second more than the interval of
        a monitor that speaks more rarely), any other `cuff_stands_s`; a determination that failed
        ends none.
        """
        if own and vital is Vital.HR and self.heart_vital() is Vital.PR:
            return held([], [], 0)
        times, values = points_of(self.opened.history, vital)
        if VITALS[vital].quiet_limit_s is None:
            return held(times, values, _ns(cuff_stands_s), blanks_end=False)
        slow_s = self.slowest_s + 1 if self.slowest_s else 0.0
        return held(times, values, _ns(max(stream_stands_s, slow_s)))

    def judged(self, vital: Vital, cuff_stands_s: float) -> Held:
        """As `held`, a streamed value standing for as long as an alarm rule is judged on it."""
        fresh_s = fresh_for_s(vital, self.slowest_s) or 0.0
        return self.held(vital, fresh_s, cuff_stands_s)


def _ns(seconds: float) -> int:
    return round(seconds * NS_PER_S)
