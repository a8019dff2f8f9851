"""What is seen of an alarm, for each priority, state and kind: at a glance and in words."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage

sys.path.insert(0, str(Path(__file__).parent))

import alarm_stories as told
import session_stories as stories

from app import theme
from app.bedside.alarm_sign import AlarmSign, beacon_cap_px
from app.bedside.banner import AlarmBanner
from app.bedside.numeric_tile import NumericTile
from app.bedside.sound_mark import Bell, SoundMark
from app.signs import SoundSign
from protocols.events import AlarmState, AudioPauseChanged, Priority, StaffCall
from protocols.vitals import NS_PER_S, Vital

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

EACH = pytest.mark.parametrize("priority", list(Priority))
KIND = pytest.mark.parametrize("technical", [False, True], ids=["patient", "equipment"])


@pytest.fixture
def banner(qtbot) -> AlarmBanner:
    widget = AlarmBanner()
    qtbot.addWidget(widget)
    theme.apply(widget, theme.DARK, theme.sizes_for(1366, 768))
    widget.resize(1350, 85)
    widget.show()
    return widget


def show(banner: AlarmBanner, feed: stories.StoryFeed) -> None:
    banner.render(feed.state, feed.history, feed.now_ns())


def ink(image: QImage) -> int:
    """How many pixels of `image` are not of the colour of its corner."""
    ground = image.pixelColor(6, 6)
    return sum(
        image.pixelColor(x, y) != ground
        for x in range(6, image.width() - 6, 2)
        for y in range(6, image.height() - 6, 2)
    )


# ---- every priority, state and kind


@EACH
@KIND
@pytest.mark.parametrize("state", told.SEEN)
def test_what_is_seen(
    banner: AlarmBanner, priority: Priority, state: AlarmState, technical: bool
) -> None:
    show(banner, told.story(told.alarm(priority, state, technical=technical)))
    sign = theme.PRIORITY_SIGNS[priority]
    assert banner.sign.isVisible()
    assert banner.sign.mark == sign.mark
    described = banner.sign.accessibleDescription()
    assert described.startswith(f"{sign.word} priority, {'equipment' if technical else 'patient'}")
    acked = state is AlarmState.ACKED
    assert described.endswith("acknowledged") is acked
    assert banner.property("alarm") == ("" if acked else priority.value)
    assert banner._flash.isActive() is (not acked and priority is not Priority.LOW)
    assert banner.acknowledge.isVisible() is not acked
    words = {
        AlarmState.SOUNDING: "since 15:08 · next: ",
        AlarmState.PAUSED: "sound paused, again in 1:32",
        AlarmState.ACKED: f"acknowledged by {told.NURSE}: seen, watching, sounds again in 1:05",
        AlarmState.LATCHED: "condition has ended: waits for acknowledgement",
        AlarmState.LATCHED_PAUSED: "waits for acknowledgement, sound paused, again in 1:32",
    }[state]
    assert words in banner.detail.text()
    assert banner.detail.isVisible()


@EACH
@pytest.mark.parametrize("state", told.UNSEEN)
def test_what_is_off_pending_or_held_is_no_alarm_on_the_banner(
    banner: AlarmBanner, priority: Priority, state: AlarmState
) -> None:
    show(banner, told.story(told.alarm(priority, state)))
    assert banner.sign.isHidden()
    assert banner.property("alarm") == ""
    assert banner.sentence.text().startswith("No active alarms")


def test_of_two_alarms_the_one_nobody_answered_is_first_then_the_higher(
    banner: AlarmBanner,
) -> None:
    high = told.alarm(Priority.HIGH, AlarmState.ACKED)
    low = told.alarm(Priority.LOW, name="low", sentence="Pulse 105 /min, limit 104")
    medium = told.alarm(Priority.MEDIUM, technical=True)
    show(banner, told.story(high, low, medium))
    assert banner.sign.mark == "!!"
    assert banner.more.text() == "+2 more  F3"


def test_a_higher_alarm_that_was_acknowledged_keeps_its_mark_beside_a_lower_one(
    banner: AlarmBanner,
) -> None:
    high = told.alarm(Priority.HIGH, AlarmState.ACKED)
    show(banner, told.story(high))
    assert banner.answered_sign.isHidden()
    show(banner, told.story(high, told.alarm(Priority.LOW, technical=True)))
    assert banner.sign.mark == "!"
    assert banner.answered_sign.isVisible()
    assert banner.answered_sign.mark == "!!!"
    described = banner.answered_sign.accessibleDescription()
    assert described == "high priority, patient, acknowledged"


def test_a_long_sentence_stays_within_the_banner_and_is_cut_with_an_ellipsis(
    banner: AlarmBanner,
) -> None:
    alarm = told.alarm(sentence="Systolic pressure and everything known about it " * 12)
    show(banner, told.story(alarm))
    show(banner, told.story(alarm))
    assert banner.sentence.text().endswith("…")
    assert banner.detail.isHidden()
    needed = banner.sentence.heightForWidth(banner.sentence.width())
    assert needed <= banner.height() == banner.sign.sizeHint().height()


# ---- seen from far, and without colours


@pytest.mark.parametrize(
    ("width", "height", "ratio"),
    [(1920, 1080, 1.0), (1366, 768, 1.0), (1536, 864, 1.25), (1093, 614, 1.25), (2560, 1440, 1.0)],
)
def test_the_mark_is_twenty_millimetres_high_in_every_window(
    qtbot, width: int, height: int, ratio: float
) -> None:
    sign = AlarmSign()
    qtbot.addWidget(sign)
    theme.apply(sign, theme.DARK, theme.sizes_for(width, height, ratio))
    try:
        assert beacon_cap_px() * ratio * theme.REFERENCE_MM_PER_PX >= 20.0
        sign.show_alarm(Priority.HIGH, technical=False, answered=False)
        sign.light(lit=True)
        sign.resize(sign.sizeHint())
        image = sign.grab().toImage()
        look = QColor(theme.DARK.alarm_high_text)
        column = sign.height() // 2
        left = next(x for x in range(6, sign.width()) if image.pixelColor(x, column) == look)
        rows = [y for y in range(sign.height()) if image.pixelColor(left + 4, y) == look]
        assert (rows[-1] - rows[0] + 1) * ratio * theme.REFERENCE_MM_PER_PX >= 19.0
    finally:
        theme.apply(sign, theme.DARK, theme.REFERENCE)


def test_priority_and_kind_differ_in_shape_without_any_colour(qtbot) -> None:
    pictures = set()
    sign = AlarmSign()
    qtbot.addWidget(sign)
    sign.resize(sign.sizeHint())
    for priority in Priority:
        for technical in (False, True):
            for answered in (False, True):
                sign.show_alarm(priority, technical=technical, answered=answered)
                grey = sign.grab().toImage().convertToFormat(QImage.Format.Format_Mono)
                pictures.add(bytes(grey.constBits()))
    assert len(pictures) == len(Priority) * 2 * 2


@EACH
@pytest.mark.parametrize("look", [theme.DARK, theme.LIGHT], ids=lambda look: look.name)
def test_marks_and_words_are_readable_in_both_phases(
    qtbot, look: theme.Theme, priority: Priority
) -> None:
    sign = AlarmSign()
    qtbot.addWidget(sign)
    theme.apply(sign, look, theme.REFERENCE)
    try:
        sign.resize(sign.sizeHint())
        sign.show_alarm(priority, technical=False, answered=False)
        pictures = []
        for lit, colours in ((True, look.alarm(priority)), (False, (look.ground, look.text))):
            sign.light(lit=lit)
            image = sign.grab().toImage()
            pictures.append(image)
            assert image.pixelColor(8, sign.height() // 2) == QColor(colours[0])
            assert ink(image) > 200
        assert pictures[0] != pictures[1]
    finally:
        theme.apply(sign, theme.DARK, theme.REFERENCE)


@KIND
def test_a_tile_in_alarm_has_frame_mark_and_shape_and_keeps_its_digits(
    qtbot, technical: bool
) -> None:
    tile = NumericTile(Vital.SPO2, "SpO2")
    qtbot.addWidget(tile)
    calm = told.story()
    tile.render(calm.state, calm.history, calm.now_ns())
    before = (tile.value.text(), tile.value.property("tone"), tile.value.property("alarm"))
    assert tile.shape.isHidden()
    feed = told.story(told.alarm(Priority.MEDIUM, technical=technical, vital=Vital.SPO2))
    tile.render(feed.state, feed.history, feed.now_ns())
    assert tile.title.text().endswith("  !!")
    assert tile.property("frame") == "medium"
    assert tile.property("technical") == ("true" if technical else "false")
    assert tile.shape.accessibleName() == ("equipment" if technical else "patient")
    assert not tile.shape.isHidden()
    shown = (tile.value.text(), tile.value.property("tone"), tile.value.property("alarm"))
    assert shown == before == ("84", "spo2", None)


# ---- who was told, and for how long nobody came


@pytest.mark.parametrize(
    ("staff", "words"),
    [
        (StaffCall.NONE, ""),
        (StaffCall.CALLED, "staff called"),
        (StaffCall.RECEIVED, "staff called: a station shows it"),
        (StaffCall.ACCEPTED, "accepted by A. Lund RN: on the way"),
        (StaffCall.UNREACHED, "staff not reached: sounds here"),
    ],
)
def test_the_banner_says_how_far_staff_were_reached(
    banner: AlarmBanner, staff: StaffCall, words: str
) -> None:
    alarm = told.alarm(Priority.MEDIUM)
    by = "A. Lund RN" if staff is StaffCall.ACCEPTED else ""
    show(banner, told.story(told.station(), alarm, told.signalled(alarm, staff, by=by)))
    assert banner.detail.text() == " · ".join(
        part
        for part in (
            "since 15:08",
            words,
            "next: rouse the patient, open the airway, give oxygen",
        )
        if part
    )


def test_nothing_is_said_of_staff_where_no_station_was_ever_there(banner: AlarmBanner) -> None:
    alarm = told.alarm(Priority.MEDIUM)
    show(banner, told.story(alarm, told.signalled(alarm, StaffCall.UNREACHED)))
    assert "staff" not in banner.detail.text()


def test_an_alarm_whose_sound_is_paused_is_not_said_to_sound(banner: AlarmBanner) -> None:
    alarm = told.alarm(Priority.MEDIUM, AlarmState.PAUSED)
    show(banner, told.story(told.station(), alarm, told.signalled(alarm, StaffCall.UNREACHED)))
    assert "staff not reached" in banner.detail.text()
    assert "sounds here" not in banner.detail.text()


def test_severities_of_one_trouble_count_once(banner: AlarmBanner) -> None:
    alarms = [
        told.alarm(Priority.HIGH, name="spo2-low-critical"),
        told.alarm(Priority.MEDIUM, name="spo2-low-warning"),
        told.alarm(Priority.LOW, name="spo2-low-advisory"),
        told.alarm(Priority.LOW, name="hr-low-advisory"),
    ]
    show(banner, told.story(*alarms))
    assert banner.more.text() == "+1 more  F3"


@pytest.mark.parametrize("urgency", [0, 1, 2])
def test_an_unattended_alarm_says_for_how_long_and_asks_for_more_of_the_screen(
    banner: AlarmBanner, urgency: int
) -> None:
    alarm = told.alarm()
    show(banner, told.story(alarm, told.signalled(alarm, urgency=urgency)))
    assert ("unattended for 1 min" in banner.detail.text()) is (urgency > 0)
    assert (banner.wide is Priority.HIGH) is (urgency > 0)


def test_an_acknowledged_alarm_asks_for_no_more_of_the_screen(banner: AlarmBanner) -> None:
    alarm = told.alarm(state=AlarmState.ACKED)
    feed = told.story(alarm, told.signalled(alarm, urgency=2), told.sound(working=False))
    show(banner, feed)
    assert banner.wide is None


def test_a_value_that_is_no_longer_measured_is_said_to_be_the_last_known(
    banner: AlarmBanner,
) -> None:
    feed = told.story(told.alarm())
    show(banner, feed)
    assert "last known" not in banner.detail.text()
    feed.clock_ns += 30 * NS_PER_S
    show(banner, feed)
    assert "last known: no valid reading since 15:09" in banner.detail.text()
    assert banner.property("alarm") == "high"


# ---- sound


def sound_feed(case: str) -> stories.StoryFeed:
    if case == "paused":
        ends_ns = stories.ns(told.NOW_S + 92)
        changed = AudioPauseChanged(
            t_ns=stories.ns(told.NOW_S - 28), ends_ns=ends_ns, by=told.NURSE
        )
        return told.story(changed)
    if case == "lost":
        return told.story(told.sound(working=False, detail="The output is muted."))
    answer = {"unheard": False, "changed": None, "heard": True}.get(case, "none")
    events = [] if answer == "none" else [told.heard(answer, "a nurse watches")]
    return told.story(*events, policy="" if case == "no policy" else "bedside")


@pytest.mark.parametrize(
    ("case", "sign", "words"),
    [
        ("no policy", SoundSign.ON, "sound on"),
        ("heard", SoundSign.ON, "sound on"),
        ("paused", SoundSign.PAUSED, "AUDIO PAUSED 1:32"),
        ("lost", SoundSign.OFF, "NO SOUND: watch the screen"),
        ("unheard", SoundSign.OFF, "SOUND NOT HEARD: watch the screen"),
        ("changed", SoundSign.UNPROVEN, "SOUND CHANGED: check it"),
        ("never played", SoundSign.UNPROVEN, "sound not checked"),
    ],
)
def test_the_bell_tells_paused_from_off_and_from_unproven(
    qtbot, case: str, sign: SoundSign, words: str
) -> None:
    mark = SoundMark()
    qtbot.addWidget(mark)
    feed = sound_feed(case)
    mark.render(feed.state, feed.history, feed.now_ns())
    assert (mark.bell.sign, mark.words.text()) == (sign, words)
    assert mark.accessibleDescription() == words


def test_each_bell_is_another_shape(qtbot) -> None:
    bell = Bell()
    qtbot.addWidget(bell)
    bell.resize(40, 40)
    inks = set()
    for sign in (SoundSign.ON, SoundSign.PAUSED, SoundSign.OFF):
        bell.show_sign(sign)
        inks.add(bytes(bell.grab().toImage().convertToFormat(QImage.Format.Format_Mono).bits()))
    assert len(inks) == 3


@pytest.mark.parametrize("case", ["lost", "unheard", "changed", "never played"])
def test_without_proven_sound_an_alarm_asks_for_more_of_the_screen(
    banner: AlarmBanner, case: str
) -> None:
    feed = sound_feed(case)
    show(banner, feed)
    assert banner.wide is None
    assert banner.sentence.property("tone") == "attention"
    feed.apply([told.alarm(Priority.LOW)])
    show(banner, feed)
    assert banner.wide is Priority.LOW


def test_the_quiet_line_says_what_is_wrong_with_the_sound_and_what_to_do(
    banner: AlarmBanner,
) -> None:
    show(banner, sound_feed("lost"))
    assert "No sound: The output is muted. Watch the screen." in banner.sentence.text()
    show(banner, sound_feed("changed"))
    assert "The sound output changed: play the sounds again." in banner.sentence.text()


# ---- what ended leaves a trace


def test_an_alarm_that_ended_by_itself_is_told_of_for_ten_minutes(banner: AlarmBanner) -> None:
    feed = told.story(told.alarm(Priority.MEDIUM))
    feed.apply([told.alarm(Priority.MEDIUM, AlarmState.OFF)])
    show(banner, feed)
    assert "last: !! ended 1 min ago, see F3" in banner.sentence.text()
    feed.clock_ns += 10 * 60 * NS_PER_S
    show(banner, feed)
    assert "last:" not in banner.sentence.text()
