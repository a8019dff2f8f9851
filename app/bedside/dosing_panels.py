"""Side panels of the drug's way: the next dose given at once, and what is seen at the line."""

from __future__ import annotations

from fractions import Fraction

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QPushButton, QWidget

from app.bedside.entry_panel import EntryPanel
from app.bedside.fields import (
    ChoiceRow,
    DecimalField,
    TextField,
    labelled,
    show_text,
    small_label,
    wrapped_label,
)
from app.bedside.give_form import GiveForm
from app.bedside.times import minutes_text, time_of_day
from app.giving_words import GivingEvent, giving_words
from app.history import History
from app.state import ViewState
from app.theme import style
from protocols.dosing.giving import HOLD_OUTCOMES
from protocols.dosing.line import Line
from protocols.events import (
    ChangeContainer,
    EndHold,
    GiveDose,
    LineMark,
    MarkLine,
)
from protocols.guardrails import plain_text
from protocols.vitals import NS_PER_S


class DosePanel(EntryPanel):
    """The next device or lozenge, and the end of the hold in the mouth."""

    title = "Dose"
    refusable = (GiveDose, EndHold)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.form = GiveForm()
        self.form.intended.connect(self.send)
        self.hold_label = wrapped_label(name="time held in the mouth")
        style(self.hold_label, role="title")
        self.outcome = ChoiceRow(
            "end of the hold",
            [(one, one.capitalize()) for one in HOLD_OUTCOMES],
            follows_record=True,
        )
        self.outcome.chosen.connect(self._end_hold)
        self.outcome_box = labelled("It left the mouth", self.outcome)
        self.given_label = small_label(name="doses given")
        for widget in (self.form, self.hold_label, self.outcome_box, self.given_label):
            self.body.addWidget(widget)

    def first_field(self) -> QWidget | None:
        """The lot of the next dose."""
        return self.form.lot

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """The next dose, the hold, and what was given."""
        self.form.show_dose(state, now_ns)
        show_text(self.hold_label, hold_words(state, now_ns))
        holding = bool(state.giving.doses) and state.giving.hold is None and _holds(state)
        self.outcome_box.setVisible(holding)
        lines = [
            f"{time_of_day(state, one.t_ns)}  {giving_words(one)} ({one.by})"
            for one in state.giving.doses
        ]
        show_text(self.given_label, "\n".join(lines))

    @Slot(str)
    def _end_hold(self, outcome: str) -> None:
        self.send(EndHold(t_ns=0, by="", outcome=outcome))


def _holds(state: ViewState) -> bool:
    return state.definition is not None and state.definition.dose.hold_s is not None


def hold_words(state: ViewState, now_ns: int) -> str:
    """How long the last unit has been held, and should be; empty where nothing is held."""
    if state.definition is None or state.definition.dose.hold_s is None or not state.giving.doses:
        return ""
    low, high = (minutes_text(one * NS_PER_S) for one in state.definition.dose.hold_s)
    ended = state.giving.hold
    if ended is not None:
        return f"Held {minutes_text(ended.held_ns)}, then {ended.outcome}."
    held = minutes_text(now_ns - state.giving.doses[-1].t_ns)
    return f"Held {held}; {low} to {high} are asked."


class LinePanel(EntryPanel):
    """What is seen at the line, and a new bag or syringe."""

    title = "Line"
    refusable = (MarkLine, ChangeContainer)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.amounts_label = wrapped_label(name="drug at the pump and in the line")
        self.reached = QPushButton("Drug reached patient")
        self.reached.clicked.connect(self._mark_reached)
        self.flush_start = QPushButton("Flush started")
        self.flush_start.clicked.connect(self._mark_flush)
        self.flush_ml = DecimalField("volume of the flush, millilitres", digits=3, decimals=1)
        self.flush_end = QPushButton("Flush ended")
        self.flush_end.clicked.connect(self._mark_flush_end)
        self.lot = TextField("lot of the new bag or syringe", "as printed")
        self.volume_ml = DecimalField("volume of the new bag or syringe, millilitres", digits=4)
        self.change = QPushButton("Bag or syringe changed")
        self.change.clicked.connect(self._change)
        self.seen_label = small_label(name="seen at the line")
        self.body.addWidget(self.amounts_label)
        self.body.addWidget(self.reached)
        self.body.addWidget(self.flush_start)
        self.flush_box = labelled("Flushed, mL", self.flush_ml, self.flush_end)
        self.body.addWidget(self.flush_box)
        self.change_box = labelled("New bag or syringe: lot, mL", self.lot, self.volume_ml)
        self.body.addWidget(self.change_box)
        self.body.addWidget(self.change)
        self.body.addWidget(self.seen_label)

    def first_field(self) -> QWidget | None:
        """The mark that comes first."""
        return self.reached if self.reached.isEnabled() else self.flush_start

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Offer what can be seen now, and tell what was."""
        giving = state.giving
        started, ended = state.infusion_started_ns is not None, state.infusion_ended_ns is not None
        show_text(self.amounts_label, line_words(state, now_ns))
        reached = giving.mark(LineMark.DRUG_AT_PATIENT)
        self.reached.setEnabled(started and reached is None)
        self.flush_start.setEnabled(ended and not giving.flushing)
        self.flush_box.setVisible(giving.flushing)
        for widget in (self.change_box, self.change):
            widget.setVisible(started and not ended)
        seen: tuple[GivingEvent, ...] = (*giving.marks, *giving.containers)
        lines = [f"{time_of_day(state, one.t_ns)}  {giving_words(one)} ({one.by})" for one in seen]
        show_text(self.seen_label, "\n".join(lines))

    @Slot()
    def _mark_reached(self) -> None:
        self.send(MarkLine(t_ns=0, by="", mark=LineMark.DRUG_AT_PATIENT))

    @Slot()
    def _mark_flush(self) -> None:
        self.send(MarkLine(t_ns=0, by="", mark=LineMark.FLUSH_STARTED))
        self.flush_ml.setFocus()

    @Slot()
    def _mark_flush_end(self) -> None:
        volume_ml = self.flush_ml.value()
        self.send(MarkLine(t_ns=0, by="", mark=LineMark.FLUSH_ENDED, flush_ml=volume_ml))
        self.flush_ml.clear()

    @Slot()
    def _change(self) -> None:
        volume_ml = self.volume_ml.value()
        if volume_ml is None:
            self.volume_ml.setFocus()
            return
        self.send(ChangeContainer(t_ns=0, by="", lot=self.lot.words(), volume_ml=volume_ml))
        self.lot.clear()
        self.volume_ml.clear()


def line_words(state: ViewState, now_ns: int) -> str:
    """How much left the pump, and how much of it the line still holds by its dead space."""
    if state.dose is None or state.definition is None or state.infusion_started_ns is None:
        return "Nothing was infused yet."
    left = state.delivered_mg(now_ns)
    words = f"{left:.1f} mg left the pump."
    rule, ended = state.definition.dose, LineMark.FLUSH_ENDED
    if not rule.dead_space_ml:
        return words
    flushed_ml = sum(m.flush_ml or 0 for m in state.giving.marks if m.mark is ended)
    line = Line(
        dead_space_ml=Fraction(rule.dead_space_ml),
        concentration_mg_per_ml=Fraction(state.dose.concentration_mg_per_ml),
        flushed_ml=Fraction(flushed_ml),
    )
    held = float(line.in_line_mg(Fraction(left)))
    return (
        f"{words} The line of {plain_text(rule.dead_space_ml)} mL holds about {held:.1f} mg of it."
    )
