"""The patient's own baseline: collected from real readings, accepted by a named person, frozen.

Two blood pressures 1 to 2 min apart after rest; the baseline is their mean, because a single cuff
reading is a poor estimate (the spread of one oscillometric reading is several mmHg). Values that
are missing, implausible or repeated never enter it.
"""

from __future__ import annotations

from collections import deque

from protocols.events import (
    BaselineFrozen,
    BaselineValue,
    FreezeBaseline,
    Output,
    Phase,
    Reading,
)
from protocols.visit import AVERAGED_NS, BpReading, Visit, refuse
from protocols.vitals import NS_PER_S, PRESSURES, VITALS, Vital

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
    """Keep what a baseline could be made of; nothing without a value is kept."""
    if reading.value is None or visit.delivery is not None:
        return
    if reading.vital in PRESSURES:
        _collect_pressure(visit, reading)
    elif reading.vital in _STREAMED and not reading.spot:
        kept = visit.recent.setdefault(reading.vital, deque())
        kept.append((reading.measured_ns, reading.value))
        while kept and kept[0][0] < reading.measured_ns - AVERAGED_NS:
            kept.popleft()


def _collect_pressure(visit: Visit, reading: Reading) -> None:
    values = {
        vital: known.value
        for vital in PRESSURES
        if (known := visit.situation.latest(vital)) is not None
        and known.measured_ns == reading.measured_ns
        and known.source == reading.source
        and known.value is not None
    }
    if Vital.SBP not in values or Vital.DBP not in values:
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


def counted_pressures(visit: Visit) -> tuple[BpReading, ...]:
    """The determinations that would make the baseline: the newest, spaced as the protocol asks.

    A baseline that is taken again counts only those since it was frozen before.
    """
    rule = visit.definition.baseline
    spacing_ns = rule.bp_spacing_s[0] * NS_PER_S
    chosen: list[BpReading] = []
    frozen_ns = -1 if visit.baseline is None else visit.baseline.t_ns
    fresh = (p for p in visit.pressures if p.measured_ns > frozen_ns)
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
    if visit.phase is not Phase.BASELINE:
        return refuse(command, "The baseline is frozen in the baseline phase.")
    if visit.baseline is not None and not command.reason.strip():
        return refuse(command, "The baseline is frozen: taking it again needs a reason.")
    rule = visit.definition.baseline
    pressures = counted_pressures(visit)
    if not pressures:
        return refuse(command, "No blood pressure yet: take one.")
    few = len(pressures) < rule.bp_readings
    if few and not command.reason.strip():
        return refuse(
            command,
            f"{len(pressures)} of {rule.bp_readings} blood pressures at least "
            f"{rule.bp_spacing_s[0]} s apart: take another, or give a reason.",
        )
    values = [*_pressure_values(pressures), *_other_values(visit, command.t_ns)]
    known = {value.vital for value in values}
    if Vital.PR in known:
        known.add(Vital.HR)
    lacking = [VITALS[vital].name for vital in rule.required if vital not in known]
    if lacking:
        return refuse(command, f"No present value of {', '.join(lacking)}: check the monitor.")
    frozen = BaselineFrozen(
        t_ns=command.t_ns,
        by=command.by,
        values=tuple(values),
        low_confidence=few,
        reason=command.reason,
    )
    visit.baseline = frozen
    visit.start_overrides.clear()
    return [frozen]


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
