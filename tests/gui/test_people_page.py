"""People and room: shown, changed, saved, refused."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.bedside.people_page import PeoplePage
from app.reception.settings import Person, Settings, SiteCard
from tests.gui.front_desk import FakeDesk


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def page(qtbot: QtBot, desk: FakeDesk) -> PeoplePage:
    page = PeoplePage(desk)
    qtbot.addWidget(page)
    return page


def test_what_is_set_up_is_shown(page: PeoplePage) -> None:
    assert page.room.text() == "Room 3"
    assert [row.name.text() for row in page.rows] == ["N. Okafor RN", "P. Example MD"]
    assert page.rows[1].role.currentText() == "prescriber"
    assert page.user.currentText() == "N. Okafor RN"
    assert page.protocol.currentText() == "iv-0.5-40"


def test_changes_are_saved_whole(qtbot: QtBot, page: PeoplePage, desk: FakeDesk) -> None:
    page.room.setText("Room 4")
    page.add_button.click()
    page.rows[-1].name.setText("A. Lund RN")
    page.user.setCurrentText("A. Lund RN")
    page.protocol.setCurrentText("iv-1.0-60")
    with qtbot.waitSignal(page.saved, timeout=1000):
        page.save_button.click()
    assert desk.settings == Settings(
        room="Room 4",
        people=(
            Person(name="N. Okafor RN"),
            Person(name="P. Example MD", role="prescriber"),
            Person(name="A. Lund RN"),
        ),
        user="A. Lund RN",
        protocol="iv-1.0-60",
        without_accounts=True,
    )


def test_an_empty_row_is_nobody(qtbot: QtBot, page: PeoplePage, desk: FakeDesk) -> None:
    page.add_button.click()
    with qtbot.waitSignal(page.saved, timeout=1000):
        page.save_button.click()
    assert len(desk.settings.people) == 2


def test_who_is_taken_off_the_list_is_no_longer_usually_here(
    qtbot: QtBot, page: PeoplePage, desk: FakeDesk
) -> None:
    page.rows[0].removed.emit(page.rows[0])
    with qtbot.waitSignal(page.saved, timeout=1000):
        page.save_button.click()
    assert desk.settings.user == ""
    assert [person.name for person in desk.settings.people] == ["P. Example MD"]


@pytest.mark.parametrize(
    ("room", "second", "sentence"),
    [
        ("", "P. Example MD", "Not saved: give the room a name."),
        ("Room 3", "N. Okafor RN", "Not saved: N. Okafor RN stands here twice."),
    ],
)
def test_what_cannot_be_meant_is_refused(
    qtbot: QtBot, page: PeoplePage, desk: FakeDesk, room: str, second: str, sentence: str
) -> None:
    page.room.setText(room)
    page.rows[1].name.setText(second)
    with qtbot.assertNotEmitted(page.saved):
        page.save_button.click()
    assert page.problem.text() == sentence
    assert desk.asked == []


def test_a_disk_that_does_not_take_it_is_said(
    qtbot: QtBot, page: PeoplePage, desk: FakeDesk
) -> None:
    desk.refuse = "settings.json cannot be written: No space left on device."
    with qtbot.assertNotEmitted(page.saved):
        page.save_button.click()
    assert page.problem.text() == f"Not saved: {desk.refuse}"


def test_going_back_changes_nothing(qtbot: QtBot, page: PeoplePage, desk: FakeDesk) -> None:
    page.room.setText("Room 9")
    with qtbot.waitSignal(page.back_wanted, timeout=1000):
        page.back_button.click()
    page.fill()
    assert page.room.text() == "Room 3"
    assert desk.asked == []


def test_the_site_card_is_shown_changed_and_saved(qtbot: QtBot, desk: FakeDesk) -> None:
    card = SiteCard(name="Example Clinic", emergency_phone="112", paper="letter")
    desk.settings = desk.settings.model_copy(update={"site": card})
    page = PeoplePage(desk)
    qtbot.addWidget(page)
    assert page.site.fields["emergency_phone"].text() == "112"
    assert page.site.paper.value() == "letter"
    page.site.fields["phone"].setText(" +1 555 0100 ")
    with qtbot.waitSignal(page.saved, timeout=1000):
        page.save_button.click()
    assert desk.settings.site == card.model_copy(update={"phone": "+1 555 0100"})


def test_a_line_of_the_site_card_that_is_too_long_is_refused(
    page: PeoplePage, desk: FakeDesk
) -> None:
    before = desk.settings
    page.site.fields["state"].setText("x" * 41)
    page.save_button.click()
    assert desk.settings is before
    assert page.problem.text().startswith("Not saved: state:")


def test_the_policy_of_signals_is_chosen_with_its_table(
    qtbot: QtBot, page: PeoplePage, desk: FakeDesk
) -> None:
    assert page.signals.policy.currentText() == "bedside"
    assert page.signals.table.text() == "Table of bedside"
    page.signals.policy.setCurrentText("broken")
    assert "Cannot be used" in page.signals.table.text()
    page.signals.policy.setCurrentText("quiet-room")
    assert page.signals.table.text() == "Table of quiet-room"
    assert "No staff station can connect" in page.signals.note.text()
    page.signals.listen.setText(" 0.0.0.0:4510 ")
    page.signals.secret.setText("/etc/ward-secret")
    assert page.signals.note.isHidden()
    with qtbot.waitSignal(page.saved, timeout=1000):
        page.save_button.click()
    assert desk.settings.signals == "quiet-room"
    assert desk.settings.staff_listen == "0.0.0.0:4510"
    assert desk.settings.staff_secret_file == "/etc/ward-secret"


def test_an_address_that_is_none_is_refused(qtbot: QtBot, page: PeoplePage, desk: FakeDesk) -> None:
    page.signals.listen.setText("0.0.0.0:port")
    with qtbot.assertNotEmitted(page.saved):
        page.save_button.click()
    assert page.problem.text().startswith("Not saved: staff stations: '0.0.0.0:port'")
    assert desk.asked == []
