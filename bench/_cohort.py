"""Simulated sessions as a forecast sees them: readings, doses and limits; and what came after.

Nothing of a body's secret state leaves this module: only whole numbers as monitors show them. A
session is a function of its seed. The nurse keeps the protocol's schedule a little late, rechecks
what is beyond a limit, and in some sessions pauses or slows the pump.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from math import floor

import numpy as np
import numpy.typing as npt

from app.places import read_limits, read_protocol
from devices.simulation.patient import SimulatedPatient
from devices.simulation.pulse import Wander
from devices.simulation.scripts import PATIENTS, FixedBody, PatientScript, Preset
from protocols.definition import ProtocolDefinition, parse_protocol
from protocols.dosing.pharmacokinetics import NS_PER_MIN, RateSegment
from protocols.dosing.predicted import beyond_line
from protocols.events.terms import Phase
from protocols.forecast.forecast import Facts, HeartMinute, Limits, Pressure
from protocols.forecast.model import FORECAST_VITALS
from protocols.forecast.planned import Leg, NextTask, planned_ns
from protocols.forecast.warning_limits import WarningLimit, warning_limits
from protocols.limits import LimitsProfile, parse_limits
from protocols.vitals import NS_PER_S, Vital

MIX = {"mild": 0.25, "typical": 0.40, "strong": 0.25, "hypertensive": 0.07, "normotensive": 0.03}
"""Patients of the cohort and their shares: all without a scripted story of their own."""

START_MIN = 20
BASELINE_MIN = (9, 15)
HEART_FROM_MIN = 5
AFTER_MIN = 60
EVERY_MIN = 2
HORIZON_MIN = 10
AGE_YEARS = 42
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of session: protocol, patients, and what the forecaster is not told.

    Attributes:
        line_ml: what the forecaster believes lies in the line; the body has none.
        changed: what the drug does to a body is multiplied with this.
    """

    name: str
    protocol: str = "iv-0.5-40"
    dose_mg_per_kg: float = 0.5
    minutes: float = 40
    mix: Mapping[str, float] = field(default_factory=lambda: MIX)
    line_ml: float = 0.0
    changed: float = 1.0
    touched: float = 0.2


REFERENCE = Kind(name="the cohort's own kind")


@dataclass(kw_only=True)
class Session:
    """One simulated session.

    Attributes:
        pressures: determinations in order of time.
        heart: the pulse rate of each second from `HEART_FROM_MIN` on, whole numbers.
        due_ns: for each determination after the baseline when it was due, and its task's interval.
    """

    seed: int
    kind: Kind
    patient: str
    weight_kg: float
    segments: tuple[RateSegment, ...]
    ends_ns: int
    pressures: list[Pressure] = field(default_factory=list)
    tasks: list[tuple[int, NextTask]] = field(default_factory=list)
    heart: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    minutes: tuple[HeartMinute, ...] = ()
    limits: Mapping[Vital, Limits] = field(default_factory=dict)

    def moments_ns(self) -> Iterator[int]:
        """When a forecast is asked for: each `EVERY_MIN` from the start of the drug."""
        last = self.ends_ns + (AFTER_MIN - HORIZON_MIN - 5) * NS_PER_MIN
        first = (START_MIN + EVERY_MIN) * NS_PER_MIN
        yield from range(first, last, EVERY_MIN * NS_PER_MIN)

    def heart_at(self, t_ns: int) -> int:
        return int(self.heart[t_ns // NS_PER_S - HEART_FROM_MIN * 60])

    def facts(self, now_ns: int) -> Facts:
        """What is known at `now_ns`."""
        known = tuple(one for one in self.pressures if one.t_ns <= now_ns)
        running = now_ns < self.ends_ns
        segments = self.segments
        if self.kind.line_ml:
            segments = tuple(beyond_line(list(segments), self.kind.line_ml))
        return Facts(
            now_ns=now_ns,
            protocol="iv-0.5-40",
            phase=Phase.INFUSING if running else Phase.RECOVERY,
            age_years=AGE_YEARS,
            weight_kg=self.weight_kg,
            segments=segments,
            lumps=(),
            doubtful=False,
            pressures=known,
            heart=tuple(one for one in self.minutes if one.end_ns <= now_ns),
            heart_bpm=float(self.heart_at(now_ns)),
            limits=self.limits,
            planned_ns=self._planned(now_ns),
        )

    def _planned(self, now_ns: int) -> tuple[int, ...]:
        task = next((task for done_ns, task in self.tasks if done_ns > now_ns), None)
        return planned_ns(
            definition(self.kind.protocol).schedule,
            "bp",
            legs(self.ends_ns),
            task,
            now_ns,
            now_ns + HORIZON_MIN * NS_PER_MIN,
        )

    def crossed(self, vital: Vital, limit: WarningLimit, now_ns: int) -> bool:
        """Whether a reading of the ten minutes after `now_ns` met `limit`."""
        until_ns = now_ns + HORIZON_MIN * NS_PER_MIN
        if vital is not Vital.HR:
            later = (one for one in self.pressures if now_ns < one.t_ns <= until_ns)
            return any(limit.is_met(one.value(vital)) for one in later)
        start = now_ns // NS_PER_S - HEART_FROM_MIN * 60 + 1
        return _lasting(self.heart[start : start + HORIZON_MIN * 60], limit)

    def first_crossing_ns(self, vital: Vital, limit: WarningLimit) -> int | None:
        """When after the start of the drug a reading first met `limit`."""
        if vital is not Vital.HR:
            for one in self.pressures:
                if one.t_ns > START_MIN * NS_PER_MIN and limit.is_met(one.value(vital)):
                    return one.t_ns
            return None
        start = (START_MIN - HEART_FROM_MIN) * 60
        met = _lasting_from(self.heart[start:], limit)
        return None if met is None else (START_MIN * 60 + met) * NS_PER_S


def _lasting_from(values: npt.NDArray[np.int64], limit: WarningLimit) -> int | None:
    beyond = values >= limit.edge if limit.upward else values <= limit.edge
    need = round(limit.delay_s) + 1
    if len(beyond) < need:
        return None
    counts = np.convolve(beyond.astype(np.int64), np.ones(need, dtype=np.int64), mode="valid")
    found = np.flatnonzero(counts == need)
    return int(found[0]) + need - 1 if len(found) else None


def _lasting(values: npt.NDArray[np.int64], limit: WarningLimit) -> bool:
    return _lasting_from(values, limit) is not None


@cache
def definition(protocol: str) -> ProtocolDefinition:
    return parse_protocol(*read_protocol(protocol))


@cache
def profile(protocol: str) -> LimitsProfile:
    return parse_limits(*read_limits(definition(protocol).limits_profile))


def legs(ends_ns: int) -> tuple[Leg, ...]:
    return (
        Leg(phase=Phase.INFUSING, anchor_ns=START_MIN * NS_PER_MIN, until_ns=ends_ns),
        Leg(phase=Phase.RECOVERY, anchor_ns=ends_ns, until_ns=None),
    )


def make_session(seed: int, kind: Kind = REFERENCE) -> Session:
    """The session of `seed`."""
    rng = random.Random(f"session {seed}")
    (name,) = rng.choices(list(kind.mix), weights=list(kind.mix.values()))
    weight = min(120.0, max(50.0, rng.gauss(78, 14)))
    body = SimulatedPatient(_script(name, kind.changed), seed=seed, weight_kg=weight)
    segments, ends_ns = _given(rng, kind, weight)
    for one in segments:
        body.set_rate(one.start_ns, one.rate_mg_per_min)
    session = Session(
        seed=seed, kind=kind, patient=name, weight_kg=weight, segments=segments, ends_ns=ends_ns
    )
    _take_pulse(session, body)
    _take_pressures(session, body, rng)
    return session


def make_sessions(seeds: Sequence[int], kind: Kind = REFERENCE) -> list[Session]:
    return [make_session(seed, kind) for seed in seeds]


@cache
def _script(name: str, changed: float) -> PatientScript:
    script = PATIENTS[name]
    if changed == 1.0:
        return script
    preset = Preset(
        sbp_mmhg=(changed * script.preset.sbp_mmhg[0], script.preset.sbp_mmhg[1]),
        dbp_mmhg=(changed * script.preset.dbp_mmhg[0], script.preset.dbp_mmhg[1]),
        hr_bpm=(changed * script.preset.hr_bpm[0], script.preset.hr_bpm[1]),
    )
    body: FixedBody | None = script.body
    if body is not None:
        body = replace(
            body,
            sbp_change_mmhg=changed * body.sbp_change_mmhg,
            dbp_change_mmhg=changed * body.dbp_change_mmhg,
            hr_change_bpm=changed * body.hr_change_bpm,
        )
    return replace(script, preset=preset, body=body)


def _given(rng: random.Random, kind: Kind, weight_kg: float) -> tuple[tuple[RateSegment, ...], int]:
    """What the pump gave, and when the whole dose was in."""
    rate = kind.dose_mg_per_kg * weight_kg / kind.minutes
    touched = rng.random() < kind.touched
    at_min, lasts_min = rng.uniform(5, 0.8 * kind.minutes), rng.uniform(3, 10)
    share = rng.choice((0.0, 0.5))
    at_min, lasts_min = round(at_min * 60) / 60, round(lasts_min * 60) / 60
    changes = [(0.0, 1.0)]
    end_min = kind.minutes
    if touched:
        lasts_min = min(lasts_min, kind.minutes - at_min)
        changes += [(at_min, share), (at_min + lasts_min, 1.0)]
        end_min += lasts_min * (1 - share)
    changes.append((end_min, 0.0))
    segments = tuple(
        RateSegment(
            start_ns=START_MIN * NS_PER_MIN + round(at * 60) * NS_PER_S, rate_mg_per_min=part * rate
        )
        for at, part in changes
    )
    return segments, segments[-1].start_ns


def _take_pulse(session: Session, body: SimulatedPatient) -> None:
    """The pulse of each second: the level at knots 10 s apart, with the wanderings exact."""
    end_s = session.ends_ns // NS_PER_S + AFTER_MIN * 60
    first_s = HEART_FROM_MIN * 60
    knots = np.arange(first_s, end_s + 10, 10)
    level = [body.circulation(int(s) * NS_PER_S).hr_bpm for s in knots]
    seconds = np.arange(first_s, end_s)
    values = np.interp(seconds, knots, level)
    values += _wandering(body._noise_hr, seconds) + _wandering(body._sway_hr, seconds)
    session.heart = np.floor(np.clip(values, 25, 240) + 0.5).astype(np.int64)
    whole = len(session.heart) // 60
    means = session.heart[: 60 * whole].reshape(whole, 60).mean(axis=1)
    session.minutes = tuple(
        HeartMinute(end_ns=(first_s + 60 * (n + 1)) * NS_PER_S, mean_bpm=float(mean))
        for n, mean in enumerate(means)
    )


def _wandering(wander: Wander, seconds: npt.NDArray[np.int64]) -> Floats:
    turns = np.array([turn for turn, _ in wander._waves])
    phases = np.array([phase for _, phase in wander._waves])
    times = seconds.astype(np.float64) * NS_PER_S
    found: Floats = wander._amplitude * np.sin(np.outer(times, turns) + phases).sum(axis=1)
    return found


def _take_pressures(session: Session, body: SimulatedPatient, rng: random.Random) -> None:
    for minute in BASELINE_MIN:
        session.pressures.append(_determined(body, minute * NS_PER_MIN))
    session.limits = _limits(session)
    schedule = definition(session.kind.protocol).schedule
    recheck = definition(session.kind.protocol).recheck_rule("bp")
    assert recheck is not None
    last_ns = session.ends_ns + (AFTER_MIN - 3) * NS_PER_MIN
    at_ns, tight, calm = START_MIN * NS_PER_MIN, 0, 0
    while True:
        if tight:
            due_ns = at_ns + tight * NS_PER_S
        else:
            first = NextTask(due_ns=at_ns)
            later = planned_ns(schedule, "bp", legs(session.ends_ns), first, at_ns + 1, last_ns)
            slots = [slot for slot in later if slot > at_ns + 2]
            due_ns = slots[0] if slots else last_ns + 1
        if due_ns > last_ns:
            return
        late_s = rng.uniform(20, 45) if rng.random() < 0.85 else rng.uniform(60, 120)
        done_ns = due_ns + round(late_s) * NS_PER_S
        session.tasks.append((done_ns, NextTask(due_ns=due_ns, every_ns=tight * NS_PER_S)))
        found = _determined(body, done_ns)
        session.pressures.append(found)
        beyond = any(
            limit.is_met(found.value(vital))
            for vital in (Vital.SBP, Vital.DBP)
            for limit in session.limits[vital].both
        )
        if beyond:
            tight, calm = recheck.every_s, 0
        elif tight:
            calm += 1
            tight = recheck.then_every_s if calm >= recheck.in_range else tight
        at_ns = due_ns


def _determined(body: SimulatedPatient, t_ns: int) -> Pressure:
    sbp, dbp, _ = body.blood_pressure_mmhg(t_ns)
    return Pressure(t_ns=t_ns, sbp_mmhg=floor(sbp + 0.5), dbp_mmhg=floor(dbp + 0.5))


def _limits(session: Session) -> Mapping[Vital, Limits]:
    """The limits in force once the baseline is frozen: the mean of its readings."""
    first = (START_MIN - 1 - HEART_FROM_MIN) * 60
    baseline = {
        Vital.SBP: sum(one.sbp_mmhg for one in session.pressures) / len(session.pressures),
        Vital.DBP: sum(one.dbp_mmhg for one in session.pressures) / len(session.pressures),
        Vital.HR: float(session.heart[first]),
    }
    found = {}
    for vital in FORECAST_VITALS:
        high, low = warning_limits(profile(session.kind.protocol), vital, Phase.INFUSING, baseline)
        found[vital] = Limits(high=high, low=low)
    return found
