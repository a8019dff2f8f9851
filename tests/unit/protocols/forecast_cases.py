"""A moment of a session as a forecast sees it, for its tests: to be changed with `replace`."""

from __future__ import annotations

from pathlib import Path

from protocols.alarm_rules import Comparison
from protocols.dosing.pharmacokinetics import NS_PER_MIN, RateSegment
from protocols.events import Phase
from protocols.forecast.forecast import Facts, HeartMinute, Limits, Pressure
from protocols.forecast.model import ForecastModel
from protocols.forecast.model_file import parse_forecast
from protocols.forecast.warning_limits import WarningLimit
from protocols.vitals import Vital

FILE = Path(__file__).resolve().parents[3] / "resources" / "forecast" / "infusion.toml"
TEXT = FILE.read_text(encoding="utf-8")
MODEL: ForecastModel = parse_forecast(TEXT, "infusion.toml")

START_MIN = 20
WEIGHT_KG = 70.0
FULL = 0.5 * WEIGHT_KG / 40


def at(minute: float) -> int:
    return round(minute * NS_PER_MIN)


def rates(*changes: tuple[float, float]) -> tuple[RateSegment, ...]:
    """Rates by minute of the session, each as a share of the ordered one."""
    return tuple(
        RateSegment(start_ns=at(minute), rate_mg_per_min=share * FULL) for minute, share in changes
    )


WHOLE = rates((START_MIN, 1.0), (START_MIN + 40, 0.0))


def upper(value: float, delay_s: float = 0.0) -> WarningLimit:
    return WarningLimit(value=value, comparison=Comparison.AT_LEAST, delay_s=delay_s)


def lower(value: float, delay_s: float = 0.0) -> WarningLimit:
    return WarningLimit(value=value, comparison=Comparison.BELOW, delay_s=delay_s)


def pressures(*found: tuple[float, float, float]) -> tuple[Pressure, ...]:
    return tuple(Pressure(t_ns=at(m), sbp_mmhg=sbp, dbp_mmhg=dbp) for m, sbp, dbp in found)


def heart(until_min: int, bpm: float = 78.0) -> tuple[HeartMinute, ...]:
    return tuple(HeartMinute(end_ns=at(m), mean_bpm=bpm) for m in range(6, until_min + 1))


def moment(
    minute: float = 40.0,
    *,
    sbp: float = 148.0,
    dbp: float = 88.0,
    bpm: float = 78.0,
    segments: tuple[RateSegment, ...] = WHOLE,
) -> Facts:
    """Twenty minutes into the reference infusion, with five determinations so far."""
    return Facts(
        now_ns=at(minute),
        protocol="iv-0.5-40",
        phase=Phase.INFUSING,
        age_years=42,
        weight_kg=WEIGHT_KG,
        segments=segments,
        lumps=(),
        doubtful=False,
        pressures=pressures(
            (9, 136, 82), (15, 134, 80), (25.5, 138, 83), (30.5, 142, 84), (35.5, sbp, dbp)
        ),
        heart=heart(int(minute), bpm),
        heart_bpm=bpm,
        limits={
            Vital.SBP: Limits(high=upper(165), low=lower(90)),
            Vital.DBP: Limits(high=upper(100), low=None),
            Vital.HR: Limits(high=upper(110, 10), low=lower(50, 10)),
        },
        planned_ns=(at(minute + 5), at(minute + 9)),
    )
