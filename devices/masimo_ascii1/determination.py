"""A Root's blood pressure: what the nibp keys of one line say, judged."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from devices.driver import Measurement, ParserItem
from devices.masimo_ascii1 import wire
from devices.pressures import Verdict, failed, judge_pressures, spot_rate
from protocols.vitals import NS_PER_S, VITALS, Quality, Vital

_DATED = re.compile(r"(\d\d/\d\d/\d\d)[ T_-]?(\d\d:\d\d:\d\d)", re.ASCII)
_TIME = re.compile(r"(\d\d:\d\d)(:\d\d)?", re.ASCII)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Determination:
    """What one line says of the last determination.

    Attributes:
        sys_mmhg, dia_mmhg, map_mmhg: pressures; the mean is None where the line has none.
        rate_bpm: pulse rate found by the cuff, or None.
        measured: nibpMEASTIME where it is a time, else empty: then nothing tells this
            determination from another with the same values.
        is_dated: `measured` has a date.
        age_ns: the monitor's clock in this line minus `measured`; None where that is unknown.
        exception: nibpEXC where it is not zero.
    """

    sys_mmhg: int
    dia_mmhg: int
    map_mmhg: int | None
    rate_bpm: int | None
    measured: str
    is_dated: bool
    age_ns: int | None
    exception: str

    @property
    def values(self) -> tuple[int | None, ...]:
        """The numbers alone."""
        return (self.sys_mmhg, self.dia_mmhg, self.map_mmhg, self.rate_bpm)

    @property
    def said(self) -> str:
        """The pressures in words."""
        mean = "" if self.map_mmhg is None else f" mean {self.map_mmhg}"
        return f"{self.sys_mmhg}/{self.dia_mmhg}{mean} mmHg"

    def repeats(self, given: Determination) -> bool:
        """Whether this says `given` once more, perhaps now with its time."""
        return self.values == given.values and given.measured in ("", self.measured)

    def contradicts(self, given: Determination) -> str:
        """Why this can be no determination after `given`; empty if it can."""
        if not given.measured:
            return ""
        if not self.measured:
            return "nibpMEASTIME is no time any more"
        same = self.measured == given.measured
        return "other values for the same nibpMEASTIME" if same else ""

    def measurements(self) -> list[ParserItem]:
        """The three pressures, and the cuff's pulse rate where there is one."""
        verdict = self._judge()
        quality = Quality.LOW if self.exception else Quality.GOOD
        note = f"monitor: nibpEXC {self.exception}" if self.exception else ""
        items = list(verdict.measurements)
        if self.rate_bpm and not verdict.failure:
            items.append(spot_rate(self.rate_bpm))
        return [
            replace(
                item,
                quality=quality if item.value is not None else item.quality,
                note=item.note or note,
                age_ns=self.age_ns or 0,
            )
            for item in items
        ]

    def _judge(self) -> Verdict:
        if self.map_mmhg is not None:
            return judge_pressures(self.sys_mmhg, self.dia_mmhg, self.map_mmhg)
        if not self.sys_mmhg > self.dia_mmhg > 0:
            return failed(
                f"the monitor's values do not agree with each other ({self.said}): repeat"
            )
        values = {Vital.SBP: self.sys_mmhg, Vital.DBP: self.dia_mmhg}
        if not all(VITALS[vital].is_plausible(value) for vital, value in values.items()):
            reason = f"not plausible ({self.said}): repeat, or measure by hand"
            return failed(reason, Quality.IMPLAUSIBLE)
        pressures = tuple(
            Measurement(vital=vital, value=float(value), quality=Quality.GOOD)
            for vital, value in values.items()
        )
        mean = Measurement(
            vital=Vital.MAP, value=None, quality=Quality.MISSING, note="the monitor gives no mean"
        )
        return Verdict(measurements=(*pressures, mean), failure="")


def read_determination(clock: str, fields: dict[str, str]) -> Determination | None:
    """The determination of a line whose clock says `clock`; None where there is none.

    Raises:
        ValueError: if a value is neither a whole number of mmHg nor dashes, or a digit is missing.
    """
    texts = {key: fields[key] for key in (*wire.BP_KEYS, "nibpPR") if key in fields}
    numbers = {key: _whole(key, text) for key, text in texts.items()}
    sys_mmhg, dia_mmhg = numbers["nibpSYS"], numbers["nibpDIA"]
    if sys_mmhg is None or dia_mmhg is None:
        return None
    bare = [text for key, text in texts.items() if numbers[key] is not None]
    bare = [text.removesuffix("mmHg") for text in bare]
    if any(text.startswith("0") for text in bare) and any(len(text) != 3 for text in bare):
        raise ValueError("some nibp values are padded to three digits and some are not")
    measured, is_dated, age_ns = _time(clock, fields.get("nibpMEASTIME", ""))
    return Determination(
        sys_mmhg=sys_mmhg,
        dia_mmhg=dia_mmhg,
        map_mmhg=numbers.get("nibpMAP"),
        rate_bpm=numbers.get("nibpPR"),
        measured=measured,
        is_dated=is_dated,
        age_ns=age_ns,
        exception=fields.get("nibpEXC", "").lstrip("0").strip("-"),
    )


def _whole(key: str, text: str) -> int | None:
    if wire.MISSING.fullmatch(text):
        return None
    bare = text.removesuffix("mmHg")
    if not wire.PRESSURE.fullmatch(bare):
        raise ValueError(f"{key} is no whole number: {text!r}")
    return int(bare)


def _time(clock: str, text: str) -> tuple[str, bool, int | None]:
    """The time that `text` says (or empty), whether with a date, and its age by `clock`."""
    dated = _DATED.fullmatch(text)
    if dated is not None:
        then = f"{dated[1]} {dated[2]}"
        return then, True, _age_ns(clock, then)
    time = _TIME.fullmatch(text)
    if time is None:
        return "", False, None
    age_ns = _age_ns(clock, f"{clock[:8]} {time[1]}{time[2] or ':00'}", wraps=True)
    return text, False, age_ns


def _age_ns(clock: str, measured: str, *, wraps: bool = False) -> int | None:
    """How long before `clock` it was `measured`; None for no date, or one that is to come."""
    try:
        now, then = (datetime.strptime(text, wire.CLOCK_FORMAT) for text in (clock, measured))
    except ValueError:
        return None
    age = now - then
    if wraps:
        age %= _DAY
    return None if age < timedelta() else round(age.total_seconds()) * NS_PER_S
