"""One alarm limit of this patient: the number in force, what is allowed, and a new one."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.bedside.entry_panel import tighten
from app.bedside.fields import (
    ChoiceRow,
    DecimalField,
    TextField,
    labelled,
    show_text,
    wrapped_label,
)
from app.bedside.proof_box import PersonField
from protocols.events import ChangeLimit, LimitPart, RestoreLimit, SwitchRuleOff
from protocols.limit_changes import Adjustable, adjustables
from protocols.limits import AlarmRule, Tier

REASONS = (
    ("known high pressure", "Known high BP"),
    ("known low pressure", "Known low BP"),
    ("high value at rest", "High at rest"),
    ("trained heart", "Trained heart"),
    ("prescriber's decision", "Prescriber's decision"),
)
"""Reasons in one touch, as the record has them and as the button says them."""

PART_WORDS = {
    LimitPart.LIMIT: "limit",
    LimitPart.BY: "change from baseline",
    LimitPart.BY_PERCENT: "change in per cent",
}


class LimitForm(QWidget):
    """Asks for another number of one rule; nothing is chosen at first.

    Signals:
        wanted: a `ChangeLimit`, a `SwitchRuleOff` or a `RestoreLimit`.
    """

    wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, clear=True)
        self._rule: AlarmRule | None = None
        self.heading = wrapped_label(name="limit chosen")
        theme.style(self.heading, strong=True)
        self.allowed = wrapped_label(name="what is allowed")
        theme.style(self.allowed, role="small")
        self.part = ChoiceRow("number", [(p.value, PART_WORDS[p]) for p in LimitPart], columns=2)
        tighten(self.part)
        self.part.chosen.connect(self._show_part)
        self.value = DecimalField("new limit")
        self.reason_row = ChoiceRow("reason", REASONS, columns=2)
        tighten(self.reason_row)
        self.reason = TextField("reason in words", "or in words")
        self.reason_row.chosen.connect(self.reason.clear)
        self.reason.textEdited.connect(lambda _text: self.reason_row.show_value(None))
        self.prescriber = PersonField(
            "prescriber", "name; a wider limit needs an order", "For a wider limit the prescriber"
        )
        self.set_button = QPushButton("Set for this patient")
        theme.style(self.set_button, kind="primary")
        self.off_button = QPushButton("Switch off")
        self.restore_button = QPushButton("Back to the site's limit")
        self.set_button.clicked.connect(self._set)
        self.off_button.clicked.connect(self._switch_off)
        self.restore_button.clicked.connect(self._restore)
        self.missing = wrapped_label(name="what the change still needs")
        theme.style(self.missing, tone="attention", role="small")
        self._lay_out()
        self.hide()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.heading)
        column.addWidget(self.part)
        column.addWidget(self.allowed)
        column.addWidget(labelled("New number", self.value))
        column.addWidget(labelled("Why", self.reason_row))
        column.addWidget(self.reason)
        column.addWidget(labelled("Prescriber", self.prescriber))
        column.addWidget(self.missing)
        column.addWidget(self.set_button)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(theme.GRID_PX)
        row.addWidget(self.off_button)
        row.addWidget(self.restore_button)

    def ask(self, rule: AlarmRule, *, changed: bool) -> None:
        """Ask about `rule`; `changed` when it does not apply as the site's limits have it."""
        again = self._rule is not None and self._rule.id == rule.id
        self._rule = rule
        parts = adjustables(rule)
        off = "  OFF for this patient." if rule.off else ""
        show_text(self.heading, f"{rule.title}, {rule.tier}.{off}")
        for part in LimitPart:
            self.part.button(part.value).setVisible(any(one.part is part for one in parts))
        self.part.setVisible(len(parts) > 1)
        if not again:
            self._clear()
            self.part.show_value(parts[0].part.value if len(parts) == 1 else None)
        self._say_allowed()
        self.off_button.setVisible(rule.tier is not Tier.CRITICAL and not rule.off)
        self.restore_button.setVisible(changed)
        self.set_button.setVisible(not rule.off)
        self.show()

    def _clear(self) -> None:
        for field in (self.value, self.reason, self.prescriber):
            field.clear()
        self.reason_row.show_value(None)
        show_text(self.missing, "")

    def close_form(self) -> None:
        """Put the questions away."""
        self._rule = None
        self._clear()
        self.hide()

    @property
    def rule(self) -> str:
        """Id of the rule asked about, or empty."""
        return "" if self._rule is None else self._rule.id

    def _number(self) -> Adjustable | None:
        chosen = self.part.value()
        parts = () if self._rule is None else adjustables(self._rule)
        return next((one for one in parts if one.part.value == chosen), None)

    @Slot(str)
    def _show_part(self, _part: str) -> None:
        self._say_allowed()

    def _say_allowed(self) -> None:
        number = self._number()
        if number is None:
            show_text(self.allowed, "Choose which number.")
            return
        low, high = number.limit.absolute
        usual_low, usual_high = number.limit.recommended
        show_text(
            self.allowed,
            f"Now {number.text}. Allowed {low:g} to {high:g}, "
            f"recommended {usual_low:g} to {usual_high:g} {number.unit}.",
        )

    def _why(self) -> str:
        return self.reason.words() or self.reason_row.value() or ""

    @Slot()
    def _set(self) -> None:
        number, value = self._number(), self.value.value()
        if number is None or value is None:
            show_text(self.missing, "Choose which number, and type the new one.")
            return
        show_text(self.missing, "")
        self.wanted.emit(self._change(number, value))

    def _change(self, number: Adjustable, value: Decimal) -> ChangeLimit:
        return ChangeLimit(
            t_ns=0,
            by="",
            rule=number.rule.id,
            part=number.part,
            value=float(value),
            reason=self._why(),
            prescriber=self._prescriber(needed=number.is_later(float(value))),
        )

    def _prescriber(self, *, needed: bool) -> str:
        """The name typed; where it is proven, only where an order is needed."""
        return "" if self.prescriber.proves and not needed else self.prescriber.words()

    @Slot()
    def _switch_off(self) -> None:
        self.wanted.emit(
            SwitchRuleOff(
                t_ns=0,
                by="",
                rule=self.rule,
                reason=self._why(),
                prescriber=self._prescriber(needed=True),
            )
        )

    @Slot()
    def _restore(self) -> None:
        self.wanted.emit(RestoreLimit(t_ns=0, by="", rule=self.rule, reason=self._why()))
