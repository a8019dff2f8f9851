"""A copy is whole or not there, can be stopped, and says what is missing to make it."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import pytest
from sessions_to_copy import NAME, hard_session, recorded

from app.exchange.copying import CopyError, make_copy, proposed_name, site_pseudonyms
from app.exchange.forms import FORMS, NEEDS_EXTRA, CopyForm, file_name
from app.places import seal_key_path
from app.trail.noting import sha256_of
from storage.database import Database
from storage.export import UNPROTECTED, CopyStoppedError
from storage.faults import StorageError
from storage.pseudonyms import SECRET_NAME, Pseudonyms

BY_FILE = [form for form, facts in FORMS.items() if not facts.needs_extra]


@pytest.mark.parametrize("form", BY_FILE)
def test_an_old_copy_stays_until_the_new_one_is_whole(
    form: CopyForm, database: Database, tmp_path: Path
) -> None:
    path = tmp_path / file_name("copy", form)
    path.write_text("old")
    with pytest.raises(StorageError, match="no session"):
        make_copy(database, "nobody", form, path)
    assert path.read_text() == "old"
    made = make_copy(database, NAME, form, path)
    assert made.path == path
    assert path.read_bytes() != b"old"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    with pytest.raises(StorageError, match="cannot be written"):
        make_copy(database, NAME, form, tmp_path / "absent" / path.name)


@pytest.mark.parametrize("form", BY_FILE)
def test_a_copy_that_was_stopped_leaves_nothing(
    form: CopyForm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.export.CHECK_EVERY", 10)
    monkeypatch.setattr("app.exchange.session_copy.CHECK_EVERY", 10)
    (tmp_path / "record").mkdir()
    database = recorded(tmp_path / "record", events=hard_session())
    shares: list[float] = []

    def go_on(share: float) -> bool:
        shares.append(share)
        return share < 0.2

    with pytest.raises(CopyStoppedError):
        make_copy(database, NAME, form, tmp_path / "x", go_on=go_on)
    assert [one.name for one in tmp_path.iterdir()] == ["record"]
    assert shares == sorted(shares)
    database.close()


def test_the_files_of_a_set_come_together(database: Database, tmp_path: Path) -> None:
    pytest.importorskip("wfdb", reason="the extra exchange is not installed")
    folder = tmp_path / "copy"
    folder.mkdir()
    made = make_copy(database, NAME, CopyForm.WFDB, folder)
    assert made.words == "5 files"
    assert [one.name for one in tmp_path.iterdir()] == ["copy"]
    lines = "".join(
        f"{hashlib.sha256(one.read_bytes()).hexdigest()}  {one.name}\n"
        for one in sorted(folder.iterdir())
    )
    assert sha256_of(folder) == hashlib.sha256(lines.encode()).hexdigest()
    with pytest.raises(CopyError, match="there already"):
        make_copy(database, NAME, CopyForm.WFDB, folder)


@pytest.mark.parametrize("form", [form for form in CopyForm if FORMS[form].needs_extra])
def test_a_format_without_its_library_says_how_to_get_it(
    form: CopyForm, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("wfdb", "vitaldb"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(CopyError, match=NEEDS_EXTRA):
        make_copy(database, NAME, form, tmp_path / "x")
    assert not list(tmp_path.iterdir())


def test_the_proposed_name_says_who_it_is_only_in_a_copy_that_does(
    database: Database, pseudonyms: Pseudonyms
) -> None:
    assert proposed_name(database, NAME, CopyForm.EDF, None) == f"{NAME}.edf"
    name = proposed_name(database, NAME, CopyForm.EDF, pseudonyms)
    assert name.startswith("S-")
    assert "room2" not in name


def test_the_secret_lies_beside_the_key_that_seals_for_its_owner_alone() -> None:
    first = site_pseudonyms()
    place = seal_key_path().with_name(SECRET_NAME)
    assert place.stat().st_mode & 0o077 == 0
    assert site_pseudonyms().patient("mrn 1") == first.patient("mrn 1")
    place.write_text("no secret")
    with pytest.raises(CopyError, match="holds no secret"):
        site_pseudonyms()
    place.unlink()
    assert site_pseudonyms().patient("mrn 1") != first.patient("mrn 1")


def test_a_copy_of_a_protected_record_says_that_it_is_not(tmp_path: Path) -> None:
    database = recorded(tmp_path, events=hard_session())
    database.encrypted = True
    for form in BY_FILE:
        path = tmp_path / file_name("x", form)
        make_copy(database, NAME, form, path)
        text = path.read_bytes().decode("utf-8", "ignore")
        assert UNPROTECTED[:60] in text, form
    database.close()


def test_the_documented_schema_names_what_a_json_copy_has(
    database: Database, pseudonyms: Pseudonyms, tmp_path: Path
) -> None:
    page = (Path(__file__).resolve().parents[4] / "docs" / "file-format.md").read_text("utf-8")
    start = page.index("### JSON")
    text = page[page.index("```json", start) + len("```json") :]
    schema = json.loads(text[: text.index("```")])
    for secret in (None, pseudonyms):
        path = tmp_path / "x.json"
        make_copy(database, NAME, CopyForm.JSON, path, pseudonyms=secret)
        content = json.loads(path.read_text("utf-8"))
        assert set(schema["required"]) <= set(content) <= set(schema["properties"])
        for name in ("format", "status"):
            assert content[name] in schema["properties"][name]["enum"]
        wanted = schema["properties"]["clock"]["items"]["required"]
        assert all(set(wanted) == set(row) for row in content["clock"])
        assert all(len(event) == 2 for event in content["events"])
