"""What a simulated Nonin unit makes of the finger in it, whatever format it sends that in.

Averaging is approximated by exponential means over 4 and 8 beats; after the finger comes back the
unit is out of track for 4 s, and the display holds its last values for 10 s after the finger went.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

from devices.driver import PatientBody
from devices.nonin_oem import wire

_SEARCH_S = 4.0
_HELD_S = 10.0
_LOW_PERFUSION_PERCENT = 0.3
_MARGINAL_PERFUSION_PERCENT = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class NoninFaults:
    """What may be wrong with the simulated unit, beside what the patient does.

    `corrupt_every` damages one bit in every n-th frame; 0 damages none.
    """

    sensor_disconnected: bool = False
    probe_off: bool = False
    out_of_track: bool = False
    low_perfusion: bool = False
    artifact: bool = False
    low_battery: bool = False
    silent: bool = False
    corrupt_every: int = 0


class SimulatedSensor:
    """The unit's view of the finger, looked at anew every `refresh_s` seconds.

    Attributes:
        status: status bits of formats 2 and 7, without those of single pulses.
        colour: perfusion bits of a pulse.
        rates: means over 4 and 8 beats; empty while there is no pulse.
        saturations: means over 4 and 8 beats; empty while there is no pulse.
        display: rate and saturation as the display holds them.
    """

    def __init__(self, body: PatientBody, refresh_s: float) -> None:
        self.status = wire.ALWAYS
        self.colour = 0
        self.rates: list[float] = []
        self.saturations: list[float] = []
        self.display = (wire.RATE_MISSING, wire.SPO2_MISSING)
        self._body = body
        self._refresh_s = refresh_s
        self._held = 0
        self._searching = 0

    @property
    def numbers(self) -> tuple[int, int, int, int]:
        """Rate and saturation over 4 beats, then over 8, as they are sent; or missing."""
        if not self.rates:
            missing = (wire.RATE_MISSING, wire.SPO2_MISSING)
            return (*missing, *missing)
        fast, slow = (round(rate) for rate in self.rates)
        saturation, slow_saturation = (min(100, round(s)) for s in self.saturations)
        return fast, saturation, slow, slow_saturation

    def refresh(self, t_ns: int, faults: NoninFaults) -> None:
        """Look at the finger at `t_ns`."""
        self.status = wire.ALWAYS
        if faults.sensor_disconnected:
            self.status |= wire.SENSOR_DISCONNECTED | wire.SENSOR_ALARM
        elif faults.probe_off or not self._body.probe_on(t_ns):
            self.status |= wire.SENSOR_ALARM | wire.OUT_OF_TRACK
        if self.status & wire.UNUSABLE:
            self._searching = round(_SEARCH_S / self._refresh_s)
        elif self._searching:
            self._searching -= 1
            self.status |= wire.OUT_OF_TRACK
        if faults.out_of_track:
            self.status |= wire.OUT_OF_TRACK
        if self.status & wire.UNUSABLE:
            self._lose()
        else:
            self._measure(t_ns, faults)

    def _lose(self) -> None:
        self.rates.clear()
        self.saturations.clear()
        self._held = max(0, self._held - 1)
        if self._held == 0:
            self.display = (wire.RATE_MISSING, wire.SPO2_MISSING)

    def _measure(self, t_ns: int, faults: NoninFaults) -> None:
        rate = self._body.pulse_rate_bpm(t_ns)
        self._average(self.rates, rate, rate)
        self._average(self.saturations, self._body.spo2_percent(t_ns), rate)
        self.display = (round(self.rates[0]), min(100, round(self.saturations[0])))
        self._held = round(_HELD_S / self._refresh_s)
        perfusion = self._body.perfusion_percent(t_ns)
        if faults.low_perfusion or perfusion < _LOW_PERFUSION_PERCENT:
            self.colour = wire.RED
        else:
            marginal = perfusion < _MARGINAL_PERFUSION_PERCENT
            self.colour = wire.YELLOW if marginal else wire.GREEN

    def _average(self, means: list[float], value: float, rate_bpm: float) -> None:
        """Move the means over 4 and 8 beats towards `value`, by one refresh."""
        if not means:
            means[:] = [value, value]
            return
        for i, beats in enumerate((4, 8)):
            time_constant_s = beats * 60 / max(rate_bpm, 20) / 2
            means[i] += (value - means[i]) * (1 - exp(-self._refresh_s / time_constant_s))
