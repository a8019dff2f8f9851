"""The patient's own baseline: rest, readings, scores, and the freezing of it."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QWidget

from app.bedside.fields import (
    DecimalField,
    ScoreRow,
    TextField,
    bare_row,
    keep_place,
    labelled,
    show_text,
    small_label,
    wrapped_label,
)
from app.bedside.monitors_section import quality_words
from app.bedside.rest_row import RestRow
from app.bedside.section import Section, Standing
from app.bedside.times import time_of_day
from app.history import BpPoint, History
from app.state import ViewState
from app.theme import style
from protocols.definition import BaselineRule
from protocols.events import (
    AbortBp,
    BaselineFrozen,
    BpState,
    EnterBp,
    EnterValue,
    FreezeBaseline,
    Phase,
    SetSameArm,
    TakeBp,
)
from protocols.gate import try_words
from protocols.vitals import NS_PER_S, VITALS, Vital

_SCORES = (
    (Vital.MOAAS, 5, "Alertness (MOAA/S), 5 is awake"),
    (Vital.DISTRESS, 10, "Distress, 0 none to 10"),
    (Vital.ANXIETY, 10, "Anxiety, 0 none to 10"),
    (Vital.NAUSEA, 10, "Nausea, 0 none to 10"),
    (Vital.PAIN, 10, "Pain, 0 none to 10"),
)

_TYPED = (Vital.RR, Vital.TEMP)

_UNDER_WAY = (BpState.REQUESTED, BpState.MEASURING)


def counted(points: Sequence[BpPoint], rule: BaselineRule) -> tuple[BpPoint, ...]:
    """The determinations of which the baseline would be the mean: the newest, far enough apart."""
    chosen: list[BpPoint] = []
    for point in reversed(points):
        if not (isfinite(point.sbp_mmhg) and isfinite(point.dbp_mmhg)):
            continue
        if not chosen or chosen[-1].t_s - point.t_s >= rule.bp_spacing_s[0]:
            chosen.append(point)
        if len(chosen) == rule.bp_readings:
            break
    return tuple(reversed(chosen))


def has_value(state: ViewState, vital: Vital) -> bool:
    """Whether `vital` has a present value; a pulse rate stands for a heart rate."""
    if vital in (Vital.SBP, Vital.DBP, Vital.MAP):
        return state.last_blood_pressure is not None
    reading = state.readings.get(vital)
    there = vital in state.typed or (reading is not None and reading.value is not None)
    return there or (vital is Vital.HR and has_value(state, Vital.PR))


class BaselineSection(Section):
    """Readings at rest become the baseline that every rise is counted from."""

    title = "Baseline"
    refusable = (TakeBp, AbortBp, SetSameArm, EnterBp, EnterValue, FreezeBaseline)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chosen = 0
        self._same_arm = False
        self._awaited: tuple[DecimalField, ...] = ()
        self._typed_before = self._typed_count = 0
        self._repeats: BaselineFrozen | None = None
        self._frozen: BaselineFrozen | None = None
        self._rule: BaselineRule | None = None
        self.rest = RestRow()
        self.body.addWidget(self.rest)
        self._make_pressure()
        self._make_scores()
        self._make_freeze()
        self.body.addWidget(self.refusals)

    def _make_pressure(self) -> None:
        self.take_button = QPushButton("Take BP")
        style(self.take_button, kind="primary")
        self.take_button.clicked.connect(self._take)
        self.abort_button = QPushButton("Abort BP")
        self.abort_button.clicked.connect(self._abort)
        self.arm_button = QPushButton("Cuff on the oximeter's arm: no")
        self.arm_button.setCheckable(True)
        self.arm_button.clicked.connect(self._toggle_arm)
        self.bp_label = wrapped_label(name="blood pressure monitor")
        self.sbp = DecimalField("systolic by hand, mmHg", decimals=0)
        self.dbp = DecimalField("diastolic by hand, mmHg", decimals=0)
        self.bp_button = QPushButton("Record BP by hand")
        self.bp_button.clicked.connect(self._record_bp)
        row = QHBoxLayout()
        self.body.addLayout(row)
        row.setSpacing(16)
        for widget in (self.take_button, self.abort_button, self.arm_button):
            row.addWidget(widget)
        row.addWidget(keep_place(self.bp_label), 1)
        self.readings_label = wrapped_label(name="blood pressures and which count")
        self.body.addWidget(self.readings_label)
        hand = QHBoxLayout()
        self.body.addLayout(hand)
        hand.setSpacing(16)
        hand.addWidget(labelled("Systolic by hand", self.sbp))
        hand.addWidget(labelled("Diastolic by hand", self.dbp, self.bp_button))
        hand.addStretch(1)
        self.live_label = wrapped_label(name="heart rate and saturation now")
        style(self.live_label, role="title")
        self.body.addWidget(self.live_label)

    def _make_scores(self) -> None:
        grid = QGridLayout()
        self.body.addLayout(grid)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        self.typed: dict[Vital, DecimalField] = {}
        self.typed_buttons: dict[Vital, QPushButton] = {}
        self.scores: dict[Vital, ScoreRow] = {}
        self.score_labels: dict[Vital, QLabel] = {}
        for number, vital in enumerate(_TYPED):
            grid.addWidget(self._score_label(vital, VITALS[vital].name.capitalize()), number, 0)
            grid.addWidget(self._make_typed(vital), number, 1)
        for number, (vital, highest, text) in enumerate(_SCORES, start=len(_TYPED)):
            scores = ScoreRow(text, highest)
            scores.setProperty("vital", vital)
            scores.chosen.connect(self._record_score)
            self.scores[vital] = scores
            grid.addWidget(self._score_label(vital, text), number, 0)
            grid.addWidget(scores, number, 1)
        grid.setColumnMinimumWidth(0, 200)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 2)

    def _score_label(self, vital: Vital, text: str) -> QLabel:
        label = wrapped_label(text)
        label.setProperty("words", text)
        self.score_labels[vital] = label
        return label

    def _make_typed(self, vital: Vital) -> QWidget:
        spec = VITALS[vital]
        field = DecimalField(f"{spec.name}, {spec.unit_text}", decimals=spec.decimals)
        field.setMaximumWidth(160)
        button = QPushButton(f"Record {spec.label}")
        button.setProperty("vital", vital)
        button.clicked.connect(self._record_typed)
        self.typed[vital], self.typed_buttons[vital] = field, button
        box = QWidget()
        style(box, clear=True)
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(field)
        row.addWidget(QLabel(spec.unit_text))
        row.addWidget(button)
        row.addStretch(1)
        return box

    def _make_freeze(self) -> None:
        self.freeze_reason = TextField("reason for a single blood pressure", "why only one")
        self.freeze_reason_box = labelled("Reason for fewer blood pressures", self.freeze_reason)
        self.freeze_button = QPushButton("Freeze baseline")
        style(self.freeze_button, kind="primary")
        self.freeze_button.clicked.connect(self._freeze)
        self.freeze_label = wrapped_label(name="what the baseline still needs")
        self.body.addWidget(self.freeze_reason_box)
        self.freeze_row = bare_row(self.freeze_button, self.freeze_label, stretch=self.freeze_label)
        self.body.addWidget(self.freeze_row)
        self.frozen_label = wrapped_label(name="baseline as frozen")
        style(self.frozen_label, role="title")
        self.body.addWidget(self.frozen_label)
        self.frozen_by_label = small_label(name="who froze the baseline")
        self.body.addWidget(self.frozen_by_label)
        self._make_again()

    def _make_again(self) -> None:
        self.again_button = QPushButton("Take the baseline again")
        style(self.again_button, kind="quiet")
        self.again_button.clicked.connect(self._ask_again)
        self.again_reason = TextField("reason for taking the baseline again", "why again")
        self.again_reason_box = labelled("Reason for taking the baseline again", self.again_reason)
        self.freeze_again_button = QPushButton("Freeze the new baseline")
        style(self.freeze_again_button, kind="primary")
        self.freeze_again_button.clicked.connect(self._freeze_again)
        self.again_label = wrapped_label(name="what the new baseline still needs")
        self.again_row = bare_row(
            self.freeze_again_button, self.again_label, stretch=self.again_label
        )
        for widget in (self.again_button, self.again_reason_box, self.again_row):
            self.body.addWidget(widget)

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show rest, readings, scores and what is still needed, or the frozen baseline."""
        rule = state.definition.baseline if state.definition else None
        self._rule = rule
        fresh = self._countable(state, history)
        self.rest.show_state(state, fresh, now_ns, repeating=self._repeats is not None)
        points = counted(self.rest.counting(fresh), rule) if rule else ()
        self._chosen = len(points)
        self._show_awaited(state)
        self._show_pressure(state)
        show_text(self.readings_label, _readings_text(state, history, points))
        show_text(self.live_label, _live_text(state, now_ns))
        self._show_scores(state)
        self._show_freeze(state)
        self._show_again(state)

    def _countable(self, state: ViewState, history: History) -> list[BpPoint]:
        """The pressures that may count: until then for a frozen baseline, since for a new one."""
        frozen = state.baseline_event
        if frozen is None:
            return list(history.blood_pressures)
        again = self._repeats is frozen
        return [
            p for p in history.blood_pressures if (round(p.t_s * NS_PER_S) > frozen.t_ns) is again
        ]

    def _show_pressure(self, state: ViewState) -> None:
        under_way = state.bp_state in _UNDER_WAY
        self.take_button.setEnabled(not under_way)
        self.abort_button.setEnabled(under_way)
        self._same_arm = state.same_arm
        self.arm_button.setChecked(state.same_arm)
        self.arm_button.setText(f"Cuff on the oximeter's arm: {'yes' if state.same_arm else 'no'}")
        words = {
            BpState.IDLE: "",
            BpState.REQUESTED: "Asked the monitor to measure.",
            BpState.MEASURING: "Measuring. Keep the arm still, no talking.",
            BpState.DONE: "",
            BpState.FAILED: "The reading failed. Check cuff and arm, then take it again.",
            BpState.ABORTED: "The reading was aborted.",
        }[state.bp_state]
        show_text(self.bp_label, f"{words} {state.bp_text}".strip())

    def _show_scores(self, state: ViewState) -> None:
        for vital, label in self.score_labels.items():
            reading = state.readings.get(vital)
            words = str(label.property("words"))
            if reading is not None and reading.value is not None:
                spec = VITALS[vital]
                at = time_of_day(state, reading.measured_ns)
                shown = f"{spec.format(reading.value)} {spec.unit_text}, "
                words = f"{words}  ·  {'' if vital in self.scores else shown}{at}"
            show_text(label, words)
            if vital in self.scores:
                value = reading.value if reading is not None else None
                self.scores[vital].show_value(None if value is None else f"{value:.0f}")

    def _show_freeze(self, state: ViewState) -> None:
        frozen, rule = state.baseline_event, self._rule
        self._frozen = frozen
        few = rule is not None and 0 < self._chosen < rule.bp_readings
        self.freeze_row.setVisible(frozen is None)
        self.freeze_reason_box.setVisible(frozen is None and few)
        show_text(self.freeze_label, "" if frozen is not None else self._needs(state))
        if frozen is None:
            show_text(self.frozen_label, "")
            show_text(self.frozen_by_label, "")
            return
        sure = "LOW CONFIDENCE: a single blood pressure. " if frozen.low_confidence else ""
        show_text(self.frozen_label, _frozen_text(frozen))
        why = f" Reason: {frozen.reason}." if frozen.reason else ""
        if frozen.rest_reason:
            why += f" Pressures before the end of the rest counted: {frozen.rest_reason}."
        if frozen.attempt and state.definition is not None:
            why += f" {try_words(frozen.attempt, state.definition.holds.tries)}".rstrip()
        at = time_of_day(state, frozen.t_ns)
        show_text(self.frozen_by_label, f"{sure}Frozen by {frozen.by} at {at}.{why}")
        style(self.frozen_by_label, tone="attention" if frozen.low_confidence else "dim")

    def _show_again(self, state: ViewState) -> None:
        frozen = state.baseline_event
        offered = frozen is not None and state.phase is Phase.BASELINE
        if not offered or self._repeats is not frozen:
            self._repeats = None
            self.again_reason.clear()
        repeating = self._repeats is not None
        definition = state.definition
        tries = 0 if definition is None else definition.holds.tries
        used = frozen is not None and bool(tries) and frozen.attempt >= tries
        self.again_button.setVisible(offered and not repeating and not used)
        self.again_reason_box.setVisible(repeating)
        self.again_row.setVisible(repeating)
        self.freeze_again_button.setEnabled(self._chosen > 0)
        show_text(self.again_label, self._needs(state) if repeating else "")

    def _needs(self, state: ViewState) -> str:
        rule = self._rule
        if rule is None:
            return "No protocol is in force."
        if state.phase in (Phase.SETUP, Phase.GATE):
            return "The baseline is frozen in the baseline phase: finish the gate, then continue."
        needs = []
        if self._chosen < rule.bp_readings:
            more = rule.bp_readings - self._chosen
            needs.append(
                f"{more} more blood {'pressure' if more == 1 else 'pressures'}, at least "
                f"{rule.bp_spacing_s[0]} s apart"
            )
        missing = [VITALS[vital].name for vital in rule.required if not has_value(state, vital)]
        if missing:
            needs.append(f"a value of {', '.join(missing)}")
        return f"Still needed: {'; '.join(needs)}." if needs else "All that is needed is there."

    def judge(self, state: ViewState, now_ns: int) -> tuple[Standing, str]:
        """Done once it is frozen."""
        if state.baseline_event is not None:
            return Standing.DONE, ""
        return Standing.OPEN, f"The baseline is not frozen. {self._needs(state)}"

    @Slot()
    def _take(self) -> None:
        self.send(TakeBp(t_ns=0, by=""))

    @Slot()
    def _abort(self) -> None:
        self.send(AbortBp(t_ns=0, by=""))

    @Slot()
    def _toggle_arm(self) -> None:
        self.arm_button.setChecked(self._same_arm)
        self.send(SetSameArm(t_ns=0, by="", same=not self._same_arm))

    @Slot()
    def _record_bp(self) -> None:
        sbp, dbp = self.sbp.value(), self.dbp.value()
        for field, value in ((self.sbp, sbp), (self.dbp, dbp)):
            if value is None:
                field.setFocus()
        if sbp is None or dbp is None:
            return
        self._await(self.sbp, self.dbp)
        self.send(EnterBp(t_ns=0, by="", sbp_mmhg=int(sbp), dbp_mmhg=int(dbp)))

    def _await(self, *fields: DecimalField) -> None:
        """Empty `fields` once the record holds what they say; until then it stays to correct."""
        self._awaited, self._typed_before = fields, self._typed_count

    def _show_awaited(self, state: ViewState) -> None:
        self._typed_count = state.typed_count
        if self._awaited and state.typed_count > self._typed_before:
            for field in self._awaited:
                field.clear()
                field.settle()
            self._awaited = ()

    @Slot(str)
    def _record_score(self, score: str) -> None:
        vital = Vital(self.sender().property("vital"))
        self.send(EnterValue(t_ns=0, by="", vital=vital, value=float(score)))

    @Slot()
    def _record_typed(self) -> None:
        vital = Vital(self.sender().property("vital"))
        field = self.typed[vital]
        value = field.value()
        if value is None:
            field.setFocus()
            return
        self._await(field)
        self.send(EnterValue(t_ns=0, by="", vital=vital, value=float(value)))

    @Slot()
    def _freeze(self) -> None:
        self.send(
            FreezeBaseline(
                t_ns=0,
                by="",
                reason=self.freeze_reason.words(),
                rest_reason=self.rest.reason_words(),
            )
        )

    @Slot()
    def _ask_again(self) -> None:
        """The baseline in force stays until the new one is frozen."""
        self._repeats = self._frozen
        self.again_button.hide()
        self.again_reason_box.show()
        self.again_reason.setFocus()

    @Slot()
    def _freeze_again(self) -> None:
        reason = self.again_reason.words()
        if not reason:
            self.again_reason.setFocus()
            return
        self.send(
            FreezeBaseline(
                t_ns=0,
                by="",
                reason=f"repeat: {reason}",
                rest_reason=self.rest.reason_words(),
            )
        )


def _readings_text(state: ViewState, history: History, counting: Sequence[BpPoint]) -> str:
    lines = []
    for point in history.blood_pressures[-6:]:
        at = time_of_day(state, round(point.t_s * NS_PER_S))
        if not (isfinite(point.sbp_mmhg) and isfinite(point.dbp_mmhg)):
            lines.append(f"○  {at}  no pressure: does not count")
            continue
        mean = f" ({point.map_mmhg:.0f})" if isfinite(point.map_mmhg) else ""
        how = ", by hand" if point.manual else ""
        counts = any(point is one for one in counting)
        mark, word = ("✓", "counts") if counts else ("○", "does not count")
        pressure = f"{point.sbp_mmhg:.0f}/{point.dbp_mmhg:.0f}{mean} mmHg{how}"
        lines.append(f"{mark}  {at}  {pressure}: {word}")
    return "\n".join(lines) or "No blood pressure yet."


def _live_text(state: ViewState, now_ns: int) -> str:
    parts = []
    for label, reading in (
        ("HR", state.heart_rate(now_ns)),
        ("SpO2", state.readings.get(Vital.SPO2)),
    ):
        if reading is None:
            parts.append(f"{label} -- (no monitor)")
            continue
        spec = VITALS[reading.vital]
        limit_ns = state.fresh_for_ns(reading)
        old = limit_ns is not None and now_ns - reading.measured_ns > limit_ns
        value = "--" if old else spec.format(reading.value)
        why = "no new value" if old else quality_words(reading.quality)
        parts.append(f"{label} {value} {spec.unit_text}" + (f" ({why})" if why else ""))
    return "    ".join(parts)


def _frozen_text(frozen: BaselineFrozen) -> str:
    values = {value.vital: value for value in frozen.values}
    parts = []
    if Vital.SBP in values and Vital.DBP in values:
        sbp, dbp = values[Vital.SBP], values[Vital.DBP]
        basis = "one reading" if sbp.readings == 1 else f"mean of {sbp.readings}"
        parts.append(f"BP {sbp.value:.0f}/{dbp.value:.0f} mmHg, {basis}")
    for vital, value in values.items():
        if vital not in (Vital.SBP, Vital.DBP, Vital.MAP):
            spec = VITALS[vital]
            parts.append(f"{spec.label} {spec.format(value.value)} {spec.unit_text}")
    return "Baseline:  " + "  ·  ".join(parts)
