"""A simulated S/5 monitor: requests in, records of displayed values out, on the asked interval.

It measures ECG, SpO2, breaths by impedance, a core temperature and, by itself, blood pressure. The
records follow NOTES.md; averaging and the times of its cuff are chosen, not documented.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace

from devices.datex_s5 import wire
from devices.datex_s5.wire import EcgStatus, NibpLabel, Site
from devices.driver import PatientBody
from protocols.vitals import PRESSURES, Vital

_NS_PER_S = 1_000_000_000
_EPOCH_S = 1_700_000_000
"""What the simulated monitor's clock shows at time 0."""
_LEVEL = 9
_ECG_SOURCE = 9 << wire.SOURCE_SHIFT
_ON = wire.EXISTS | wire.ACTIVE
_AVERAGE_S = 5.0
_SEARCH_S = 8
_FIRST_CUFF_S = 20
_CUFF_EVERY_S = 300
_CUFF_TAKES_S = 28
_CORE = 3670
_ONCE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class DatexFaults:
    """What may be wrong with the simulated unit, beside what the patient does.

    Attributes:
        leads_off: no ECG electrode has contact.
        ecg_noise: the ECG is noisy.
        probe_off: the SpO2 probe is off.
        no_result: every blood pressure ends without a result.
        silent: nothing is sent.
        corrupt_every: one bit of every n-th record is damaged; 0 for none.
    """

    leads_off: bool = False
    ecg_noise: bool = False
    probe_off: bool = False
    no_result: bool = False
    silent: bool = False
    corrupt_every: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """Numbers of one record as the wire has them; `wire.INVALID` where there is none."""

    hr: int = wire.INVALID
    rr: int = wire.INVALID
    spo2: int = wire.INVALID
    pr: int = wire.INVALID
    temp: int = wire.INVALID
    nibp: tuple[int, int, int, int] = (wire.INVALID,) * 4
    nibp_label: int = NibpLabel.OLDER
    ecg_status: int = 0


class DatexSimulator:
    """One monitor, silent until it is asked. Set `faults` at any time."""

    def __init__(self, body: PatientBody, seed: int, *, faults: DatexFaults | None = None) -> None:
        self.faults = faults or DatexFaults()
        self._body = body
        self._chance = random.Random(seed)
        self._heard = b""
        self._second = -1
        self._interval_s = 0
        self._record_s: int | None = None
        self._number = 0
        self._rates: list[float] = []
        self._pulse: list[float] = []
        self._on_since_s: int | None = None
        self._nibp = Display().nibp
        self._cuff_end_s: int | None = None
        self._spoilt = False

    def advance(self, t_ns: int) -> bytes:
        """Every record sent up to and including `t_ns`."""
        sent = b""
        while (self._second + 1) * _NS_PER_S <= t_ns:
            self._second += 1
            self._measure()
            if self._record_s == self._second:
                repeats = self._interval_s > 0
                self._record_s = self._second + self._interval_s if repeats else None
                sent += self._record()
        return sent

    def receive(self, t_ns: int, data: bytes) -> None:
        """Bytes from the host: a request sets the interval; all else is ignored."""
        self._heard = (self._heard + data)[-2 * wire.LONGEST_RECORD :]
        flag = bytes((wire.FLAG,))
        *contents, self._heard = self._heard.split(flag)
        for content in contents:
            interval_s = _asked(content)
            if interval_s == 0:
                self._record_s = None
            elif interval_s == _ONCE or interval_s >= wire.INTERVAL_S:
                self._interval_s = max(0, interval_s)
                self._record_s = max(self._second, t_ns // _NS_PER_S) + 1
        if self._heard:
            self._heard = flag + self._heard

    @property
    def next_deadline_ns(self) -> int | None:
        """The next second: it measures all the time."""
        return (self._second + 1) * _NS_PER_S

    def _measure(self) -> None:
        t_ns = self._second * _NS_PER_S
        rate = self._body.pulse_rate_bpm(t_ns)
        _average(self._rates, (rate, self._body.respiratory_rate_per_min(t_ns)))
        if self.faults.probe_off or not self._body.probe_on(t_ns):
            self._on_since_s = None
            self._pulse.clear()
        else:
            if self._on_since_s is None:
                self._on_since_s = self._second
            _average(self._pulse, (rate, self._body.spo2_percent(t_ns)))
        place = (self._second - _FIRST_CUFF_S) % _CUFF_EVERY_S
        if self._second < _FIRST_CUFF_S:
            return
        if place == 0:
            self._nibp, self._spoilt = Display().nibp, False
        if place < _CUFF_TAKES_S:
            self._spoilt = self._spoilt or self._body.cuff_disturbed(t_ns)
        elif place == _CUFF_TAKES_S:
            self._end_cuff(t_ns, rate)

    def _end_cuff(self, t_ns: int, rate: float) -> None:
        self._cuff_end_s = self._second
        if self._spoilt or self.faults.no_result:
            return
        found = self._body.blood_pressure_mmhg(t_ns)
        sys, dia, mean = (100 * round(value + self._chance.gauss(0, 1)) for value in found)
        self._nibp = (sys, dia, mean, round(rate))

    def _record(self) -> bytes:
        faults = self.faults
        self._number += 1
        status = EcgStatus(0)
        if faults.leads_off:
            status |= wire.ALL_CHANNELS_OFF
        if faults.ecg_noise:
            status |= EcgStatus.NOISE
        shows_pulse = self._on_since_s is not None and self._second - self._on_since_s >= _SEARCH_S
        rate, breaths = (round(value) for value in self._rates)
        display = Display(
            hr=wire.INVALID if faults.leads_off else rate,
            rr=wire.INVALID if faults.leads_off else breaths,
            spo2=min(100, round(self._pulse[1])) * 100 if shows_pulse else wire.INVALID,
            pr=round(self._pulse[0]) if shows_pulse else wire.NOT_UPDATED,
            temp=_CORE,
            nibp=self._nibp,
            nibp_label=self._cuff_label(),
            ecg_status=status,
        )
        sent = frame_of(display, _EPOCH_S + self._second, self._number)
        if faults.silent:
            return b""
        if faults.corrupt_every and self._number % faults.corrupt_every == 0:
            damaged = bytearray(sent)
            damaged[self._chance.randrange(1, len(sent) - 1)] ^= 1 << self._chance.randrange(8)
            return bytes(damaged)
        return sent

    def _cuff_label(self) -> int:
        place = (self._second - _FIRST_CUFF_S) % _CUFF_EVERY_S
        if self._second >= _FIRST_CUFF_S and place < _CUFF_TAKES_S:
            return NibpLabel.AUTO | NibpLabel.MEASURING
        ended_s = self._cuff_end_s
        is_old = ended_s is None or self._second - ended_s > wire.OLDER_S
        return NibpLabel.AUTO | (NibpLabel.OLDER if is_old else 0)


def make_simulator(body: PatientBody, seed: int) -> DatexSimulator:
    """A monitor that waits to be asked; its cuff runs every 5 min."""
    return DatexSimulator(body, seed)


def encode_vitals(record: Mapping[Vital, float | None], t_ns: int) -> bytes:
    """A record that says exactly `record`.

    Where there is a systolic pressure, a record in which the cuff still measures goes before it,
    as on the wire: without it an equal pressure could not be told from the one before.
    """

    def number(vital: Vital, steps: int = 1) -> int:
        value = record.get(vital)
        return wire.INVALID if value is None else round(value * steps)

    time_s = _EPOCH_S + t_ns // _NS_PER_S
    display = Display(
        hr=number(Vital.HR),
        rr=number(Vital.RR),
        spo2=number(Vital.SPO2, 100),
        pr=number(Vital.PR),
        temp=number(Vital.TEMP, 100),
    )
    if record.get(Vital.SBP) is None:
        return frame_of(display, time_s)
    sys, dia, mean = (number(vital, 100) for vital in PRESSURES)
    measuring = replace(display, nibp_label=NibpLabel.MEASURING)
    ended = replace(display, nibp=(sys, dia, mean, display.pr), nibp_label=0)
    return frame_of(measuring, time_s) + frame_of(ended, time_s, 1)


def frame_of(display: Display, time_s: int, number: int = 0) -> bytes:
    """The frame of one record of displayed values, sent at `time_s` of the monitor's clock."""
    values = bytearray(wire.VALUES_SIZE)
    struct.pack_into("<I", values, 0, time_s)
    start = wire.VALUES_START

    def put(group: int, status: int, label: int, *numbers: int) -> None:
        wire.GROUP.pack_into(values, start + group, status, label)
        struct.pack_into(f"<{len(numbers)}h", values, start + group + wire.GROUP.size, *numbers)

    none = wire.INVALID
    ecg_status = _ON | _ECG_SOURCE | display.ecg_status
    put(wire.ECG, ecg_status, 0x2200, display.hr, none, none, none, display.rr)
    put(wire.NIBP, _ON, display.nibp_label, *display.nibp)
    put(wire.TEMPERATURES[0], _ON, Site.T1, display.temp)
    put(wire.SPO2, _ON, 0, display.spo2, display.pr, none, none)
    length = wire.HEADER_SIZE + len(values)
    head = wire.header(
        length,
        number=number & 0xFF,
        level=_LEVEL,
        time_s=time_s,
        subrecords=((0, wire.DISPLAYED),),
    )
    return wire.frame(head + values)


def _asked(content: bytes) -> int:
    """The interval that a request between two flags asks for; -2 where it is no request."""
    no_request = -2
    record = wire.unescaped(content)
    size = wire.HEADER_SIZE + wire.REQUEST.size
    if record is None or len(record) != size + 1 or sum(record[:-1]) & 0xFF != record[-1]:
        return no_request
    kind, interval_s, _, _ = wire.REQUEST.unpack_from(record, wire.HEADER_SIZE)
    return int(interval_s) if kind == wire.DISPLAYED else no_request


def _average(means: list[float], values: tuple[float, float]) -> None:
    """Move the means towards `values` by one second."""
    if not means:
        means[:] = values
        return
    for i, value in enumerate(values):
        means[i] += (value - means[i]) / _AVERAGE_S
