"""Connecting monitors: nothing by default, what is heard, and what is bound."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.bedside.connect_page import NO_PORTS, ConnectPage
from app.bedside.slot_row import OTHER_PORT
from app.reception.desk import Binding, Found, Heard, SeenPort
from tests.gui.front_desk import FTDI, PLAIN, FakeDesk


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def page(qtbot: QtBot, desk: FakeDesk) -> Iterator[ConnectPage]:
    page = ConnectPage(desk)
    qtbot.addWidget(page)
    page.look()
    yield page
    page.stop_listening()


def choose(page: ConnectPage, device: str, driver: str, port: str | None) -> None:
    row = page.rows[device]
    row.driver_box.setCurrentIndex(row.driver_box.findData(driver))
    for index in range(row.port_box.count()):
        data = row.port_box.itemData(index)
        if (None if data is None else data[0]) == port:
            row.port_box.setCurrentIndex(index)


def prepared(qtbot: QtBot, page: ConnectPage) -> tuple[Binding, ...]:
    with qtbot.waitSignal(page.prepare_wanted, timeout=1000) as caught:
        page.prepare_button.click()
    return tuple(caught.args[0])


def test_no_port_chosen_means_no_monitor(qtbot: QtBot, page: ConnectPage, desk: FakeDesk) -> None:
    assert page.bindings() == ()
    assert prepared(qtbot, page) == ()
    assert desk.listening is None


def test_ports_are_named_by_what_is_plugged_in(page: ConnectPage) -> None:
    assert FTDI.description in page.seen_label.text()
    assert FTDI.address in page.seen_label.text()
    assert PLAIN.address in page.seen_label.text()


def test_no_port_says_what_to_try(qtbot: QtBot) -> None:
    page = ConnectPage(FakeDesk(ports=()))
    qtbot.addWidget(page)
    page.look()
    assert page.seen_label.text() == NO_PORTS


def test_monitor_and_port_make_a_binding(qtbot: QtBot, page: ConnectPage) -> None:
    choose(page, "oximeter", "nonin", FTDI.address)
    choose(page, "bp", "suntech", PLAIN.address)
    assert prepared(qtbot, page) == (
        Binding(device="oximeter", driver="nonin", port=FTDI.address, identity=FTDI.identity),
        Binding(device="bp", driver="suntech", port=PLAIN.address),
    )


def test_a_slot_offers_the_monitors_that_measure_what_it_is_for(page: ConnectPage) -> None:
    offered = {
        device: [row.driver_box.itemData(i) for i in range(1, row.driver_box.count())]
        for device, row in page.rows.items()
    }
    assert offered == {
        "oximeter": ["nonin", "both"],
        "bp": ["suntech", "both"],
        "monitor": ["both"],
        "pump": ["pump"],
    }


def test_a_line_is_asked_for_only_where_a_family_is_found_with_several(
    qtbot: QtBot, page: ConnectPage
) -> None:
    row = page.rows["monitor"]
    choose(page, "oximeter", "nonin", None)
    assert page.rows["oximeter"].line_field.isHidden()
    choose(page, "oximeter", "", None)
    choose(page, "monitor", "both", PLAIN.address)
    assert not row.line_field.isHidden()
    assert [binding.line for binding in prepared(qtbot, page)] == [""]
    row.line_box.setCurrentIndex(1)
    assert [binding.line for binding in prepared(qtbot, page)] == ["115200 8E1"]


def test_a_port_that_is_plugged_in_appears_by_itself(
    qtbot: QtBot, page: ConnectPage, desk: FakeDesk
) -> None:
    page.show()
    plugged = SeenPort(address="/dev/ttyUSB7", description="a new adapter")
    desk.seen = (*desk.ports(), plugged)
    qtbot.waitUntil(lambda: plugged.description in page.seen_label.text(), timeout=5000)
    boxes = [row.port_box for row in page.rows.values()]
    assert all(plugged.address in box.itemText(box.count() - 2) for box in boxes)
    page.hide()


def test_a_serial_server_is_typed(qtbot: QtBot, page: ConnectPage) -> None:
    choose(page, "oximeter", "nonin", "")
    row = page.rows["oximeter"]
    assert row.port_box.currentText() == OTHER_PORT
    assert row.address.isEnabled()
    row.address.setText("socket://10.0.0.7:4001")
    assert prepared(qtbot, page) == (
        Binding(device="oximeter", driver="nonin", port="socket://10.0.0.7:4001"),
    )


@pytest.mark.parametrize(
    ("driver", "port", "sentence"),
    [
        ("nonin", None, "Oximeter: a monitor is chosen, but no port."),
        ("", FTDI.address, "Oximeter: a port is chosen, but no monitor."),
        ("nonin", "", "Oximeter: a monitor is chosen, but no port."),
    ],
)
def test_half_a_choice_is_refused(
    qtbot: QtBot, page: ConnectPage, driver: str, port: str | None, sentence: str
) -> None:
    choose(page, "oximeter", driver, port)
    with qtbot.assertNotEmitted(page.prepare_wanted):
        page.prepare_button.click()
    assert page.problem.text() == sentence


def test_two_monitors_on_one_port_are_refused(qtbot: QtBot, page: ConnectPage) -> None:
    choose(page, "oximeter", "nonin", FTDI.address)
    choose(page, "bp", "suntech", FTDI.address)
    with qtbot.assertNotEmitted(page.prepare_wanted):
        page.prepare_button.click()
    assert "same port" in page.problem.text()


def test_listening_shows_values_and_counts(qtbot: QtBot, page: ConnectPage, desk: FakeDesk) -> None:
    choose(page, "oximeter", "nonin", FTDI.address)
    page.listen_button.click()
    assert desk.listening is not None
    assert page.listen_button.text() == "Stop listening"
    desk.listening.lines = (
        Heard(
            device="oximeter",
            link="the monitor speaks",
            values=("SpO2 97 %", "PR 71 /min"),
            bytes_heard=75,
            frames=15,
            rejected=1,
        ),
    )
    row = page.rows["oximeter"]
    qtbot.waitUntil(lambda: "SpO2 97 %" in row.heard_label.text(), timeout=3000)
    assert "PR 71 /min" in row.heard_label.text()
    assert "75 bytes heard, 15 frames understood, 1 refused" in row.count_label.text()
    page.listen_button.click()
    assert desk.listening.stopped
    assert row.heard_label.text() == ""


def test_nothing_is_listened_to_before_something_is_chosen(
    page: ConnectPage, desk: FakeDesk
) -> None:
    page.listen_button.click()
    assert desk.listening is None
    assert "Choose a monitor" in page.problem.text()


@pytest.mark.parametrize("leave", ["prepare", "back", "other port"])
def test_a_port_is_let_go_before_it_is_used_elsewhere(
    page: ConnectPage, desk: FakeDesk, leave: str
) -> None:
    choose(page, "oximeter", "nonin", FTDI.address)
    page.listen_button.click()
    if leave == "prepare":
        page.prepare_button.click()
    elif leave == "back":
        page.back_button.click()
    else:
        choose(page, "oximeter", "nonin", PLAIN.address)
    assert desk.listening is not None
    assert desk.listening.stopped


def test_a_choice_outlives_a_new_look(page: ConnectPage) -> None:
    choose(page, "oximeter", "nonin", FTDI.address)
    page.look()
    assert [binding.port for binding in page.bindings()] == [FTDI.address]


def test_the_monitors_last_used_in_this_room_are_chosen_again(qtbot: QtBot) -> None:
    desk = FakeDesk()
    known = (
        Binding(device="oximeter", driver="nonin", port=FTDI.address, identity=FTDI.identity),
        Binding(device="bp", driver="suntech", port="socket://10.0.0.7:4001"),
    )
    desk.known = known
    page = ConnectPage(desk)
    qtbot.addWidget(page)
    page.show()
    assert page.bindings() == known
    page.hide()
    page.rows["bp"].driver_box.setCurrentIndex(0)
    page.rows["bp"].port_box.setCurrentIndex(0)
    page.show()
    assert [binding.device for binding in page.bindings()] == ["oximeter"]
    page.hide()


def test_what_a_search_found_is_put_into_free_slots_and_said(
    qtbot: QtBot, page: ConnectPage, desk: FakeDesk
) -> None:
    page.look_button.click()
    assert not page.look_button.isEnabled()
    assert "some seconds" in page.found_label.text()
    assert desk.searching is not None
    desk.searching.result = (
        Found(
            port=FTDI.address,
            identity=FTDI.identity,
            drivers=("both",),
            line="115200 8E1",
            words="A multi-parameter monitor",
        ),
        Found(port=PLAIN.address, identity="", drivers=(), line="", words="nothing heard"),
    )
    qtbot.waitUntil(page.look_button.isEnabled, timeout=5000)
    assert page.bindings() == (
        Binding(
            device="monitor",
            driver="both",
            port=FTDI.address,
            identity=FTDI.identity,
            line="115200 8E1",
        ),
    )
    assert f"{PLAIN.address}: nothing heard" in page.found_label.text()


def test_a_search_leaves_what_was_chosen_alone(
    qtbot: QtBot, page: ConnectPage, desk: FakeDesk
) -> None:
    choose(page, "oximeter", "nonin", FTDI.address)
    page.look_button.click()
    assert desk.searching is not None
    desk.searching.result = (
        Found(port=FTDI.address, identity="", drivers=("both",), line="", words=""),
    )
    qtbot.waitUntil(page.look_button.isEnabled, timeout=5000)
    assert [binding.driver for binding in page.bindings()] == ["nonin"]


def test_the_usual_protocol_is_chosen_until_another_is(page: ConnectPage) -> None:
    page.offer_protocols()
    assert page.protocol == "iv-0.5-40"
    assert page.protocol_label.text() == ""
    page.protocol_box.setCurrentIndex(1)
    assert page.protocol == "spray"
    assert "NOT YET APPROVED" in page.protocol_label.text()
    page.offer_protocols()
    assert page.protocol == "iv-0.5-40"


def test_no_session_is_prepared_with_a_protocol_that_cannot_be_used(
    qtbot: QtBot, page: ConnectPage
) -> None:
    page.offer_protocols()
    page.protocol_box.setCurrentIndex(2)
    assert "broken.toml:3: no." in page.protocol_label.text()
    with qtbot.assertNotEmitted(page.prepare_wanted):
        page.prepare_button.click()
    assert page.problem.text() == "broken.toml:3: no."
