"""The bytes of an EDF+C file: header, data records, annotations. Pure.

After the EDF+ specification (Kemp and Olivan 2003). Written here and not by a library: the one at
hand cuts every annotation at 40 characters, and moves what is out of a signal's range into it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np
import numpy.typing as npt

MISSING = -32_768
"""The digital value reserved for a missing sample: the lowest of every signal, never a value."""

HIGHEST = 32_767
LONGEST_TEXT_BYTES = 480
"""An annotation is cut here; readers take 512 bytes at most."""

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WIDTHS = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)


@dataclass(frozen=True, slots=True, kw_only=True)
class EdfSignal:
    """One ordinary signal.

    Attributes:
        physical_low, physical_high: what `MISSING` and `HIGHEST` would stand for.
        per_record: samples in a data record.
        samples: digital values, as many as there are records times `per_record`.
    """

    label: str
    transducer: str
    dimension: str
    physical_low: str
    physical_high: str
    per_record: int
    samples: npt.NDArray[np.int16] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EdfNote:
    """An annotation: seconds from the start of the file, how long (None: a moment), what."""

    onset_s: float
    duration_s: float | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EdfIdentity:
    """The identification of patient and recording; what is empty is written as ``X``."""

    patient: str = ""
    sex: str = ""
    birth_date: date | None = None
    name: str = ""
    more_patient: tuple[str, ...] = ()
    admin: str = ""
    technician: str = ""
    equipment: str = ""
    more_recording: tuple[str, ...] = ()


def edf_bytes(
    identity: EdfIdentity,
    started: datetime,
    record_s: int,
    signals: Sequence[EdfSignal],
    notes: Sequence[EdfNote],
) -> bytes:
    """The whole file.

    Args:
        identity: of patient and recording.
        started: local time of the first sample, to the second.
        record_s: length of a data record, s.
        signals: at least one; all of the same number of records.
        notes: annotations in order.
    """
    records = len(signals[0].samples) // signals[0].per_record
    areas, width = _annotation_areas(notes, records, record_s)
    header = _header(identity, started, records, record_s, signals, width // 2)
    parts = [one.samples.astype("<i2").reshape(records, one.per_record) for one in signals]
    parts.append(np.frombuffer(b"".join(areas), dtype="<i2").reshape(records, width // 2))
    return header + np.hstack(parts).tobytes()


def ascii_word(text: str) -> str:
    """`text` without accents and spaces, as a part of an identification may be."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "".join("_" if c.isspace() or not c.isprintable() else c for c in plain.strip())


def _header(
    identity: EdfIdentity,
    started: datetime,
    records: int,
    record_s: int,
    signals: Sequence[EdfSignal],
    annotation_words: int,
) -> bytes:
    count = len(signals) + 1
    fixed = (
        ("0", 8),
        (_patient(identity), 80),
        (_recording(identity, started), 80),
        (f"{started:%d.%m.%y}", 8),
        (f"{started:%H.%M.%S}", 8),
        (str(256 * (count + 1)), 8),
        ("EDF+C", 44),
        (str(records), 8),
        (str(record_s), 8),
        (str(count), 4),
    )
    described = [
        (
            one.label,
            one.transducer,
            one.dimension,
            one.physical_low,
            one.physical_high,
            str(MISSING),
            str(HIGHEST),
            "",
            str(one.per_record),
            "",
        )
        for one in signals
    ]
    described.append(
        (
            "EDF Annotations",
            "",
            "",
            "-1",
            "1",
            str(MISSING),
            str(HIGHEST),
            "",
            str(annotation_words),
            "",
        )
    )
    text = "".join(_field(value, width) for value, width in fixed)
    for column, width in enumerate(_WIDTHS):
        text += "".join(_field(one[column], width) for one in described)
    return text.encode("ascii")


def _field(text: str, width: int) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return plain[:width].ljust(width)


def _date_word(day: date | None) -> str:
    return "X" if day is None else f"{day.day:02d}-{_MONTHS[day.month - 1]}-{day.year:04d}"


def _patient(identity: EdfIdentity) -> str:
    parts = (identity.patient, identity.sex, _date_word(identity.birth_date), identity.name)
    return _joined((*parts, *identity.more_patient))


def _recording(identity: EdfIdentity, started: datetime) -> str:
    parts = (identity.admin, identity.technician, identity.equipment)
    return _joined(("Startdate", _date_word(started.date()), *parts, *identity.more_recording))


def _joined(parts: Sequence[str]) -> str:
    """Parts with a space between them, as many whole ones as fit."""
    words = [ascii_word(part) or "X" for part in parts]
    while len(" ".join(words)) > 80 and len(words) > 5:
        words.pop()
    return " ".join(words)[:80]


def _annotation_areas(
    notes: Sequence[EdfNote], records: int, record_s: int
) -> tuple[list[bytes], int]:
    """The annotation bytes of each record, all of one even length, and that length.

    Notes fill the records in order, wherever they belong in time, so that no record is long.
    """
    lists = [_list_of(note) for note in notes]
    clocks = [f"+{number * record_s}\x14\x14\x00".encode() for number in range(records)]
    most_clock = max(len(clock) for clock in clocks)
    total = sum(map(len, lists))
    width = most_clock + max(max(map(len, lists), default=0), total // max(1, records))
    while True:
        width += width % 2
        areas = _fill(clocks, lists, width)
        if areas is not None:
            return areas, width
        width += 16


def _fill(clocks: Sequence[bytes], lists: Sequence[bytes], width: int) -> list[bytes] | None:
    waiting = iter(lists)
    following = next(waiting, None)
    areas = []
    for clock in clocks:
        area = clock
        while following is not None and len(area) + len(following) <= width:
            area += following
            following = next(waiting, None)
        areas.append(area.ljust(width, b"\x00"))
    return areas if following is None else None


def _list_of(note: EdfNote) -> bytes:
    """A time-stamped annotation list with one annotation."""
    onset = f"{note.onset_s:+.3f}"
    lasting = "" if note.duration_s is None else f"\x15{note.duration_s:.3f}"
    words = "".join(c if c.isprintable() else " " for c in note.text).encode()
    while len(words) > LONGEST_TEXT_BYTES:
        words = (words.decode()[:-8] + "…").encode() if words else words
    return f"{onset}{lasting}\x14".encode() + words + b"\x14\x00"
