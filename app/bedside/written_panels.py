"""Pages for what is written in words: a drug given, a note, a hand-over."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QWidget

from app.bedside.card_box import CardBox
from app.bedside.entry_panel import EntryPanel, tighten
from app.bedside.fields import ChoiceRow, DecimalField, TextField, labelled, wrapped_label
from app.bedside.hand_over_card import hand_over_card
from app.bedside.proof_box import PersonField, asks_proof
from app.history import History
from app.state import ViewState
from protocols.events import Command, HandOver, ObservationRecorded, RecordDrug, WriteNote
from protocols.observing import DRUG_PURPOSES


class WrittenPanel(EntryPanel):
    """A page that keeps what was typed until the record holds it: a refusal loses nothing."""

    button_text = "Record"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sent_after = -1
        self._listed = 0
        self.build()
        self.record = QPushButton(self.button_text)
        self.record.clicked.connect(self._send)
        self.body.addWidget(self.record)

    def build(self) -> None:
        """Put the fields into `body`."""
        raise NotImplementedError

    def command(self) -> Command | None:
        """What the fields say, or None while something is missing."""
        raise NotImplementedError

    def clear(self) -> None:
        """Empty the fields."""
        raise NotImplementedError

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Empty the fields once the record holds what was sent."""
        if self._sent_after < 0:
            return
        fresh = history.listed[self._sent_after :]
        if any(isinstance(e, ObservationRecorded) and e.kind in self.listed_kinds for e in fresh):
            self._sent_after = -1
            self.clear()

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Remember where the record stands, then show it."""
        self._listed = len(history.listed)
        super().render(state, history, now_ns)

    @Slot()
    def _send(self) -> None:
        command = self.command()
        if command is not None:
            self._sent_after = self._listed
            self.send(command)


class DrugPanel(WrittenPanel):
    """A drug that the staff gave, in their words; the program recommends none."""

    title = "Drug given"
    refusable = (RecordDrug,)
    listed_kinds = ("drug",)

    def build(self) -> None:
        """Drug, dose, route, when and what for."""
        self.drug = TextField("drug", "name as on the label")
        self.dose = TextField("dose", "amount with unit, e.g. 4 mg")
        self.route = TextField("route", "IV, PO, nasal ...")
        self.age = DecimalField("given how many minutes ago", decimals=0)
        self.age.setPlaceholderText("empty: now")
        self.purpose = ChoiceRow("purpose", [(one, one) for one in DRUG_PURPOSES if one])
        tighten(self.purpose)
        for field in (self.drug, self.dose, self.route):
            self.body.addWidget(labelled(field.accessibleName().capitalize(), field))
        self.body.addWidget(labelled("Given, minutes ago", self.age))
        self.body.addWidget(labelled("What for (may stay open)", self.purpose))

    def first_field(self) -> QWidget | None:
        """The name of the drug."""
        return self.drug

    def command(self) -> Command | None:
        """The drug with its dose; both must be there."""
        if not self.drug.words() or not self.dose.words():
            return None
        return RecordDrug(
            t_ns=0,
            by="",
            drug=self.drug.words(),
            dose=self.dose.words(),
            route=self.route.words(),
            purpose=self.purpose.value() or "",
            age_s=60 * float(self.age.value() or 0),
        )

    def clear(self) -> None:
        """Empty the fields."""
        for field in (self.drug, self.dose, self.route, self.age):
            field.clear()
        self.purpose.show_value(None)


class NotePanel(WrittenPanel):
    """A free note."""

    title = "Note"
    refusable = (WriteNote,)
    listed_kinds = ("note",)

    def build(self) -> None:
        """One field of several lines."""
        self.text = QPlainTextEdit()
        self.text.setAccessibleName("note")
        self.text.setTabChangesFocus(True)
        self.text.setMinimumHeight(120)
        self.body.addWidget(self.text)

    def first_field(self) -> QWidget | None:
        """The text."""
        return self.text

    def command(self) -> Command | None:
        """The note, unless it is empty."""
        words = self.text.toPlainText().strip()
        return WriteNote(t_ns=0, by="", text=words) if words else None

    def clear(self) -> None:
        """Empty the text."""
        self.text.clear()


class HandOverPanel(WrittenPanel):
    """Another named observer takes over, after the card was read together."""

    title = "Hand over"
    refusable = (HandOver,)
    listed_kinds = ("hand-over",)
    button_text = "Hand over"

    def build(self) -> None:
        """What the next person needs, and who takes over."""
        self.present = wrapped_label()
        self.card = CardBox()
        self.to = PersonField("who takes over", "name and role")
        self.body.addWidget(self.present)
        self.body.addWidget(self.card)
        self.body.addWidget(labelled("Who takes over", self.to))

    def first_field(self) -> QWidget | None:
        """The name, or the button where the person proves it."""
        return self.record if self.to.proves else self.to

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Name the present observer and draw the card."""
        self.to.ask_proof(proves=asks_proof(state))
        super().show_state(state, history, now_ns)
        present = state.observer or "nobody named yet"
        if self.present.text() != f"Observer: {present}":
            self.present.setText(f"Observer: {present}")
        self.card.show_lines(hand_over_card(state, history, now_ns))

    def command(self) -> Command | None:
        """The hand-over, unless nobody is named."""
        return HandOver(t_ns=0, by="", to=self.to.words()) if self.to.words() else None

    def clear(self) -> None:
        """Empty the name."""
        self.to.clear()
