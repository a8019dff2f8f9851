"""A visit says in its record what may interrupt it, and its preparation shows it."""

from __future__ import annotations

import sys

import pytest

from app.reception.visits import Reception
from app.rehearsal.demo import DemoWish
from app.wakefulness.keeping import MAY_SLEEP
from protocols.events import Service, ServiceReported
from storage.database import open_database
from storage.journal import Journal
from storage.sessions import list_sessions


@pytest.mark.skipif(sys.platform != "linux", reason="other systems can be kept awake")
def test_a_machine_that_cannot_be_kept_awake_is_in_the_record(qtbot, tmp_path, monkeypatch):
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    place = str(tmp_path / "r.db")
    desk = Reception(place, demo=DemoWish(silent=True, speed=10.0), kept_awake=True)
    visit = desk.open_demo("R. Example RN")
    visit.begin()
    try:
        qtbot.waitUntil(lambda: Service.SLEEP in visit.feed.state.services, timeout=15_000)
    finally:
        assert visit.end()
        desk.close()
    with open_database(place, read_only=True) as database:
        (session,) = [one.session for one in list_sessions(database)]
        told = [e for e in Journal(database).read(session) if isinstance(e, ServiceReported)]
    assert [(one.service, one.working) for one in told] == [(Service.SLEEP, False)]
    assert told[0].detail.startswith(MAY_SLEEP)


@pytest.mark.parametrize("kept", [False, True])
def test_only_who_is_asked_to_keeps_the_machine_awake(qtbot, tmp_path, monkeypatch, kept):
    begun = []
    monkeypatch.setattr(
        "app.wakefulness.keeping.Wakefulness.start", lambda _wakefulness: begun.append(True)
    )
    desk = Reception(str(tmp_path / "r.db"), demo=DemoWish(silent=True), kept_awake=kept)
    visit = desk.open_demo("R. Example RN")
    visit.begin()
    visit.end()
    desk.close()
    assert begun == [True] * kept
