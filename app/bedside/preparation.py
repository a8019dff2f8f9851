"""The preparation page: its sections on one scrolling page, and Start at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.bedside.banner import AlarmBanner
from app.bedside.baseline_section import BaselineSection
from app.bedside.care_section import CareSection
from app.bedside.confirm_bar import ConfirmBar
from app.bedside.cover import StoppedCover, Veil
from app.bedside.dose_section import DoseSection
from app.bedside.drug_section import DrugSection
from app.bedside.fields import show_text, small_label
from app.bedside.flag_bar import FlagBar
from app.bedside.gate_section import GateSection
from app.bedside.header import Header
from app.bedside.lock_strip import LockStrip, is_locked, locked_words
from app.bedside.monitors_section import MonitorsSection
from app.bedside.patient_section import KnownPatient, PatientSection
from app.bedside.person_side import PersonSide
from app.bedside.scales_section import ScalesSection
from app.bedside.section import Refusals, Section, Standing
from app.bedside.section_list import SectionList
from app.bedside.side_panel import SidePanel
from app.bedside.sound_section import SoundSection
from app.bedside.start_panel import NO_SPO2, StartPanel, has_present_spo2
from app.history import History
from app.records.course_book import CourseBook
from app.state import ViewState
from app.theme import GRID_PX, active_sizes, style
from protocols.events import AdvancePhase, Phase

PAGE_WIDTH_PX = 1240
WIDE_PX = 1640
"""From this width on, navigation, page and list of alarms stand side by side."""


class PreparationPage(QWidget):
    """Everything before drug begins, under the header and the alarms.

    Keys: F1 acknowledge, F2 pause sound, F3 alarms, Ctrl+D correct, Ctrl+W who is here, Ctrl+Q
    lock, Escape closes what is open at the side.

    While locked nothing can be entered and the patient is not named; what was typed stays, and
    values and alarms are shown as ever.

    Signals:
        intended: what a person wants done, a `Command` with `t_ns` 0; `by` is empty unless a
            second person or a prescriber acts.
        person_wanted: somebody wants to say who they are.
        lock_wanted: the person at the bedside leaves it.
    """

    intended = Signal(object)
    person_wanted = Signal()
    lock_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._phase = Phase.SETUP
        self._last: tuple[ViewState, History, int] = (ViewState(), History(), 0)
        self.header = Header()
        self.banner = AlarmBanner()
        self.side = SidePanel()
        self.person = PersonSide(self.side)
        self.locked = False
        self.confirm_bar = ConfirmBar()
        self.flag_bar = FlagBar()
        self.patient = PatientSection()
        self.gate = GateSection()
        self.scales = ScalesSection()
        self.scales.wanted.connect(self._fill_in)
        self.care = CareSection()
        self.dose = DoseSection()
        self.drug = DrugSection()
        self.monitors = MonitorsSection()
        self.sound = SoundSection()
        self.baseline = BaselineSection()
        self.sections: tuple[Section, ...] = (
            self.patient,
            self.gate,
            self.scales,
            self.care,
            self.dose,
            self.drug,
            self.monitors,
            self.sound,
            self.baseline,
        )
        self.start = StartPanel()
        self.navigation = SectionList(self.sections)
        self.navigation.wanted.connect(self._show_section)
        self.scroll_area = self._make_scroll()
        for section in self.sections:
            section.intended.connect(self.intended)
        for source in (self.start, self.banner, self.side, self.confirm_bar, self.flag_bar):
            source.intended.connect(self.intended)
        self.dose.check_button.clicked.connect(self._show_check)
        self.banner.asked.connect(self._show_alarms)
        for side in (self.side, self.person):
            side.closed.connect(self._make_room)
        self.lock_strip = LockStrip()
        for asking in (self.header.person_touched, self.lock_strip.clicked):
            asking.connect(self.person_wanted)
        self.person.lock_wanted.connect(self.lock_wanted)
        self._lay_out()
        self.veil = Veil(self.patient)
        self.cover = StoppedCover(self)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID_PX, 4, GRID_PX, GRID_PX)
        column.setSpacing(GRID_PX)
        column.addWidget(self.header)
        column.addWidget(self.banner)
        row = QHBoxLayout()
        column.addLayout(row, 1)
        row.setSpacing(GRID_PX)
        row.addWidget(self.navigation)
        row.addWidget(self.scroll_area, 1)
        row.addWidget(self.side)
        row.addWidget(self.person)
        column.addWidget(self.flag_bar)
        column.addWidget(self.confirm_bar)
        self.footer = self._make_footer()
        column.addWidget(self.lock_strip)
        column.addWidget(self.footer)

    def _make_scroll(self) -> QScrollArea:
        page = QWidget()
        page.setMaximumWidth(PAGE_WIDTH_PX)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 16, 0)
        column.setSpacing(16)
        for section in self.sections:
            column.addWidget(section)
        column.addWidget(self.start)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.verticalScrollBar().setSingleStep(active_sizes().touch)
        scroll.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        scroll.setWidget(page)
        return scroll

    def _make_footer(self) -> QFrame:
        footer = QFrame()
        style(footer, surface="panel")
        self.step_label = QLabel()
        style(self.step_label, strong=True)
        self.missing_label = small_label(name="what the next step waits for")
        self.correct_button = QPushButton("Correct  Ctrl+D")
        self.correct_button.setAccessibleName("Correct an entry, or add a late one")
        style(self.correct_button, kind="quiet")
        self.correct_button.clicked.connect(self._show_corrections)
        self.continue_button = QPushButton("Continue")
        style(self.continue_button, kind="primary")
        self.continue_button.clicked.connect(self._continue)
        self.refusals = Refusals(AdvancePhase)
        column = QVBoxLayout(footer)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(4)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(16)
        row.addWidget(self.step_label)
        row.addWidget(self.missing_label, 1)
        row.addWidget(self.correct_button)
        row.addWidget(self.continue_button)
        column.addWidget(self.refusals)
        return footer

    def set_known_patients(self, patients: Sequence[KnownPatient]) -> None:
        """Offer `patients` of earlier visits to choose from."""
        self.patient.set_known_patients(patients)

    def set_course_book(self, book: CourseBook) -> None:
        """Look the courses of patients up in `book`."""
        self.patient.course.set_book(book)

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show `state` as it is at `now_ns`."""
        self._phase = state.phase
        self._last = (state, history, now_ns)
        self.person.show_person(state.people.person)
        self.lock_strip.say(locked_words(state) if is_locked(state) else "")
        self._show_locked(locked=is_locked(state))
        for part in (self.banner, self.side, self.confirm_bar, self.flag_bar):
            part.render(state, history, now_ns)
        self.drug.hide_amounts(self.dose.checking)
        for section in self.sections:
            section.render(state, history, now_ns)
        blind = self.dose.checking
        self.patient.hide_weight(blind)
        self.header.render(replace(state, weight=None) if blind else state, history, now_ns)
        self._make_room()
        self.navigation.render()
        self.start.render(state, self._holds(state), self._caution())
        self._show_step(state)
        self.refusals.watch(state)

    def _show_locked(self, *, locked: bool) -> None:
        if locked is self.locked:
            return
        self.locked = self.header.veiled = locked
        entering = (*self.sections, *self.side.pages.values(), self.start, self.footer)
        for part in (*entering, self.flag_bar, self.confirm_bar, self.banner.acknowledge):
            part.setEnabled(not locked)
        self.veil.setVisible(locked)

    def show_core(self, *, alive: bool) -> None:
        """Cover all but the header while the core gives no life sign."""
        self.cover.show_core(alive=alive, below=self.banner)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the cover over all but the header."""
        super().resizeEvent(event)
        self.cover.place(self.banner)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys named above; anything else goes on."""
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if control and event.key() == Qt.Key.Key_W:
            self.person_wanted.emit()
        elif control and event.key() == Qt.Key.Key_Q:
            self.lock_wanted.emit()
        elif control and event.key() == Qt.Key.Key_D:
            self._show_corrections()
        elif event.key() == Qt.Key.Key_F1:
            self.banner.ask_acknowledge()
        elif event.key() == Qt.Key.Key_F2:
            self.banner.toggle_sound()
        elif event.key() == Qt.Key.Key_F3:
            self._show_alarms("")
        elif event.key() == Qt.Key.Key_Escape and not self.person.isHidden():
            self.person.close_side()
        elif event.key() == Qt.Key.Key_Escape and self.side.name:
            self.side.close_page()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _make_room(self) -> None:
        """Put the navigation away while what is open at the side needs its place."""
        open_beside = bool(self.side.name) or not self.person.isHidden()
        self.navigation.setVisible(not open_beside or self.width() >= WIDE_PX)

    @Slot()
    def _show_corrections(self) -> None:
        """Open the corrections beside the sections; asked for again, close them."""
        if self.locked:
            return
        self.person.close_side()
        if self.side.name == "correct":
            self.side.close_page()
        else:
            self.side.open_page("correct", *self._last)
        self._make_room()

    @Slot(str)
    def _fill_in(self, scale: str) -> None:
        self.person.close_side()
        self.side.open_scale(scale, *self._last)
        self._make_room()

    @Slot(str)
    def _show_alarms(self, alarm: str) -> None:
        """Open the list of alarms beside the page; the list itself closes it again."""
        self.person.close_side()
        if self.side.name == "alarms" and not alarm:
            self.side.close_page()
        else:
            self.side.open_page("alarms", *self._last)
        self._make_room()

    def _holds(self, state: ViewState) -> list[str]:
        must = (section for section in self.sections if section is not self.monitors)
        holds = [f"{s.title}: {s.because}" for s in must if s.standing is not Standing.DONE]
        if not holds and state.phase is not Phase.BASELINE:
            holds.append("Continue to the baseline phase first.")
        if not has_present_spo2(state, self._last[2]):
            holds.append(NO_SPO2)
        return holds

    def _caution(self) -> str:
        """What is wrong with a monitor and does not hold: blood pressure may be typed."""
        monitors = self.monitors
        return "" if monitors.standing is Standing.DONE else f"Monitors: {monitors.because}"

    def _waiting_for(self) -> tuple[Section, ...]:
        needed: tuple[Section, ...] = {
            Phase.SETUP: (self.patient, self.dose),
            Phase.GATE: (self.gate, self.scales),
        }.get(self._phase, (self.baseline,))
        return tuple(section for section in needed if section.standing is not Standing.DONE)

    def _show_step(self, state: ViewState) -> None:
        step, button = {
            Phase.SETUP: ("Step 1 of 3: patient and dose", "Continue to gate"),
            Phase.GATE: ("Step 2 of 3: gate", "Continue to baseline"),
        }.get(self._phase, ("Step 3 of 3: baseline and start", "Go to Start"))
        show_text(self.step_label, step)
        waiting = self._waiting_for()
        advances = self._phase in (Phase.SETUP, Phase.GATE)
        holds = (
            [f"{section.title}: {section.because}" for section in waiting]
            if advances
            else self._holds(state)
        )
        show_text(self.missing_label, "  ".join(holds) or "This step is complete.")
        if self.continue_button.text() != button:
            self.continue_button.setText(button)
        self.continue_button.setEnabled(not (advances and waiting))

    @Slot()
    def _continue(self) -> None:
        after = {Phase.SETUP: Phase.GATE, Phase.GATE: Phase.BASELINE}.get(self._phase)
        if after is None:
            self._reveal(self.start)
            self.start.first_field().setFocus()
            return
        self.refusals.forget()
        self._reveal(self.gate if after is Phase.GATE else self.baseline)
        self.intended.emit(AdvancePhase(t_ns=0, by="", phase=after))

    @Slot()
    def _show_check(self) -> None:
        check = self.dose.check
        QTimer.singleShot(0, check, lambda: self.scroll_area.ensureWidgetVisible(check))

    @Slot(object)
    def _show_section(self, section: Section) -> None:
        self._reveal(section)
        for widget in section.findChildren(QWidget):
            takes_tab = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            if takes_tab and widget.isEnabled() and widget.isVisibleTo(section):
                widget.setFocus(Qt.FocusReason.TabFocusReason)
                return

    def _reveal(self, widget: QWidget) -> None:
        """Bring `widget` to the top of the page, once the layout has settled."""
        QTimer.singleShot(0, widget, lambda: self._scroll_to(widget))

    def _scroll_to(self, widget: QWidget) -> None:
        self.scroll_area.verticalScrollBar().setValue(widget.y())
