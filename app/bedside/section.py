"""A section of the preparation page: how it stands, and what is to be done."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.bedside.fields import keep_place, show_text, wrapped_label
from app.history import History
from app.state import ViewState
from app.theme import style
from protocols.events import Command, CommandRefused


class Standing(StrEnum):
    """How a section stands, as a word."""

    DONE = "done"
    OPEN = "open"
    HELD = "held"


MARKS = {Standing.DONE: "✓", Standing.OPEN: "○", Standing.HELD: "■"}
"""The mark beside the word; the shape differs, not the colour alone."""


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def latest_refusal(state: ViewState, kinds: tuple[type[Command], ...]) -> CommandRefused | None:
    """The newest refusal of a command of these `kinds`, named by class or by journal name."""
    wanted = {_plain(kind.__name__) for kind in kinds}
    refusals = (r for r in reversed(state.refusals) if _plain(r.command) in wanted)
    return next(refusals, None)


def refusal_words(refusal: CommandRefused) -> str:
    """What a person reads of a refusal, or of a question that must be confirmed."""
    return f"{'Not recorded yet' if refusal.confirmable else 'Not accepted'}: {refusal.reason}"


class Refusals(QLabel):
    """The sentence with which the rules refused the last action of its place.

    Where the rules only ask, the same action sent again is the confirmation: see `answer`.
    """

    def __init__(self, *kinds: type[Command]) -> None:
        """Watch the refusals of commands of these `kinds`."""
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setObjectName("refusal")
        self.setAccessibleName("not accepted")
        style(self, tone="attention", strong=True)
        self.hide()
        self._kinds = kinds
        self._answered: CommandRefused | None = None
        self._latest: CommandRefused | None = None
        self._sent: Command | None = None

    @property
    def shown(self) -> CommandRefused | None:
        """The newest refusal that came after the last `forget`."""
        return None if self._latest is self._answered else self._latest

    def answer(self, command: Command) -> Command:
        """`command` as it is to be sent: confirmed, if it is what the rules just asked about."""
        asked = self.shown is not None and self.shown.confirmable
        again = asked and command == self._sent
        self._sent = command
        self.forget()
        return replace(command, confirmed=True) if again else command  # type: ignore[call-arg]

    def watch(self, state: ViewState) -> None:
        """Show the newest refusal that came after the last `forget`."""
        self._latest = latest_refusal(state, self._kinds)
        show_text(self, "" if self.shown is None else refusal_words(self.shown))

    def forget(self) -> None:
        """A person acts anew: what was refused before is answered."""
        self._answered = self._latest
        show_text(self, "")


class Section(QFrame):
    """One section: title, mark and word, a body, and the sentence of a refusal.

    Signals:
        intended: what a person wants done, a `Command` with `t_ns` 0 and mostly no `by`.

    Attributes:
        title: as it stands above the body and in the sentence beside Start.
        standing: done, open or held.
        because: what is missing or holds it, a sentence; empty when done.
    """

    intended = Signal(object)

    title = ""
    refusable: tuple[type[Command], ...] = ()
    """Commands whose refusals are shown here."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("section")
        style(self, surface="panel")
        self.setAccessibleName(self.title)
        self.standing = Standing.OPEN
        self.because = ""
        self.refusals = Refusals(*self.refusable)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 16, 24, 16)
        outer.setSpacing(12)
        self._add_header(outer)
        self.body = QVBoxLayout()
        self.body.setSpacing(12)
        outer.addLayout(self.body)

    def _add_header(self, outer: QVBoxLayout) -> None:
        header = QHBoxLayout()
        outer.addLayout(header)
        header.setSpacing(16)
        heading = QLabel(self.title)
        style(heading, role="title")
        self.standing_label = QLabel()
        self.standing_label.setObjectName("standing")
        style(self.standing_label, strong=True)
        self.because_label = wrapped_label(name="because")
        style(self.because_label, role="small", tone="dim")
        header.addWidget(heading)
        header.addWidget(self.standing_label)
        header.addWidget(keep_place(self.because_label), 1)

    def send(self, command: Command) -> None:
        """Emit what a person wants; an earlier refusal is answered by it."""
        self.intended.emit(self.refusals.answer(command))

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show `state` as it is at `now_ns`."""
        self.show_state(state, history, now_ns)
        self.refusals.watch(state)
        standing, because = self.judge(state, now_ns)
        self.standing, self.because = standing, because
        show_text(self.standing_label, f"{MARKS[standing]} {standing}")
        style(self.standing_label, tone="dim" if standing is Standing.DONE else "attention")
        show_text(self.because_label, because)
        self.standing_label.setAccessibleName(f"{self.title}: {standing}. {because}")

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show the body. Sections give their own."""
        raise NotImplementedError

    def judge(self, state: ViewState, now_ns: int) -> tuple[Standing, str]:
        """How the section stands and why. Sections give their own."""
        raise NotImplementedError
