"""Corrections and signatures on the summary: before the close both, after it the signatures."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import theme
from app.amended import Amended
from app.bedside.amend_panel import AmendPanel
from app.bedside.fields import small_label
from app.bedside.proof_box import asks_proof
from app.bedside.section import Refusals
from app.bedside.sign_box import EndOfRecord, SignBox
from app.history import History
from app.signing import (
    APPROVE_IN_REVIEW,
    episodes_problem,
    open_signatures,
    open_words,
    signature_words,
    uncovered_words,
)
from app.state import ViewState
from protocols.events import SignRecord
from protocols.events.terms import Meaning

AFTER = "What is wrong in a closed session is corrected in the review."


class SignFrame(QWidget):
    """Who signed the record, what is still to be signed, and signing it.

    Signals:
        intended: a `SignRecord`.
    """

    intended = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, clear=True)
        self._signed = 0
        self.box = SignBox((Meaning.PERFORMED, Meaning.WITNESSED, Meaning.APPROVED))
        self.box.intended.connect(self._send)
        self._amended = Amended()
        self.box.use_gate(self._held)
        self.elsewhere = small_label(APPROVE_IN_REVIEW)
        self.refusals = Refusals(SignRecord)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.box)
        column.addWidget(self.elsewhere)
        column.addWidget(self.refusals)

    def use_end(self, read_end: EndOfRecord) -> None:
        """Read with `read_end` what a signature is put to."""
        self.box.use_end(read_end)

    def render(self, state: ViewState, history: History) -> None:
        """Show the signatures of `history`."""
        amended = self._amended = history.amended
        lines = []
        for _, signed in amended.signatures:
            later = uncovered_words(amended, signed)
            lines.append(f"✓ {signature_words(signed)}{f' — {later}' if later else ''}")
        if len(amended.signatures) > self._signed:
            self.box.start_anew()
        self._signed = len(amended.signatures)
        left = Meaning.APPROVED in open_signatures(state, amended)
        self.elsewhere.setVisible(left and bool(episodes_problem(Meaning.APPROVED, amended)))
        proves = asks_proof(state)
        self.box.show_signatures("\n".join(lines), open_words(state, amended), proves=proves)
        self.refusals.watch(state)

    def _held(self, meaning: Meaning) -> str:
        """Nobody looks for episodes at the bedside: an approval is signed in the review."""
        return APPROVE_IN_REVIEW if episodes_problem(meaning, self._amended) else ""

    def _send(self, command: SignRecord) -> None:
        self.intended.emit(self.refusals.answer(command))


class AmendFrame(QWidget):
    """The last entries and late entries while the session is open.

    Signals:
        intended: a `CorrectEntry` or `AddAddendum`.
    """

    intended = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, clear=True)
        self.panel = AmendPanel()
        self.panel.intended.connect(self.intended)
        self.after = small_label(AFTER)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.panel)
        column.addWidget(self.after)

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Offer corrections until the session is closed."""
        closed = state.closed is not None
        self.panel.setVisible(not closed)
        self.after.setVisible(closed)
        if not closed:
            self.panel.render(state, history, now_ns)
