"""One session opened: its trends with a cursor, its tables, its numbers, and what to do with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.fields import show_text, wrapped_label
from app.bedside.ledger_words import reconciled_words
from app.people.door import People
from app.records.catalogue import OpenedSession, Standing, TrailLine
from app.review.amend_side import AmendSide
from app.review.copy_side import CopySide
from app.review.episode_side import EpisodeSide, FoundNow
from app.review.numbers_panel import NumbersPanel
from app.review.plots_and_tables import PlotsAndTables
from app.review.rows import clock_text, span_text
from app.review.work_bar import WorkBar
from app.reviewing.figures import SessionFigures
from app.reviewing.provenance import OriginSource
from app.reviewing.wave_track import WaveSource
from app.state_ledger import is_open

_NAMES_EM = 18.0
"""Least width of a session's names beside its buttons, in sizes of type."""


class SessionPage(QWidget):
    """Everything about one session; told what to show.

    Signals:
        replay_wanted, verify_wanted, stop_wanted: a button was pressed.
        trail_wanted: the trail is turned to: answer with `show_trail`.
    """

    replay_wanted = Signal()
    verify_wanted = Signal()
    stop_wanted = Signal()
    trail_wanted = Signal()

    def __init__(
        self,
        people: People | None = None,
        waves: WaveSource | None = None,
        origins: OriginSource | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Who corrects or signs proves it to `people`, where they have accounts.

        `waves` and `origins` are asked for what is read after a session is already shown.
        """
        super().__init__(parent)
        self.title = QLabel()
        self.title.setAccessibleName("session")
        theme.style(self.title, role="title")
        self.subtitle = wrapped_label(name="about the session")
        theme.style(self.subtitle, tone="dim")
        self.simulated = QLabel("SIMULATED")
        theme.style(self.simulated, tone="drug", strong=True)
        self.notice = wrapped_label(name="what is missing")
        theme.style(self.notice, tone="attention", strong=True)
        self.replay = QPushButton("Open in replay")
        theme.style(self.replay, kind="primary")
        self.export = QPushButton("Export")
        self.export.setToolTip("CSV, JSON, FHIR, EDF+, WFDB or .vital; also de-identified.")
        self.export.setCheckable(True)
        self.verify = QPushButton("Verify")
        self.outcome = wrapped_label(name="outcome")
        self.progress = WorkBar("progress", "checking")
        self.stop = QPushButton("Stop")
        self.middle = PlotsAndTables(waves, origins)
        self.numbers = NumbersPanel()
        self.amend = QPushButton("Correct, sign")
        self.amend.setCheckable(True)
        self.amending: AmendSide = AmendSide(people)
        self.copying = CopySide()
        self.look = QPushButton("Episodes")
        self.look.setCheckable(True)
        self.episodes: EpisodeSide = EpisodeSide(people)
        self._added_sides: dict[QPushButton, QWidget] = {}
        for side in (self.episodes, self.amending, self.copying):
            side.hide()
        self._opened: OpenedSession | None = None
        self._lay_out()
        self._connect()

    @Slot(object)
    def go_to(self, t_ns: int) -> None:
        """Stand at session time `t_ns`, in ns, in plots and tables."""
        self.middle.go_to(t_ns)

    @Slot(object, object)
    def show_span(self, start_ns: int, end_ns: int) -> None:
        """Show the session from `start_ns` to `end_ns`, session time in ns."""
        self.middle.show_span(start_ns, end_ns)

    @property
    def opened(self) -> OpenedSession | None:
        """The session shown."""
        return self._opened

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID_PX)
        column.addWidget(self._make_head())
        row = QHBoxLayout()
        column.addLayout(row, 1)
        row.setSpacing(theme.GRID_PX)
        self._parts = QSplitter()
        self._parts.setChildrenCollapsible(False)
        self._parts.addWidget(self.middle)
        self._parts.addWidget(self.numbers)
        self._parts.addWidget(self.episodes)
        self._parts.addWidget(self.amending)
        self._parts.addWidget(self.copying)
        self._parts.addWidget(self.middle.card)
        self._parts.setStretchFactor(0, 1)
        row.addWidget(self._parts)

    def _make_head(self) -> QFrame:
        head = QFrame()
        theme.style(head, surface="panel")
        column = QVBoxLayout(head)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(4)
        self._head_row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        column.addLayout(self._head_row)
        self._head_row.setSpacing(theme.GRID_PX)
        names = QVBoxLayout()
        self._head_row.addLayout(names, 1)
        names.setSpacing(0)
        first = QHBoxLayout()
        names.addLayout(first)
        first.setSpacing(16)
        first.addWidget(self.title)
        first.addWidget(self.simulated)
        first.addStretch(1)
        names.addWidget(self.subtitle)
        self._buttons = QHBoxLayout()
        self._head_row.addLayout(self._buttons)
        for button in (self.replay, self.export, self.verify, self.look, self.amend):
            self._buttons.addWidget(button)
        column.addWidget(self.notice)
        self._working = QWidget()
        theme.style(self._working, clear=True)
        working = QHBoxLayout(self._working)
        working.setContentsMargins(0, 0, 0, 0)
        working.addWidget(self.progress, 1)
        working.addWidget(self.stop)
        column.addWidget(self._working)
        column.addWidget(self.outcome)
        for widget in (self._working, self.outcome, self.notice):
            widget.hide()
        return head

    def _connect(self) -> None:
        self.replay.clicked.connect(self.replay_wanted)
        for button in self._sides():
            button.toggled.connect(self._turn_side)
        self.numbers.moment_chosen.connect(self.go_to)
        self.episodes.moment_chosen.connect(self.go_to)
        self.episodes.counted.connect(self._show_count)
        self.verify.clicked.connect(self.verify_wanted)
        self.stop.clicked.connect(self.stop_wanted)
        self.middle.trail_wanted.connect(self.trail_wanted)
        self.middle.card_wanted.connect(self._show_card)
        self.middle.card.closed.connect(self._hide_card)

    def show_session(self, opened: OpenedSession, figures: SessionFigures, found: FoundNow) -> None:
        """Show `opened`, with the cursor at the start of the drug, its numbers and episodes."""
        self._opened = opened
        line = opened.line
        theme.set_text(self.title, line.patient or "no patient")
        self.simulated.setVisible(line.simulated)
        theme.set_text(self.subtitle, _about(opened))
        show_text(self.notice, _notice(opened))
        self.say("")
        self.middle.show_session(opened)
        self.numbers.show_session(opened, figures)
        self.episodes.show_session(opened, found)

    def show_trail(self, lines: Sequence[TrailLine]) -> None:
        """Show who looked at the session or took a copy of it, newest first."""
        self.middle.show_trail(lines)

    def allow_trail(self, *, allowed: bool) -> None:
        """Let the trail be turned to, or hide it."""
        self.middle.allow_trail(allowed=allowed)

    def show_work(self, share: float, left_s: float) -> None:
        """A long piece of work is at `share`; `left_s` seconds are left, or below 0: unknown."""
        self.outcome.hide()
        self._working.show()
        self.progress.show_share(share, left_s)
        self._allow(allowed=False)

    def say(self, words: str, *, trouble: bool = False) -> None:
        """Show how a piece of work ended; nothing when `words` is empty."""
        self._working.hide()
        theme.style(self.outcome, tone="attention" if trouble else "text", strong=trouble)
        show_text(self.outcome, words)
        self._allow(allowed=True)

    def _allow(self, *, allowed: bool) -> None:
        self.verify.setEnabled(allowed)
        self.copying.allow(allowed=allowed)
        for part in (self.amending.work, self.episodes.work, self.episodes.begin):
            part.setEnabled(allowed)

    def finish(self) -> None:
        """Wait for what is still read."""
        self.middle.finish()

    def fit(self) -> None:
        """Take the sizes and colours in force."""
        width = round(theme.active_sizes().body * 20)
        for side in (self.numbers, self.middle.card, *self._sides().values()):
            side.setMinimumWidth(width)
            side.setMaximumWidth(round(1.6 * width))
        self.middle.fit()
        self._place_buttons()

    def _sides(self) -> dict[QPushButton, QWidget]:
        """What is shown in place of the numbers, by the button that turns to it."""
        own = {self.look: self.episodes, self.amend: self.amending, self.export: self.copying}
        return {**own, **self._added_sides}

    def add_side(self, title: str, side: QWidget) -> QPushButton:
        """Offer `side` in place of the numbers; gives the button in the head that turns to it."""
        button = QPushButton(title)
        button.setCheckable(True)
        self._buttons.addWidget(button)
        self._parts.addWidget(side)
        side.hide()
        self._added_sides[button] = side
        button.toggled.connect(self._turn_side)
        self._place_buttons()
        return button

    @Slot(bool)
    def _turn_side(self, chosen: bool) -> None:
        """Show the side of the button pressed in place of the numbers, or the numbers again."""
        pressed = self.sender()
        for button in self._sides():
            if chosen and button is not pressed:
                button.setChecked(False)
        self._hide_card()

    @Slot()
    def _show_card(self) -> None:
        """Show where a point came from in place of the side that is shown."""
        for side in (self.numbers, *self._sides().values()):
            side.hide()
        self.middle.card.show()

    @Slot()
    def _hide_card(self) -> None:
        """Show again what stood there before."""
        self.middle.card.hide()
        sides = self._sides()
        for button, side in sides.items():
            side.setVisible(button.isChecked())
        working = any(button.isChecked() for button in sides)
        self.numbers.setVisible(not working)
        self.middle.rows_show_card = not working  # a row pressed covers no half-written entry
        self._share_room()

    def _share_room(self) -> None:
        """Let the side have what the plots and the names of the tables leave."""
        whole = self._parts.width()
        parts = [self.middle, self.numbers, self.middle.card, *self._sides().values()]
        side = next(part for part in parts[1:] if not part.isHidden())
        room = max(side.minimumWidth(), whole - self.middle.least_px)
        wide = min(side.maximumWidth(), side.sizeHint().width(), room)
        widths = {self._parts.indexOf(self.middle): whole - wide, self._parts.indexOf(side): wide}
        self._parts.setSizes([widths.get(place, 0) for place in range(self._parts.count())])

    @Slot(str)
    def _show_count(self, words: str) -> None:
        """Say beside the session's name how its review stands."""
        short = words.replace("no episode", "none").replace(" episodes", "").replace(" episode", "")
        self.look.setText(f"Episodes: {short}")
        self.look.setAccessibleName(f"Episodes: {words}")
        self._place_buttons()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the buttons a row of their own where they have no room beside the names."""
        super().resizeEvent(event)
        self._place_buttons()

    def _place_buttons(self) -> None:
        room = self.width() - self._buttons.sizeHint().width()
        beside = room >= _NAMES_EM * theme.active_sizes().body
        direction = QBoxLayout.Direction
        self._head_row.setDirection(direction.LeftToRight if beside else direction.TopToBottom)


def _about(opened: OpenedSession) -> str:
    """Record number, start in the room's own time, room, protocol and length."""
    line = opened.line
    started = opened.clock.local(0)
    parts = [
        f"MRN {line.mrn}" if line.mrn else "",
        "no date" if started is None else f"{started:%Y-%m-%d %H:%M}",
        line.room,
        line.protocol,
        span_text(opened.end_ns),
        line.standing.value,
    ]
    return " · ".join(part for part in parts if part)


def _notice(opened: OpenedSession) -> str:
    parts = []
    end = clock_text(opened, opened.end_ns)
    if opened.line.standing is Standing.INTERRUPTED:
        parts.append(f"Interrupted: the record ends at {end} and the session was never closed.")
    elif opened.line.standing is Standing.RUNNING:
        parts.append(f"Still running: shown up to {end}. Press F5 to look again.")
    account = opened.state.reconciled
    if account is not None and not account.balanced:
        parts.append(reconciled_words(account))
    elif is_open(opened.state, opened.end_ns) and opened.line.standing is Standing.CLOSED:
        parts.append("Closed without the drug being reconciled.")
    parts += opened.missing[:3]
    if len(opened.missing) > 3:
        parts.append(f"{len(opened.missing) - 3} more parts of the record cannot be read.")
    return "\n".join(parts)
