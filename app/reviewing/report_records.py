"""What people did and recorded in a session, as tables of its report, each row with its event."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from app.care_words import checklist_words, effect_words, integration_words, presence_words
from app.giving_words import MARK_WORDS, giving_words
from app.reviewing.cited import (
    NOTHING,
    Cited,
    CitedSession,
    CitedTable,
    number_text,
    said,
    span_text,
    worked_out,
)
from protocols.events import (
    AddendumAdded,
    BpState,
    BpStateChanged,
    ChecklistChanged,
    ContainerChanged,
    DeliveryChanged,
    DischargeItemChanged,
    DoseGiven,
    EffectChanged,
    EntryCorrected,
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
    ObservationRecorded,
    PhaseChanged,
    PresenceChanged,
    ScaleRecorded,
    SessionClosed,
    SessionResumed,
)
from protocols.guardrails import plain_text
from protocols.record_entries import correction_words, event_words

Row = tuple[Cited, ...]


def events_table(cited: CitedSession) -> CitedTable:
    """Phases, doses, events, notes, drugs given, changed limits and gaps, in order."""
    return CitedTable(
        heading="What happened",
        headings=("Time", "Minute", "Kind", "What", "By"),
        rows=tuple(_events(cited)),
        shares=(1.5, 0.8, 1.4, 7.4, 2.2),
        keeps=10,
    )


def _events(cited: CitedSession) -> Iterator[Row]:
    amended = cited.opened.history.amended
    checklists = _checklists(cited)
    for number, event in cited.events.items():
        if number in checklists:
            yield checklists[number]
        say = _WORDS.get(type(event))
        told = None if say is None else say(event)
        if told is None:
            continue
        kind, words, by = told
        correction = amended.of(number)
        happened_ns = getattr(event, "happened_ns", None)
        at_ns = event.t_ns if happened_ns is None else happened_ns
        what = Cited(text=words, events=(number,), struck=correction is not None)
        yield said(cited.time(at_ns)), cited.drug_minute(at_ns), said(kind), what, said(by)
        if correction is not None:
            right = said(f"→ {_right(correction)}", amended.number_of(number))
            yield NOTHING, NOTHING, said("correction"), right, said(correction.by)


def _checklists(cited: CitedSession) -> dict[int, Row]:
    """Each checklist as one row, at the number of its last answer."""
    answers: dict[str, dict[str, tuple[int, ChecklistChanged]]] = {}
    for number, event in cited.all_of(ChecklistChanged):
        answers.setdefault(event.checklist, {})[event.item] = (number, event)
    rows: dict[int, Row] = {}
    for items in answers.values():
        last, event = max(items.values(), key=lambda one: one[0])
        words = "; ".join(checklist_words(one) for _, one in items.values())
        rows[last] = (
            said(cited.time(event.t_ns)),
            cited.drug_minute(event.t_ns),
            said("checklist"),
            said(words, *(number for number, _ in items.values())),
            said(", ".join(dict.fromkeys(one.by for _, one in items.values()))),
        )
    return rows


Told = tuple[str, str, str]
"""Kind, words, by whom."""


def _observation(event: ObservationRecorded) -> Told:
    severity = "" if event.severity is None else f" {event.severity}/10"
    text = f": {event.text}" if event.text and event.text != event.label else ""
    purpose = f" ({event.purpose})" if event.purpose else ""
    return event.kind, f"{event.label}{severity}{text}{purpose}", event.by


def _delivery(event: DeliveryChanged) -> Told:
    rate = f", {plain_text(event.rate_mg_per_min)} mg/min" if event.rate_mg_per_min else ""
    given = f"{plain_text(event.delivered_mg)} mg given"
    return "drug", f"{event.cause}{rate}, {given}", ""


def _phase(event: PhaseChanged) -> Told:
    return "phase", f"{event.before} → {event.after}{_because(event.reason)}", event.by


def _dose(event: DoseGiven) -> Told:
    """Exact amounts: what is shown must be what the event says."""
    words = f"dose {event.number} of {event.of}: {plain_text(event.amount_mg)} mg"
    words += f", lot {event.lot}" if event.lot else ""
    words += f", {event.site}" if event.site else ""
    return "dose", f"{words}{_because(event.reason)}", event.by


def _line(event: LineMarked) -> Told:
    flush = "" if event.flush_ml is None else f", {plain_text(event.flush_ml)} mL"
    held = f"; {plain_text(event.in_line_mg)} mg in the line" if event.in_line_mg else ""
    return "line", f"{MARK_WORDS[event.mark]}{flush}{held}", event.by


def _limit(event: LimitChanged) -> Told:
    if event.part is None:
        now = "switched off" if event.off else "as in the limits file again"
    else:
        before = "--" if event.before is None else number_text(event.before)
        value = "--" if event.value is None else number_text(event.value)
        now = f"{event.part} {before} → {value}"
    whom = f", ordered by {event.prescriber}" if event.prescriber else ""
    return "limit", f"{event.rule}: {now}{whom}{_because(event.reason)}", event.by


def _cuff(event: BpStateChanged) -> Told | None:
    if event.state not in (BpState.FAILED, BpState.ABORTED):
        return None
    return "cuff", event.text or f"measurement {event.state}", ""


def _gate(event: GateItemChanged) -> Told | None:
    if event.state == "done":
        return None
    whom = f" by {event.prescriber}" if event.prescriber else ""
    return "check", f"{event.item} {event.state}{whom}{_because(event.detail)}", event.by


def _gap(event: GapFound | SessionResumed) -> Told:
    cause = event.cause if isinstance(event, GapFound) else event.reason
    by = "" if isinstance(event, GapFound) else event.by
    return "gap", f"nothing was recorded before this{_because(cause)}", by


def _because(detail: str) -> str:
    return f": {detail}" if detail else ""


_WORDS: dict[type[Event], Callable[[Any], Told | None]] = {
    PhaseChanged: _phase,
    ObservationRecorded: _observation,
    DeliveryChanged: _delivery,
    DoseGiven: _dose,
    HoldEnded: lambda e: ("dose", f"hold ended: {e.outcome}", e.by),
    LineMarked: _line,
    ContainerChanged: lambda e: ("line", giving_words(e), e.by),
    LimitChanged: _limit,
    BpStateChanged: _cuff,
    GateItemChanged: _gate,
    GapFound: _gap,
    SessionResumed: _gap,
    PresenceChanged: lambda e: ("present", presence_words(e), e.by),
    IntegrationPlanned: lambda e: ("follow-up", integration_words(e), e.by),
    FormFilled: lambda e: ("form", f"{e.label}: {e.value} ({e.form})", e.by),
    SessionClosed: lambda e: ("closed", f"session closed{_because(e.reason)}", e.by),
}


def account_table(cited: CitedSession) -> CitedTable:
    """Each entry of the drug's account with its signatures, and how it was closed."""
    return CitedTable(
        heading="Account of the drug",
        headings=("Time", "No.", "What", "mg", "Vial holds, mg", "Balance", "By", "Witness"),
        rows=tuple(_account(cited)),
        shares=(1.4, 0.6, 3.6, 1.2, 1.4, 3.4, 1.8, 1.8),
        empty="No entry.",
        keeps=8,
    )


def _account(cited: CitedSession) -> Iterator[Row]:
    for number, event in cited.all_of(LedgerEntered, LedgerReconciled):
        if isinstance(event, LedgerEntered):
            what = " ".join(part for part in (event.step.value, event.vial) if part)
            lot = f", lot {event.lot}, expires {event.expiry}" if event.lot else ""
            detail = f": {event.detail}" if event.detail else ""
            corrects = f"correction of {event.corrects}: " if event.corrects else ""
            left = "" if event.vial_left_mg is None else plain_text(event.vial_left_mg)
            sums = (
                f"drawn {plain_text(event.drawn_mg)}, wasted {plain_text(event.wasted_mg)}, "
                f"residual {plain_text(event.residual_mg)}"
            )
            yield (
                said(cited.time(event.t_ns)),
                said(str(event.number), number),
                said(f"{corrects}{what}{lot}{detail}", number),
                said(plain_text(event.amount_mg), number),
                said(left, *((number,) if left else ())),
                said(sums, number),
                said(event.by),
                said(event.witness),
            )
        elif isinstance(event, LedgerReconciled):
            state = "balanced" if event.balanced else "DISCREPANCY"
            sums = (
                f"drawn {plain_text(event.drawn_mg)}, given {plain_text(event.given_mg)}, "
                f"wasted {plain_text(event.wasted_mg)}, residual {plain_text(event.residual_mg)}"
            )
            yield (
                said(cited.time(event.t_ns)),
                NOTHING,
                said(f"reconciled: {state}{_because(event.reason)}", number),
                said(f"difference {plain_text(event.difference_mg)}", number),
                said(plain_text(event.in_vials_mg), number),
                said(sums, number, strong=not event.balanced),
                said(event.by),
                NOTHING,
            )


def scores_table(cited: CitedSession) -> CitedTable:
    """Each scale with its total, what it means, and what was done about its flags."""
    return CitedTable(
        heading="Scores",
        headings=("Time", "Scale", "Total", "Means", "Asks for, done", "By"),
        rows=tuple(_scores(cited)),
        shares=(1.4, 2.6, 1.2, 2.4, 5.0, 2.0),
        empty="No scale was filled in.",
        keeps=8,
    )


def _scores(cited: CitedSession) -> Iterator[Row]:
    state, amended = cited.opened.state, cited.opened.history.amended
    for number, event in cited.all_of(ScaleRecorded):
        flags: list[str] = []
        numbers = [number]
        for flag in event.flags:
            answer = state.scales.action(event, flag.item)
            if answer is None:
                flags.append(f"{flag.sentence} NOT ANSWERED")
            else:
                flags.append(f"{flag.sentence} Done: {answer.action} ({answer.by})")
                numbers += cited.numbers_of(answer)
        struck = amended.of(number) is not None
        total = "--" if event.total is None else str(event.total)
        yield (
            said(cited.time(event.t_ns)),
            Cited(text=f"{event.name} version {event.version}", events=(number,), struck=struck),
            Cited(text=total, events=(number,), struck=struck),
            said(event.band or event.skipped),
            said("; ".join(flags), *(numbers if flags else ())),
            said(event.by),
        )


def effects_table(cited: CitedSession) -> CitedTable:
    """Each side effect as it stood last, from its onset to its end."""
    return CitedTable(
        heading="Side effects",
        headings=("Onset", "To", "What", "By"),
        rows=tuple(_effects(cited)),
        shares=(1.6, 1.6, 8.6, 2.2),
        empty="None reported in the list.",
        keeps=8,
    )


def _effects(cited: CitedSession) -> Iterator[Row]:
    last = {event.effect: (number, event) for number, event in cited.all_of(EffectChanged)}
    standing = cited.opened.state.care.effects
    for number, event in last.values():
        struck = event.effect not in standing
        ended = "OPEN" if event.ended_ns is None else cited.time(event.ended_ns)
        words = Cited(text=effect_words(event), events=(number,), struck=struck)
        yield said(cited.time(event.onset_ns), number), said(ended), words, said(event.by)


def discharge_table(cited: CitedSession) -> CitedTable:
    """Each criterion as it stood at the end, with what met it."""
    return CitedTable(
        heading="Discharge criteria",
        headings=("Criterion", "Met", "By what", "By"),
        rows=tuple(_discharge(cited)),
        shares=(4.6, 1.0, 6.2, 2.0),
        empty="No criterion was judged.",
        keeps=8,
    )


def _discharge(cited: CitedSession) -> Iterator[Row]:
    last = {event.item: (number, event) for number, event in cited.all_of(DischargeItemChanged)}
    for number, event in last.values():
        met = {True: "yes", False: "NO", None: "unknown"}[event.met]
        yield (
            said(event.label, number),
            said(met, strong=event.met is not True),
            said(event.detail, number),
            said(event.by),
        )


def amendments_table(cited: CitedSession) -> CitedTable:
    """Corrections with the original struck out before them, and addenda."""
    return CitedTable(
        heading="Added after the entry",
        headings=("Added", "Original", "Stands now", "Why", "By"),
        rows=tuple(_amendments(cited)),
        shares=(1.9, 3.6, 4.4, 2.6, 1.8),
        empty="Nothing was corrected or added.",
        keeps=8,
    )


def _amendments(cited: CitedSession) -> Iterator[Row]:
    for number, event in cited.all_of(EntryCorrected, AddendumAdded):
        at = said(cited.added_at(event), number)
        if isinstance(event, EntryCorrected):
            original = Cited(text=event.original, events=(number, event.target_seq), struck=True)
            more = f" {event.consequence}" if event.consequence else ""
            yield (
                at,
                original,
                said(f"{_right(event)}{more}", number),
                said(event.reason),
                said(event.by),
            )
        elif isinstance(event, AddendumAdded):
            yield (
                at,
                NOTHING,
                said(event_words(event), number),
                said(event.reason),
                said(event.by),
            )


def _right(correction: EntryCorrected) -> str:
    return "withdrawn" if correction.withdrawn else f"right is {correction_words(correction)}"


def gap_rows(cited: CitedSession) -> Iterator[tuple[str, Cited]]:
    """Each stretch of which nothing was recorded, in words."""
    for number, event in cited.all_of(GapFound, SessionResumed):
        if isinstance(event, GapFound | SessionResumed):
            start, end = cited.time(event.gap_start_ns), cited.time(event.t_ns)
            length = span_text(event.t_ns - event.gap_start_ns)
            yield f"{start} to {end}", worked_out(length, (number,))
