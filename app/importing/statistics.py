"""Numbers over a recording from elsewhere: what is missing, extremes, time below bounds. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.importing.channels import channel_table
from app.importing.foreign import Floats, ForeignRecording, ForeignStream
from protocols.vitals import VITALS, Vital

_STANDS_STEPS = 1.5
"""A value stands until the next, but no longer than so many usual steps [design]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalStatistics:
    """What one stream comes to.

    Attributes:
        vital, channel: which.
        values, missing, implausible: how many.
        missing_share: share of the recording's time without a plausible value, 0 to 1; None of
            vitals that are determined now and then.
        low, high, median: of the plausible values in the vital's unit; None where there is none.
        low_s, high_s: when the first of each was.
        below: for SpO2, per bound in percent how many seconds it was below it.
    """

    vital: Vital
    channel: str
    values: int
    missing: int
    implausible: int
    missing_share: float | None
    low: float | None = None
    low_s: float | None = None
    high: float | None = None
    high_s: float | None = None
    median: float | None = None
    below: tuple[tuple[float, float], ...] = ()


def statistics_of(recording: ForeignRecording) -> tuple[VitalStatistics, ...]:
    """The statistics of every stream."""
    bounds = channel_table().spo2_below
    return tuple(_statistics(one, recording.length_s, bounds) for one in recording.streams)


def _statistics(stream: ForeignStream, length_s: float, bounds: Sequence[float]) -> VitalStatistics:
    known = np.isfinite(stream.values)
    stands = _stands(stream, length_s)
    covered = float(stands[known].sum())
    share: float | None = None
    if VITALS[stream.vital].quiet_limit_s is not None:
        share = 1.0 - min(1.0, covered / length_s) if length_s > 0 else float(not known.any())
    plain = VitalStatistics(
        vital=stream.vital,
        channel=stream.channel,
        values=stream.found,
        missing=stream.missing,
        implausible=len(stream.odd_values),
        missing_share=share,
    )
    if not known.any():
        return plain
    low, high = int(np.nanargmin(stream.values)), int(np.nanargmax(stream.values))
    below: tuple[tuple[float, float], ...] = ()
    if stream.vital is Vital.SPO2:
        with np.errstate(invalid="ignore"):
            below = tuple((b, float(stands[stream.values < b].sum())) for b in bounds)
    return VitalStatistics(
        vital=plain.vital,
        channel=plain.channel,
        values=plain.values,
        missing=plain.missing,
        implausible=plain.implausible,
        missing_share=plain.missing_share,
        low=float(stream.values[low]),
        low_s=float(stream.t_s[low]),
        high=float(stream.values[high]),
        high_s=float(stream.t_s[high]),
        median=float(np.nanmedian(stream.values)),
        below=below,
    )


def _stands(stream: ForeignStream, length_s: float) -> Floats:
    """How long each value stands, s: to the next, at most a little more than the usual step."""
    if not len(stream.t_s):
        return np.empty(0)
    step_s = usual_step_s(stream)
    until = np.append(stream.t_s[1:], max(length_s, float(stream.t_s[-1]) + step_s))
    return np.minimum(until - stream.t_s, _STANDS_STEPS * step_s)


def usual_step_s(stream: ForeignStream) -> float:
    """The usual time between two places of a stream, s; 1 where it has less than two."""
    steps = np.diff(stream.t_s)
    steps = steps[steps > 0]
    return float(np.median(steps)) if len(steps) else 1.0
