"""Records of every version, made by the program of its time, are read, verified and carried on."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest

from app.verification import compare
from protocols.events import SessionClosed
from storage import sqlite
from storage.database import open_database
from storage.heads import heads_path
from storage.journal import Journal
from storage.schema import OLDEST_READABLE, SCHEMA_VERSION
from storage.sessions import list_sessions
from storage.verification import verify_record
from tests.unit.storage.tamper_judging import VERIFIER, ask_alone, ask_program

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
VERSIONS = range(OLDEST_READABLE, SCHEMA_VERSION + 1)


def copy_of(version: int, folder: Path) -> Path:
    """A copy: reading leaves files of SQLite's own beside a record."""
    source = GOLDEN / f"version-{version}.db"
    path = folder / source.name
    shutil.copy(source, path)
    shutil.copy(heads_path(source), heads_path(path))
    return path


@pytest.fixture(params=VERSIONS, ids=lambda version: f"version {version}")
def golden(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return copy_of(request.param, tmp_path)


def version_of(path: Path) -> int:
    with sqlite.connect(path) as raw:
        (version,) = raw.execute("PRAGMA user_version").fetchone()
    raw.close()
    return int(version)


def replays_alike(path: Path) -> bool:
    with open_database(path, read_only=True) as database:
        [session] = [summary.session for summary in list_sessions(database)]
        events = list(Journal(database).read(session))
    assert any(isinstance(event, SessionClosed) for event in events)
    return compare(events, closed=True).identical


def test_a_record_of_every_version_is_read_as_it_is_and_found_whole(golden: Path) -> None:
    before = golden.read_bytes(), heads_path(golden).read_bytes()
    version = int(golden.stem.rpartition("-")[2])
    assert version_of(golden) == version
    with open_database(golden, read_only=True) as database:
        report = verify_record(database)
    assert (report.version, report.problems) == (version, [])
    assert [chain.head_confirmed for chain in report.sessions] == [True]
    assert ask_alone(golden) == ""
    assert (golden.read_bytes(), heads_path(golden).read_bytes()) == before


def test_its_inputs_give_the_same_outputs_still(golden: Path) -> None:
    assert replays_alike(golden)


def test_brought_to_this_version_it_is_whole_and_the_same(golden: Path) -> None:
    open_database(golden).close()
    assert version_of(golden) == SCHEMA_VERSION
    with open_database(golden, read_only=True) as database:
        after = verify_record(database)
    assert after.problems == []
    assert [chain.head_confirmed for chain in after.sessions] == [True], "the end noted before"
    assert ask_alone(golden) == ""


def test_the_record_of_this_version_is_sealed_with_the_key_beside_it(tmp_path: Path) -> None:
    path = copy_of(SCHEMA_VERSION, tmp_path)
    key = str(GOLDEN / f"version-{SCHEMA_VERSION}.public.pem")
    assert (ask_program(path, key), ask_alone(path, "--key", key)) == ("", "")


def test_the_verifier_knows_tables_and_triggers_of_every_version() -> None:
    spec = importlib.util.spec_from_file_location("make_golden", GOLDEN / "make_golden.py")
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    text = VERIFIER.read_text(encoding="utf-8")
    assert maker.schema_words() in text, "run python tests/golden/make_golden.py --schema"
