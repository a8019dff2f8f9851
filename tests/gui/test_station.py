"""The station: three doors, one session at a time, who is at the bedside, and leaving."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.bedside.start_page import Door
from app.bedside.station import CLOSING_TEXT, LOST_TEXT, NOBODY, Station
from app.reception.desk import Binding, DeskError
from app.reception.settings import Settings
from protocols.events import (
    AlarmChanged,
    AlarmState,
    ObservationRecorded,
    Phase,
    Priority,
    SessionClosed,
    TakeBp,
)
from protocols.vitals import Vital
from tests.gui.front_desk import FTDI, FakeDesk, FakeVisit, cut_session
from tests.gui.session_stories import START_S, StoryFeed, ns, opened, preparation


def running(now_s: float = START_S + 60) -> StoryFeed:
    return StoryFeed(preparation(), now_s)


class Made:
    def __init__(self, qtbot: QtBot, desk: FakeDesk, user: str = "") -> None:
        self.desk = desk
        self.station = Station(desk, user)
        self.station.resize(1600, 900)
        self.station.show()
        qtbot.waitExposed(self.station)


@pytest.fixture
def make(qtbot: QtBot) -> Iterator[object]:
    made: list[Made] = []

    def build(desk: FakeDesk, user: str = "") -> Made:
        made.append(Made(qtbot, desk, user))
        return made[-1]

    yield build
    for one in made:
        one.station.leave()


def test_the_first_page_offers_three_doors_and_no_session(make) -> None:
    made = make(FakeDesk())
    made.station.show_first_page()
    assert made.station.start.isVisible()
    assert made.station.start.unfinished_frame.isHidden()
    assert made.desk.asked == []


def test_a_cut_session_is_offered_and_resumed_in_somebodys_name(make) -> None:
    visit = FakeVisit(running())
    made = make(FakeDesk(visit, cut=cut_session()))
    made.station.show_first_page()
    start = made.station.start
    assert "20.7 of 35.0 mg" in start.unfinished_label.text()
    assert made.station.focusWidget() is start.resume_button
    start.reason.setText("power cut")
    start.resume_button.click()
    assert made.desk.asked == [("resume", cut_session().session, "N. Okafor RN", "power cut")]
    assert visit.begun == 1
    assert made.station.session is not None
    assert made.station.session.isVisible()


def test_nothing_is_resumed_or_closed_in_nobodys_name(make) -> None:
    made = make(FakeDesk(cut=cut_session()))
    made.station.foot.user_box.setCurrentText("")
    made.station.show_first_page()
    made.station.start.reason.setText("power cut")
    made.station.start.resume_button.click()
    made.station.start.close_button.click()
    assert made.desk.asked == []
    assert made.station.notice.text() == NOBODY
    assert made.station.notice.isVisible()


def test_a_cut_session_is_closed_with_its_reason_and_then_the_wanted_one_begins(make) -> None:
    visit = FakeVisit(running())
    made = make(FakeDesk(visit, cut=cut_session()))
    bindings = (Binding(device="oximeter", driver="nonin", port="/dev/ttyUSB0"),)
    made.station.decide_cut_then(lambda: made.desk.open_monitors(bindings, "N. Okafor RN"))
    assert visit.begun == 0
    made.station.start.reason.setText("patient already at home")
    made.station.start.close_button.click()
    assert made.desk.asked == [
        ("close", cut_session().session, "N. Okafor RN", "patient already at home"),
        ("monitors", bindings, "N. Okafor RN"),
    ]
    assert visit.begun == 1


def test_a_simulated_cut_session_does_not_stand_in_the_way_of_real_monitors(make) -> None:
    visit = FakeVisit(running())
    made = make(FakeDesk(visit, cut=cut_session(simulated=True)))
    assert made.station.decide_cut_then(lambda: made.desk.open_monitors((), "N. Okafor RN"))
    assert visit.begun == 1


def test_what_cannot_be_opened_is_said_and_the_first_page_stays(make) -> None:
    desk = FakeDesk()
    desk.refuse = "sessions.db: the disk is full."
    made = make(desk)
    made.station.show_first_page()
    made.station.start.doors[Door.DEMO].click()
    assert made.station.notice.text() == desk.refuse
    assert made.station.start.isVisible()
    assert made.station.session is None


def test_a_cut_session_that_cannot_be_read_is_said(make, monkeypatch) -> None:
    desk = FakeDesk()

    def fail() -> None:
        raise DeskError("the record cannot be read")

    monkeypatch.setattr(desk, "cut_session", fail)
    made = make(desk)
    made.station.show_first_page()
    assert made.station.notice.text() == "the record cannot be read"


def test_what_becomes_known_of_the_record_is_said_until_it_is_understood(
    make, qtbot: QtBot
) -> None:
    made = make(FakeDesk())
    made.station.show_first_page()
    assert made.station.notice_bar.isHidden()
    made.desk.told = "Of the damaged record file: 3 of 3 sessions are whole in the new file."
    qtbot.waitUntil(lambda: not made.station.notice_bar.isHidden())
    assert "3 of 3 sessions" in made.station.notice.text()
    assert made.desk.told == ""


def test_the_demonstrations_door_opens_the_demonstration(make) -> None:
    visit = FakeVisit(StoryFeed([opened()], 1))
    made = make(FakeDesk(visit))
    made.station.show_first_page()
    made.station.start.doors[Door.DEMO].click()
    assert made.desk.asked == [("demo", "N. Okafor RN")]
    known = made.station.session.preparation.patient.known_box
    assert "DOE, Jane" in known.itemText(1)
    assert "004711" in known.itemText(1)


def test_monitors_are_chosen_and_a_session_is_prepared_with_them(make) -> None:
    visit = FakeVisit(StoryFeed([opened()], 1))
    made = make(FakeDesk(visit))
    made.station.show_first_page()
    made.station.start.doors[Door.MONITOR].click()
    page = made.station.connect_page
    row = page.rows["oximeter"]
    row.driver_box.setCurrentIndex(row.driver_box.findData("nonin"))
    row.port_box.setCurrentIndex(1)
    page.prepare_button.click()
    binding = Binding(device="oximeter", driver="nonin", port=FTDI.address, identity=FTDI.identity)
    assert made.desk.asked == [("monitors", (binding,), "N. Okafor RN")]


def test_a_session_is_prepared_with_the_protocol_chosen_for_this_visit(make) -> None:
    made = make(FakeDesk(FakeVisit(StoryFeed([opened()], 1))))
    made.station.show_first_page()
    made.station.start.doors[Door.MONITOR].click()
    made.station.connect_page.protocol_box.setCurrentIndex(1)
    made.station.connect_page.prepare_button.click()
    assert made.desk.asked == [("monitors", (), "N. Okafor RN", "spray")]


def test_commands_carry_the_name_of_who_is_at_the_bedside(make) -> None:
    feed = running()
    made = make(FakeDesk(FakeVisit(feed)))
    made.station.begin(lambda: made.desk.open_demo("N. Okafor RN"))
    feed.tell()
    made.station.session.run.action_bar.take_bp.click()
    made.station.foot.user_box.setCurrentText("P. Example MD")
    made.station.session.run.action_bar.take_bp.click()
    feed.tell(
        ObservationRecorded(
            t_ns=feed.clock_ns, kind="hand-over", label="", by="P. Example MD", text="A. Lund RN"
        )
    )
    made.station.session.run.action_bar.take_bp.click()
    names = [command.by for command in feed.submitted if isinstance(command, TakeBp)]
    assert names == ["N. Okafor RN", "P. Example MD", "A. Lund RN"]
    assert made.station.foot.user == "A. Lund RN"


def test_the_foot_leaves_the_running_screen_its_room(make) -> None:
    feed = StoryFeed([opened(simulated=False)], 1)
    made = make(FakeDesk(FakeVisit(feed)))
    made.station.begin(lambda: made.desk.open_monitors((), "N. Okafor RN"))
    feed.tell()
    assert made.station.foot.isVisible()
    feed.tell(*preparation()[1:])
    assert not made.station.foot.isVisible()


def test_keys_of_the_session_work_while_the_focus_is_in_the_foot_bar(qtbot: QtBot, make) -> None:
    feed = StoryFeed(preparation()[:-8], 100)
    made = make(FakeDesk(FakeVisit(feed)))
    made.station.begin(lambda: made.desk.open_demo("N. Okafor RN"))
    alarm = AlarmChanged(
        t_ns=feed.clock_ns,
        alarm="spo2-low",
        state=AlarmState.SOUNDING,
        priority=Priority.HIGH,
        technical=False,
        vital=Vital.SPO2,
        value=80.0,
        limit=85.0,
        baseline=None,
        since_ns=feed.clock_ns,
        sentence="SpO2 80 %, limit 85",
    )
    feed.tell(alarm)
    made.station.foot.user_box.setFocus()
    qtbot.keyClick(made.station.foot.user_box, Qt.Key.Key_F3)
    assert made.station.session.page.side.name == "alarms"


def test_what_loses_the_focus_gives_it_to_the_page_and_not_to_the_foot_bar(make) -> None:
    feed = running()
    made = make(FakeDesk(FakeVisit(feed)))
    made.station.begin(lambda: made.desk.open_demo("N. Okafor RN"))
    feed.tell()
    bar = made.station.session.run.action_bar
    bar.stop.setFocus()
    bar.stop.hide()
    focus = made.station.focusWidget()
    assert focus is not None
    assert not made.station.foot.isAncestorOf(focus)


def test_a_running_session_is_left_only_when_asked_twice(make) -> None:
    visit = FakeVisit(running())
    made = make(FakeDesk(visit))
    made.station.begin(lambda: made.desk.open_monitors((), "N. Okafor RN"))
    visit.story.tell()
    assert not made.station.close()
    assert made.station.notice.text() == CLOSING_TEXT
    assert visit.ended == 0
    assert made.station.close()
    assert visit.ended == 1


def test_after_the_signature_the_way_leads_back_to_the_first_page(make) -> None:
    feed = running()
    visit = FakeVisit(feed, written=False)
    made = make(FakeDesk(visit))
    made.station.begin(lambda: made.desk.open_demo("N. Okafor RN"))
    feed.tell()
    assert not made.station.foot.back_button.isVisible()
    feed.tell(SessionClosed(t_ns=ns(START_S + 90), by="N. Okafor RN", reason="", delivered_mg=1))
    assert made.station.foot.back_button.isVisible()
    made.station.foot.back_button.click()
    assert visit.ended == 1
    assert made.station.start.isVisible()
    assert made.station.session is None
    assert made.station.notice.text() == LOST_TEXT


def test_new_people_are_offered_at_once(make) -> None:
    made = make(FakeDesk())
    made.station.show_first_page()
    made.station.start.doors[Door.PEOPLE].click()
    people = made.station.people
    people.rows[1].name.setText("C. Novak RN")
    people.save_button.click()
    saved = made.desk.settings
    assert isinstance(saved, Settings)
    assert [person.name for person in saved.people] == ["N. Okafor RN", "C. Novak RN"]
    offered = [
        made.station.foot.user_box.itemText(i) for i in range(made.station.foot.user_box.count())
    ]
    assert offered == ["N. Okafor RN", "C. Novak RN"]
    assert made.station.start.isVisible()


def test_a_cut_sessions_endin_words() -> None:
    from datetime import timedelta

    from app.bedside.cut_words import in_words

    cut = cut_session()
    assert cut.ended_at is not None
    now = cut.ended_at + timedelta(minutes=12)
    words = in_words(cut, now)
    assert words.stood == "infusing, 20.7 of 35.0 mg given"
    assert words.cut == "today 14:21, 12 minutes ago"
    later = in_words(cut, now + timedelta(days=2)).cut
    assert later == "2026-11-21 14:21, 48 hours ago"
    assert "ran ahead" in in_words(cut, cut.ended_at - timedelta(minutes=5)).cut
    assert in_words(replace(cut, ended_at=None), now).cut == "at a time that is not recorded"
    assert in_words(replace(cut, patient="", phase=Phase.SETUP), now).patient == "no patient yet"
