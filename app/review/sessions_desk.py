"""The desk of sessions: the list of them, and the one that is open."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.fields import wrapped_label
from app.exchange.forms import CopyForm
from app.people.door import People
from app.printing.offered import Documents
from app.records.catalogue import (
    MOST_SHOWN,
    Catalogue,
    CatalogueError,
    Progress,
    Search,
    SignatureVerdict,
    Verdict,
)
from app.records.copies import Copies, CopyDone, CopyOrder
from app.review.adding import Added, add
from app.review.documents_side import DocumentsSide
from app.review.episode_side import FoundNow
from app.review.session_list import SessionList
from app.review.session_page import SessionPage
from app.review.trail_page import TrailPage
from app.review.work import Work
from app.review_criteria import CriteriaInForce, load_criteria
from app.reviewing.episodes import find_episodes
from app.reviewing.figures import figures_of
from app.reviewing.provenance import OriginSource
from app.reviewing.wave_track import WaveSource
from app.theme import Theme
from protocols.events import AssessEpisodes, Command, FindEpisodes, PersonIdentified

NO_SESSIONS = (
    "No session is recorded here yet. Run one at the bedside, or let a simulated one be made "
    "(main.py simulate), then press F5."
)
NO_MATCH = "No session matches. Change the search, or clear it."
PAGE = 200
"""Sessions listed at once; more follow when the list is scrolled to its end."""

NOTHING_OPEN = "Choose a session on the left to open it."

ChooseFile = Callable[[QWidget, str], str]
"""Asks where to write; gives a path, or empty when the person changed their mind."""


def ask_where_to_save(parent: QWidget, proposed: str) -> str:
    """Ask with the system's file dialog."""
    return QFileDialog.getSaveFileName(parent, "Export to", proposed)[0]


class SessionsDesk(QWidget):
    """The list on the left, the session on the right.

    Signals:
        replay_wanted: the name of the session to open in replay.
    """

    replay_wanted = Signal(str)

    def __init__(
        self,
        catalogue: Catalogue,
        place: str = "",
        *,
        choose_file: ChooseFile = ask_where_to_save,
        shows_trail: bool = True,
        people: People | None = None,
        waves: WaveSource | None = None,
        origins: OriginSource | None = None,
        copies: Copies | None = None,
        documents: Documents | None = None,
        criteria: CriteriaInForce | None = None,
    ) -> None:
        """Review the sessions of `catalogue`; `place` says where they are kept.

        `shows_trail`: whether this person may see who looked at what. Where `people` have accounts
        whoever corrects, reviews or signs proves who they are. Without `copies` none can be made.
        Figures and episodes go by `criteria`; without, by those in force here.
        """
        super().__init__()
        self._catalogue = catalogue
        self._place = place
        self._criteria = criteria or load_criteria()
        self._sent: tuple[Command, ...] = ()
        self._choose_file = choose_file
        self._copies = copies
        self.list = SessionList()
        self.page = SessionPage(people, waves, origins)
        self.page.allow_trail(allowed=shows_trail)
        self.documents: DocumentsSide | None = None
        if documents is not None:
            self.documents = DocumentsSide(documents, choose_file)
            self.page.add_side("Documents", self.documents)
        self.page.export.setVisible(copies is not None)
        self.trail = TrailPage()
        self.trail_button = QPushButton("Trail of the record")
        theme.style(self.trail_button, kind="quiet")
        self.trail_button.setVisible(shows_trail)
        self.message = wrapped_label(NOTHING_OPEN, name="message")
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        theme.style(self.message, role="title")
        self.work = Work(self)
        self._lay_out()
        self._connect()
        self.look_again()

    def _lay_out(self) -> None:
        self._left = QWidget()
        left = QVBoxLayout(self._left)
        left.setContentsMargins(0, 0, 0, 0)
        left.addWidget(self.list, 1)
        left.addWidget(self.trail_button)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.message)
        self.stack.addWidget(self.page)
        self.stack.addWidget(self.trail)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self._left)
        row.addWidget(self.stack, 1)

    def _connect(self) -> None:
        self.list.search_changed.connect(self._search)
        self.list.more_wanted.connect(self._show_more)
        self.list.session_chosen.connect(self.open)
        self.page.replay_wanted.connect(self._ask_replay)
        self.page.copying.copy_wanted.connect(self._copy)
        self.page.verify_wanted.connect(self._verify)
        self.page.stop_wanted.connect(self.work.stop)
        self.page.trail_wanted.connect(self._show_trail)
        self.page.amending.amend_wanted.connect(self._amend_one)
        self.page.episodes.amend_wanted.connect(self._amend)
        self.trail_button.clicked.connect(self._show_whole_trail)
        self.trail.back_wanted.connect(self._leave_trail)
        self.work.progressed.connect(self.page.show_work)
        self.work.done.connect(self._show_outcome)
        self.work.failed.connect(self._show_failure)

    @Slot()
    def look_again(self) -> None:
        """List the sessions anew and open the one that was open, else the newest."""
        opened = self.page.opened
        before = "" if opened is None else opened.line.session
        self._search(self.list.search())
        try:
            self.list.show_protocols(self._catalogue.protocols())
        except CatalogueError:
            return  # said by the search just before
        names = [line.session for line in self.list.lines]
        if before and before not in names and not self.list.search().narrows:
            self.open(before)  # further down than what is loaded
        elif names:
            self.list.choose(before if before in names else names[0])

    @Slot(object)
    def _search(self, search: Search) -> None:
        try:
            lines = self._catalogue.list_sessions(search, most=PAGE)
            total = len(lines) if len(lines) < PAGE else self._catalogue.count_sessions(search)
        except CatalogueError as error:
            self.list.show_lines((), str(error))
            return
        empty = NO_MATCH if search.narrows else NO_SESSIONS
        if self._place and not search.narrows:
            empty += f"\n\nRecord: {self._place}"
        self.list.show_lines(lines, empty, total)

    @Slot()
    def _show_more(self) -> None:
        """List the sessions that follow those shown."""
        shown = len(self.list.lines)
        try:
            self.list.add_lines(self._catalogue.list_sessions(self.list.search(), shown, PAGE))
        except CatalogueError as error:
            self.list.show_lines((), str(error))

    @Slot(str)
    def open(self, session: str) -> None:
        """Open `session`; say why where it cannot be."""
        self.work.abandon()
        try:
            opened = self._catalogue.open_session(session)
        except CatalogueError as error:
            self.message.setText(f"{session} cannot be opened.\n{error}")
            self.stack.setCurrentWidget(self.message)
            return
        criteria = self._criteria.criteria
        found = FoundNow(episodes=find_episodes(opened, criteria), in_force=self._criteria)
        self.page.show_session(opened, figures_of(opened, criteria), found)
        self.page.amending.show_session(opened, self._signatures(session))
        if self.documents is not None:
            self.documents.show_session(opened)
        self.stack.setCurrentWidget(self.page)

    def _signatures(self, session: str) -> list[SignatureVerdict]:
        try:
            return self._catalogue.signatures(session)
        except CatalogueError:
            return []  # what cannot be read is said with the session

    @Slot(object, object)
    def _amend_one(self, command: Command, identified: tuple[PersonIdentified, ...]) -> None:
        self._amend((command,), identified)

    @Slot(object, object)
    def _amend(
        self, commands: tuple[Command, ...], identified: tuple[PersonIdentified, ...]
    ) -> None:
        """Add `commands` to the session shown; no other is opened until that is done."""
        opened = self.page.opened
        if opened is not None and not self.work.busy:
            session = opened.line.session
            self._sent = commands
            self._left.setEnabled(False)
            self._begin(
                partial(add, self._catalogue, session, commands, identified, opened.count),
                "running the record again",
            )

    @Slot()
    def _show_trail(self) -> None:
        try:
            self.page.show_trail(self._catalogue.trail(self._session()))
        except CatalogueError as error:
            self.page.say(str(error), trouble=True)

    @Slot()
    def _show_whole_trail(self) -> None:
        try:
            self.trail.show_lines(self._catalogue.trail(), MOST_SHOWN)
        except CatalogueError as error:
            self.trail.say(str(error))
        self.stack.setCurrentWidget(self.trail)

    @Slot()
    def _leave_trail(self) -> None:
        self.stack.setCurrentWidget(self.message if self.page.opened is None else self.page)

    def _session(self) -> str:
        opened = self.page.opened
        return "" if opened is None else opened.line.session

    @Slot()
    def _ask_replay(self) -> None:
        self.replay_wanted.emit(self._session())

    @Slot(object, bool, bool)
    def _copy(self, form: CopyForm, deidentified: bool, waveforms: bool) -> None:
        """Ask where to, and make the copy in the background."""
        session = self._session()
        if self._copies is None or self.work.busy:
            return
        try:
            proposed = self._copies.proposed(session, form, deidentified=deidentified)
        except CatalogueError as error:
            self.page.say(str(error), trouble=True)
            return
        path = self._choose_file(self, proposed)
        if path:
            order = CopyOrder(
                session=session,
                form=form,
                path=Path(path),
                deidentified=deidentified,
                waveforms=waveforms,
            )
            self._begin(partial(self._copies.make, order), "copying")

    @Slot()
    def _verify(self) -> None:
        self._begin(partial(self._catalogue.verify, self._session()))

    def _begin(self, job: Callable[[Progress], object], doing: str = "checking") -> None:
        if not self.work.busy:
            self.page.progress.doing = doing
            self.page.show_work(0.0, -1.0)
            self.work.start(job)

    @Slot(object)
    def _show_outcome(self, result: object) -> None:
        self._left.setEnabled(True)
        if isinstance(result, Added):
            self._show_added(result)
        elif isinstance(result, Verdict):
            self.page.say("\n".join(result.sentences), trouble=not result.good)
        elif isinstance(result, CopyDone):
            self.page.say(_copy_words(result))
        elif self.page.progress.doing == "copying":
            self.page.say("Stopped before it was done: nothing was written.", trouble=True)
        else:
            self.page.say("Stopped before it was done: nothing is known.", trouble=True)

    def _show_added(self, result: Added) -> None:
        self.page.say("")
        review = isinstance(self._sent[0], FindEpisodes | AssessEpisodes)
        if result.refused and review:
            self.page.episodes.show_refused(result.refused)
        elif result.refused:
            self.page.amending.show_refused(result.refused, confirmable=result.confirmable)
        else:
            self.open(self._session())
            side = self.page.episodes if review else self.page.amending
            side.show_added(self._sent, f"Added: the record now has {result.count} events.")

    @Slot(str)
    def _show_failure(self, words: str) -> None:
        self._left.setEnabled(True)
        self.page.say(words, trouble=True)

    def dress(self, _look: Theme) -> None:
        """Take the colours and sizes in force."""
        self._left.setFixedWidth(round(theme.active_sizes().body * 19))
        self.page.fit()
        self.trail.table.fit()

    def finish(self) -> None:
        """End what still works."""
        self.work.finish()
        self.page.finish()
        if self.documents is not None:
            self.documents.finish()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw at once."""
        super().showEvent(event)
        self.list.view.setFocus(Qt.FocusReason.OtherFocusReason)


def _copy_words(done: CopyDone) -> str:
    words = f"Written: {done.path} ({done.words}). SHA-256 {done.sha256}"
    return f"{words}\n{done.warning}" if done.warning else words
