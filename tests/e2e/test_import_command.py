"""`import` from the command line: what would be shown, in words and as JSON, and refusals."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "app" / "importing"))

from foreign_makers import cms50, seconds, vital_numbers

from app.commands.answers import BadInputError
from app.commands.database import opened_to_look
from app.commands.registration import run
from app.records.archive import Archive
from app.records.catalogue import Search


def test_a_table_is_told_in_words_and_its_look_is_on_the_trail(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "night.csv"
    path.write_text(cms50(*seconds(60)))
    assert run(["import", str(path)]) == 0
    told = capsys.readouterr().out
    assert told.startswith("FROM A FILE: NOT A SESSION OF THIS PROGRAM")
    assert "SpO2 by its name" in told
    assert run(["logbook", "list"]) == 0
    assert "file night.csv" in capsys.readouterr().out


def test_a_file_is_told_as_json_with_what_is_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "case.vital"
    path.write_bytes(vital_numbers(rate=75)[:-200])
    assert run(["import", str(path), "--json", "--map", "hr=nowhere"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["kind"] == ".vital file"
    assert told["sources"][0]["sha256"]
    assert told["missing"]
    assert any("no channel “nowhere”" in one for one in told["notes"])


def test_a_file_may_be_looked_at_on_a_machine_without_a_record() -> None:
    with opened_to_look(None, or_empty=True) as (record, seen):
        assert Archive(record).list_sessions(Search()) == []
        assert not seen.foreign
    assert not Path(seen.place).exists()
    with pytest.raises(BadInputError, match="no such database"), opened_to_look(None):
        pass


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.csv"], "cannot be read"),
        (["a.csv", "--map", "colour=red"], "is not VITAL="),
        (["a.csv", "--time", "when"], "no column “when”"),
    ],
)
def test_a_mistake_is_one_sentence(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("t_s,b\n0,1\n")
    assert run(["import", *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
