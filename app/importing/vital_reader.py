"""``.vital`` files as recordings from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone

import numpy as np

from app.importing.bounds import MOST_MARKS, check_length
from app.importing.bytes_of import FileBytes
from app.importing.channels import channel_table, plain_name
from app.importing.choices import Choices
from app.importing.foreign import (
    FileKind,
    Floats,
    ForeignFileError,
    ForeignMark,
    ForeignRecording,
)
from app.importing.gathering import Gathering, Piece
from app.importing.vital_file import NUMBER, TEXT, WAVE, Track, read_packets, unpack

_NONE = {3: -128, 4: 255, 5: -32768, 6: 65535, 7: -2147483648, 8: 4294967295}
"""What a packed track of whole numbers holds where nothing was recorded, by format."""

_JITTER_S = 0.05
"""Records of a waveform that begin so much sooner or later than due are taken to follow, s."""


def read_vital(file: FileBytes, choices: Choices) -> ForeignRecording:
    """Read a ``.vital`` file as far as it goes.

    Raises:
        ForeignFileError: it is none, or nothing of it can be shown.
    """
    name = file.source.name
    body, cut = unpack(file.content, name)
    found = read_packets(body, name)
    begin_s, end_s = _span(found.tracks.values(), name)
    table = channel_table()
    gathering = Gathering("vital", table, choices)
    marks: list[ForeignMark] = []
    for track in found.tracks.values():
        if track.type == TEXT:
            if plain_name(track.name.rpartition("/")[2]) in map(plain_name, table.marks["vital"]):
                marks += [ForeignMark(t_s=t - begin_s, text=words) for t, words in track.texts]
            else:
                holds = f"{len(track.texts)} texts"
                gathering.leave_out(track.name, track.unit, holds, "it holds texts")
        elif track.type == WAVE and not 0 < track.rate_hz < 1e5:
            gathering.leave_out(track.name, track.unit, "a waveform", "it says no sampling rate")
        elif track.type == WAVE:
            pieces = list(_pieces(track, begin_s, packed=found.packed))
            gathering.add_regular(track.name, track.unit, float(track.rate_hz), pieces)
        elif track.type == NUMBER:
            t_s = np.array([t - begin_s for t, _ in track.records])
            values = np.array([float(v[0]) for _, v in track.records])
            gathering.add_numbers(track.name, track.unit, t_s, values)
        else:
            gathering.leave_out(track.name, track.unit, "unknown", "its type is unknown")
    gathered = gathering.finish()
    missing = [one for one in (cut, found.problem) if one]
    if missing:
        missing.append(f"{found.packets} whole packets before that are shown.")
    if found.unread:
        missing.append(f"{found.unread} packets cannot be understood and are left out.")
    start, start_words = _start(begin_s, found.zone_min)
    marks.sort(key=lambda one: one.t_s)
    return ForeignRecording(
        name=name,
        kind=FileKind.VITAL,
        sources=(file.source,),
        start=start,
        start_words=start_words,
        length_s=end_s - begin_s,
        streams=gathered.streams,
        waves=gathered.waves,
        marks=tuple(marks[:MOST_MARKS]),
        unknown=gathered.unknown,
        checked=() if missing else ("Every packet is whole.",),
        notes=gathered.notes,
        missing=tuple(missing),
        zeros=gathered.zeros,
        zero_is_missing=gathered.zero_is_missing,
    )


def _span(tracks: Iterable[Track], name: str) -> tuple[float, float]:
    """First and last time of all records, s since 1970."""
    begins: list[float] = []
    ends: list[float] = []
    for track in tracks:
        for time_s, values in track.records:
            begins.append(time_s)
            lasts = len(values) / track.rate_hz if track.type == WAVE and track.rate_hz else 0.0
            ends.append(time_s + lasts)
        for time_s, _ in track.texts:
            begins.append(time_s)
            ends.append(time_s)
    if not begins:
        raise ForeignFileError(f"Nothing of {name} can be read: it holds no whole record.")
    begin, end = min(begins), max(ends)
    check_length(name, end - begin)
    return begin, end


def _pieces(track: Track, begin_s: float, *, packed: bool) -> Iterator[Piece]:
    """Records that follow one another as one piece; a gap of a sample or more begins anew."""
    sample_s = 1 / float(track.rate_hz)
    kept: list[Floats] = []
    start_s, due_s = 0.0, -np.inf
    for time_s, raw in sorted(track.records, key=lambda one: one[0]):
        values = raw.astype(np.float64)
        if packed and track.format in _NONE:
            values = np.where(raw == _NONE[track.format], np.nan, values)
        if track.format > 2:
            values = values * track.gain + track.offset
        if kept and abs(time_s - due_s) > max(1.5 * sample_s, _JITTER_S):
            yield Piece(start_s=start_s, values=np.concatenate(kept))
            kept = []
        if not kept:
            start_s, due_s = time_s - begin_s, time_s
        kept.append(values)
        due_s += len(values) * sample_s
    if kept:
        yield Piece(start_s=start_s, values=np.concatenate(kept))


def _start(begin_s: float, zone_min: int | None) -> tuple[datetime | None, str]:
    if not 0 < begin_s < 4e9:
        return None, "unknown: the file's times are no dates"
    utc = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=begin_s)
    if zone_min is None or abs(zone_min) > 14 * 60:
        return utc, f"{utc:%Y-%m-%d %H:%M:%S} UTC"
    local = utc.astimezone(timezone(timedelta(minutes=zone_min)))
    return local, f"{local:%Y-%m-%d %H:%M:%S} {local:%z}, by the clock of the recording machine"
