"""The bedside program's window: the first pages, then one live session, then the first page again.

The session itself is closed only by its own command: a window that is closed in between leaves an
unfinished session, which the next start offers to resume. A demonstration ends with its window.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.at_bedside import BY_HAND, lock_reason
from app.bedside.connect_page import ConnectPage
from app.bedside.courses_page import CoursesPage
from app.bedside.cut_watch import CutWatch
from app.bedside.demo_guide import DemoGuide
from app.bedside.doorkeeper import Doorkeeper
from app.bedside.file_viewer import show_file
from app.bedside.foot_bar import FootBar
from app.bedside.notice_bar import NoticeBar
from app.bedside.patient_section import known_patient
from app.bedside.people_page import PeoplePage
from app.bedside.start_page import Door, StartPage
from app.bedside.window import RUNNING, BedsideWindow
from app.printing.documents import Site
from app.printing.press import Press
from app.reception.desk import Binding, Desk, DeskError, Visit
from app.theme import DARK
from protocols.events import PersonIdentified

CLOSE_AGAIN_S = 10.0
"""A window closed during a session closes when it is asked again within so many seconds."""

NOBODY = "Say who is at the bedside first: choose or type the name below."
CLOSING_TEXT = (
    "A session is running. Closing this window stops the monitoring and leaves the session "
    "unfinished. Close again within 10 seconds to do so."
)
_PAGES = {
    Door.MONITOR: ("bedside", "Connect a monitor"),
    Door.COURSES: ("courses", "Courses of treatment"),
    Door.PEOPLE: ("", "People and room"),
}
"""The page of the rights file that a door leads to, and its title; none: anybody reads it."""

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
        self._make_parts()
        self.foot.show_people([p.name for p in desk.settings.people], user or desk.settings.user)
        self._show_person()
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
        self.cut = CutWatch(self._desk, self.start, self)
        self.cut.failed.connect(self.say)
        self.connect_page = ConnectPage(self._desk)
        self.connect_page.prepare_wanted.connect(self._prepare)
        self.connect_page.back_wanted.connect(self.show_first_page)
        self.courses = CoursesPage(self._desk.courses)
        self.courses.back_wanted.connect(self.show_first_page)
        self.people = PeoplePage(self._desk)
        self.people.saved.connect(self._take_settings)
        self.people.back_wanted.connect(self.show_first_page)
        self.people.accounts_wanted.connect(self._begin_accounts)
        self._stack = QStackedWidget()
        for page in (self.start, self.connect_page, self.people, self.courses):
            self._stack.addWidget(page)
        self.keeper = Doorkeeper(self._desk, self._stack, self)
        self.keeper.changed.connect(self._show_person)
        self.keeper.demo_wanted.connect(self._open_demo)
        self.keeper.back_wanted.connect(self.show_first_page)
        self.keeper.rested.connect(self.lock)
        self.keeper.failed.connect(self.say)
        self.foot = FootBar()
        self.foot.user_chosen.connect(self._take_user)
        self.foot.lock_wanted.connect(self._lock_by_hand)
        self.foot.person_wanted.connect(self._ask_person)
        self.foot.first_page_wanted.connect(self._leave_visit)
        self.guide = DemoGuide(self.foot, self)
        self.notice_bar = NoticeBar()
        self.notice = self.notice_bar.words
        self.notice_bar.follow(self._desk.news)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.notice_bar, self._stack, self.foot):
            column.addWidget(widget, int(widget is self._stack))

    # The first pages -----------------------------------------------------------------------------

    def say(self, sentence: str) -> None:
        """Show `sentence` above everything until it is understood; empty: nothing to say."""
        self.notice_bar.say(sentence)

    @Slot()
    def show_first_page(self) -> bool:
        """Show the doors, or the session that waits to be decided on; gives True.

        Where people have accounts, they say first who they are: the page names a patient.
        """
        self.people.leave()
        if self.keeper.shut:
            self.keeper.ask(self.show_first_page)
            return True
        self._stack.setCurrentWidget(self.start)
        self.cut.begin()
        first = self.start.resume_button if self.cut.waits else self.start.doors[Door.DEMO]
        first.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def decide_cut_then(self, open_visit: Callable[[], Visit]) -> bool:
        """Open a visit, but first show a real session that was cut and waits for a decision.

        Returns:
            False when the visit could not be opened, which is then said.
        """
        if self.keeper.shut:
            self.keeper.ask(partial(self.decide_cut_then, open_visit))
            return True
        found = self.cut.found()
        if found is None or found.simulated:
            return self.begin(open_visit) or self.show_first_page()
        self._after_cut = open_visit
        return self.show_first_page()

    @Slot(object)
    def _open_door(self, door: Door) -> None:
        if door is Door.DEMO:
            self._open_demo()
            return
        self.cut.stop()
        if self.keeper.undecided and door in (Door.MONITOR, Door.PEOPLE):
            self.keeper.ask_first(partial(self._show_door, door), self.foot.user)
            return
        self._show_door(door)

    @Slot()
    def _open_demo(self) -> None:
        self.begin(lambda: self._desk.open_demo(self.foot.user or "R. Example RN"))

    def _show_door(self, door: Door) -> None:
        page, title = _PAGES[door]
        if page and not self.keeper.may_open(page):
            self.say(self.keeper.why_not(page, title))
            self.show_first_page()
        elif door is Door.MONITOR:
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

    def _user(self) -> str:
        """Who is here; empty, and said so, while nobody is."""
        if not self.foot.user:
            self.say(NOBODY)
            self.foot.user_box.setFocus()
        return self.foot.user

    @Slot(object)
    def _prepare(self, bindings: Sequence[Binding]) -> None:
        user = self._user()
        if not user:
            return
        protocol = self.connect_page.protocol
        self.begin(lambda: self._desk.open_monitors(bindings, user, protocol))

    # Who is here ---------------------------------------------------------------------------------

    @Slot()
    def _show_person(self) -> None:
        """Say at the foot who is signed in; a demonstration goes on with typed names."""
        demo = self.visit is not None and self.visit.demo is not None
        accounts = self.keeper.has_accounts and not demo
        self.foot.show_person(self._desk.person, accounts=accounts)
        self.foot.say_unproven(unproven=not accounts and not demo)
        self._take_user(self.foot.user)

    @Slot()
    def _ask_person(self) -> None:
        if self.session is not None:
            self.session.ask_person()
        else:
            self.lock("another person signs in")

    @Slot()
    def _begin_accounts(self) -> None:
        self.keeper.ask_first(partial(self._show_door, Door.PEOPLE), self.foot.user)

    @Slot()
    def _lock_by_hand(self) -> None:
        self.lock(BY_HAND)

    @Slot(str)
    def lock(self, cause: str) -> None:
        """Lock what is shown: a session goes on in sight, every other page is covered."""
        if not self.keeper.has_accounts or (self.visit is not None and self.visit.demo is not None):
            return
        if self.visit is not None and self.visit.feed.state.closed is not None:
            self._leave_visit()
        if self.session is not None:
            self.session.people.lock(cause)
            return
        shown = self._stack.currentWidget()
        if self._desk.person is None or shown is None or shown is self.keeper.page:
            return
        self.cut.stop()
        self.connect_page.stop_listening()
        self.people.leave()
        self.keeper.sign_out(cause)
        self.keeper.ask(partial(self._return_to, shown), reason=lock_reason(cause))

    def _return_to(self, page: QWidget) -> None:
        if page is self.start:
            self.show_first_page()
            return
        if page is self.people:
            self.people.fill()
        self._stack.setCurrentWidget(page)

    @Slot(object)
    def _follow_person(self, person: PersonIdentified) -> None:
        self.keeper.let_in(person)
        self.keeper.watch_for(session=True)

    @Slot()
    def _follow_lock(self) -> None:
        self.keeper.leave()

    @Slot(str, str)
    def _resume(self, session: str, reason: str) -> None:
        user = self._user()
        if not user:
            return
        self.begin(lambda: self._desk.resume(session, user, reason or "resumed at start"))

    @Slot(str, str)
    def _close_cut(self, session: str, reason: str) -> None:
        user = self._user()
        if not user:
            return
        try:
            self._desk.close_cut(session, user, reason)
        except DeskError as error:
            self.say(str(error))
            return
        self.start.reason.clear()
        self.say("")
        self.cut.look()
        if self._after_cut is not None and not self.cut.waits:
            open_visit, self._after_cut = self._after_cut, None
            self.begin(open_visit)

    # The session ---------------------------------------------------------------------------------

    def begin(self, open_visit: Callable[[], Visit]) -> bool:
        """Open a visit and show it; False when it could not be opened, which is then said."""
        self.cut.stop()
        try:
            visit = open_visit()
        except DeskError as error:
            self.say(str(error))
            return False
        self.say("")
        self.visit = visit
        self._observer = visit.feed.state.observer
        self.session = BedsideWindow(visit.feed, self.foot.user or "nurse", self._look)
        self.session.use_people(self._desk.people)
        self.session.people.signed_in.connect(self._follow_person)
        self.session.people.locked.connect(self._follow_lock)
        self.session.acted.connect(self.keeper.watch.touch)
        site = partial(_site_of, self._desk)
        self.session.use_record_end(visit.record_end)
        self.session.use_press(Press(site, show_file, self._desk.note_copy))
        self.session.preparation.set_known_patients(
            [known_patient(patient) for patient in visit.earlier_patients()]
        )
        self.session.preparation.set_course_book(visit.courses)
        self._stack.addWidget(self.session)
        self._stack.setCurrentWidget(self.session)
        self.guide.begin(visit, self.session.preparation)
        visit.feed.advanced.connect(self._follow)
        self._show_person()
        self.keeper.watch_for(session=visit.demo is None)
        visit.begin()
        return True

    def end(self) -> bool:
        """Stop the session, if there is one; whether all events reached the record."""
        self.guide.end()
        visit, self.visit = self.visit, None
        return True if visit is None else visit.end()

    @Slot()
    def _follow(self) -> None:
        """Keep the foot bar in step with the session."""
        if self.visit is None or self.session is None:
            return
        state = self.visit.feed.state
        if state.people.rights is not None:
            self._observer = state.observer
        if state.observer and state.observer != self._observer:
            self._observer = state.observer
            self.foot.show_user(state.observer)
            self.session.user = state.observer
        self.guide.follow(state.phase)
        closed = state.closed is not None
        if closed is self.foot.back_button.isHidden():
            self.foot.back_button.setVisible(closed)
        # the running screen needs every line; there the hand-over says who is at the bedside
        shown = self.visit.demo is not None or closed or state.phase not in RUNNING
        if shown is self.foot.isHidden():
            self.foot.setVisible(shown)

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
            gc.freeze()  # PySide would end items of its layouts once more than Qt does
        self._show_person()
        self.keeper.watch_for(session=False)
        self.show_first_page()
        if not written:
            self.say(LOST_TEXT)

    @Slot(str)
    def _take_user(self, user: str) -> None:
        self.courses.user = user
        if self.session is not None and user:
            self.session.user = user

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
        self.cut.stop()
        self.keeper.watch.stop()
        self.notice_bar.rest()
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
            self.keeper.page,
            self.keeper.first,
            self.foot,
        ):
            part.setStyleSheet(sheet)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to notice touches, now that there is something to touch."""
        super().showEvent(event)
        self.keeper.watch.attach()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit type to the window."""
        super().resizeEvent(event)
        self._fit()


def _site_of(desk: Desk) -> Site:
    card = desk.settings.site
    return Site(card=card.lines(), paper=card.paper)
