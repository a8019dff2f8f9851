"""EDF and EDF+ files as recordings from elsewhere, with breaks and cut ones as well."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from app.importing.bounds import MOST_MARKS, check_length
from app.importing.bytes_of import FileBytes
from app.importing.channels import channel_table
from app.importing.choices import Choices
from app.importing.edf_file import (
    ANNOTATIONS,
    EdfHeader,
    EdfSignal,
    read_header,
    read_records,
    tals,
)
from app.importing.foreign import FileKind, Floats, ForeignFileError, ForeignMark, ForeignRecording
from app.importing.gathering import Gathering, Piece

_Records = npt.NDArray[np.int16]


def read_edf(file: FileBytes, choices: Choices) -> ForeignRecording:
    """Read an EDF or EDF+ file as far as it goes.

    Raises:
        ForeignFileError: it is none, or holds no whole data record.
    """
    name = file.source.name
    header = read_header(file.content, name)
    records = read_records(file.content, header)
    if not len(records):
        raise ForeignFileError(f"{name} is cut before its first whole data record.")
    onsets, marks, untimed = _annotations(header, records)
    begin_s = float(onsets[0])
    check_length(name, float(onsets[-1]) - begin_s + header.record_s)
    gathering = Gathering("edf", channel_table(), choices)
    notes: list[str] = []
    for signal in header.signals:
        if signal.label != ANNOTATIONS:
            notes += _add(gathering, header, signal, records, onsets - begin_s)
    gathered = gathering.finish()
    missing = _missing(file, header, len(records))
    if untimed:
        missing.append(f"{untimed} data records do not say when they begin; each follows the last.")
    start = header.start
    words = "unknown: the header has no date" if start is None else f"{start:%Y-%m-%d %H:%M:%S}"
    if not header.continuous:
        notes.append("The file has breaks (EDF+D); each data record stands where it says.")
    return ForeignRecording(
        name=name,
        kind=FileKind.EDF_PLUS if header.plus else FileKind.EDF,
        sources=(file.source,),
        start=start,
        start_words=words,
        length_s=float(onsets[-1]) - begin_s + header.record_s,
        streams=gathered.streams,
        waves=gathered.waves,
        marks=tuple(sorted(marks, key=lambda one: one.t_s)[:MOST_MARKS]),
        unknown=gathered.unknown,
        checked=()
        if missing
        else (f"All {len(records)} data records that the header promises are there.",),
        notes=(*notes, *gathered.notes),
        missing=tuple(missing),
        zeros=gathered.zeros,
        zero_is_missing=gathered.zero_is_missing,
    )


def _add(
    gathering: Gathering,
    header: EdfHeader,
    signal: EdfSignal,
    records: _Records,
    onsets: Floats,
) -> list[str]:
    """Give one signal to `gathering`; sentences about its numbers."""
    if signal.problem or not signal.samples or not header.record_s:
        why = signal.problem or "the header says no sampling rate"
        gathering.leave_out(signal.label, signal.unit, "unknown", why)
        return []
    raw = records[:, signal.first : signal.first + signal.samples]
    low, high = signal.digital
    outside = (raw < low) | (raw > high)
    (a, b), (c, d) = signal.physical, signal.digital
    values = (raw.astype(np.float64) - c) * ((b - a) / (d - c)) + a
    values[outside] = np.nan
    if signal.none is not None:
        values[raw == signal.none] = np.nan
        outside &= raw != signal.none
    rate_hz = signal.samples / header.record_s
    breaks = np.abs(np.diff(onsets) - header.record_s) > max(0.5 / rate_hz, 1e-6)
    first = np.concatenate(([0], np.flatnonzero(breaks) + 1, [len(records)]))
    pieces = [
        Piece(start_s=float(onsets[begin]), values=values[begin:end].reshape(-1))
        for begin, end in pairwise(first)
    ]
    gathering.add_regular(signal.label, signal.unit, rate_hz, pieces)
    count = int(outside.sum())
    if not count:
        return []
    return [f"{signal.label}: {count} numbers lie outside the range of its header, so are missing."]


def _annotations(header: EdfHeader, records: _Records) -> tuple[Floats, list[ForeignMark], int]:
    """When each data record begins, s; the marks; how many records do not say their begin."""
    onsets = np.arange(len(records), dtype=np.float64) * header.record_s
    channels = [one for one in header.signals if one.label == ANNOTATIONS]
    if not channels or not header.plus:
        return onsets, [], 0
    marks: list[ForeignMark] = []
    untimed = 0
    due_s = 0.0
    for number, record in enumerate(records):
        onset_s: float | None = None
        for place, signal in enumerate(channels):
            block = record[signal.first : signal.first + signal.samples].tobytes()
            for order, (at_s, duration_s, texts) in enumerate(tals(block)):
                if place == 0 and order == 0 and texts[:1] == [""]:
                    onset_s, texts = at_s, texts[1:]
                marks += [
                    ForeignMark(t_s=at_s, text=text, duration_s=duration_s)
                    for text in texts
                    if text.strip()
                ]
        if onset_s is None or (number and onset_s < onsets[number - 1]):
            untimed += 1
            onset_s = due_s
        onsets[number] = onset_s
        due_s = onset_s + header.record_s
    begin_s = float(onsets[0])
    moved = [ForeignMark(t_s=m.t_s - begin_s, text=m.text, duration_s=m.duration_s) for m in marks]
    return onsets, moved, untimed


def _missing(file: FileBytes, header: EdfHeader, there: int) -> list[str]:
    found: list[str] = []
    held = len(file.content) - header.header_bytes
    spare = held - there * 2 * header.record_samples
    if header.records > there:
        lost = header.records - there
        found.append(
            f"The file is cut: {there} of {header.records} data records are there; the last "
            f"{lost * header.record_s:g} s are missing."
        )
        if spare:
            found.append(f"{spare} bytes of a data record that is not whole are left out.")
    elif spare and header.records < 0:
        found.append(f"{spare} bytes of a data record that is not whole are left out.")
    elif spare:
        found.append(f"{spare} bytes follow the data records that the header names; left out.")
    if header.records < 0:
        found.append("The header does not say how many data records there were: never closed.")
    return found
