"""The order and its sum in words, and the second person's blind check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.bedside.fields import (
    TextField,
    bare_row,
    keep_place,
    show_text,
    small_label,
    wrapped_label,
)
from app.bedside.order_form import OrderForm
from app.bedside.proof_box import TO_BE_PROVEN, asks_proof
from app.bedside.second_check import SecondCheck
from app.bedside.section import Section, Standing
from app.history import History
from app.state import ViewState
from app.theme import style
from protocols.definition import ProtocolDefinition
from protocols.dosing.dose import DoseInputError
from protocols.dosing.dose_rule import Body
from protocols.dosing.order import DoseCalculation, calculate_dose
from protocols.events import CheckDose, DosePlanned, Giving, OrderDose, OverrideReason
from protocols.guardrails import Finding, FindingKind, plain_text
from protocols.preparation import dosed_body, doses_before, with_last_dose

_WEIGHT = "weight_kg"
"""Its findings are answered where the weight is entered."""


def ordered_words(dose: DosePlanned) -> str:
    """Who ordered what, and what the pump or the hand is set to: ``P. Weber: 35 mg at 52.5 mL/h``.

    A rate in mL/h stands with an infusion alone.
    """
    words = f"{dose.ordered_by}: {plain_text(dose.dose_mg)} mg"
    if dose.giving is Giving.INFUSION:
        return f"{words} at {plain_text(dose.rate_ml_per_h, 2)} mL/h"
    if dose.giving is Giving.INJECTION:
        return f"{words} in {plain_text(dose.volume_ml, 2)} mL, given at once"
    return f"{words} as {dose.units} of {plain_text(dose.unit_mg)} mg"


class FindingRow(QFrame):
    """One limit that the order does not keep: refused, or passed with a reason."""

    def __init__(self, finding: Finding, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, surface="raised")
        self.message = wrapped_label(name=f"finding {finding.field}")
        self.reason = TextField(f"reason for {finding.field.replace('_', ' ')}", "reason")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(16)
        row.addWidget(self.message, 1)
        row.addWidget(self.reason, 1)
        self.show_finding(finding)

    def show_finding(self, finding: Finding) -> None:
        """Show what is wrong; a hard limit takes no reason."""
        hard = finding.kind is FindingKind.HARD
        mark = "■ Refused" if hard else "○ Reason needed"
        show_text(self.message, f"{mark}: {finding.message}")
        self.reason.setVisible(not hard)


class DoseSection(Section):
    """Protocol, order, the sum, its guardrails, and the check by a second person."""

    title = "Dose"
    refusable = (OrderDose, CheckDose)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = ViewState()
        self._body: Body | None = None
        self._definition: ProtocolDefinition | None = None
        self._calculation: DoseCalculation | None = None
        self._input_problem = ""
        self._checking = False
        self._rows: dict[str, FindingRow] = {}
        self.protocol_label = wrapped_label(name="protocol in force")
        self.source_label = small_label(name="source of the protocol")
        self.body.addWidget(self.protocol_label)
        self.body.addWidget(self.source_label)
        self._make_order()
        self._make_check()
        self.body.addWidget(self.refusals)

    def _make_order(self) -> None:
        self.form = OrderForm()
        self.form.changed.connect(self._work_out)
        self.body.addWidget(self.form)
        self.sum_label = wrapped_label(name="the sum in words")
        style(self.sum_label, role="title")
        self.body.addWidget(self.sum_label)
        self._findings = QVBoxLayout()
        self._findings.setSpacing(8)
        self.body.addLayout(self._findings)
        self.order_button = QPushButton("Order this dose")
        style(self.order_button, kind="primary")
        self.order_button.clicked.connect(self._order)
        self.order_line = wrapped_label(name="dose as ordered")
        order = QHBoxLayout()
        self.body.addLayout(order)
        order.setSpacing(16)
        order.addWidget(self.order_button)
        order.addWidget(keep_place(self.order_line), 1)
        self.problem = wrapped_label(name="why it cannot be ordered")
        style(self.problem, tone="attention", strong=True)
        self.problem.hide()
        self.body.addWidget(self.problem)

    def _make_check(self) -> None:
        self.check_button = QPushButton("Begin the second person's check")
        self.check_button.clicked.connect(self._begin_check)
        self.check_line = wrapped_label(name="second person's check")
        keep_place(self.check_line)
        self.check_row = bare_row(self.check_button, self.check_line, stretch=self.check_line)
        self.body.addWidget(self.check_row)
        self.check = SecondCheck()
        self.check.done_button.clicked.connect(self._compare)
        self.check.cancel_button.clicked.connect(self._cancel_check)
        self.check.hide()
        self.body.addWidget(self.check)

    @property
    def checking(self) -> bool:
        """Whether a second person works the dose out and must see neither weight nor sum."""
        return self._checking

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show protocol, order and check as recorded, and the sum of what is typed."""
        self._state = state
        body = None
        if state.weight is not None:
            body = dosed_body(state.weight.weight_kg, state.patient)
        anew = body != self._body or state.definition is not self._definition
        self._body, self._definition = body, state.definition
        self._show_protocol(state)
        self._fill_order(state)
        if anew:
            self._work_out()
        if state.dose is None or state.dose_checked_by:
            self._checking = False
        self.check.name.ask_proof(proves=asks_proof(state))
        self._show_order(state)
        self._show_check(state)

    def _show_protocol(self, state: ViewState) -> None:
        definition = state.definition
        if definition is None:
            show_text(self.protocol_label, "No protocol is in force.")
            show_text(self.source_label, "")
            return
        approved = (
            f"approved by {definition.approved_by}"
            if definition.approved_by
            else "NOT YET APPROVED"
        )
        show_text(
            self.protocol_label,
            f"{definition.title}  ·  {definition.id} version {definition.version}  ·  {approved}",
        )
        style(self.protocol_label, tone="text" if definition.approved_by else "attention")
        due = definition.review_date.isoformat()
        today = state.wall_clock.utc[:10] if state.wall_clock else ""
        over = "Review is OVERDUE since" if today > due else "Review by"
        first, *others = definition.source or ("none named",)
        more = f", and {len(others)} more in the protocol file" if others else ""
        show_text(self.source_label, f"Source: {first}{more}.  {over} {due}.")

    def _fill_order(self, state: ViewState) -> None:
        if state.definition is None:
            return
        self.form.follow_rule(state.definition.dose)
        if self.form.fill(state.dose):
            self._work_out()

    @Slot()
    def _work_out(self) -> None:
        """Do the sum of what is typed and list the limits that it does not keep."""
        self._calculation, self._input_problem = None, ""
        order, definition = self.form.order(), self._definition
        if self._body is None:
            self._input_problem = "Save the weight first: the dose rests on it."
        elif order is None:
            self._input_problem = "Enter every number of the order."
        elif definition is not None:
            patient = self._state.patient
            try:
                self._calculation = calculate_dose(
                    with_last_dose(order, patient, definition),
                    definition.dose,
                    self._body,
                    definition.guardrails,
                    doses_before=doses_before(patient),
                )
            except DoseInputError as error:
                self._input_problem = str(error)
        show_text(self.problem, "")
        self._show_findings(self._open_findings())
        self._show_sum()

    def _open_findings(self) -> tuple[Finding, ...]:
        findings = self._calculation.findings if self._calculation is not None else ()
        return tuple(finding for finding in findings if finding.field != _WEIGHT)

    def _show_findings(self, findings: Sequence[Finding]) -> None:
        wanted = {finding.field: finding for finding in findings}
        for field, row in self._rows.items():
            row.setVisible(field in wanted)
        for field, finding in wanted.items():
            if field not in self._rows:
                self._rows[field] = FindingRow(finding)
                self._findings.addWidget(self._rows[field])
            self._rows[field].show_finding(finding)
            self._rows[field].setVisible(not self._checking)

    def _show_sum(self) -> None:
        if self._checking:
            text = "The sum is hidden during the second person's check."
        elif self._calculation is not None:
            text = self._calculation.in_words
        else:
            text = self._input_problem or "No sum yet."
        show_text(self.sum_label, text)
        self.form.show_weights(self._body, hidden=self._checking)

    def _show_order(self, state: ViewState) -> None:
        self.order_button.setEnabled(not self._checking)
        self.form.set_read_only(self._checking)
        if state.dose is None or self._checking:
            show_text(self.order_line, "" if self._checking else "Not ordered.")
            return
        overrides = "".join(
            f"\n{over.field.replace('_', ' ')}: {over.reason}" for over in state.dose.overrides
        )
        show_text(self.order_line, f"Ordered by {ordered_words(state.dose)}.{overrides}")

    def _show_check(self, state: ViewState) -> None:
        ordered = state.dose is not None
        confirmed = state.dose_checked_by
        changed = self.form.typed
        wanted = ordered and not changed and not self._checking and not confirmed
        self.check_button.setVisible(wanted)
        self.check_row.setVisible(wanted or bool(confirmed))
        self.check.setVisible(self._checking)
        self._show_sum()
        for finding in self._open_findings():
            self._rows[finding.field].setVisible(not self._checking)
        if confirmed and not changed:
            text = f"Checked by {confirmed}: the same weight and the same dose."
        elif wanted:
            text = "Waiting for the second person's check."
        else:
            text = ""
        show_text(self.check_line, text)

    def judge(self, state: ViewState, now_ns: int) -> tuple[Standing, str]:
        """Done once the order stands and a second person agreed."""
        if state.weight is None:
            return Standing.OPEN, "The weight is not saved."
        hard = [f for f in self._open_findings() if f.kind is FindingKind.HARD]
        if hard:
            return Standing.HELD, hard[0].message
        if state.dose is None:
            return Standing.OPEN, "The dose is not ordered."
        if self.form.typed:
            return Standing.OPEN, "The order was changed but not ordered again."
        if not state.dose_checked_by:
            return Standing.OPEN, "The second person has not checked the dose."
        return Standing.DONE, ""

    @Slot()
    def _order(self) -> None:
        calculation = self._calculation
        if calculation is None:
            show_text(self.problem, self._input_problem or "No protocol is in force.")
            return
        reasons = {field: row.reason.words() for field, row in self._rows.items()}
        left = [f for f in calculation.unanswered(reasons) if f.field != _WEIGHT]
        show_text(self.problem, left[0].message if left else "")
        if left:
            self._rows[left[0].field].reason.setFocus()
            return
        self.form.settle()
        self.send(
            replace(
                calculation.order,
                by=TO_BE_PROVEN if asks_proof(self._state) else calculation.order.by,
                reasons=tuple(
                    OverrideReason(field=finding.field, reason=reasons[finding.field])
                    for finding in self._open_findings()
                ),
            )
        )

    @Slot()
    def _begin_check(self) -> None:
        self._checking = True
        self.refusals.forget()
        self.check.empty()
        self._show_order(self._state)
        self._show_check(self._state)
        self.check.first_field().setFocus()

    @Slot()
    def _cancel_check(self) -> None:
        self._checking = False
        self.check.empty()
        self._show_order(self._state)
        self._show_check(self._state)

    @Slot()
    def _compare(self) -> None:
        command = self.check.command()
        if command is not None:
            self.send(command)
