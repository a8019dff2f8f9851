"""Accounts from the first page to the record, with real hashing, threads and files."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.bedside.start_page import Door
from app.bedside.station import Station
from app.reception.visits import Reception
from app.records.archive import Archive
from app.records.catalogue import Search
from protocols.events import (
    CommandRefused,
    ObservationRecorded,
    PersonIdentified,
    SessionOpened,
    StationLocked,
    WriteNote,
)
from protocols.events.terms import Proof
from storage.database import open_database
from storage.logbook import read_logbooks

PASSWORD = "seven tired herons wade"
PIN = "604271"
WRONG = "918273"


def test_from_the_first_account_to_a_locked_session_no_secret_reaches_the_disk(
    qtbot: QtBot, user_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = user_folder / "sessions.db"
    desk = Reception(str(place))
    station = Station(desk)
    qtbot.addWidget(station)
    station.resize(1366, 768)
    station.show()
    station.show_first_page()
    try:
        _begin_accounts(qtbot, station)
        _set_pin(qtbot, station)
        _sign_in(qtbot, station)
        station.begin(lambda: desk.open_monitors((), station.foot.user))
        session = station.session
        assert session is not None
        qtbot.waitUntil(lambda: station.visit.feed.state.observer == "K. Weber RN", timeout=20_000)
        session.page.intended.emit(WriteNote(t_ns=0, by="", text="all well"))
        station.lock("locked by hand")
        qtbot.waitUntil(lambda: station.visit.feed.state.people.locked is not None, timeout=20_000)
        assert session.page.lock_strip.isVisible()
    finally:
        station.leave()
        desk.close()
    events = _events(place)
    told = [e for e in events if isinstance(e, PersonIdentified | StationLocked | WriteNote)]
    assert [type(one) for one in told] == [PersonIdentified, WriteNote, StationLocked]
    assert told[0].proof is Proof.PIN
    assert told[1].by == "K. Weber RN"
    assert not [e for e in events if isinstance(e, CommandRefused)]
    assert [e.text for e in events if isinstance(e, ObservationRecorded)] == [
        "K. Weber RN",
        "all well",
    ]
    assert next(e for e in events if isinstance(e, SessionOpened)).people_text
    kept = b"".join(file.read_bytes() for file in user_folder.rglob("*") if file.is_file())
    for secret in (PASSWORD, PIN, WRONG):
        assert secret.encode() not in kept
        assert secret not in caplog.text
    with open_database(str(place), read_only=True) as database:
        kinds = [type(entry).__name__ for log in read_logbooks(database) for entry in log.entries]
    assert {"PersonAdded", "CredentialSet", "SignedIn", "SignInRefused", "SignedOut"} <= set(kinds)


def _begin_accounts(qtbot: QtBot, station: Station) -> None:
    station.start.doors[Door.PEOPLE].click()
    first = station.keeper.first
    first.name.setText("K. Weber RN")
    first.user.setText("weber")
    first.roles["nurse"].click()
    first.password.first.setText(PASSWORD)
    first.password.again.setText(PASSWORD)
    first.create_button.click()
    form = station.keeper.page.form
    qtbot.waitUntil(lambda: "weber" in form.list.rows, timeout=20_000)
    form.list.rows["weber"].click()
    form.password.setText(PASSWORD)
    form.password_button.click()
    qtbot.waitUntil(station.people.isVisible, timeout=20_000)


def _set_pin(qtbot: QtBot, station: Station) -> None:
    own = station.people.own
    own.pin_button.click()
    own.renew.current.setText(PASSWORD)
    own.renew.pin.first.setText(PIN)
    own.renew.pin.again.setText(PIN)
    own.renew.save_button.click()
    qtbot.waitUntil(lambda: own.said.text() == "Changed.", timeout=20_000)
    station.foot.lock_button.click()


def _sign_in(qtbot: QtBot, station: Station) -> None:
    form = station.keeper.page.form
    form.list.rows["weber"].click()
    for typed in (WRONG, PIN):
        for digit in typed:
            form.pad.keys[digit].click()
        form.pad.enter.click()
        qtbot.waitUntil(lambda: not form.waiting, timeout=20_000)
        QApplication.processEvents()
        if typed == WRONG:
            assert "tries are left" in form.sentence.text()
    assert station.foot.user == "K. Weber RN"


def _events(place: Path) -> list[object]:
    with open_database(str(place), read_only=True) as database:
        archive = Archive(database)
        (line,) = archive.list_sessions(Search())
        return list(archive.read_session(line.session).events)
