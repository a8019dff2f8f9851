"""A patient who can be set to anything: stands for the simulated patient in tests of monitors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi, sin


@dataclass
class SteadyBody:
    rate_bpm: float = 72.0
    saturation_percent: float = 97.0
    perfusion: float = 3.0
    on_finger: bool = True
    pressures_mmhg: tuple[float, float, float] = (118.0, 76.0, 90.0)
    disturbed: bool = False
    breaths_per_min: float = 14.0

    def pulse_rate_bpm(self, t_ns: int) -> float:
        return self.rate_bpm

    def spo2_percent(self, t_ns: int) -> float:
        return self.saturation_percent

    def perfusion_percent(self, t_ns: int) -> float:
        return self.perfusion

    def respiratory_rate_per_min(self, t_ns: int) -> float:
        return self.breaths_per_min

    def pleth(self, t_ns: Sequence[int]) -> list[float]:
        return [0.5 + 0.5 * sin(2 * pi * self.rate_bpm / 60 * t / 1e9) for t in t_ns]

    def probe_on(self, t_ns: int) -> bool:
        return self.on_finger

    def blood_pressure_mmhg(self, t_ns: int) -> tuple[float, float, float]:
        return self.pressures_mmhg

    def cuff_disturbed(self, t_ns: int) -> bool:
        return self.disturbed
