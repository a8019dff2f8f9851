"""The alarm limits of this patient: every rule as a sentence, what was changed, and changing it."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app import theme
from app.bedside.entry_panel import EntryPanel, tighten
from app.bedside.fields import ChoiceRow, show_text, wrapped_label
from app.bedside.limit_form import LimitForm
from app.bedside.proof_box import asks_proof
from app.bedside.times import time_of_day
from app.history import History
from app.state import ViewState
from protocols.events import ChangeLimit, Command, LimitChanged, RestoreLimit, SwitchRuleOff
from protocols.limit_changes import adjustables, is_adjustable
from protocols.limits import AlarmRule, LimitsProfile
from protocols.vitals import VITALS, Vital

VITALS_SHOWN = (
    Vital.SBP,
    Vital.DBP,
    Vital.MAP,
    Vital.HR,
    Vital.SPO2,
    Vital.RR,
    Vital.MOAAS,
    Vital.DISTRESS,
)
"""Vitals in the order of the buttons; one without a rule of its own is not offered."""


class LimitsPanel(EntryPanel):
    """Choose a vital, then a rule; a change is an event, and ends with the session."""

    title = "Alarm limits"
    refusable = (ChangeLimit, RestoreLimit, SwitchRuleOff)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.intro = wrapped_label(
            "For this patient, until the session ends. Critical alarms are never switched off."
        )
        theme.style(self.intro, role="small", tone="dim")
        self.vitals = ChoiceRow(
            "vital sign", [(v.value, VITALS[v].label) for v in VITALS_SHOWN], columns=4
        )
        tighten(self.vitals)
        self.vitals.chosen.connect(self._choose_vital)
        self._rules = QVBoxLayout()
        self._rules.setSpacing(theme.GRID_PX)
        self.rule_buttons: dict[str, QPushButton] = {}
        self.form = LimitForm()
        self.form.wanted.connect(self._send)
        self.changes = wrapped_label(name="limits changed")
        theme.style(self.changes, role="small")
        self.body.addWidget(self.intro)
        self.body.addWidget(self.vitals)
        self.body.addLayout(self._rules)
        self.body.addWidget(self.form)
        self.body.addWidget(self.changes)
        self._vital: Vital | None = None
        self._shown: tuple[LimitsProfile | None, Vital | None] = (None, None)
        self._count = 0

    def first_field(self) -> QWidget | None:
        """The first vital sign."""
        return self.vitals.button(VITALS_SHOWN[0].value)

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show the rules of the chosen vital and every change so far."""
        self.form.prescriber.ask_proof(proves=asks_proof(state))
        changes = state.signals.limits
        if len(changes) != self._count:
            self._count = len(changes)
            self.form.close_form()
        if (state.limits, self._vital) != self._shown:
            self._shown = (state.limits, self._vital)
            self._build(state)
        lines = [change_words(state, change) for change in reversed(changes)]
        show_text(self.changes, "Changed:\n" + "\n".join(lines) if lines else "")

    def _build(self, state: ViewState) -> None:
        rules = () if state.limits is None else state.limits.rules
        for vital in VITALS_SHOWN:
            has_rules = any(rule.vital is vital and is_adjustable(rule) for rule in rules)
            self.vitals.button(vital.value).setVisible(has_rules)
        for button in self.rule_buttons.values():
            self._rules.removeWidget(button)
            button.deleteLater()
        self.rule_buttons = {}
        for rule in rules:
            if rule.vital is self._vital and is_adjustable(rule):
                self._add_button(rule)
        if self.form.rule:
            self._ask(self.form.rule)

    def _add_button(self, rule: AlarmRule) -> None:
        button = QPushButton(rule_words(rule))
        button.setProperty("rule", rule.id)
        button.setAccessibleName(f"{rule.title}: {rule_words(rule)}")
        button.setToolTip(rule.sentence())
        theme.style(button, kind="action")
        button.clicked.connect(self._choose_rule)
        self._rules.addWidget(button)
        self.rule_buttons[rule.id] = button

    @Slot(str)
    def _choose_vital(self, vital: str) -> None:
        self._vital = Vital(vital)
        self.form.close_form()
        self._shown = (self.state.limits, self._vital)
        self._build(self.state)

    @Slot()
    def _choose_rule(self) -> None:
        self._ask(str(self.sender().property("rule")))
        self.reveal(self.form)

    def _ask(self, name: str) -> None:
        limits = self.state.limits
        rule = None if limits is None else limits.rule(name)
        if rule is not None:
            self.form.ask(rule, changed=_is_changed(self.state, name))

    @Slot(object)
    def _send(self, command: Command) -> None:
        self.send(command)


def _is_changed(state: ViewState, rule: str) -> bool:
    last = next((c for c in reversed(state.signals.limits) if c.rule == rule), None)
    return last is not None and not last.restored


def rule_words(rule: AlarmRule) -> str:
    """A rule in one line: ``warning ≥ 165 mmHg``, or that it is off."""
    if rule.off:
        return f"{rule.tier}: OFF  ({rule.title})"
    sign = {">=": "≥", "<=": "≤"}.get(rule.comparison or "", rule.comparison or "")
    numbers = " or ".join(number.text for number in adjustables(rule))
    if rule.limit is None:
        sign = "+" if rule.upward else "−"
    return f"{rule.tier}: {sign} {numbers}  ({rule.title})"


def change_words(state: ViewState, change: LimitChanged) -> str:
    """One change with its time, who and why."""
    title = change.rule
    if state.limits is not None:
        title = state.limits.rule(change.rule).title
    if change.off:
        what = "OFF"
    elif change.restored:
        what = "as the site has it again"
    else:
        what = f"{change.before:g} → {change.value:g}"
    ordered = f", ordered by {change.prescriber}" if change.prescriber else ""
    why = f": {change.reason}" if change.reason else ""
    return f"{time_of_day(state, change.t_ns)}  {title} {what}{why} ({change.by}{ordered})"
