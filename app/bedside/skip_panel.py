"""An observation that will not be made: which, and why; it is recorded as missed."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.bedside.entry_panel import EntryPanel, tighten
from app.bedside.fields import ChoiceRow, TextField, labelled, small_label, wrapped_label
from app.bedside.wording import due_words
from app.history import History
from app.state import ViewState
from app.theme import set_text
from protocols.events import SkipTask, TaskChanged, TaskState

REASONS = [
    ("patient asleep", "Patient asleep"),
    ("refused", "Refused"),
    ("not possible now", "Not possible now"),
]
"""Why it is not made, as it goes into the record and as the button says it."""

NOTHING_DUE = "No observation is due at present."


def pressing_tasks(state: ViewState, now_ns: int) -> tuple[TaskChanged, ...]:
    """The observations that are due or late at `now_ns`, the first due first."""
    return tuple(
        task
        for task in state.open_tasks()
        if task.state in (TaskState.DUE, TaskState.LATE) or now_ns >= task.due_ns
    )


class SkipPanel(EntryPanel):
    """Each observation that is due, quick reasons and a free one; both are needed to record."""

    title = "Not done"
    refusable = (SkipTask,)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.which = wrapped_label(name="what is not done")
        self.tasks: ChoiceRow | None = None
        self._offered: tuple[tuple[str, str], ...] = ()
        self._sent = ""
        self._places = QVBoxLayout()
        self.reasons = ChoiceRow("why it is not done", REASONS, columns=2)
        tighten(self.reasons)
        self.text = TextField("why it is not done, in words", "or in your own words")
        self.record = QPushButton("Record as not done")
        self.record.clicked.connect(self._send)
        self.reasons.chosen.connect(self._weigh)
        self.text.textChanged.connect(self._weigh)
        self.body.addWidget(self.which)
        self.body.addLayout(self._places)
        self.body.addWidget(small_label("Reason (needed)"))
        self.body.addWidget(self.reasons)
        self.body.addWidget(labelled("In words", self.text))
        self.body.addWidget(self.record)
        self._weigh()

    def first_field(self) -> QWidget | None:
        """What is due where there is a choice, else the first reason."""
        if self.tasks is not None and self.tasks.value() is None:
            return self.tasks.button(self._offered[0][0])
        return self.reasons.button(REASONS[0][0])

    def reason(self) -> str:
        """The reason as it is recorded, or empty."""
        return ": ".join(part for part in (self.reasons.value(), self.text.words()) if part)

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Offer what is due; empty the reason once the record holds what was sent."""
        due = pressing_tasks(state, now_ns)
        if self._sent and self._sent not in {task.task for task in state.open_tasks()}:
            self._sent = ""
            self.reasons.show_value(None)
            self.text.clear()
        self._offer(tuple((task.task, task.label) for task in due))
        if len(due) == 1:
            set_text(self.which, f"{due[0].label}: {due_words(due[0], now_ns)}")
        else:
            set_text(self.which, "Which one?" if due else NOTHING_DUE)
        self._weigh()

    def _offer(self, offered: tuple[tuple[str, str], ...]) -> None:
        if offered == self._offered:
            return
        chosen = self.tasks.value() if self.tasks is not None else None
        if self.tasks is not None:
            self._places.removeWidget(self.tasks)
            self.tasks.deleteLater()
            self.tasks = None
        self._offered = offered
        if not offered:
            return
        self.tasks = ChoiceRow("what is not done", offered, columns=2)
        tighten(self.tasks)
        self.tasks.chosen.connect(self._weigh)
        self._places.addWidget(self.tasks)
        names = [name for name, _ in offered]
        # one alone is meant; of several the nurse says which
        self.tasks.show_value(names[0] if len(names) == 1 else chosen if chosen in names else None)
        self.tasks.setVisible(len(names) > 1)

    @Slot()
    def _weigh(self) -> None:
        chosen = self.tasks is not None and self.tasks.value() is not None
        self.record.setEnabled(chosen and bool(self.reason()))

    @Slot()
    def _send(self) -> None:
        task = self.tasks.value() if self.tasks is not None else None
        if task is not None and self.reason():
            self._sent = task
            self.send(SkipTask(t_ns=0, by="", task=task, reason=self.reason()))
