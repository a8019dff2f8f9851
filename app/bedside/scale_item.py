"""One item of a scale: its words, what readings say of it, and one button an answer."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.bedside.fields import ChoiceRow, TextField, labelled, show_text, wrapped_label
from app.bedside.scale_draft import ScaleDraft
from app.bedside.scale_words import measured_now
from app.state import ViewState
from app.theme import style
from protocols.scales import Measured, ScaleItem

_YES, _NO = "yes", "no"


class ScaleItemView(QWidget):
    """Asks one item of a draft. Nothing is chosen until a person touches an answer.

    Signals:
        answered: the item has an answer and the next may be asked.
    """

    answered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, clear=True)
        self._draft: ScaleDraft | None = None
        self._item: ScaleItem | None = None
        self._asks = ""
        self.text = wrapped_label(name="question")
        style(self.text, strong=True)
        self.evidence = wrapped_label(name="what the readings say")
        style(self.evidence, role="small", tone="dim")
        self.choices: ChoiceRow | None = None
        self.source = TextField("what the answer rests on", "what was seen or measured")
        self.source.textEdited.connect(self._take_source)
        self.source.returnPressed.connect(self._go_on)
        self.source_box = labelled("What the answer rests on", self.source)
        self.next_button = QPushButton("Next")
        style(self.next_button, kind="primary")
        self.next_button.clicked.connect(self._go_on)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        for widget in (self.text, self.evidence, self.source_box, self.next_button):
            self._column.addWidget(widget)

    def show_item(self, draft: ScaleDraft, item: ScaleItem, state: ViewState, now_ns: int) -> None:
        """Ask `item`; buttons are made anew only when something else is asked."""
        measured = measured_now(item, state, now_ns)
        asks = _what_is_asked(draft, item, measured)
        if draft is not self._draft or item != self._item or asks != self._asks:
            self._draft, self._item, self._asks = draft, item, asks
            show_text(self.text, item.text or item.label)
            self._make_choices(draft, item, asks)
            self.source.setText(draft.sources.get(item.id, ""))
        show_text(self.evidence, _evidence_words(draft, item, measured, asks))
        by_person = item.measure is not None and asks == "answer"
        self.source_box.setVisible(by_person)
        self.next_button.setVisible(by_person or asks == "nothing")
        whole = item.id in draft.scores and bool(draft.sources.get(item.id, "").strip())
        self.next_button.setEnabled(asks == "nothing" or whole)

    def _make_choices(self, draft: ScaleDraft, item: ScaleItem, asks: str) -> None:
        if self.choices is not None:
            self._column.removeWidget(self.choices)
            self.choices.hide()
            self.choices.deleteLater()
            self.choices = None
        if asks == "nothing":
            self.next_button.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        if asks == "condition" and item.measure is not None:
            condition = item.measure.provided
            options = [(_YES, f"Yes, {condition}"), (_NO, f"No, not {condition}")]
        else:
            options = [(str(one.score), one.label) for one in item.options]
        self.choices = ChoiceRow(item.text or item.label, options, columns=1)
        if asks == "answer" and item.id in draft.scores:
            self.choices.show_value(str(draft.scores[item.id]))
        self.choices.chosen.connect(self._choose)
        self._column.insertWidget(2, self.choices)
        self.choices.show()
        self.choices.button(options[0][0]).setFocus(Qt.FocusReason.OtherFocusReason)

    def choose_digit(self, digit: str) -> bool:
        """A digit was typed: the answer of that score; tells whether there is one."""
        if self.choices is None or self._asks != "answer" or self._item is None:
            return False
        if self._item.option(int(digit)) is None:
            return False
        self.choices.show_value(digit)
        self._choose(digit)
        return True

    @Slot(str)
    def _choose(self, value: str) -> None:
        draft, item = self._draft, self._item
        if draft is None or item is None:
            return
        if self._asks == "condition":
            if value == _NO:
                draft.by_hand.add(item.id)
                return
            draft.confirmed.add(item.id)
        else:
            draft.scores[item.id] = int(value)
            if item.measure is not None:
                self.source.setFocus(Qt.FocusReason.OtherFocusReason)
                return
        self.answered.emit()

    @Slot(str)
    def _take_source(self, words: str) -> None:
        if self._draft is not None and self._item is not None:
            self._draft.sources[self._item.id] = words

    @Slot()
    def _go_on(self) -> None:
        if self.next_button.isEnabled():
            self.answered.emit()


def _what_is_asked(draft: ScaleDraft, item: ScaleItem, measured: Measured | None) -> str:
    """``answer`` of a person, the ``condition`` of readings, or ``nothing``: readings decide."""
    if item.measure is None or measured is None or measured.score is None:
        return "answer"
    if not item.measure.provided:
        return "nothing"
    if item.id in draft.by_hand:
        return "answer"
    return "nothing" if item.id in draft.confirmed else "condition"


def _evidence_words(
    draft: ScaleDraft, item: ScaleItem, measured: Measured | None, asks: str
) -> str:
    if measured is None or item.measure is None:
        return ""
    option = None if measured.score is None else item.option(measured.score)
    if asks == "nothing" and option is not None:
        ending = f", {item.measure.provided}" if item.measure.provided else ""
        return f"By the readings {option.score}: {option.label}\n{measured.evidence}{ending}"
    if asks == "condition":
        return f"{measured.evidence}: is that {item.measure.provided}?"
    if item.id in draft.by_hand:
        return measured.evidence
    return f"{measured.evidence}: take a reading, or answer and say what it rests on."
