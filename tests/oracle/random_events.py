"""Random streams of facts near the limits of a profile, with gaps, jumps and people's answers."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from oracle_past import IntervalSet
from random_rules import BASELINE, LEVEL, TERMS, small_profile

from protocols.alarm_rules import AlarmRule, LimitsProfile
from protocols.events import (
    Acknowledge,
    BaselineFrozen,
    BaselineValue,
    BpState,
    BpStateChanged,
    ClockAnchored,
    DeliveryChanged,
    DosePlanned,
    DrugAction,
    EffectChanged,
    EndAudioPause,
    Event,
    LimitChanged,
    LimitPart,
    LinkChanged,
    LinkState,
    ObservationRecorded,
    PauseAudio,
    Phase,
    PhaseChanged,
    PumpReported,
    Reading,
    SameArmChanged,
    Service,
    ServiceReported,
    Severity,
    SoundChecked,
    TaskChanged,
    TaskState,
)
from protocols.phases import TRANSITIONS
from protocols.rule_kinds import RuleKind
from protocols.schedule import NOT_DONE, PHASE_ENDED
from protocols.vitals import PRESSURES, VITALS, Quality, Vital

MS = 1_000_000
NS = 1_000_000_000
INTERVALS = {"slow": 12.0}
BAD = (Quality.SENSOR_OFF, Quality.SENSOR_FAULT, Quality.SEARCHING, Quality.MISSING)
BEFORE_DOSE = (Phase.GATE, Phase.BASELINE)
K = RuleKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A profile and what happened under it."""

    profile: LimitsProfile
    facts: list[Event]
    end_ns: int
    intervals: dict[str, float] = field(default_factory=lambda: dict(INTERVALS))


def random_stream(dice: random.Random) -> Stream:
    """A stream of some twenty to eighty facts."""
    profile = small_profile(dice)
    return _Maker(dice, profile).make()


class _Maker:
    def __init__(self, dice: random.Random, profile: LimitsProfile) -> None:
        self.dice = dice
        self.profile = profile
        self.t_ns = 0
        self.phase = Phase.SETUP
        self.tasks: dict[str, TaskChanged] = {}
        self.facts: list[Event] = []
        rules = profile.rules
        self.vitals = sorted({v for rule in rules for v in _vitals(rule)}) or [Vital.CUFF]
        self.values = {vital: _values(rules, vital) for vital in self.vitals}
        self.level = {vital: dice.choice(self.values[vital]) for vital in self.vitals}
        self.spans = _spans(profile)
        self.makers = self._choose({rule.kind for rule in rules})

    def make(self) -> Stream:
        dice = self.dice
        if dice.random() < 0.9:
            start = dice.choice((Phase.INFUSING, Phase.INFUSING, Phase.BASELINE, Phase.RECOVERY))
            self._phase(start)
        if dice.random() < 0.6:
            self._baseline()
        wanted = dice.choice((15, 25, 40, 60))
        while len(self.facts) < wanted:
            self._wait()
            dice.choice(self.makers)()
        end_ns = self.t_ns + dice.choice((0, 1, 10, 130, 400, 4_000)) * NS
        return Stream(profile=self.profile, facts=self.facts, end_ns=end_ns)

    def _choose(self, kinds: set[RuleKind]) -> list[Callable[[], None]]:
        """What happens under rules of `kinds`, the likelier the more often it is named."""
        people = [self._ack] * 5 + [self._pause, self._pause, self._end_pause]
        rare = [self._phase, self._baseline, self._limit]
        makers: list[Callable[[], None]] = []
        if self.vitals != [Vital.CUFF]:
            makers += [self._value] * 12 + [self._run] * 3
        if any(rule.symptoms is not None for rule in self.profile.rules):
            makers += [self._event] * 4 + [self._effect] * 2
        if kinds & {K.DEVICE_LOST, K.MONITOR_SILENT, K.MONITOR_UNCONFIRMED}:
            makers += [self._link] * 8
        if K.SERVICE in kinds:
            makers += [self._service] * 6
        if kinds & {K.BP_FAILED, K.BP_OVERDUE} or any(v in PRESSURES for v in self.vitals):
            makers += [self._interval]
        if K.BP_FAILED in kinds:
            makers += [self._cuff] * 5
        if kinds & {K.NO_DATA, K.SENSOR_OFF, K.LOW_SIGNAL}:
            makers += [self._bad] * 6 + [self._cuff, self._arm] + [self._tight] * 4
        if K.PULSE_DISAGREES in kinds:
            makers += [self._pulses] * 12
        if K.OBSERVATION_OVERDUE in kinds:
            makers += [self._task] * 10
        if K.CLOCK_JUMPED in kinds:
            makers += [self._clock] * 4
        if K.SOUND_UNPROVEN in kinds:
            makers += [self._sound] * 4
        if any(kind.of_pump for kind in kinds):
            makers += [self._pump] * 8 + [self._timer] * 3
        return makers + people + rare

    def _wait(self) -> None:
        dice = self.dice
        kind = dice.random()
        if kind < 0.5:
            span_ms = dice.choice((0, 500, 1_000, 1_000, 2_000, 4_000))
        elif kind < 0.93:
            span_ms = round(dice.choice(self.spans) * 1000) + dice.choice((-1, 0, 0, 0, 1))
        else:
            span_ms = dice.choice((60_000, 900_000, 7_200_000))
        self.t_ns += max(0, span_ms) * MS

    # -- readings ---------------------------------------------------------------------------------

    def _reading(self, vital: Vital, value: float | None, **more: object) -> None:
        fields: dict[str, object] = {
            "quality": Quality.GOOD if value is not None else Quality.MISSING,
            "source": "monitor",
            "measured_ns": self.t_ns,
        }
        fields |= more
        self.facts.append(Reading(t_ns=self.t_ns, vital=vital, value=value, **fields))  # type: ignore[arg-type]

    def _value(self) -> None:
        """One word on one vital: mostly a value, from a monitor or a person."""
        dice = self.dice
        vital = dice.choice(self.vitals)
        value = self._next(vital)
        age_ms = dice.choice((0, 0, 0, 0, 1_000, 4_000, 20_000, 120_000))
        measured_ns = max(0, self.t_ns - age_ms * MS)
        kind = dice.random()
        by_people = vital in (Vital.MOAAS, Vital.DISTRESS) or kind < 0.1
        if by_people:
            streams = VITALS[vital].quiet_limit_s is not None
            self._reading(
                vital, value, manual=True, spot=streams, source="nurse", measured_ns=measured_ns
            )
        elif kind < 0.25:
            off = dice.choice(BAD) if VITALS[vital].quiet_limit_s else Quality.FAILED
            self._reading(vital, None, quality=off, measured_ns=measured_ns)
        elif kind < 0.28:
            self._reading(vital, math.nan)
        elif kind < 0.38:
            self._reading(vital, value, quality=Quality.LOW, measured_ns=measured_ns)
        elif kind < 0.43 and vital in (Vital.PR, Vital.HR):
            self._reading(vital, value, spot=True, source="bp", measured_ns=measured_ns)
        else:
            source = dice.choice(("monitor", "monitor", "slow"))
            self._reading(vital, value, source=source, measured_ns=measured_ns)

    def _next(self, vital: Vital) -> float:
        if self.dice.random() < 0.5:
            self.level[vital] = self.dice.choice(self.values[vital])
        return self.level[vital]

    def _bad(self) -> None:
        """A word of the monitor without a value, or one that is hardly to be believed."""
        vital = self.dice.choice(self.vitals)
        if self.dice.random() < 0.4:
            self._reading(vital, self._next(vital), quality=Quality.LOW)
        else:
            self._reading(vital, None, quality=self.dice.choice(BAD))

    def _run(self) -> None:
        """A stretch of a stream, a second apart."""
        vital = self.dice.choice(self.vitals)
        for _ in range(self.dice.choice((3, 6, 12))):
            self._reading(vital, self._next(vital))
            self.t_ns += self.dice.choice((NS, NS, 5 * NS))

    def _pulses(self) -> None:
        """A pressure with its pulse, or a value of the oximeter's."""
        dice = self.dice
        value = dice.choice((60.0, 74.0, 75.0, 100.0))
        quality = dice.choice((Quality.GOOD, Quality.GOOD, Quality.LOW))
        if dice.random() < 0.5:
            self._reading(Vital.PR, value, quality=quality)
            return
        if dice.random() < 0.9:
            self._reading(Vital.SBP, 120.0, source="bp", manual=dice.random() < 0.1)
        self._reading(Vital.PR, value, spot=True, source="bp", quality=quality)

    # -- the room ---------------------------------------------------------------------------------

    def _phase(self, wanted: Phase | None = None) -> None:
        """One move of the visit; at first along to `wanted`."""
        moves = [row.after for row in TRANSITIONS if row.before is self.phase]
        if not moves:
            return
        if wanted is None:
            if self.phase is not Phase.RECOVERY or self.dice.random() < 0.2:
                self._move(self.dice.choice(moves))
            return
        for phase in (*BEFORE_DOSE, Phase.INFUSING, Phase.STOPPED, Phase.RECOVERY):
            if self.phase is wanted:
                return
            self._move(phase)

    def _move(self, after: Phase) -> None:
        self.facts.append(PhaseChanged(t_ns=self.t_ns, before=self.phase, after=after, by="nurse"))
        self.phase = after

    def _baseline(self) -> None:
        vitals = [vital for vital in BASELINE if self.dice.random() < 0.8]
        values = tuple(
            BaselineValue(vital=v, value=BASELINE[v] + self.dice.choice((0, 0, 10)), readings=2)
            for v in vitals
        )
        self.facts.append(
            BaselineFrozen(t_ns=self.t_ns, by="nurse", values=values, low_confidence=False)
        )

    def _interval(self) -> None:
        interval_s = self.dice.choice((None, 120.0, 300.0, 600.0))
        self.facts.append(IntervalSet(t_ns=self.t_ns, interval_s=interval_s))

    def _link(self) -> None:
        device = self.dice.choice(("oximeter", "bp"))
        state = self.dice.choice(tuple(LinkState))
        self.facts.append(LinkChanged(t_ns=self.t_ns, device=device, state=state))

    def _service(self) -> None:
        services = [rule.service for rule in self.profile.rules if rule.service is not None]
        service = self.dice.choice((*services, Service.SOUND))
        working = self.dice.random() < 0.4
        self.facts.append(ServiceReported(t_ns=self.t_ns, service=service, working=working))

    def _cuff(self) -> None:
        state = self.dice.choice(tuple(BpState))
        self.facts.append(BpStateChanged(t_ns=self.t_ns, device="bp", state=state))

    def _arm(self) -> None:
        same = self.dice.random() < 0.7
        self.facts.append(SameArmChanged(t_ns=self.t_ns, same=same, by="nurse"))

    def _tight(self) -> None:
        """A pressure begins on the oximeter's arm, and the oximeter says what it makes of it."""
        self.facts.append(SameArmChanged(t_ns=self.t_ns, same=True, by="nurse"))
        state = self.dice.choice((BpState.REQUESTED, BpState.MEASURING))
        self.facts.append(BpStateChanged(t_ns=self.t_ns, device="bp", state=state))
        self.t_ns += self.dice.choice((0, 1, 5)) * NS
        self._bad()

    def _task(self) -> None:
        """The next word of the schedule on one observation."""
        dice = self.dice
        item = dice.choice([item for rule in self.profile.rules for item in rule.items])
        before = self.tasks.get(item)
        ended = before is None or before.state in (TaskState.DONE, TaskState.MISSED)
        if ended or before is None:
            self._tell_task(item, TaskState.UPCOMING, self.t_ns)
        elif before.state is TaskState.UPCOMING:
            self.t_ns = max(self.t_ns, before.due_ns)
            self._tell_task(item, TaskState.DUE, before.due_ns)
        else:
            states = (TaskState.LATE, TaskState.DONE, TaskState.MISSED, TaskState.MISSED)
            state = dice.choice(states)
            detail = ""
            if state is TaskState.MISSED:
                detail = dice.choice((NOT_DONE, NOT_DONE, PHASE_ENDED, "asleep"))
            if detail == NOT_DONE:
                self.t_ns = max(self.t_ns, before.closes_ns)
            self._tell_task(item, state, before.due_ns, detail)

    def _tell_task(self, item: str, state: TaskState, due_ns: int, detail: str = "") -> None:
        told = TaskChanged(
            t_ns=self.t_ns,
            task=f"infusing/{item}/10",
            item=item,
            label=item,
            state=state,
            due_ns=due_ns,
            closes_ns=due_ns + 300 * NS,
            detail=detail,
        )
        self.tasks[item] = told
        self.facts.append(told)

    def _clock(self) -> None:
        jump_ms = self.dice.choice((0, 1_999, 2_000, -2_000, 60_000))
        utc = "2026-03-02T09:00:00.000Z"
        self.facts.append(ClockAnchored(t_ns=self.t_ns, utc=utc, utc_offset_min=0, jump_ms=jump_ms))

    def _sound(self) -> None:
        heard = self.dice.choice((True, False, None))
        self.facts.append(SoundChecked(t_ns=self.t_ns, heard=heard, by="nurse"))

    def _pump(self) -> None:
        dice = self.dice
        self.facts.append(
            PumpReported(
                t_ns=self.t_ns,
                device="pump",
                rate_ml_per_h=dice.choice((None, 50.0, 49.9, 50.2, 50.5, 51.0, 25.0)),
                volume_ml=dice.choice((None, 1.0)),
                running=dice.choice((None, True, True, False)),
                alarm=dice.choice(("", "", "", "occlusion")),
            )
        )

    def _timer(self) -> None:
        if not any(isinstance(one, DosePlanned) for one in self.facts):
            zero = Decimal(0)
            self.facts.append(
                DosePlanned(
                    t_ns=self.t_ns,
                    weight_kg=Decimal(70),
                    dose_mg_per_kg=zero,
                    dose_mg=Decimal(35),
                    volume_ml=Decimal(35),
                    rate_ml_per_h=Decimal(50),
                    rate_mg_per_min=Decimal("0.875"),
                    duration_min=Decimal(40),
                    concentration_mg_per_ml=Decimal(1),
                    ordered_by="prescriber",
                )
            )
        percent = self.dice.choice((100, 100, 50, 0))
        self.facts.append(
            DeliveryChanged(
                t_ns=self.t_ns,
                rate_mg_per_min=Decimal("0.875") * percent / 100,
                delivered_mg=Decimal(1),
                percent=percent,
                finished=percent == 0 and self.dice.random() < 0.3,
                cause="start",
            )
        )

    # -- people -----------------------------------------------------------------------------------

    def _event(self) -> None:
        self.facts.append(
            ObservationRecorded(
                t_ns=self.t_ns,
                kind=self.dice.choice(("event", "event", "note")),
                label=self.dice.choice(TERMS),
                by="nurse",
                severity=self.dice.choice((None, 3, 7, 9)),
            )
        )

    def _effect(self) -> None:
        onset_ns = max(0, self.t_ns - self.dice.choice((0, 30, 300)) * NS)
        effect = self.dice.choice(("effect-1", "effect-2"))
        self.facts.append(
            EffectChanged(
                t_ns=self.t_ns,
                effect=effect,
                term=TERMS[0] if effect == "effect-1" else TERMS[2],
                label="effect",
                onset_ns=onset_ns,
                severity=self.dice.choice(tuple(Severity)),
                action=DrugAction.NONE,
                by="nurse",
                ended_ns=self.dice.choice((None, None, self.t_ns)),
            )
        )

    def _ack(self) -> None:
        rule = self.dice.choice(self.profile.rules)
        subject = ""
        if rule.kind.per_device:
            subject = self.dice.choice(("oximeter", "bp"))
        elif rule.items:
            subject = self.dice.choice(rule.items)
        self.facts.append(
            Acknowledge(t_ns=self.t_ns, by="nurse", alarm=rule.alarm_id(subject), action="looked")
        )

    def _pause(self) -> None:
        self.facts.append(PauseAudio(t_ns=self.t_ns, by="nurse"))

    def _end_pause(self) -> None:
        self.facts.append(EndAudioPause(t_ns=self.t_ns, by="nurse"))

    def _limit(self) -> None:
        dice = self.dice
        rule = dice.choice(self.profile.rules)
        parts = {
            LimitPart.LIMIT: rule.limit,
            LimitPart.BY: rule.change,
            LimitPart.BY_PERCENT: rule.change_percent,
        }
        numbers = [part for part, one in parts.items() if one is not None]
        part = dice.choice(numbers) if numbers and not rule.technical else None
        kind = dice.random()
        if kind >= 0.6 or part is None:
            part = None
        was = parts[part] if part is not None else None
        value = None if was is None else max(3.0, was.value + dice.choice((-5.0, 5.0, 2.0)))
        self.facts.append(
            LimitChanged(
                t_ns=self.t_ns,
                rule=rule.id,
                part=part,
                before=None if was is None else was.value,
                value=value,
                off=part is None and kind < 0.8,
                restored=part is None and kind >= 0.8,
                by="nurse",
                prescriber="",
                reason="seen",
            )
        )


def _vitals(rule: AlarmRule) -> list[Vital]:
    found = [rule.vital] if rule.vital is not None else []
    if rule.companion is not None:
        found.append(rule.companion.vital)
    if Vital.HR in found:
        found.append(Vital.PR)
    if rule.kind in (K.BP_FAILED, K.BP_OVERDUE):
        found.append(Vital.SBP)
    return found


def _values(rules: tuple[AlarmRule, ...], vital: Vital) -> list[float]:
    """Values on both sides of every limit and of its easing."""
    found: set[float] = set()
    for rule in rules:
        if vital not in _vitals(rule):
            continue
        bases = [LEVEL.get(vital, 50.0)]
        if rule.limit is not None and not rule.technical:
            bases.append(rule.limit.value)
        for size in (rule.change, rule.change_percent):
            if size is not None and vital in BASELINE:
                share = BASELINE[vital] / 100 if size is rule.change_percent else 1.0
                bases += [
                    BASELINE[vital] + size.value * share,
                    BASELINE[vital] - size.value * share,
                ]
        for base in bases:
            for ease in (0.0, rule.hysteresis, -rule.hysteresis):
                found |= {base + ease + step for step in (-1.0, 0.0, 1.0, -30.0, 30.0, 10.0)}
    low, high = VITALS[vital].plausible
    return sorted(value for value in found if low <= value <= high) or [float(low + 1)]


def _spans(profile: LimitsProfile) -> list[float]:
    """Seconds after which something could happen."""
    policy = profile.policy
    found = {5.0, 10.0, 13.0, 15.0, 30.0, policy.audio_pause_max_s, policy.typed_validity_s}
    found |= {policy.bp_validity_s, policy.score_validity_s, policy.cuff_hold_cap_s, 20.0}
    for rule in profile.rules:
        found |= {rule.delay_s, rule.window_s, rule.holds_s, rule.realarm_s or 0.0}
        if rule.technical and rule.limit is not None:
            found.add(rule.limit.value)
        if rule.symptoms is not None:
            found.add(rule.symptoms.holds_s)
        if rule.confirmation is not None:
            found.add(rule.confirmation.within_s)
    return sorted(found)
