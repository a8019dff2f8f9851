"""The table of events: everything that happened and is no stream of readings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from app.bedside.ledger_words import amount_words, reconciled_words
from app.bedside.scale_words import result_words
from app.bedside.wording import LINK_WORDS
from app.care_words import checklist_words, effect_words, integration_words, presence_words
from app.episode_words import finding_words, remark_words
from app.giving_words import giving_words
from app.records.catalogue import OpenedSession
from app.review.account_table import entry_words
from app.review.amendments_table import amended_time, correction_row_words
from app.review.rows import Row, beside_rows, span_text
from app.review.signal_words import Words, check_words, limit_words, signal_words
from app.signing import signature_words
from app.theme import PRIORITY_SIGNS
from protocols.dosing.order_words import planned_in_words
from protocols.events import (
    AddendumAdded,
    AlarmChanged,
    AlarmSignalled,
    AlarmState,
    AudioPauseChanged,
    BaselineFrozen,
    BpScheduleArmed,
    BpState,
    BpStateChanged,
    ChecklistChanged,
    CommandRefused,
    ContainerChanged,
    DeliveryChanged,
    DoseConfirmed,
    DoseGiven,
    DosePlanned,
    EffectChanged,
    EnterPatient,
    EntryCorrected,
    EpisodesAssessed,
    EpisodesFound,
    Event,
    FormFilled,
    GapFound,
    GateItemChanged,
    HoldEnded,
    IntegrationPlanned,
    LedgerEntered,
    LedgerReconciled,
    LimitChanged,
    LineMarked,
    LinkChanged,
    ObservationRecorded,
    PatientRecorded,
    PhaseChanged,
    PresenceChanged,
    RecordSigned,
    ReminderGiven,
    ScaleFlagAnswered,
    ScaleRecorded,
    ServiceReported,
    SessionClosed,
    SessionOpened,
    SessionResumed,
    SoundChecked,
    TaskChanged,
    TaskState,
    WeightRecorded,
)
from protocols.guardrails import amount_text, plain_text
from protocols.record_entries import event_words as event_words_of
from protocols.vitals import VITALS

HEADINGS = ("Time", "Kind", "What", "By")


def event_rows(opened: OpenedSession) -> list[Row]:
    """A row for each event that a reader looks for, in order."""
    rows: list[Row] = []
    seen: set[str] = set()
    amended = opened.history.amended
    for number, event in zip(_numbers(opened), opened.events, strict=True):
        if isinstance(event, AlarmChanged):
            if event.state is AlarmState.OFF and event.alarm not in seen:
                continue  # a condition that passed before it became an alarm
            if event.state is AlarmState.HELD and event.alarm in seen:
                continue  # its hold became shorter
            seen.add(event.alarm)
            if not event.state.is_told:
                seen.discard(event.alarm)
        words = event_words(event)
        if words is not None:
            cells = (amended_time(opened, event), *words)
            row = Row(t_ns=event.t_ns, cells=cells, number=number)
            rows += beside_rows(row, 2, amended.of(number))
    return rows


def _numbers(opened: OpenedSession) -> Sequence[int]:
    return opened.numbers or range(1, len(opened.events) + 1)


def event_words(event: Event) -> Words | None:
    """Kind, text and person of `event`; None for what has no place in the table."""
    say = _WORDS.get(type(event))
    return None if say is None else say(event)


def _alarm(event: AlarmChanged) -> Words | None:
    mark = PRIORITY_SIGNS[event.priority].mark
    kind = f"{mark} alarm"
    if event.state in (AlarmState.SOUNDING, AlarmState.HELD):
        return kind, event.sentence, ""
    if event.state is AlarmState.ACKED:
        action = f": {event.action}" if event.action else ""
        return kind, f"acknowledged{action} ({event.sentence})", event.by
    if event.state is AlarmState.LATCHED:
        return kind, f"over, held until seen ({event.sentence})", ""
    if event.state is AlarmState.OFF:
        return kind, f"over ({event.sentence})", event.by
    return None


def _observation(event: ObservationRecorded) -> Words:
    severity = "" if event.severity is None else f" {event.severity}/10"
    text = f": {event.text}" if event.text and event.text != event.label else ""
    if event.purpose:
        text += f" ({event.purpose})"
    return event.kind, f"{event.label}{severity}{text}", event.by


def _delivery(event: DeliveryChanged) -> Words:
    rate = "" if event.finished or not event.rate_mg_per_min else f", at {event.percent} %"
    return "pump", f"{event.cause}{rate}, {amount_text(event.delivered_mg)} mg given", ""


def _task(event: TaskChanged) -> Words | None:
    if event.state is not TaskState.MISSED:
        return None
    return "missed", f"{event.label}{_because(event.detail)}", ""


def _link(event: LinkChanged) -> Words:
    return (
        "monitor",
        f"{event.device} {LINK_WORDS.get(event.state, event.state.value)}{_because(event.detail)}",
        "",
    )


def _service(event: ServiceReported) -> Words:
    state = "works" if event.working else "failed"
    return "program", f"{event.service} {state}{_because(event.detail)}", ""


def _bp(event: BpStateChanged) -> Words | None:
    if event.state not in (BpState.FAILED, BpState.ABORTED):
        return None
    return "cuff", event.text or f"measurement {event.state}", ""


def _gate(event: GateItemChanged) -> Words:
    answer = f", {event.answer}" if event.answer else ""
    whom = f" [{event.prescriber}]" if event.prescriber else ""
    return "gate", f"{event.item} {event.state}{whom}{answer}{_because(event.detail)}", event.by


def course_words(entry: EnterPatient) -> str:
    """Which visit of which course it was, and what was given before; empty where nothing is said.

    Begins with a comma.
    """
    standing = entry.standing
    if standing is None:
        return ""
    before = f", {amount_text(standing.total_before_mg)} mg in {standing.doses_before} doses before"
    if not standing.course:
        return before if standing.doses_before else ""
    planned = f" of {entry.visits_planned}" if entry.visits_planned else ""
    return f", visit {entry.visit}{planned} of {standing.template}{before}"


def _dose(event: DosePlanned) -> Words:
    return "dose", planned_in_words(event), event.ordered_by


def _baseline(event: BaselineFrozen) -> Words:
    values = ", ".join(f"{VITALS[v.vital].label} {v.value:.0f}" for v in event.values)
    doubt = " (from a single blood pressure)" if event.low_confidence else ""
    early = f" (before the rest was over: {event.rest_reason})" if event.rest_reason else ""
    tried = f" (try {event.attempt})" if event.attempt else ""
    return "baseline", f"{values}{doubt}{tried}{early}{_because(event.reason)}", event.by


def _resumed(event: SessionResumed) -> Words:
    gap = span_text(event.t_ns - event.gap_start_ns)
    if event.clock_back_s > 0:
        gap = "a time that is not known, as the clock was set back"
    return "gap", f"nothing was recorded for {gap}{_because(event.reason)}", event.by


def _gap(event: GapFound) -> Words:
    gap = span_text(event.t_ns - event.gap_start_ns)
    return "gap", f"nothing was recorded for {gap}{_because(event.cause)}", ""


def _because(detail: str) -> str:
    return f": {detail}" if detail else ""


def _signed(event: LedgerEntered) -> str:
    return f"{event.by}, {event.witness}" if event.witness else event.by


def _phase(event: PhaseChanged) -> Words:
    return "phase", f"{event.before} → {event.after}{_because(event.reason)}", event.by


def _weight(event: WeightRecorded) -> Words:
    how = "measured" if event.entry.measured else "stated"
    weight = plain_text(event.entry.weight_kg)
    return "weight", f"{weight} kg {how}{_because(event.entry.reason)}", event.entry.by


def _sound(event: AudioPauseChanged) -> Words:
    return "sound", "on again" if event.ends_ns is None else "paused", event.by


def _armed(event: BpScheduleArmed) -> Words:
    return "cuff", f"automatic blood pressure {'on' if event.armed else 'off'}", event.by


def _effect(event: EffectChanged) -> Words:
    return "side effect", f"{effect_words(event)}{' (over)' if event.ended_ns else ''}", event.by


def _scale(event: ScaleRecorded) -> Words:
    flags = "".join(f". {flag.sentence}" for flag in event.flags)
    return "scale", f"{event.name} {result_words(None, event)}{flags}", event.by


_WORDS: dict[type[Event], Callable[[Any], Words | None]] = {
    AlarmChanged: _alarm,
    ObservationRecorded: _observation,
    DeliveryChanged: _delivery,
    TaskChanged: _task,
    LinkChanged: _link,
    ServiceReported: _service,
    BpStateChanged: _bp,
    GateItemChanged: _gate,
    DosePlanned: _dose,
    BaselineFrozen: _baseline,
    SessionResumed: _resumed,
    GapFound: _gap,
    PhaseChanged: _phase,
    WeightRecorded: _weight,
    AudioPauseChanged: _sound,
    BpScheduleArmed: _armed,
    LimitChanged: limit_words,
    AlarmSignalled: signal_words,
    SoundChecked: check_words,
    ReminderGiven: lambda e: ("reminder", e.text, ""),
    SessionOpened: lambda e: ("opened", f"session {e.session}", ""),
    PatientRecorded: lambda e: (
        "patient",
        f"{e.entry.family_name.upper()}, {e.entry.given_name}{course_words(e.entry)}",
        e.entry.by,
    ),
    DoseGiven: lambda e: ("dose", giving_words(e), e.by),
    HoldEnded: lambda e: ("dose", giving_words(e), e.by),
    LineMarked: lambda e: ("line", giving_words(e), e.by),
    ContainerChanged: lambda e: ("line", giving_words(e), e.by),
    FormFilled: lambda e: ("form", f"{e.label}: {e.value} ({e.form})", e.by),
    DoseConfirmed: lambda e: ("dose", "checked by a second person", e.checked_by),
    LedgerEntered: lambda e: ("account", f"{entry_words(e)}, {amount_words(e)}", _signed(e)),
    LedgerReconciled: lambda e: ("account", reconciled_words(e), e.by),
    CommandRefused: lambda e: ("refused", e.reason, e.by),
    EffectChanged: _effect,
    ScaleRecorded: _scale,
    ScaleFlagAnswered: lambda e: ("scale", f"{e.scale} {e.item}, done: {e.action}", e.by),
    ChecklistChanged: lambda e: ("checklist", checklist_words(e), e.by),
    PresenceChanged: lambda e: ("present", presence_words(e), e.by),
    IntegrationPlanned: lambda e: ("integration", integration_words(e), e.by),
    EntryCorrected: lambda e: ("correction", correction_row_words(e), f"{e.by}: {e.reason}"),
    AddendumAdded: lambda e: ("addendum", event_words_of(e), f"{e.by}: {e.reason}"),
    RecordSigned: lambda e: ("signature", signature_words(e), e.by),
    EpisodesFound: lambda e: ("review", finding_words(e), e.by),
    EpisodesAssessed: lambda e: ("review", remark_words(e), e.by),
    SessionClosed: lambda e: ("closed", f"session closed{_because(e.reason)}", e.by),
}
