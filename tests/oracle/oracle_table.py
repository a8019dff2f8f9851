"""The states of alarms, in their plainest form, run over a whole list of facts.

Verdicts come from the other modules of the oracle, found from scratch at every moment at which
anything could happen: at each fact, at each deadline, and whenever something grows old.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from oracle_equipment import equipment_moments, equipment_verdict, subjects
from oracle_past import Past, ns
from oracle_patient import Verdict, patient_moments, patient_verdict

from protocols.alarm_rules import AlarmRule, LimitsProfile
from protocols.events import (
    Acknowledge,
    AlarmState,
    EndAudioPause,
    Event,
    LimitChanged,
    LimitPart,
    PauseAudio,
)
from protocols.rule_kinds import RuleKind
from protocols.vitals import Vital

S = AlarmState
EASED = (S.SOUNDING, S.PAUSED, S.ACKED)
HEARD = {S.SOUNDING: S.PAUSED, S.LATCHED: S.LATCHED_PAUSED}
SILENT = {paused: heard for heard, paused in HEARD.items()}
PULSE_BORNE = (Vital.SPO2, Vital.PR, Vital.PI, Vital.PLETH)
HELD_KINDS = (RuleKind.NO_DATA, RuleKind.SENSOR_OFF, RuleKind.LOW_SIGNAL)
Change = tuple[int, int, str, str]
"""Time, number of facts known, alarm (or ``pause``), state."""


@dataclass(slots=True)
class Alarm:
    """One alarm: its state, and when its delay, its hold or its silence ends."""

    rule: AlarmRule
    subject: str
    state: AlarmState = S.OFF
    due_ns: int | None = None
    anew: bool = False

    @property
    def group(self) -> tuple[str, str]:
        """Alarms of one trouble, of one monitor or observation."""
        return self.rule.group, self.subject

    @property
    def name(self) -> str:
        """As people see it."""
        return f"{self.rule.id}/{self.subject}" if self.subject else self.rule.id


@dataclass(slots=True)
class Story:
    """Everything that happened to alarms; `changes` in order, net of each moment."""

    profile: LimitsProfile
    facts: list[Event]
    end_ns: int
    intervals: Mapping[str, float] = field(default_factory=dict)
    rules: list[AlarmRule] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    pause_ns: int | None = None
    pause_rank: int = 0
    told: dict[str, str] = field(default_factory=dict)
    past: Past = field(init=False)

    def run(self) -> list[Change]:
        """The whole story."""
        self.rules = list(self.profile.rules)
        self.past = Past([], self.profile.policy, self.intervals)
        now_ns = -1
        for known, fact in enumerate(self.facts):
            self._pass_time(now_ns, fact.t_ns, known)
            now_ns = fact.t_ns
            self.past = Past(self.facts[: known + 1], self.profile.policy, self.intervals)
            self._obey(fact)
            self._judge_all(now_ns)
            self._tell(now_ns, known + 1)
        self._pass_time(now_ns, self.end_ns, len(self.facts))
        return self.changes

    # -- time -------------------------------------------------------------------------------------

    def _pass_time(self, now_ns: int, until_ns: int, known: int) -> None:
        """Everything that happens by itself after `now_ns`, up to and including `until_ns`."""
        aged: set[int] = set()
        for rule in self.rules:
            moments = equipment_moments if rule.technical else patient_moments
            aged |= moments(rule, self.past)
        while True:
            times = {at for at in aged if at > now_ns}
            times |= {one.due_ns for one in self.alarms if one.due_ns is not None}
            if self.pause_ns is not None:
                times.add(self.pause_ns)
            next_ns = min(times, default=None)
            if next_ns is None or next_ns > until_ns:
                return
            now_ns = max(next_ns, now_ns)
            self._ring(now_ns)
            if now_ns in aged:
                self._judge_all(now_ns)
            self._tell(now_ns, known)

    def _ring(self, t_ns: int) -> None:
        """Deadlines that have come: of the pause, of delays, holds and silences."""
        if self.pause_ns is not None and self.pause_ns <= t_ns:
            self._end_pause()
        for alarm in sorted(self.alarms, key=lambda one: (-one.rule.priority.rank, one.name)):
            if alarm.due_ns is not None and alarm.due_ns <= t_ns:
                alarm.due_ns = None
                if alarm.state is S.ACKED:
                    self._sound_again(alarm)
                elif alarm.state is S.HELD:
                    self._come_forward(t_ns, alarm)  # held long enough, whatever the cuff does now
                else:
                    self._raise(t_ns, alarm)

    def _tell(self, t_ns: int, known: int) -> None:
        states = {one.name: str(one.state) for one in self.alarms}
        states["pause"] = str(self.pause_ns or "off")
        for name in sorted(states):
            state = "off" if states[name] == "pending" else states[name]
            if self.told.get(name, "off") != state:
                self.told[name] = state
                self.changes.append((t_ns, known, name, state))

    # -- verdicts ---------------------------------------------------------------------------------

    def _judge_all(self, t_ns: int) -> None:
        for rule in self.rules:
            for subject in subjects(rule, self.past) if rule.technical else [""]:
                alarm = self._alarm(rule, subject)
                verdict = self._verdict(alarm, t_ns)
                alarm.anew = alarm.anew and verdict is None
                self._take(t_ns, alarm, verdict)

    def _alarm(self, rule: AlarmRule, subject: str) -> Alarm:
        for alarm in self.alarms:
            if alarm.rule.id == rule.id and alarm.subject == subject:
                return alarm
        self.alarms.append(Alarm(rule, subject))
        return self.alarms[-1]

    def _verdict(self, alarm: Alarm, t_ns: int) -> Verdict:
        rule = alarm.rule
        if self.past.phase not in rule.phases or rule.off:
            return False
        eased = alarm.state in EASED
        if alarm.anew:  # the limit was changed: nothing is eased until it is judged once
            companion = rule.companion
            if companion is not None:
                companion = replace(companion, hysteresis=0.0)
            rule = replace(rule, hysteresis=0.0, companion=companion)
        if rule.technical:
            return equipment_verdict(rule, self.past, t_ns, eased, alarm.subject)
        return patient_verdict(rule, self.past, t_ns, eased)

    def _take(self, t_ns: int, alarm: Alarm, verdict: Verdict) -> None:
        state = alarm.state
        if state is S.HELD and verdict is not False:
            self._hold_on(t_ns, alarm)
        elif verdict is True and state is S.OFF:
            if alarm.rule.delay_s:
                alarm.state, alarm.due_ns = S.PENDING, t_ns + ns(alarm.rule.delay_s)
            else:
                self._raise(t_ns, alarm)
        elif verdict is True and state in (S.LATCHED, S.LATCHED_PAUSED):
            alarm.state = S.SOUNDING if state is S.LATCHED else S.PAUSED
        elif verdict is False and state in (S.PENDING, S.HELD, S.ACKED):
            alarm.state, alarm.due_ns = S.OFF, None
        elif verdict is False and state in (S.SOUNDING, S.PAUSED):
            latched = S.LATCHED if state is S.SOUNDING else S.LATCHED_PAUSED
            alarm.state = latched if alarm.rule.latch else S.OFF

    # -- raising ----------------------------------------------------------------------------------

    def _held_until_ns(self, t_ns: int, alarm: Alarm) -> int | None:
        rule = alarm.rule
        borne = rule.vital in PULSE_BORNE
        if rule.vital is Vital.HR:
            borne = not self.past.measured((Vital.HR,))
        if rule.kind not in HELD_KINDS or not borne:
            return None
        return self.past.cuff_holds_until_ns(t_ns)

    def _hold_on(self, t_ns: int, alarm: Alarm) -> None:
        """Held: until the cuff excuses it no longer."""
        until_ns = self._held_until_ns(t_ns, alarm)
        if until_ns is None:
            alarm.due_ns = None
            self._come_forward(t_ns, alarm)
        else:
            alarm.due_ns = min(until_ns, alarm.due_ns or until_ns)

    def _raise(self, t_ns: int, alarm: Alarm) -> None:
        until_ns = self._held_until_ns(t_ns, alarm)
        if until_ns is not None:
            alarm.state, alarm.due_ns = S.HELD, until_ns
        else:
            self._come_forward(t_ns, alarm)

    def _come_forward(self, t_ns: int, alarm: Alarm) -> None:
        rule = alarm.rule
        for elder in self.alarms:
            higher = elder.rule.priority.rank > rule.priority.rank
            if elder.state is S.ACKED and elder.group == alarm.group and higher:
                self._be_silent(t_ns, alarm)
                return
        self._sound(alarm)

    def _sound_again(self, alarm: Alarm) -> None:
        """An acknowledged alarm; it is nothing new, so it never ends a pause."""
        below = self.pause_ns is not None and alarm.rule.priority.rank <= self.pause_rank
        alarm.state = S.PAUSED if below else S.SOUNDING

    def _sound(self, alarm: Alarm) -> None:
        rule = alarm.rule
        alarm.state = S.SOUNDING
        if self.pause_ns is None:
            return
        above = rule.priority.rank > self.pause_rank
        if rule.ends_pause or (above and self.profile.policy.pause_yields):
            self._end_pause()
        elif not above:
            alarm.state = S.PAUSED

    def _be_silent(self, t_ns: int, alarm: Alarm) -> None:
        again_s = alarm.rule.realarm_s
        alarm.state = S.ACKED
        alarm.due_ns = None if again_s is None else t_ns + ns(again_s)

    # -- people -----------------------------------------------------------------------------------

    def _obey(self, fact: Event) -> None:
        if isinstance(fact, Acknowledge):
            self._acknowledge(fact.t_ns, fact.alarm)
        elif isinstance(fact, PauseAudio):
            self._pause(fact.t_ns)
        elif isinstance(fact, EndAudioPause) and self.pause_ns is not None:
            self._end_pause()
        elif isinstance(fact, LimitChanged):
            self._change(fact)

    def _acknowledge(self, t_ns: int, name: str) -> None:
        found = [one for one in self.alarms if one.name == name]
        if not found or not found[0].state.is_seen or found[0].state is S.ACKED:
            return
        rule = found[0].rule
        for alarm in self.alarms:
            lower = alarm.rule.priority.rank <= rule.priority.rank
            if alarm.name == name or (alarm.group == found[0].group and lower):
                if alarm.state in (S.SOUNDING, S.PAUSED):
                    self._be_silent(t_ns, alarm)
                elif alarm.state in (S.LATCHED, S.LATCHED_PAUSED):
                    alarm.state = S.OFF
        self._end_idle_pause()

    def _end_idle_pause(self) -> None:
        """A pause that silences nothing any more ends, when a person made it so."""
        if not any(one.state in SILENT for one in self.alarms):
            self.pause_ns = None

    def _pause(self, t_ns: int) -> None:
        silent = [one for one in self.alarms if one.state in SILENT]
        heard = [one for one in self.alarms if one.state in HEARD]
        yields = self.profile.policy.pause_yields
        if not heard and (yields or not silent):
            return
        if self.pause_ns is None or not yields:
            self.pause_ns = t_ns + ns(self.profile.policy.audio_pause_max_s)
        self.pause_rank = max(one.rule.priority.rank for one in (*heard, *silent))
        for alarm in heard:
            alarm.state = HEARD[alarm.state]

    def _end_pause(self) -> None:
        self.pause_ns = None
        for alarm in self.alarms:
            alarm.state = SILENT.get(alarm.state, alarm.state)

    def _change(self, change: LimitChanged) -> None:
        index = [rule.id for rule in self.rules].index(change.rule)
        rule = self.rules[index]
        if change.restored:
            rule = next(one for one in self.profile.rules if one.id == change.rule)
        elif change.off:
            rule = replace(rule, off=True)
        elif change.part is not None and change.value is not None:
            rule = with_number(rule, change.part, change.value, change.reason)
        if rule == self.rules[index]:
            return
        self.rules[index] = rule
        for alarm in self.alarms:
            if alarm.rule.id == rule.id:
                alarm.rule, alarm.anew = rule, not rule.off
                if rule.off:
                    alarm.state, alarm.due_ns = S.OFF, None
        self._end_idle_pause()


def with_number(rule: AlarmRule, part: LimitPart, value: float, reason: str) -> AlarmRule:
    """`rule` with another number, or the same for another reason."""
    if part is LimitPart.LIMIT and rule.limit is not None:
        return replace(rule, limit=replace(rule.limit, value=value, reason=reason))
    if part is LimitPart.BY and rule.change is not None:
        return replace(rule, change=replace(rule.change, value=value, reason=reason))
    assert rule.change_percent is not None
    changed = replace(rule.change_percent, value=value, reason=reason)
    return replace(rule, change_percent=changed)
