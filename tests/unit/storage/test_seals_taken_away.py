"""Whoever has no key can only take seals away: what they leave unsealed is said by both verifiers.

The heads file is edited along with the record, as somebody would who can write both.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from storage import sqlite
from storage.database import open_database
from storage.heads import heads_path
from storage.sealing import read_known_keys
from storage.verification import verify_chain
from storage.verification.session import UNSEALED
from tests.unit.storage.sealed_record import AMENDED, EVERY_KIND, SealedRecord, make_sealed_record
from tests.unit.storage.tamper_judging import ask_alone, ask_program, copy_record
from tests.unit.storage.tampering_whole import remake


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> SealedRecord:
    return make_sealed_record(tmp_path_factory.mktemp("sealed"))


def rewrite(path: Path, do: Callable[[sqlite.Connection], None], *subjects: str) -> None:
    """Do something to the record, and take what begins with `subjects` from seals and heads."""
    with closing(sqlite.connect(path)) as raw:
        found = raw.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in found:
            raw.execute(f"DROP TRIGGER {name}")
        do(raw)
        for subject in subjects:
            raw.execute("DELETE FROM seal WHERE subject LIKE ?", (f"{subject}%",))
        for _, text in found:
            raw.execute(text)
        raw.commit()
    heads = heads_path(path)
    kept = [
        line
        for line in heads.read_bytes().splitlines(keepends=True)
        if not str(json.loads(line)["subject"]).startswith(subjects)
    ]
    heads.write_bytes(b"".join(kept))


def both(path: Path, record: SealedRecord) -> set[str]:
    """What both verifiers say first, with the site's key."""
    key = str(record.public_key)
    return {ask_program(path, key), ask_alone(path, "--key", key)}


def test_a_session_made_anew_without_its_seals_is_not_sealed_though_the_record_names_a_key(
    record: SealedRecord, tmp_path: Path
) -> None:
    path = copy_record(record, tmp_path)

    def do(raw: sqlite.Connection) -> None:
        remake(AMENDED, raw, random.Random(1))

    rewrite(path, do, f"session {AMENDED}")
    assert both(path, record) == {f"Session {AMENDED}: {UNSEALED}"}
    with open_database(path, read_only=True) as database:
        keys = read_known_keys([str(record.public_key)])
        assert verify_chain(database, AMENDED, known=keys).first_problem == UNSEALED


def test_a_record_of_which_every_seal_was_taken_away_is_not_whole(
    record: SealedRecord, tmp_path: Path
) -> None:
    path = copy_record(record, tmp_path)
    rewrite(path, lambda _: None, "session ", "course ", "logbook ")
    assert both(path, record) == {f"Session {EVERY_KIND}: {UNSEALED}"}


def test_a_logbook_without_seals_among_sealed_sessions_is_not_whole(
    record: SealedRecord, tmp_path: Path
) -> None:
    path = copy_record(record, tmp_path)

    def cut(raw: sqlite.Connection) -> None:
        raw.execute("DELETE FROM log_entry WHERE seq > 5")

    rewrite(path, cut, "logbook ")
    (said,) = both(path, record)
    assert said.endswith(": It is not sealed, though other journals are.")


def test_a_logbook_that_is_gone_with_its_seals_is_missed_by_the_key_that_it_named(
    record: SealedRecord, tmp_path: Path
) -> None:
    path = copy_record(record, tmp_path)

    def gone(raw: sqlite.Connection) -> None:
        raw.execute("DELETE FROM log_entry")

    rewrite(path, gone, "logbook ")
    (said,) = both(path, record)
    assert said.startswith("No logbook names the key ")
    assert said.endswith(", which sealed this record.")
