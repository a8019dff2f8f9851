"""What the table of events says of limits changed, calls to staff and checks of sound."""

from __future__ import annotations

import pytest

from app.review.events_table import event_words
from protocols.events import (
    AlarmSignalled,
    LimitChanged,
    LimitPart,
    ReminderGiven,
    SoundChecked,
    StaffCall,
)


def limit(**fields):
    given = {
        "t_ns": 0,
        "rule": "sbp-high-warning",
        "part": LimitPart.LIMIT,
        "before": 165.0,
        "value": 175.0,
        "off": False,
        "restored": False,
        "by": "N. Okafor",
        "prescriber": "P. Reyes",
        "reason": "known high pressure",
    }
    return LimitChanged(**{**given, **fields})


def switched(*, off):
    return limit(part=None, before=None, value=None, off=off, restored=not off, reason="")


def signalled(staff, urgency=0):
    return AlarmSignalled(
        t_ns=0,
        alarm="hr-high-warning",
        raised_ns=0,
        room_sound=True,
        staff=staff,
        urgency=urgency,
        reason="nobody accepted it in 30 s",
    )


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (
            limit(),
            "sbp-high-warning limit 165 → 175, ordered by P. Reyes: known high pressure",
        ),
        (switched(off=True), "sbp-high-warning switched off, ordered by P. Reyes"),
        (
            switched(off=False),
            "sbp-high-warning as the limits file has it again, ordered by P. Reyes",
        ),
        (
            signalled(StaffCall.UNREACHED, 1),
            "hr-high-warning: staff unreached, urgency 1, nobody accepted it in 30 s",
        ),
        (SoundChecked(t_ns=0, heard=True, by="N. Okafor"), "alarm sounds heard"),
        (
            SoundChecked(t_ns=0, heard=False, by="N. Okafor", reason="no loudspeaker"),
            "alarm sounds not heard: no loudspeaker",
        ),
        (ReminderGiven(t_ns=0, text="Heart rate high is off."), "Heart rate high is off."),
    ],
)
def test_what_was_done_about_signals_has_its_line(event, words):
    told = event_words(event)
    assert told is not None
    assert told[1] == words


def test_an_alarm_that_only_sounds_at_the_bedside_has_no_second_line():
    assert event_words(signalled(StaffCall.NONE)) is None
