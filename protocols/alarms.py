"""The board of alarms: carries every alarm of a session through the table of its states.

Choices of the board beyond the table (`protocols.alarm_table`):

* A pause silences what sounds and every alarm of the same or lower priority that is raised while it
  lasts; a higher one sounds. It ends by itself, by a person, by an alarm whose rule ends pauses (a
  monitor or the staff station lost), and when the last paused alarm was acknowledged. Where the
  policy says that pauses yield, a higher alarm that is raised ends it, and a second press within a
  pause makes it no longer.
* Rules of one group tell of one trouble in several severities. Acknowledging one alarm acknowledges
  those of its group with the same or lower priority, and a lower one that is raised while a higher
  one of its group is acknowledged starts acknowledged.
* While the state stays, a new `AlarmChanged` tells of a new value: for a vital that does not stream
  each new determination with another value; for a stream only a value worse than the one told by at
  least the hysteresis. At most one per new reading. Of a monitor's link it tells what is wrong now.
* While a cuff is tight on the oximeter's arm, an alarm that it can be the cause of is held instead
  of raised: it is told of as held, with until when. It is raised at once when that time has come,
  or the hold ends earlier, unless its condition ended before. For an alarm that is held a hold only
  ever becomes shorter, and an alarm that is raised already is never held.
* An alarm that waits for its delay is told of once it is raised, with when its condition began: a
  value that flutters about a limit would else fill the record with what nobody saw.
* A rule may be replaced by the same rule with other limits: its alarms keep their state, and the
  next verdict is that of the new limits without hysteresis, which belongs to a value that moves.
  A rule that is switched off is not judged, and its alarms are off.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from protocols.alarm_rules import AlarmPolicy, AlarmRule, RuleKind
from protocols.alarm_table import (
    IN_FORCE,
    LATCHED,
    PAUSED,
    TRANSITIONS,
    Stimulus,
    transition,
)
from protocols.conditions import Judgement, Verdict, alarm_devices, judge, may_be_violated
from protocols.cross_checks import Hold
from protocols.events.outputs import AlarmChanged, AudioPauseChanged
from protocols.events.terms import AlarmState, Output, Priority
from protocols.situation import Situation, to_ns
from protocols.vitals import VITALS


@dataclass(slots=True)
class _Alarm:
    """One alarm on the board.

    `judgement` is the last violated one, `worst` the worst of the present occurrence, `told` the
    one that the last `AlarmChanged` spoke of. `in_doubt` while the last verdict is UNKNOWN; `anew`
    from a change of the rule until the first verdict on it.
    """

    id: str
    rule: AlarmRule
    group: str
    judgement: Judgement
    worst: Judgement
    told: Judgement
    state: AlarmState = AlarmState.OFF
    since_ns: int = 0
    due_ns: int | None = None
    by: str = ""
    action: str = ""
    in_doubt: bool = False
    anew: bool = False


class AlarmBoard:
    """All alarms of a session and the audio pause. Deterministic; every time is an argument.

    Deadlines (end of a delay, of a pause, time of a re-alarm) take effect at their own time: every
    method first runs those up to its own `t_ns`, and what they produce carries their time. So it
    does not matter how often `advance` is called between events.

    Args:
        rules: the rules, with unique names.
        policy: what holds for all alarms together.
    """

    def __init__(self, rules: Iterable[AlarmRule], policy: AlarmPolicy) -> None:
        self._rules = {rule.id: rule for rule in rules}
        self._policy = policy
        self._alarms: dict[str, _Alarm] = {}
        self._announced: dict[str, AlarmChanged] = {}
        self._pause_ends_ns: int | None = None
        self._pause_rank = 0
        self._hold: Hold | None = None
        self._deadline_ns: int | None = None
        self._deadline_known = False

    # -- what is so -----------------------------------------------------------------------------

    def state_of(self, alarm: str) -> AlarmState:
        """State of the alarm named `alarm`; OFF for one never raised."""
        known = self._alarms.get(alarm)
        return AlarmState.OFF if known is None else known.state

    def in_force(self, alarm: str) -> bool:
        """Whether the alarm is raised and not latched: hysteresis applies to its condition."""
        return self.state_of(alarm) in IN_FORCE

    @property
    def active(self) -> tuple[AlarmChanged, ...]:
        """The last word on every alarm that is seen: highest priority first, then oldest."""
        seen = (alarm for alarm in self._alarms.values() if alarm.state.is_seen)
        ordered = sorted(seen, key=lambda a: (-a.rule.priority.rank, a.since_ns, a.id))
        return tuple(self._announced[alarm.id] for alarm in ordered)

    @property
    def heard(self) -> Priority | None:
        """The highest priority that sounds, or None when nothing does."""
        heard = [a.rule.priority for a in self._alarms.values() if a.state.is_heard]
        return max(heard, key=lambda priority: priority.rank, default=None)

    @property
    def pause_ends_ns(self) -> int | None:
        """When the audio pause ends, or None when there is none."""
        return self._pause_ends_ns

    @property
    def pause_stands(self) -> bool:
        """Whether a pause runs that pressing again would make no longer."""
        running = self._policy.pause_yields and self._pause_ends_ns is not None
        return running and self.heard is None

    @property
    def next_deadline_ns(self) -> int | None:
        """The next time at which something changes by itself, or None."""
        if self._deadline_known:
            return self._deadline_ns
        times = [alarm.due_ns for alarm in self._alarms.values() if alarm.due_ns is not None]
        if self._pause_ends_ns is not None:
            times.append(self._pause_ends_ns)
        self._deadline_ns, self._deadline_known = min(times, default=None), True
        return self._deadline_ns

    # -- what happens ---------------------------------------------------------------------------

    def assess(
        self, t_ns: int, situation: Situation, rules: Iterable[AlarmRule] | None = None
    ) -> list[Output]:
        """Judge `rules` (all where None) on `situation` at `t_ns` and take in the verdicts."""
        outputs = self.advance(t_ns)
        outputs += self._set_hold(t_ns, situation.hold(t_ns))
        asked = self._rules.values() if rules is None else [self._rules[one.id] for one in rules]
        for rule in asked:
            known = self._alarms.get(rule.id)
            quiet = known is None or known.state is AlarmState.OFF
            if quiet and not may_be_violated(rule, situation, t_ns):
                continue
            for device in alarm_devices(rule, situation):
                alarm = rule.alarm_id(device)
                judgement = self._judge(rule, situation, t_ns, device)
                outputs += self._take(t_ns, alarm, judgement)
        return outputs + self.advance(t_ns)

    def _judge(self, rule: AlarmRule, situation: Situation, t_ns: int, device: str) -> Judgement:
        alarm = rule.alarm_id(device)
        known = self._alarms.get(alarm)
        if known is None or not known.anew:
            return judge(rule, situation, t_ns, self.in_force(alarm), device)
        companion = rule.companion
        bare = replace(
            rule,
            hysteresis=0.0,
            companion=None if companion is None else replace(companion, hysteresis=0.0),
        )
        return replace(judge(bare, situation, t_ns, self.in_force(alarm), device), rule=rule)

    def judge(self, t_ns: int, alarm: str, judgement: Judgement) -> list[Output]:
        """Take in the verdict on the condition of `alarm` (a rule's id, see `AlarmRule.alarm_id`).

        Raises:
            KeyError: no rule of that name is on the board.
        """
        return self.advance(t_ns) + self._take(t_ns, alarm, judgement)

    def replace_rule(self, t_ns: int, rule: AlarmRule, by: str = "") -> list[Output]:
        """From `t_ns` on judge `rule` in place of the one of the same name, as `by` changed it.

        Its alarms keep their state; they are to be assessed at once. Switched off, they are off.

        Raises:
            KeyError: no rule of that name is on the board.
        """
        outputs = self.advance(t_ns)
        if self._rules[rule.id] == rule:
            return outputs
        self._rules[rule.id] = rule
        for alarm in self._ordered():
            if alarm.rule.id != rule.id:
                continue
            alarm.rule, alarm.anew = rule, not rule.off
            if rule.off:
                off = _switched_off(rule, alarm.judgement.device)
                outputs += self._apply(t_ns, alarm, Stimulus.SWITCH_OFF, off, by=by)
        return outputs + self._end_idle_pause(t_ns, by)

    def _take(self, t_ns: int, alarm: str, judgement: Judgement) -> list[Output]:
        """Take in a verdict when every deadline before it has taken effect."""
        rule = self._rules[alarm.partition("/")[0]]
        if rule.off:
            return []
        known = self._alarms.get(alarm)
        if known is not None:
            known.in_doubt = judgement.verdict is Verdict.UNKNOWN
        if judgement.verdict is Verdict.UNKNOWN:
            return []
        if known is not None:
            known.anew = False
        if judgement.verdict is Verdict.CLEARED:
            if known is None or known.state is AlarmState.OFF:
                return []
            return self._apply(t_ns, known, Stimulus.CLEARED, judgement)
        if known is None:
            group = f"{rule.group}/{judgement.device}" if judgement.device else rule.group
            known = _Alarm(alarm, rule, group, judgement, judgement, judgement)
            self._alarms[alarm] = known
        if known.state is AlarmState.OFF or known.state in LATCHED:
            known.since_ns, known.worst = t_ns, judgement
        known.judgement = judgement
        if _is_worse(judgement, known.worst):
            known.worst = judgement
        moved = self._apply(t_ns, known, Stimulus.VIOLATED)
        if not moved and known.state.is_seen and _is_news(judgement, known.told):
            moved = [self._announce(t_ns, known, judgement)]
        return moved

    def acknowledge(self, t_ns: int, alarm: str, by: str, action: str) -> list[Output]:
        """Someone saw `alarm`: silence it, or reset it where its condition has ended.

        An alarm that is not seen, or already acknowledged, stays as it is and gives nothing; ask
        `state_of` before.
        """
        outputs = self.advance(t_ns)
        known = self._alarms.get(alarm)
        if known is None or not known.state.is_seen or known.state is AlarmState.ACKED:
            return outputs
        for other in self._ordered():
            same = other.group == known.group
            if other is known or (same and other.rule.priority.rank <= known.rule.priority.rank):
                outputs += self._apply(t_ns, other, Stimulus.ACK, by=by, action=action)
        return outputs + self._end_idle_pause(t_ns, by)

    def pause_audio(self, t_ns: int, by: str) -> list[Output]:
        """Pause the sound for the policy's time, anew where it is paused already.

        Where no alarm sounds and none is paused, nothing is silenced and nothing comes of it. A
        pause that yields keeps its end: what sounds beside it is silent until then as well.
        """
        outputs = self.advance(t_ns)
        sounding = [a for a in self._ordered() if a.state.is_heard or a.state in PAUSED]
        if not sounding or self.pause_stands:
            return outputs
        ends_ns = t_ns + to_ns(self._policy.audio_pause_max_s)
        if self._policy.pause_yields and self._pause_ends_ns is not None:
            ends_ns = self._pause_ends_ns
        self._pause_ends_ns, self._deadline_known = ends_ns, False
        self._pause_rank = max(alarm.rule.priority.rank for alarm in sounding)
        outputs.append(AudioPauseChanged(t_ns=t_ns, ends_ns=ends_ns, by=by))
        for alarm in sounding:
            if alarm.state in PAUSED:
                outputs.append(self._announce(t_ns, alarm, alarm.told))
            else:
                outputs += self._apply(t_ns, alarm, Stimulus.PAUSE)
        return outputs

    def end_audio_pause(self, t_ns: int, by: str) -> list[Output]:
        """End a running pause before its time; what was paused sounds again."""
        outputs = self.advance(t_ns)
        if self._pause_ends_ns is not None:
            outputs += self._end_pause(t_ns, by)
        return outputs

    def advance(self, t_ns: int) -> list[Output]:
        """Let every deadline up to and including `t_ns` take effect, each at its own time."""
        outputs: list[Output] = []
        while (at_ns := self.next_deadline_ns) is not None and at_ns <= t_ns:
            if self._pause_ends_ns == at_ns:
                outputs += self._end_pause(at_ns, "")
            for alarm in self._ordered():
                if alarm.due_ns == at_ns:
                    alarm.due_ns, self._deadline_known = None, False
                    outputs += self._apply(at_ns, alarm, Stimulus.DUE)
        return outputs

    # -- inside ---------------------------------------------------------------------------------

    def _ordered(self) -> list[_Alarm]:
        """Every alarm, highest priority first, so that lower ones see what became of it."""
        return sorted(self._alarms.values(), key=lambda a: (-a.rule.priority.rank, a.id))

    def _set_hold(self, t_ns: int, hold: Hold | None) -> list[Output]:
        """Take in the hold in force from `t_ns` on; what is held for longer is held no longer."""
        if hold == self._hold:
            return []
        self._hold = hold
        outputs: list[Output] = []
        for alarm in self._ordered():
            if alarm.state is not AlarmState.HELD or alarm.due_ns is None:
                continue
            ends_ns = self._held_until_ns(t_ns, alarm) or t_ns
            if ends_ns < alarm.due_ns:
                alarm.due_ns, self._deadline_known = ends_ns, False
                if ends_ns > t_ns:
                    outputs.append(self._announce(t_ns, alarm, alarm.told))
        return outputs

    def _held_until_ns(self, t_ns: int, alarm: _Alarm) -> int | None:
        """Until when `alarm` would be held at `t_ns`, or None."""
        hold = self._hold
        if hold is None or hold.ends_ns <= t_ns or not alarm.rule.kind.held_by_cuff:
            return None
        return hold.ends_ns if alarm.rule.vital in hold.vitals else None

    def _ends_pause(self, rule: AlarmRule) -> bool:
        """Whether raising an alarm of `rule` ends the pause that runs."""
        higher = rule.priority.rank > self._pause_rank
        return rule.ends_pause or (self._policy.pause_yields and higher)

    def _end_idle_pause(self, t_ns: int, by: str) -> list[Output]:
        """End the pause that runs, if there is one, when it silences nothing any more."""
        paused = any(alarm.state in PAUSED for alarm in self._alarms.values())
        return [] if paused or self._pause_ends_ns is None else self._end_pause(t_ns, by)

    def _apply(
        self,
        t_ns: int,
        alarm: _Alarm,
        stimulus: Stimulus,
        judgement: Judgement | None = None,
        by: str = "",
        action: str = "",
    ) -> list[Output]:
        """Move `alarm` by `stimulus` at `t_ns`; what that gives."""
        before = alarm.state
        after = transition(before, stimulus, alarm.rule)
        outputs: list[Output] = []
        if after is before:
            return outputs
        raised = after is AlarmState.SOUNDING and not before.is_seen
        held_ns = None if before is AlarmState.HELD else self._held_until_ns(t_ns, alarm)
        if raised and held_ns is not None:
            after, raised = TRANSITIONS[before, Stimulus.HOLD], False
        if raised and (elder := self._acknowledged_elder(alarm)) is not None:
            after, by, action = AlarmState.ACKED, elder.by, elder.action
        if after.is_heard and self._pause_ends_ns is not None:
            if raised and self._ends_pause(alarm.rule):
                outputs += self._end_pause(t_ns, "")
            elif alarm.rule.priority.rank <= self._pause_rank:
                after = transition(after, Stimulus.PAUSE, alarm.rule)
        alarm.state, alarm.by, alarm.action = after, by, action
        alarm.due_ns, self._deadline_known = _due_ns(t_ns, alarm, held_ns), False
        if not (before.is_told or after.is_told):
            return outputs
        told = judgement or (alarm.worst if before in LATCHED else alarm.judgement)
        if after in LATCHED:
            told = alarm.worst
        outputs.append(self._announce(t_ns, alarm, told))
        return outputs

    def _acknowledged_elder(self, alarm: _Alarm) -> _Alarm | None:
        """An acknowledged alarm of the same group and of higher priority."""
        for other in self._ordered():
            if (
                other.group == alarm.group
                and other.state is AlarmState.ACKED
                and other.rule.priority.rank > alarm.rule.priority.rank
            ):
                return other
        return None

    def _end_pause(self, t_ns: int, by: str) -> list[Output]:
        self._pause_ends_ns, self._pause_rank, self._deadline_known = None, 0, False
        outputs: list[Output] = [AudioPauseChanged(t_ns=t_ns, ends_ns=None, by=by)]
        for alarm in self._ordered():
            if alarm.state in PAUSED:
                outputs += self._apply(t_ns, alarm, Stimulus.DUE)
        return outputs

    def _announce(self, t_ns: int, alarm: _Alarm, judgement: Judgement) -> AlarmChanged:
        alarm.told = judgement
        rule = alarm.rule
        sentence = judgement.sentence
        if alarm.in_doubt and alarm.state in IN_FORCE and not rule.technical:
            sentence += ", last known: no valid reading since"
        if alarm.state is AlarmState.HELD:
            sentence += "; held: cuff on the same arm"
        by_itself = alarm.state in (AlarmState.ACKED, AlarmState.HELD)
        ends_ns = alarm.due_ns if by_itself else None
        changed = AlarmChanged(
            t_ns=t_ns,
            alarm=alarm.id,
            state=alarm.state,
            priority=rule.priority,
            technical=rule.technical,
            vital=rule.vital,
            value=judgement.value,
            limit=judgement.limit,
            baseline=judgement.baseline,
            since_ns=alarm.since_ns,
            sentence=sentence,
            next_step=rule.next_step if alarm.state.is_seen else "",
            by=alarm.by,
            action=alarm.action,
            ends_ns=self._pause_ends_ns if alarm.state in PAUSED else ends_ns,
        )
        self._announced[alarm.id] = changed
        return changed


def _due_ns(t_ns: int, alarm: _Alarm, held_ns: int | None) -> int | None:
    """When `alarm`, just moved at `t_ns`, moves by itself; a pause has one end for all."""
    if alarm.state is AlarmState.HELD:
        return held_ns
    if alarm.state is AlarmState.PENDING:
        return t_ns + to_ns(alarm.rule.delay_s)
    if alarm.state is AlarmState.ACKED and alarm.rule.realarm_s:
        return t_ns + to_ns(alarm.rule.realarm_s)
    return None


def _is_worse(judgement: Judgement, than: Judgement, by: float = 0.0) -> bool:
    """Whether the value is worse than another by more than nothing and at least `by`."""
    value, other = judgement.value, than.value
    if value is None or other is None:
        return False
    worse_by = value - other if judgement.rule.upward else other - value
    return worse_by > 0 and worse_by >= by


def _is_larger(judgement: Judgement, told: Judgement) -> bool:
    """Whether a difference grew by its own limit since it was told."""
    size, before, change = judgement.size, told.size, judgement.rule.change
    if size is None or before is None or change is None:
        return False
    return size >= before + change.value


def _switched_off(rule: AlarmRule, device: str) -> Judgement:
    words = "switched off for this patient"
    detail = words if rule.technical else f"{rule.title}: {words}"
    return Judgement(rule=rule, verdict=Verdict.UNKNOWN, device=device, detail=detail)


def _is_news(judgement: Judgement, told: Judgement) -> bool:
    """Whether a new value, or a new limit, is worth telling while the state stays."""
    if judgement.rule is not told.rule and judgement.rule != told.rule:
        return True
    vital = judgement.rule.vital
    if judgement.rule.kind is RuleKind.PULSE_DISAGREES:
        return judgement.measured_ns != told.measured_ns
    if judgement.rule.kind is RuleKind.PUMP_VOLUME:
        return _is_larger(judgement, told)
    if judgement.rule.kind.per_device or judgement.rule.kind.of_pump:
        return bool(judgement.detail) and judgement.detail != told.detail
    if vital is None or judgement.rule.technical:
        return False
    if judgement.measured_ns == told.measured_ns or judgement.value == told.value:
        return False
    if VITALS[vital].quiet_limit_s is None:
        return True
    return _is_worse(judgement, told, judgement.rule.hysteresis)
