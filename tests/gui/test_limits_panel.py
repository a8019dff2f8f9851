"""The alarm limits of a patient in front of the real rules, and their step on the trend."""

from __future__ import annotations

import pytest

from app.bedside.limits_panel import LimitsPanel, rule_words
from app.plots.bounds import bounds_now, bounds_steps
from protocols.events import ChangeLimit, LimitPart, RestoreLimit, SwitchRuleOff
from protocols.vitals import NS_PER_S, Vital
from tests.gui.prepared_room import PreparedRoom


@pytest.fixture
def room(qtbot):
    prepared = PreparedRoom(qtbot, LimitsPanel())
    prepared.reach_frozen()
    return prepared


def choose(room, vital, rule):
    room.press(room.view.vitals.button(vital.value))
    room.press(room.view.rule_buttons[rule])


def test_nothing_is_chosen_at_first(room):
    assert room.view.vitals.value() is None
    assert room.view.rule_buttons == {}
    assert room.view.form.isHidden()


def test_a_rule_shows_its_number_and_what_is_allowed(room):
    choose(room, Vital.SBP, "sbp-high-warning")
    assert room.view.rule_buttons["sbp-high-warning"].text() == (
        "warning: ≥ 165 mmHg  (Systolic pressure high)"
    )
    assert room.view.form.allowed.text() == (
        "Now 165 mmHg. Allowed 145 to 190, recommended 155 to 175 mmHg."
    )
    assert "165 mmHg" in room.view.rule_buttons["sbp-high-warning"].toolTip()


def test_a_change_is_sent_with_its_reason_and_shown_once_it_is_recorded(room):
    choose(room, Vital.SBP, "sbp-high-warning")
    room.write(room.view.form.value, "175")
    room.press(room.view.form.reason_row.button("known high pressure"))
    room.write(room.view.form.prescriber, "P. Reyes")
    room.press(room.view.form.set_button)
    assert room.commands[-1] == ChangeLimit(
        t_ns=0,
        by="",
        rule="sbp-high-warning",
        part=LimitPart.LIMIT,
        value=175.0,
        reason="known high pressure",
        prescriber="P. Reyes",
    )
    assert room.view.form.isHidden()
    assert "Systolic pressure high 165 → 175: known high pressure" in room.view.changes.text()
    assert "ordered by P. Reyes" in room.view.changes.text()
    assert "≥ 175 mmHg" in room.view.rule_buttons["sbp-high-warning"].text()


def test_a_refused_change_stays_on_the_form_with_the_reason(room):
    choose(room, Vital.SBP, "sbp-high-warning")
    room.write(room.view.form.value, "175")
    room.press(room.view.form.set_button)
    assert "give the reason" in room.view.refusals.text()
    assert room.view.form.value.words() == "175"
    assert room.view.changes.text() == ""


def test_outside_the_recommended_range_the_same_change_again_confirms(room):
    choose(room, Vital.SBP, "sbp-high-warning")
    room.write(room.view.form.value, "178")
    room.press(room.view.form.reason_row.button("known high pressure"))
    room.write(room.view.form.prescriber, "P. Reyes")
    room.press(room.view.form.set_button)
    assert "Not recorded yet" in room.view.refusals.text()
    room.press(room.view.form.set_button)
    assert "165 → 178" in room.view.changes.text()


def test_without_a_number_nothing_is_sent(room):
    choose(room, Vital.SBP, "sbp-rise-warning")
    count = len(room.commands)
    room.press(room.view.form.set_button)
    assert len(room.commands) == count
    assert "Choose which number" in room.view.form.missing.text()


def test_switched_off_looks_different_from_wide_and_is_restored_by_one_touch(room):
    choose(room, Vital.HR, "hr-high-warning")
    room.press(room.view.form.reason_row.button("trained heart"))
    room.write(room.view.form.prescriber, "P. Reyes")
    room.press(room.view.form.off_button)
    assert isinstance(room.commands[-1], SwitchRuleOff)
    assert room.view.rule_buttons["hr-high-warning"].text() == "warning: OFF  (Heart rate high)"
    choose(room, Vital.HR, "hr-high-warning")
    assert not room.view.form.set_button.isVisibleTo(room.view.form)
    room.press(room.view.form.restore_button)
    assert isinstance(room.commands[-1], RestoreLimit)
    assert "≥ 110" in room.view.rule_buttons["hr-high-warning"].text()


def test_a_critical_rule_has_no_switch(room):
    choose(room, Vital.SBP, "sbp-high-critical")
    assert not room.view.form.off_button.isVisibleTo(room.view.form)


def test_every_rule_of_the_profile_that_can_be_set_has_one_line(room):
    rules = [rule for rule in room.state.limits.rules if rule.vital is Vital.SBP]
    room.press(room.view.vitals.button("sbp"))
    assert [room.view.rule_buttons[rule.id].text() for rule in rules if not rule.technical] == [
        rule_words(rule) for rule in rules if not rule.technical
    ]


def test_the_trend_steps_where_the_limit_was_changed(room):
    before = bounds_now(room.state, Vital.SBP)
    room.now_s += 30
    choose(room, Vital.SBP, "sbp-rise-warning")
    room.press(room.view.form.part.button("by"))
    room.write(room.view.form.value, "25")
    room.press(room.view.form.reason_row.button("prescriber's decision"))
    room.press(room.view.form.set_button)
    changed_s = room.state.signals.limits[-1].t_ns / NS_PER_S
    steps = bounds_steps(room.state, room.feed.history.phases, Vital.SBP, changed_s + 60)
    last = steps[-1]
    assert last.start_s == changed_s
    assert steps[-2].bounds == before
    assert last.bounds == bounds_now(room.state, Vital.SBP)
    assert (before.high, last.bounds.high) == (150.0, 145.0)


def test_a_side_whose_alarms_are_all_off_says_so(room):
    assert not bounds_now(room.state, Vital.HR).high_off
    for rule in ("hr-high-warning", "hr-rise-warning"):
        choose(room, Vital.HR, rule)
        room.press(room.view.form.reason_row.button("trained heart"))
        room.write(room.view.form.prescriber, "P. Reyes")
        room.press(room.view.form.off_button)
    bounds = bounds_now(room.state, Vital.HR)
    assert bounds.high is None
    assert bounds.high_off
    assert not bounds.low_off
