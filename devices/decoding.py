"""Raw captures to readings as plain dicts, one a line of JSON, and the account at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, runtime_checkable

from devices.driver import Measurement, Parser, ParserItem, PumpStatus, Samples
from devices.registry import find_driver
from protocols.vitals import NS_PER_S, VITALS, Quality, Vital

_PIECE = 1 << 16
_BLANKS = " \t\r\f\v"

TimeOf = Callable[[int], float | None]
"""Seconds from the start of a capture at which its byte number n (from 1) had arrived."""


def decode(
    driver_name: str,
    data: bytes,
    *,
    waveforms: bool = False,
    time_of: TimeOf | None = None,
) -> Iterator[dict[str, object]]:
    """Readings in `data`, then ``{"summary": {"frames", "rejected", "skipped_bytes"}}``.

    A reading has `vital`, `value` (None when missing, with the reason in `quality`), `unit` and
    `quality`; `note`, `spot` and `age_s` where there is something to say; and `t_s`, seconds from
    the first byte: by `time_of` where the capture came with its times, else, for monitors that
    stream, by counting bytes at the nominal speed of the stream or, where the parser reads several
    formats, of the format it found. A capture with pauses is then shorter in `t_s` than it was.
    What a pump says of itself has `pump` (which one, where it says so), `rate_ml_per_h`,
    `volume_ml` and `running` (None when missing), and `alarm`, `drug` and `note` where it says
    something. Samples of the pulse wave come as readings of their own, only with `waveforms`. Bytes
    of a frame that the end of the capture cuts count as skipped; so do all bytes of a capture in
    which there is no frame of this monitor.

    Raises:
        ValueError: if there is no such driver; raised when the first reading is asked for.
    """
    spec = find_driver(driver_name)
    parser = spec.make_parser()
    when = time_of or _nominal_times(parser, spec.stream_bytes_per_s)
    for start in range(0, len(data), _PIECE):
        yield from _readings(parser.feed(data[start : start + _PIECE]), when, waveforms)
    yield from _readings(parser.finish(), when, waveforms)
    counts = parser.counts
    passed_over = counts.skipped_bytes + counts.pending_bytes
    yield {
        "summary": {
            "frames": counts.frames,
            "rejected": counts.rejected if counts.frames else 0,
            "skipped_bytes": passed_over if counts.frames else len(data),
        }
    }


@runtime_checkable
class _Paced(Protocol):
    """A parser of several formats, which knows how fast the one it found last is sent."""

    @property
    def bytes_per_s(self) -> float | None:
        """Nominal speed of the stream; None where bytes tell no time."""
        ...


def _nominal_times(parser: Parser, stream_bytes_per_s: float | None) -> TimeOf:
    paced = parser if isinstance(parser, _Paced) else None

    def time_of(end_byte: int) -> float | None:
        bytes_per_s = stream_bytes_per_s if paced is None else paced.bytes_per_s
        return None if bytes_per_s is None else end_byte / bytes_per_s

    return time_of


def _readings(
    items: Iterable[ParserItem], when: TimeOf, waveforms: bool
) -> Iterator[dict[str, object]]:
    for item in items:
        if isinstance(item, Measurement):
            yield _reading(item, when(item.end_byte))
        elif isinstance(item, PumpStatus):
            yield pump_words(item, when(item.end_byte))
        elif isinstance(item, Samples) and waveforms:
            yield from _samples(item, when(item.end_byte))


def pump_words(item: PumpStatus, t_s: float | None = None) -> dict[str, object]:
    """What a pump said of itself, as `decode` gives it."""
    said: dict[str, object] = {
        "pump": item.unit,
        "rate_ml_per_h": _number(item.rate_ml_per_h),
        "volume_ml": _number(item.volume_ml),
        "running": item.running,
    }
    for name in ("alarm", "drug", "note"):
        if words := getattr(item, name):
            said[name] = words
    if t_s is not None:
        said["t_s"] = round(t_s, 3)
    return said


def parse_hex(text: str) -> bytes:
    """Bytes of hexadecimal `text`; blanks and line ends may stand anywhere.

    Raises:
        ValueError: naming line and column of the first character that is no hexadecimal digit, or
            the last line if a digit lacks its partner.
    """
    digits: list[str] = []
    line = 1
    for line, row in enumerate(text.split("\n"), start=1):
        for column, character in enumerate(row, start=1):
            if character in "0123456789abcdefABCDEF":
                digits.append(character)
            elif character not in _BLANKS:
                raise ValueError(
                    f"line {line}, column {column}: {character!r} is not a hexadecimal digit"
                )
    if len(digits) % 2:
        raise ValueError(f"line {line}: an odd number of hexadecimal digits ({len(digits)})")
    return bytes.fromhex("".join(digits))


def _reading(item: Measurement, t_s: float | None) -> dict[str, object]:
    reading: dict[str, object] = {
        "vital": str(item.vital),
        "value": _number(item.value),
        "unit": VITALS[item.vital].unit,
        "quality": str(item.quality),
    }
    if t_s is not None:
        reading["t_s"] = round(t_s, 3)
    if item.spot:
        reading["spot"] = True
    if item.age_ns:
        reading["age_s"] = round(item.age_ns / NS_PER_S, 3)
    if item.note:
        reading["note"] = item.note
    return reading


def _samples(item: Samples, t_s: float | None) -> Iterator[dict[str, object]]:
    """Each sample as a reading; while the monitor calls the wave unusable, of low confidence."""
    vital, unit = str(item.vital), VITALS[Vital.PLETH].unit
    quality = str(Quality.GOOD if item.usable else Quality.LOW)
    last = len(item.values) - 1
    for i, value in enumerate(item.values):
        reading: dict[str, object] = {
            "vital": vital,
            "value": value,
            "unit": unit,
            "quality": quality,
        }
        if t_s is not None:
            before_s = (last - i) * item.interval_ns / NS_PER_S
            reading["t_s"] = round(max(0.0, t_s - before_s), 3)
        yield reading


def _number(value: float | None) -> float | int | None:
    return int(value) if value is not None and value.is_integer() else value
