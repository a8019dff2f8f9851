"""Cuff pressures: which of the monitor's many repetitions is a new determination. Pure.

The monitor repeats its last determination with every poll, for hours, with the time stamp of the
determination. While the cuff deflates it may show an early systolic pressure without the other
two; that is waited for. Each determination is given once.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from devices.driver import Measurement
from devices.philips_intellivue.clock import read_stamp_s
from devices.philips_intellivue.messages import Item
from devices.philips_intellivue.numerics import (
    FOREIGN,
    QUESTIONABLE_TEXT,
    alarm_text,
    judge,
    read_number,
    unusable_text,
)
from devices.philips_intellivue.wire import TICKS_PER_S, Physio, State, Unit
from protocols.vitals import NS_PER_S, PRESSURES, VITALS, Quality, Vital

LONGEST_TICKS = 180 * TICKS_PER_S
"""A determination that is still incomplete after this has failed."""

AHEAD_NS = 60 * NS_PER_S
"""So far a time stamp may lie in the future: two clocks of whole seconds, one set by a server."""

_REMEMBERED = 8
"""Determinations remembered as given, should a monitor show two cuffs in turn."""

_ORDER = (Physio.NIBP_SYSTOLIC, Physio.NIBP_DIASTOLIC, Physio.NIBP_MEAN)
_NOT_FINAL = State.EARLY | State.ONGOING


@dataclass(frozen=True, slots=True, kw_only=True)
class Determined:
    """One determination of the cuff.

    Attributes:
        measurements: pressures or the pulse rate with it; their ages are not set.
        age_ns: how long before the poll it was determined; None while that is unknown.
        doubt: why the age is unknown.
    """

    measurements: tuple[Measurement, ...]
    age_ns: int | None = 0
    doubt: str = ""


class _Given:
    """What was given; of uncertain age apart, to be given once more when the age is known."""

    def __init__(self) -> None:
        self._certain: deque[tuple[bytes, tuple[float, ...]]] = deque(maxlen=_REMEMBERED)
        self._uncertain: deque[tuple[bytes, tuple[float, ...]]] = deque(maxlen=_REMEMBERED)

    def add(self, stamp: bytes, values: tuple[float, ...], *, is_certain: bool) -> bool:
        """Remember a determination; whether it is to be given now."""
        determined = (stamp, values)
        if determined in self._certain or (not is_certain and determined in self._uncertain):
            return False
        (self._certain if is_certain else self._uncertain).append(determined)
        return True


class CuffMemory:
    """What was given already of pressures and of the pulse rate that comes with them."""

    def __init__(self) -> None:
        """Nothing was given yet."""
        self._seen: tuple[bytes, tuple[Item, ...], bool] | None = None
        self._given = _Given()
        self._stamp: bytes | None = None
        self._since: int | None = None
        self._given_up: bytes | None = None
        self._pulses_given = _Given()

    def forget(self) -> None:
        """The connection was lost: wait for no half determination; what was given stays given."""
        self._seen = None
        self._since = None

    def take(
        self, items: tuple[Item, ...], stamp: bytes, ticks: int, now_ns: int | None
    ) -> Determined | None:
        """The pressures of one poll at `ticks` and clock `now_ns`; what is new of them."""
        seen = (stamp, items, now_ns is None)
        if seen == self._seen and self._since is None:
            return None
        self._seen = seen
        by_physio = {item.physio: item for item in items}
        found = [by_physio.get(physio) for physio in _ORDER]
        usable = [item for item in found if item is not None and not _refusal(item)]
        if any(item.state & FOREIGN for item in items):
            usable = []
        if not usable:
            return self._take_none(found, stamp)
        final = len(usable) == len(_ORDER) and not any(i.state & _NOT_FINAL for i in usable)
        if not final:
            return self._wait(stamp, ticks)
        self._since = self._given_up = None
        return self._take_final(usable, stamp, now_ns)

    def take_pulse(self, item: Item, stamp: bytes, now_ns: int | None) -> Determined | None:
        """The pulse rate that the cuff found, if it is new; nothing where there is none."""
        if item.state & _NOT_FINAL:
            return None
        judged = judge(item, Vital.PR, (Unit.BEATS_PER_MIN,))
        if judged.value is None:
            return None
        age_ns, doubt = _age(stamp, now_ns)
        if not self._pulses_given.add(stamp, (judged.value,), is_certain=not doubt):
            return None
        pulse = Measurement(
            vital=Vital.PR,
            value=judged.value,
            quality=judged.quality,
            note=judged.note,
            spot=True,
        )
        return Determined(measurements=(pulse,), age_ns=age_ns, doubt=doubt)

    def _wait(self, stamp: bytes, ticks: int) -> Determined | None:
        if stamp == self._given_up:
            return None
        if self._since is None:
            self._since = ticks
        if (ticks - self._since) % (1 << 32) < LONGEST_TICKS:
            return None
        self._stamp = self._given_up = stamp
        self._since = None
        return _failed("the monitor did not complete the determination: repeat", Quality.FAILED)

    def _take_none(self, found: list[Item | None], stamp: bytes) -> Determined | None:
        """No pressure can be used: a failure, or only an old determination that went away."""
        was_waiting = self._since is not None
        is_first = self._stamp is None and not was_waiting
        is_new = was_waiting or stamp != self._stamp
        self._stamp, self._since, self._given_up = stamp, None, None
        if not is_new:
            return None
        reasons = [_refusal(item) for item in found if item is not None]
        reason = max(reasons, key=_gravity, default="the monitor has no value")
        return _failed(reason, Quality.MISSING if is_first else Quality.FAILED)

    def _take_final(self, items: list[Item], stamp: bytes, now_ns: int | None) -> Determined | None:
        values = tuple(read_number(item.raw) or 0.0 for item in items)
        self._stamp = stamp
        age_ns, doubt = _age(stamp, now_ns)
        if not self._given.add(stamp, values, is_certain=not doubt):
            return None
        sys_mmhg, dia_mmhg, map_mmhg = values
        said = f"{sys_mmhg:g}/{dia_mmhg:g} mean {map_mmhg:g} mmHg"
        if not sys_mmhg > map_mmhg > dia_mmhg > 0:
            return _failed(
                f"the monitor's values do not agree with each other ({said}): repeat",
                Quality.FAILED,
            )
        pairs = tuple(zip(PRESSURES, values, strict=True))
        if not all(VITALS[vital].is_plausible(value) for vital, value in pairs):
            return _failed(
                f"not plausible ({said}): repeat, or measure by hand", Quality.IMPLAUSIBLE
            )
        return Determined(
            measurements=tuple(
                Measurement(
                    vital=vital, value=value, quality=Quality.GOOD, note=alarm_text(item.state)
                )
                for (vital, value), item in zip(pairs, items, strict=True)
            ),
            age_ns=age_ns,
            doubt=doubt,
        )


def _refusal(item: Item) -> str:
    """Why one pressure is not used; empty if it is."""
    reason = unusable_text(item.state)
    if reason:
        return reason
    if item.state & State.QUESTIONABLE:
        return QUESTIONABLE_TEXT
    if read_number(item.raw) is None:
        return "no value"
    if item.unit != Unit.MMHG:
        return f"its unit {item.unit:04X} (hexadecimal) is not known"
    return ""


def _gravity(reason: str) -> tuple[bool, bool]:
    return "not the patient's" in reason, bool(reason)


def _failed(reason: str, quality: Quality) -> Determined:
    return Determined(
        measurements=tuple(
            Measurement(vital=vital, value=None, quality=quality, note=reason)
            for vital in PRESSURES
        )
    )


def _age(stamp: bytes, now_ns: int | None) -> tuple[int | None, str]:
    """Age of a determination by the monitor's clock, or None and why it is not known."""
    seconds = read_stamp_s(stamp)
    if seconds is None:
        return None, "the monitor does not say when it was determined"
    if now_ns is None:
        return None, "the monitor's clock is not known yet"
    age_ns = now_ns - seconds * NS_PER_S
    if age_ns < -AHEAD_NS:
        return None, "its time is later than the monitor's clock"
    return max(0, age_ns), ""
