"""The monitors before start: link in words, what to do, live values, the SIMULATED mark."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.bedside.monitors_section import NO_MONITOR, MonitorsSection
from app.bedside.section import Standing
from protocols.events import LinkState, Service, ServiceReported
from tests.gui.prepared_room import SLOTS, PreparedRoom


@pytest.fixture
def room(qtbot):
    return PreparedRoom(qtbot, MonitorsSection())


def test_without_monitors_it_says_what_to_do(qtbot):
    room = PreparedRoom(qtbot, MonitorsSection(), slots=())
    assert room.sees(room.view.none_label)
    assert room.view.none_label.text() == NO_MONITOR
    assert room.view.because == "No monitor is connected."


def test_what_was_heard_on_a_port_is_said_even_without_a_slot(qtbot):
    room = PreparedRoom(qtbot, MonitorsSection(), slots=())
    detail = "Ports seen: /dev/ttyUSB0. Nothing was heard on it at 9600 Bd."
    room.link("oximeter", LinkState.NOT_CONNECTED, detail)
    assert room.view.cards["oximeter"].step_label.text() == detail
    assert not room.sees(room.view.none_label)


@pytest.mark.parametrize(
    ("state", "word", "standing"),
    [
        (LinkState.NOT_CONNECTED, "not connected", Standing.HELD),
        (LinkState.OPENING, "opening", Standing.OPEN),
        (LinkState.WAITING, "waiting", Standing.OPEN),
        (LinkState.SILENT, "silent", Standing.HELD),
        (LinkState.LIVE, "live", Standing.DONE),
    ],
)
def test_each_state_of_a_link_is_a_word_with_what_to_do(room, state, word, standing):
    room.link("bp", LinkState.LIVE)
    room.link("oximeter", state)
    card = room.view.cards["oximeter"]
    assert word in card.state_label.text()
    assert bool(card.step_label.text()) is (state is not LinkState.LIVE)
    assert room.view.standing is standing


def test_what_of_this_machine_may_interrupt_is_said_before_the_first_dose(room):
    def report(detail):
        working = not detail
        t_ns = room.feed.now_ns()
        room.happen(
            ServiceReported(t_ns=t_ns, service=Service.SLEEP, working=working, detail=detail)
        )

    assert not room.sees(room.view.machine_label)
    standing = room.view.standing
    report("This machine may go to sleep during the session.")
    assert room.sees(room.view.machine_label)
    assert room.view.machine_label.text() == "This machine may go to sleep during the session."
    assert room.view.standing is standing
    report("")
    assert not room.sees(room.view.machine_label)


def test_the_links_own_words_come_first(room):
    room.link("oximeter", LinkState.SILENT, "Bytes arrive, but not in this monitor's format.")
    assert "not in this monitor's format" in room.view.cards["oximeter"].step_label.text()


def test_values_are_live_with_units_before_start(room):
    room.link("oximeter", LinkState.LIVE)
    room.read(pr=72.0, spo2=97.0, pi=3.61)
    assert room.view.cards["oximeter"].value_label.text() == "PR 72 /min    SpO2 97 %    PI 3.6 %"
    room.read("bp", sbp=137.0, dbp=84.0, map=102.0)
    assert room.view.cards["bp"].value_label.text() == "BP 137/84 mmHg (102), now"


def test_a_value_that_is_old_or_missing_never_looks_present(room):
    room.link("oximeter", LinkState.LIVE)
    room.read(pr=72.0, spo2=None)
    assert "SpO2 -- % (sensor off)" in room.view.cards["oximeter"].value_label.text()
    room.now_s = 30.0
    room.render()
    words = room.view.cards["oximeter"].value_label.text()
    assert "72" not in words
    assert "PR -- /min (last heard 30 s ago)" in words


def test_a_simulated_monitor_says_so(qtbot):
    slots = (SLOTS[0], replace(SLOTS[1], simulated=False))
    room = PreparedRoom(qtbot, MonitorsSection(), slots=slots)
    assert room.sees(room.view.cards["oximeter"].simulated_label)
    assert not room.sees(room.view.cards["bp"].simulated_label)
