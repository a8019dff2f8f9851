"""The patient's own baseline: collected from real readings, accepted by a named person, frozen.

Two blood pressures 1 to 2 min apart after rest; the baseline is their mean, because a single cuff
reading is a poor estimate (the spread of one oscillometric reading is several mmHg). Values that
are missing, implausible or repeated never enter it. The rest counts from the beginning of the
baseline phase, in which the patient is seated; where the protocol enforces it, pressures before its
end count only with a reason, and so do those too soon after a baseline that held the start.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from protocols.definition import ProtocolDefinition
from protocols.events import (
    BaselineFrozen,
    BaselineValue,
    FreezeBaseline,
    Output,
    Phase,
    PhaseChanged,
    Reading,
)
from protocols.gate import holding_vitals
from protocols.record_entries import is_correction
from protocols.visit import AVERAGED_NS, BpReading, Visit, refuse
from protocols.vitals import NS_PER_S, PRESSURES, VITALS, Quality, Vital

_STREAMED = (Vital.HR, Vital.PR, Vital.SPO2)
_TYPED = (
    Vital.RR,
    Vital.TEMP,
    Vital.MOAAS,
    Vital.DISTRESS,
    Vital.NAUSEA,
    Vital.PAIN,
    Vital.ANXIETY,
    Vital.DISSOCIATION,
)


def collect(visit: Visit, reading: Reading) -> None:
    """Keep what a baseline could be made of; nothing without a value is kept, nothing withdrawn."""
    if reading.quality is Quality.WITHDRAWN:
        _leave_out(visit, reading)
    if reading.value is None or visit.first_dose_ns is not None:
        return
    if not reading.quality.has_value or not VITALS[reading.vital].is_plausible(reading.value):
        return
    if reading.vital in PRESSURES:
        _collect_pressure(visit, reading)
    elif reading.vital in _STREAMED and not reading.spot:
        kept = visit.recent.setdefault(reading.vital, deque())
        kept.append((reading.measured_ns, reading.value))
        while kept and kept[0][0] < reading.measured_ns - AVERAGED_NS:
            kept.popleft()


def _leave_out(visit: Visit, withdrawn: Reading) -> None:
    """What was withdrawn makes no baseline; a pressure without its mean still does."""
    if withdrawn.vital in PRESSURES:
        place = (withdrawn.measured_ns, withdrawn.source)
        made = [p for p in visit.pressures if (p.measured_ns, p.source) == place]
        left = [p for p in visit.pressures if (p.measured_ns, p.source) != place]
        if withdrawn.vital is Vital.MAP:
            left += [replace(one, map_mmhg=None) for one in made]
        visit.pressures[:] = left
    elif withdrawn.vital in visit.recent and not withdrawn.manual:
        kept, at_ns = visit.recent[withdrawn.vital], withdrawn.measured_ns
        visit.recent[withdrawn.vital] = deque(one for one in kept if one[0] != at_ns)


def _known_then(visit: Visit, vital: Vital, reading: Reading) -> Reading | None:
    """What stands beside `reading`: the last of `vital`, or for a correction that of its time."""
    if not is_correction(reading):
        return visit.situation.latest(vital)
    known = visit.situation.determinations(vital)
    return next((one for one in known if one.measured_ns == reading.measured_ns), None)


def _collect_pressure(visit: Visit, reading: Reading) -> None:
    values = {
        vital: known.value
        for vital in PRESSURES
        if (known := _known_then(visit, vital, reading)) is not None
        and known.measured_ns == reading.measured_ns
        and known.source == reading.source
        and known.value is not None
        and VITALS[vital].is_plausible(known.value)
    }
    if Vital.SBP not in values or Vital.DBP not in values:
        return
    if values[Vital.SBP] <= values[Vital.DBP]:
        return
    made = BpReading(
        measured_ns=reading.measured_ns,
        source=reading.source,
        sbp_mmhg=values[Vital.SBP],
        dbp_mmhg=values[Vital.DBP],
        map_mmhg=values.get(Vital.MAP),
    )
    visit.pressures[:] = [p for p in visit.pressures if p.measured_ns != made.measured_ns]
    visit.pressures.append(made)


def note_phase(visit: Visit, change: PhaseChanged) -> None:
    """The rest counts from the first time that the baseline phase is entered."""
    if change.after is Phase.BASELINE and visit.rest_since_ns is None:
        visit.rest_since_ns = change.t_ns
    elif change.after is Phase.SETUP:
        visit.rest_since_ns = None


def counts_from_ns(
    definition: ProtocolDefinition, rest_since_ns: int | None, frozen: BaselineFrozen | None
) -> int:
    """From when pressures count: the end of the rest, or of the wait before a repeat; else 0.

    `rest_since_ns` is when the rest began, `frozen` the baseline in force.
    """
    holds = definition.holds
    from_ns = 0
    if holds.rest_enforced and rest_since_ns is not None:
        from_ns = rest_since_ns + definition.baseline.rest_s * NS_PER_S
    if frozen is not None and frozen.attempt:
        from_ns = max(from_ns, frozen.t_ns + holds.repeat_s[0] * NS_PER_S)
    return from_ns


def _from_ns(visit: Visit) -> int:
    return counts_from_ns(visit.definition, visit.rest_since_ns, visit.baseline)


def counted_pressures(visit: Visit, *, early: bool = False) -> tuple[BpReading, ...]:
    """The determinations that would make the baseline: the newest, spaced as the protocol asks.

    A baseline that is taken again counts only those since it was frozen before. With `early` also
    those before the rest, or the wait, was over.
    """
    rule = visit.definition.baseline
    spacing_ns = rule.bp_spacing_s[0] * NS_PER_S
    chosen: list[BpReading] = []
    frozen_ns = -1 if visit.baseline is None else visit.baseline.t_ns
    from_ns = 0 if early else _from_ns(visit)
    fresh = (p for p in visit.pressures if p.measured_ns > frozen_ns and p.measured_ns >= from_ns)
    for reading in sorted(fresh, key=lambda p: p.measured_ns, reverse=True):
        if not chosen or chosen[-1].measured_ns - reading.measured_ns >= spacing_ns:
            chosen.append(reading)
        if len(chosen) == rule.bp_readings:
            break
    return tuple(reversed(chosen))


def freeze_baseline(visit: Visit, command: FreezeBaseline) -> list[Output]:
    """Freeze the baseline, or say what it still lacks; taking it again needs a reason.

    Overrides of start limits were given for the values before and end with them.
    """
    refusal = _freeze_refusal(visit, command)
    if refusal is not None:
        return refuse(command, refusal)
    pressures = counted_pressures(visit, early=bool(command.rest_reason.strip()))
    values = (*_pressure_values(pressures), *_other_values(visit, command.t_ns))
    lacking = _lacking(visit, values)
    if lacking:
        return refuse(command, f"No present value of {', '.join(lacking)}: check the monitor.")
    tried = bool(visit.holds.tries) and bool(holding_vitals(visit, values))
    visit.start_tries += tried
    frozen = BaselineFrozen(
        t_ns=command.t_ns,
        by=command.by,
        values=values,
        low_confidence=len(pressures) < visit.definition.baseline.bp_readings,
        reason=command.reason,
        rest_reason=command.rest_reason,
        attempt=visit.start_tries if tried else 0,
    )
    visit.baseline = frozen
    visit.baseline_pressures_ns = tuple(one.measured_ns for one in pressures)
    visit.start_overrides.clear()
    return [frozen]


def _freeze_refusal(visit: Visit, command: FreezeBaseline) -> str | None:
    """Why the pressures do not make a baseline yet, or why none may be taken, in a sentence."""
    if visit.phase is not Phase.BASELINE:
        return "The baseline is frozen in the baseline phase."
    if visit.baseline is not None and not command.reason.strip():
        return "The baseline is frozen: taking it again needs a reason."
    tries = visit.holds.tries
    if tries and visit.start_tries >= tries and visit.baseline and visit.baseline.attempt:
        return (
            f"{tries} of {tries} tries are used: a prescriber passes the limits to start with name "
            "and reason, or the dose is not given today."
        )
    rule = visit.definition.baseline
    early = bool(command.rest_reason.strip())
    pressures = counted_pressures(visit, early=early)
    if len(pressures) < len(counted_pressures(visit, early=True)):
        left_s = -(-(_from_ns(visit) - command.t_ns) // NS_PER_S)
        when = f"ends in {left_s // 60}:{left_s % 60:02d} min" if left_s > 0 else "is over now"
        return (
            f"{len(pressures)} of {rule.bp_readings} blood pressures count: the others were taken "
            f"before the time to wait was over. It {when}: take them then, or give a reason."
        )
    if not pressures:
        return "No blood pressure yet: take one."
    if len(pressures) < rule.bp_readings and not command.reason.strip():
        return (
            f"{len(pressures)} of {rule.bp_readings} blood pressures at least "
            f"{rule.bp_spacing_s[0]} s apart: take another, or give a reason."
        )
    return None


def _lacking(visit: Visit, values: tuple[BaselineValue, ...]) -> list[str]:
    """Names of the vitals that the protocol asks for and `values` lack."""
    known = {value.vital for value in values}
    if Vital.PR in known:
        known.add(Vital.HR)
    required = visit.definition.baseline.required
    return [VITALS[vital].name for vital in required if vital not in known]


def _mean(values: list[float]) -> float:
    return round(sum(values) / len(values), 1)


def _pressure_values(pressures: tuple[BpReading, ...]) -> list[BaselineValue]:
    columns: dict[Vital, list[float]] = {
        Vital.SBP: [p.sbp_mmhg for p in pressures],
        Vital.DBP: [p.dbp_mmhg for p in pressures],
        Vital.MAP: [p.map_mmhg for p in pressures if p.map_mmhg is not None],
    }
    return [
        BaselineValue(vital=vital, value=_mean(values), readings=len(values))
        for vital, values in columns.items()
        if values
    ]


def _other_values(visit: Visit, t_ns: int) -> list[BaselineValue]:
    found: list[BaselineValue] = []
    for vital in _STREAMED:
        if visit.situation.fresh(vital, t_ns) is None:
            typed = visit.situation.judged(vital, t_ns)
            if typed is not None and typed.vital is vital and typed.value is not None:
                found.append(BaselineValue(vital=vital, value=typed.value, readings=1))
            continue
        kept = [v for at, v in visit.recent.get(vital, ()) if at >= t_ns - AVERAGED_NS]
        if kept:
            found.append(BaselineValue(vital=vital, value=_mean(kept), readings=len(kept)))
    for vital in _TYPED:
        typed = visit.situation.fresh(vital, t_ns)
        if typed is not None and typed.value is not None:
            found.append(BaselineValue(vital=vital, value=typed.value, readings=1))
    return found
