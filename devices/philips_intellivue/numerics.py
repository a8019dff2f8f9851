"""Single numerics: which vital a value is, whether it may be believed, and in what words. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from devices.driver import Measurement
from devices.philips_intellivue.messages import Item, Observed
from devices.philips_intellivue.wire import Physio, State, Unit
from protocols.vitals import VITALS, Quality, Vital

_SPECIAL_MANTISSAS = (0x7FFFFF, 0x800000, 0x7FFFFE, 0x800002, 0x800001)
"""Not a number, not at this resolution, plus and minus infinity, reserved."""

_UNUSABLE = (
    (State.DEMO, "the monitor is in demo mode: these are not the patient's values"),
    (State.TEST, "the monitor sends test data: these are not the patient's values"),
    (State.INVALID, "the monitor calls the value invalid"),
    (State.UNAVAILABLE, "the monitor has no value"),
    (State.CALIBRATING, "the monitor calibrates"),
)
"""States in which a value is not used, the gravest first."""

_ANY_UNUSABLE = int(State.DEMO | State.TEST | State.INVALID | State.UNAVAILABLE | State.CALIBRATING)
FOREIGN = int(State.DEMO | State.TEST)
"""States of values that are no patient's."""

QUESTIONABLE_TEXT = "the monitor calls the value questionable"
_QUESTIONABLE = int(State.QUESTIONABLE)
_IN_ALARM = int(State.IN_ALARM)


class Source(NamedTuple):
    """Where a vital comes from: `rank` decides between two that both have a value, 0 first."""

    vital: Vital
    rank: int
    units: tuple[Unit, ...]
    note: str = ""


SOURCES: dict[int, Source] = {
    Physio.HEART_RATE: Source(Vital.HR, 0, (Unit.BEATS_PER_MIN,)),
    Physio.PLETH_PULSE: Source(Vital.PR, 0, (Unit.BEATS_PER_MIN,)),
    Physio.SPO2: Source(Vital.SPO2, 0, (Unit.PERCENT,)),
    Physio.PERFUSION: Source(Vital.PI, 0, (Unit.NONE, Unit.PERCENT)),
    Physio.AIRWAY_RESP_RATE: Source(Vital.RR, 0, (Unit.BREATHS_PER_MIN,), "from the airway gas"),
    Physio.RESP_RATE: Source(Vital.RR, 1, (Unit.BREATHS_PER_MIN,)),
    Physio.END_TIDAL_CO2: Source(Vital.ETCO2, 0, (Unit.MMHG,)),
    Physio.TEMP_CORE: Source(Vital.TEMP, 0, (Unit.CELSIUS,), "core"),
    Physio.TEMP_OESOPHAGUS: Source(Vital.TEMP, 1, (Unit.CELSIUS,), "oesophagus"),
    Physio.TEMP_NASOPHARYNX: Source(Vital.TEMP, 2, (Unit.CELSIUS,), "nasopharynx"),
    Physio.TEMP_EAR: Source(Vital.TEMP, 3, (Unit.CELSIUS,), "ear"),
    Physio.TEMP: Source(Vital.TEMP, 4, (Unit.CELSIUS,)),
}
"""Numerics that come anew with each poll."""

_NEVER_ZERO = (Vital.HR, Vital.PR, Vital.SPO2, Vital.ETCO2)


class Judged(NamedTuple):
    """A value and how far to believe it, or None and why."""

    value: float | None
    quality: Quality
    note: str


def read_number(raw: int) -> float | None:
    """The 32-bit FLOAT `raw` (8-bit exponent of ten, 24-bit mantissa); None if it is no number."""
    mantissa = raw & 0xFFFFFF
    if mantissa in _SPECIAL_MANTISSAS:
        return None
    exponent = raw >> 24
    if mantissa & 0x800000:
        mantissa -= 0x1000000
    if exponent & 0x80:
        return float(mantissa / 10 ** (256 - exponent))
    return float(mantissa * 10**exponent)


def unusable_text(state: int) -> str:
    """Why a value of `state` is not used; empty if it is."""
    if not state & _ANY_UNUSABLE:
        return ""
    return next(text for bit, text in _UNUSABLE if state & bit)


def alarm_text(state: int) -> str:
    """The monitor's own alarm about a value of `state`, or nothing."""
    return "the monitor's own alarm" if state & _IN_ALARM else ""


def judge(item: Item, vital: Vital, units: tuple[Unit, ...], note: str = "") -> Judged:
    """What `item` says of `vital`: a value only if state, unit and range allow it."""
    _, state, unit, raw = item
    reason = unusable_text(state)
    if reason:
        return Judged(None, Quality.MISSING, reason)
    value = read_number(raw)
    if value is None or (value == 0 and vital in _NEVER_ZERO):
        return Judged(None, Quality.MISSING, "no value")
    if unit not in units:
        return Judged(None, Quality.MISSING, f"its unit {unit:04X} (hexadecimal) is not known")
    spec = VITALS[vital]
    if not spec.is_plausible(value):
        text = f"{value:g} {spec.unit_text} is not plausible"
        return Judged(None, Quality.IMPLAUSIBLE, text)
    if not state:
        return Judged(value, Quality.GOOD, note)
    doubt = QUESTIONABLE_TEXT if state & _QUESTIONABLE else ""
    words = ", ".join(filter(None, (note, doubt, alarm_text(state))))
    return Judged(value, Quality.LOW if doubt else Quality.GOOD, words)


def judge_streams(objects: Iterable[Observed]) -> dict[Vital, Judged]:
    """Each vital that the objects of one poll speak of, from its best source."""
    found: dict[Vital, Judged] = {}
    ranks: dict[Vital, tuple[bool, int]] = {}
    for items, _ in objects:
        for item in items:
            source = SOURCES.get(item[0])
            if source is None:
                continue
            vital = source.vital
            judged = judge(item, vital, source.units, source.note)
            rank = (judged.value is None, source.rank)
            if vital not in ranks or rank < ranks[vital]:
                found[vital], ranks[vital] = judged, rank
    return found


def measurement(vital: Vital, judged: Judged, end_byte: int) -> Measurement:
    """`judged` as a measurement of a stream."""
    value, quality, note = judged
    return Measurement(vital=vital, value=value, quality=quality, note=note, end_byte=end_byte)
