"""The baseline: which readings count, what is still needed, and how sure it is."""

from __future__ import annotations

import pytest

from app.bedside.baseline_section import BaselineSection, counted
from app.bedside.section import Standing
from app.history import BpPoint
from protocols.definition import BaselineRule
from protocols.events import (
    AbortBp,
    BpState,
    BpStateChanged,
    EnterBp,
    EnterValue,
    FreezeBaseline,
    SetSameArm,
    TakeBp,
)
from protocols.vitals import Vital
from tests.gui.prepared_room import NURSE, PreparedRoom

RULE = BaselineRule(bp_readings=2, bp_spacing_s=(60, 120), rest_s=300, required=(Vital.SBP,))


@pytest.fixture
def room(qtbot):
    made = PreparedRoom(qtbot, BaselineSection())
    made.reach_baseline()
    return made


def points(*times_s):
    return [BpPoint(t_s=t_s, sbp_mmhg=120.0, dbp_mmhg=80.0, map_mmhg=93.0) for t_s in times_s]


@pytest.mark.parametrize(
    ("times_s", "chosen_s"),
    [
        ((), []),
        ((0.0,), [0.0]),
        ((0.0, 59.0), [59.0]),
        ((0.0, 60.0), [0.0, 60.0]),
        ((0.0, 100.0, 130.0, 200.0), [130.0, 200.0]),
        ((0.0, 100.0, 170.0, 200.0), [100.0, 200.0]),
    ],
)
def test_the_newest_readings_far_enough_apart_count(times_s, chosen_s):
    assert [point.t_s for point in counted(points(*times_s), RULE)] == chosen_s


def test_a_failed_determination_does_not_count():
    made = points(0.0, 100.0)
    made.append(BpPoint(t_s=200.0))
    assert [point.t_s for point in counted(made, RULE)] == [0.0, 100.0]


def test_the_rest_counts_down_from_the_beginning_of_the_phase(room):
    room.now_s = 130.0
    room.render()
    assert "2:50 to wait before the first reading" in room.view.rest.label.text()
    room.now_s = 300.0
    room.render()
    assert "The wait before the first reading is over" in room.view.rest.label.text()


def test_pressures_before_the_end_of_the_rest_count_only_with_a_reason(room):
    for at_s in (60.0, 130.0):
        room.now_s = at_s
        room.read("bp", sbp=120.0, dbp=80.0, map=93.0)
    room.read(NURSE, rr=14.0, moaas=5.0, pain=0.0, nausea=0.0, anxiety=1.0)
    room.read(pr=72.0, spo2=97.0)
    assert "does not count" in room.view.readings_label.text()
    room.press(room.view.freeze_button)
    assert "0 of 2 blood pressures count" in room.refused.reason
    assert room.state.baseline_event is None
    room.write(room.view.rest.reason, "sat for 20 min before")
    assert "✓  14:01" in room.view.readings_label.text()
    room.press(room.view.freeze_button)
    assert room.commands[-1].rest_reason == "sat for 20 min before"
    assert "sat for 20 min before" in room.view.frozen_by_label.text()


def test_take_and_abort_follow_what_the_monitor_does(room):
    assert not room.view.abort_button.isEnabled()
    room.press(room.view.take_button)
    assert room.commands[-1] == TakeBp(t_ns=0, by="")
    room.happen(BpStateChanged(t_ns=0, device="bp", state=BpState.MEASURING, text="cuff 120 mmHg"))
    assert not room.view.take_button.isEnabled()
    assert "cuff 120 mmHg" in room.view.bp_label.text()
    room.press(room.view.abort_button)
    assert room.commands[-1] == AbortBp(t_ns=0, by="")


def test_readings_are_listed_with_time_and_whether_they_count(room):
    for at_s, sbp in ((360, 150.0), (385, 120.0), (460, 122.0)):
        room.now_s = at_s
        room.read("bp", sbp=sbp, dbp=80.0, map=93.0)
    lines = room.view.readings_label.text().splitlines()
    assert lines == [
        "○  14:06  150/80 (93) mmHg: does not count",
        "✓  14:06  120/80 (93) mmHg: counts",
        "✓  14:07  122/80 (93) mmHg: counts",
    ]


def test_a_pressure_by_hand_is_sent(room):
    room.now_s = 310.0
    room.write(room.view.sbp, "124")
    room.press(room.view.bp_button)
    assert room.commands == [], "half a pressure is none"
    room.write(room.view.dbp, "82")
    room.press(room.view.bp_button)
    assert room.commands == [EnterBp(t_ns=0, by="", sbp_mmhg=124, dbp_mmhg=82)]
    assert "124/82 mmHg, by hand: counts" in room.view.readings_label.text()
    assert room.view.sbp.text() == ""


def test_scores_have_no_default_and_are_marked_when_recorded(room):
    assert all(row.value() is None for row in room.view.scores.values())
    room.press(room.view.scores[Vital.PAIN].button("0"))
    assert room.commands == [EnterValue(t_ns=0, by="", vital=Vital.PAIN, value=0.0)]
    assert room.view.scores[Vital.PAIN].value() == "0"
    assert room.view.scores[Vital.NAUSEA].value() is None


def fill_the_rest(room):
    for vital in (Vital.PAIN, Vital.NAUSEA, Vital.ANXIETY, Vital.DISTRESS):
        room.press(room.view.scores[vital].button("1"))
    room.press(room.view.scores[Vital.MOAAS].button("5"))
    room.write(room.view.typed[Vital.RR], "14")
    room.press(room.view.typed_buttons[Vital.RR])
    room.read(pr=72.0, spo2=97.0)


def test_what_is_still_needed_is_named(room):
    words = room.view.freeze_label.text()
    assert "2 more blood pressures, at least 60 s apart" in words
    assert "heart rate" in words
    room.read(pr=72.0)
    assert "heart rate" not in room.view.freeze_label.text(), "a pulse rate stands in"


def test_two_readings_freeze_a_baseline_that_shows_by_whom(room):
    for at_s, sbp in ((400, 120.0), (470, 124.0)):
        room.now_s = at_s
        room.read("bp", sbp=sbp, dbp=80.0, map=93.0)
    fill_the_rest(room)
    assert room.view.freeze_label.text() == "All that is needed is there."
    assert not room.sees(room.view.freeze_reason)
    room.press(room.view.freeze_button)
    assert room.commands[-1] == FreezeBaseline(t_ns=0, by="")
    assert "BP 122/80 mmHg, mean of 2" in room.view.frozen_label.text()
    assert room.view.frozen_by_label.text() == f"Frozen by {NURSE} at 14:07."
    assert room.view.standing is Standing.DONE
    assert not room.sees(room.view.freeze_button)


def test_a_single_reading_needs_a_reason_and_says_low_confidence(room):
    room.now_s = 400
    room.read("bp", sbp=120.0, dbp=80.0, map=93.0)
    fill_the_rest(room)
    room.press(room.view.freeze_button)
    assert "take another, or give a reason" in room.view.refusals.text()
    room.write(room.view.freeze_reason, "cuff hurts")
    room.press(room.view.freeze_button)
    assert "LOW CONFIDENCE" in room.view.frozen_by_label.text()
    assert "cuff hurts" in room.view.frozen_by_label.text()


def test_a_missing_sensor_is_said_beside_the_live_values(room):
    room.read(pr=72.0, spo2=None)
    assert room.view.live_label.text() == "HR 72 /min    SpO2 -- % (sensor off)"


def freeze_first(room):
    """Freeze 150/90 in front of the real rules."""
    for at_s in (400.0, 470.0):
        room.now_s = at_s
        room.read("bp", sbp=150.0, dbp=90.0, map=110.0)
    room.read(NURSE, rr=14.0, moaas=5.0, pain=0.0, nausea=0.0, anxiety=1.0, distress=1.0)
    room.read(pr=72.0, spo2=97.0)
    room.press(room.view.freeze_button)
    assert room.state.baseline[Vital.SBP] == 150.0


def test_a_frozen_baseline_is_taken_again_from_new_readings_with_a_reason(room):
    freeze_first(room)
    first = room.state.baseline_event
    room.press(room.view.again_button)
    assert not room.view.freeze_again_button.isEnabled()
    assert "2 more blood pressures" in room.view.again_label.text()
    for at_s in (800.0, 890.0):
        room.now_s = at_s
        room.read("bp", sbp=124.0, dbp=80.0, map=95.0)
    room.read(pr=70.0, spo2=98.0)
    assert room.view.readings_label.text().count(": counts") == 2
    sent = len(room.commands)
    room.press(room.view.freeze_again_button)
    assert len(room.commands) == sent, "without a reason nothing is sent"
    room.write(room.view.again_reason, "had hurried here")
    room.press(room.view.freeze_again_button)
    assert room.commands[-1] == FreezeBaseline(t_ns=0, by="", reason="repeat: had hurried here")
    assert room.state.refusals == ()
    assert room.state.baseline[Vital.SBP] == 124.0
    assert room.state.baseline_event is not first
    assert "Reason: repeat: had hurried here." in room.view.frozen_by_label.text()
    assert not room.sees(room.view.again_reason_box)
    assert room.sees(room.view.again_button)
    assert room.view.again_reason.words() == ""


def test_while_it_is_taken_again_the_first_baseline_stays_in_force(room):
    freeze_first(room)
    room.press(room.view.again_button)
    assert room.view.standing is Standing.DONE
    assert "150/90" in room.view.frozen_label.text()


def test_later_readings_do_not_change_which_ones_made_the_frozen_baseline(room):
    freeze_first(room)
    room.now_s = 600.0
    room.read("bp", sbp=124.0, dbp=80.0, map=95.0)
    lines = room.view.readings_label.text().splitlines()
    assert ["✓" in line for line in lines] == [True, True, False]


def test_once_drug_runs_the_baseline_is_not_offered_again(qtbot):
    room = PreparedRoom(qtbot, BaselineSection())
    room.reach_infusion()
    assert not room.sees(room.view.again_button)


def test_the_cuff_on_the_oximeters_arm_is_said_and_follows_the_record(room):
    assert room.view.arm_button.text().endswith("no")
    room.press(room.view.arm_button)
    assert room.commands[-1] == SetSameArm(t_ns=0, by="", same=True)
    assert room.state.same_arm
    assert room.view.arm_button.text().endswith("yes")
    assert room.view.arm_button.isChecked()


def test_what_is_asked_about_stays_typed_until_it_is_confirmed(room):
    rate, record = room.view.typed[Vital.RR], room.view.typed_buttons[Vital.RR]
    room.write(rate, "34")
    room.press(record)
    assert rate.text() == "34"
    assert room.view.refusals.text().startswith("Not recorded yet: RR 34 /min is unusual")
    room.press(record)
    assert room.commands[-1] == EnterValue(
        t_ns=0, by="", vital=Vital.RR, value=34.0, confirmed=True
    )
    assert rate.text() == ""
    assert room.state.readings[Vital.RR].value == 34


def test_a_pressure_with_swapped_numbers_is_refused_and_kept_to_correct(room):
    room.write(room.view.sbp, "82")
    room.write(room.view.dbp, "124")
    room.press(room.view.bp_button)
    assert "Are they swapped?" in room.view.refusals.text()
    assert room.view.sbp.text() == "82"
    room.write(room.view.sbp, "124")
    room.write(room.view.dbp, "82")
    room.press(room.view.bp_button)
    assert room.view.sbp.text() == ""
