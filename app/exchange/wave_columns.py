"""The packets of a waveform as columns: when each arrived, how long it is, and all samples."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from protocols.vitals import Vital
from storage.stream_columns import WaveRun

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveColumns:
    """One waveform of one monitor, in the order of the record.

    Attributes:
        interval_ns: nominal time between samples.
        full_scale: the largest count.
        t_ns: when the last sample of each packet was received.
        lengths: samples of each packet.
        values: all samples, one packet after another.
    """

    device: str
    vital: Vital
    interval_ns: int
    full_scale: int
    t_ns: Ints = field(repr=False)
    lengths: Ints = field(repr=False)
    values: Ints = field(repr=False)


def join_waves(runs: Iterable[tuple[int, WaveRun]]) -> tuple[WaveColumns, ...]:
    """The waveforms of a session from those of its rows, each with its first event's number."""
    found: dict[tuple[str, str, int], list[tuple[int, WaveRun]]] = {}
    for first_seq, run in runs:
        if len(run.places):
            found.setdefault((run.device, run.vital, run.interval_ns), []).append((first_seq, run))
    return tuple(_join(members) for members in found.values())


def _join(members: list[tuple[int, WaveRun]]) -> WaveColumns:
    first = members[0][1]
    seq = np.concatenate([run.places + first_seq for first_seq, run in members])
    t_ns = np.concatenate([run.t_ns for _, run in members])
    lengths = np.concatenate([run.lengths for _, run in members])
    values = np.concatenate([run.values for _, run in members])
    order = np.argsort(seq, kind="stable")
    if (np.diff(seq) < 0).any():  # a monitor that doubts its signal now and then within a row
        ends = np.cumsum(lengths)
        pieces = zip((ends - lengths)[order].tolist(), ends[order].tolist(), strict=True)
        values = np.concatenate([values[start:end] for start, end in pieces])
    return WaveColumns(
        device=first.device,
        vital=Vital(first.vital),
        interval_ns=first.interval_ns,
        full_scale=max(run.full_scale for _, run in members),
        t_ns=t_ns[order],
        lengths=lengths[order],
        values=values,
    )
