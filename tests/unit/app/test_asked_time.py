"""A time typed into the replay leads to the first moment that shows it."""

from __future__ import annotations

import pytest

from app.replay.asked_time import NotATimeError, asked_time
from protocols.vitals import NS_PER_S
from protocols.wall_clock import WallClock

S = NS_PER_S
END_NS = 7200 * S
CLOCKS = (WallClock(t_ns=0, utc="2026-11-26T13:58:30.500Z", utc_offset_min=0),)
DRUG_NS = 900 * S


def asked(text: str, clocks: tuple[WallClock, ...] = CLOCKS, drug: int | None = DRUG_NS) -> float:
    return asked_time(text, drug_began_ns=drug, end_ns=END_NS, clocks=clocks) / S


def test_a_local_time_is_the_first_moment_at_which_the_clock_shows_it() -> None:
    assert asked("14:05") == 389.5
    assert asked(" 14:05:30 ") == 419.5
    assert asked("13:58") == 0, "the minute in which the session began"


def test_minutes_count_from_the_beginning_of_the_drug() -> None:
    assert asked("+0") == 900
    assert asked("+12.5") == asked("+12,5") == asked("+12:30") == asked("+12.5 min") == 1650


def test_past_midnight_is_the_next_day() -> None:
    late = (WallClock(t_ns=0, utc="2026-11-26T23:30:00.000Z", utc_offset_min=0),)
    assert asked("00:10", late) == 2400


def test_a_clock_that_was_set_counts_from_when_it_was_set() -> None:
    clocks = (*CLOCKS, WallClock(t_ns=600 * S, utc="2026-11-26T15:00:00.000Z", utc_offset_min=0))
    assert asked("14:05", clocks) == 389.5
    assert asked("15:01", clocks) == 660
    with pytest.raises(NotATimeError, match="14:30 is not within"):
        asked("14:30", clocks)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Type a local time"),
        ("soon", "Type a local time"),
        ("25:00", "Type a local time"),
        ("14:5", "Type a local time"),
        ("+1.5:30", "Type a local time"),
        ("18:00", "18:00 is not within this session"),
        ("+500", r"\+500 is not within this session"),
    ],
)
def test_what_is_no_time_of_the_session_is_said(text: str, says: str) -> None:
    with pytest.raises(NotATimeError, match=says):
        asked(text)


def test_a_session_without_drug_or_clock_says_what_else_to_type() -> None:
    with pytest.raises(NotATimeError, match="No drug was begun"):
        asked("+5", drug=None)
    with pytest.raises(NotATimeError, match="has no clock"):
        asked("14:05", clocks=())
