"""The conditions of alarms about equipment and program, in words that they could be built from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from protocols.rule_kinds import RuleKind
from protocols.vitals import VITALS, Vital
from protocols.words import duration_text, joined

if TYPE_CHECKING:
    from protocols.alarm_rules import AlarmRule


def technical_condition(rule: AlarmRule) -> str:
    """What must be so, and for how long, for a technical rule."""
    text = _CONDITIONS[rule.kind](rule)
    return f"{text}, for {duration_text(rule.delay_s)}" if rule.delay_s else text


def technical_unknown(rule: AlarmRule) -> str:
    """What ends a technical rule, and what neither raises nor ends it."""
    return _ENDS[rule.kind](rule)


def _vital(rule: AlarmRule) -> str:
    if rule.vital is None:
        return ""
    return "heart rate or pulse rate" if rule.vital is Vital.HR else VITALS[rule.vital].name


def _own(rule: AlarmRule) -> str:
    return "" if rule.vital is None else VITALS[rule.vital].name


def _limit(rule: AlarmRule) -> float:
    return 0.0 if rule.limit is None else rule.limit.value


def _both(rule: AlarmRule, unit: str) -> str:
    by = 0.0 if rule.change is None else rule.change.value
    percent = 0.0 if rule.change_percent is None else rule.change_percent.value
    return f"{by:g} {unit} and {percent:g} %"


def _no_data(rule: AlarmRule) -> str:
    text = (
        f"No value of {_vital(rule)} from a monitor for {duration_text(_limit(rule))} since the "
        "last was measured or, if later, a monitor named its sensor off or faulty"
    )
    if rule.once_given:
        return f"{text}, where one has given a value in this session"
    return f"{text}; before the first of either, since the infusion began"


def _no_data_ends(rule: AlarmRule) -> str:
    if rule.once_given:
        return (
            "ends with the next value, or when the sensor is named off or faulty (then it counts "
            "from there); before the first value neither raised nor ended"
        )
    return (
        "ends with the next value, or when the sensor is named off or faulty (then it counts from "
        "there); before the infusion and the first of either neither raised nor ended"
    )


def _sensor(rule: AlarmRule) -> str:
    return f"The last word of a monitor on {_own(rule)} is that its sensor is off or faulty"


def _low_signal(rule: AlarmRule) -> str:
    value = f"The valid value of {_own(rule)} from a monitor"
    return f"{value} is of low confidence (weak signal, low perfusion)"


def _stale(rule: AlarmRule) -> str:
    return (
        f"A monitor gave {_own(rule)} in this session, and no value of it, measured or typed, is "
        "valid any longer (it is stale, or the monitor's last word has no value)"
    )


def _overdue(rule: AlarmRule) -> str:
    items = joined(rule.items, "or")
    if rule.limit is None:
        return (
            f"An observation {items} is not made by the end of its window after it was due, each "
            "judged by itself"
        )
    return (
        f"An observation {items} is not made {duration_text(_limit(rule))} after it was due, each "
        "judged by itself and counted from the oldest due time since the last was made"
    )


def _bp_overdue(rule: AlarmRule) -> str:
    counted = "counted from the last systolic value measured or, if later, the infusion's start"
    if rule.limit is None:
        return f"No blood pressure for as long as one is valid, {counted}"
    return (
        f"No blood pressure for {_limit(rule):g} intervals in force (where there is none, for "
        f"{_limit(rule):g}/f times as long as one is valid, f being the intervals for which it "
        f"is), {counted}"
    )


def _clock(rule: AlarmRule) -> str:
    return (
        f"The wall clock jumped by at least {_limit(rule):g} s, forward or back, against the "
        f"session's less than {duration_text(rule.holds_s)} ago"
    )


_CONDITIONS: dict[RuleKind, Callable[[AlarmRule], str]] = {
    RuleKind.NO_DATA: _no_data,
    RuleKind.SENSOR_OFF: _sensor,
    RuleKind.LOW_SIGNAL: _low_signal,
    RuleKind.STALE: _stale,
    RuleKind.DEVICE_LOST: lambda rule: (
        "The port of a monitor, each judged by itself, is not connected, after it was open in this "
        "session or once the infusion has begun"
    ),
    RuleKind.MONITOR_SILENT: lambda rule: (
        "A monitor, each judged by itself, is silent or sends what is not understood (link silent "
        "or wrong-device)"
    ),
    RuleKind.MONITOR_UNCONFIRMED: lambda rule: (
        "A monitor, each judged by itself, speaks and waits to be confirmed as this patient's, so "
        "that its numbers do not count (link unconfirmed)"
    ),
    RuleKind.OBSERVATION_OVERDUE: _overdue,
    RuleKind.BP_OVERDUE: _bp_overdue,
    RuleKind.BP_FAILED: lambda rule: (
        "The blood pressure that ended last has failed, with the monitor's words (cuff leak, "
        "movement, no pulse)"
    ),
    RuleKind.PULSE_DISAGREES: lambda rule: (
        "The pulse that came with the last blood pressure of a monitor, while that is valid, and "
        "the oximeter's that was valid when it came, or else the first good one beside it, differ "
        f"by at least {_both(rule, '/min')} of it, both good signals"
    ),
    RuleKind.PUMP_VOLUME: lambda rule: (
        "The volumes that pump and timer count in step differ by more than "
        f"{_both(rule, 'mL')} of the timer's"
    ),
    RuleKind.PUMP_RATE: lambda rule: (
        "The rate of the running pump differs from the one ordered now by more than "
        f"{_both(rule, 'mL/h')} of it, while the timer runs"
    ),
    RuleKind.PUMP_STANDS: lambda rule: "The pump says that it stands still while the timer runs",
    RuleKind.PUMP_RUNS: lambda rule: (
        "The pump says that it runs while the timer stands before the whole dose is given"
    ),
    RuleKind.PUMP_ALARM: lambda rule: "The pump says that it has an alarm",
    RuleKind.CLOCK_JUMPED: _clock,
    RuleKind.SERVICE: lambda rule: f"The last word on the {rule.service} is that it does not work",
    RuleKind.SOUND_UNPROVEN: lambda rule: (
        "At the last check nobody heard the alarm sounds, or the sound output changed since"
    ),
}

_EASED = (
    "; while in force both are eased to four fifths; a flush ends it, a report that is absent or "
    "stale neither raises nor ends it"
)
_PUMP_UNKNOWN = "a report that is absent or stale neither raises nor ends it"

_ENDS: dict[RuleKind, Callable[[AlarmRule], str]] = {
    RuleKind.NO_DATA: _no_data_ends,
    RuleKind.SENSOR_OFF: lambda rule: (
        "ends with a value; another word without a value neither raises nor ends it"
    ),
    RuleKind.LOW_SIGNAL: lambda rule: (
        "ends with a value of full confidence; an absent or stale value neither raises nor ends it"
        + (f", nor stops the {duration_text(rule.delay_s)}" if rule.delay_s else "")
    ),
    RuleKind.STALE: lambda rule: (
        "ends with the next valid value; before a monitor's first value neither raised nor ended"
    ),
    RuleKind.DEVICE_LOST: lambda rule: (
        "ends when its link is ready, live, probe-off, unconfirmed, silent or wrong-device; while "
        "it is opened and waits for a first word neither raised nor ended"
    ),
    RuleKind.MONITOR_SILENT: lambda rule: (
        "ends when its link is ready, live, probe-off, unconfirmed or not connected; while it is "
        "opened and waits for a first word neither raised nor ended"
    ),
    RuleKind.MONITOR_UNCONFIRMED: lambda rule: (
        "ends when its link is ready, live or probe-off; every other state neither raises nor "
        "ends it"
    ),
    RuleKind.OBSERVATION_OVERDUE: lambda rule: (
        "ends when it is made, is skipped with a reason, or the phase of its schedule ends, never "
        "because it counts as missed; before it was ever due neither raised nor ended"
    ),
    RuleKind.BP_OVERDUE: lambda rule: (
        "ends with a systolic value measured later; before the infusion neither raised nor ended"
    ),
    RuleKind.BP_FAILED: lambda rule: (
        "ends with one that succeeds, or with a systolic value measured later than all others; one "
        "under way or aborted leaves it as it is, none yet neither raises nor ends it"
    ),
    RuleKind.PULSE_DISAGREES: lambda rule: (
        "ends with a pair that agrees better; no valid pair neither raises nor ends it"
    ),
    RuleKind.PUMP_VOLUME: lambda rule: (
        "ends when they do not differ by that"
        + _EASED
        + f", nor do volumes below {0 if rule.change is None else rule.change.value:g} mL"
    ),
    RuleKind.PUMP_RATE: lambda rule: (
        "ends when it does not differ by that; while in force both are eased to four fifths; a "
        "pump that stands, a timer that stands and a report that is absent or stale neither raise "
        "nor end it"
    ),
    RuleKind.PUMP_STANDS: lambda rule: f"ends when it runs or the timer stands; {_PUMP_UNKNOWN}",
    RuleKind.PUMP_RUNS: lambda rule: (
        f"ends when it stands, the timer runs, the dose is given or the line is flushed; "
        f"{_PUMP_UNKNOWN}"
    ),
    RuleKind.PUMP_ALARM: lambda rule: (
        f"ends with a report of running, volume or rate without an alarm; {_PUMP_UNKNOWN}"
    ),
    RuleKind.CLOCK_JUMPED: lambda rule: "ends by itself when that time has passed",
    RuleKind.SERVICE: lambda rule: (
        "ends with the word that it works; before the first word neither raised nor ended"
    ),
    RuleKind.SOUND_UNPROVEN: lambda rule: (
        "ends when somebody says that they were heard; before the first check neither raised nor "
        "ended"
    ),
}
