"""How complete the streamed vitals of a session are, and why what is missing is missing.

Every missing stretch has exactly one reason, the first that holds of: nothing was recorded at all;
the value was withdrawn as an artefact; a cuff was tight on the oximeter's arm; what the link to the
monitor said; what the monitor said in place of a value. Where none holds, no reason was recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from app.records.catalogue import OpenedSession
from app.records.streamed import QUALITIES, StreamedReadings
from app.reviewing.evidence import SHOWN, Evidence
from app.reviewing.phases import PHASES, Part, record_gaps, time_in
from app.reviewing.spans import Held, Span, joined, overlap, total_ns, without
from protocols.cross_checks import PULSE_BORNE, TIGHT
from protocols.events import (
    BpStateChanged,
    Event,
    LinkChanged,
    LinkState,
    Reading,
    SameArmChanged,
)
from protocols.record_entries import is_correction
from protocols.review_criteria import FigureNumbers
from protocols.vitals import NS_PER_S, VITALS, Quality, Vital

_OXIMETER = "oximeter"
"""The slot that gives pulse rate and saturation where no reading says which one did."""

_STREAMED = (Vital.HR, Vital.PR, Vital.SPO2, Vital.ETCO2)
_ALWAYS = (Vital.PR, Vital.SPO2)
_WITHDRAWN_NS = NS_PER_S


class Reason(StrEnum):
    """Why a vital had no value."""

    RECORD_GAP = "gap in the record"
    WITHDRAWN = "withdrawn"
    TIGHT_CUFF = "tight cuff"
    NOT_CONNECTED = "not yet connected"
    LINK_LOST = "link lost"
    SILENT = "monitor silent"
    UNCONFIRMED = "monitor to be confirmed"
    PROBE_OFF = "probe off"
    SEARCHING = "searching for a pulse"
    NO_VALUE = "monitor gave no value"
    UNKNOWN = "no reason recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """How long a vital was missing for one reason, and the first stretches of it."""

    reason: Reason
    missing_ns: int
    spans: tuple[Span, ...]
    events: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """How much of one part of the visit a streamed vital had a value.

    Attributes:
        vital, part: of what.
        whole_ns: how long that part lasted.
        present_ns: how long a value stood.
        missing: why not, the longest first; together with `present_ns` they make `whole_ns`.
    """

    vital: Vital
    part: Part
    whole_ns: int
    present_ns: int
    missing: tuple[Missing, ...]

    @property
    def share(self) -> float | None:
        """Share (0 to 1) of the time with a value; None where the part never was."""
        return self.present_ns / self.whole_ns if self.whole_ns else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A stretch without a value of `vital`, for one reason."""

    vital: Vital
    span: Span
    reason: Reason
    events: tuple[int, ...] = ()


def streamed_vitals(opened: OpenedSession) -> tuple[Vital, ...]:
    """Pulse rate and saturation, and every other streamed vital that came at least once."""
    came = (*opened.history.trends, *opened.streams)
    return tuple(vital for vital in _STREAMED if vital in _ALWAYS or vital in came)


def completeness_of(evidence: Evidence, numbers: FigureNumbers) -> tuple[Completeness, ...]:
    """Every streamed vital in every part of the visit that came about."""
    return tuple(
        _part(evidence, numbers, vital, part, whole)
        for vital in streamed_vitals(evidence.opened)
        for part in Part
        if (whole := time_in(evidence.opened, PHASES[part]))
    )


def _part(
    evidence: Evidence, numbers: FigureNumbers, vital: Vital, part: Part, whole: list[Span]
) -> Completeness:
    found = silences(evidence, numbers, vital, whole)
    whole_ns = total_ns(whole)
    reasons = [_missing(reason, found) for reason in Reason]
    missing = sorted(
        (one for one in reasons if one.missing_ns), key=lambda one: (-one.missing_ns, one.reason)
    )
    return Completeness(
        vital=vital,
        part=part,
        whole_ns=whole_ns,
        present_ns=whole_ns - sum(one.missing_ns for one in missing),
        missing=tuple(missing),
    )


def _missing(reason: Reason, found: Iterable[Silence]) -> Missing:
    own = [one for one in found if one.reason is reason]
    return Missing(
        reason=reason,
        missing_ns=total_ns(one.span for one in own),
        spans=tuple(one.span for one in own[:SHOWN]),
        events=tuple(dict.fromkeys(number for one in own for number in one.events))[:SHOWN],
    )


def present_spans(
    evidence: Evidence, numbers: FigureNumbers, vital: Vital, within: list[Span]
) -> list[Span]:
    """The time of `within` in which a value of the vital itself stood."""
    values: Held = evidence.held(vital, numbers.stream_stands_s, numbers.cuff_stands_s, own=True)
    return overlap(joined(values.spans()), within)


def silences(
    evidence: Evidence, numbers: FigureNumbers, vital: Vital, within: list[Span]
) -> list[Silence]:
    """Every stretch of `within` without a value of `vital`, cut by reason, in order."""
    left = without(within, present_spans(evidence, numbers, vital, within))
    found: list[Silence] = []
    for reason, span, events in _causes(evidence, vital):
        hit = overlap(left, [span])
        found += [Silence(vital=vital, span=one, reason=reason, events=events) for one in hit]
        left = without(left, [span]) if hit else left
        if not left:
            break
    found += [Silence(vital=vital, span=one, reason=Reason.UNKNOWN) for one in left]
    return sorted(found, key=lambda one: one.span)


Cause = tuple[Reason, Span, tuple[int, ...]]
"""A reason, from when to when it holds, and the events that say so."""


def _causes(evidence: Evidence, vital: Vital) -> Iterator[Cause]:
    """Every reason that was recorded, the one that goes first before the others."""
    opened = evidence.opened
    for gap in record_gaps(opened):
        yield Reason.RECORD_GAP, gap, ()
    for number, one in evidence.numbered(Reading):
        if one.vital is vital and one.quality is Quality.WITHDRAWN and is_correction(one):
            start_ns = one.measured_ns
            yield Reason.WITHDRAWN, (start_ns, start_ns + _withdrawn_ns(opened, one)), (number,)
    if vital in PULSE_BORNE:
        yield from _tight_cuff(evidence)
    device = _device(opened, vital)
    yield from _link(evidence, device)
    if vital in opened.streams:
        yield from _said(opened.streams[vital], VITALS[vital].quiet_limit_s or 5.0)


def _withdrawn_ns(opened: OpenedSession, reading: Reading) -> int:
    """How long a withdrawn reading would have stood: until the next, or a second."""
    streams = opened.streams.get(reading.vital)
    if streams is None:
        return _WITHDRAWN_NS
    place = int(np.searchsorted(streams.t_ns, reading.measured_ns, side="right"))
    after = int(streams.t_ns[place]) if place < len(streams.t_ns) else opened.end_ns
    return max(1, min(_WITHDRAWN_NS, after - reading.measured_ns))


def _tight_cuff(evidence: Evidence) -> Iterator[Cause]:
    opened = evidence.opened
    limits = opened.state.limits
    settle_ns = 0 if limits is None else round(limits.policy.cuff_hold_settle_s * NS_PER_S)
    same, began, number_began = False, -1, 0
    for number, event in evidence.numbered(Event):
        if isinstance(event, SameArmChanged):
            same = event.same
        elif not isinstance(event, BpStateChanged):
            continue
        elif event.state in TIGHT and began < 0:
            began, number_began = event.t_ns, number
        elif event.state not in TIGHT and began >= 0:
            if same:
                span = (began, event.t_ns + settle_ns)
                yield Reason.TIGHT_CUFF, span, (number_began, number)
            began = -1


def _device(opened: OpenedSession, vital: Vital) -> str:
    """The slot that gave `vital`, by what came of it; else the oximeter's."""
    streams = opened.streams.get(vital)
    if streams is not None and len(streams.sources):
        counted = np.bincount(streams.sources, minlength=len(streams.names))
        return streams.names[int(np.argmax(counted))]
    return _OXIMETER


_LINK_REASONS = {
    LinkState.SILENT: Reason.SILENT,
    LinkState.WRONG_DEVICE: Reason.SILENT,
    LinkState.UNCONFIRMED: Reason.UNCONFIRMED,
    LinkState.PROBE_OFF: Reason.PROBE_OFF,
}
_LOST = (LinkState.NOT_CONNECTED, LinkState.OPENING, LinkState.WAITING)


def _link(evidence: Evidence, device: str) -> Iterator[Cause]:
    """What the link to `device` said, from each word to the next; it begins as not connected."""
    opened = evidence.opened
    since_ns, spoke = 0, False
    known: Reason | None = Reason.NOT_CONNECTED
    numbers: tuple[int, ...] = ()
    for number, event in evidence.numbered(LinkChanged):
        if event.device != device:
            continue
        if known is not None:
            yield known, (since_ns, event.t_ns), numbers
        spoke = spoke or event.state in (LinkState.LIVE, LinkState.PROBE_OFF)
        known = _LINK_REASONS.get(event.state)
        if event.state in _LOST:
            known = Reason.LINK_LOST if spoke else Reason.NOT_CONNECTED
        since_ns, numbers = event.t_ns, (number,)
    if known is not None:
        yield known, (since_ns, opened.end_ns), numbers


_SAID = {
    Quality.SENSOR_OFF: Reason.PROBE_OFF,
    Quality.SENSOR_FAULT: Reason.PROBE_OFF,
    Quality.SEARCHING: Reason.SEARCHING,
}


def _said(streams: StreamedReadings, stands_s: float) -> Iterator[Cause]:
    """What the monitor said in place of a value, until its next word, at most `stands_s`."""
    blank = np.isnan(streams.values)
    ends = streams.t_ns + round(stands_s * NS_PER_S)
    ends[:-1] = np.minimum(ends[:-1], streams.t_ns[1:])
    codes = np.where(blank, streams.qualities, -1)
    starts = np.flatnonzero(np.diff(codes, prepend=-2) != 0)
    for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(codes)], strict=True):
        if codes[start] < 0:
            continue
        reason = _SAID.get(QUALITIES[int(codes[start])], Reason.NO_VALUE)
        run = joined(zip(streams.t_ns[start:end].tolist(), ends[start:end].tolist(), strict=True))
        number = int(streams.numbers[start])
        for span in run:
            yield reason, span, (number,)
