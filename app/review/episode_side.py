"""The episodes of a session beside its plots: found, looked at one by one, commented on, closed.

When only looking they are found anew and nothing is recorded. A review begins with the finding put
into the record. What is said of episodes is kept here first and then recorded together, since every
addition runs the whole record again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app import theme
from app.bedside.fields import ChoiceRow, TextField, labelled, show_text, wrapped_label
from app.bedside.sign_in_form import Ask, SignInForm
from app.episode_words import OUTCOME_WORDS, remark_words
from app.people.door import People, Proven, identify
from app.records.catalogue import OpenedSession, Standing
from app.review.episode_list import EpisodeList
from app.review_criteria import CriteriaInForce
from protocols.episode_book import EpisodeBook, EpisodeStanding, count_words, counted
from protocols.events import (
    AssessEpisodes,
    Command,
    Episode,
    EpisodeOutcome,
    EpisodesAssessed,
    FindEpisodes,
    PersonIdentified,
    kind_of,
)

NOT_CLOSED = "This session is not closed: its review begins once it is."
NO_NAME = "Type your name: it stands with what you say."
FOUND_NOW = "Found now, not yet recorded. Begin the review to comment and close."
STALE = "Values were corrected or added since: find the episodes again."
CHANGED = (
    "By the criteria and the record of now other episodes are found: find them again to take them."
)
CHOOSE = "Choose one or more episodes in the list."
NO_COMMENT = "Write the comment: it stands with what you decide."
NO_OUTCOME = "Say what you make of it: expected, acted on, artefact or needs follow-up."
ONLY_OPEN = "One of those chosen is closed already: open it again first."
ONLY_CLOSED = "One of those chosen is open."


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundNow:
    """The episodes as they are found now, and by which criteria."""

    episodes: tuple[Episode, ...]
    in_force: CriteriaInForce


class EpisodeSide(QScrollArea):
    """Told what to show; hands over what a reviewer begins and says.

    Signals:
        amend_wanted: a tuple of commands that name who gives them, and a tuple of who was
            identified for them.
        moment_chosen: session time in ns (as an object) of the episode turned to.
        counted: how the review stands, in words.
        unrecorded_changed: other answers wait to be recorded, or another session is shown.
    """

    amend_wanted = Signal(object, object)
    moment_chosen = Signal(object)
    counted = Signal(str)
    unrecorded_changed = Signal()

    def __init__(self, people: People | None = None, parent: QWidget | None = None) -> None:
        """Ask the accounts of `people` where there are any."""
        super().__init__(parent)
        self.setAccessibleName("episodes")
        self.setWidgetResizable(True)
        self._people = people
        self._opened: OpenedSession | None = None
        self._now: FoundNow | None = None
        self._waiting: tuple[Command, ...] = ()
        self._drafts: dict[str, list[AssessEpisodes]] = {}
        self._half_said: dict[str, tuple[str, str | None]] = {}
        self._make_parts()
        self._lay_out()

    def _make_parts(self) -> None:
        self.count = QLabel()
        self.count.setAccessibleName("how many episodes are open")
        theme.style(self.count, role="title")
        self.notice = wrapped_label(name="about the episodes")
        theme.style(self.notice, tone="dim")
        self.problem = wrapped_label(name="what came of it")
        theme.style(self.problem, tone="attention", strong=True)
        self.name = TextField("your name", "name and profession")
        self.name_box = labelled("Your name", self.name)
        self.begin = QPushButton("Begin review")
        theme.style(self.begin, kind="primary")
        self.begin.clicked.connect(self._begin)
        self.list = EpisodeList()
        self.list.moment_chosen.connect(self.moment_chosen)
        self.list.selection_changed.connect(self._show_detail)
        self.detail = wrapped_label(name="what was said of the episode")
        self.comment = TextField("comment", "what you saw, and why")
        self.outcome = ChoiceRow(
            "what you make of it", [(one, OUTCOME_WORDS[one]) for one in EpisodeOutcome], columns=2
        )
        self.say_button = QPushButton("Comment")
        self.close_button = QPushButton("Close")
        self.reopen_button = QPushButton("Open again")
        for button in (self.say_button, self.close_button, self.reopen_button):
            theme.style(button, kind="action")
        self.say_button.clicked.connect(self._say)
        self.close_button.clicked.connect(self._close)
        self.reopen_button.clicked.connect(self._reopen)
        self.record = QPushButton()
        theme.style(self.record, kind="primary")
        self.record.clicked.connect(self._record)
        self.drop = QPushButton("Drop them")
        theme.style(self.drop, kind="quiet")
        self.drop.clicked.connect(self._drop_drafts)
        self.prove: SignInForm | None = None
        if self._people is not None:
            self.prove = SignInForm(self._people)
            self.prove.proven.connect(self._take_proof)
            self.prove.hide()

    def _lay_out(self) -> None:
        page = QWidget()
        theme.style(page, surface="panel")
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(theme.GRID_PX)
        for widget in (self.count, self.notice, self.name_box, self.begin, self.problem):
            column.addWidget(widget)
        if self.prove is not None:
            column.addWidget(self.prove)
        self.work = QWidget()
        theme.style(self.work, clear=True)
        column.addWidget(self.work, 1)
        inner = QVBoxLayout(self.work)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(theme.GRID_PX)
        inner.addWidget(self.list, 1)
        inner.addWidget(self.detail)
        self.answers = QWidget()
        theme.style(self.answers, clear=True)
        inner.addWidget(self.answers)
        answers = QVBoxLayout(self.answers)
        answers.setContentsMargins(0, 0, 0, 0)
        answers.addWidget(labelled("Comment", self.comment))
        answers.addWidget(self.outcome)
        row = QHBoxLayout()
        answers.addLayout(row)
        for button in (self.close_button, self.say_button, self.reopen_button):
            row.addWidget(button)
        row.addStretch(1)
        last = QHBoxLayout()
        answers.addLayout(last)
        last.addWidget(self.record)
        last.addWidget(self.drop)
        last.addStretch(1)
        self.setWidget(page)
        show_text(self.problem, "")

    @property
    def _has_accounts(self) -> bool:
        return self._people is not None and self._people.has_accounts

    @property
    def drafts(self) -> list[AssessEpisodes]:
        """What was said of the session shown and is not yet recorded."""
        session = "" if self._opened is None else self._opened.line.session
        return self._drafts.setdefault(session, [])

    @property
    def unrecorded(self) -> dict[str, int]:
        """How many answers wait to be recorded, by session; a comment begun counts as one."""
        found = Counter({session: len(kept) for session, kept in self._drafts.items()})
        found.update(session for session, (words, _) in self._half_said.items() if words.strip())
        if self._opened is not None and self.comment.words():
            found[self._opened.line.session] += 1
        return {session: n for session, n in found.items() if n}

    def discard(self, sessions: Collection[str]) -> None:
        """Give up what was said of `sessions` and is not yet recorded."""
        for session in sessions:
            self._drafts.pop(session, None)
            self._half_said.pop(session, None)
        if self._opened is not None and self._opened.line.session in sessions:
            self.comment.clear()
        self._render()

    @property
    def book(self) -> EpisodeBook:
        """The episodes as the record has them."""
        return EpisodeBook() if self._opened is None else self._opened.history.amended.episodes

    def standings(self) -> tuple[EpisodeStanding, ...]:
        """What is shown: as recorded with what is not yet recorded on top, else as found now."""
        if self.book.found is None:
            now = () if self._now is None else self._now.episodes
            return tuple(EpisodeStanding(episode=one) for one in now)
        said = [_as_said(one) for one in self.drafts]
        found = []
        for standing in self.book.standings:
            for remark in said:
                if standing.episode.key in remark.episodes:
                    standing = standing.assessed(remark)
            found.append(standing)
        return tuple(found)

    def show_session(self, opened: OpenedSession, now: FoundNow) -> None:
        """Show the episodes of `opened`; `now` are those found in it just now."""
        before = "" if self._opened is None else self._opened.line.session
        self._opened, self._now = opened, now
        if before != opened.line.session:
            show_text(self.problem, "")
            if before:
                self._half_said[before] = (self.comment.text(), self.outcome.value())
            comment, outcome = self._half_said.pop(opened.line.session, ("", None))
            self.comment.setText(comment)
            self.outcome.show_value(outcome)
        self._stop_asking()
        self._render()

    def _render(self) -> None:
        opened, now, book = self._opened, self._now, self.book
        if opened is None or now is None:
            return
        closed = opened.line.standing is Standing.CLOSED
        begun = book.found is not None
        standings = self.standings()
        words = count_words(standings)
        if not begun:
            words = f"{counted(len(now.episodes)) if now.episodes else 'no episode'} found"
        theme.set_text(self.count, words)
        drafts = len(self.drafts)
        unsaid = f", {drafts} not recorded" if drafts else ""
        self.counted.emit(f"{words}{unsaid}" if begun else f"{words}, not reviewed")
        show_text(self.notice, self._notice(closed=closed))
        differs = begun and book.found is not None and book.found.found != now.episodes
        self.begin.setText("Find again" if begun else "Begin review")
        self.begin.setVisible(closed and (not begun or book.stale or differs))
        self.name_box.setVisible(closed and not self._has_accounts)
        self.answers.setVisible(closed and begun)
        self.record.setText(f"Record {drafts} answer{'' if drafts == 1 else 's'}")
        self.record.setVisible(bool(drafts))
        self.drop.setVisible(bool(drafts))
        self.list.show_standings(
            opened, standings, {k for one in self.drafts for k in one.episodes}
        )
        self._show_detail()
        self.unrecorded_changed.emit()

    def _notice(self, *, closed: bool) -> str:
        book, now = self.book, self._now
        parts = []
        if now is not None and now.in_force.problem:
            parts.append(now.in_force.problem)
        if not closed:
            parts.append(NOT_CLOSED)
        elif book.found is None:
            parts.append(FOUND_NOW)
        elif book.stale:
            parts.append(STALE)
        elif now is not None and book.found.found != now.episodes:
            parts.append(CHANGED)
        if book.found is not None:
            parts.append(f"Begun by {book.found.by}.")
        elif now is not None:
            parts.append(f"Criteria: {now.in_force.criteria.name}.")
        return " ".join(parts)

    @Slot()
    def _show_detail(self) -> None:
        chosen = self.list.chosen()
        self.say_button.setEnabled(bool(chosen))
        self.close_button.setEnabled(any(one.is_open for one in chosen))
        self.reopen_button.setEnabled(any(not one.is_open for one in chosen))
        if not chosen:
            show_text(self.detail, CHOOSE if self.standings() else "")
            return
        if len(chosen) > 1:
            show_text(self.detail, f"{len(chosen)} episodes chosen: one answer stands for all.")
            return
        (one,) = chosen
        lines = [one.episode.words]
        lines += [f"{remark.by} {remark_words(remark)}" for remark in one.remarks]
        if one.episode.events:
            numbers = ", ".join(str(number) for number in one.episode.events)
            lines.append(f"Rests on event{'' if len(one.episode.events) == 1 else 's'} {numbers}.")
        show_text(self.detail, "\n".join(lines))

    # -- what a reviewer does ---------------------------------------------------------------------

    @Slot()
    def _begin(self) -> None:
        opened, now = self._opened, self._now
        if opened is None or now is None:
            return
        self.list.setFocus()  # the button goes away, and would hand focus to one that acts
        self._send(
            (
                FindEpisodes(
                    t_ns=0,
                    by="",
                    criteria_text=now.in_force.text,
                    found=now.episodes,
                    counted_seq=opened.count,
                ),
            ),
            "Who reviews?",
        )

    @Slot()
    def _say(self) -> None:
        self._answer(None, reopened=False)

    @Slot()
    def _close(self) -> None:
        value = self.outcome.value()
        if value is None:
            show_text(self.problem, NO_OUTCOME)
            return
        if any(not one.is_open for one in self.list.chosen()):
            show_text(self.problem, ONLY_OPEN)
            return
        self._answer(EpisodeOutcome(value), reopened=False)

    @Slot()
    def _reopen(self) -> None:
        if any(one.is_open for one in self.list.chosen()):
            show_text(self.problem, ONLY_CLOSED)
            return
        self._answer(None, reopened=True)

    def _answer(self, outcome: EpisodeOutcome | None, *, reopened: bool) -> None:
        chosen, comment = self.list.chosen(), self.comment.words()
        if not chosen or not comment:
            show_text(self.problem, NO_COMMENT if chosen else CHOOSE)
            return
        self.drafts.append(
            AssessEpisodes(
                t_ns=0,
                by="",
                episodes=tuple(one.episode.key for one in chosen),
                comment=comment,
                outcome=outcome,
                reopened=reopened,
            )
        )
        show_text(self.problem, "")
        self.comment.clear()
        self.outcome.show_value(None)
        self._render()

    @Slot()
    def _drop_drafts(self) -> None:
        self.drafts.clear()
        self._render()

    @Slot()
    def _record(self) -> None:
        self._send(tuple(self.drafts), "Who says this?")

    def _send(self, commands: tuple[Command, ...], heading: str) -> None:
        show_text(self.problem, "")
        if self._has_accounts and self.prove is not None and self._people is not None:
            self._waiting = commands
            kind = kind_of(commands[0])
            roles = self._people.policy.roles_for(kind)
            if any(isinstance(one, AssessEpisodes) and _decides(one) for one in commands):
                roles &= self._people.policy.closing
            self.prove.show()
            self.prove.ask(Ask(heading=heading, purpose=kind, roles=roles))
            self.ensureWidgetVisible(self.prove)
            self.prove.first_field().setFocus()
            return
        name = self.name.words()
        if not name:
            show_text(self.problem, NO_NAME)
            self.name.setFocus()
            return
        self.amend_wanted.emit(tuple(replace(one, by=name) for one in commands), ())

    @Slot(object)
    def _take_proof(self, proven: Proven) -> None:
        commands = self._waiting
        self._stop_asking()
        if commands:
            identified: tuple[PersonIdentified, ...] = (identify(proven),)
            name = proven.account.name
            self.amend_wanted.emit(tuple(replace(one, by=name) for one in commands), identified)

    def _stop_asking(self) -> None:
        self._waiting = ()
        if self.prove is not None:
            self.prove.hide()

    def show_added(self, commands: Sequence[Command], words: str) -> None:
        """What was asked for stands in the record."""
        self._drafts = {
            session: [one for one in kept if replace(one, by="") not in _bare(commands)]
            for session, kept in self._drafts.items()
        }
        show_text(self.problem, words)
        self._render()

    def show_refused(self, words: str) -> None:
        """Nothing was added, and why; what was said is kept here."""
        show_text(self.problem, f"Not added: {words}")


def _bare(commands: Sequence[Command]) -> list[Command]:
    return [replace(one, by="") for one in commands]


def _decides(command: AssessEpisodes) -> bool:
    return command.outcome is not None or command.reopened


def _as_said(command: AssessEpisodes) -> EpisodesAssessed:
    return EpisodesAssessed(
        t_ns=0,
        episodes=command.episodes,
        by="you, not yet recorded",
        comment=command.comment,
        outcome=command.outcome,
        reopened=command.reopened,
    )
