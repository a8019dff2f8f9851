"""A nurse who follows the book: drives a simulated session from preparation to discharge.

For demonstration, training and tests. It sees what a screen shows (`ViewState`) and does what a
person could do (commands), and nothing else; the rules may refuse it like anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from app.rehearsal import discharge_steps, dose_steps, drug_steps, scale_steps, sound_steps
from app.state import ViewState
from app.state_ledger import is_open
from devices.simulation.patient import SimulatedPatient
from devices.simulation.scripts import NOTE
from protocols.definition import STAND_INS, ChecklistTime
from protocols.events import (
    Acknowledge,
    AdvancePhase,
    AlarmChanged,
    AlarmState,
    AnswerChecklist,
    AnswerDischarge,
    AnswerGate,
    ArmBpSchedule,
    BpState,
    CheckDose,
    CloseSession,
    Command,
    EnterPatient,
    EnterValue,
    EnterWeight,
    FreezeBaseline,
    OverrideReason,
    PauseInfusion,
    Phase,
    PlanIntegration,
    Priority,
    RecordEvent,
    ResumeInfusion,
    StopInfusion,
    TakeBp,
    TaskState,
    WriteNote,
)
from protocols.vitals import NS_PER_S, SCORES, VITALS, Vital

NURSE = "R. Example RN"
PRESCRIBER = "P. Example MD"
SECOND_NURSE = "S. Example RN"

STEP_NS = 4 * NS_PER_S
"""Time between two actions of the preparation."""

OBSERVE_AFTER_NS = 20 * NS_PER_S
"""An observation is made this long after it came due."""

ACKNOWLEDGE_AFTER_NS = 12 * NS_PER_S
"""An alarm is acknowledged this long after it was raised."""

BP_SPACING_NS = 75 * NS_PER_S
"""Time between the end of one baseline blood pressure and the start of the next."""

PAUSE_NS = 5 * 60 * NS_PER_S
"""A paused infusion goes on after this, if no high-priority alarm is left."""

GIVE_UP_NS = 15 * 60 * NS_PER_S
"""An infusion paused for this long is stopped."""

SETTLE_NS = 5 * 60 * NS_PER_S
"""What is left of the drug is wasted this long after its end."""

LEAVE_ANYWAY_NS = 45 * 60 * NS_PER_S
"""A patient who meets not all criteria this long after the minimum leaves with a reason."""

_TYPED = (*SCORES, Vital.RR, Vital.TEMP)


class ScriptedNurse:
    """Acts on what the screen shows; call `act` as often as wanted, at least every second."""

    def __init__(self, patient: SimulatedPatient, weight_kg: Decimal, *, name: str = NURSE) -> None:
        """Care for `patient`, weighed at `weight_kg`."""
        self._patient = patient
        self._weight_kg = weight_kg
        self._name = name
        self._ready_ns = STEP_NS
        self._steps: Iterator[Callable[[ViewState], Command | None]] = iter(self._preparation())
        self._looked_ns = 0
        self._answered: set[str] = set()
        self._typed: dict[str, EnterValue] = {}
        self._armed = False
        self._dosing: object = None
        self._closing = False

    def act(self, state: ViewState, now_ns: int) -> list[Command]:
        """What the nurse does now; commands carry the time and a name already."""
        if state.closed is not None or state.definition is None:
            return []
        commands = [*self._confirm(state), *self._act_in_phase(state, now_ns)]
        commands += self._note_symptoms(state, now_ns)
        self._looked_ns = now_ns
        return [replace(command, t_ns=now_ns, by=command.by or self._name) for command in commands]

    def prepare_only(self, state: ViewState, now_ns: int) -> list[Command]:
        """The next actions up to the gate, so that a person finds a patient ready."""
        if state.definition is None or state.phase not in (Phase.SETUP, Phase.GATE):
            return []
        return [
            replace(command, t_ns=now_ns, by=command.by or self._name)
            for command in self._prepare(state, now_ns)
        ]

    def _act_in_phase(self, state: ViewState, now_ns: int) -> list[Command]:
        if state.phase in (Phase.SETUP, Phase.GATE):
            return self._prepare(state, now_ns)
        if state.phase is Phase.BASELINE:
            return self._take_baseline(state, now_ns)
        if state.phase is Phase.DISCHARGED:
            if self._closing or state.bp_state in (BpState.REQUESTED, BpState.MEASURING):
                return []
            self._closing = True
            reason = "simulated: account left open" if is_open(state, now_ns) else ""
            return [CloseSession(t_ns=0, by="", reason=reason)]
        commands = [*self._observe(state, now_ns), *self._answer_alarms(state, now_ns)]
        commands += self._follow_dose(state, now_ns)
        if state.phase is Phase.PAUSED:
            commands += self._after_pause(state, now_ns)
        elif state.phase is Phase.INFUSING:
            commands += self._pause_when_critical(state, now_ns)
        elif state.phase is Phase.RECOVERY:
            commands += [*self._settle_account(state, now_ns), *self._discharge(state, now_ns)]
        return commands

    def _confirm(self, state: ViewState) -> list[Command]:
        """Confirm what was typed and asked about: it is what was seen."""
        commands: list[Command] = []
        for refusal in state.refusals:
            key = f"asked {refusal.t_ns} {refusal.reason}"
            if not refusal.confirmable or key in self._answered:
                continue
            self._answered.add(key)
            entry = self._typed.get(refusal.reason.partition(" ")[0])
            if entry is not None:
                commands.append(replace(entry, confirmed=True))
        return commands

    # -- before the infusion ----------------------------------------------------------------------

    def _prepare(self, state: ViewState, now_ns: int) -> list[Command]:
        if now_ns < self._ready_ns:
            return []
        self._ready_ns = now_ns + STEP_NS
        for step in self._steps:
            command = step(state)
            if command is not None:
                return [command]
        return []

    def _preparation(self) -> Iterator[Callable[[ViewState], Command | None]]:
        card = self._patient.card
        yield lambda _: EnterPatient(
            t_ns=0,
            by="",
            given_name=card.given_name,
            family_name=card.family_name,
            mrn=card.mrn,
            birth_date=card.birth_date,
            sex=card.sex,
            height_cm=Decimal(card.height_cm),
        )
        yield lambda _: EnterWeight(t_ns=0, by="", weight_kg=self._weight_kg, measured=True)
        yield self._order
        yield self._check
        yield drug_steps.take_vial
        yield lambda state: drug_steps.draw_dose(state, checked_by=SECOND_NURSE)
        yield lambda _: AdvancePhase(t_ns=0, by="", phase=Phase.GATE)
        yield from self._gate_answers()
        yield from scale_steps.steps_before()
        yield from self._checklist_answers()
        yield lambda _: AdvancePhase(t_ns=0, by="", phase=Phase.BASELINE)

    def _order(self, state: ViewState) -> Command | None:
        if state.definition is None:
            return None
        dose = state.definition.dose
        reasons = ("weight_basis", "earlier_doses")
        return replace(
            dose.usual_order(by=PRESCRIBER),
            reasons=tuple(OverrideReason(field=one, reason="simulated") for one in reasons),
        )

    def _check(self, state: ViewState) -> Command | None:
        if state.definition is None:
            return None
        dose_mg = Decimal(0) if state.dose is None else state.dose.dose_mg
        return CheckDose(t_ns=0, by=SECOND_NURSE, weight_kg=self._weight_kg, dose_mg=dose_mg)

    def _gate_answers(self) -> Iterator[Callable[[ViewState], Command | None]]:
        index = 0
        ended = False

        def answer(state: ViewState) -> Command | None:
            nonlocal index, ended
            gate = () if state.definition is None else state.definition.gate
            if index >= len(gate):
                ended = True
                return None
            item = gate[index]
            index += 1
            plain = next((a for a in item.passes if a not in item.needs_reason), item.passes[0])
            reason = "simulated" if plain in item.needs_reason else ""
            return AnswerGate(t_ns=0, by="", item=item.id, answer=plain, reason=reason)

        while not ended:
            yield answer

    def _checklist_answers(self) -> Iterator[Callable[[ViewState], Command | None]]:
        """Every item of the checklists before the dose, its first answer."""
        ended = False

        def answer(state: ViewState) -> Command | None:
            nonlocal ended
            command = self._next_item(state, ChecklistTime.BEFORE)
            ended = command is None
            return command

        while not ended:
            yield answer

    def _next_item(self, state: ViewState, when: ChecklistTime) -> Command | None:
        """The answer to the next item of the checklists of that time, or None after the last."""
        listed = () if state.definition is None else state.definition.care.checklists
        for checklist in (one for one in listed if one.when is when):
            for item in checklist.items:
                key = f"checklist {checklist.id} {item.id}"
                if key in self._answered:
                    continue
                self._answered.add(key)
                answer = item.answers[0]
                return AnswerChecklist(
                    t_ns=0,
                    by="",
                    checklist=checklist.id,
                    item=item.id,
                    answer=answer,
                    text="simulated" if answer in item.needs_text else "",
                )
        return None

    def _plan_integration(self, state: ViewState, now_ns: int) -> Command | None:
        """The session that follows, on the day after the visit and as short as allowed."""
        rule = None if state.definition is None else state.definition.care.integration
        if rule is None or state.wall_clock is None or "integration" in self._answered:
            return None
        self._answered.add("integration")
        day = state.wall_clock.local(now_ns).date() + timedelta(days=1)
        return PlanIntegration(
            t_ns=0,
            by="",
            on=day.isoformat(),
            minutes=rule.minutes[0],
            modality=rule.modalities[-1],
            with_whom="T. Example",
        )

    def _take_baseline(self, state: ViewState, now_ns: int) -> list[Command]:
        if state.baseline:
            return self._start(state, now_ns)
        commands: list[Command] = []
        wanted = state.definition.baseline.required if state.definition is not None else ()
        for vital in wanted:
            if (
                vital in _TYPED
                and vital not in state.last_values
                and str(vital) not in (self._answered)
            ):
                self._answered.add(str(vital))
                commands.append(self._value(vital, now_ns))
        if commands or now_ns < max(self._ready_ns, self._rested_ns(state)):
            return commands
        taken = [p for p in self._pressures_known(state) if p]
        busy = state.bp_state in (BpState.REQUESTED, BpState.MEASURING)
        if busy:
            self._ready_ns = now_ns + BP_SPACING_NS
            return []
        if len(taken) < 2:
            self._ready_ns = now_ns + 2 * NS_PER_S
            return [TakeBp(t_ns=0, by="")]
        self._ready_ns = now_ns + STEP_NS
        return [FreezeBaseline(t_ns=0, by="")]

    def _rested_ns(self, state: ViewState) -> int:
        """From when a pressure counts: the patient has rested."""
        if state.definition is None or not state.definition.holds.rest_enforced:
            return 0
        return state.phase_since_ns + state.definition.baseline.rest_s * NS_PER_S

    def _pressures_known(self, state: ViewState) -> list[str]:
        pressure = state.last_blood_pressure
        if pressure is not None:
            self._answered.add(f"pressure {pressure.measured_ns}")
        return [known for known in self._answered if known.startswith("pressure ")]

    def _start(self, state: ViewState, now_ns: int) -> list[Command]:
        if now_ns < self._ready_ns or state.dose is None:
            return []
        self._ready_ns = now_ns + STEP_NS
        holds = self._overrides(state)
        if holds:
            return holds
        listening = sound_steps.check_sound(state)
        if listening is not None:
            return [listening]
        if not self._armed:
            self._armed = True
            return [ArmBpSchedule(t_ns=0, by="", armed=True)]
        started = dose_steps.start_dose(state)
        return [] if started is None else [started]

    def _overrides(self, state: ViewState) -> list[Command]:
        if state.definition is None:
            return []
        commands: list[Command] = []
        for limit in state.definition.start_limits:
            stand_in = STAND_INS.get(limit.vital, limit.vital)
            value = state.baseline.get(limit.vital, state.baseline.get(stand_in))
            item = f"start-limit/{limit.vital}"
            if value is None or limit.judge(value) is None or item in self._answered:
                continue
            self._answered.add(item)
            commands.append(
                AnswerGate(
                    t_ns=0,
                    by="",
                    item=item,
                    answer="override",
                    reason="Simulated prescriber: seen, proceed.",
                    prescriber=PRESCRIBER,
                    confirmed=True,
                )
            )
        return commands

    # -- during and after -------------------------------------------------------------------------

    def _value(self, vital: Vital, now_ns: int) -> Command:
        value = self._patient.observe(vital, now_ns)
        entry = EnterValue(t_ns=0, by="", vital=vital, value=value)
        self._typed[VITALS[vital].label] = entry
        return entry

    def _observe(self, state: ViewState, now_ns: int) -> list[Command]:
        commands: list[Command] = []
        items = () if state.definition is None else state.definition.schedule
        for task in state.open_tasks():
            due = task.state in (TaskState.DUE, TaskState.LATE)
            if not due or now_ns < task.due_ns + OBSERVE_AFTER_NS or task.task in self._answered:
                continue
            self._answered.add(task.task)
            vitals = next((item.vitals for item in items if item.item == task.item), ())
            commands += [self._value(vital, now_ns) for vital in vitals if vital in _TYPED]
        return commands

    def _answer_alarms(self, state: ViewState, now_ns: int) -> list[Command]:
        commands: list[Command] = []
        for alarm in state.active_alarms:
            loud = alarm.state in (AlarmState.SOUNDING, AlarmState.LATCHED)
            key = f"{alarm.alarm} {alarm.t_ns}"
            if not loud or key in self._answered or now_ns < alarm.t_ns + ACKNOWLEDGE_AFTER_NS:
                continue
            self._answered.add(key)
            action = alarm.next_step or "seen"
            commands.append(Acknowledge(t_ns=0, by="", alarm=alarm.alarm, action=action))
        return commands

    def _critical(self, state: ViewState) -> list[AlarmChanged]:
        return [
            alarm
            for alarm in state.active_alarms
            if alarm.priority is Priority.HIGH
            and not alarm.technical
            and alarm.state not in (AlarmState.LATCHED, AlarmState.LATCHED_PAUSED)
        ]

    def _pause_when_critical(self, state: ViewState, now_ns: int) -> list[Command]:
        critical = self._critical(state)
        if not critical or now_ns < critical[0].since_ns + ACKNOWLEDGE_AFTER_NS:
            return []
        key = f"pause {state.phase_since_ns}"
        if key in self._answered:
            return []
        self._answered.add(key)
        return [PauseInfusion(t_ns=0, by="", reason=critical[0].sentence)]

    def _after_pause(self, state: ViewState, now_ns: int) -> list[Command]:
        paused_ns = now_ns - state.phase_since_ns
        key = f"resume {state.phase_since_ns}"
        if paused_ns < PAUSE_NS or key in self._answered:
            return []
        if not self._critical(state):
            self._answered.add(key)
            return [ResumeInfusion(t_ns=0, by="")]
        if paused_ns >= GIVE_UP_NS:
            self._answered.add(key)
            return [StopInfusion(t_ns=0, by="", reason="alarm persists")]
        return []

    def _follow_dose(self, state: ViewState, now_ns: int) -> list[Command]:
        step = dose_steps.follow_dose(state, now_ns)
        given = (len(state.giving.doses), len(state.giving.marks), state.giving.hold)
        if step is None or given == self._dosing or self._critical(state):
            return []
        self._dosing = given
        return [step]

    def _settle_account(self, state: ViewState, now_ns: int) -> list[Command]:
        step = drug_steps.settle_account(state, now_ns, witness=SECOND_NURSE)
        key = f"account {len(state.ledger.entries)}"
        if step is None or key in self._answered or now_ns < state.phase_since_ns + SETTLE_NS:
            return []
        self._answered.add(key)
        return [step]

    def _discharge(self, state: ViewState, now_ns: int) -> list[Command]:
        definition = state.definition
        if definition is None or now_ns < self._ready_ns:
            return []
        minimum_ns = definition.recovery.minimum_s * NS_PER_S
        recovered_ns = now_ns - (state.recovery_since_ns or state.phase_since_ns)
        if recovered_ns < minimum_ns:
            return []
        self._ready_ns = now_ns + STEP_NS
        lacking = self._lacking_values(state, now_ns)
        if lacking:
            return lacking
        pressure = discharge_steps.next_pressure(state, now_ns)
        if pressure is not None and self._not_asked("pressure to leave", now_ns):
            return [pressure]
        scale = scale_steps.next_after(state, now_ns)
        if scale is not None and self._not_asked(f"scale {scale.scale}", now_ns):
            return [scale]
        for criterion in definition.discharge:
            if criterion.answers and criterion.id not in self._answered:
                self._answered.add(criterion.id)
                return [
                    AnswerDischarge(t_ns=0, by="", item=criterion.id, answer=criterion.passes[0])
                ]
        following = self._next_item(state, ChecklistTime.AFTER)
        following = following or self._plan_integration(state, now_ns)
        if following is not None:
            return [following]
        self._ready_ns = now_ns + 60 * NS_PER_S
        leave = recovered_ns >= minimum_ns + LEAVE_ANYWAY_NS
        reason = "leaves against advice" if leave else ""
        return [AdvancePhase(t_ns=0, by="", phase=Phase.DISCHARGED, reason=reason)]

    def _not_asked(self, key: str, now_ns: int) -> bool:
        """Whether `key` was not done in this quarter of an hour; it then counts as done."""
        key = f"{key} {now_ns // (900 * NS_PER_S)}"
        fresh = key not in self._answered
        self._answered.add(key)
        return fresh

    def _lacking_values(self, state: ViewState, now_ns: int) -> list[Command]:
        """Scores that a discharge criterion waits for, asked again once a quarter of an hour."""
        commands: list[Command] = []
        for criterion in () if state.definition is None else state.definition.discharge:
            outcome = state.discharge.get(criterion.id)
            if outcome is None or outcome.met is not None:
                continue
            for test in criterion.tests:
                key = f"{criterion.id} {test.vital} {now_ns // (900 * NS_PER_S)}"
                if test.vital in _TYPED and key not in self._answered:
                    self._answered.add(key)
                    commands.append(self._value(test.vital, now_ns))
        return commands

    def _note_symptoms(self, state: ViewState, now_ns: int) -> list[Command]:
        return [
            WriteNote(t_ns=0, by="", text=seen.text)
            if seen.term == NOTE
            else RecordEvent(t_ns=0, by="", term=seen.term, severity=seen.severity, text=seen.text)
            for seen in self._patient.symptoms_between(self._looked_ns, now_ns)
        ]
