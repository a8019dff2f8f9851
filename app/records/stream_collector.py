"""Gathers streamed readings out of packed rows while a session is opened."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from app.records.streamed import QUALITIES, StreamedReadings
from protocols.vitals import Vital
from storage.packing import ReadingRun, Series, read_columns

_PLACES = {quality: place for place, quality in enumerate(QUALITIES)}
_VITALS = frozenset(Vital)


class StreamCollector:
    """Takes packed rows in order; `waiting` is what no trend has been given yet."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.waiting: Series = {}
        self._kept: dict[Vital, list[tuple[int, ReadingRun]]] = {}

    def take(self, body: bytes, first_seq: int) -> None:
        """Add the readings of a packed row whose first event has the number `first_seq`.

        Raises:
            ValueError: the row is damaged; nothing of it is taken.
        """
        for run in read_columns(body, _VITALS):
            pieces = self.waiting.setdefault(run.like.vital.value, ([], []))
            pieces[0].append(run.t_ns)
            pieces[1].append(run.values)
            if run.like.vital is not Vital.CUFF and not run.like.spot:
                self._kept.setdefault(run.like.vital, []).append((first_seq, run))

    def streams(self) -> dict[Vital, StreamedReadings]:
        """Everything taken, by vital."""
        return dict(self._made())

    def _made(self) -> Iterator[tuple[Vital, StreamedReadings]]:
        for vital, kept in self._kept.items():
            names = tuple(dict.fromkeys(run.like.source for _, run in kept))
            t_ns = np.concatenate([run.t_ns for _, run in kept])
            order = np.argsort(t_ns, kind="stable")
            yield (
                vital,
                StreamedReadings(
                    t_ns=t_ns[order],
                    numbers=np.concatenate([seq + run.places for seq, run in kept])[order],
                    values=np.concatenate([run.values for _, run in kept])[order],
                    qualities=np.concatenate(
                        [
                            np.full(len(run.t_ns), _PLACES[run.like.quality], np.int8)
                            for _, run in kept
                        ]
                    )[order],
                    sources=np.concatenate(
                        [
                            np.full(len(run.t_ns), names.index(run.like.source), np.int8)
                            for _, run in kept
                        ]
                    )[order],
                    names=names,
                ),
            )
