"""A database in a temporary folder, and a journal on it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import Database, open_database
from storage.journal import Journal


@pytest.fixture(scope="session")
def _empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables, made once: the migration is the slow part."""
    path = tmp_path_factory.mktemp("empty") / "empty.db"
    open_database(path).close()
    return path


@pytest.fixture
def database_path(_empty_database: Path, tmp_path: Path) -> Path:
    path = tmp_path / "sessions.db"
    shutil.copy(_empty_database, path)
    return path


@pytest.fixture
def store(request: pytest.FixtureRequest) -> str:
    """Where the record is: in a file, unless the test runs over `both_stores`."""
    return str(getattr(request, "param", "file"))


@pytest.fixture
def database(store: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    if store == "file":
        place = str(request.getfixturevalue("database_path"))
    else:
        place = request.getfixturevalue("postgres").new_database()
    with open_database(place) as opened:
        yield opened


@pytest.fixture
def journal(database: Database) -> Journal:
    return Journal(database)
