"""The first page: three doors, and a session that was cut."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.bedside.start_page import Door, StartPage, UnfinishedSession
from app.theme import DARK, apply, sizes_for

CUT = UnfinishedSession(
    session="20261121-130000-room3-0001",
    patient="DOE, Jane, MRN 004711",
    stood="infusing, 20.7 of 35.0 mg given",
    cut="today 14:21, 12 minutes ago",
    simulated=True,
)


@pytest.fixture
def page(qtbot):
    window = QWidget()
    window.resize(1366, 768)
    qtbot.addWidget(window)
    made = StartPage(window)
    made.resize(1366, 768)
    apply(window, DARK, sizes_for(1366, 768))
    window.show()
    made.window_of_test = window
    return made


@pytest.mark.parametrize("door", list(Door))
def test_each_door_opens_by_pointer_and_by_keyboard(page, qtbot, door):
    opened = []
    page.door_chosen.connect(opened.append)
    qtbot.mouseClick(page.doors[door], Qt.MouseButton.LeftButton)
    qtbot.keyClick(page.doors[door], Qt.Key.Key_Space)
    assert opened == [door, door]
    assert page.doors[door].accessibleDescription()


def test_what_of_this_machine_may_interrupt_a_session_is_said(page):
    assert not page.machine_label.isVisibleTo(page)
    page.show_machine(["This machine is not plugged in. Plug its charger in.", "Restart it."])
    assert page.machine_label.isVisibleTo(page)
    assert page.machine_label.text().splitlines() == [
        "This machine is not plugged in. Plug its charger in.",
        "Restart it.",
    ]
    page.show_machine(())
    assert not page.machine_label.isVisibleTo(page)


def test_nothing_is_said_of_a_session_where_none_was_cut(page):
    assert not page.unfinished_frame.isVisibleTo(page)


def test_a_cut_session_is_shown_with_where_it_stood(page):
    page.show_unfinished(CUT)
    words = page.unfinished_label.text()
    for part in ("SIMULATED", CUT.patient, CUT.stood, CUT.cut):
        assert part in words


def test_it_can_be_resumed(page, qtbot):
    page.show_unfinished(CUT)
    with qtbot.waitSignal(page.resume_chosen) as told:
        qtbot.mouseClick(page.resume_button, Qt.MouseButton.LeftButton)
    assert told.args == [CUT.session, ""]


def test_it_is_closed_only_with_a_reason(page, qtbot):
    closed = []
    page.close_chosen.connect(lambda session, reason: closed.append((session, reason)))
    page.show_unfinished(CUT)
    qtbot.mouseClick(page.close_button, Qt.MouseButton.LeftButton)
    assert closed == []
    assert "needs a reason" in page.problem.text()
    qtbot.keyClicks(page.reason, "power cut, patient at home")
    qtbot.mouseClick(page.close_button, Qt.MouseButton.LeftButton)
    assert closed == [(CUT.session, "power cut, patient at home")]


def test_it_goes_when_it_was_dealt_with(page):
    page.show_unfinished(CUT)
    page.show_unfinished(None)
    assert not page.unfinished_frame.isVisibleTo(page)
