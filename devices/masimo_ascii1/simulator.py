"""A simulated Masimo monitor: a patient in, one line of ASCII 1 a second out.

It prints as a Rad-8 does; with a cuff it is a Root, whose nibp keys follow NOTES.md as far as they
are known. Averaging over 8 s is approximated by an exponential mean; the times of probe-off and
pulse search are chosen, not documented.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from devices.driver import PatientBody
from devices.masimo_ascii1 import wire
from devices.simulation.printing import PrintingUnit
from protocols.vitals import NS_PER_S, PRESSURES, Vital

CUFF_FIRST_NS = 20 * NS_PER_S
CUFF_EVERY_NS = 300 * NS_PER_S
"""A Root measures by its own schedule: after 20 s, then every 5 minutes."""

_MEAN_S = 4.0
_SEARCH_LINES = 6
_HELD_LINES = 2
_LOW_PERFUSION_PERCENT = 0.3
_SPO2_LOW_PERCENT = 90
_RATE_LIMITS_BPM = (50, 140)
_CUFF_NOISE_MMHG = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MasimoFaults:
    """What may be wrong with the simulated unit, beside what the patient does.

    `corrupt_every` loses or doubles one byte in every n-th line; 0 in none.
    """

    no_sensor: bool = False
    probe_off: bool = False
    searching: bool = False
    low_perfusion: bool = False
    interference: bool = False
    low_battery: bool = False
    silent: bool = False
    corrupt_every: int = 0


class MasimoSimulator(PrintingUnit):
    """A unit that prints from `start_ns` on. `faults` may be set at any time."""

    def __init__(
        self,
        body: PatientBody,
        seed: int,
        *,
        has_cuff: bool = False,
        start_ns: int = 0,
        faults: MasimoFaults | None = None,
    ) -> None:
        super().__init__(body, seed, interval_ns=wire.LINE_NS, start_ns=start_ns)
        self.faults = faults or MasimoFaults()
        self._has_cuff = has_cuff
        self._held = 0
        self._searching = 0
        self._determination = wire.nibp(None, None, None, None, start_ns)

    @property
    def _is_silent(self) -> bool:
        return self.faults.silent

    def _print(self, t_ns: int) -> bytes:
        exc = self._exceptions(t_ns)
        alarm = wire.LOW_BATTERY if self.faults.low_battery else 0
        rate = saturation = perfusion = None
        if exc & (wire.SENSOR_OFF | wire.NO_SENSOR | wire.PULSE_SEARCH):
            alarm |= wire.ALARM_ACTIVE
            if self._held and self._rate_bpm is not None:
                rate, saturation = round(self._rate_bpm), round(self._saturation_percent)
            else:
                self._rate_bpm = None
            self._held = max(0, self._held - 1)
        else:
            rate, saturation = self._measure(t_ns, _MEAN_S)
            perfusion = min(self._body.perfusion_percent(t_ns), 20.0)
            alarm |= _alarms(rate, saturation)
            self._held = _HELD_LINES
        if self._has_cuff:
            self._run_cuff(t_ns)
        line = wire.line(
            t_ns,
            spo2_percent=saturation,
            rate_bpm=rate,
            pi_percent=perfusion,
            alarm=alarm,
            exc=exc,
            determination=self._determination if self._has_cuff else "",
        )
        return self._damaged(line, self.faults.corrupt_every)

    def _exceptions(self, t_ns: int) -> int:
        faults = self.faults
        if faults.no_sensor:
            self._searching, self._held = _SEARCH_LINES, 0
            return wire.NO_SENSOR
        if faults.probe_off or not self._body.probe_on(t_ns):
            self._searching = _SEARCH_LINES
            return wire.SET_ACTIVE | wire.SENSOR_OFF
        if faults.searching or self._searching:
            self._searching = max(0, self._searching - 1)
            return wire.SET_ACTIVE | wire.PULSE_SEARCH
        exc = wire.SET_ACTIVE
        if faults.interference:
            exc |= wire.INTERFERENCE | wire.LOW_SIGNAL_IQ
        if faults.low_perfusion or self._body.perfusion_percent(t_ns) < _LOW_PERFUSION_PERCENT:
            exc |= wire.LOW_PERFUSION
        return exc

    def _run_cuff(self, t_ns: int) -> None:
        since_ns = t_ns - self._start_ns - CUFF_FIRST_NS
        if since_ns < 0 or since_ns % CUFF_EVERY_NS:
            return
        if self._body.cuff_disturbed(t_ns):
            self._determination = wire.nibp(None, None, None, None, t_ns)
            return
        sys, dia, mean = (
            round(pressure + self._chance.gauss(0, _CUFF_NOISE_MMHG))
            for pressure in self._body.blood_pressure_mmhg(t_ns)
        )
        mean = min(max(mean, dia + 1), sys - 1)
        rate = round(self._body.pulse_rate_bpm(t_ns))
        self._determination = wire.nibp(sys, dia, mean, rate, t_ns)


def make_simulator(body: PatientBody, seed: int) -> MasimoSimulator:
    """A Root with a cuff that prints from time 0 on."""
    return MasimoSimulator(body, seed, has_cuff=True)


def encode_vitals(record: Mapping[Vital, float | None], t_ns: int) -> bytes:
    """One line that says exactly `record` at `t_ns`; with pressures, a determination of then."""
    numbers: dict[Vital, int | None] = {
        vital: None if value is None else round(value)
        for vital, value in record.items()
        if vital is not Vital.PI
    }
    determination = ""
    if any(vital in record for vital in PRESSURES):
        sys, dia, mean = (numbers.get(vital) for vital in PRESSURES)
        determination = wire.nibp(sys, dia, mean, None, t_ns)
    return wire.line(
        t_ns,
        spo2_percent=numbers.get(Vital.SPO2),
        rate_bpm=numbers.get(Vital.PR),
        pi_percent=record.get(Vital.PI),
        determination=determination,
    )


def _alarms(rate_bpm: int, spo2_percent: int) -> int:
    low, high = _RATE_LIMITS_BPM
    alarm = wire.SPO2_LOW if spo2_percent < _SPO2_LOW_PERCENT else 0
    if rate_bpm > high:
        alarm |= wire.PR_HIGH
    elif rate_bpm < low:
        alarm |= wire.PR_LOW
    return alarm | wire.ALARM_ACTIVE if alarm else 0
