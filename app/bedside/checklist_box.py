"""A checklist to go through: every item with its answers; nothing is answered at first."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from app.bedside.entry_panel import tighten
from app.bedside.fields import ChoiceRow, TextField, labelled, show_text, wrapped_label
from app.bedside.section import MARKS, Standing
from app.state import ViewState
from app.state_care import CareShown
from app.theme import style
from protocols.definition import Checklist, ChecklistItem
from protocols.events import AnswerChecklist, ChecklistChanged


class ChecklistRow(QFrame):
    """One item; an answer that needs a text is sent together with it.

    Signals:
        answered: an `AnswerChecklist`.
    """

    answered = Signal(object)

    def __init__(
        self, checklist: str, item: ChecklistItem, *, narrow: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        style(self, surface="raised")
        self.setAccessibleName(item.label)
        self.item = item
        self._checklist = checklist
        self._asked = ""
        self.label = wrapped_label(item.label)
        self.answers = ChoiceRow(
            item.label,
            [(answer, answer) for answer in item.answers],
            columns=_columns(item) if narrow else 0,
            follows_record=True,
        )
        if narrow:
            tighten(self.answers)
        self.answers.chosen.connect(self._choose)
        self.text = TextField(f"{item.label} {item.text_label}")
        self.text_button = QPushButton("Record")
        self.text_button.clicked.connect(self._send_text)
        self.asked_label = wrapped_label(name=f"{item.label} answer chosen")
        style(self.asked_label, role="small", tone="attention")
        self.asked_label.hide()
        self.text_box = labelled(item.text_label, self.text, self.text_button)
        self.text_box.hide()
        self.detail = wrapped_label(name=f"{item.label} as recorded")
        style(self.detail, role="small", tone="dim")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        column.addWidget(self.label)
        column.addWidget(self.answers, 0, Qt.AlignmentFlag.AlignLeft)
        for widget in (self.asked_label, self.text_box, self.detail):
            column.addWidget(widget)
        self.show_change(None)

    def show_change(self, change: ChecklistChanged | None) -> None:
        """Show how the item stands in the record; None while it has no answer."""
        self.answers.show_value(None if change is None else change.answer)
        standing = Standing.OPEN if change is None else Standing.DONE
        show_text(self.label, f"{MARKS[standing]} {self.item.label}")
        text = f"{change.text} " if change is not None and change.text else ""
        show_text(self.detail, "" if change is None else f"{text}({change.by})")
        if change is not None and change.answer == self._asked and change.text == self.text.words():
            self._ask("")
            self.text.clear()

    def _ask(self, answer: str) -> None:
        self._asked = answer
        show_text(self.asked_label, f"“{answer}” is recorded with the text." if answer else "")
        self.text_box.setVisible(bool(answer))

    @Slot(str)
    def _choose(self, answer: str) -> None:
        if answer in self.item.needs_text:
            self._ask(answer)
            self.text.setFocus()
            return
        self._ask("")
        self._send(answer, "")

    @Slot()
    def _send_text(self) -> None:
        if self.text.words():
            self._send(self._asked, self.text.words())
        else:
            self.text.setFocus()

    def _send(self, answer: str, text: str) -> None:
        self.answered.emit(
            AnswerChecklist(
                t_ns=0,
                by="",
                checklist=self._checklist,
                item=self.item.id,
                answer=answer,
                text=text,
            )
        )


def _columns(item: ChecklistItem) -> int:
    """How many answers stand side by side in the side panel."""
    longest = max(len(answer) for answer in item.answers)
    return 5 if longest <= 5 else 3 if longest <= 10 else 2 if longest <= 18 else 1


class ChecklistBox(QWidget):
    """One checklist under its title, which says how many items are open.

    Signals:
        answered: an `AnswerChecklist`.
    """

    answered = Signal(object)

    def __init__(
        self, listed: Checklist, *, narrow: bool = False, parent: QWidget | None = None
    ) -> None:
        """`narrow`: for the side panel, with answers in several rows."""
        super().__init__(parent)
        style(self, clear=True)
        self.setAccessibleName(listed.title)
        self.listed = listed
        self.title = wrapped_label(name=f"{listed.title} standing")
        style(self.title, strong=True)
        self.rows = {item.id: ChecklistRow(listed.id, item, narrow=narrow) for item in listed.items}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.title)
        for row in self.rows.values():
            row.answered.connect(self.answered)
            column.addWidget(row)

    def show_care(self, care: CareShown) -> None:
        """Show every item as recorded."""
        for item, row in self.rows.items():
            row.show_change(care.answers.get((self.listed.id, item)))
        show_text(self.title, f"{self.listed.title}: {standing_words(self.listed, care)}")


class ChecklistStack(QWidget):
    """The checklists of a time of the visit, one under another.

    Signals:
        answered: an `AnswerChecklist`.
    """

    answered = Signal(object)

    def __init__(self, *times: str, narrow: bool = False, parent: QWidget | None = None) -> None:
        """`times`: ``before``, ``during``, ``after``, as they are to stand."""
        super().__init__(parent)
        style(self, clear=True)
        self._times, self._narrow = times, narrow
        self.boxes: dict[str, ChecklistBox] = {}
        self._listed: tuple[Checklist, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(16)

    def show_state(self, state: ViewState) -> None:
        """Show the lists of the protocol in force, of each time the required ones first."""
        known = () if state.definition is None else state.definition.care.checklists
        wanted = tuple(
            sorted(
                (one for one in known if one.when in self._times),
                key=lambda one: (self._times.index(one.when), not one.required),
            )
        )
        if wanted != self._listed:
            self._build(wanted)
        for box in self.boxes.values():
            box.show_care(state.care)

    def _build(self, wanted: tuple[Checklist, ...]) -> None:
        for box in self.boxes.values():
            self._column.removeWidget(box)
            box.deleteLater()
        self._listed = wanted
        self.boxes = {one.id: ChecklistBox(one, narrow=self._narrow) for one in wanted}
        for box in self.boxes.values():
            box.answered.connect(self.answered)
            self._column.addWidget(box)


def standing_words(listed: Checklist, care: CareShown) -> str:
    """How many items are open, and whether the list holds anything."""
    left = care.open_items(listed)
    if not left:
        return "✓ all answered"
    needed = "needed" if listed.required else "optional"
    return f"{left} of {len(listed.items)} open, {needed}"


def open_required(state: ViewState, *times: str) -> list[str]:
    """The required lists of those times that have open items, in words."""
    known = () if state.definition is None else state.definition.care.checklists
    return [
        f"{one.title}: {state.care.open_items(one)} of {len(one.items)} open"
        for one in known
        if one.required and one.when in times and state.care.open_items(one)
    ]
