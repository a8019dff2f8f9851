"""The last page: the numbers, the answers to alarms, and the signature."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel

from app.bedside.summary import SummaryPage
from protocols.events import (
    Acknowledge,
    AdvancePhase,
    CloseSession,
    Phase,
    Reading,
    ReconcileDrug,
    RecordEvent,
    StopInfusion,
)
from protocols.vitals import NS_PER_S, Quality, Vital
from tests.gui.prepared_room import NURSE, PreparedRoom


@pytest.fixture
def room(qtbot):
    """An infusion of ten minutes with a pressure above its limit, stopped."""
    made = PreparedRoom(qtbot, SummaryPage())
    made.reach_infusion()
    started = int(made.now_s)
    for second in range(started, started + 300):
        made.now_s = second
        made.feed.apply([*_pulse(second)])
    made.now_s = started + 300
    made.read("bp", sbp=170.0, dbp=95.0, map=120.0)
    made.pass_time(started + 330)
    alarm = made.state.active_alarms[0]
    at_ns = (started + 360) * NS_PER_S
    made.happen(Acknowledge(t_ns=at_ns, by=NURSE, alarm=alarm.alarm, action="arm repositioned"))
    made.happen(RecordEvent(t_ns=at_ns, by=NURSE, term="nausea", severity=3))
    made.pass_time(started + 600)
    at_ns = (started + 600) * NS_PER_S
    made.happen(StopInfusion(t_ns=at_ns, by=NURSE, reason="asked to stop"))
    return made


def _pulse(second):
    at_ns = second * NS_PER_S
    for vital, value in ((Vital.PR, 80.0), (Vital.SPO2, 97.0)):
        yield Reading(
            t_ns=at_ns,
            vital=vital,
            value=value,
            quality=Quality.GOOD,
            source="oximeter",
            measured_ns=at_ns,
        )


def test_who_what_and_how_much_of_it(room):
    words = room.view.who.text()
    assert "DOE, Jane, 41 years" in words
    assert "MRN 004711, visit 3 of 6" in words
    assert "35.0 mg (0.5 mg/kg of 70.0 kg) over 40 min" in words
    assert "M. Berg" in words
    assert "8.75 mg (25 % of the dose)" in words


def test_times_of_day_and_how_long_drug_ran(room):
    words = room.view.times.text()
    assert "2026-11-21, 14:00, Room 3" in words
    assert "Drug began\t14:07" in words
    assert "Drug ran\t10:00 (minutes:seconds)" in words


def test_peak_and_mean_rise_with_the_time(room):
    lines = room.view.rises.text().splitlines()
    assert lines[1].split("\t")[:5] == ["SBP, mmHg", "120", "170", "14:12", "+50"]
    assert lines[3].split("\t")[1:3] == ["72", "80"]


def test_alarms_name_who_answered_and_how(room):
    assert f"{NURSE} 14:13: arm repositioned" in room.view.alarms.text()


def test_observations_are_listed(room):
    assert "Nausea 3/10" in room.view.observations.text()


def test_completeness_is_a_share_of_the_seconds(room):
    assert "SpO2\t50.0 % of the infusion" in room.view.data.text()


def test_a_simulated_session_says_so_and_that_it_is_not_the_primary_alarm(room):
    assert room.sees(room.view.simulated_label)
    texts = [label.text() for label in room.view.findChildren(QLabel)]
    assert any("not the primary alarm" in text for text in texts)


def test_closing_needs_a_name(room):
    room.press(room.view.close_button)
    assert room.commands == []
    assert "Type your name" in room.view.problem.text()


def test_closing_before_discharge_needs_a_reason(room):
    room.write(room.view.name, "N. Okafor RN")
    room.press(room.view.close_button)
    assert room.commands == []
    room.write(room.view.reason, "transferred to the emergency department")
    room.press(room.view.close_button)
    reason = "transferred to the emergency department"
    assert room.commands == [CloseSession(t_ns=0, by="N. Okafor RN", reason=reason)]
    assert "Closed and signed by N. Okafor RN at 14:17" in room.view.closed_label.text()
    assert not room.sees(room.view.close_button)


def test_after_discharge_the_name_is_enough(room):
    reason = "left against advice: train"
    phase = AdvancePhase(t_ns=0, by="", phase=Phase.DISCHARGED, reason=reason)
    room.submit(phase)
    room.submit(ReconcileDrug(t_ns=0, by="", reason="the rest goes back to the pharmacy"))
    room.commands.clear()
    room.write(room.view.name, "N. Okafor RN")
    assert not room.sees(room.view.reason)
    room.press(room.view.close_button)
    assert room.commands == [CloseSession(t_ns=0, by="N. Okafor RN")]


def test_an_empty_session_shows_no_number_that_was_not_measured(qtbot):
    room = PreparedRoom(qtbot, SummaryPage(), slots=())
    assert "none ordered" in room.view.who.text()
    assert "Drug began\tnever" in room.view.times.text()
    assert room.view.rises.text().splitlines()[1].split("\t")[1:3] == ["--", "--"]
    assert "no drug was given" in room.view.data.text()
    assert room.view.alarms.text() == "No alarm."
    assert not room.sees(room.view.simulated_label)
