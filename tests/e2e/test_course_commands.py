"""A course from the command line: opened, booked, rated, decided, listed and due."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.commands.registration import run
from storage.database import open_database

Command = Callable[..., tuple[int, str, str]]
WHO = ("--by", "N. Okafor RN")


@pytest.fixture
def command(command: Command, tmp_path: Path) -> Command:
    """Runs one command on a record of its own: exit status, standard output, standard error."""

    def call(*arguments: str) -> tuple[int, str, str]:
        return command("courses", *arguments, "--database", str(tmp_path / "sessions.db"))

    return call


@pytest.fixture
def course(command: Command) -> str:
    status, out, err = command(*opening("two-then-four"))
    assert (status, err) == (0, "")
    return out.strip()


def opening(template: str, **changes: str) -> tuple[str, ...]:
    options = {
        "mrn": "004711",
        "patient": "Doe, Jane",
        "first": "2026-01-05",
        "prescriber": "P. Example MD",
        "scale": "phq-9",
    } | changes
    pairs = [part for name, value in options.items() for part in (f"--{name}", value)]
    return ("open", template, *pairs, *WHO)


def test_what_is_entered_is_shown(command: Command, course: str) -> None:
    assert command("book", course, "1", "2026-01-05T09:00", *WHO)[0] == 0
    rating = ("score", course, "phq-9", "20", "--taken", "2026-01-04T08:00", "--negative", *WHO)
    assert command(*rating)[0] == 0
    shown = json.loads(command("show", course, "--json")[1])
    assert (shown["position"], shown["planned"], shown["outcome"]) == (0, 6, "unknown")
    assert shown["visits"][0]["booked"] is True
    assert [(s["scale"], s["total"]) for s in shown["scores"]] == [("phq-9", 20)]
    assert shown["bounds"]["remission"].startswith("total 4 or less")
    page = command("show", course)[1]
    assert "PHQ-9 20 at the baseline" in page
    assert "Response: fall of 50 %" in page


def test_an_appointment_long_past_is_overdue(command: Command, course: str) -> None:
    command("book", course, "1", "2026-01-05T09:00", *WHO)
    [item] = json.loads(command("due", "--json")[1])
    assert (item["kind"], item["overdue"], item["mrn"]) == ("visit", True, "004711")
    assert "overdue" in command("due")[1]
    assert command("due", "--simulated", "--json")[1] == "[]\n"


def test_a_stopped_course_says_so_in_the_list(command: Command, course: str) -> None:
    decision = ("decide", course, "trial", "stop", "--prescriber", "P. Example MD")
    assert command(*decision, "--reason", "not tolerated", *WHO)[0] == 0
    [row] = json.loads(command("list", "--json")[1])
    assert row["decisions"] == ["stopped"]
    table = command("list")[1]
    assert "0 of 6 visits of two-then-four given" in table
    assert "No course has an outcome yet" in table


def test_whole_courses_are_verified_with_their_heads(
    command: Command, course: str, tmp_path: Path
) -> None:
    assert command("book", course, "1", "2026-01-05T09:00", *WHO)[0] == 0
    status, out, err = command("verify")
    assert (status, err) == (0, "")
    assert out.startswith(f"course   {course}\nchain    ok (2 entries)\nseal     by key ")
    status, out, _ = command("verify", course, "--json")
    told = json.loads(out)
    assert (status, told["course"], told["chain_ok"], told["entries"]) == (0, course, True, 2)
    assert len(bytes.fromhex(told["head"])) == 32
    assert run(("verify", str(tmp_path / "sessions.db"))) == 0


def test_one_changed_byte_is_found_and_its_entry_named(
    command: Command, course: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = command(*opening("four-visit", mrn="004712"))[1].strip()
    for visit in ("1", "2"):
        assert command("book", course, visit, "2026-01-05T09:00", *WHO)[0] == 0
    place = tmp_path / "sessions.db"
    data = place.read_bytes()
    changed = data.replace(b'"position":1,', b'"position":3,')
    assert sum(a != b for a, b in zip(data, changed, strict=True)) == 1
    place.write_bytes(changed)
    status, out, err = command("verify")
    assert (status, err) == (1, "")
    assert f"Course {course}, entry 2 (visit_booked) is not what was recorded. (1 entry)" in out
    assert f"course   {other}\nchain    ok (1 entry)" in out
    assert command("verify", course)[0] == 1
    assert command("verify", other)[0] == 0
    status, out, _ = command("verify", course, "--json")
    told = json.loads(out)
    assert (status, told["chain_ok"], told["entries"]) == (1, False, 1)
    assert "entry 2" in told["chain_problem"]
    capsys.readouterr()
    assert run(("verify", str(place))) == 1
    assert (
        f"Course {course}, entry 2 (visit_booked) is not what was recorded."
        in capsys.readouterr().out
    )


def test_a_record_without_courses_says_so(command: Command, tmp_path: Path) -> None:
    with open_database(tmp_path / "sessions.db"):
        pass
    assert command("verify") == (0, "No course in this record.\n", "")
    assert command("verify", "--json") == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (opening("nothing"), "nothing"),
        (opening("2-vs-3-weekly"), "twice, thrice"),
        (opening("maintenance", scale="cadss"), "cadss"),
        (("book", "{course}", "9", "2026-01-05T09:00", *WHO), "visits 1 to 6"),
        (("book", "{course}", "1", "Monday", *WHO), "Monday"),
        (("book", "nothing", "1", "2026-01-05T09:00", *WHO), "no such course"),
        (("show", "nothing"), "nothing"),
        (
            ("decide", "{course}", "trial", "stop", "--prescriber", "", "--reason", "x", *WHO),
            "Name the prescriber",
        ),
        (("score", "{course}", "phq-9", "12", "--taken", "soon", *WHO), "soon"),
        (("verify", "nothing"), "nothing"),
        (("attach", "s1", "{course}", "--visit", "1", "--reason", "x", *WHO), "s1 is no recorded"),
        (("attach", "s1", "nothing", "--visit", "1", "--reason", "x", *WHO), "nothing"),
        (("attach", "s1", "{course}", "--reason", "x", *WHO), "--visit"),
    ],
)
def test_bad_input_is_named_in_one_line(
    command: Command, course: str, arguments: tuple[str, ...], named: str
) -> None:
    status, out, err = command(*(a.replace("{course}", course) for a in arguments))
    assert (status, out) == (2, "")
    assert named in err
    assert len(err.splitlines()) == 1


def test_the_templates_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("courses", "templates", "--json")) == 0
    rows = {row["id"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["2-vs-3-weekly"]["variants"] == ["twice", "thrice"]
    assert all(row["approved_by"] == "" for row in rows.values())
