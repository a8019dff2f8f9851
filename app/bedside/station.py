"""The bedside program's window: the first pages, then one live session, then the first page again.

The session itself is closed only by its own command: a window that is closed in between leaves an
unfinished session, which the next start offers to resume. A demonstration ends with its window.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.connect_page import ConnectPage
from app.bedside.courses_page import CoursesPage
from app.bedside.demo_bar import DemoBar
from app.bedside.fields import show_text, wrapped_label
from app.bedside.file_viewer import show_file
from app.bedside.foot_bar import FootBar
from app.bedside.patient_section import KnownPatient
from app.bedside.people_page import PeoplePage
from app.bedside.start_page import Door, StartPage, UnfinishedSession
from app.bedside.window import RUNNING, BedsideWindow
from app.printing.documents import Site
from app.printing.press import Press
from app.reception.desk import Binding, CutSession, Desk, DeskError, EarlierPatient, Visit
from app.theme import DARK, GRID_PX, style
from protocols.events import Phase

NURSE_LOOKS_MS = 250
"""How often the scripted nurse of a demonstration looks at the screen."""

LOOK_FOR_CUT_MS = 2_000
"""How often the first page looks for a session that waits to be resumed or closed."""

CLOSE_AGAIN_S = 10.0
"""A window closed during a session closes when it is asked again within so many seconds."""

NOBODY = "Say who is at the bedside first: choose or type the name below."
CLOSING_TEXT = (
    "A session is running. Closing this window stops the monitoring and leaves the session "
    "unfinished. Close again within 10 seconds to do so."
)
LOST_TEXT = "Not everything reached the record; the rest is kept in a side file beside it."


class Station(QWidget):
    """First page, connecting, people, and the session's own window, over one foot bar."""

    def __init__(self, desk: Desk, user: str = "", look: theme.Theme = DARK) -> None:
        """Open on `desk`; `user` is at the bedside until somebody else is chosen."""
        super().__init__()
        self.setWindowTitle("Infusion Room")
        self.setMinimumSize(960, 600)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._desk = desk
        self._look = look
        self._sizes: theme.Sizes | None = None
        self.visit: Visit | None = None
        self.session: BedsideWindow | None = None
        self._after_cut: Callable[[], Visit] | None = None
        self._asked_s = -CLOSE_AGAIN_S
        self._observer = ""
        self._phase = Phase.SETUP
        self._make_parts()
        self.foot.show_people([p.name for p in desk.settings.people], user or desk.settings.user)
        self._nurse_timer = QTimer(self)
        self._nurse_timer.setInterval(NURSE_LOOKS_MS)
        self._nurse_timer.timeout.connect(self._let_nurse_act)
        self._cut_timer = QTimer(self)
        self._cut_timer.setInterval(LOOK_FOR_CUT_MS)
        self._cut_timer.timeout.connect(self._look_for_cut)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._keep_focus)
        self._fit()
        self.say(desk.notice)

    def _make_parts(self) -> None:
        self.start = StartPage()
        self.start.door_chosen.connect(self._open_door)
        self.start.resume_chosen.connect(self._resume)
        self.start.close_chosen.connect(self._close_cut)
        self.connect_page = ConnectPage(self._desk)
        self.connect_page.prepare_wanted.connect(self._prepare)
        self.connect_page.back_wanted.connect(self.show_first_page)
        self.courses = CoursesPage(self._desk.courses)
        self.courses.back_wanted.connect(self.show_first_page)
        self.people = PeoplePage(self._desk)
        self.people.saved.connect(self._take_settings)
        self.people.back_wanted.connect(self.show_first_page)
        self._stack = QStackedWidget()
        for page in (self.start, self.connect_page, self.people, self.courses):
            self._stack.addWidget(page)
        self.foot = FootBar()
        self.foot.user_chosen.connect(self._take_user)
        self.foot.first_page_wanted.connect(self._leave_visit)
        self._make_notice()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.notice_bar, self._stack, self.foot):
            column.addWidget(widget, int(widget is self._stack))

    def _make_notice(self) -> None:
        self.notice_bar = QWidget()
        self.notice = wrapped_label(name="notice")
        style(self.notice, tone="attention", strong=True)
        hide = QPushButton("Understood")
        style(hide, kind="quiet")
        hide.clicked.connect(self.notice_bar.hide)
        row = QHBoxLayout(self.notice_bar)
        row.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        row.addWidget(self.notice, 1)
        row.addWidget(hide)
        self.notice_bar.hide()

    # The first pages -----------------------------------------------------------------------------

    def say(self, sentence: str) -> None:
        """Show `sentence` above everything until it is understood; empty: nothing to say."""
        show_text(self.notice, sentence)
        self.notice_bar.setVisible(bool(sentence))

    @Slot()
    def show_first_page(self) -> bool:
        """Show the doors, or the session that waits to be decided on; gives True."""
        self._stack.setCurrentWidget(self.start)
        self._look_for_cut()
        self._cut_timer.start()
        first = self.start.resume_button if self._shows_cut() else self.start.doors[Door.DEMO]
        first.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def decide_cut_then(self, open_visit: Callable[[], Visit]) -> bool:
        """Open a visit, but first show a real session that was cut and waits for a decision.

        Returns:
            False when the visit could not be opened, which is then said.
        """
        found = self._cut()
        if found is None or found.simulated:
            return self.begin(open_visit) or self.show_first_page()
        self._after_cut = open_visit
        return self.show_first_page()

    def _shows_cut(self) -> bool:
        return not self.start.unfinished_frame.isHidden()

    def _cut(self) -> CutSession | None:
        try:
            return self._desk.cut_session()
        except DeskError as error:
            self.say(str(error))
            return None

    @Slot()
    def _look_for_cut(self) -> None:
        found = self._cut()
        shown = None if found is None else _in_words(found, datetime.now().astimezone())
        self.start.show_unfinished(shown)
        self.start.show_machine(self._desk.machine_warnings())

    @Slot(object)
    def _open_door(self, door: Door) -> None:
        if door is Door.DEMO:
            self.begin(lambda: self._desk.open_demo(self.foot.user or "R. Example RN"))
            return
        self._cut_timer.stop()
        if door is Door.MONITOR:
            self._stack.setCurrentWidget(self.connect_page)
            self.connect_page.look()
            self.connect_page.rows["oximeter"].driver_box.setFocus()
        elif door is Door.COURSES:
            self.courses.user = self.foot.user
            self.courses.look()
            self._stack.setCurrentWidget(self.courses)
            self.courses.table.setFocus()
        else:
            self.people.fill()
            self._stack.setCurrentWidget(self.people)
            self.people.room.setFocus()

    @Slot()
    def _take_settings(self) -> None:
        settings = self._desk.settings
        names = [person.name for person in settings.people]
        self.foot.show_people(names, settings.user or self.foot.user)
        self.show_first_page()

    @Slot(object)
    def _prepare(self, bindings: Sequence[Binding]) -> None:
        user = self.foot.user
        if not user:
            self.say(NOBODY)
            self.foot.user_box.setFocus()
            return
        protocol = self.connect_page.protocol
        self.begin(lambda: self._desk.open_monitors(bindings, user, protocol))

    @Slot(str, str)
    def _resume(self, session: str, reason: str) -> None:
        user = self.foot.user
        if not user:
            self.say(NOBODY)
            self.foot.user_box.setFocus()
            return
        self.begin(lambda: self._desk.resume(session, user, reason or "resumed at start"))

    @Slot(str, str)
    def _close_cut(self, session: str, reason: str) -> None:
        user = self.foot.user
        if not user:
            self.say(NOBODY)
            self.foot.user_box.setFocus()
            return
        try:
            self._desk.close_cut(session, user, reason)
        except DeskError as error:
            self.say(str(error))
            return
        self.start.reason.clear()
        self.say("")
        self._look_for_cut()
        if self._after_cut is not None and not self._shows_cut():
            open_visit, self._after_cut = self._after_cut, None
            self.begin(open_visit)

    # The session ---------------------------------------------------------------------------------

    def begin(self, open_visit: Callable[[], Visit]) -> bool:
        """Open a visit and show it; False when it could not be opened, which is then said."""
        self._cut_timer.stop()
        try:
            visit = open_visit()
        except DeskError as error:
            self.say(str(error))
            return False
        self.say("")
        self.visit = visit
        self._observer = visit.feed.state.observer
        self.session = BedsideWindow(visit.feed, self.foot.user or "nurse", self._look)
        self.session.use_press(Press(partial(_site_of, self._desk), show_file))
        self.session.preparation.set_known_patients(
            [_known(patient) for patient in visit.earlier_patients()]
        )
        self.session.preparation.set_course_book(visit.courses)
        self._stack.addWidget(self.session)
        self._stack.setCurrentWidget(self.session)
        if visit.demo is not None:
            demo = visit.demo
            bar = DemoBar(demo.patient, demo.speeds, demo.speed, autopilot=demo.autopilot)
            bar.speed_chosen.connect(self._set_speed)
            bar.autopilot_chosen.connect(self._set_autopilot)
            self.foot.show_extra(bar)
            self._nurse_timer.start()
        visit.feed.advanced.connect(self._follow)
        visit.begin()
        return True

    def end(self) -> bool:
        """Stop the session, if there is one; whether all events reached the record."""
        self._nurse_timer.stop()
        self._phase = Phase.SETUP
        visit, self.visit = self.visit, None
        return True if visit is None else visit.end()

    @Slot()
    def _follow(self) -> None:
        """Keep the foot bar in step with the session."""
        if self.visit is None or self.session is None:
            return
        state = self.visit.feed.state
        if state.observer and state.observer != self._observer:
            self._observer = state.observer
            self.foot.show_user(state.observer)
            self.session.user = state.observer
        if self.visit.demo is not None and state.phase is not self._phase:
            self._turn_to(state.phase)
        closed = state.closed is not None
        if closed is self.foot.back_button.isHidden():
            self.foot.back_button.setVisible(closed)
        # the running screen needs every line; there the hand-over says who is at the bedside
        shown = self.visit.demo is not None or closed or state.phase not in RUNNING
        if shown is self.foot.isHidden():
            self.foot.setVisible(shown)

    def _turn_to(self, phase: Phase) -> None:
        """In a demonstration the preparation follows what the scripted nurse does."""
        self._phase = phase
        section = {Phase.GATE: "Gate", Phase.BASELINE: "Baseline"}.get(phase)
        if section is not None and self.session is not None:
            self.session.preparation.navigation.buttons[section].click()

    @Slot()
    def _leave_visit(self) -> None:
        written = self.end()
        session, self.session = self.session, None
        self.foot.back_button.hide()
        self.foot.show_extra(None)
        self.foot.show()
        if session is not None:
            self._stack.removeWidget(session)
            session.hide()
            session.deleteLater()
        self.show_first_page()
        if not written:
            self.say(LOST_TEXT)

    @Slot(str)
    def _take_user(self, user: str) -> None:
        self.courses.user = user
        if self.session is not None and user:
            self.session.user = user

    @Slot(float)
    def _set_speed(self, speed: float) -> None:
        if self.visit is not None and self.visit.demo is not None:
            self.visit.demo.set_speed(speed)

    @Slot(bool)
    def _set_autopilot(self, acts: bool) -> None:
        if self.visit is not None and self.visit.demo is not None:
            self.visit.demo.autopilot = acts

    @Slot()
    def _let_nurse_act(self) -> None:
        if self.visit is not None and self.visit.demo is not None:
            self.visit.demo.act()

    # Keys ----------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys of the session work wherever the focus is, also in the foot bar."""
        page = self._page_beside_focus()
        if page is None:
            super().keyPressEvent(event)
        else:
            page.keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """As for keys that go down."""
        page = self._page_beside_focus()
        if page is None:
            super().keyReleaseEvent(event)
        else:
            page.keyReleaseEvent(event)

    def _page_beside_focus(self) -> QWidget | None:
        """The session's page while the focus is elsewhere in the window."""
        focus = self.focusWidget()
        if self.session is None or (focus is not None and self.session.isAncestorOf(focus)):
            return None
        return self.session.page

    @Slot(QWidget, QWidget)
    def _keep_focus(self, old: QWidget | None, new: QWidget | None) -> None:
        """What is disabled or hidden loses the focus to the page, never to the foot bar."""
        if self.session is None or old is None or new is None:
            return
        lost = self.session.isAncestorOf(old) and not (old.isEnabled() and old.isVisible())
        if lost and self.foot.isAncestorOf(new):
            self.session.page.setFocus(Qt.FocusReason.OtherFocusReason)

    # Leaving and size ----------------------------------------------------------------------------

    def leave(self) -> None:
        """Close the window at once, whatever runs."""
        self._asked_s = time.monotonic()
        self.close()

    def _may_close(self) -> bool:
        """A demonstration may always be closed; a running session when asked twice."""
        visit = self.visit
        if visit is None or visit.demo is not None or visit.feed.state.closed is not None:
            return True
        if visit.feed.state.patient is None:
            return True
        asked_s, self._asked_s = self._asked_s, time.monotonic()
        return self._asked_s - asked_s <= CLOSE_AGAIN_S

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leave the session in order when the window is closed."""
        if not self._may_close():
            self.say(CLOSING_TEXT)
            event.ignore()
            return
        self._cut_timer.stop()
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.disconnect(self._keep_focus)
        self.connect_page.stop_listening()
        self._end_demo()
        self.end()
        super().closeEvent(event)

    def _end_demo(self) -> None:
        """A demonstration whose window is closed is over: its session is closed with the reason."""
        visit = self.visit
        if visit is None or visit.demo is None or visit.feed.state.closed is not None:
            return
        visit.end_early("the demonstration's window was closed")

    def _fit(self) -> None:
        sizes = theme.sizes_for(self.width(), self.height(), self.devicePixelRatioF())
        if sizes == self._sizes:
            return
        self._sizes = sizes
        self.setStyleSheet(f"Station {{ background: {self._look.ground}; }}")
        sheet = theme.stylesheet(self._look, sizes)
        for part in (
            self.notice_bar,
            self.start,
            self.connect_page,
            self.people,
            self.courses,
            self.foot,
        ):
            part.setStyleSheet(sheet)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit type to the window."""
        super().resizeEvent(event)
        self._fit()


def _site_of(desk: Desk) -> Site:
    card = desk.settings.site
    return Site(card=card.lines(), paper=card.paper)


def _known(patient: EarlierPatient) -> KnownPatient:
    return KnownPatient(
        given_name=patient.given_name,
        family_name=patient.family_name,
        mrn=patient.mrn,
        birth_date=patient.birth_date,
        sex=patient.sex,
        height_cm=patient.height_cm,
        last_weight_kg=patient.last_weight_kg,
        allergies=patient.allergies,
        visit=patient.visit,
        visits_planned=patient.visits_planned,
    )


def _in_words(cut: CutSession, now: datetime) -> UnfinishedSession:
    stood = cut.phase
    if cut.delivered_mg is not None:
        planned = "" if cut.planned_mg is None else f" of {cut.planned_mg:.1f}"
        stood += f", {cut.delivered_mg:.1f}{planned} mg given"
    return UnfinishedSession(
        session=cut.session,
        patient=cut.patient or "no patient yet",
        stood=stood,
        cut=_moment(cut.ended_at, now),
        simulated=cut.simulated,
    )


def _moment(ended_at: datetime | None, now: datetime) -> str:
    """``today 14:21, 12 minutes ago``, as far as it is known."""
    if ended_at is None:
        return "at a time that is not recorded"
    local = ended_at.astimezone(now.tzinfo)
    day = "today" if local.date() == now.date() else f"{local:%Y-%m-%d}"
    minutes = round((now - local).total_seconds() / 60)
    if minutes < 0:
        return f"{day} {local:%H:%M} by its own clock, which ran ahead"
    ago = f"{minutes} minutes ago" if minutes < 120 else f"{minutes // 60} hours ago"
    return f"{day} {local:%H:%M}, {ago}"
