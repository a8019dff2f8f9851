"""A session as WFDB records: pulse waves at their own rate, numbers once a second, annotations.

``NAME`` has the first waveform, ``NAMEw2`` a second one of another rate, ``NAMEn`` the numbers.
``.atr`` of the first record has the annotations. Where no waveform is, the numbers are ``NAME``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.exchange.edf_copy import digital_values, wave_scale
from app.exchange.edf_layout import MISSING
from app.exchange.gaps import find_gaps
from app.exchange.grid import WAVE_MISSING, Grid, Wave, labels_of, make_grid
from app.exchange.libraries import load_extra, unwarned
from app.exchange.remarks import Remark, make_remarks
from app.exchange.session_copy import SessionCopy
from protocols.vitals import NS_PER_S, VITALS, Vital

FORMAT = "16"
"""Two's complement, 16 bits; the lowest value stands for a missing sample."""

LONGEST_NOTE = 250
"""Characters of an annotation; the format takes 255."""

_COMMENT = '"'
_UNITS = {"/min": "1/min", "°C": "degC", "": "counts"}
_SEX = {"female": "F", "male": "M"}


def write_wfdb(copy: SessionCopy, folder: Path, name: str) -> list[Path]:
    """Write the records of `copy` into `folder`, which is there and empty.

    Args:
        copy: the session.
        folder: where to.
        name: of the first record: letters, digits, hyphens and underscores.

    Raises:
        ExtraMissingError: the library is not installed.
    """
    wfdb = load_extra("wfdb")
    grid = make_grid(copy)
    comments = _comments(copy, grid)
    start = copy.local(grid.origin_ns).replace(tzinfo=None, microsecond=0)
    common = {
        "fmt": [FORMAT],
        "base_date": start.date(),
        "base_time": start.time(),
        "comments": comments,
        "write_dir": str(folder),
    }
    numbers = f"{name}n" if grid.waves else name
    rate = float(grid.waves[0].rate_hz) if grid.waves else 1.0
    remarks = make_remarks(copy, find_gaps(copy, grid))
    with unwarned():
        for number, wave in enumerate(grid.waves, 1):
            _write_wave(wfdb, name if number == 1 else f"{name}w{number}", wave, common)
        _write_numbers(wfdb, numbers, grid, common)
        _write_remarks(wfdb, name, remarks, grid, rate, folder)
    return sorted(folder.iterdir())


def _write_wave(wfdb: Any, name: str, wave: Wave, common: dict[str, Any]) -> None:
    step, zero = wave_scale(wave)
    digital = np.where(wave.samples == WAVE_MISSING, MISSING, wave.samples // step + zero)
    wfdb.wrsamp(
        name,
        fs=_plain_rate(float(wave.rate_hz)),
        units=["counts"],
        sig_name=[f"{VITALS[wave.vital].label.upper()} {wave.device}"],
        d_signal=digital.astype(np.int64).reshape(-1, 1),
        adc_gain=[1.0 / step],
        baseline=[zero],
        **common,
    )


def _plain_rate(rate: float) -> float | int:
    return int(rate) if rate.is_integer() else rate


def _write_numbers(wfdb: Any, name: str, grid: Grid, common: dict[str, Any]) -> None:
    count = max(1, len(grid.signals))
    columns: list[npt.NDArray[np.int64]] = [digital_values(signal) for signal in grid.signals]
    if not columns:
        columns = [np.full(grid.seconds, MISSING, dtype=np.int64)]
    wfdb.wrsamp(
        name,
        fs=1,
        units=[_unit(signal.key.vital) for signal in grid.signals] or ["counts"],
        sig_name=labels_of(grid.signals) or ["no signal"],
        d_signal=np.stack(columns, axis=1),
        adc_gain=[float(10**signal.decimals) for signal in grid.signals] or [1.0],
        baseline=[0] * count,
        **{**common, "fmt": [FORMAT] * count},
    )


def _unit(vital: Vital) -> str:
    text = VITALS[vital].unit_text
    return "score" if text.startswith("/1") or text == "/5" else _UNITS.get(text, text)


def _write_remarks(
    wfdb: Any, name: str, remarks: list[Remark], grid: Grid, rate: float, folder: Path
) -> None:
    samples = [round((r.t_ns - grid.origin_ns) / NS_PER_S * rate) for r in remarks]
    notes = [f"{_ascii(r.text)} t={r.t_ns / NS_PER_S:.3f} s" for r in remarks]
    wfdb.wrann(
        name,
        "atr",
        np.array(samples, dtype=np.int64),
        symbol=[_COMMENT] * len(notes),
        aux_note=notes,
        fs=_plain_rate(rate),
        write_dir=str(folder),
    )


def _ascii(text: str) -> str:
    plain = text.replace("°", "deg ").encode("ascii", "replace").decode()
    return plain[: LONGEST_NOTE - len(" t=00000.000 s")]


def _comments(copy: SessionCopy, grid: Grid) -> list[str]:
    person = copy.person
    age = "?" if person.age_years is None else str(person.age_years)
    utc = copy.utc(grid.origin_ns)
    lines = [
        *copy.notices,
        f"<age>: {age} <sex>: {_SEX.get(person.sex, '?')} <patient>: {person.number or '?'}",
        f"session {copy.name}; sample 0 is {utc:%Y-%m-%dT%H:%M:%S}Z; times are local",
        f"missing samples are stored as {MISSING}, and never as 0; nothing is interpolated",
    ]
    lines += [
        f"{VITALS[wave.vital].label} {wave.device}: samples follow each other by count; none stands"
        f" further than {wave.furthest_s:.3f} s from the time at which it was received"
        for wave in grid.waves
    ]
    lines += [
        f"{signal.key.label}: {signal.key.source}, "
        + ("stream" if signal.streams else "single determinations")
        for signal in grid.signals
    ]
    return [_ascii(" ".join(line.split())) for line in lines]
