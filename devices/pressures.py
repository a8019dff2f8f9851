"""Whether the pressures of a cuff determination may be shown: one rule for all monitors. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from devices.driver import Measurement
from protocols.vitals import PRESSURES, VITALS, Quality, Vital


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A determination judged: the measurements to show, and why it failed (empty if it did not).

    `text` says the pressures as people write them.
    """

    measurements: tuple[Measurement, ...]
    failure: str
    text: str = ""

    def placed(self, *, end_byte: int = 0, age_ns: int = 0) -> Verdict:
        """The same, its measurements placed in the stream and in time."""
        return replace(
            self,
            measurements=tuple(
                replace(each, end_byte=end_byte, age_ns=age_ns) for each in self.measurements
            ),
        )


def judge_pressures(systolic: float, diastolic: float, mean: float) -> Verdict:
    """Valid (systolic > mean > diastolic > 0) and plausible, mmHg; else all three are missing."""
    said = f"{systolic:g}/{diastolic:g} mean {mean:g} mmHg"
    if not systolic > mean > diastolic > 0:
        return failed(f"the monitor's values do not agree with each other ({said}): repeat")
    pairs = tuple(zip(PRESSURES, (systolic, diastolic, mean), strict=True))
    if not all(VITALS[vital].is_plausible(value) for vital, value in pairs):
        return failed(f"not plausible ({said}): repeat, or measure by hand", Quality.IMPLAUSIBLE)
    pressures = tuple(
        Measurement(vital=vital, value=float(value), quality=Quality.GOOD) for vital, value in pairs
    )
    return Verdict(measurements=pressures, failure="", text=said)


def failed(reason: str, quality: Quality = Quality.FAILED) -> Verdict:
    """A determination that gave no pressures, for `reason`."""
    return Verdict(
        measurements=tuple(
            Measurement(vital=vital, value=None, quality=quality, note=reason)
            for vital in PRESSURES
        ),
        failure=reason,
    )


def spot_rate(rate_bpm: int | None) -> Measurement:
    """The pulse rate found with a blood pressure, per minute; None and 0 are missing."""
    if not rate_bpm:
        quality, value, note = Quality.MISSING, None, "no pulse rate with this blood pressure"
    elif not VITALS[Vital.PR].is_plausible(rate_bpm):
        quality, value = Quality.IMPLAUSIBLE, None
        note = f"{rate_bpm} /min is not plausible"
    else:
        quality, value, note = Quality.GOOD, float(rate_bpm), ""
    return Measurement(vital=Vital.PR, value=value, quality=quality, note=note, spot=True)
