"""The waveforms of recorded sessions, read from their packed rows without making events of them."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from app.records.catalogue import CatalogueError
from app.reviewing.wave_track import Packets, SessionWaves, WaveTrack, make_track
from protocols.vitals import NS_PER_S, Vital
from storage.columns import Ints
from storage.database import Database
from storage.faults import StorageError
from storage.journal import Run, find_session, read_runs
from storage.stream_columns import WaveRun, read_waves

_Key = tuple[str, str, int, int]
_Pieces = list[tuple[int, WaveRun]]

_WAVE_ROW = "wave_received"


class RecordedWaves:
    """Reads waveforms of the sessions of one database."""

    def __init__(self, database: Database) -> None:
        """Read from `database`, which is never changed."""
        self._database = database

    def read_waves(self, session: str) -> SessionWaves:
        """Every waveform of `session`; what is damaged is left out and said.

        Raises:
            CatalogueError: there is no such session, or its rows cannot be fetched.
        """
        missing: list[str] = []
        pieces: dict[_Key, _Pieces] = defaultdict(list)
        for run in fetch_runs(self._database, session):
            if not run.is_packed and run.kind != _WAVE_ROW:
                continue
            try:
                found = read_waves(run.body)
            except ValueError as error:
                first, last = run.first_t_ns / NS_PER_S / 60, run.last_t_ns / NS_PER_S / 60
                missing.append(
                    f"Waveforms of minute {first:.1f} to {last:.1f} cannot be read: {error}."
                )
                continue
            for one in found:
                key = (one.vital, one.device, one.interval_ns, one.full_scale)
                pieces[key].append((run.first_seq, one))
        tracks = tuple(_track(key, parts) for key, parts in pieces.items())
        return SessionWaves(tracks=tracks, missing=tuple(missing))


def fetch_runs(database: Database, session: str) -> list[Run]:
    """The rows of `session` whose columns can be used.

    Raises:
        CatalogueError: there is no such session, or it cannot be read.
    """
    try:
        with database.reading() as connection:
            number = find_session(connection, session)
            runs = [] if number is None else read_runs(connection, number)
    except StorageError as error:
        raise CatalogueError(error.user_text) from error
    if number is None:
        raise CatalogueError(f"There is no session {session} in this record.")
    return [run for run in runs if run.is_sound]


def _track(key: _Key, parts: _Pieces) -> WaveTrack:
    """Packets of all rows put in the order of the record; those of one row may be interleaved."""
    vital, device, interval_ns, full_scale = key
    order = np.argsort(np.concatenate([first + one.places for first, one in parts]), kind="stable")
    lengths: Ints = np.concatenate([one.lengths for _, one in parts])
    values = np.concatenate([one.values for _, one in parts])
    if (np.diff(order) < 0).any():
        starts = np.cumsum(lengths) - lengths
        sizes = lengths[order]
        within = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        values = values[np.repeat(starts[order], sizes) + within]
    return make_track(
        Packets(
            vital=Vital(vital),
            device=device,
            interval_ns=interval_ns,
            full_scale=full_scale,
            t_ns=np.concatenate([one.t_ns for _, one in parts])[order],
            lengths=lengths[order],
            usable=np.concatenate([np.full(len(one.t_ns), one.usable) for _, one in parts])[order],
            values=values.astype(np.uint16),
        )
    )
