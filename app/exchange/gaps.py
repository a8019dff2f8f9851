"""Where a copy is silent, and why: gaps of streams, of waveforms and of the whole record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from app.exchange.grid import LATE_S, WAVE_MISSING, Grid, SignalKey, Wave, is_stream
from app.exchange.session_copy import SessionCopy
from protocols.events import GapFound, Reading, SessionResumed
from protocols.vitals import NS_PER_S, VITALS, Quality, fresh_for_s

SILENCE = "nothing received"
NOT_RECORDED = "nothing recorded"
"""Reasons where no monitor gave one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A stretch without a value.

    Attributes:
        subject: what is missing: the label of a vital, or of a waveform; empty: everything.
        source: slot of the monitor, or empty.
        start_ns, end_ns: session times.
        reason: why, in words; of a reading without a value its quality.
        quality: what the monitor said, or None where it said nothing.
    """

    subject: str
    source: str
    start_ns: int
    end_ns: int
    reason: str
    quality: Quality | None = None

    @property
    def seconds(self) -> float:
        """How long it is, s."""
        return (self.end_ns - self.start_ns) / NS_PER_S


def find_gaps(copy: SessionCopy, grid: Grid) -> list[Gap]:
    """Every gap, in order of its beginning."""
    cuts = _cuts(copy)
    found = list(cuts)
    streams: dict[SignalKey, list[Reading]] = {}
    for _, reading in copy.readings:
        if reading.manual or reading.spot or reading.quality is Quality.WITHDRAWN:
            continue
        key = SignalKey(vital=reading.vital, source=reading.source)
        if is_stream(key):
            streams.setdefault(key, []).append(reading)
    speaking = {slot.device: slot.interval_s for slot in copy.opened.devices}
    for key, readings in streams.items():
        limit_s = fresh_for_s(key.vital, speaking.get(key.source, 0.0)) or 5.0
        found += _stream_gaps(key, readings, round(limit_s * NS_PER_S), copy.end_ns, cuts)
    for wave in grid.waves:
        found += _wave_gaps(wave, grid.origin_ns, copy.end_ns, cuts)
    return sorted(found, key=lambda gap: (gap.start_ns, gap.subject))


def _cuts(copy: SessionCopy) -> list[Gap]:
    """Stretches in which nothing at all was recorded."""
    found = []
    for _, event in copy.events:
        if isinstance(event, SessionResumed):
            reason = "the session was cut and resumed"
        elif isinstance(event, GapFound):
            reason = event.cause or NOT_RECORDED
        else:
            continue
        found.append(
            Gap(
                subject="",
                source="",
                start_ns=event.gap_start_ns,
                end_ns=event.t_ns,
                reason=reason,
            )
        )
    return found


def _stream_gaps(
    key: SignalKey, readings: Sequence[Reading], limit_ns: int, end_ns: int, cuts: Sequence[Gap]
) -> Iterable[Gap]:
    subject = VITALS[key.vital].label
    last_ns = 0
    why: Quality | None = None

    def gap(since_ns: int, until_ns: int, quality: Quality | None) -> Iterable[Gap]:
        if until_ns <= since_ns or (quality is None and until_ns - since_ns <= limit_ns):
            return
        said = SILENCE if quality is None else quality.value
        yield Gap(
            subject=subject,
            source=key.source,
            start_ns=since_ns,
            end_ns=until_ns,
            reason=_reason(since_ns, until_ns, cuts, said),
            quality=quality,
        )

    for reading in sorted(readings, key=lambda one: one.measured_ns):
        at_ns = max(0, reading.measured_ns)
        said = None if reading.value is not None else reading.quality
        if said is not None and said is why:
            continue
        yield from gap(last_ns, at_ns, why)
        last_ns, why = at_ns, said
    yield from gap(last_ns, end_ns, why)


def _wave_gaps(wave: Wave, origin_ns: int, end_ns: int, cuts: Sequence[Gap]) -> Iterable[Gap]:
    missing = np.concatenate(([False], wave.samples == WAVE_MISSING, [False]))
    edges = np.flatnonzero(np.diff(missing.astype(np.int8)))
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        start_ns = max(0, round(start * NS_PER_S / wave.rate_hz) + origin_ns)
        until_ns = min(end_ns, round(end * NS_PER_S / wave.rate_hz) + origin_ns)
        if until_ns - start_ns > LATE_S * NS_PER_S:
            yield Gap(
                subject=VITALS[wave.vital].label,
                source=wave.device,
                start_ns=start_ns,
                end_ns=until_ns,
                reason=_reason(start_ns, until_ns, cuts, SILENCE),
            )


def _reason(start_ns: int, end_ns: int, cuts: Sequence[Gap], else_reason: str) -> str:
    """Why nothing came: what cut the whole record, where that fills most of the stretch."""
    for cut in cuts:
        shared_ns = min(end_ns, cut.end_ns) - max(start_ns, cut.start_ns)
        if shared_ns * 2 > end_ns - start_ns:
            return cut.reason
    return else_reason
