"""What is known now: the record that conditions read.

`Situation` is changed only by the events of a session and asked only with a time, so the same
events give the same answers. Ages decide by themselves: a value is *fresh* while its age is less
than its limit and unknown from that very nanosecond on; `next_staleness_ns` names the next such
moment, so that growing old is a deadline like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocols.alarm_rules import Limit, LimitsProfile, RuleKind, vitals_read
from protocols.clock_jumps import ClockWatch
from protocols.cross_checks import PULSE_BORNE, CuffHold, Hold, PulseComparison, PulsePair
from protocols.dosing.pump_check import PumpWatch
from protocols.events.amendments import EntryCorrected
from protocols.events.care import EffectChanged
from protocols.events.inputs import ClockAnchored
from protocols.events.outputs import (
    BaselineFrozen,
    BaselineValue,
    BpStateChanged,
    ObservationRecorded,
    Reading,
    TaskChanged,
)
from protocols.events.signals import SoundChecked
from protocols.events.terms import BpState, LinkState, Phase, Service
from protocols.known_readings import KnownReadings, standing_for
from protocols.overdue import OverdueWatch
from protocols.recent_values import RecentValues
from protocols.statuses import LinkStatus, ServiceStatus
from protocols.symptoms import SymptomWatch
from protocols.vitals import (
    NS_PER_S,
    PRESSURES,
    VITALS,
    Quality,
    Vital,
    fresh_for_s,
)

if TYPE_CHECKING:
    from protocols.definition import ProtocolDefinition

MONITORED = frozenset((Phase.INFUSING, Phase.PAUSED, Phase.STOPPED, Phase.RECOVERY))
"""Phases in which data are expected even from a monitor that has not given any yet."""

_BP_FAILED: dict[BpState, bool] = {BpState.FAILED: True, BpState.DONE: False}


def to_ns(seconds: float) -> int:
    """`seconds` in whole nanoseconds."""
    return round(seconds * NS_PER_S)


_QUIET_NS = {
    vital: to_ns(spec.quiet_limit_s)
    for vital, spec in VITALS.items()
    if spec.quiet_limit_s is not None
}


class Situation:
    """The deterministic record of what is known now, under the limits of one profile.

    Values of a streaming vital (with a quiet limit) are fresh for that limit. Pressures are fresh
    for the policy's factor times the interval in force, or for the policy's validity where there
    is no interval; all other vitals that do not stream for the policy's validity of scores.

    Attributes:
        symptoms: what staff recorded of the patient.
        observations: which observations were due and are not made.
        recent: how far vitals moved lately.
        clock: jumps of the wall clock.
    """

    def __init__(
        self, profile: LimitsProfile, definition: ProtocolDefinition | None = None
    ) -> None:
        """Begin with nothing known; `definition` names quick events and what an item observes."""
        self._policy = profile.policy
        self._score_validity_ns = to_ns(profile.policy.score_validity_s)
        self._typed_validity_ns = to_ns(profile.policy.typed_validity_s)
        self._bp_validity_ns = to_ns(profile.policy.bp_validity_s)
        self._watched = frozenset(v for rule in profile.rules for v in vitals_read(rule))
        self._quiet_rules = tuple(
            (rule.vital, to_ns(rule.limit.value), rule.once_given)
            for rule in profile.rules
            if rule.kind is RuleKind.NO_DATA and rule.vital is not None and rule.limit is not None
        )
        events = () if definition is None else definition.quick_events
        self.symptoms = SymptomWatch(profile.rules, ((one.id, one.label) for one in events))
        schedule = () if definition is None else definition.schedule
        self.observations = OverdueWatch(profile.rules, schedule)
        self.recent = RecentValues(profile.rules)
        self.clock = ClockWatch(profile.rules)
        self._bp_limits = [r.limit for r in profile.rules if r.kind is RuleKind.BP_OVERDUE]
        self._intervals_s: dict[str, float] = {}
        self._readings = KnownReadings(by_time_measured=self._policy.by_time_measured)
        self._pulses = PulseComparison(to_ns(self._policy.pulse_pair_s))
        self._cuff_hold = CuffHold(
            to_ns(self._policy.cuff_hold_cap_s), to_ns(self._policy.cuff_hold_settle_s)
        )
        self._pump = PumpWatch(validity_ns=to_ns(self._policy.pump_validity_s))
        self._baseline: dict[Vital, BaselineValue] = {}
        self._baseline_low_confidence = False
        self._links: dict[str, LinkStatus] = {}
        self._services: dict[Service, ServiceStatus] = {}
        self._sound_checked: SoundChecked | None = None
        self._bp_failed: bool | None = None
        self._bp_text = ""
        self._bp_interval_ns: int | None = None
        self._phase = Phase.SETUP
        self._monitored_since_ns: int | None = None
        self._next_ns: int | None = None
        self._next_known = False

    # -- what came in ---------------------------------------------------------------------------

    def note_reading(self, reading: Reading) -> None:
        """Take in a reading.

        Of two readings of one vital the one measured later counts, whatever the order in which they
        became known; of two measured at once, the one known later, as a correction is. What was
        withdrawn never counted; where it was the last reading, its vital is unknown. A spot
        determination of a streaming vital is kept beside and is never taken for the stream, nor is
        a typed value.
        """
        vital = reading.vital
        self._next_known = False
        self.observations.note_reading(reading)
        if reading.spot and VITALS[vital].quiet_limit_s is not None:
            self._note_spot(reading)
            return
        if self._readings.note(reading) and vital is Vital.SBP:
            self._bp_failed = False
        withdrawn = reading.quality is Quality.WITHDRAWN
        if reading.value is not None or withdrawn:
            self.recent.note(reading)
        if vital is Vital.PR and not withdrawn:
            self._pulses.note_stream(reading)

    def _note_spot(self, reading: Reading) -> None:
        if not reading.manual:
            pressure = self._readings.latest(Vital.SBP)
            if reading.vital is Vital.PR and self._pulses.is_new(reading, pressure):
                self._pulses.note_spot(reading, self.fresh(Vital.PR, reading.t_ns))
            return
        self._readings.note_typed(reading)

    def freeze(self, baseline: BaselineFrozen) -> None:
        """Count every rise and fall from `baseline` on."""
        self._baseline = {value.vital: value for value in baseline.values}
        self._baseline_low_confidence = baseline.low_confidence

    def note_link(self, device: str, state: LinkState, t_ns: int, detail: str = "") -> None:
        """Take in the state of the link to `device` at `t_ns`."""
        del t_ns  # a link's state has no age of its own: the reader reports every change
        before = self._links.get(device)
        opened = state.is_open
        self._links[device] = LinkStatus(
            state=state,
            was_open=opened or (before is not None and before.was_open),
            detail=detail,
        )

    def note_service(self, service: Service, working: bool, t_ns: int, detail: str = "") -> None:
        """Take in the word on a part of the program at `t_ns`."""
        del t_ns  # the watchdogs report every change
        self._services[service] = ServiceStatus(working=working, detail=detail)

    def note_sound_check(self, checked: SoundChecked) -> None:
        """Take in what came of the check of sound."""
        self._sound_checked = checked

    def note_task(self, task: TaskChanged) -> None:
        """Take in the state of an observation of the schedule."""
        self.observations.note_task(task)
        self._next_known = False

    def note_observation(self, observation: ObservationRecorded) -> None:
        """Take in what staff recorded with one touch."""
        self.symptoms.note_event(observation)
        self._next_known = False

    def note_effect(self, effect: EffectChanged) -> None:
        """Take in a side effect as it is now."""
        self.symptoms.note_effect(effect)
        self._next_known = False

    def note_correction(self, correction: EntryCorrected) -> None:
        """Take in that something recorded is withdrawn; corrected values come as readings."""
        if correction.withdrawn:
            self.symptoms.withdraw(correction)
            self._next_known = False

    def note_anchor(self, anchor: ClockAnchored) -> None:
        """Take in a reading of the wall clock."""
        self.clock.note(anchor)
        self._next_known = False

    def note_bp_state(self, change: BpStateChanged) -> None:
        """Take in what the blood-pressure monitor does; only an end says how it went."""
        self._cuff_hold.note_state(change.state, change.t_ns)
        failed = _BP_FAILED.get(change.state)
        if failed is not None:
            self._bp_failed = failed
            self._bp_text = change.text

    def note_same_arm(self, same: bool) -> None:
        """Take in whether cuff and oximeter are on the same arm."""
        self._cuff_hold.note_arm(same)

    def set_bp_interval(self, interval_s: float | None) -> None:
        """Set the interval between blood pressures in force, in seconds, or None for none."""
        self._bp_interval_ns = None if interval_s is None else to_ns(interval_s)
        self._next_known = False

    def set_phase(self, phase: Phase, t_ns: int) -> None:
        """Enter `phase` at `t_ns`."""
        self._phase = phase
        self.observations.enter_phase(phase)
        self._next_known = False
        if phase in MONITORED and self._monitored_since_ns is None:
            self._monitored_since_ns = t_ns

    # -- what is known --------------------------------------------------------------------------

    @property
    def phase(self) -> Phase:
        """The phase of the visit."""
        return self._phase

    @property
    def monitored(self) -> bool:
        """Whether data are expected in this phase."""
        return self._phase in MONITORED

    def latest(self, vital: Vital) -> Reading | None:
        """The last reading of `vital`, with or without a value, of whatever age."""
        return self._readings.latest(vital)

    def last_value(self, vital: Vital) -> Reading | None:
        """The last reading of `vital` that carried a value, of whatever age."""
        return self._readings.last_value(vital)

    def was_measured(self, vital: Vital) -> bool:
        """Whether a monitor ever gave a value of `vital`."""
        return self._readings.was_measured(vital)

    def was_given(self, vital: Vital) -> bool:
        """As `was_measured`; for the heart rate, its own value or the oximeter's pulse rate."""
        return any(self._readings.was_measured(name) for name in standing_for(vital))

    def determinations(self, vital: Vital) -> tuple[Reading, ...]:
        """The last distinct valued determinations of a vital that does not stream, by time."""
        return self._readings.determinations(vital)

    def expect(self, device: str, interval_s: float) -> None:
        """Let the streaming values of `device`, which speaks each `interval_s`, stand that long."""
        if interval_s:
            self._intervals_s[device] = interval_s

    def validity_ns(self, vital: Vital, reading: Reading | None = None) -> int:
        """The age from which a value of `vital`, that of `reading`, is no longer fresh."""
        quiet_ns = _QUIET_NS.get(vital)
        if quiet_ns is not None and not self._intervals_s:
            return quiet_ns
        if vital in PRESSURES:
            return self.bp_validity_ns
        interval_s = 0.0 if reading is None else self._intervals_s.get(reading.source, 0.0)
        manual = reading is None or reading.manual
        fresh_s = fresh_for_s(vital, interval_s, manual=manual)
        if fresh_s is not None:
            return to_ns(fresh_s)
        return self._score_validity_ns

    @property
    def bp_validity_ns(self) -> int:
        """The age from which a blood pressure is no longer fresh, and the next one is overdue."""
        if self._bp_interval_ns is None:
            return self._bp_validity_ns
        return round(self._bp_interval_ns * self._policy.bp_interval_factor)

    def bp_overdue_ns(self, intervals: Limit | None) -> int:
        """The age from which a blood pressure is overdue by so many intervals; None: as valid."""
        if intervals is None:
            return self.bp_validity_ns
        return round(self.bp_validity_ns * intervals.value / self._policy.bp_interval_factor)

    def fresh(self, vital: Vital, t_ns: int) -> Reading | None:
        """The reading of `vital` that may be judged at `t_ns`, or None when it is unknown.

        Fresh while ``t_ns - measured_ns < validity_ns(...)``; at equality it is stale. A last
        reading without a value makes the vital unknown at once.
        """
        reading = self._readings.latest(vital)
        if reading is None or reading.value is None:
            return None
        validity_ns = self.validity_ns(vital, reading)
        return reading if t_ns - reading.measured_ns < validity_ns else None

    def measured(self, vital: Vital, t_ns: int) -> Reading | None:
        """As `fresh`; for the heart rate, the streaming pulse rate stands in when there is none."""
        reading = self.fresh(vital, t_ns)
        if reading is None and vital is Vital.HR:
            return self.fresh(Vital.PR, t_ns)
        return reading

    def judged(self, vital: Vital, t_ns: int) -> Reading | None:
        """As `measured`; what a person typed stands in while no monitor gives a streaming vital.

        It stands in as long as it is valid.
        """
        reading = self.measured(vital, t_ns)
        return self.typed(vital, t_ns) if reading is None else reading

    def typed(self, vital: Vital, t_ns: int) -> Reading | None:
        """The typed value of a streaming vital that is valid at `t_ns`; a pulse for a heart rate.

        Valid while younger than the policy says and, by time measured, than a monitor's last value.
        """
        since_ns = t_ns - self._typed_validity_ns + 1
        if self._policy.by_time_measured:
            kept = (self._readings.last_value(name) for name in standing_for(vital))
            since_ns = max([since_ns, *(one.measured_ns for one in kept if one is not None)])
        return self.typed_since(vital, since_ns)

    def typed_since(self, vital: Vital, since_ns: int) -> Reading | None:
        """The typed value of a streaming vital measured last, at `since_ns` or later."""
        return self._readings.typed_since(vital, since_ns)

    def last_known(self, vital: Vital) -> Reading | None:
        """The value of `vital` measured last, by a monitor or typed, of whatever age."""
        return self._readings.last_known(vital)

    def baseline(self, vital: Vital) -> BaselineValue | None:
        """The frozen baseline; the pulse rate's for the heart rate where it has none itself."""
        value = self._baseline.get(vital)
        if value is None and vital is Vital.HR:
            return self._baseline.get(Vital.PR)
        return value

    def baseline_low_confidence(self, vital: Vital) -> bool:
        """Whether the baseline of `vital` rests on a single reading."""
        value = self.baseline(vital)
        if value is None:
            return False
        return value.readings < 2 or (vital in PRESSURES and self._baseline_low_confidence)

    @property
    def devices(self) -> tuple[str, ...]:
        """The monitors whose link was reported, in the order of their first report."""
        return tuple(self._links)

    def link(self, device: str) -> LinkStatus | None:
        """The last word on the link to `device`."""
        return self._links.get(device)

    def service(self, service: Service) -> ServiceStatus | None:
        """The last word on a part of the program, or None before the first."""
        return self._services.get(service)

    @property
    def sound_checked(self) -> SoundChecked | None:
        """What came of the last check of sound, or None before the first."""
        return self._sound_checked

    @property
    def bp_failed(self) -> bool | None:
        """Whether the last blood-pressure determination failed; None before the first ended."""
        return self._bp_failed

    @property
    def bp_text(self) -> str:
        """The monitor's words on the end of the last determination."""
        return self._bp_text

    def pulse_pair(self, t_ns: int) -> PulsePair | None:
        """The pulse rates of the last determination, while its pressure is fresh at `t_ns`."""
        pair = self._pulses.pair
        if pair is None or t_ns - pair.spot.measured_ns >= self.bp_validity_ns:
            return None
        return pair

    @property
    def pump(self) -> PumpWatch:
        """What the infusion pump of the session says, beside what the timer counts."""
        return self._pump

    def hold(self, t_ns: int) -> Hold | None:
        """The technical alarms that the cuff excuses at `t_ns`, or None.

        The heart rate is among them only where it is the oximeter's pulse.
        """
        ends_ns = self._cuff_hold.ends_ns(t_ns)
        if ends_ns is None:
            return None
        own = self._readings.last_value(Vital.HR) is not None
        borne = PULSE_BORNE if own else PULSE_BORNE | {Vital.HR}
        return Hold(ends_ns=ends_ns, vitals=borne)

    def quiet_since_ns(self, vital: Vital) -> int | None:
        """Since when `vital` has given no value and no cause for that, or None if not expected yet.

        A monitor that says "sensor off" gives a cause, which has its own rule; the time it needs to
        find the pulse again counts from there. Without any reading so far the time counts from the
        start of the infusion.
        """
        spoken_ns = self._readings.spoken_ns(vital)
        return self._monitored_since_ns if spoken_ns is None else spoken_ns

    def bp_awaited_since_ns(self) -> int | None:
        """From when the age of the last blood pressure counts, or None before the infusion."""
        if self._monitored_since_ns is None:
            return None
        reading = self._readings.last_value(Vital.SBP)
        if reading is None:
            return self._monitored_since_ns
        return max(self._monitored_since_ns, reading.measured_ns)

    # -- what age will change -------------------------------------------------------------------

    def next_staleness_ns(self, t_ns: int) -> int | None:
        """The first time after `t_ns` at which a verdict may change by age alone, or None."""
        if not self._next_known or (self._next_ns is not None and self._next_ns <= t_ns):
            self._next_ns = min((at for at in self._boundaries(t_ns) if at > t_ns), default=None)
            self._next_known = True
        return self._next_ns

    def _boundaries(self, t_ns: int) -> list[int]:
        found = [
            reading.measured_ns + self.validity_ns(reading.vital, reading)
            for reading in self._readings.all_latest()
            if reading.value is not None and reading.vital in self._watched
        ]
        found += [
            reading.measured_ns + self._typed_validity_ns
            for reading in self._readings.all_typed()
            if reading.vital in self._watched
        ]
        for vital, quiet_ns, once_given in self._quiet_rules:
            since = self.quiet_since_ns(vital)
            if since is not None and (not once_given or self.was_given(vital)):
                found.append(since + quiet_ns)
        if self._pulses.pair is not None:
            found.append(self._pulses.pair.spot.measured_ns + self.bp_validity_ns)
        awaited = self.bp_awaited_since_ns()
        if awaited is not None:
            found.append(awaited + self.bp_validity_ns)
            found += [awaited + self.bp_overdue_ns(limit) for limit in self._bp_limits]
        found += self.observations.boundaries()
        found += self.clock.boundaries()
        return found + self.symptoms.boundaries(t_ns)
