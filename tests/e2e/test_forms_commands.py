"""`forms`: what is shipped, what a record fills, what it lacks, and the files that are made."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfReader

from app.reception.settings import Settings, SiteCard, save_settings
from storage.database import open_database
from storage.journal import Journal
from tests.unit.protocols import spray_visit as visit

SESSION = "20261121-080000-room3-ab12"
REMS = "spravato-rems-monitoring"
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def record(tmp_path: Path) -> str:
    """A database with one visit."""
    path = tmp_path / "sessions.db"
    with open_database(path) as database:
        journal = Journal(database)
        journal.append(SESSION, visit.whole_visit())
        journal.seal(SESSION)
    return str(path)


def words_of(path: Path) -> str:
    pages = PdfReader(io.BytesIO(path.read_bytes())).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def test_the_shipped_forms_and_sheets_are_listed(command: Command) -> None:
    status, out, _ = command("forms", "list", "--json")
    kinds = {one["id"]: one["kind"] for one in json.loads(out)}
    assert status == 0
    assert kinds[REMS] == "form"
    assert kinds["discharge-instructions"] == kinds["preparation"] == "sheet"
    assert "not yet approved" in command("forms", "list")[1]


def test_what_is_missing_is_printed_with_the_reason(
    command: Command, record: str, tmp_path: Path
) -> None:
    output = tmp_path / "form.pdf"
    status, out, _ = command(
        "forms", "fill", SESSION, "--form", REMS, "--output", str(output), "--database", record
    )
    assert status == 0
    lines = out.splitlines()
    assert lines[:2] == [f"{REMS} version 1, session {SESSION}", "14 of 41 fields missing"]
    assert "  Patient enrolled in the REMS?: only a person knows" in lines
    assert "148/92" in words_of(output)


def test_a_form_as_json_says_how_every_field_stands(command: Command, record: str) -> None:
    _, out, _ = command("forms", "fill", SESSION, "--form", REMS, "--json", "--database", record)
    told = json.loads(out)
    fields = {one["id"]: one for one in told["fields"]}
    assert told["simulated"] is True
    assert fields["bp-40"]["value"] == "148/92"
    assert fields["enrolled"]["value"] is None
    assert fields["enrolled"]["standing"] == "missing"
    assert len(told["missing"]) == 14


def test_the_site_card_fills_what_it_knows(command: Command, record: str, tmp_path: Path) -> None:
    card = SiteCard(name="Example Clinic", phone="+1 555 0100", emergency_phone="112")
    save_settings(Settings(site=card))
    output = tmp_path / "home.pdf"
    arguments = ("--sheet", "discharge-instructions", "--output", str(output))
    status, out, _ = command("forms", "sheet", SESSION, *arguments, "--database", record)
    assert (status, out) == (0, f"{output}: written\n")
    assert "Emergency number 112" in words_of(output)


def test_a_sheet_needs_no_session(command: Command, tmp_path: Path) -> None:
    output = tmp_path / "before.pdf"
    status, out, _ = command("forms", "sheet", "--sheet", "preparation", "--output", str(output))
    assert status == 0
    assert "to write by hand: Address (not on the site card)" in out
    assert "How to prepare" in words_of(output)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("fill", "nobody", "--form", REMS), "nobody"),
        (("fill", SESSION, "--form", "nothing"), "nothing: no such forms file"),
        (("sheet", SESSION, "--sheet", "nothing", "--output", "x.pdf"), "no such sheets file"),
        (("sheet", SESSION, "--sheet", "preparation", "--output", "absent/x.pdf"), "written"),
    ],
)
def test_bad_input_is_one_line_and_status_2(
    command: Command, record: str, arguments: tuple[str, ...], words: str
) -> None:
    status, out, err = command("forms", *arguments, "--database", record)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert words in err
