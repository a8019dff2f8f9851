"""Masimo ASCII 1: lines of ``KEY=VALUE`` to saturation, pulse rate, perfusion and blood pressure.

One line a second, without a checksum. Keys come in any order and unknown ones are passed over, but
a line whose form is not exactly that of its kind is refused whole: a lost or doubled digit must not
make another number. Sources and certainty: NOTES.md.
"""

from __future__ import annotations

import re
from typing import Protocol

from devices.driver import Measurement, ParserItem, Rejected
from devices.lines import UNKNOWN_LINE, Line, LineParser
from devices.masimo_ascii1 import wire
from devices.masimo_ascii1.determination import Determination, read_determination
from protocols.vitals import VITALS, Quality, Vital

_LIMIT = 1024


class BpTrust(Protocol):
    """What a live stream must earn before a determination that it says is given."""

    def judge(self, determination: Determination) -> str:
        """Why `determination`, said by one more line, is held back; empty to give it."""
        ...

    def saw_none(self) -> None:
        """A line of a monitor with a cuff said that there is no determination."""
        ...

    def forget(self) -> None:
        """The connection was lost."""
        ...


class MasimoParser(LineParser):
    """Parser of one stream. Each line is taken at its word, a determination once.

    A line is refused if its ALARM or EXC has another number of digits than the line before of the
    same unit, until a second line agrees with it. `trust` holds back determinations of a live
    stream.
    """

    def __init__(self, trust: BpTrust | None = None) -> None:
        super().__init__(_LIMIT)
        self._trust = trust
        self._shape: _Shape | None = None
        self._other_shape: _Shape | None = None
        self._given: Determination | None = None
        self._given_words: tuple[str | None, ...] = ()
        self._held = ""

    def forget(self) -> None:
        """Pass over the half line of a connection that was lost, and what was known of the unit."""
        super().forget()
        self._shape = self._other_shape = self._given = None
        self._given_words = ()
        self._held = ""
        if self._trust is not None:
            self._trust.forget()

    def read_line(self, text: str) -> Line:
        """What one line says."""
        return self._read(text, may_be_cut=False)

    def read_last_line(self, text: str) -> Line:
        """A line that may have been cut is believed only with ALARM and EXC of known length.

        Its blood pressure is believed only if it is the first of the capture.
        """
        return self._read(text, may_be_cut=True)

    def _read(self, text: str, *, may_be_cut: bool) -> Line:
        if "SPO2=" not in text and "BPM=" not in text:
            return UNKNOWN_LINE
        start = wire.START.match(text)
        if start is None:
            both = "SPO2=" in text and "BPM=" in text
            return Line(refused="no date and time at its start") if both else UNKNOWN_LINE
        try:
            fields = _split(text[start.end() :])
            alarm = _bits("ALARM", fields, wire.ALARM_DIGITS)
            exc = _bits("EXC", fields, wire.EXC_DIGITS)
            self._check_digits(fields, may_be_cut)
            items = _read_oximeter(fields, alarm or 0, exc)
        except ValueError as error:
            return Line(refused=str(error))
        if may_be_cut and self._given is not None:
            return Line(items=items)
        return Line(items=items + self._read_cuff(start[1], fields))

    def _check_digits(self, fields: dict[str, str], may_be_cut: bool) -> None:
        """Raises ValueError where ALARM or EXC may have lost or gained a digit."""
        shape = (fields.get("SN", ""), len(fields.get("ALARM", "")), len(fields.get("EXC", "")))
        before = self._shape
        if before is not None and before[0] == shape[0]:
            if shape not in (before, self._other_shape):
                self._other_shape = shape
                raise ValueError("ALARM and EXC have other lengths than in the line before")
        elif may_be_cut and shape[1:] not in wire.KNOWN_DIGITS:
            raise ValueError("the line may have been cut")
        self._shape, self._other_shape = shape, None

    def _read_cuff(self, clock: str, fields: dict[str, str]) -> list[ParserItem]:
        if "nibpSYS" not in fields or "nibpDIA" not in fields:
            return []
        words = tuple(map(fields.get, wire.CUFF_KEYS))
        if words == self._given_words:
            return []
        try:
            determination = read_determination(clock, fields)
        except ValueError as error:
            return self._hold(str(error))
        if determination is None:
            if self._trust is not None:
                self._trust.saw_none()
            return []
        given = self._given
        if given is not None and determination.repeats(given):
            self._given, self._given_words = determination, words
            return []
        reason = determination.contradicts(given) if given is not None else ""
        if not reason and self._trust is not None:
            reason = self._trust.judge(determination)
        if reason:
            return self._hold(f"{determination.said}: {reason}")
        self._given, self._given_words, self._held = determination, words, ""
        return determination.measurements()

    def _hold(self, reason: str) -> list[ParserItem]:
        """Say once, not every second, why a determination is not given."""
        if reason == self._held:
            return []
        self._held = reason
        return [Rejected(reason=f"blood pressure not shown: {reason}", data=b"")]


_Shape = tuple[str, int, int]


def _split(text: str) -> dict[str, str]:
    """Keys and values; a word without a key belongs to the value before it.

    Raises:
        ValueError: if a key comes twice, or SPO2 or BPM not at all.
    """
    fields: dict[str, str] = {}
    last = ""
    for word in text.split():
        key, equals, value = word.partition("=")
        if not equals:
            fields[last] = f"{fields.get(last, '')} {word}"
        elif key in fields:
            raise ValueError(f"{key} comes twice")
        else:
            fields[key] = value
            last = key
    for key in ("SPO2", "BPM"):
        if key not in fields:
            raise ValueError(f"no {key}")
    return fields


def _bits(key: str, fields: dict[str, str], digits: range) -> int | None:
    """The hexadecimal value of `key`; None where the line has no such key."""
    text = fields.get(key)
    if text is None:
        return None
    if len(text) not in digits or not set(text) <= set("0123456789ABCDEFabcdef"):
        raise ValueError(f"{key} is no hexadecimal number of known length: {text!r}")
    return int(text, 16)


def _number(key: str, text: str, form: re.Pattern[str]) -> float | None:
    """The value of `key`; None for dashes."""
    if form.fullmatch(text):
        return float(text.rstrip("%"))
    if wire.MISSING.fullmatch(text):
        return None
    raise ValueError(f"{key} has not the form of its kind: {text!r}")


def _read_oximeter(fields: dict[str, str], alarm: int, exc: int | None) -> list[ParserItem]:
    """Pulse rate, saturation and perfusion index. Raises ValueError for a malformed value."""
    rate = _number("BPM", fields["BPM"].removesuffix("%"), wire.RATE)
    saturation = _number("SPO2", fields["SPO2"], wire.SATURATION)
    values = [(Vital.PR, rate), (Vital.SPO2, saturation)]
    if "PI" in fields:
        perfusion = _number("PI", fields["PI"], wire.PERFUSION)
        has_pulse = bool(rate) and bool(saturation)
        values.append((Vital.PI, perfusion if has_pulse or perfusion else None))
    quality, words = _judge(exc)
    alarms = wire.words(alarm, wire.ALARMS)
    note = f"monitor: {', '.join(words)}" if words else ""
    if alarms:
        note = "; ".join(filter(None, (note, f"monitor's alarm: {', '.join(alarms)}")))
    return [_measure(vital, value, quality, note) for vital, value in values]


def _judge(exc: int | None) -> tuple[Quality, list[str]]:
    """The quality that the exceptions leave, and their words, the gravest first."""
    if exc is None:
        return Quality.LOW, ["does not say how good its signal is"]
    doubts = wire.words(exc, wire.DOUBTS)
    words = [
        *wire.words(exc, wire.FAULTS),
        *(["sensor off"] if exc & wire.SENSOR_OFF else []),
        *wire.words(exc, wire.SEARCHES),
        *doubts,
        *wire.words(exc, wire.REMARKS),
    ]
    if wire.words(exc, wire.FAULTS):
        return Quality.SENSOR_FAULT, words
    if exc & wire.SENSOR_OFF:
        return Quality.SENSOR_OFF, words
    if wire.words(exc, wire.SEARCHES):
        return Quality.SEARCHING, words
    return Quality.LOW if doubts else Quality.GOOD, words


def _measure(vital: Vital, value: float | None, quality: Quality, note: str) -> Measurement:
    if not quality.has_value:
        value = None
    elif value is None or (value == 0 and vital is not Vital.PI):
        value, quality = None, Quality.MISSING
        note = "; ".join(filter(None, ("no value", note)))
    elif not VITALS[vital].is_plausible(value):
        said = f"{VITALS[vital].format(value)} {VITALS[vital].unit_text} is not plausible"
        value, quality, note = None, Quality.IMPLAUSIBLE, said
    return Measurement(vital=vital, value=value, quality=quality, note=note)
