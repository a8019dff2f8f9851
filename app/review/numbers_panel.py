"""The numbers of page one: dose, times, baseline, peaks and rises, alarms, completeness."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.bedside.summary import Facts
from app.bedside.summary_rows import Rows
from app.bedside.summary_scales import scale_rows
from app.bedside.wording import signed
from app.latency_ledger import summary_text
from app.records.catalogue import OpenedSession
from app.review.rows import short_clock_text, span_text
from app.session_numbers import Rise, alarm_episodes, completeness, rises, tasks_done
from app.theme import PRIORITY_SIGNS, style
from protocols.dosing.order_words import planned_in_words
from protocols.events import Phase, Priority
from protocols.vitals import NS_PER_S, VITALS, Vital

GROUPS = ("Dose", "Peaks since drug began", "Times", "Alarms", "Scales", "Record", "Baseline")

_BASELINE = (Vital.SBP, Vital.DBP, Vital.MAP, Vital.HR, Vital.PR, Vital.SPO2, Vital.RR)


class NumbersPanel(QScrollArea):
    """Groups of facts under their headings."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("numbers of the session")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        page = QFrame()
        style(page, surface="panel")
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(6)
        self.facts: dict[str, Facts] = {}
        for name in GROUPS:
            heading = QLabel(name)
            style(heading, role="title")
            column.addWidget(heading)
            self.facts[name] = Facts(name)
            column.addWidget(self.facts[name])
            column.addSpacing(8)
        column.addStretch(1)
        self.setWidget(page)

    def show_session(self, opened: OpenedSession) -> None:
        """Show the numbers of `opened`."""
        for name, rows in number_rows(opened).items():
            self.facts[name].show_rows(rows)


def number_rows(opened: OpenedSession) -> dict[str, Rows]:
    """Every group of numbers as rows of words; ``--`` where the record has none."""
    return {
        "Dose": _dose(opened),
        "Times": _times(opened),
        "Baseline": _baseline(opened),
        "Peaks since drug began": [
            row for rise in rises(opened.state, opened.history) for row in _peak(opened, rise)
        ],
        "Alarms": _alarms(opened),
        "Scales": scale_rows(opened.state),
        "Record": _record(opened),
    }


def _dose(opened: OpenedSession) -> Rows:
    state = opened.state
    if state.dose is None:
        return [("Planned", "none ordered")]
    dose = state.dose
    given = state.delivered_mg(opened.end_ns)
    share = given / float(dose.dose_mg) * 100
    return [
        ("Planned", planned_in_words(dose)),
        ("Delivered", f"{given:.2f} mg ({share:.0f} %)"),
        ("Ordered by", dose.ordered_by),
        ("Checked by", state.dose_checked_by or "nobody"),
    ]


def _times(opened: OpenedSession) -> Rows:
    state = opened.state
    started, ended = state.infusion_started_ns, state.infusion_ended_ns
    if started is None:
        return [("Infusion", "never started")]
    until = "" if ended is None else f" to {short_clock_text(opened, ended)}"
    lasted = span_text((opened.end_ns if ended is None else ended) - started)
    rows = [
        ("Infusion", f"{short_clock_text(opened, started)}{until}, {lasted}"),
        ("Paused", span_text(_time_in(opened, Phase.PAUSED))),
    ]
    if any(span.phase is Phase.RECOVERY for span in opened.history.phases):
        rows.append(("Recovery", span_text(_time_in(opened, Phase.RECOVERY))))
    return rows


def _time_in(opened: OpenedSession, phase: Phase) -> int:
    end_s = opened.end_ns / NS_PER_S
    spans = [span for span in opened.history.phases if span.phase is phase]
    seconds = sum((end_s if s.end_s is None else s.end_s) - s.start_s for s in spans)
    return round(seconds * NS_PER_S)


def _baseline(opened: OpenedSession) -> Rows:
    frozen = opened.state.baseline_event
    if frozen is None:
        return [("Baseline", "never frozen")]
    values = opened.state.baseline
    rows = [
        (VITALS[vital].label, f"{VITALS[vital].format(values[vital])} {VITALS[vital].unit_text}")
        for vital in _BASELINE
        if vital in values
    ]
    doubt = ", from one blood pressure" if frozen.low_confidence else ""
    rows.append(("Frozen", f"{short_clock_text(opened, frozen.t_ns)} by {frozen.by}{doubt}"))
    return rows


def _peak(opened: OpenedSession, rise: Rise) -> Rows:
    spec = VITALS[rise.vital]
    if rise.peak is None or rise.peak_ns is None:
        return [(spec.label, "-- nothing measured")]
    at = short_clock_text(opened, rise.peak_ns)
    mean = "--" if rise.mean_rise is None else signed(rise.mean_rise, 1)
    change = "--" if rise.peak_rise is None else signed(rise.peak_rise)
    return [
        (spec.label, f"{spec.format(rise.baseline)} → {spec.format(rise.peak)} at {at}"),
        ("", f"rise {change}, mean {mean}"),
    ]


def _alarms(opened: OpenedSession) -> Rows:
    episodes = alarm_episodes(opened.history)
    counted = []
    for priority in sorted(Priority, key=lambda one: -one.rank):
        count = sum(1 for episode in episodes if episode.priority is priority)
        sign = PRIORITY_SIGNS[priority]
        counted.append((f"{sign.mark} {sign.word}", str(count)))
    silent = sum(1 for episode in episodes if episode.acknowledged_ns is None)
    took = summary_text(opened.history.latencies.rows)
    return [*counted, ("Nobody answered", str(silent)), ("How soon", took)]


def _record(opened: OpenedSession) -> Rows:
    rows = []
    for vital, name in ((Vital.PR, "Pulse rate"), (Vital.SPO2, "SpO2")):
        share = completeness(opened.state, opened.history, opened.end_ns, vital)
        rows.append((name, "--" if share is None else f"{share * 100:.1f} % of the infusion"))
    done, missed = tasks_done(opened.history)
    rows.append(("Checks", f"{done} done, {missed} missed"))
    gaps = sum(end - start for start, end in opened.history.gaps_s)
    if gaps:
        rows.append(("Gaps", span_text(round(gaps * NS_PER_S))))
    return rows
