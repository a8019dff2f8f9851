"""Recordings from CSV files of other monitors and data sets.

A `TableMap` says which column is which vital and what its numbers mean. A row that lacks a value
says that there was none; it is never taken for one, and neither is a code that stands for missing.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from statistics import median

from app.rejudging.recording import Fact, Recording, sorted_facts, split_streams
from app.rejudging.table_map import Column, TableMap, TableMapError
from protocols.events import BaselineFrozen, BaselineValue, Phase, PhaseChanged, Reading
from protocols.vitals import NS_PER_S, PRESSURES, VITALS, Quality, Vital
from storage.numerics import columns_of

_MS = 1_000_000
_PER_UNIT_S = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}
_SLOW_S = 4.0
"""A stream whose values lie further apart is taken for a monitor that speaks so rarely."""


class TableError(ValueError):
    """A file that cannot be read as mapped; the text says where and why."""


@dataclass(slots=True)
class _Part:
    """One recording on its way: rows that share what the file is split by."""

    name: str
    subject: str
    key: str
    readings: list[Reading] = field(default_factory=list)
    firsts: dict[Vital, list[float]] = field(default_factory=dict)
    last_ms: dict[Vital, int] = field(default_factory=dict)
    pressures: tuple[str, ...] = ()
    missing: int = 0
    implausible: int = 0
    end_ms: int = 0


def read_table(path: Path, mapping: TableMap) -> list[Recording]:
    """The recordings in the file at `path`, in the order in which they begin in it.

    Raises:
        TableError: the file cannot be read, a column is not there, or a cell is no number.
        TableMapError: the table of baselines is wrong.
    """
    parts: dict[str, _Part] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            _check_columns(path, rows.fieldnames or (), mapping)
            for number, row in enumerate(rows, start=2):
                key = "/".join(row[one] or "" for one in mapping.split)
                part = parts.get(key)
                if part is None:
                    part = parts[key] = _begin(path, mapping, key, row)
                _take_row(part, mapping, row, f"{path.name} line {number}")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise TableError(f"{path}: {reason}") from error
    given = mapping.given_baselines(path)
    return [_recording(part, mapping, given.get(part.key, {})) for part in parts.values()]


def _check_columns(path: Path, there: Iterable[str], mapping: TableMap) -> None:
    known = set(there)
    lacking = [one for one in mapping.columns_read if one not in known]
    if lacking:
        raise TableError(
            f"{path.name}: no column {', '.join(lacking)}; there are {', '.join(sorted(known))}"
        )


def _begin(path: Path, mapping: TableMap, key: str, row: Mapping[str, str]) -> _Part:
    name = f"{path.stem}:{key}" if key else path.stem
    subject = row[mapping.subject] if mapping.subject else name
    return _Part(name=name, subject=subject, key=key)


def _take_row(part: _Part, mapping: TableMap, row: Mapping[str, str], where: str) -> None:
    number = _number(row[mapping.time], f"{where}: {mapping.time}")
    if number is None:
        raise TableError(f"{where}: {mapping.time} is empty")
    at_ms = round(number * _PER_UNIT_S[mapping.time_unit] * 1000)
    part.end_ms = max(part.end_ms, at_ms)
    if mapping.last_repeated:
        cells = tuple(row[c.name] or "" for v, c in mapping.vitals.items() if v in PRESSURES)
        unchanged, part.pressures = cells == part.pressures, cells
    else:
        unchanged = False
    for vital, column in mapping.vitals.items():
        if unchanged and vital in PRESSURES:
            continue
        if mapping.signal and row[mapping.signal] != column.name:
            continue
        cell = row[mapping.value] if mapping.signal else row[column.name]
        _take_cell(part, vital, column, cell or "", at_ms, where)


def _take_cell(
    part: _Part, vital: Vital, column: Column, cell: str, at_ms: int, where: str
) -> None:
    value, quality = None, Quality.MISSING
    if cell.strip() not in column.missing:
        value = _number(cell, f"{where}: {column.name}")
        quality = Quality.GOOD
    if value is not None and value in column.codes:
        value = None
    if value is None:
        quality = Quality.MISSING
        part.missing += 1
    elif not VITALS[vital].is_plausible(value):
        value, quality = None, Quality.IMPLAUSIBLE
        part.implausible += 1
    if value is None and VITALS[vital].quiet_limit_s is None:
        return  # a determination that gave nothing is none
    at_ms = max(at_ms, part.last_ms.get(vital, -1) + 1) if _is_twice(part, vital, at_ms) else at_ms
    part.last_ms[vital] = at_ms
    if value is not None:
        part.firsts.setdefault(vital, []).append(value)
    part.readings.append(
        Reading(
            t_ns=at_ms * _MS,
            vital=vital,
            value=value,
            quality=quality,
            source=column.name,
            measured_ns=at_ms * _MS,
        )
    )


def _is_twice(part: _Part, vital: Vital, at_ms: int) -> bool:
    """Whether the row before gave the vital at this very time: the later row follows by 1 ms."""
    last = part.last_ms.get(vital)
    return last is not None and at_ms <= last < at_ms + 1000


def _number(cell: str | None, where: str) -> float | None:
    text = (cell or "").strip()
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        raise TableError(f"{where}: “{text}” is no number; name it as missing if it is") from None
    if number != number or number in (float("inf"), float("-inf")):
        return None
    return number


# -- what the rows make ---------------------------------------------------------------------------


def _recording(part: _Part, mapping: TableMap, given: Mapping[Vital, float]) -> Recording:
    readings = sorted(part.readings, key=lambda one: one.t_ns)
    begin_ns = min((one.t_ns for one in readings), default=0)
    if begin_ns < 0:
        readings = [
            replace(one, t_ns=one.t_ns - begin_ns, measured_ns=one.measured_ns - begin_ns)
            for one in readings
        ]
    shift_ns = -min(begin_ns, 0)
    numbered = list(enumerate(readings, start=10))
    streams, single = split_streams(columns_of(numbered))
    began_ns = max(begin_ns, 0)
    facts = [
        Fact(
            seq=0,
            event=PhaseChanged(
                t_ns=began_ns, before=Phase.SETUP, after=mapping.phase, by="", reason=""
            ),
        )
    ]
    frozen = _baseline(part, mapping, given, began_ns)
    if frozen is not None:
        facts.append(Fact(seq=1, event=frozen))
    facts += [Fact(seq=seq, event=reading) for seq, reading in single]
    return Recording(
        name=part.name,
        subject=part.subject,
        facts=sorted_facts(facts),
        streams=streams,
        end_ns=part.end_ms * _MS + shift_ns,
        intervals=dict(_intervals(readings, mapping)),
        notes=tuple(_notes(part, readings, mapping, frozen)),
    )


def _baseline(
    part: _Part, mapping: TableMap, given: Mapping[Vital, float], t_ns: int
) -> BaselineFrozen | None:
    values = [BaselineValue(vital=v, value=value, readings=2) for v, value in given.items()]
    if mapping.baseline_first:
        for vital, found in part.firsts.items():
            first = found[: mapping.baseline_first]
            if vital not in given and len(first) == mapping.baseline_first:
                value = float(median(first))
                values.append(BaselineValue(vital=vital, value=value, readings=len(first)))
    if not values:
        return None
    values.sort(key=lambda one: list(Vital).index(one.vital))
    return BaselineFrozen(t_ns=t_ns, by="", values=tuple(values), low_confidence=False)


def _intervals(readings: list[Reading], mapping: TableMap) -> Iterator[tuple[str, float]]:
    """Per column of a stream the usual time between its rows, where it is long."""
    times: dict[str, list[int]] = {}
    for one in readings:
        if VITALS[one.vital].quiet_limit_s is not None:
            times.setdefault(one.source, []).append(one.t_ns)
    for source, found in times.items():
        interval_s = mapping.interval_s
        if interval_s is None and len(found) > 1:
            gaps = [b - a for a, b in pairwise(found)]
            interval_s = median(gaps) / NS_PER_S
        if interval_s is not None and interval_s > _SLOW_S:
            yield source, interval_s


def _notes(
    part: _Part, readings: list[Reading], mapping: TableMap, frozen: BaselineFrozen | None
) -> Iterator[str]:
    for source, interval_s in _intervals(readings, mapping):
        yield f"{source} comes every {interval_s:g} s and stands as long"
    if frozen is not None and mapping.baseline_first:
        yield (
            f"baseline: median of the first {mapping.baseline_first} values, known from the begin"
        )
    elif frozen is not None:
        yield "baseline: as given, known from the begin"
    if part.implausible:
        yield f"{part.implausible} values that no person can have were taken for missing"


__all__ = ["TableError", "TableMap", "TableMapError", "read_table"]
