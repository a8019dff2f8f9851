"""A simulated IntelliVue monitor: answers an association and polls, and measures by itself.

It keeps what a real one keeps: one association at a time, ended after 10 s without a word from
the host; results in linked parts; no absolute time with a poll; a cuff on its own cycle whose last
determination is repeated with its time stamp, with the systolic pressure shown alone at first.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp

from devices.driver import PatientBody, Rejected
from devices.philips_intellivue import encoding, wire
from devices.philips_intellivue.clock import make_stamp
from devices.philips_intellivue.encoding import PLACES, PRESSURE_PLACES, make_item, numeric
from devices.philips_intellivue.frames import FrameReader
from devices.philips_intellivue.messages import Item
from devices.philips_intellivue.wire import Physio, Session, State, Unit
from protocols.vitals import NS_PER_S, Vital

_MS = 1_000_000
_REPLY_NS = 120 * _MS
_BYTE_NS = 86_806
"""One byte at 115200 Bd."""
_KEEP_ALIVE_NS = 10 * NS_PER_S
_AVERAGE_S = 8.0
_SEARCH_NS = 6 * NS_PER_S
_FIRST_CUFF_NS = 15 * NS_PER_S
_CUFF_CYCLE_NS = 300 * NS_PER_S
_EARLY_NS = 15 * NS_PER_S
"""From the start of the cuff to its early systolic pressure."""
_CUFF_NS = 33 * NS_PER_S
"""From the start of the cuff to its result."""
_SWITCHED_ON_S = 3976588800
"""What the monitor's clock shows at time 0, in seconds since 1900."""
_PARTS_OF_CUFF = ("start", "early", "result")
_CUFF_TIMES = {"start": 0, "early": _EARLY_NS, "result": _CUFF_NS}
_OTHERS = (
    (0x82E8, Item(0x4261, 0, Unit.BEATS_PER_MIN, 0), "PVC"),
    (0x82F5, Item(0x3F20, 0x2000, 0x0892, wire.NO_NUMBER), "QT"),
    (0x82F7, Item(0x3F24, 0x2000, 0x0892, wire.NO_NUMBER), "QTc"),
    (0x82DB, Item(0x0302, 0x0002, 0x0512, 0xFFFFFFF1), "ST"),
    (0x8664, Item(0xF0E3, 0x2000, Unit.PERCENT, wire.NO_NUMBER), "PPV"),
)
"""Numerics that nothing here reads; with them a result needs two parts, as real ones do."""
_NIBP_HANDLE = 0x8272
_NIBP_PULSE_HANDLE = 0x8275


@dataclass(frozen=True, slots=True, kw_only=True)
class IntellivueFaults:
    """What may be wrong with the simulated unit, beside what the patient does.

    Attributes:
        refuse: every association is refused.
        silent: nothing is answered.
        demo: the monitor is in demo mode.
        questionable: every value is called questionable.
        no_clock: the monitor does not say what its clock shows.
        no_stamp: blood pressures carry no time stamp.
        abort_after: polls after which the monitor ends an association; 0 for never.
        corrupt_every: each n-th frame is sent with one bit damaged; 0 damages none.
    """

    refuse: bool = False
    silent: bool = False
    demo: bool = False
    questionable: bool = False
    no_clock: bool = False
    no_stamp: bool = False
    abort_after: int = 0
    corrupt_every: int = 0


class IntellivueSimulator:
    """One monitor, switched on at time 0. Set `faults` at any time; they hold from then on."""

    def __init__(
        self, body: PatientBody, seed: int, *, faults: IntellivueFaults | None = None
    ) -> None:
        """Wait for a host; the cuff's cycle begins by itself."""
        self.faults = faults or IntellivueFaults()
        self._body = body
        self._chance = random.Random(seed)
        self._heard = FrameReader()
        self._answers: list[tuple[int, bytes]] = []
        self._sent = 0
        self._is_associated = False
        self._heard_ns = 0
        self._polls = 0
        self._invoke_id = 0
        self._means: dict[Vital, float] = {}
        self._averaged_ns = 0
        self._lost_ns: int | None = None
        self._cuff_start_ns = _FIRST_CUFF_NS
        self._cuff_next = _PARTS_OF_CUFF[0]
        self._pressures: list[Item] = _no_pressures(State.UNAVAILABLE)
        self._cuff_pulse: Item | None = None
        self._stamp_ns = 0

    def advance(self, t_ns: int) -> bytes:
        """Everything sent up to and including `t_ns`."""
        self._live(t_ns)
        due = sorted(answer for answer in self._answers if answer[0] <= t_ns)
        self._answers = [answer for answer in self._answers if answer[0] > t_ns]
        return b"" if self.faults.silent else b"".join(data for _, data in due)

    def receive(self, t_ns: int, data: bytes) -> None:
        """Bytes of the host reached the monitor at `t_ns`."""
        self._live(t_ns)
        for framed in self._heard.read(data):
            if not isinstance(framed, Rejected):
                self._heard_ns = t_ns
                self._obey(t_ns, framed.data)

    @property
    def next_deadline_ns(self) -> int | None:
        """When the monitor next sends or gives up the host, or None while it only waits."""
        times = [at for at, _ in self._answers]
        if self._is_associated:
            times.append(self._heard_ns + _KEEP_ALIVE_NS)
        return min(times, default=None)

    def _live(self, t_ns: int) -> None:
        """Let everything happen that was due up to `t_ns`."""
        while (at_ns := self._cuff_start_ns + _CUFF_TIMES[self._cuff_next]) <= t_ns:
            self._move_cuff(at_ns)
        if self._is_associated and t_ns - self._heard_ns >= _KEEP_ALIVE_NS:
            self._abort(self._heard_ns + _KEEP_ALIVE_NS)

    def _obey(self, t_ns: int, data: bytes) -> None:
        kind = data[0] if data else 0
        if kind == Session.REQUEST:
            self._associate(t_ns)
        elif kind == Session.RELEASE and self._is_associated:
            self._is_associated = False
            self._say(t_ns, encoding.RELEASED)
        elif self._is_associated and len(data) == 36 and data[26:28] == b"\x00\x08":
            self._answer(t_ns, data)

    def _associate(self, t_ns: int) -> None:
        if self.faults.refuse or self._is_associated:
            self._say(t_ns, encoding.REFUSED)
            return
        self._is_associated = True
        self._polls = 0
        self._say(t_ns, encoding.ACCEPTED)
        self._invoke_id += 1
        clock = b"" if self.faults.no_clock else make_stamp(_clock_s(t_ns))
        created = encoding.mds_created(invoke_id=self._invoke_id, ticks=_ticks(t_ns), clock=clock)
        self._say(t_ns + 50 * _MS, created)

    def _answer(self, t_ns: int, request: bytes) -> None:
        self._polls += 1
        if self.faults.abort_after and self._polls > self.faults.abort_after:
            self._abort(t_ns)
            return
        result = encoding.poll_result(
            self._objects(t_ns),
            invoke_id=int.from_bytes(request[8:10], "big"),
            number=int.from_bytes(request[28:30], "big"),
            ticks=_ticks(t_ns),
        )
        self._say(t_ns, result)

    def _abort(self, t_ns: int) -> None:
        self._is_associated = False
        self._say(t_ns, encoding.ABORTED)

    def _say(self, t_ns: int, data: bytes) -> None:
        """Send the frames of `data`, damaging some if that is the fault."""
        sent = bytearray(data)
        every = self.faults.corrupt_every
        for place in range(len(data)):
            if data[place] != 0xC0:
                continue
            self._sent += 1
            if every and self._sent % every == 0:
                sent[place + 5] ^= 1 << self._chance.randrange(5)
        self._answers.append((t_ns + _REPLY_NS + len(data) * _BYTE_NS, bytes(sent)))

    def _objects(self, t_ns: int) -> list[bytes]:
        values = self._measure(t_ns)
        lost = self._lost_ns is not None
        objects = []
        for vital, place in PLACES.items():
            if vital in (Vital.TEMP, Vital.ETCO2):
                continue
            no_probe = lost and vital in (Vital.SPO2, Vital.PR, Vital.PI)
            item = make_item(
                place.physio,
                place.unit,
                None if no_probe else values[vital],
                decimals=place.decimals if vital is Vital.PI else 0,
                state=State.INVALID if no_probe else 0,
            )
            objects.append(numeric(place.handle, [self._flag(item)], label=place.label))
        objects += [numeric(handle, [item], label=label) for handle, item, label in _OTHERS]
        stamp = b"" if self.faults.no_stamp else make_stamp(_clock_s(self._stamp_ns))
        cuff = [self._flag(item) for item in self._pressures]
        objects.append(numeric(_NIBP_HANDLE, cuff, stamp=stamp, label="NBP"))
        if self._cuff_pulse is not None:
            pulse = [self._flag(self._cuff_pulse)]
            objects.append(numeric(_NIBP_PULSE_HANDLE, pulse, stamp=stamp, label="Pulse"))
        return objects

    def _flag(self, item: Item) -> Item:
        state = item.state
        if self.faults.demo:
            state |= State.DEMO
        if self.faults.questionable:
            state |= State.QUESTIONABLE
        return item._replace(state=state)

    def _measure(self, t_ns: int) -> dict[Vital, float]:
        """Means over some seconds; the oximeter searches for a while when its probe comes back."""
        body = self._body
        if not body.probe_on(t_ns):
            self._lost_ns = t_ns
        elif self._lost_ns is not None and t_ns - self._lost_ns >= _SEARCH_NS:
            self._lost_ns = None
        rate = body.pulse_rate_bpm(t_ns)
        now = {
            Vital.HR: rate + self._chance.gauss(0, 0.4),
            Vital.PR: rate + self._chance.gauss(0, 0.4),
            Vital.SPO2: min(100.0, body.spo2_percent(t_ns)),
            Vital.PI: min(20.0, body.perfusion_percent(t_ns)),
            Vital.RR: body.respiratory_rate_per_min(t_ns),
        }
        share = 1 - exp(-(t_ns - self._averaged_ns) / NS_PER_S / _AVERAGE_S)
        self._averaged_ns = t_ns
        for vital, value in now.items():
            before = self._means.get(vital, value)
            self._means[vital] = before + (value - before) * share
        return self._means

    def _move_cuff(self, t_ns: int) -> None:
        """One moment of a determination: it begins, shows its systolic pressure, ends."""
        part = self._cuff_next
        self._cuff_next = _PARTS_OF_CUFF[(_PARTS_OF_CUFF.index(part) + 1) % len(_PARTS_OF_CUFF)]
        if part == "start":
            return
        systolic, diastolic, mean = self._body.blood_pressure_mmhg(t_ns)
        self._stamp_ns = t_ns
        if part == "early":
            self._pressures = _no_pressures(State.UNAVAILABLE)
            early = make_item(Physio.NIBP_SYSTOLIC, Unit.MMHG, systolic, state=State.EARLY)
            self._pressures[0] = early
            self._cuff_pulse = None
            return
        self._cuff_start_ns += _CUFF_CYCLE_NS
        if self._body.cuff_disturbed(t_ns):
            self._pressures = _no_pressures(State.INVALID)
            return
        values = (systolic, diastolic, mean)
        pairs = zip(PRESSURE_PLACES.values(), values, strict=True)
        self._pressures = [make_item(physio, Unit.MMHG, value) for physio, value in pairs]
        rate = self._body.pulse_rate_bpm(t_ns)
        self._cuff_pulse = make_item(Physio.NIBP_PULSE, Unit.BEATS_PER_MIN, rate)


def make_simulator(body: PatientBody, seed: int) -> IntellivueSimulator:
    """A monitor that waits for a host."""
    return IntellivueSimulator(body, seed)


def encode_vitals(record: Mapping[Vital, float | None], t_ns: int) -> bytes:
    """The result of one poll that says exactly `record`, with the monitor's clock at `t_ns`.

    A systolic pressure in it is a determination of that moment; without the other two it is an
    early one, which the parser waits upon.
    """
    stamp = make_stamp(_clock_s(t_ns))
    objects = []
    for vital, place in PLACES.items():
        item = make_item(place.physio, place.unit, record.get(vital), decimals=place.decimals)
        objects.append(numeric(place.handle, [item]))
    if Vital.SBP in record:
        pressures = [record.get(vital) for vital in PRESSURE_PLACES]
        is_early = pressures[0] is not None and None in pressures
        state = State.EARLY if is_early else 0
        items = [
            make_item(physio, Unit.MMHG, value, state=0 if value is None else state)
            for physio, value in zip(PRESSURE_PLACES.values(), pressures, strict=True)
        ]
        objects.append(numeric(_NIBP_HANDLE, items, stamp=stamp))
    number = t_ns // NS_PER_S % (1 << 16)
    return encoding.poll_result(
        objects, invoke_id=number, number=number, ticks=_ticks(t_ns), clock=stamp
    )


def _ticks(t_ns: int) -> int:
    return t_ns // wire.NS_PER_TICK % (1 << 32)


def _clock_s(t_ns: int) -> int:
    return _SWITCHED_ON_S + t_ns // NS_PER_S


def _no_pressures(state: int) -> list[Item]:
    return [make_item(physio, Unit.MMHG, None, state=state) for physio in PRESSURE_PLACES.values()]
