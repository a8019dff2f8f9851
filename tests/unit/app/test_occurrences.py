"""An occurrence of an alarm begins when it comes to be seen and ends when it is seen no longer."""

from __future__ import annotations

from app.occurrences import Occurrences
from protocols.events import AlarmChanged, AlarmState, Priority


def change(t_s: int, state: AlarmState, alarm: str = "spo2-low") -> AlarmChanged:
    return AlarmChanged(
        t_ns=t_s * 10**9,
        alarm=alarm,
        state=state,
        priority=Priority.HIGH,
        technical=False,
        vital=None,
        value=None,
        limit=None,
        baseline=None,
        since_ns=0,
        sentence="",
    )


def test_an_alarm_is_raised_once_and_keeps_its_time_while_it_is_seen() -> None:
    known = Occurrences()
    assert not known.take(change(1, AlarmState.PENDING))
    assert known.raised_ns("spo2-low") is None
    assert known.take(change(2, AlarmState.SOUNDING))
    for later in (AlarmState.PAUSED, AlarmState.ACKED, AlarmState.LATCHED):
        assert not known.take(change(3, later))
        assert known.raised_ns("spo2-low") == 2 * 10**9
    assert not known.take(change(4, AlarmState.OFF))
    assert known.raised_ns("spo2-low") is None
    assert known.take(change(5, AlarmState.PAUSED))
    assert known.raised_ns("spo2-low") == 5 * 10**9


def test_alarms_do_not_share_an_occurrence() -> None:
    known = Occurrences()
    assert known.take(change(1, AlarmState.SOUNDING))
    assert known.take(change(2, AlarmState.SOUNDING, "hr-high"))
    assert (known.raised_ns("spo2-low"), known.raised_ns("hr-high")) == (10**9, 2 * 10**9)
