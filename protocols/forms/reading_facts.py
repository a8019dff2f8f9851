"""Facts of readings: before the dose, at a minute after it, before the end; and how they stood."""

from __future__ import annotations

from protocols.definition import STAND_INS
from protocols.forms.names import PRESSURE
from protocols.forms.record import Point, Pressure, SessionRecord
from protocols.forms.said import NS_PER_MIN, Answer, Fact, Lack, minute_of
from protocols.vitals import VITALS, Vital

BEFORE_WINDOW_MIN = 60
"""The reading before the dose is the last within so many minutes of it [design]."""

END_WINDOW_MIN = 30
"""The reading before the end is the last within so many minutes of it [design]."""

SCORES_FOR_NO = 3
"""So many observations after the dose must agree before a score may say no [design]."""

_PRESSURES = {Vital.SBP: "sbp_mmhg", Vital.DBP: "dbp_mmhg", Vital.MAP: "map_mmhg"}


def reading(record: SessionRecord, pattern: str, parts: tuple[str, ...], window_min: int) -> Answer:
    """The reading of ``vital.<vital>.before``, ``.at_<n>_min`` or ``.before_end``."""
    first_ns = record.first_dose_ns
    if first_ns is None:
        return Lack(why="no dose was given")
    label = _label(parts[0])
    if pattern.endswith(".before"):
        low_ns = first_ns - BEFORE_WINDOW_MIN * NS_PER_MIN
        last = _nearest(record, parts[0], low_ns, first_ns, first_ns)
        return last or Lack(why=f"no {label} in the {BEFORE_WINDOW_MIN} min before the dose")
    if pattern.endswith(".before_end"):
        end_ns = record.ended_ns
        if end_ns is None:
            return Lack(why="not discharged yet")
        low_ns = max(first_ns + 1, end_ns - END_WINDOW_MIN * NS_PER_MIN)
        last = _nearest(record, parts[0], low_ns, end_ns, end_ns)
        return last or Lack(why=f"no {label} in the last {END_WINDOW_MIN} min before the end")
    minute = int(parts[1])
    wanted_ns, window_ns = first_ns + minute * NS_PER_MIN, window_min * NS_PER_MIN
    low_ns = max(first_ns, wanted_ns - window_ns)
    found = _nearest(record, parts[0], low_ns, wanted_ns + window_ns, wanted_ns)
    why = f"no {label} from {minute - window_min} to {minute + window_min} min after the dose"
    return found or Lack(why=why)


def _label(name: str) -> str:
    return "blood pressure" if name == PRESSURE else VITALS[Vital(name)].label


def _nearest(
    record: SessionRecord, name: str, low_ns: int, high_ns: int, wanted_ns: int
) -> Fact | None:
    """The reading nearest to `wanted_ns`, the earlier of two as near; both bounds included."""
    if name == PRESSURE or Vital(name) in _PRESSURES:
        whole = [one for one in record.pressures if low_ns <= one.measured_ns <= high_ns]
        if name == Vital.MAP:
            whole = [one for one in whole if one.map_mmhg is not None]
        if not whole:
            return None
        one = min(whole, key=lambda p: (abs(p.measured_ns - wanted_ns), p.measured_ns))
        return _measured(record, _pressure_text(name, one), one)
    vital = Vital(name)
    for asked in (vital, STAND_INS.get(vital, vital)):
        points = record.points.get(asked)
        near = [] if points is None else points.between(low_ns, high_ns)
        if near:
            point = min(near, key=lambda p: (abs(p.measured_ns - wanted_ns), p.measured_ns))
            aside = "" if asked is vital else f"{VITALS[asked].label}, "
            return _measured(record, VITALS[asked].format(point.value), point, aside)
    return None


def _pressure_text(name: str, one: Pressure) -> str:
    if name == PRESSURE:
        return f"{one.sbp_mmhg:.0f}/{one.dbp_mmhg:.0f}"
    return VITALS[Vital(name)].format(getattr(one, _PRESSURES[Vital(name)]))


def _measured(record: SessionRecord, value: str, one: Pressure | Point, aside: str = "") -> Fact:
    first_ns = record.first_dose_ns or 0
    away = round((one.measured_ns - first_ns) / NS_PER_MIN)
    side = f"{away} min after the dose" if away > 0 else f"{-away} min before the dose"
    if away == 0:
        side = "just before the dose" if one.measured_ns < first_ns else "just after the dose"
    how = "typed by" if one.manual else "monitor"
    source = f", {how} {one.source}" if one.source else ""
    corrected = f"; {one.corrected}" if one.corrected else ""
    evidence = f"{aside}{minute_of(record, one.measured_ns)}, {side}{source}{corrected}"
    return Fact(value=value, evidence=evidence, t_ns=one.measured_ns)


def score(record: SessionRecord, parts: tuple[str, ...]) -> Answer:
    """Whether a score was above or below a bound at any time after the dose.

    Yes as soon as one observation says so; no only when at least `SCORES_FOR_NO` say so and none
    the contrary.
    """
    vital, side, bound = Vital(parts[0]), parts[1], int(parts[2])
    label = VITALS[vital].label
    first_ns = record.first_dose_ns
    points = record.points.get(vital)
    if first_ns is None:
        return Lack(why="no dose was given")
    last_ns = record.ended_ns
    after = [
        point
        for point in ([] if points is None else points.between(first_ns, 2**62))
        if last_ns is None or point.measured_ns <= last_ns
    ]
    beyond = [p for p in after if (p.value > bound if side == "above" else p.value < bound)]
    if beyond:
        worst = max(beyond, key=lambda p: abs(p.value - bound))
        at = minute_of(record, worst.measured_ns)
        corrected = f"; {worst.corrected}" if worst.corrected else ""
        evidence = f"{label} {VITALS[vital].format(worst.value)} at {at}{corrected}"
        return Fact(value="yes", evidence=evidence, t_ns=worst.measured_ns)
    if len(after) < SCORES_FOR_NO:
        count = f"{len(after)} observation{'' if len(after) == 1 else 's'}"
        return Lack(why=f"{count} of {label} after the dose; {SCORES_FOR_NO} are needed for a no")
    if last_ns is None:
        return Lack(why="not discharged yet")
    span = f"{minute_of(record, after[0].measured_ns)} to {minute_of(record, last_ns)}"
    evidence = f"{label} never {side} {bound}: {len(after)} observations, {span}"
    return Fact(value="no", evidence=evidence, t_ns=after[-1].measured_ns)


def acceptable_before(record: SessionRecord) -> Answer:
    """Yes where the frozen baseline lies within the protocol's limits for the start.

    Outside them the prescriber decided, and what the form is to say is for a person.
    """
    if record.baseline is None or record.definition is None:
        return Lack(why="no baseline was frozen")
    values = {one.vital: one.value for one in record.baseline.values}
    judged: list[str] = []
    for limit in record.definition.start_limits:
        stand_in = STAND_INS.get(limit.vital, limit.vital)
        value = values.get(limit.vital, values.get(stand_in))
        spec = VITALS[limit.vital]
        if value is None:
            continue
        judged.append(f"{spec.label} {spec.format(value)}")
        if limit.judge(value) is not None:
            low, high = limit.go
            text = f"{spec.label} {spec.format(value)} was outside {low} to {high}"
            return Lack(why=f"{text}: a person must say")
    pressures = {Vital.SBP, Vital.DBP}
    if not pressures <= values.keys():
        return Lack(why="the baseline has no blood pressure")
    at = minute_of(record, record.baseline.t_ns)
    evidence = f"baseline {at} within the start limits: {', '.join(judged)}"
    return Fact(value="yes", evidence=evidence, t_ns=record.baseline.t_ns)


def acceptable_before_end(record: SessionRecord) -> Answer:
    """Whether every discharge criterion that readings judge was met at the end."""
    end_ns = record.ended_ns
    if end_ns is None:
        return Lack(why="not discharged yet")
    if record.definition is None:
        return Lack(why="the protocol in force cannot be read")
    judged = [one for one in record.definition.discharge if one.tests]
    if not judged:
        return Lack(why="the protocol judges no reading at discharge")
    for criterion in judged:
        change = record.discharge.get(criterion.id)
        if change is None or change.met is None:
            return Lack(why=f"open at discharge: {criterion.label}")
        if not change.met:
            evidence = f"not met at discharge: {criterion.label} ({change.detail})"
            return Fact(value="no", evidence=evidence, t_ns=change.t_ns)
    evidence = f"{len(judged)} discharge criteria on readings met at {minute_of(record, end_ns)}"
    return Fact(value="yes", evidence=evidence, t_ns=end_ns)
