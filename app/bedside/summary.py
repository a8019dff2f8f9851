"""The last page: what was given, what it did, what was answered, and the signature."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.age import age_years
from app.bedside.account_panel import AccountPanel
from app.bedside.alarm_side import AlarmSide
from app.bedside.banner import AlarmBanner
from app.bedside.cover import StoppedCover
from app.bedside.fields import TextField, labelled, show_text, small_label, wrapped_label
from app.bedside.file_viewer import show_file
from app.bedside.flag_bar import FlagBar
from app.bedside.form_panel import FormPanel
from app.bedside.header import Header
from app.bedside.section import Refusals
from app.bedside.summary_care import care_rows
from app.bedside.summary_numbers import (
    AlarmEpisode,
    alarm_episodes,
    completeness,
    rises,
    tasks_done,
)
from app.bedside.summary_scales import scale_rows
from app.bedside.times import local_time, minutes_text, time_of_day
from app.bedside.wording import signed
from app.giving_words import GivingEvent, giving_words
from app.history import History
from app.latency_ledger import summary_text
from app.printing.press import NO_SITE, Press
from app.state import ViewState
from app.state_ledger import is_open, keeps_account
from app.theme import GRID_PX, PRIORITY_SIGNS, style
from protocols.dosing.order_words import planned_in_words
from protocols.dosing.pump_check import volume_words
from protocols.events import CloseSession, ObservationRecorded, Phase
from protocols.vitals import NS_PER_S, VITALS, Vital

NOT_PRIMARY = (
    "This record is not the primary alarm: the monitors' own alarms and the person at the bedside "
    "stayed in charge."
)

EARLY = "Reason for ending before discharge"
ACCOUNT_OPEN = "Reason for closing before the drug is reconciled"

Rows = Sequence[tuple[str, ...]]

_RECOUNT_NS = 10 * NS_PER_S
"""Numbers that change with the clock alone are counted anew this often."""


class Facts(QWidget):
    """Rows of words in columns, rebuilt only when they differ."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        style(self, clear=True)
        self._rows: Rows | None = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(6)

    def show_rows(self, rows: Rows) -> None:
        """Show `rows`; the first column is quiet, the last takes the space that is left."""
        if rows == self._rows:
            return
        self._rows = rows
        while (item := self._grid.takeAt(0)) is not None:
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                last = column == len(row) - 1
                label = wrapped_label(text) if last else QLabel(text)
                label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
                label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                if column == 0 and not last:
                    style(label, tone="dim")
                self._grid.addWidget(label, number, column)
        widest = max((len(row) for row in rows), default=1)
        for column in range(8):
            self._grid.setColumnStretch(column, int(column == widest - 1))

    def text(self) -> str:
        """All rows as lines, cells apart by a tab."""
        return "\n".join("\t".join(row) for row in self._rows or ())


class SummaryPage(QWidget):
    """The whole session on one page under its header, and the name that closes it.

    Signals:
        intended: `CloseSession`, its `by` being the name typed as signature, and entries of the
            drug's account.
    """

    intended = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key: tuple[object, ...] | None = None
        self._phase = Phase.SETUP
        self._account_open = False
        page = QWidget()
        outer = QHBoxLayout(page)
        outer.setContentsMargins(24, 24, 24, 24)
        column = QVBoxLayout()
        column.setSpacing(16)
        outer.addStretch(1)
        outer.addLayout(column, 40)
        outer.addStretch(1)
        heading = QLabel("Summary of the session")
        style(heading, role="large")
        self.simulated_label = QLabel("SIMULATED: no person was treated")
        style(self.simulated_label, role="title", tone="attention")
        column.addWidget(heading)
        column.addWidget(self.simulated_label)
        self._make_tables(column)
        self.account = AccountPanel(columns=4)
        self.account.intended.connect(self.intended)
        self.account_frame = self._panel("Account of the drug", self.account)
        column.addWidget(self.account_frame)
        self.form = FormPanel(Press(lambda: NO_SITE, show_file))
        self.form.intended.connect(self.intended)
        column.addWidget(self.form)
        column.addWidget(self._make_signature())
        column.addWidget(small_label(NOT_PRIMARY, name="not the primary alarm"))
        column.addStretch(1)
        self.header = Header()
        self.banner = AlarmBanner()
        self.side = AlarmSide()
        self.banner.asked.connect(self._show_alarms)
        self.side.closed.connect(self.setFocus)
        for source in (self.banner, self.side):
            source.intended.connect(self.intended)
        self.scroll_area = QScrollArea()
        self.scroll_area.setWidgetResizable(True)
        self.scroll_area.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scroll_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll_area.setWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(GRID_PX, 4, GRID_PX, GRID_PX)
        whole.setSpacing(GRID_PX)
        whole.addWidget(self.header)
        whole.addWidget(self.banner)
        middle = QHBoxLayout()
        middle.setSpacing(GRID_PX)
        middle.addWidget(self.scroll_area, 1)
        middle.addWidget(self.side)
        whole.addLayout(middle, 1)
        self.flag_bar = FlagBar()
        self.flag_bar.intended.connect(self.intended)
        whole.addWidget(self.flag_bar)
        self.cover = StoppedCover(self)

    def _make_tables(self, column: QVBoxLayout) -> None:
        """The rows that tell the session, each under its title."""
        pair = QHBoxLayout()
        pair.setSpacing(16)
        self.who = Facts("who and what")
        self.times = Facts("times")
        pair.addWidget(self._panel("Patient and dose", self.who), 1)
        pair.addWidget(self._panel("Times", self.times), 1)
        column.addLayout(pair)
        self.rises = Facts("pressures and heart rate")
        self.data = Facts("completeness of the record")
        second = QHBoxLayout()
        second.setSpacing(16)
        second.addWidget(self._panel("Pressure and heart rate since drug began", self.rises), 1)
        second.addWidget(self._panel("Completeness", self.data), 1)
        column.addLayout(second)
        self.alarms = Facts("alarms")
        column.addWidget(self._panel("Alarms and what was done", self.alarms))
        self.scales = Facts("scales")
        column.addWidget(self._panel("Scales", self.scales))
        self.care = Facts("care around the dose")
        column.addWidget(self._panel("Side effects, checklists, people", self.care))
        self.observations = Facts("observations")
        column.addWidget(self._panel("Events, drugs and notes", self.observations))

    def _panel(self, title: str, *widgets: QWidget) -> QFrame:
        frame = QFrame()
        style(frame, surface="panel")
        column = QVBoxLayout(frame)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        heading = wrapped_label(title)
        style(heading, role="title")
        column.addWidget(heading)
        for widget in widgets:
            column.addWidget(widget)
        column.addStretch(1)
        return frame

    def _make_signature(self) -> QFrame:
        self.name = TextField("your name as signature", "name and profession")
        self.reason = TextField("reason", "why the session is closed like this")
        self.reason_label = small_label(name="what the reason is for")
        self.reason_box = QWidget()
        style(self.reason_box, clear=True)
        reasons = QVBoxLayout(self.reason_box)
        reasons.setContentsMargins(0, 0, 0, 0)
        reasons.setSpacing(4)
        reasons.addWidget(self.reason_label)
        reasons.addWidget(self.reason)
        self.close_button = QPushButton("Close session")
        style(self.close_button, kind="primary")
        self.close_button.clicked.connect(self._close)
        self.problem = wrapped_label(name="what is missing")
        style(self.problem, tone="attention", strong=True)
        self.problem.hide()
        self.refusals = Refusals(CloseSession)
        self.closed_label = wrapped_label(name="closed")
        style(self.closed_label, strong=True)
        self.entry = QWidget()
        style(self.entry, clear=True)
        column = QVBoxLayout(self.entry)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(labelled("Type your name to sign: performed by", self.name))
        column.addWidget(self.reason_box)
        row = QHBoxLayout()
        row.addWidget(self.close_button)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self.problem)
        column.addWidget(self.refusals)
        return self._panel("Signature", self.entry, self.closed_label)

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show `state`; the tables are made anew only when something in them changed."""
        self._phase = state.phase
        self.header.render(state, history, now_ns)
        self.banner.actionable = state.closed is None
        self.banner.setVisible(state.closed is None)
        self.banner.render(state, history, now_ns)
        self.side.page.actionable = state.closed is None
        self.side.render(state, history, now_ns)
        self.flag_bar.render(state, history, now_ns)
        self.form.render(state, history, now_ns)
        self.simulated_label.setVisible(state.simulated)
        self._account_open = is_open(state, now_ns)
        early = state.phase is not Phase.DISCHARGED
        self.reason_box.setVisible(early or self._account_open)
        show_text(self.reason_label, EARLY if early else ACCOUNT_OPEN)
        self.account_frame.setVisible(keeps_account(state))
        self.account.render(state, history, now_ns)
        self.refusals.watch(state)
        self.entry.setVisible(state.closed is None)
        closed = state.closed
        why = f" ({closed.reason})" if closed is not None and closed.reason else ""
        show_text(
            self.closed_label,
            f"Closed and signed by {closed.by} at {time_of_day(state, closed.t_ns)}{why}."
            if closed is not None
            else "",
        )
        end_ns = closed.t_ns if closed is not None else now_ns
        tick = end_ns // _RECOUNT_NS if closed is None else -1
        key = (history.version, tick, state.patient, state.weight, state.dose, state.delivery)
        if key != self._key:
            self._key = key
            self._show_tables(state, history, end_ns)

    def _show_tables(self, state: ViewState, history: History, now_ns: int) -> None:
        self.who.show_rows(_who_rows(state, now_ns))
        self.times.show_rows(_time_rows(state))
        self.rises.show_rows(_rise_rows(state, history))
        self.data.show_rows(_data_rows(state, history, now_ns))
        self.alarms.show_rows(_alarm_rows(state, history))
        self.scales.show_rows(scale_rows(state))
        self.care.show_rows(care_rows(state, history))
        self.observations.show_rows(_observation_rows(state, history))

    def show_core(self, *, alive: bool) -> None:
        """Cover all but the header while the core gives no life sign."""
        self.cover.show_core(alive=alive, below=self.banner)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the cover over all but the header."""
        super().resizeEvent(event)
        self.cover.place(self.banner)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F1 acknowledge, F2 pause sound, F3 alarms, Escape closes them; anything else goes on."""
        key = event.key()
        if key == Qt.Key.Key_F1:
            self.banner.ask_acknowledge()
        elif key == Qt.Key.Key_F2:
            self.banner.toggle_sound()
        elif key == Qt.Key.Key_F3:
            self._show_alarms("")
        elif key == Qt.Key.Key_Escape and not self.side.isHidden():
            self.side.close_list()
        else:
            super().keyPressEvent(event)

    @Slot(str)
    def _show_alarms(self, alarm: str) -> None:
        """Open the list of alarms beside the summary; asked for as such again, close it."""
        if self.side.isHidden() or alarm:
            self.side.open_list()
        else:
            self.side.close_list()

    @Slot()
    def _close(self) -> None:
        if not self.name.words():
            show_text(self.problem, "Type your name: it signs the record.")
            self.name.setFocus()
            return
        early = self._phase is not Phase.DISCHARGED
        reason = self.reason.words() if early or self._account_open else ""
        if early and not reason:
            show_text(self.problem, "The patient is not discharged: give the reason for closing.")
            self.reason.setFocus()
            return
        if self._account_open and not reason:
            show_text(self.problem, "The drug is not reconciled: do so above, or give the reason.")
            self.reason.setFocus()
            return
        show_text(self.problem, "")
        self.refusals.forget()
        self.intended.emit(CloseSession(t_ns=0, by=self.name.words(), reason=reason))


def _who_rows(state: ViewState, now_ns: int) -> Rows:
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


def _time_rows(state: ViewState) -> Rows:
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


def _rise_rows(state: ViewState, history: History) -> Rows:
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


def _data_rows(state: ViewState, history: History, now_ns: int) -> Rows:
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


def _alarm_rows(state: ViewState, history: History) -> Rows:
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


def _observation_rows(state: ViewState, history: History) -> Rows:
    rows: list[tuple[str, ...]] = []
    for event in history.listed:
        if isinstance(event, ObservationRecorded):
            at_ns = event.t_ns if event.happened_ns is None else event.happened_ns
            text = _observation_text(event)
            rows.append((time_of_day(state, at_ns), event.kind, event.by, text))
        elif isinstance(event, GivingEvent):
            rows.append((time_of_day(state, event.t_ns), "dose", event.by, giving_words(event)))
    return rows or [("Nothing was recorded.",)]


def _observation_text(event: ObservationRecorded) -> str:
    severity = f" {event.severity}/10" if event.severity is not None else ""
    text = f": {event.text}" if event.text else ""
    purpose = f", {event.purpose}" if event.purpose else ""
    return f"{event.label}{severity}{text}{purpose}"
