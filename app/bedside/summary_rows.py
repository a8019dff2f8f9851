"""What the summary tells, as rows of words: pure functions of state and history."""

from __future__ import annotations

from collections.abc import Sequence

from app.age import age_years
from app.amended import Struck, corrected_words
from app.bedside.times import local_time, minutes_text, time_of_day
from app.bedside.wording import signed
from app.giving_words import GivingEvent, giving_words
from app.history import History
from app.latency_ledger import summary_text
from app.session_numbers import (
    AlarmEpisode,
    alarm_episodes,
    completeness,
    rises,
    tasks_done,
)
from app.state import ViewState
from app.theme import PRIORITY_SIGNS
from protocols.dosing.order_words import planned_in_words
from protocols.dosing.pump_check import volume_words
from protocols.events import AddendumAdded, EntryCorrected, ObservationRecorded
from protocols.record_entries import event_words
from protocols.vitals import NS_PER_S, VITALS, Vital

Rows = Sequence[tuple[str, ...]]


def who_rows(state: ViewState, now_ns: int) -> Rows:
    """Patient, dose and who stands for it."""
    rows: list[tuple[str, ...]] = []
    patient, weight, dose = state.patient, state.weight, state.dose
    if patient is not None:
        today = state.wall_clock.utc if state.wall_clock else ""
        age = age_years(patient.birth_date, today)
        years = f", {age} years" if age is not None else ""
        rows.append(("Patient", f"{patient.family_name.upper()}, {patient.given_name}{years}"))
        planned = f" of {patient.visits_planned}" if patient.visits_planned else ""
        rows.append(("Record", f"MRN {patient.mrn}, visit {patient.visit}{planned}"))
    if weight is not None:
        how = "measured" if weight.measured else "stated"
        rows.append(("Weight", f"{weight.weight_kg:.1f} kg {how}"))
    if state.definition is not None:
        rows.append(("Protocol", f"{state.definition.title}, version {state.definition.version}"))
    if dose is None:
        rows.append(("Dose", "none ordered"))
        return rows
    rows.append(("Planned", planned_in_words(dose)))
    rows.append(("Ordered by", dose.ordered_by))
    rows.append(("Checked by", state.dose_checked_by or "not checked"))
    delivered = state.delivered_mg(now_ns)
    share = delivered / float(dose.dose_mg) * 100
    rows.append(("Delivered", f"{delivered:.2f} mg ({share:.0f} % of the dose)"))
    if state.pump.pair is not None:
        rows.append(("By the pump's counter", volume_words(state.pump.pair)))
    return rows


def time_rows(state: ViewState) -> Rows:
    """When the session, the drug and the phase began."""
    opened = local_time(state, 0)
    rows: list[tuple[str, ...]] = []
    if state.opened is not None:
        day = f"{opened:%Y-%m-%d}, " if opened is not None else ""
        rows.append(("Opened", f"{day}{time_of_day(state, 0)}, {state.opened.room}"))
    started, ended = state.infusion_started_ns, state.infusion_ended_ns
    rows.append(("Drug began", time_of_day(state, started) if started is not None else "never"))
    if started is not None:
        rows.append(("Drug ended", time_of_day(state, ended) if ended is not None else "not yet"))
    if started is not None and ended is not None:
        rows.append(("Drug ran", f"{minutes_text(ended - started)} (minutes:seconds)"))
    phase = f"{state.phase} since {time_of_day(state, state.phase_since_ns)}"
    rows.append(("Phase", phase))
    if state.observer:
        rows.append(("Observer", state.observer))
    return rows


def rise_rows(state: ViewState, history: History) -> Rows:
    """Rises of pressure and heart rate above the baseline."""
    rows: list[tuple[str, ...]] = [("", "Baseline", "Peak", "at", "Rise", "Mean rise", "Readings")]
    for rise in rises(state, history):
        spec = VITALS[rise.vital]
        rows.append(
            (
                f"{spec.label}, {spec.unit_text}",
                spec.format(rise.baseline),
                spec.format(rise.peak),
                time_of_day(state, rise.peak_ns) if rise.peak_ns is not None else "--",
                "--" if rise.peak_rise is None else signed(rise.peak_rise),
                "--" if rise.mean_rise is None else signed(rise.mean_rise),
                str(rise.readings),
            )
        )
    return rows


def data_rows(state: ViewState, history: History, now_ns: int) -> Rows:
    """How complete the record is."""
    rows: list[tuple[str, ...]] = []
    for vital in (Vital.SPO2, Vital.PR, Vital.HR):
        share = completeness(state, history, now_ns, vital)
        if vital is Vital.SPO2 or vital in history.trends:
            text = "no drug was given" if share is None else f"{share * 100:.1f} % of the infusion"
            rows.append((VITALS[vital].label, text))
    good = sum(1 for point in history.blood_pressures if point.sbp_mmhg == point.sbp_mmhg)
    failed = len(history.blood_pressures) - good
    rows.append(("BP readings", f"{good}, and {failed} failed"))
    done, missed = tasks_done(history)
    rows.append(("Due observations", f"{done} done, {missed} missed"))
    rows.append(("Alarms came", summary_text(history.latencies.rows)))
    for start_s, end_s in history.gaps_s:
        start, end = round(start_s * NS_PER_S), round(end_s * NS_PER_S)
        span = f"{time_of_day(state, start)} to {time_of_day(state, end)}: nothing recorded"
        rows.append(("Gap", span))
    return rows


def alarm_rows(state: ViewState, history: History) -> Rows:
    """Every alarm and what was done about it."""
    episodes = alarm_episodes(history)
    if not episodes:
        return [("No alarm.",)]
    return [
        (
            time_of_day(state, episode.since_ns),
            f"{PRIORITY_SIGNS[episode.priority].mark} {episode.priority}",
            _answer(state, episode),
            episode.sentence,
        )
        for episode in episodes
    ]


def _answer(state: ViewState, episode: AlarmEpisode) -> str:
    if episode.acknowledged_ns is None:
        ended = episode.ended_ns
        return f"not acknowledged{'' if ended is None else f', over {time_of_day(state, ended)}'}"
    at = time_of_day(state, episode.acknowledged_ns)
    action = f": {episode.action}" if episode.action else ""
    return f"{episode.by} {at}{action}"


def observation_rows(state: ViewState, history: History) -> Rows:
    """Events, drugs, doses, notes and what was added, in order; what was wrong is struck out."""
    rows: list[tuple[str, ...]] = []
    for number, event in zip(history.numbers, history.listed, strict=True):
        if isinstance(event, ObservationRecorded):
            at_ns = event.t_ns if event.happened_ns is None else event.happened_ns
            row = (time_of_day(state, at_ns), event.kind, event.by, _observation_text(event))
            rows += _beside(row, history.amended.of(number))
        elif isinstance(event, GivingEvent):
            rows.append((time_of_day(state, event.t_ns), "dose", event.by, giving_words(event)))
        elif isinstance(event, EntryCorrected) and event.target_kind != "observation_recorded":
            row = (time_of_day(state, event.target_t_ns), "entry", "", event.original)
            rows += _beside(row, event)
        elif isinstance(event, AddendumAdded):
            words = f"{event_words(event)} ({event.reason})"
            rows.append((time_of_day(state, event.t_ns), "late entry", event.by, words))
    return rows or [("Nothing was recorded.",)]


def _beside(row: tuple[str, ...], correction: EntryCorrected | None) -> list[tuple[str, ...]]:
    """`row`, its words struck out above their correction where there is one."""
    if correction is None:
        return [row]
    more = f" {correction.consequence}" if correction.consequence else ""
    said = f"→ {corrected_words(correction)}{more}"
    return [(*row[:-1], Struck(row[-1])), ("", "corrected", correction.by, said)]


def _observation_text(event: ObservationRecorded) -> str:
    severity = f" {event.severity}/10" if event.severity is not None else ""
    text = f": {event.text}" if event.text else ""
    purpose = f", {event.purpose}" if event.purpose else ""
    return f"{event.label}{severity}{text}{purpose}"
