"""The command `export`: one session, several, all; every format; what it says and notes."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from app.commands.registration import run
from app.places import database as place_of_database
from protocols.logbook.entries import Exported
from storage.database import open_database
from storage.logbook import read_logbooks
from tests.unit.app import recorded_sessions as recorded

Said = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("record") / "sessions.db"
    recorded.make_record(path)
    return path


@pytest.fixture
def export(place: Path, capsys: pytest.CaptureFixture[str]) -> Said:
    def call(*arguments: str) -> tuple[int, str, str]:
        status = run(["export", *arguments, "--database", str(place)])
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def noted() -> list[Exported]:
    with open_database(place_of_database(None), read_only=True) as database:
        entries = [entry for book in read_logbooks(database) for entry in book.entries]
    return [entry for entry in entries if isinstance(entry, Exported)]


def test_every_session_goes_into_a_folder_that_is_made(export: Said, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "copies"
    status, out, _ = export("--all", "--format", "csv-wide", "--output", str(folder))
    assert status == 0
    made = {path.stem for path in folder.iterdir()}
    assert made == {recorded.CLOSED, recorded.CUT}
    assert out.count("rows, one a second") == 2
    for path in folder.iterdir():
        with path.open(newline="", encoding="utf-8") as file:
            assert {row["simulated"] for row in csv.DictReader(file)} == {"yes"}


def test_a_copy_that_is_de_identified_is_noted_as_such(export: Said, tmp_path: Path) -> None:
    names = (recorded.CLOSED, recorded.CUT)
    status, out, _ = export(*names, "--format", "edf", "--de-identified", "--output", str(tmp_path))
    assert status == 0
    files = sorted(tmp_path.glob("S-*.edf"))
    assert len(files) == 2
    assert not any(name in out for name in names)
    copies = noted()[-2:]
    assert {copy.format for copy in copies} == {"edf de-identified"}
    assert {copy.subject for copy in copies} == {f"session {name}" for name in names}
    assert all(copy.sha256 for copy in copies)


def test_one_session_that_cannot_be_copied_does_not_keep_the_others(
    export: Said, tmp_path: Path
) -> None:
    status, out, err = export("nobody", recorded.CLOSED, "--output", str(tmp_path))
    assert status == 2
    assert "no session nobody" in err
    assert f"{recorded.CLOSED}.csv" in out
    assert [path.name for path in tmp_path.iterdir()] == [f"{recorded.CLOSED}.csv"]


def test_without_a_place_the_copy_is_named_after_the_session(
    export: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert export(recorded.CLOSED, "--format", "fhir")[0] == 0
    assert [path.name for path in tmp_path.iterdir()] == [f"{recorded.CLOSED}.fhir.json"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [((), "Name a session"), (("--all", "one"), "not both")],
)
def test_what_to_copy_is_said_in_one_way(
    export: Said, arguments: tuple[str, ...], said: str
) -> None:
    status, _, err = export(*arguments)
    assert status == 2
    assert said in err
