"""One blood-pressure determination as screens show it, joined from its readings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from protocols.events import Reading
from protocols.vitals import Vital

_PRESSURE_FIELDS = {Vital.SBP: "sbp_mmhg", Vital.DBP: "dbp_mmhg", Vital.MAP: "map_mmhg"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BloodPressure:
    """One determination: pressures in mmHg (None where it failed), and when it was made.

    `note` is the monitor's own words when it gave no pressure.
    """

    measured_ns: int
    source: str
    manual: bool
    sbp_mmhg: float | None = None
    dbp_mmhg: float | None = None
    map_mmhg: float | None = None
    note: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether it gave systolic and diastolic pressure."""
        return self.sbp_mmhg is not None and self.dbp_mmhg is not None


def joined(known: BloodPressure | None, event: Reading) -> BloodPressure:
    """The determination that `event` is part of: `known` with its value, or a new one."""
    if known is None or known.measured_ns != event.measured_ns or known.source != event.source:
        known = BloodPressure(
            measured_ns=event.measured_ns, source=event.source, manual=event.manual
        )
    changes: dict[str, Any] = {_PRESSURE_FIELDS[event.vital]: event.value}
    if event.note:
        changes["note"] = event.note
    return replace(known, **changes)
