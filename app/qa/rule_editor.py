"""The form of one rule: its sentence before and after, and a field for each of its numbers."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.fields import DecimalField, TextField, show_text, wrapped_label
from app.bedside.refilled_layout import RefilledLayout
from app.rejudging.draft import Draft, Setting
from app.rejudging.limit_parts import Adjustment, Refusal, Value, adjustments_of
from protocols.alarm_rules import AlarmRule


class AdjustmentRow(QWidget):
    """One number of a rule: its field, what is allowed, a reason where one is needed.

    Signals:
        wanted: place, value and reason that a person set.
        put_back: the place whose change is to be taken back.
    """

    wanted = Signal(object, object, str)
    put_back = Signal(object)

    def __init__(self, adjustment: Adjustment, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, clear=True)
        self.adjustment = adjustment
        name = f"{adjustment.place.part} of {adjustment.place.subject}"
        self.number = DecimalField(name, digits=4, decimals=2)
        self.choice = QComboBox()
        self.choice.setAccessibleName(name)
        self.choice.addItems(list(adjustment.choices))
        self.check = QCheckBox("judged")
        self.check.setAccessibleName(name)
        self.reason = TextField(f"reason: {name}", "Why outside the recommended range?")
        self.back = QPushButton("Put back")
        self.back.setAccessibleName(f"put back {name}")
        theme.style(self.back, kind="desk")
        self.before = QLabel()
        self.refused = wrapped_label(name=f"refused: {name}")
        theme.style(self.refused, tone="attention", strong=True)
        self._lay_out()
        self.number.editingFinished.connect(self._send)
        self.reason.editingFinished.connect(self._send)
        self.choice.activated.connect(self._send)
        self.check.clicked.connect(self._send)
        self.back.clicked.connect(self._put_back)

    def _lay_out(self) -> None:
        adjustment = self.adjustment
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(theme.GRID_PX)
        label = QLabel(str(adjustment.place.part))
        label.setMinimumWidth(110)
        label.setBuddy(self.field)
        row.addWidget(label)
        self.number.setMaximumWidth(110)
        row.addWidget(self.field)
        row.addWidget(QLabel(adjustment.unit))
        row.addWidget(self.before)
        row.addStretch(1)
        row.addWidget(self.back)
        words = adjustment.range_text if not adjustment.choices else ""
        if adjustment.note:
            words = f"{words}; {adjustment.note}"
        self.range = wrapped_label(words)
        theme.style(self.range, role="small", tone="dim")
        if adjustment.absolute is None:
            self.range.hide()
        for widget in (self.range, self.refused, self.reason):
            column.addWidget(widget)
        self.reason.hide()
        self.refused.hide()

    @property
    def field(self) -> QWidget:
        """The field that takes the value."""
        if self.adjustment.choices:
            return self.choice
        return self.check if self.adjustment.absolute is None else self.number

    def show_setting(self, setting: Setting, *, changed: bool) -> None:
        """Show what stands here now, and what stood here at first."""
        value = setting.value
        with QSignalBlocker(self.choice), QSignalBlocker(self.check):
            if isinstance(value, bool):
                self.check.setChecked(value)
            elif isinstance(value, str):
                self.choice.setCurrentText(value)
            else:
                self.number.settle()
                self.number.fill(f"{value:.10g}")
        self.reason.settle()
        self.reason.fill(setting.reason)
        self.reason.setVisible(bool(setting.reason))
        show_text(self.before, f"was {self.adjustment.text}" if changed else "")
        self.back.setVisible(changed)
        self.show_refusal(None)

    def show_refusal(self, refusal: Refusal | None) -> None:
        """Say why the value was not taken, and ask for a reason where one would do."""
        show_text(self.refused, "" if refusal is None else f"Not taken. {refusal.sentence}")
        if refusal is not None and refusal.wants_reason:
            self.reason.show()
            self.reason.setFocus()

    def value(self) -> Value | None:
        """The value in the field; None where it is none."""
        if self.adjustment.choices:
            return self.choice.currentText()
        if self.adjustment.absolute is None:
            return self.check.isChecked()
        number = self.number.value()
        return None if number is None else float(number)

    @Slot()
    def _send(self) -> None:
        value = self.value()
        if value is not None:
            self.wanted.emit(self.adjustment.place, value, self.reason.words())

    @Slot()
    def _put_back(self) -> None:
        self.put_back.emit(self.adjustment.place)


class RuleEditor(QWidget):
    """The rule that is chosen.

    Signals:
        wanted: place, value and reason that a person set.
        put_back: the place whose change is to be taken back.
    """

    wanted = Signal(object, object, str)
    put_back = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = wrapped_label(name="rule")
        theme.style(self.title, role="title")
        self.before = wrapped_label(name="sentence of the rule before")
        self.after = wrapped_label(name="sentence of the rule after")
        theme.style(self.before, role="small")
        theme.style(self.after, role="small", strong=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 12, 0)
        column.addWidget(self.title)
        inner = QVBoxLayout()
        column.addLayout(inner)
        column.addWidget(self.before)
        column.addWidget(self.after)
        column.addStretch(1)
        self._rows = RefilledLayout(inner)
        self.rows: dict[str, AdjustmentRow] = {}
        self.rule: AlarmRule | None = None

    def show_rule(self, draft: Draft, rule: AlarmRule) -> None:
        """Show `rule` of the draft, and what was changed of it."""
        if self.rule is None or self.rule != rule:
            self._build(rule)
        self.rule = rule
        self.refresh(draft)

    def _build(self, rule: AlarmRule) -> None:
        self._rows.clear()
        self.rows = {}
        for adjustment in adjustments_of(rule):
            row = AdjustmentRow(adjustment)
            row.wanted.connect(self.wanted)
            row.put_back.connect(self.put_back)
            self._rows.add(row)
            self.rows[str(adjustment.place.part)] = row

    def refresh(self, draft: Draft) -> None:
        """Show what stands in the draft now."""
        rule = self.rule
        if rule is None:
            return
        theme.set_text(self.title, f"{rule.title} ({rule.id})")
        for row in self.rows.values():
            place = row.adjustment.place
            row.show_setting(draft.setting(place), changed=draft.is_changed(place))
        sentence, now = rule.sentence(), _sentence_now(draft, rule)
        show_text(self.before, sentence if now == sentence else f"Before: {sentence}")
        show_text(self.after, "" if now == sentence else f"After: {now}")

    def show_refusal(self, part: str, refusal: Refusal) -> None:
        """Say at the number it is about why a value was not taken."""
        self.rows[part].show_refusal(refusal)


def _sentence_now(draft: Draft, rule: AlarmRule) -> str:
    """The sentence of `rule` as it would be; why there is none."""
    profile = draft.profile
    if profile is None:
        return (
            "cannot be said while the limits have a problem." if draft.changes else rule.sentence()
        )
    for one in profile.rules:
        if one.id == rule.id:
            return one.sentence()
    return "not judged: left out of the limits."
