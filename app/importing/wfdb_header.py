"""Headers of WFDB records, as their published description has them (header(5)). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.importing.bounds import check_channels, check_samples
from app.importing.foreign import ForeignFileError

_RECORD = re.compile(
    r"(?P<name>[-\w.]+)(?:/(?P<segments>\d+))?\s+(?P<signals>\d+)"
    r"(?:\s+(?P<rate>[\d.eE+-]+)(?:/(?P<counter>-?[\d.]+)(?:\((?P<base>-?[\d.]+)\))?)?)?"
    r"(?:\s+(?P<length>\d+))?(?:\s+(?P<clock>[\d:.]+))?(?:\s+(?P<day>\d{1,2}/\d{1,2}/\d{1,4}))?\s*"
)
_SIGNAL = re.compile(
    r"(?P<file>\S+)\s+(?P<format>\d+)(?:x(?P<frame>\d+))?(?::(?P<skew>\d+))?(?:\+(?P<offset>\d+))?"
    r"(?:\s+(?P<gain>-?[\d.eE+-]+)(?:\((?P<baseline>-?\d+)\))?(?:/(?P<unit>\S+))?)?"
    r"(?:\s+(?P<bits>-?\d+))?(?:\s+(?P<zero>-?\d+))?(?:\s+(?P<first>-?\d+))?"
    r"(?:\s+(?P<checksum>-?\d+))?(?:\s+(?P<block>\d+))?(?:\s+(?P<label>.*))?"
)
_SEGMENT = re.compile(r"(?P<name>[-\w.]+|~)\s+(?P<length>\d+)\s*")
DEFAULT_RATE_HZ = 250.0
DEFAULT_GAIN = 200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WfdbSignal:
    """One signal: where its samples stand, and how they become values.

    `gain` is counts a unit, `baseline` the count of value 0; `calibrated` is False where the header
    gives no gain. `checksum` is the sum of all samples modulo 65536, None where there is none.
    """

    file: str
    format: int
    frame: int
    skew: int
    offset: int
    gain: float
    baseline: int
    calibrated: bool
    unit: str
    label: str
    checksum: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WfdbHeader:
    """A header: of a record with signals, or of one with segments (name and length, ~ is a gap)."""

    name: str
    rate_hz: float
    length: int | None
    start: datetime | None
    clock: time | None
    signals: tuple[WfdbSignal, ...]
    segments: tuple[tuple[str, int], ...]
    remarks: tuple[str, ...]


def looks_like_header(content: bytes) -> bool:
    """Whether the first line that is no remark is a record line, and a second one describes."""
    try:
        lines = _lines(content[:20_000].decode("latin-1"))[0]
    except ForeignFileError:
        return False
    if len(lines) < 2 or _RECORD.fullmatch(lines[0]) is None:
        return False
    found = _RECORD.fullmatch(lines[0])
    pattern = _SEGMENT if found is not None and found["segments"] else _SIGNAL
    return pattern.fullmatch(lines[1]) is not None


def read_header(content: bytes, name: str) -> WfdbHeader:
    """The header in the bytes of a ``.hea`` file.

    Raises:
        ForeignFileError: it is none, or promises more than is read.
    """
    lines, remarks = _lines(content.decode("latin-1"))
    record = _RECORD.fullmatch(lines[0]) if lines else None
    if record is None:
        raise ForeignFileError(f"{name} is no WFDB header: its first line is no record line.")
    count = int(record["signals"])
    check_channels(name, count)
    rate_hz = _rate(record["rate"], name)
    length = int(record["length"]) if record["length"] else None
    segments: list[tuple[str, int]] = []
    signals: list[WfdbSignal] = []
    if record["segments"]:
        segments = _segments(lines[1:], int(record["segments"]), name)
        check_samples(name, sum(size for _, size in segments) * max(1, count))
    else:
        signals = [_signal(line, name) for line in lines[1 : count + 1]]
        frames = sum(one.frame for one in signals)
        check_samples(name, frames * (length or 0))
        if len(signals) < count:
            raise ForeignFileError(
                f"{name} is cut: it names {count} signals, {len(signals)} are there."
            )
    clock, start = _start(record["clock"], record["day"])
    return WfdbHeader(
        name=record["name"],
        rate_hz=rate_hz,
        length=length,
        start=start,
        clock=clock,
        signals=tuple(signals),
        segments=tuple(segments),
        remarks=tuple(remarks),
    )


def _lines(text: str) -> tuple[list[str], list[str]]:
    lines, remarks = [], []
    for line in text.splitlines():
        plain = line.strip()
        if plain.startswith("#"):
            remarks.append(plain[1:].strip())
        elif plain:
            lines.append(plain)
    return lines, remarks


def _rate(text: str | None, name: str) -> float:
    try:
        rate_hz = DEFAULT_RATE_HZ if text is None else float(text)
    except ValueError:
        rate_hz = 0.0
    if not 1e-6 < rate_hz < 1e6:
        raise ForeignFileError(f"{name} is damaged: its sampling rate is “{text}”.")
    return rate_hz


def _segments(lines: list[str], count: int, name: str) -> list[tuple[str, int]]:
    check_channels(name, count // 64)
    found = [_SEGMENT.fullmatch(line) for line in lines[:count]]
    if len(found) < count or None in found:
        raise ForeignFileError(f"{name} is damaged: it names {count} segments, not all are there.")
    return [(one["name"], int(one["length"])) for one in found if one is not None]


def _signal(line: str, name: str) -> WfdbSignal:
    found = _SIGNAL.fullmatch(line)
    if found is None:
        raise ForeignFileError(f"{name} is damaged: “{line[:80]}” describes no signal.")
    try:
        gain = float(found["gain"] or 0)
    except ValueError:
        gain = float("nan")
    zero = int(found["zero"] or 0)
    frame = int(found["frame"] or 1)
    if not gain == gain or abs(gain) == float("inf") or not 1 <= frame <= 1000:
        raise ForeignFileError(f"{name} is damaged: “{line[:80]}” describes no signal.")
    return WfdbSignal(
        file=found["file"],
        format=int(found["format"]),
        frame=frame,
        skew=int(found["skew"] or 0),
        offset=int(found["offset"] or 0),
        gain=gain or DEFAULT_GAIN,
        baseline=zero if found["baseline"] is None else int(found["baseline"]),
        calibrated=gain != 0,
        unit=found["unit"] or ("mV" if gain else ""),
        label=(found["label"] or "").strip(),
        checksum=None if found["checksum"] is None else int(found["checksum"]),
    )


def _start(clock: str | None, day: str | None) -> tuple[time | None, datetime | None]:
    """Time of day, and the date with it; a clock of fewer parts is minutes and seconds."""
    if clock is None:
        return None, None
    try:
        parts = [float(part) for part in clock.split(":")]
        while len(parts) < 3:
            parts.insert(0, 0.0)
        seconds = parts[0] * 3600 + parts[1] * 60 + parts[2]
        moment = datetime.min + timedelta(seconds=round(seconds, 6))
        if day is None:
            return moment.time(), None
        d, m, y = (int(part) for part in day.split("/"))
        return moment.time(), datetime.combine(date(y, m, d), moment.time())
    except (ValueError, OverflowError):
        return None, None
