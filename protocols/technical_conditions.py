"""Conditions of equipment and program: what the watches of a situation say, as verdicts."""

from __future__ import annotations

from collections.abc import Callable

from protocols.alarm_rules import AlarmRule, RuleKind
from protocols.dosing.pump_check import PumpFinding
from protocols.events.terms import LinkState
from protocols.judgements import Judgement, Verdict
from protocols.situation import Situation, to_ns
from protocols.vitals import NS_PER_S, VITALS, Quality, Vital
from protocols.words import duration_text


def judge_technical(
    rule: AlarmRule, situation: Situation, t_ns: int, violated_before: bool, name: str
) -> Judgement:
    """Judge a technical `rule` at `t_ns`; `name`: the monitor or observation, if for each."""
    if rule.kind.per_device:
        return _judge_link(rule, situation, name)
    if rule.kind.of_pump:
        return _judge_pump(rule, situation, t_ns, violated_before)
    if rule.kind is RuleKind.OBSERVATION_OVERDUE:
        return _judge_observation(rule, situation, t_ns, name)
    return _TECHNICAL[rule.kind](rule, situation, t_ns)


def may_be_technical(rule: AlarmRule, situation: Situation) -> bool:
    """Whether a technical `rule` that is not judged for each of several could be violated."""
    if rule.kind is not RuleKind.LOW_SIGNAL or rule.vital is None:
        return True
    reading = situation.latest(rule.vital)
    return reading is not None and reading.quality is Quality.LOW


def _judge_link(rule: AlarmRule, situation: Situation, device: str) -> Judgement:
    link = situation.link(device)
    verdict = Verdict.UNKNOWN
    if link is not None:
        verdict = _LINKS[rule.kind].get(link.state, Verdict.UNKNOWN)
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

_UNCONFIRMED: dict[LinkState, Verdict] = {
    LinkState.UNCONFIRMED: Verdict.VIOLATED,
    LinkState.READY: Verdict.CLEARED,
    LinkState.LIVE: Verdict.CLEARED,
    LinkState.PROBE_OFF: Verdict.CLEARED,
}
"""A monitor that falls silent or is lost was still not confirmed."""

_LINKS = {
    RuleKind.DEVICE_LOST: _LOST,
    RuleKind.MONITOR_SILENT: _SILENT,
    RuleKind.MONITOR_UNCONFIRMED: _UNCONFIRMED,
}


def _judge_no_data(rule: AlarmRule, situation: Situation, t_ns: int) -> Judgement:
    since = None if rule.vital is None else situation.quiet_since_ns(rule.vital)
    if since is None or rule.limit is None:
        return Judgement(rule=rule, verdict=Verdict.UNKNOWN)
    if rule.once_given and rule.vital is not None and not situation.was_given(rule.vital):
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


def _judge_low_signal(rule: AlarmRule, situation: Situation, t_ns: int) -> Judgement:
    reading = None if rule.vital is None else situation.fresh(rule.vital, t_ns)
    if reading is None:
        return Judgement(rule=rule, verdict=Verdict.UNKNOWN)
    low = reading.quality is Quality.LOW
    detail = reading.note or "low-confidence reading"
    verdict = Verdict.VIOLATED if low else Verdict.CLEARED
    return Judgement(rule=rule, verdict=verdict, reading=reading, detail=detail)


def _judge_stale(rule: AlarmRule, situation: Situation, t_ns: int) -> Judgement:
    known = None if rule.vital is None else situation.last_known(rule.vital)
    if rule.vital is None or known is None or not situation.was_measured(rule.vital):
        return Judgement(rule=rule, verdict=Verdict.UNKNOWN)
    if situation.judged(rule.vital, t_ns) is not None:
        return Judgement(rule=rule, verdict=Verdict.CLEARED)
    valid = duration_text(situation.validity_ns(rule.vital, known) / NS_PER_S)
    detail = f"last {VITALS[rule.vital].format(known.value)}, valid for {valid}"
    return Judgement(rule=rule, verdict=Verdict.VIOLATED, detail=detail)


def _judge_observation(rule: AlarmRule, situation: Situation, t_ns: int, item: str) -> Judgement:
    watch = situation.observations
    if not watch.was_asked(item):
        return Judgement(rule=rule, verdict=Verdict.UNKNOWN, device=item)
    since_ns, overdue = watch.since_ns(item), watch.is_late(item)
    detail = f"{watch.label(item)} not recorded in time"
    if rule.limit is not None:
        overdue = since_ns is not None and t_ns - since_ns >= to_ns(rule.limit.value)
        after = duration_text(rule.limit.value)
        detail = f"{watch.label(item)} not recorded {after} after it was due"
    verdict = Verdict.VIOLATED if overdue else Verdict.CLEARED
    return Judgement(rule=rule, verdict=verdict, device=item, detail=detail)


def _judge_clock(rule: AlarmRule, situation: Situation, t_ns: int) -> Judgement:
    if rule.limit is None or not situation.clock.was_read:
        return Judgement(rule=rule, verdict=Verdict.UNKNOWN)
    jump_s = situation.clock.jump_s(t_ns, rule.limit.value, rule.holds_s)
    if jump_s is None:
        return Judgement(rule=rule, verdict=Verdict.CLEARED)
    way = "forward" if jump_s > 0 else "back"
    return Judgement(rule=rule, verdict=Verdict.VIOLATED, detail=f"{abs(jump_s):g} s {way}")


def _judge_overdue(rule: AlarmRule, situation: Situation, t_ns: int) -> Judgement:
    since = situation.bp_awaited_since_ns()
    if since is None:
        return Judgement(rule=rule, verdict=Verdict.UNKNOWN)
    allowed_ns = situation.bp_overdue_ns(rule.limit)
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
    RuleKind.LOW_SIGNAL: _judge_low_signal,
    RuleKind.STALE: _judge_stale,
    RuleKind.CLOCK_JUMPED: _judge_clock,
    RuleKind.BP_OVERDUE: _judge_overdue,
    RuleKind.BP_FAILED: _judge_bp_failed,
    RuleKind.PULSE_DISAGREES: _judge_pulses,
    RuleKind.SERVICE: _judge_service,
    RuleKind.SOUND_UNPROVEN: _judge_sound,
}
