"""The window of the review: a row of desks, and the one turned to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.fields import show_text, wrapped_label
from app.bedside.guarded_window import GIVEN_UP
from app.review.desks import DESKS, FILES, OTHER_LIMITS, Desk, DeskPlace
from app.review.record_bar import RecordBar
from app.review.replay_order import ReplayOrder
from app.review.sessions_desk import ChooseFile, SessionsDesk, ask_where_to_save
from app.review.sources import Sources
from app.review.unrecorded_bar import UnrecordedBar
from app.theme import DARK, LIGHT, Theme

if TYPE_CHECKING:
    from app.importing.foreign import ForeignRecording
    from app.qa.limits_desk import LimitsDesk
    from app.review.files_desk import FilesDesk

SESSIONS = "Sessions"


class ReviewWindow(QWidget):
    """Desks of the clinician and of QA; F5 reads anew, Ctrl and a number turns to a desk.

    Signals:
        replay_wanted: a `ReplayOrder`: what to open in replay.
    """

    replay_wanted = Signal(object)

    def __init__(
        self,
        sources: Sources,
        look: Theme = LIGHT,
        *,
        choose_file: ChooseFile = ask_where_to_save,
        shows_trail: bool = True,
        desks: Sequence[DeskPlace] = DESKS,
    ) -> None:
        """Review what `sources` give; `shows_trail`: whether this person may see who looked."""
        super().__init__()
        self.setWindowTitle("Review: Infusion Room")
        self.setMinimumSize(1024, 700)
        self._sources = sources
        self._look = look
        self._sizes = theme.REFERENCE
        self._places = {place.name: place for place in desks}
        theme.apply(self, look, self._sizes)
        self.sessions = SessionsDesk(
            sources.catalogue,
            sources.place,
            choose_file=choose_file,
            shows_trail=shows_trail,
            people=sources.people,
            waves=sources.waves,
            origins=sources.origins,
            copies=sources.copies,
            documents=sources.documents,
        )
        self.sessions.replay_wanted.connect(self._replay)
        self.made: dict[str, QWidget] = {SESSIONS: self.sessions}
        self.tabs: dict[str, QPushButton] = {}
        self.colours = QPushButton()
        theme.style(self.colours, kind="quiet")
        self.colours.clicked.connect(self._change_colours)
        self._lay_out()
        self._name_colours()
        QShortcut(QKeySequence(Qt.Key.Key_F5), self).activated.connect(self.look_again)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(theme.GRID_PX)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(theme.GRID_PX)
        group = QButtonGroup(self)
        for number, name in enumerate((SESSIONS, *self._places), 1):
            tab = QPushButton(name)
            theme.style(tab, kind="action")
            tab.setCheckable(True)
            tab.setProperty("desk", name)
            if name in self._places:
                tab.setToolTip(self._places[name].purpose)
            tab.clicked.connect(self._turn)
            group.addButton(tab)
            self.tabs[name] = tab
            row.addWidget(tab)
            QShortcut(QKeySequence(f"Ctrl+{number}"), self).activated.connect(tab.click)
        row.addStretch(1)
        row.addWidget(self.colours)
        self.tabs[SESSIONS].setChecked(True)
        self.record_bar: RecordBar | None = None
        if self._sources.check is not None:
            self.record_bar = RecordBar(self._sources.check)
            column.addWidget(self.record_bar)
        self.unrecorded = UnrecordedBar()
        column.addWidget(self.unrecorded)
        self.unrecorded.session_wanted.connect(self._go_to_answers)
        self.unrecorded.discard_wanted.connect(self.sessions.page.episodes.discard)
        self.sessions.page.episodes.unrecorded_changed.connect(self._tell_unrecorded)
        self.trouble = wrapped_label(name="what could not be done")
        theme.style(self.trouble, tone="attention", strong=True)
        column.addWidget(self.trouble)
        self.tell("")
        self.stack = QStackedWidget()
        self.stack.addWidget(self.sessions)
        column.addWidget(self.stack, 1)

    @Slot()
    def _turn(self) -> None:
        self.turn_to(str(self.sender().property("desk")))

    def turn_to(self, name: str) -> QWidget:
        """Show the desk of that name, made now if it was not yet, and give it."""
        desk = self.made.get(name)
        if desk is None:
            desk = self.made[name] = self._places[name].make(self._sources, self.open)
            self.stack.addWidget(desk)
            cast(Desk, desk).dress(self._look)
            if name == FILES:
                cast("FilesDesk", desk).judge_wanted.connect(self._judge_file)
            if name == OTHER_LIMITS and self._sources.asker is not None:
                cast("LimitsDesk", desk).replay_wanted.connect(self.replay_wanted)
        opened = self.sessions.page.opened
        if name == OTHER_LIMITS and self._sources.asker is not None and opened is not None:
            cast("LimitsDesk", desk).stand_on(opened.line.session)
        self.tabs[name].setChecked(True)
        self.stack.setCurrentWidget(desk)
        self._tell_unrecorded()
        return desk

    @Slot()
    def _tell_unrecorded(self, *, closing: bool = False) -> None:
        """Tell of answers that wait to be recorded and are not in view."""
        opened = self.sessions.page.opened
        in_view = self.stack.currentWidget() is self.sessions and opened is not None
        shown = opened.line.session if in_view and opened is not None else ""
        self.unrecorded.tell(self.sessions.page.episodes.unrecorded, shown, closing=closing)

    @Slot(str)
    def _go_to_answers(self, session: str) -> None:
        """Turn to the episodes of `session`, whose answers wait."""
        if not self.sessions.work.busy:
            self.open(session)
            self.sessions.page.look.setChecked(True)

    @Slot(object)
    def _judge_file(self, recording: ForeignRecording) -> None:
        """Turn to the desk of limits with a file from elsewhere chosen there."""
        from app.rejudging.asking import NumbersFile

        desk = cast("LimitsDesk", self.turn_to(OTHER_LIMITS))
        desk.take_file(NumbersFile(path=Path(recording.name), recording=recording))

    @Slot(str)
    def _replay(self, session: str) -> None:
        self.replay_wanted.emit(ReplayOrder(session=session))

    def tell(self, words: str) -> None:
        """Say above the desks what could not be done; nothing when `words` is empty."""
        show_text(self.trouble, words)

    @Slot(str)
    def open(self, session: str, t_ns: int | None = None) -> None:
        """Turn to the desk of sessions and open `session` there, at session time `t_ns`, in ns."""
        self.turn_to(SESSIONS)
        self.sessions.open(session)
        opened = self.sessions.page.opened
        if t_ns is not None and opened is not None and opened.line.session == session:
            self.sessions.page.go_to(t_ns)

    @Slot()
    def look_again(self) -> None:
        """Read anew what the desk turned to shows."""
        cast(Desk, self.stack.currentWidget()).look_again()

    @Slot()
    def _change_colours(self) -> None:
        self._look = DARK if self._look is LIGHT else LIGHT
        self._name_colours()
        self._dress()

    def _name_colours(self) -> None:
        other = "Dark" if self._look is LIGHT else "Light"
        self.colours.setText(other)
        self.colours.setAccessibleName(f"{other} colours")

    def _dress(self) -> None:
        theme.apply(self, self._look, self._sizes)
        for desk in self.made.values():
            cast(Desk, desk).dress(self._look)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit type to the window."""
        super().resizeEvent(event)
        sizes = theme.sizes_for(self.width(), self.height(), self.devicePixelRatioF())
        if sizes != self._sizes:
            self._sizes = sizes
            self._dress()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw at once."""
        super().showEvent(event)
        self._dress()

    def closeEvent(self, event: QCloseEvent) -> None:
        """End what still works; while answers wait to be recorded say so, and stay."""
        if self.sessions.page.episodes.unrecorded and not self.property(GIVEN_UP):
            self._tell_unrecorded(closing=True)
            event.ignore()
            return
        for desk in self.made.values():
            cast(Desk, desk).finish()
        if self.record_bar is not None:
            self.record_bar.finish()
        super().closeEvent(event)
