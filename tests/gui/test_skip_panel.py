"""A due observation that will not be made: it is said which and why, and the rules record it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from app.bedside.run_page import RunPage
from app.bedside.skip_panel import NOTHING_DUE
from protocols.events import CommandRefused, SkipTask, TaskChanged, TaskState
from tests.gui.prepared_room import PreparedRoom


@pytest.fixture
def room(qtbot):
    """Five minutes into the infusion: the first observations are due."""
    room = PreparedRoom(qtbot, RunPage())
    room.reach_infusion()
    room.pass_time(room.now_s + 301)
    assert [task for task in room.state.open_tasks() if task.state is TaskState.DUE]
    return room


def opened(room):
    room.press(room.view.due.not_done)
    return room.view.side.pages["skip"]


def missed(room):
    return [
        event
        for event in room.feed.history.listed
        if isinstance(event, TaskChanged) and event.state is TaskState.MISSED
    ]


def choose(room, panel, item):
    """Choose the due observation `item` where there is a choice; its name."""
    task = room.state.tasks[item].task
    if not panel.tasks.isHidden():
        room.press(panel.tasks.button(task))
    return task


def test_a_quick_reason_makes_the_observation_missed(room):
    panel = opened(room)
    item = room.state.open_tasks()[0].item
    task = choose(room, panel, item)
    assert not panel.record.isEnabled()
    room.press(panel.reasons.button("patient asleep"))
    room.press(panel.record)
    assert room.commands[-1] == SkipTask(t_ns=0, by="", task=task, reason="patient asleep")
    assert [(event.task, event.detail) for event in missed(room)] == [(task, "patient asleep")]
    assert room.state.tasks[item].task != task
    assert panel.reason() == ""


def test_a_free_reason_is_enough_and_stands_behind_a_quick_one(room):
    panel = opened(room)
    choose(room, panel, room.state.open_tasks()[0].item)
    room.write(panel.text, "in the bathroom")
    assert panel.record.isEnabled()
    assert panel.reason() == "in the bathroom"
    room.press(panel.reasons.button("not possible now"))
    assert panel.reason() == "not possible now: in the bathroom"


def test_without_a_reason_nothing_is_sent(room):
    panel = opened(room)
    choose(room, panel, room.state.open_tasks()[0].item)
    room.write(panel.text, "   ")
    assert not panel.record.isEnabled()
    panel.record.clicked.emit()
    assert room.commands == []


def test_of_several_due_the_nurse_says_which(room):
    room.pass_time(room.now_s + 600)
    panel = opened(room)
    assert len(panel.tasks.findChildren(QPushButton)) > 1
    assert panel.tasks.value() is None
    room.press(panel.reasons.button("refused"))
    assert not panel.record.isEnabled()


def test_a_refusal_keeps_the_reason(room):
    panel = opened(room)
    choose(room, panel, room.state.open_tasks()[0].item)
    room.write(panel.text, "asleep")
    refused = CommandRefused(
        t_ns=round(room.now_s * 1e9), command="skip_task", by="", reason="It is not due."
    )
    room.feed.apply([refused])
    room.render()
    assert "It is not due." in panel.refusals.text()
    assert panel.text.words() == "asleep"


def test_the_button_is_there_only_while_something_is_due_and_by_keyboard(qtbot):
    room = PreparedRoom(qtbot, RunPage())
    room.reach_infusion()
    assert not room.sees(room.view.due.not_done)
    room.pass_time(room.now_s + 301)
    button = room.view.due.not_done
    assert room.sees(button)
    assert min(button.width(), button.height()) >= 48
    assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    room.render()
    assert room.view.side.name == "skip"
    assert room.view.side.isAncestorOf(room.view.window().focusWidget())


def test_a_replay_offers_nothing(qtbot):
    room = PreparedRoom(qtbot, RunPage(replaying=True))
    room.reach_infusion()
    room.pass_time(room.now_s + 301)
    assert not room.sees(room.view.due.not_done)


def test_nothing_due_is_said(qtbot):
    room = PreparedRoom(qtbot, RunPage())
    room.reach_infusion()
    room.view.open_panel("skip")
    panel = room.view.side.pages["skip"]
    assert panel.which.text() == NOTHING_DUE
    assert not panel.record.isEnabled()
