"""A Root's blood pressure: what the nibp keys of one line say, judged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from devices.driver import Measurement, ParserItem
from devices.masimo_ascii1 import wire
from protocols.vitals import NS_PER_S, PRESSURES, VITALS, Quality, Vital

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

    def measurements(self) -> list[ParserItem]:
        """The three pressures, and the pulse rate where there is one."""
        quality, note = self._judge()
        values = (self.sys_mmhg, self.dia_mmhg, self.map_mmhg)
        items: list[ParserItem] = [
            self._measurement(vital, value, quality, note)
            for vital, value in zip(PRESSURES, values, strict=True)
        ]
        if self.rate_bpm and quality.has_value and VITALS[Vital.PR].is_plausible(self.rate_bpm):
            items.append(self._measurement(Vital.PR, self.rate_bpm, quality, note, spot=True))
        return items

    def _measurement(
        self, vital: Vital, value: int | None, quality: Quality, note: str, *, spot: bool = False
    ) -> Measurement:
        if value is None and quality.has_value:
            quality, note = Quality.MISSING, "the monitor gives no mean"
        return Measurement(
            vital=vital,
            value=float(value) if value is not None and quality.has_value else None,
            quality=quality,
            note=note,
            spot=spot,
            age_ns=self.age_ns or 0,
        )

    def _judge(self) -> tuple[Quality, str]:
        pressures = {Vital.SBP: self.sys_mmhg, Vital.DBP: self.dia_mmhg}
        falling = [self.sys_mmhg, self.dia_mmhg, 0]
        if self.map_mmhg is not None:
            pressures[Vital.MAP] = self.map_mmhg
            falling.insert(1, self.map_mmhg)
        if any(high <= low for high, low in pairwise(falling)):
            text = "the monitor's values do not agree with each other"
            return Quality.FAILED, f"{text} ({self.said}): repeat"
        if not all(VITALS[vital].is_plausible(value) for vital, value in pressures.items()):
            return Quality.IMPLAUSIBLE, f"not plausible ({self.said}): repeat, or measure by hand"
        if self.exception:
            return Quality.LOW, f"monitor: nibpEXC {self.exception}"
        return Quality.GOOD, ""


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
    """`text` where it is a time (else empty), whether it has a date, and its age by `clock`."""
    dated = _DATED.fullmatch(text)
    if dated is not None:
        return text, True, _age_ns(clock, f"{dated[1]} {dated[2]}")
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
