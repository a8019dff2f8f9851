"""The staff station's window in every state, fed by hand: no socket, the painting is real."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from PySide6.QtCore import QElapsedTimer
from pytestqt.qtbot import QtBot

from app import theme
from app.staff.address import StaffAddress
from app.staff.messages import Accept, AlarmGone, Note, Received, Reject, SessionTold, Whole
from app.staff.room_link import LinkTold, RoomLink
from app.staff.station import Station
from app.staff.station_run import NoSuchDisplayError, run_staff_station
from app.staff.station_window import StationWindow
from protocols.events import AlarmState, Priority, StaffCall
from tests.e2e.staff_ward import Ear
from tests.unit.app.staff_talk import SECRET, told

NURSE = "A. Lund RN"
LIVE = LinkTold(link=RoomLink.LIVE, room="Room 3")
SESSION = SessionTold(running=True)
LOST = LinkTold(link=RoomLink.LOST, why="The bedside does not answer.")


class Shown:
    """A window on a station whose links are played by the test."""

    def __init__(self, qtbot: QtBot, rooms: int = 1, ear: Ear | None = None) -> None:
        self.now_s = 100.0
        places = [(StaffAddress(host="127.0.0.1", port=4510 + n), "") for n in range(rooms)]
        self.station = Station("Desk 1", places, SECRET, ear, lambda: self.now_s)
        self.sent: list[object] = []
        for link in self.station._links:
            link.send = self.sent.append  # type: ignore[method-assign,assignment]
        self.window = StationWindow(self.station, [NURSE, "B. Lind RN"], NURSE)
        qtbot.addWidget(self.window)
        self.window.resize(1280, 800)
        self.window.show()
        qtbot.waitExposed(self.window)
        self.qtbot = qtbot

    def tell(self, *items: object, room: int = 0) -> None:
        self.station._links[room]._news.extend(items)  # type: ignore[arg-type]
        self.look()

    def look(self) -> None:
        """Take in, paint, and take in what was painted."""
        for _ in range(2):
            self.window.look()
            self.qtbot.wait(10)
        self.window.look()

    @property
    def tile(self):
        return self.window.tiles[0]

    def rows(self) -> list[str]:
        return [row.sentence.text() for row in self.tile.rows if not row.isHidden()]


@pytest.fixture
def shown(qtbot: QtBot) -> Shown:
    made = Shown(qtbot)
    made.tell(LIVE, SESSION, Whole(alarms=0))
    return made


def answers(sent: Sequence[object]) -> list[type]:
    return [type(answer) for answer in sent]


def test_a_room_that_was_never_connected_says_so(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    shown.tell(LinkTold(link=RoomLink.CONNECTING, why="127.0.0.1:4510: Connection refused."))
    assert shown.tile.name.text() == "127.0.0.1:4510"
    assert "Not connected" in shown.tile.calm.text()
    assert shown.tile.trouble.isHidden()


def test_a_calm_room_is_calm(shown: Shown) -> None:
    assert shown.tile.name.text() == "Room 3"
    assert shown.tile.calm.text() == "No alarm"
    assert shown.tile.simulated.isHidden()
    shown.tell(SessionTold(running=True, simulated=True), Whole(alarms=0))
    assert shown.tile.simulated.isVisible()
    shown.tell(SessionTold(running=False), Whole(alarms=0))
    assert shown.tile.calm.text() == "No session"


def test_a_call_shows_everything_and_is_confirmed_once_painted(shown: Shown) -> None:
    shown.tell(told())
    row = shown.tile.rows[0]
    assert row.sentence.text() == "Heart rate 128 /min, limit 120"
    assert row.mark.text() == theme.PRIORITY_SIGNS[Priority.MEDIUM].mark
    assert "Look at the patient." in row.detail.text()
    assert row.answer.text() == "The bedside sounds in 4 s."
    assert row.accept_button.isVisible()
    assert row.accept_button.isEnabled()
    assert shown.sent == [Received(alarm="hr-high", raised_ns=5_000_000_000, call=1)]
    shown.look()
    assert len(shown.sent) == 1
    shown.tell(told(call=2, urgency=1))
    assert shown.sent[1:] == [Received(alarm="hr-high", raised_ns=5_000_000_000, call=2)]
    assert "UNATTENDED" in row.detail.text()


def test_nothing_is_confirmed_by_a_window_that_is_not_shown(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    shown.window.hide()
    shown.tell(LIVE, SESSION, told(), Whole(alarms=1))
    assert shown.sent == []
    shown.window.show()
    shown.look()
    assert answers(shown.sent) == [Received]


def test_nothing_is_confirmed_that_stands_outside_the_screen(shown: Shown) -> None:
    many = [told(f"rule-{n}", n + 1) for n in range(20)]
    shown.tell(SESSION, *many, Whole(alarms=20))
    confirmed = {answer.alarm for answer in shown.sent if isinstance(answer, Received)}
    assert "rule-0" in confirmed
    assert "rule-19" not in confirmed


def test_a_call_waits_for_sound_where_the_station_has_some(qtbot: QtBot) -> None:
    ear = Ear(working=False)
    shown = Shown(qtbot, ear=ear)
    shown.tell(LIVE, SESSION, told(), Whole(alarms=1))
    assert shown.sent == []
    assert "not confirmed" in shown.window.sound_note.text()
    ear.working = True
    shown.now_s += 2
    shown.look()
    assert ear.played == [("medium", "cardiac", 0)]
    assert answers(shown.sent) == [Received]
    assert shown.window.sound_note.isHidden()


def test_accepting_sends_the_persons_name_and_changes_nothing_by_itself(shown: Shown) -> None:
    shown.tell(told())
    row = shown.tile.rows[0]
    row.accept_button.click()
    assert shown.sent[-1] == Accept(alarm="hr-high", raised_ns=5_000_000_000, by=NURSE)
    assert row.accept_button.isVisible()
    shown.tell(told(staff=StaffCall.ACCEPTED, accepted_by=NURSE, sounds_in_s=110.0))
    assert row.answer.text() == f"{NURSE} goes to the room. The bedside sounds in 1:50 min."
    assert row.accept_button.isHidden()
    shown.tell(told(staff=StaffCall.NONE, state=AlarmState.ACKED, acknowledged_by="N. Okafor"))
    assert row.answer.text() == "Acknowledged at the bedside by N. Okafor."
    assert row.reject_button.isHidden()
    shown.tell(AlarmGone(alarm="hr-high", raised_ns=5_000_000_000))
    assert shown.rows() == []
    assert shown.tile.calm.text() == "No alarm"


def test_cannot_come_is_sent_and_shown(shown: Shown) -> None:
    shown.tell(told())
    row = shown.tile.rows[0]
    row.reject_button.click()
    assert shown.sent[-1] == Reject(alarm="hr-high", raised_ns=5_000_000_000, by=NURSE)
    shown.tell(told(staff=StaffCall.UNREACHED, room_sound=True, sounds_in_s=None))
    assert row.answer.text() == f"{NURSE} cannot come. It sounds at the bedside."
    assert row.accept_button.isVisible(), "somebody else may still go"


def test_without_a_name_nobody_answers(shown: Shown) -> None:
    shown.tell(told())
    shown.window.person.setCurrentText(" ")
    shown.look()
    row = shown.tile.rows[0]
    assert not row.accept_button.isEnabled()
    assert not row.reject_button.isEnabled()


def test_the_countdown_runs_by_the_stations_own_clock(shown: Shown) -> None:
    shown.tell(told(sounds_in_s=20.0))
    shown.now_s += 7
    shown.look()
    assert shown.tile.rows[0].answer.text() == "The bedside sounds in 13 s."
    assert "since 10 s" in shown.tile.rows[0].detail.text()


def test_calls_that_nobody_answered_stand_first(shown: Shown) -> None:
    low = told("late", 1, priority=Priority.LOW, sentence="Observation late")
    high = told("spo2-low", 2, priority=Priority.HIGH, sentence="SpO2 84 %, limit 85", icon="oxy")
    gone_to = told("hr-high", 3, staff=StaffCall.ACCEPTED, accepted_by=NURSE)
    shown_only = told("x", 4, staff=StaffCall.NONE, call=0, sentence="Monitor weak")
    shown.tell(SESSION, gone_to, low, shown_only, high, Whole(alarms=4))
    assert shown.rows() == [
        "SpO2 84 %, limit 85",
        "Observation late",
        "Monitor weak",
        "Heart rate 128 /min, limit 120",
    ]
    assert shown.tile.rows[2].accept_button.isHidden(), "it calls nobody"


def test_the_ground_of_an_open_call_flashes_and_the_words_stay(shown: Shown) -> None:
    shown.tell(told(priority=Priority.HIGH))
    row = shown.tile.rows[0]
    looks = set()
    since = QElapsedTimer()
    since.start()
    while since.elapsed() < 700:
        shown.window.look()
        looks.add(row.mark.styleSheet())
        shown.qtbot.wait(20)
    assert len(looks) == 2
    assert all(theme.DARK.alarm_high in look for look in looks)


def test_a_lost_link_is_red_loud_and_hides_what_is_not_known(qtbot: QtBot) -> None:
    ear = Ear()
    shown = Shown(qtbot, ear=ear)
    shown.tell(LIVE, SESSION, told(), Whole(alarms=1))
    shown.now_s += 20
    shown.tell(LOST)
    assert shown.rows() == []
    assert shown.tile.trouble.isVisible()
    words = shown.tile.trouble.sentence.text()
    assert words.startswith("Link lost. 1 alarm was shown. Go to the room. The bedside does not")
    assert ear.played[-1] == ("medium", "equipment", 0)
    played = len(ear.played)
    shown.tile.trouble.button.click()
    shown.now_s += 60
    shown.look()
    assert len(ear.played) == played
    assert shown.tile.trouble.isVisible(), "the banner stays until the link is back"
    shown.tell(LIVE, SESSION, told(), Whole(alarms=1))
    assert shown.tile.trouble.isHidden()
    assert shown.rows() == ["Heart rate 128 /min, limit 120"]


def test_a_bedside_in_trouble_is_red(shown: Shown) -> None:
    trouble = "The bedside program does not answer. Go to the room."
    shown.tell(SessionTold(running=True, trouble=trouble), Whole(alarms=0))
    assert shown.tile.trouble.sentence.text() == trouble


@pytest.mark.parametrize(
    ("link", "why"),
    [
        (RoomLink.REFUSED, "The secret of this station is not that of the bedside."),
        (RoomLink.FOREIGN, "Room 4 answers at 127.0.0.1:4510, not Room 3."),
    ],
)
def test_a_room_that_cannot_be_shown_says_why(shown: Shown, link: RoomLink, why: str) -> None:
    shown.tell(LinkTold(link=link, why=why))
    assert shown.tile.trouble.sentence.text().startswith(why)


def test_a_bedside_that_was_closed_in_order_is_calm(shown: Shown) -> None:
    shown.tell(LinkTold(link=RoomLink.CLOSED, why="The bedside program was closed."))
    assert shown.tile.calm.text() == "The bedside program was closed."
    assert shown.tile.trouble.isHidden()


def test_a_bedside_that_was_closed_in_the_middle_of_a_session_stays_red(qtbot: QtBot) -> None:
    ear = Ear()
    shown = Shown(qtbot, ear=ear)
    trouble = "The session was left unfinished: nothing watches the patient. Go to the room."
    shown.tell(LIVE, SessionTold(running=False, trouble=trouble), Whole(alarms=0))
    shown.tell(LinkTold(link=RoomLink.CLOSED, why="The bedside program was closed."))
    assert shown.tile.trouble.sentence.text().startswith(trouble)
    assert ear.played[-1] == ("high", "equipment", 0)
    shown.tell(LIVE, SESSION, Whole(alarms=0))
    assert shown.tile.trouble.isHidden()


def test_a_display_that_is_not_there_is_refused(qapp: object) -> None:
    places = [(StaffAddress(host="127.0.0.1", port=4510), "")]
    station = Station("Desk 1", places, SECRET, None)
    with pytest.raises(NoSuchDisplayError, match="--display 9"):
        run_staff_station(station, None, [NURSE], NURSE, display=9)
    station.stop()


def test_a_sentence_for_one_person_is_shown_to_that_person(shown: Shown) -> None:
    shown.tell(told(), Note(text="That alarm is no longer there.", by=NURSE))
    assert shown.tile.note.isVisible()
    shown.tell(Note(text="Another sentence.", by="B. Lind RN"))
    assert shown.tile.note.isHidden()


def test_several_rooms_have_a_tile_each(qtbot: QtBot) -> None:
    shown = Shown(qtbot, rooms=4)
    for number in range(4):
        link = LinkTold(link=RoomLink.LIVE, room=f"Room {number + 1}")
        shown.tell(link, SESSION, Whole(alarms=0), room=number)
    shown.tell(told(), room=2)
    assert [tile.name.text() for tile in shown.window.tiles] == [
        "Room 1",
        "Room 2",
        "Room 3",
        "Room 4",
    ]
    assert [len(tile.rows) for tile in shown.window.tiles] == [0, 0, 1, 0]


def test_a_drawn_screen_is_a_sign_of_life(shown: Shown) -> None:
    shown.now_s += 5
    assert shown.station._display_silent_s() == 5
    shown.look()
    assert shown.station._display_silent_s() == 0
    shown.window.hide()
    shown.now_s += 5
    shown.look()
    assert shown.station._display_silent_s() == 5


def test_an_alarm_that_moves_under_the_finger_takes_no_touch_at_once(shown: Shown) -> None:
    first, second = told("a", 1), told("b", 2)
    shown.tell(first, second, Whole(alarms=2))
    row = shown.tile.rows[0]
    row.accept_button.click()
    accepted = told("a", 1, staff=StaffCall.ACCEPTED, accepted_by=NURSE)
    shown.station._links[0]._news.append(accepted)
    shown.window.look()
    assert row.occurrence is not None
    assert "b" in row.occurrence
    row.accept_button.click()
    assert [answer.alarm for answer in shown.sent if isinstance(answer, Accept)] == ["a"]
    shown.qtbot.waitUntil(lambda: shown.window.look() or row.accept_button.isEnabled())
    row.accept_button.click()
    assert [answer.alarm for answer in shown.sent if isinstance(answer, Accept)] == ["a", "b"]
