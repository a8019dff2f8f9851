"""How bad a side effect is, what was done about it, and who was told."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

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
from app.care_words import ACTION_WORDS
from app.theme import style
from protocols.definition import EffectTerm
from protocols.events import ChangeEffect, DrugAction, EffectChanged, ReportEffect, Severity

SERIOUS = (("yes", "serious"), ("no", "not serious"))


class EffectForm(QWidget):
    """One side effect, new or known; nothing is chosen of a new one.

    Signals:
        recorded: a `ReportEffect` or a `ChangeEffect`.
    """

    recorded = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, clear=True)
        self._term: EffectTerm | None = None
        self._known: EffectChanged | None = None
        self.heading = wrapped_label(name="side effect chosen")
        style(self.heading, strong=True)
        self.severity = ChoiceRow("severity", [(one.value, one.value) for one in Severity])
        self.action = ChoiceRow(
            "done with the drug", [(one.value, ACTION_WORDS[one]) for one in DrugAction], columns=2
        )
        self.serious = ChoiceRow("serious adverse event", SERIOUS)
        for row in (self.severity, self.action, self.serious):
            tighten(row)
        self.age = DecimalField("minutes ago", decimals=0)
        self.age.setPlaceholderText("empty: now")
        self.treatment = TextField("treatment", "what was done")
        self.prescriber = TextField("prescriber who was told", "name; urgent or serious: needed")
        self.text = TextField("remark", "")
        self.missing = wrapped_label(name="what the side effect still needs")
        style(self.missing, tone="attention", role="small")
        self.record_button = QPushButton("Record")
        style(self.record_button, kind="primary")
        self.record_button.clicked.connect(self._record)
        self.end_button = QPushButton("Ended")
        self.end_button.clicked.connect(self._end)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self.age_label = small_label("Began, minutes ago")
        column.addWidget(self.heading)
        column.addWidget(self.severity)
        column.addWidget(self.action)
        column.addWidget(labelled("Serious adverse event? (may stay open)", self.serious))
        column.addWidget(self.age_label)
        column.addWidget(self.age)
        column.addWidget(labelled("Treatment", self.treatment))
        column.addWidget(labelled("Prescriber told", self.prescriber))
        column.addWidget(labelled("Remark", self.text))
        for widget in (self.missing, self.record_button, self.end_button):
            column.addWidget(widget)
        self.hide()

    def begin(self, term: EffectTerm) -> None:
        """Ask about a new effect of `term`."""
        self._term, self._known = term, None
        urgent = "  URGENT: call the prescriber." if term.urgent else ""
        self._open(f"{term.label}.{urgent}", severity=None, action=None, serious=None)

    def change(self, known: EffectChanged) -> None:
        """Ask how a known effect is now, beginning with what the record says."""
        self._term, self._known = None, known
        serious = None if known.serious is None else "yes" if known.serious else "no"
        self._open(
            f"{known.label}: how is it now?",
            severity=known.severity,
            action=known.action,
            serious=serious,
        )

    def _open(
        self, heading: str, *, severity: str | None, action: str | None, serious: str | None
    ) -> None:
        show_text(self.heading, heading)
        self.severity.show_value(severity)
        self.action.show_value(action)
        self.serious.show_value(serious)
        for field in (self.age, self.treatment, self.prescriber, self.text):
            field.clear()
        show_text(self.missing, "")
        self.end_button.setVisible(self._known is not None)
        self.age_label.setText(
            "Ended, minutes ago" if self._known is not None else "Began, minutes ago"
        )
        self.show()

    def close_form(self) -> None:
        """Put the questions away."""
        self._term = self._known = None
        self.hide()

    @property
    def known(self) -> str:
        """Name of the effect that is changed, or empty."""
        return "" if self._known is None else self._known.effect

    def _lacks(self) -> bool:
        lacking = [
            what
            for what, row in (("severity", self.severity), ("what was done", self.action))
            if row.value() is None
        ]
        show_text(self.missing, f"Choose {' and '.join(lacking)}." if lacking else "")
        return bool(lacking)

    @Slot()
    def _record(self) -> None:
        self._send(ended=False)

    @Slot()
    def _end(self) -> None:
        self._send(ended=True)

    def _send(self, *, ended: bool) -> None:
        if self._lacks():
            return
        severity = Severity(self.severity.value() or "")
        action = DrugAction(self.action.value() or "")
        serious = {"yes": True, "no": False, None: None}[self.serious.value()]
        age_s = 60 * float(self.age.value() or 0)
        if self._known is not None:
            self.recorded.emit(
                ChangeEffect(
                    t_ns=0,
                    by="",
                    effect=self._known.effect,
                    severity=severity,
                    action=action,
                    ended=ended,
                    age_s=age_s if ended else 0.0,
                    treatment=self.treatment.words(),
                    serious=serious,
                    text=self.text.words(),
                    prescriber=self.prescriber.words(),
                )
            )
        elif self._term is not None:
            self.recorded.emit(
                ReportEffect(
                    t_ns=0,
                    by="",
                    term=self._term.id,
                    severity=severity,
                    action=action,
                    age_s=age_s,
                    treatment=self.treatment.words(),
                    serious=serious,
                    text=self.text.words(),
                    prescriber=self.prescriber.words(),
                )
            )


def in_order(terms: Sequence[EffectTerm]) -> list[EffectTerm]:
    """The urgent terms first, else as the protocol lists them."""
    return sorted(terms, key=lambda term: not term.urgent)
