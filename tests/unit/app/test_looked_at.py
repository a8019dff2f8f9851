"""A record from elsewhere: looking leaves no trace, a damaged one opens as far as it can."""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import recorded_sessions as recorded

from app.reception.sole_use import SoleUse
from app.records.archive import Archive
from app.records.catalogue import CatalogueError, OpenedSession, Search
from app.records.looked_at import look_without_trace, looked_at
from app.records.record_check import ForeignRecord
from app.trail.foreign_archive import ForeignArchive
from app.trail.noting import begin_trail
from protocols.events import WriteNote
from storage import sqlite
from storage.database import open_database
from storage.faults import StorageError
from storage.schema import SCHEMA_VERSION
from storage.sealing import KnownKeys

PAGE = 2048


@pytest.fixture(scope="module")
def _record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("record") / "sessions.db"
    recorded.make_record(path)
    return path


@pytest.fixture
def path(_record: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    for suffix in ("", ".heads"):
        shutil.copy(str(_record) + suffix, str(folder / "other.db") + suffix)
    return folder / "other.db"


@pytest.fixture(scope="module")
def whole(_record: Path) -> OpenedSession:
    with open_database(_record, read_only=True) as database:
        return Archive(database).open_session(recorded.CLOSED)


def folder_of(path: Path) -> dict[str, str]:
    """Every file beside `path` with the hash of its bytes."""
    return {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in path.parent.iterdir()}


def look(path: Path) -> tuple[list[str], OpenedSession | None, tuple[str, ...]]:
    """Names of the sessions, the closed one opened, what was noted of the record."""
    before = folder_of(path)
    with looked_at(str(path)) as seen, open_database(seen.place, read_only=True) as database:
        archive = Archive(database)
        names = [line.session for line in archive.list_sessions(Search())]
        opened, refused = None, ""
        try:
            opened = archive.open_session(recorded.CLOSED) if recorded.CLOSED in names else None
        except CatalogueError as error:
            refused = str(error)
        ForeignRecord(database, seen).check(lambda _share: True)
        assert folder_of(path) == before  # while it is open
    assert folder_of(path) == before
    return names, opened, (*seen.notes, *filter(None, [refused]))


def test_looking_changes_neither_the_file_nor_its_folder(path: Path) -> None:
    names, opened, notes = look(path)
    assert names == [recorded.CUT, recorded.CLOSED]
    assert opened is not None
    assert not opened.missing
    assert not notes


def test_files_and_folders_without_write_rights_are_read(path: Path) -> None:
    path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        names, _, notes = look(path)
    finally:
        path.parent.chmod(0o700)
    assert len(names) == 2
    assert not notes


def test_what_only_the_log_holds_is_read_from_a_copy(path: Path) -> None:
    raw = sqlite.connect(str(path))
    raw.execute("PRAGMA wal_autocheckpoint=0")
    raw.execute("UPDATE session SET room = 'room of the log'")
    raw.commit()
    cut = path.parent.parent / "cut"  # as a machine leaves it whose power fails
    cut.mkdir()
    for one in path.parent.iterdir():
        if not one.name.endswith("-shm"):
            shutil.copy(one, cut / one.name)
    raw.close()
    target = cut / path.name
    assert sqlite.has_log(target)
    before = folder_of(target)
    with looked_at(str(target)) as seen, open_database(seen.place, read_only=True) as database:
        rooms = {line.room for line in Archive(database).list_sessions(Search())}
    assert rooms == {"room of the log"}
    assert seen.notes == (f"Its newest entries lie in {path.name}-wal; read from a copy of both.",)
    assert folder_of(target) == before
    assert not Path(seen.place).exists()


def test_a_record_that_is_written_while_it_is_looked_at_shows_what_was_written(path: Path) -> None:
    look_without_trace(str(path))
    with open_database(path, read_only=True) as database:
        archive = Archive(database)
        assert archive.list_sessions(Search())[0].room != "another"
        with open_database(path) as writer, writer.writing() as connection:
            connection.exec_driver_sql("UPDATE session SET room = 'another'")
        assert archive.list_sessions(Search())[0].room == "another"


def test_a_record_in_use_is_not_copied(path: Path) -> None:
    held = SoleUse(str(path))
    raw = sqlite.connect(str(path))
    try:
        raw.execute("PRAGMA wal_autocheckpoint=0")
        raw.execute("UPDATE session SET room = 'live'")
        raw.commit()
        with looked_at(str(path)) as seen:
            assert seen.place == str(path)
    finally:
        raw.close()
        held.release()


def test_this_machines_own_record_is_opened_as_ever(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFUSION_ROOM_DATABASE", str(path))
    with looked_at(str(path)) as seen:
        assert not seen.foreign


Damage = Callable[[bytearray], bytearray]


def cut_at(share: float) -> Damage:
    return lambda raw: raw[: int(share * len(raw))]


def zeroed(page: int) -> Damage:
    def damage(raw: bytearray) -> bytearray:
        raw[page * PAGE : (page + 1) * PAGE] = bytes(PAGE)
        return raw

    return damage


def flipped(seed: int, count: int) -> Damage:
    def damage(raw: bytearray) -> bytearray:
        chance = np.random.default_rng(seed)
        for _ in range(count):
            raw[int(chance.integers(100, len(raw)))] ^= 1 << int(chance.integers(0, 8))
        return raw

    return damage


FEW = (cut_at(0.8), cut_at(0.4), zeroed(0), zeroed(5), flipped(0, 8), flipped(1, 8))
MANY = (
    *(cut_at(share / 20) for share in range(1, 20)),
    *(zeroed(page) for page in range(0, 100, 7)),
    *(flipped(seed, 8) for seed in range(2, 30)),
)


@pytest.mark.parametrize(
    "damage", [*FEW, *(pytest.param(one, marks=pytest.mark.campaign) for one in MANY)]
)
def test_a_damaged_record_opens_as_far_as_it_can_and_says_so(
    path: Path, whole: OpenedSession, damage: Damage
) -> None:
    path.write_bytes(damage(bytearray(path.read_bytes())))
    _, opened, notes = look(path)
    said = (*notes, *(() if opened is None else opened.missing))
    if not said:  # damage in a row of the other session, or in what nobody reads
        assert opened is not None
        assert opened.events == whole.events


def test_more_of_a_session_is_shown_than_its_first_damaged_row(path: Path) -> None:
    path.write_bytes(cut_at(0.8)(bytearray(path.read_bytes())))
    _, opened, notes = look(path)
    assert notes[0] == "The file of the record is damaged."
    assert notes[1] == "Shown is a copy of what holds."
    assert opened is not None
    assert opened.events


def test_a_newer_record_is_refused_with_a_sentence_and_left_alone(path: Path) -> None:
    raw = sqlite.connect(str(path))
    raw.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    raw.close()
    before = folder_of(path)
    with (
        looked_at(str(path)) as seen,
        pytest.raises(StorageError, match="newer version of this program"),
    ):
        open_database(seen.place, read_only=True)
    assert folder_of(path) == before


def test_the_check_names_keys_that_this_site_does_not_know(path: Path) -> None:
    with looked_at(str(path)) as seen, open_database(seen.place, read_only=True) as database:
        found = ForeignRecord(database, seen, KnownKeys()).check(lambda _share: True)
    assert found is not None
    text = " ".join(found.sentences)
    assert "not sealed" in text or "not known here" in text


def test_the_check_says_what_was_changed(path: Path) -> None:
    with open_database(path) as database, database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER IF EXISTS journal_kept_update")
        names = connection.exec_driver_sql(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
        ).scalars()
        for name in names.all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql("UPDATE session SET room = 'elsewhere'")
    with looked_at(str(path)) as seen, open_database(seen.place, read_only=True) as database:
        found = ForeignRecord(database, seen).check(lambda _share: True)
    assert found is not None
    assert not found.good
    assert "Not whole" in " ".join(found.sentences)


def test_a_check_is_stopped_when_asked(path: Path) -> None:
    with looked_at(str(path)) as seen, open_database(seen.place, read_only=True) as database:
        assert ForeignRecord(database, seen).check(lambda _share: False) is None


def test_nothing_is_added_to_a_copy_of_a_damaged_record(path: Path) -> None:
    path.write_bytes(cut_at(0.8)(bytearray(path.read_bytes())))
    trail = begin_trail("test", str(path))
    try:
        with looked_at(str(path)) as seen, open_database(seen.place, read_only=True) as database:
            archive = ForeignArchive(database, trail, seen, str(path))
            command = WriteNote(t_ns=0, by="x", text="late")
            with pytest.raises(CatalogueError, match="Nothing can be added"):
                archive.amend(recorded.CLOSED, [command])
    finally:
        trail.close()
