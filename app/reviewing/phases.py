"""The parts of a visit as figures speak of them: baseline, infusion, recovery."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from app.records.catalogue import OpenedSession
from app.reviewing.spans import Span, joined
from protocols.events import Phase
from protocols.vitals import NS_PER_S


class Part(StrEnum):
    """A part of the visit; pauses belong to the infusion, what follows a stop to recovery."""

    BASELINE = "baseline"
    INFUSION = "infusion"
    RECOVERY = "recovery"


PHASES: dict[Part, tuple[Phase, ...]] = {
    Part.BASELINE: (Phase.BASELINE,),
    Part.INFUSION: (Phase.INFUSING, Phase.PAUSED),
    Part.RECOVERY: (Phase.STOPPED, Phase.RECOVERY),
}


def time_in(opened: OpenedSession, phases: Collection[Phase]) -> list[Span]:
    """When the visit was in one of `phases`, up to the end of the record."""
    spans = []
    for one in opened.history.phases:
        if one.phase in phases:
            end_ns = opened.end_ns if one.end_s is None else round(one.end_s * 1e9)
            spans.append((round(one.start_s * 1e9), end_ns))
    return joined(spans)


def part_at(opened: OpenedSession, t_ns: int) -> Part | None:
    """The part of the visit at `t_ns`; None before the baseline and after the discharge."""
    for part, phases in PHASES.items():
        if any(start <= t_ns < end for start, end in time_in(opened, phases)):
            return part
    return None


def since_drug(opened: OpenedSession) -> list[Span]:
    """The time from the start of the drug to the discharge, or to the end of the record."""
    started_ns = opened.state.infusion_started_ns
    if started_ns is None:
        return []
    ends = [s.start_s * 1e9 for s in opened.history.phases if s.phase is Phase.DISCHARGED]
    end_ns = round(ends[0]) if ends else opened.end_ns
    return joined([(started_ns, end_ns)])


def record_gaps(opened: OpenedSession) -> list[Span]:
    """When nothing was recorded though the session ran."""
    return [
        (round(start * NS_PER_S), round(end * NS_PER_S)) for start, end in opened.history.gaps_s
    ]
