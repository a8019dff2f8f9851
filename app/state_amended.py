"""How corrections change what a screen shows: a corrected value stands, a withdrawn one is gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from app.state_pressures import BloodPressure, joined
from protocols.events import Reading
from protocols.record_entries import is_correction, same_place
from protocols.vitals import Quality, Vital

KEPT = 8
"""So many whole determinations are kept, to fall back on when the last one is withdrawn."""

WITHDRAWN = "withdrawn"

Readings = Mapping[Vital, Reading]


@dataclass(frozen=True, slots=True, kw_only=True)
class PressuresShown:
    """The blood pressures of a screen.

    Attributes:
        latest: the latest determination, failed and withdrawn ones included.
        last: the latest determination that gave pressures and stands.
        typed: the pressures typed last, not yet whole while they come in one by one.
        whole: the last whole determinations that stand, in the order in which they became known.
    """

    latest: BloodPressure | None = None
    last: BloodPressure | None = None
    typed: BloodPressure | None = None
    whole: tuple[BloodPressure, ...] = ()

    def after(self, event: Reading) -> PressuresShown:
        """After the pressure `event`, of a monitor, typed, or correcting another."""
        if is_correction(event):
            return self._correct(event)
        made = joined(self.typed if event.manual else self.latest, event)
        whole = _keep_whole(self.whole, made)
        if event.manual:
            return self._typed(made, whole)
        last = made if made.is_whole else self.last
        return replace(self, latest=made, last=last, whole=whole)

    def _typed(self, typed: BloodPressure, whole: tuple[BloodPressure, ...]) -> PressuresShown:
        """A typed value never takes the place of one that was measured later."""

        def newer(known: BloodPressure | None) -> BloodPressure | None:
            stands = known is not None and known.measured_ns > typed.measured_ns
            return typed if typed.is_whole and not stands else known

        return PressuresShown(
            latest=newer(self.latest), last=newer(self.last), typed=typed, whole=whole
        )

    def _correct(self, event: Reading) -> PressuresShown:
        whole = tuple(one for kept in self.whole if (one := _corrected(kept, event)).is_whole)
        latest = None if self.latest is None else _corrected(self.latest, event)
        last = max(whole, key=lambda one: one.measured_ns, default=None)
        return replace(self, latest=latest, last=last, whole=whole)


def _keep_whole(whole: tuple[BloodPressure, ...], made: BloodPressure) -> tuple[BloodPressure, ...]:
    """`whole` with the determination `made` as it is now, if it gave pressures."""
    if not made.is_whole:
        return whole
    key = (made.measured_ns, made.source)
    return (*(one for one in whole if (one.measured_ns, one.source) != key), made)[-KEPT:]


def _is_of(one: BloodPressure, event: Reading) -> bool:
    return (one.measured_ns, one.source) == (event.measured_ns, event.source)


def _corrected(one: BloodPressure, event: Reading) -> BloodPressure:
    if not _is_of(one, event):
        return one
    note = one.note
    if event.quality is Quality.WITHDRAWN and event.vital is not Vital.MAP:
        note = WITHDRAWN
    return replace(joined(one, event), note=note)


def stand(readings: Readings, event: Reading, *, keep_blank: bool) -> Readings:
    """`readings` with the correction `event` in place of what it corrects, if that is there.

    With `keep_blank` a withdrawn value stays as one that is missing; without it, it is left out.
    """
    known = readings.get(event.vital)
    if known is None or not same_place(known, event):
        return readings
    left = {vital: one for vital, one in readings.items() if vital is not event.vital}
    if event.value is not None or keep_blank:
        left[event.vital] = event
    return MappingProxyType(left)
