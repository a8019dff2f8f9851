"""What the screen says of an alarm: its sentence and where it ends, how it stands, who was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.bedside.times import age_text, minutes_text, second_of_day, time_of_day
from app.state import ViewState
from app.state_pressures import BloodPressure
from protocols.events import AlarmChanged, AlarmState, StaffCall
from protocols.limits import AlarmRule, Comparison, RuleKind, Tier
from protocols.vitals import NS_PER_S, PRESSURES, VITALS, Vital

_ENDED = frozenset((AlarmState.LATCHED, AlarmState.LATCHED_PAUSED))

_ENDS: dict[Comparison, str] = {
    Comparison.AT_LEAST: "ends below {}",
    Comparison.ABOVE: "ends at {} or below",
    Comparison.AT_MOST: "ends above {}",
    Comparison.BELOW: "ends at {} or above",
}
"""Where an alarm of each comparison ends, with its limit moved by the hysteresis."""


def alarm_sentence(state: ViewState, alarm: AlarmChanged, now_ns: int) -> str:
    """The sentence of `alarm`; with where it ends while the value is back inside its limit."""
    ends = ending_words(state, alarm, now_ns)
    return f"{alarm.sentence}, {ends}" if ends else alarm.sentence


def ending_words(state: ViewState, alarm: AlarmChanged, now_ns: int) -> str:
    """``ends below 90`` while `alarm` lasts although the present value is inside its limit.

    Empty where the value is out of limits or not known, where the condition has ended, and for a
    rule with a second condition, which could end it as well.
    """
    rule = _rule_of(state, alarm.alarm)
    if rule is None or rule.comparison is None or rule.companion is not None:
        return ""
    if not rule.hysteresis or alarm.limit is None or alarm.state in _ENDED or rule.vital is None:
        return ""
    value = _present(state, rule.vital, now_ns)
    if value is None or rule.comparison.holds(value, alarm.limit):
        return ""
    edge = alarm.limit - rule.hysteresis if rule.upward else alarm.limit + rule.hysteresis
    return _ENDS[rule.comparison].format(f"{round(edge, 1):g}")


def since_words(state: ViewState, alarm: AlarmChanged, now_ns: int) -> str:
    """Since when the condition lasts: ``since 15:22, 3 min ago``."""
    return f"since {time_of_day(state, alarm.since_ns)}, {age_text(now_ns - alarm.since_ns)}"


def value_words(state: ViewState, alarm: AlarmChanged, now_ns: int) -> str:
    """What was judged, and what is measured now: ``168 mmHg, limit 165; now 158 mmHg``."""
    if alarm.vital is None or alarm.value is None or alarm.technical:
        return ""
    spec = VITALS[alarm.vital]
    limit = "" if alarm.limit is None else f", limit {alarm.limit:.{spec.decimals}f}"
    told = f"{spec.label} {spec.format(alarm.value)} {spec.unit_text}{limit}"
    present = _present(state, alarm.vital, now_ns)
    if present is None:
        return f"{told}; now not known"
    return f"{told}; now {spec.format(present)} {spec.unit_text}"


def state_words(state: ViewState, alarm: AlarmChanged, now_ns: int) -> str:
    """How the alarm stands: ``sounding``, ``sound paused, again in 1:32`` and so on."""
    left = "" if alarm.ends_ns is None else minutes_text(alarm.ends_ns - now_ns)
    if alarm.state is AlarmState.ACKED:
        return f"acknowledged, sounds again in {left} if it lasts" if left else "acknowledged"
    if alarm.state is AlarmState.HELD:
        until = "" if alarm.ends_ns is None else f" till {second_of_day(state, alarm.ends_ns)}"
        return f"held{until}: cuff on the same arm"
    parts = []
    if alarm.state in _ENDED:
        parts.append("condition has ended: waits for acknowledgement")
    if alarm.state in (AlarmState.PAUSED, AlarmState.LATCHED_PAUSED):
        parts.append(f"sound paused, again in {left}" if left else "sound paused")
    elif alarm.state is AlarmState.SOUNDING:
        parts.append("sounding" if sounds_here(state, alarm) else "silent here")
    elif not sounds_here(state, alarm):
        parts.append("silent here")
    return ", ".join(parts)


def doubt_words(state: ViewState, alarm: AlarmChanged, now_ns: int) -> str:
    """That the value of an alarm of the patient is no longer measured, or empty."""
    said = "last known" in alarm.sentence
    if said or alarm.technical or alarm.vital is None or alarm.state in _ENDED:
        return ""
    if alarm.value is None or _present(state, alarm.vital, now_ns) is not None:
        return ""
    last = state.last_values.get(alarm.vital)
    since = "" if last is None else f" since {time_of_day(state, last.measured_ns)}"
    return f"last known: no valid reading{since}"


def answer_words(state: ViewState, alarm: AlarmChanged) -> str:
    """Who acknowledged it, when and with what: ``acknowledged by A. Lund 15:24: seen``."""
    if alarm.state is not AlarmState.ACKED:
        return ""
    done = f": {alarm.action}" if alarm.action else ""
    return f"acknowledged by {alarm.by} {time_of_day(state, alarm.t_ns)}{done}"


def sounds_here(state: ViewState, alarm: AlarmChanged) -> bool:
    """Whether the alarm sounds at the bedside, as far as its state lets it be heard."""
    signal = state.signals.alarms.get(alarm.alarm)
    return signal is None or signal.room_sound


def staff_words(state: ViewState, alarm: AlarmChanged) -> str:
    """How far staff elsewhere were reached about the alarm.

    Empty where nobody is called, and where no staff station was ever there to be reached.
    """
    signal = state.signals.alarms.get(alarm.alarm)
    if signal is None:
        return ""
    if signal.staff is StaffCall.UNREACHED:
        if state.signals.staff is None:
            return ""
        heard = alarm.state.is_heard and signal.room_sound
        return "staff not reached: sounds here" if heard else "staff not reached"
    return {
        StaffCall.NONE: "",
        StaffCall.CALLED: "staff called",
        StaffCall.RECEIVED: "staff called: a station shows it",
        StaffCall.ACCEPTED: f"accepted by {signal.by or 'staff'}: on the way",
    }[signal.staff]


def unattended_words(state: ViewState, alarm: AlarmChanged, now_ns: int) -> str:
    """That nobody came for as long as the policy allows: ``unattended for 2 min``."""
    signal = state.signals.alarms.get(alarm.alarm)
    if signal is None or not signal.urgency or alarm.state is AlarmState.ACKED:
        return ""
    since_ns = state.signals.open_since_ns.get(alarm.alarm, signal.raised_ns)
    seconds = max(0, now_ns - since_ns) // NS_PER_S
    lasted = f"{seconds} s" if seconds < 60 else f"{seconds // 60} min"
    return f"unattended for {lasted}"


def answered_with(state: ViewState, alarms: Sequence[AlarmChanged]) -> Mapping[str, AlarmChanged]:
    """Which of `alarms`, most urgent first, another one stands for that nobody answered either.

    It tells of the same trouble in no lower priority: acknowledging it acknowledges both.
    """
    first: dict[tuple[str, str], AlarmChanged] = {}
    found: dict[str, AlarmChanged] = {}
    for alarm in alarms:
        if alarm.state is AlarmState.ACKED:
            continue
        leader = first.setdefault(_trouble(state, alarm), alarm)
        if leader is not alarm:
            found[alarm.alarm] = leader
    return found


def count_troubles(state: ViewState, alarms: Sequence[AlarmChanged]) -> int:
    """Of how many different troubles `alarms` tell; one may be told in several severities."""
    return len({_trouble(state, alarm) for alarm in alarms})


def _trouble(state: ViewState, alarm: AlarmChanged) -> tuple[str, str]:
    """Rules of one group tell of one trouble, of each monitor or observation by itself."""
    rule = _rule_of(state, alarm.alarm)
    name, _, device = alarm.alarm.partition("/")
    return (name if rule is None else rule.group, device)


def _rule_of(state: ViewState, alarm: str) -> AlarmRule | None:
    name = alarm.partition("/")[0]
    rules = () if state.limits is None else state.limits.rules
    return next((rule for rule in rules if rule.id == name), None)


def _present(state: ViewState, vital: Vital, now_ns: int) -> float | None:
    """The value of `vital` that stands for the present, or None when it is not known."""
    if vital in PRESSURES:
        return _pressure_of(state.blood_pressure, vital)
    reading = state.heart_rate(now_ns) if vital is Vital.HR else state.readings.get(vital)
    if reading is None:
        return None
    limit_ns = state.fresh_for_ns(reading)
    stale = limit_ns is not None and now_ns - reading.measured_ns >= limit_ns
    return None if stale else reading.value


def _pressure_of(pressure: BloodPressure | None, vital: Vital) -> float | None:
    if pressure is None:
        return None
    return {
        Vital.SBP: pressure.sbp_mmhg,
        Vital.DBP: pressure.dbp_mmhg,
        Vital.MAP: pressure.map_mmhg,
    }.get(vital)


def confirmation_words(state: ViewState, now_ns: int) -> str:
    """What to do about a pressure beyond a critical fixed limit that one reading cannot confirm.

    ``reading 1 of 2: repeat now to confirm`` until another reading is there or the alarm is raised;
    once the time of the rule has passed, that it has.
    """
    last = state.last_blood_pressure
    if last is None:
        return ""
    for rule in () if state.limits is None else state.limits.rules:
        confirmation = rule.confirmation
        if confirmation is None or not _unconfirmed(state, rule, last):
            continue
        if now_ns - last.measured_ns > confirmation.within_s * NS_PER_S:
            within = minutes_text(round(confirmation.within_s * NS_PER_S))
            return f"not confirmed within {within}: repeat now"
        if confirmation.readings == 2:
            return "reading 1 of 2: repeat now to confirm"
        return f"{confirmation.readings} readings confirm it: repeat now"
    return ""


def _unconfirmed(state: ViewState, rule: AlarmRule, last: BloodPressure) -> bool:
    """Whether `last` is beyond the fixed critical limit of `rule` and no such alarm is there."""
    fixed = rule.kind is RuleKind.LIMIT and rule.tier is Tier.CRITICAL
    if not fixed or state.phase not in rule.phases:
        return False
    if rule.vital is None or rule.comparison is None or rule.limit is None:
        return False
    value = _pressure_of(last, rule.vital)
    if value is None or not rule.comparison.holds(value, rule.limit.value):
        return False
    return not any(
        other.group == rule.group and other.tier is Tier.CRITICAL
        for alarm in state.alarms
        if (other := _rule_of(state, alarm)) is not None
    )
