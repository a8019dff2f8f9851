"""Which words of a pump are worth an event: what is new at once, the rest now and then. Pure.

A pump answers each second. Rate, standing, alarm, drug, unit and note are reported when they
change; the volume each 0.1 mL, which is a step of its own display; and all of it at least every
10 s, so that a fresh fact stands in the record. Every answer keeps the link live, reported or not.
"""

from __future__ import annotations

from dataclasses import replace

from devices.driver import PumpStatus
from protocols.events import PumpReported
from protocols.missing import without_false_numbers
from protocols.vitals import NS_PER_S

REPORT_NS = 10 * NS_PER_S
STEP_ML = 0.1
_ROUNDING_ML = 1e-6


class PumpReports:
    """The reports of one pump."""

    def __init__(self, device: str) -> None:
        """Nothing was reported of the pump in the slot `device`."""
        self._device = device
        self._last: PumpReported | None = None

    def connect(self) -> None:
        """The port was opened: whatever comes first is new."""
        self._last = None

    def take(self, t_ns: int, status: PumpStatus, doubt: str) -> PumpReported | None:
        """The report of `status`, or None while nothing in it is new.

        With a `doubt` (a person must confirm first that the pump is this patient's) its facts do
        not count: the report says only why.
        """
        report = _doubted(t_ns, self._device, doubt) if doubt else _said(t_ns, self._device, status)
        last = self._last
        if last is not None and t_ns - last.t_ns < REPORT_NS and not _is_new(report, last):
            return None
        self._last = report
        return report


def _said(t_ns: int, device: str, status: PumpStatus) -> PumpReported:
    said = PumpReported(
        t_ns=t_ns,
        device=device,
        rate_ml_per_h=status.rate_ml_per_h,
        volume_ml=status.volume_ml,
        running=status.running,
        alarm=status.alarm,
        drug=status.drug,
        unit=status.unit,
        note=status.note,
    )
    return without_false_numbers(said)


def _doubted(t_ns: int, device: str, doubt: str) -> PumpReported:
    return PumpReported(
        t_ns=t_ns, device=device, rate_ml_per_h=None, volume_ml=None, running=None, note=doubt
    )


def _is_new(report: PumpReported, last: PumpReported) -> bool:
    volume, before = report.volume_ml, last.volume_ml
    if volume is None or before is None:
        return replace(report, t_ns=last.t_ns) != last
    if abs(volume - before) >= STEP_ML - _ROUNDING_ML:
        return True
    return replace(report, t_ns=last.t_ns, volume_ml=before) != last
