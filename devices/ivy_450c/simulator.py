"""A simulated Ivy 450C: a patient in, one ANSAR-B message a second out.

The messages follow NOTES.md. Averaging, the times of its cuff and the blanks while it measures are
chosen, not documented.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from math import pi, sin

from devices.driver import PatientBody
from devices.ivy_450c import wire
from protocols.vitals import Vital

_NS_PER_S = 1_000_000_000
_ECG_SAMPLES = 200
_SAMPLES = 50
_AVERAGE_S = 4.0
_SEARCH_S = 6
_FIRST_CUFF_S = 20
_CUFF_EVERY_S = 300
_CUFF_TAKES_S = 30
_CORE = "36.7"
_IDLE_WAVES = bytes((128,)) * _ECG_SAMPLES + bytes((wire.NO_SIGNAL,)) * (4 * _SAMPLES)


@dataclass(frozen=True, slots=True, kw_only=True)
class IvyFaults:
    """What may be wrong with the simulated unit, beside what the patient does.

    Attributes:
        leads_off: no heart rate and no breaths.
        probe_off: the SpO2 probe is off.
        alarm: alarm text that stands beside heart rate and saturation.
        no_result: every blood pressure ends without a result.
        silent: nothing is sent.
        lose_every: one byte of every n-th message's waves is lost; 0 for none.
    """

    leads_off: bool = False
    probe_off: bool = False
    alarm: str = ""
    no_result: bool = False
    silent: bool = False
    lose_every: int = 0


class IvySimulator:
    """One monitor. Set `faults` at any time."""

    def __init__(self, body: PatientBody, seed: int, *, faults: IvyFaults | None = None) -> None:
        self.faults = faults or IvyFaults()
        self._body = body
        self._chance = random.Random(seed)
        self._second = 0
        self._means: list[float] = []
        self._pulse: list[float] = []
        self._on_for_s = 0
        self._pressures: tuple[int, int, int, int] | None = None
        self._spoilt = False

    def advance(self, t_ns: int) -> bytes:
        """Every message sent up to and including `t_ns`."""
        sent = b""
        while (self._second + 1) * _NS_PER_S <= t_ns:
            self._second += 1
            sent += self._message()
        return sent

    def receive(self, t_ns: int, data: bytes) -> None:
        """Ignore `data`: this output takes no command."""

    @property
    def next_deadline_ns(self) -> int | None:
        """The next message."""
        return (self._second + 1) * _NS_PER_S

    def _message(self) -> bytes:
        waves = self._waves()
        self._measure()
        self._run_cuff()
        faults = self.faults
        rate, breaths = (str(round(value)) for value in self._means)
        shown: dict[Vital, str] = {Vital.TEMP: _CORE}
        if not faults.leads_off:
            shown |= {Vital.HR: rate, Vital.RR: breaths}
        if self._on_for_s > _SEARCH_S:
            pulse, saturation = (round(value) for value in self._pulse)
            shown |= {Vital.PR: str(pulse), Vital.SPO2: str(min(100, saturation))}
        cuff = tuple(str(value) for value in self._pressures or ()) or ("",) * 4
        sent = wire.message(waves, _lines(shown, cuff, faults.alarm))
        if faults.silent:
            return b""
        if faults.lose_every and self._second % faults.lose_every == 0:
            at = self._chance.randrange(len(wire.HEADER), wire.TEXT_START)
            return sent[:at] + sent[at + 1 :]
        return sent

    def _measure(self) -> None:
        t_ns = self._second * _NS_PER_S
        rate = self._body.pulse_rate_bpm(t_ns)
        _average(self._means, (rate, self._body.respiratory_rate_per_min(t_ns)))
        if self.faults.probe_off or not self._body.probe_on(t_ns):
            self._on_for_s = 0
            self._pulse.clear()
        else:
            self._on_for_s += 1
            _average(self._pulse, (rate, self._body.spo2_percent(t_ns)))

    def _run_cuff(self) -> None:
        """Blank from the start of a determination to its end."""
        place = (self._second - _FIRST_CUFF_S) % _CUFF_EVERY_S
        if self._second < _FIRST_CUFF_S or place > _CUFF_TAKES_S:
            return
        t_ns = self._second * _NS_PER_S
        if place == 0:
            self._pressures, self._spoilt = None, False
        self._spoilt = self._spoilt or self._body.cuff_disturbed(t_ns)
        if place == _CUFF_TAKES_S and not (self._spoilt or self.faults.no_result):
            found = self._body.blood_pressure_mmhg(t_ns)
            sys, dia, mean = (round(value + self._chance.gauss(0, 1)) for value in found)
            self._pressures = (sys, dia, mean, round(self._body.pulse_rate_bpm(t_ns)))

    def _waves(self) -> bytes:
        """The second before the message: ECG at 200 Hz, the others at 50 Hz."""
        start_ns = (self._second - 1) * _NS_PER_S
        step_ns = _NS_PER_S // _ECG_SAMPLES
        times = [start_ns + (i + 1) * step_ns for i in range(_ECG_SAMPLES)]
        wave = self._body.pleth(times)
        ecg = bytes(int(100 + 100 * min(max(level, 0), 1)) for level in wave)
        pleth = bytes(int(80 + 100 * min(max(level, 0), 1)) for level in wave[3::4])
        turn = 2 * pi * self._body.respiratory_rate_per_min(self._second * _NS_PER_S) / 60
        breath = bytes(int(125 + 100 * sin(turn * t / _NS_PER_S)) for t in times[3::4])
        none = bytes((wire.NO_SIGNAL,)) * _SAMPLES
        has_pulse = not self.faults.probe_off and self._body.probe_on(self._second * _NS_PER_S)
        return ecg + breath + (pleth if has_pulse else none) + none + none


def make_simulator(body: PatientBody, seed: int) -> IvySimulator:
    """A monitor that sends from the first second on; its cuff runs every 5 min."""
    return IvySimulator(body, seed)


def encode_vitals(record: Mapping[Vital, float | None], t_ns: int) -> bytes:
    """A message that says exactly `record`, its waves without signal.

    Where there is a systolic pressure the message is sent twice, as a live line wants it.
    """
    tenths = record.get(Vital.TEMP)
    shown = {
        vital: str(round(value))
        for vital in (Vital.HR, Vital.PR, Vital.SPO2, Vital.RR)
        if (value := record.get(vital)) is not None
    }
    if tenths is not None:
        shown[Vital.TEMP] = f"{tenths:.1f}"
    if record.get(Vital.SBP) is None:
        return wire.message(_IDLE_WAVES, _lines(shown, ("",) * 4))
    numbers = (record.get(vital) for vital in (Vital.SBP, Vital.DBP, Vital.MAP, Vital.PR))
    cuff = tuple("" if number is None else str(round(number)) for number in numbers)
    return 2 * wire.message(_IDLE_WAVES, _lines(shown, cuff))


def _lines(shown: Mapping[Vital, str], cuff: tuple[str, ...], alarm: str = "") -> bytes:
    """The nine lines in their order."""
    pulse = shown.get(Vital.PR, "")
    return b"".join(
        (
            wire.line("HR", shown.get(Vital.HR, ""), label="ECG-II-DIAG", alarm=alarm),
            wire.line("RR", shown.get(Vital.RR, ""), label="APNEA: 20 SEC"),
            wire.line("ETCO2", ""),
            wire.line("SPO2", shown.get(Vital.SPO2, ""), label=f"PR={pulse:<3}", alarm=alarm),
            wire.line("NIBP", *cuff),
            wire.line("P1", "", "", "", label="NO TRANSDUCER"),
            wire.line("P2", "", "", "", label="NO TRANSDUCER"),
            wire.line("T1", shown.get(Vital.TEMP, "")),
            wire.line("T2", ""),
        )
    )


def _average(means: list[float], values: tuple[float, float]) -> None:
    """Move the means towards `values` by one second."""
    if not means:
        means[:] = values
        return
    for i, value in enumerate(values):
        means[i] += (value - means[i]) / _AVERAGE_S
