"""What the tiles say: a number with its age, limits and change; an old one never looks new."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import session_stories as stories

from app import theme
from app.bedside.bp_tile import BpTile
from app.bedside.due_list import DueList
from app.bedside.header import Header, patient_words
from app.bedside.numeric_tile import NumericTile
from app.bedside.phase_bar import PhaseBar, dose_words, infusion_words, recovery_words
from app.bedside.scores_tile import ScoresTile
from app.bedside.wording import bounds_text, due_words, numeric, pressure, signed
from app.plots.bounds import Bounds
from app.signs import SoundSign
from app.state import ViewState
from protocols.events import (
    AbortBp,
    BpState,
    BpStateChanged,
    LinkChanged,
    LinkState,
    Phase,
    PhaseChanged,
    Service,
    ServiceReported,
    TaskState,
)
from protocols.vitals import NS_PER_S, Quality, Vital

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.mark.parametrize(
    ("value", "text"), [(31, "+31"), (-5, "−5"), (0, "±0"), (-0.2, "±0"), (1.4, "+1")]
)
def test_signed(value: float, text: str) -> None:
    assert signed(value) == text


@pytest.mark.parametrize(
    ("bounds", "text"),
    [
        (Bounds(), ""),
        (Bounds(low=50, high=110, high_included=True), "≥50 <110"),
        (Bounds(high=165, high_included=True), "<165"),
        (Bounds(high=165), "≤165"),
        (Bounds(low=109.6, high=171.25, low_included=True, high_included=True), ">109 <172"),
        (Bounds(high=120 * 1.3, high_included=True), "<156"),
        (Bounds(low=92), "≥92"),
        (Bounds(low=92, low_included=True), ">92"),
    ],
)
def test_bounds(bounds: Bounds, text: str) -> None:
    assert bounds_text(bounds) == text


# ---- streamed vitals


def test_a_live_number_has_change_and_limits() -> None:
    feed = stories.calm()
    shown = numeric(feed.state, Vital.HR, feed.now_ns())
    value = int(shown.value)
    assert shown.change == f"+{value - 74}"
    assert (shown.limits, shown.reason, shown.last) == ("≥50 <104", "", "")


@pytest.mark.parametrize("vital", [Vital.HR, Vital.SPO2, Vital.PI])
def test_a_number_beyond_its_quiet_limit_is_gone(vital: Vital) -> None:
    feed = stories.calm()
    last = numeric(feed.state, vital, feed.now_ns()).value
    shown = numeric(feed.state, vital, feed.now_ns() + 9 * NS_PER_S)
    assert shown.value == "--"
    assert shown.reason == "no data for 0:10"
    assert shown.last == f"was {last}, 10 s ago"
    assert shown.change == ""


def test_a_silent_monitor_is_named() -> None:
    feed = stories.stale()
    shown = numeric(feed.state, Vital.HR, feed.now_ns())
    assert (shown.value, shown.reason) == ("--", "oximeter silent: is it on?")


def test_a_missing_value_says_why() -> None:
    feed = stories.calm()
    now_s = feed.now_ns() / NS_PER_S
    feed.apply([stories.reading(Vital.SPO2, None, now_s, Quality.SENSOR_OFF)])
    shown = numeric(feed.state, Vital.SPO2, feed.now_ns())
    assert (shown.value, shown.reason) == ("--", "sensor off")
    assert shown.last.startswith("was 9")


def test_a_doubtful_value_is_shown_with_its_doubt() -> None:
    feed = stories.calm()
    feed.apply([stories.reading(Vital.SPO2, 93, feed.now_ns() / NS_PER_S, Quality.LOW)])
    shown = numeric(feed.state, Vital.SPO2, feed.now_ns())
    assert (shown.value, shown.reason) == ("93", "low signal quality")


@pytest.mark.parametrize(("monitors", "reason"), [(True, "no data yet"), (False, "no monitor")])
def test_nothing_at_all_is_not_a_number(monitors: bool, reason: str) -> None:
    feed = stories.StoryFeed([stories.opened(monitors=monitors)], 10)
    shown = numeric(feed.state, Vital.HR, feed.now_ns())
    assert (shown.value, shown.reason, shown.limits) == ("--", reason, "")


def test_a_tile_shows_an_alarm_by_frame_and_mark(qtbot) -> None:
    tile = NumericTile(Vital.SPO2, "SpO2", beside=Vital.PI)
    qtbot.addWidget(tile)
    feed = stories.calm()
    tile.render(feed.state, feed.history, feed.now_ns())
    assert (tile.title.text(), tile.property("frame")) == ("SpO2 %", "")
    assert tile.beside.text().startswith("PI 3.")
    feed.apply(
        [
            stories.alarm(
                "spo2-low-warning",
                stories.Priority.MEDIUM,
                feed.now_ns() / NS_PER_S,
                "SpO2 91 %",
                vital=Vital.SPO2,
            )
        ]
    )
    tile.render(feed.state, feed.history, feed.now_ns())
    assert (tile.title.text(), tile.property("frame")) == ("SpO2 %  !!", "medium")


# ---- blood pressure


def test_a_pressure_has_mean_age_change_limits_and_the_next_one() -> None:
    feed = stories.pressure_alarm()
    shown = pressure(feed.state, feed.now_ns())
    assert (shown.value, shown.mean, shown.age) == ("168/96", "(120)", "1 min ago")
    assert shown.change == "+31/+12 from baseline 137/84"
    assert shown.limits == "limits >109 <165 / <100"
    assert shown.upcoming == "next in 1:10"
    assert not shown.aged


def test_a_pressure_past_its_validity_is_grey_and_says_so(qtbot) -> None:
    tile = BpTile()
    qtbot.addWidget(tile)
    feed = stories.stale()
    tile.render(feed.state, feed.history, feed.now_ns())
    assert tile.value.text() == "148/90"
    assert tile.value.property("tone") == "faint"
    assert tile.corner.text() == "15 min ago: too old, repeat"
    assert tile.reason.text() == "last try: air leak"


def test_an_old_pressure_is_not_asked_for_again_before_the_schedule_does(qtbot) -> None:
    tile = BpTile()
    qtbot.addWidget(tile)
    feed = stories.stale()
    feed.tell(stories.task("bp", "Blood pressure", feed.now_ns() / 1e9 + 600))
    tile.render(feed.state, feed.history, feed.now_ns())
    assert tile.value.property("tone") == "faint"
    assert tile.corner.text() == "15 min ago: old"
    assert tile.upcoming.text() == "next in 10:00"


def test_a_failed_first_try_gives_no_number() -> None:
    feed = stories.StoryFeed([stories.opened()], 10)
    feed.apply([stories.reading(Vital.SBP, None, 5, Quality.FAILED)])
    shown = pressure(feed.state, feed.now_ns())
    assert (shown.value, shown.reason) == ("--/--", "measurement failed")


def test_while_the_cuff_inflates_its_pressure_and_abort_are_there(qtbot) -> None:
    tile = BpTile()
    qtbot.addWidget(tile)
    feed = stories.emergency()
    tile.render(feed.state, feed.history, feed.now_ns())
    assert tile.upcoming.text() == "cuff at 142 mmHg"
    assert not tile.abort.isHidden()
    with qtbot.waitSignal(tile.intended) as sent:
        tile.abort.click()
    assert sent.args == [AbortBp(t_ns=0, by="")]


def test_an_old_cuff_pressure_is_not_shown_as_live() -> None:
    feed = stories.emergency()
    assert pressure(feed.state, feed.now_ns() + 3 * NS_PER_S).upcoming == "measuring"


def test_a_requested_reading_says_starting() -> None:
    feed = stories.calm()
    feed.apply([BpStateChanged(t_ns=feed.now_ns(), device="bp", state=BpState.REQUESTED)])
    shown = pressure(feed.state, feed.now_ns())
    assert (shown.upcoming, shown.busy) == ("starting", True)


# ---- scores and what is due


def test_scores_have_ages_and_fade(qtbot) -> None:
    tile = ScoresTile()
    qtbot.addWidget(tile)
    feed = stories.calm()
    tile.render(feed.state, feed.history, feed.now_ns())
    assert tile.values[Vital.RR].text() == "14"
    assert tile.ages[Vital.RR].text() == "7 min ago"
    assert tile.values[Vital.RR].property("tone") == "other"
    tile.render(feed.state, feed.history, feed.now_ns() + 1800 * NS_PER_S)
    assert tile.values[Vital.RR].property("tone") == "faint"


def test_a_score_nobody_gave_is_no_number(qtbot) -> None:
    tile = ScoresTile()
    qtbot.addWidget(tile)
    feed = stories.without_monitors()
    tile.render(feed.state, feed.history, feed.now_ns())
    assert tile.values[Vital.MOAAS].text() == "--"
    assert tile.ages[Vital.MOAAS].text() == "not yet"


def test_due_words() -> None:
    task = stories.task("bp", "Blood pressure", 1000)
    assert due_words(task, stories.ns(930), ahead="next in ") == "next in 1:10"
    assert due_words(task, stories.ns(1000)) == "due now"
    late = replace(task, state=TaskState.LATE)
    assert due_words(late, stories.ns(1040)) == "late 0:40"


def test_a_late_observation_comes_first_in_words_without_an_alarm_colour(qtbot) -> None:
    due = DueList()
    qtbot.addWidget(due)
    feed = stories.emergency()
    due.render(feed.state, feed.history, feed.now_ns())
    name, when = due.rows[0]
    assert (name.text(), when.text()) == ("▶ Respiratory rate", "late 0:40")
    assert when.property("tone") == "attention"
    assert due.rows[1][0].text() == "Blood pressure"


def test_nothing_due_is_said(qtbot) -> None:
    due = DueList()
    qtbot.addWidget(due)
    due.render(ViewState(), stories.calm().history, 0)
    assert due.rows[0][0].text() == "nothing scheduled"


# ---- header and phase


def test_header_names_patient_protocol_observer_and_clock(qtbot) -> None:
    header = Header()
    qtbot.addWidget(header)
    feed = stories.calm()
    header.render(feed.state, feed.history, feed.now_ns())
    assert header.patient.text() == "Room 3   DOE, Jane   41 y F   MRN 004711   70.0 kg measured"
    assert header.protocol.text() == "iv-0.5-40 v2 · visit 3 of 6"
    assert header.observer.text() == f"observer {stories.NURSE}"
    assert header.clock.text() == "15:23:22"
    assert header.simulated.text() == "SIMULATED"
    assert "not the primary alarm" in header.warning.text()
    assert "● Nonin live" in header.links.text()
    assert header.trouble.text() == ""


def test_header_says_what_does_not_work(qtbot) -> None:
    header = Header()
    qtbot.addWidget(header)
    feed = stories.calm()
    feed.apply(
        [
            LinkChanged(t_ns=feed.now_ns(), device="bp", state=LinkState.SILENT),
            ServiceReported(t_ns=feed.now_ns(), service=Service.RECORDER, working=False),
            ServiceReported(t_ns=feed.now_ns(), service=Service.SOUND, working=False),
        ]
    )
    header.render(feed.state, feed.history, feed.now_ns())
    for words in ("○ Suntech silent", "○ NOT RECORDING"):
        assert words in header.trouble.text()
    assert header.sound.words.text() == "NO SOUND: watch the screen"
    assert header.sound.bell.sign is SoundSign.OFF
    assert "recording" not in header.links.text()
    assert "sound on" not in header.links.text()


@pytest.mark.parametrize(
    ("working", "links", "trouble"),
    [(True, "● staff station", ""), (False, "", "○ staff station not reached: alarms sound here")],
)
def test_header_says_whether_staff_stations_are_reached(
    qtbot, working: bool, links: str, trouble: str
) -> None:
    header = Header()
    qtbot.addWidget(header)
    feed = stories.calm()
    header.render(feed.state, feed.history, feed.now_ns())
    assert "staff" not in header.links.text() + header.trouble.text()
    feed.apply([ServiceReported(t_ns=feed.now_ns(), service=Service.STAFF, working=working)])
    header.render(feed.state, feed.history, feed.now_ns())
    assert links in header.links.text()
    assert header.trouble.text() == trouble


def test_header_without_a_patient() -> None:
    assert patient_words(ViewState(), None) == "no patient yet"


def test_age_counts_birthdays() -> None:
    state = stories.calm().state
    patient = replace(state.patient, birth_date="1985-11-22")
    words = patient_words(replace(state, patient=patient), date(2026, 11, 21))
    assert "40 y F" in words


def test_phase_bar_counts_time_drug_and_rate(qtbot) -> None:
    bar = PhaseBar()
    qtbot.addWidget(bar)
    feed = stories.calm()
    bar.render(feed.state, feed.history, feed.now_ns())
    assert bar.infusion.text() == "INFUSION 23:42 of 40:00"
    assert bar.dose.text() == "20.7 of 35.0 mg · 52.5 mL/h · 16:18 left"
    assert bar.progress.share == pytest.approx(20.7375 / 35, abs=0.002)
    assert bar.recovery.text() == "Recovery 60 min"


def test_a_slowed_infusion_says_so() -> None:
    feed = stories.calm()
    now_s = feed.now_ns() / NS_PER_S
    feed.apply([stories.delivery(now_s, "0.4375", "20.7375", 50, "slowed to 50 %")])
    assert dose_words(feed.state, feed.now_ns()).startswith("20.7 of 35.0 mg · 26.2 mL/h (50 %)")


def test_a_paused_infusion_shows_how_long() -> None:
    feed = stories.calm()
    feed.apply(
        [
            PhaseChanged(
                t_ns=feed.now_ns(), before=Phase.INFUSING, after=Phase.PAUSED, by=stories.NURSE
            ),
            stories.delivery(feed.now_ns() / NS_PER_S, "0", "20.7375", 0, "paused"),
        ]
    )
    later = feed.now_ns() + 130 * NS_PER_S
    assert infusion_words(feed.state, later).startswith("PAUSED 2:10 at ")
    assert dose_words(feed.state, later) == "20.7 of 35.0 mg"


def test_recovery_counts_from_the_end_of_the_drug() -> None:
    feed = stories.recovery()
    assert recovery_words(feed.state, feed.now_ns()) == "RECOVERY 20:00 of 60 min"
    assert infusion_words(feed.state, feed.now_ns()) == "Infusion ended at 40:00"
    assert dose_words(feed.state, feed.now_ns()) == "35.0 of 35.0 mg"


def test_no_tile_takes_an_alarm_colour_for_itself() -> None:
    alarms = {theme.DARK.alarm_high, theme.DARK.alarm_medium, theme.DARK.alarm_low}
    assert theme.DARK.attention not in alarms
