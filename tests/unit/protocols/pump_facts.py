"""What a pump, the timer and the order say, for tests: 35 mg in 35 mL over 40 minutes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from protocols.events import DeliveryChanged, DosePlanned, PumpReported
from protocols.vitals import NS_PER_S

PLAN = DosePlanned(
    t_ns=0,
    weight_kg=Decimal(70),
    dose_mg_per_kg=Decimal("0.5"),
    dose_mg=Decimal(35),
    volume_ml=Decimal(35),
    rate_ml_per_h=Decimal("52.5"),
    rate_mg_per_min=Decimal("0.875"),
    duration_min=Decimal(40),
    concentration_mg_per_ml=Decimal(1),
    ordered_by="P. Reyes",
)
RATE_ML_PER_H = 52.5


def timer(
    t_s: float, percent: int = 100, *, given_mg: str = "0", ended: bool = False
) -> DeliveryChanged:
    """The timer runs at `percent` from `t_s` on, with so much given before."""
    return DeliveryChanged(
        t_ns=round(t_s * NS_PER_S),
        rate_mg_per_min=Decimal(0) if ended else PLAN.rate_mg_per_min * percent / 100,
        delivered_mg=Decimal(given_mg),
        percent=0 if ended else percent,
        finished=ended,
        cause="",
    )


def pump(
    t_s: float,
    volume_ml: float | None = 0.0,
    *,
    rate_ml_per_h: float | None = RATE_ML_PER_H,
    running: bool | None = True,
    **more: str,
) -> PumpReported:
    """What the pump says at `t_s`."""
    said = PumpReported(
        t_ns=round(t_s * NS_PER_S),
        device="pump",
        rate_ml_per_h=rate_ml_per_h,
        volume_ml=volume_ml,
        running=running,
        unit="8002-1",
    )
    return replace(said, **more)


def due_ml(seconds: float, percent: float = 100) -> float:
    """What is pumped in so many seconds at a share of the ordered rate, to the third decimal."""
    return round(RATE_ML_PER_H * percent / 100 * seconds / 3600, 3)
