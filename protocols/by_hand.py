"""What a person measured and typed: what can be, when it was measured, what must be confirmed.

A value outside its plausible range is refused. One outside its usual range, or far from the reading
before, is asked about first and recorded when the same entry comes again as confirmed. What is
usual stands in the limits file; a file without it asks nothing.

A typed value of a vital that monitors stream (heart rate, pulse rate, SpO2) is a *spot* reading. It
is never taken for the stream, so it can neither make a dead sensor look alive nor end its technical
alarm. While no monitor gives the vital, it is judged in its place for the policy's validity of
typed values, and is unknown from then on. For all other vitals it is a determination as a monitor's
would be, counted by when it was measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from protocols.alarm_rules import Usual, limit_text
from protocols.events import (
    Command,
    EnterBp,
    EnterValue,
    EnterVitals,
    Output,
    Reading,
    TypedValue,
)
from protocols.visit import Visit, ask_again, refuse
from protocols.vitals import NS_PER_S, PRESSURES, SCORES, VITALS, Quality, Vital, VitalSpec

MAX_AGE_S = 3600.0
"""A value older than this when it is typed belongs into a note."""

TYPED = (*PRESSURES, Vital.PR, Vital.HR, Vital.SPO2, Vital.RR, Vital.TEMP, *SCORES)
"""Vitals that a person can measure or ask."""

CONFIRMED_NOTE = "unusual, confirmed"
"""Note of a reading that was asked about and confirmed."""

Entry = EnterValue | EnterBp | EnterVitals


class _Value(NamedTuple):
    vital: Vital
    value: float

    @property
    def spec(self) -> VitalSpec:
        return VITALS[self.vital]

    @property
    def text(self) -> str:
        return f"{self.spec.label} {limit_text(self.spec, self.value)}"


class _UnusableError(ValueError):
    """An entry that cannot be, with the sentence that says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Doubt:
    """Why one value must be confirmed, as a sentence."""

    value: _Value
    words: str


def enter_value(visit: Visit, command: EnterValue) -> list[Output]:
    """One typed value becomes a reading with a person as its source."""
    return _enter(visit, command, [_Value(command.vital, command.value)])


def enter_bp(visit: Visit, command: EnterBp) -> list[Output]:
    """A blood pressure taken by hand becomes readings with a person as their source."""
    values = [_Value(Vital.SBP, command.sbp_mmhg), _Value(Vital.DBP, command.dbp_mmhg)]
    return _enter(visit, command, values)


def enter_vitals(visit: Visit, command: EnterVitals) -> list[Output]:
    """Values measured together become readings of one time: all of them, or none is recorded."""
    return _enter(visit, command, [_Value(one.vital, one.value) for one in command.values])


def _enter(visit: Visit, command: Entry, values: Sequence[_Value]) -> list[Output]:
    try:
        _check_values(values)
        measured_ns = _measured_ns(visit, command)
    except _UnusableError as error:
        return refuse(command, str(error))
    doubts = [doubt for value in values if (doubt := _doubt(visit, value, measured_ns))]
    vitals = frozenset(value.vital for value in values)
    if doubts and not (command.confirmed and _bare(command) == visit.asked.get(vitals)):
        visit.asked[vitals] = _bare(command)
        question = " ".join(doubt.words for doubt in doubts)
        return ask_again(command, question)
    visit.asked.pop(vitals, None)
    doubted = {doubt.value.vital for doubt in doubts}
    return [
        Reading(
            t_ns=command.t_ns,
            vital=value.vital,
            value=float(value.value),
            quality=Quality.GOOD,
            source=command.by,
            measured_ns=measured_ns,
            manual=True,
            spot=value.spec.quiet_limit_s is not None,
            note=CONFIRMED_NOTE if value.vital in doubted else "",
        )
        for value in values
    ]


def _bare(command: Entry) -> Command:
    """`command` without when and by whom it was sent: a confirmation must be of the same entry."""
    return replace(command, t_ns=0, by="", confirmed=False)


def impossible(values: Iterable[TypedValue]) -> str:
    """Why values measured together cannot be, in a sentence; empty where they can."""
    try:
        _check_values([_Value(one.vital, one.value) for one in values])
    except _UnusableError as error:
        return str(error)
    return ""


def unusual(visit: Visit, one: TypedValue, before: float | None) -> str:
    """Why a value is asked about, in a sentence; `before` is the reading before it. Empty: usual.

    It is asked about when it is outside its usual range, or far from `before`.
    """
    usual, value = visit.limits.usual.get(one.vital), _Value(one.vital, one.value)
    reasons = [] if usual is None else list(_reasons(value, usual, before))
    return f"{value.text} is unusual: {'; '.join(reasons)}." if reasons else ""


# -- what can be ----------------------------------------------------------------------------------


def _check_values(values: Sequence[_Value]) -> None:
    """Raise the sentence for the first value that cannot be."""
    if not values:
        raise _UnusableError("Nothing was entered.")
    by_vital = {value.vital: value for value in values}
    if len(by_vital) != len(values):
        raise _UnusableError("A vital sign was entered twice.")
    for value in values:
        low, high = value.spec.plausible
        if value.vital not in TYPED:
            raise _UnusableError(f"{value.spec.name.capitalize()} is not entered by hand.")
        if not value.spec.is_plausible(value.value):
            raise _UnusableError(
                f"{value.text} cannot be: allowed is {low:g} to {high:g} {value.spec.unit_text}."
            )
        if value.vital in SCORES and value.value != int(value.value):
            raise _UnusableError(f"{value.text} cannot be: a score is a whole number.")
    _check_pressures({value.vital: value.value for value in values})


def _check_pressures(values: dict[Vital, float]) -> None:
    sbp, dbp, mean = (values.get(vital) for vital in PRESSURES)
    if sbp is None and dbp is None and mean is None:
        return
    if sbp is None or dbp is None:
        raise _UnusableError("A blood pressure needs systolic and diastolic.")
    if sbp <= dbp:
        raise _UnusableError(
            f"{sbp:g}/{dbp:g} mmHg cannot be: systolic is above diastolic. "
            "Are they swapped? Read again."
        )
    if mean is not None and not dbp < mean < sbp:
        raise _UnusableError(
            f"Mean pressure {mean:g} mmHg cannot be: it lies between {dbp:g} and {sbp:g}."
        )


# -- when it was measured -------------------------------------------------------------------------


def _measured_ns(visit: Visit, command: Entry) -> int:
    """When the values were measured; raises the sentence for a time that cannot be."""
    clock_text = command.clock if isinstance(command, EnterVitals) else ""
    if clock_text:
        return _clock_ns(visit, clock_text, command.t_ns)
    if not 0 <= command.age_s <= MAX_AGE_S:
        raise _UnusableError("A value more than an hour old: write a note.")
    measured_ns = command.t_ns - round(command.age_s * NS_PER_S)
    if measured_ns < 0:
        raise _UnusableError(
            f"{command.age_s / 60:.3g} min ago is before this session began: "
            "choose a later time, or write a note."
        )
    return measured_ns


def _clock_ns(visit: Visit, text: str, now_ns: int) -> int:
    """Session time of a typed time of day; it means its whole minute."""
    clock = visit.wall_clock
    meant = None if clock is None else clock.last_at(text, now_ns)
    if clock is None or meant is None:
        raise _UnusableError(f"{text} is no time of day: type it like 14:05.")
    shown = f"{meant:%H:%M}"
    measured_ns = clock.session_ns(meant, now_ns)
    if measured_ns > now_ns:
        raise _UnusableError(
            f"{shown} is in the future: it is {clock.local(now_ns):%H:%M}. Correct the time."
        )
    if now_ns - measured_ns > MAX_AGE_S * NS_PER_S:
        raise _UnusableError(f"{shown} is more than an hour ago: write a note.")
    if measured_ns <= -60 * NS_PER_S:
        raise _UnusableError(
            f"{shown} is before this session began at {clock.local(0):%H:%M}: "
            "choose a later time, or write a note."
        )
    return max(0, measured_ns)


# -- what must be confirmed -----------------------------------------------------------------------


def _doubt(visit: Visit, value: _Value, measured_ns: int) -> _Doubt | None:
    """Why `value` is asked about, or None when it is recorded at once."""
    usual = visit.limits.usual.get(value.vital)
    if usual is None:
        return None
    last = visit.situation.last_known(value.vital)
    before = None
    if last is not None and abs(measured_ns - last.measured_ns) <= MAX_AGE_S * NS_PER_S:
        before = last.value
    reasons = list(_reasons(value, usual, before))
    if not reasons:
        return None
    return _Doubt(value=value, words=f"{value.text} is unusual: {'; '.join(reasons)}.")


def _reasons(value: _Value, usual: Usual, before: float | None) -> Iterable[str]:
    low, high = usual.range
    outside = not low <= value.value <= high
    if outside:
        yield f"usual is {low:g} to {high:g}"
    if before is None:
        return
    shown = value.spec.format(before)
    step = abs(value.value - before)
    swapped = step > usual.change / 2 and _is_swapped(value, before, usual.change / 10)
    if step > usual.change or swapped:
        yield f"the reading before was {shown}"
    if swapped:
        yield "are two digits swapped?"
    elif outside and len(value.spec.format(value.value)) < len(shown):
        yield "is a digit missing?"


def _is_swapped(value: _Value, before: float, near: float) -> bool:
    """Whether two neighbouring digits, exchanged, give a number within `near` of `before`."""
    digits = value.spec.format(value.value).replace(".", "")
    scale = 10**value.spec.decimals
    for index, (one, other) in enumerate(pairwise(digits)):
        exchanged = digits[:index] + other + one + digits[index + 2 :]
        if one != other and abs(int(exchanged) / scale - before) <= near:
            return True
    return False
