"""A start with a locked record: unlocked on the page, or a new record for its holders alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.bedside.unlock_page import UnlockPage
from app.commands.answers import BadInputError
from app.commands.locked_record import choose_record
from app.own_record import OwnRecord
from app.reception.settings import Settings, save_settings
from app.reception.sole_use import lock_path
from storage.database import open_database
from storage.encryption import UNLOCKED, is_encrypted
from storage.recovery_key import write_recovery_key
from tests.unit.storage.holders import SECRET, encrypt


@pytest.fixture(autouse=True)
def _locked_afterwards() -> Iterator[None]:
    yield
    UNLOCKED.ask()
    UNLOCKED.forget()


@pytest.fixture
def record(tmp_path: Path) -> Path:
    path = tmp_path / "sessions.db"
    open_database(path).close()
    encrypt(path)
    UNLOCKED.forget()
    return path


def on_page(act: Callable[[UnlockPage], None]) -> None:
    """Do `act` once the page is shown."""

    def look() -> None:
        pages = [w for w in QApplication.topLevelWidgets() if isinstance(w, UnlockPage)]
        shown = [page for page in pages if page.isVisible()]
        if shown:
            act(shown[0])
        else:
            QTimer.singleShot(20, look)

    QTimer.singleShot(0, look)


def start(record: Path, *, asks: bool = True) -> tuple[OwnRecord | None, str]:
    own = OwnRecord(place=str(record), address="postgresql+psycopg://server/records")
    return choose_record(own, fullscreen=False, asks=asks)


def test_a_secret_on_the_page_opens_the_record(qapp, record: Path) -> None:
    def type_it(page: UnlockPage) -> None:
        page.secret.setText(write_recovery_key(SECRET))
        page.unlock_button.click()

    on_page(type_it)
    chosen, notice = start(record)
    assert chosen is not None
    assert chosen.place == str(record)
    assert notice == ""
    open_database(record).close()


def test_work_in_a_new_record_is_encrypted_said_and_not_forwarded(qapp, record: Path) -> None:
    on_page(lambda page: page.beside_button.click())
    chosen, notice = start(record)
    assert chosen is not None
    assert chosen.address == ""
    assert Path(chosen.place).name in notice
    assert is_encrypted(Path(chosen.place))
    open_database(chosen.place).close()


def test_a_page_that_is_closed_begins_nothing(qapp, record: Path) -> None:
    on_page(lambda page: page.close())
    assert start(record) == (None, "")


def test_where_nobody_can_be_asked_a_locked_record_is_refused(record: Path) -> None:
    with pytest.raises(BadInputError, match="encrypted and locked"):
        start(record, asks=False)


def test_a_plain_record_asks_nothing_and_a_wish_for_encryption_is_said(tmp_path: Path) -> None:
    path = tmp_path / "plain.db"
    open_database(path).close()
    assert start(path)[1] == ""
    save_settings(Settings(encryption_wished=True))
    chosen, notice = start(path)
    assert chosen is not None
    assert "main.py encryption on" in notice


def test_once_the_record_opens_no_watcher_waits_for_a_record_begun_beside_it(
    qapp, record: Path
) -> None:
    on_page(lambda page: page.beside_button.click())
    own, _ = start(record)
    assert own is not None
    lock = lock_path(own.place)
    lock.write_text("999999")  # a program that died in it

    def type_it(page: UnlockPage) -> None:
        page.secret.setText(write_recovery_key(SECRET))
        page.unlock_button.click()

    on_page(type_it)
    start(record)
    assert lock.read_text() == str(os.getpid())
