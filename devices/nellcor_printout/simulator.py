"""A simulated Nellcor N-560: a patient in, a line of the printout every 2 s out.

The header block comes first and again after 25 lines. Averaging is approximated by an exponential
mean; how long a lost finger and a pulse search last is chosen, not documented.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from devices.driver import PatientBody
from devices.nellcor_printout import wire
from devices.simulation.printing import PrintingUnit
from protocols.vitals import Vital

SPO2_LIMITS = (90, 100)
RATE_LIMITS = (50, 140)
"""The simulated unit's own alarm limits, % and /min."""

_MEAN_S = 4.0
_SEARCH_LINES = 4
_AMPLITUDE_PER_PERCENT = 12
_STEADY_AMPLITUDE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class NellcorFaults:
    """What may be wrong with the simulated unit, beside what the patient does.

    `corrupt_every` loses or doubles one byte in every n-th line of data; 0 in none.
    """

    sensor_disconnected: bool = False
    probe_off: bool = False
    searching: bool = False
    loss_of_pulse: bool = False
    motion: bool = False
    low_battery: bool = False
    silenced: bool = False
    silent: bool = False
    corrupt_every: int = 0


class NellcorSimulator(PrintingUnit):
    """A unit that prints from `start_ns` on. `faults` may be set at any time."""

    def __init__(
        self,
        body: PatientBody,
        seed: int,
        *,
        start_ns: int = 0,
        faults: NellcorFaults | None = None,
    ) -> None:
        super().__init__(body, seed, interval_ns=wire.LINE_NS, start_ns=start_ns)
        self.faults = faults or NellcorFaults()
        self._searching = 0

    @property
    def _is_silent(self) -> bool:
        return self.faults.silent

    def _print(self, t_ns: int) -> bytes:
        block = b""
        if self._lines % wire.HEADER_EVERY_LINES == 0:
            block = wire.header(SPO2_LIMITS, RATE_LIMITS)
        return block + self._line(t_ns)

    def _line(self, t_ns: int) -> bytes:
        codes: list[str] = []
        if self.faults.low_battery:
            codes.append("LB")
        if self.faults.silenced:
            codes.append("AS")
        lost = self._lost(t_ns)
        if lost:
            # The first lines of a search repeat the last values: the capture has them too.
            is_stale = lost == wire.PULSE_SEARCH and self._rate_bpm is not None
            rate = round(self._rate_bpm or 0) if is_stale else None
            saturation = round(self._saturation_percent) if is_stale else None
            if lost == wire.PULSE_SEARCH and not is_stale:
                rate = saturation = 0
            if lost != wire.PULSE_SEARCH:
                self._rate_bpm = None
            line = wire.data_line(
                t_ns,
                spo2_percent=saturation,
                rate_bpm=rate,
                amplitude=None,
                codes=(lost, *codes),
            )
        else:
            line = self._measured_line(t_ns, codes)
        return self._damaged(line, self.faults.corrupt_every)

    def _lost(self, t_ns: int) -> str:
        """The code with which nothing is measured at `t_ns`, or empty."""
        faults = self.faults
        if faults.sensor_disconnected:
            self._searching = _SEARCH_LINES
            return wire.SENSOR_DISCONNECTED
        if faults.probe_off or not self._body.probe_on(t_ns):
            self._searching = _SEARCH_LINES
            return wire.SENSOR_OFF
        if faults.loss_of_pulse:
            return wire.LOSS_OF_PULSE
        if faults.searching or self._searching:
            self._searching = max(0, self._searching - 1)
            return wire.PULSE_SEARCH
        return ""

    def _measured_line(self, t_ns: int, codes: list[str]) -> bytes:
        shown_rate, shown_saturation = self._measure(t_ns, _MEAN_S)
        spo2_code = _beyond(shown_saturation, SPO2_LIMITS, "SL", "SH")
        rate_code = _beyond(shown_rate, RATE_LIMITS, "PL", "PH")
        if self.faults.motion:
            codes.append(wire.INTERFERENCE)
        amplitude = round(self._body.perfusion_percent(t_ns) * _AMPLITUDE_PER_PERCENT)
        return wire.data_line(
            t_ns,
            spo2_percent=shown_saturation,
            rate_bpm=shown_rate,
            amplitude=min(max(amplitude, 1), 254),
            codes=(spo2_code, rate_code, *codes),
            stars={"spo2": bool(spo2_code), "rate": bool(rate_code)},
        )


def make_simulator(body: PatientBody, seed: int) -> NellcorSimulator:
    """A unit that prints from time 0 on."""
    return NellcorSimulator(body, seed)


def encode_vitals(record: Mapping[Vital, float | None], t_ns: int) -> bytes:
    """One line that says exactly `record` at `t_ns`."""
    rate, saturation = record.get(Vital.PR), record.get(Vital.SPO2)
    return wire.data_line(
        t_ns,
        spo2_percent=None if saturation is None else round(saturation),
        rate_bpm=None if rate is None else round(rate),
        amplitude=_STEADY_AMPLITUDE,
    )


def _beyond(value: int, limits: tuple[int, int], low_code: str, high_code: str) -> str:
    low, high = limits
    if value < low:
        return low_code
    return high_code if value > high else ""
