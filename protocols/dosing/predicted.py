"""The predicted plasma level of what was really given: a model as data, and one pure function.

A prediction is illustrative: it is what an average person of that weight would have, within a band;
nothing of it is measured and no rule of a session reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from protocols.dosing.pharmacokinetics import (
    NG_PER_ML_IN_MG_PER_L,
    NS_PER_MIN,
    CompartmentModel,
    Held,
    Lump,
    Mode,
    RateSegment,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcentrationModel:
    """How a protocol predicts the level of its drug, and whom that holds for.

    Attributes:
        compartments: the model of the drug once it is in the blood, with its name and source.
        bioavailability: share of a dose that reaches the blood, above 0 and up to 1.
        absorption_per_min: first-order rate at which it gets there, or None where it is given into
            the blood.
        band_percent: half width of the band around the predicted level, percent of it.
        unit: unit of the level.
        ages_years: youngest and oldest age that the model describes, inclusive.
    """

    compartments: CompartmentModel
    bioavailability: float
    absorption_per_min: float | None
    band_percent: float
    unit: str
    ages_years: tuple[int, int]

    @property
    def name(self) -> str:
        """Name of the model for people."""
        return self.compartments.name

    def suits(self, age_years: int) -> bool:
        """Whether the model describes persons of that age."""
        youngest, oldest = self.ages_years
        return youngest <= age_years <= oldest

    def band(self, level: float) -> tuple[float, float]:
        """Lower and upper edge of the band around `level`, in its unit."""
        share = self.band_percent / 100
        return level * (1 - share), level * (1 + share)


def predict(
    model: ConcentrationModel,
    weight_kg: float,
    segments: Iterable[RateSegment],
    lumps: Iterable[Lump],
    times_ns: Sequence[int],
) -> list[float]:
    """The predicted level at each of `times_ns`, ng/mL; 0 before anything was given.

    Exact for rates that are constant from segment to segment, whatever the distance of the times.

    Args:
        model: what to predict with.
        weight_kg: body weight.
        segments: what was delivered, each rate until the next segment; in order of time.
        lumps: what was given at once; in any order. One at the very time asked for counts.
        times_ns: when, ascending.

    Raises:
        ValueError: the weight is not positive, a rate or an amount is negative, or `segments` or
            `times_ns` run backwards.
    """
    if not weight_kg > 0:
        raise ValueError(f"weight must be positive, got {weight_kg} kg")
    levels = levels_of_1_kg(
        model.compartments.modes,
        segments,
        lumps,
        times_ns,
        bioavailability=model.bioavailability,
        absorption_per_min=model.absorption_per_min,
    )
    scale = NG_PER_ML_IN_MG_PER_L / weight_kg
    return [level * scale for level in levels]


def levels_of_1_kg(
    modes: Sequence[Mode],
    segments: Iterable[RateSegment],
    lumps: Iterable[Lump],
    times_ns: Sequence[int],
    *,
    bioavailability: float = 1.0,
    absorption_per_min: float | None = None,
) -> list[float]:
    """The level that `modes` give a patient of 1 kg at each of `times_ns`, mg/L.

    Arguments and errors as for `predict`; the level of a patient is this divided by the weight.
    """
    changes = _changes(segments, lumps)
    absorption = absorption_per_min
    held, rate, known_ns, done = Held.nothing(modes), 0.0, 0, 0
    levels: list[float] = []
    for t_ns in times_ns:
        if levels and t_ns < known_ns:
            raise ValueError(f"times run backwards: {t_ns} ns is asked after {known_ns} ns")
        while done < len(changes) and _time(changes[done]) <= t_ns:
            change, at_ns = changes[done], _time(changes[done])
            held = held.after((at_ns - known_ns) / NS_PER_MIN, modes, rate, absorption)
            known_ns, done = at_ns, done + 1
            if isinstance(change, RateSegment):
                rate = change.rate_mg_per_min * bioavailability
            else:
                arrived_mg = change.amount_mg * bioavailability
                held = held.given(arrived_mg, absorbed=absorption is not None)
        held = held.after((t_ns - known_ns) / NS_PER_MIN, modes, rate, absorption)
        known_ns = t_ns
        levels.append(held.level_kg_mg_per_l(modes))
    return levels


def added(*parts: Sequence[RateSegment]) -> list[RateSegment]:
    """The sum of rates that run beside each other, each in order of time."""
    times = sorted({segment.start_ns for part in parts for segment in part})
    return [
        RateSegment(start_ns=t_ns, rate_mg_per_min=sum(_rate_at(part, t_ns) for part in parts))
        for t_ns in times
    ]


def _rate_at(segments: Sequence[RateSegment], t_ns: int) -> float:
    """The rate in force at `t_ns`: that of the last segment which began by then, else 0."""
    began = [one.rate_mg_per_min for one in segments if one.start_ns <= t_ns]
    return began[-1] if began else 0.0


def beyond_line(segments: Sequence[RateSegment], dead_space_mg: float) -> list[RateSegment]:
    """What comes out of a line that has `dead_space_mg` of drug in it before any comes out.

    The line is filled first, as a piston would fill it; from then on what goes in comes out. What
    is in it at the end stays there until something else pushes it out.
    """
    out: list[RateSegment] = []
    left_mg = dead_space_mg
    for number, segment in enumerate(segments, start=1):
        end_ns = segments[number].start_ns if number < len(segments) else None
        rate = segment.rate_mg_per_min
        if left_mg <= 0:
            out.append(segment)
            continue
        if rate <= 0:
            continue
        full_ns = segment.start_ns + round(left_mg / rate * NS_PER_MIN)
        if end_ns is None or full_ns < end_ns:
            out.append(RateSegment(start_ns=full_ns, rate_mg_per_min=rate))
            left_mg = 0.0
        else:
            left_mg -= rate * (end_ns - segment.start_ns) / NS_PER_MIN
    return out


def _time(change: RateSegment | Lump) -> int:
    return change.start_ns if isinstance(change, RateSegment) else change.t_ns


def _changes(segments: Iterable[RateSegment], lumps: Iterable[Lump]) -> list[RateSegment | Lump]:
    """All that was given, in order of time.

    Raises:
        ValueError: as `predict`.
    """
    last_ns: int | None = None
    changes: list[RateSegment | Lump] = []
    for segment in segments:
        if not segment.rate_mg_per_min >= 0:
            raise ValueError(f"rate must not be negative, got {segment.rate_mg_per_min} mg/min")
        if last_ns is not None and segment.start_ns < last_ns:
            raise ValueError(f"rate at {segment.start_ns} ns told after that at {last_ns} ns")
        last_ns = segment.start_ns
        changes.append(segment)
    for lump in sorted(lumps, key=attrgetter("t_ns")):
        if not lump.amount_mg >= 0:
            raise ValueError(f"amount must not be negative, got {lump.amount_mg} mg")
        changes.append(lump)
    return sorted(changes, key=_time)
