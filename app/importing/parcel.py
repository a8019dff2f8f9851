"""A recording from elsewhere as bytes between two processes: numbers as npz, the rest as JSON.

Nothing of it can run: arrays are read without pickles.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np

from app.importing.choices import Choices
from app.importing.foreign import (
    FileKind,
    ForeignMark,
    ForeignRecording,
    ForeignStream,
    ForeignWave,
    SourceFile,
    UnknownChannel,
    WavePiece,
)
from app.rejudging.table_map import Column
from protocols.vitals import Vital

_TEXTS = ("checked", "notes", "missing", "columns")
_ARRAYS = ("t_s", "values", "odd_t_s", "odd_values")


def pack_recording(recording: ForeignRecording) -> bytes:
    """The bytes of `recording`."""
    arrays: dict[str, Any] = {}
    for number, stream in enumerate(recording.streams):
        for part in _ARRAYS:
            arrays[f"s{number}.{part}"] = getattr(stream, part)
    for number, wave in enumerate(recording.waves):
        for place, piece in enumerate(wave.pieces):
            arrays[f"w{number}.{place}"] = piece.values
    arrays["told"] = np.frombuffer(json.dumps(_told(recording)).encode(), np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def _told(recording: ForeignRecording) -> dict[str, Any]:
    start = recording.start
    return {
        "name": recording.name,
        "kind": recording.kind.value,
        "sources": [[s.name, s.size_bytes, s.sha256] for s in recording.sources],
        "start": None if start is None else start.isoformat(),
        "start_words": recording.start_words,
        "length_s": recording.length_s,
        "streams": [[s.vital.value, s.channel, s.unit, s.mapped] for s in recording.streams],
        "waves": [
            [w.channel, w.label, w.unit, w.rate_hz, [p.start_s for p in w.pieces]]
            for w in recording.waves
        ],
        "marks": [[m.t_s, m.text, m.duration_s] for m in recording.marks],
        "unknown": [[u.name, u.unit, u.holds, u.why, u.numeric] for u in recording.unknown],
        "zeros": [[vital.value, count] for vital, count in recording.zeros],
        "zero_is_missing": recording.zero_is_missing,
        **{part: list(getattr(recording, part)) for part in _TEXTS},
    }


def unpack_recording(parcel: bytes) -> ForeignRecording:
    """The recording in the bytes of `pack_recording`."""
    with np.load(io.BytesIO(parcel), allow_pickle=False) as arrays:
        told = json.loads(arrays["told"].tobytes())
        streams = tuple(
            ForeignStream(
                vital=Vital(vital),
                channel=channel,
                unit=unit,
                mapped=mapped,
                **{part: arrays[f"s{number}.{part}"] for part in _ARRAYS},
            )
            for number, (vital, channel, unit, mapped) in enumerate(told["streams"])
        )
        waves = tuple(_wave(number, entry, arrays) for number, entry in enumerate(told["waves"]))
    start = told["start"]
    return ForeignRecording(
        name=told["name"],
        kind=FileKind(told["kind"]),
        sources=tuple(
            SourceFile(name=name, size_bytes=size, sha256=sha)
            for name, size, sha in told["sources"]
        ),
        start=None if start is None else datetime.fromisoformat(start),
        start_words=told["start_words"],
        length_s=told["length_s"],
        streams=streams,
        waves=waves,
        marks=tuple(ForeignMark(t_s=t, text=text, duration_s=d) for t, text, d in told["marks"]),
        unknown=tuple(
            UnknownChannel(name=name, unit=unit, holds=holds, why=why, numeric=numeric)
            for name, unit, holds, why, numeric in told["unknown"]
        ),
        zeros=tuple((Vital(vital), count) for vital, count in told["zeros"]),
        zero_is_missing=told["zero_is_missing"],
        checked=tuple(told["checked"]),
        notes=tuple(told["notes"]),
        missing=tuple(told["missing"]),
        columns=tuple(told["columns"]),
    )


def _wave(number: int, entry: list[Any], arrays: Mapping[str, Any]) -> ForeignWave:
    channel, label, unit, rate_hz, starts = entry
    pieces = tuple(
        WavePiece(start_s=start, values=arrays[f"w{number}.{place}"])
        for place, start in enumerate(starts)
    )
    return ForeignWave(channel=channel, label=label, unit=unit, rate_hz=rate_hz, pieces=pieces)


def choices_text(choices: Choices) -> str:
    """`choices` as JSON."""
    return json.dumps(
        {
            "vitals": [
                [vital.value, c.name, sorted(c.codes), sorted(c.missing)]
                for vital, c in choices.vitals.items()
            ],
            "time": choices.time,
            "time_unit": choices.time_unit,
            "rate_hz": choices.rate_hz,
            "zero_is_missing": choices.zero_is_missing,
            "last_repeated": choices.last_repeated,
            "day_first": choices.day_first,
        }
    )


def parse_choices(text: str) -> Choices:
    """The choices in the JSON of `choices_text`."""
    told = json.loads(text)
    vitals = {
        Vital(vital): Column(name=name, codes=frozenset(codes), missing=frozenset(missing))
        for vital, name, codes, missing in told.pop("vitals")
    }
    return Choices(vitals=vitals, **told)
