"""Numbers, limits and reasons as the bedside says them: the same state gives the same words."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

from app.bedside.alarm_words import confirmation_words
from app.bedside.times import age_text, minutes_text, second_of_day, time_of_day
from app.plots.bounds import Bounds, bounds_now
from app.state import ViewState
from protocols.events import BpState, LinkState, Reading, TaskChanged, TaskState
from protocols.vitals import NS_PER_S, VITALS, Quality, Vital

REASONS: dict[Quality, str] = {
    Quality.SENSOR_OFF: "sensor off",
    Quality.SENSOR_FAULT: "sensor fault",
    Quality.SEARCHING: "searching for a pulse",
    Quality.HELD: "monitor holds an old value",
    Quality.FAILED: "measurement failed",
    Quality.IMPLAUSIBLE: "value not plausible",
    Quality.MISSING: "monitor gives no value",
    Quality.UNCONFIRMED: "confirm the monitor first",
    Quality.WITHDRAWN: "withdrawn",
}
"""Why a monitor gives no value, in plain words."""

LINK_WORDS: dict[LinkState, str] = {
    LinkState.NOT_CONNECTED: "not connected",
    LinkState.OPENING: "opening",
    LinkState.WAITING: "waiting for the monitor",
    LinkState.READY: "ready",
    LinkState.LIVE: "live",
    LinkState.PROBE_OFF: "probe off",
    LinkState.SILENT: "silent",
    LinkState.WRONG_DEVICE: "wrong device",
    LinkState.UNCONFIRMED: "to be confirmed",
}

LINK_STEPS: dict[LinkState, str] = {
    LinkState.NOT_CONNECTED: "check its cable",
    LinkState.WAITING: "is it on?",
    LinkState.SILENT: "is it on?",
    LinkState.WRONG_DEVICE: "check cable and model",
    LinkState.UNCONFIRMED: "confirm it below",
}
"""What to do next, in the few words that a tile has room for."""

DEVICE_NAMES = {
    "oximeter": "Oximeter",
    "bp": "Blood pressure",
    "monitor": "Multi-parameter monitor",
    "pump": "Infusion pump",
}
"""Slots of a session and their names for people."""

DEFAULT_BP_VALIDITY_S = 900.0
DEFAULT_SCORE_VALIDITY_S = 1200.0


def device_name(device: str) -> str:
    """The slot's name for people."""
    return DEVICE_NAMES.get(device, device.capitalize())


def link_words(device: str, link: LinkState) -> str:
    """How a link stands and what to do next: ``oximeter not connected: check its cable``."""
    step = LINK_STEPS.get(link, "")
    return f"{device} {LINK_WORDS[link]}" + (f": {step}" if step else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Numeric:
    """A number as a tile shows it.

    Attributes:
        value: the number, or ``--`` when there is none to believe.
        reason: why there is none, or how far to believe it; empty when it is good.
        last: the last number with its age when there is none, else empty.
        by_hand: when the number was measured by a person, ``by hand 14:02``, or empty.
        held: until when its technical alarm is held, ``held till 14:05:10``, or empty.
        change: difference from baseline with its sign, or empty.
        limits: the limits in force, or empty.
    """

    value: str
    reason: str = ""
    last: str = ""
    by_hand: str = ""
    held: str = ""
    change: str = ""
    limits: str = ""


def signed(value: float, decimals: int = 0) -> str:
    """`value` with its sign, a true minus, and ``±0`` for none."""
    text = f"{abs(value):.{decimals}f}"
    if float(text) == 0:
        return f"±{text}"
    return f"+{text}" if value > 0 else f"−{text}"


def bounds_text(bounds: Bounds, decimals: int = 0) -> str:
    """What is within limits, as ``≥50 <110``, ``<165``, ``low OFF <110``, or empty.

    A limit between two values that the vital can take is moved to the one that says the same.
    """
    parts = []
    if bounds.low is not None:
        sign, up = (">", False) if bounds.low_included else ("≥", True)
        parts.append(f"{sign}{_edge_text(bounds.low, decimals, up=up)}")
    elif bounds.low_off:
        parts.append("low OFF")
    if bounds.high is not None:
        sign, up = ("<", True) if bounds.high_included else ("≤", False)
        parts.append(f"{sign}{_edge_text(bounds.high, decimals, up=up)}")
    elif bounds.high_off:
        parts.append("high OFF")
    return " ".join(parts)


def _edge_text(value: float, decimals: int, *, up: bool) -> str:
    steps = round(value * 10**decimals, 6)  # a percentage of a baseline is not an exact number
    return f"{(ceil(steps) if up else floor(steps)) / 10**decimals:.{decimals}f}"


def numeric(state: ViewState, vital: Vital, now_ns: int) -> Numeric:
    """The tile of a streamed vital at `now_ns`; an old value never looks new."""
    reading = state.heart_rate(now_ns) if vital is Vital.HR else state.readings.get(vital)
    limits = bounds_text(bounds_now(state, vital))
    reason = why_missing(state, reading, now_ns)
    held = held_words(state, vital)
    if reading is None or reading.value is None or reason:
        typed = state.typed_value(vital)
        if typed is not None and now_ns - typed.measured_ns < typed_validity_s(state) * NS_PER_S:
            return Numeric(
                value=VITALS[typed.vital].format(typed.value),
                reason=reason or "no data",
                by_hand=f"by hand {time_of_day(state, typed.measured_ns)}",
                held=held,
                change=_change(state, vital, typed.value or 0.0),
                limits=limits,
            )
        last = _last_words(state, vital, now_ns)
        return Numeric(value="--", reason=reason or "no data", last=last, held=held, limits=limits)
    spec = VITALS[reading.vital]
    return Numeric(
        value=spec.format(reading.value),
        reason="low signal quality" if reading.quality is Quality.LOW else "",
        change=_change(state, vital, reading.value),
        limits=limits,
    )


def held_words(state: ViewState, vital: Vital | None = None) -> str:
    """Until when a cuff on the same arm excuses the alarm about `vital`, or any; else empty."""
    ends = [
        alarm.ends_ns
        for alarm in state.held.values()
        if alarm.ends_ns is not None and vital in (None, alarm.vital)
    ]
    return f"held till {second_of_day(state, max(ends))}" if ends else ""


def why_missing(state: ViewState, reading: Reading | None, now_ns: int) -> str:
    """Why there is no number to show, or empty when there is one."""
    if reading is None:
        if state.opened is None or not state.opened.devices:
            return "no monitor"
        links = (link for device, link in state.links.items() if device != "bp")
        unwell = next((link for link in links if not link.state.is_well), None)
        return "no data yet" if unwell is None else link_words(unwell.device, unwell.state)
    limit_ns = state.fresh_for_ns(reading)
    age_ns = now_ns - reading.measured_ns
    if limit_ns is not None and age_ns > limit_ns:
        link = state.links.get(reading.source)
        if link is not None and not link.state.is_well:
            return link_words(reading.source, link.state)
        return f"no data for {minutes_text(age_ns)}"
    if reading.quality.has_value:
        return ""
    return reading.note or REASONS.get(reading.quality, reading.quality.value)


def _last_words(state: ViewState, vital: Vital, now_ns: int) -> str:
    names = (Vital.HR, Vital.PR) if vital is Vital.HR else (vital,)
    known = [state.last_values[name] for name in names if name in state.last_values]
    typed = state.typed_value(vital)
    if typed is not None:
        known.append(typed)
    if not known:
        return ""
    last = max(known, key=lambda one: one.measured_ns)
    if last is typed:
        at = time_of_day(state, last.measured_ns)
        return f"was {VITALS[last.vital].format(last.value)}, by hand {at}"
    return f"was {VITALS[last.vital].format(last.value)}, {age_text(now_ns - last.measured_ns)}"


def baseline_of(state: ViewState, vital: Vital) -> float | None:
    """The frozen baseline of `vital`; the pulse rate's stands in for the heart rate's."""
    value = state.baseline.get(vital)
    return state.baseline.get(Vital.PR) if value is None and vital is Vital.HR else value


def _change(state: ViewState, vital: Vital, value: float) -> str:
    baseline = baseline_of(state, vital)
    return "" if baseline is None else signed(round(value) - round(baseline))


@dataclass(frozen=True, slots=True, kw_only=True)
class PressureWords:
    """The blood-pressure tile.

    Attributes:
        value: ``168/96`` or ``--/--``; mean: ``(120)`` or empty.
        age: how old it is; aged: whether it is too old to stand for the present.
        repeat: it is too old, and the schedule asks for none later.
        reason: why the last determination gave nothing, or empty.
        change: ``+31/+12 from baseline 137/84``, or empty.
        limits: ``limits ≥90 <165 / <100``, or empty.
        upcoming: when the next is due, or what the monitor is doing.
        busy: whether the monitor is measuring.
        confirm: that a critical pressure needs another reading, or empty.
    """

    value: str
    mean: str = ""
    age: str = ""
    aged: bool = False
    repeat: bool = False
    reason: str = ""
    change: str = ""
    limits: str = ""
    upcoming: str = ""
    busy: bool = False
    confirm: str = ""


def pressure(state: ViewState, now_ns: int) -> PressureWords:
    """The blood-pressure tile at `now_ns`."""
    shown = " / ".join(
        bounds_text(bounds_now(state, vital)) or "–" for vital in (Vital.SBP, Vital.DBP)
    )
    limits = "" if shown == "– / –" else f"limits {shown}"
    busy = state.bp_state in (BpState.REQUESTED, BpState.MEASURING)
    upcoming = _cuff_words(state, now_ns) if busy else next_due(state, "bp", now_ns)
    last, latest = state.last_blood_pressure, state.blood_pressure
    failed = latest is not None and latest is not last
    reason = (latest.note or "measurement failed") if latest is not None and failed else ""
    if last is None:
        return PressureWords(
            value="--/--", reason=reason or "none yet", limits=limits, upcoming=upcoming, busy=busy
        )
    age_ns = now_ns - last.measured_ns
    aged = age_ns > bp_validity_s(state) * NS_PER_S
    return PressureWords(
        value=f"{last.sbp_mmhg:.0f}/{last.dbp_mmhg:.0f}",
        mean="" if last.map_mmhg is None else f"({last.map_mmhg:.0f})",
        age=f"by hand {time_of_day(state, last.measured_ns)}, {age_text(age_ns)}"
        if last.manual
        else age_text(age_ns),
        aged=aged,
        repeat=aged and not _is_coming(state, "bp", now_ns),
        reason=f"last try: {reason}" if reason else "",
        change=_pressure_change(state),
        limits=limits,
        upcoming=upcoming,
        busy=busy,
        confirm=confirmation_words(state, now_ns),
    )


def _pressure_change(state: ViewState) -> str:
    last = state.last_blood_pressure
    sbp, dbp = state.baseline.get(Vital.SBP), state.baseline.get(Vital.DBP)
    if last is None or sbp is None or dbp is None:
        return ""
    rises = (
        signed(round(last.sbp_mmhg or 0) - round(sbp)),
        signed(round(last.dbp_mmhg or 0) - round(dbp)),
    )
    return f"{rises[0]}/{rises[1]} from baseline {sbp:.0f}/{dbp:.0f}"


def bp_validity_s(state: ViewState) -> float:
    """Seconds for which a blood pressure stands for the present."""
    return DEFAULT_BP_VALIDITY_S if state.limits is None else state.limits.policy.bp_validity_s


def score_validity_s(state: ViewState) -> float:
    """Seconds for which a value typed by a person stands for the present."""
    if state.limits is None:
        return DEFAULT_SCORE_VALIDITY_S
    return state.limits.policy.score_validity_s


def typed_validity_s(state: ViewState) -> float:
    """Seconds for which a typed value of a streamed vital may stand where no monitor gives it."""
    return 0.0 if state.limits is None else state.limits.policy.typed_validity_s


def _cuff_words(state: ViewState, now_ns: int) -> str:
    cuff = state.readings.get(Vital.CUFF)
    limit_ns = round((VITALS[Vital.CUFF].quiet_limit_s or 0) * NS_PER_S)
    if state.bp_state is BpState.REQUESTED:
        return "starting"
    if cuff is None or cuff.value is None or now_ns - cuff.measured_ns > limit_ns:
        return "measuring"
    return f"cuff at {cuff.value:.0f} mmHg"


def _is_coming(state: ViewState, item: str, now_ns: int) -> bool:
    """Whether the schedule asks for `item` at a later time."""
    return any(
        task.item == item and task.state is TaskState.UPCOMING and task.due_ns > now_ns
        for task in state.open_tasks()
    )


def next_due(state: ViewState, item: str, now_ns: int) -> str:
    """When `item` is next: ``next in 1:10``, ``due now``, ``late 0:40``, or empty."""
    for task in state.open_tasks():
        if task.item == item:
            return due_words(task, now_ns, ahead="next in ")
    return ""


def due_words(task: TaskChanged, now_ns: int, ahead: str = "") -> str:
    """How an observation stands against its time."""
    if task.state is TaskState.LATE:
        return f"late {minutes_text(now_ns - task.due_ns)}"
    if task.state is TaskState.DUE or now_ns >= task.due_ns:
        return "due now"
    return f"{ahead}{minutes_text(task.due_ns - now_ns)}"
