"""Signing in at a bedside: real sessions are under the rights, demonstrations never are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.people.door import Proven, identify, identify_unproven
from app.reception.desk import DeskError, Visit
from app.reception.settings import Settings, save_settings
from app.reception.visits import Reception
from app.records.archive import Archive
from app.rehearsal.demo import DemoWish
from protocols.events import (
    CommandRefused,
    Event,
    ObservationRecorded,
    PersonIdentified,
    SessionClosed,
    SessionOpened,
    WriteNote,
)
from protocols.events.terms import Proof, Role
from protocols.people import sentences
from storage.database import open_database
from storage.journal import Journal
from storage.sessions import list_sessions
from tests.unit.app.people.houses import PASSWORD, cheap_rights, taken


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reception]:
    """A desk over a record of its own whose verifiers cost little."""
    monkeypatch.setattr("app.reception.settings.user_config_path", lambda *_, **__: tmp_path)
    save_settings(Settings(room="Room 3", rights=cheap_rights(tmp_path)))
    made = Reception(str(tmp_path / "record.db"), demo=DemoWish(silent=True))
    yield made
    made.close()


def sign_in(desk: Reception) -> Proven:
    """Anna, nurse and administrator, made and proven."""
    make = desk.people.changing.create_first_administrator
    taken(make("anna", "Anna Berg RN", (Role.NURSE,), PASSWORD))
    proven = desk.people.proving.prove("anna", PASSWORD, Proof.PASSWORD)
    assert isinstance(proven, Proven)
    return proven


def run(qtbot: QtBot, visit: Visit, note_by: str) -> None:
    """Begin, write a note, close early and end."""
    heard: list[Event] = []
    visit.begin()
    visit.live.runtime.listen(heard.extend)  # type: ignore[attr-defined]
    visit.feed.submit(WriteNote(t_ns=0, by=note_by, text="a note"))
    answers = (ObservationRecorded, CommandRefused)
    qtbot.waitUntil(lambda: any(isinstance(one, answers) for one in heard), timeout=10_000)
    visit.end_early("test over")
    assert visit.end()


def recorded(place: Path) -> list[Event]:
    with open_database(place, read_only=True) as record:
        (session,) = [one.session for one in list_sessions(record)]
        return list(Journal(record).read(session))


def kinds(events: list[Event], *wanted: type[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, wanted)]


def verified(place: Path, session: str) -> bool:
    with open_database(place, read_only=True) as record:
        verdict = Archive(record).verify(session, lambda _share: True)
    return verdict is not None and verdict.good


def test_a_real_session_is_opened_under_the_rights_with_who_is_signed_in(
    qtbot: QtBot, desk: Reception, tmp_path: Path
) -> None:
    desk.person = identify(sign_in(desk))
    run(qtbot, desk.open_monitors((), "typed name"), "Anna Berg RN")
    events = recorded(tmp_path / "record.db")
    opened, person = events[0], events[1]
    assert isinstance(opened, SessionOpened)
    assert opened.people_text == desk.people.policy_text != ""
    assert isinstance(person, PersonIdentified)
    assert (person.user, person.t_ns) == ("anna", 0)
    assert not kinds(events, CommandRefused)
    (closed,) = kinds(events, SessionClosed)
    assert isinstance(closed, SessionClosed)
    assert closed.by == "Anna Berg RN"
    assert verified(tmp_path / "record.db", opened.session)


def test_a_name_that_is_only_typed_does_nothing_where_people_have_accounts(
    qtbot: QtBot, desk: Reception, tmp_path: Path
) -> None:
    desk.person = identify(sign_in(desk))
    run(qtbot, desk.open_monitors((), ""), "typed name")
    (refused,) = kinds(recorded(tmp_path / "record.db"), CommandRefused)
    assert isinstance(refused, CommandRefused)
    assert refused.reason == sentences.is_another("typed name", "Anna Berg RN")


def test_whoever_cannot_sign_in_works_and_is_marked(
    qtbot: QtBot, desk: Reception, tmp_path: Path
) -> None:
    sign_in(desk)
    desk.person = identify_unproven("Cora", "forgot the password")
    run(qtbot, desk.open_monitors((), ""), "Cora")
    events = recorded(tmp_path / "record.db")
    assert not kinds(events, CommandRefused)
    (person,) = kinds(events, PersonIdentified)
    assert isinstance(person, PersonIdentified)
    assert (person.name, person.proof) == ("Cora", Proof.NONE)


def test_without_accounts_a_typed_name_serves_as_ever(
    qtbot: QtBot, desk: Reception, tmp_path: Path
) -> None:
    run(qtbot, desk.open_monitors((), "N. Okafor RN"), "anybody")
    events = recorded(tmp_path / "record.db")
    assert not kinds(events, CommandRefused, PersonIdentified)
    opened = events[0]
    assert isinstance(opened, SessionOpened)
    assert opened.people_text == ""


def test_a_demonstration_asks_for_no_account(qtbot: QtBot, desk: Reception, tmp_path: Path) -> None:
    sign_in(desk)
    run(qtbot, desk.open_demo("N. Okafor RN"), "N. Okafor RN")
    events = recorded(tmp_path / "record.db")
    assert not kinds(events, PersonIdentified)
    opened = events[0]
    assert isinstance(opened, SessionOpened)
    assert opened.people_text == ""


def test_a_cut_session_is_closed_by_who_is_signed_in_now(desk: Reception, tmp_path: Path) -> None:
    desk.person = identify(sign_in(desk))
    visit = desk.open_monitors((), "")
    visit.begin()
    session = visit.live.session
    assert visit.end()
    signed_in, desk.person = desk.person, None
    with pytest.raises(DeskError, match="Nobody is signed in"):
        desk.close_cut(session, "Anna Berg RN", "power cut")
    desk.person = signed_in
    desk.close_cut(session, "Anna Berg RN", "power cut")
    events = recorded(tmp_path / "record.db")
    assert len(kinds(events, PersonIdentified)) == 2
    assert kinds(events, SessionClosed)
    assert not kinds(events, CommandRefused)


def test_a_rights_file_with_mistakes_stops_new_sessions_and_nothing_else(
    desk: Reception, tmp_path: Path
) -> None:
    sign_in(desk)
    broken = tmp_path / "broken.toml"
    broken.write_text("id = 1", encoding="utf-8")
    save_settings(Settings(room="Room 3", rights=str(broken)))
    other = Reception(str(tmp_path / "record.db"), demo=DemoWish(silent=True))
    assert other.people.has_accounts
    assert isinstance(other.people.proving.prove("anna", PASSWORD, Proof.PASSWORD), Proven)
    with pytest.raises(DeskError, match="rights file cannot be used"):
        other.open_monitors((), "")
    other.close()
