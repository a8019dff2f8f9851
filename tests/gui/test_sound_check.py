"""The check of sound, before the start and while a session runs, in front of the real rules."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QPushButton

from app.bedside.preparation import PreparationPage
from app.bedside.run_page import RunPage
from app.bedside.section import Standing
from app.bedside.sound_words import OUTPUT_CHANGED
from app.places import read_signals
from app.sounding.watching.standing import VOLUME_UNKNOWN
from protocols.events import (
    AnswerSoundCheck,
    CheckSound,
    Phase,
    Service,
    ServiceReported,
    SoundChecked,
)
from protocols.sound_check import CHANGED, UNHEARD
from tests.gui.prepared_room import NURSE, PreparedRoom

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def room(qtbot) -> PreparedRoom:
    return PreparedRoom(qtbot, PreparationPage(), signals_text=read_signals("bedside")[0])


def report(room: PreparedRoom, *, working: bool, detail: str = "") -> None:
    t_ns = room._now_ns()
    room.happen(ServiceReported(t_ns=t_ns, service=Service.SOUND, working=working, detail=detail))


def test_without_a_policy_the_sounds_may_be_played_and_hold_nothing(qtbot) -> None:
    room = PreparedRoom(qtbot, PreparationPage())
    assert room.view.sound.standing is Standing.DONE
    assert room.view.sound.check.words.text() == "Not played in this session yet."


def test_the_start_is_held_until_somebody_heard_the_sounds(room: PreparedRoom) -> None:
    room.reach_frozen()
    sound, start = room.view.sound, room.view.start
    assert sound.standing is Standing.OPEN
    assert f"Alarm sound: {UNHEARD}" in start.holds_label.text()
    assert not sound.check.heard.isEnabled()
    room.press(sound.check.play)
    assert isinstance(room.commands[-1], CheckSound)
    assert sound.because == "Say whether the alarm sounds are heard."
    assert sound.check.words.text().startswith("Played at 14:07, from the gentlest")
    room.press(sound.check.heard)
    assert room.commands[-1] == AnswerSoundCheck(t_ns=0, by="", heard=True)
    assert sound.standing is Standing.DONE
    assert sound.check.words.text() == f"Heard at the bedside, {NURSE} 14:07."
    assert "Alarm sound" not in start.holds_label.text()


def test_not_heard_needs_what_is_done_instead_and_then_holds_no_longer(
    room: PreparedRoom,
) -> None:
    room.reach_frozen()
    check = room.view.sound.check
    room.press(check.play)
    room.press(check.not_heard)
    assert not check.record.isEnabled()
    room.write(check.reason, "a second nurse watches the screen")
    room.press(check.record)
    assert room.commands[-1] == AnswerSoundCheck(
        t_ns=0, by="", heard=False, reason="a second nurse watches the screen"
    )
    assert check.words.text() == (
        f"Not heard at the bedside, {NURSE} 14:07: a second nurse watches the screen"
    )
    assert room.view.sound.standing is Standing.DONE
    assert not room.sees(check.reason)


def test_a_mute_output_says_so_and_cannot_be_answered_as_heard(room: PreparedRoom) -> None:
    report(room, working=False, detail="The output is muted.")
    check = room.view.sound.check
    assert room.view.sound.standing is Standing.HELD
    assert check.problem.text() == "No sound: The output is muted. Watch the screen."
    room.press(check.play)
    assert not check.heard.isEnabled()
    room.press(check.not_heard)
    room.write(check.reason, "bedside monitor sounds")
    room.press(check.record)
    assert room.view.sound.standing is Standing.DONE


def test_after_the_output_changed_the_sounds_are_to_be_played_again(room: PreparedRoom) -> None:
    check = room.view.sound.check
    room.press(check.play)
    room.press(check.heard)
    room.now_s = 30
    report(room, working=False, detail="The output changed.")
    report(room, working=True)
    assert room.state.signals.checked.heard is None
    assert check.words.text() == OUTPUT_CHANGED
    assert room.view.sound.because == CHANGED
    assert OUTPUT_CHANGED in room.view.banner.sentence.text() or room.state.active_alarms
    room.press(check.play)
    room.press(check.heard)
    assert room.view.sound.standing is Standing.DONE


def test_a_double_click_plays_once(room: PreparedRoom) -> None:
    check = room.view.sound.check
    room.press(check.play)
    started = room.state.signals.check_started
    assert started is not None
    room.now_s = 0.3
    room.press(check.play)
    assert room.state.signals.check_started == started


def test_the_check_is_reached_while_a_session_runs(qtbot) -> None:
    room = PreparedRoom(qtbot, RunPage(), signals_text=read_signals("bedside")[0])
    room.happen(SoundChecked(t_ns=0, heard=True, by=NURSE))
    room.view.open_panel("more")
    room.render()
    room.press(room.view.side.pages["more"].buttons["sound"])
    page = room.view.side.pages["sound"]
    assert room.view.side.name == "sound"
    room.press(page.check.play)
    room.press(page.check.heard)
    assert [type(command) for command in room.commands] == [CheckSound, AnswerSoundCheck]
    assert room.state.phase is Phase.SETUP
    for button in page.findChildren(QPushButton):
        assert button.accessibleName() or button.text()


def test_what_is_not_known_of_a_working_output_stands_beside_the_check(room: PreparedRoom) -> None:
    words = room.view.sound.check.words
    report(room, working=True, detail=VOLUME_UNKNOWN)
    assert words.text() == f"Not played in this session yet. {VOLUME_UNKNOWN}"
    report(room, working=True)
    assert words.text() == "Not played in this session yet."
