"""A session as a table of numbers: a row a second, a column for each vital of each source."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import IO

from app.exchange.grid import Grid, Signal, labels_of, make_grid
from app.exchange.session_copy import SessionCopy
from protocols.vitals import NS_PER_S, VITALS
from storage.clock import write_utc

FIRST_COLUMNS = ("t_s", "time_utc", "time_local", "simulated")
"""Columns before those of the vitals."""

LAST_COLUMN = "notice"
"""What the copy says of itself, in its first row; RFC 4180 knows no lines of comment."""


def write_wide(copy: SessionCopy, file: IO[str]) -> int:
    """Write `copy` to the text file `file` (RFC 4180), and give the number of seconds.

    A cell is empty where nothing was measured in that second.
    """
    grid = make_grid(copy)
    writer = csv.writer(file)
    writer.writerow((*FIRST_COLUMNS, *column_names(grid), LAST_COLUMN))
    for row in _rows(copy, grid):
        writer.writerow(row)
    return grid.seconds


def column_names(grid: Grid) -> list[str]:
    """Heading of each signal: label, and unit in UCUM, as ``SpO2 [%]``."""
    labels = labels_of(grid.signals)
    return [
        f"{label} [{VITALS[signal.key.vital].unit}]"
        for label, signal in zip(labels, grid.signals, strict=True)
    ]


def _rows(copy: SessionCopy, grid: Grid) -> Iterator[tuple[str, ...]]:
    simulated = "yes" if copy.simulated else "no"
    columns = [_cells(signal) for signal in grid.signals]
    for second in range(grid.seconds):
        t_ns = grid.origin_ns + second * NS_PER_S
        local = copy.local(t_ns).isoformat(timespec="milliseconds")
        times = (f"{t_ns / NS_PER_S:.3f}", write_utc(copy.utc(t_ns)), local)
        notice = " ".join(copy.notices) if second == 0 else ""
        yield (*times, simulated, *(column[second] for column in columns), notice)


def _cells(signal: Signal) -> list[str]:
    return [
        "" if value != value else f"{value:.{signal.decimals}f}" for value in signal.values.tolist()
    ]
