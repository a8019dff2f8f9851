"""Two versions of the program over an archive: alike, or where first they part."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "app"))

import recorded_sessions as recorded

from tests.e2e.conftest import Call

ROOT = Path(__file__).resolve().parents[2]
LINE = "rule.comparison.holds(value, rule.limit.value)"


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("archive") / "sessions.db"
    recorded.make_record(path)
    return str(path)


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program as another version: limits are compared with 3 more than they say."""
    folder = tmp_path_factory.mktemp("other") / "program"
    folder.mkdir()
    for name in ("app", "devices", "protocols", "storage", "resources"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("fonts"))
    shutil.copy(ROOT / "main.py", folder)
    shutil.copy(ROOT / "pyproject.toml", folder)
    rules = folder / "protocols" / "conditions.py"
    text = rules.read_text(encoding="utf-8")
    assert text.count(LINE) == 1
    rules.write_text(text.replace(LINE, LINE.replace("value)", "value + 3)")), encoding="utf-8")
    return folder


def _files(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_a_changed_comparison_is_found_with_event_both_sides_and_alarms(
    command: Call, changed: Path, tmp_path: Path
) -> None:
    record = tmp_path / "one.db"
    recorded.write(record, recorded.CLOSED, recorded.visit())
    before = _files(changed)
    html = tmp_path / "compared.html"
    with_other = ("--other", str(changed), "--python", sys.executable)
    status, out, err = command(
        "versions", "compare", str(record), *with_other, "--json", "--html", str(html)
    )
    assert status == 1, err
    told = json.loads(out)
    assert told["alike"] is False
    (closed,) = told["sessions"]
    assert closed["difference"]["position"] > 1
    assert "alarm changed" in closed["difference"]["recorded"] + closed["difference"]["replayed"]
    assert closed["gained"] or closed["lost"]
    text = html.read_text(encoding="utf-8")
    assert "Two versions of the program compared" in text
    assert str(changed) in text
    assert _files(changed) == before, "the other installation stays as it is"


def test_a_saved_file_stands_for_an_installation_that_is_gone(
    command: Call, record: str, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.jsonl"
    status, out, err = command("versions", "digest", record, "--output", str(kept))
    assert (status, err) == (0, "")
    assert "2 sessions digested" in out
    status, out, err = command("versions", "compare", record, "--other", str(kept))
    assert (status, err) == (0, "")
    assert "2 of 2 sessions identical." in out
    one = ("--session", recorded.CUT)
    assert command("versions", "digest", record, "--output", str(kept), *one)[0] == 0
    status, out, _ = command("versions", "compare", record, "--other", str(kept))
    assert status == 1
    assert "the other side does not know it" in out


def test_a_version_without_the_command_is_said_to_be_one(
    command: Call, record: str, tmp_path: Path
) -> None:
    old = tmp_path / "old"
    old.mkdir()
    (old / "main.py").write_text(
        "import sys\nprint(\"No such command 'versions'.\", file=sys.stderr)\nsys.exit(2)\n"
    )
    place = ("--other", str(old), "--python", sys.executable)
    status, out, err = command("versions", "compare", record, *place)
    assert (status, out) == (2, "")
    assert "is of a version without the command “versions digest”" in err


def test_what_is_no_other_version_is_said(command: Call, record: str, tmp_path: Path) -> None:
    for place, says in (
        (tmp_path, "no main.py"),
        (tmp_path / "nothing.jsonl", "No such file"),
    ):
        status, _, err = command("versions", "compare", record, "--other", str(place))
        assert (status, says in err) == (2, True), err
    (tmp_path / "main.py").touch()
    status, _, err = command("versions", "compare", record, "--other", str(tmp_path))
    assert (status, "--python" in err) == (2, True)
    status, _, err = command("versions", "digest", record)
    assert (status, "--output" in err) == (2, True)
    assert command("versions", "digest", record, "--outputs", "1-2")[0] == 2


def test_outputs_are_printed_in_full_for_another_version(command: Call, record: str) -> None:
    asked = ("--session", recorded.CUT, "--outputs", "2:4")
    status, out, _ = command("versions", "digest", record, *asked)
    assert status == 0
    assert [one["form"]["event"] for one in json.loads(out)]
    assert len(json.loads(out)) == 2
