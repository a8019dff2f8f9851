"""The table of observations: what was measured or asked by a person, done late or missed."""

from __future__ import annotations

from dataclasses import replace

from app.records.catalogue import OpenedSession
from app.review.rows import Row, beside_rows, clock_text, span_text
from protocols.events import ObservationRecorded, Reading, TaskChanged, TaskState
from protocols.record_entries import LATE, is_correction
from protocols.vitals import NS_PER_S, PRESSURES, SCORES, VITALS, Vital

HEADINGS = ("Time", "Observation", "Result", "By or schedule")

_TYPED = (*SCORES, Vital.RR, Vital.TEMP)


def observation_rows(opened: OpenedSession) -> list[Row]:
    """Cuff pressures, typed values, events and the schedule's checks, in order of time."""
    rows = [
        *_pressures(opened),
        *_struck_pressures(opened),
        *_typed(opened),
        *_recorded(opened),
        *_checks(opened),
    ]
    return sorted(rows, key=lambda row: row.t_ns)


def _pressures(opened: OpenedSession) -> list[Row]:
    rows = []
    numbers = {
        (event.measured_ns, event.source): number
        for number, event in zip(opened.numbers, opened.events, strict=False)
        if isinstance(event, Reading) and event.vital is Vital.SBP
    }
    for point in opened.history.blood_pressures:
        measured = point.sbp_mmhg == point.sbp_mmhg and point.dbp_mmhg == point.dbp_mmhg
        mean = f" ({point.map_mmhg:.0f})" if point.map_mmhg == point.map_mmhg else ""
        result = f"{point.sbp_mmhg:.0f}/{point.dbp_mmhg:.0f}{mean} mmHg" if measured else "failed"
        how = "by hand" if point.manual else "cuff"
        t_ns = round(point.t_s * NS_PER_S)
        row = _row(opened, t_ns, "Blood pressure", result, how)
        rows.append(replace(row, number=numbers.get((t_ns, point.source))))
    return rows


def _struck_pressures(opened: OpenedSession) -> list[Row]:
    """Determinations that were corrected or withdrawn, as they were entered."""
    rows: list[Row] = []
    for entry in opened.history.entries.all():
        first = entry.event
        if entry.correction is None or not isinstance(first, Reading):
            continue
        if first.vital in PRESSURES:
            how = "by hand" if first.manual else "cuff"
            row = _row(opened, first.measured_ns, "Blood pressure", entry.words, how)
            row = replace(row, number=entry.seq)
            rows += beside_rows(row, 2, entry.correction)
    return rows


def _typed(opened: OpenedSession) -> list[Row]:
    rows: list[Row] = []
    amended = opened.history.amended
    for number, event in zip(opened.numbers, opened.events, strict=False):
        if not isinstance(event, Reading) or event.vital in PRESSURES or is_correction(event):
            continue
        if event.vital in _TYPED and event.manual:
            spec = VITALS[event.vital]
            result = f"{spec.format(event.value)} {spec.unit_text}"
            name = spec.name[:1].upper() + spec.name[1:]
            row = _row(opened, event.measured_ns, name, result, _source(event))
            rows += beside_rows(replace(row, number=number), 2, amended.of(number))
    return rows


def _source(event: Reading) -> str:
    return f"{event.source} (late entry)" if event.note == LATE else event.source


def _recorded(opened: OpenedSession) -> list[Row]:
    rows: list[Row] = []
    history = opened.history
    for number, event in zip(history.numbers, history.listed, strict=True):
        if isinstance(event, ObservationRecorded) and event.kind == "event":
            result = "" if event.severity is None else f"{event.severity}/10"
            row = _row(opened, event.t_ns, event.label, result, event.by)
            rows += beside_rows(replace(row, number=number), 1, history.amended.of(number))
    return rows


def _checks(opened: OpenedSession) -> list[Row]:
    rows = []
    for number, event in zip(opened.history.numbers, opened.history.listed, strict=True):
        if not isinstance(event, TaskChanged):
            continue
        if event.state is TaskState.MISSED:
            why = f": {event.detail}" if event.detail else ""
            due = f"due {clock_text(opened, event.due_ns)}"
            row = _row(opened, event.t_ns, event.label, f"MISSED{why}", due)
            rows.append(replace(row, number=number))
        elif event.state is TaskState.LATE:
            late = f"late, due {clock_text(opened, event.due_ns)}"
            over = span_text(event.t_ns - event.due_ns)
            row = _row(opened, event.t_ns, event.label, f"open {over} after its time", late)
            rows.append(replace(row, number=number))
    return rows


def _row(opened: OpenedSession, t_ns: int, *cells: str) -> Row:
    return Row(t_ns=t_ns, cells=(clock_text(opened, t_ns), *cells))
