"""Zoom and pan of a session's plots: pure, and never out of the session."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plots.time_window import (
    LEAST_NS,
    STEPS_S,
    TimeWindow,
    tick_step_s,
    ticks,
    window_of,
)
from protocols.vitals import NS_PER_S

HOUR = 3600 * NS_PER_S
WHOLE = window_of(2 * HOUR)

moves = st.one_of(
    st.tuples(st.just("zoom"), st.floats(0.01, 100), st.floats(0, 1)),
    st.tuples(st.just("pan"), st.integers(-3 * HOUR, 3 * HOUR), st.just(0.0)),
    st.tuples(st.just("show"), st.integers(-HOUR, 3 * HOUR), st.floats(0, 1)),
)


def moved(window: TimeWindow, move: tuple[str, float, float]) -> TimeWindow:
    kind, amount, share = move
    if kind == "zoom":
        return window.zoomed(amount, window.at_share(share))
    if kind == "pan":
        return window.panned(int(amount))
    return window.spanning(int(amount), int(share * 2 * HOUR))


@given(st.lists(moves, max_size=12))
def test_no_sequence_of_gestures_leaves_the_session(
    gestures: list[tuple[str, float, float]],
) -> None:
    window = WHOLE
    for move in gestures:
        window = moved(window, move)
        assert 0 <= window.start_ns < window.end_ns <= window.whole_ns
        assert window.span_ns >= LEAST_NS


@given(st.floats(0.05, 0.95), st.floats(0.2, 0.99))
def test_what_is_under_the_pointer_stays_there(share: float, factor: float) -> None:
    about = WHOLE.at_share(share)
    closer = WHOLE.zoomed(factor, about)
    assert closer.share_of(about) == pytest.approx(share, abs=1e-6)


def test_panning_keeps_the_length_and_stops_at_the_ends() -> None:
    window = WHOLE.spanning(HOUR, HOUR + 60 * NS_PER_S)
    later = window.panned(9 * HOUR)
    assert later.span_ns == window.span_ns
    assert later.end_ns == WHOLE.whole_ns
    assert window.panned(-9 * HOUR).start_ns == 0


def test_a_moment_in_view_moves_nothing_and_one_out_of_view_comes_to_the_middle() -> None:
    window = WHOLE.spanning(HOUR, HOUR + 60 * NS_PER_S)
    assert window.showing(HOUR + NS_PER_S) == window
    at = HOUR // 2
    shown = window.showing(at)
    assert shown.share_of(at) == pytest.approx(0.5)
    assert shown.span_ns == window.span_ns


def test_a_session_shorter_than_the_least_span_is_shown_all_the_same() -> None:
    window = window_of(0)
    assert window.is_whole
    assert window.zoomed(0.1, 0) == window


@given(st.integers(LEAST_NS, 10 * HOUR), st.integers(300, 3000))
def test_ticks_leave_room_for_their_words(span_ns: int, pixels: int) -> None:
    step = tick_step_s(span_ns, pixels, 80)
    assert step in STEPS_S
    if step != STEPS_S[-1]:
        assert step * NS_PER_S * pixels / span_ns >= 80


def test_ticks_are_whole_steps_from_the_start_of_the_drug() -> None:
    window = TimeWindow(start_ns=95 * NS_PER_S, end_ns=305 * NS_PER_S, whole_ns=HOUR)
    zero = 130 * NS_PER_S
    seconds = [t / NS_PER_S for t in ticks(window, zero, 60)]
    assert seconds == [130, 190, 250]
