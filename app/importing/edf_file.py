"""Header, data records and annotations of EDF and EDF+ files. Pure.

The layout is that of the published format (Kemp et al. 1992; Kemp and Olivan 2003): a header of
text fields of fixed width, then data records that hold so many 16 bit numbers of each signal. A cut
file gives every whole data record before the cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from app.importing.bounds import check_channels, check_samples
from app.importing.foreign import ForeignFileError

ANNOTATIONS = "EDF Annotations"
_HEADER = 256
_WIDTHS = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NONE = re.compile(r"missing = digital (-?\d+)")
_ONSET = re.compile(rb"([+-]\d+(?:\.\d+)?)(?:\x15(\d+(?:\.\d+)?))?\x14")


@dataclass(frozen=True, slots=True, kw_only=True)
class EdfSignal:
    """One signal of the header, and where its samples stand within a data record.

    `none` is the number that stands for a missing sample where the transducer's text names one,
    as copies of this program do; `problem` says why its numbers have no meaning, or is empty.
    """

    label: str
    unit: str
    physical: tuple[float, float]
    digital: tuple[float, float]
    samples: int
    first: int
    none: int | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EdfHeader:
    """The header: `records` as it promises, -1 where it does not; `record_s` of each."""

    plus: bool
    continuous: bool
    start: datetime | None
    records: int
    record_s: float
    header_bytes: int
    signals: tuple[EdfSignal, ...]

    @property
    def record_samples(self) -> int:
        """Numbers in one data record."""
        return sum(signal.samples for signal in self.signals)


def looks_like_edf(content: bytes) -> bool:
    """Whether the file begins as EDF files do."""
    return len(content) >= 8 and content[:8] == b"0       "


def read_header(content: bytes, name: str) -> EdfHeader:
    """The header of the file.

    Raises:
        ForeignFileError: it is cut, damaged, or promises more than is read.
    """
    if len(content) < _HEADER:
        raise ForeignFileError(f"{name} is cut within its header; nothing of it can be read.")
    text = content[:_HEADER].decode("latin-1")
    reserved = text[192:236]
    count = _whole(text[252:256], name, "number of signals")
    header_bytes = _HEADER * (1 + count)
    check_channels(name, count)
    if count < 1 or len(content) < header_bytes:
        raise ForeignFileError(f"{name} is cut within its header; nothing of it can be read.")
    record_s = _number(text[244:252], name, "duration of a data record")
    records = _whole(text[236:244], name, "number of data records")
    signals = tuple(_signals(content[_HEADER:header_bytes].decode("latin-1"), count, name))
    header = EdfHeader(
        plus=reserved.startswith("EDF+"),
        continuous=not reserved.startswith("EDF+D"),
        start=_start(text[88:168], text[168:176], text[176:184]),
        records=records,
        record_s=record_s,
        header_bytes=header_bytes,
        signals=signals,
    )
    check_samples(name, header.record_samples * max(1, records))
    if header.record_samples == 0 or not 0 <= record_s <= 86_400:
        raise ForeignFileError(f"{name} is damaged: its header describes empty data records.")
    return header


def _signals(text: str, count: int, name: str) -> Iterator[EdfSignal]:
    fields: list[list[str]] = []
    at = 0
    for width in _WIDTHS:
        fields.append([text[at + width * n : at + width * (n + 1)].strip() for n in range(count)])
        at += width * count
    first = 0
    for n in range(count):
        samples = _whole(fields[8][n], name, "samples of a data record")
        if not 0 <= samples <= 1 << 24:
            raise ForeignFileError(f"{name} is damaged: a data record of {samples} samples.")
        label, unit = fields[0][n], fields[2][n]
        ends = [_maybe(fields[part][n]) for part in (3, 4, 5, 6)]
        good = ends[0] != ends[1] and ends[2] < ends[3] and bool(np.isfinite(ends).all())
        yield EdfSignal(
            label=label,
            unit=unit,
            physical=(ends[0], ends[1]),
            digital=(ends[2], ends[3]),
            samples=samples,
            first=first,
            none=_none(fields[1][n]),
            problem="" if good else "the header gives its numbers no scale",
        )
        first += samples


def read_records(content: bytes, header: EdfHeader) -> npt.NDArray[np.int16]:
    """All whole data records of the file, one a row."""
    width = header.record_samples
    held = (len(content) - header.header_bytes) // (2 * width)
    wanted = held if header.records < 0 else min(held, header.records)
    numbers = np.frombuffer(content, "<i2", wanted * width, header.header_bytes)
    return numbers.reshape(wanted, width)


def tals(block: bytes) -> Iterator[tuple[float, float | None, list[str]]]:
    """Onset, duration and texts of each annotation list in the bytes of one data record."""
    for part in block.split(b"\x00"):
        found = _ONSET.match(part)
        if found is None:
            continue
        texts = [one.decode("utf-8", "replace") for one in part[found.end() :].split(b"\x14")]
        duration = None if found[2] is None else float(found[2])
        yield float(found[1]), duration, texts[:-1]


def _start(recording: str, day: str, clock: str) -> datetime | None:
    """The start; EDF+ names the year whole, EDF by two digits from 1985 on."""
    time = re.fullmatch(r"(\d\d)\.(\d\d)\.(\d\d)", clock.strip())
    date = re.fullmatch(r"(\d\d)\.(\d\d)\.(\d\d)", day.strip())
    if time is None:
        return None
    named = re.match(r"Startdate (\d\d)-([A-Za-z]{3})-(\d{4})", recording)
    try:
        if named is not None and named[2].lower() in _MONTHS:
            year, month, of_month = int(named[3]), _MONTHS.index(named[2].lower()) + 1, named[1]
        elif date is not None:
            year = 1900 + int(date[3]) if int(date[3]) >= 85 else 2000 + int(date[3])
            month, of_month = int(date[2]), date[1]
        else:
            return None
        return datetime(year, month, int(of_month), int(time[1]), int(time[2]), int(time[3]))
    except ValueError:
        return None


def _none(transducer: str) -> int | None:
    found = _NONE.search(transducer)
    return None if found is None else int(found[1])


def _maybe(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _number(text: str, name: str, what: str) -> float:
    number = _maybe(text.strip())
    if not np.isfinite(number):
        raise ForeignFileError(f"{name} is damaged: its header has no {what}.")
    return number


def _whole(text: str, name: str, what: str) -> int:
    try:
        return int(text.strip())
    except ValueError:
        raise ForeignFileError(f"{name} is damaged: its header has no {what}.") from None
