"""`burden` from the command line: every form, every filter, every mistake, and the trail of it."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "app"))

from recorded_sessions import CLOSED, CUT, cut_visit, visit, write

from app.commands.registration import run


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a visit and one that was cut, both simulated."""
    place = tmp_path_factory.mktemp("burden") / "two.db"
    write(place, CLOSED, visit())
    write(place, CUT, cut_visit(), seal=False)
    return place


def test_tables_definitions_and_every_figure_with_its_n(
    record: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["burden", "--database", str(record)]) == 0
    text = capsys.readouterr().out
    assert "in 2 sessions (2 simulated)" in text
    assert "2026-W10" in text
    assert "sbp-high-warning" in text
    assert "Fewer than 5: not shown as a share" in text
    assert "N. Okafor" not in text


def test_filters_narrow_and_json_says_what_was_counted(
    record: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["burden", "--database", str(record), "--json"]
    assert run([*arguments, "--priority", "medium", "--room", "Room 2"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["counted"] == (
        "real and simulated sessions, room Room 2, alarms of medium priority"
    )
    assert found["all"]["sessions"] == 2
    assert found["all"]["answered_in_time"]["of"] >= 1
    assert run([*arguments, "--sessions", "real"]) == 0
    assert json.loads(capsys.readouterr().out)["all"]["sessions"] == 0
    assert run([*arguments, "--since", "2026-03-03"]) == 0
    assert json.loads(capsys.readouterr().out)["all"]["sessions"] == 0


def test_files_are_written_and_noted(
    record: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, page = tmp_path / "b.csv", tmp_path / "b.pdf"
    arguments = ["burden", "--database", str(record), "--csv", str(table), "--pdf", str(page)]
    assert run(arguments) == 0
    assert "b.csv: written" in capsys.readouterr().err
    with table.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert rows[0]["by"] == "all"
    assert int(rows[0]["occurrences"]) == sum(
        int(row["occurrences"]) for row in rows if row["by"] == "room"
    )
    assert page.read_bytes().startswith(b"%PDF")
    assert run(["logbook", "list"]) == 0
    noted = capsys.readouterr().out
    assert "burden of alarms of 2" in noted
    assert str(table) in noted


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--since", "yesterday"], "--since: “yesterday” is no day"),
        (["--csv", "b.txt"], "--csv: b.txt: the name must end in .csv"),
        (["--pdf", "b.csv"], "--pdf: b.csv: the name must end in .pdf"),
        (["--csv", "no/such/b.csv"], "cannot be written"),
    ],
)
def test_mistakes_are_told_in_a_sentence(
    record: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["burden", "--database", str(record), *arguments]) == 2
    assert words in capsys.readouterr().err
