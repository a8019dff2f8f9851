"""Session time runs at its speed, in whole milliseconds; anchors tell of jumps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.anchors import AnchorKeeper
from app.clock import MS, LockstepClock, SessionClock, iso_utc
from protocols.vitals import NS_PER_S

START = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)


class Real:
    """A real clock that moves when told."""

    def __init__(self) -> None:
        self.ns = 1_000

    def __call__(self) -> int:
        return self.ns


def test_session_time_is_whole_milliseconds_and_changes_speed_without_a_jump() -> None:
    real = Real()
    clock = SessionClock(monotonic_ns=real)
    real.ns += 1_234_567_890
    assert clock.now_ns() == 1_234 * MS
    clock.set_speed(60)
    assert clock.now_ns() == 1_234 * MS
    real.ns += NS_PER_S
    assert clock.now_ns() == 61_234 * MS


def test_a_resumed_session_goes_on_from_its_time() -> None:
    assert SessionClock(start_ns=90 * NS_PER_S, monotonic_ns=Real()).now_ns() == 90 * NS_PER_S


def test_lockstep_time_never_goes_back() -> None:
    clock = LockstepClock()
    clock.move_to(5)
    clock.move_to(3)
    assert clock.now_ns() == 5


def check(keeper: AnchorKeeper, t_s: float, wall_s: float):
    utc = START + timedelta(seconds=wall_s)
    return keeper.check(round(t_s * NS_PER_S), utc, 60, iso_utc(utc))


def test_an_anchor_each_minute_and_at_each_jump() -> None:
    keeper = AnchorKeeper(0, START)
    assert check(keeper, 59, 59) is None
    minute = check(keeper, 60, 60)
    assert minute is not None
    assert minute.jump_ms == 0
    assert minute.utc == "2026-01-31T09:01:00.000Z"
    assert check(keeper, 70, 70.3) is None
    back = check(keeper, 80, -3520)
    assert back is not None
    assert back.jump_ms == -3_600_000
    assert check(keeper, 81, -3519) is None


def test_an_accelerated_session_waits_for_what_is_settled() -> None:
    real = Real()
    settled = [0]
    clock = SessionClock(speed=60, monotonic_ns=real)
    clock.hold_to(lambda: settled[0])
    real.ns += NS_PER_S
    assert clock.now_ns() == 500 * MS
    real.ns += NS_PER_S
    assert clock.now_ns() == 500 * MS
    settled[0] = 10 * NS_PER_S
    real.ns += 10 * MS
    assert clock.now_ns() == 1_100 * MS


def test_a_session_at_real_time_waits_for_nobody() -> None:
    real = Real()
    clock = SessionClock(monotonic_ns=real)
    clock.hold_to(lambda: 0)
    real.ns += 100 * NS_PER_S
    assert clock.now_ns() == 100 * NS_PER_S


def test_back_in_real_time_the_wall_clock_is_set_anew_and_has_not_jumped() -> None:
    keeper = AnchorKeeper(0, START)
    utc = START + timedelta(seconds=10)
    anchor = keeper.set_anew(1_000 * NS_PER_S, utc, 60, "iso")
    assert (anchor.t_ns, anchor.jump_ms) == (1_000 * NS_PER_S, 0)
    assert keeper.expected_utc(1_001 * NS_PER_S) == utc + timedelta(seconds=1)
