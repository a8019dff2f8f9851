"""`rejudge` from the command line: sessions of a database, CSV files, every form, every mistake."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "app"))

from recorded_sessions import CLOSED, CUT, cut_visit, visit, write

from app.commands.registration import run
from app.rejudging import batch
from app.rejudging.batch import Task, judge_sessions
from app.rejudging.results import Result
from protocols.events import SessionOpened


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a visit and one that was cut."""
    place = tmp_path_factory.mktemp("rejudge") / "two.db"
    write(place, CLOSED, visit())
    write(place, CUT, cut_visit(), seal=False)
    return place


@pytest.fixture
def recorded_limits(tmp_path: Path) -> Path:
    """The limits that the visit was recorded under."""
    path = tmp_path / "recorded.toml"
    opened = next(event for event in visit() if isinstance(event, SessionOpened))
    path.write_text(opened.limits_text, encoding="utf-8")
    return path


@pytest.fixture
def lower(recorded_limits: Path, tmp_path: Path) -> Path:
    """The same limits, where a systolic pressure is high from 175 mmHg on."""
    path = tmp_path / "lower.toml"
    text = recorded_limits.read_text(encoding="utf-8")
    start = text.index('id = "sbp-high-warning"')
    changed = text[start:].replace("value = 165,", "value = 175,", 1)
    path.write_text(text[:start] + changed, encoding="utf-8")
    return path


def test_the_same_limits_change_nothing(
    record: Path, recorded_limits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["rejudge", str(record), "--limits", str(recorded_limits), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    total = found["totals"][-1]
    assert total["label"] == "all"
    assert (total["gained"], total["lost"], total["moved"]) == (0, 0, 0)
    assert total["unchanged"] == total["before"]["count"] == total["after"]["count"] > 0
    assert found["recordings"] == 2


def test_a_session_by_name_with_every_change(
    record: Path, lower: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["rejudge", CLOSED, "--database", str(record), "--limits", str(lower), "--each"]
    assert run(arguments) == 0
    text = capsys.readouterr().out
    assert "sbp-high-warning warning 1 → 0" in " ".join(text.split())
    assert "lost    0:" in text
    assert "sbp-high-warning, after: Systolic pressure 175 mmHg or above" in text
    assert "1 recording of 1 patient" in text


def test_as_csv_and_as_markdown(
    record: Path, lower: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["rejudge", str(record), "--limits", str(lower), "--csv"]) == 0
    rows = {row["rule"]: row for row in csv.DictReader(io.StringIO(capsys.readouterr().out))}
    assert (rows["sbp-high-warning"]["lost"], rows["sbp-high-warning"]["gained"]) == ("1", "0")
    assert run(["rejudge", str(record), "--limits", str(lower), "--markdown"]) == 0
    assert "| sbp-high-warning | warning | 1 → 0 |" in capsys.readouterr().out


TABLE = "t_s,who,ox,sys\n" + "".join(
    f"{t},ann,{89 if 20 <= t < 50 else 97},{160 if t % 30 == 0 else ''}\n" for t in range(120)
)


def test_a_file_by_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text(TABLE, encoding="utf-8")
    arguments = ["rejudge", str(path), "--limits", "standard", "--time", "t_s"]
    arguments += ["--map", "spo2=ox,sbp=sys", "--split", "who", "--subject", "who"]
    arguments += ["--missing", "0,127", "--baseline", "sbp=120", "--each"]
    assert run(arguments) == 0
    text = capsys.readouterr().out
    assert "spo2-low-critical critical 1 " in " ".join(text.split())
    assert "0:00:35  spo2-low-critical: SpO2 89 %" in text
    assert "sbp-rise-warning" in text
    assert "A file of numbers says nothing of equipment" in text
    assert "gained" not in text


def test_two_limits_on_a_file(
    tmp_path: Path, lower: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text(TABLE, encoding="utf-8")
    arguments = ["rejudge", str(path), "--limits", str(lower), "--against", "standard", "--json"]
    assert run([*arguments, "--time", "t_s", "--map", "spo2=ox,sbp=sys"]) == 0
    assert json.loads(capsys.readouterr().out)["compared"] is True


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.db", "--limits", "standard"], "nowhere.db: no such database"),
        (["20200101-nobody", "--limits", "standard"], "20200101-nobody: no such session"),
        (["RECORD", "--limits", "no-such"], "no-such: no such limits file"),
        (["RECORD", "--limits", "BROKEN"], "broken.toml:"),
        (["RECORD", "--limits", "standard", "--against", "no-such"], "no such limits file"),
        (["CSV", "--limits", "standard"], "needs --mapping FILE, or --time COLUMN and --map"),
        (["CSV", "--limits", "standard", "--time", "t", "--map", "spo3=ox"], "spo3=ox"),
        (["CSV", "--limits", "standard", "--time", "t", "--map", "spo2=ox"], "no column t, ox"),
        (["RECORD", "CSV", "--limits", "standard"], "together need --against"),
        (["CSV", "--limits", "standard", "--mapping", "gone.toml"], "gone.toml: No such file"),
        (["CSV", "--limits", "standard", "--mapping", "BROKEN"], "broken.toml"),
        (
            [
                "CSV",
                "--limits",
                "standard",
                "--time",
                "a",
                "--map",
                "hr=a",
                "--baseline",
                "first:x",
            ],
            "first:N takes 1 to 100",
        ),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(
    record: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    table, broken = tmp_path / "a.csv", tmp_path / "broken.toml"
    table.write_text("a,b\n1,2\n", encoding="utf-8")
    broken.write_text("vitals = 5\n", encoding="utf-8")
    named = {"RECORD": str(record), "CSV": str(table), "BROKEN": str(broken)}
    given = [named.get(one, one) for one in arguments]
    assert run(["rejudge", *given, "--database", str(record)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err
    assert captured.err.count("\n") == 1


def test_two_processes_give_what_one_gives(
    record: Path, lower: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = Task(
        database=str(record),
        sessions=(CLOSED, CUT, CLOSED),
        limits_text=lower.read_text(encoding="utf-8"),
    )
    alone = list(judge_sessions(task, processes=1))
    monkeypatch.setattr(batch, "WORTH_A_PROCESS", 2)
    monkeypatch.setattr(batch, "_CHUNK", 1)
    assert list(judge_sessions(task)) == alone
    assert [one.name for one in alone] == [CLOSED, CUT, CLOSED]
    assert all(isinstance(one, Result) for one in alone)


def test_a_document_to_sign_is_written_with_the_limits_beside_it(
    record: Path, lower: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "asked.html"
    arguments = ["rejudge", str(record), "--limits", str(lower), "--html", str(page), "--json"]
    assert run(arguments) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["recordings"] == 2
    assert "asked.toml" in told.err
    text = page.read_text(encoding="utf-8")
    assert "165 mmHg" in text
    assert "175 mmHg" in text
    assert "approved by" in text
    assert page.with_suffix(".toml").read_text(encoding="utf-8") == lower.read_text("utf-8")
    assert run([*arguments[:4], "--pdf", str(page)]) == 2
    assert "--pdf" in capsys.readouterr().err
