"""The hard session in a record, and a copy of it read once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import sessions_to_copy

from app.exchange.session_copy import SessionCopy, read_copy
from storage.database import Database
from storage.pseudonyms import Pseudonyms

SECRET = Pseudonyms(b"\x07" * 32)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = sessions_to_copy.recorded(tmp_path_factory.mktemp("record"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def copy(database: Database) -> SessionCopy:
    return read_copy(database, sessions_to_copy.NAME)


@pytest.fixture(scope="module")
def pseudonyms() -> Pseudonyms:
    return SECRET
