"""One session's rules: every event in, everything that follows from it out.

`Session` routes each event to the rules of its subject and then settles what follows: readings
become known, observations count as made, alarms are judged, a due blood pressure is asked for. It
reads no clock: the time is that of the events, and what waits is a deadline (`next_deadline_ns`)
that fires at its own time through `advance`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from protocols import (
    amendments,
    answering,
    assessments,
    by_hand,
    care,
    cuff,
    discharge,
    episodes,
    gate,
    observing,
    preparation,
    recheck,
    sound_check,
)
from protocols.acted_on import ACTED
from protocols.alarm_facts import AlarmFacts
from protocols.alarm_rules import AlarmRule
from protocols.alarms import AlarmBoard
from protocols.annunciation import Annunciator
from protocols.baseline import collect, freeze_baseline, note_phase
from protocols.cross_checks import TIGHT
from protocols.definition import ProtocolDefinition
from protocols.dosing import giving, infusion, ledger, line
from protocols.dosing.given import given_mg
from protocols.events import (
    AbortBp,
    AcceptAlarm,
    Acknowledge,
    AddAddendum,
    AddVial,
    AdvancePhase,
    AlarmChanged,
    AlarmDelivered,
    AnswerChecklist,
    AnswerDischarge,
    AnswerGate,
    AnswerScaleFlag,
    AnswerSoundCheck,
    ArmBpSchedule,
    AssessEpisodes,
    BpStateChanged,
    ChangeContainer,
    ChangeEffect,
    ChangeLimit,
    CheckDose,
    CheckSound,
    ClockAnchored,
    CloseSession,
    Command,
    CorrectEntry,
    CorrectLedger,
    DrawDrug,
    EndAudioPause,
    EndHold,
    EnterBp,
    EnterPatient,
    EnterValue,
    EnterVitals,
    EnterWeight,
    Event,
    FillForm,
    FindEpisodes,
    FreezeBaseline,
    GapFound,
    GiveDose,
    HandOver,
    KeepResidual,
    LimitChanged,
    MarkLine,
    NotePresence,
    OrderDose,
    Output,
    PauseAudio,
    PauseInfusion,
    Phase,
    PhaseChanged,
    PlanIntegration,
    Reading,
    ReconcileDrug,
    RecordDrug,
    RecordEvent,
    RecordScale,
    RejectAlarm,
    ReportEffect,
    RestoreLimit,
    ResumeInfusion,
    ServiceReported,
    SessionClosed,
    SessionOpened,
    SessionResumed,
    SetSameArm,
    SignRecord,
    SkipTask,
    SlowInfusion,
    SoundChecked,
    StartInfusion,
    StopInfusion,
    SwitchRuleOff,
    TakeBp,
    TaskChanged,
    WasteDrug,
    WriteNote,
)
from protocols.forms.filling import fill_form
from protocols.guardrails import as_decimal
from protocols.limit_changes import change_limit, restore_limit, switch_rule_off, with_changes
from protocols.limits import LimitsProfile
from protocols.missing import without_false_numbers
from protocols.people.authority import Authority
from protocols.people.rights import Rights
from protocols.phases import refusal
from protocols.readiness import gather_facts
from protocols.record_entries import is_no_observation
from protocols.schedule import Schedule
from protocols.signals import SignalPolicy
from protocols.situation import Situation
from protocols.visit import Visit, change_phase, refuse
from protocols.vitals import COUNTED_BY_PEOPLE, NS_PER_S, Vital
from protocols.wall_clock import WallClock

REVIEW_EVERY_NS = 60 * NS_PER_S
"""In recovery the discharge criteria are judged again at least this often."""


class Session:
    """The rules of one session. Deterministic: the same events give the same outputs."""

    def __init__(
        self,
        definition: ProtocolDefinition,
        limits: LimitsProfile,
        signals: SignalPolicy | None = None,
        rights: Rights | None = None,
    ) -> None:
        """Begin in setup, under `definition` and `limits`.

        Without `signals` alarms just sound; without `rights` anybody may do everything.
        """
        self._visit = Visit(
            definition=definition,
            limits=limits,
            file_limits=limits,
            signals=signals,
            situation=Situation(limits, definition),
            schedule=Schedule(definition.schedule),
            board=AlarmBoard(limits.rules, limits.policy),
            annunciator=Annunciator(signals, limits),
            people=Authority(rights),
        )
        self._today = date(1970, 1, 1)
        self._review_ns: int | None = None
        self._stale_ns: int | None = None
        self._deadline_ns: int | None = None
        self._deadline_known = False
        self._sort_rules()

    def _sort_rules(self) -> None:
        """Keep at hand which of the rules in force a fact can concern."""
        self._facts = AlarmFacts(self._visit.limits)
        self._places = {rule.id: place for place, rule in enumerate(self._visit.limits.rules)}

    @property
    def visit(self) -> Visit:
        """What the session knows; to be read, never changed, from outside."""
        return self._visit

    @property
    def next_deadline_ns(self) -> int | None:
        """When something will happen by itself, or None."""
        if not self._deadline_known:
            self._deadline_ns, self._deadline_known = self._soonest_ns(), True
        return self._deadline_ns

    def _soonest_ns(self) -> int | None:
        visit = self._visit
        if visit.closed:
            return None
        times = (
            visit.board.next_deadline_ns,
            visit.annunciator.next_deadline_ns,
            visit.schedule.next_deadline_ns,
            infusion.finish_deadline_ns(visit),
            visit.bp_wanted_ns,
            self._review_ns,
            self._stale_ns,
        )
        return min((at for at in times if at is not None), default=None)

    def note_recorded(self, events: Iterable[Event]) -> None:
        """Count `events`, which come next in the record: their numbers are their places in it."""
        entries, acted_on = self._visit.entries, self._visit.acted_on
        for event in events:
            entries.note(event)
            if type(event) in ACTED:
                acted_on.note(event)

    def handle(self, event: Event) -> list[Output]:
        """Everything that follows from `event`; deadlines before it must have been advanced.

        The event itself is not among the outputs, even where it is an output of a parser.
        """
        event = without_false_numbers(event)
        self._deadline_known = False
        visit = self._visit
        visit.people.note(event)
        if visit.closed:
            return self._amend(event) if isinstance(event, amendments.AMENDMENTS) else []
        if isinstance(event, SessionOpened | ClockAnchored):
            visit.wall_clock = WallClock(
                t_ns=event.t_ns, utc=event.utc, utc_offset_min=event.utc_offset_min
            )
        if isinstance(event, SessionOpened):
            self._today = date.fromisoformat(event.utc[:10])
            for slot in event.devices:
                visit.situation.expect(slot.device, slot.interval_s)
            return self._settle(event.t_ns, [], visit.limits.rules)
        if isinstance(event, SessionResumed):
            return self._settle(event.t_ns, self._resume(event))
        if isinstance(event, GapFound):
            return self._settle(event.t_ns, infusion.note_gap(visit, event))
        if isinstance(event, Command):
            outputs = self._settle(event.t_ns, self._obey(event))
            return outputs + self._relax(outputs)
        outputs = self._settle(event.t_ns, [], self._note(event), self._follow_fact(event))
        return outputs + self._relax([event])

    def _resume(self, event: SessionResumed) -> list[Output]:
        visit = self._visit
        return [
            *infusion.note_gap(visit, event),
            *visit.annunciator.follow(event),
            *sound_check.lose_proof(visit, event.t_ns, "The program was started again."),
        ]

    def _relax(self, facts: Iterable[Event]) -> list[Output]:
        """What observations in range ease, once the alarms were judged on them."""
        eased: list[Output] = []
        for fact in facts:
            observed = isinstance(fact, Reading) and fact.vital not in _STREAMED
            if isinstance(fact, Reading) and observed and fact.value is not None:
                if is_no_observation(fact):
                    continue
                changes = recheck.follow_value(self._visit, fact)
                eased += self._settle(fact.t_ns, changes)
        return eased

    def advance(self, t_ns: int) -> list[Output]:
        """The deadline `t_ns` has come: everything that happens at that time by itself."""
        self._deadline_known = False
        visit = self._visit
        outputs: list[Output] = []
        if infusion.finish_deadline_ns(visit) == t_ns:
            outputs += infusion.finish_infusion(visit, t_ns)
        if visit.bp_wanted_ns == t_ns:
            outputs += cuff.retry(visit, t_ns)
        outputs += visit.schedule.advance(t_ns)
        rules: Iterable[AlarmRule] = ()
        if self._stale_ns == t_ns:
            rules = visit.limits.rules
        if self._review_ns == t_ns:
            self._review_ns = t_ns + REVIEW_EVERY_NS
            outputs += discharge.review(visit, t_ns)
        outputs += visit.board.advance(t_ns)
        outputs += visit.annunciator.advance(t_ns)
        return self._settle(t_ns, outputs, rules)

    def _amend(self, command: Command) -> list[Output]:
        outputs = self._obey(command)
        episodes.follow(self._visit, outputs)
        return outputs

    def _obey(self, command: Command) -> list[Output]:
        people = self._visit.people
        held = people.refusal(command, self._visit.givers)
        return refuse(command, held) if held else people.after(command, self._do(command))

    def _do(self, command: Command) -> list[Output]:
        if isinstance(command, EnterPatient):
            return preparation.enter_patient(self._visit, command, self._today)
        handler = _HANDLERS.get(type(command))
        if handler is None:
            return refuse(command, "This program does not know that action.")
        return handler(self._visit, command)

    def _note(self, fact: Event) -> Iterable[AlarmRule]:
        """Take a fact into what is known; gives the rules whose verdict it may change."""
        visit = self._visit
        if isinstance(fact, LimitChanged):
            visit.limit_changes.append(fact)
            visit.limits = with_changes(visit.file_limits, visit.limit_changes)
            self._sort_rules()
            return [rule for rule in visit.limits.rules if rule.id == fact.rule]
        rules = self._facts.note(visit.situation, fact)
        if isinstance(fact, Reading):
            collect(visit, fact)
        return rules

    def _follow_fact(self, fact: Event) -> list[Output]:
        """What the rules do because of a fact, besides judging alarms."""
        visit = self._visit
        if isinstance(fact, Reading):
            return self._follow_reading(fact)
        if isinstance(fact, BpStateChanged):
            cuff.follow_state(visit, fact)
        elif isinstance(fact, TaskChanged):
            return cuff.follow_task(visit, fact)
        elif isinstance(fact, PhaseChanged):
            return self._follow_phase(fact)
        elif isinstance(fact, _SIGNALLED):
            return [*visit.annunciator.follow(fact), *self._follow_signalled(fact)]
        return []

    def _follow_signalled(self, fact: Event) -> list[Output]:
        """What else follows from a fact that changes how alarms are signalled."""
        if isinstance(fact, AlarmChanged):
            return recheck.follow_alarm(self._visit, fact)
        if isinstance(fact, ServiceReported):
            return sound_check.follow_service(self._visit, fact)
        return self._replace_rule(fact) if isinstance(fact, LimitChanged) else []

    def _replace_rule(self, change: LimitChanged) -> list[Output]:
        visit = self._visit
        rule = next(rule for rule in visit.limits.rules if rule.id == change.rule)
        return visit.board.replace_rule(change.t_ns, rule, change.by)

    def _follow_reading(self, reading: Reading) -> list[Output]:
        visit = self._visit
        if is_no_observation(reading):
            return discharge.review(visit, reading.t_ns)
        aside = reading.spot or reading.vital in (*_STREAMED, *COUNTED_BY_PEOPLE)
        if reading.value is None or (aside and not reading.manual):
            return []
        outputs: list[Output] = list(
            visit.schedule.record(reading.t_ns, reading.vital, reading.measured_ns)
        )
        return outputs + discharge.review(visit, reading.t_ns)

    def _follow_phase(self, change: PhaseChanged) -> list[Output]:
        visit = self._visit
        note_phase(visit, change)
        if change.after is Phase.RECOVERY:
            self._review_ns = change.t_ns + REVIEW_EVERY_NS
        elif change.after is Phase.DISCHARGED:
            self._review_ns = None
        began_ns = visit.first_dose_ns
        outputs: list[Output] = list(
            visit.schedule.enter_phase(change.t_ns, change.after, began_ns)
        )
        return outputs + discharge.review(visit, change.t_ns)

    def _settle(
        self,
        t_ns: int,
        first: Iterable[Output],
        rules: Iterable[AlarmRule] = (),
        more: Iterable[Output] = (),
    ) -> list[Output]:
        """Follow every output to its end: known, acted on, judged; in one definite order."""
        visit = self._visit
        made: list[Output] = []
        waiting: deque[Output] = deque([*first, *more])
        due: dict[str, AlarmRule] = {rule.id: rule for rule in rules}
        while waiting or due:
            while waiting:
                output = waiting.popleft()
                made.append(output)
                due.update((rule.id, rule) for rule in self._note(output))
                waiting.extend(self._follow_fact(output))
            if due:
                rules_now = visit.limits.rules
                ordered = [rules_now[place] for place in sorted(map(self._places.__getitem__, due))]
                due.clear()
                waiting.extend(visit.board.assess(t_ns, visit.situation, ordered))
        self._stale_ns = visit.situation.next_staleness_ns(t_ns)
        return made


_SIGNALLED = (AlarmChanged, AlarmDelivered, LimitChanged, ServiceReported, SoundChecked)
_STREAMED = (Vital.HR, Vital.PR, Vital.SPO2, Vital.PI, Vital.PLETH, Vital.ETCO2, Vital.CUFF)


def _advance_phase(visit: Visit, command: AdvancePhase) -> list[Output]:
    if command.phase in (Phase.INFUSING, Phase.PAUSED, Phase.STOPPED, Phase.RECOVERY):
        return refuse(command, "Start, pause, resume and stop have actions of their own.")
    facts = gather_facts(visit, command.t_ns, reason=command.reason)
    held = refusal(visit.phase, command.phase, facts)
    if held is not None:
        return refuse(command, held)
    return [change_phase(visit, command.t_ns, command.phase, command.by, command.reason)]


def _close(visit: Visit, command: CloseSession) -> list[Output]:
    if visit.phase in (Phase.INFUSING, Phase.PAUSED):
        return refuse(command, "Stop the infusion before closing the session.")
    if visit.bp_state in TIGHT:
        return refuse(command, "A blood pressure is being taken: wait for its end, or abort it.")
    if visit.phase is not Phase.DISCHARGED and not command.reason.strip():
        return refuse(command, "The patient is not discharged: give a reason for closing now.")
    open_account = ledger.close_problem(visit, command.t_ns)
    if open_account and not command.reason.strip():
        return refuse(command, f"{open_account} Reconcile, or give the reason for closing now.")
    visit.closed = True
    return [
        *assessments.note_open_flags(visit, command.t_ns, command.by),
        SessionClosed(
            t_ns=command.t_ns,
            by=command.by,
            reason=command.reason,
            delivered_mg=as_decimal(given_mg(visit, command.t_ns)),
        ),
    ]


_HANDLERS: dict[type[Command], Callable[[Visit, Any], list[Output]]] = {
    EnterWeight: preparation.enter_weight,
    OrderDose: preparation.order_dose,
    CheckDose: preparation.check_dose,
    AnswerGate: gate.answer_gate,
    AdvancePhase: _advance_phase,
    FreezeBaseline: freeze_baseline,
    StartInfusion: infusion.start_infusion,
    PauseInfusion: infusion.pause_infusion,
    ResumeInfusion: infusion.resume_infusion,
    SlowInfusion: infusion.slow_infusion,
    StopInfusion: infusion.stop_infusion,
    GiveDose: giving.give_dose,
    EndHold: giving.end_hold,
    MarkLine: line.mark_line,
    ChangeContainer: line.change_container,
    TakeBp: cuff.take_bp,
    AbortBp: cuff.abort_bp,
    ArmBpSchedule: cuff.arm_schedule,
    SetSameArm: cuff.set_same_arm,
    EnterValue: by_hand.enter_value,
    EnterBp: by_hand.enter_bp,
    EnterVitals: by_hand.enter_vitals,
    RecordEvent: observing.record_event,
    RecordDrug: observing.record_drug,
    WriteNote: observing.write_note,
    CorrectEntry: amendments.correct_entry,
    AddAddendum: amendments.add_addendum,
    SignRecord: amendments.sign_record,
    FindEpisodes: episodes.find_episodes,
    AssessEpisodes: episodes.assess_episodes,
    HandOver: observing.hand_over,
    SkipTask: observing.skip_task,
    Acknowledge: answering.acknowledge,
    PauseAudio: answering.pause_audio,
    EndAudioPause: answering.end_audio_pause,
    AcceptAlarm: answering.accept_alarm,
    RejectAlarm: answering.reject_alarm,
    CheckSound: sound_check.check_sound,
    AnswerSoundCheck: sound_check.answer_sound_check,
    ChangeLimit: change_limit,
    RestoreLimit: restore_limit,
    SwitchRuleOff: switch_rule_off,
    AnswerDischarge: discharge.answer_discharge,
    RecordScale: assessments.record_scale,
    AnswerScaleFlag: assessments.answer_scale_flag,
    FillForm: fill_form,
    AnswerChecklist: care.answer_checklist,
    ReportEffect: care.report_effect,
    ChangeEffect: care.change_effect,
    NotePresence: care.note_presence,
    PlanIntegration: care.plan_integration,
    AddVial: ledger.add_vial,
    DrawDrug: ledger.draw_drug,
    KeepResidual: ledger.keep_residual,
    WasteDrug: ledger.waste_drug,
    CorrectLedger: ledger.correct_ledger,
    ReconcileDrug: ledger.reconcile_drug,
    CloseSession: _close,
}
