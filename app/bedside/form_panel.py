"""A form: what is missing in it, typed by who knows it, and the export.

Only fields that the record does not fill are asked; nothing is chosen beforehand.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.bedside.fields import (
    ChoiceRow,
    TextField,
    bare_row,
    labelled,
    show_text,
    small_label,
    wrapped_label,
)
from app.bedside.section import Refusals
from app.history import History
from app.printing.documents import DocumentError
from app.printing.press import Press
from app.state import ViewState
from app.theme import style
from protocols.events import FillForm, FormAnswer, WriteNote
from protocols.forms import FieldKind, FilledField, FilledForm, Form, FormField, Standing
from protocols.vitals import NS_PER_S

_ASKED = (Standing.MISSING, Standing.TYPED, Standing.OPEN)
_AGAIN_NS = 10 * NS_PER_S
"""What changes with the clock alone is looked at anew this often."""

_EXAMPLES = {FieldKind.DATE: "2027-11-30", FieldKind.NUMBER: "number", FieldKind.TEXT: ""}


class FieldRow(QWidget):
    """One field that a person may fill: how it stands, why it is missing, and where to type."""

    def __init__(self, field: FormField, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, clear=True)
        self.field = field
        self.standing = wrapped_label(name=f"how it stands: {field.label}")
        style(self.standing, role="small", tone="dim")
        self.choice: ChoiceRow | None = None
        self.text: TextField | None = None
        if field.kind is FieldKind.YES_NO:
            self.choice = ChoiceRow(field.label, [("yes", "Yes"), ("no", "No")])
        else:
            self.text = TextField(field.label, field.hint or _EXAMPLES[field.kind])
        entry = self.choice or self.text
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        if entry is not None:
            column.addWidget(labelled(field.label, entry))
        column.addWidget(self.standing)
        self._recorded = ""

    def show_filled(self, one: FilledField, *, closed: bool) -> None:
        """Show how the field stands; what is being typed is left alone."""
        self.setVisible(one.standing in _ASKED)
        if one.standing is Standing.TYPED:
            words = f"✓ {one.value}, {one.evidence}"
        elif one.standing is Standing.MISSING:
            words = f"○ missing: {one.evidence}"
        else:
            words = "optional, not recorded"
        if one.caution:
            words = f"{words}. Note: {one.caution}"
        show_text(self.standing, words)
        style(self.standing, tone="attention" if one.standing is Standing.MISSING else "dim")
        if one.value != self._recorded:
            self._recorded = one.value
            if self.text is not None:
                self.text.settle()
        if self.text is not None:
            self.text.fill(self._recorded)
        elif self.choice is not None and self.choice.value() is None:
            self.choice.show_value(self._recorded or None)
        for entry in (self.text, self.choice):
            if entry is not None:
                entry.setEnabled(not closed)

    def answer(self) -> FormAnswer | None:
        """What was typed or touched and is not in the record yet; None where nothing is."""
        value = self.text.words() if self.text is not None else ""
        if self.choice is not None:
            value = self.choice.value() or ""
        if not value or value == self._recorded:
            return None
        return FormAnswer(
            field=self.field.id, label=self.field.label, kind=self.field.kind.value, value=value
        )


class FormPanel(QFrame):
    """The forms that are offered for the protocol, one at a time; hidden where there is none.

    Signals:
        intended: a `FillForm` with what was typed, and a `WriteNote` for a form that was made.
    """

    intended = Signal(object)

    def __init__(self, press: Press, parent: QWidget | None = None) -> None:
        """Fill and make the forms with `press`."""
        super().__init__(parent)
        style(self, surface="panel")
        self.setAccessibleName("Form")
        self.press = press
        self.forms: dict[str, Form] = {}
        self.form: Form | None = None
        self.choice: ChoiceRow | None = None
        self.rows: dict[str, FieldRow] = {}
        self._history = History()
        self._protocol: str | None = None
        self._key: tuple[object, ...] | None = None
        self._closed = False
        self.heading = wrapped_label("Form", name="form")
        style(self.heading, role="title")
        self.count = wrapped_label(name="fields missing")
        style(self.count, strong=True)
        self.notes = small_label(name="about the form")
        self._choices = QVBoxLayout()
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(12)
        self._asked: list[str] = []
        self.refusals = Refusals(FillForm)
        self.outcome = wrapped_label(name="outcome of the form")
        self.outcome.hide()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 16, 16, 16)
        whole.setSpacing(12)
        whole.addLayout(self._choices)
        for widget in (self.heading, self.count, self.notes):
            whole.addWidget(widget)
        whole.addLayout(self._grid)
        whole.addWidget(self._make_buttons())
        whole.addWidget(self.refusals)
        whole.addWidget(self.outcome)
        self.hide()

    def _make_buttons(self) -> QWidget:
        self.record_button = QPushButton("Record what was typed")
        style(self.record_button, kind="primary")
        self.record_button.clicked.connect(self._record)
        self.export_button = QPushButton("Export PDF")
        self.export_button.clicked.connect(self._export)
        row = bare_row(self.record_button, self.export_button)
        layout = row.layout()
        if isinstance(layout, QHBoxLayout):
            layout.addStretch(1)
        return row

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show the form of the protocol as far as the record fills it."""
        self._history = history
        self._closed = state.closed is not None
        self.refusals.watch(state)
        protocol = "" if state.definition is None else state.definition.id
        if protocol != self._protocol:
            self._protocol = protocol
            self._offer(protocol)
        self.setVisible(self.form is not None or bool(self.outcome.text()))
        if self.form is None:
            return
        key = (history.version, now_ns // _AGAIN_NS, self._closed)
        if key != self._key:
            self._key = key
            self._show(self.press.fill(self.form, history.record))

    def _offer(self, protocol: str) -> None:
        """Offer the forms for `protocol`; those that name it stand first."""
        self._say("")
        self._take(None)
        if self.choice is not None:
            self._choices.removeWidget(self.choice)
            self.choice.hide()
            self.choice.deleteLater()
            self.choice = None
        try:
            offered = self.press.forms_for(protocol) if protocol else []
        except DocumentError as error:
            self._say(f"The form cannot be used: {error}", trouble=True)
            return
        offered.sort(key=lambda form: not form.protocols)
        self.forms = {form.id: form for form in offered}
        if len(offered) > 1:
            self.choice = ChoiceRow("Form", [(form.id, form.title) for form in offered])
            self.choice.show_value(offered[0].id)
            self.choice.chosen.connect(self._choose)
            self._choices.addWidget(self.choice, 0, Qt.AlignmentFlag.AlignLeft)
        if offered:
            self._take(offered[0])

    @Slot(str)
    def _choose(self, name: str) -> None:
        self._say("")
        self._take(self.forms[name])
        if self.form is not None:
            self._show(self.press.fill(self.form, self._history.record))

    def _take(self, form: Form | None) -> None:
        """Lay out the rows of `form`."""
        for row in self.rows.values():
            self._grid.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows, self.form, self._key = {}, form, None
        self._asked = []
        if form is None:
            return
        show_text(self.heading, form.title)
        show_text(self.notes, " ".join(form.notes))
        for field in form.fields:
            row = FieldRow(field, self)
            row.hide()
            self.rows[field.id] = row

    def _show(self, filled: FilledForm) -> None:
        known = sum(1 for one in filled.fields if one.standing is Standing.RECORDED)
        lacking = f"○ {filled.count_text}" if filled.missing else "✓ Nothing is missing"
        show_text(self.count, f"{lacking}; {known} are filled from the record.")
        style(self.count, tone="attention" if filled.missing else "text")
        self._arrange([one.field.id for one in filled.fields if one.standing in _ASKED])
        for one in filled.fields:
            self.rows[one.field.id].show_filled(one, closed=self._closed)
        self.record_button.setVisible(not self._closed)

    def _arrange(self, asked: list[str]) -> None:
        """Put the rows of the fields that are asked in two columns, in the order of the form."""
        if asked == self._asked:
            return
        for name in self._asked:
            self._grid.removeWidget(self.rows[name])
        for number, name in enumerate(asked):
            top = Qt.AlignmentFlag.AlignTop
            self._grid.addWidget(self.rows[name], number // 2, number % 2, top)
        for column in range(2):
            self._grid.setColumnStretch(column, 1)
        self._asked = asked

    def _answers(self) -> tuple[FormAnswer, ...]:
        """What was typed and is not in the record yet."""
        shown = (row for row in self.rows.values() if not row.isHidden())
        return tuple(answer for row in shown if (answer := row.answer()) is not None)

    def _say(self, words: str, *, trouble: bool = False) -> None:
        style(self.outcome, tone="attention" if trouble else "text")
        show_text(self.outcome, words)

    @Slot()
    def _record(self) -> None:
        if self.form is None:
            return
        answers = self._answers()
        self.refusals.forget()
        if not answers:
            self._say("Nothing new was typed.", trouble=True)
            return
        self._say("")
        self.intended.emit(
            FillForm(t_ns=0, by="", form=self.form.id, version=self.form.version, answers=answers)
        )

    @Slot()
    def _export(self) -> None:
        if self.form is None:
            return
        if self._answers():
            self._say("Not made: record what was typed first.", trouble=True)
            return
        try:
            made = self.press.print_form(self.form, self._history.record)
        except DocumentError as error:
            self._say(f"Not made: {error}", trouble=True)
            return
        words = f"{made.words} {made.filled.count_text}."
        self._say(words, trouble=not made.shown)
        if not self._closed:
            self.intended.emit(WriteNote(t_ns=0, by="", text=made.note))
