"""A recording from elsewhere as alarm rules see one, so that it can be judged by any limits."""

from __future__ import annotations

import numpy as np

from app.importing.foreign import ForeignRecording, ForeignStream
from app.importing.statistics import usual_step_s
from app.rejudging.recording import Fact, Recording, sorted_facts, split_streams
from protocols.events import BaselineFrozen, BaselineValue, Phase, PhaseChanged, Reading
from protocols.vitals import NS_PER_S, VITALS, Quality, Vital
from storage.numerics import columns_of

_MS = 1_000_000
_SLOW_S = 4.0
"""A stream whose values lie further apart is taken for a monitor that speaks so rarely."""

FROM_A_FILE = (
    "from a file, not a session of this program: it says nothing of equipment, and its phases are "
    "not known"
)
"""What every result of judging it must say."""


def as_recording(
    foreign: ForeignRecording, *, phase: Phase = Phase.INFUSING, baseline_first: int = 0
) -> Recording:
    """`foreign` as a recording to judge; all of it counts as `phase`.

    Args:
        foreign: what was read.
        phase: of the visit, since rules apply in phases.
        baseline_first: the baseline is the median of so many first values of each vital; 0: none,
            so that rises and falls are not judged.

    Implausible values are missing ones of that quality, as at the bedside.
    """
    readings: list[Reading] = []
    intervals: dict[str, float] = {}
    for stream in foreign.streams:
        readings += _readings(stream)
        step_s = usual_step_s(stream)
        if VITALS[stream.vital].quiet_limit_s is not None and step_s > _SLOW_S:
            intervals[stream.channel] = step_s
    readings.sort(key=lambda one: one.t_ns)
    streams, single = split_streams(columns_of(enumerate(readings, start=10)))
    begin = PhaseChanged(t_ns=0, before=Phase.SETUP, after=phase, by="", reason="")
    facts = [Fact(seq=0, event=begin)]
    baseline = _baseline(foreign, baseline_first)
    if baseline is not None:
        facts.append(Fact(seq=1, event=baseline))
    facts += [Fact(seq=seq, event=reading) for seq, reading in single]
    return Recording(
        name=foreign.name,
        subject=foreign.name,
        facts=sorted_facts(facts),
        streams=streams,
        end_ns=round(foreign.length_s * NS_PER_S),
        intervals=intervals,
        notes=tuple(_notes(foreign, baseline, baseline_first)),
        simulated=foreign.simulated,
    )


def _readings(stream: ForeignStream) -> list[Reading]:
    """The places of a stream; a value that has the time of another follows it by 1 ms."""
    odd = set(np.round(stream.odd_t_s * 1000).astype(np.int64).tolist())
    streamed = VITALS[stream.vital].quiet_limit_s is not None
    found: list[Reading] = []
    last_ms = -1
    for t_s, value in zip(stream.t_s.tolist(), stream.values.tolist(), strict=True):
        at_ms = round(t_s * 1000)
        has = value == value
        if not has and not streamed:
            continue  # a determination that gave nothing is none
        quality = Quality.IMPLAUSIBLE if not has and at_ms in odd else Quality.MISSING
        at_ms = max(at_ms, last_ms + 1)
        last_ms = at_ms
        found.append(
            Reading(
                t_ns=at_ms * _MS,
                vital=stream.vital,
                value=value if has else None,
                quality=Quality.GOOD if has else quality,
                source=stream.channel,
                measured_ns=at_ms * _MS,
            )
        )
    return found


def _baseline(foreign: ForeignRecording, first: int) -> BaselineFrozen | None:
    if not first:
        return None
    values = []
    for stream in foreign.streams:
        found = stream.values[np.isfinite(stream.values)][:first]
        if len(found) == first:
            value = float(np.median(found))
            values.append(BaselineValue(vital=stream.vital, value=value, readings=first))
    if not values:
        return None
    order = list(Vital)
    values.sort(key=lambda one: order.index(one.vital))
    return BaselineFrozen(t_ns=0, by="", values=tuple(values), low_confidence=False)


def _notes(foreign: ForeignRecording, baseline: BaselineFrozen | None, first: int) -> list[str]:
    notes = [FROM_A_FILE]
    if baseline is not None:
        notes.append(f"baseline: median of the first {first} values, known from the begin")
    if foreign.implausible:
        notes.append(f"{foreign.implausible} values that no person can have count as missing")
    return [*notes, *foreign.missing]
