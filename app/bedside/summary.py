"""The last page: what was given, what it did, what was answered, and the signature."""

from __future__ import annotations

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

from app.amended import Struck
from app.bedside.account_panel import AccountPanel
from app.bedside.alarm_side import AlarmSide
from app.bedside.banner import AlarmBanner
from app.bedside.cover import StoppedCover, Veil
from app.bedside.fields import (
    TextField,
    labelled,
    show_text,
    small_label,
    strike_out,
    wrapped_label,
)
from app.bedside.file_viewer import show_file
from app.bedside.flag_bar import FlagBar
from app.bedside.form_panel import FormPanel
from app.bedside.header import Header
from app.bedside.lock_strip import LockStrip, is_locked, locked_words
from app.bedside.person_side import PersonSide
from app.bedside.proof_box import PersonField, asks_proof
from app.bedside.refilled_layout import RefilledLayout
from app.bedside.section import Refusals
from app.bedside.summary_care import care_rows
from app.bedside.summary_rows import (
    Rows,
    alarm_rows,
    data_rows,
    observation_rows,
    rise_rows,
    time_rows,
    who_rows,
)
from app.bedside.summary_scales import scale_rows
from app.bedside.summary_signing import AmendFrame, SignFrame
from app.bedside.times import time_of_day
from app.history import History
from app.printing.press import NO_SITE, Press
from app.state import ViewState
from app.state_ledger import is_open, keeps_account
from app.theme import GRID_PX, style
from protocols.events import CloseSession, Phase
from protocols.vitals import NS_PER_S

NOT_PRIMARY = (
    "This record is not the primary alarm: the monitors' own alarms and the person at the bedside "
    "stayed in charge."
)

EARLY = "Reason for ending before discharge"
ACCOUNT_OPEN = "Reason for closing before the drug is reconciled"

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
        self._filled = RefilledLayout(self._grid)

    def show_rows(self, rows: Rows) -> None:
        """Show `rows`; the first column is quiet, the last takes the space that is left."""
        if rows == self._rows:
            return
        self._rows = rows
        self._filled.clear()
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                last = column == len(row) - 1
                label = wrapped_label(text) if last else QLabel(text)
                label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
                label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                if column == 0 and not last:
                    style(label, tone="dim")
                if isinstance(text, Struck):
                    strike_out(label)
                self._filled.add(label, number, column)
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
        person_wanted: somebody wants to say who they are.
        lock_wanted: the person at the bedside leaves it.
    """

    intended = Signal(object)
    person_wanted = Signal()
    lock_wanted = Signal()

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
        self.amend = AmendFrame()
        self.amend.intended.connect(self.intended)
        column.addWidget(self._panel("Corrections and late entries", self.amend))
        column.addWidget(self._make_signature())
        self.signing = SignFrame()
        self.signing.intended.connect(self.intended)
        column.addWidget(self._panel("Signatures", self.signing))
        column.addWidget(small_label(NOT_PRIMARY, name="not the primary alarm"))
        column.addStretch(1)
        self._lay_out(page)

    def _lay_out(self, page: QWidget) -> None:
        """Header, alarms and what opens at the side, around `page`, which scrolls."""
        self.header = Header()
        self.banner = AlarmBanner()
        self.side = AlarmSide()
        self.person = PersonSide(self.side)
        self.person.lock_wanted.connect(self.lock_wanted)
        self.locked = False
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
        whole.addLayout(middle, 1)
        middle.setSpacing(GRID_PX)
        middle.addWidget(self.scroll_area, 1)
        middle.addWidget(self.side)
        middle.addWidget(self.person)
        self.flag_bar = FlagBar()
        self.flag_bar.intended.connect(self.intended)
        whole.addWidget(self.flag_bar)
        self.lock_strip = LockStrip()
        whole.addWidget(self.lock_strip)
        for asking in (self.header.person_touched, self.lock_strip.clicked):
            asking.connect(self.person_wanted)
        self.veils = [Veil(part) for part in (self.who, self.form)]
        self.cover = StoppedCover(self)

    def _make_tables(self, column: QVBoxLayout) -> None:
        """The rows that tell the session, each under its title."""
        pair = QHBoxLayout()
        column.addLayout(pair)
        pair.setSpacing(16)
        self.who = Facts("who and what")
        self.times = Facts("times")
        pair.addWidget(self._panel("Patient and dose", self.who), 1)
        pair.addWidget(self._panel("Times", self.times), 1)
        self.rises = Facts("pressures and heart rate")
        self.data = Facts("completeness of the record")
        second = QHBoxLayout()
        column.addLayout(second)
        second.setSpacing(16)
        second.addWidget(self._panel("Pressure and heart rate since drug began", self.rises), 1)
        second.addWidget(self._panel("Completeness", self.data), 1)
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
        self.name = PersonField("your name as signature", "name and profession", "You")
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
        column.addWidget(labelled("Your name, as who performed it", self.name))
        column.addWidget(self.reason_box)
        row = QHBoxLayout()
        column.addLayout(row)
        row.addWidget(self.close_button)
        row.addStretch(1)
        column.addWidget(self.problem)
        column.addWidget(self.refusals)
        return self._panel("Closing the session", self.entry, self.closed_label)

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show `state`; the tables are made anew only when something in them changed."""
        self._phase = state.phase
        self.name.ask_proof(proves=asks_proof(state))
        if self.name.proves:
            self.name.setPlaceholderText(f"{state.people.name}, who is signed in")
        self.person.show_person(state.people.person)
        locked = is_locked(state) and state.closed is None
        self.lock_strip.say(locked_words(state) if locked else "")
        self._show_locked(locked=locked)
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
        self.amend.render(state, history, now_ns)
        self.signing.render(state, history)
        self.refusals.watch(state)
        self.entry.setVisible(state.closed is None)
        closed = state.closed
        why = f" ({closed.reason})" if closed is not None and closed.reason else ""
        show_text(
            self.closed_label,
            f"{'Closed' if asks_proof(state) else 'Closed and signed'} by {closed.by} at "
            f"{time_of_day(state, closed.t_ns)}{why}."
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
        self.who.show_rows(who_rows(state, now_ns))
        self.times.show_rows(time_rows(state))
        self.rises.show_rows(rise_rows(state, history))
        self.data.show_rows(data_rows(state, history, now_ns))
        self.alarms.show_rows(alarm_rows(state, history))
        self.scales.show_rows(scale_rows(state))
        self.care.show_rows(care_rows(state, history))
        self.observations.show_rows(observation_rows(state, history))

    def _show_locked(self, *, locked: bool) -> None:
        if locked is self.locked:
            return
        self.locked = self.header.veiled = locked
        entering = (self.account, self.form, self.entry, self.side.page, self.flag_bar)
        for part in (*entering, self.banner.acknowledge):
            part.setEnabled(not locked)
        for veil in self.veils:
            veil.setVisible(locked)

    def show_core(self, *, alive: bool) -> None:
        """Cover all but the header while the core gives no life sign."""
        self.cover.show_core(alive=alive, below=self.banner)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the cover over all but the header."""
        super().resizeEvent(event)
        self.cover.place(self.banner)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F1 acknowledge, F2 pause sound, F3 alarms, Ctrl+W who is here, Ctrl+Q lock, Escape."""
        key = event.key()
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if control and key == Qt.Key.Key_W:
            self.person_wanted.emit()
        elif control and key == Qt.Key.Key_Q:
            self.lock_wanted.emit()
        elif key == Qt.Key.Key_Escape and not self.person.isHidden():
            self.person.close_side()
        elif key == Qt.Key.Key_F1:
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
        self.person.close_side()
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
