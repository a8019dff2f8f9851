"""What a file from elsewhere holds, once it was checked and read: plain values, no file, no Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from protocols.vitals import VITALS, Vital

ENDINGS = (".csv", ".txt", ".hea", ".edf", ".rec", ".vital")
"""Usual endings of files that are read; what a file is its content says."""

Floats = npt.NDArray[np.float64]
Samples = npt.NDArray[np.float32]


class FileKind(StrEnum):
    """What a file is by its content, in words."""

    CSV = "CSV table"
    WFDB = "WFDB record"
    EDF = "EDF file"
    EDF_PLUS = "EDF+ file"
    VITAL = ".vital file"


class ForeignFileError(Exception):
    """A file that is not shown; the text is one sentence that says why and what may be done."""


SIMULATED = "SIMULATION:"
"""How copies of this program begin to say that a session was simulated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file that was read: its name, size in bytes and SHA-256 in hexadecimal digits."""

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignStream:
    """The numbers of one vital.

    Attributes:
        vital: which.
        channel: its name in the file.
        unit: the unit as the file has it; empty where it has none.
        mapped: how name and unit became that vital, in a sentence.
        t_s: times in seconds from the start of the recording, never falling.
        values: in the vital's unit; NaN where there is none, and where it is implausible.
        odd_t_s, odd_values: values that no person can have: kept, marked and counted.
    """

    vital: Vital
    channel: str
    unit: str
    mapped: str
    t_s: Floats = field(repr=False)
    values: Floats = field(repr=False)
    odd_t_s: Floats = field(repr=False)
    odd_values: Floats = field(repr=False)

    @property
    def missing(self) -> int:
        """How many of its places hold no value."""
        return int(np.isnan(self.values).sum()) - len(self.odd_values)

    @property
    def found(self) -> int:
        """How many plausible values it holds."""
        return int(np.isfinite(self.values).sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class WavePiece:
    """Samples without a break: when the first was taken, s, and their values, NaN where none."""

    start_s: float
    values: Samples = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignWave:
    """One waveform.

    Attributes:
        channel: its name in the file.
        label: what it is: ``pleth``, ``ECG`` and so on.
        unit: as the file has it.
        rate_hz: samples a second.
        pieces: in order of time; between two of them nothing was recorded.
    """

    channel: str
    label: str
    unit: str
    rate_hz: float
    pieces: tuple[WavePiece, ...] = field(repr=False)

    @property
    def samples(self) -> int:
        """How many samples its pieces hold, those without a value included."""
        return sum(len(piece.values) for piece in self.pieces)

    @property
    def end_s(self) -> float:
        """When its last sample ends, s."""
        return max((p.start_s + len(p.values) / self.rate_hz for p in self.pieces), default=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignMark:
    """A mark or an annotation of the file; `duration_s` is None where it has none."""

    t_s: float
    text: str
    duration_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownChannel:
    """A channel that is not shown: its name and unit in the file, what it holds, and why not.

    `numeric` is whether a person may say which vital it is.
    """

    name: str
    unit: str
    holds: str
    why: str
    numeric: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignRecording:
    """A recording from elsewhere as it is shown.

    Attributes:
        name: of the file.
        kind: what the file is.
        sources: the files read.
        start: date and time of second 0 as the file says it, without a zone unless the file names
            one; None where it says none.
        start_words: the same in words, with what is uncertain of it.
        length_s: seconds from its start to the end of the last value or sample.
        streams: one a vital.
        waves: waveforms in the order of the file.
        marks: in order of time.
        unknown: channels that are not shown.
        checked: what was checked and holds, a sentence each.
        notes: what was assumed in reading it, a sentence each.
        missing: what is damaged, cut or left out, a sentence each.
        zeros: values that are 0 and stand as they are, a vital each.
        zero_is_missing: whether 0 was taken for no value.
        columns: names of the columns of a table, from which its time may be chosen.
    """

    name: str
    kind: FileKind
    sources: tuple[SourceFile, ...]
    start: datetime | None
    start_words: str
    length_s: float
    streams: tuple[ForeignStream, ...]
    waves: tuple[ForeignWave, ...] = ()
    marks: tuple[ForeignMark, ...] = ()
    unknown: tuple[UnknownChannel, ...] = ()
    checked: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    zeros: tuple[tuple[Vital, int], ...] = ()
    zero_is_missing: bool = False
    columns: tuple[str, ...] = ()

    def stream(self, vital: Vital) -> ForeignStream | None:
        """The numbers of `vital`, or None where the file gives none."""
        return next((one for one in self.streams if one.vital is vital), None)

    @property
    def simulated(self) -> bool:
        """Whether the file says that its values come from simulated monitors."""
        said = (*self.notes, *(mark.text for mark in self.marks))
        return any(SIMULATED in one for one in said)

    @property
    def implausible(self) -> int:
        """How many values no person can have."""
        return sum(len(one.odd_values) for one in self.streams)


def many(count: int, what: str) -> str:
    """A number of things in words: ``1 row``, ``3 rows``."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def vital_words(vital: Vital) -> str:
    """A vital with its unit as people write it: ``SpO2 %``."""
    spec = VITALS[vital]
    return f"{spec.label} {spec.unit_text}".strip()
