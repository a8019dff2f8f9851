"""Signing a record: what it says, the sentence shown word for word, who; and who signed before."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.bedside.entry_panel import tighten
from app.bedside.fields import ChoiceRow, labelled, show_text, wrapped_label
from app.bedside.proof_box import PersonField
from app.signing import RecordEnd, statement_of
from protocols.episodes import MINDED
from protocols.events import SignRecord
from protocols.events.terms import Meaning

EndOfRecord = Callable[[], RecordEnd]
"""Reads where the record ends now; ValueError with a sentence where it cannot be told."""

Gate = Callable[[Meaning], str]
"""Says why a signature of this meaning cannot be given yet, in a sentence; empty where it can."""

NO_MEANING = "Choose what your signature says."
NO_NAME = "Type your name: it signs the record."
NO_END = "The record cannot be read now: try again."
UNSIGNED = "Nobody has signed yet."


class SignBox(QWidget):
    """First the sentence is shown with what it covers, then it is signed as it stands.

    Signals:
        intended: a `SignRecord`.
    """

    intended = Signal(object)

    def __init__(
        self,
        meanings: tuple[Meaning, ...],
        *,
        asks_name: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        """Offer signatures of these `meanings`; without `asks_name` others say who signs."""
        super().__init__(parent)
        theme.style(self, clear=True)
        self.setAccessibleName("signatures")
        self.asks_name = asks_name
        self._read_end: EndOfRecord | None = None
        self._end: RecordEnd | None = None
        self._gate: Gate = lambda _meaning: ""
        self.open_label = wrapped_label(name="what is still to be signed")
        theme.style(self.open_label, tone="attention", strong=True)
        self.signed_label = wrapped_label(name="signatures so far")
        self.meaning = ChoiceRow(
            "what the signature says",
            [(one, one) for one in meanings],
            columns=2 if len(meanings) > 3 else 0,  # so that no word is cut in a narrow side
        )
        tighten(self.meaning)
        self.meaning.chosen.connect(self._forget_sentence)
        self.meaning.chosen.connect(self._mind_gate)
        self.name = PersonField(
            "your name as signature", "name and profession", "You", proof="password"
        )
        self.name.textEdited.connect(self._forget_sentence)
        self.show_button = QPushButton("Show what is signed")
        self.show_button.clicked.connect(self._show_sentence)
        self.statement = wrapped_label(name="the sentence that is signed")
        theme.style(self.statement, strong=True)
        self.sign_button = QPushButton("Sign this")
        theme.style(self.sign_button, kind="primary")
        self.sign_button.clicked.connect(self._sign)
        self.problem = wrapped_label(name="what is missing for the signature")
        theme.style(self.problem, tone="attention", strong=True)
        self._lay_out()

    def _lay_out(self) -> None:
        self.entry = QWidget()
        theme.style(self.entry, clear=True)
        column = QVBoxLayout(self.entry)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(labelled("I sign as", self.meaning))
        self.name_box = labelled("Name", self.name)
        column.addWidget(self.name_box)
        column.addWidget(self.statement)
        column.addWidget(self.problem)
        row = QHBoxLayout()
        column.addLayout(row)
        row.addWidget(self.show_button)
        row.addWidget(self.sign_button)
        row.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(8)
        for widget in (self.signed_label, self.open_label, self.entry):
            outer.addWidget(widget)
        self._forget_sentence()

    def use_end(self, read_end: EndOfRecord) -> None:
        """Read with `read_end` what a signature is put to."""
        self._read_end = read_end

    def use_gate(self, gate: Gate) -> None:
        """Ask `gate` whether a signature can be given, and say why where it cannot."""
        self._gate = gate
        self._mind_gate()

    def show_signatures(self, signed: str, open_words: str, *, proves: bool) -> None:
        """Show who signed and what is open; with `proves` the signer proves who they are."""
        show_text(self.signed_label, signed or UNSIGNED)
        show_text(self.open_label, open_words)
        self.name.ask_proof(proves=proves)
        self.name_box.setVisible(self.asks_name)
        self.entry.setVisible(self._read_end is not None)

    def start_anew(self) -> None:
        """The signature stands: the next one begins empty."""
        self.meaning.show_value(None)
        self.show_button.setEnabled(True)
        if not self.name.proves:
            self.name.clear()
        self._forget_sentence()

    @Slot()
    def _forget_sentence(self) -> None:
        self._end = None
        show_text(self.statement, "")
        show_text(self.problem, "")
        self.sign_button.hide()
        self.show_button.show()

    @Slot()
    def _mind_gate(self) -> None:
        """Say at once why what was chosen cannot be signed yet."""
        meaning = self.meaning.value()
        held = "" if meaning is None else self._gate(Meaning(meaning))
        self.show_button.setEnabled(not held)
        if held:
            self._forget_sentence()
            show_text(self.problem, held)

    @Slot()
    def _show_sentence(self) -> None:
        meaning = self.meaning.value()
        if meaning is None or self._read_end is None:
            show_text(self.problem, NO_MEANING)
            return
        if not self.name.words():
            show_text(self.problem, NO_NAME)
            self.name.setFocus()
            return
        try:
            self._end = self._read_end()
        except ValueError as error:
            show_text(self.problem, str(error) or NO_END)
            return
        show_text(self.problem, "")
        show_text(self.statement, statement_of(Meaning(meaning), self._end))
        self.show_button.hide()
        self.sign_button.show()
        self.sign_button.setFocus()

    @Slot()
    def _sign(self) -> None:
        meaning, end = self.meaning.value(), self._end
        if meaning is None or end is None:
            return
        self.intended.emit(
            SignRecord(
                t_ns=0,
                by=self.name.words(),
                meaning=Meaning(meaning),
                signed_seq=end.seq,
                signed_chain=end.chain,
                statement=self.statement.text(),
                episodes_closed=Meaning(meaning) in MINDED,
            )
        )
