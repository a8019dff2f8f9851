"""Tables as recordings from elsewhere: CSV of the CMS50 kind, and any other by what is chosen."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from app.importing.bounds import check_length, check_samples
from app.importing.bytes_of import FileBytes
from app.importing.channels import ChannelTable, Known, channel_table, plain_name
from app.importing.choices import TIME_UNITS, Choices
from app.importing.csv_clock import RowTimes, read_times
from app.importing.csv_text import Table, read_rows
from app.importing.foreign import (
    SIMULATED,
    FileKind,
    Floats,
    ForeignFileError,
    ForeignRecording,
    many,
)
from app.importing.gathering import WAVEFORMS, Gathered, Gathering, Piece

_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}
_HEAD_BYTES = 20_000
_REGULAR = 0.02
"""A column is regular where no step differs from the usual one by more than this share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAccount:
    """Every row of a table: `read` have a time, `untimed` have none; they are all there are."""

    read: int
    untimed: int


@dataclass(slots=True, kw_only=True)
class _Cells:
    """One column as numbers: NaN where there is none; `unread` are texts that are no numbers."""

    values: Floats = field(repr=False)
    unread: int
    filled: int


def read_csv(file: FileBytes, choices: Choices) -> ForeignRecording:
    """Read a table.

    Raises:
        ForeignFileError: it is no table, or has more than is read.
    """
    return read_csv_rows(file, choices)[0]


def read_csv_rows(file: FileBytes, choices: Choices) -> tuple[ForeignRecording, RowAccount]:
    """Read a table, and account for its rows; raises as `read_csv`."""
    name = file.source.name
    table = channel_table()
    text = read_rows(file.content, name, lambda cell: _is_known(table, cell))
    check_samples(name, len(text.rows) * len(text.columns))
    if text.columns[: len(_OWN_EVENTS)] == _OWN_EVENTS:
        raise ForeignFileError(
            f"{name} is a table of all events of a session of this program. To show its numbers, "
            "export the session as csv-wide, EDF+ or .vital."
        )
    if not text.columns or not text.rows:
        raise ForeignFileError(f"{name} has no rows below its header.")
    of_time = _time_columns(text.columns, table, choices)
    times = _times(text, of_time, table, choices)
    gathering = Gathering("csv", table, choices)
    missing: list[str] = []
    if times is None:
        gathered = _only_listed(text, gathering)
        missing.append(
            "Which column is the time is not known, so no value can be shown. Choose the column of "
            "the time and its unit, or how many rows there are a second."
        )
        times = RowTimes(
            t_s=[None] * len(text.rows), start=None, words="unknown", notes=(), unread=0
        )
        untimed = len(text.rows)
    else:
        gathered = _gather(text, of_time, times, gathering, table, choices, missing)
        untimed = times.unread
    length_s = max((t for t in times.t_s if t is not None), default=0.0)
    check_length(name, length_s)
    damage = _damage(text, times)
    recording = ForeignRecording(
        name=name,
        kind=FileKind.CSV,
        sources=(file.source,),
        start=times.start,
        start_words=times.words,
        length_s=length_s,
        streams=gathered.streams,
        waves=gathered.waves,
        unknown=gathered.unknown,
        checked=() if missing or damage else (f"All {len(text.rows)} rows are read.",),
        notes=(*_about(text, file.content), *times.notes, *gathered.notes),
        missing=(*damage, *missing),
        zeros=gathered.zeros,
        zero_is_missing=gathered.zero_is_missing,
        columns=text.columns,
    )
    return recording, RowAccount(read=len(text.rows) - untimed, untimed=untimed)


# -- times ----------------------------------------------------------------------------------------


_OWN_EVENTS = ("t_s", "time_utc", "time_local", "kind", "name", "value")
"""How the table of events of this program begins."""

_WITH_UNIT = re.compile(r"([^\[(]*[^\[(\s])\s*(?:\[(.+)\]|\((.+)\))")


def _unit_in(name: str) -> tuple[str, str]:
    """Name and unit of a column that is called ``NAME [unit]`` or ``NAME (unit)``."""
    found = _WITH_UNIT.fullmatch(name)
    return (name, "") if found is None else (found[1], found[2] or found[3])


def _known_by_unit(name: str, table: ChannelTable) -> tuple[Known | None, str]:
    """What a column is whose name carries its unit, and that unit."""
    plain, unit = _unit_in(name)
    return (table.channel("edf", plain), unit) if unit else (None, "")


def _is_known(table: ChannelTable, cell: str) -> bool:
    plain = plain_name(cell)
    named = plain in table.dates | table.clocks | table.moments or plain in table.numbers
    known = table.channel("csv", cell) or _known_by_unit(cell, table)[0]
    return named or known is not None


def _time_columns(columns: Sequence[str], table: ChannelTable, choices: Choices) -> tuple[int, ...]:
    """Places of the columns of the time; none where it is not known."""
    if choices.rate_hz:
        return ()
    if choices.time:
        if choices.time not in columns:
            raise ForeignFileError(
                f"There is no column “{choices.time}” for the time; there are "
                f"{', '.join(columns[:20])}."
            )
        return (columns.index(choices.time),)
    plain = [plain_name(one) for one in columns]
    numbers = [n for n, one in enumerate(plain) if one in table.numbers]
    moments = [n for n, one in enumerate(plain) if one in table.moments]
    dates = [n for n, one in enumerate(plain) if one in table.dates]
    clocks = [n for n, one in enumerate(plain) if one in table.clocks]
    if numbers:
        return (numbers[0],)
    if moments:
        return (moments[0],)
    return (*dates[:1], *clocks[:1]) if clocks else ()


def _times(
    text: Table, of_time: tuple[int, ...], table: ChannelTable, choices: Choices
) -> RowTimes | None:
    """When each row was; None where it is not known."""
    if choices.rate_hz:
        if not 1e-6 < choices.rate_hz < 1e6:
            raise ForeignFileError(f"{choices.rate_hz:g} rows a second are none.")
        return _numbered([n / choices.rate_hz for n in range(len(text.rows))], "by number of row")
    if not of_time:
        return None
    cells = [[_cell(row, place) for place in of_time] for _, row in text.rows]
    unit = table.numbers.get(plain_name(text.columns[of_time[0]]), "")
    if choices.time:
        numeric = sum(_number(one[0], text.separator) is not None for one in cells)
        unit = choices.time_unit if 2 * numeric > len(cells) else ""
        if unit and unit not in TIME_UNITS:
            raise ForeignFileError(
                f"“{unit}” is no unit of time; there are {', '.join(TIME_UNITS)}."
            )
    if not unit:
        found = read_times([" ".join(one) for one in cells], choices.day_first)
        return None if found.unread == len(cells) else found
    numbers = [_number(one[0], text.separator) for one in cells]
    return _numbered(
        [None if one is None else one * _SECONDS[unit] for one in numbers], f"in {unit}"
    )


def _numbered(seconds: Sequence[float | None], how: str) -> RowTimes:
    """Times that are numbers, from the earliest on; a row that comes late keeps its time."""
    known = [one for one in seconds if one is not None]
    begin = min(known, default=0.0)
    notes = [] if begin == 0 else [f"Second 0 is {begin:g} s of the file's own time."]
    back = sum(b < a for a, b in pairwise(known))
    if back:
        notes.append(f"{back} rows are earlier than the row before; they stand by their times.")
    return RowTimes(
        t_s=[None if one is None else one - begin for one in seconds],
        start=None,
        words=f"unknown: times are counted {how}",
        notes=tuple(notes),
        unread=len(seconds) - len(known),
    )


# -- values ---------------------------------------------------------------------------------------


def _gather(
    text: Table,
    of_time: tuple[int, ...],
    times: RowTimes,
    gathering: Gathering,
    table: ChannelTable,
    choices: Choices,
    missing: list[str],
) -> Gathered:
    timed = [n for n, t in enumerate(times.t_s) if t is not None]
    t_s = np.array([times.t_s[n] for n in timed], dtype=np.float64)
    rows = [text.rows[n][1] for n in timed]
    found: dict[str, _Cells] = {}
    for place, name in enumerate(text.columns):
        if place not in of_time:
            chosen = choices.chosen_for(name)
            words = table.missing_words
            if chosen is not None:
                words = words | {plain_name(one) for one in choices.vitals[chosen].missing}
            found[name] = _column(rows, place, text.separator, words)
    _apply_shared_codes(found, table)
    rate_hz = _rate(t_s)
    for name, cells in found.items():
        if cells.filled == cells.unread:
            holds = f"{cells.filled} texts" if cells.filled else "nothing"
            gathering.leave_out(name, "", holds, "it holds no numbers")
            continue
        if cells.unread and (table.channel("csv", name) or choices.chosen_for(name)):
            missing.append(f"{name}: {cells.unread} cells are no numbers and count as missing.")
        known, unit = _known_by_unit(name, table)
        if rate_hz and _is_wave(name, table, choices):
            piece = Piece(start_s=float(t_s[0]), values=cells.values)
            gathering.add_regular(name, unit, rate_hz, [piece])
        else:
            gathering.add_numbers(name, unit, t_s, cells.values, known)
    return gathering.finish()


def _is_wave(name: str, table: ChannelTable, choices: Choices) -> bool:
    """Whether the column is a waveform: as a person says, else by its name."""
    chosen = choices.chosen_for(name)
    return bool(table.wave(name)) if chosen is None else chosen in WAVEFORMS


def _only_listed(text: Table, gathering: Gathering) -> Gathered:
    for place, name in enumerate(text.columns):
        cells = _column([row for _, row in text.rows], place, text.separator, frozenset())
        holds = f"{cells.filled} cells, {cells.filled - cells.unread} of them numbers"
        gathering.leave_out(name, "", holds, "the time is not known")
    return gathering.finish()


def _column(
    rows: Sequence[Sequence[str]], place: int, separator: str, missing: frozenset[str] | set[str]
) -> _Cells:
    values = np.full(len(rows), np.nan)
    unread = filled = 0
    for number, row in enumerate(rows):
        cell = _cell(row, place)
        if not cell or plain_name(cell) in missing:
            continue
        filled += 1
        value = _number(cell, separator)
        if value is None:
            unread += 1
        else:
            values[number] = value
    return _Cells(values=values, unread=unread, filled=filled)


def _apply_shared_codes(found: Mapping[str, _Cells], table: ChannelTable) -> None:
    """Codes that stand for no value only where the other vitals of the row have none either."""
    known = {name: table.channel("csv", name) for name in found}
    for name, what in known.items():
        if what is None or not what.missing_with_others:
            continue
        others = [
            np.isnan(found[other].values) | np.isin(found[other].values, list(one.missing))
            for other, one in known.items()
            if one is not None and other != name and one.missing
        ]
        if others:
            values = found[name].values
            none = np.logical_and.reduce(others)
            values[np.isin(values, list(what.missing_with_others)) & none] = np.nan


def _rate(t_s: Floats) -> float:
    """Rows a second where they are regular and fast enough for a waveform, else 0."""
    if len(t_s) < 3:
        return 0.0
    steps = np.diff(t_s)
    usual = float(np.median(steps))
    if usual <= 0 or usual > 0.1 or bool((np.abs(steps - usual) > _REGULAR * usual).any()):
        return 0.0
    return float((len(t_s) - 1) / (t_s[-1] - t_s[0]))


def _cell(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""


def _number(cell: str, separator: str) -> float | None:
    """The number of a cell, with a decimal comma where commas do not separate; None: it is none."""
    text = cell.replace(",", ".") if separator != "," else cell
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text else None


# -- what is said of it ---------------------------------------------------------------------------


def _about(text: Table, content: bytes) -> list[str]:
    found = []
    if SIMULATED.encode() in content[:_HEAD_BYTES]:
        found.append(f"{SIMULATED} the file says that its values come from simulated monitors.")
    if text.encoding == "Latin-1":
        found.append("The text is no UTF-8; it is read as Latin-1.")
    if text.remarks:
        found.append(f"{len(text.remarks)} lines stand above the header: {text.remarks[0][:80]}")
    return found


def _damage(text: Table, times: RowTimes) -> list[str]:
    found = []
    if text.cut and text.narrow:
        found.append("The last line has no end: the file may be cut there.")
    if text.narrow:
        found.append(
            f"{many(text.narrow, 'row')} with fewer cells than the header: what lacks is missing."
        )
    if text.wide:
        found.append(
            f"{many(text.wide, 'row')} with more cells than the header names: columns may stand "
            "under the wrong name."
        )
    if times.unread:
        found.append(f"{many(times.unread, 'row')} without a time that can be read: left out.")
    return found
