"""A session as a ``.vital`` file of VitalDB: each reading at its own time, waves, events as text.

What the format has no place for (patient, visit, why a value is missing) stands in text tracks. A
missing number is absent; a gap of a waveform is a gap between two records of its track.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from app.exchange.gaps import find_gaps
from app.exchange.grid import WAVE_MISSING, SignalKey, Wave, make_grid, reading_key
from app.exchange.libraries import load_extra
from app.exchange.remarks import make_remarks
from app.exchange.session_copy import SessionCopy
from protocols.record_entries import is_correction
from protocols.vitals import NS_PER_S, VITALS, Vital

EVENTS = "room/EVENT"
"""Track with everything that happened; gaps and corrections too."""

ABOUT = "room/ABOUT"
"""Track with what the copy says of itself and of the visit."""

_DOUBLE, _SHORT, _LONG = 2, 5, 7
_WAVE, _NUMBER, _TEXT = 1, 2, 5
_BLOCK_S = 60

_HEADER_BYTES, _FLAGS_AT, _HAS_NAME = 10, 3, 0x08
"""Of a gzip member, RFC 1952: header without options, flags in it, and the flag of a name."""


def write_vital(copy: SessionCopy, path: Path) -> None:
    """Write `copy` to `path`.

    Raises:
        ExtraMissingError: the library is not installed.
    """
    vitaldb = load_extra("vitaldb")
    tracks = load_extra("vitaldb.utils")
    file = vitaldb.VitalFile(None)
    grid = make_grid(copy)
    start_s = copy.utc(grid.origin_ns).timestamp() - grid.origin_ns / NS_PER_S
    file.dtstart = copy.utc(grid.origin_ns).timestamp()
    file.dtend = start_s + copy.end_ns / NS_PER_S + 1.0
    offset = copy.local(0).utcoffset() or timedelta()
    file.dgmt = -(offset // timedelta(minutes=1))
    for wave in grid.waves:
        _add(tracks, file, _wave_track(tracks, wave, start_s + grid.origin_ns / NS_PER_S))
    for key, numbers in _numbers(copy, start_s).items():
        spec = VITALS[key.vital]
        track = tracks.Track(
            _name(key), _NUMBER, fmt=_DOUBLE, unit=spec.unit_text, dname=_device(key), recs=numbers
        )
        _add(tracks, file, track)
    remarks = [
        {"dt": start_s + remark.t_ns / NS_PER_S, "val": remark.text}
        for remark in make_remarks(copy, find_gaps(copy, grid))
    ]
    about = [{"dt": file.dtstart, "val": line} for line in _about(copy, grid.waves)]
    for name, texts in ((EVENTS, remarks), (ABOUT, about)):
        device, _, label = name.partition("/")
        _add(tracks, file, tracks.Track(label, _TEXT, dname=device, recs=texts))
    file.to_vital(str(path), packed=False)
    _forget_the_making(path)


def _forget_the_making(path: Path) -> None:
    """Take out of the gzip header what the library puts there: the file's name, and today."""
    with path.open("r+b") as file:
        head = file.read(_HEADER_BYTES)
        named = bool(head[_FLAGS_AT] & _HAS_NAME)
        content = file.read() if named else b""
        file.seek(0)
        file.write(head[:_FLAGS_AT] + bytes([head[_FLAGS_AT] & ~_HAS_NAME]) + bytes(4) + head[8:])
        if named:
            file.write(content[content.index(0) + 1 :])
            file.truncate()


def _add(tracks: Any, file: Any, track: Any) -> None:
    if track.dname not in file.devs:
        file.devs[track.dname] = tracks.Device(track.dname)
    file.trks[track.dtname] = track


def _name(key: SignalKey) -> str:
    label = VITALS[key.vital].label.replace("/", "_")
    return f"{label}_SPOT" if key.spot else label


def _device(key: SignalKey) -> str:
    return key.source.replace("/", "_").replace(" ", "_")


def _numbers(copy: SessionCopy, start_s: float) -> dict[SignalKey, list[dict[str, float]]]:
    """Readings by track; a correction takes the place of what it corrects."""
    found: dict[SignalKey, dict[int, float]] = {}
    for _, reading in copy.readings:
        records = found.setdefault(reading_key(reading), {})
        if reading.value is not None:
            records[reading.measured_ns] = reading.value
        elif is_correction(reading):
            records.pop(reading.measured_ns, None)
    return {
        key: [
            {"dt": start_s + at_ns / NS_PER_S, "val": value}
            for at_ns, value in sorted(records.items())
        ]
        for key, records in found.items()
        if records
    }


def _wave_track(tracks: Any, wave: Wave, begin_s: float) -> Any:
    large = int(wave.samples.max(initial=0)) > np.iinfo(np.int16).max
    kind = np.int32 if large else np.int16
    rate = float(wave.rate_hz)
    block = round(_BLOCK_S * rate)
    records = []
    for start, end in _stretches(wave):
        for first in range(start, end, block):
            piece = wave.samples[first : min(end, first + block)].astype(kind)
            records.append({"dt": begin_s + first / rate, "val": piece})
    label = "PLETH" if wave.vital is Vital.PLETH else VITALS[wave.vital].label.upper()
    return tracks.Track(
        label,
        _WAVE,
        fmt=_LONG if large else _SHORT,
        srate=rate,
        dname=wave.device,
        maxdisp=float(wave.full_scale),
        recs=records,
    )


def _stretches(wave: Wave) -> Iterable[tuple[int, int]]:
    """First and one past the last sample of each stretch without a gap."""
    present = np.concatenate(([False], wave.samples != WAVE_MISSING, [False]))
    edges = np.flatnonzero(np.diff(present.astype(np.int8))).tolist()
    return zip(edges[::2], edges[1::2], strict=True)


def _about(copy: SessionCopy, waves: Iterable[Wave]) -> list[str]:
    person = copy.person
    name = ", ".join(part for part in (person.family_name, person.given_name) if part)
    age = "" if person.age_years is None else f"{person.age_years} years"
    lines = [
        *copy.notices,
        f"session {copy.name}",
        "; ".join(part for part in (person.number, name, person.sex, age) if part),
    ]
    lines += [
        f"{wave.device} {VITALS[wave.vital].label}: samples follow each other by count; none stands"
        f" further than {wave.furthest_s:.3f} s from the time at which it was received"
        for wave in waves
    ]
    return [line for line in lines if line]
