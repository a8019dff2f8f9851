"""At discharge: side effects that last, checklists of the end, and the session that follows."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.bedside.checklist_box import ChecklistStack, open_required
from app.bedside.entry_panel import tighten
from app.bedside.fields import (
    ChoiceRow,
    DecimalField,
    TextField,
    labelled,
    show_text,
    small_label,
    wrapped_label,
)
from app.bedside.times import time_of_day
from app.care_words import effect_words, integration_words
from app.state import ViewState
from app.theme import style
from protocols.definition import IntegrationRule
from protocols.events import PlanIntegration
from protocols.wall_clock import is_iso_date


class IntegrationForm(QWidget):
    """Day, length, kind and therapist of the session that follows; nothing is filled in.

    Signals:
        planned: a `PlanIntegration`.
    """

    planned = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, clear=True)
        self._rule: IntegrationRule | None = None
        self.modality: ChoiceRow | None = None
        self.heading = wrapped_label("Integration session")
        style(self.heading, strong=True)
        self.planned_label = wrapped_label(name="integration session planned")
        self.day = TextField("date of the integration session", "YYYY-MM-DD")
        self.minutes = DecimalField("length of the integration session, min", decimals=0)
        self.minutes_label = small_label("Length, min")
        self.whom = TextField("therapist of the integration session", "name")
        self.missing = wrapped_label(name="what the integration session still needs")
        style(self.missing, role="small", tone="attention")
        self.plan_button = QPushButton("Record integration session")
        self.plan_button.clicked.connect(self._plan)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._column.addWidget(self.heading)
        self._column.addWidget(self.planned_label)
        self._column.addWidget(labelled("Date", self.day))
        self._column.addWidget(self.minutes_label)
        self._column.addWidget(self.minutes)
        self._column.addWidget(labelled("With whom (may stay empty)", self.whom))
        self._column.addWidget(self.missing)
        self._column.addWidget(self.plan_button)

    def show_state(self, state: ViewState) -> None:
        """Show what is planned; hidden where the protocol plans nothing."""
        rule = None if state.definition is None else state.definition.care.integration
        self.setVisible(rule is not None)
        if rule is not None and rule is not self._rule:
            self._build(rule)
        planned = state.care.integration
        words = "Not planned yet." if planned is None else f"✓ {integration_words(planned)}"
        show_text(self.planned_label, words)

    def _build(self, rule: IntegrationRule) -> None:
        if self.modality is not None:
            self._column.removeWidget(self.modality)
            self.modality.deleteLater()
        self._rule = rule
        options = [(one, one) for one in rule.modalities]
        self.modality = ChoiceRow("kind of adjunct therapy", options, columns=3)
        tighten(self.modality)
        self._column.insertWidget(5, self.modality)
        low_min, high_min = rule.minutes
        self.minutes_label.setText(f"Length, {low_min} to {high_min} min")

    @Slot()
    def _plan(self) -> None:
        minutes = self.minutes.value()
        modality = None if self.modality is None else self.modality.value()
        lacking = [
            what
            for what, given in (
                ("a date such as 2027-03-31", is_iso_date(self.day.words())),
                ("the length", minutes is not None),
                ("the kind, or none", modality is not None),
            )
            if not given
        ]
        show_text(self.missing, f"Needed: {'; '.join(lacking)}." if lacking else "")
        if lacking or minutes is None or modality is None:
            return
        self.planned.emit(
            PlanIntegration(
                t_ns=0,
                by="",
                on=self.day.words(),
                minutes=int(minutes),
                modality=modality,
                with_whom=self.whom.words(),
            )
        )


class FollowUpBox(QWidget):
    """What discharge asks besides its criteria.

    Signals:
        intended: `AnswerChecklist` and `PlanIntegration`.
    """

    intended = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, clear=True)
        self.effects_label = wrapped_label(name="side effects at discharge")
        self.checklists = ChecklistStack("after", narrow=True)
        self.checklists.answered.connect(self.intended)
        self.integration = IntegrationForm()
        self.integration.planned.connect(self.intended)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(12)
        for widget in (self.effects_label, self.checklists, self.integration):
            column.addWidget(widget)

    def show_state(self, state: ViewState) -> None:
        """Show side effects that last, the lists of the end and the session that follows."""
        lasting = [
            f"■ since {time_of_day(state, one.onset_ns)}: {effect_words(one)}"
            for one in state.care.open_effects
        ]
        told = "\n".join(["Side effects that are open:", *lasting])
        show_text(self.effects_label, told if lasting else "✓ No side effect is open.")
        style(self.effects_label, tone="attention" if lasting else "dim")
        self.checklists.show_state(state)
        self.integration.show_state(state)


def follow_up_holds(state: ViewState) -> list[str]:
    """What of the care holds the discharge, as the rules would say it."""
    told = [
        f"{one.label}: no prescriber named"
        for one in state.care.effects.values()
        if one.needs_prescriber
    ]
    return [*open_required(state, "after"), *told]
