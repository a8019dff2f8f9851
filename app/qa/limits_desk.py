"""The desk of other limits: choose recordings, edit limits, see which alarms that changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.fields import show_text, wrapped_label
from app.qa.at_hand import AtHand
from app.qa.limits_result_page import LimitsResultPage, one_words
from app.qa.rules_page import RulesPage
from app.qa.session_chooser import SessionChooser
from app.records.catalogue import Catalogue, CatalogueError, Search
from app.rejudging.asking import Answer, Asked, LimitsAsker, NumbersFile, Question
from app.rejudging.draft import Draft, Origin
from app.rejudging.results import Result
from app.review.desks import OpenSession
from app.review.files_asked import ChooseFile, SaveFile, ask_to_open, ask_to_save, with_ending
from app.review.page_tabs import PAGE, add_tabs
from app.review.replay_order import ReplayOrder
from app.review.work import Work
from app.review.work_bar import WorkBar
from app.theme import Theme
from protocols.limits import LimitsError

SESSIONS, LIMITS, RESULT = "1 Recordings", "2 Limits", "3 Result"
AS_RECORDED, AS_BEGUN = "what was recorded", "the limits begun from"
FROM_FILE, FROM_SESSION = "A file …", "Those of the session shown"
FILES = "Recordings (*.csv *.edf *.hea *.vital)"
SETTLE_MS = 250
"""An edit is judged on the session at hand when so long nothing else was edited."""


class LimitsDesk(QWidget):
    """Recordings, limits and result, each on a page; the line below judges one session at once.

    Ctrl+R replays what is turned to beside the alarms of these limits.

    Signals:
        replay_wanted: a `ReplayOrder`: the session at hand, or the moment chosen of the result.
    """

    replay_wanted = Signal(object)

    def __init__(
        self,
        catalogue: Catalogue,
        asker: LimitsAsker,
        open_session: OpenSession,
        *,
        choose_file: ChooseFile = ask_to_open,
        save_file: SaveFile = ask_to_save,
    ) -> None:
        """Judge sessions of `catalogue` through `asker`; show them through `open_session`."""
        super().__init__()
        self._catalogue = catalogue
        self._asker = asker
        self._open_session = open_session
        self._choose_file, self._save_file = choose_file, save_file
        self.draft: Draft | None = None
        self.answer: Answer | None = None
        self._asked: Asked | None = None
        self.chooser = SessionChooser()
        self.rules = RulesPage()
        self.result = LimitsResultPage()
        self.begin = QComboBox()
        self.begin.setAccessibleName("begin from these limits")
        self.begin.setToolTip("The limits that are changed here")
        self.against = QComboBox()
        self.against.setAccessibleName("compare with")
        self.against.setToolTip("What the alarms are compared with")
        self.against.addItems([AS_RECORDED, AS_BEGUN])
        for box in (self.begin, self.against):
            box.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            box.setMinimumContentsLength(15)
            box.view().setMinimumWidth(320)
        self.run = QPushButton("Judge")
        theme.style(self.run, kind="primary")
        self.stop = QPushButton("Stop")
        self.progress = WorkBar("judging", "judging")
        self.save_limits = QPushButton("Save limits")
        self.save_document = QPushButton("Save document")
        self.at_hand = AtHand()
        self.live_words, self.replay = self.at_hand.words, self.at_hand.replay
        self.message = wrapped_label(name="message")
        self.stack = QStackedWidget()
        self.work, self.live = Work(self), Work(self)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._origins: Sequence[Origin] = ()
        self._lay_out()
        self._connect()
        self._idle()
        self.look_again()

    # -- layout ---------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID_PX)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(theme.GRID_PX)
        pages: tuple[tuple[str, QWidget], ...] = (
            (SESSIONS, self.chooser),
            (LIMITS, self.rules),
            (RESULT, self.result),
        )
        self.tabs = add_tabs(row, self.stack, pages, self._turn, kind="action")
        self.tabs[SESSIONS].setChecked(True)
        for words, box in (("From", self.begin), ("Against", self.against)):
            label = QLabel(words)
            label.setBuddy(box)
            row.addWidget(label)
            row.addWidget(box)
        row.addStretch(1)
        for button in (self.run, self.save_limits, self.save_document):
            row.addWidget(button)
        column.addWidget(self.stack, 1)
        column.addWidget(self._make_foot())

    def _make_foot(self) -> QFrame:
        foot = QFrame()
        theme.style(foot, surface="panel")
        column = QVBoxLayout(foot)
        column.setContentsMargins(16, 6, 16, 6)
        column.setSpacing(2)
        self._working = QWidget()
        theme.style(self._working, clear=True)
        working = QHBoxLayout(self._working)
        working.setContentsMargins(0, 0, 0, 0)
        working.addWidget(self.progress, 1)
        working.addWidget(self.stop)
        for widget in (self._working, self.message, self.at_hand):
            column.addWidget(widget)
        return foot

    def _connect(self) -> None:
        self.begin.activated.connect(self._begin_from)
        self.against.currentIndexChanged.connect(self._edited)
        self.chooser.changed.connect(self._chosen)
        self.chooser.narrowed.connect(self._list)
        self.chooser.file_wanted.connect(self._add_file)
        row_changed = self.chooser.table.selectionModel().currentRowChanged
        row_changed.connect(self._settle.start)
        row_changed.connect(self._idle)
        self.rules.edited.connect(self._edited)
        self.result.moment_wanted.connect(self._open)
        self.result.replay_wanted.connect(self._replay_moment)
        self.replay.clicked.connect(self._replay_at_hand)
        keys = QShortcut(QKeySequence("Ctrl+R"), self)
        keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.activated.connect(self._replay)
        self.run.clicked.connect(self._judge)
        self.stop.clicked.connect(self.work.stop)
        self.save_limits.clicked.connect(self._save_limits)
        self.save_document.clicked.connect(self._save_document)
        self.work.progressed.connect(self.progress.show_share)
        self.work.done.connect(self._show_answer)
        self.work.failed.connect(self._fail)
        self.live.done.connect(self._show_live)
        self.live.failed.connect(self._fail_live)
        self._settle.timeout.connect(self._judge_live)

    @Slot()
    def _turn(self) -> None:
        self.turn_to(str(self.sender().property(PAGE)))

    def turn_to(self, page: str) -> None:
        """Show the page of that name."""
        self.tabs[page].setChecked(True)
        self.stack.setCurrentIndex(list(self.tabs).index(page))

    # -- recordings -----------------------------------------------------------------------------

    @Slot()
    def look_again(self) -> None:
        """List the sessions and the limits anew; the draft stays as it is."""
        try:
            self.chooser.offer(self._catalogue.list_sessions(Search()))
            self._origins = self._asker.offered()
        except CatalogueError as error:
            self._say(str(error), trouble=True)
            return
        self._list()
        name = "" if self.draft is None else self.draft.origin.name
        with QSignalBlocker(self.begin):
            self.begin.clear()
            for origin in self._origins:
                self.begin.addItem(origin.name)
            self.begin.addItems([FROM_SESSION, FROM_FILE])
            if name and self.begin.findText(name) < 0:
                self.begin.insertItem(0, name)
            self.begin.setCurrentIndex(max(0, self.begin.findText(name)))
        if self.draft is None and self._origins:
            standard = [one for one in self._origins if one.name == "standard"]
            self._begin_draft((standard or list(self._origins))[0])
            self._name_origin(self.draft.origin.name if self.draft else "")

    @Slot()
    def _list(self) -> None:
        bar = self.chooser.filter
        try:
            found = self._catalogue.list_sessions(Search(since=bar.first_day, until=bar.last_day))
        except CatalogueError as error:
            self._say(str(error), trouble=True)
            return
        self.chooser.show_lines([line for line in found if self.chooser.keeps(line)])

    def stand_on(self, session: str) -> None:
        """Take `session` as the one at hand; it is marked where nothing is yet."""
        self.chooser.stand_on(session)
        if not self.chooser.sessions and not self.chooser.files:
            self.chooser.model.mark([session], on=True)

    @Slot()
    def _add_file(self) -> None:
        chosen = self._choose_file(self, "A file of numbers", FILES)
        if not chosen:
            return
        path = Path(chosen)
        mapping = path.with_suffix(".toml")
        if path.suffix.lower() == ".csv" and mapping.is_file():
            self.take_file(NumbersFile(path=path, mapping=mapping))
            return
        self.take_file(NumbersFile(path=path))
        if path.suffix.lower() == ".csv":
            hint = f"{mapping.name} beside {path.name} would say what its columns mean."
            self._say(f"{self.message.text()} {hint}".strip())

    def take_file(self, file: NumbersFile) -> None:
        """Judge `file` as well; it holds no alarms to compare with."""
        self.chooser.add(file)
        if self.against.currentText() == AS_RECORDED:
            self.against.setCurrentText(AS_BEGUN)
        self._say("A file holds no alarms: compared with the limits begun from.")

    @Slot()
    def _chosen(self) -> None:
        number = len(self.chooser.sessions) + len(self.chooser.files)
        self.tabs[SESSIONS].setText(f"{SESSIONS} ({number})")
        self._edited()

    # -- limits ---------------------------------------------------------------------------------

    @Slot()
    def _begin_from(self) -> None:
        chosen = self.begin.currentText()
        try:
            origin = self._origin_of(chosen)
        except CatalogueError as error:
            self._say(str(error), trouble=True)
            origin = None
        if origin is not None:
            self._begin_draft(origin)
        if self.draft is not None:
            self._name_origin(self.draft.origin.name)

    def _origin_of(self, chosen: str) -> Origin | None:
        if chosen == FROM_SESSION:
            session = self.chooser.current
            if not session:
                raise CatalogueError("Choose a session on the page of recordings first.")
            return self._asker.recorded(session)
        if chosen == FROM_FILE:
            path = self._choose_file(self, "Limits", "Limits (*.toml)")
            return self._asker.file(Path(path)) if path else None
        return next((one for one in self._origins if one.name == chosen), None)

    def _name_origin(self, name: str) -> None:
        with QSignalBlocker(self.begin):
            if self.begin.findText(name) < 0:
                self.begin.insertItem(0, name)
            self.begin.setCurrentIndex(self.begin.findText(name))

    def _begin_draft(self, origin: Origin) -> None:
        try:
            self.draft = Draft(origin)
        except LimitsError as error:
            lines = "\n".join(str(problem) for problem in error.problems)
            self._say(f"These limits cannot be used:\n{lines}", trouble=True)
            return
        self._say("")
        self.rules.show_draft(self.draft)
        self._edited()

    @Slot()
    def _edited(self) -> None:
        """Something is asked otherwise: what was judged is out of date, and is judged again."""
        draft = self.draft
        changes = 0 if draft is None else len(draft.changes)
        self.tabs[LIMITS].setText(f"{LIMITS} ({changes})" if changes else LIMITS)
        if self.answer is not None:
            self.answer = None
            self.result.show_answer(None, "The question has changed: judge again.")
        self._idle()
        self._settle.start()

    @Slot()
    def _idle(self) -> None:
        busy, draft = self.work.busy, self.draft
        sound = draft is not None and draft.profile is not None
        some = bool(self.chooser.sessions or self.chooser.files)
        self._working.setVisible(busy)
        self.run.setEnabled(sound and some and not busy)
        self.replay.setEnabled(sound and bool(self.chooser.current))
        changed = draft is not None and bool(draft.changes)
        self.save_limits.setEnabled(sound and changed and not busy)
        self.save_document.setEnabled(self.answer is not None and not busy)

    def _say(self, words: str, *, trouble: bool = False) -> None:
        theme.style(self.message, tone="attention" if trouble else "text", strong=trouble)
        show_text(self.message, words)

    # -- judging --------------------------------------------------------------------------------

    def _against_text(self) -> str:
        compares = self.against.currentText() == AS_BEGUN
        return self.draft.origin.text if compares and self.draft is not None else ""

    @Slot()
    def _judge_live(self) -> None:
        """Judge the session that the table stands on, as it is asked now."""
        draft, session = self.draft, self.chooser.current
        self.live.abandon()
        if draft is None or draft.profile is None or not session:
            self.rules.show_result(None)
            show_text(self.live_words, "" if session else "No session at hand.")
            return
        show_text(self.live_words, f"At hand, {session}: judging …")
        ask = partial(self._asker.ask_one, session, draft.text, self._against_text())
        self.live.start(lambda _go_on: ask())

    @Slot(object)
    def _show_live(self, result: Result) -> None:
        self.rules.show_result(result)
        show_text(self.live_words, f"At hand, {result.name}: {one_words(result)}")

    @Slot(str)
    def _fail_live(self, words: str) -> None:
        self.rules.show_result(None)
        show_text(self.live_words, f"At hand, {self.chooser.current}: {words}")

    @Slot()
    def _judge(self) -> None:
        draft = self.draft
        if draft is None or draft.profile is None or self.work.busy:
            return
        against = self._against_text()
        question = Question(
            sessions=self.chooser.sessions,
            files=tuple(self.chooser.files),
            limits_text=draft.text,
            against_text=against,
        )
        self._asked = Asked(
            limits_name=f"{draft.original.id} {draft.version}",
            origin=draft.origin,
            changes=draft.changes,
            against_name=draft.origin.name if against else "",
        )
        self._say("")
        self.progress.show_share(0.0, -1.0)
        self.work.start(partial(self._asker.ask, question))
        self._idle()

    @Slot(object)
    def _show_answer(self, answer: object) -> None:
        if isinstance(answer, Answer):
            draft = self.draft
            if draft is None or self._is_as_asked(answer.question, draft):
                self.answer = answer
                self.result.show_answer(answer)
                self.turn_to(RESULT)
            else:
                self._say("The question changed while it was judged: judge again.", trouble=True)
        elif isinstance(answer, str):
            self._say(answer)
        else:
            self._say("Stopped before all was judged: nothing is known.", trouble=True)
        self._idle()

    def _is_as_asked(self, question: Question, draft: Draft) -> bool:
        now = replace(
            question,
            sessions=self.chooser.sessions,
            files=tuple(self.chooser.files),
            limits_text=draft.text,
            against_text=self._against_text(),
        )
        return now == question

    @Slot(str)
    def _fail(self, words: str) -> None:
        self._say(words, trouble=True)
        self._idle()

    # -- what is kept ---------------------------------------------------------------------------

    @Slot()
    def _save_limits(self) -> None:
        draft = self.draft
        if draft is None or draft.profile is None:
            return
        proposed = f"{draft.original.id}-{draft.version}.toml"
        path = self._save_file(self, "Save limits", proposed, "Limits (*.toml)")
        if path:
            self._keep(partial(self._asker.save, draft.text, with_ending(path, ".toml")))

    @Slot()
    def _save_document(self) -> None:
        answer, asked, draft = self.answer, self._asked, self.draft
        if answer is None or asked is None or draft is None:
            return
        proposed = f"other-limits-{draft.original.id}-{draft.version}.pdf"
        pattern = "PDF (*.pdf);;HTML (*.html)"
        path = self._save_file(self, "Save document", proposed, pattern)
        if path:
            known = Path(path).suffix.lower() in (".pdf", ".html", ".htm")
            target = Path(path) if known else with_ending(path, ".pdf")
            self._keep(partial(self._asker.write, asked, answer, target))

    def _keep(self, write: Callable[[], str]) -> None:
        if not self.work.busy:
            self._say("")
            self.work.start(lambda _go_on: write())
            self._idle()

    @Slot(str, object)
    def _open(self, session: str, t_ns: int | None) -> None:
        self._open_session(session, t_ns)

    @Slot()
    def _replay(self) -> None:
        on_result = self.tabs[RESULT].isChecked() and self.result.replay.isEnabled()
        (self.result.replay if on_result else self.replay).click()

    @Slot()
    def _replay_at_hand(self) -> None:
        draft, session = self.draft, self.chooser.current
        if session and draft is not None and draft.profile is not None:
            self.replay_wanted.emit(ReplayOrder(session=session, limits_text=draft.text))

    @Slot(str, object)
    def _replay_moment(self, session: str, t_ns: int | None) -> None:
        if self.answer is not None:
            limits_text = self.answer.question.limits_text
            order = ReplayOrder(session=session, t_ns=t_ns, limits_text=limits_text)
            self.replay_wanted.emit(order)

    def dress(self, _look: Theme) -> None:
        """Take the colours and sizes in force."""
        self.chooser.fit()
        self.rules.fit()
        self.result.fit()

    def finish(self) -> None:
        """End what still works."""
        self._settle.stop()
        self.work.finish()
        self.live.finish()
