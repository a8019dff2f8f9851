"""Filling in one scale: one item after the other, then all answers with the total."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.bedside.fields import (
    ChoiceRow,
    DecimalField,
    TextField,
    labelled,
    show_text,
    small_label,
    wrapped_label,
)
from app.bedside.scale_draft import ScaleDraft
from app.bedside.scale_item import ScaleItemView
from app.state import ViewState
from app.theme import style
from protocols.scales import Entry, Scale, band_of, missing_items, outcome_of, total_of


class ScaleForm(QWidget):
    """A draft of one scale. A digit chooses the answer of that score, Backspace goes back.

    Signals:
        filled: a `RecordScale`.
        left: the list of scales is wanted again.
    """

    filled = Signal(object)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, clear=True)
        self._drafts: dict[str, tuple[ScaleDraft, int]] = {}
        self.draft: ScaleDraft | None = None
        self._index = 0
        self._shown: tuple[ViewState, int] = (ViewState(), 0)
        self._make_head()
        self.item = ScaleItemView()
        self.item.answered.connect(self._next)
        self.back_button = QPushButton("Back")
        self.back_button.clicked.connect(self._back)
        self._make_entry()
        self._make_skip()
        self.summary = wrapped_label(name="answers")
        style(self.summary, role="small")
        self.result = wrapped_label(name="result")
        style(self.result, role="title")
        self.record_button = QPushButton("Record")
        style(self.record_button, kind="primary")
        self.record_button.clicked.connect(self._record)
        self.licence = small_label(name="licence")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(8)
        row.addWidget(self.list_button, 1)
        row.addWidget(self.back_button, 1)
        for widget in (
            self.name,
            self.step,
            self.intro,
            self.item,
            self.total_box,
            self.results_box,
            self.summary,
            self.result,
            self.record_button,
            self.skip_button,
            self.skip_box,
            self.licence,
        ):
            column.addWidget(widget)

    def _make_head(self) -> None:
        self.list_button = QPushButton("‹ All scales")
        self.list_button.setAccessibleName("all scales")
        style(self.list_button, kind="quiet")
        self.list_button.clicked.connect(self.left)
        self.name = wrapped_label(name="scale")
        style(self.name, role="title")
        self.step = small_label(name="which question")
        self.intro = wrapped_label(name="said before the questions")
        style(self.intro, tone="dim")

    def _make_entry(self) -> None:
        self.total = DecimalField("total of the scale", digits=4, decimals=0)
        self.total.textEdited.connect(self._take_total)
        self.total.returnPressed.connect(self._record)
        self.total_box = labelled("Total", self.total)
        self.results_box = QWidget()
        style(self.results_box, clear=True)
        self._results_column = QVBoxLayout(self.results_box)
        self._results_column.setContentsMargins(0, 0, 0, 0)
        self.results: ChoiceRow | None = None

    def _make_skip(self) -> None:
        self.skip_button = QPushButton("Cannot be filled in")
        style(self.skip_button, kind="quiet")
        self.skip_button.clicked.connect(self._ask_reason)
        self.reason = TextField("why it is not filled in", "why not")
        self.reason.returnPressed.connect(self._skip)
        self.skip_record = QPushButton("Record the reason")
        self.skip_record.clicked.connect(self._skip)
        self.skip_box = QWidget()
        style(self.skip_box, clear=True)
        column = QVBoxLayout(self.skip_box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(labelled("Why it, or a part of it, is not filled in", self.reason))
        row = QHBoxLayout()
        column.addLayout(row)
        row.addWidget(self.skip_record)
        row.addStretch(1)
        self.skip_box.hide()

    def open(self, scale: Scale) -> None:
        """Go on with the draft of `scale`, or begin one."""
        if self.draft is not None:
            self._drafts[self.draft.scale.id] = (self.draft, self._index)
        known = self._drafts.get(scale.id)
        if known is not None and known[0].scale == scale:
            self.draft, self._index = known
        else:
            self.draft, self._index = ScaleDraft(scale), 0
        self.total.setText("" if self.draft.total is None else str(self.draft.total))
        self._make_results(self.draft)
        self.skip_box.hide()
        self.reason.clear()

    def forget(self) -> None:
        """The draft is recorded: the next one begins empty."""
        if self.draft is not None:
            self._drafts.pop(self.draft.scale.id, None)
        self.draft = None

    def _make_results(self, draft: ScaleDraft) -> None:
        if self.results is not None:
            self._results_column.removeWidget(self.results)
            self.results.hide()
            self.results.deleteLater()
            self.results = None
        if draft.scale.entry is Entry.RESULT:
            options = [(one, one) for one in draft.scale.results]
            self.results = ChoiceRow(f"{draft.scale.name} result", options, columns=1)
            self.results.show_value(draft.result or None)
            self.results.chosen.connect(self._take_result)
            self._results_column.addWidget(self.results)

    def first_field(self) -> QWidget:
        """The widget that takes the focus."""
        if self.draft is None:
            return self.list_button
        if self.draft.scale.entry is Entry.TOTAL:
            return self.total
        row = self.results if self.results is not None else self.item.choices
        return row.findChildren(QPushButton)[0] if row is not None else self.record_button

    def render(self, state: ViewState, now_ns: int) -> None:
        """Show the draft at `now_ns`."""
        self._shown = (state, now_ns)
        draft = self.draft
        if draft is None:
            return
        scale = draft.scale
        asked = draft.asked(state, now_ns)
        self._index = min(self._index, len(asked))
        asking = self._index < len(asked)
        show_text(self.name, f"{scale.name}: {scale.title}")
        step = f"Question {self._index + 1} of {len(asked)}" if asking else ""
        show_text(self.step, step or ("All answers" if asked else ""))
        show_text(self.intro, scale.intro if asking else "")
        self.item.setVisible(asking)
        if asking:
            self.item.show_item(draft, asked[self._index], state, now_ns)
        self.back_button.setVisible(self._index > 0)
        self.total_box.setVisible(scale.entry is Entry.TOTAL)
        self.results_box.setVisible(scale.entry is Entry.RESULT)
        show_text(self.summary, "" if asking else _answer_lines(draft, state, now_ns))
        whole, words = _result_of(draft, state, now_ns)
        show_text(self.result, "" if asking else words)
        self.record_button.setVisible(not asking)
        self.record_button.setEnabled(whole)
        self.skip_button.setVisible(_may_skip(state, scale) and self.skip_box.isHidden())
        show_text(self.licence, scale.licence)

    @Slot()
    def _next(self) -> None:
        self._index += 1
        self.render(*self._shown)
        if not self.record_button.isHidden():
            self.record_button.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _back(self) -> None:
        if self.draft is None or self._index == 0:
            return
        self._index -= 1
        asked = self.draft.asked(*self._shown)
        if self._index < len(asked):
            reopened = asked[self._index].id
            self.draft.confirmed.discard(reopened)
            self.draft.by_hand.discard(reopened)
        self.render(*self._shown)

    @Slot(str)
    def _take_total(self, _words: str) -> None:
        if self.draft is not None:
            value = self.total.value()
            self.draft.total = None if value is None else int(value)
            self.render(*self._shown)

    @Slot(str)
    def _take_result(self, result: str) -> None:
        if self.draft is not None:
            self.draft.result = result
            self.render(*self._shown)

    @Slot()
    def _record(self) -> None:
        if self.draft is not None and self.record_button.isEnabled():
            self.filled.emit(self.draft.command(*self._shown))

    @Slot()
    def _ask_reason(self) -> None:
        self.skip_button.hide()
        self.skip_box.show()
        self.reason.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _skip(self) -> None:
        if self.draft is None:
            return
        if not self.reason.words():
            self.reason.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.filled.emit(self.draft.command(*self._shown, skipped=self.reason.words()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A digit answers, Backspace goes back; anything else goes on."""
        typed = event.text()
        if typed.isascii() and typed.isdigit() and self.item.isVisible():
            if self.item.choose_digit(typed):
                return
        elif event.key() == Qt.Key.Key_Backspace and self.back_button.isVisible():
            self._back()
            return
        super().keyPressEvent(event)


def _answer_lines(draft: ScaleDraft, state: ViewState, now_ns: int) -> str:
    """Every answer in words, one a line."""
    scores = draft.present_scores(state, now_ns)
    lines = []
    for item in draft.scale.items:
        option = item.option(scores[item.id]) if item.id in scores else None
        if option is not None:
            lines.append(f"{item.label}: {option.label} ({option.score})")
    return "\n".join(lines)


def _result_of(draft: ScaleDraft, state: ViewState, now_ns: int) -> tuple[bool, str]:
    """Whether nothing is missing, and what the answers come to; no number before that."""
    scale = draft.scale
    if scale.entry is Entry.RESULT:
        return bool(draft.result), draft.result
    if scale.entry is Entry.TOTAL:
        if draft.total is None:
            return False, f"Enter the total, {scale.low} to {scale.high}."
        inside = scale.low <= draft.total <= scale.high
        if not inside:
            return False, f"{draft.total}: allowed is {scale.low} to {scale.high}."
        return True, _total_words(scale, draft.total, state)
    scores = draft.present_scores(state, now_ns)
    missing = missing_items(scale, scores)
    if missing:
        return False, "No total. Missing: " + ", ".join(item.label for item in missing)
    total = total_of(scale, scores)
    if total is None:
        return True, outcome_of(scale, scores)
    return True, _total_words(scale, total, state)


def _total_words(scale: Scale, total: int, state: ViewState) -> str:
    sex = "" if state.patient is None else state.patient.sex
    band = band_of(scale, total, sex)
    return f"{total} of {scale.high}" + (f": {band}" if band else "")


def _may_skip(state: ViewState, scale: Scale) -> bool:
    dues = () if state.definition is None else state.definition.scales_due
    return all(due.may_skip or not due.required for due in dues if due.scale == scale.id)
