"""What happened in a session as short lines with a time, for formats that keep annotations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from app.exchange.gaps import Gap
from app.exchange.session_copy import SessionCopy
from protocols.events import (
    AddendumAdded,
    AlarmChanged,
    AlarmState,
    BaselineFrozen,
    ClockAnchored,
    DeliveryChanged,
    DoseGiven,
    EffectChanged,
    EntryCorrected,
    Event,
    LineMarked,
    ObservationRecorded,
    PhaseChanged,
    PresenceChanged,
    Reading,
    RecordSigned,
    ScaleRecorded,
    SessionClosed,
    SessionOpened,
    SessionResumed,
    TaskChanged,
    TaskState,
)
from protocols.guardrails import plain_text
from protocols.record_entries import correction_words, is_correction, values_words
from protocols.vitals import PRESSURES, VITALS, Vital


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One line.

    Attributes:
        t_ns: session time; what was added after the close stands at its end.
        duration_ns: how long it lasted, or None for a moment.
        kind: ``phase``, ``alarm``, ``gap`` and so on, also the first word of `text`.
        text: the whole line.
    """

    t_ns: int
    duration_ns: int | None
    kind: str
    text: str


def make_remarks(copy: SessionCopy, gaps: Iterable[Gap]) -> list[Remark]:
    """The remarks of a session in order of time; the notices of the copy stand first."""
    found = [_remark(0, "notice", notice) for notice in copy.notices]
    offset_min: int | None = None
    for number, event in copy.events:
        if isinstance(event, SessionOpened | ClockAnchored):
            if isinstance(event, ClockAnchored) and (
                event.jump_ms or event.utc_offset_min != offset_min
            ):
                found.append(_clock_remark(copy, event))
            offset_min = event.utc_offset_min
            continue
        said = _said(event, number)
        if said is not None:
            found.append(_remark(event.t_ns, *said))
    found += _readings(copy)
    for gap in gaps:
        subject = f"{gap.subject} {gap.source}".strip() or "everything"
        seconds = f"{gap.seconds:.3f}"
        text = f"gap {gap.start_ns / 1e9:.3f} {seconds} {subject}: {gap.reason}"
        found.append(
            Remark(
                t_ns=gap.start_ns,
                duration_ns=gap.end_ns - gap.start_ns,
                kind="gap",
                text=text,
            )
        )
    return sorted(found, key=lambda remark: remark.t_ns)


def _remark(t_ns: int, kind: str, text: str) -> Remark:
    words = " ".join(text.split())
    return Remark(t_ns=t_ns, duration_ns=None, kind=kind, text=f"{kind} {words}".strip())


def _clock_remark(copy: SessionCopy, event: ClockAnchored) -> Remark:
    local = copy.local(event.t_ns)
    offset = local.utcoffset() or timedelta()
    sign = "-" if offset < timedelta() else "+"
    minutes = abs(offset) // timedelta(minutes=1)
    stepped = f", the clock stepped {event.jump_ms / 1000:+.3f} s" if event.jump_ms else ""
    text = f"local time is UTC{sign}{minutes // 60:02d}:{minutes % 60:02d} from here{stepped}"
    return _remark(event.t_ns, "clock", text)


def _said(event: Event, number: int) -> tuple[str, str] | None:
    match event:
        case PhaseChanged():
            return "phase", f"{event.after.value} {event.reason}"
        case AlarmChanged():
            return _alarm_words(event)
        case DeliveryChanged():
            rate, given = plain_text(event.rate_mg_per_min), plain_text(event.delivered_mg)
            return "drug", f"{rate} mg/min, {given} mg given {event.cause}"
        case DoseGiven():
            amount = plain_text(event.amount_mg)
            return "drug", f"dose {event.number} of {event.of}, {amount} mg"
        case LineMarked():
            return "line", event.mark.value
        case BaselineFrozen():
            values = (f"{VITALS[v.vital].label} {v.value:.1f}" for v in event.values)
            return "baseline", ", ".join(values)
        case _:
            return _said_by_people(event, number)


def _said_by_people(event: Event, number: int) -> tuple[str, str] | None:
    match event:
        case ObservationRecorded():
            severity = "" if event.severity is None else f" {event.severity}/10"
            return event.kind, f"{event.label}{severity} {event.text}"
        case EffectChanged():
            ended = ", ended" if event.ended_ns is not None else ""
            return "effect", f"{event.effect} {event.label}, {event.severity.value}{ended}"
        case ScaleRecorded():
            total = event.skipped or event.band if event.total is None else str(event.total)
            return "scale", f"{event.scale} {total}"
        case EntryCorrected():
            right = correction_words(event)
            said = f", said {event.original}" if event.original else ""
            return "corrected", f"event {event.target_seq}{said}; by event {number}: {right}"
        case AddendumAdded():
            return "addendum", event.text
        case RecordSigned():
            return "signed", f"{event.meaning.value} by {event.by}"
        case SessionResumed():
            return "resumed", f"by {event.by} {event.reason}"
        case SessionClosed():
            return "closed", f"{plain_text(event.delivered_mg)} mg given {event.reason}"
        case PresenceChanged():
            return "presence", f"{event.role} {event.person} {'came' if event.present else 'left'}"
        case TaskChanged(state=TaskState.MISSED):
            return "missed", event.task
        case _:
            return None


def _alarm_words(event: AlarmChanged) -> tuple[str, str]:
    state = "ended" if event.state is AlarmState.OFF else event.state.value
    parts = [event.alarm, event.priority.value, state]
    if event.vital is not None and event.value is not None:
        spec = VITALS[event.vital]
        parts.append(f"{spec.label} {spec.format(event.value)}")
        if event.limit is not None:
            parts.append(f"limit {spec.format(event.limit)}")
    if event.by:
        parts.append(f"by {event.by}")
    return "alarm", " ".join(parts)


def _readings(copy: SessionCopy) -> Iterable[Remark]:
    """Pressures, and what people measured, in words: formats of even grids hold them rarely."""
    group: list[Reading] = []
    for number, reading in copy.readings:
        if is_correction(reading):
            what = VITALS[reading.vital]
            value = "withdrawn" if reading.value is None else what.format(reading.value)
            yield _remark(
                max(0, reading.measured_ns),
                "corrected",
                f"{what.label} {value} ({reading.note}, event {number})",
            )
            continue
        if not (reading.manual or reading.spot or reading.vital in PRESSURES):
            continue
        if reading.value is None or reading.vital is Vital.CUFF:
            continue
        if group and not _together(group[0], reading):
            yield _group_remark(group)
            group = []
        group.append(reading)
    if group:
        yield _group_remark(group)


def _together(one: Reading, other: Reading) -> bool:
    return (one.measured_ns, one.source, one.manual) == (
        other.measured_ns,
        other.source,
        other.manual,
    )


def _group_remark(group: list[Reading]) -> Remark:
    first = group[0]
    kind = "typed" if first.manual else "measured"
    before = f" {-first.measured_ns / 1e9:.0f} s before the start" if first.measured_ns < 0 else ""
    words = f"{values_words(tuple(group))} {first.source}{before}"
    return _remark(max(0, first.measured_ns), kind, words)
