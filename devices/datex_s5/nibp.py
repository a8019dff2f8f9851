"""Which blood pressure in a row of S/5 records is a new determination. Pure.

The monitor repeats its last result in every record and sends no time of it. It does say when it
measures and when a result is older than 60 s; from these, not from a mere change of numbers,
follows what is new (NOTES.md).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from devices.datex_s5 import wire
from devices.datex_s5.wire import NibpLabel
from devices.driver import Measurement
from devices.pressures import failed, judge_pressures, spot_rate
from protocols.vitals import NS_PER_S

_NO_DETERMINATION = NibpLabel.CALIBRATING | NibpLabel.STASIS
_MARGIN_S = 5
_NO_RESULT = "the monitor ended its measurement without a result: repeat, or measure by hand"
_BEFORE = "was there before the connection: its age is not known"
_OLD = "ended more than 60 s before it was first sent: its age is not known"
_SAME = "cannot be told from the one shown less than a minute before"


@dataclass(frozen=True, slots=True, kw_only=True)
class BloodPressure:
    """What one record says: pressures in 0.01 mmHg and pulse rate in 1/min, as on the wire."""

    sys: int
    dia: int
    mean: int
    rate: int

    @property
    def pressures(self) -> tuple[int, int, int]:
        """Systolic, diastolic and mean."""
        return self.sys, self.dia, self.mean

    @property
    def is_whole(self) -> bool:
        """Whether all three pressures are measurements."""
        return min(self.pressures) >= wire.MEASURED_FROM

    @property
    def text(self) -> str:
        """The pressures for people."""
        sys, dia, mean = (f"{value / 100:g}" for value in self.pressures)
        return f"blood pressure {sys}/{dia} mean {mean} mmHg"


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What follows from one record: measurements to give, or why there are none to give."""

    measurements: tuple[Measurement, ...] = ()
    refused: str = ""


_NO_NEWS = News()


class NibpFollower:
    """Follows one connection. `live` when the first result must not be taken for new."""

    def __init__(self, *, live: bool) -> None:
        self._live = live
        self.forget()

    def forget(self) -> None:
        """Another connection begins: nothing is known of what the monitor shows."""
        self._is_first = True
        self._known: tuple[int, int, int] | None = None
        self._known_s = 0
        self._known_older = False
        self._measuring = False
        self._ended = False

    def hear(self, label: int, said: BloodPressure, time_s: int, end_byte: int) -> News:
        """What the NIBP group of a record sent at `time_s` of the monitor's clock says anew."""
        older = bool(label & NibpLabel.OLDER)
        if label & _NO_DETERMINATION:
            self._measuring = self._ended = False
            return _NO_NEWS
        is_first, self._is_first = self._is_first, False
        if label & NibpLabel.MEASURING:
            self._measuring, self._ended = True, False
            self._know(said, time_s, older)
            return _NO_NEWS
        is_second, self._ended = self._ended, self._measuring
        finished, self._measuring = is_second or self._ended, False
        if said.is_whole and is_first:
            return self._hear_first(said, time_s, older, end_byte)
        if not said.is_whole or older:
            was_known = not said.is_whole or said.pressures == self._known
            self._know(said, time_s, older)
            if is_second:
                return News(measurements=failed(_NO_RESULT).placed(end_byte=end_byte).measurements)
            return _NO_NEWS if was_known else News(refused=f"{said.text} {_OLD}")
        if said.pressures == self._known and not self._known_older:
            if not finished:
                return _NO_NEWS
            if time_s - self._known_s <= wire.OLDER_S + _MARGIN_S:
                self._ended = False
                return News(refused=f"{said.text} {_SAME}")
        self._know(said, time_s, older)
        self._ended = False
        return News(measurements=_judged(said, end_byte))

    def rest(self) -> None:
        """The group says nothing in this record: no determination is under way."""
        self._measuring = self._ended = False

    def _hear_first(self, said: BloodPressure, time_s: int, older: bool, end_byte: int) -> News:
        self._know(said, time_s, older)
        if self._live:
            return News(refused=f"{said.text} {_BEFORE}")
        note = "ended more than 60 s before" if older else "ended in the 60 s before"
        age_ns = wire.OLDER_S * NS_PER_S if older else 0
        return News(measurements=_judged(said, end_byte, note=note, age_ns=age_ns))

    def _know(self, said: BloodPressure, time_s: int, older: bool) -> None:
        """Remember what is on the monitor's display, and since when."""
        if not said.is_whole:
            self._known = None
        elif said.pressures == self._known:
            self._known_older |= older
        else:
            self._known = said.pressures
            self._known_s = time_s
            self._known_older = older


def _judged(
    said: BloodPressure, end_byte: int, *, note: str = "", age_ns: int = 0
) -> tuple[Measurement, ...]:
    """The pressures of a new determination and its pulse rate, or why they are none."""
    verdict = judge_pressures(*(value / 100 for value in said.pressures))
    placed = verdict.placed(end_byte=end_byte, age_ns=age_ns).measurements
    if verdict.failure:
        return placed
    rate = spot_rate(said.rate if said.rate >= wire.MEASURED_FROM else None)
    noted = (replace(each, note=note) for each in placed)
    return (*noted, replace(rate, end_byte=end_byte, age_ns=age_ns))
