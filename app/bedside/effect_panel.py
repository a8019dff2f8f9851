"""Side effects: those that last with what is asked of them, and the list to report a new one."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.effect_form import EffectForm, in_order
from app.bedside.entry_panel import EntryPanel
from app.bedside.fields import show_text, wrapped_label
from app.bedside.refilled_layout import RefilledLayout
from app.bedside.term_button import make_term_button
from app.bedside.times import age_text, time_of_day
from app.care_words import effect_words
from app.history import History
from app.state import ViewState
from protocols.definition import EffectTerm
from protocols.events import ChangeEffect, Command, EffectChanged, ReportEffect

COLUMNS = 3
LINE_LETTERS = 15


class EffectPanel(EntryPanel):
    """Report a side effect with two touches and its severity; change or end one that lasts."""

    title = "Side effects"
    refusable = (ReportEffect, ChangeEffect)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[EffectChanged, ...] = ()
        self._terms: tuple[EffectTerm, ...] = ()
        self._recorded = 0
        self._sent_after = -1
        self.known_buttons: dict[str, QPushButton] = {}
        self.known_labels: dict[str, QLabel] = {}
        self.term_buttons: dict[str, QPushButton] = {}
        self.open_label = wrapped_label(name="side effects that last")
        self._open_column = RefilledLayout(QVBoxLayout())
        self._open_column.layout.setSpacing(theme.GRID_PX)
        self.form = EffectForm()
        self.form.recorded.connect(self._record)
        self.new_label = wrapped_label("Report a side effect")
        theme.style(self.new_label, strong=True)
        self._grid = QGridLayout()
        self._grid.setSpacing(theme.GRID_PX)
        self.ended_label = wrapped_label(name="side effects that are over")
        theme.style(self.ended_label, role="small", tone="dim")
        self.body.addWidget(self.open_label)
        self.body.addLayout(self._open_column.layout)
        self.body.addWidget(self.form)
        self.body.addWidget(self.new_label)
        self.body.addLayout(self._grid)
        self.body.addWidget(self.ended_label)

    def first_field(self) -> QWidget | None:
        """The first effect of the list."""
        return next(iter(self.term_buttons.values()), None)

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show what lasts, what is over, and the protocol's list."""
        effects = state.care.effects
        recorded = sum(1 for event in history.listed if isinstance(event, EffectChanged))
        if 0 <= self._sent_after < recorded:
            self._sent_after = -1
            self.form.close_form()
        self._recorded = recorded
        open_effects = state.care.open_effects
        if open_effects != self._shown:
            self._build_open(open_effects)
        for effect in open_effects:
            began = time_of_day(state, effect.onset_ns)
            age = age_text(now_ns - effect.onset_ns)
            show_text(
                self.known_labels[effect.effect], f"{effect_words(effect)}; since {began}, {age}"
            )
        show_text(self.open_label, "These last:" if open_effects else "No side effect lasts.")
        ended = [
            f"{time_of_day(state, e.onset_ns)} to {time_of_day(state, e.ended_ns)}  {e.label}"
            for e in effects.values()
            if e.ended_ns is not None
        ]
        show_text(self.ended_label, "Over:\n" + "\n".join(ended) if ended else "")
        terms = () if state.definition is None else state.definition.care.effects
        if terms != self._terms:
            self._build_terms(terms)
        show_text(
            self.new_label,
            "Report a side effect" if terms else "This protocol lists no side effects.",
        )

    def _build_open(self, effects: tuple[EffectChanged, ...]) -> None:
        self._open_column.clear()
        self._shown = effects
        self.known_buttons, self.known_labels = {}, {}
        for effect in effects:
            label = wrapped_label(name=f"{effect.label} as it stands")
            theme.style(label, tone="attention" if effect.needs_prescriber else "text")
            button = QPushButton("Change")
            button.setProperty("effect", effect.effect)
            button.setAccessibleName(f"change or end {effect.label}")
            button.clicked.connect(self._change)
            self.known_labels[effect.effect] = label
            self.known_buttons[effect.effect] = button
            frame = QFrame()
            theme.style(frame, surface="raised")
            row = QHBoxLayout(frame)
            row.setContentsMargins(12, 6, 8, 6)
            row.addWidget(label, 1)
            row.addWidget(button)
            self._open_column.add(frame)

    def _build_terms(self, terms: tuple[EffectTerm, ...]) -> None:
        for button in self.term_buttons.values():
            self._grid.removeWidget(button)
            button.deleteLater()
        self._terms = terms
        self.term_buttons = {}
        for index, term in enumerate(in_order(terms)):
            button = make_term_button(term.id, term.label, LINE_LETTERS, urgent=term.urgent)
            button.clicked.connect(self._begin)
            self.term_buttons[term.id] = button
            self._grid.addWidget(button, index // COLUMNS, index % COLUMNS)

    @Slot()
    def _begin(self) -> None:
        name = str(self.sender().property("term"))
        term = next((one for one in self._terms if one.id == name), None)
        if term is not None:
            self.form.begin(term)
            self.reveal(self.form)

    @Slot()
    def _change(self) -> None:
        name = str(self.sender().property("effect"))
        known = next((one for one in self._shown if one.effect == name), None)
        if known is not None:
            self.form.change(known)
            self.reveal(self.form)

    @Slot(object)
    def _record(self, command: Command) -> None:
        self._sent_after = self._recorded
        self.send(command)
