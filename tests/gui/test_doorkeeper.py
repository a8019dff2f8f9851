"""The station's first pages where people have accounts: asked, let in, locked; and put off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from app.bedside.start_page import Door
from app.bedside.station import Station
from protocols.events import PersonIdentified, StationLocked, WriteNote
from protocols.events.terms import Proof, Role
from tests.gui.front_desk import FakeDesk, FakeVisit, cut_session
from tests.gui.people_stories import ADMINISTRATOR, NURSE, PASSWORD, PIN, FakePeople, staff
from tests.gui.session_stories import START_S, StoryFeed, preparation


@pytest.fixture
def make(qtbot: QtBot) -> Iterator[object]:
    made: list[Station] = []

    def build(desk: FakeDesk) -> Station:
        station = Station(desk)
        qtbot.addWidget(station)
        station.resize(1366, 768)
        station.show()
        qtbot.waitExposed(station)
        made.append(station)
        station.show_first_page()
        return station

    yield build
    for one in made:
        one.leave()


def sign_in(station: Station, people: FakePeople, user: str = NURSE.user) -> None:
    form = station.keeper.page.form
    form.list.rows[user].click()
    if form.pad.isHidden():
        form.password.setText(PASSWORD)
        form.password_button.click()
    else:
        form.pad.entered.emit(PIN)
    people.deliver()


def test_a_cut_session_is_named_only_once_somebody_signed_in(make) -> None:
    people = staff()
    desk = FakeDesk(FakeVisit(StoryFeed(preparation(), START_S)), cut=cut_session(), people=people)
    station = make(desk)
    assert station.keeper.page.isVisible()
    assert "cut before it was closed" in station.keeper.page.notice.text()
    assert "Doe" not in station.start.unfinished_label.text()
    assert station.foot.user == ""
    sign_in(station, people)
    assert station.start.isVisible()
    assert "Doe" in station.start.unfinished_label.text()
    assert desk.person is not None
    assert station.foot.user == NURSE.name
    station.start.resume_button.click()
    assert desk.asked == [("resume", cut_session().session, NURSE.name, "resumed at start")]


def test_a_rest_or_the_button_covers_the_first_pages_and_signing_in_leads_back(make) -> None:
    people = staff()
    station = make(FakeDesk(people=people))
    sign_in(station, people)
    assert station.keeper.watch.rest_min == people.policy.auto_lock_min
    station.start.doors[Door.MONITOR].click()
    assert station.connect_page.isVisible()
    station.keeper.watch.rested.emit()
    assert not station.connect_page.isVisible()
    assert station.keeper.page.reason.text() == "Locked: no touch for 10 min."
    assert people.told[-1] == ("out", NURSE.user, "no touch for 10 min")
    assert station.keeper.watch.rest_min == 0
    sign_in(station, people)
    assert station.connect_page.isVisible()
    station.foot.lock_button.click()
    assert station.keeper.page.isVisible()


def test_work_without_signing_in_opens_the_pages_and_is_noted(make) -> None:
    people = staff()
    desk = FakeDesk(people=people)
    station = make(desk)
    form = station.keeper.page.form
    form.without_button.click()
    form.typed_name.setText("A. Temp RN")
    form.reason.setText("no account yet")
    form.go_button.click()
    assert desk.person == PersonIdentified(
        t_ns=0, user="", name="A. Temp RN", roles=(), proof=Proof.NONE, reason="no account yet"
    )
    assert ("emergency", "A. Temp RN", "no account yet") in people.told
    assert "NOT SIGNED IN" in station.foot.person_button.text()
    station.start.doors[Door.MONITOR].click()
    assert station.connect_page.isVisible()


def test_a_page_that_the_role_may_not_open_says_for_whom_it_is(make) -> None:
    people = FakePeople(replace(NURSE, roles=(Role.ADMINISTRATOR,)))
    station = make(FakeDesk(people=people))
    sign_in(station, people)
    station.start.doors[Door.COURSES].click()
    assert not station.courses.isVisible()
    assert "Courses of treatment: for" in station.notice.text()


def test_the_people_page_shows_accounts_and_who_may_change_the_room(make) -> None:
    people = FakePeople(replace(NURSE, roles=(Role.QA,)), ADMINISTRATOR)
    station = make(FakeDesk(people=people))
    sign_in(station, people)
    station.start.doors[Door.PEOPLE].click()
    page = station.people
    assert page.accounts.isVisible()
    assert not page.people_frame.isVisible()
    assert not page.room_frame.isEnabled()
    assert "changed by" in page.read_only.text()
    assert list(page.accounts.offers) == ["P. Example MD"]
    station.foot.lock_button.click()
    sign_in(station, people, ADMINISTRATOR.user)
    assert page.isVisible()
    assert page.room_frame.isEnabled()
    assert page.accounts.by is None


def test_the_demonstration_never_asks(make) -> None:
    desk = FakeDesk(FakeVisit(StoryFeed(preparation(), START_S)), people=staff())
    station = make(desk)
    station.keeper.page.away_button.click()
    assert desk.asked == [("demo", "R. Example RN")]
    assert desk.person is None


def test_accounts_are_begun_or_put_off_where_they_first_matter(make) -> None:
    desk = FakeDesk()
    desk.settings = desk.settings.model_copy(update={"without_accounts": False})
    station = make(desk)
    assert station.start.isVisible()
    assert "not proven" in station.foot.hint.text()
    station.start.doors[Door.MONITOR].click()
    first = station.keeper.first
    assert first.isVisible()
    first.back_button.click()
    assert station.start.isVisible()
    station.start.doors[Door.MONITOR].click()
    first.later_button.click()
    assert station.connect_page.isVisible()
    assert desk.settings.without_accounts
    station.show_first_page()
    station.start.doors[Door.PEOPLE].click()
    assert station.people.people_frame.isVisible()
    station.people.begin_button.click()
    first.name.setText("K. Weber")
    first.user.setText("weber")
    first.password.first.setText(PASSWORD)
    first.password.again.setText(PASSWORD)
    first.create_button.click()
    desk.people.deliver()
    assert station.keeper.page.isVisible()
    assert "account is made" in station.keeper.page.reason.text()
    sign_in(station, desk.people, "weber")
    assert station.people.accounts.isVisible()


def test_the_lock_of_a_session_goes_into_it_and_its_window_stays(make) -> None:
    people = staff()
    feed = StoryFeed(preparation(), START_S + 60)
    visit = FakeVisit(feed)
    desk = FakeDesk(visit, people=people)
    station = make(desk)
    sign_in(station, people)
    from app.state_people import people_shown

    feed.state = replace(feed.state, people=people_shown(people.policy_text))
    heard: list[object] = []
    feed.advanced.connect(lambda: heard.append(feed.state.people.locked))
    station.begin(lambda: desk.open_monitors((), station.foot.user))
    feed.tell(replace(desk.person, t_ns=feed.clock_ns))
    station.keeper.watch.rested.emit()
    locked = feed.state.people.locked
    assert isinstance(locked, StationLocked)
    assert (locked.by, locked.cause) == (NURSE.name, "no touch for 10 min")
    assert station.session is not None
    assert station.session.isVisible()
    assert desk.person is None
    station.session.run.action_bar.lock_strip.click()
    form = station.session.run.person.form
    form.list.rows["lund"].click()
    form.pad.entered.emit(PIN)
    people.deliver()
    assert desk.person.name == "A. Lund RN"
    assert feed.state.people.locked is None
    watch = station.keeper.watch
    assert watch.rest_min
    watch._timer.start(50_000)
    station.session.run.intended.emit(WriteNote(t_ns=0, by="", text="by a key"))
    assert watch._timer.remainingTime() > 500_000
