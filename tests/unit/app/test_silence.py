"""Silence counts only as far as the listener itself ran."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.silence import MOST_A_LOOK_S, Silence

steps = st.lists(
    st.tuples(st.floats(0.0, 2.0), st.booleans()), min_size=1, max_size=60
)  # time to the next look, and whether a sign came just before it


def test_a_part_that_stops_is_silent_by_the_clock() -> None:
    silence = Silence()
    counted = [silence.look(0.25 * n, 0.25 * n) for n in range(13)]
    assert counted[-1] == 3.0
    assert counted == sorted(counted)


def test_a_machine_that_slept_an_hour_is_no_silence() -> None:
    silence = Silence()
    silence.look(0.0, 0.0)
    assert silence.look(3600.0, 3600.0) == MOST_A_LOOK_S


def test_a_listener_that_is_slow_itself_still_comes_to_its_limit() -> None:
    silence = Silence()
    counted = [silence.look(5.0 * n, 5.0 * n) for n in range(6)]
    assert counted[-1] == 5 * MOST_A_LOOK_S


@given(steps)
def test_no_more_counts_than_passed_since_the_last_sign_nor_than_was_looked_at(
    passed: list[tuple[float, bool]],
) -> None:
    silence, now_s, sign_s, most = Silence(), 0.0, 0.0, 0.0
    silence.look(0.0, 0.0)
    for span_s, signed in passed:
        now_s += span_s
        sign_s = now_s if signed else sign_s
        most = 0.0 if signed else most + min(span_s, MOST_A_LOOK_S)
        counted = silence.look(now_s, now_s - sign_s)
        assert 0.0 <= counted <= now_s - sign_s
        assert counted <= most + 1e-9
