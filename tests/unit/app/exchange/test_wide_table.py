"""Numbers as a table: a row a second, empty where nothing was measured, the same everywhere."""

from __future__ import annotations

import csv
import io
from datetime import datetime

import pytest

from app.exchange.session_copy import SessionCopy
from app.exchange.wide_table import FIRST_COLUMNS, LAST_COLUMN, write_wide
from storage.export import NOT_PRIMARY, SIMULATED


def rows_of(copy: SessionCopy) -> list[dict[str, str]]:
    file = io.StringIO(newline="")
    count = write_wide(copy, file)
    rows = list(csv.DictReader(io.StringIO(file.getvalue(), newline="")))
    assert len(rows) == count
    return rows


@pytest.fixture(scope="module")
def rows(copy: SessionCopy) -> list[dict[str, str]]:
    return rows_of(copy)


def test_columns_are_named_with_their_units(rows: list[dict[str, str]]) -> None:
    names = list(rows[0])
    assert tuple(names[:4]) == FIRST_COLUMNS
    assert names[-1] == LAST_COLUMN
    assert {"PR [/min]", "SpO2 [%]", "SBP [mm[Hg]]", "SBP by hand [mm[Hg]]"} <= set(names)
    assert all(None not in row.values() and len(row) == len(names) for row in rows)


def test_a_cell_is_empty_where_nothing_was_measured(rows: list[dict[str, str]]) -> None:
    assert [row["PI [%]"] for row in rows[:3]] == ["3.4", "3.5", "3.6"]
    assert {row["PR [/min]"] for row in rows[40:60]} == {""}
    assert [row["SBP [mm[Hg]]"] for row in rows if row["SBP [mm[Hg]]"]] == ["138"]
    assert rows[69]["SBP by hand [mm[Hg]]"] == "127"
    assert rows[30]["SpO2 [%]"] == ""
    assert rows[50]["Temp [Cel]"] == "36.6"


def test_every_second_has_both_times_across_the_change_of_summer_time(
    rows: list[dict[str, str]],
) -> None:
    for row in rows:
        local, utc = (datetime.fromisoformat(row[name]) for name in ("time_local", "time_utc"))
        assert local == utc
    assert rows[29]["time_local"].endswith("+01:00")
    assert rows[31]["time_local"].endswith("+02:00")
    assert float(rows[1]["t_s"]) - float(rows[0]["t_s"]) == pytest.approx(1)


def test_the_first_row_says_what_the_copy_is(rows: list[dict[str, str]]) -> None:
    assert rows[0]["notice"] == f"{NOT_PRIMARY} {SIMULATED}"
    assert {row["notice"] for row in rows[1:]} == {""}
    assert {row["simulated"] for row in rows} == {"yes"}


def test_a_comma_in_the_locale_changes_nothing(
    copy: SessionCopy, rows: list[dict[str, str]], comma_locale: str
) -> None:
    assert rows_of(copy) == rows
