"""The numbers of page one: a glance first, then each number in full, then what else is recorded."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.bedside.summary import Facts
from app.bedside.summary_rows import Rows
from app.bedside.summary_scales import scale_rows
from app.latency_ledger import summary_text
from app.records.catalogue import OpenedSession
from app.review.figure_groups import GLANCE, figure_groups
from app.review.figure_list import FigureList
from app.review.rows import short_clock_text, span_text
from app.reviewing.figures import SessionFigures
from app.session_numbers import alarm_episodes
from app.theme import PRIORITY_SIGNS, style
from protocols.dosing.order_words import planned_in_words
from protocols.events import Phase, Priority
from protocols.vitals import NS_PER_S, VITALS, Vital

FIGURES = (
    GLANCE,
    "Rises",
    "Time beyond limits",
    "Data",
    "Checks",
    "Critical alarms",
    "Drug",
)
GROUPS = ("Dose", "Times", "Alarms", "Scales", "Baseline", "Gaps")

_BASELINE = (Vital.SBP, Vital.DBP, Vital.MAP, Vital.HR, Vital.PR, Vital.SPO2, Vital.RR)


class NumbersPanel(QScrollArea):
    """Groups under their headings; all but the glance are folded until they are asked for.

    Signals:
        moment_chosen: session time in ns (as an object) that a number speaks of.
    """

    moment_chosen = Signal(object)

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
        self.lists: dict[str, FigureList] = {}
        self.facts: dict[str, Facts] = {}
        self.headings: dict[str, QPushButton] = {}
        for name in (*FIGURES, *GROUPS):
            heading = QPushButton()
            heading.setCheckable(False)
            style(heading, kind="fold")
            heading.setProperty("group", name)
            heading.clicked.connect(self._fold)
            self.headings[name] = heading
            column.addWidget(heading)
            column.addWidget(self._make_group(name))
            self.open_group(name, is_open=name == GLANCE)
        column.addStretch(1)
        self.setWidget(page)

    def _make_group(self, name: str) -> QWidget:
        if name in FIGURES:
            made = self.lists[name] = FigureList(name)
            made.moment_chosen.connect(self.moment_chosen)
            return made
        facts = self.facts[name] = Facts(name)
        return facts

    def open_group(self, name: str, *, is_open: bool) -> None:
        """Show the lines of a group, or fold them under its heading."""
        heading = self.headings[name]
        heading.setText(f"{'▾' if is_open else '▸'} {name}")
        heading.setAccessibleName(name)
        heading.setAccessibleDescription("open" if is_open else "folded")
        self._group(name).setVisible(is_open)

    def _group(self, name: str) -> QWidget:
        return self.lists[name] if name in self.lists else self.facts[name]

    @Slot()
    def _fold(self) -> None:
        name = str(self.sender().property("group"))
        self.open_group(name, is_open=self._group(name).isHidden())

    def show_session(self, opened: OpenedSession, figures: SessionFigures) -> None:
        """Show the numbers of `opened`."""
        for name, lines in figure_groups(opened, figures).items():
            self.lists[name].show_lines(opened, lines)
        for name, rows in number_rows(opened).items():
            self.facts[name].show_rows(rows)


def number_rows(opened: OpenedSession) -> dict[str, Rows]:
    """What else is told of a session as rows of words; ``--`` where the record has none."""
    return {
        "Dose": _dose(opened),
        "Times": _times(opened),
        "Baseline": _baseline(opened),
        "Alarms": _alarms(opened),
        "Scales": scale_rows(opened.state),
        "Gaps": _gaps(opened),
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


def _gaps(opened: OpenedSession) -> Rows:
    gaps = opened.history.gaps_s
    if not gaps:
        return [("Gaps", "none: something was recorded all the time")]
    return [
        (short_clock_text(opened, round(start * NS_PER_S)), span_text(round((end - start) * 1e9)))
        for start, end in gaps
    ]
