"""How a whole population of simulated patients answers the reference infusion.

That is 0.5 mg/kg over 40 minutes; cuff readings before it and at `CUFF_MIN` minutes of it.
The figures are those that papers print, so that the simulator can be held against them: Yale 2024
for the strong population (mean change at 40 minutes +16.0/+11.0 mmHg).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

from devices.simulation.patient import SimulatedPatient
from protocols.dosing.pharmacokinetics import NS_PER_MIN
from protocols.vitals import Vital

CUFF_MIN = (10, 20, 30, 40, 55, 70, 100)
"""Minutes of the infusion at which the cuff reads."""

_START_NS = 20 * NS_PER_MIN
_BASELINE_NS = _START_NS - 3 * NS_PER_MIN
_END_SLOT = CUFF_MIN.index(40)
_PEAK_SLOTS = (CUFF_MIN.index(30), CUFF_MIN.index(40))


def _at(minute: float) -> int:
    return _START_NS + round(minute * NS_PER_MIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFigures:
    """One simulated session, haemodynamics only.

    Attributes:
        baseline: cuff reading before the infusion (SBP, DBP), mmHg.
        readings: cuff readings at `CUFF_MIN` (SBP, DBP), mmHg.
        hr_change_bpm, spo2_change_percent, rr_change_per_min: readings at 40 min minus baseline.
        true_sbp_mmhg: SBP without noise at baseline, 40 and 100 min.
    """

    baseline: tuple[float, float]
    readings: tuple[tuple[float, float], ...]
    hr_change_bpm: float
    spo2_change_percent: float
    rr_change_per_min: float
    true_sbp_mmhg: tuple[float, float, float]

    @property
    def change_at_40_mmhg(self) -> tuple[float, float]:
        """Change of SBP and DBP from baseline to the reading at 40 minutes."""
        sbp, dbp = self.readings[_END_SLOT]
        return sbp - self.baseline[0], dbp - self.baseline[1]

    @property
    def peaks_at_30_or_40(self) -> bool:
        """Whether the highest systolic cuff reading is one of those at 30 and 40 minutes."""
        systolic = [sbp for sbp, _ in self.readings]
        return systolic.index(max(systolic)) in _PEAK_SLOTS

    def exceeds(self, sbp_mmhg: float, dbp_mmhg: float) -> bool:
        """Whether any reading lies above either pressure."""
        return any(sbp > sbp_mmhg or dbp > dbp_mmhg for sbp, dbp in self.readings)


def infused_patient(name: str, seed: int, visit: int = 1) -> SimulatedPatient:
    """A patient who gets 0.5 mg/kg over 40 minutes from minute 20 of the session on."""
    patient = SimulatedPatient(name, seed=seed, visit=visit)
    patient.set_rate(_START_NS, 0.5 * patient.weight_kg / 40)
    patient.set_rate(_at(40), 0.0)
    return patient


def run_session(name: str, seed: int, visit: int = 1) -> SessionFigures:
    """One session of the patient `name` with `seed`."""
    patient = infused_patient(name, seed, visit)
    sbp, dbp, _ = patient.blood_pressure_mmhg(_BASELINE_NS)
    readings = tuple(patient.blood_pressure_mmhg(_at(minute))[:2] for minute in CUFF_MIN)
    before, after = _BASELINE_NS, _at(40)
    return SessionFigures(
        baseline=(sbp, dbp),
        readings=readings,
        hr_change_bpm=patient.pulse_rate_bpm(after) - patient.pulse_rate_bpm(before),
        spo2_change_percent=patient.spo2_percent(after) - patient.spo2_percent(before),
        rr_change_per_min=patient.observe(Vital.RR, after) - patient.observe(Vital.RR, before),
        true_sbp_mmhg=(
            patient.circulation(before).sbp_mmhg,
            patient.circulation(after).sbp_mmhg,
            patient.circulation(_at(100)).sbp_mmhg,
        ),
    )


def run_sessions(name: str, seeds: Iterable[int]) -> list[SessionFigures]:
    """One session for each seed."""
    return [run_session(name, seed) for seed in seeds]


def noise_free_peak_min(name: str, seed: int) -> float:
    """Minute of the infusion, to 6 s, at which the noise-free effect is highest."""
    patient = infused_patient(name, seed)
    tenths = range(1_001)
    return max(tenths, key=lambda tenth: patient.illustrative_effect(_at(tenth / 10))) / 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of a population beside what it should be.

    Attributes:
        name: what it is, with its unit.
        value: as measured.
        error: its standard error; 0 for a figure without chance in it.
        low, high: acceptance range.
    """

    name: str
    value: float
    error: float
    low: float
    high: float

    def holds(self, errors: float = 0.0) -> bool:
        """Whether the value lies in its range, widened by `errors` standard errors."""
        return self.low - errors * self.error <= self.value <= self.high + errors * self.error


def _mean(name: str, values: Sequence[float], low: float, high: float) -> Figure:
    error = stdev(values) / sqrt(len(values))
    return Figure(name=name, value=fmean(values), error=error, low=low, high=high)


def _share(name: str, hits: Sequence[bool], low: float, high: float) -> Figure:
    percent = 100 * fmean(hits)
    # The error is that of the nearest accepted share: a count of 0 of 300 has no error of its own.
    accepted = min(max(percent, low), high)
    error = sqrt(accepted * (100 - accepted) / len(hits))
    return Figure(name=name, value=percent, error=error, low=low, high=high)


def acceptance_of_strong(sessions: Sequence[SessionFigures], seed: int = 0) -> list[Figure]:
    """The acceptance figures of the strong population, measured on `sessions`."""
    rest, at_40, at_100 = (fmean(s.true_sbp_mmhg[i] for s in sessions) for i in range(3))
    return [
        _mean("SBP change at 40 min, mmHg", [s.change_at_40_mmhg[0] for s in sessions], 15, 17),
        _mean("DBP change at 40 min, mmHg", [s.change_at_40_mmhg[1] for s in sessions], 10, 12),
        _mean("HR change at 40 min, /min", [s.hr_change_bpm for s in sessions], 3, 7),
        _mean("SpO2 change at 40 min, %", [s.spo2_change_percent for s in sessions], -1, 1),
        _mean("RR change at 40 min, /min", [s.rr_change_per_min for s in sessions], -2, 2),
        Figure(
            name="noise-free peak, min",
            value=noise_free_peak_min("strong", seed),
            error=0,
            low=38,
            high=42,
        ),
        Figure(
            name="noise-free change at 100 min, % of that at 40",
            value=100 * (at_100 - rest) / (at_40 - rest),
            error=0,
            low=0,
            high=25,
        ),
        _share(
            "highest reading at 30 or 40 min, % of sessions",
            [s.peaks_at_30_or_40 for s in sessions],
            65,
            100,
        ),
        _share(
            "SBP > 180 or DBP > 110, % of sessions",
            [s.exceeds(180, 110) for s in sessions],
            0.5,
            3,
        ),
    ]
