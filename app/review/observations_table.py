"""The table of observations: what was measured or asked by a person, done late or missed."""

from __future__ import annotations

from app.records.catalogue import OpenedSession
from app.review.rows import Row, clock_text, span_text
from protocols.events import ObservationRecorded, Reading, TaskChanged, TaskState
from protocols.vitals import NS_PER_S, PRESSURES, SCORES, VITALS, Vital

HEADINGS = ("Time", "Observation", "Result", "By or schedule")

_TYPED = (*SCORES, Vital.RR, Vital.TEMP)


def observation_rows(opened: OpenedSession) -> list[Row]:
    """Cuff pressures, typed values, events and the schedule's checks, in order of time."""
    rows = [*_pressures(opened), *_typed(opened), *_recorded(opened), *_checks(opened)]
    return sorted(rows, key=lambda row: row.t_ns)


def _pressures(opened: OpenedSession) -> list[Row]:
    rows = []
    for point in opened.history.blood_pressures:
        measured = point.sbp_mmhg == point.sbp_mmhg and point.dbp_mmhg == point.dbp_mmhg
        mean = f" ({point.map_mmhg:.0f})" if point.map_mmhg == point.map_mmhg else ""
        result = f"{point.sbp_mmhg:.0f}/{point.dbp_mmhg:.0f}{mean} mmHg" if measured else "failed"
        how = "by hand" if point.manual else "cuff"
        rows.append(_row(opened, round(point.t_s * NS_PER_S), "Blood pressure", result, how))
    return rows


def _typed(opened: OpenedSession) -> list[Row]:
    rows = []
    for event in opened.events:
        if not isinstance(event, Reading) or event.vital in PRESSURES:
            continue
        if event.vital in _TYPED and event.manual:
            spec = VITALS[event.vital]
            result = f"{spec.format(event.value)} {spec.unit_text}"
            name = spec.name[:1].upper() + spec.name[1:]
            rows.append(_row(opened, event.measured_ns, name, result, event.source))
    return rows


def _recorded(opened: OpenedSession) -> list[Row]:
    return [
        _row(opened, e.t_ns, e.label, "" if e.severity is None else f"{e.severity}/10", e.by)
        for e in opened.history.listed
        if isinstance(e, ObservationRecorded) and e.kind == "event"
    ]


def _checks(opened: OpenedSession) -> list[Row]:
    rows = []
    for event in opened.history.listed:
        if not isinstance(event, TaskChanged):
            continue
        if event.state is TaskState.MISSED:
            why = f": {event.detail}" if event.detail else ""
            due = f"due {clock_text(opened, event.due_ns)}"
            rows.append(_row(opened, event.t_ns, event.label, f"MISSED{why}", due))
        elif event.state is TaskState.LATE:
            late = f"late, due {clock_text(opened, event.due_ns)}"
            over = span_text(event.t_ns - event.due_ns)
            rows.append(_row(opened, event.t_ns, event.label, f"open {over} after its time", late))
    return rows


def _row(opened: OpenedSession, t_ns: int, *cells: str) -> Row:
    return Row(t_ns=t_ns, cells=(clock_text(opened, t_ns), *cells))
