"""The desk of verification: one session, several or all, with verdicts, and the result to keep."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.fields import show_text, wrapped_label
from app.records.catalogue import Catalogue, CatalogueError, Progress, Search, SessionLine
from app.review.desks import OpenSession
from app.review.record_table import RecordTable
from app.review.rows import Row
from app.review.session_list import when_words
from app.review.work import Work
from app.review.work_bar import WorkBar
from app.reviewing.verifying import (
    GoOn,
    ResultWriter,
    SessionCheck,
    Verification,
    WholeCheck,
    verify_all,
)
from app.theme import Theme

MOST_LISTED = 2_000
"""Sessions listed at once; `All` verifies those that are not listed too."""

HEADINGS = ("Session", "Start", "Standing", "Verdict", "First difference", "Alarms", "Present")

NOTHING_YET = "Nothing was verified yet: choose sessions, or verify all and the record around them."

SaveFile = Callable[[QWidget, str, str], str]
"""Asks for a file to write: proposed name and pattern; empty: not."""


def ask_to_save(parent: QWidget, proposed: str, pattern: str) -> str:
    """Ask with the system's file dialog."""
    return QFileDialog.getSaveFileName(parent, "Save the result", proposed, pattern)[0]


class _Telling:
    """A verifier that hands each verdict over from its thread as soon as it is there."""

    def __init__(self, verifier: ResultWriter, fresh: deque[SessionCheck]) -> None:
        self._verifier = verifier
        self._fresh = fresh
        self.place, self.keys = verifier.place, verifier.keys

    def names(self) -> Sequence[str]:
        """Every session of the record."""
        return self._verifier.names()

    def check_session(self, session: str, go_on: GoOn) -> SessionCheck | None:
        """Verify one session and hand the verdict over."""
        check = self._verifier.check_session(session, go_on)
        if check is not None:
            self._fresh.append(check)
        return check

    def check_record(self, go_on: GoOn) -> WholeCheck | None:
        """Verify the record around its sessions."""
        return self._verifier.check_record(go_on)


class VerifyDesk(QWidget):
    """Sessions with their verdicts above, what was found of one below."""

    def __init__(
        self,
        catalogue: Catalogue,
        verifier: ResultWriter,
        open_session: OpenSession,
        *,
        save_file: SaveFile = ask_to_save,
    ) -> None:
        """Verify sessions of `catalogue` by `verifier`; show them through `open_session`."""
        super().__init__()
        self._catalogue = catalogue
        self._verifier = verifier
        self._open_session = open_session
        self._save_file = save_file
        self._fresh: deque[SessionCheck] = deque()
        self._lines: list[SessionLine] = []
        self.checks: dict[str, SessionCheck] = {}
        self.found: Verification | None = None
        self.selected = QPushButton("Verify selected")
        self.all = QPushButton("Verify all and the record")
        self.stop = QPushButton("Stop")
        self.save = QPushButton("Save result")
        self.go_there = QPushButton("Open at the difference")
        theme.style(self.all, kind="primary")
        self.progress = WorkBar("verifying", "verifying")
        keeps = self.progress.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(keeps)
        self.message = wrapped_label(NOTHING_YET, name="outcome")
        self.table = RecordTable("sessions to verify", HEADINGS, 4)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.detail = QPlainTextEdit()
        self.detail.setReadOnly(True)
        self.detail.setTabChangesFocus(True)
        self.detail.setAccessibleName("what was found of the session")
        self.work = Work(self)
        self._lay_out()
        self._connect()
        self.look_again()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID_PX)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(theme.GRID_PX)
        for widget in (self.all, self.selected, self.stop):
            row.addWidget(widget)
        row.addWidget(self.progress, 1)
        row.addWidget(self.go_there)
        row.addWidget(self.save)
        column.addWidget(self.message)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.setChildrenCollapsible(False)
        column.addWidget(parts, 1)
        parts.addWidget(self.table)
        parts.addWidget(self.detail)
        parts.setStretchFactor(0, 3)
        parts.setStretchFactor(1, 2)

    def _connect(self) -> None:
        self.all.clicked.connect(self.verify_all)
        self.selected.clicked.connect(self.verify_selected)
        self.stop.clicked.connect(self._stop)
        self.save.clicked.connect(self._save)
        self.go_there.clicked.connect(self._go_there)
        self.work.progressed.connect(self._show_progress)
        self.work.done.connect(self._show_found)
        self.work.failed.connect(self._fail)
        self.table.selectionModel().selectionChanged.connect(self._show_chosen)
        self.table.activated.connect(self._open)

    # -- sessions -------------------------------------------------------------------------------

    @Slot()
    def look_again(self) -> None:
        """List the sessions anew; verdicts that were found stay."""
        try:
            self._lines = self._catalogue.list_sessions(Search(), 0, MOST_LISTED)
        except CatalogueError as error:
            self._lines = []
            self._say(str(error), trouble=True)
        self._show_rows()

    def _show_rows(self) -> None:
        chosen = set(self._chosen())
        self.table.show_rows([Row(t_ns=0, cells=self._cells(line)) for line in self._lines])
        for row, line in enumerate(self._lines):
            if line.session in chosen:
                self.table.selectRow(row)
                break
        self._show_busy()
        self._show_chosen()

    def _cells(self, line: SessionLine) -> tuple[str, ...]:
        check = self.checks.get(line.session)
        told = (line.session, when_words(line), line.standing.value)
        if check is None:
            return (*told, "", "", "", "")
        verdict = "[+] good" if check.good else "[x] DIFFERENCE"
        present = ", ".join(one.short_words for one in check.present)
        return (*told, verdict, check.place_words, check.latency_words, present)

    def _chosen(self) -> list[str]:
        rows = sorted({index.row() for index in self.table.selectionModel().selectedRows()})
        known = self.table.rows_model.rows
        return [str(known[row].cells[0]) for row in rows if row < len(known)]

    @Slot()
    def _show_chosen(self) -> None:
        self.selected.setEnabled(bool(self._chosen()) and not self.work.busy)
        check = self._at_hand()
        self.detail.setPlainText("" if check is None else "\n".join(_told(check)))
        differs = check is not None and check.replay is not None and not check.replay.identical
        self.go_there.setEnabled(differs)

    def _at_hand(self) -> SessionCheck | None:
        chosen = self._chosen()
        return self.checks.get(chosen[0]) if len(chosen) == 1 else None

    @Slot(QModelIndex)
    def _open(self, index: QModelIndex) -> None:
        self._open_session(self._lines[index.row()].session)

    @Slot()
    def _go_there(self) -> None:
        check = self._at_hand()
        if check is not None and check.replay is not None and check.replay.difference is not None:
            self._open_session(check.session, check.replay.difference.t_ns)

    # -- verifying ------------------------------------------------------------------------------

    @Slot()
    def verify_selected(self) -> None:
        """Verify the sessions that are selected."""
        self._start(self._chosen())

    @Slot()
    def verify_all(self) -> None:
        """Verify every session and the record around them."""
        self._start(None)

    def _start(self, sessions: list[str] | None) -> None:
        if self.work.busy or sessions == []:
            return
        self._fresh.clear()
        self.found = None
        self._say("Verifying.")
        self._show_progress(0.0, -1.0)
        self.work.start(partial(_verify, _Telling(self._verifier, self._fresh), sessions))
        self._show_busy()

    @Slot()
    def _stop(self) -> None:
        self.work.stop()
        self.stop.setEnabled(False)
        self._say("Stopping.")

    def _show_busy(self) -> None:
        busy = self.work.busy
        for button in (self.all, self.selected):
            button.setEnabled(not busy)
        self.stop.setEnabled(busy)
        self.progress.setVisible(busy)
        self.save.setEnabled(self.found is not None and not busy)

    @Slot(float, float)
    def _show_progress(self, share: float, left_s: float) -> None:
        self.progress.show_share(share, left_s)
        self._take_fresh()

    def _take_fresh(self) -> None:
        before = len(self._fresh)
        while self._fresh:
            check = self._fresh.popleft()
            self.checks[check.session] = check
        if before:
            self._show_rows()

    @Slot(object)
    def _show_found(self, found: object) -> None:
        self._take_fresh()
        if isinstance(found, Verification):
            self.found = replace(found, checks=tuple(found.checks))
            self._say(found.words, trouble=not found.good or found.stopped)
        self._show_rows()

    @Slot(str)
    def _fail(self, words: str) -> None:
        self._take_fresh()
        self._say(words, trouble=True)
        self._show_rows()

    def _say(self, words: str, *, trouble: bool = False) -> None:
        theme.style(self.message, tone="attention" if trouble else "text", strong=trouble)
        show_text(self.message, words)

    @Slot()
    def _save(self) -> None:
        if self.found is None:
            return
        path = self._save_file(self, "verification.pdf", "PDF (*.pdf);;HTML (*.html)")
        if not path:
            return
        try:
            self._say(self._verifier.write(self.found, Path(path)))
        except CatalogueError as error:
            self._say(str(error), trouble=True)

    # -- the window -----------------------------------------------------------------------------

    def dress(self, _look: Theme) -> None:
        """Take the colours and sizes in force."""
        self.table.fit()

    def finish(self) -> None:
        """End what still works."""
        self.work.finish()


def _verify(verifier: _Telling, sessions: list[str] | None, progress: Progress) -> Verification:
    return verify_all(verifier, sessions, progress)


def _told(check: SessionCheck) -> list[str]:
    """What was found of a session, a line each."""
    chain = check.chain_problem or f"whole, {check.events} events"
    return [
        f"Session {check.session}, recorded by version {check.program or 'unknown'}",
        f"Chain: {chain}; {check.seal}",
        f"Chain value: {check.head}",
        f"Replay: {check.replay_words[0]}",
        *(f"    {words}" for words in check.replay_words[1:]),
        *check.signatures,
        f"Alarms: {check.latency_words}",
        f"Present: {check.present_words}",
        *check.missing,
    ]
