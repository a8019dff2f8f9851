"""What the sentences of the rules about equipment and program say at a moment.

As `oracle_patient`: true, false, or None where nobody can know. The volumes of a pump are not
judged here; everything else is.
"""

from __future__ import annotations

from fractions import Fraction

from oracle_past import Past, exact, ns, number

from protocols.alarm_rules import AlarmRule
from protocols.events import (
    BpState,
    BpStateChanged,
    ClockAnchored,
    DeliveryChanged,
    DosePlanned,
    LineMark,
    LineMarked,
    LinkChanged,
    LinkState,
    Phase,
    PhaseChanged,
    PumpReported,
    Reading,
    ServiceReported,
    SoundChecked,
    TaskChanged,
    TaskState,
)
from protocols.rule_kinds import RuleKind
from protocols.schedule import NOT_DONE
from protocols.vitals import Quality, Vital

Verdict = bool | None
OPENED = (LinkState.NOT_CONNECTED, LinkState.OPENING)
SPEAKS = (LinkState.READY, LinkState.LIVE, LinkState.PROBE_OFF)


def subjects(rule: AlarmRule, past: Past) -> list[str]:
    """What the rule is judged for, each by itself: monitors, observations, or the one thing."""
    if rule.kind.per_device:
        return sorted({one.device for one in past.facts if isinstance(one, LinkChanged)})
    if rule.kind is RuleKind.OBSERVATION_OVERDUE:
        return list(rule.items)
    return [""]


def equipment_verdict(rule: AlarmRule, past: Past, t_ns: int, eased: bool, subject: str) -> Verdict:
    """What the sentence of `rule` says at `t_ns`, for `subject`."""
    kind = rule.kind
    if kind is RuleKind.NO_DATA:
        return no_data(rule, past, t_ns)
    if kind is RuleKind.SENSOR_OFF:
        return sensor_off(rule, past)
    if kind is RuleKind.LOW_SIGNAL:
        assert rule.vital is not None
        reading = past.last(rule.vital)
        if reading is None or not past.is_valid(reading, t_ns):
            return None
        return reading.quality is Quality.LOW
    if kind is RuleKind.STALE:
        return stale(rule, past, t_ns)
    if kind.per_device:
        return link(rule, past, subject)
    if kind is RuleKind.BP_OVERDUE:
        return bp_overdue(rule, past, t_ns)
    if kind is RuleKind.BP_FAILED:
        return bp_failed(past)
    if kind is RuleKind.OBSERVATION_OVERDUE:
        return observation(rule, past, t_ns, subject)
    if kind is RuleKind.CLOCK_JUMPED:
        return clock_jumped(rule, past, t_ns)
    if kind is RuleKind.SERVICE:
        words = [o for o in past.facts if isinstance(o, ServiceReported)]
        words = [one for one in words if one.service is rule.service]
        return not words[-1].working if words else None
    if kind is RuleKind.SOUND_UNPROVEN:
        checks = [one for one in past.facts if isinstance(one, SoundChecked)]
        return checks[-1].heard is not True if checks else None
    if kind is RuleKind.PULSE_DISAGREES:
        return pulses_disagree(rule, past, t_ns)
    return pump(rule, past, t_ns, eased)


def both(vital: Vital | None) -> tuple[Vital, ...]:
    """`vital`, and for heart rate pulse rate as well."""
    assert vital is not None
    return (Vital.HR, Vital.PR) if vital is Vital.HR else (vital,)


def no_data(rule: AlarmRule, past: Past, t_ns: int) -> Verdict:
    """No value for so long since the last, or since the sensor was named off."""
    assert rule.limit is not None
    values = past.measured(both(rule.vital))
    words = [*values, *past.named_off(both(rule.vital))]
    if rule.once_given and not values:
        return None
    if words:
        since_ns = max(one.measured_ns for one in words)
    elif past.infusion_ns is not None:
        since_ns = past.infusion_ns
    else:
        return None
    return t_ns >= since_ns + ns(rule.limit.value)


def sensor_off(rule: AlarmRule, past: Past) -> Verdict:
    """The last word is that the sensor is off or faulty."""
    assert rule.vital is not None
    word = past.last_word((rule.vital,))
    if word is None:
        return None
    if word.quality in (Quality.SENSOR_OFF, Quality.SENSOR_FAULT):
        return True
    return False if number(word) is not None else None


def stale(rule: AlarmRule, past: Past, t_ns: int) -> Verdict:
    """A monitor gave it once, and nothing of it is valid."""
    assert rule.vital is not None
    if past.judged(rule.vital, t_ns) is not None:
        return False
    return True if past.measured((rule.vital,)) else None


def link(rule: AlarmRule, past: Past, device: str) -> Verdict:
    """What the link of one monitor says."""
    changes = [o for o in past.facts if isinstance(o, LinkChanged) and o.device == device]
    state = changes[-1].state
    if state in (LinkState.OPENING, LinkState.WAITING):
        return None
    if rule.kind is RuleKind.DEVICE_LOST:
        was_open = any(one.state not in OPENED for one in changes)
        return state is LinkState.NOT_CONNECTED and (was_open or past.infusion_ns is not None)
    if rule.kind is RuleKind.MONITOR_SILENT:
        return state in (LinkState.SILENT, LinkState.WRONG_DEVICE)
    if state is LinkState.UNCONFIRMED:
        return True
    return False if state in SPEAKS else None


def bp_overdue(rule: AlarmRule, past: Past, t_ns: int) -> Verdict:
    """No systolic value for so long."""
    if past.infusion_ns is None:
        return None
    values = [o for o in past.readings.get(Vital.SBP, ()) if number(o) is not None]
    since_ns = max([past.infusion_ns, *(one.measured_ns for one in values)])
    return t_ns >= since_ns + ns(overdue_s(rule, past))


def overdue_s(rule: AlarmRule, past: Past) -> float:
    """After how long without a pressure one is overdue, s."""
    if rule.limit is None:
        return past.pressure_valid_s()
    if past.interval_s is not None:
        return rule.limit.value * past.interval_s
    return rule.limit.value / past.policy.bp_interval_factor * past.pressure_valid_s()


def bp_failed(past: Past) -> Verdict:
    """The determination that ended last has failed, and no newer systolic value is known."""
    verdict: Verdict = None
    newest_ns = -1
    for fact in past.facts:
        if isinstance(fact, BpStateChanged):
            verdict = {BpState.FAILED: True, BpState.DONE: False}.get(fact.state, verdict)
            continue
        if not isinstance(fact, Reading) or fact.vital is not Vital.SBP:
            continue
        if number(fact) is not None and fact.measured_ns >= newest_ns:
            verdict, newest_ns = False, fact.measured_ns
    return verdict


def asked_in(phase: Phase) -> Phase:
    """The phase whose schedule asks in `phase`: a pause keeps it, a stop is recovery already."""
    kept = {Phase.PAUSED: Phase.INFUSING, Phase.STOPPED: Phase.RECOVERY}
    return kept.get(phase, phase)


def observation(rule: AlarmRule, past: Past, t_ns: int, item: str) -> Verdict:
    """An observation that was due is not made."""
    verdict: Verdict = None
    oldest_ns: int | None = None
    late = False
    phase: Phase | None = None
    for task in past.facts:
        if isinstance(task, PhaseChanged):
            if asked_in(task.after) is not phase:
                phase, oldest_ns, late = asked_in(task.after), None, False
            continue
        if not isinstance(task, TaskChanged) or task.item != item:
            continue
        if task.state is TaskState.UPCOMING:
            continue
        missed = task.state is TaskState.MISSED
        if task.state is TaskState.DONE or (missed and task.detail != NOT_DONE):
            verdict, oldest_ns, late = False, None, False
            continue
        verdict = False
        oldest_ns = task.due_ns if oldest_ns is None else oldest_ns
        late = late or task.state in (TaskState.LATE, TaskState.MISSED)
    if oldest_ns is None:
        return verdict
    return late if rule.limit is None else t_ns >= oldest_ns + ns(rule.limit.value)


def clock_jumped(rule: AlarmRule, past: Past, t_ns: int) -> bool:
    """The clock jumped far enough not long ago."""
    assert rule.limit is not None
    anchors = [one for one in past.facts if isinstance(one, ClockAnchored)]
    return any(
        abs(one.jump_ms) >= rule.limit.value * 1000 and t_ns < one.t_ns + ns(rule.holds_s)
        for one in anchors
    )


def pulses_disagree(rule: AlarmRule, past: Past, t_ns: int) -> Verdict:
    """The pulse that came with the last pressure against the oximeter's beside it.

    Beside it is the value that was valid when it came, or else the first one after it.
    """
    assert rule.change is not None
    assert rule.change_percent is not None
    spot: Reading | None = None
    beside: Reading | None = None
    taken: list[Reading] = []
    for known, fact in enumerate(past.facts):
        if not isinstance(fact, Reading) or fact.vital is not Vital.PR or fact.manual:
            continue
        now = Past(past.facts[: known + 1], past.policy, past.intervals)
        if fact.spot:
            pressure = now.last(Vital.SBP)
            if pressure is None or pressure.manual or pressure.source != fact.source:
                continue
            if not any(one is pressure for one in taken):
                taken.append(pressure)
                spot, beside = fact, None
                stream = now.last(Vital.PR)
                if stream is not None and now.is_valid(stream, fact.t_ns):
                    beside = pair(past, spot, stream)
        elif spot is not None and beside is None:
            beside = pair(past, spot, fact)
    if spot is None or beside is None:
        return None
    if t_ns >= spot.measured_ns + ns(past.pressure_valid_s()):
        return None
    value, other = number(spot), number(beside)
    assert value is not None
    assert other is not None
    apart = abs(exact(other) - exact(value))
    share = exact(value) * exact(rule.change_percent.value) / 100
    return apart >= exact(rule.change.value) and apart >= share


def pair(past: Past, spot: Reading, stream: Reading) -> Reading | None:
    """`stream`, where it may be compared with `spot`."""
    near = abs(stream.measured_ns - spot.measured_ns) <= ns(past.policy.pulse_pair_s)
    good = all(number(one) is not None and one.quality is Quality.GOOD for one in (spot, stream))
    return stream if near and good else None


def pump(rule: AlarmRule, past: Past, t_ns: int, eased: bool) -> Verdict:
    """What a pump says of itself against timer and order."""
    reports = [one for one in past.facts if isinstance(one, PumpReported)]
    report: PumpReported | None = None
    if reports and t_ns < reports[-1].t_ns + ns(past.policy.pump_validity_s):
        report = reports[-1]
    if rule.kind is RuleKind.PUMP_ALARM:
        if report is None or report.alarm:
            return None if report is None else True
        known = (report.running, report.volume_ml, report.rate_ml_per_h)
        return False if any(one is not None for one in known) else None
    timers = [one for one in past.facts if isinstance(one, DeliveryChanged)]
    plans = [one for one in past.facts if isinstance(one, DosePlanned)]
    if not timers or not plans:
        return None
    timer = timers[-1]
    runs = timer.rate_mg_per_min > 0 and not timer.finished
    running = None if report is None else report.running
    if rule.kind is RuleKind.PUMP_STANDS:
        if not runs:
            return False
        return None if running is None else not running
    if rule.kind is RuleKind.PUMP_RUNS:
        flushed = any(
            isinstance(one, LineMarked) and one.mark is LineMark.FLUSH_STARTED for one in past.facts
        )
        return False if runs or timer.finished or flushed else running
    if not runs or not running or report is None or report.rate_ml_per_h is None:
        return None
    assert rule.change is not None
    assert rule.change_percent is not None
    ordered = Fraction(plans[-1].rate_ml_per_h) * timer.percent / 100
    ease = Fraction(4, 5) if eased else Fraction(1)
    apart = abs(exact(report.rate_ml_per_h) - ordered)
    share = ordered * exact(rule.change_percent.value) / 100
    return apart > ease * exact(rule.change.value) and apart > ease * share


def equipment_moments(rule: AlarmRule, past: Past) -> set[int]:
    """Every time at which age may change what `equipment_verdict` says."""
    limit_s = 0.0 if rule.limit is None else rule.limit.value
    found: set[int] = set()
    if rule.kind in (RuleKind.NO_DATA, RuleKind.BP_OVERDUE):
        overdue = rule.kind is RuleKind.BP_OVERDUE
        span_ns = ns(overdue_s(rule, past) if overdue else limit_s)
        vitals = (Vital.SBP,) if overdue else both(rule.vital)
        if past.infusion_ns is not None:
            found.add(past.infusion_ns + span_ns)
        found |= {o.measured_ns + span_ns for v in vitals for o in past.readings.get(v, ())}
    elif rule.kind in (RuleKind.STALE, RuleKind.LOW_SIGNAL, RuleKind.PULSE_DISAGREES):
        for vital in both(rule.vital):
            for one in past.readings.get(vital, ()):
                found.add(one.measured_ns + ns(past.valid_s(one)))
                found.add(one.measured_ns + ns(past.policy.typed_validity_s))
                found.add(one.measured_ns + ns(past.pressure_valid_s()))
    for fact in past.facts:
        if isinstance(fact, TaskChanged):
            found.add(fact.due_ns + ns(limit_s))
        elif isinstance(fact, ClockAnchored):
            found.add(fact.t_ns + ns(rule.holds_s))
        elif isinstance(fact, PumpReported):
            found.add(fact.t_ns + ns(past.policy.pump_validity_s))
    return found
