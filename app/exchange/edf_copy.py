"""A session as EDF+: the pulse wave at its own rate, numbers once a second, annotations."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from math import ceil

import numpy as np

from app.exchange.edf_layout import (
    MISSING,
    EdfIdentity,
    EdfNote,
    EdfSignal,
    ascii_word,
    edf_bytes,
)
from app.exchange.gaps import find_gaps
from app.exchange.grid import (
    WAVE_MISSING,
    Grid,
    Signal,
    Wave,
    labels_of,
    lengthened,
    make_grid,
)
from app.exchange.remarks import Remark, make_remarks
from app.exchange.session_copy import SessionCopy
from protocols.vitals import NS_PER_S, VITALS, Vital

RECORD_S = 10
"""Length of a data record, s, unless a rate needs another: long ones waste less on annotations."""

LONGEST_RECORD_S = 60
LABEL_MOST = 16
_HIGHEST_COUNT = 32_767
_SEX = {"female": "F", "male": "M"}
_DIMENSIONS = {Vital.TEMP: "degC"}


def make_edf(copy: SessionCopy) -> bytes:
    """The file: every signal whole, missing samples at the reserved digital value."""
    grid = make_grid(copy)
    record_s = _record_length(grid)
    records = max(1, ceil(grid.seconds / record_s), *(_records(w, record_s) for w in grid.waves))
    labels = labels_of(grid.signals, LABEL_MOST)
    signals = [_wave_signal(wave, records, record_s) for wave in grid.waves]
    signals += [
        _number_signal(signal, label, records, record_s)
        for signal, label in zip(grid.signals, labels, strict=True)
    ]
    if not signals:
        signals = [_nothing(records, record_s)]
    notes = [_note(remark, grid) for remark in make_remarks(copy, find_gaps(copy, grid))]
    notes += [EdfNote(onset_s=0.0, duration_s=None, text=_placing_words(w)) for w in grid.waves]
    started = copy.local(grid.origin_ns).replace(tzinfo=None, microsecond=0)
    return edf_bytes(_identity(copy), started, record_s, signals, notes)


def _record_length(grid: Grid) -> int:
    """Whole seconds in which every rate has a whole number of samples."""
    step = 1
    for wave in grid.waves:
        step = _common(step, wave.rate_hz.denominator)
    length = step * max(1, RECORD_S // step)
    if length > LONGEST_RECORD_S:
        raise ValueError(f"no data record of at most {LONGEST_RECORD_S} s fits every rate")
    return length


def _common(one: int, other: int) -> int:
    return Fraction(one, other).numerator * other


def _records(wave: Wave, record_s: int) -> int:
    return ceil(len(wave.samples) / (wave.rate_hz * record_s))


def _wave_signal(wave: Wave, records: int, record_s: int) -> EdfSignal:
    per_record = int(wave.rate_hz * record_s)
    counts = lengthened(wave, records * per_record).samples
    step, zero = wave_scale(wave)
    digital = np.where(counts == WAVE_MISSING, MISSING, counts // step + zero)
    return EdfSignal(
        label=f"{VITALS[wave.vital].label} {wave.device}"[:LABEL_MOST],
        transducer=f"{wave.device}, counts 0 to {wave.full_scale}, missing = digital {MISSING}",
        dimension="",
        physical_low=str((MISSING - zero) * step),
        physical_high=str((_HIGHEST_COUNT - zero) * step),
        per_record=per_record,
        samples=digital.astype(np.int16),
    )


def wave_scale(wave: Wave) -> tuple[int, int]:
    """Counts to a digital unit, and the digital value of 0; 16 bits lack room for 0 to 65535."""
    highest = int(wave.samples.max(initial=0))
    if highest <= _HIGHEST_COUNT:
        return 1, 0
    return (1, -_HIGHEST_COUNT) if highest < 2 * _HIGHEST_COUNT + 1 else (2, 0)


def _number_signal(signal: Signal, label: str, records: int, record_s: int) -> EdfSignal:
    spec = VITALS[signal.key.vital]
    digital = np.full(records * record_s, MISSING, dtype=np.int64)
    digital[: len(signal.values)] = digital_values(signal)
    kind = "stream" if signal.streams else "single determinations"
    unit = _DIMENSIONS.get(signal.key.vital, spec.unit_text)
    return EdfSignal(
        label=label,
        transducer=f"{signal.key.source}, {kind}, missing = digital {MISSING}",
        dimension=unit,
        physical_low=_physical(MISSING, spec.decimals),
        physical_high=_physical(_HIGHEST_COUNT, spec.decimals),
        per_record=record_s,
        samples=digital.astype(np.int16),
    )


def digital_values(signal: Signal) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The values of a signal in units of its last decimal, `MISSING` where there is none."""
    scaled = np.round(signal.values * 10**signal.decimals)
    return np.where(np.isnan(scaled), MISSING, scaled).astype(np.int64)


def _physical(digital: int, decimals: int) -> str:
    return f"{digital / 10**decimals:.{decimals}f}"


def _nothing(records: int, record_s: int) -> EdfSignal:
    """A session without any number still has its annotations; EDF+ readers ask for a signal."""
    return EdfSignal(
        label="no signal",
        transducer=f"nothing was received, missing = digital {MISSING}",
        dimension="",
        physical_low=str(MISSING),
        physical_high=str(_HIGHEST_COUNT),
        per_record=record_s,
        samples=np.full(records * record_s, MISSING, dtype=np.int16),
    )


def _note(remark: Remark, grid: Grid) -> EdfNote:
    lasting = None if remark.duration_ns is None else remark.duration_ns / NS_PER_S
    return EdfNote(
        onset_s=(remark.t_ns - grid.origin_ns) / NS_PER_S, duration_s=lasting, text=remark.text
    )


def _placing_words(wave: Wave) -> str:
    return (
        f"timing {VITALS[wave.vital].label} {wave.device}: samples follow each other by count; none"
        f" stands further than {wave.furthest_s:.3f} s from the time at which it was received"
    )


def _identity(copy: SessionCopy) -> EdfIdentity:
    person = copy.person
    try:
        born = date.fromisoformat(person.birth_date)
    except ValueError:
        born = None
    name = "_".join(part for part in (person.family_name, person.given_name) if part)
    age = () if person.age_years is None or born is not None else (f"age_{person.age_years}",)
    return EdfIdentity(
        patient=person.number,
        sex=_SEX.get(person.sex, "X"),
        birth_date=born,
        name=ascii_word(name),
        more_patient=age,
        admin=copy.name,
        equipment="InfusionRoom",
        more_recording=("SIM_NOTPRIMARY" if copy.simulated else "NOTPRIMARY",),
    )
