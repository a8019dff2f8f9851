"""What alarm rules need of a recorded session, without its bytes and waveforms.

Readings come as columns of numbers, for they are many; every other event comes as it is. All carry
their number in the session, which is their order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from protocols.events import EVENT_KINDS, Event, Input, Reading
from protocols.vitals import Vital
from storage.columns import Ints, as_ints
from storage.database import Database
from storage.faults import Fault, StorageError
from storage.journal import Run, find_session, no_session, read_runs
from storage.packing import ReadingRun, bare_reading, read_columns


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingColumns:
    """The readings of one vital in the order of the record.

    Attributes:
        vital: which.
        seq: number of each in its session, ascending.
        t_ns, measured_ns: when it was known, and when it was measured.
        value: in the vital's unit; NaN where there was none.
        kind: index into `kinds`.
        kinds: readings with what those of one index have in common; their times and values mean
            nothing.
    """

    vital: Vital
    seq: Ints = field(repr=False)
    t_ns: Ints = field(repr=False)
    measured_ns: Ints = field(repr=False)
    value: npt.NDArray[np.float64] = field(repr=False)
    kind: Ints = field(repr=False)
    kinds: tuple[Reading, ...]

    def __len__(self) -> int:
        return len(self.seq)

    def pick(self, chosen: npt.NDArray[np.bool_]) -> ReadingColumns:
        """Those of `chosen`, in the same order."""
        return ReadingColumns(
            vital=self.vital,
            seq=self.seq[chosen],
            t_ns=self.t_ns[chosen],
            measured_ns=self.measured_ns[chosen],
            value=self.value[chosen],
            kind=self.kind[chosen],
            kinds=self.kinds,
        )

    def reading(self, index: int) -> Reading:
        """The reading at `index`."""
        like = self.kinds[self.kind[index]]
        value = float(self.value[index])
        return Reading(
            t_ns=int(self.t_ns[index]),
            vital=like.vital,
            value=None if value != value else value,
            quality=like.quality,
            source=like.source,
            measured_ns=int(self.measured_ns[index]),
            manual=like.manual,
            spot=like.spot,
            note=like.note,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Numerics:
    """A session as rules see it.

    Attributes:
        session: its name.
        events: number and event of each that has a row of its own and was asked for.
        inputs: number and time of the other inputs that have a row of their own.
        readings: per vital the readings of packed rows.
        last_t_ns: session time of the last event.
    """

    session: str
    events: tuple[tuple[int, Event], ...] = field(repr=False)
    inputs: tuple[tuple[int, int], ...] = field(repr=False)
    readings: dict[Vital, ReadingColumns]
    last_t_ns: int


_INPUTS = frozenset(name for name, kind in EVENT_KINDS.items() if issubclass(kind, Input))


def read_numerics(
    database: Database, session: str, kinds: Collection[str], vitals: Collection[Vital]
) -> Numerics:
    """The events of `kinds` and the readings of `vitals` in a session.

    Args:
        database: the record.
        session: name of the session.
        kinds: names of kinds of events, as the journal has them.
        vitals: the streaming vitals wanted.

    Raises:
        StorageError: there is no such session, or a row cannot be read.
    """
    with database.reading() as connection:
        session_id = find_session(connection, session)
        if session_id is None:
            raise no_session(session)
        runs = read_runs(connection, session_id)
    events: list[tuple[int, Event]] = []
    inputs: list[tuple[int, int]] = []
    packed: dict[Vital, list[tuple[int, ReadingRun]]] = {}
    names = {vital.value for vital in vitals}
    for run in runs:
        try:
            if run.is_packed and run.is_sound:
                for found in read_columns(run.body, names):
                    packed.setdefault(found.like.vital, []).append((run.first_seq, found))
            elif run.kind in kinds:
                events.append((run.first_seq, run.events()[0]))
            elif run.kind in _INPUTS:
                inputs.append((run.first_seq, run.first_t_ns))
        except ValueError as error:
            raise _damaged(session, run, error) from error
    return Numerics(
        session=session,
        events=tuple(events),
        inputs=tuple(inputs),
        readings={vital: join_runs(vital, found) for vital, found in packed.items()},
        last_t_ns=max((run.last_t_ns for run in runs), default=0),
    )


def _damaged(session: str, run: Run, error: ValueError) -> StorageError:
    return StorageError(
        Fault.CORRUPT,
        f"Session {session}: the row of events {run.first_seq} to {run.last_seq}"
        f" cannot be read: {error}.",
    )


def join_runs(vital: Vital, runs: Iterable[tuple[int, ReadingRun]]) -> ReadingColumns:
    """The readings of several rows as columns; each run with the number of its row's first event.

    Raises:
        ValueError: there is no run.
    """
    kinds: dict[Reading, int] = {}
    pieces: list[tuple[Ints, Ints, Ints, npt.NDArray[np.float64], Ints]] = []
    for first_seq, run in runs:
        number = kinds.setdefault(run.like, len(kinds))
        kind = np.full(len(run.places), number, dtype=np.int64)
        pieces.append((run.places + first_seq, run.t_ns, run.measured_ns, run.values, kind))
    if not pieces:
        raise ValueError(f"no reading of {vital}")
    seq = np.concatenate([piece[0] for piece in pieces])
    order = np.argsort(seq, kind="stable")
    return ReadingColumns(
        vital=vital,
        seq=seq[order],
        t_ns=np.concatenate([piece[1] for piece in pieces])[order],
        measured_ns=np.concatenate([piece[2] for piece in pieces])[order],
        value=np.concatenate([piece[3] for piece in pieces])[order],
        kind=np.concatenate([piece[4] for piece in pieces])[order],
        kinds=tuple(kinds),
    )


def columns_of(readings: Iterable[tuple[int, Reading]]) -> dict[Vital, ReadingColumns]:
    """Readings with their numbers as columns, per vital."""
    by_vital: dict[Vital, dict[Reading, list[tuple[int, Reading]]]] = {}
    for seq, reading in readings:
        like = bare_reading(reading)
        by_vital.setdefault(reading.vital, {}).setdefault(like, []).append((seq, reading))
    return {
        vital: join_runs(vital, ((0, _run(like, members)) for like, members in groups.items()))
        for vital, groups in by_vital.items()
    }


def _run(like: Reading, members: list[tuple[int, Reading]]) -> ReadingRun:
    return ReadingRun(
        like=like,
        places=as_ints([seq for seq, _ in members]),
        t_ns=as_ints([reading.t_ns for _, reading in members]),
        measured_ns=as_ints([reading.measured_ns for _, reading in members]),
        values=np.array([np.nan if one.value is None else one.value for _, one in members]),
    )
