"""The rescue card: the steps in order, the site's standing order, and what was given of it."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.bedside.care_section import drug_line, drugs_given
from app.bedside.drug_form import DrugForm
from app.bedside.entry_panel import EntryPanel
from app.bedside.fields import show_text, wrapped_label
from app.bedside.refilled_layout import RefilledLayout
from app.history import History
from app.state import ViewState
from protocols.definition import CareContent, ProtocolDefinition, RescueDrug
from protocols.events import Command, RecordDrug

NO_ADVICE = (
    "The program recommends no drug and no dose. What stands here is the standing order of the "
    "site; the signed order and the prescriber decide."
)


class RescuePanel(EntryPanel):
    """The action ladder and the drugs of the order; a drug given is typed with its dose."""

    title = "Rescue card"
    refusable = (RecordDrug,)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._content: CareContent | None = None
        self.given_buttons: dict[str, QPushButton] = {}
        self.steps_label = wrapped_label(name="steps of the rescue card")
        self.notice = wrapped_label(NO_ADVICE, name="the program recommends nothing")
        theme.style(self.notice, tone="attention", strong=True)
        self.approval = wrapped_label(name="who approved the card")
        theme.style(self.approval, role="small", tone="dim")
        self._drugs = RefilledLayout(QVBoxLayout())
        self._drugs.layout.setSpacing(6)
        self.form = DrugForm("rescue", "Record rescue drug")
        self.form.given.connect(self._pass_on)
        self.form.hide()
        self.other_button = QPushButton("Another drug given")
        self.other_button.clicked.connect(self._other)
        self.given_label = wrapped_label(name="rescue drugs given")
        self.body.addWidget(self.steps_label)
        self.body.addWidget(self.notice)
        self.body.addWidget(self.approval)
        self.body.addWidget(self.form)
        self.body.addLayout(self._drugs.layout)
        self.body.addWidget(self.other_button)
        self.body.addWidget(self.given_label)

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show the card of the protocol in force and what was given."""
        content = CareContent() if state.definition is None else state.definition.care
        if content is not self._content:
            self._build(content)
            show_text(self.approval, _approval(state.definition))
        drugs = drugs_given(history, "rescue")
        self.form.show_recorded(len(drugs))
        lines = [drug_line(state, drug, correction) for drug, correction in reversed(drugs)]
        show_text(self.given_label, "Given:\n" + "\n".join(lines) if lines else "")

    def _build(self, content: CareContent) -> None:
        self._drugs.clear()
        self._content = content
        steps = [f"{number}.  {one.text}" for number, one in enumerate(content.rescue_steps, 1)]
        show_text(self.steps_label, "\n".join(steps) or "This protocol has no rescue card.")
        self.given_buttons = {}
        for drug in content.rescue_drugs:
            self._drugs.add(self._make_row(drug))

    def _make_row(self, drug: RescueDrug) -> QFrame:
        frame = QFrame()
        theme.style(frame, surface="raised")
        frame.setAccessibleName(drug.name)
        name = wrapped_label(drug.name)
        theme.style(name, strong=True)
        caution = f"\nCaution: {drug.caution}" if drug.caution else ""
        words = wrapped_label(f"{drug.usual}{caution}\n{drug.evidence}".rstrip())
        theme.style(words, role="small")
        button = QPushButton("Given")
        button.setAccessibleName(f"{drug.name} given")
        button.setProperty("drug", drug.name)
        button.clicked.connect(self._choose)
        self.given_buttons[drug.id] = button
        row = QHBoxLayout(frame)
        said = QVBoxLayout()
        row.addLayout(said, 1)
        said.setSpacing(2)
        said.addWidget(name)
        said.addWidget(words)
        row.setContentsMargins(12, 6, 8, 6)
        row.addWidget(button)
        return frame

    @Slot()
    def _choose(self) -> None:
        self.form.show()
        self.form.choose(str(self.sender().property("drug")))
        self.reveal(self.form)

    @Slot()
    def _other(self) -> None:
        self.form.show()
        self.form.drug.setFocus()
        self.reveal(self.form)

    @Slot(object)
    def _pass_on(self, command: Command) -> None:
        self.send(command)


def _approval(definition: ProtocolDefinition | None) -> str:
    """Who approved the part that holds the card; that nobody did is said."""
    parts = () if definition is None else definition.parts
    card = next((part for part in parts if "rescue" in part.id), None)
    if card is None:
        return ""
    if not card.approved_by:
        return f"{card.title}, version {card.version}: NOT YET APPROVED by a medical director."
    return f"{card.title}, version {card.version}, approved by {card.approved_by}."
