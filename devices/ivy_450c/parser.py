"""ANSAR-B messages: bytes to readings and the pulse wave.

A message is a header, 400 bytes of waves (any byte, also line ends), and lines of text up to
``FE``. There is no checksum: a message counts when all of it has its form. Sources: NOTES.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from devices.driver import Counts, Measurement, ParserItem, Samples
from devices.framing import FrameBuffer
from devices.ivy_450c import wire
from devices.ivy_450c.digits import DigitFollower
from devices.ivy_450c.nibp import News, NibpFollower, Pressures
from devices.pressures import judge_pressures, spot_rate
from protocols.vitals import VITALS, Quality, Vital

_TEXT = re.compile(rb"[\r\x20-\x7e]*")
_LINES = re.compile(rb"HR=\d;[ -~]*\r([A-Z][A-Z0-9]{0,7}=\d;[ -~]*\r)*")
_NUMBER = re.compile(r"\d{1,3}")
_DEGREES = re.compile(r"\d{2,3}(\.\d{1,2})?")
_TEXT_LIMIT = wire.TEXT_START + wire.LONGEST_TEXT
_PIECE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One line: its values as they stand, the label and the monitor's alarm, for people."""

    values: tuple[str, ...]
    label: str
    alarm: str


class IvyParser:
    """Parser of one monitor's messages.

    A capture is taken at its word. With `live` a blood pressure must be said twice in a row, and
    the first is refused, because it is from before the connection; and a number that jumps waits
    for a second.
    """

    def __init__(self, *, live: bool = False) -> None:
        self._buffer = FrameBuffer(limit=_TEXT_LIMIT + len(wire.HEADER))
        self._nibp = NibpFollower(live=live)
        self._digits = DigitFollower() if live else None
        self._cuff_rate = ""
        self._has_thermometer = False

    def feed(self, data: bytes) -> list[ParserItem]:
        """Decode `data` together with the bytes kept. Never raises."""
        items: list[ParserItem] = []
        for start in range(0, len(data), _PIECE):
            self._buffer.extend(data[start : start + _PIECE])
            while self._take(items):
                pass
        return items

    def finish(self) -> list[ParserItem]:
        """A last message that lacks only its end byte is believed."""
        items: list[ParserItem] = []
        pending = self._buffer.data
        if pending.startswith(wire.HEADER) and _LINES.fullmatch(pending, wire.TEXT_START):
            self._read(self._buffer.accept(len(pending)), items)
        else:
            self._buffer.skip(len(pending))
        return items

    def forget(self) -> None:
        """Start anew on another connection: nothing is joined across the gap."""
        self._buffer.skip(len(self._buffer.data))
        self._nibp.forget()
        self._cuff_rate = ""
        if self._digits is not None:
            self._digits.forget()
        self._has_thermometer = False

    @property
    def counts(self) -> Counts:
        """Where every byte fed so far went."""
        return self._buffer.counts

    def _take(self, items: list[ParserItem]) -> bool:
        """Decide the first bytes kept; False when that needs more."""
        data = self._buffer.data
        start = data.find(wire.HEADER)
        if start:
            size = len(data) - _begun(data) if start < 0 else start
            self._buffer.skip(size)
            return start > 0
        found = _TEXT.match(data, wire.TEXT_START, _TEXT_LIMIT)
        end = found.end() if found else 0
        if end >= len(data) and end < _TEXT_LIMIT:
            return False
        inner = data.find(wire.HEADER, 1, end)
        if inner > 0:
            items.append(self._buffer.reject(inner, "message cut short by the next"))
            return True
        last = data[end] if end < _TEXT_LIMIT else 0
        if last != wire.END or not _LINES.fullmatch(data, wire.TEXT_START, end):
            size = end if last == wire.HEADER[0] or end == _TEXT_LIMIT else end + 1
            items.append(self._buffer.reject(size, "message without its lines"))
            return True
        self._read(self._buffer.accept(end + 1), items)
        return True

    def _read(self, message: bytes, items: list[ParserItem]) -> None:
        end_byte = self._buffer.end_byte
        lines: dict[str, _Line | None] = {}
        text = message[wire.TEXT_START :].rstrip(bytes((wire.END,))).decode("ascii")
        for row in text.split("\r")[:-1]:
            key, line = _split(row)
            lines[key] = line
        readings = [_heart(lines), *_oximeter(lines), _breaths(lines)]
        temperature = _temperature(lines)
        has_pulse = readings[1].value is not None
        self._has_thermometer |= temperature.value is not None
        if self._has_thermometer:
            readings.append(temperature)
        if self._digits is not None:
            texts = _texts(lines)
            readings = [self._digits.hear(reading, texts) for reading in readings]
        items.extend(replace(reading, end_byte=end_byte) for reading in readings)
        self._follow(lines, end_byte, items)
        pleth = message[wire.PLETH]
        if set(pleth) != {wire.NO_SIGNAL}:
            items.append(
                Samples(
                    vital=Vital.PLETH,
                    interval_ns=wire.PLETH_INTERVAL_NS,
                    full_scale=wire.FULL_SCALE,
                    values=tuple(pleth),
                    usable=has_pulse,
                    end_byte=end_byte,
                )
            )

    def _follow(
        self, lines: dict[str, _Line | None], end_byte: int, items: list[ParserItem]
    ) -> None:
        line = lines.get("NIBP")
        if line is None or line.label:
            return
        *numbers, rate = line.values
        is_steady_rate = rate == self._cuff_rate or self._digits is None
        self._cuff_rate = rate
        said: Pressures | None = None
        if any(numbers):
            if not all(_NUMBER.fullmatch(text) for text in numbers):
                return
            said = (int(numbers[0]), int(numbers[1]), int(numbers[2]))
        news = self._nibp.hear(said)
        if said is None or news is News.NOTHING:
            return
        if news is News.FROM_BEFORE:
            reason = "was there before the connection: its age is not known"
            items.append(self._buffer.note(f"{_text(said)} {reason}"))
            return
        items.extend(
            replace(each, end_byte=end_byte)
            for each in _judge(said, line, rate if is_steady_rate else "")
        )


def _texts(lines: Mapping[str, _Line | None]) -> dict[Vital, str]:
    """Each value as it stands in its line."""
    keys = {Vital.HR: "HR", Vital.RR: "RR", Vital.SPO2: "SPO2"}
    texts = {vital: line.values[0] for vital, key in keys.items() if (line := lines.get(key))}
    if oximeter := lines.get("SPO2"):
        texts[Vital.PR] = oximeter.label
    thermometers = (lines.get("T1"), lines.get("T2"))
    texts[Vital.TEMP] = " ".join(line.values[0] for line in thermometers if line)
    return texts


def _split(row: str) -> tuple[str, _Line | None]:
    """Key of `row` and what it says; None where it has not the form of its key."""
    head, *fields = row.split(";")
    key, _, count = head.partition("=")
    wanted = wire.FIELDS.get(key)
    if wanted is None or count != str(wanted) or len(fields) != wanted + 2:
        return key, None
    stripped = tuple(field.strip() for field in fields)
    *values, label, alarm = stripped
    return key, _Line(values=tuple(values), label=label, alarm=alarm)


def _heart(lines: dict[str, _Line | None]) -> Measurement:
    line = lines.get("HR")
    knows = line is not None and line.label.startswith(wire.ECG_LABEL)
    return _reading(Vital.HR, line, knows)


def _breaths(lines: dict[str, _Line | None]) -> Measurement:
    line = lines.get("RR")
    knows = line is not None and (not line.label or line.label.startswith(wire.APNEA_LABEL))
    return _reading(Vital.RR, line, knows)


def _oximeter(lines: dict[str, _Line | None]) -> tuple[Measurement, Measurement]:
    """Saturation, and the pulse rate that stands in its label."""
    line = lines.get("SPO2")
    knows = line is not None and line.label.startswith(wire.PULSE_LABEL)
    saturation = _reading(Vital.SPO2, line, knows)
    if line is None or not knows:
        return saturation, _reading(Vital.PR, line, knows)
    pulse = line.label.removeprefix(wire.PULSE_LABEL).strip()
    return saturation, _reading(Vital.PR, _Line(values=(pulse,), label="", alarm=line.alarm), True)


def _temperature(lines: dict[str, _Line | None]) -> Measurement:
    """The first of two channels that has a value."""
    found = []
    for key in ("T1", "T2"):
        line = lines.get(key)
        found.append(_reading(Vital.TEMP, line, line is not None and not line.label))
    return next((reading for reading in found if reading.value is not None), found[0])


def _reading(vital: Vital, line: _Line | None, knows_label: bool) -> Measurement:
    """The first value of `line`, unless its form or its label is not one that is known."""

    def none(quality: Quality, note: str) -> Measurement:
        return Measurement(vital=vital, value=None, quality=quality, note=note)

    if line is None:
        return none(Quality.MISSING, "no line of the known form")
    text, alarm = line.values[0], f"monitor's alarm: {line.alarm}" if line.alarm else ""
    said = alarm or (f"the monitor says: {line.label}" if line.label and not knows_label else "")
    if not text:
        return none(Quality.MISSING, said or "no value")
    if not (_DEGREES if vital is Vital.TEMP else _NUMBER).fullmatch(text):
        return none(Quality.MISSING, "not a number")
    if not knows_label:
        return none(Quality.MISSING, said or "without its label")
    value = float(text)
    spec = VITALS[vital]
    if value == 0 and vital is not Vital.RR:
        return none(Quality.MISSING, alarm or "no value")
    if not spec.is_plausible(value):
        return none(Quality.IMPLAUSIBLE, f"{value:g} {spec.unit_text} is not plausible")
    quality = Quality.LOW if alarm else Quality.GOOD
    return Measurement(vital=vital, value=value, quality=quality, note=alarm)


def _judge(said: Pressures, line: _Line, rate: str) -> tuple[Measurement, ...]:
    """The pressures of a new determination and its pulse `rate`, or why they are none."""
    verdict = judge_pressures(*said)
    if verdict.failure:
        return verdict.measurements
    pulse = spot_rate(int(rate) if _NUMBER.fullmatch(rate) else None)
    if not line.alarm:
        return (*verdict.measurements, pulse)
    note = f"monitor's alarm: {line.alarm}"
    doubted = (replace(each, quality=Quality.LOW, note=note) for each in verdict.measurements)
    return (*doubted, pulse)


def _text(said: Pressures) -> str:
    sys, dia, mean = said
    return f"blood pressure {sys}/{dia} mean {mean} mmHg"


def _begun(data: bytes) -> int:
    """How many bytes at the end of `data` may begin a header."""
    for size in range(len(wire.HEADER) - 1, 0, -1):
        if data.endswith(wire.HEADER[:size]):
            return size
    return 0
