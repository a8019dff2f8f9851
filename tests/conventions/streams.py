"""Streams of every registered driver, for tests: records in its format, its simulated unit, noise.

Test files of this folder ask the same of every driver; what they share is here.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import ceil, floor

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from devices.driver import (
    Counts,
    DeviceCommand,
    DriverItem,
    Measurement,
    Parser,
    ParserItem,
    PatientBody,
    PumpStatus,
    Samples,
    Send,
)
from devices.driver_spec import DeviceKind
from devices.registry import DRIVERS, DriverSpec
from protocols.vitals import NS_PER_S, PRESSURES, VITALS, Vital
from tests.unit.devices.steady_body import SteadyBody

Record = Mapping[Vital | str, float | None]
"""Vitals of a monitor and their values; numbers of a pump by the name that `PumpStatus` has."""

MONITORS = {name: spec for name, spec in DRIVERS.items() if spec.kind is DeviceKind.MONITOR}
PUMPS = {name: spec for name, spec in DRIVERS.items() if spec.kind is DeviceKind.PUMP}
PUMP_STEPS = {
    "alaris-ash": {"rate_ml_per_h": 0.01, "volume_ml": 0.001},
    "bbraun-bcc": {"rate_ml_per_h": 0.01, "volume_ml": 0.1},
}
"""Numbers that a pump gives, with the smallest step of its format."""

SPECS = pytest.mark.parametrize("spec", DRIVERS.values(), ids=DRIVERS)
MONITOR_SPECS = pytest.mark.parametrize("spec", MONITORS.values(), ids=MONITORS)
PUMP_SPECS = pytest.mark.parametrize("spec", PUMPS.values(), ids=PUMPS)
ANY_DRIVER = st.sampled_from(sorted(DRIVERS))


def at_least(examples: int) -> settings:
    """So many examples, or those of the profile if these are more."""
    return settings(max_examples=max(examples, settings.default.max_examples))


NO_PLACE: dict[tuple[str, Vital], Callable[[float], bool]] = {
    ("bci", Vital.PR): lambda rate: rate > 254,
    ("contec-cms50", Vital.PR): lambda rate: rate > 254,
    ("contec-cms50", Vital.PI): lambda index: index == 0,
    ("suntech", Vital.PR): lambda rate: rate > 255,
    ("suntech", Vital.CUFF): lambda pressure: pressure == -1,
}
"""Plausible values for which a format has no place: its unit sends them as missing."""


def comes_back(spec: DriverSpec, record: Record, vital: Vital) -> float | None:
    """What a format gives back of one vital of `record` as a value; None for what is missing.

    A rate that stands only beside a blood pressure comes back as a spot value, not here.
    """
    value = record.get(vital)
    if value is None or NO_PLACE.get((spec.name, vital), lambda _: False)(value):
        return None
    if spec.name == "masimo" and vital is Vital.PI and value == 0:
        # Without a pulse its 0 says that there is nothing to measure.
        has_pulse = record.get(Vital.PR) is not None and record.get(Vital.SPO2) is not None
        return value if has_pulse else None
    return value


def numeric_vitals(spec: DriverSpec) -> list[Vital]:
    """What a driver gives but waves."""
    return [vital for vital in spec.vitals if vital is not Vital.PLETH]


# reading


def feed(parser: Parser, data: bytes, sizes: Iterable[int] = ()) -> list[ParserItem]:
    """What the parser gives for `data` cut into pieces of `sizes` and a rest."""
    items: list[ParserItem] = []
    position = 0
    for size in sizes:
        items += parser.feed(data[position : position + size])
        position += size
    return items + parser.feed(data[position:])


def read(spec: DriverSpec, data: bytes) -> tuple[list[ParserItem], Counts]:
    """A whole capture through a new parser, and where its bytes went."""
    parser = spec.make_parser()
    items = parser.feed(data) + parser.finish()
    return items, parser.counts


def accounted_for(counts: Counts) -> int:
    """The bytes that `counts` knows of."""
    return counts.frame_bytes + counts.rejected_bytes + counts.skipped_bytes + counts.pending_bytes


def measured(items: Iterable[DriverItem]) -> list[Measurement]:
    """The measurements among `items`."""
    return [item for item in items if isinstance(item, Measurement)]


def facts(items: Iterable[DriverItem]) -> list[Measurement | PumpStatus]:
    """What `items` tell: measurements, and what a pump says of itself."""
    return [item for item in items if isinstance(item, Measurement | PumpStatus)]


def spoken(items: Iterable[DriverItem]) -> list[DriverItem]:
    """All items but waves: those are grouped as the bytes came."""
    return [item for item in items if not isinstance(item, Samples)]


def wave(items: Iterable[DriverItem]) -> list[tuple[int, bool]]:
    """Every sample of the waves among `items`, with whether it is usable."""
    return [
        (value, item.usable) for item in items if isinstance(item, Samples) for value in item.values
    ]


def values_told(item: Measurement | PumpStatus) -> list[tuple[Vital | str, float]]:
    """The values that one item tells."""
    if isinstance(item, Measurement):
        return [] if item.value is None else [(item.vital, round(item.value, 6))]
    numbers = {"rate_ml_per_h": item.rate_ml_per_h, "volume_ml": item.volume_ml}
    return [(name, round(value, 6)) for name, value in numbers.items() if value is not None]


def valued(items: Iterable[DriverItem]) -> list[tuple[Vital | str, float]]:
    """Every value among `items`, in order."""
    return [told for item in facts(items) for told in values_told(item)]


def histories(values: Iterable[tuple[Vital | str, float]]) -> dict[Vital | str, list[float]]:
    """Each vital's values in order, repetitions once."""
    found: dict[Vital | str, list[float]] = {}
    for vital, value in values:
        history = found.setdefault(vital, [])
        if not history or history[-1] != value:
            history.append(value)
    return found


def is_part_of(values: Sequence[float], others: Sequence[float]) -> bool:
    """Whether `values` are some of `others`, in their order."""
    rest = iter(others)
    return all(value in rest for value in values)


# records


def _stepped(spec: DriverSpec, vital: Vital) -> st.SearchStrategy[float]:
    """Plausible values of `vital` that stand on the format's grid."""
    step = spec.resolution[vital]
    low, high = VITALS[vital].plausible
    return st.integers(ceil(low / step), floor(high / step)).map(lambda n: round(n * step, 6))


@st.composite
def _pressures(draw: st.DrawFn) -> dict[Vital, float]:
    diastolic = draw(st.integers(10, 218))
    mean = draw(st.integers(max(diastolic + 1, 20), min(240, max(diastolic + 1, 238))))
    systolic = draw(st.integers(max(mean + 1, 40), 280))
    return dict(zip(PRESSURES, map(float, (systolic, diastolic, mean)), strict=True))


def _pump_numbers(spec: DriverSpec) -> st.SearchStrategy[dict[str, float | None]]:
    steps = PUMP_STEPS[spec.name]
    return st.fixed_dictionaries(
        {},
        optional={
            name: st.none()
            | st.integers(0, floor(1200 / step)).map(lambda n, step=step: round(n * step, 6))
            for name, step in steps.items()
        },
    )


def plausible_records(spec: DriverSpec) -> st.SearchStrategy[dict[Vital | str, float | None]]:
    """Records with any plausible values of the driver's vitals: there, missing, or not named."""
    if spec.kind is DeviceKind.PUMP:
        return _pump_numbers(spec)
    streams = st.fixed_dictionaries(
        {},
        optional={
            vital: st.none() | _stepped(spec, vital)
            for vital in numeric_vitals(spec)
            if vital not in PRESSURES
        },
    )
    if Vital.SBP not in spec.vitals:
        return streams
    nothing: st.SearchStrategy[dict[Vital, float]] = st.just({})
    return st.builds(lambda a, b: {**a, **b}, streams, nothing | _pressures())


def awkward_records(spec: DriverSpec, count: int = 6) -> list[dict[Vital | str, float]]:
    """Records all of whose values change each time.

    A digit or a bit more or less turns them into others that are just as plausible.
    """
    series: dict[Vital, tuple[float, ...]] = {
        Vital.PR: (111, 188, 66, 121, 200, 77),
        Vital.HR: (188, 111, 80, 200, 122, 99),
        Vital.SPO2: (99, 100, 88, 92, 95, 97),
        Vital.PI: (11.11, 2.22, 10.1, 3.3, 12.5, 1.0),
        Vital.RR: (11, 22, 33, 10, 44, 14),
        Vital.TEMP: (36.6, 33.3, 40.4, 37.0, 35.5, 38.8),
        Vital.ETCO2: (38, 33, 44, 40, 55, 66),
        Vital.SBP: (111, 200, 144, 122, 188, 133),
        Vital.DBP: (66, 110, 77, 70, 88, 55),
        Vital.MAP: (88, 140, 99, 87, 122, 80),
        Vital.CUFF: (0, 111, 222, 33, 180, 19),
    }
    if spec.kind is DeviceKind.PUMP:
        rates, volumes = (
            (111.11, 52.5, 20.02, 3.33, 200.0, 77.7),
            (1.1, 2.2, 11.1, 22.0, 33.3, 40.4),
        )
        return [{"rate_ml_per_h": rates[i % 6], "volume_ml": volumes[i % 6]} for i in range(count)]
    return [{vital: series[vital][i % 6] for vital in numeric_vitals(spec)} for i in range(count)]


def pump_status(record: Record, *, running: bool | None = True) -> PumpStatus:
    """What a pump says that has exactly the numbers of `record`."""
    return PumpStatus(
        rate_ml_per_h=record.get("rate_ml_per_h"),
        volume_ml=record.get("volume_ml"),
        running=running,
        unit="40864",
    )


def encoded(spec: DriverSpec, records: Iterable[Record], step_s: int = 10) -> list[bytes]:
    """The refreshes that say `records`, one every `step_s` seconds."""
    if spec.kind is DeviceKind.PUMP:
        say = spec.pump_simulator.encode_status
        pumps = [pump_status(record) for record in records]
        return [say(status, (i + 1) * step_s * NS_PER_S) for i, status in enumerate(pumps)]
    encode = spec.simulator.encode_vitals
    return [encode(each, (i + 1) * step_s * NS_PER_S) for i, each in enumerate(records)]


# damage and noise


def one_byte_wrong(data: bytes) -> dict[bytes, int]:
    """`data` with each of its bytes lost, and with each of them twice, and where that was."""
    found: dict[bytes, int] = {}
    for i in range(len(data)):
        found[data[:i] + data[i + 1 :]] = i
        found[data[: i + 1] + data[i:]] = i
    return found


@st.composite
def noise(draw: st.DrawFn, largest: int = 200) -> bytes:
    """Bytes of any kind: few and simple, or many and even."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=largest))
    size = draw(st.integers(0, largest))
    return random.Random(draw(st.integers(0, 1 << 30))).randbytes(size)


# conversations


@dataclass(slots=True)
class Talk:
    """What a driver and a simulated unit said to each other."""

    items: list[tuple[int, DriverItem]] = field(default_factory=list)
    pieces: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def sent_by_unit(self) -> bytes:
        """Everything that the unit sent."""
        return b"".join(data for _, data in self.pieces)


def converse(
    spec: DriverSpec,
    seconds: float,
    *,
    body: PatientBody | None = None,
    seed: int = 1,
    commands: Sequence[tuple[float, DeviceCommand]] = (),
    damage: Callable[[bytes], bytes] = bytes,
    reconnected_s: float | None = None,
) -> Talk:
    """Let the driver talk with its simulated unit over a line that does `damage`.

    `commands` are given at their seconds; at `reconnected_s` another driver, which knows nothing of
    what was, takes the place of the first, and only from then on the talk is kept.
    """
    driver = spec.make_driver()
    unit = spec.make_simulator(body or SteadyBody(), seed)
    talk = Talk()
    again_ns = None if reconnected_s is None else round(reconnected_s * NS_PER_S)
    waiting = [(round(at_s * NS_PER_S), command) for at_s, command in commands]

    def take(t_ns: int, items: list[DriverItem]) -> None:
        for item in items:
            talk.items.append((t_ns, item))
            if isinstance(item, Send):
                unit.receive(t_ns, item.data)

    take(0, driver.connect(0))
    while True:
        times = [driver.next_deadline_ns, unit.next_deadline_ns, again_ns]
        times += [t for t, _ in waiting[:1]]
        t_ns = min((each for each in times if each is not None), default=None)
        if t_ns is None or t_ns > seconds * NS_PER_S:
            return talk
        if t_ns == again_ns:
            driver, talk, again_ns = spec.make_driver(), Talk(), None
            take(t_ns, driver.connect(t_ns))
        if waiting and waiting[0][0] == t_ns:
            take(t_ns, driver.command(t_ns, waiting.pop(0)[1]))
        take(t_ns, driver.advance(t_ns))
        if data := unit.advance(t_ns):
            talk.pieces.append((t_ns, data))
            take(t_ns, driver.receive(t_ns, damage(data)))


@cache
def minute_of_a_unit(name: str) -> Talk:
    """A minute with the simulated unit of a driver; its cuff is started where that can be."""
    spec = DRIVERS[name]
    commands = [(1.0, DeviceCommand.START_BP)] if spec.can_start_bp else []
    return converse(spec, 60, commands=commands)


@cache
def minute_of_records(name: str) -> bytes:
    """A minute of records in the format of a driver, one a second."""
    spec = DRIVERS[name]
    return b"".join(encoded(spec, awkward_records(spec, 60), step_s=1))
