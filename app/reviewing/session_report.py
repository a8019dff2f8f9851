"""What the report of a session says: facts, numbers and tables, each with the events behind it.

The report is a function of the record and the version of the program: it has no date of its own.
When a copy was made, and by whom, is noted on the trail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.age import age_years
from app.records.catalogue import OpenedSession, Standing
from app.reviewing.cited import (
    NOTHING,
    Cited,
    CitedFact,
    CitedSession,
    CitedTable,
    said,
    span_text,
    worked_out,
)
from app.reviewing.evidence import Evidence
from app.reviewing.figures import SessionFigures
from app.reviewing.page_one import (
    about_the_data,
    amount_given,
    numbers_table,
    phase_events,
    tiers_table,
    what_people_did,
)
from app.reviewing.report_alarms import alarm_runs, alarms_table
from app.reviewing.report_episodes import episodes_table, episodes_words
from app.reviewing.report_records import (
    account_table,
    amendments_table,
    discharge_table,
    effects_table,
    events_table,
    gap_rows,
    scores_table,
)
from app.reviewing.report_vitals import VitalsAtTimes
from app.signing import MEANING_WORDS, proof_words, uncovered_words
from protocols.events import (
    BaselineFrozen,
    DoseConfirmed,
    DosePlanned,
    GateItemChanged,
    Giving,
    PatientRecorded,
    PhaseChanged,
    RecordSigned,
    SessionClosed,
    SessionOpened,
    WeightBasis,
    WeightRecorded,
)
from protocols.guardrails import plain_text

KIND = "session-report 1"
"""What the document is, and the version of its form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureRow:
    """A signature in the record, or one that is still open (then only `meaning`)."""

    meaning: str
    who: Cited = NOTHING
    at: str = ""
    statement: Cited = NOTHING
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionReport:
    """A report, before it has a layout.

    Attributes:
        session: name of the session.
        patient: for the head of each page.
        simulated: no person was treated.
        standing: closed, still running or cut short, in a sentence; empty where closed.
        program: version of the program that made the report; `recorded_with` that of the record.
        events, chain: number of the last event, and the chain's value there.
        who, dose: facts at the head.
        numbers: baseline, peaks and rises; `tiers` minutes beyond limits; `data` how complete.
        people: checks on time, answers to critical values, the drug's balance.
        episodes: what a reviewer must look at, and how each stands.
        episodes_words: how the review of episodes stands, in a sentence.
        signatures: those in the record, then those still open.
        tables: the further pages, in order.
        minutes_words: from which event minutes count; empty where no drug began.
        missing: what the record lacks, a sentence each.
        opened: for the chart.
    """

    session: str
    patient: str
    simulated: bool
    standing: str
    program: str
    recorded_with: str
    events: int
    chain: str
    who: tuple[CitedFact, ...]
    dose: tuple[CitedFact, ...]
    numbers: CitedTable
    tiers: CitedTable
    data: CitedTable
    people: tuple[CitedFact, ...]
    episodes: CitedTable
    episodes_words: str
    signatures: tuple[SignatureRow, ...]
    tables: tuple[CitedTable, ...]
    minutes_words: str
    missing: tuple[str, ...]
    opened: OpenedSession

    @property
    def all_tables(self) -> tuple[CitedTable, ...]:
        """Every table, in the order in which they are printed."""
        return (self.numbers, self.tiers, self.data, self.episodes, *self.tables)

    def cited(self) -> Iterator[Cited]:
        """Everything printed that may bear the number of an event."""
        for fact in (*self.who, *self.dose, *self.people):
            yield from fact.values
        for table in self.all_tables:
            for row in table.rows:
                yield from row
        for one in self.signatures:
            yield from (one.who, one.statement)


def report_of(opened: OpenedSession, figures: SessionFigures, program: str) -> SessionReport:
    """The report of `opened` with its numbers; `program` is the version that makes it."""
    cited, evidence = CitedSession(opened), Evidence(opened)
    state, line = opened.state, opened.line
    return SessionReport(
        session=line.session,
        patient=line.patient,
        simulated=line.simulated,
        standing=_standing(cited),
        program=program,
        recorded_with="" if state.opened is None else state.opened.program,
        events=opened.count,
        chain=opened.chain,
        who=(*_who(cited), *_record(cited)),
        dose=tuple(_dose(cited, figures)),
        numbers=numbers_table(cited, figures),
        tiers=tiers_table(cited, figures),
        data=about_the_data(cited, figures),
        people=tuple(what_people_did(cited, figures)),
        episodes=episodes_table(cited),
        episodes_words=episodes_words(cited),
        signatures=tuple(_signatures(cited, figures)),
        tables=(
            VitalsAtTimes(cited, evidence).table(),
            alarms_table(cited),
            events_table(cited),
            account_table(cited),
            scores_table(cited),
            effects_table(cited),
            discharge_table(cited),
            amendments_table(cited),
        ),
        minutes_words=_minutes_words(cited),
        missing=tuple(_missing(cited, figures)),
        opened=opened,
    )


def _standing(cited: CitedSession) -> str:
    opened = cited.opened
    end = cited.time(opened.end_ns)
    if opened.line.standing is Standing.INTERRUPTED:
        return f"INTERRUPTED: the record ends at {end} and the session was never closed."
    if opened.line.standing is Standing.RUNNING:
        return f"STILL RUNNING: this is what was recorded up to {end}."
    return ""


def _who(cited: CitedSession) -> Iterator[CitedFact]:
    opened, state = cited.opened, cited.opened.state
    opening = state.opened
    if state.patient is not None:
        told = list(cited.all_of(PatientRecorded))[-1][0]
        who = state.patient
        years = age_years(who.birth_date, "" if opening is None else opening.utc)
        age = "" if years is None else f" ({years} years)"
        yield CitedFact(
            name="Patient",
            values=(
                said(f"{who.family_name.upper()}, {who.given_name}, MRN {who.mrn}", told),
                said(f"born {who.birth_date}", told),
                worked_out(f"{age.strip(' ()')}", (told,)) if age else NOTHING,
                said(who.sex),
            ),
        )
        planned = f" of {who.visits_planned}" if who.visits_planned else ""
        yield CitedFact(name="Visit", values=(said(f"{who.visit}{planned}", told),))
    else:
        yield CitedFact(name="Patient", values=(said("none entered", strong=True),))
    weight = [number for number, _ in cited.all_of(WeightRecorded)][-1:]
    if state.weight is not None:
        how = "measured" if state.weight.measured else "stated"
        text = f"{plain_text(state.weight.weight_kg)} kg {how}"
        yield CitedFact(name="Weight", values=(said(text, *weight),))
    first = [number for number, _ in cited.all_of(SessionOpened)][:1]
    closed = [number for number, _ in cited.all_of(SessionClosed)][:1]
    room = "" if opening is None else f", {opening.room}"
    values = [said(f"opened {cited.moment(0)}{room}", *first)]
    if state.closed is not None:
        because = f": {state.closed.reason}" if state.closed.reason else ""
        values.append(said(f"closed {cited.moment(state.closed.t_ns)}{because}", *closed))
    yield CitedFact(name="Session", values=(said(opened.line.session, *first), *values))
    if state.definition is not None:
        rules = state.definition
        approved = rules.approved_by or "nobody yet"
        yield CitedFact(
            name="Protocol",
            values=(
                said(f"{rules.id} version {rules.version}: {rules.title}", *first),
                said(f"approved by {approved}"),
            ),
        )
    if state.limits is not None:
        limits = state.limits
        approved = limits.approved_by or "nobody yet"
        yield CitedFact(
            name="Alarm limits",
            values=(
                said(f"{limits.id} version {limits.version}", *first),
                said(f"approved by {approved}"),
            ),
        )


def _record(cited: CitedSession) -> Iterator[CitedFact]:
    """What the report rests on, so that it can be held against the record."""
    opened = cited.opened
    opening = opened.state.opened
    program = "" if opening is None else f", recorded with Infusion Room {opening.program}"
    text = f"{opened.count} events{program}, chain value after the last one: {opened.chain}"
    yield CitedFact(name="Record", values=(said(text),))


def _dose(cited: CitedSession, figures: SessionFigures) -> Iterator[CitedFact]:
    state = cited.opened.state
    if state.dose is None:
        yield CitedFact(name="Dose ordered", values=(said("none", strong=True),))
        return
    planned = [number for number, _ in cited.all_of(DosePlanned)][-1:]
    taken = f", entered by {state.dose.taken_by}" if state.dose.taken_by else ""
    values = [said(_ordered(state.dose), *planned)]
    values.append(said(f"by {state.dose.ordered_by}{taken}"))
    values += [said(f"{one.field}: {one.reason}", *planned) for one in state.dose.overrides]
    yield CitedFact(name="Dose ordered", values=tuple(values))
    checked = [number for number, _ in cited.all_of(DoseConfirmed)][-1:]
    by = state.dose_checked_by
    yield CitedFact(
        name="Second check",
        values=(said(f"by {by}", *checked) if by else said("NOT CHECKED", strong=True),),
    )
    yield CitedFact(name="Given", values=tuple(_given(cited, figures)))
    last = {event.item: (n, event) for n, event in cited.all_of(GateItemChanged)}
    done = [n for n, event in last.values() if event.state == "done"]
    values = [worked_out(f"{len(done)} of {len(last)} done", done)] if last else [said("none")]
    for number, event in last.values():
        if event.state != "done":
            whom = f" by {event.prescriber}" if event.prescriber else ""
            text = f"{event.item} {event.state}{whom}: {event.detail}"
            values.append(said(text, number, strong=True))
    yield CitedFact(name="Checks before", values=tuple(values))


def _ordered(dose: DosePlanned) -> str:
    """The dose as the event has it, no number rounded."""
    amount = f"{plain_text(dose.dose_mg)} mg"
    if dose.giving is Giving.UNITS:
        return f"{amount} in {dose.units} of {plain_text(dose.unit_mg)} mg"
    weight = dose.dosing_weight_kg or dose.weight_kg
    basis = "" if dose.weight_basis is WeightBasis.TOTAL else f", {dose.weight_basis} weight"
    of = f"{plain_text(dose.dose_mg_per_kg)} mg/kg of {plain_text(weight)} kg{basis}"
    if dose.giving is Giving.INJECTION:
        return f"{amount} ({of}) in {plain_text(dose.volume_ml)} mL, at once"
    rate = f"{plain_text(dose.rate_ml_per_h)} mL/h"
    return f"{amount} ({of}) over {plain_text(dose.duration_min)} min at {rate}"


def _given(cited: CitedSession, figures: SessionFigures) -> Iterator[Cited]:
    balance = figures.balance
    if figures.started_ns is None or balance.given_mg is None:
        yield said("nothing: the drug never began", strong=True)
        return
    yield amount_given(cited, figures)
    started = f"from {cited.time(figures.started_ns)}"
    ended = "" if figures.ended_ns is None else f" to {cited.time(figures.ended_ns)}"
    yield said(f"{started}{ended}", *_at(cited, figures.started_ns, figures.ended_ns))
    if balance.ran_ns:
        paused = f", paused {span_text(balance.paused_ns)}" if balance.paused_ns else ""
        yield worked_out(f"ran {span_text(balance.ran_ns)}{paused}", phase_events(cited))


def _minutes_words(cited: CitedSession) -> str:
    started_ns = cited.opened.state.infusion_started_ns
    numbers = " ".join(f"#{one}" for one in cited.drug_start)
    if started_ns is None or not numbers:
        return ""
    return f"Minutes count from the start of the drug at {cited.time(started_ns)} ({numbers})."


def _at(cited: CitedSession, *times_ns: int | None) -> tuple[int, ...]:
    """The changes of phase at these times."""
    wanted = [t for t in times_ns if t is not None]
    found = [number for number, event in cited.all_of(PhaseChanged) if event.t_ns in wanted]
    return tuple(found)


def _signatures(cited: CitedSession, figures: SessionFigures) -> Iterator[SignatureRow]:
    amended = cited.opened.history.amended
    for number, event in cited.all_of(RecordSigned):
        yield SignatureRow(
            meaning=MEANING_WORDS[event.meaning],
            who=said(f"{event.by} ({proof_words(event)})", number),
            at=cited.added_at(event),
            statement=said(event.statement, number),
            note=uncovered_words(amended, event),
        )
    for meaning in figures.open_signatures:
        yield SignatureRow(meaning=MEANING_WORDS[meaning])


def _missing(cited: CitedSession, figures: SessionFigures) -> Iterator[str]:
    """What the record lacks, the gravest first."""
    opened, state = cited.opened, cited.opened.state
    yield from opened.missing
    standing = _standing(cited)
    if standing:
        yield standing
    if opened.clock.local(0) is None:
        yield "The record has no reading of the wall clock: times are minutes of the session."
    for when, length in gap_rows(cited):
        yield f"Nothing was recorded from {when} ({length.text}, {length.marks})."
    if state.dose is not None and not state.dose_checked_by:
        yield "Nobody checked the dose a second time."
    if figures.started_ns is not None and not list(cited.all_of(BaselineFrozen)):
        yield "No baseline was frozen: no rise is known."
    yield from _people_missing(cited, figures)


def _people_missing(cited: CitedSession, figures: SessionFigures) -> Iterator[str]:
    state = cited.opened.state
    balance = figures.balance
    if balance.kept and balance.reconciled is False and figures.started_ns is not None:
        yield "The drug was not reconciled after the last amount was given."
    if balance.balanced is False:
        yield "The account of the drug does not balance."
    for (scale, _), sentence in state.scales.flags.items():
        yield f"Nobody answered a flag of {scale}: {sentence}"
    for effect in state.care.open_effects:
        yield f"Side effect still open, or its prescriber not told: {effect.label}."
    silent = [run for run in alarm_runs(cited) if run.answered is None]
    if silent:
        numbers = ", ".join(f"#{run.raised[0]}" for run in silent[:6])
        more = " and more" if len(silent) > 6 else ""
        yield f"Nobody acknowledged {len(silent)} alarms ({numbers}{more})."
    if figures.open_signatures:
        yield f"Still to be signed: {', '.join(figures.open_signatures)}."
