"""WFDB records as recordings from elsewhere: waveforms, numerics, segments, marks beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from app.importing.bounds import LONGEST_S, MOST_MARKS, check_length, check_samples
from app.importing.bytes_of import FileBytes, read_beside
from app.importing.channels import channel_table
from app.importing.choices import Choices
from app.importing.foreign import (
    FileKind,
    ForeignFileError,
    ForeignMark,
    ForeignRecording,
    SourceFile,
)
from app.importing.gathering import Gathering, Piece
from app.importing.wfdb_header import WfdbHeader, WfdbSignal, read_header
from app.importing.wfdb_samples import (
    check_formats,
    checksum_of,
    frames_of,
    read_marks,
    values_of,
)

_NUMERICS_HZ = 1.5
"""A record of fewer frames a second is one of numbers, where 0 often means no value."""


@dataclass(slots=True, kw_only=True)
class _Channel:
    label: str
    unit: str
    rate_hz: float
    pieces: list[Piece] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class _Found:
    """What was read so far."""

    path: Path
    sources: list[SourceFile]
    channels: dict[tuple[str, int], _Channel] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sums: int = 0
    samples: int = 0


def read_wfdb(path: Path, file: FileBytes, choices: Choices) -> ForeignRecording:
    """Read the record whose header is at `path`, as far as its files go.

    Raises:
        ForeignFileError: it is none, names files elsewhere, or nothing of it can be read.
    """
    header = read_header(file.content, path.name)
    found = _Found(path=path, sources=[file.source])
    read = _read_segments if header.segments else _read_whole
    length = read(found, header)
    length_s = length / header.rate_hz
    if not header.segments:
        length_s = max(length_s, _read_numbers(found, header))
    if not found.channels:
        why = found.missing[0] if found.missing else "it names no signal."
        raise ForeignFileError(f"Nothing of {path.name} can be read: {why}")
    check_length(path.name, length_s)
    gathering = Gathering("wfdb", channel_table(), choices)
    for (label, _), channel in found.channels.items():
        gathering.add_regular(label, channel.unit, channel.rate_hz, channel.pieces)
    gathered = gathering.finish()
    marks = _marks(found, header)
    if header.rate_hz < _NUMERICS_HZ and gathered.zeros:
        found.notes.append(
            "Records of numbers often write 0 for no value; say so if it is so in this one."
        )
    return ForeignRecording(
        name=path.name,
        kind=FileKind.WFDB,
        sources=tuple(found.sources),
        start=header.start,
        start_words=_start_words(header),
        length_s=length_s,
        streams=gathered.streams,
        waves=gathered.waves,
        marks=tuple(marks[:MOST_MARKS]),
        unknown=gathered.unknown,
        checked=(f"The check sums of {found.sums} signals fit.",) if found.sums else (),
        notes=(
            *(f"The header says: {one}" for one in header.remarks),
            *found.notes,
            *gathered.notes,
        ),
        missing=tuple(found.missing),
        zeros=gathered.zeros,
        zero_is_missing=gathered.zero_is_missing,
    )


def _read_segments(found: _Found, header: WfdbHeader) -> int:
    """Read every segment; gives the length of all in frames."""
    begin = 0
    for name, length in header.segments:
        if name != "~" and length:
            try:
                file = read_beside(found.path, f"{name}.hea")
                part = read_header(file.content, file.source.name)
                if part.segments:
                    raise ForeignFileError(f"{name}.hea has segments itself, which is not read.")
                if part.rate_hz != header.rate_hz:
                    raise ForeignFileError(f"{name}.hea has another sampling rate.")
                found.sources.append(file.source)
                _read_signals(found, part, begin / header.rate_hz)
            except ForeignFileError as error:
                found.missing.append(f"Segment {name} is missing: {error}")
        begin += length
    return begin


def _read_numbers(found: _Found, header: WfdbHeader) -> float:
    """Read the record of numbers beside one of waveforms, called as it with an n; its end, s."""
    name = f"{found.path.stem}n.hea"
    if not (found.path.parent / name).is_file():
        return 0.0
    try:
        file = read_beside(found.path, name)
        numbers = read_header(file.content, name)
        begin_s = 0.0
        if numbers.start is not None and header.start is not None:
            begin_s = (numbers.start - header.start).total_seconds()
        if numbers.segments or abs(begin_s) > LONGEST_S:
            raise ForeignFileError(f"{name} does not belong to the same time.")
        found.sources.append(file.source)
        return begin_s + _read_signals(found, numbers, begin_s) / numbers.rate_hz
    except ForeignFileError as error:
        found.missing.append(f"The numbers beside the waveforms are missing: {error}")
        return 0.0


def _read_whole(found: _Found, header: WfdbHeader) -> int:
    return _read_signals(found, header, 0.0)


def _read_signals(found: _Found, header: WfdbHeader, begin_s: float) -> int:
    """Read the signals of one header; gives its length in frames."""
    check_formats(header.signals, header.name)
    by_file: dict[str, list[WfdbSignal]] = {}
    for signal in header.signals:
        by_file.setdefault(signal.file, []).append(signal)
    seen: dict[str, int] = {}
    longest = header.length or 0
    for name, signals in by_file.items():
        if signals[0].format == 0:
            continue  # a signal without samples
        try:
            file = read_beside(found.path, name)
        except ForeignFileError as error:
            if header.length is None or len(by_file) == 1:
                raise
            found.missing.append(f"{len(signals)} signals are missing: {error}")
            continue
        if all(file.source != one for one in found.sources):
            found.sources.append(file.source)
        longest = max(longest, _take_file(found, header, file, signals, begin_s, seen))
    return longest


def _take_file(
    found: _Found,
    header: WfdbHeader,
    file: FileBytes,
    signals: list[WfdbSignal],
    begin_s: float,
    seen: dict[str, int],
) -> int:
    """Take the signals of one file; gives how many frames it holds."""
    frames = frames_of(file.content, signals)
    there = len(frames) if header.length is None else min(len(frames), header.length)
    found.samples += there * frames.shape[1]
    check_samples(file.source.name, found.samples)
    if header.length is not None and there < header.length:
        lost_s = (header.length - there) / header.rate_hz
        found.missing.append(
            f"{file.source.name} is cut: {there} of {header.length} samples a signal are there; "
            f"the last {lost_s:.6g} s are missing."
        )
    column = 0
    for signal in signals:
        counts = frames[:there, column : column + signal.frame].reshape(-1)
        column += signal.frame
        _check_sum(found, header, signal, counts, whole=there == header.length)
        label = signal.label or f"signal {column}"
        order = seen[label] = seen.get(label, -1) + 1
        rate_hz = header.rate_hz * signal.frame
        channel = found.channels.setdefault(
            (label, order), _Channel(label=label, unit=signal.unit, rate_hz=rate_hz)
        )
        if channel.unit != signal.unit or channel.rate_hz != rate_hz:
            found.missing.append(f"{label} has another unit or rate in {header.name}: left out.")
            continue
        if not signal.calibrated:
            found.notes.append(f"{label} has no gain in the header; its size means nothing.")
        channel.pieces.append(Piece(start_s=begin_s, values=values_of(counts, signal)))
    return there


def _check_sum(
    found: _Found,
    header: WfdbHeader,
    signal: WfdbSignal,
    counts: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    *,
    whole: bool,
) -> None:
    if signal.checksum is None or not whole:
        return
    wanted = ((signal.checksum & 0xFFFF) ^ 0x8000) - 0x8000
    if checksum_of(counts) == wanted:
        found.sums += 1
    else:
        found.missing.append(
            f"{signal.label or signal.file} of {header.name} is damaged: its check sum does not "
            "fit. Which samples are wrong is not known."
        )


def _marks(found: _Found, header: WfdbHeader) -> list[ForeignMark]:
    marks: list[ForeignMark] = []
    for ending in channel_table().marks["wfdb"]:
        name = f"{found.path.stem}.{ending}"
        if not (found.path.parent / name).is_file():
            continue
        try:
            file = read_beside(found.path, name)
        except ForeignFileError as error:
            found.missing.append(str(error))
            continue
        found.sources.append(file.source)
        marks += read_marks(file.content, header.rate_hz)
    return sorted(marks, key=lambda one: one.t_s)


def _start_words(header: WfdbHeader) -> str:
    if header.start is not None:
        return f"{header.start:%Y-%m-%d %H:%M:%S}"
    if header.clock is not None:
        return f"{header.clock:%H:%M:%S}, the date is unknown"
    return "unknown: the header has no date"
