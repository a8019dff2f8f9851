"""Conditions: pure judgements of one rule over what is known now.

Three verdicts. VIOLATED: the condition of the rule is true. CLEARED: there are data and they say
that it is not. UNKNOWN: there are no data to say; missing data never clear. Hysteresis only makes
clearing harder: once an alarm is in force, a value is judged as if it were that much worse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from protocols.alarm_rules import AlarmRule, RuleKind, limit_text
from protocols.dosing.pump_check import PumpFinding
from protocols.events.outputs import Reading
from protocols.events.terms import LinkState
from protocols.situation import Situation, to_ns
from protocols.vitals import NS_PER_S, VITALS, Quality, Vital, VitalSpec


class Verdict(StrEnum):
    """What a condition answers."""

    VIOLATED = "violated"
    CLEARED = "cleared"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict with everything that its sentence needs.

    Attributes:
        rule: the rule judged.
        verdict: the answer.
        reading: the reading judged, or None.
        limit: the limit in the vital's unit; for a rise or fall the absolute value at which the
            rule becomes true; None where there is none.
        baseline: the frozen baseline of the vital, or None.
        low_confidence: the baseline rests on a single reading.
        unconfirmed: the value is beyond the limit but not confirmed by as many readings as the rule
            asks for; a recheck is wanted.
        device: monitor, for a rule judged per monitor.
        detail: what else is to be said: a missing part, the reason of a fault.
        size: how far a pump is off, in mL or mL/h, so that more of it is told again.
    """

    rule: AlarmRule
    verdict: Verdict
    reading: Reading | None = None
    limit: float | None = None
    baseline: float | None = None
    low_confidence: bool = False
    unconfirmed: bool = False
    device: str = ""
    detail: str = ""
    size: float | None = None

    @property
    def value(self) -> float | None:
        """The value judged, in the vital's unit."""
        return None if self.reading is None else self.reading.value

    @property
    def measured_ns(self) -> int | None:
        """When the value judged was measured."""
        return None if self.reading is None else self.reading.measured_ns

    @property
    def sentence(self) -> str:
        """What was found, with value, limit and change from baseline, in plain words."""
        if self.rule.technical:
            return _technical_sentence(self)
        if self.rule.vital is None or self.value is None:
            return self.detail or f"{self.rule.title}: unknown"
        spec = VITALS[self.rule.vital]
        parts = [_value_text(self, spec)]
        if self.rule.kind is RuleKind.LIMIT and self.limit is not None:
            parts.append(f"limit {self.limit:.10g}")
        if self.baseline is not None:
            parts.append(_change_text(self, spec))
        if self.detail:
            parts.append(self.detail)
        return ", ".join(parts)


def alarm_devices(rule: AlarmRule, situation: Situation) -> tuple[str, ...]:
    """The monitors for which `rule` is judged; one empty name for a rule not judged per monitor."""
    return situation.devices if rule.kind.per_device else ("",)


def judge(
    rule: AlarmRule, situation: Situation, t_ns: int, violated_before: bool, device: str = ""
) -> Judgement:
    """Judge `rule` on what is known at `t_ns`.

    Args:
        rule: the rule.
        situation: what is known.
        t_ns: the time of judging.
        violated_before: whether the rule's alarm is in force, so that hysteresis applies.
        device: the monitor, for a rule judged per monitor.
    """
    if situation.phase not in rule.phases:
        detail = f"{rule.title}: not judged in this phase"
        return Judgement(rule=rule, verdict=Verdict.CLEARED, device=device, detail=detail)
    if rule.kind.per_device:
        return _judge_link(rule, situation, device)
    if not rule.technical:
        return _judge_vital(rule, situation, t_ns, violated_before)
    if rule.kind.of_pump:
        return _judge_pump(rule, situation, t_ns, violated_before)
    return _TECHNICAL[rule.kind](rule, situation, t_ns)


def may_be_violated(rule: AlarmRule, situation: Situation, t_ns: int) -> bool:
    """Whether `judge` could answer VIOLATED for an alarm not in force; False only if it cannot.

    A quick look at the value alone, for the many readings that are far from every limit.
    """
    if rule.technical or rule.vital is None:
        return True
    reading = situation.judged(rule.vital, t_ns)
    return reading is not None and _beyond(rule, situation, reading, False)


# -- the patient ----------------------------------------------------------------------------------


def _judge_vital(
    rule: AlarmRule, situation: Situation, t_ns: int, violated_before: bool
) -> Judgement:
    vital = rule.vital
    if vital is None:
        return Judgement(rule=rule, verdict=Verdict.UNKNOWN)
    reading = situation.judged(vital, t_ns)
    baseline = situation.baseline(vital)
    base = None if baseline is None else baseline.value
    label = VITALS[vital].label
    if reading is None or reading.value is None:
        detail = f"{label} unknown: no valid reading"
        return Judgement(rule=rule, verdict=Verdict.UNKNOWN, baseline=base, detail=detail)
    limit = _threshold(rule, base)
    if limit is None:
        detail = f"{label} change unknown: no frozen baseline"
        return Judgement(rule=rule, verdict=Verdict.UNKNOWN, detail=detail)
    verdict, unconfirmed, detail = _verdict(rule, situation, t_ns, reading, violated_before)
    return Judgement(
        rule=rule,
        verdict=verdict,
        reading=reading,
        limit=limit,
        baseline=base,
        low_confidence=situation.baseline_low_confidence(vital),
        unconfirmed=unconfirmed,
        detail=detail,
    )


def _verdict(
    rule: AlarmRule, situation: Situation, t_ns: int, reading: Reading, violated_before: bool
) -> tuple[Verdict, bool, str]:
    """Verdict on a reading that is there: whether it awaits confirmation, and what to add."""
    if not _beyond(rule, situation, reading, violated_before):
        return Verdict.CLEARED, False, ""
    companion = _companion(rule, situation, t_ns, violated_before)
    if companion is Verdict.UNKNOWN and rule.companion is not None:
        missing = VITALS[rule.companion.vital].label
        return Verdict.UNKNOWN, False, f"{missing} unknown: no valid reading"
    if companion is Verdict.CLEARED:
        return Verdict.CLEARED, False, ""
    confirmation = rule.confirmation
    if confirmation is None or violated_before:
        return Verdict.VIOLATED, False, ""
    opens_ns = reading.measured_ns - to_ns(confirmation.within_s)
    beyond = sum(
        1
        for other in situation.determinations(reading.vital)
        if opens_ns <= other.measured_ns <= reading.measured_ns
        and _beyond(rule, situation, other, False)
    )
    if beyond >= confirmation.readings:
        return Verdict.VIOLATED, False, ""
    minutes = f"{confirmation.within_s / 60:g} min"
    detail = f"reading {beyond} of {confirmation.readings}: repeat within {minutes} to confirm"
    return Verdict.CLEARED, True, detail


def _threshold(rule: AlarmRule, baseline: float | None) -> float | None:
    """The absolute value at which the rule becomes true; None for a change without a baseline."""
    if rule.kind is RuleKind.LIMIT:
        return None if rule.limit is None else rule.limit.value
    if baseline is None:
        return None
    sizes = []
    if rule.change is not None:
        sizes.append(rule.change.value)
    if rule.change_percent is not None:
        sizes.append(rule.change_percent.value * baseline / 100)
    if not sizes:
        return None
    return baseline + min(sizes) if rule.upward else baseline - min(sizes)


def _beyond(rule: AlarmRule, situation: Situation, reading: Reading, violated_before: bool) -> bool:
    """Whether the value of `reading` meets the rule's own comparison."""
    value = reading.value
    if value is None or rule.comparison is None or rule.vital is None:
        return False
    if violated_before:
        value += rule.hysteresis if rule.upward else -rule.hysteresis
    if rule.kind is RuleKind.LIMIT:
        return rule.limit is not None and rule.comparison.holds(value, rule.limit.value)
    baseline = situation.baseline(rule.vital)
    if baseline is None:
        return False
    change = value - baseline.value if rule.upward else baseline.value - value
    if rule.change is not None and change >= rule.change.value:
        return True
    share = rule.change_percent
    return share is not None and change * 100 >= share.value * baseline.value


def _companion(rule: AlarmRule, situation: Situation, t_ns: int, violated_before: bool) -> Verdict:
    """Verdict on the second condition; VIOLATED where there is none."""
    companion = rule.companion
    if companion is None:
        return Verdict.VIOLATED
    reading = situation.judged(companion.vital, t_ns)
    if reading is None or reading.value is None:
        return Verdict.UNKNOWN
    value = reading.value
    if violated_before:
        value += companion.hysteresis if companion.comparison.upward else -companion.hysteresis
    true = companion.comparison.holds(value, companion.limit.value)
    return Verdict.VIOLATED if true else Verdict.CLEARED


def _value_text(judgement: Judgement, spec: VitalSpec) -> str:
    reading = judgement.reading
    if reading is None or reading.value is None:
        return f"{spec.label} unknown"
    number = limit_text(spec, float(spec.format(reading.value)))
    notes = []
    if reading.vital is not judgement.rule.vital:
        notes.append("pulse")
    if reading.manual and reading.spot:
        notes.append("by hand")
    if reading.quality is Quality.LOW:
        notes.append("low-confidence reading")
    return f"{spec.label} {number}" + (f" ({', '.join(notes)})" if notes else "")


def _change_text(judgement: Judgement, spec: VitalSpec) -> str:
    value, baseline = judgement.value, judgement.baseline
    if value is None or baseline is None:
        return ""
    text = f"{value - baseline:+.{spec.decimals}f} from baseline {spec.format(baseline)}"
    if judgement.low_confidence:
        text += " (low confidence: single reading)"
    rule = judgement.rule
    if rule.kind is RuleKind.LIMIT:
        return text
    sign = "+" if rule.upward else "-"
    sizes = []
    if rule.change is not None:
        sizes.append(f"{sign}{rule.change.value:g}")
    if rule.change_percent is not None:
        sizes.append(f"{sign}{rule.change_percent.value:g} %")
    text += f", limit {' or '.join(sizes)}"
    if rule.companion is not None:
        companion = rule.companion
        label = VITALS[companion.vital].label
        text += f" with {label} {companion.comparison} {companion.limit.value:g}"
    return text


# -- equipment and program ------------------------------------------------------------------------


def _judge_link(rule: AlarmRule, situation: Situation, device: str) -> Judgement:
    link = situation.link(device)
    verdict = Verdict.UNKNOWN
    if link is not None:
        table = _LOST if rule.kind is RuleKind.DEVICE_LOST else _SILENT
        verdict = table.get(link.state, Verdict.UNKNOWN)
        if verdict is Verdict.VIOLATED and not (link.was_open or situation.monitored):
            verdict = Verdict.UNKNOWN
    detail = "" if link is None else link.detail
    return Judgement(rule=rule, verdict=verdict, device=device, detail=detail)


_LOST: dict[LinkState, Verdict] = {
    LinkState.NOT_CONNECTED: Verdict.VIOLATED,
    LinkState.READY: Verdict.CLEARED,
    LinkState.LIVE: Verdict.CLEARED,
    LinkState.PROBE_OFF: Verdict.CLEARED,
    LinkState.UNCONFIRMED: Verdict.CLEARED,
    LinkState.SILENT: Verdict.CLEARED,
    LinkState.WRONG_DEVICE: Verdict.CLEARED,
}
"""An attempt to open (OPENING) and a port that was just opened (WAITING) say nothing, so that a
link that comes and goes does not make the alarm flicker."""

_SILENT: dict[LinkState, Verdict] = {
    LinkState.SILENT: Verdict.VIOLATED,
    LinkState.WRONG_DEVICE: Verdict.VIOLATED,
    LinkState.READY: Verdict.CLEARED,
    LinkState.LIVE: Verdict.CLEARED,
    LinkState.PROBE_OFF: Verdict.CLEARED,
    LinkState.UNCONFIRMED: Verdict.CLEARED,
    LinkState.NOT_CONNECTED: Verdict.CLEARED,
}
"""A lost link has its own rule; an open port without bytes so far (WAITING) says nothing."""


def _judge_no_data(rule: AlarmRule, situation: Situation, t_ns: int) -> Judgement:
    since = None if rule.vital is None else situation.quiet_since_ns(rule.vital)
    if since is None or rule.limit is None:
        return Judgement(rule=rule, verdict=Verdict.UNKNOWN)
    quiet = t_ns - since >= to_ns(rule.limit.value)
    verdict = Verdict.VIOLATED if quiet else Verdict.CLEARED
    return Judgement(rule=rule, verdict=verdict, detail=f"no value for {rule.limit.value:g} s")


def _judge_sensor(rule: AlarmRule, situation: Situation, t_ns: int) -> Judgement:
    del t_ns  # the last word of the monitor stands until it says otherwise
    reading = None if rule.vital is None else situation.latest(rule.vital)
    if reading is None:
        return Judgement(rule=rule, verdict=Verdict.UNKNOWN)
    if reading.quality in (Quality.SENSOR_OFF, Quality.SENSOR_FAULT):
        detail = reading.note or reading.quality.value.replace("-", " ")
        return Judgement(rule=rule, verdict=Verdict.VIOLATED, reading=reading, detail=detail)
    verdict = Verdict.UNKNOWN if reading.value is None else Verdict.CLEARED
    return Judgement(rule=rule, verdict=verdict, reading=reading)


def _judge_overdue(rule: AlarmRule, situation: Situation, t_ns: int) -> Judgement:
    since = situation.bp_awaited_since_ns()
    if since is None:
        return Judgement(rule=rule, verdict=Verdict.UNKNOWN)
    allowed_ns = situation.bp_validity_ns
    minutes = f"{allowed_ns / NS_PER_S / 60:g}"
    verdict = Verdict.VIOLATED if t_ns - since >= allowed_ns else Verdict.CLEARED
    return Judgement(rule=rule, verdict=verdict, detail=f"no reading for {minutes} min")


def _judge_bp_failed(rule: AlarmRule, situation: Situation, t_ns: int) -> Judgement:
    del t_ns  # a failure stands until a determination succeeds
    failed = situation.bp_failed
    if failed is None:
        return Judgement(rule=rule, verdict=Verdict.UNKNOWN)
    verdict = Verdict.VIOLATED if failed else Verdict.CLEARED
    return Judgement(rule=rule, verdict=verdict, detail=situation.bp_text if failed else "")


def _judge_pulses(rule: AlarmRule, situation: Situation, t_ns: int) -> Judgement:
    """Both limits must be reached: at a slow pulse the per cent, at a fast one the number."""
    pair = situation.pulse_pair(t_ns)
    spot = None if pair is None else pair.spot.value
    if pair is None or spot is None or rule.change is None or rule.change_percent is None:
        return Judgement(rule=rule, verdict=Verdict.UNKNOWN)
    far = pair.difference >= rule.change.value
    far = far and pair.difference * 100 >= rule.change_percent.value * spot
    spec = VITALS[Vital.PR]
    values = (
        f"{reading.source} {spec.format(reading.value)} {spec.unit_text}"
        for reading in (pair.stream, pair.spot)
    )
    verdict = Verdict.VIOLATED if far else Verdict.CLEARED
    return Judgement(rule=rule, verdict=verdict, reading=pair.spot, detail=", ".join(values))


_FOUND = {True: Verdict.VIOLATED, False: Verdict.CLEARED, None: Verdict.UNKNOWN}


def _judge_pump(rule: AlarmRule, situation: Situation, t_ns: int, in_force: bool) -> Judgement:
    finding = _pump_finding(rule, situation, t_ns, in_force)
    return Judgement(
        rule=rule, verdict=_FOUND[finding.wrong], detail=finding.detail, size=finding.size
    )


def _pump_finding(rule: AlarmRule, situation: Situation, t_ns: int, in_force: bool) -> PumpFinding:
    pump, by, percent = situation.pump, rule.change, rule.change_percent
    if rule.kind is RuleKind.PUMP_ALARM:
        return pump.judge_alarm(t_ns)
    if rule.kind is RuleKind.PUMP_STANDS:
        return pump.judge_standstill(t_ns)
    if rule.kind is RuleKind.PUMP_RUNS or by is None or percent is None:
        return pump.judge_running(t_ns)
    if rule.kind is RuleKind.PUMP_RATE:
        return pump.judge_rate(t_ns, by.value, percent.value, in_force=in_force)
    return pump.judge_volume(t_ns, by.value, percent.value, in_force=in_force)


def _judge_service(rule: AlarmRule, situation: Situation, t_ns: int) -> Judgement:
    del t_ns  # a watchdog reports every change
    status = None if rule.service is None else situation.service(rule.service)
    if status is None:
        return Judgement(rule=rule, verdict=Verdict.UNKNOWN)
    verdict = Verdict.CLEARED if status.working else Verdict.VIOLATED
    return Judgement(rule=rule, verdict=verdict, detail=status.detail)


def _judge_sound(rule: AlarmRule, situation: Situation, t_ns: int) -> Judgement:
    del t_ns  # what was said of the sounds stands until somebody hears them
    checked = situation.sound_checked
    if checked is None:
        return Judgement(rule=rule, verdict=Verdict.UNKNOWN)
    verdict = Verdict.CLEARED if checked.heard else Verdict.VIOLATED
    return Judgement(rule=rule, verdict=verdict, detail=checked.reason)


_TECHNICAL: dict[RuleKind, Callable[[AlarmRule, Situation, int], Judgement]] = {
    RuleKind.NO_DATA: _judge_no_data,
    RuleKind.SENSOR_OFF: _judge_sensor,
    RuleKind.BP_OVERDUE: _judge_overdue,
    RuleKind.BP_FAILED: _judge_bp_failed,
    RuleKind.PULSE_DISAGREES: _judge_pulses,
    RuleKind.SERVICE: _judge_service,
    RuleKind.SOUND_UNPROVEN: _judge_sound,
}


def _technical_sentence(judgement: Judgement) -> str:
    text = judgement.rule.title
    if judgement.device:
        text += f": {judgement.device}"
    if judgement.verdict is Verdict.CLEARED:
        return f"{text}: ended"
    return f"{text}: {judgement.detail}" if judgement.detail else text
