"""What a screen shows: `ViewState`, and `fold(state, event) -> state`, pure.

The bedside, the review and the replay fold the same events into the same state, so a number looks
the same wherever it is seen. Series that grow (trends, waves, the event list) are kept beside it in
`app.history.History`, because copying them at each event would cost too much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, cast

from app.state_amended import PressuresShown, stand
from app.state_care import CareShown
from app.state_giving import GivingShown
from app.state_people import PeopleShown, people_shown
from app.state_pressures import BloodPressure
from app.state_scales import ScalesShown
from app.state_signals import SignalsShown
from protocols.definition import ProtocolDefinition, parse_protocol
from protocols.dosing.account import DrugAccount
from protocols.dosing.pump_check import PumpWatch
from protocols.events import (
    AlarmChanged,
    AlarmSignalled,
    AlarmState,
    AudioPauseChanged,
    BaselineFrozen,
    BpScheduleArmed,
    BpState,
    BpStateChanged,
    ChecklistChanged,
    ClockAnchored,
    CommandRefused,
    ContainerChanged,
    DeliveryChanged,
    DischargeItemChanged,
    DoseConfirmed,
    DoseGiven,
    DosePlanned,
    EffectChanged,
    EnterPatient,
    EnterWeight,
    EntryCorrected,
    Event,
    GateItemChanged,
    HoldEnded,
    IntegrationPlanned,
    LedgerEntered,
    LedgerReconciled,
    LimitChanged,
    LineMarked,
    LinkChanged,
    ObservationRecorded,
    PatientRecorded,
    PersonIdentified,
    Phase,
    PhaseChanged,
    PresenceChanged,
    PumpReported,
    Reading,
    ReminderGiven,
    SameArmChanged,
    ScaleFlagAnswered,
    ScaleRecorded,
    Service,
    ServiceReported,
    SessionClosed,
    SessionOpened,
    SessionResumed,
    SoundChecked,
    SoundCheckStarted,
    StationLocked,
    TaskChanged,
    TaskState,
    WeightRecorded,
)
from protocols.gate import START_LIMIT_ITEM
from protocols.limit_changes import with_changes
from protocols.limits import LimitsProfile, parse_limits
from protocols.preparation import voids_order
from protocols.record_entries import is_correction
from protocols.signals_file import parse_signals
from protocols.vitals import NS_PER_S, PRESSURES, Vital, fresh_for_s
from protocols.wall_clock import WallClock

_EMPTY: Mapping[Any, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewState:
    """Everything that a screen shows at one moment, except growing series.

    Attributes:
        t_ns: session time of the newest event.
        opened: what was in force at the start, or None before any session.
        definition: the protocol in force, parsed.
        limits: the limits profile in force, parsed.
        wall_clock: the last clock anchor.
        phase: phase of the visit; `phase_since_ns` when it began.
        dose: the plan, once calculated; `dose_checked_by` once a second person agreed.
        gate: state of each gate item by item id.
        baseline: value by vital once frozen; `baseline_event` says who and how sure.
        readings: the latest reading of each streamed or scored vital, missing ones included.
        last_values: the latest reading that had a value, for showing its age when it is gone.
        typed: the value of a streamed vital that a person typed, by when it was measured; never
            among `readings`, so that it is never taken for the monitor's.
        typed_count: how many values persons typed so far.
        blood_pressure: the latest determination, failed ones included.
        last_blood_pressure: the latest determination that gave pressures.
        whole_pressures: the last determinations that gave pressures and stand.
        typed_pressure: the pressures typed last, not yet whole while they come in one by one.
        delivery: the last change of delivery.
        giving: doses given at once, and what was seen at the line.
        care: checklists, side effects, who is there, what follows.
        pump: what an infusion pump says beside what the timer counts.
        infusion_started_ns, infusion_ended_ns: when drug began and ended, or None.
        alarms: every alarm that is not off, pending or held, by rule id.
        held: every alarm that a cuff on the same arm excuses for a while, by rule id.
        same_arm: whether cuff and oximeter are on the same arm.
        tasks: the observation that is upcoming, due or late, by item of the schedule.
        links: state of each monitor's link by slot.
        services: parts of the program reported as failed, with why.
        signals: how alarms are signalled, the check of sound, limits changed for this patient.
        scales: what was filled in, and what it asks to be done.
        people: who is at the bedside, and whether it is locked.
        refusals: the last refused actions, newest last.
        observer: the named observer at the moment.
        ledger: the account of the drug; `reconciled` once it was closed and nothing came after.
    """

    t_ns: int = 0
    opened: SessionOpened | None = None
    definition: ProtocolDefinition | None = None
    limits: LimitsProfile | None = None
    wall_clock: WallClock | None = None
    phase: Phase = Phase.SETUP
    phase_since_ns: int = 0
    patient: EnterPatient | None = None
    weight: EnterWeight | None = None
    dose: DosePlanned | None = None
    dose_checked_by: str = ""
    gate: Mapping[str, GateItemChanged] = field(default_factory=lambda: _EMPTY)
    baseline: Mapping[Vital, float] = field(default_factory=lambda: _EMPTY)
    baseline_event: BaselineFrozen | None = None
    readings: Mapping[Vital, Reading] = field(default_factory=lambda: _EMPTY)
    last_values: Mapping[Vital, Reading] = field(default_factory=lambda: _EMPTY)
    typed: Mapping[Vital, Reading] = field(default_factory=lambda: _EMPTY)
    typed_count: int = 0
    typed_pressure: BloodPressure | None = None
    whole_pressures: tuple[BloodPressure, ...] = ()
    blood_pressure: BloodPressure | None = None
    last_blood_pressure: BloodPressure | None = None
    bp_state: BpState = BpState.IDLE
    bp_text: str = ""
    bp_armed: bool = False
    delivery: DeliveryChanged | None = None
    pump: PumpWatch = field(default_factory=lambda: PumpWatch(validity_ns=0))
    giving: GivingShown = field(default_factory=GivingShown)
    care: CareShown = field(default_factory=CareShown)
    infusion_started_ns: int | None = None
    infusion_ended_ns: int | None = None
    alarms: Mapping[str, AlarmChanged] = field(default_factory=lambda: _EMPTY)
    held: Mapping[str, AlarmChanged] = field(default_factory=lambda: _EMPTY)
    same_arm: bool = False
    audio_pause_ends_ns: int | None = None
    tasks: Mapping[str, TaskChanged] = field(default_factory=lambda: _EMPTY)
    links: Mapping[str, LinkChanged] = field(default_factory=lambda: _EMPTY)
    services: Mapping[Service, str] = field(default_factory=lambda: _EMPTY)
    discharge: Mapping[str, DischargeItemChanged] = field(default_factory=lambda: _EMPTY)
    observer: str = ""
    signals: SignalsShown = field(default_factory=SignalsShown)
    scales: ScalesShown = field(default_factory=ScalesShown)
    people: PeopleShown = field(default_factory=PeopleShown)
    refusals: tuple[CommandRefused, ...] = ()
    resumed: SessionResumed | None = None
    closed: SessionClosed | None = None
    ledger: DrugAccount = field(default_factory=DrugAccount)
    reconciled: LedgerReconciled | None = None

    @property
    def simulated(self) -> bool:
        """Whether this session must be marked as simulated."""
        return self.opened is not None and self.opened.simulated

    @property
    def active_alarms(self) -> tuple[AlarmChanged, ...]:
        """Alarms that are seen: what nobody has answered yet first, then by priority and age."""
        return tuple(
            sorted(
                self.alarms.values(),
                key=lambda a: (
                    a.state is AlarmState.ACKED,
                    -a.priority.rank,
                    a.technical,
                    a.since_ns,
                    a.alarm,
                ),
            )
        )

    def heart_rate(self, t_ns: int) -> Reading | None:
        """The heart rate to show: from an ECG while it is live, else the oximeter's pulse rate."""
        heart = self.readings.get(Vital.HR)
        if heart is not None and heart.value is not None:
            limit_ns = self.fresh_for_ns(heart)
            if limit_ns is not None and t_ns - heart.measured_ns <= limit_ns:
                return heart
        return self.readings.get(Vital.PR) or heart

    def fresh_for_ns(self, reading: Reading) -> int | None:
        """How long `reading` stands for the present, ns; None where its vital does not stream."""
        devices = () if self.opened is None else self.opened.devices
        slot = next((slot for slot in devices if slot.device == reading.source), None)
        interval_s = 0.0 if slot is None else slot.interval_s
        fresh_s = fresh_for_s(reading.vital, interval_s, manual=reading.manual)
        return None if fresh_s is None else round(fresh_s * NS_PER_S)

    def typed_value(self, vital: Vital) -> Reading | None:
        """What a person typed of a streamed vital, last by its measurement; HR or pulse for HR."""
        names = (Vital.HR, Vital.PR) if vital is Vital.HR else (vital,)
        known = [self.typed[name] for name in names if name in self.typed]
        return max(known, key=lambda reading: reading.measured_ns, default=None)

    def delivered_mg(self, t_ns: int) -> float:
        """Drug delivered by `t_ns` at the rate in force, mg; never above the planned dose."""
        if self.delivery is None:
            return 0.0
        running_min = max(0, t_ns - self.delivery.t_ns) / 60e9
        given = float(self.delivery.delivered_mg)
        given += float(self.delivery.rate_mg_per_min) * running_min
        return min(given, float(self.dose.dose_mg)) if self.dose is not None else given

    @property
    def recovery_since_ns(self) -> int | None:
        """From when the time to stay counts; None before the drug ended."""
        if self.infusion_ended_ns is None or self.definition is None:
            return None
        first = self.definition.recovery.counted_from_first_dose
        return self.infusion_started_ns if first else self.infusion_ended_ns

    def open_tasks(self) -> tuple[TaskChanged, ...]:
        """Tasks not yet done or missed, the first due first."""
        return tuple(sorted(self.tasks.values(), key=lambda task: (task.due_ns, task.task)))


def fold(state: ViewState, event: Event) -> ViewState:
    """The state after `event`. Events that no screen shows only move the time."""
    folder = _FOLDERS.get(type(event))
    if folder is None:
        return state if event.t_ns <= state.t_ns else replace(state, t_ns=event.t_ns)
    return replace(folder(state, event), t_ns=max(state.t_ns, event.t_ns))


def fold_all(state: ViewState, events: Iterable[Event]) -> ViewState:
    """The state after all of `events`; events that no screen shows cost next to nothing."""
    t_ns = state.t_ns
    for event in events:
        if event.t_ns > t_ns:
            t_ns = event.t_ns
        folder = _FOLDERS.get(type(event))
        if folder is not None:
            state = folder(state, event)
    return state if t_ns == state.t_ns else replace(state, t_ns=t_ns)


def _put(mapping: Mapping[Any, Any], key: Any, value: Any) -> Mapping[Any, Any]:
    # the union of a mapping proxy copies its table whole; `**` would ask it key by key
    return MappingProxyType(cast("dict[Any, Any]", mapping) | {key: value})


def _drop(mapping: Mapping[Any, Any], key: Any) -> Mapping[Any, Any]:
    return MappingProxyType({k: v for k, v in mapping.items() if k != key})


def _opened(state: ViewState, event: SessionOpened) -> ViewState:
    limits = parse_limits(event.limits_text, "limits of this session")
    policy = parse_signals(event.signals_text, "signals") if event.signals_text else None
    return replace(
        state,
        opened=event,
        signals=SignalsShown(policy=policy),
        people=people_shown(event.people_text),
        definition=parse_protocol(event.protocol_text, "protocol of this session"),
        limits=limits,
        pump=PumpWatch(validity_ns=round(limits.policy.pump_validity_s * NS_PER_S)),
        wall_clock=WallClock(t_ns=event.t_ns, utc=event.utc, utc_offset_min=event.utc_offset_min),
    )


def _anchored(state: ViewState, event: ClockAnchored) -> ViewState:
    clock = WallClock(t_ns=event.t_ns, utc=event.utc, utc_offset_min=event.utc_offset_min)
    return replace(state, wall_clock=clock)


def _resumed(state: ViewState, event: SessionResumed) -> ViewState:
    return replace(state, resumed=event, people=state.people.after_cut())


def _reading(state: ViewState, event: Reading) -> ViewState:
    if is_correction(event):
        return _correction(state, event)
    if event.manual:
        return _typed(state, event)
    if event.vital in PRESSURES:
        return _pressure(state, event)
    if event.spot:
        return state
    return _measured(state, event)


def _correction(state: ViewState, event: Reading) -> ViewState:
    """What is corrected stands in the same place; an older value never comes back as present."""
    if event.vital not in PRESSURES:
        return replace(
            state,
            readings=stand(state.readings, event, keep_blank=True),
            last_values=stand(state.last_values, event, keep_blank=False),
            typed=stand(state.typed, event, keep_blank=False),
        )
    return _pressure(state, event)


def _corrected(state: ViewState, event: EntryCorrected) -> ViewState:
    """A side effect or a scale that is withdrawn is shown as standing no longer."""
    if not event.withdrawn:
        return state
    if event.target_kind == "effect_changed":
        return replace(state, care=state.care.without_effect(event.subject))
    if event.target_kind == "scale_recorded":
        return replace(state, scales=state.scales.without(event.subject, event.target_t_ns))
    return state


def _measured(state: ViewState, event: Reading) -> ViewState:
    readings = _put(state.readings, event.vital, event)
    if event.value is None:
        return replace(state, readings=readings)
    return replace(
        state, readings=readings, last_values=_put(state.last_values, event.vital, event)
    )


def _pressure(state: ViewState, event: Reading) -> ViewState:
    shown = PressuresShown(
        latest=state.blood_pressure,
        last=state.last_blood_pressure,
        typed=state.typed_pressure,
        whole=state.whole_pressures,
    ).after(event)
    return replace(
        state,
        blood_pressure=shown.latest,
        last_blood_pressure=shown.last,
        typed_pressure=shown.typed,
        whole_pressures=shown.whole,
    )


def _typed(state: ViewState, event: Reading) -> ViewState:
    """A typed value never takes the place of one that was measured later."""
    state = replace(state, typed_count=state.typed_count + 1)
    if event.vital in PRESSURES:
        return _pressure(state, event)
    if event.spot:
        known = state.typed.get(event.vital)
        if known is not None and known.measured_ns > event.measured_ns:
            return state
        return replace(state, typed=_put(state.typed, event.vital, event))
    known = state.readings.get(event.vital)
    if known is not None and known.measured_ns > event.measured_ns:
        return state
    return _measured(state, event)


def _phase(state: ViewState, event: PhaseChanged) -> ViewState:
    changes: dict[str, Any] = {"phase": event.after, "phase_since_ns": event.t_ns}
    changes["care"] = state.care.with_phase(event)
    if event.after is Phase.INFUSING and state.infusion_started_ns is None:
        changes["infusion_started_ns"] = event.t_ns
    if event.after is Phase.DISCHARGED:
        changes["tasks"] = _EMPTY
    ended = event.after in (Phase.STOPPED, Phase.RECOVERY)
    if ended and state.infusion_ended_ns is None:
        changes["infusion_ended_ns"] = event.t_ns
    return replace(state, **changes)


def _baseline(state: ViewState, event: BaselineFrozen) -> ViewState:
    """Overrides of start limits were given for the values before and end with them."""
    values = MappingProxyType({value.vital: value.value for value in event.values})
    gate = {k: v for k, v in state.gate.items() if not k.startswith(START_LIMIT_ITEM)}
    return replace(state, baseline=values, baseline_event=event, gate=MappingProxyType(gate))


def _alarm(state: ViewState, event: AlarmChanged) -> ViewState:
    seen = event.state.is_seen
    alarms = _put(state.alarms, event.alarm, event) if seen else _drop(state.alarms, event.alarm)
    held = event.state is AlarmState.HELD
    if held or event.alarm in state.held:
        excused = _put(state.held, event.alarm, event) if held else _drop(state.held, event.alarm)
        state = replace(state, held=excused)
    return replace(state, alarms=alarms, signals=state.signals.with_alarm(event))


def _limit(state: ViewState, event: LimitChanged) -> ViewState:
    signals = state.signals.with_limit(event)
    if state.opened is None:
        return replace(state, signals=signals)
    in_file = parse_limits(state.opened.limits_text, "limits of this session")
    return replace(state, signals=signals, limits=with_changes(in_file, signals.limits))


def _task(state: ViewState, event: TaskChanged) -> ViewState:
    """An item has one task at a time: a newer forecast takes the place of the one before."""
    if event.state not in (TaskState.DONE, TaskState.MISSED):
        return replace(state, tasks=_put(state.tasks, event.item, event))
    known = state.tasks.get(event.item)
    if known is None or known.task != event.task:
        return state
    return replace(state, tasks=_drop(state.tasks, event.item))


def _service(state: ViewState, event: ServiceReported) -> ViewState:
    if event.service is Service.STAFF:
        state = replace(state, signals=replace(state.signals, staff=event))
    elif event.service is Service.SOUND:
        state = replace(state, signals=replace(state.signals, sound=event))
    if event.working:
        return replace(state, services=_drop(state.services, event.service))
    return replace(state, services=_put(state.services, event.service, event.detail))


def _patient(state: ViewState, event: PatientRecorded) -> ViewState:
    if voids_order(state.patient, event.entry):
        state = replace(state, dose=None, dose_checked_by="")
    return replace(state, patient=event.entry)


def _observation(state: ViewState, event: ObservationRecorded) -> ViewState:
    if event.kind == "hand-over":
        return replace(state, observer=event.text)
    return state


def _refused(state: ViewState, event: CommandRefused) -> ViewState:
    return replace(state, refusals=(*state.refusals[-4:], event))


_FOLDERS: dict[type[Event], Callable[[ViewState, Any], ViewState]] = {
    SessionOpened: _opened,
    ClockAnchored: _anchored,
    SessionResumed: _resumed,
    PersonIdentified: lambda s, e: replace(s, people=s.people.with_identified(e)),
    StationLocked: lambda s, e: replace(s, people=s.people.with_lock(e)),
    Reading: _reading,
    PhaseChanged: _phase,
    BaselineFrozen: _baseline,
    AlarmChanged: _alarm,
    AlarmSignalled: lambda s, e: replace(s, signals=s.signals.with_signal(e)),
    LimitChanged: _limit,
    ReminderGiven: lambda s, e: replace(s, signals=replace(s.signals, reminder=e)),
    SoundCheckStarted: lambda s, e: replace(s, signals=s.signals.with_check_started(e)),
    SoundChecked: lambda s, e: replace(s, signals=s.signals.with_check(e)),
    TaskChanged: _task,
    ServiceReported: _service,
    ObservationRecorded: _observation,
    CommandRefused: _refused,
    PatientRecorded: _patient,
    WeightRecorded: lambda s, e: replace(s, weight=e.entry, dose=None, dose_checked_by=""),
    DosePlanned: lambda s, e: replace(s, dose=e, dose_checked_by="", pump=s.pump.after(e)),
    DoseConfirmed: lambda s, e: replace(s, dose_checked_by=e.checked_by),
    GateItemChanged: lambda s, e: replace(s, gate=_put(s.gate, e.item, e)),
    BpStateChanged: lambda s, e: replace(s, bp_state=e.state, bp_text=e.text),
    SameArmChanged: lambda s, e: replace(s, same_arm=e.same),
    BpScheduleArmed: lambda s, e: replace(s, bp_armed=e.armed),
    DeliveryChanged: lambda s, e: replace(s, delivery=e, pump=s.pump.after(e)),
    PumpReported: lambda s, e: replace(s, pump=s.pump.after(e)),
    DoseGiven: lambda s, e: replace(s, giving=s.giving.with_dose(e)),
    HoldEnded: lambda s, e: replace(s, giving=s.giving.with_hold(e)),
    LineMarked: lambda s, e: replace(s, giving=s.giving.with_mark(e), pump=s.pump.after(e)),
    ContainerChanged: lambda s, e: replace(s, giving=s.giving.with_container(e)),
    AudioPauseChanged: lambda s, e: replace(s, audio_pause_ends_ns=e.ends_ns),
    LinkChanged: lambda s, e: replace(s, links=_put(s.links, e.device, e)),
    DischargeItemChanged: lambda s, e: replace(s, discharge=_put(s.discharge, e.item, e)),
    ScaleRecorded: lambda s, e: replace(s, scales=s.scales.record(e)),
    ScaleFlagAnswered: lambda s, e: replace(s, scales=s.scales.answer(e)),
    EntryCorrected: _corrected,
    SessionClosed: lambda s, e: replace(s, closed=e),
    ChecklistChanged: lambda s, e: replace(s, care=s.care.with_answer(e)),
    EffectChanged: lambda s, e: replace(s, care=s.care.with_effect(e)),
    PresenceChanged: lambda s, e: replace(s, care=s.care.with_presence(e)),
    IntegrationPlanned: lambda s, e: replace(s, care=replace(s.care, integration=e)),
    LedgerEntered: lambda s, e: replace(s, ledger=s.ledger.with_entry(e), reconciled=None),
    LedgerReconciled: lambda s, e: replace(s, reconciled=e),
}
