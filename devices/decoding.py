"""Raw captures to readings as plain dicts, one a line of JSON, and the account at the end."""

from __future__ import annotations

from collections.abc import Iterator

from devices.driver import Measurement, Samples
from devices.registry import find_driver
from protocols.vitals import NS_PER_S, VITALS, Quality, Vital

_PIECE = 64
_BLANKS = " \t\r\f\v"


def decode(
    driver_name: str, data: bytes, *, waveforms: bool = False
) -> Iterator[dict[str, object]]:
    """Readings in `data`, then ``{"summary": {"frames", "rejected", "skipped_bytes"}}``.

    A reading has `vital`, `value` (None when missing, with the reason in `quality`), `unit` and
    `quality`; `note` and `spot` where there is something to say; and, for monitors that stream,
    `t_s`: seconds from the first byte, by counting bytes at the nominal speed of the stream, for
    a capture has no clock. A capture with pauses is therefore shorter in `t_s` than it was.
    Samples of the pulse wave come as readings of their own, only with `waveforms`. Bytes of a frame
    that the end of the capture cuts count as skipped.

    Raises:
        ValueError: if there is no such driver; raised when the first reading is asked for.
    """
    spec = find_driver(driver_name)
    parser = spec.make_parser()
    piece = _PIECE if spec.stream_bytes_per_s is None else 5
    for start in range(0, len(data), piece):
        for item in parser.feed(data[start : start + piece]):
            t_s = None
            if spec.stream_bytes_per_s is not None:
                t_s = min(start + piece, len(data)) / spec.stream_bytes_per_s
            if isinstance(item, Measurement):
                yield _reading(item, t_s)
            elif isinstance(item, Samples) and waveforms:
                yield from _samples(item, t_s)
    counts = parser.counts
    yield {
        "summary": {
            "frames": counts.frames,
            "rejected": counts.rejected,
            "skipped_bytes": counts.skipped_bytes + counts.pending_bytes,
        }
    }


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
    if item.note:
        reading["note"] = item.note
    return reading


def _samples(item: Samples, t_s: float | None) -> Iterator[dict[str, object]]:
    """Each sample as a reading; while the monitor calls the wave unusable, of low confidence."""
    quality = Quality.GOOD if item.usable else Quality.LOW
    for i, value in enumerate(item.values):
        reading: dict[str, object] = {
            "vital": str(item.vital),
            "value": value,
            "unit": VITALS[Vital.PLETH].unit,
            "quality": str(quality),
        }
        if t_s is not None:
            before_s = (len(item.values) - 1 - i) * item.interval_ns / NS_PER_S
            reading["t_s"] = round(max(0.0, t_s - before_s), 3)
        yield reading


def _number(value: float | None) -> float | int | None:
    return int(value) if value is not None and value.is_integer() else value
