"""How scales read on a screen: what was found, what is due, what readings say of an item."""

from __future__ import annotations

from dataclasses import dataclass

from app.bedside.times import time_of_day
from app.state import ViewState
from protocols.assessments import baseline_with_stand_ins, is_wanted
from protocols.definition import STAND_INS
from protocols.events import Phase, Reading, ScaleRecorded
from protocols.scales import Measured, Moment, Scale, ScaleDue, ScaleItem, measure
from protocols.vitals import NS_PER_S, Vital

_BEFORE = (Phase.SETUP, Phase.GATE, Phase.BASELINE)

_LATER = {
    Moment.BEFORE: "before the drug begins",
    Moment.INFUSION_END: "at the end of the infusion",
    Moment.LEAVING: "before leaving",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleStanding:
    """How one scale stands.

    Attributes:
        words: what was found last, and what is due, for people.
        due: whether it should be filled in now.
        required: whether what is due holds the visit.
        flagged: whether it has a flag that nobody answered.
    """

    words: str
    due: bool
    required: bool
    flagged: bool


def result_words(scale: Scale | None, recorded: ScaleRecorded) -> str:
    """What was found: ``7 of 27: mild``, a named result, or why there is none."""
    if recorded.total is None and not recorded.band:
        return f"no total: {recorded.skipped or 'an item is missing'}"
    of = "" if scale is None else f" of {scale.high}"
    total = "" if recorded.total is None else f"{recorded.total}{of}"
    return ": ".join(part for part in (total, recorded.band) if part)


def scale_standing(state: ViewState, scale: Scale, now_ns: int) -> ScaleStanding:
    """How `scale` stands at `now_ns`."""
    last = state.scales.last(scale.id)
    dues = () if state.definition is None else state.definition.scales_due
    own = [due for due in dues if due.scale == scale.id]
    present = [due for due in own if _is_present(due, state, now_ns)]
    required = any(due.required for due in present)
    parts = []
    if last is not None:
        found = result_words(scale, last)
        parts.append(f"{found} ({time_of_day(state, last.t_ns)}, {last.by})")
    if present:
        parts.append("due now, required" if required else "due now, may be left out")
    elif last is None:
        later = [_later_words(due) for due in own if not due.only_if_flagged]
        if _is_criterion(state, scale):
            later.append(_LATER[Moment.LEAVING])
        parts.append("due " + " and ".join(later) if later else "when it is wanted")
    flagged = any(known == scale.id for known, _ in state.scales.flags)
    return ScaleStanding(
        words="; ".join(parts), due=bool(present), required=required, flagged=flagged
    )


def scales_waiting(state: ViewState, now_ns: int) -> list[str]:
    """Names of the scales that are due, required and not filled in."""
    scales = () if state.definition is None else state.definition.scales
    standings = [(scale.name, scale_standing(state, scale, now_ns)) for scale in scales]
    return [name for name, standing in standings if standing.due and standing.required]


def _is_present(due: ScaleDue, state: ViewState, now_ns: int) -> bool:
    ended_ns = state.infusion_ended_ns
    if due.moment is Moment.BEFORE:
        if state.phase not in _BEFORE:
            return False
    elif (
        state.phase is not Phase.RECOVERY
        or ended_ns is None
        or now_ns < ended_ns + due.after_s * NS_PER_S
    ):
        return False
    return is_wanted(due, state.scales.recorded, ended_ns)


def _is_criterion(state: ViewState, scale: Scale) -> bool:
    criteria = () if state.definition is None else state.definition.discharge
    return any(criterion.scale == scale.id for criterion in criteria)


def _later_words(due: ScaleDue) -> str:
    if due.moment is Moment.RECOVERY:
        return f"{due.after_s // 60} min after the end"
    return _LATER[due.moment]


def measured_now(item: ScaleItem, state: ViewState, now_ns: int) -> Measured | None:
    """What the readings on the screen say of `item`; None for an item that a person answers.

    The rules score it again from their own record when the scale is recorded.
    """
    if item.measure is None:
        return None
    readings: dict[Vital, float] = {}
    for vital in item.measure.vitals:
        value = _present_value(state, vital, now_ns)
        if value is not None:
            readings[vital] = value
    return measure(item.measure, readings, baseline_with_stand_ins(state.baseline))


def _present_value(state: ViewState, vital: Vital, now_ns: int) -> float | None:
    if state.definition is None:
        return None
    oldest_ns = now_ns - state.definition.recovery.reading_max_age_s * NS_PER_S
    pressure = state.blood_pressure
    if vital in (Vital.SBP, Vital.DBP):
        if pressure is None or pressure.measured_ns < oldest_ns:
            return None
        return pressure.sbp_mmhg if vital is Vital.SBP else pressure.dbp_mmhg
    known: list[Reading | None] = [state.readings.get(vital)]
    known += [state.readings.get(STAND_INS[vital])] if vital in STAND_INS else []
    known.append(state.typed_value(vital))
    for reading in known:
        if reading is not None and reading.value is not None and reading.measured_ns >= oldest_ns:
            return reading.value
    return None
