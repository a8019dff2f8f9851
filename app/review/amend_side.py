"""What is added to a closed session: corrections, addenda, signatures, and who makes them.

Where people have accounts each of these is proven by a password for itself, beside the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from app import theme
from app.bedside.amend_form import AmendForm
from app.bedside.entry_list import EntryList
from app.bedside.fields import TextField, labelled, show_text, small_label, wrapped_label
from app.bedside.late_form import LateForm
from app.bedside.sign_box import SignBox
from app.bedside.sign_in_form import Ask, SignInForm
from app.people.door import People, Proven, identify
from app.records.catalogue import OpenedSession, SignatureVerdict, Standing
from app.signing import RecordEnd, episodes_problem, open_words, signature_words, uncovered_words
from protocols.events import (
    AddAddendum,
    Command,
    CorrectEntry,
    PersonIdentified,
    SignRecord,
    kind_of,
)
from protocols.events.terms import Meaning

NOT_CLOSED = "This session is not closed: it is corrected and signed at the bedside."
NO_NAME = "Type your name: it stands with what you add."
NOTHING_CHANGES = (
    "Nothing in the record is changed. What you add follows its close, in the same chain."
)


class AmendSide(QScrollArea):
    """Told what to show; hands over what a person adds.

    Signals:
        amend_wanted: a command that names who gives it, and a tuple of who was identified for it.
    """

    amend_wanted = Signal(object, object)

    def __init__(self, people: People | None = None, parent: QWidget | None = None) -> None:
        """Ask the accounts of `people` where there are any."""
        super().__init__(parent)
        self.setAccessibleName("corrections, addenda and signatures")
        self.setWidgetResizable(True)
        self._people = people
        self._opened: OpenedSession | None = None
        self._waiting: Command | None = None
        self._sent: Command | None = None
        self._asked = False
        self.notice = wrapped_label(NOTHING_CHANGES, name="what adding does")
        self.problem = wrapped_label(name="what came of it")
        theme.style(self.problem, tone="attention", strong=True)
        self.name = TextField("your name", "name and profession")
        self.name_box = labelled("Your name", self.name)
        self.prove: SignInForm | None = None
        if people is not None:
            self.prove = SignInForm(people)
            self.prove.proven.connect(self._take_proof)
            self.prove.hide()
        self.sign = SignBox(
            (Meaning.REVIEWED, Meaning.APPROVED, Meaning.PERFORMED, Meaning.WITNESSED),
            asks_name=False,
        )
        self.form = AmendForm()
        self.late = LateForm()
        self.list = EntryList(0)
        self.list.chosen.connect(self._begin)
        for part in (self.sign, self.form, self.late):
            part.intended.connect(self._take)
        self._lay_out()

    def _lay_out(self) -> None:
        page = QWidget()
        theme.style(page, surface="panel")
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(theme.GRID_PX)
        for widget in (self.notice, self.name_box, self.problem):
            column.addWidget(widget)
        if self.prove is not None:
            column.addWidget(self.prove)
        self.work = QWidget()
        theme.style(self.work, clear=True)
        inner = QVBoxLayout(self.work)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(theme.GRID_PX)
        for title, parts in (
            ("Signatures", (self.sign,)),
            ("Addendum", (self.late,)),
            ("Correct an entry", (self.form, self.list)),
        ):
            heading = QLabel(title)
            theme.style(heading, role="title")
            inner.addWidget(heading)
            for part in parts:
                inner.addWidget(part)
        inner.addWidget(small_label("Times are those of the room."))
        column.addWidget(self.work)
        column.addStretch(1)
        self.setWidget(page)
        show_text(self.problem, "")

    @property
    def _has_accounts(self) -> bool:
        return self._people is not None and self._people.has_accounts

    def show_session(
        self, opened: OpenedSession, signatures: Sequence[SignatureVerdict] = ()
    ) -> None:
        """Show `opened`; `signatures` are its signatures as they were checked."""
        same = self._opened is not None and self._opened.line.session == opened.line.session
        self._opened = opened
        closed = opened.line.standing is Standing.CLOSED
        theme.set_text(self.notice, NOTHING_CHANGES if closed else NOT_CLOSED)
        self.work.setVisible(closed)
        self.name_box.setVisible(closed and not self._has_accounts)
        self._stop_asking()
        if not same:
            self.form.close_form()
            self.late.clear()
            show_text(self.problem, "")
        end = RecordEnd(seq=opened.count, chain=opened.chain)
        amended = opened.history.amended
        self.sign.use_end(lambda: end)
        self.sign.start_anew()
        self.sign.use_gate(lambda meaning: episodes_problem(meaning, amended))
        words = "\n".join(_signature_line(opened, one) for one in signatures)
        left = open_words(opened.state, opened.history.amended)
        self.sign.show_signatures(words, left, proves=True)
        self.late.show_state(opened.state, opened.end_ns)
        self.list.show_entries(opened.state, opened.history)

    def show_added(self, _commands: Sequence[Command], words: str) -> None:
        """What was asked for stands in the record."""
        self._sent, self._asked = None, False
        self.form.close_form()
        self.late.clear()
        show_text(self.problem, words)

    def show_refused(self, words: str, *, confirmable: bool) -> None:
        """Nothing was added; where the rules only ask, the same sent again confirms it."""
        self._asked = confirmable
        more = " Send it again to confirm." if confirmable else ""
        show_text(self.problem, f"Not added: {words}{more}")

    @Slot(int)
    def _begin(self, seq: int) -> None:
        entry = None if self._opened is None else self._opened.history.entries.find(seq)
        if entry is not None:
            self.form.begin(entry)
            self.ensureWidgetVisible(self.form)

    @Slot(object)
    def _take(self, command: Command) -> None:
        again = self._asked and command == self._sent
        self._sent, self._asked = command, False
        if again and isinstance(command, CorrectEntry | AddAddendum):
            command = replace(command, confirmed=True)
        show_text(self.problem, "")
        if self._has_accounts and self.prove is not None:
            self._waiting = command
            rights = None if self._people is None else self._people.policy
            meaning = command.meaning if isinstance(command, SignRecord) else None
            kind = kind_of(command)
            roles = frozenset() if rights is None else rights.roles_for(kind, meaning)
            self.prove.show()
            self.prove.ask(Ask(heading=_heading(command), purpose=kind, roles=roles))
            self.ensureWidgetVisible(self.prove)
            self.prove.first_field().setFocus()
            return
        if not self.name.words():
            show_text(self.problem, NO_NAME)
            self.name.setFocus()
            return
        self.amend_wanted.emit(replace(command, by=self.name.words()), ())

    @Slot(object)
    def _take_proof(self, proven: Proven) -> None:
        command = self._waiting
        self._stop_asking()
        if command is not None:
            identified: tuple[PersonIdentified, ...] = (identify(proven),)
            self.amend_wanted.emit(replace(command, by=proven.account.name), identified)

    def _stop_asking(self) -> None:
        self._waiting = None
        if self.prove is not None:
            self.prove.hide()


def _heading(command: Command) -> str:
    if isinstance(command, SignRecord):
        return "Who signs? Password"
    return "Who corrects?" if isinstance(command, CorrectEntry) else "Who adds this?"


def _signature_line(opened: OpenedSession, one: SignatureVerdict) -> str:
    if one.problem:
        return f"✗ DOES NOT FIT: {signature_words(one.signed)}. {one.problem}"
    later = uncovered_words(opened.history.amended, one.signed)
    return f"✓ {signature_words(one.signed)}{f'; {later}' if later else ''}"
