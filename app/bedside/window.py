"""The bedside window: one page a part of the visit, over one feed."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QWidget

from app import theme
from app.bedside.alarm_frame import AlarmFrame
from app.bedside.at_bedside import AtBedside
from app.bedside.paint_beat import PaintBeat
from app.bedside.preparation import PreparationPage
from app.bedside.run_page import RunPage
from app.bedside.screen_watch import ScreenWatch
from app.bedside.sign_box import EndOfRecord
from app.bedside.summary import SummaryPage
from app.feed import Feed
from app.people.door import People
from app.printing.press import Press
from app.state import ViewState
from app.theme import DARK, Theme
from protocols.events import Command, Phase, ScreenShown

RUNNING = (Phase.INFUSING, Phase.PAUSED, Phase.STOPPED, Phase.RECOVERY)
"""Phases shown on the run page; those before are the preparation's, those after the summary's."""

PERSON = "person"
"""Name of what is open at the side while somebody is asked who they are."""


class BedsideWindow(QMainWindow):
    """Shows the page of the phase and hands over what people do, in the name of `user`.

    Signals:
        acted: somebody did something, by touch or by key.
    """

    acted = Signal()

    def __init__(self, feed: Feed, user: str, look: Theme = DARK) -> None:
        """Watch `feed`; commands that name nobody are `user`'s."""
        super().__init__()
        self.setWindowTitle("Infusion Room")
        self.setMinimumSize(960, 600)
        self.user = user
        self._feed = feed
        self._look = look
        self.preparation = PreparationPage()
        self.run = RunPage(replaying=feed.replaying)
        self.summary = SummaryPage()
        self.pages: dict[str, PreparationPage | RunPage | SummaryPage] = {
            "preparation": self.preparation,
            "run": self.run,
            "summary": self.summary,
        }
        self._stack = QStackedWidget()
        for page in self.pages.values():
            self._stack.addWidget(page)
            if not feed.replaying:
                page.intended.connect(self._submit)
            page.banner.flashed.connect(self._show_frame)
            page.banner.painted.connect(self._note_painted)
        self.people = AtBedside(feed, (self.preparation, self.run, self.summary), self)
        for page in self.pages.values() if not feed.replaying else ():
            page.person_wanted.connect(self.ask_person)
            page.lock_wanted.connect(self._lock)
        self.setCentralWidget(self._stack)
        self.frame = AlarmFrame(self)
        self.beat = PaintBeat(self)
        self.beat.painted.connect(feed.heartbeat)
        self._drawn: tuple[tuple[str, int], ...] = ()
        self._painted: tuple[str, ...] = ()
        self._sizes = theme.REFERENCE
        self._screen = ScreenWatch(feed.tell_screen)
        theme.apply(self, look, self._sizes)
        feed.advanced.connect(self.refresh)

    def use_press(self, press: Press) -> None:
        """Make the documents of this session with `press`."""
        self.run.side.use_press(press)
        self.summary.form.press = press

    def use_people(self, people: People) -> None:
        """Let the accounts of `people` prove who they are, where this session knows accounts."""
        self.people.use_people(people)

    def use_record_end(self, read_end: EndOfRecord) -> None:
        """Put signatures to the end of the record that `read_end` reads."""
        self.summary.signing.use_end(read_end)

    @property
    def page(self) -> QWidget:
        """The page shown."""
        return self._page_of(self._feed.state)

    @Slot()
    def refresh(self) -> None:
        """Draw the feed's state; that it was painted is the screen's sign of life."""
        state, now_ns = self._feed.state, self._feed.now_ns()
        page: Any = self._page_of(state)
        if page is not self._stack.currentWidget():
            self._stack.setCurrentWidget(page)
            if not self._feed.replaying:
                page.setFocus(Qt.FocusReason.OtherFocusReason)
        for shown in (self.preparation, self.run):
            shown.header.server_line = self._feed.server_line()
        page.render(state, self._feed.history, now_ns)
        self._show_frame()
        self._note_drawn(page, state)
        for covered in (self.preparation, self.run, self.summary):
            covered.show_core(alive=self._feed.core_alive)
        self._screen.look(self.shown())
        self.beat.ask()

    def shown(self) -> ScreenShown:
        """What the window shows beside the session; its time is left open."""
        page: Any = self._stack.currentWidget()
        return ScreenShown(
            t_ns=0,
            page=next(name for name, made in self.pages.items() if made is page),
            panel=page.side.name if page.person.isHidden() else PERSON,
            locked=page.locked,
            covered=not self._feed.core_alive,
            width_px=self.width(),
            height_px=self.height(),
            scale=self.devicePixelRatioF(),
            theme=self._look.name,
        )

    @Slot()
    def _show_frame(self) -> None:
        """The border around the window, in step with the sign of the page shown."""
        page: Any = self._stack.currentWidget()
        self.frame.show_alarm(page.banner.wide, lit=page.banner.sign.lit)

    def _note_drawn(self, page: Any, state: ViewState) -> None:
        """Have the banner painted when an alarm came that it did not stand for before."""
        drawn = tuple((alarm.alarm, alarm.since_ns) for alarm in state.active_alarms)
        if set(drawn) - set(self._drawn):
            page.banner.update()
        self._drawn = drawn

    @Slot()
    def _note_painted(self) -> None:
        """The banner paints: once the frame is on the screen, what it stands for is presented."""
        waiting, self._painted = self._painted, tuple(alarm for alarm, _ in self._drawn)
        if self._painted and not waiting:
            QTimer.singleShot(0, self, self._report_painted)

    @Slot()
    def _report_painted(self) -> None:
        painted, self._painted = self._painted, ()
        self._feed.painted(painted)

    def _page_of(self, state: ViewState) -> QWidget:
        if self._feed.replaying:
            return self._page_seen(state)
        if state.closed is not None or state.phase is Phase.DISCHARGED:
            return self.summary
        return self.run if state.phase in RUNNING else self.preparation

    def _page_seen(self, state: ViewState) -> QWidget:
        """The page that was shown then; where that was not recorded, all is told by one page."""
        screen = self._feed.screen
        if screen is None:
            return self.run
        if state.closed is not None:
            return self.summary  # after the close no change of the window is recorded
        return self.pages.get(screen.page, self.run)

    @Slot(object)
    def _submit(self, command: Command) -> None:
        self.acted.emit()
        self.people.submit(command, self._stack.currentWidget(), self.user)

    @Slot()
    def ask_person(self) -> None:
        """Ask at the side of the page who is at the bedside."""
        self.people.ask_who(self._stack.currentWidget())

    @Slot()
    def _lock(self) -> None:
        self.people.lock()

    def dress(self, look: Theme) -> None:
        """Take the colours of `look`."""
        self._look = look
        theme.apply(self, look, self._sizes)
        self.refresh()

    def _fit(self) -> None:
        sizes = theme.sizes_for(self.width(), self.height(), self.devicePixelRatioF())
        if sizes != self._sizes:
            self._sizes = sizes
            theme.apply(self, self._look, sizes)
        self.run.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit type to the window."""
        super().resizeEvent(event)
        self.frame.setGeometry(self.rect())
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw at once: a window is never blank."""
        super().showEvent(event)
        self._fit()
        self.refresh()
        self.page.setFocus(Qt.FocusReason.OtherFocusReason)
